"""Every customer's way up and down the rungs, month end by month end: the one definition behind place and careers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import add_columns, narrow, new_frame, numbers, rows_where
from kundkarriar.history.event_column import EventColumn, is_event_column
from kundkarriar.history.ledger import NEVER
from kundkarriar.history.past import FACTS
from kundkarriar.ladder.asked_events import asked_events, warn_of_absent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame
    from kundkarriar.history.past import Past
    from kundkarriar.ladder.lapse import Lapse
    from kundkarriar.ladder.rung import Rung

LONG_AGO = -(10**6)
NOWHERE = -1


@frozen(kw_only=True, eq=False)
class Walk:
    """Where every customer stood at each month end, and how they stand on the last day.

    Rungs are positions from 0, the lowest; `NOWHERE` before a customer was known. Steps are month ends in order;
    the last one is `as_of`, in the middle of its month or at its end.

    Attributes:
        days: the day of each step, (steps,).
        partial: whether the last step lies before the end of its month.
        entry: the step at which each customer became known, (n,).
        dated: whether it is known when that was, (n,).
        rung: at each step, (n, steps).
        lapsed: at each step, (n, steps); None where the ladder has no such flag.
        met: whether the last day's facts meet each rung, (rungs, n); `by_proxy`: through its proxy.
        last_met: the last step at which each rung was met, (rungs, n).
        months_kept: whole months on each rung or above without a break, to the last day, (rungs, n).
        months_on_rung: whole months on the rung of the last day, (n,).
        frame: the facts that the rungs were asked on, as of the last day.
    """

    days: tuple[np.datetime64, ...]
    partial: bool
    entry: NDArray[np.int64]
    dated: NDArray[np.bool_]
    rung: NDArray[np.int8]
    lapsed: NDArray[np.bool_] | None
    met: NDArray[np.bool_]
    by_proxy: NDArray[np.bool_]
    last_met: NDArray[np.int64]
    months_kept: NDArray[np.int64]
    months_on_rung: NDArray[np.int64]
    frame: Any


@define(kw_only=True, eq=False)
class _Standing:
    """What must be remembered from one month end to the next."""

    last_met: NDArray[np.int64]
    since: NDArray[np.int64] = field()
    on_rung_since: NDArray[np.int64]
    rung: NDArray[np.int8]

    @classmethod
    def before_all(cls, *, rungs: int, n: int) -> _Standing:
        return cls(
            last_met=np.full((rungs, n), LONG_AGO),
            since=np.full((rungs, n), NOWHERE),
            on_rung_since=np.full(n, NOWHERE),
            rung=np.full(n, NOWHERE, dtype=np.int8),
        )


def walk(rungs: Sequence[Rung], lapse: Lapse | None, past: Past, *, as_of: np.datetime64, like: Any) -> Walk:
    """Ask every rung at every month end since the first customer became known, and at `as_of`.

    Args:
        rungs: from low to high.
        lapse: what counts as silence, if anything does.
        past: purchases and events up to `as_of`.
        as_of: the last day.
        like: the kind of frame that conditions are asked on.

    Raises:
        DataError: a rung asks what is not a fact, or a customer stands on no rung.

    Warns:
        DataWarning: a rung asks for an event that never happened.
    """
    _check_facts(rungs)
    asked = asked_events(rungs)
    if past.events is not None:
        warn_of_absent(asked, past.events.names, where="`events`", stacklevel=3)
    days, entry, dated = _steps(past, as_of=as_of)
    partial = bool(as_of != _month_end(as_of.astype("datetime64[M]")))
    columns = dict.fromkeys(name for rung in rungs for name in rung.needs)
    silence = () if lapse is None else lapse.needs
    standing = _Standing.before_all(rungs=len(rungs), n=past.n)
    path = np.full((past.n, len(days)), NOWHERE, dtype=np.int8)
    lapsed = None if lapse is None else np.zeros((past.n, len(days)), dtype=bool)
    for step, day in enumerate(days):
        facts = past.facts_at(day, dict.fromkeys([*columns, *silence]))
        frame = new_frame({"customer_id": past.days.customers, **facts}, like=like)
        known = entry <= step
        now = _Moment(step=step, early=partial and step == len(days) - 1, known=known)
        met, by_proxy = _stand(rungs, standing, frame, now)
        _check_somewhere(frame, known & (standing.rung == NOWHERE), day=day)
        path[:, step] = standing.rung
        if lapse is not None and lapsed is not None:
            lapsed[:, step] = known & lapse.of(**{name: facts[name] for name in silence})
    return Walk(
        days=days,
        partial=partial,
        entry=entry,
        dated=dated,
        rung=path,
        lapsed=lapsed,
        met=met,
        by_proxy=by_proxy,
        last_met=standing.last_met,
        months_kept=now.months_since(standing.since),
        months_on_rung=now.months_since(standing.on_rung_since),
        frame=frame,
    )


def stand_once(rungs: Sequence[Rung], lapse: Lapse | None, frame: Any) -> Walk:
    """The walk of a single step: facts of one day, asked without any history.

    Args:
        rungs: from low to high, none with a memory.
        lapse: what counts as silence, if anything does.
        frame: the facts, one row per customer.

    Raises:
        DataError: a column is missing, or a customer stands on no rung.

    Warns:
        DataWarning: a rung asks for an event that no column counts, while others are counted.
    """
    table = narrow(frame, need="place_snapshot")
    n = len(table)
    lapsed = None
    if lapse is not None:
        silence = {name: numbers(table, name, need="place_snapshot", nullable=True) for name in lapse.needs}
        lapsed = lapse.of(**silence)[:, None]
    frame = _with_events(frame, table, rungs)
    now = _Moment(step=0, early=False, known=np.ones(n, dtype=bool))
    standing = _Standing.before_all(rungs=len(rungs), n=n)
    met, by_proxy = _stand(rungs, standing, frame, now)
    _check_somewhere(frame, standing.rung == NOWHERE, day=None)
    nothing = np.zeros(n, dtype=np.int64)
    return Walk(
        days=(np.datetime64("NaT", "D"),),
        partial=False,
        entry=nothing,
        dated=now.known,
        rung=standing.rung[:, None],
        lapsed=lapsed,
        met=met,
        by_proxy=by_proxy,
        last_met=standing.last_met,
        months_kept=np.zeros_like(standing.since),
        months_on_rung=nothing,
        frame=frame,
    )


def _with_events(frame: Any, table: NarrowFrame, rungs: Sequence[Rung]) -> Any:
    """The frame with a column for every count of events that rungs ask; unknown where it has none."""
    asked = dict.fromkeys(name for rung in rungs for name in rung.needs if is_event_column(name))
    counts = {name: EventColumn.checked(name) for name in asked if name not in table.columns}
    if not counts:
        return frame
    there = {str(EventColumn.of(name)): name for name in table.columns if is_event_column(name)}
    if there:
        events, happened = ([EventColumn.of(name).event for name in names] for names in (asked, there))
        warn_of_absent(events, happened, where="the facts", stacklevel=4)
    unknown = np.full(len(table), np.nan)
    return add_columns(
        frame,
        {name: table[there[str(count)]] if str(count) in there else unknown for name, count in counts.items()},
    )


@frozen(kw_only=True, eq=False)
class _Moment:
    """A step, whether it comes before its month is over, and who is known."""

    step: int
    early: bool
    known: NDArray[np.bool_]

    def months_since(self, step: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole months since an earlier step; 0 where that is now or never was."""
        passed = np.maximum(self.step - step - self.early, 0)
        return np.where(step == NOWHERE, 0, passed)


