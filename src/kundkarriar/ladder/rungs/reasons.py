"""Why each customer is on the rung, in words, and the evidence that the rung rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.period import Period
from kundkarriar.frames import narrow, text_column
from kundkarriar.history.as_of.event_columns import is_event_column
from kundkarriar.ladder.rungs.fixed_scores import SCORES
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_facts import is_attribute
from kundkarriar.ladder.rungs.rung_history import RungHistory
from kundkarriar.ladder.rungs.unreachable_rungs import reachable_without_events


def last_day_columns(
    history: RungHistory, rungs: Sequence[Rung], *, path: Mapping[str, Any], events: bool, like: Any
) -> dict[str, Any]:
    """The columns of the rung on the last day, those of the `path` to it, its evidence and its reason.

    `events` says whether events were given; `like` is the kind of frame that the columns are for.
    """
    rung = history.rung[-1]
    return {
        "rung": text_column([each.name for each in rungs], rung, like=like),
        "rung_number": rung.astype(np.int64) + 1,
        **({} if history.lapsed is None else {"lapsed": history.lapsed[-1]}),
        **path,
        "evidence": evidence(rungs, rung, history.proxied[-1], events=events, like=like),
        "reason": reasons(rungs, history),
    }


def reasons(rungs: Sequence[Rung], history: RungHistory) -> NDArray[Any]:
    """The values and the time on other rungs that put each customer on the rung, (n,)."""
    text = np.full(len(history.entry), "", dtype=object)
    for number, rung in enumerate(rungs):
        at = np.flatnonzero(history.rung[-1] == number)
        if not len(at):
            continue
        frame = narrow(history.frame, need="reasons")[at.tolist()].to_native()
        met, by_proxy = history.state.met[number, at], history.state.by_proxy[number, at]
        text[at] = rung.when.reason(frame) + _for_months(rungs, rung, history, at)
        if rung.proxy is not None:
            text[at[by_proxy]] = ("by proxy: " + rung.proxy.reason(frame))[by_proxy]
        text[at[~met]] = _held_reason(rung, frame, history, number, at)[~met]
    return text


def evidence(
    rungs: Sequence[Rung], rung: NDArray[np.int8], proxied: Mask, *, events: bool, like: Any
) -> nw.Series[Any]:
    """What the rung of each row rests on, (rows,): purchases, events, attributes, a model, or purchases for events.

    `proxied` tells rows that are on the rung by proxy; `events` and `like` as in `last_day_columns`.
    """
    words = [*map(_basis, rungs), "purchases only"]
    if not events:
        said = _out_of_reach(rungs)
        words = [word + said for word in words]
    return text_column(words, np.where(proxied, len(rungs), rung), like=like)


def _out_of_reach(rungs: Sequence[Rung]) -> str:
    """The rungs that nobody can be on without events, in words; empty if there are none."""
    closed: list[str] = []
    for rung in rungs:
        needs_closed = rung.after is not None and rung.after.rung in closed and rung.proxy is None
        if needs_closed or not reachable_without_events(rung):
            closed.append(rung.name)
    return f"; without events nobody stands on {' or '.join(closed)}" if closed else ""


def _basis(rung: Rung) -> str:
    """What the rung's condition rests on: purchases, events, or a model of purchases; and attributes of customers."""
    asked = [name for name in rung.when.needs if not is_attribute(name)]
    history = "events" if any(map(is_event_column, asked)) else "purchases"
    if any(name in SCORES for name in asked):
        history = "a model of purchases"
    if len(asked) == len(rung.when.needs):
        return history
    return f"{history} and attributes" if asked else "attributes"


def _for_months(rungs: Sequence[Rung], rung: Rung, history: RungHistory, at: Whole) -> Any:
    """The time on the lower rung that `after` names, in words, (m,); empty without `after`."""
    if rung.after is None:
        return ""
    below = [each.name for each in rungs].index(rung.after.rung)
    kept = [f"{Period(months, 'M')} " if months else "" for months in history.months_kept[below, at]]
    return np.array([f" and {months}on {rung.after.rung} or above" for months in kept], dtype=object)


def _held_reason(rung: Rung, frame: Any, history: RungHistory, number: int, at: Whole) -> NDArray[Any]:
    """The lower bar that keeps customers; or why the condition fails now, and when it was last met, (m,)."""
    keep = None if rung.hold is None else rung.hold.keep
    why = (rung.when if keep is None else keep).explain(frame, answer=False)
    was = "met" if keep is None else "met or kept"
    days = history.day_of(np.maximum(history.state.last_held[number, at], 0))
    text = np.array(
        [
            f"held by grace: {reason + '; ' if reason else ''}last {was} on {day}"
            for reason, day in zip(why, days, strict=True)
        ],
        dtype=object,
    )
    if keep is not None:
        kept = history.state.kept[number, at]
        text[kept] = ("kept: " + keep.reason(frame))[kept]
    return text
