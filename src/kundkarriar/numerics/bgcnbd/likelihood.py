"""Likelihood of BG/CNBD-k and MBG/CNBD-k: Erlang-k gaps between purchases, and dropout after a purchase.

Platzer, M. & Reutterer, T. (2016), "Ticking away the moments: timing regularity helps to
better predict customer activity", Marketing Science 35(5); Reutterer, T., Platzer, M. & Schröder, N. (2021),
"Leveraging purchase regularity for predicting customer behavior the easy way", International Journal of Research in
Marketing 38(1).

The gap between two purchases is the sum of k exponential stages of rate lambda (Erlang-k), lambda ~ Gamma(r, alpha),
and the customer drops out after each purchase with probability p ~ Beta(a, b). k = 1 is BG/NBD (MBG/NBD). The
coefficient of variation of the gaps is 1 / sqrt(k). With s = r + k x and `chances` dropout opportunities,

    L = gaps^(k-1) / ((k-1)!)^x  alpha^r / Γ(r)  (b)_chances / (a + b)_chances  Γ(s) (alpha + T)^-s  (W + odds),
    W = sum over j < k of (s)_j / j! u^j,  u = (T - t_x) / (alpha + T):   alive, j stages done since the last purchase,
    odds = a / (b + chances - 1) ((alpha + T) / (alpha + t_x))^s:         dropped out at the last purchase,

and P(alive) = W / (W + odds). All terms are positive and their powers are taken in logs.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
from scipy.special import gammaln

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgcnbd.sufficient_statistics import ErlangStatistics
from kundkarriar.numerics.bgnbd import nbd
from kundkarriar.numerics.bgnbd.likelihood import total_of_survivors
from kundkarriar.numerics.special.beta_geometric_survival import log_survival
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

MOST = 40
"""Largest k: the standard deviation of a gap is then a sixth of its mean."""
MANY = 1e6
"""Above so many expected stages since the last purchase, terms of W are relative to the last: 1e6^39 is a float."""


def log_likelihood(
    *, x: Array, t_x: Array, T: Array, chances: Array, gap_log_sum: Array, k: int, r: Any, alpha: Any, a: Any, b: Any
) -> Array:
    """Log-likelihood of each history, (n,): the density of the times of all its purchases.

    Args:
        x: repeat purchases, (n,).
        t_x: age at the last purchase, (n,).
        T: age now, (n,).
        chances: dropout opportunities: x (BG) or x + 1 (MBG), (n,).
        gap_log_sum: sum of the logarithms of the gaps between purchases, in the unit of T, (n,).
        k: Erlang stages of a gap, 1 to 40.
        r: shape of the gamma over stage rates.
        alpha: its rate.
        a: first parameter of the beta over the dropout probability; 0: nobody drops out.
        b: its second parameter.

    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> someone |= {"gap_log_sum": np.array([4.6])}  # without effect at k = 1
    >>> log_likelihood(**someone, chances=np.array([2.0]), k=1, r=0.243, alpha=4.414, a=0.793, b=2.426).round(4)
    array([-9.4586])
    """
    stages = k * x
    # each term by itself: at a high known rate their difference cancels
    alive = _log_rate_gamma(T, stages=stages, r=r, alpha=alpha)
    alive = alive + log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    inactive = _log_rate_gamma(t_x, stages=stages, r=r, alpha=alpha) + _log_dropout_odds(chances, a=a, b=b)
    bought = gap_term(x=x, gap_log_sum=gap_log_sum, k=k) + log_gamma_ratio(r, stages)
    return np.asarray(bought + log_survival(chances, a=a, b=b) + np.logaddexp(alive, inactive))


def gap_term(*, x: Array, gap_log_sum: Array, k: int) -> Array:
    """Term of the log-likelihood with the gaps between purchases, (n,): it depends on no parameter but k."""
    return np.asarray((k - 1) * gap_log_sum - x * gammaln(k))


def log_alive_weight(*, stages: Any, t_x: Any, T: Any, k: int, r: Any, alpha: Any) -> Array:
    """Ln W: the log weight of being alive without a purchase since the last one, elementwise; 0 for k = 1."""
    s = r + stages
    weights, log_unit = _weights(s, (T - t_x) / (alpha + T), k=k)
    return np.asarray(np.log(sum(weights)) + log_unit)


def log_p_none(horizon: Any, *, x: Array, t_x: Array, T: Array, k: int, r: Any, alpha: Any) -> Array:
    """Log probability of no purchase within `horizon` (one, or one a row) of a customer who is alive, (n,).

    It is W at T + `horizon` over W at T, times ((alpha + T + horizon) / (alpha + T))^-(r + stages). Its complement is
    accurate down to about .001; where it is smaller, use `expectation.p_purchase`.

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
    weights, _ = _weights(r + k * x, (T - t_x) / (alpha + T), k=k)
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _weights(s: Any, u: Any, *, k: int) -> tuple[list[Array], Any]:
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


def _log_rate_gamma(until: Array, *, stages: Array, r: Any, alpha: Any) -> Array:
    """Log of alpha^r (alpha + until)^-(r + stages), elementwise."""
    return np.asarray(-stages * np.log(alpha + until) - r * np.log1p(until / alpha))


def log_inactive_weight(
    *, stages: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any
) -> Array:
    """Log odds of dropout at the last purchase, on the scale of W; minus infinity where there was no opportunity."""
    return np.asarray(_log_dropout_odds(chances, a=a, b=b) + (r + stages) * np.log1p((T - t_x) / (alpha + t_x)))


