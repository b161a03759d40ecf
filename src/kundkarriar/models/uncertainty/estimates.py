"""Estimates with standard errors and confidence intervals, as columns of a frame."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.models.uncertainty.covariance import covariance_in_logs, slope_and_information
from kundkarriar.models.uncertainty.posterior_draws import HasCost, LoglikBatch
from kundkarriar.numerics.optimize.profile_likelihood import profile_intervals
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

MAX_PROFILE_COST = 5e4
"""The largest cost of a point of a profile, in rows of a tabulated likelihood: a thousand customers who all differ in
their covariates. Beyond, intervals are symmetric in the unconstrained parameters, and nearly the same."""


def estimates_columns(
    params: Mapping[str, float],
    report: FitReport,
    *,
    unconstrained: UnconstrainedParameters,
    loglik_batch: LoglikBatch | None,
    level: float,
) -> dict[str, Any]:
    """One value for each parameter: parameter, estimate, std_error, low, high; see `FittedModel.estimates`."""
    values, positive = np.array(list(params.values())), np.array(unconstrained.positive)
    error = low = high = np.full(len(values), np.nan)
    log_covariance = covariance_in_logs(report, unconstrained)
    if log_covariance is not None:
        error = np.sqrt(np.diag(log_covariance))
        low, high = _bounds(report, unconstrained, loglik_batch, error=error, level=level)
    with np.errstate(over="ignore"):
        return {
            "parameter": list(params),
            "estimate": values,
            "std_error": np.where(positive, values, 1.0) * error,
            "low": np.where(positive, values * np.exp(np.where(positive, low, 0.0)), values + low),
            "high": np.where(positive, values * np.exp(np.where(positive, high, 0.0)), values + high),
        }


def stacked(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Columns of several tables below each other; a number that a table does not have is missing.

    >>> r, c = {"parameter": ["r"], "estimate": [0.25], "low": [0.2]}, {"parameter": ["c"], "estimate": [1.0]}
    >>> stacked([r, c])["low"]
    array([0.2, nan])
    """
    columns: dict[str, Any] = {}
    for name in dict.fromkeys(name for each in tables for name in each):
        parts = [list(each[name]) if name in each else [None] * len(each["parameter"]) for each in tables]
        values = [value for part in parts for value in part]
        columns[name] = values if any(isinstance(each, str) for each in values) else np.array(values, dtype=np.float64)
    return columns


def _bounds(
    report: FitReport,
    unconstrained: UnconstrainedParameters,
    loglik_batch: LoglikBatch | None,
    *,
    error: Array,
    level: float,
) -> tuple[Array, Array]:
    """Bounds of the intervals less the estimates, of positive parameters in logs; each (k,)."""
    if loglik_batch is None or (isinstance(loglik_batch, HasCost) and loglik_batch.cost > MAX_PROFILE_COST):
        half_width = float(ndtri(0.5 + level / 2)) * error
        return -half_width, half_width
    maximum, prior = np.array(report.centre), report.prior
    covariance = np.asarray(np.linalg.inv(slope_and_information(report, unconstrained)[1]), dtype=np.float64)

    def density(theta: Array) -> Array:
        return loglik_batch(theta) + (0.0 if prior is None else prior.log_densities(unconstrained.names, theta))

    log_density = loglik_batch if prior is None else density
    low, high = profile_intervals(log_density, unconstrained, maximum=maximum, covariance=covariance, level=level)
    estimates = unconstrained.log_natural(maximum)
    return low - estimates, high - estimates
