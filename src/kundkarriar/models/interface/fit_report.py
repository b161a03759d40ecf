"""How a fit went, and all that is kept of the data afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, field, fields_dict, frozen

from kundkarriar.stored import part_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attrs import Attribute

    from kundkarriar.numerics.optimize.newton import Optimum


def _numbers(given: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in given)


def _rows(given: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(_numbers(row) for row in given)


@frozen(kw_only=True)
class FitReport:
    """The account of a fit; `GIVEN` where parameters were typed in instead.

    The likelihood is kept as a parabola in the working coordinates: at `centre`, with `slope` and `information`.
    The centre is the optimum, where the slope is zero; at a boundary, where there is no optimum inside, it is the
    top of likelihood times `WeakPrior()`.

    Attributes:
        fitted: whether there was a fit at all.
        log_likelihood: at the parameters; None where nothing was fitted.
        n_customers: customers the fit used.
        prospects: customers left out because they never bought.
        unknown: customers left out because their beginning lies before the data.
        unpriced: repeat buyers left out because their spend is not above 0 (spend models).
        boundary: None, or a sentence on what cannot be identified and which model to use.
        converged: whether the search ended at an optimum, or at a named boundary.
        scale: what 1 is in the working coordinates: the median age, the median order.
        centre, slope, information: the parabola, (k,), (k,) and (k, k).
        season: the key of the season by which the fit counted time; None: it was the calendar's.
        evidence: the distinct rows that the fit saw, for posteriors; neither compared nor written down.

    >>> GIVEN.fitted, GIVEN.boundary
    (False, None)
    """

    fitted: bool = False
    log_likelihood: float | None = None
    n_customers: int = 0
    prospects: int = 0
    unknown: int = 0
    unpriced: int = 0
    boundary: str | None = None
    converged: bool = False
    scale: float = 1.0
    centre: tuple[float, ...] = field(default=(), converter=_numbers)
    slope: tuple[float, ...] = field(default=(), converter=_numbers)
    information: tuple[tuple[float, ...], ...] = field(default=(), converter=_rows)
    season: str | None = None
    evidence: Any = field(default=None, eq=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON types only; what was seen is not among them."""
        plain = asdict(self, filter=_written, recurse=False)
        return plain | {
            "centre": list(self.centre),
            "slope": list(self.slope),
            "information": [list(row) for row in self.information],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> FitReport:
        """The report that `to_dict` stored.

        Raises:
            DataError: other fields.
        """
        names = [name for name in fields_dict(cls) if name != "evidence"]
        return cls(**part_of(stored, kind="fit report", names=names))


def _written(attribute: Attribute[Any], _: Any) -> bool:
    return attribute.name != "evidence"


GIVEN = FitReport()


def parabola(centre: Optimum) -> dict[str, Any]:
    """The fields of a report that hold the likelihood's shape at `centre`."""
    return {
        "centre": centre.theta,
        "slope": centre.gradient,
        "information": -0.5 * (centre.hessian + centre.hessian.T),
    }


def unidentified(names: Sequence[str], hessian: np.ndarray[Any, Any], *, widest: float = 5.0) -> str | None:
    """The coordinate that the data leave open, None where there is none.

    A standard deviation of 5 in logs is a 95 % interval from 1/20,000 to 20,000 times: nothing is known.
    """
    curvatures, directions = np.linalg.eigh(-hessian)
    spread = (directions**2 / np.maximum(curvatures, 1e-12)).sum(axis=1)
    worst = int(np.argmax(spread))
    return names[worst] if spread[worst] > widest**2 else None
