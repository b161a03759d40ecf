"""Rungs to come of a career: by microsimulation with the scorer's own fitted process, blended with chains."""

from __future__ import annotations

from typing import Any, Generic

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.calendar_months import is_last_day, month_of
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import as_day, day_number
from kundkarriar.errors import CapabilityError, KundkarriarError, collected, law_and_hint, warn
from kundkarriar.frames import FrameT
from kundkarriar.ladder.blend.blended_movement import BlendedMovement, FittedBlendedMovement
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation, Microsimulation
from kundkarriar.ladder.movement.chain_mixture import ChainMixture
from kundkarriar.ladder.rungs.memory import remembered
from kundkarriar.ladder.rungs.rung_facts import needed_events
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer

DRAWS = 200
"""Draws of a career whose values were not drawn."""
MOST_MONTHS = 6
"""Most months by which the parts of a blend are judged; at most a quarter of the history, for chains learn from it."""


class CareerMovement(Generic[FrameT]):
    """Forecasts of rungs; a final class holds scorer and history: see `FittedCareer`."""

    __slots__ = ()

    career: Any
    as_of: str
    seed: int
    scorer: FittedValueScorer
    draws: ValueDraws | None
    _kept: dict[str, Any]

    @property
    def history(self) -> LadderHistory[FrameT]:
        """What was read of purchases and events."""
        raise NotImplementedError

    @property
    def microsimulation(self) -> FittedMicrosimulation:
        """The microsimulation of the scorer's process, with as many draws as the values have, and the same seed.

        It has flows, value and scenarios too: `career.microsimulation.value(career.history)`.

        Raises:
            CapabilityError: the career was read back and has no history; the model cannot date purchases.
        """
        return self._by_process(self.scorer).fit(self.history)

    @property
    def movement(self) -> FittedMicrosimulation | FittedBlendedMovement:
        """What `forecast`, `sizes` and `time_to` ask, fitted once: the microsimulation, or its blend with chains.

        A blend is better where the rungs remember nothing, or ask for events: `movement.weights()` has what each part
        earned in the last quarter of the history, at most 6 months, with a scorer that was fitted to what was known
        before. The process of the blend is the career's own.

        Raises:
            CapabilityError: as `microsimulation`.

        Warns:
            DataWarning: no weights can be learnt, and the microsimulation stands alone: the history is too short, a
                part cannot be fitted to it, or the models of the scorer were given fitted.
        """
        movement, alone = self._movement()
        if alone:
            warn(f"rungs to come are told by the process alone, where a blend with chains would be better: {alone}")
        return movement

    def _movement(self) -> tuple[FittedMicrosimulation | FittedBlendedMovement, str]:
        """The movement, and why it is the microsimulation alone where a blend would be better."""
        if "movement" not in self._kept:
            self._kept["movement"] = self._fitted()
        kept: tuple[FittedMicrosimulation | FittedBlendedMovement, str] = self._kept["movement"]
        return kept

    def _fitted(self) -> tuple[FittedMicrosimulation | FittedBlendedMovement, str]:
        history, micro = self.history, self.microsimulation
        events = history.facts_as_of.has_events and needed_events(history.rungs)
        if remembered(history.rungs, history.lapse) and not events:
            return micro, ""
        span = f"{min(max(_months(history) // 4, 1), MOST_MONTHS)}M"
        chains = ChainMixture(rungs=[rung.name for rung in history.rungs], seed=self.seed)
        try:
            with collected():  # of chains on rungs that remember, and of fits to less than the career has
                parts = (chains, self._by_process(self.scorer.scorer))
                blend = BlendedMovement(parts=parts, origin=span, horizon=span)
                return blend.weighted(history, parts=(chains.fit(history), micro)), ""
        except KundkarriarError as error:
            return micro, law_and_hint(error)[0]

    def _by_process(self, scorer: Any) -> Microsimulation:
        draws = DRAWS if self.draws is None else len(self.draws)
        return Microsimulation(process=scorer, draws=draws, seed=self.seed)

    def forecast(self, *, horizon: str = "6M") -> FrameT:
        """Probabilities of each customer's rung in the months ahead: see `movement`."""
        return self.movement.forecast(self.history, horizon=horizon)

    def sizes(self, *, horizon: str = "6M", level: float = 0.9) -> FrameT:
        """Number of customers on each rung in the months ahead: see `movement`."""
        return self.movement.sizes(self.history, horizon=horizon, level=level)

    def time_to(self, rung: str, *, horizon: str = "24M", level: float = 0.9) -> FrameT:
        """Share of customers who reach a rung by each month ahead: see `movement`.

        Within a month the microsimulation alone tells it: chains begin at a month end, where others stand on the rungs.
        """
        movement, last = self.movement, day_number(as_day(self.as_of, name="as_of"))
        if isinstance(movement, FittedBlendedMovement) and not is_last_day(last):
            movement = self.microsimulation
        return movement.time_to(rung, self.history, horizon=horizon, level=level)

    def class_forecast(self, *, level: float = 0.9) -> FrameT:
        """Number and value of customers by the class of their realised value and the rung at the horizon's end.

        By the career's classifier and microsimulation: see `FittedMicrosimulation.class_forecast`.
        """
        return self.microsimulation.class_forecast(self.history, classifier=self.career.classifier, level=level)

    def foreseen(self, later: Any) -> Array | None:
        """Probability of each rung at the end of the day `later`, as this career foresees it, (n, rungs).

        None where it does not: on a day that is no month end, or of a career without history or dated purchases.
        """
        day, now = (day_number(as_day(each, name="as_of")) for each in (later, self.as_of))
        months = int(month_of(day) - month_of(now)) + (not is_last_day(now))
        if not is_last_day(day) or months < 1:
            return None
        try:
            return self._movement()[0].at_end(self.history, horizon=f"{months}M")
        except CapabilityError:
            return None


def _months(history: LadderHistory[Any]) -> int:
    """Number of months since somebody became known."""
    known = history.facts_as_of.known_since
    first = known[known != NEVER].min(initial=day_number(history.facts_as_of.as_of))
    return int(month_of(day_number(history.facts_as_of.as_of) + 1) - month_of(first))


def probability_of(foreseen: Array | None, *, rung: Any, row: Any) -> Array:
    """The foreseen probability of a rung, a place among them, of customers by their `row`; NaN where either is -1."""
    known = (row >= 0) & (rung >= 0)
    if foreseen is None:
        return np.full(len(known), np.nan)
    return np.where(known, foreseen[np.where(known, row, 0), np.where(known, rung, 0)], np.nan)
