"""Likelihood of (M)BG/CNBD-k: gamma rates, Erlang-k gaps between purchases, beta-geometric dropout after a purchase.

The gap between two purchases is the sum of k exponential stages of rate lambda (Erlang-k), lambda ~ Gamma(r, alpha),
so the coefficient of variation of the gaps is 1 / sqrt(k). The customer drops out at each of `chances` opportunities
with probability p ~ Beta(a, b): after each repeat purchase (BG, `chances` = x), after the first purchase too (MBG,
x + 1), or never (NBD, 0). With s = r + k x,

    L = gaps^(k-1) / ((k-1)!)^x  alpha^r / Γ(r)  (b)_chances / (a + b)_chances  Γ(s) (alpha + T)^-s  (W + odds),
    W = sum over j < k of (s)_j / j! u^j,  u = (T - t_x) / (alpha + T):   alive, j stages done since the last purchase,
    odds = a / (b + chances - 1) ((alpha + T) / (alpha + t_x))^s:         dropped out at the last purchase,

and P(alive) = W / (W + odds). All terms are positive and their powers are taken in logs.

k = 1, where W = 1, is BG/NBD and MBG/NBD:
NBD       Ehrenberg, A. S. C. (1959), "The pattern of consumer purchases", Applied Statistics 8(1).
BG/NBD    Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "Counting your customers the easy way: an alternative to
          the Pareto/NBD model", Marketing Science 24(2), eqs. 6 and 10.
MBG/NBD   Batislam, E. P., Denizel, M. & Filiztekin, A. (2007), "Empirical validation and comparison of models for
          customer base analysis", International Journal of Research in Marketing 24(3).
CNBD-k    Platzer, M. & Reutterer, T. (2016), "Ticking away the moments: timing regularity helps to better predict
          customer activity", Marketing Science 35(5); Reutterer, T., Platzer, M. & Schröder, N. (2021), "Leveraging
          purchase regularity for predicting customer behavior the easy way", International Journal of Research in
          Marketing 38(1).
"""

from itertools import accumulate
from typing import Any

import numpy as np
from scipy.special import gammaln

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics
from kundkarriar.numerics.optimize.forward_mode import DifferentiableRows, chained, logaddexp
from kundkarriar.numerics.special.rising_factorial import log_rising_factorial

MOST = 40
"""Largest k: the standard deviation of a gap is then a sixth of its mean."""
MANY = 1e6
"""Above so many expected stages since the last purchase, terms of W are relative to the last: 1e6^39 is a float."""
BLOCK = 8192
"""Rows summed at once: few enough for the cache, and for BLAS to use one thread."""

Derivatives = tuple[float, Array, Array]


def log_likelihood(
    *,
    x: Array,
    t_x: Array,
    T: Array,
    chances: Array,
    r: Any,
    alpha: Any,
    a: Any = 0.0,
    b: Any = 1.0,
    k: int = 1,
    gap_log_sum: Any = 0.0,
) -> Any:
    """Log-likelihood of each history, (n,): the density of the times of all its purchases.

    Of x repeat purchases, the last at age t_x, by age T, with so many dropout opportunities `chances`, each (n,);
    `gap_log_sum` (n,) is the sum of the logarithms of the gaps between purchases, of no effect at k = 1. Parameters may
    be arrays that broadcast with the rows, or differentiable (`optimize.forward_mode`); a = 0: nobody drops out.

    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> log_likelihood(**someone, chances=np.array([2.0]), r=0.243, alpha=4.414, a=0.793, b=2.426).round(4)
    array([-9.4586])
    """
    stages = k * x
    # each term by itself: at a huge r the first times the odds of the second would be e^-1e7 x e^1e7
    alive, inactive = (-stages * np.log(alpha + t) - r * np.log1p(t / alpha) for t in (T, t_x))
    alive = alive + log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    inactive = inactive + _log_dropout_odds(chances, a=a, b=b)
    constant = gap_term(x=x, gap_log_sum=gap_log_sum, k=k)
    survival = constant + log_rising_factorial(b, chances) - log_rising_factorial(a + b, chances)
    return log_rising_factorial(r, stages) + survival + logaddexp(alive, inactive)


