"""The mix of spend of each customer, shrunk towards the mix of all by a Dirichlet prior.

The shares of a customer's future spend have the prior Dirichlet(mass x shares of all), and a purchase day counts as one
observation of the mix. The posterior mean is then (mass x shares + n x own shares) / (mass + n).
"""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.money.exact_sums import total

LEAST_MASS, MOST_MASS = 0.01, 1000.0


def mix_prior(*, spend: Array, n: Array, weights: Array | None = None) -> tuple[Array, float]:
    """Shares of the categories in a purchase day, (C,), and the mass of the prior in purchase days.

    The shares of all are the means of customers' shares, weighted by their purchase days. Squared distances q of
    customers' shares from them have the mean A + B / n, where A is the variance between customers, B that between the
    days of one customer, and the mass B / A. A and B are least squares of q on 1 / n, at least 0. Where customers have
    one number of days, B is that of days with one category each. The mass is kept between .01 and 1,000 days.

    Args:
        spend: of each customer by category, (N, C), at least 0.
        n: purchase days, (N,).
        weights: numbers of customers alike, (N,).

    Source: A and B are the structural parameters of Buhlmann and Straub (1970), Bulletin of the Swiss Association of
    Actuaries 70, and the mass is their credibility constant.
    """
    gross = spend.sum(axis=1)
    some = (gross > 0) & (n > 0)
    if not some.any():
        return np.full(spend.shape[1], 1.0 / spend.shape[1]), MOST_MASS
    own, days = spend[some] / gross[some, None], n[some]
    w = np.ones(len(days)) if weights is None else weights[some]
    shares = np.array([total(w * days * each) for each in own.T]) / total(w * days)
    q, x = ((own - shares) ** 2).sum(axis=1), 1.0 / days
    single = float((shares * (1 - shares)).sum())
    if single <= 0:
        return shares, MOST_MASS
    x_mean, q_mean = total(w * x) / total(w), total(w * q) / total(w)
    spread = total(w * (x - x_mean) ** 2) / total(w)
    if spread > 1e-9:
        within = total(w * (x - x_mean) * (q - q_mean)) / total(w) / spread
        within = min(max(within, 0.0), q_mean / x_mean)
        between = q_mean - within * x_mean
    else:
        between = (q_mean - single * x_mean) / max(1.0 - x_mean, 1e-9) if x_mean < 1 else 0.0
        within = single - between
    mass = within / between if between > 1e-12 * single else MOST_MASS
    return shares, float(np.clip(mass, LEAST_MASS, MOST_MASS))


def expected_mix(*, spend: Array, n: Array, shares: Array, mass: float) -> Array:
    """Expected shares of the categories in each customer's future spend, (N, C); those of all without a purchase.

    >>> expected_mix(spend=np.array([[30.0, 10.0]]), n=np.array([4.0]), shares=np.array([0.5, 0.5]), mass=4.0)
    array([[0.625, 0.375]])
    """
    gross = spend.sum(axis=1, keepdims=True)
    own = np.divide(spend, gross, out=np.zeros_like(spend), where=gross > 0)
    days = np.where(gross[:, 0] > 0, n, 0.0)[:, None]
    return np.asarray((mass * shares + days * own) / (mass + days))
