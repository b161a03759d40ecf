"""Draws of a fit's working coordinates from likelihood times prior."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from attrs import frozen

from kundkarriar.errors import CapabilityError, DataError, DataWarning
from kundkarriar.models.uncertainty.priors import WeakPrior
from kundkarriar.numerics.optimize.newton import Box, maximise
from kundkarriar.numerics.sampling.importance_sampling import sample
from kundkarriar.numerics.sampling.pareto_smoothing import GOOD
from kundkarriar.numerics.sampling.seed import as_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.models.interface.fit_report import FitReport
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

Array: TypeAlias = "NDArray[np.float64]"
Heights: TypeAlias = "Callable[[Array], Array]"

MANY, FEW = 4000, 500
"""Points of a proposal: as many as draws and at least 4,000; as few as 500 where the customers are of many kinds,
because the posterior of many customers is nearly normal."""

WORK = 1e8
"""Rows times points that a proposal may cost: about half a second."""


@runtime_checkable
class Laborious(Protocol):
    """Log-likelihoods that cost more than their rows let expect."""

    @property
    def work(self) -> float:
        """What a point costs, in rows of a tabulated likelihood."""
        ...


@frozen(kw_only=True, eq=False)
class CoordinateDraws:
    """Draws of the working coordinates.

    Attributes:
        theta: (S, k).
        k_hat, effective_size: of the importance weights; None where there were none.
    """

    theta: Array
    k_hat: float | None
    effective_size: float | None


def draw_coordinates(
    report: FitReport,
    coordinates: Coordinates,
    *,
    heights: Heights | None,
    draws: int,
    seed: int | Generator,
    prior: WeakPrior,
    model: str,
) -> CoordinateDraws:
    """Draws from likelihood times `prior`.

    By importance sampling round the top, exact but for what `k_hat` says. Without the customers'
    evidence the likelihood is its parabola, and the draws are normal.

    Args:
        report: of the fit.
        coordinates: of the search; what lies beyond their edges is impossible.
        heights: log-likelihoods at many coordinates, (S, k) to (S,); None where the evidence was not kept.
        draws: how many.
        seed: a number, or a numpy Generator.
        prior: a proper one, without units.
        model: its name in messages.

    Raises:
        CapabilityError: the parameters were given, so nothing is known of their uncertainty.
        DataError: no draws, a seed that is none, or a prior of another kind.
    """
    _refuse(report, draws=draws, prior=prior, model=model)
    generator = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_seed(seed))
    names = coordinates.names
    centre, covariance = _normal(report, coordinates, prior)
    if heights is None:
        normal = generator.standard_normal((draws, len(centre)))
        theta = centre + normal @ np.linalg.cholesky(covariance).T
        return CoordinateDraws(theta=theta, k_hat=None, effective_size=None)
    likelihood, low, high = heights, coordinates.low, coordinates.high

    def log_density(theta: Array) -> Array:
        inside = ((theta >= low) & (theta <= high)).all(axis=1)
        density = np.full(len(theta), -np.inf)
        with np.errstate(all="ignore"):  # far out a likelihood may overflow: what is not finite is impossible
            density[inside] = likelihood(theta[inside]) + prior.log_densities(names, theta[inside])
        return density

    rows = heights.work if isinstance(heights, Laborious) else len(report.evidence.weights)
    size = int(np.clip(WORK / rows, FEW, max(MANY, draws)))
    seen = sample(log_density, centre=centre, covariance=covariance, size=size, generator=generator)
    if seen.k_hat > GOOD:
        warnings.warn(
            f"{model}: the draws stand on too few points (k-hat {seen.k_hat:.2f}, above {GOOD}); their intervals are "
            "rough. The customers tell too little of some parameter: see `fitted.boundary` and `fitted.estimates()`.",
            DataWarning,
            stacklevel=3,
        )
    theta = seen.resample(draws, generator=generator)
    return CoordinateDraws(theta=theta, k_hat=seen.k_hat, effective_size=seen.effective_size())


def _refuse(report: FitReport, *, draws: int, prior: WeakPrior, model: str) -> None:
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


def _normal(report: FitReport, coordinates: Coordinates, prior: WeakPrior) -> tuple[Array, Array]:
    """The top of the fit's parabola times `prior`, (k,), and the inverse of the curvature there, (k, k)."""
    middle, slope, information = (np.array(part) for part in (report.centre, report.slope, report.information))
    # an information that is negative somewhere, as rounding leaves it at a boundary, says nothing there
    curvatures, directions = np.linalg.eigh(information)
    bend = (directions * np.maximum(curvatures, 0.0)) @ directions.T

    def density(theta: Array) -> tuple[float, Array, Array]:
        away = theta - middle
        value, gradient, hessian = prior.log_density(coordinates.names, theta)
        height = float(slope @ away - 0.5 * away @ bend @ away)
        return height + value, gradient + slope - bend @ away, hessian - bend

    far = np.full(len(middle), 50.0)
    box = Box(n=1.0, low=np.maximum(middle - far, coordinates.low), high=np.minimum(middle + far, coordinates.high))
    top = maximise(density, middle, box)
    curvatures, directions = np.linalg.eigh(-top.hessian)
    return top.theta, (directions / np.maximum(curvatures, 1e-3)) @ directions.T
