"""Expectations of the future in Pareto/NBD and GGompertz/NBD, given that the customer is alive.

Given x purchases by age T, the purchase rate is Gamma(shape r + x, rate = alpha + T). The residual lifetime exceeds t
with probability (beta / (beta + u(t)))^s, with another beta (`beta_at`): both lifetime distributions reproduce
themselves. Everything is in closed form, or an integral over the lifetime by quadrature (`quadrature.py`) with positive
terms only. Against 30-digit values (tests/oracles/make_pareto_nbd.py) the relative error is below 1e-11.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import gammaln

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.pareto_nbd import gompertz_time
from kundkarriar.numerics.pareto_nbd.likelihood import log_survival
from kundkarriar.numerics.pareto_nbd.quadrature import EXPECTATION_NODES, LIFELONG_NODES, LOG_NEGLIGIBLE, nodes
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

FAR = 1e16
BLOCKS = (11, 101, 1001)
"""Counts of purchases are computed in blocks: nodes placed for the thousandth purchase are too coarse for the first."""


def beta_at(T: Any, *, beta: Any, b: Any = 0.0) -> Array:
    """Parameter beta of the residual lifetime at age `T`: beta + T, or with ageing (beta + u(T)) exp(-b T).

    >>> float(beta_at(5.0, beta=10.0))
    15.0
    """
    return gompertz_time.offset_at(T, c=beta, b=b)


def still_alive(t: Any, *, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Probability that a customer alive now is alive after `t`, elementwise."""
    return np.exp(log_survival(t, s=s, beta=beta, b=b))


def expected_time(horizon: float, *, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Expected time alive within `horizon` of a customer alive now, elementwise; infinite where it diverges.

    In Pareto/NBD (beta / (s - 1)) (1 - (beta / (beta + horizon))^(s - 1)), which divides 0 by 0 at s = 1. Written as
    a mean of exp(-(s - 1) y) over y up to ln(1 + horizon / beta), it has nothing special there.

    >>> bool(expected_time(52.0, s=1.0, beta=10.0).round(9) == (10 * np.log(6.2)).round(9))
    True
    """
    if gompertz_time.has_ageing(b):
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


def expected_discounted_time(horizon: float, *, discount_rate: float, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Expected discounted time alive, time t counting exp(-discount_rate t), elementwise.

    Purchases are independent of the lifetime, so the expected discounted purchases are shape / rate times it: with an
    infinite horizon the DERT of Fader, Hardie & Lee (2005), Journal of Marketing Research 42(4). With an infinite
    horizon `discount_rate` must be above 0.

    >>> round(float(expected_discounted_time(np.inf, discount_rate=0.0018, s=0.606, beta=50.0)), 3)
    182.867
    """
    if discount_rate == 0.0:
        return expected_time(horizon, s=s, beta=beta, b=b)
    return _time(horizon, discount_rate=discount_rate, s=s, beta=beta, b=b)


def p_purchase(horizon: Any, *, shape: Any, rate: Any, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Probability of at least one purchase within `horizon` and before dropout, given alive now, elementwise.

    >>> float(p_purchase(52.0, shape=1.0, rate=45.0, s=1e-12, beta=50.0).round(4)) == round(52 / 97, 4)
    True
    """
    chance = np.zeros(np.broadcast_shapes(*map(np.shape, (horizon, shape, rate, s, beta, b))))
    if gompertz_time.has_ageing(b):
        falls, end = s, horizon
    else:
        # from 1e16 times both scales on, the integrand is a power of t, whose integral is in closed form
        falls, end = np.maximum(s - 1.0, 0.0), np.minimum(horizon, FAR * np.maximum(rate, beta))
        beyond = shape / (shape + s) * -np.expm1((shape + s) * (np.log(end) - np.log(horizon)))
        chance = chance + beyond * np.exp(-shape * np.log1p(end / rate) - s * np.log1p(end / beta))
    for node in nodes(start=0.0, end=end, p=shape, alpha=rate, s=falls, beta=beta, b=b, count=EXPECTATION_NODES):
        chance = chance + node.dt * shape / (rate + node.t) * node.survival(shape, s)
    return np.minimum(chance, 1.0)


def p_counts(horizon: float, *, up_to: int, shape: Any, rate: Any, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1).

    The mean of negative binomial probabilities over the time that the customer is alive within the horizon.
    """
    columns = [np.atleast_1d(part)[:, None] for part in np.broadcast_arrays(shape, rate, s, beta, b)]
    given = dict(zip(("shape", "rate", "s", "beta", "b"), columns, strict=True))
    edges = [0, *(edge for edge in BLOCKS if edge <= up_to), up_to + 1]
    blocks = [_count_block(horizon, np.arange(low, high), **given) for low, high in pairwise(edges) if low < high]
    return np.hstack(blocks)


def _count_block(horizon: float, j: Whole, *, shape: Array, rate: Array, s: Array, beta: Array, b: Array) -> Array:
    """Probability of exactly each of `j` purchases, (n, m)."""
    log_coefficient = log_gamma_ratio(shape, j) - gammaln(j + 1.0)

    def probabilities(t: Any) -> Array:
        with np.errstate(divide="ignore"):
            share = np.log(t) - np.log(rate + t)
        return np.asarray(np.exp(log_coefficient - shape * np.log1p(t / rate) + np.where(j > 0, j * share, 0.0)))

    counts = probabilities(horizon) * still_alive(horizon, s=s, beta=beta, b=b)
    # the j-th purchase is due after about j gaps, within 1 / sqrt(j) of that; few customers may be alive then
    gap = rate / np.maximum(shape, 1.0)
    width = float(np.log1p(horizon / np.minimum(gap, beta)).max(initial=0.0))
    most = float(j[-1])
    count = int(EXPECTATION_NODES + (10.0 + 2.0 * width) * np.sqrt(most))
    falls = s / (1.0 + 0.5 * most)
    for node in nodes(start=0.0, end=horizon, p=0.0, alpha=gap, s=falls, beta=beta, b=b, count=count):
        counts += s * node.hazard * node.survival(0.0, s) * probabilities(node.t)
    return counts


def _time(horizon: float, *, discount_rate: float, s: Any, beta: Any, b: Any) -> Array:
    """`expected_discounted_time` by quadrature, until discounting or dropout makes the rest negligible."""
    end = min(horizon, LOG_NEGLIGIBLE / discount_rate if discount_rate > 0 else np.inf)
    falls = s if gompertz_time.has_ageing(b) else np.maximum(s - 1.0, 0.0)
    time = np.zeros(np.broadcast_shapes(*map(np.shape, (s, beta, b))))
    for node in nodes(start=0.0, end=end, p=0.0, alpha=np.inf, s=falls, beta=beta, b=b, count=LIFELONG_NODES):
        time = time + node.dt * np.exp(-discount_rate * node.t - s * node.log_beta_ratio)
    return time
