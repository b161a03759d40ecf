"""`FittedFirstPurchase`: the time from first contact to first purchase with fitted or given parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import asdict, evolve, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import DRAWS, LEVEL, SHARE, read_generator, to_float
from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period, as_period
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.models.first_purchase.conversion import conversion_frame
from kundkarriar.models.first_purchase.lead_effects import NO_LEAD_EFFECTS, LeadEffects
from kundkarriar.models.first_purchase.lead_likelihood import NAME, LeadLikelihood, LeadLoglik
from kundkarriar.models.first_purchase.rate_ahead import RateAhead
from kundkarriar.models.first_purchase.simulated_leads import events_to_come, simulated_leads
from kundkarriar.models.interface.argument_checks import HORIZON, read_numbers
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.uncertainty.posterior import Posterior, draws_of_parameters
from kundkarriar.numerics.first_purchase import likelihood
from kundkarriar.numerics.first_purchase.exposure import months_at
from kundkarriar.numerics.first_purchase.survival import LeadState, share_never
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.leads.lead_rows import LeadRows, read_leads

MONTHS_HINT = 'write "12M", or 12 for months.'


@frozen(kw_only=True)
class FirstPurchaseParams:
    """The parameters of the time to the first purchase, of a lead whose columns are all 0 or first levels.

    Attributes:
        alpha, beta: of the beta distribution of the monthly probability of a first purchase, of leads who ever buy;
            from e^-28 to e^28.
        never: share of leads who never buy, 0 to 1.

    >>> FirstPurchaseParams(alpha=1.2, beta=8.0, never=0.4).never
    0.4
    """

    alpha: float = field(converter=to_float, validator=PARAMETER)
    beta: float = field(converter=to_float, validator=PARAMETER)
    never: float = field(converter=to_float, validator=SHARE)


@frozen(kw_only=True, repr=False)
class FittedFirstPurchase(FittedModel):
    """The time to the first purchase with fitted or given parameters.

    Attributes:
        params: the three parameters.
        effects: coefficients of columns and events.
        report: the report of the fit; `GIVEN` for parameters typed in.

    The longer a lead has not bought, the less likely a first purchase is:

    >>> import pandas as pd
    >>> model = FittedFirstPurchase(params=FirstPurchaseParams(alpha=1.2, beta=8.0, never=0.4))
    >>> table = pd.DataFrame({"months": [0.5, 12.0, 3.0], "bought": [False, False, True]})
    >>> model.predict(table, horizon="12M").round(3)
       months  bought  p_first_purchase  p_ever
    0     0.5   False             0.378   0.583
    1    12.0   False             0.144   0.335
    2     3.0    True               NaN   1.000
    """

    params_type: ClassVar[type[FirstPurchaseParams]] = FirstPurchaseParams
    params: FirstPurchaseParams = field(validator=instance_of(FirstPurchaseParams))
    effects: LeadEffects = field(default=NO_LEAD_EFFECTS, validator=instance_of(LeadEffects))

    def free_parameters(self) -> dict[str, float]:
        """The parameters that a fit estimates, by name: alpha, beta, never, then coefficients."""
        return asdict(self.params) | self.effects.values()

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters in which the likelihood was maximised."""
        return LeadLikelihood(effects=self.effects).unconstrained

    def _loglik_batch_of(self, rows: LeadRows) -> LeadLoglik:
        return LeadLikelihood(effects=self.effects).loglik_batch(rows)

    def read(self, leads: Any, *, need: str = NAME, weights: str | None = None) -> LeadRows:
        """The rows of a table of leads, from `kk.leads` or `kk.quotes`, in its order.

        Raises:
            DataError: impossible rows, another table, a column or an event that is missing, an unknown level.
        """
        frame, rows = read_leads(leads, need=need, weights=weights, events=self.effects.event_names)
        return evolve(rows, covariates=self.effects.design(frame, need=need))

    def log_likelihood_of(self, leads: Any, *, weights: str | None = None) -> float:
        """The log-likelihood of a table of leads at these parameters; `weights` is its column of numbers of leads."""
        rows = self.read(leads, need=f"{NAME}.log_likelihood_of", weights=weights).distinct()
        values = np.array([list(self.free_parameters().values())])
        with np.errstate(divide="ignore"):  # a share of 0 or 1 that never buys
            values[:, 2] = np.log(values[:, 2]) - np.log1p(-values[:, 2])
        return float(likelihood.loglik_batch(LeadLikelihood(effects=self.effects).cells(rows), values)[0])

    def exposure(self, rows: LeadRows) -> tuple[Array, Array]:
        """Months that count of each lead so far, and how much a month counts from now on, (n,) each."""
        state = self._state(rows)
        return state.so_far, state.pace

    def p_within(self, rows: LeadRows, months: Array, *, ahead: RateAhead | None = None) -> Array:
        """Probability of a first purchase within each of `months` from now, (n, k), of leads who have not bought.

        Args:
            rows: the leads, (n,); events so far last, none come.
            months: spans ahead, (k,), >= 0.
            ahead: factors on the rate from now on; None: 1.
        """
        spans = np.asarray(months, dtype=np.float64)
        return self._state(rows).p_within(spans if ahead is None else ahead.exposure(spans))

    def draw_months(self, rows: LeadRows, *, posterior: Posterior | None, draws: int, generator: Generator) -> Array:
        """Drawn months from now to the first purchase at today's rates, (n, S); infinite where it never comes.

        `RateAhead.months_at` turns them into months under other rates, with the same random numbers.

        Args:
            rows: the leads, (n,), who have not bought.
            posterior: S draws of the parameters; None: those of the model in every draw.
            draws: S.
            generator: the random stream.
        """
        return self._state(rows, posterior).draw_months(draws, generator)

    def _state(self, rows: LeadRows, posterior: Posterior | None = None) -> LeadState:
        """The leads as they are now under the model's parameters, or under S draws."""
        names = tuple(self.free_parameters())
        given: Mapping[str, Any] = (
            self.free_parameters() if posterior is None else draws_of_parameters(posterior, names=names, model=NAME)
        )
        pace, events, never = self.effects.split(given)
        on_pace, on_never = self.effects.columns_of(rows.covariates)
        return LeadState.of(
            rows.months,
            rows.after,
            alpha=given["alpha"],
            beta=given["beta"],
            never=share_never(given["never"], on_never @ never),
            log_pace=on_pace @ pace,
            effects=events,
        )

    def predict(self, leads: FrameT, *, horizon: float | str) -> FrameT:
        """Add each lead's probability of a first purchase, given the time since the first contact without one.

        Args:
            leads: one row per lead, as from `kk.leads`.
            horizon: time ahead: text with a unit, "12M", or a number of months >= 0.

        Returns:
            `leads` with `p_first_purchase` (within the horizon; missing for who has bought) and `p_ever` (ever; 1 for
            who has bought) added; rows, their order and a pandas index are kept.

        Raises:
            DataError: as `read`, or an invalid horizon.
        """
        span, rows = as_months(horizon), self.read(leads, need=f"{NAME}.predict")
        state = self._state(rows)
        within = np.where(rows.bought, np.nan, state.p_within(np.array([span]))[:, 0])
        return add_columns(
            leads, {"p_first_purchase": within, "p_ever": np.where(rows.bought, 1.0, 1.0 - state.p_never())}
        )

    def new_lead(self, horizon: float | str, *, profile: Mapping[str, Any] | None = None) -> float:
        """Probability that a new lead buys within `horizon` after the first contact, without events.

        `profile` gives the lead's columns, where the model has any: {"channel": "web"}.

        >>> model = FittedFirstPurchase(params=FirstPurchaseParams(alpha=1.2, beta=8.0, never=0.4))
        >>> round(model.new_lead("12M"), 3)
        0.398
        """
        row = self._contacts(np.zeros(1), self.effects.of_profile(profile, need=f"{NAME}.new_lead"))
        return float(self.p_within(row, np.array([as_months(horizon)]))[0, 0])

    def by_age(
        self,
        ages: Any = (0.0, 1.0, 2.0, 3.0, 6.0, 12.0),
        *,
        horizon: float | str = "1M",
        profile: Mapping[str, Any] | None = None,
        level: float = 0.9,
        draws: int = 200,
        seed: int | Generator = 1,
    ) -> OwnFrame:
        """Probability of a first purchase within `horizon`, of leads (or quotes) open for so long, without events.

        Args:
            ages: months since the first contact, or since the quote, >= 0.
            horizon: time ahead: text with a unit, or a number of months.
            profile: the lead's columns, where the model has any: {"channel": "web"}.
            level: of the interval.
            draws: number of posterior draws behind the interval.
            seed: a whole number >= 0, or a numpy Generator.

        Returns:
            age, p, low, high: one row per age. The interval is that of the parameters; missing where they were given.

        >>> model = FittedFirstPurchase(params=FirstPurchaseParams(alpha=1.2, beta=8.0, never=0.4))
        >>> model.by_age([0, 6], horizon="1M")[["age", "p"]].round(3)
           age      p
        0  0.0  0.078
        1  6.0  0.034
        """
        law = evolve(HORIZON, unit="of months", hint="write ages=[0, 1, 3].")
        months, wanted = read_numbers(ages, "ages", law=law, example="ages=[0, 1, 3]"), LEVEL.read(level, "level")
        span, covariates = as_months(horizon), self.effects.of_profile(profile, need=f"{NAME}.by_age")
        rows = self._contacts(months, np.repeat(covariates, len(months), axis=0))
        posterior = self._draws(draws, seed)
        low = high = np.full(len(months), np.nan)
        if posterior is not None:
            drawn = self._state(rows, posterior).p_within(span)
            low, high = np.quantile(drawn, [(1 - wanted) / 2, (1 + wanted) / 2], axis=1)
        p = self.p_within(rows, np.array([span]))[:, 0]
        return frame_of_kind({"age": months, "p": p, "low": low, "high": high}, self.frame_kind)

    def conversion(
        self,
        leads: FrameT,
        *,
        by: str | None = None,
        horizon: float | str = "12M",
        level: float = 0.9,
        draws: int = 200,
        seed: int | Generator = 1,
    ) -> FrameT:
        """The share of leads who buy within `horizon` of the first contact, by model and as observed.

        The model's share is the mean over the leads of a group, at the first contact, given the events that they had.
        The observed one is Kaplan-Meier's, which counts leads while they were observed.

        Args:
            leads: one row per lead, as from `kk.leads`.
            by: a column of the leads, such as "channel"; None: all leads together.
            horizon: time since the first contact: text with a unit, or a number of months.
            level: of both intervals.
            draws: number of posterior draws behind the model's interval.
            seed: a whole number >= 0, or a numpy Generator.

        Returns:
            One row per value of `by`, sorted: its value, leads, bought (numbers); p, low, high (the model, with the
            interval of its parameters; the ends missing where they were given); observed, observed_low, observed_high
            (Kaplan-Meier, with Greenwood's interval of log(-log); missing where nobody was observed for so long).

        Raises:
            DataError: as `read`; the column `by` is not there or has missing values.
        """
        need, span, wanted = f"{NAME}.conversion", as_months(horizon), LEVEL.read(level, "level")
        rows, posterior = self.read(leads, need=need), self._draws(draws, seed)
        at_contact = evolve(rows, months=np.full(len(rows), span))
        mine, drawn = self._bought_by(at_contact, None), None
        if posterior is not None:
            drawn = lambda some: self._bought_by(at_contact.at(some), posterior)  # noqa: E731
        return conversion_frame(leads, rows, mine, drawn, by=by, horizon=span, level=wanted, need=need)

    def _bought_by(self, rows: LeadRows, posterior: Posterior | None) -> Array:
        """Probability at the first contact of a first purchase within `months` with their events, (n,) or (n, S)."""
        state = self._state(rows, posterior)
        fresh = evolve(state, so_far=np.zeros_like(state.so_far), pace=state.so_far)
        return fresh.p_within(1.0)

    def _draws(self, draws: int, seed: int | Generator) -> Posterior | None:
        """Draws of the parameters; None where they were given."""
        many, generator = DRAWS.read(draws, "draws"), read_generator(seed)
        return self.posterior(draws=many, seed=generator) if self.report.fitted else None

    def _contacts(self, months: Array, covariates: Array) -> LeadRows:
        """Leads without events, `months` after the first contact, (n,)."""
        n = len(months)
        return LeadRows(
            months=months,
            bought=np.zeros(n, dtype=bool),
            covariates=covariates,
            after=np.full((n, len(self.effects.events)), np.inf),
            weights=np.ones(n),
        )

    def simulate(self, months: Any, *, seed: int | Generator, customers: Any = None) -> OwnFrame:
        """Simulate new leads.

        Args:
            months: months for which each lead is observed, (n,), > 0.
            seed: a whole number >= 0, or a numpy Generator.
            customers: their columns, one row for each element of `months` in its order, where the model has any; with
                `<event>_after`, months from the first contact to an event, where events are to come.

        Returns:
            A table of leads, as from `kk.leads`: customer_id (1 to n), months (of whole days), bought, months_known,
            the columns that the model reads, and `<event>_after` of its events, missing where none came before the
            first purchase.

        Raises:
            DataError: invalid `months` or seed, missing columns.
        """
        need, generator = f"{NAME}.simulate", read_generator(seed)
        law = evolve(HORIZON, least=-np.inf, above=0, unit="of months", hint="write months=[12.0] * 1000.")
        known = read_numbers(months, "months", law=law, example="months=[12.0] * 1000")
        n, effects = len(known), self.effects
        covariates = effects.of_rows(customers if effects.columns else None, n=n, need=need)
        after = events_to_come(effects, customers, n=n, need=need)
        at_contact = self._state(self._contacts(np.zeros(n), covariates))
        exposure = evolve(at_contact, pace=np.ones(n)).draw_months(1, generator)[:, 0]
        purchase = months_at(
            exposure,
            after,
            log_pace=np.log(at_contact.pace),
            effects=np.array([value for _, value in effects.events]),
        )
        columns = simulated_leads(purchase, known=known, after=after, effects=effects, customers=customers, need=need)
        return frame_of_kind(columns, self.frame_kind)


def as_months(horizon: float | str) -> float:
    """A horizon in months: text with a unit, or a number of months.

    >>> as_months("1Y"), as_months(6)
    (12.0, 6.0)
    """
    if isinstance(horizon, str | Period):
        return as_period(horizon, name="horizon").in_units("M")
    return evolve(HORIZON, unit="of months", hint=MONTHS_HINT).read(horizon, "horizon")