def gap_term(*, x: Array, gap_log_sum: Any, k: int) -> Array:
    """Term of the log-likelihood with the gaps between purchases, (n,): it depends on no parameter but k."""
    return np.asarray((k - 1) * gap_log_sum - x * gammaln(k))


def log_alive_weight(*, stages: Any, t_x: Any, T: Any, k: int, r: Any, alpha: Any) -> Any:
    """Ln W: the log weight of being alive without a purchase since the last one, elementwise; 0 at k = 1."""
    if k == 1:
        return 0.0
    if isinstance(r, DifferentiableRows):
        value, first, second = _log_alive_weight_derivatives(
            stages=stages, t_x=t_x, T=T, k=k, r=r.value, alpha=alpha.value
        )
        return chained(value, (r, alpha), tuple(first), {pair: second[pair] for pair in np.ndindex(2, 2)})
    weights, log_unit = _alive_weights(r + stages, (T - t_x) / (alpha + T), k=k)
    return np.log(sum(weights)) + log_unit


def log_p_alive(
    *, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any, k: int = 1
) -> Array:
    """Log of the probability of being alive now, (n,); parameters may be arrays that broadcast with the rows.

    The same late customer is less probably alive the larger k:

    >>> late = {"x": np.array([6.0]), "t_x": np.array([30.0]), "T": np.array([39.0]), "chances": np.array([6.0])}
    >>> [float(np.exp(log_p_alive(**late, k=k, r=1.0, alpha=5.0 / k, a=0.8, b=2.4))[0].round(3)) for k in (1, 3)]
    [0.651, 0.537]
    """
    stages = k * x
    log_odds = _log_dropout_odds(chances, a=a, b=b) + (r + stages) * np.log1p((T - t_x) / (alpha + t_x))
    log_odds = log_odds - log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    return np.asarray(-logaddexp(0.0, log_odds))


def log_p_none(horizon: Any, *, x: Array, t_x: Array, T: Array, k: int, r: Any, alpha: Any) -> Array:
    """Log probability of no purchase within `horizon` (one, or one a row) of a customer who is alive, (n,).

    It is W at T + `horizon` over W at T, times ((alpha + T + horizon) / (alpha + T))^-(r + stages). Its complement is
    exact at k = 1, and accurate down to about .001 at others; where it is smaller, use `expectation.p_purchase`.

    >>> now = {"x": np.array([6.0]), "t_x": np.array([30.0]), "T": np.array([39.0]), "k": 3, "r": 1.0, "alpha": 2.5}
    >>> [float(np.exp(log_p_none(t, **now))[0].round(3)) for t in (4.0, 13.0)]
    [0.272, 0.016]
    """
    stages = k * x
    later = log_alive_weight(stages=stages, t_x=t_x, T=T + horizon, k=k, r=r, alpha=alpha)
    now = log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    return np.asarray(later - now - (r + stages) * np.log1p(horizon / (alpha + T)))


def stages_done(*, x: Any, t_x: Any, T: Any, k: int, r: Any, alpha: Any) -> list[Array]:
    """Probability of 0, 1, ..., k - 1 stages done since the last purchase, given that the customer is alive: k arrays.

    >>> now = {"x": np.array([6.0]), "T": np.array([39.0]), "k": 2, "r": 1.0, "alpha": 2.5}
    >>> [float(p[0].round(3)) for p in stages_done(t_x=np.array([30.0]), **now)]
    [0.262, 0.738]
    """
    if k == 1:
        return [np.ones_like(x)]
    weights, _ = _alive_weights(r + k * x, (T - t_x) / (alpha + T), k=k)
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _alive_weights(s: Any, u: Any, *, k: int) -> tuple[list[Array], Any]:
    """Terms (s)_j / j! u^j of W, j = 0 to k - 1, relative to the first or the last of them, and the log of that one."""
    ratios = [(s + (j - 1)) * u / j for j in range(1, k)]
    one = np.ones_like(s * u)
    many = one * s * u > MANY
    if not many.any():
        return list(accumulate(ratios, np.multiply, initial=one)), 0.0
    upwards = accumulate((np.where(many, 1.0, ratio) for ratio in ratios), np.multiply, initial=one)
    large = [np.where(many, ratio, 1.0) for ratio in ratios]
    downwards = list(accumulate(reversed(large), np.divide, initial=one))[::-1]
    return [up * down for up, down in zip(upwards, downwards, strict=True)], sum(map(np.log, large))


