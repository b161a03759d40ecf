"""Log-likelihoods of Pareto/NBD and GGompertz/NBD at thousands of parameter vectors at once, without derivatives.

All customers share the quadrature nodes of the dropout time. For each parameter vector the dropout density is evaluated
on panels of nodes, for each number of purchases. A row needs the sum of the panels after t_x less that after T, and a
piece of one panel, which is a fixed combination of its nodes. Rows with so many purchases that panels would have to be
very short are integrated row by row.
"""

import numpy as np
from attrs import asdict

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.pareto_nbd import expectation, gompertz_time, likelihood
from kundkarriar.numerics.pareto_nbd.complete_data_score import log_density_alive
from kundkarriar.numerics.pareto_nbd.derivatives import node_count
from kundkarriar.numerics.pareto_nbd.parameters import ParetoParameters
from kundkarriar.numerics.pareto_nbd.sufficient_statistics import ParetoStatistics
from kundkarriar.numerics.special import rising_factorial
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit

AT_ONCE, BLOCK = 200, 2**20
"""Parameter vectors evaluated together: fewer where rows are many, so that the arrays stay in the cache."""
PER_PANEL = 12
STEEP = 3.0
"""The density falls by no more than exp(-3) in a panel; 12 nodes then give integrals over its pieces to 1e-10."""
WIDEST = 0.5
"""The widest panel, in ln(c + t)."""
PANELS = 256
"""More are not worth it: rows with more purchases than these allow are integrated row by row."""
TO_SERIES = np.linalg.inv(np.polynomial.legendre.legvander(2 * gauss_legendre_unit(PER_PANEL)[0] - 1, PER_PANEL - 1))


