"""Log-likelihoods of Pareto/NBD and GGompertz/NBD with gradient and Hessian in the unconstrained parameters.

The dropout time is not observed. The gradient is the mean of the complete-data score over that time
(`complete_data_score.py`), and the Hessian the mean of the complete-data Hessian plus the covariance of the score
(Louis 1982, Journal of the Royal Statistical Society B 44). Both are integrals like the likelihood's own, with positive
terms, taken at the same nodes.

For a whole base, the integral from t_x to T is the difference of two integrals up to the oldest age, the one from t_x
and the one from T. The second is no larger than the probability of being alive at T, which is part of the likelihood
too, so the difference loses no digits; and there are far fewer different (x, t) than (x, t_x, T).
"""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.pareto_nbd.complete_data_score import Hessian, complete_data_score, log_density_alive
from kundkarriar.numerics.pareto_nbd.parameters import ParetoParameters
from kundkarriar.numerics.pareto_nbd.quadrature import AGEING_DERIVATIVE_NODES, DERIVATIVE_NODES, nodes
from kundkarriar.numerics.pareto_nbd.sufficient_statistics import ParetoStatistics
from kundkarriar.numerics.special import rising_factorial
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

SLOW_AGEING = 2.0
"""Where b times the oldest age is below this, dropout rates grow by less than exp(2), and fewer nodes are enough."""


def total(statistics: ParetoStatistics, params: ParetoParameters) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (k,) and Hessian (k, k); k is 4, or 5 with ageing."""
    oldest, count = statistics.oldest, node_count(params, statistics.oldest)
    alive, alive_hessian = complete_data_score(statistics.t, x=statistics.x, dropouts=0.0, params=params)
    mass, dropout, dropout_hessian = _dropout_integrals(
        start=statistics.t, end=oldest, x=statistics.x, params=params, count=count
    )
    k = len(alive)
    log_density = log_density_alive(statistics.t, x=statistics.x, params=params)
    last, now, weights = statistics.at_last, statistics.at_end, statistics.weights
    ratio = np.exp(log_density[now] - log_density[last])
    likelihood = ratio * (1.0 - mass[now]) + mass[last]
    p_alive = ratio / likelihood
    value = _sum(weights, log_density[last] + np.log(likelihood))
    P = len(statistics.x)
    alive_weight = np.bincount(now, weights=weights * p_alive, minlength=P).astype(np.float64)
    dropout_weight = np.bincount(last, weights=weights / likelihood, minlength=P).astype(np.float64) - alive_weight
    score = np.array(alive)
    gradient = _sum(score, alive_weight) + _sum(dropout, dropout_weight)
    hessian = np.zeros((k, k))
    mean = np.take(score - dropout, now, axis=1) * p_alive
    mean = mean + np.take(dropout, last, axis=1) / likelihood
    squares = np.einsum("in,jn->ij", mean * weights, mean)
    for i in range(k):
        for j in range(i, k):
            second = alive_hessian.get((i, j), 0.0) + score[i] * score[j]
            part = _sum(second, alive_weight) + _sum(dropout_hessian[i, j], dropout_weight)
            hessian[i, j] = hessian[j, i] = part - squares[i, j]
    rising, first, second = rising_factorial.log_sum(float(params.r), statistics.more_than)
    gradient[1] += params.r * first
    hessian[1, 1] += params.r * first + params.r**2 * second
    return float(value + rising), gradient, hessian


def rows(*, x: Array, t_x: Array, T: Array, params: ParetoParameters) -> tuple[Array, Array, Array]:
    """Log-likelihood of each row, (n,), with gradient (n, k) and Hessian (n, k, k) in the row's own parameters."""
    count = node_count(params, float(T.max(initial=0.0)))
    alive, alive_hessian = complete_data_score(T, x=x, dropouts=0.0, params=params)
    mass, dropout, dropout_hessian = _dropout_integrals(start=t_x, end=T, x=x, params=params, count=count)
    k = len(alive)
    log_density = log_density_alive(t_x, x=x, params=params)
    ratio = np.exp(log_density_alive(T, x=x, params=params) - log_density)
    likelihood = ratio + mass
    p_alive = ratio / likelihood
    gradient = np.stack([p_alive * part for part in alive], axis=-1) + (dropout / likelihood).T
    hessian = np.empty((len(x), k, k))
    for i in range(k):
        for j in range(i, k):
            second = alive_hessian.get((i, j), 0.0) + alive[i] * alive[j]
            mean = p_alive * second + dropout_hessian[i, j] / likelihood
            hessian[:, i, j] = hessian[:, j, i] = mean - gradient[:, i] * gradient[:, j]
    first, second = rising_factorial.log_rising_derivatives(params.r, x)
    gradient[:, 1] += params.r * first
    hessian[:, 1, 1] += params.r * first + params.r**2 * second
    return log_density + np.log(likelihood) + log_gamma_ratio(params.r, x), gradient, hessian


def _dropout_integrals(
    *, start: Array, end: Array | float, x: Array, params: ParetoParameters, count: int
) -> tuple[Array, Array, Hessian]:
    """Integrals over the dropout time, as multiples of the density of being alive at `start`.

    Of 1, (P,); of the score, (k, P); and of the complete-data Hessian plus the score's products.
    """
    p, s = params.r + x, params.s
    k = 4 if not np.any(params.b) else 5
    pairs = [(i, j) for i in range(k) for j in range(i, k)]
    mass, gradient = np.zeros_like(start), np.zeros((k, len(start)))
    hessian = {pair: np.zeros_like(start) for pair in pairs}
    for node in nodes(start=start, end=end, p=p, alpha=params.alpha, s=s, beta=params.beta, b=params.b, count=count):
        density = s * node.hazard * node.survival(p, s)
        score, curvature = complete_data_score(node.t, x=x, dropouts=1.0, params=params)
        mass += density
        for i, first in enumerate(score):
            weighted = density * first
            gradient[i] += weighted
            for j in range(i, k):
                hessian[i, j] += weighted * score[j]
        for pair, second in curvature.items():
            hessian[pair] += density * second
    return mass, gradient, hessian


def node_count(params: ParetoParameters, oldest: float) -> int:
    """Nodes of a stretch for likelihoods of customers up to the age `oldest`."""
    ages_slowly = float(np.max(params.b)) * oldest < SLOW_AGEING
    return DERIVATIVE_NODES if ages_slowly else AGEING_DERIVATIVE_NODES


def _sum(values: Array, weights: Array) -> Array:
    """Sum over the last axis of values x weights; `@` would wake threads for it, which takes a hundred times longer."""
    return np.asarray(np.einsum("...n,n->...", values, weights))
