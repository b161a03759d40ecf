"""Why each customer stands where they stand, in words, and on what evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import narrow, text_column
from kundkarriar.history.as_of.event_columns import is_event_column
from kundkarriar.history.period import Period
from kundkarriar.ladder.rungs.fixed_scores import SCORES
from kundkarriar.ladder.rungs.unreachable_rungs import reachable_without_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray

    from kundkarriar.ladder.rungs.rung import Rung
    from kundkarriar.ladder.rungs.rung_history import Walk


def reasons(rungs: Sequence[Rung], path: Walk) -> NDArray[Any]:
    """The values that put each customer on their rung, and the time that did, (n,)."""
    text = np.full(len(path.entry), "", dtype=object)
    for number, rung in enumerate(rungs):
        at = np.flatnonzero(path.rung[-1] == number)
        if not len(at):
            continue
        frame = narrow(path.frame, need="reasons")[at.tolist()].to_native()
        met, by_proxy = path.met[number, at], path.by_proxy[number, at]
        text[at] = rung.when.reason(frame) + _for_months(rungs, rung, path, at)
        if rung.proxy is not None:
            text[at[by_proxy]] = ("by proxy: " + rung.proxy.reason(frame))[by_proxy]
        text[at[~met]] = _held(rung, frame, path, number, at)[~met]
    return text


def evidence(
    rungs: Sequence[Rung], rung: NDArray[np.int8], proxied: NDArray[np.bool_], *, events: bool, like: Any
) -> nw.Series[Any]:
    """What each row's rung rests on, (rows,): purchases, events, a model, or purchases in place of events.

    Args:
        rungs: from low to high.
        rung: that of each row, as a position, (rows,).
        proxied: whether it is stood on by proxy, (rows,).
        events: whether events were given at all.
        like: the kind of frame that the column is for.
    """
    words = [*map(_basis, rungs), "purchases only"]
    if not events:
        words = [word + _out_of_reach(rungs) for word in words]
    return text_column(words, np.where(proxied, len(rungs), rung), like=like)


def _out_of_reach(rungs: Sequence[Rung]) -> str:
    closed: list[str] = []
    for rung in rungs:
        needs_closed = rung.after is not None and rung.after.rung in closed and rung.proxy is None
        if needs_closed or not reachable_without_events(rung):
            closed.append(rung.name)
    return f"; without events nobody stands on {' or '.join(closed)}" if closed else ""


def _basis(rung: Rung) -> str:
    if any(name in SCORES for name in rung.when.needs):
        return "a model of purchases"
    return "events" if any(is_event_column(name) for name in rung.when.needs) else "purchases"


def _for_months(rungs: Sequence[Rung], rung: Rung, path: Walk, at: NDArray[np.int64]) -> Any:
    """How long the rung below was kept, where the rung asks for that; else nothing."""
    if rung.after is None:
        return ""
    below = [each.name for each in rungs].index(rung.after.rung)
    kept = [f"{Period(months, 'M')} " if months else "" for months in path.months_kept[below, at]]
    return np.array([f" and {months}on {rung.after.rung} or above" for months in kept], dtype=object)


def _held(rung: Rung, frame: Any, path: Walk, number: int, at: NDArray[np.int64]) -> NDArray[Any]:
    """What keeps them; or what fails now, and when the rung was last met."""
    keep = None if rung.hold is None else rung.hold.keep
    why = (rung.when if keep is None else keep).explain(frame, answer=False)
    was = "met" if keep is None else "met or kept"
    days = path.day_of(np.maximum(path.last_held[number, at], 0))
    text = np.array(
        [
            f"held by grace: {because + '; ' if because else ''}last {was} on {day}"
            for because, day in zip(why, days, strict=True)
        ],
        dtype=object,
    )
    if keep is not None:
        kept = path.kept[number, at]
        text[kept] = ("kept: " + keep.reason(frame))[kept]
    return text
