"""Tables of what customers are worth, as methods of a fitted career."""

from __future__ import annotations

from typing import Any, Generic

from kundkarriar.frames import FrameT
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer


class CareerWorth(Generic[FrameT]):
    """What customers are worth; a final class holds scorer, draws and history: see `FittedCareer`."""

    __slots__ = ()

    as_of: str
    seed: int
    scorer: FittedValueScorer
    draws: ValueDraws | None
    _table: FrameT
    _summary: Any

    @property
    def history(self) -> LadderHistory[FrameT]:
        """What was read of purchases and events."""
        raise NotImplementedError

    def customers(self) -> FrameT:
        """The table of customers."""
        raise NotImplementedError
