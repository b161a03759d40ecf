"""The events that a career was fitted with, as a frame for its plans."""

from typing import Any

from kundkarriar.dates.period import day_number
from kundkarriar.frames import FrameT
from kundkarriar.ladder.ladder_history import LadderHistory


def known_events(history: LadderHistory[FrameT] | None) -> Any:
    """The rows up to the day of the career; None where no events were given, or the career has no history."""
    if history is None or history.facts_as_of.events is None:
        return None
    rows = history.facts_as_of.events.rows
    read = rows.day <= day_number(history.facts_as_of.as_of)
    return rows.table.filter(read.tolist()).to_native()
