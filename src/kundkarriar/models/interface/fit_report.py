"""The report of a fit: log-likelihood, customers used, boundary, and the likelihood's quadratic approximation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import COUNT, POSITIVE, to_floats
from kundkarriar.numerics.optimize.newton import Optimum
from kundkarriar.stored_forms import NOT_WRITTEN


def _rows(given: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(to_floats(row) for row in given)


@frozen(kw_only=True)
class FitReport:
    """The report of a fit; `GIVEN` where parameters were typed in instead.

    It keeps the quadratic approximation of the log-likelihood in the unconstrained parameters: its `centre`, its
    gradient there (`slope`) and its negative Hessian there (`information`). The centre is the maximum, where the
    gradient is zero. At a boundary, where the likelihood has no interior maximum, the centre is the maximum of
    likelihood times `WeakPrior()`.

    Attributes:
        fitted: True after a fit, False for parameters that were typed in.
        log_likelihood: at the fitted parameters; None without a fit.
        n_customers: number of customers used.
        prospects: number of customers left out because they never bought.
        unknown: number of customers left out because their first purchase may lie before the data.
        unpriced: number of repeat buyers left out because their spend is not above 0 (spend models).
        boundary: None, or a sentence that says what is not identifiable and which model to use.
        converged: whether the search ended at a maximum or at a named boundary.
        scale: the unit of time or money in the unconstrained parameters: the median T, the median order value.
        centre, slope, information: the quadratic approximation: its centre (k,), gradient (k,) and negative Hessian
            (k, k).
        season: key of the season that warped the summary's time; None for calendar time.
        distinct_rows: the distinct rows of the data, from which posteriors and profiles recompute the likelihood. They
            are neither compared nor stored by `to_dict`.

    >>> GIVEN.fitted, GIVEN.boundary
    (False, None)
    """

    stored_as = "fit report"
    fitted: bool = False
    log_likelihood: float | None = None
    n_customers: int = field(default=0, validator=COUNT)
    prospects: int = field(default=0, validator=COUNT)
    unknown: int = field(default=0, validator=COUNT)
    unpriced: int = field(default=0, validator=COUNT)
    boundary: str | None = None
    converged: bool = False
    scale: float = field(default=1.0, validator=POSITIVE)
    centre: tuple[float, ...] = field(default=(), converter=to_floats)
    slope: tuple[float, ...] = field(default=(), converter=to_floats)
    information: tuple[tuple[float, ...], ...] = field(default=(), converter=_rows)
    season: str | None = None

    @slope.validator
    @information.validator
    def _as_long_as_centre(self, attribute: Attribute[Any], values: tuple[Any, ...]) -> None:
        k = len(self.centre)
        shape = (k, k) if attribute.name == "information" and k else (k,)
        if np.shape(values) != shape:
            raise ValueError(f"'{attribute.name}' must have shape {shape}, as `centre` says: {np.shape(values)}")

    distinct_rows: Any = field(default=None, eq=False, repr=False, metadata=NOT_WRITTEN)


GIVEN = FitReport()


def quadratic_approximation(centre: Optimum) -> dict[str, Any]:
    """The fields of a report that hold the quadratic approximation of the log-likelihood at `centre`."""
    return {"centre": centre.theta, "slope": centre.gradient, "information": -0.5 * (centre.hessian + centre.hessian.T)}


def unidentified(names: Sequence[str], hessian: np.ndarray[Any, Any], *, widest: float = 5.0) -> str | None:
    """Name of the unconstrained parameter with the largest standard deviation, if that exceeds `widest`; else None.

    A standard deviation of 5 in logs is a 95 % interval from 1/20,000 to 20,000 times the estimate: the data do not
    identify the parameter.
    """
    curvatures, directions = np.linalg.eigh(-hessian)
    spread = (directions**2 / np.maximum(curvatures, 1e-12)).sum(axis=1)
    worst = int(np.argmax(spread))
    return names[worst] if spread[worst] > widest**2 else None
