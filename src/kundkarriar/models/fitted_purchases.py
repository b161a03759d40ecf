"""What fitted MBG/NBD, BG/NBD and NBD have in common: all but their parameters and their family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import asdict

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import add_columns
from kundkarriar.history.period import DAYS
from kundkarriar.history.purchase_rows import PurchaseRows, read_purchase_rows
from kundkarriar.models.estimates import estimates_frame
from kundkarriar.models.fitted_model import FittedModel
from kundkarriar.models.normal_posterior import draw_coordinates
from kundkarriar.models.posterior import Posterior
from kundkarriar.models.priors import WeakPrior
from kundkarriar.numerics import working_coordinates

if TYPE_CHECKING:
    import pandas as pd
    from attrs import Attribute
    from numpy.random import Generator

    from kundkarriar.frames import FrameT
    from kundkarriar.models.futures import Futures, Residual
    from kundkarriar.models.purchase_family import PurchaseFamily


class FittedPurchases(FittedModel):
    """A repeat-buying model with its parameters settled; each final class names its family and parameters."""

    __slots__ = ()

    family: ClassVar[PurchaseFamily]
    period: str

    def log_likelihood_of(self, summary: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of `summary` at these parameters, fitted or given.

        Left out, as a fit leaves them out: prospects, and customers whose `entry` is "unknown", because their first
        purchase may lie before the data.
        """
        need = f"{self.family.name}.log_likelihood_of"
        checked = read_purchase_rows(summary, need=need, period=self.period, weights=weights)
        rows = checked.to_fit().distinct(period=self.period).rows
        return float(np.sum(rows.weights * self.family.log_likelihood(rows, asdict(self.params))))

    def estimates(self, *, level: float = 0.95) -> pd.DataFrame:
        """The parameters with their uncertainty: parameter, estimate, std_error, low, high.

        Intervals are symmetric in logs, so always positive. At a boundary, and for given parameters, nothing
        is known of the uncertainty: missing.
        """
        theta = working_coordinates.working(np.array(list(asdict(self.params).values())), scale=self.report.scale)
        slopes = working_coordinates.jacobian(theta) / working_coordinates.natural(theta)[:, None]
        return estimates_frame(asdict(self.params), self.report, log_slopes=slopes, level=level)

    def predict(self, summary: FrameT, *, horizon: float) -> FrameT:
        """Add what each customer will do, as far as one can know.

        Args:
            summary: frequency, recency, T (and period): one row per customer, as from `kk.summarize`.
            horizon: periods ahead, a finite number > 0.

        Returns:
            `summary` with `p_alive` (0 to 1) and `expected_purchases` (>= 0) within the horizon added; rows,
            their order and a pandas index stay. Both are missing for prospects.

        Raises:
            DataError: rows that no history can have, another period, or a horizon that is not > 0.
        """
        _positive_horizon(horizon, need=f"{self.family.name}.predict")
        checked = read_purchase_rows(summary, need=f"{self.family.name}.predict", period=self.period)
        distinct = checked.rows.distinct(period=self.period)
        params = asdict(self.params)
        alive = self.family.p_alive(distinct.rows, params)
        ahead = self.family.expected_purchases(distinct.rows, params, period=self.period, horizon=horizon)
        return add_columns(
            summary,
            {
                "p_alive": checked.spread(alive[distinct.inverse]),
                "expected_purchases": checked.spread((alive * ahead)[distinct.inverse]),
            },
        )

    def new_customer(self, horizon: float) -> float:
        """Repeat purchases expected of a customer within `horizon` periods after the first purchase."""
        _positive_horizon(horizon, need=f"{self.family.name}.new_customer")
        today = PurchaseRows(x=[0.0], t_x=[0.0], T=[0.0], weights=[1.0])
        params = asdict(self.params)
        ahead = self.family.expected_purchases(today, params, period=self.period, horizon=horizon)
        return float((self.family.p_alive(today, params) * ahead)[0])

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> Residual:
        """What lies ahead of each row *given that it is alive*; see `Discounts`."""
        need = f"{self.family.name}.residual"
        _ahead_and_discounted(horizon, discount_rate, need=need)
        if np.isinf(horizon) and discount_rate == 0:
            raise DataError.because(
                f"{need} cannot add up a lifetime without discounting.", hint="give a discount rate > 0."
            )
        return self.family.residual(
            rows, asdict(self.params), period=self.period, horizon=horizon, discount_rate=discount_rate
        )

    def posterior(
        self,
        *,
        draws: int = 4000,
        seed: int | Generator,
        prior: WeakPrior = WeakPrior(),  # noqa: B008 - frozen
    ) -> Posterior:
        """Draws of the parameters: a normal around the optimum in log coordinates, combined with `prior`.

        Args:
            draws: how many.
            seed: a number, or a numpy Generator.
            prior: a proper one, without units.

        Raises:
            CapabilityError: the parameters were given, not fitted.
        """
        theta = draw_coordinates(
            self.report, self.family.coordinates, draws=draws, seed=seed, prior=prior, model=type(self).__name__
        )
        values = working_coordinates.natural(theta, scale=self.report.scale)
        return Posterior(names=self.family.parameters, values=values)

    def draw_outcomes(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> Futures:
        """Realised futures within a finite `horizon`, one column per draw of `posterior`; see `Simulates`."""
        need = f"{self.family.name}.draw_outcomes"
        _positive_horizon(horizon, need=need)
        _ahead_and_discounted(horizon, discount_rate, need=need)
        self._same_parameters(posterior)
        return self.family.draw_outcomes(
            rows, posterior, horizon=horizon, discount_rate=discount_rate, generator=generator
        )

    def draw_expectations(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> Futures:
        """Expectations given a drawn hidden state, one column per draw of `posterior`; see `Simulates`."""
        _ahead_and_discounted(horizon, discount_rate, need=f"{self.family.name}.draw_expectations")
        self._same_parameters(posterior)
        return self.family.draw_expectations(
            rows, posterior, horizon=horizon, discount_rate=discount_rate, generator=generator
        )

    def _same_parameters(self, posterior: Posterior) -> None:
        if posterior.names != self.family.parameters:
            raise CapabilityError.because(
                f"{type(self).__name__} draws from a posterior of {self.family.parameters}, got {posterior.names}.",
                hint="use the posterior of the same model: fitted.posterior(draws=200, seed=1).",
            )


def known_period(_: object, attribute: Attribute[Any], value: str) -> None:
    """Refuse what is not a unit of time."""
    if value not in DAYS:
        raise ValueError(f"'{attribute.name}' must be one of {list(DAYS)}: {value!r}")


def _positive_horizon(horizon: float, *, need: str) -> None:
    if not (_is_number(horizon) and horizon > 0 and np.isfinite(horizon)):
        raise DataError.because(
            f"{need} needs a horizon of a finite number of periods > 0, got {horizon!r}.",
            hint='a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        )


def _ahead_and_discounted(horizon: float, discount_rate: float, *, need: str) -> None:
    """Refuse a horizon or a rate under which nothing can be added up; the horizon may be infinite."""
    numbers = _is_number(horizon) and _is_number(discount_rate)
    if not (numbers and horizon > 0 and discount_rate >= 0 and np.isfinite(discount_rate)):
        raise DataError.because(
            f"{need} needs a horizon > 0 and a discount rate >= 0, got {horizon!r} and {discount_rate!r}.",
            hint="discount_rate is continuous, per period: period.rate_per_period(0.10, 'W').",
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
