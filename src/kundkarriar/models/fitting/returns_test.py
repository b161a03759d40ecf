"""The likelihood-ratio test of customers who return against nobody returning."""

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit
from kundkarriar.models.fitting.likelihood_ratio import LikelihoodRatio, same_log_likelihood
from kundkarriar.models.fitting.purchase_fit import likelihood_of
from kundkarriar.numerics.optimize.model_comparison import p_value, two_at_edge
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

NEED = "returns_test"
NULL = (
    "chi-squares with 0 and 1 degree of freedom, half and half: nobody returning lies at the edge of the model, one "
    "parameter at 0."
)
NULL_OF_TWO = (
    "chi-squares with 0, 1 and 2 degrees of freedom, 1 : 2 : 1: nobody returning lies at the edge of both laws, one "
    "parameter of each at 0."
)
NEVER = -25.0
"""ln of the rate of returning, per median T, at which nobody returns."""


def returns_test(fitted: FittedPurchases, summary: Any, *, weights: str | None = None) -> LikelihoodRatio:
    """The test of nobody returning against a fitted ReturningNBD, on the customers of its fit."""
    if not fitted.report.fitted:
        raise CapabilityError.because(
            f"{NEED} compares two fits of the greatest likelihood; the parameters of this model were given.",
            hint="kk.ReturningNBD().fit(summary).returns_test(summary).",
        )
    rows = fitted.read(summary, need=NEED, weights=weights).rows
    here, there = fitted.log_likelihood_of(summary, weights=weights), float(fitted.log_likelihood or np.nan)
    if not same_log_likelihood(here, there):
        raise DataError.because(
            f"{NEED} tests the customers of the fit, of log-likelihood {there:.4f}; that of `summary` is {here:.4f}.",
            hint="pass the summary that was fitted.",
        )
    groups = (evolve(rows, older=None),) if fitted.older is None else rows.groups()
    least = 0.0
    for group in groups:
        nobody = _without_returns(likelihood_of(fitted.family, group.merged(period=fitted.period)))
        least += nobody.log_likelihood(nobody.optimum())
    best = here if fitted.older is None else float(fitted.greatest_log_likelihood or np.nan)
    statistic = max(2.0 * (best - least), 0.0)
    return LikelihoodRatio(
        smaller="nobody returns",
        larger=fitted.family.name,
        statistic=statistic,
        degrees_of_freedom=len(groups),
        p_value=p_value(statistic, extra=1, at_edge=True) if fitted.older is None else two_at_edge(statistic),
        null=NULL if fitted.older is None else NULL_OF_TWO,
    )


def _without_returns(fit: LikelihoodFit) -> LikelihoodFit:
    """The same likelihood with the rate of returning held at 0, over the other parameters."""
    return evolve(
        fit,
        parameters=fit.parameters[:-1],
        unconstrained=UnconstrainedParameters(blocks=fit.unconstrained.blocks[:-1]),
        objective=_held(fit.objective),
        starts=[start[:-1] for start in fit.starts],
        stages=tuple(evolve(stage, objective=_held(stage.objective)) for stage in fit.stages),
        exact=fit.exact and _held_exact(fit.exact),
    )


def _held_exact(exact: Callable[[Array], float]) -> Callable[[Array], float]:
    return lambda theta: exact(np.append(theta, NEVER))


def _held(objective: Objective) -> Objective:
    def at(theta: Array) -> tuple[float, Array, Array]:
        value, gradient, hessian = objective(np.append(theta, NEVER))
        return value, gradient[:-1], hessian[:-1, :-1]

    return at
