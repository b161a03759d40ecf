"""The future of a customer known to be alive, whose lifetime is independent of the purchases.

Given x purchases by age T, the purchase rate is Gamma(shape r + x, rate = alpha + T) and the residual lifetime survives
t with probability (beta / (beta + u(t)))^s again, with another beta (`beta_at`): both laws of lifetime reproduce
themselves. Everything is closed, or an integral over the lifetime by nodes (`timed_nodes.py`) with positive terms only.
Against 30-digit values (tests/oracles/make_timed_dropout.py) the relative error is below 1e-11.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

from kundkarriar.numerics.pareto import gompertz_time
from kundkarriar.numerics.pareto.quadrature import FORGOTTEN, nodes
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kundkarriar.numerics.pareto.quadrature import Node

    Array = NDArray[np.float64]

NODES, FAR_NODES = 40, 64
FAR = 1e16
BLOCKS = (11, 101, 1001)
"""Numbers of purchases are told in blocks: nodes that follow the thousandth purchase pass over the first."""


def beta_at(T: Any, *, beta: Any, b: Any = 0.0) -> Array:
    """The beta of a residual lifetime at age `T`: beta + T, or with ageing (beta + u(T)) exp(-b T).

    >>> float(beta_at(5.0, beta=10.0))
    15.0
    """
    if not gompertz_time.ages(b):
        return np.asarray(beta + T)
    return np.asarray(beta * np.exp(-b * T) - np.expm1(-b * T) / b)


def still_alive(t: Any, *, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Probability that a customer alive now is alive after `t`, elementwise.

    >>> round(float(still_alive(52.0, s=0.606, beta=50.0)), 4)
    0.6492
    """
    return np.asarray(np.exp(-s * gompertz_time.log_growth(t, since=0.0, c=beta, b=b)))


def expected_time(horizon: float, *, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Time within `horizon` that a customer alive now will be alive, elementwise; infinite where it diverges.

    In Pareto/NBD (beta / (s - 1)) (1 - (beta / (beta + horizon))^(s - 1)), which divides 0 by 0 at s = 1. Written as
    a mean of exp(-(s - 1) y) over y up to ln(1 + horizon / beta), it has nothing special there.

    >>> bool(expected_time(52.0, s=1.0, beta=10.0).round(9) == (10 * np.log(6.2)).round(9))
    True
    """
    if gompertz_time.ages(b):
        return _time(horizon, discount_rate=0.0, s=s, beta=beta, b=b)
    s, beta = np.broadcast_arrays(np.asarray(s, dtype=float), np.asarray(beta, dtype=float))
    if np.isinf(horizon):
        with np.errstate(divide="ignore"):
            return np.where(s > 1.0, beta / np.maximum(s - 1.0, 0.0), np.inf)
    reach = np.log1p(horizon / beta)
    z = (s - 1.0) * reach
    safe = np.where(z == 0.0, 1.0, z)
    with np.errstate(over="ignore"):
        return np.asarray(beta * reach * np.where(z == 0.0, 1.0, -np.expm1(-safe) / safe))


def discounted_time(horizon: float, *, discount_rate: float, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """The same, time t counting exp(-discount_rate t), elementwise. Lifelong, `discount_rate` must be above 0.

    Purchases come at their own rate as long as the customer lives, so the expected discounted purchases are
    shape / rate times it: with an infinite horizon DERT of Fader, Hardie & Lee (2005), Journal of Marketing Research
    42(4).

    >>> round(float(discounted_time(np.inf, discount_rate=0.0018, s=0.606, beta=50.0)), 3)
    182.867
    """
    if discount_rate == 0.0:
        return expected_time(horizon, s=s, beta=beta, b=b)
    return _time(horizon, discount_rate=discount_rate, s=s, beta=beta, b=b)


def p_purchase(horizon: Any, *, shape: Any, rate: Any, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Probability of at least one purchase within `horizon`, given alive now: before the lifetime ends, elementwise.

    >>> float(p_purchase(52.0, shape=1.0, rate=45.0, s=1e-12, beta=50.0).round(4)) == round(52 / 97, 4)
    True
    """
    chance = np.zeros(np.broadcast_shapes(*map(np.shape, (horizon, shape, rate, s, beta, b))))
    if gompertz_time.ages(b):
        falls, end = s, horizon
    else:
        # from 1e16 times both scales on, the integrand is a power of t, which needs no nodes and may go on forever
        falls, end = np.maximum(s - 1.0, 0.0), np.minimum(horizon, FAR * np.maximum(rate, beta))
        beyond = shape / (shape + s) * -np.expm1((shape + s) * (np.log(end) - np.log(horizon)))
        chance = chance + beyond * np.exp(-shape * np.log1p(end / rate) - s * np.log1p(end / beta))
    for at in nodes(start=0.0, end=end, p=shape, alpha=rate, s=falls, beta=beta, b=b, count=NODES):
        chance = chance + at.dt * shape / (rate + at.t) * np.exp(-shape * at.quiet - s * at.worn)
    return np.minimum(chance, 1.0)


def p_counts(horizon: float, *, up_to: int, shape: Any, rate: Any, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1).

    The mean of the negative binomial's probabilities over the time that the customer will be alive.

    >>> p_counts(52.0, up_to=1, shape=1.0, rate=np.array([52.0]), s=1e-12, beta=50.0).round(4)
    array([[0.5 , 0.25]])
    """
    columns = [np.atleast_1d(part)[:, None] for part in np.broadcast_arrays(shape, rate, s, beta, b)]
    given = dict(zip(("shape", "rate", "s", "beta", "b"), columns, strict=True))
    edges = [0, *(edge for edge in BLOCKS if edge <= up_to), up_to + 1]
    blocks = [_some_counts(horizon, np.arange(low, high), **given) for low, high in pairwise(edges) if low < high]
    return np.hstack(blocks)


def _some_counts(
    horizon: float, j: NDArray[np.int64], *, shape: Array, rate: Array, s: Array, beta: Array, b: Array
) -> Array:
    """Probability of exactly each of `j` purchases, (n, m)."""
    ways = log_gamma_ratio(shape, j) - gammaln(j + 1.0)

    def probabilities(t: Any) -> Array:
        with np.errstate(divide="ignore"):
            share = np.log(t) - np.log(rate + t)
        return np.asarray(np.exp(ways - shape * np.log1p(t / rate) + np.where(j > 0, j * share, 0.0)))

    counts = probabilities(horizon) * still_alive(horizon, s=s, beta=beta, b=b)
    # the j-th purchase is due after about j gaps, within 1 / sqrt(j) of that; few may still live then
    gap = rate / np.maximum(shape, 1.0)
    width = float(np.log1p(horizon / np.minimum(gap, beta)).max(initial=0.0))
    most = float(j[-1])
    count = int(NODES + (10.0 + 2.0 * width) * np.sqrt(most))
    falls = s / (1.0 + 0.5 * most)
    for at in nodes(start=0.0, end=horizon, p=0.0, alpha=gap, s=falls, beta=beta, b=b, count=count):
        counts += s * at.hazard * np.exp(-s * at.worn) * probabilities(at.t)
    return counts


def _time(horizon: float, *, discount_rate: float, s: Any, beta: Any, b: Any) -> Array:
    time = np.zeros(np.broadcast_shapes(*map(np.shape, (s, beta, b))))
    for at in _lives(horizon, discount_rate=discount_rate, s=s, beta=beta, b=b):
        time = time + at.dt * np.exp(-discount_rate * at.t - s * at.worn)
    return time


def _lives(horizon: float, *, discount_rate: float, s: Any, beta: Any, b: Any) -> Iterator[Node]:
    """Moments up to the horizon, or to where discounting or leaving has forgotten what lies beyond."""
    end = min(horizon, FORGOTTEN / discount_rate if discount_rate > 0 else np.inf)
    falls = s if gompertz_time.ages(b) else np.maximum(s - 1.0, 0.0)
    return nodes(start=0.0, end=end, p=0.0, alpha=np.inf, s=falls, beta=beta, b=b, count=FAR_NODES)
