"""Parameters with their uncertainty, as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from kundkarriar.errors import DataError
from kundkarriar.models.interface.argument_checks import is_number
from kundkarriar.models.uncertainty.posterior_draws import Laborious
from kundkarriar.numerics.optimize.profile_likelihood import Shapes, profile_intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from kundkarriar.models.interface.fit_report import FitReport
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]

PATIENCE = 5e4
"""Rows that a point of a profile may cost: a thousand customers who all differ in their covariates. Intervals of more
are symmetric in the coordinates' own scale, and by then nearly the same."""
MOVED = 0.1
"""A slope of this much per standard deviation is no top of the likelihood: a penalty moved the optimum, on purpose, and
an interval round it would not cover as it says."""


def estimates_frame(
    params: Mapping[str, float],
    report: FitReport,
    *,
    coordinates: Coordinates,
    heights: Callable[[Array], Array] | None,
    level: float,
) -> pd.DataFrame:
    """One row a parameter: parameter, estimate, std_error, low, high.

    Args:
        params: names and estimates.
        report: of the fit; missing errors where there was none, or at a boundary.
        coordinates: of the search.
        heights: log-likelihoods at many coordinates; None where the customers are not at hand.
        level: of the interval, between 0 and 1.
    """
    if not (is_number(level) and 0 < level < 1):
        raise DataError.because(f"`level` must lie between 0 and 1, got {level!r}.", hint="level=0.95.")
    import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

    values = np.array(list(params.values()))
    above = np.array(coordinates.positive)
    if not report.fitted or report.boundary is not None:
        error = low = high = np.full(len(values), np.nan)
    else:
        covariance = np.linalg.inv(np.array(report.information))
        error, low, high = _uncertainty(report, covariance, coordinates, heights, level=level)
    with np.errstate(over="ignore"):
        return pd.DataFrame(
            {
                "parameter": list(params),
                "estimate": values,
                "std_error": np.where(above, values, 1.0) * error,
                "low": np.where(above, values * np.exp(np.where(above, low, 0.0)), values + low),
                "high": np.where(above, values * np.exp(np.where(above, high, 0.0)), values + high),
            }
        )


def _uncertainty(
    report: FitReport,
    covariance: Array,
    coordinates: Coordinates,
    heights: Callable[[Array], Array] | None,
    *,
    level: float,
) -> tuple[Array, Array, Array]:
    """Standard error, and how far below and above the estimate the ends lie; in logs of what is positive; each (k,)."""
    top, slope = np.array(report.centre), np.array(report.slope)
    if not 0.0 <= slope @ covariance @ slope <= MOVED**2:
        nothing = np.full(len(top), np.nan)
        return nothing, nothing, nothing
    slopes = coordinates.log_slopes(top)
    error: Array = np.sqrt(np.einsum("ij,jk,ik->i", slopes, covariance, slopes))
    if heights is None or (isinstance(heights, Laborious) and heights.work > PATIENCE):
        reach = float(ndtri(0.5 + level / 2)) * error
        return error, -reach, reach
    shapes = _shapes(coordinates)
    low, high = profile_intervals(heights, shapes, top=top, covariance=covariance, level=level)
    middle = shapes.values(top)
    return error, low - middle, high - middle


def _shapes(coordinates: Coordinates) -> Shapes:
    """The logarithm of each positive parameter, and any other itself."""
    above = np.array(coordinates.positive)

    def values(theta: Array) -> Array:
        plain = coordinates.natural(theta)
        return np.where(above, np.log(np.where(above, plain, 1.0)), plain)

    return Shapes(low=coordinates.low, high=coordinates.high, values=values, slopes=coordinates.log_slopes)
