"""Parameters with their uncertainty, as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from kundkarriar.models.fit_report import FitReport


def estimates_frame(
    params: Mapping[str, float], report: FitReport, *, log_slopes: NDArray[Any], level: float
) -> pd.DataFrame:
    """One row a parameter: parameter, estimate, std_error, low, high.

    Args:
        params: names and estimates.
        report: of the fit; missing errors where there was none, or at a boundary.
        log_slopes: slopes of the log parameters in the working coordinates, (k, k).
        level: of the interval, between 0 and 1.
    """
    if not 0 < level < 1:
        raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.95.")
    import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

    values = np.array(list(params.values()))
    log_error = standard_errors(report, log_slopes)
    reach = np.exp(ndtri(0.5 + level / 2) * log_error)
    return pd.DataFrame(
        {
            "parameter": list(params),
            "estimate": values,
            "std_error": values * log_error,
            "low": values / reach,
            "high": values * reach,
        }
    )


def standard_errors(report: FitReport, log_slopes: NDArray[Any]) -> NDArray[Any]:
    """Standard deviation of the log of each parameter, (k,); NaN at a boundary and for given parameters.

    Args:
        report: of the fit.
        log_slopes: slopes of the log parameters in the working coordinates, (k, k).
    """
    if not report.fitted or report.boundary is not None:
        return np.full(len(log_slopes), np.nan)
    covariance = np.linalg.inv(np.array(report.information))
    variances: NDArray[Any] = np.einsum("ij,jk,ik->i", log_slopes, covariance, log_slopes)
    errors: NDArray[Any] = np.sqrt(variances)
    return errors
