"""Share of each customer's gross spend that is returned, shrunk to the share of all customers."""

import numpy as np

from kundkarriar.arrays import Array

LEAST_MASS, MOST_MASS = 1.0, 1000.0


def return_prior(*, gross: Array, returned: Array, n: Array, weights: Array | None = None) -> tuple[float, float]:
    """Mean of the prior of return shares, and its mass in purchase days.

    Of each customer's spend before returns, returned spend and purchase days `n`, each (n,); `weights`, (n,), are the
    numbers of customers alike. The mass is the moment
    estimate of a beta-binomial over customers with two purchase days or more:
    Var(share) = mean (1 - mean) [1/n + (1 - 1/n) / (mass + 1)]. It is kept between 1 and 1,000 days.
    """
    weights = np.ones(len(n)) if weights is None else weights
    total = (weights * gross).sum()
    mean = float(min((weights * returned).sum() / total, 1.0)) if total > 0 else 0.0
    some = (n >= 2) & (gross > 0)
    if mean in (0.0, 1.0) or not some.any():
        return mean, MOST_MASS
    share = np.minimum(returned[some] / gross[some], 1.0)
    within = np.average(1 / n[some], weights=weights[some])
    spread = np.average((share - mean) ** 2, weights=weights[some]) / (mean * (1 - mean))
    overlap = (spread - within) / (1 - within)
    return mean, float(np.clip(1 / max(float(overlap), 1e-9) - 1, LEAST_MASS, MOST_MASS))


def return_share(*, gross: Array, returned: Array, n: Array, mean: float, mass: float) -> Array:
    """Expected share of each customer's future gross spend that is returned, (n,), 0 to 1.

    The posterior mean: the customer's own share has the weight of `n` purchase days, the prior `mean` that of `mass`.

    >>> one = {"gross": np.array([100.0]), "returned": np.array([50.0]), "n": np.array([5.0])}
    >>> return_share(**one, mean=0.1, mass=5.0)
    array([0.3])
    """
    own = np.divide(returned, gross, out=np.zeros_like(gross), where=gross > 0)
    return np.asarray((n * np.clip(own, 0.0, 1.0) + mass * mean) / (n + mass))
