"""Log-likelihoods of Pareto/NBD and GGompertz/NBD with gradient and Hessian in the working coordinates.

When a customer left is not seen. Over what it may have been, the gradient is the mean of the slopes given that moment
(`timed_scores.py`), and the Hessian the mean of the second slopes plus the spread of the first: both are integrals like
the likelihood's own, with positive terms, taken at the same nodes.

For a whole base, the integral from t_x to T is the difference of two integrals up to the oldest age, the one from t_x
and the one from T. The second is no larger than the chance of being alive at T, which is part of the likelihood too, so
the difference loses nothing; and there are far fewer different (x, t) than (x, t_x, T).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from scipy.special import digamma, zeta

from kundkarriar.numerics.pareto.complete_data_score import Timed, log_density, scores
from kundkarriar.numerics.pareto.quadrature import nodes
from kundkarriar.numerics.special import rising_factorial
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NODES, AGEING_NODES = 24, 48
"""The relative error of a likelihood is below 1e-10 with these for parameters that any customers suggest. Where the
rate of leaving grows by more than exp(2) up to the oldest age, it takes the second number."""
SLOW = 2.0


@frozen(kw_only=True, eq=False)
class TimedTable:
    """A customer base as different (x, t); times are divided by a scale.

    Attributes:
        buyers: customers with more than j repeat purchases, j = 0, 1, ..., (J,).
        x, t: different pairs of purchases and a time, sorted, (P,).
        at_last, at_end: which pair is a row's (x, t_x) and its (x, T), (n,).
        weights: customers that each row stands for, (n,).
        oldest: the largest T.
    """

    buyers: Array
    x: Array
    t: Array
    at_last: NDArray[np.int64]
    at_end: NDArray[np.int64]
    weights: Array
    oldest: float


@frozen(kw_only=True, eq=False)
class Left:
    """Integrals over the moment of leaving, as multiples of the density of being alive when they begin.

    Attributes:
        mass: of 1, (P,).
        first: of the slopes, (k, P).
        second: of the second slopes and the products of the first, by pairs i <= j, each (P,).
    """

    mass: Array
    first: Array
    second: dict[tuple[int, int], Array]


def tabulate(*, x: Array, t_x: Array, T: Array, weights: Array, scale: float) -> TimedTable:
    """Count a customer base; `scale` is the time that becomes 1.

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
    return TimedTable(
        buyers=rising_factorial.above(x, weights),
        x=different[0],
        t=different[1] / scale,
        at_last=at[: len(x)],
        at_end=at[len(x) :],
        weights=weights,
        oldest=float(T.max()) / scale,
    )


def total(table: TimedTable, law: Timed) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (k,) and Hessian (k, k) in the working coordinates; k is 4 or 5."""
    alive = scores(table.t, x=table.x, left=0.0, law=law)
    k = len(alive.first)
    left = _left(start=table.t, end=table.oldest, x=table.x, law=law, count=node_count(law, table.oldest))
    height = log_density(table.t, x=table.x, law=law)
    last, now, weights = table.at_last, table.at_end, table.weights
    fall = np.exp(height[now] - height[last])
    likelihood = fall * (1.0 - left.mass[now]) + left.mass[last]
    p_alive = fall / likelihood
    value = _sum(weights, height[last] + np.log(likelihood))
    P = len(table.x)
    of_alive = np.bincount(now, weights=weights * p_alive, minlength=P).astype(np.float64)
    of_left = np.bincount(last, weights=weights / likelihood, minlength=P).astype(np.float64) - of_alive
    still = np.array(alive.first)
    gradient = _sum(still, of_alive) + _sum(left.first, of_left)
    hessian = np.zeros((k, k))
    mean = np.take(still - left.first, now, axis=1) * p_alive + np.take(left.first, last, axis=1) / likelihood
    spread = np.einsum("in,jn->ij", mean * weights, mean)
    for i in range(k):
        for j in range(i, k):
            bend = alive.second.get((i, j), 0.0) + still[i] * still[j]
            part = _sum(bend, of_alive) + _sum(left.second[i, j], of_left)
            hessian[i, j] = hessian[j, i] = part - spread[i, j]
    risen, slope, bend = rising_factorial.total(float(law.r), table.buyers)
    gradient[1] += law.r * slope
    hessian[1, 1] += law.r * slope + law.r**2 * bend
    return float(value + risen), gradient, hessian


def rows(*, x: Array, t_x: Array, T: Array, law: Timed) -> tuple[Array, Array, Array]:
    """Log-likelihood of each row, (n,), with gradient (n, k) and Hessian (n, k, k) in its own working coordinates.

    >>> one = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> value, gradient, hessian = rows(**one, law=Timed(r=0.553, alpha=10.578, s=0.606, beta=11.669))
    >>> value.round(4), gradient.shape, hessian.shape
    (array([-9.5543]), (1, 4), (1, 4, 4))
    """
    alive = scores(T, x=x, left=0.0, law=law)
    k = len(alive.first)
    left = _left(start=t_x, end=T, x=x, law=law, count=node_count(law, float(T.max(initial=0.0))))
    height = log_density(t_x, x=x, law=law)
    fall = np.exp(log_density(T, x=x, law=law) - height)
    likelihood = fall + left.mass
    p_alive = fall / likelihood
    gradient = np.stack([p_alive * part for part in alive.first], axis=-1) + (left.first / likelihood).T
    hessian = np.empty((len(x), k, k))
    for i in range(k):
        for j in range(i, k):
            bend = alive.second.get((i, j), 0.0) + alive.first[i] * alive.first[j]
            mean = p_alive * bend + left.second[i, j] / likelihood
            hessian[:, i, j] = hessian[:, j, i] = mean - gradient[:, i] * gradient[:, j]
    slope = law.r * (digamma(law.r + x) - digamma(law.r))
    gradient[:, 1] += slope
    hessian[:, 1, 1] += slope + law.r**2 * (zeta(2, law.r + x) - zeta(2, law.r))
    return height + np.log(likelihood) + log_gamma_ratio(law.r, x), gradient, hessian


def _left(*, start: Array, end: Array | float, x: Array, law: Timed, count: int) -> Left:
    p, s = law.r + x, law.s
    k = 4 if not np.any(law.b) else 5
    pairs = [(i, j) for i in range(k) for j in range(i, k)]
    mass, first = np.zeros_like(start), np.zeros((k, len(start)))
    second = {pair: np.zeros_like(start) for pair in pairs}
    for at in nodes(start=start, end=end, p=p, alpha=law.alpha, s=s, beta=law.beta, b=law.b, count=count):
        part = s * at.hazard * np.exp(-p * at.quiet - s * at.worn)
        then = scores(at.t, x=x, left=1.0, law=law)
        mass += part
        for i, slope in enumerate(then.first):
            weighted = part * slope
            first[i] += weighted
            for j in range(i, k):
                second[i, j] += weighted * then.first[j]
        for pair, bend in then.second.items():
            second[pair] += part * bend
    return Left(mass=mass, first=first, second=second)


def node_count(law: Timed, oldest: float) -> int:
    """Nodes of a stretch for likelihoods of customers up to the age `oldest`."""
    return NODES if float(np.max(law.b)) * oldest < SLOW else AGEING_NODES


def _sum(values: Array, weights: Array) -> Array:
    """Sum over the last axis of values x weights; `@` would wake threads for it, which takes a hundred times longer."""
    return np.asarray(np.einsum("...n,n->...", values, weights))
