"""Ridge (L2) penalty on the coefficients of covariates."""

from __future__ import annotations

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit
from kundkarriar.numerics.optimize.newton import Objective, Optimum
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters


def penalise(fit: LikelihoodFit, *, l2: float) -> LikelihoodFit:
    """The fit whose objective is the log-likelihood - customers x `l2` x the sum of squared coefficients.

    The coefficients are the parameters that may be negative; each is per spread of its column.

    Args:
        fit: the fit without a penalty; returned as it is where `l2` is 0.
        l2: the penalty per customer, at least 0.
    """
    if l2 == 0.0:
        return fit
    return evolve(
        fit,
        objective=_with_ridge(fit.objective, fit.unconstrained, l2=l2 * fit.n),
        subsample_objective=fit.subsample_objective
        and _with_ridge(fit.subsample_objective, fit.unconstrained, l2=l2 * fit.subsample_n),
        nested=tuple(
            evolve(nested, objective=_with_ridge(nested.objective, nested.unconstrained, l2=l2 * fit.n))
            for nested in fit.nested
        ),
    )


def without_penalty(optimum: Optimum, *, fit: LikelihoodFit, penalised: LikelihoodFit) -> Optimum:
    """The optimum with the log-likelihood, gradient and Hessian of the fit without the penalty.

    Standard errors from the penalised objective would be too small, because the penalty is not information in the data.

    Args:
        optimum: the maximum of `penalised`.
        fit: the fit without the penalty.
        penalised: `penalise(fit, l2=...)`.
    """
    return optimum if penalised is fit else fit.evaluate_at(optimum)


def _with_ridge(objective: Objective, unconstrained: UnconstrainedParameters, *, l2: float) -> Objective:
    weight = np.where(unconstrained.positive, 0.0, l2)

    def at(theta: Array) -> tuple[float, Array, Array]:
        value, gradient, hessian = objective(theta)
        return value - float(weight @ theta**2), gradient - 2 * weight * theta, hessian - 2 * np.diag(weight)

    return at
