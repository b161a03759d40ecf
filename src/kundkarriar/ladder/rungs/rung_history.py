"""The rungs of every customer at every month end, from which `CustomerLadder.place` and `.careers` report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.calendar_months import is_last_day, last_day, month_of
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, numbers, rows_where
from kundkarriar.history.as_of.fact_definitions import facts_at
from kundkarriar.history.as_of.fact_source import FactSource
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.rungs.fixed_scores import SCORES, FixedScores
from kundkarriar.ladder.rungs.lapse import Lapse
from kundkarriar.ladder.rungs.months_of_change import months_of_change
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_facts import (
    needed_events,
    refuse_money,
    refuse_unknown_facts,
    warn_of_absent,
    warn_of_missing_values,
    with_event_columns,
)
from kundkarriar.ladder.rungs.rung_state import NO_RUNG, MonthEnd, RungState


@frozen(kw_only=True, eq=False)
class RungHistory:
    """The rung of every customer at each month end, and the conditions met on the last day.

    Rungs are positions from 0, the lowest; `NO_RUNG` before a customer was known. Months are numbered from the month in
    which the first customer became known; the last month is evaluated on `as_of`, which may lie before its end. Steps
    are the evaluated months, in order: all months but those in which no customer's rung or flag could change.

    Attributes:
        opens: the month numbered 0, counted from 1970-01.
        month: the month of each step, (steps,).
        as_of: the last day.
        entry: the month in which each customer became known, always a step, (n,).
        dated: whether the day on which each customer became known is in the data, (n,).
        rung: the rung of each customer at each step, (steps, n).
        proxied: whether each customer is on that rung by proxy, (steps, n).
        lapsed: whether each customer has lapsed at each step, (steps, n); None if the ladder has no such flag.
        state: the state on the last day.
        complete: the state at the last month end that is over, from which later months go on.
        frame: the facts as of the last day that the conditions need.
    """

    opens: int
    month: NDArray[np.int32]
    as_of: np.datetime64
    entry: Whole
    dated: Mask
    rung: NDArray[np.int8]
    proxied: Mask
    lapsed: Mask | None
    state: RungState
    complete: RungState
    frame: Any

    @property
    def months(self) -> int:
        """Number of months, evaluated or not."""
        return int(self.month[-1]) + 1

    @property
    def partial(self) -> bool:
        """Whether the last day lies before the end of its month."""
        return not is_last_day(self.as_of.astype(np.int64))

    @property
    def last_complete(self) -> int:
        """The number of the last month that is over; -1 where none is."""
        return self.months - 1 - self.partial

    def day_of(self, month: NDArray[np.int32]) -> NDArray[np.datetime64]:
        """The day of evaluation of each month: its last day, or `as_of` if that is earlier."""
        return np.asarray(np.minimum(last_day(self.opens + month).astype("datetime64[D]"), self.as_of))

    def months_on_rung(self, month: Whole | int, *, since: NDArray[np.integer[Any]]) -> Whole:
        """Whole months up to a `month`, of those on the rung `since` another one; the last month may not be over."""
        months = np.subtract(month, since, dtype=np.int64) - np.equal(month, self.last_complete + 1)
        return np.asarray(np.maximum(months, 0))

    def path(self) -> RungHistory:
        """The rungs alone, without what the last day and later months ask for, which is most of the memory."""
        nothing = RungState.initial(rungs=0, n=0)
        return evolve(self, state=nothing, complete=nothing, frame=None)

    def months_kept(self, number: int) -> NDArray[np.int32]:
        """Whole months up to the last day without a break on a rung that `after` names, or above it, (n,)."""
        now = MonthEnd(month=self.months - 1, partial=self.partial, known=self.dated)
        return now.months_since(self.state.since[number])

    def rung_since(self) -> NDArray[np.integer[Any]]:
        """The month in which each customer came to the rung of each step, (steps, n)."""
        since = np.full(self.rung.shape, self.month[0], dtype=np.min_scalar_type(-self.months))
        for step in range(1, len(since)):
            since[step] = self.month[step]
            np.copyto(since[step], since[step - 1], where=self.rung[step] == self.rung[step - 1])
        return since

    def previous_rung(self) -> NDArray[np.int8]:
        """The rung before that of each step, (steps, n); `NO_RUNG` on a customer's first."""
        previous = np.full(self.rung.shape, NO_RUNG, dtype=np.int8)
        for step in range(1, len(previous)):
            before = self.rung[step - 1]
            np.copyto(previous[step], before)
            np.copyto(previous[step], previous[step - 1], where=self.rung[step] == before)
        return previous

    def highest_rung(self) -> NDArray[np.int8]:
        """The highest rung up to each step, (steps, n)."""
        return np.asarray(np.maximum.accumulate(self.rung, axis=0))


