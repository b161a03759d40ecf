"""Scores of a purchase model at every month end, for rungs: with parameters fixed before the first month."""

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array, Mask
from kundkarriar.dates.period import DAYS, Period, as_day, as_period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import narrow, new_frame, numbers, text_column
from kundkarriar.history.as_of.fact_definitions import facts_at
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.models.interface.protocols import FittedPurchaseModel, needs_gaps
from kundkarriar.summaries.packed_gaps import GAPS, gaps_between, packed

SCORES = ("p_alive", "expected_purchases")
"""The scores of a model that rungs may use."""


def _is_fitted(_: object, __: object, model: Any) -> None:
    if not is_a(model, FittedPurchaseModel):
        raise CapabilityError.because(
            f"scores come from a fitted purchase model, got {type(model).__name__}.",
            hint="kk.FittedMBGNBD(params=..., period=...), or the model that model.fit(summary) gave.",
        )


def _span(text: Any) -> Period:
    return as_period(text, name="horizon")


@frozen(kw_only=True)
class FixedScores:
    """A purchase model with parameters fixed before the careers begin, evaluated at every month end.

    A rung is a function of the history up to a date. With a model fitted to the months of the careers it would depend
    on later months too: careers would change in hindsight, and forecasts learnt from them would be biased. So the
    parameters are given, or were fitted to data that end before the first month.

    Attributes:
        model: fitted, or with parameters given; it reads frequency, recency and T, and `gaps` where it needs them.
        horizon: the horizon of `expected_purchases`: "12M".
        fitted_until: the last day of the data that the model was fitted to; not needed where its parameters were given.

    Raises:
        CapabilityError: not a fitted model.
        DataError: a fitted model without `fitted_until`.

    >>> import kundkarriar as kk
    >>> params = kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> scores = FixedScores(model=kk.FittedMBGNBD(params=params, period="W"), horizon="12M")
    >>> asleep = kk.Rung(name="asleep", when=kk.column("purchase_days") >= 0)
    >>> awake = kk.Rung(name="awake", when=kk.column("p_alive") > 0.5)
    >>> ladder = kk.CustomerLadder(rungs=(asleep, awake))
    >>> placed = ladder.place(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30", scores=scores)
    >>> placed["reason"][0]
    'p_alive is 0.544868 (more than 0.5)'
    """

    model: FittedPurchaseModel = field(validator=_is_fitted)
    horizon: Period = field(converter=_span)
    fitted_until: Any = field(default=None)

    @fitted_until.validator
    def _known_or_given(self, _: object, fitted_until: Any) -> None:
        """A user's own model without a report counts as fitted."""
        if fitted_until is not None:
            as_day(fitted_until, name="fitted_until")
        report = getattr(self.model, "report", None)
        if fitted_until is None and (report is None or report.fitted):
            raise DataError.because(
                "rungs may ask a model only with parameters fixed before the first month, and this one was fitted: it "
                "may have seen the months that careers tell.",
                hint='say where its data ended, fitted_until="2023-12-31", or give the parameters: '
                "kk.FittedMBGNBD(params=..., period=...).",
            )

    def check_older_than(self, first: np.datetime64) -> None:
        """Refuse a model fitted to data of the month of `first` or later.

        Raises:
            DataError: its data ended in that month or later.
        """
        if self.fitted_until is None:
            return
        until, start = as_day(self.fitted_until, name="fitted_until"), first.astype("datetime64[M]")
        if until >= start.astype("datetime64[D]"):
            raise DataError.because(
                "rungs may ask a model only with parameters fixed before the first month: it was fitted until "
                f"{until}, and the careers begin in {start}.",
                hint="fit it to earlier data, or give the parameters: kk.FittedMBGNBD(params=..., period=...).",
            )

    def at(self, facts_as_of: FactsAsOf, day: np.datetime64, *, like: Any) -> dict[str, Array]:
        """The scores of each customer at the end of `day`, (n,) each; NaN before the first purchase.

        The model reads a frame of the kind of `like`.
        """
        summary, bought = _summary(facts_as_of, day, period=self.model.period, gaps=needs_gaps(self.model), like=like)
        scores = {name: np.full(facts_as_of.n, np.nan) for name in SCORES}
        if bought.any():
            horizon = self.horizon.in_units(self.model.period)
            predicted = narrow(self.model.predict(summary, horizon=horizon), need="FixedScores")
            for name, values in scores.items():
                values[bought] = numbers(predicted, name, need="FixedScores", nullable=True)
        return scores


def _summary(facts_as_of: FactsAsOf, day: np.datetime64, *, period: str, gaps: bool, like: Any) -> tuple[Any, Mask]:
    """The summary (see `kk.summarize`) of customers who have bought by the end of `day`, and who they are, (n,)."""
    facts = facts_at(facts_as_of, day, ("purchase_days", "first_purchase", "last_purchase"))
    bought = facts["purchase_days"] > 0
    first, last = (
        facts[name][bought].astype("datetime64[D]").astype(np.int64) for name in ("first_purchase", "last_purchase")
    )
    unit, n = DAYS[period], int(bought.sum())
    columns: dict[str, Any] = {
        "customer_id": facts_as_of.days.customers[np.flatnonzero(bought)],
        "frequency": facts["purchase_days"][bought] - 1,
        "recency": (last - first) / unit,
        "T": (day.astype("datetime64[D]").astype(np.int64) - first) / unit,
        "period": text_column([period], np.zeros(n, np.int64), like=like),
    }
    if gaps:
        days, begin, end = facts_as_of.days.day, facts_as_of.purchase_entries.start, facts_as_of.purchases_until(day)
        between = gaps_between(days, start=begin[bought], end=end[bought])
        columns[GAPS] = packed(between, missing=np.zeros(n, dtype=bool), like=like)
    return new_frame(columns, like=like), bought
