"""Logistic regression by Firth's penalised likelihood.

Maximum likelihood is biased away from 0 where outcomes are few, and infinite where a covariate separates them. The
Jeffreys prior, det(I)^(1/2) with the Fisher information I, removes the bias of order 1/n, is finite always, and needs
no scale of the covariates: the fit of a covariate in other units is the same fit.

Sources: Firth (1993), Biometrika 80, 27-38; Heinze and Schemper (2002), Statistics in Medicine 21, 2409-2419.
"""

import numpy as np
from attrs import frozen
from scipy.linalg import cho_factor, solve_triangular
from scipy.special import expit

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.newton import Box, maximise

LARGEST = 50.0
"""Bound of coefficients, per root mean square of the covariate: odds ratios beyond exp(50) are none."""
TOLERANCE = 1e-9
"""Gradient per row at which the search stops: by scoring its last digits take as many steps as the first."""


@frozen(kw_only=True, eq=False)
class LogitFit:
    """A fitted logistic regression.

    Attributes:
        beta: coefficients, (k,).
        p: probability of each row, (m,).
        information: Fisher information, (k, k).
        converged: whether the search ended at a maximum.
    """

    beta: Array
    p: Array
    information: Array
    converged: bool


def firth_logit(*, X: Array, y: Array) -> LogitFit:
    """Fit P(y = 1) = 1 / (1 + exp(-X beta)) to outcomes y (m,), 0 or 1, with a design X (m, k) of full rank.

    Of a table of two by two, the odds ratio is that of the counts with one half added to each:

    >>> X = np.repeat([[1.0, 0.0], [1.0, 1.0]], 10, axis=0)
    >>> y = np.repeat([0.0, 1.0, 0.0], [4, 6, 10])  # 6 of 10, and nobody of 10
    >>> fit = firth_logit(X=X, y=y)
    >>> fit.converged, fit.beta.round(4).tolist(), np.log([6.5 / 4.5, 0.5 / 10.5 * 4.5 / 6.5]).round(4).tolist()
    (True, [0.3677, -3.4122], [0.3677, -3.4122])
    """
    scale = np.sqrt((X**2).mean(axis=0))
    X = X / scale

    def objective(beta: Array) -> tuple[float, Array, Array]:
        """Penalised log-likelihood, its gradient, eq. 2 of Heinze and Schemper, and the negative information."""
        eta = X @ beta
        p = expit(eta)
        weighted = X * np.sqrt(p * (1 - p))[:, None]
        information = weighted.T @ weighted
        try:
            root, _ = cho_factor(information, lower=True)
        except np.linalg.LinAlgError:  # all probabilities are 0 or 1
            return -np.inf, np.zeros(len(beta)), -information
        leverage = (solve_triangular(root, weighted.T, lower=True) ** 2).sum(axis=0)
        value = float(y @ eta - np.logaddexp(0, eta).sum() + np.log(np.diag(root)).sum())
        return value, X.T @ (y - p + leverage * (0.5 - p)), -information

    bound = np.full(X.shape[1], LARGEST)
    box = Box(low=-bound, high=bound, n=float(len(y)), gradient_tolerance=TOLERANCE)
    end = maximise(objective, np.zeros(X.shape[1]), box)
    information = -end.hessian * np.outer(scale, scale)
    return LogitFit(beta=end.theta / scale, p=expit(X @ end.theta), information=information, converged=end.converged)
