"""Stacking: the weights of a mixture of models with the highest mean log score.

Yao, Vehtari, Simpson & Gelman (2018), "Using stacking to average Bayesian predictive distributions", Bayesian Analysis
13(3). The maximum over the simplex is that of

    f(w) = mean_n log(sum_k w_k L_nk) - sum_k w_k

over w >= 0, whose solution sums to 1, found by sequential quadratic programming (Kim, Carbonetto, Stephens & Anitescu
2020, "A fast algorithm for maximum likelihood estimation of mixture proportions", JCGS 29(2)): Newton's quadratic
approximation is maximised over w >= 0 as a non-negative least-squares problem. EM would need thousands of steps where
models are alike.
"""

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import nnls

from kundkarriar.arrays import Array

GAP = 1e-10
"""The search ends where no weights can have a mean log score higher by more than this."""
ROUNDS = 200
HALVINGS = 40
RIDGE = 1e-10
"""Relative ridge of the Hessian, which is singular where two models say the same."""


def stacking_weights(log_p: Array) -> Array:
    """The weights that maximise the mean log of the mixture's probabilities, (K,), at least 0 and in sum 1.

    Args:
        log_p: the log probability that each model gave to each outcome, (n, K), minus infinity for an outcome that a
            model excluded. Outcomes that all models excluded say nothing of weights. Models that say the same share
            their weight.

    >>> sure, unsure = np.log([0.9, 0.9, 0.1]), np.log([0.5, 0.5, 0.5])
    >>> stacking_weights(np.column_stack([sure, unsure])).round(3)
    array([0.417, 0.583])
    """
    best = log_p.max(axis=1, keepdims=True, initial=-np.inf)
    told = np.isfinite(best[:, 0])
    L, K = np.exp(log_p[told] - best[told]), log_p.shape[1]
    w = np.full(K, 1 / K)
    if not len(L):
        return w
    value = _objective(L, w)
    for _ in range(ROUNDS):
        mixed = L @ w
        slope = np.mean(L / mixed[:, None], axis=0)  # of the mean log score; 1 at the solution where w > 0
        if slope.max() - 1 <= GAP:
            break
        step = _newton(L / mixed[:, None], slope) - w
        for halving in range(HALVINGS):
            trial = np.maximum(w + step / 2**halving, 0.0)
            if (higher := _objective(L, trial)) > value:
                w, value = trial, higher
                break
        else:  # rounding hides what Newton's step gains; EM never loses
            w = w * slope
            value = _objective(L, w)
    total: Array = w / w.sum()
    return total


def _objective(L: Array, w: Array) -> float:
    mixed = L @ w
    return float(np.mean(np.log(mixed)) - w.sum()) if (mixed > 0).all() else -np.inf


def _newton(ratio: Array, slope: Array) -> Array:
    """The maximum over w >= 0 of the quadratic approximation, from L / mixture, (n, K), and its mean, (K,).

    Its Hessian is -H with H = mean of ratio ratio', and H w = slope, so the linear term is 2 slope - 1.
    """
    H = ratio.T @ ratio / len(ratio)
    R = np.linalg.cholesky(H + RIDGE * np.trace(H) * np.eye(len(H))).T
    weights: Array = nnls(R, solve_triangular(R, 2 * slope - 1, trans="T"))[0]
    return weights
