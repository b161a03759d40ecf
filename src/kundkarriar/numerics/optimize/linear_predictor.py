"""Linear predictors of a model's unconstrained parameters, row by row: theta_i = X_i tau.

With static covariates, parameter c of row i is the sum over j of `design[i, j] x tau[index[j]]`. Gradients and Hessians
in the coefficients tau follow from those in theta by the chain rule.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole

Total: TypeAlias = tuple[float, Array, Array]


@frozen(kw_only=True, eq=False)
class LinearPredictor:
    """Linear predictor of one unconstrained parameter in every row.

    Attributes:
        index: positions of its coefficients in tau, (m,).
        design: design matrix, (n, m).
    """

    index: Whole
    design: Array


def linear_predictors(tau: Array, predictors: Sequence[LinearPredictor]) -> Array:
    """Unconstrained parameters of each row, (n, k); (S, n, k) at many tau (S, K).

    >>> level = LinearPredictor(index=np.array([0, 1]), design=np.array([[1.0, 0.0], [1.0, 1.0]]))
    >>> linear_predictors(np.array([3.0, 0.5]), [level])
    array([[3. ],
           [3.5]])
    """
    return np.stack([tau[..., predictor.index] @ predictor.design.T for predictor in predictors], axis=-1)


def total_in_coefficients(
    value: Array, gradient: Array, hessian: Array, *, predictors: Sequence[LinearPredictor], size: int
) -> Total:
    """Sum over rows with its gradient (K,) and Hessian (K, K) in the K = `size` coefficients tau.

    From each row's value (n,), gradient (n, k) and Hessian (n, k, k) in its own parameters theta, of k predictors.
    """
    tau_gradient, tau_hessian = np.zeros(size), np.zeros((size, size))
    for c, one in enumerate(predictors):
        np.add.at(tau_gradient, one.index, one.design.T @ gradient[:, c])
        for d, other in enumerate(predictors):
            part = (one.design * hessian[:, c, d, None]).T @ other.design
            tau_hessian[np.ix_(one.index, other.index)] += part
    return float(value.sum()), tau_gradient, tau_hessian
