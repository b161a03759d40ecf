"""Why each customer stands where they stand, in words, and on what evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import narrow
from kundkarriar.history.period import Period
from kundkarriar.ladder.winnable import reachable_without_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.ladder.rung import Rung
    from kundkarriar.ladder.walk import Walk


def reasons(rungs: Sequence[Rung], path: Walk) -> NDArray[Any]:
    """The values that put each customer on their rung, and the time that did, (n,)."""
    text = np.full(len(path.entry), "", dtype=object)
    for number, rung in enumerate(rungs):
        at = np.flatnonzero(path.rung[:, -1] == number)
        if not len(at):
            continue
        frame = narrow(path.frame, need="reasons")[at.tolist()].to_native()
        met, by_proxy = path.met[number, at], path.by_proxy[number, at]
        text[at] = _by_right(rung, frame) + _for_months(rungs, rung, path, at)
        if rung.proxy is not None:
            text[at[by_proxy]] = ("by proxy: " + rung.proxy.reason(frame))[by_proxy]
        text[at[~met]] = _held(rung, frame, path, number, at)[~met]
    return text


def evidence(rungs: Sequence[Rung], rung: NDArray[np.int8], by_proxy: NDArray[np.bool_], *, events: bool) -> Any:
    """What each customer's rung rests on, (n,): purchases, events, or purchases in place of events.

    Args:
        rungs: from low to high.
        rung: each customer's, as a position, (n,).
        by_proxy: which rungs they stand on by proxy, (rungs, n).
        events: whether events were given at all.
    """
    told = np.array(["events" if _asks_events(each) else "purchases" for each in rungs], dtype=object)
    proxied = by_proxy[rung, np.arange(len(rung))]
    text = np.where(proxied, "purchases only", told[rung])
    return text if events else text + _out_of_reach(rungs)


def _out_of_reach(rungs: Sequence[Rung]) -> str:
    closed: list[str] = []
    for rung in rungs:
        needs_closed = rung.after is not None and rung.after.rung in closed and rung.proxy is None
        if needs_closed or not reachable_without_events(rung):
            closed.append(rung.name)
    return f"; without events nobody stands on {' or '.join(closed)}" if closed else ""


def _asks_events(rung: Rung) -> bool:
    return any(name.startswith("events_") for name in rung.when.needs)


def _by_right(rung: Rung, frame: Any) -> NDArray[Any]:
    return rung.when.reason(frame)


def _for_months(rungs: Sequence[Rung], rung: Rung, path: Walk, at: NDArray[np.int64]) -> Any:
    """How long the rung below was kept, where the rung asks for that; else nothing."""
    if rung.after is None:
        return ""
    below = [each.name for each in rungs].index(rung.after.rung)
    kept = [f"{Period(months, 'M')} " if months else "" for months in path.months_kept[below, at]]
    return np.array([f" and {months}on {rung.after.rung} or above" for months in kept], dtype=object)


def _held(rung: Rung, frame: Any, path: Walk, number: int, at: NDArray[np.int64]) -> NDArray[Any]:
    """What fails now, and when the rung was last met."""
    why = rung.when.explain(frame, answer=False)
    days = [path.days[max(step, 0)] for step in path.last_met[number, at]]
    return np.array(
        [
            f"held by grace: {because + '; ' if because else ''}last met on {day}"
            for because, day in zip(why, days, strict=True)
        ],
        dtype=object,
    )
