"""What every fitted model says of its fit, and how it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from attrs import asdict, fields_dict

from kundkarriar.models.fit_report import FitReport
from kundkarriar.stored import SCHEMA, fields_of, part_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping


class FittedModel:
    """A model with its parameters settled, by a fit or by hand; each final class is a frozen attrs type."""

    __slots__ = ()

    params_type: ClassVar[type[Any]]
    params: Any
    report: FitReport

    @property
    def log_likelihood(self) -> float | None:
        """At the fitted parameters; None where they were given."""
        return self.report.log_likelihood

    @property
    def aic(self) -> float | None:
        """Akaike's criterion: 2 x parameters - 2 x log-likelihood."""
        height = self.report.log_likelihood
        return None if height is None else 2 * len(asdict(self.params)) - 2 * height

    @property
    def bic(self) -> float | None:
        """Schwarz's criterion: parameters x ln(customers) - 2 x log-likelihood."""
        height, n = self.report.log_likelihood, self.report.n_customers
        return None if height is None else len(asdict(self.params)) * float(np.log(n)) - 2 * height

    @property
    def n_customers(self) -> int:
        """Customers the fit used (of a spend model: repeat buyers); 0 where parameters were given."""
        return self.report.n_customers

    @property
    def boundary(self) -> str | None:
        """None, or a sentence on what the customers leave open and what to do about it."""
        return self.report.boundary

    @property
    def converged(self) -> bool:
        """Whether a fit ended at an optimum or at a named boundary."""
        return self.report.converged

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        model: Any = self
        return {
            "schema": SCHEMA,
            "type": type(self).__name__,
            **asdict(model, recurse=False),
            "params": asdict(self.params),
            "report": self.report.to_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The model that `to_dict` stored.

        Raises:
            DataError: not a stored model of this type, or of a schema this version does not know.
        """
        model: Any = cls
        with reading(cls.__name__):
            given = fields_of(stored, kind=cls.__name__, names=fields_dict(model))
            named = fields_dict(cls.params_type)
            params = cls.params_type(**part_of(given["params"], kind=cls.params_type.__name__, names=named))
            fitted: Self = model(**{**given, "params": params, "report": FitReport.from_dict(given["report"])})
        return fitted
