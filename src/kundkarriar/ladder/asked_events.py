"""Events that rungs ask for, against the events there are: a misspelt one would never hold, and never say so."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from kundkarriar.errors import DataWarning
from kundkarriar.history.event_column import EventColumn, is_event_column
from kundkarriar.ladder.presets import EVENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kundkarriar.ladder.rung import Rung


def asked_events(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """The events that rungs ask for, in lower case, each once.

    Raises:
        DataError: a column that counts no events.
    """
    asked = [name for rung in rungs for name in rung.needs if is_event_column(name)]
    return tuple(dict.fromkeys(EventColumn.checked(name).event for name in asked))


def warn_of_absent(asked: Sequence[str], happened: Collection[str], *, where: str, stacklevel: int) -> None:
    """Name the events that rungs wait for in vain.

    The library's own ladders ask for events that a business may not have. Their names count as misspelt only where
    something happened that no rung asks for.

    Args:
        asked: the events that rungs ask for.
        happened: the events there are.
        where: what they are in, as in a sentence.
        stacklevel: as the caller would give it to `warnings.warn`.

    Warns:
        DataWarning: some never happened.
    """
    absent = [name for name in dict.fromkeys(asked) if name not in happened]
    if set(happened) <= set(asked):
        absent = [name for name in absent if name not in EVENTS]
    if absent:
        warnings.warn(
            f"the rungs ask for events that never happened in {where}: {absent}; what happened there is "
            f"{sorted(set(happened))}. Check the spelling, or leave out the rungs that wait for them.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )
