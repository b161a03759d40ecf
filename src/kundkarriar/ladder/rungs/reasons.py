"""Why each customer is on the rung, in words, and the evidence that the rung rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kundkarriar.arrays import Whole
from kundkarriar.dates.period import Period
from kundkarriar.frames import narrow, nulls, text_column
from kundkarriar.history.as_of.event_columns import is_event_column
from kundkarriar.ladder.rungs.fixed_scores import SCORES
from kundkarriar.ladder.rungs.rung import After, Rung
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
        **({} if history.lapsed is None else {"lapsed": history.lapsed[-1].copy()}),
        **path,
        "evidence": text_column(
            evidence_words(rungs, events=events), np.where(history.proxied[-1], len(rungs), rung), like=like
        ),
        "reason": reasons(rungs, history, like=like),
    }


def reasons(rungs: Sequence[Rung], history: RungHistory, *, like: Any) -> nw.Series[Any]:
    """The values and the time on other rungs that put each customer on the rung, (n,)."""
    words: list[str] = []
    code = np.zeros(len(history.entry), np.int32)
    for number, rung in enumerate(rungs):
        on = np.flatnonzero(history.rung[-1] == number)
        if not len(on):
            continue
        alike, first = _alike(rungs, history, number, on)
        at = on[first]
        frame = narrow(history.frame, need="reasons")[at.tolist()].to_native()
        met, by_proxy = history.state.met[number, at], history.state.by_proxy[number, at]
        text = rung.when.reason(frame) + _for_months(rungs, rung, history, at)
        if rung.proxy is not None:
            text[by_proxy] = ("by proxy: " + rung.proxy.reason(frame))[by_proxy]
        text[~met] = _held_reason(rung, frame, history, number, at)[~met]
        code[on] = len(words) + alike
        words += text.tolist()
    return text_column(words, code, like=like)


def _alike(rungs: Sequence[Rung], history: RungHistory, number: int, on: Whole) -> tuple[Whole, Whole]:
    """Groups of the m customers `on` a rung who share a reason: the group of each, (m,), and the first of each group.

    Everybody is a group where a function is asked, which may see all rows, or a column of other values than numbers.
    """
    rung, state, table = rungs[number], history.state, narrow(history.frame, need="reasons")
    each = np.arange(len(on))
    met = state.met[number, on]
    told = [met, state.by_proxy[number, on], state.kept[number, on], np.where(met, 0, state.last_held[number, on])]
    if rung.after is not None:
        told.append(history.months_kept(_below(rungs, rung.after))[on])
    for name in rung.needs:
        values, missing = table[name].to_numpy(), table[name].dtype.is_integer() and nulls(table[name]).any()
        if values.dtype.kind not in "iufbM" or missing:
            return each, each
        told.append(values[on].astype(np.float64).view(np.int64) if values.dtype.kind == "f" else values[on])
    if any(condition.functions() for condition in rung.all_conditions):
        return each, each
    group = np.zeros(len(on), np.int64)
    for values in told:
        if (values != values[0]).any():
            codes, distinct = pd.factorize(values)
            group, _ = pd.factorize(group * len(distinct) + codes)
    first = np.zeros(int(group.max()) + 1, np.int64)
    first[group[::-1]] = each[::-1]  # the last one written is the first customer
    return group, first


def evidence_words(rungs: Sequence[Rung], *, events: bool) -> list[str]:
    """What each rung rests on (purchases, events, attributes, a model), and last, of any by proxy: purchases only.

    `events` as in `last_day_columns`.
    """
    said = "" if events else _out_of_reach(rungs)
    return [word + said for word in (*map(_basis, rungs), "purchases only")]


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
    months_kept = history.months_kept(_below(rungs, rung.after))[at]
    kept = [f"{Period(months, 'M')} " if months else "" for months in months_kept]
    return np.array([f" and {months}on {rung.after.rung} or above" for months in kept], dtype=object)


def _below(rungs: Sequence[Rung], after: After) -> int:
    """The number of the rung that `after` names."""
    return [each.name for each in rungs].index(after.rung)


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
