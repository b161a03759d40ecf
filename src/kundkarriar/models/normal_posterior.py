"""Draws of parameters from the normal that the fit's parabola and a prior make together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.priors import WeakPrior
from kundkarriar.numerics.seed import as_seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.models.fit_report import FitReport

    Array = NDArray[np.float64]


def draw_coordinates(
    report: FitReport, names: Sequence[str], *, draws: int, seed: int | Generator, prior: WeakPrior, model: str
) -> Array:
    """Draws of the working coordinates, (draws, k).

    The precision is the fit's information plus the prior's at the centre; the mean is one Newton step from
    the centre, which for `WeakPrior()` at a boundary is no step at all.

    Raises:
        CapabilityError: the parameters were given, so nothing is known of their uncertainty.
        DataError: no draws, a seed that is none, or a prior of another kind.
    """
    if not report.fitted:
        raise CapabilityError.because(
            f"{model} was given its parameters, so their uncertainty is not known.",
            hint=f"fit it: kk.{model.removeprefix('Fitted')}().fit(summary).",
        )
    if not (isinstance(draws, int | np.integer) and draws >= 1):
        raise DataError.because(f"`draws` must be a whole number of at least 1, got {draws!r}.", hint="draws=4000.")
    if not isinstance(prior, WeakPrior):
        raise DataError.because(
            f"`prior` must be kk.WeakPrior(...), got {type(prior).__name__}.",
            hint="leave it out, or prior=kk.WeakPrior().",
        )
    centre = np.array(report.centre)
    _, slope, bend = prior.log_density(names, centre)
    curvatures, directions = np.linalg.eigh(np.array(report.information) - bend)
    kept = np.maximum(curvatures, 1e-3)
    mean = centre + directions @ ((directions.T @ (np.array(report.slope) + slope)) / kept)
    generator = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_seed(seed))
    normal = generator.standard_normal((draws, len(centre)))
    return np.asarray(mean + (normal / np.sqrt(kept)) @ directions.T)


def standard_errors(report: FitReport, log_slopes: Array) -> Array:
    """Standard deviation of the log of each parameter, (k,); NaN at a boundary and for given parameters.

    Args:
        report: of the fit.
        log_slopes: slopes of the log parameters in the working coordinates, (k, k).
    """
    if not report.fitted or report.boundary is not None:
        return np.full(len(log_slopes), np.nan)
    covariance = np.linalg.inv(np.array(report.information))
    variances: Array = np.einsum("ij,jk,ik->i", log_slopes, covariance, log_slopes)
    return np.sqrt(variances)
