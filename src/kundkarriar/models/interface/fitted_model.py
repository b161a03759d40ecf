"""What every fitted model says of its fit, and how it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from attrs import asdict, fields_dict

from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.models.uncertainty.estimates import estimates_frame
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.models.uncertainty.posterior_draws import draw_coordinates
from kundkarriar.models.uncertainty.priors import WeakPrior
from kundkarriar.stored import SCHEMA, Storable, fields_of, part_of, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Heights = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class FittedModel:
    """A model with its parameters settled, by a fit or by hand; each final class is a frozen attrs type."""

    __slots__ = ()

    params_type: ClassVar[type[Any]]
    params: Any
    report: FitReport

    def searched(self) -> dict[str, float]:
        """The parameters that a fit searches for, by name, in the order of the coordinates."""
        return asdict(self.params)

    @property
    def coordinates(self) -> Coordinates:
        """In which the likelihood was searched; as many as parameters."""
        raise NotImplementedError

    def heights(self) -> Heights | None:
        """The log-likelihood of what the fit saw, for many points of the coordinates at once: (S, k) to (S,).

        None where the fit's rows are not at hand, as after `from_dict`.
        """
        raise NotImplementedError

    @property
    def log_likelihood(self) -> float | None:
        """At the fitted parameters; None where they were given."""
        return self.report.log_likelihood

    @property
    def n_parameters(self) -> int:
        """How many parameters a fit settles, as criteria count them."""
        return len(self.searched())

    @property
    def aic(self) -> float | None:
        """Akaike's criterion: 2 x parameters - 2 x log-likelihood."""
        height = self.report.log_likelihood
        return None if height is None else 2 * self.n_parameters - 2 * height

    @property
    def bic(self) -> float | None:
        """Schwarz's criterion: parameters x ln(customers) - 2 x log-likelihood."""
        height, n = self.report.log_likelihood, self.report.n_customers
        return None if height is None else self.n_parameters * float(np.log(n)) - 2 * height

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

    def estimates(self, *, level: float = 0.95) -> pd.DataFrame:
        """The parameters with their uncertainty: parameter, estimate, std_error, low, high.

        Intervals are by profile likelihood: what is positive stays so, and an end that the customers leave open is 0
        or infinite. A model read back from a dict has no customers any more, and thousands who all differ in their
        covariates are too many to profile: those intervals are symmetric in logs.
        At a boundary, where a penalty moved the optimum, and for given parameters: missing.
        """
        return estimates_frame(
            self.searched(), self.report, coordinates=self.coordinates, heights=self.heights(), level=level
        )

    def posterior(
        self,
        *,
        draws: int = 4000,
        seed: int | Generator,
        prior: WeakPrior = WeakPrior(),  # noqa: B008 - frozen
    ) -> Posterior:
        """Draws of the parameters from likelihood times `prior`, by importance sampling.

        `k_hat` of the result says how good they are: up to .7, as good as exact; above it there is a warning too.
        A model read back from a dict has no customers any more: its draws are normal around the optimum in log
        coordinates, combined with the prior, and their `k_hat` is None.

        Args:
            draws: how many; they may repeat.
            seed: a number, or a numpy Generator.
            prior: a proper one, without units.

        Raises:
            CapabilityError: the parameters were given, not fitted.
        """
        drawn = draw_coordinates(
            self.report,
            self.coordinates,
            heights=self.heights(),
            draws=draws,
            seed=seed,
            prior=prior,
            model=type(self).__name__,
        )
        return Posterior(
            names=tuple(self.searched()),
            values=self.coordinates.natural(drawn.theta, scale=self.report.scale),
            k_hat=drawn.k_hat,
            effective_size=drawn.effective_size,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        model: Any = self
        return {
            "schema": SCHEMA,
            "type": type(self).__name__,
            **{
                name: part.to_dict() if isinstance(part, Storable) else part
                for name, part in asdict(model, recurse=False).items()
            },
            "params": asdict(self.params),
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