def _log_dropout_odds(chances: Array, *, a: Any, b: Any) -> Array:
    """Log odds of dropout at the last opportunity, elementwise; minus infinity where there was none.

    b + (chances - 1), never (b + chances) - 1: for a tiny b the latter is exactly 0 at the first opportunity.
    """
    with np.errstate(divide="ignore"):  # a = 0: nobody drops out
        odds = np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0))
    return np.where(chances > 0, odds, -np.inf)


def total(statistics: ErlangStatistics, *, r: float, alpha: float, a: float, b: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers without `gap_term`, gradient (4,) and Hessian (4, 4), in (r, alpha, a, b)."""
    value, gradient, hessian = total_of_survivors(statistics.counts, r=r, alpha=alpha, a=a, b=b)
    alive_or_inactive = _alive_or_inactive_total(statistics, r=r, alpha=alpha, a=a, b=b)
    return value + alive_or_inactive[0], gradient + alive_or_inactive[1], hessian + alive_or_inactive[2]


def total_without_dropout(statistics: ErlangStatistics, *, r: float, alpha: float) -> tuple[float, Array, Array]:
    """The same where nobody drops out, gradient (2,) and Hessian (2, 2), in (r, alpha)."""
    value, gradient, hessian = nbd.total(statistics.counts, r=r, alpha=alpha)
    log_weight, first, second = _log_alive_weight_derivatives(statistics, r=r, alpha=alpha)

    def summed(rows: Array) -> float:
        return float(np.sum(statistics.weights * rows))

    value += summed(log_weight)
    gradient += [summed(derivative) for derivative in first]
    r_r, r_alpha, alpha_alpha = (summed(derivative) for derivative in second)
    return float(value), gradient, hessian + np.array([[r_r, r_alpha], [r_alpha, alpha_alpha]])


def _alive_or_inactive_total(
    statistics: ErlangStatistics, *, r: float, alpha: float, a: float, b: float
) -> tuple[float, Array, Array]:
    """Sum of ln(W + odds of having dropped out) over the rows, with derivatives in (r, alpha, a, b).

    With q the share of the odds, the gradient is (1 - q) times that of ln W plus q times that of ln odds. The Hessian
    mixes likewise, plus q (1 - q) times the outer product of the difference of the two gradients.
    """
    last = np.maximum(statistics.chances - 1.0, 0.0)
    s, log_ratio_alpha = r + statistics.stages, 1 / (alpha + statistics.T) - 1 / (alpha + statistics.t_x)
    log_ratio = np.log1p((statistics.T - statistics.t_x) / (alpha + statistics.t_x))
    log_alive, alive_first, alive_second = _log_alive_weight_derivatives(statistics, r=r, alpha=alpha)
    log_odds = np.where(statistics.chances > 0, np.log(a) - np.log(b + last) + s * log_ratio, -np.inf)
    value = np.logaddexp(log_alive, log_odds)
    inactive = statistics.weights * np.exp(log_odds - value)
    alive = statistics.weights * np.exp(log_alive - value)
    mixed = inactive * np.exp(log_alive - value)
    both = alive + inactive
    inactive_gradient = (log_ratio, s * log_ratio_alpha, np.full_like(s, 1 / a), -1 / (b + last))
    zero = np.zeros_like(s)
    alive_gradient = (*alive_first, zero, zero)
    difference = [one - other for one, other in zip(inactive_gradient, alive_gradient, strict=True)]
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    for i in range(4):
        gradient[i] = np.sum(inactive * inactive_gradient[i]) + np.sum(alive * alive_gradient[i])
        for j in range(i, 4):
            hessian[i, j] = hessian[j, i] = np.sum(mixed * difference[i] * difference[j])
    hessian[0, 0] += np.sum(alive * alive_second[0])
    hessian[1, 1] += np.sum(
        alive * alive_second[2]
        + inactive * s * log_ratio_alpha * -(1 / (alpha + statistics.T) + 1 / (alpha + statistics.t_x))
    )
    cross = np.sum(alive * alive_second[1] + inactive * log_ratio_alpha)
    hessian[0, 1] += cross
    hessian[1, 0] += cross
    hessian[2, 2] -= np.sum(inactive) / a**2
    hessian[3, 3] += np.sum(inactive / (b + last) ** 2)
    return float(np.sum(both * value)), gradient, hessian


def _log_alive_weight_derivatives(
    statistics: ErlangStatistics, *, r: float, alpha: float
) -> tuple[Array, tuple[Array, Array], tuple[Array, Array, Array]]:
    """Ln W of each row, its first derivatives in (r, alpha), and its second (r r, r alpha, alpha alpha).

    They are moments of j and of h = sum of 1 / (s + i) over i < j, where the stages done j have weights (s)_j u^j / j!.
    """
    s, inverse_rate = r + statistics.stages, 1 / (alpha + statistics.T)
    u = (statistics.T - statistics.t_x) * inverse_rate
    term, whole = np.ones_like(s), np.ones_like(s)
    h, g = np.zeros_like(s), np.zeros_like(s)
    moments = np.zeros((5, len(s)))
    for j in range(1, statistics.k):
        stage = s + (j - 1)
        term = term * (stage * u / j)
        h = h + 1 / stage
        g = g + 1 / stage**2
        whole = whole + term
        moments += term * np.stack([h, np.full_like(s, j), h * h - g, j * h, np.full_like(s, j * (j + 1))])
    mean_h, mean_j, mean_hh, mean_jh, mean_jj = moments / whole
    first = (mean_h, -inverse_rate * mean_j)
    second = (mean_hh - mean_h**2, -inverse_rate * (mean_jh - mean_j * mean_h), inverse_rate**2 * (mean_jj - mean_j**2))
    return np.log(whole), first, second