def rung_history(
    rungs: Sequence[Rung], lapse: Lapse | None, facts_as_of: FactsAsOf, *, scores: FixedScores | None = None, like: Any
) -> RungHistory:
    """Evaluate every rung at every month end since the first customer became known, and on the last day.

    Month ends are skipped if no customer's rung can change: no fact that a condition needs can have changed, and no
    grace or required time on a rung is running. So one purchase dated 1900 does not cost a century of evaluations.
    Conditions are evaluated on frames of the kind of `like`.

    Raises:
        DataError: a condition needs anything but facts and attributes, the model of the scores was fitted to months of
            the careers, or a customer is on no rung.
        CapabilityError: a condition needs money, and the purchases have no amounts.

    Warns:
        DataWarning: a rung asks for an event that never happened, or for the value of events that have none.
    """
    refuse_unknown_facts(rungs, scored=scores is not None, attributes=facts_as_of.attributes)
    if not facts_as_of.priced:
        refuse_money(rungs)
    needed = needed_events(rungs)
    if facts_as_of.events is not None:
        warn_of_absent(needed, facts_as_of.events.names, where="`events`")
        warn_of_missing_values(rungs, facts_as_of.events)
    as_of = facts_as_of.as_of
    opens, months, entry, dated = _months(facts_as_of, as_of=as_of)
    if scores is not None:
        base = facts_as_of.base
        scores.check_older_than(np.datetime64(opens, "M") if base is None else np.datetime64(base.opens, "D"))
    may_change = months_of_change(rungs, lapse, facts_as_of, first=opens, months=months, scored=scores is not None)
    partial = not is_last_day(as_of.astype(np.int64))
    evaluation = _Evaluation.of(rungs, lapse, scores=scores, like=like)
    state = complete = RungState.initial(rungs=len(rungs), n=facts_as_of.n)
    evaluated: list[int] = []
    path, proxied, lapsed = [], [], []
    month, before = 0, np.empty(0, dtype=np.int32)
    while month < months:
        last = month == months - 1
        if last and partial:
            complete, state = state, state.at(np.arange(facts_as_of.n))
        day = as_of if last else np.datetime64(int(last_day(opens + month)), "D")
        now = MonthEnd(month=month, partial=partial and last, known=entry <= month)
        frame, flags = evaluation.advance(state, facts_as_of, day, now)
        if flags is not None:
            lapsed.append(flags)
        evaluated.append(month)
        path.append(state.rung)
        proxied.append(state.proxied())
        month += 1
        if month < months and not may_change[month]:
            after = state.memory(rungs, month=month - 1)
            if not may_change[month - 1] and np.array_equal(before, after):
                month += int(may_change[month:].argmax())
                state.carry_forward(month - 1, since=evaluated[-1])
            before = after
    return RungHistory(
        opens=opens,
        month=np.array(evaluated, dtype=np.int32),
        as_of=as_of,
        entry=entry,
        dated=dated,
        rung=np.stack(path),
        proxied=np.stack(proxied),
        lapsed=None if lapse is None else np.stack(lapsed),
        state=state,
        complete=complete if partial else state,
        frame=frame,
    )


def months_ahead(
    rungs: Sequence[Rung],
    lapse: Lapse | None,
    source: FactSource,
    *,
    state: RungState,
    opens: int,
    months: Sequence[int],
    like: Any,
) -> tuple[NDArray[np.int8], Mask | None]:
    """The rung of each customer at the end of each of the `months` after those that `state` has seen.

    The rungs are evaluated as in `rung_history`; months are numbered from `opens` as there, and follow each other.

    Args:
        rungs: the rungs, from low to high, which need facts alone.
        lapse: the rule of lapse; None: no flag.
        source: purchases and events of the n customers, known or drawn.
        state: the state at the end of the month before; it is advanced.
        opens: the month numbered 0, counted from 1970-01.
        months: the numbers of the months.
        like: the kind of frame that conditions are evaluated on.

    Returns:
        The rungs, (months, n), and whether each customer has lapsed, (months, n); None without the flag.
    """
    evaluation, known = _Evaluation.of(rungs, lapse, scores=None, like=like), np.ones(source.n, dtype=bool)
    path, lapsed = [], []
    for month in months:
        now = MonthEnd(month=month, partial=False, known=known)
        _, flags = evaluation.advance(state, source, np.datetime64(int(last_day(opens + month)), "D"), now)
        path.append(state.rung)
        if flags is not None:
            lapsed.append(flags)
    return np.stack(path), None if lapse is None else np.stack(lapsed)


