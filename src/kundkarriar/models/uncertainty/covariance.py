"""Covariance matrix of a model's parameters, by the delta method from the information at the maximum."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.linalg import block_diag

from kundkarriar.arrays import Array
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

MAX_GRADIENT = 0.1
"""With a larger gradient per standard deviation the estimate is no maximum of the likelihood: a penalty moved it, and
an interval around it would not have its nominal coverage."""


def covariance_columns(
    laws: Sequence[tuple[Mapping[str, float], FitReport, UnconstrainedParameters]],
) -> dict[str, Any]:
    """The names, and a column for each parameter of independent fits; see `FittedModel.vcov`."""
    blocks = []
    for params, report, unconstrained in laws:
        log_covariance = covariance_in_logs(report, unconstrained)
        size = np.where(unconstrained.positive, list(params.values()), 1.0)
        missing = np.full((len(params), len(params)), np.nan)
        blocks.append(missing if log_covariance is None else log_covariance * np.outer(size, size))
    names = [name for params, _, _ in laws for name in params]
    return {"parameter": names, **dict(zip(names, block_diag(*blocks).T, strict=True))}


def slope_and_information(report: FitReport, unconstrained: UnconstrainedParameters) -> tuple[Array, Array]:
    """Gradient (k,) and negative Hessian (k, k) at the centre of likelihood times the fit's prior, if any."""
    gradient, information = np.array(report.slope), np.array(report.information)
    if report.prior is not None:
        _, slope, curvature = report.prior.log_density(unconstrained.names, np.array(report.centre))
        gradient, information = gradient + slope, information - curvature
    return gradient, information


def covariance_in_logs(report: FitReport, unconstrained: UnconstrainedParameters) -> Array | None:
    """Covariance of the logs of positive parameters, and of other parameters as they are, (k, k).

    None for given parameters, at a boundary, and where a penalty moved the maximum. With a prior of the fit it is that
    of likelihood times prior.
    """
    if not report.fitted or report.boundary is not None:
        return None
    gradient, information = slope_and_information(report, unconstrained)
    covariance = np.linalg.inv(information)
    if not 0.0 <= gradient @ covariance @ gradient <= MAX_GRADIENT**2:
        return None
    jacobian = unconstrained.log_jacobian(np.array(report.centre))
    in_logs: Array = jacobian @ covariance @ jacobian.T
    return 0.5 * (in_logs + in_logs.T)
