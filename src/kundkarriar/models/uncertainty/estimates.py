"""Estimates with standard errors and confidence intervals, as a frame."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.models.uncertainty.posterior_draws import HasCost, LoglikBatch
from kundkarriar.numerics.optimize.profile_likelihood import profile_intervals
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

MAX_PROFILE_COST = 5e4
"""The largest cost of a point of a profile, in rows of a tabulated likelihood: a thousand customers who all differ in
their covariates. Beyond, intervals are symmetric in the unconstrained parameters, and nearly the same."""
MAX_GRADIENT = 0.1
"""With a larger gradient per standard deviation the estimate is no maximum of the likelihood: a penalty moved it, and
an interval around it would not have its nominal coverage."""


def estimates_frame(
    params: Mapping[str, float],
    report: FitReport,
    *,
    unconstrained: UnconstrainedParameters,
    loglik_batch: LoglikBatch | None,
    level: float,
) -> pd.DataFrame:
    """One row for each parameter: parameter, estimate, std_error, low, high; see `FittedModel.estimates`."""
    values, positive = np.array(list(params.values())), np.array(unconstrained.positive)
    error = low = high = np.full(len(values), np.nan)
    if report.fitted and report.boundary is None:
        error, low, high = _errors_and_bounds(report, unconstrained, loglik_batch, level=level)
    with np.errstate(over="ignore"):
        return pd.DataFrame(
            {
                "parameter": list(params),
                "estimate": values,
                "std_error": np.where(positive, values, 1.0) * error,
                "low": np.where(positive, values * np.exp(np.where(positive, low, 0.0)), values + low),
                "high": np.where(positive, values * np.exp(np.where(positive, high, 0.0)), values + high),
            }
        )


def _errors_and_bounds(
    report: FitReport, unconstrained: UnconstrainedParameters, loglik_batch: LoglikBatch | None, *, level: float
) -> tuple[Array, Array, Array]:
    """Standard errors, and bounds of the intervals less the estimates; of positive parameters in logs; each (k,)."""
    maximum, gradient, covariance = (
        np.array(report.centre),
        np.array(report.slope),
        np.linalg.inv(np.array(report.information)),
    )
    if not 0.0 <= gradient @ covariance @ gradient <= MAX_GRADIENT**2:
        missing = np.full(len(maximum), np.nan)
        return missing, missing, missing
    jacobian = unconstrained.log_jacobian(maximum)
    error: Array = np.sqrt(np.einsum("ij,jk,ik->i", jacobian, covariance, jacobian))
    if loglik_batch is None or (isinstance(loglik_batch, HasCost) and loglik_batch.cost > MAX_PROFILE_COST):
        half_width = float(ndtri(0.5 + level / 2)) * error
        return error, -half_width, half_width
    low, high = profile_intervals(loglik_batch, unconstrained, maximum=maximum, covariance=covariance, level=level)
    estimates = unconstrained.log_natural(maximum)
    return error, low - estimates, high - estimates
