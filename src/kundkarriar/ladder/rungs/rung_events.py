"""Events that rungs ask for, against the events there are: a misspelt one would never hold, and never say so."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from kundkarriar.errors import DataWarning
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.ladder.rungs.presets import EVENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kundkarriar.history.as_of.events import Events
    from kundkarriar.ladder.rungs.rung import Rung


def asked_events(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """The events that rungs ask for, in lower case, each once.

    Raises:
        DataError: no column about events.
    """
    asked = [name for rung in rungs for name in rung.needs if is_event_column(name)]
    return tuple(dict.fromkeys(EventColumn.checked(name).event for name in asked))


def warn_of_absent(asked: Sequence[str], happened: Collection[str], *, where: str, stacklevel: int) -> None:
    """Name the events that rungs wait for in vain.

    The library's own ladders ask for events that a business may not have. Their names count as misspelt only where
    something happened that neither these rungs nor those ladders ask for.

    Args:
        asked: the events that rungs ask for.
        happened: the events there are.
        where: what they are in, as in a sentence.
        stacklevel: as the caller would give it to `warnings.warn`.

    Warns:
        DataWarning: some never happened.
    """
    absent = [name for name in dict.fromkeys(asked) if name not in happened]
    if set(happened) <= {*asked, *EVENTS}:
        absent = [name for name in absent if name not in EVENTS]
    if absent:
        warnings.warn(
            f"the rungs ask for events that never happened in {where}: {absent}; what happened there is "
            f"{sorted(set(happened))}. Check the spelling, or leave out the rungs that wait for them.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )


def warn_of_valueless(rungs: Sequence[Rung], events: Events, *, stacklevel: int) -> None:
    """Name the events whose value rungs ask for, and that never had one: such a rung is never met.

    Args:
        rungs: of the ladder.
        events: what happened.
        stacklevel: as the caller would give it to `warnings.warn`.

    Warns:
        DataWarning: there are such events.
    """
    asked = [EventColumn.checked(name) for rung in rungs for name in rung.needs if is_event_column(name)]
    valued = dict.fromkeys(found.event for found in asked if found.measure is not None)
    lacking = [name for name in valued if name in events.names and name not in events.valued_names]
    if lacking:
        warnings.warn(
            f"the rungs ask for the value of events that never have one in `events`: {lacking}. "
            "Give them a number in the column `value`.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )
