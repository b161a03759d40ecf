"""`satisfaction_effects`: how leaving and promotion go with satisfaction and complaints."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import (
    LEVEL,
    NAME,
    Number,
    Text,
    WholeNumber,
    read_names,
    read_object,
    refusal,
)
from kundkarriar.dates.period import Period
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of
from kundkarriar.foreign_objects import is_a, is_text
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.process import refuse_fitted_process
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.satisfaction.effect_rows import LARGEST, EffectRow, effect_rows
from kundkarriar.ladder.satisfaction.event_measures import (
    ANSWERED,
    ANY,
    COMPLAINT,
    NUMBER,
    SATISFACTION,
    event_measures,
)
from kundkarriar.ladder.satisfaction.landmarks import NEED, OUTCOMES, WINDOW, Landmarks
from kundkarriar.models.interface.protocols import FittedPurchaseModel, PurchaseModel, is_auto
from kundkarriar.models.mbgnbd import MBGNBD
from kundkarriar.models.model_kind import refuse_class, refuse_lifetimes, refuse_other_kind

ORIGINS = WholeNumber(least=1, most=1000, example=3)
UNITS = Number(least=-1e6, most=1e6, example=-1)
DEFAULT = (SATISFACTION, COMPLAINT)
HISTORY = "write ladder.history(transactions, as_of=..., events=events)."
TEXTS = ("event", "measure", "outcome")
NUMBERS = ("share_usual", "share_with", "odds_ratio", "low", "high")


def _made_by_satisfaction_effects(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not (isinstance(value, tuple) and value and all(isinstance(row, EffectRow) for row in value)):
        hint = "found = kk.satisfaction_effects(history)."
        raise refusal(value, attribute.name, law=f"what kk.{NEED} gives", hint=hint)


def _a_frame(_: object, __: object, like: Any) -> None:
    narrow(like, need="SatisfactionEffects: `like`")


@frozen(kw_only=True, eq=False, repr=False)
class SatisfactionEffects:
    """How leaving and promotion go with events such as satisfaction; made by `kk.satisfaction_effects`.

    These are associations. Who complains is another customer than who does not, beside the complaint, and only an
    experiment (`kk.Experiment`) tells what an action on satisfaction changes.

    Attributes:
        horizon: the span within which the outcomes were observed.
        level: level of the intervals.
        origins: the days from which they were, from the latest on.
        rows: the rows of `table`.
        like: an empty frame of the kind to return.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> told = transactions.iloc[::8][["customer_id", "date"]].assign(event="complaint")
    >>> history = kk.CustomerLadder.groups().history(transactions, as_of="1998-06-30", events=told)
    >>> found = kk.satisfaction_effects(history, origins=1)
    >>> effect = found.effect("complaint", on="leaving", units=-1)
    >>> effect.is_assumed, effect.window, effect.relative_to
    (True, '6M', 'a complaint within 12 months')
    >>> print(effect.evidence)
    association, assumed to be the effect: 688 customers, 352 with the event, to 1997-12-31
    """

    horizon: Period = field(validator=instance_of(Period))
    level: float
    origins: tuple[str, ...]
    rows: tuple[EffectRow, ...] = field(validator=_made_by_satisfaction_effects)
    _like: Any = field(alias="like", validator=_a_frame)

    def __repr__(self) -> str:
        """The events, the origins and the horizon."""
        events = ", ".join(dict.fromkeys(row.event for row in self.rows))
        number = f"{len(self.origins)} origin{'s' if len(self.origins) > 1 else ''}"
        return (
            f"SatisfactionEffects(association; {events}; {number} to {self.origins[0]}, horizon={str(self.horizon)!r})"
        )

    def equals(self, other: object) -> bool:
        """Whether `other` is a result of equal numbers."""
        parts = ("horizon", "level", "origins", "rows")
        return isinstance(other, SatisfactionEffects) and all(getattr(self, at) == getattr(other, at) for at in parts)

    def table(self) -> Any:
        """The odds ratio of each outcome by each measure of each event.

        Returns:
            event; measure, in the 12 months before an origin: of events with values "point" and "standard deviation" (a
            mean value higher by one, among those who have one) and "answered" (those with any value, at its mean,
            against those without); of others, and of complaints, "any" (any event against none) and, where some have
            several, "number" (each event more). outcome: "leaving" (no purchase within the horizon, of those who had
            not lapsed) or "promotion" (a higher rung at the end of the horizon, of those below the highest).
            customers: at risk at some origin. with_event: of these, those with the event. share_usual: share of these
            expected to have the outcome by the fitted regression, had they no such event, or the mean value; share_with
            the same with the event, or one unit more. odds_ratio with low and high, at `level`. note: that it is an
            association; whether there are few; why numbers are missing.
        """
        texts = {name: text_column([getattr(row, name) for row in self.rows], like=self._like) for name in TEXTS}
        counts = {name: np.array([getattr(row, name) for row in self.rows]) for name in ("customers", "with_event")}
        numbers = {name: np.array([getattr(row, name) for row in self.rows], dtype=np.float64) for name in NUMBERS}
        note = text_column([row.note for row in self.rows], like=self._like)
        return new_frame({**texts, **counts, **numbers, "note": note}, like=self._like)

    def effect(self, event: str, *, on: str, measure: str | None = None, units: float = 1.0) -> Effect:
        """The association taken as an effect, as if it were one: for scenarios, and for plans until an experiment ends.

        Its evidence says that it is assumed, and so plans and tables repeat it.

        Args:
            event: an event of the table.
            on: "leaving" or "promotion".
            measure: a measure of the event; None takes "point" of an event with values, else "any".
            units: how many units more: -1 is a point less, or a complaint that did not come.

        Raises:
            DataError: no such event or measure, or one without an odds ratio; no units.
        """
        on = Text(among=OUTCOMES).read(on, "on")
        known = tuple(dict.fromkeys(row.event for row in self.rows))
        event = Text(among=known).read(event.strip().lower() if is_text(event) else event, "event")
        rows = {row.measure: row for row in self.rows if (row.event, row.outcome) == (event, on)}
        measure = Text(among=tuple(rows)).read(next(iter(rows)) if measure is None else measure, "measure")
        units, row = UNITS.read(units, "units"), rows[measure]
        if units == 0 or (measure in (ANY, ANSWERED) and abs(units) != 1):
            law = "1 or -1: a customer has the event or has not" if units else "other than 0, which changes nothing"
            raise refusal(units, "units", law=law, hint="write units=-1.")
        if row.odds_ratio is None or row.low is None or row.high is None:
            hint = "another event, measure or outcome, or more data."
            raise DataError.because(f"{event} ({measure}) has no odds ratio on {on}: {row.note}.", hint=hint)
        log_odds = units * np.log([row.odds_ratio, row.low, row.high])
        mean, low, high = map(float, np.exp(np.clip(log_odds, -LARGEST, LARGEST)))
        span = f"{self.horizon.count:.15g}{self.horizon.unit}"
        return Effect(
            on=on,
            mean=mean,
            low=min(low, high),
            high=max(low, high),
            level=self.level,
            lasts=span if on == "leaving" else None,
            window=span if on == "leaving" else None,
            evidence=(
                f"association, assumed to be the effect: {row.customers:,} customers, {row.with_event:,} with the "
                f"event, to {self.origins[0]}"
            ),
            relative_to=_relative_to(event, measure, units),
        )


def _relative_to(event: str, measure: str, units: float) -> str:
    """The other condition, as words."""
    if measure in (ANY, ANSWERED):
        return f"{'no' if units > 0 else 'a'} {event} within {Period.of(WINDOW)}"
    which = "less" if units > 0 else "more"
    if measure == NUMBER:
        return f"{abs(units):g} {event} {which} within {Period.of(WINDOW)}"
    return f"a {event} of {abs(units):g} {measure}{'s' if abs(units) != 1 else ''} {which}"


def satisfaction_effects(
    history: LadderHistory[FrameT],
    *,
    events: Any = None,
    origins: int = 3,
    horizon: str = "6M",
    process: Any = None,
    level: float = 0.9,
) -> SatisfactionEffects:
    """How leaving and promotion go with satisfaction, complaints and other events, beyond what purchases tell.

    Association, not cause: who complains is another customer than who does not, beside the complaint.

    At each origin, events of the 12 months before are held against what came within the horizon after, so that nothing
    is read that happened after the outcome began. Of each event a logistic regression of its own tells odds ratios:
    where those who complain are also less satisfied, each of the two has part of the other in it, and they must not be
    multiplied. Beside the event it reads what purchases tell: the log odds of no purchase within the horizon, by a
    purchase process fitted at the origin to what was known then, their square, and the purchase days of the 12 months;
    for promotion these by rung; and a level of each origin. So an event that comes with many purchases, such as being
    asked for one's satisfaction, is not credited with them. What purchases do not tell either, such as a latent taste
    that makes customers both content and loyal, stays in the odds ratio.

    The likelihood is penalised (Firth's), so that few outcomes do not exaggerate it. Rows of one customer at several
    origins depend on each other: the errors are clustered by customer (jackknife in one step). That the process has
    estimated parameters is not in the intervals: the regression corrects its level and slope.

    Args:
        history: `ladder.history(transactions, as_of=..., events=events)`.
        events: names of events, of any kind; None: "satisfaction" and "complaint", as far as the history has them.
            Those with values are measured by the mean value, and complaints always by whether there were any.
        origins: number of origins, month ends half a horizon apart; the latest is a horizon before the end of the last
            whole month.
        horizon: whole months, as text with a unit ("6M").
        process: a purchase model, not fitted; None: `kk.MBGNBD()`.
        level: level of the intervals.

    Raises:
        CapabilityError: `process` is no purchase model.
        DataError: no such events, satisfaction without values, one value only, nobody with the event before an origin;
            an origin lies before the data; a process that is fitted already.

    Warns:
        DataWarning: what the fits of the process warn of.

    Source: landmark analysis at several origins: van Houwelingen (2007), Scandinavian Journal of Statistics 34, 70-85.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> told = transactions.iloc[::6][["customer_id", "date"]].assign(event="satisfaction", value=3.0)
    >>> told["value"] += told["customer_id"] % 3  # made up, and independent of all that customers do
    >>> history = kk.CustomerLadder.groups().history(transactions, as_of="1998-06-30", events=told)
    >>> found = kk.satisfaction_effects(history, origins=2)
    >>> found
    SatisfactionEffects(association; satisfaction; 2 origins to 1997-12-31, horizon='6 months')
    >>> found.table()[["measure", "outcome", "with_event", "odds_ratio", "low", "high"]].round(2)
                  measure    outcome  with_event  odds_ratio   low  high
    0               point    leaving         748        0.99  0.84  1.16
    1  standard deviation    leaving         748        0.99  0.86  1.13
    2            answered    leaving         748        0.97  0.79  1.19
    3               point  promotion         826        1.01  0.81  1.27
    4  standard deviation  promotion         826        1.01  0.84  1.21
    5            answered  promotion         826        0.94  0.71  1.24
    """
    read_object(history, "history", kind=LadderHistory, hint=HISTORY)
    months, level = months_of(horizon), LEVEL.read(level, "level")
    process = _read_process(process)
    names = _read_events(events, history)
    landmarks = Landmarks.of(history, process=process, origins=ORIGINS.read(origins, "origins"), months=months)
    rows = [
        row
        for name in names
        for outcome in OUTCOMES
        for measured in event_measures(landmarks, name)
        for row in effect_rows(landmarks, measured, outcome=outcome, rungs=history.rungs, level=level)
    ]
    return SatisfactionEffects(
        horizon=Period(months, "M"),
        level=level,
        origins=tuple(map(str, landmarks.days)),
        rows=tuple(rows),
        like=narrow(history.like, need=NEED).head(0).select([]).to_native(),
    )


def _read_process(process: Any) -> Any:
    if process is None:
        return MBGNBD()
    refuse_class(process, name="process")
    refuse_lifetimes(process)
    refuse_other_kind(process, place="purchases")
    if is_auto(process) or not is_a(process, PurchaseModel | FittedPurchaseModel):
        raise refusal(process, "process", law="a purchase model", hint="write process=kk.MBGNBD().")
    refuse_fitted_process(process, need=NEED)
    return process


def _read_events(events: Any, history: LadderHistory[Any]) -> tuple[str, ...]:
    known = history.facts_as_of.events
    if known is None:
        raise DataError.because(f"{NEED} reads events, and the history has none.", hint=HISTORY)
    if events is None:
        names = tuple(name for name in DEFAULT if name in known.keys)
        asked = "neither satisfaction nor complaints"
    else:
        names = tuple(
            dict.fromkeys(each.strip().lower() for each in read_names(events, "events", law=NAME, empty=False))
        )
        asked = f"no {', '.join(name for name in names if name not in known.keys)}"
    if not names or not set(names) <= set(known.keys):
        hint = f"events={sorted(known.keys)[:1]}." if known.keys else HISTORY
        raise DataError.because(f"{NEED}: the history has {asked}: its events are {sorted(known.keys)}.", hint=hint)
    return names
