"""Tables of what customers are worth, as methods of a fitted career."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic

from kundkarriar.classes.grid import RUNG_AND_CLASS, grid
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

    def grid(self, *, by: str | Sequence[str] = RUNG_AND_CLASS, value: str | None = None) -> FrameT:
        """Number of customers and sums of their values, one row per combination of columns that occurs.

        Args:
            by: columns of `customers()`, such as rung and abc, the default, or group, lapsed, or an attribute.
            value: the column of values; None takes `net_value`, or `clv` where there are no costs.

        Returns:
            The columns of `by`, customers, value, share_of_value, mean_value, and the sums of net_value, priority,
            value_at_risk and win_back_value that are not the value. Rungs from the lowest, classes from A, others by
            size or alphabet, missing values last. Customers without a class have a cell of their own.

        Raises:
            DataError: a column is not there, has values without an order, or is one that the grid makes.
        """
        return grid(self._table, by=by, value=value)
