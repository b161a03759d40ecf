"""Every customer's way up and down the rungs, month end by month end: the one definition behind place and careers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import add_columns, narrow, new_frame, numbers, rows_where
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.history.as_of.facts_as_of import FACTS
from kundkarriar.history.calendar_months import is_last_day, last_day, month_of
from kundkarriar.history.ledger import NEVER
from kundkarriar.ladder.rungs.fixed_scores import SCORES
from kundkarriar.ladder.rungs.months_of_change import months_of_change
from kundkarriar.ladder.rungs.rung_events import asked_events, warn_of_absent, warn_of_valueless
from kundkarriar.ladder.rungs.rung_path import NOWHERE, highest, previous, since

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame
    from kundkarriar.history.as_of.facts_as_of import Past
    from kundkarriar.ladder.rungs.fixed_scores import FixedScores
    from kundkarriar.ladder.rungs.lapse import Lapse
    from kundkarriar.ladder.rungs.rung import Rung

LONG_AGO = -(10**9)


@frozen(kw_only=True, eq=False)
class Walk:
    """Where every customer stood at each month end, and how they stand on the last day.

    Rungs are positions from 0, the lowest; `NOWHERE` before a customer was known. Months are counted from the one in
    which the first customer became known; the last one ends with `as_of`, in the middle or at its end. Steps are the
    months that were asked, in order: all but those in which nobody's place or flag could change.

    Attributes:
        opens: the month counted as 0, from 1970-01.
        month: of each step, (steps,).
        as_of: the last day.
        entry: the month in which each customer became known, always a step, (n,).
        dated: whether it is known when that was, (n,).
        rung: at each step, (steps, n).
        proxied: whether they stand there by proxy, (steps, n).
        lapsed: at each step, (steps, n); None where the ladder has no such flag.
        met: whether the last day's facts meet each rung, (rungs, n); `by_proxy`: through its proxy; `kept`: not, but
            the lower bar that keeps it.
        last_held: the last month in which each rung was met or kept, (rungs, n).
        months_kept: whole months on a rung that others come after, or above it, without a break, to the last day,
            (rungs, n); nothing on rungs that none comes after.
        frame: the facts that the rungs were asked on, as of the last day.
    """

    opens: int
    month: NDArray[np.int32]
    as_of: np.datetime64
    entry: NDArray[np.int64]
    dated: NDArray[np.bool_]
    rung: NDArray[np.int8]
    proxied: NDArray[np.bool_]
    lapsed: NDArray[np.bool_] | None
    met: NDArray[np.bool_]
    by_proxy: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    last_held: NDArray[np.int32]
    months_kept: NDArray[np.int32]
    frame: Any

    @property
    def months(self) -> int:
        """How many, asked or not."""
        return int(self.month[-1]) + 1

    @property
    def partial(self) -> bool:
        """Whether the last day lies before the end of its month."""
        return not is_last_day(self.as_of.astype(np.int64))

    def day_of(self, month: NDArray[np.int32]) -> NDArray[np.datetime64]:
        """The day on which each month was asked, or would have been."""
        return np.asarray(np.minimum(last_day(self.opens + month).astype("datetime64[D]"), self.as_of))

    def months_on_rung(self) -> NDArray[np.int32]:
        """Whole months since the rung of each step was taken, (steps, n); the last step may come early."""
        months = self.month[:, None] - since(self.rung, month=self.month)
        if self.partial:
            months[-1] = np.maximum(months[-1] - 1, 0)
        return months

    def previous_rung(self) -> NDArray[np.int8]:
        """The rung before that of each step, (steps, n)."""
        return previous(self.rung)

    def highest_rung(self) -> NDArray[np.int8]:
        """The highest rung up to each step, (steps, n)."""
        return highest(self.rung)


@define(kw_only=True, eq=False)
class _Standing:
    """What must be remembered from one month end to the next; months in 32 bits, for there are many customers."""

    last_held: NDArray[np.int32]
    since: NDArray[np.int32]
    stands: NDArray[np.bool_]
    met: NDArray[np.bool_]
    by_proxy: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    rung: NDArray[np.int8] = field()

    @classmethod
    def before_all(cls, *, rungs: int, n: int) -> _Standing:
        no = np.zeros((rungs, n), dtype=bool)
        return cls(
            last_held=np.full((rungs, n), LONG_AGO, dtype=np.int32),
            since=np.full((rungs, n), NOWHERE, dtype=np.int32),
            stands=no,
            met=no.copy(),
            by_proxy=no.copy(),
            kept=no.copy(),
            rung=np.full(n, NOWHERE, dtype=np.int8),
        )

    def proxied(self) -> NDArray[np.bool_]:
        """Who stands on their rung by proxy, (n,)."""
        answer = np.zeros(len(self.rung), dtype=bool)
        for number, by_proxy in enumerate(self.by_proxy):
            if by_proxy.any():
                answer |= by_proxy & (self.rung == number)
        return answer

    def clocks(self, rungs: Sequence[Rung], *, month: int) -> NDArray[np.int32]:
        """What decides how this goes on while the facts stay as they are, (3, rungs, n).

        Each rung's standing, how long ago it was met, and how long it has been kept, as far as that counts: the same
        two months running, they are the same from then on.
        """
        grace = np.array([1 + (0 if rung.hold is None else rung.hold.months) for rung in rungs], dtype=np.int32)
        longest = max((rung.after.months for rung in rungs if rung.after is not None), default=0)
        unmet = np.minimum(month - self.last_held, grace[:, None])
        kept = np.where(self.since == NOWHERE, NOWHERE, np.minimum(month - self.since, longest + 1))
        return np.stack([self.stands, unmet, kept])

    def rest_until(self, month: int, *, since: int) -> None:
        """Nothing has changed since a month: what was met then was met until this one."""
        self.last_held[self.last_held == since] = month


def walk(
    rungs: Sequence[Rung],
    lapse: Lapse | None,
    past: Past,
    *,
    as_of: np.datetime64,
    scores: FixedScores | None = None,
    like: Any,
) -> Walk:
    """Ask every rung at every month end since the first customer became known, and at `as_of`.

    Month ends are left out where the answers would be those of the month before: where no fact that is asked can have
    changed, and no grace or time on a rung runs. One purchase dated 1900 does not cost a century of months.

    Args:
        rungs: from low to high.
        lapse: what counts as silence, if anything does.
        past: purchases and events up to `as_of`.
        as_of: the last day.
        scores: what rungs may ask beside the facts, if anything.
        like: the kind of frame that conditions are asked on.

    Raises:
        DataError: a rung asks what is not a fact, scores are not older than the careers, or a customer stands on no
            rung.

    Warns:
        DataWarning: a rung asks for an event that never happened, or for the value of events that have none.
    """
    _check_facts(rungs, scored=scores is not None)
    asked = asked_events(rungs)
    if past.events is not None:
        warn_of_absent(asked, past.events.names, where="`events`", stacklevel=3)
        warn_of_valueless(rungs, past.events, stacklevel=3)
    opens, months, entry, dated = _months(past, as_of=as_of)
    if scores is not None:
        scores.check_older_than(np.datetime64(opens, "M"))
    may_change = months_of_change(rungs, lapse, past, first=opens, months=months, scored=scores is not None)
    partial = not is_last_day(as_of.astype(np.int64))
    columns = tuple(dict.fromkeys(name for rung in rungs for name in rung.needs))
    silence = () if lapse is None else lapse.needs
    standing = _Standing.before_all(rungs=len(rungs), n=past.n)
    asked_in: list[int] = []
    path, proxied, lapsed = [], [], []
    month, before = 0, np.empty(0, dtype=np.int32)
    while month < months:
        last = month == months - 1
        day = as_of if last else np.datetime64(int(last_day(opens + month)), "D")
        facts = past.facts_at(day, dict.fromkeys([*(name for name in columns if name not in SCORES), *silence]))
        if lapse is not None:
            lapsed.append(lapse.of(**{name: facts[name] for name in silence}))
        if scores is not None:
            facts |= scores.at(past, day, like=like)
        frame = new_frame({name: facts[name] for name in columns}, like=like, copy=False)
        known = entry <= month
        now = _Moment(month=month, early=partial and last, known=known)
        _stand(rungs, standing, frame, now)
        _check_somewhere(past, facts, known & (standing.rung == NOWHERE), day=day, like=like)
        asked_in.append(month)
        path.append(standing.rung)
        proxied.append(standing.proxied())
        month += 1
        if month < months and not may_change[month]:
            after = standing.clocks(rungs, month=month - 1)
            if not may_change[month - 1] and np.array_equal(before, after):
                month += int(may_change[month:].argmax())
                standing.rest_until(month - 1, since=asked_in[-1])
            before = after
    return Walk(
        opens=opens,
        month=np.array(asked_in, dtype=np.int32),
        as_of=as_of,
        entry=entry,
        dated=dated,
        rung=np.stack(path),
        proxied=np.stack(proxied),
        lapsed=None if lapse is None else np.stack(lapsed),
        met=standing.met,
        by_proxy=standing.by_proxy,
        kept=standing.kept,
        last_held=standing.last_held,
        months_kept=now.months_since(standing.since),
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
        lapsed = lapse.of(**silence)[None, :]
    frame = _with_events(frame, table, rungs)
    now = _Moment(month=0, early=False, known=np.ones(n, dtype=bool))
    standing = _Standing.before_all(rungs=len(rungs), n=n)
    _stand(rungs, standing, frame, now)
    _refuse_nowhere(frame, standing.rung == NOWHERE, day=None)
    return Walk(
        opens=0,
        month=np.zeros(1, dtype=np.int32),
        as_of=np.datetime64("NaT", "D"),
        entry=np.zeros(n, dtype=np.int64),
        dated=now.known,
        rung=standing.rung[None, :],
        proxied=standing.proxied()[None, :],
        lapsed=lapsed,
        met=standing.met,
        by_proxy=standing.by_proxy,
        kept=standing.kept,
        last_held=standing.last_held,
        months_kept=np.zeros_like(standing.since),
        frame=frame,
    )


def _with_events(frame: Any, table: NarrowFrame, rungs: Sequence[Rung]) -> Any:
    """The frame with a column for everything about events that rungs ask; unknown where it has none."""
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
    """A month, whether it is asked before it is over, and who is known."""

    month: int
    early: bool
    known: NDArray[np.bool_]

    def months_since(self, month: NDArray[np.int32]) -> NDArray[np.int32]:
        """Whole months since an earlier one; 0 where that is now or never was."""
        passed = np.maximum(np.int32(self.month - self.early) - month, np.int32(0))
        return np.where(month == NOWHERE, np.int32(0), passed)


def _stand(rungs: Sequence[Rung], standing: _Standing, frame: Any, now: _Moment) -> None:
    """Bring `standing` to this moment."""
    names = [rung.name for rung in rungs]
    place = np.full(len(now.known), NOWHERE, dtype=np.int8)
    for number, rung in enumerate(rungs):
        met = rung.when.holds(frame) & now.known
        if rung.after is not None:
            below = names.index(rung.after.rung)
            met &= now.months_since(standing.since[below]) >= rung.after.months
            met &= standing.stands[below:number].any(axis=0)
        if rung.proxy is not None:
            by_proxy = rung.proxy.holds(frame) & ~met & now.known
            met |= by_proxy
            standing.by_proxy[number] = by_proxy
        standing.met[number] = met
        standing.stands[number] = _held(rung, standing, frame, now, number=number)
        place[standing.stands[number]] = number
    standing.rung = place
    for number in {names.index(rung.after.rung) for rung in rungs if rung.after is not None}:
        kept = standing.since[number]
        kept[:] = np.where(place < number, NOWHERE, np.where(kept == NOWHERE, now.month, kept))


def _held(rung: Rung, standing: _Standing, frame: Any, now: _Moment, *, number: int) -> NDArray[np.bool_]:
    """Who stands on a rung, where it is known who meets it: they, and who is kept there or has grace, (n,)."""
    met: NDArray[np.bool_] = standing.met[number]
    if rung.hold is None:
        np.copyto(standing.last_held[number], now.month, where=met)
        return met
    held: NDArray[np.bool_] = met
    if rung.hold.keep is not None:
        standing.kept[number] = rung.hold.keep.holds(frame) & standing.stands[number] & ~met
        held = met | standing.kept[number]
    np.copyto(standing.last_held[number], now.month, where=held)
    if not rung.hold.months:
        return held
    within: NDArray[np.bool_] = standing.last_held[number] >= now.month - rung.hold.months
    return within


def _months(past: Past, *, as_of: np.datetime64) -> tuple[int, int, NDArray[np.int64], NDArray[np.bool_]]:
    """The first month, from 1970-01, and how many; in which of them each customer enters, and whether that is dated."""
    known_since, last = past.known_since, as_of.astype(np.int64)
    dated = (known_since != NEVER) & (known_since <= last)
    month = month_of(np.where(dated, known_since, last))
    opens = int(month.min())
    return opens, int(month_of(last)) - opens + 1, month - opens, dated


def _check_facts(rungs: Sequence[Rung], *, scored: bool) -> None:
    """A rung asks the history and nothing fitted to it: value, class and P(alive) stand beside it."""
    for rung in rungs:
        other = [name for name in rung.needs if not (name in FACTS or is_event_column(name))]
        other = [name for name in other if not (scored and name in SCORES)]
        if other:
            raise DataError.because(
                f"the rung `{rung.name}` asks for what is not a fact of the history: {other}.",
                hint=f"a rung asks for {[*FACTS]} or events_...; value, class and p_alive are asked in a strategy."
                + _how_to_score(other),
            )


def _how_to_score(other: Iterable[str]) -> str:
    if not set(other) <= set(SCORES):
        return ""
    return ' With parameters fixed before the first month: scores=kk.FixedScores(model=..., horizon="12M").'


def _check_somewhere(
    past: Past, facts: dict[str, Any], nowhere: NDArray[np.bool_], *, day: np.datetime64, like: Any
) -> None:
    if nowhere.any():
        _refuse_nowhere(new_frame({"customer_id": past.days.customers, **facts}, like=like), nowhere, day=day)


def _refuse_nowhere(frame: Any, nowhere: NDArray[np.bool_], *, day: np.datetime64 | None) -> None:
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