@frozen(kw_only=True, eq=False)
class _Evaluation:
    """The evaluation of rungs and lapse at the end of a month.

    Attributes:
        rungs: the rungs, from low to high.
        lapse: the rule of lapse; None: no flag.
        columns: the columns that conditions need.
        facts: the facts among them and those of the lapse.
        scores: a model of purchases with fixed parameters, or None.
        like: the kind of frame that conditions are evaluated on.
    """

    rungs: Sequence[Rung]
    lapse: Lapse | None
    columns: tuple[str, ...]
    facts: tuple[str, ...]
    scores: FixedScores | None
    like: Any

    @classmethod
    def of(cls, rungs: Sequence[Rung], lapse: Lapse | None, *, scores: FixedScores | None, like: Any) -> _Evaluation:
        """The evaluation of these rungs."""
        columns = tuple(dict.fromkeys(name for rung in rungs for name in rung.needs))
        needed = (*(name for name in columns if name not in SCORES), *(() if lapse is None else lapse.needs))
        facts = tuple(dict.fromkeys(needed))
        return cls(rungs=rungs, lapse=lapse, columns=columns, facts=facts, scores=scores, like=like)

    def advance(self, state: RungState, source: Any, day: np.datetime64, now: MonthEnd) -> tuple[Any, Mask | None]:
        """Bring the state to the end of the month: the frame of conditions, and who has lapsed, (n,), if told."""
        facts = facts_at(source, day, self.facts)
        lapsed = None if self.lapse is None else self.lapse.of(**{name: facts[name] for name in self.lapse.needs})
        if self.scores is not None:
            facts |= self.scores.at(source, day, like=self.like)
        frame = new_frame({name: facts[name] for name in self.columns}, like=self.like, copy=False)
        state.advance(self.rungs, narrow(frame, need="CustomerLadder"), now)
        if (without := now.known & (state.rung == NO_RUNG)).any():
            shown = new_frame({"customer_id": source.customers, **facts}, like=self.like)
            _refuse_without_rung(shown, without, day=day)
        return frame, lapsed


def single_day_history(rungs: Sequence[Rung], lapse: Lapse | None, frame: Any) -> RungHistory:
    """The history of a single step: rungs, none with `hold` or `after`, evaluated on the facts of one day alone.

    Raises:
        DataError: a column is missing, or a customer is on no rung.
    """
    table = narrow(frame, need="place_snapshot")
    n = len(table)
    lapsed = None
    if lapse is not None:
        lapse_facts = {name: numbers(table, name, need="place_snapshot", nullable=True) for name in lapse.needs}
        lapsed = lapse.of(**lapse_facts)[None, :]
    frame = with_event_columns(frame, table, rungs)
    now = MonthEnd(month=0, partial=False, known=np.ones(n, dtype=bool))
    state = RungState.initial(rungs=len(rungs), n=n)
    state.advance(rungs, narrow(frame, need="place_snapshot"), now)
    _refuse_without_rung(frame, state.rung == NO_RUNG, day=None)
    return RungHistory(
        opens=0,
        month=np.zeros(1, dtype=np.int32),
        as_of=np.datetime64("NaT", "D"),
        entry=np.zeros(n, dtype=np.int64),
        dated=now.known,
        rung=state.rung[None, :],
        proxied=state.proxied()[None, :],
        lapsed=lapsed,
        state=state,
        complete=state,
        frame=frame,
    )


def _months(facts_as_of: FactsAsOf, *, as_of: np.datetime64) -> tuple[int, int, Whole, Mask]:
    """The first month, from 1970-01; number of months; each customer's month of entry, and whether that is dated."""
    known_since, last = facts_as_of.known_since, as_of.astype(np.int64)
    dated = (known_since != NEVER) & (known_since <= last)
    month = month_of(np.where(dated, known_since, last))
    opens = int(month.min())
    return opens, int(month_of(last)) - opens + 1, month - opens, dated


def _refuse_without_rung(frame: Any, without: Mask, *, day: np.datetime64 | None) -> None:
    if without.any():
        table = narrow(frame, need="CustomerLadder")
        law = "every customer must stand on a rung" + ("" if day is None else f" (on {day})")
        hint = 'add a bottom rung that everybody meets: kk.Rung(name="prospect", when=kk.column("purchase_days") >= 0).'
        raise DataError.at_rows(law, rows_where(table, without), of=len(table), unit="customers", hint=hint)
