"""Rungs to come of a career, by microsimulation with the scorer's own fitted process."""

from __future__ import annotations

from typing import Any, Generic

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.calendar_months import is_last_day, month_of
from kundkarriar.dates.period import as_day, day_number
from kundkarriar.errors import CapabilityError
from kundkarriar.frames import FrameT
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation, Microsimulation
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer

DRAWS = 200
"""Draws of a career whose values were not drawn."""


class CareerMovement(Generic[FrameT]):
    """Forecasts of rungs; a final class holds scorer and history: see `FittedCareer`."""

    __slots__ = ()

    as_of: str
    seed: int
    scorer: FittedValueScorer
    draws: ValueDraws | None

    @property
    def history(self) -> LadderHistory[FrameT]:
        """What was read of purchases and events."""
        raise NotImplementedError

    @property
    def movement(self) -> FittedMicrosimulation:
        """The microsimulation of the scorer's process, with as many draws as the values have, and the same seed.

        Raises:
            CapabilityError: the career was read back and has no history; the model cannot date purchases.
        """
        draws = DRAWS if self.draws is None else len(self.draws)
        return Microsimulation(process=self.scorer, draws=draws, seed=self.seed).fit(self.history)

    def forecast(self, *, horizon: str = "6M") -> FrameT:
        """Probabilities of each customer's rung in the months ahead: see `FittedMicrosimulation.forecast`."""
        return self.movement.forecast(self.history, horizon=horizon)

    def sizes(self, *, horizon: str = "6M", level: float = 0.9) -> FrameT:
        """Number of customers on each rung in the months ahead: see `FittedMicrosimulation.sizes`."""
        return self.movement.sizes(self.history, horizon=horizon, level=level)

    def time_to(self, rung: str, *, horizon: str = "24M", level: float = 0.9) -> FrameT:
        """Share of customers who reach a rung by each month ahead: see `FittedMicrosimulation.time_to`."""
        return self.movement.time_to(rung, self.history, horizon=horizon, level=level)

    def foreseen(self, later: Any) -> Array | None:
        """Probability of each rung at the end of the day `later`, as this career foresees it, (n, rungs).

        None where it does not: on a day that is no month end, or of a career without history or dated purchases.
        """
        day, now = (day_number(as_day(each, name="as_of")) for each in (later, self.as_of))
        months = int(month_of(day) - month_of(now)) + (not is_last_day(now))
        if not is_last_day(day) or months < 1:
            return None
        try:
            return self.movement.at_end(self.history, horizon=f"{months}M")
        except CapabilityError:
            return None


def probability_of(foreseen: Array | None, *, rung: Any, row: Any) -> Array:
    """The foreseen probability of a rung, a place among them, of customers by their `row`; NaN where either is -1."""
    known = (row >= 0) & (rung >= 0)
    if foreseen is None:
        return np.full(len(known), np.nan)
    return np.where(known, foreseen[np.where(known, row, 0), np.where(known, rung, 0)], np.nan)
