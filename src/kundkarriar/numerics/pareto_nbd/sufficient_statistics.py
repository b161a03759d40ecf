"""Statistics of a customer base for the likelihood of Pareto/NBD and GGompertz/NBD: its different (x, t) pairs."""

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.special import rising_factorial


@frozen(kw_only=True, eq=False)
class ParetoStatistics:
    """A customer base as its different (x, t); times are divided by a scale.

    Attributes:
        more_than: customers with more than j repeat purchases, j = 0, 1, ..., (J,).
        x, t: different pairs of purchases and a time, sorted, (P,).
        at_last, at_end: which pair is a row's (x, t_x) and its (x, T), (n,).
        weights: customers that each row stands for, (n,).
        oldest: the largest T.
    """

    more_than: Array
    x: Array
    t: Array
    at_last: Whole
    at_end: Whole
    weights: Array
    oldest: float


def tabulate(*, x: Array, t_x: Array, T: Array, weights: Array, scale: float) -> ParetoStatistics:
    """Statistics of a customer base; `scale` is the time that becomes 1.

    >>> two = tabulate(x=np.array([1.0, 1]), t_x=np.array([3.0, 4]), T=np.array([4.0, 4]), weights=np.ones(2), scale=4)
    >>> two.t, two.at_last, two.at_end
    (array([0.75, 1.  ]), array([0, 1]), array([1, 1]))
    """
    pairs = np.stack([np.tile(x, 2), np.concatenate([t_x, T])])
    order = np.lexsort(pairs[::-1])
    ranked = pairs[:, order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (ranked[:, 1:] != ranked[:, :-1]).any(axis=0)
    at = np.empty(len(order), dtype=np.int64)
    at[order] = np.cumsum(new) - 1
    different = ranked[:, new]
    return ParetoStatistics(
        more_than=rising_factorial.counts_above(x, weights),
        x=different[0],
        t=different[1] / scale,
        at_last=at[: len(x)],
        at_end=at[len(x) :],
        weights=weights,
        oldest=float(T.max()) / scale,
    )
