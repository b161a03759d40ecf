"""Purchases more regular than chance: gaps of k exponential stages, and a chance to leave after each purchase.

BG/CNBD-k and MBG/CNBD-k: Platzer, M. & Reutterer, T. (2016), "Ticking away the moments: timing regularity helps to
better predict customer activity", Marketing Science 35(5); Reutterer, T., Platzer, M. & Schröder, N. (2021),
"Leveraging purchase regularity for predicting customer behavior the easy way", International Journal of Research in
Marketing 38(1).

The gap between two purchases is the sum of k exponential stages of rate lambda (Erlang), lambda ~ Gamma(r, alpha),
and the customer leaves after each purchase with chance p ~ Beta(a, b). k = 1 is BG/NBD (MBG/NBD); the larger k, the
more evenly a customer buys: the coefficient of variation of the gaps is 1 / sqrt(k). With s = r + k x and `chances`
occasions to have left,

    L = gaps^(k-1) / ((k-1)!)^x  alpha^r / Γ(r)  (b)_chances / (a + b)_chances  Γ(s) (alpha + T)^-s  (W + odds),
    W = sum over j < k of (s)_j / j! u^j,  u = (T - t_x) / (alpha + T):   alive, j stages done since the last purchase,
    odds = a / (b + chances - 1) ((alpha + T) / (alpha + t_x))^s:         left at the last purchase,

and P(alive) = W / (W + odds). All terms are positive and their powers are taken in logs.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio, log_stays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST = 40
"""Largest k: gaps then vary by a sixth of their mean."""
MANY = 1e6
"""More stages due since the last purchase are counted from the last of the k: 1e6^39 is still a float."""


def log_likelihood(
    *, x: Array, t_x: Array, T: Array, chances: Array, gap_log_sum: Array, k: int, r: Any, alpha: Any, a: Any, b: Any
) -> Array:
    """Log-likelihood of each history, (n,): of the moments of all its purchases.

    Args:
        x: repeat purchases, (n,).
        t_x: age at the last purchase, (n,).
        T: age now, (n,).
        chances: how often each may have left: x (BG) or x + 1 (MBG), (n,).
        gap_log_sum: sum of the logarithms of the gaps between purchases, in the unit of T, (n,).
        k: stages of a gap, 1 to 40.
        r: shape of the gamma over stage rates.
        alpha: its rate.
        a: first parameter of the beta over the chance of leaving; 0: nobody leaves.
        b: its second parameter.

    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> someone |= {"gap_log_sum": np.array([4.6])}  # of no matter for k = 1
    >>> log_likelihood(**someone, chances=np.array([2.0]), k=1, r=0.243, alpha=4.414, a=0.793, b=2.426).round(4)
    array([-9.4586])
    """
    stages = k * x
    # neither from the other: of a rate known to be high the silence cancels
    alive = _log_silence(T, stages=stages, r=r, alpha=alpha)
    alive = alive + log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    left = _log_silence(t_x, stages=stages, r=r, alpha=alpha) + _log_leaving(chances, a=a, b=b)
    bought = gap_term(x=x, gap_log_sum=gap_log_sum, k=k) + log_gamma_ratio(r, stages)
    return np.asarray(bought + log_stays(chances, a=a, b=b) + np.logaddexp(alive, left))


def log_p_alive(*, x: Array, t_x: Array, T: Array, chances: Array, k: int, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log of the probability of being alive now; parameters may be arrays that broadcast with the rows.

    A regular customer who is late is more surely gone:

    >>> late = {"x": np.array([6.0]), "t_x": np.array([30.0]), "T": np.array([39.0]), "chances": np.array([6.0])}
    >>> [float(np.exp(log_p_alive(**late, k=k, r=1.0, alpha=5.0 / k, a=0.8, b=2.4))[0].round(3)) for k in (1, 3)]
    [0.651, 0.537]
    """
    stages = k * x
    alive = log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    left = _log_odds(stages=stages, t_x=t_x, T=T, chances=chances, r=r, alpha=alpha, a=a, b=b)
    return np.asarray(-np.logaddexp(0.0, left - alive))


