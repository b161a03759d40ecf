"""Standard errors of a logistic regression whose rows come in clusters."""

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.logistic.firth_logit import LogitFit


def clustered_errors(fit: LogitFit, *, X: Array, y: Array, cluster: Whole) -> Array:
    """Standard errors of the coefficients, (k,), where rows of one cluster (m,) may depend on each other.

    By the sandwich of the scores summed over each cluster, times G / (G - 1) of G clusters; but no smaller than by the
    information, because the sandwich is biased downwards where few clusters have a covariate.

    Sources: Liang and Zeger (1986), Biometrika 73, 13-22; of the larger of both, Angrist and Pischke (2009), Mostly
    Harmless Econometrics, section 8.1.

    >>> from kundkarriar.numerics.logistic.firth_logit import firth_logit
    >>> X, y = np.ones((40, 1)), np.tile([0.0, 1.0], 20)
    >>> fit = firth_logit(X=X, y=y)
    >>> alone, alike = np.arange(40), np.arange(40) % 2 + 2 * (np.arange(40) // 20)  # clusters of ten equal outcomes
    >>> [float(clustered_errors(fit, X=X, y=y, cluster=each)[0].round(3)) for each in (alone, alike)]
    [0.32, 1.155]
    """
    inverse = np.linalg.inv(fit.information)
    _, at = np.unique(cluster, return_inverse=True)
    scores = X * (y - fit.p)[:, None]
    groups = int(at.max()) + 1
    sums = np.stack([np.bincount(at, weights=column, minlength=groups) for column in scores.T], axis=1)
    sandwich = inverse @ (sums.T @ sums) @ inverse * groups / max(groups - 1, 1)
    return np.sqrt(np.maximum(np.diag(sandwich), np.diag(inverse)))
