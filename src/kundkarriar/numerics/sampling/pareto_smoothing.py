"""Pareto smoothing of importance weights, with the diagnostic k-hat.

Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling", Journal of Machine Learning
Research 25(72); Zhang & Stephens (2009), "A new and efficient estimation method for the generalized Pareto
distribution", Technometrics 51(3).
"""

import numpy as np

from kundkarriar.arrays import Array

GOOD = 0.7
"""Means under weights with a k-hat up to .7 are reliable; above, they depend on points that were not drawn."""

FEWEST = 5
"""Fewest weights of a tail to which a Pareto is fitted."""


def smooth(log_weights: Array) -> tuple[Array, float]:
    """Logs of weights that sum to 1, (S,), the largest smoothed by a generalised Pareto; and k-hat.

    The tail is the largest min(S / 5, 3 sqrt(S)) weights. They keep their order; none exceeds the largest raw weight.
    `log_weights` of target over proposal are up to a constant, and not finite where the target is 0 or underflows.
    k-hat is minus infinity where the largest weights are equal, and infinity where the tail is too short.

    >>> even, k_hat = smooth(np.zeros(1000))
    >>> float(np.exp(even).sum().round(6)), k_hat
    (1.0, -inf)
    """
    finite = np.flatnonzero(np.isfinite(log_weights))
    if len(finite) == 0:
        raise ValueError("every weight is 0")
    raw = np.where(np.isfinite(log_weights), log_weights, -np.inf) - log_weights[finite].max()
    order = finite[np.argsort(raw[finite], kind="stable")]
    length = int(np.ceil(min(0.2 * len(log_weights), 3 * np.sqrt(len(log_weights)))))
    if length < FEWEST or len(order) <= length:
        return raw - np.log(np.exp(raw).sum()), np.inf
    limit = float(np.exp(raw[order[-length - 1]]))
    tail = order[-length:][np.exp(raw[order[-length:]]) > limit * (1 + 1e-12)]
    if len(tail) < FEWEST:
        return raw - np.log(np.exp(raw).sum()), np.inf if len(tail) else -np.inf
    k, sigma = generalised_pareto(np.exp(raw[tail]) - limit)
    smoothed = raw.copy()
    midpoints = (np.arange(len(tail)) + 0.5) / len(tail)
    smoothed[tail] = np.minimum(np.log(limit + quantiles(midpoints, k=k, sigma=sigma)), 0.0)
    return smoothed - np.log(np.exp(smoothed).sum()), k


def generalised_pareto(exceedances: Array) -> tuple[float, float]:
    """Shape k and scale sigma of exceedances, estimated by the posterior mean of Zhang & Stephens, section 3.

    k is shrunk towards one half with the weight of ten observations (Vehtari et al. 2024, appendix G). The
    exceedances over a limit are > 0, in ascending order, (n,).
    """
    n = len(exceedances)
    grid = 30 + int(np.sqrt(n))
    quarter = max(exceedances[int(n / 4 + 0.5) - 1], 1e-280)
    theta = 1 / exceedances[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quarter)
    k = np.log1p(-theta[:, None] * exceedances).mean(axis=1)
    profile = n * (np.log(-theta / k) - k - 1)
    weight = np.exp(profile - profile.max())
    best = float(weight @ theta / weight.sum())
    shape = float(np.log1p(-best * exceedances).mean())
    return (n * shape + 5) / (n + 10), -shape / best


def quantiles(p: Array, *, k: float, sigma: float) -> Array:
    """Quantiles of the generalised Pareto, (n,); exponential where k = 0."""
    exponential = -np.log1p(-p)
    return sigma * (exponential if abs(k) < 1e-12 else np.expm1(k * exponential) / k)