def _stand(
    rungs: Sequence[Rung], standing: _Standing, frame: Any, now: _Moment
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Bring `standing` to this moment; which rungs are met, and which by proxy, (rungs, n)."""
    names = [rung.name for rung in rungs]
    met, by_proxy, stands = (np.zeros((len(rungs), len(now.known)), dtype=bool) for _ in range(3))
    for number, rung in enumerate(rungs):
        by_right = rung.when.holds(frame)
        if rung.after is not None:
            below = names.index(rung.after.rung)
            kept = now.months_since(standing.since[below]) >= rung.after.months
            by_right &= stands[below:number].any(axis=0) & kept
        if rung.proxy is not None:
            by_proxy[number] = rung.proxy.holds(frame) & ~by_right & now.known
        met[number] = (by_right & now.known) | by_proxy[number]
        standing.last_met[number, met[number]] = now.step
        grace = 0 if rung.hold is None else rung.hold.months
        stands[number] = now.step - standing.last_met[number] <= grace
    highest = len(rungs) - 1 - np.argmax(stands[::-1], axis=0)
    _settle(standing, np.where(stands.any(axis=0), highest, NOWHERE).astype(np.int8), now)
    return met, by_proxy


def _settle(standing: _Standing, rung: NDArray[np.int8], now: _Moment) -> None:
    standing.on_rung_since = np.where(rung == standing.rung, standing.on_rung_since, now.step)
    standing.rung = rung
    for number, since in enumerate(standing.since):
        since[:] = np.where(rung < number, NOWHERE, np.where(since == NOWHERE, now.step, since))


def _steps(
    past: Past, *, as_of: np.datetime64
) -> tuple[tuple[np.datetime64, ...], NDArray[np.int64], NDArray[np.bool_]]:
    """The days to ask on, the step at which each customer enters, and whether that is dated."""
    known_since = past.known_since
    dated = (known_since != NEVER) & (known_since <= as_of.astype(np.int64))
    last = as_of.astype("datetime64[M]")
    month = np.where(dated, known_since, as_of.astype(np.int64)).astype("datetime64[D]").astype("datetime64[M]")
    first = month.min()
    months = np.arange(first, last)
    days = (*map(_month_end, months), as_of)
    return days, (month - first).astype(np.int64), dated


def _month_end(month: np.datetime64) -> np.datetime64:
    end: np.datetime64 = (month + 1).astype("datetime64[D]") - 1
    return end


def _check_facts(rungs: Sequence[Rung]) -> None:
    """A rung asks the history and nothing else: value, class and P(alive) stand beside it."""
    for rung in rungs:
        other = [name for name in rung.needs if name not in FACTS and not is_event_column(name)]
        if other:
            raise DataError.because(
                f"the rung `{rung.name}` asks for what is not a fact of the history: {other}.",
                hint=f"a rung asks for {[*FACTS]} or events_...; value, class and p_alive are asked in a strategy.",
            )


def _check_somewhere(frame: Any, nowhere: NDArray[np.bool_], *, day: np.datetime64 | None) -> None:
    if nowhere.any():
        table = narrow(frame, need="CustomerLadder")
        raise DataError.at_rows(
            "every customer must stand on a rung" + ("" if day is None else f" (on {day})"),
            rows_where(table, nowhere),
            of=len(table),
            unit="customers",
            hint="add a bottom rung that everybody meets: "
            'kk.Rung(name="prospect", when=kk.column("purchase_days") >= 0).',
        )
