"""Standard errors of a logistic regression whose rows come in clusters."""

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.logistic.firth_logit import LogitFit

LEAST = 1e-12
"""Least number that is divided by."""
MOST = 0.9
"""Most leverage of a cluster: without one that alone has a covariate there is no coefficient to compare."""


def clustered_errors(fit: LogitFit, *, X: Array, y: Array, cluster: Whole) -> Array:
    """Standard errors of the coefficients, (k,), where rows of one cluster (m,) may depend on each other.

    By the sandwich of the scores summed over each of G clusters. The residuals r of a cluster are (I - H)^(-1) r with
    the cluster's block H of the hat matrix, and the sum is times (G - 1) / G: the jackknife in one step, CR3. The plain
    sandwich is biased downwards where a few clusters weigh much, such as those with the most events. The errors are no
    smaller than those of the information, for the same reason.

    Sources: Liang and Zeger (1986), Biometrika 73, 13-22; Bell and McCaffrey (2002), Survey Methodology 28, 169-181; of
    the larger of both, Angrist and Pischke (2009), Mostly Harmless Econometrics, section 8.1.

    >>> from kundkarriar.numerics.logistic.firth_logit import firth_logit
    >>> X, y = np.ones((40, 1)), np.tile([0.0, 1.0], 20)
    >>> fit = firth_logit(X=X, y=y)
    >>> alone, alike = np.arange(40), np.arange(40) % 2 + 2 * (np.arange(40) // 20)  # clusters of ten equal outcomes
    >>> [float(clustered_errors(fit, X=X, y=y, cluster=each)[0].round(3)) for each in (alone, alike)]
    [0.32, 1.155]
    """
    inverse = np.linalg.inv(fit.information)
    weight = np.sqrt(fit.p * (1 - fit.p))
    order = np.argsort(cluster, kind="stable")
    _, start, size = np.unique(cluster[order], return_index=True, return_counts=True)
    meat = np.zeros_like(inverse)
    for rows in np.unique(size):  # clusters of one size are solved together
        at = order[start[size == rows][:, None] + np.arange(rows)]
        scaled = X[at] * weight[at][..., None]
        H = scaled @ inverse @ scaled.swapaxes(1, 2)
        H *= np.minimum(1, MOST / np.maximum(np.trace(H, axis1=1, axis2=2), LEAST))[:, None, None]
        residual = ((y - fit.p) / np.maximum(weight, LEAST))[at][..., None]
        scores = (scaled.swapaxes(1, 2) @ np.linalg.solve(np.eye(rows) - H, residual))[..., 0]
        meat += scores.T @ scores
    sandwich = inverse @ meat @ inverse * (len(size) - 1) / len(size)
    return np.sqrt(np.maximum(np.diag(sandwich), np.diag(inverse)))
