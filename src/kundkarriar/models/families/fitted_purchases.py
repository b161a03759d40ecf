"""What all fitted repeat-buying models have in common: everything but their parameters and their family."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from attrs import asdict

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import add_columns, narrow
from kundkarriar.history.period import DAYS, rate_per_period
from kundkarriar.history.summary.counted_rows import refuse_uncounted
from kundkarriar.history.summary.purchase_rows import PurchaseRows, read_purchase_rows
from kundkarriar.models.covariates.effects import NO_EFFECTS
from kundkarriar.models.covariates.row_parts import too_laborious
from kundkarriar.models.interface.argument_checks import (
    ahead_and_discounted,
    endless_or_positive,
    from_now_on,
    known_names,
    observed_periods,
    positive_by,
    positive_horizon,
    whole,
    yearly_rate,
)
from kundkarriar.models.interface.coherence import refuse_counts_beyond_expected, refuse_more_buyers_than_purchases
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.numerics.special.median_time import median_time
from kundkarriar.season.clock import same_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from attrs import Attribute
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT
    from kundkarriar.history.summary.purchase_rows import CheckedSummary
    from kundkarriar.models.covariates.effects import CovariateEffects
    from kundkarriar.models.families.purchase_family import PurchaseFamily
    from kundkarriar.models.interface.fitted_model import Heights
    from kundkarriar.models.interface.futures import Futures, Residual
    from kundkarriar.models.uncertainty.posterior import Posterior
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]


class FittedPurchases(FittedModel):
    """A repeat-buying model with its parameters settled; each final class names its family and parameters."""

    __slots__ = ()

    family: ClassVar[PurchaseFamily]
    period: str

    @property
    def coordinates(self) -> Coordinates:
        """In which the likelihood was searched."""
        return self.law.coordinates

    @property
    def effects(self) -> CovariateEffects:
        """What shifts rates from customer to customer; nothing, in a model that takes no covariates."""
        return NO_EFFECTS

    @property
    def law(self) -> PurchaseFamily:
        """The family, with what shifts its rates."""
        return self.effects.on(self.family)

    def searched(self) -> dict[str, float]:
        """The parameters that a fit searches for, by name, in the order of the coordinates."""
        found = asdict(self.params) | self.effects.coefficients()
        return {name: found[name] for name in self.law.parameters}

    def read(
        self, summary: Any, *, customers: Any = None, need: str | None = None, weights: str | None = None
    ) -> CheckedSummary:
        """The rows of a summary as this model sees them.

        Args:
            summary: frequency, recency, T (and period): one row per customer, as from `kk.summarize`.
            customers: the covariates by customer_id; None where they stand in the summary, or the model has none.
            need: who asks, as the start of a sentence.
            weights: the column that counts the customers of a row.

        Raises:
            DataError: rows that no history can have, another period or season, a covariate that is missing or was never
                seen.
        """
        asks = need or f"{self.family.name}.read"
        checked = read_purchase_rows(summary, need=asks, period=self.period, weights=weights)
        if self.report.fitted:
            same_mark(checked.season, fitted=self.report.season, need=asks)
        return self.effects.beside(checked, summary, customers=customers, need=asks)

    def heights(self) -> Heights | None:
        """The log-likelihood of what the fit saw, for many points of the coordinates.

        None after `from_dict`, and where thousands of customers all differ in their covariates.
        """
        rows = self.report.evidence
        return None if rows is None or too_laborious(rows) else self.law.heights(rows, scale=self.report.scale)

    def log_likelihood_of(self, summary: Any, *, customers: Any = None, weights: str | None = None) -> float:
        """The log-likelihood of `summary` at these parameters, fitted or given.

        Left out, as a fit leaves them out: prospects, and customers whose `entry` is "unknown", because their first
        purchase may lie before the data. `customers` holds covariates, as in `predict`.
        """
        need = f"{self.family.name}.log_likelihood_of"
        refuse_uncounted(summary, need=need, weights=weights)
        checked = self.read(summary, customers=customers, need=need, weights=weights)
        rows = checked.to_fit().distinct(period=self.period).rows
        return float(np.sum(rows.weights * self.law.log_likelihood(rows, self.searched())))

    def predict(
        self, summary: FrameT, *, horizon: float, customers: Any = None, after: float = 0.0, also: Iterable[str] = ()
    ) -> FrameT:
        """Add what each customer will do, as far as one can know.

        Args:
            summary: frequency, recency, T (and period): one row per customer, as from `kk.summarize`.
            horizon: periods ahead, a finite number > 0.
            customers: the covariates by customer_id; None where they stand in the summary, or the model has none.
            after: periods from now at which the horizon begins.
            also: further columns by name: "p_alive_later" (alive when the horizon ends), "p_purchase" (at least one
                purchase before the horizon ends, counted from now), "log_p_alive" (its digits where it is tiny).

        Returns:
            `summary` with `p_alive` (now, 0 to 1) and `expected_purchases` (>= 0) within the horizon added, and what
            was asked for; rows, their order and a pandas index stay. All are missing for prospects.

        Raises:
            DataError: rows that no history can have, another period, a horizon that is not > 0, an unknown name.
            ConvergenceError: numbers that contradict each other: more buyers than purchases.
        """
        need = f"{self.family.name}.predict"
        positive_horizon(horizon, need=need)
        from_now_on(after, need=need)
        wanted = known_names(also, need=need)
        checked = self.read(summary, customers=customers, need=need)
        distinct = checked.rows.distinct(period=self.period)
        params, rows, end = self.searched(), distinct.rows, after + horizon
        log_alive = self.law.log_p_alive(rows, params)
        alive = np.exp(log_alive)
        ahead = until_end = self.law.expected_purchases(rows, params, period=self.period, horizon=end)
        if after > 0:
            ahead = ahead - self.law.expected_purchases(rows, params, period=self.period, horizon=after)
        columns = {"p_alive": alive, "expected_purchases": alive * np.maximum(ahead, 0.0)}
        if "p_alive_later" in wanted:
            columns["p_alive_later"] = alive * self.law.still_alive(rows, params, t=end)
        if "p_purchase" in wanted:
            buys = self.law.p_purchase(rows, params, horizon=end)
            refuse_more_buyers_than_purchases(buys, until_end, need=need)
            columns["p_purchase"] = alive * buys
        if "log_p_alive" in wanted:
            columns["log_p_alive"] = log_alive
        return add_columns(summary, {name: checked.spread(part[distinct.inverse]) for name, part in columns.items()})

    def discounted(
        self, summary: FrameT, *, discount_rate: float, horizon: float = math.inf, customers: Any = None
    ) -> FrameT:
        """Add `discounted_purchases`: the purchases that lie ahead of each customer, each at its present worth.

        Lifelong it is DERT, the discounted expected residual transactions: times margin x order value it is the
        customer's lifelong value.

        Args:
            summary: frequency, recency, T (and period): one row per customer.
            discount_rate: yearly and effective: 0.10; above 0 where the horizon has no end.
            horizon: periods ahead; without it lifelong.
            customers: the covariates by customer_id; None where they stand in the summary, or the model has none.

        Returns:
            `summary` with `p_alive` and `discounted_purchases` (>= 0) added; missing for prospects.

        Raises:
            DataError: as `predict`, or a discount rate that is none.
        """
        need = f"{self.family.name}.discounted"
        yearly_rate(discount_rate, need=need)
        endless_or_positive(horizon, discount_rate=discount_rate, period=self.period, need=need)
        checked = self.read(summary, customers=customers, need=need)
        distinct = checked.rows.distinct(period=self.period)
        rate = rate_per_period(discount_rate, self.period)
        ahead = self.residual(distinct.rows, horizon=horizon, discount_rate=rate)
        columns = {"p_alive": ahead.p_alive, "discounted_purchases": ahead.p_alive * ahead.discounted_purchases}
        return add_columns(summary, {name: checked.spread(part[distinct.inverse]) for name, part in columns.items()})

    def purchase_counts(self, summary: FrameT, *, horizon: float, up_to: int = 10, customers: Any = None) -> FrameT:
        """Add the probability of each number of purchases: `p_0`, `p_1`, ... `p_<up_to>` and `p_more`, summing to 1.

        Args:
            summary: frequency, recency, T (and period): one row per customer.
            horizon: periods ahead, a finite number > 0.
            up_to: the largest number told by itself.
            customers: the covariates by customer_id; None where they stand in the summary, or the model has none.

        Raises:
            DataError: as `predict`, or `up_to` is not a whole number from 0 to 10,000.
        """
        need = f"{self.family.name}.purchase_counts"
        positive_horizon(horizon, need=need)
        whole(up_to, need=need)
        checked = self.read(summary, customers=customers, need=need)
        distinct = checked.rows.distinct(period=self.period)
        counts = self._counts(distinct.rows, horizon=horizon, up_to=up_to, need=need)[distinct.inverse]
        names = [*(f"p_{j}" for j in range(up_to + 1)), "p_more"]
        return add_columns(summary, {name: checked.spread(counts[:, at]) for at, name in enumerate(names)})

    def next_purchase(self, summary: FrameT, *, by: float, customers: Any = None) -> FrameT:
        """Add when each customer buys next: `p_next_purchase` and `next_purchase_median`.

        Args:
            summary: frequency, recency, T (and period): one row per customer.
            by: periods ahead, a finite number > 0.
            customers: the covariates by customer_id; None where they stand in the summary, or the model has none.

        Returns:
            `summary` with `p_next_purchase`, the probability that the next purchase comes within `by` periods, and
            `next_purchase_median`, the periods within which it comes with probability 1/2: infinite for a customer
            who more likely never buys again. Missing for prospects.

        Raises:
            DataError: as `predict`.
        """
        need = f"{self.family.name}.next_purchase"
        positive_by(by, need=need)
        checked = self.read(summary, customers=customers, need=need)
        distinct = checked.rows.distinct(period=self.period)
        rows, params = distinct.rows, self.searched()
        alive = np.exp(self.law.log_p_alive(rows, params))

        def comes(t: Any) -> Array:
            return alive * self.law.p_purchase(rows, params, horizon=t)

        columns = {"p_next_purchase": comes(by), "next_purchase_median": median_time(comes, n=len(rows))}
        return add_columns(summary, {name: checked.spread(part[distinct.inverse]) for name, part in columns.items()})

    def new_customer(self, horizon: float, *, profile: Mapping[str, Any] | None = None) -> float:
        """Repeat purchases expected of a customer within `horizon` periods after the first purchase.

        Args:
            horizon: periods after the first purchase.
            profile: the customer's covariates by column, where the model has any: {"channel": "web"}.
        """
        need = f"{self.family.name}.new_customer"
        positive_horizon(horizon, need=need)
        rows, params = self._today(profile, need=need), self.searched()
        ahead = self.law.expected_purchases(rows, params, period=self.period, horizon=horizon)
        return float((np.exp(self.law.log_p_alive(rows, params)) * ahead)[0])

    def new_customer_counts(
        self, horizon: float, *, up_to: int = 10, profile: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """How many repeat purchases a customer makes within `horizon` periods after the first.

        Args:
            horizon: periods after the first purchase.
            up_to: the largest number told by itself.
            profile: as in `new_customer`.

        Returns:
            purchases (0, 1, ..., `up_to`) and probability; the rest to 1 is the probability of more.
        """
        need = f"{self.family.name}.new_customer_counts"
        positive_horizon(horizon, need=need)
        whole(up_to, need=need)
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        counts = self._counts(self._today(profile, need=need), horizon=horizon, up_to=up_to, need=need)[0, :-1]
        return pd.DataFrame({"purchases": np.arange(up_to + 1), "probability": counts})

    def simulate(self, T: Any, *, seed: int | Generator, customers: Any = None) -> pd.DataFrame:
        """New customers of these parameters, in continuous time: what a fit should find again.

        Args:
            T: how long each is observed, in periods, (n,), each above 0.
            seed: a number, or a numpy Generator.
            customers: their covariates, a row for each of `T` in its order, where the model has any.

        Returns:
            A summary: customer_id (1 to n), frequency, recency, T, n_transactions, period; of a model of regular buying
            gap_log_sum too, and of one with covariates those.
        """
        import pandas as pd  # noqa: PLC0415 - frames are made at the boundary only

        need = f"{self.family.name}.simulate"
        ages = observed_periods(T, need=need)
        generator = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_seed(seed))
        covariates = self.effects.of_rows(customers, n=len(ages), need=need)
        params = self.effects.own_params(self.family, self.searched(), covariates)
        rows = self.family.simulate(params, T=ages, generator=generator)
        return pd.DataFrame(
            {
                "customer_id": np.arange(1, len(rows) + 1),
                "frequency": rows.x.astype(np.int64),
                "recency": rows.t_x,
                "T": rows.T,
                "n_transactions": rows.x.astype(np.int64) + 1,
                "period": self.period,
                **({} if rows.gap_log_sum is None else {"gap_log_sum": rows.gap_log_sum}),
                **{name: narrow(customers, need=need)[name].to_list() for name in self.effects.columns},
            }
        )

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> Residual:
        """What lies ahead of each row *given that it is alive*; see `Discounts`."""
        need = f"{self.family.name}.residual"
        ahead_and_discounted(horizon, discount_rate, need=need)
        if np.isinf(horizon) and discount_rate == 0:
            raise DataError.because(
                f"{need} cannot add up a lifetime without discounting.", hint="give a discount rate > 0."
            )
        return self.law.residual(
            rows, self.searched(), period=self.period, horizon=horizon, discount_rate=discount_rate
        )

    def draw_outcomes(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> Futures:
        """Realised futures within a finite `horizon`, one column per draw of `posterior`; see `Simulates`."""
        need = f"{self.family.name}.draw_outcomes"
        positive_horizon(horizon, need=need)
        ahead_and_discounted(horizon, discount_rate, need=need)
        return self.law.draw_outcomes(
            rows, self._draws(posterior), horizon=horizon, discount_rate=discount_rate, generator=generator
        )

    def draw_expectations(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> Futures:
        """Expectations given a drawn hidden state, one column per draw of `posterior`; see `Simulates`."""
        ahead_and_discounted(horizon, discount_rate, need=f"{self.family.name}.draw_expectations")
        return self.law.draw_expectations(
            rows, self._draws(posterior), horizon=horizon, discount_rate=discount_rate, generator=generator
        )

    def _counts(self, rows: PurchaseRows, *, horizon: float, up_to: int, need: str) -> Array:
        """Probabilities of 0, ..., `up_to` and of more purchases, whether alive or not, (n, up_to + 2)."""
        params = self.searched()
        alive = np.exp(self.law.log_p_alive(rows, params))[:, None]
        counts = alive * self.law.p_counts(rows, params, horizon=horizon, up_to=up_to)
        counts[:, :1] += 1 - alive
        counts = np.hstack([counts, np.maximum(1 - counts.sum(axis=1, keepdims=True), 0.0)])
        expected = alive[:, 0] * self.law.expected_purchases(rows, params, period=self.period, horizon=horizon)
        refuse_counts_beyond_expected(counts, expected, need=need)
        return counts

    def _today(self, profile: Mapping[str, Any] | None, *, need: str) -> PurchaseRows:
        """One customer who bought for the first time just now."""
        return PurchaseRows(
            x=[0.0], t_x=[0.0], T=[0.0], weights=[1.0], covariates=self.effects.of_profile(profile, need=need)
        )

    def _draws(self, posterior: Posterior) -> dict[str, Array]:
        """Draws of this model's own parameters, each (1, S)."""
        own = tuple(self.searched())
        if posterior.names != own:
            raise CapabilityError.because(
                f"{type(self).__name__} draws from a posterior of {own}, got {posterior.names}.",
                hint="use the posterior of the same model: fitted.posterior(draws=200, seed=1).",
            )
        return {name: values[None, :] for name, values in posterior.params().items()}


def known_period(_: object, attribute: Attribute[Any], value: str) -> None:
    """Refuse what is not a unit of time."""
    if value not in DAYS:
        raise ValueError(f"'{attribute.name}' must be one of {list(DAYS)}: {value!r}")