def _log_dropout_odds(chances: Array, *, a: Any, b: Any) -> Any:
    """Log odds of dropout at the last opportunity, elementwise; minus infinity where there was none.

    b + (chances - 1), never (b + chances) - 1: for a tiny b the latter is exactly 0 at the first opportunity.
    """
    with np.errstate(divide="ignore"):  # a = 0: nobody drops out
        odds = np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0))
    return np.where(chances > 0, odds, -np.inf)


def total(
    statistics: PurchaseStatistics, *, r: float, alpha: float, a: float | None = None, b: float | None = None
) -> Derivatives:
    """Log-likelihood of all customers without `gap_term`, its gradient (m,) and Hessian (m, m).

    The derivatives are in (r, alpha, a, b), or in (r, alpha) where nobody drops out and a and b are None.
    Differentiable rows would give the same, many times slower than sums by counts.
    """
    value, gradient, hessian = _total_without_dropout(statistics, r=r, alpha=alpha)
    if a is None or b is None:
        if statistics.k > 1:
            log_weight, first, second = _log_alive_weight_derivatives(
                stages=statistics.stages, t_x=statistics.t_x, T=statistics.T, k=statistics.k, r=r, alpha=alpha
            )
            value += float(statistics.weights @ log_weight)
            gradient += first @ statistics.weights
            hessian += second @ statistics.weights
        return value, gradient, hessian
    survival, survival_gradient, survival_hessian = _survival_total(statistics, a=a, b=b)
    rows, rows_gradient, rows_hessian = _alive_or_inactive_total(statistics, r=r, alpha=alpha, a=a, b=b)
    rows_gradient += np.concatenate([gradient, survival_gradient])
    rows_hessian[:2, :2] += hessian
    rows_hessian[2:, 2:] += survival_hessian
    return value + survival + rows, rows_gradient, rows_hessian


def _total_without_dropout(statistics: PurchaseStatistics, *, r: float, alpha: float) -> Derivatives:
    """Sum of ln of the terms of r and alpha, with W + odds left out; derivatives in (r, alpha)."""
    j = r + np.arange(len(statistics.stages_above))
    age = alpha + statistics.ages
    # r ln(alpha / age) as one term: at a large r and alpha, two terms of r n ln(alpha) would leave no digits
    aging, aging_alpha = statistics.age_n @ np.log1p(statistics.ages / alpha), statistics.ages / (alpha * age)
    cross = statistics.age_n @ aging_alpha
    value = statistics.stages_above @ np.log(j) - statistics.age_stages @ np.log(age) - r * aging
    gradient = np.array([(statistics.stages_above / j).sum() - aging, r * cross - (statistics.age_stages / age).sum()])
    r_r = -(statistics.stages_above / j**2).sum()
    alpha_alpha = (statistics.age_stages / age**2).sum() - r * (
        statistics.age_n @ (aging_alpha * (1 / alpha + 1 / age))
    )
    return float(value), gradient, np.array([[r_r, cross], [cross, alpha_alpha]])


def _survival_total(statistics: PurchaseStatistics, *, a: float, b: float) -> Derivatives:
    """Sum of ln of (b)_chances / (a + b)_chances; derivatives in (a, b).

    It is the sum of ln((b + j) / (a + b + j)) term by term: at a large b, two log rising factorials cancel.
    """
    above = statistics.chances_above
    before = b + np.arange(len(above))
    over_b, over_ab = 1 / before, 1 / (a + before)
    value = float(above @ (np.log(before) - np.log(a + before)))
    a_a = above @ over_ab**2
    hessian = np.array([[a_a, a_a], [a_a, a_a - above @ over_b**2]])
    return value, np.array([-(above @ over_ab), above @ (over_b - over_ab)]), hessian


