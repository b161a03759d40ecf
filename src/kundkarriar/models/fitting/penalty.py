"""A likelihood less a penalty on the coefficients of covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit
    from kundkarriar.numerics.optimize.newton import Surface
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]


def penalised(fit: LikelihoodFit, *, l2: float) -> LikelihoodFit:
    """The same search with customers x `l2` x the sum of squared coefficients taken off the log-likelihood.

    Coefficients are what may have any sign; as coordinates they are per spread of their columns.

    Args:
        fit: the search without a penalty, and without one given back.
        l2: at least 0.
    """
    if l2 == 0.0:
        return fit
    return evolve(
        fit,
        surface=_less(fit.surface, fit.coordinates, l2=l2 * fit.n),
        scout=fit.scout and _less(fit.scout, fit.coordinates, l2=l2 * fit.scout_n),
        smaller=tuple(
            evolve(nested, surface=_less(nested.surface, nested.coordinates, l2=l2 * fit.n)) for nested in fit.smaller
        ),
    )


def _less(surface: Surface, coordinates: Coordinates, *, l2: float) -> Surface:
    weight = np.where(coordinates.positive, 0.0, l2)

    def at(theta: Array) -> tuple[float, Array, Array]:
        value, gradient, hessian = surface(theta)
        return value - float(weight @ theta**2), gradient - 2 * weight * theta, hessian - 2 * np.diag(weight)

    return at
