"""Checks that the facts and events which rungs need exist; a misspelt event would otherwise go unnoticed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from kundkarriar.errors import DataError, warn
from kundkarriar.frames import NarrowFrame, add_columns
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.history.as_of.events import Events
from kundkarriar.history.as_of.fact_definitions import FACTS
from kundkarriar.ladder.rungs.fixed_scores import SCORES
from kundkarriar.ladder.rungs.presets import EVENTS
from kundkarriar.ladder.rungs.rung import Rung


def needed_events(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """The events that conditions of rungs need, in lower case, each once.

    Raises:
        DataError: the name of a column `events_...` is not valid.
    """
    columns = [name for rung in rungs for name in rung.needs if is_event_column(name)]
    return tuple(dict.fromkeys(EventColumn.checked(name).event for name in columns))


def warn_of_absent(needed: Sequence[str], happened: Collection[str], *, where: str) -> None:
    """Warn of events that rungs need and that never happened.

    The ladders of this library need events that a business may not have (`EVENTS`). These are reported only if there is
    an event that neither the rungs nor those ladders need: it may be the misspelt one.

    Args:
        needed: the events that rungs need.
        happened: the events in the data.
        where: how the message calls the data: "`events`".

    Warns:
        DataWarning: some events never happened.
    """
    absent = [name for name in dict.fromkeys(needed) if name not in happened]
    if set(happened) <= {*needed, *EVENTS}:
        absent = [name for name in absent if name not in EVENTS]
    if absent:
        warn(
            f"the rungs ask for events that never happened in {where}: {absent}; what happened there is "
            f"{sorted(set(happened))}. Check the spelling, or leave out the rungs that wait for them."
        )


def warn_of_missing_values(rungs: Sequence[Rung], events: Events) -> None:
    """Warn of events without a value on any row, though rungs need it: such a rung is never met.

    Args:
        rungs: the rungs of the ladder.
        events: the events in the data.

    Warns:
        DataWarning: there are such events.
    """
    columns = [EventColumn.checked(name) for rung in rungs for name in rung.needs if is_event_column(name)]
    valued = dict.fromkeys(column.event for column in columns if column.measure is not None)
    lacking = [name for name in valued if name in events.names and name not in events.valued_names]
    if lacking:
        warn(
            f"the rungs ask for the value of events that never have one in `events`: {lacking}. "
            "Give them a number in the column `value`."
        )


def with_event_columns(frame: Any, table: NarrowFrame, rungs: Sequence[Rung]) -> Any:
    """The frame with every column of events that rungs need; columns that it lacks are added with missing values.

    Args:
        frame: the facts of one day.
        table: the same facts as a narwhals frame.
        rungs: the rungs of the ladder.

    Warns:
        DataWarning: a condition needs an event that no column counts, while others are counted.
    """
    needed = dict.fromkeys(name for rung in rungs for name in rung.needs if is_event_column(name))
    counts = {name: EventColumn.checked(name) for name in needed if name not in table.columns}
    if not counts:
        return frame
    given = {str(EventColumn.of(name)): name for name in table.columns if is_event_column(name)}
    if given:
        events, happened = ([EventColumn.of(name).event for name in names] for names in (needed, given))
        warn_of_absent(events, happened, where="the facts")
    unknown = np.full(len(table), np.nan)
    return add_columns(
        frame, {name: table[given[str(count)]] if str(count) in given else unknown for name, count in counts.items()}
    )


def refuse_unknown_facts(rungs: Sequence[Rung], *, scored: bool) -> None:
    """Refuse rungs that need anything but facts of the history, such as value, class or P(alive), which are fitted.

    Args:
        rungs: the rungs of the ladder.
        scored: whether scores of a model with fixed parameters are given.

    Raises:
        DataError: a condition needs something else.
    """
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