def gap_term(*, x: Array, gap_log_sum: Array, k: int) -> Array:
    """What the spacing of the purchases adds to the log-likelihood, (n,): free of all parameters but k."""
    return np.asarray((k - 1) * gap_log_sum - x * gammaln(k))


def log_alive_weight(*, stages: Any, t_x: Any, T: Any, k: int, r: Any, alpha: Any) -> Array:
    """The weight ln W: that no purchase has come since the last one, against the rate's gamma at T; 0 for k = 1."""
    s = r + stages
    weights, log_unit = _weights(s, (T - t_x) / (alpha + T), k=k)
    return np.asarray(np.log(sum(weights)) + log_unit)


def log_p_none(horizon: Any, *, x: Array, t_x: Array, T: Array, k: int, r: Any, alpha: Any) -> Array:
    """Log of the probability that who is alive buys nothing within `horizon` (one, or one a row), (n,).

    The weight of a silence that lasts `horizon` longer, against that of today's. Its complement keeps its digits down
    to about .001; below, `regular_future.p_purchase` does.

    >>> now = {"x": np.array([6.0]), "t_x": np.array([30.0]), "T": np.array([39.0]), "k": 3, "r": 1.0, "alpha": 2.5}
    >>> [float(np.exp(log_p_none(t, **now))[0].round(3)) for t in (4.0, 13.0)]
    [0.272, 0.016]
    """
    stages = k * x
    later = log_alive_weight(stages=stages, t_x=t_x, T=T + horizon, k=k, r=r, alpha=alpha)
    now = log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    return np.asarray(later - now - (r + stages) * np.log1p(horizon / (alpha + T)))


def stages_done(*, x: Any, t_x: Any, T: Any, k: int, r: Any, alpha: Any) -> list[Array]:
    """Probability of each number of stages since the last purchase, 0 to k - 1, of who is alive: k arrays.

    >>> now = {"x": np.array([6.0]), "T": np.array([39.0]), "k": 2, "r": 1.0, "alpha": 2.5}
    >>> [float(p[0].round(3)) for p in stages_done(t_x=np.array([30.0]), **now)]
    [0.262, 0.738]
    """
    weights, _ = _weights(r + k * x, (T - t_x) / (alpha + T), k=k)
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _weights(s: Any, step: Any, *, k: int) -> tuple[list[Array], Any]:
    """The terms (s)_j / j! step^j of W, j = 0 to k - 1, in units of the first or of the last, and the unit's log."""
    ups = [(s + (j - 1)) * step / j for j in range(1, k)]
    one = np.ones_like(s * step)
    many = one * s * step > MANY
    if not many.any():
        return list(accumulate(ups, np.multiply, initial=one)), 0.0
    upwards = accumulate((np.where(many, 1.0, up) for up in ups), np.multiply, initial=one)
    falls = [np.where(many, up, 1.0) for up in ups]
    downwards = list(accumulate(reversed(falls), np.divide, initial=one))[::-1]
    return [up * down for up, down in zip(upwards, downwards, strict=True)], sum(map(np.log, falls))


def _log_silence(until: Array, *, stages: Array, r: Any, alpha: Any) -> Array:
    """Log of alpha^r (alpha + until)^-(r + stages)."""
    return np.asarray(-stages * np.log(alpha + until) - r * np.log1p(until / alpha))


def _log_odds(*, stages: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log of the weight of having left at the last purchase; minus infinity where there was no chance to."""
    return np.asarray(_log_leaving(chances, a=a, b=b) + (r + stages) * np.log1p((T - t_x) / (alpha + t_x)))


def _log_leaving(chances: Array, *, a: Any, b: Any) -> Array:
    """Log of the odds of leaving at the last chance; minus infinity where there was none.

    b + (chances - 1), never (b + chances) - 1: for a tiny b the latter is exactly 0 at the first chance.
    """
    with np.errstate(divide="ignore"):  # a = 0: nobody leaves
        odds = np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0))
    return np.where(chances > 0, odds, -np.inf)