def _alive_or_inactive_total(
    statistics: PurchaseStatistics, *, r: float, alpha: float, a: float, b: float
) -> Derivatives:
    """Sum of ln(W + odds of having dropped out) over the rows; derivatives in (r, alpha, a, b).

    With q the share of the odds, the gradient is that of ln W plus q times that of ln(odds / W). The Hessian is the
    mixture of those of ln W and ln odds, plus q (1 - q) times the outer product of the gradient of ln(odds / W).
    """
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    before_last = b + np.arange(len(statistics.chances_above))
    # the last element, at position -1, is for customers without an opportunity
    log_dropout_odds = np.append(np.log(a) - np.log(before_last), -np.inf)
    over_b = np.append(1 / before_last, 0.0)
    for rows in (slice(first, first + BLOCK) for first in range(0, len(statistics.stages), BLOCK)):
        last, weights = statistics.chances[rows] - 1, statistics.weights[rows]
        stages, t_x, T = statistics.stages[rows], statistics.t_x[rows], statistics.T[rows]
        late, early = 1 / (alpha + T), 1 / (alpha + t_x)
        relative = (T - t_x) * early
        s, log_ratio_alpha = r + stages, -relative * late
        log_ratio, log_odds_alpha = np.log1p(relative), s * log_ratio_alpha
        difference = np.stack([log_ratio, log_odds_alpha, np.full(len(last), 1 / a), -over_b[last]])
        log_odds = s * log_ratio + log_dropout_odds[last]
        if statistics.k > 1:
            log_weight, first, second = _log_alive_weight_derivatives(
                stages=stages, t_x=t_x, T=T, k=statistics.k, r=r, alpha=alpha
            )
            log_odds -= log_weight
            difference[:2] -= first
            value += float(weights @ log_weight)
            gradient[:2] += first @ weights
        ratio = np.exp(-np.abs(log_odds))
        share = np.exp(np.minimum(log_odds, 0.0)) / (1 + ratio)
        inactive = weights * share
        value += float(weights @ (np.maximum(log_odds, 0.0) + np.log1p(ratio)))
        gradient += difference @ inactive
        hessian += (difference * (inactive * (1.0 - share))) @ difference.T
        if statistics.k > 1:
            hessian[:2, :2] += second @ (weights - inactive)
        cross = inactive @ log_ratio_alpha
        hessian[0, 1] += cross
        hessian[1, 0] += cross
        hessian[1, 1] -= (inactive * log_odds_alpha) @ (early + late)
        hessian[2, 2] -= inactive.sum() / a**2
        hessian[3, 3] += inactive @ over_b[last] ** 2
    return value, gradient, hessian


def _log_alive_weight_derivatives(
    *, stages: Array, t_x: Array, T: Array, k: int, r: Any, alpha: Any
) -> tuple[Array, Array, Array]:
    """Ln W of each row (n,), its gradient (2, n) and Hessian (2, 2, n) in (r, alpha).

    They are moments of j and of h = sum of 1 / (s + i) over i < j, where the stages done j have weights (s)_j u^j / j!.
    """
    s, inverse_rate = r + stages, 1 / (alpha + T)
    u = (T - t_x) * inverse_rate
    term, whole = np.ones_like(s), np.ones_like(s)
    h, g = np.zeros_like(s), np.zeros_like(s)
    moments = np.zeros((5, len(s)))
    for j in range(1, k):
        stage = s + (j - 1)
        term = term * (stage * u / j)
        h = h + 1 / stage
        g = g + 1 / stage**2
        whole = whole + term
        moments += term * np.stack([h, np.full_like(s, j), h * h - g, j * h, np.full_like(s, j * (j + 1))])
    mean_h, mean_j, mean_hh, mean_jh, mean_jj = moments / whole
    r_alpha = -inverse_rate * (mean_jh - mean_j * mean_h)
    hessian = [[mean_hh - mean_h**2, r_alpha], [r_alpha, inverse_rate**2 * (mean_jj - mean_j**2)]]
    return np.log(whole), np.stack([mean_h, -inverse_rate * mean_j]), np.array(hessian)
