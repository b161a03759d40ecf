"""`KnownFutures`: a purchase model that computes what lies ahead of each distinct row once, for all blocks of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.summaries.equal_rows import as_whole_days
from kundkarriar.summaries.lazy.known_rows import KnownRows
from kundkarriar.summaries.purchase_rows import PurchaseRows

NOTHING = KnownRows.of([np.zeros(0, dtype=np.int64)])


@frozen(kw_only=True, eq=False)
class KnownFutures:
    """A fitted model asked for the residual expectations of rows that are among those known; see `Discounts`.

    The model is asked of rows of which some are not known: a lazy summary is computed twice, and floats may then differ
    in the last digit.

    Attributes:
        model: the fitted model.
        rows: the distinct rows of all customers, without gaps.
        known: the same, to be looked up.
        in_days: whether their times are whole days.
    """

    model: Any
    rows: PurchaseRows
    known: KnownRows
    in_days: bool
    _ahead: dict[tuple[float, float], ResidualExpectation] = field(factory=dict, repr=False)
    _last: list[tuple[PurchaseRows, Whole]] = field(factory=list, repr=False)

    @classmethod
    def of(cls, model: Any, rows: PurchaseRows) -> KnownFutures:
        """The futures of rows under a model that can discount."""
        distinct, days = rows.distinct(period=model.period).rows, DAYS[model.period]
        in_days = all(as_whole_days(times, days=days) is not None for times in (distinct.t_x, distinct.T))
        made = cls(model=model, rows=distinct, known=NOTHING, in_days=in_days)
        return evolve(made, known=KnownRows.of(made._columns(distinct)))

    @property
    def period(self) -> str:
        """The unit of time of the model."""
        return str(self.model.period)

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> ResidualExpectation:
        """Expected purchases and time alive of each row; see `Discounts`."""
        asked, at = (horizon, discount_rate), self._positions(rows)
        if (at < 0).any():
            answer: ResidualExpectation = self.model.residual(rows, horizon=horizon, discount_rate=discount_rate)
            return answer
        if asked not in self._ahead:
            self._ahead[asked] = self.model.residual(self.rows, horizon=horizon, discount_rate=discount_rate)
        return self._ahead[asked].at(at)

    def _positions(self, rows: PurchaseRows) -> Whole:
        """The position of each row among those known; of the rows asked last they are kept."""
        for last, at in self._last:
            if last is rows:
                return at
        at = self.known.positions(self._columns(rows))
        self._last[:] = [(rows, at)]
        return at

    def _columns(self, rows: PurchaseRows) -> list[Any]:
        """What a row is looked up by."""
        times, days = (rows.t_x, rows.T), DAYS[self.period]
        numbers = [np.rint(each * days).astype(np.int64) for each in times] if self.in_days else list(times)
        older = np.zeros(len(rows), dtype=bool) if rows.older is None else rows.older
        return [rows.x.astype(np.int64), *numbers, older, *rows.covariates.T]
