"""Covariance matrix of a model's parameters, by the delta method from the information at the maximum."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kundkarriar.arrays import Array
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

MAX_GRADIENT = 0.1
"""With a larger gradient per standard deviation the estimate is no maximum of the likelihood: a penalty moved it, and
an interval around it would not have its nominal coverage."""


def covariance_frame(
    params: Mapping[str, float], report: FitReport, *, unconstrained: UnconstrainedParameters
) -> pd.DataFrame:
    """One row and one column for each parameter; see `FittedModel.vcov`."""
    log_covariance = covariance_in_logs(report, unconstrained)
    size = np.where(unconstrained.positive, list(params.values()), 1.0)
    missing = np.full((len(params), len(params)), np.nan)
    values = missing if log_covariance is None else log_covariance * np.outer(size, size)
    return pd.DataFrame({"parameter": list(params), **dict(zip(params, values.T, strict=True))})


def covariance_in_logs(report: FitReport, unconstrained: UnconstrainedParameters) -> Array | None:
    """Covariance of the logs of positive parameters, and of other parameters as they are, (k, k).

    None for given parameters, at a boundary, and where a penalty moved the maximum.
    """
    if not report.fitted or report.boundary is not None:
        return None
    gradient, covariance = np.array(report.slope), np.linalg.inv(np.array(report.information))
    if not 0.0 <= gradient @ covariance @ gradient <= MAX_GRADIENT**2:
        return None
    jacobian = unconstrained.log_jacobian(np.array(report.centre))
    in_logs: Array = jacobian @ covariance @ jacobian.T
    return 0.5 * (in_logs + in_logs.T)