def loglik_batch(statistics: ParetoStatistics, params: ParetoParameters) -> Array:
    """Log-likelihood of all customers at each of S parameter vectors, (S,); each parameter is (S,)."""
    S = len(params.r)
    ageing = gompertz_time.has_ageing(params.b)
    nearest = -np.expm1(-params.b * params.alpha) / params.b if ageing else params.alpha
    order = np.argsort(np.minimum(nearest, params.beta))
    answer = np.empty(S)
    at_once = int(np.clip(BLOCK // len(statistics.at_end), 8, AT_ONCE))
    for first in range(0, S, at_once):
        some = order[first : first + at_once]
        scale = float(np.minimum(nearest, params.beta)[some[0]])
        answer[some] = _loglik_block(statistics, params.at(some), scale=scale)
    return answer + rising_factorial.log_sum_batch(params.r, statistics.more_than)


def _loglik_block(statistics: ParetoStatistics, params: ParetoParameters, *, scale: float) -> Array:
    """Log-likelihoods at parameter vectors whose alpha and beta are at least `scale`, without lnΓ(r + x) - lnΓ(r)."""
    reach = np.log1p(statistics.oldest / scale)
    rest, per_purchase = _max_log_derivative(params, scale=scale, oldest=statistics.oldest)
    x = statistics.x[statistics.at_end]
    panels = np.maximum(reach / WIDEST, reach * (rest + per_purchase * x) / STEEP)
    light, heavy = np.flatnonzero(panels <= PANELS), np.flatnonzero(panels > PANELS)
    value = np.zeros(len(params.r))
    if len(light):
        count = int(np.ceil(panels[light].max()))
        value += _by_panels(statistics, light, params, scale=scale, step=reach / count, count=count)
    if len(heavy):
        value += _by_rows(statistics, heavy, params)
    return value


def _max_log_derivative(params: ParetoParameters, *, scale: float, oldest: float) -> tuple[float, float]:
    """Bounds of the derivative of the log dropout density in ln(scale + t): without purchases, and for each one."""
    hazard = params.s / expectation.beta_at(oldest, beta=params.beta, b=params.b)
    dropout = np.maximum(scale * params.s / params.beta, (scale + oldest) * hazard)
    share = (scale + oldest) / (params.alpha + oldest)
    rest = params.r * share + dropout + 1.0 + params.b * (scale + oldest)
    return float(np.max(rest)), float(np.max(share))


def _pieces(position: Array) -> Array:
    """Weights of the nodes of [0, 1] for the integral of their polynomial from `position` to 1, (P, 12)."""
    z = 2 * position - 1
    values = np.polynomial.legendre.legvander(z, PER_PANEL)
    # the integral of P_k from z to 1 is (P_{k-1}(z) - P_{k+1}(z)) / (2k + 1), and 1 - z for k = 0
    below = np.hstack([np.ones((len(z), 1)), values[:, : PER_PANEL - 1]])
    whole = (below - values[:, 1:]) / (2 * np.arange(PER_PANEL) + 1)
    return np.asarray(0.5 * np.einsum("pk,kj->pj", whole, TO_SERIES))


def _by_panels(
    statistics: ParetoStatistics, light: Whole, params: ParetoParameters, *, scale: float, step: float, count: int
) -> Array:
    """Log-likelihood of the rows `light`, without lnΓ(r + x) - lnΓ(r), (S,), by panels of the width `step`.

    The `count` panels lie in ln(1 + t / scale), each with the nodes of a composite Gauss-Legendre rule. The integral
    from a time on needs the panels after its own, and the `piece` of its own as multiples of the weights.
    """
    points, weights = gauss_legendre_unit(PER_PANEL)
    y = (np.arange(count)[:, None] + points) * step
    t = scale * np.expm1(y).reshape(-1, 1)
    width = (scale * np.exp(y) * step * weights).reshape(-1, 1)
    times, at = np.unique(statistics.t, return_inverse=True)
    position, then = np.log1p(times / scale) / step, times[:, None]
    place = np.minimum(position.astype(np.int64), count - 1)
    piece = _pieces(np.clip(position - place, 0.0, 1.0)) / weights
    log_alpha_ratio, log_alpha_ratio_then = np.log1p(t / params.alpha), np.log1p(then / params.alpha)
    log_beta_ratio = gompertz_time.log_growth(t, since=0.0, c=params.beta, b=params.b)
    hazard = width * params.s / (params.beta + gompertz_time.transform(t, params.b))
    dropout = hazard * np.exp(params.b * t - params.r * log_alpha_ratio - params.s * log_beta_ratio)
    log_survival = likelihood.log_survival(then, s=params.s, beta=params.beta, b=params.b)
    log_alive = -params.r * log_alpha_ratio_then + log_survival
    per_purchase = np.exp(-log_alpha_ratio)
    ahead, alive = np.zeros((2, len(statistics.x), len(params.r)))
    before = 0.0
    for x in np.unique(statistics.x[statistics.at_end[light]]):
        dropout *= per_purchase ** (x - before)
        before = x
        some = slice(*np.searchsorted(statistics.x, [x, x + 1]))  # points are sorted by x
        panel = dropout.reshape(-1, PER_PANEL, len(params.r))
        after = np.zeros((len(panel) + 1, len(params.r)))
        after[:-1] = np.cumsum(panel.sum(axis=1)[::-1], axis=0)[::-1]
        own = place[at[some]]
        ahead[some] = after[own + 1] + np.einsum("pks,pk->ps", panel[own], piece[at[some]])
        alive[some] = np.exp(log_alive[at[some]] - x * log_alpha_ratio_then[at[some]])
    alive -= ahead
    now, customers = statistics.at_end[light], statistics.weights[light]
    rows = np.einsum("ns,n->s", np.log(alive[now] + ahead[statistics.at_last[light]]), customers)
    return np.asarray(rows - np.sum(customers * statistics.x[now]) * np.log(params.alpha))


def _by_rows(statistics: ParetoStatistics, heavy: Whole, params: ParetoParameters) -> Array:
    """Log-likelihood of the rows `heavy`, each integrated from t_x to T, without lnΓ(r + x) - lnΓ(r), (S,)."""
    last, now = statistics.at_last[heavy], statistics.at_end[heavy]
    x, t_x, T = statistics.x[now], statistics.t[last], statistics.t[now]
    column, count = params.at((slice(None), None)), node_count(params, statistics.oldest)
    dropout, alive = likelihood.trailing_nonpurchase(x=x, t_x=t_x, T=T, **asdict(column), count=count)
    rows = log_density_alive(t_x, x=x, params=column) + np.logaddexp(dropout, alive)
    return np.asarray(np.einsum("sn,n->s", rows, statistics.weights[heavy]))
