"""Static gamma-Poisson model of monthly purchases: each customer buys at a constant rate, and rates are gamma.

The benchmark of the hidden Markov model: it has heterogeneity and no dynamics. Given x purchases in T months, the count
of the next month is negative binomial with size r + x and mean (r + x) / (alpha + T).
"""

import numpy as np
from scipy.special import digamma, gammaln

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.bfgs import maximise_bfgs
from kundkarriar.numerics.optimize.newton import Box

BOUND = 8.0
STEPS = 200


def fit_gamma_poisson(*, x: Array, T: Array) -> tuple[float, float]:
    """Shape r and rate alpha of the gamma, by maximum likelihood, from purchases x in T months of each customer, (n,).

    >>> generator = np.random.default_rng(0)
    >>> x = generator.poisson(10 * generator.gamma(2.0, 1 / 4.0, 5000)).astype(float)
    >>> r, alpha = fit_gamma_poisson(x=x, T=np.full(5000, 10.0))
    >>> round(r, 1), round(alpha, 1)
    (2.0, 4.0)
    """

    def objective(theta: Array) -> tuple[float, Array]:
        r, alpha = np.exp(theta)
        log_likelihood = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
        in_r = digamma(r + x) - digamma(r) + np.log(alpha) - np.log(alpha + T)
        in_alpha = r / alpha - (r + x) / (alpha + T)
        return float(log_likelihood.mean()), np.array([r * in_r.mean(), alpha * in_alpha.mean()])

    box = Box(n=1, low=np.full(2, -BOUND), high=np.full(2, BOUND), gradient_tolerance=1e-8)
    start = np.array([0.0, -np.log(max(float(x.sum() / T.sum()), 1e-3))])
    r, alpha = np.exp(maximise_bfgs(objective, start, box, max_steps=STEPS)[0])
    return float(r), float(alpha)
