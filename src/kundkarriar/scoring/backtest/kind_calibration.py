"""Calibration of the model's forecast for one kind of customer, at one origin or over several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from kundkarriar.errors import CapabilityError
from kundkarriar.numerics.forecast.calibration_factor import overlaps
from kundkarriar.numerics.forecast.total_error import pooled_std_error
from kundkarriar.scoring.backtest.customer_kinds import KINDS
from kundkarriar.scoring.backtest.origin_report import OriginReport


def kinds_of(reports: Sequence[OriginReport]) -> tuple[str, ...]:
    """The kinds that the reports tell apart, in order.

    Raises:
        CapabilityError: a report was made without kinds.
    """
    if not all(at.kinds for at in reports):
        raise CapabilityError.because(
            "this result of a backtest has no totals by kind of customer: its reports were made without them.",
            hint="result = kk.Backtest(...).run(transactions).",
        )
    found = {each.kind for at in reports for each in at.kinds}
    return tuple(kind for kind in KINDS if kind in found)


@frozen(kw_only=True)
class KindCalibration:
    """Predicted and actual total of a kind of customer.

    Attributes:
        kind, definition: as of a `CustomerKind`; of several origins the definition is that of the first given.
        customers: number of customers, summed over origins.
        predicted, actual: the totals, summed over origins.
        std_error: standard error of actual - predicted if the forecast is right: from customers, who differ by chance
            and by more than the model says, and from parameters (`numerics/forecast/total_error.py`).
    """

    kind: str
    definition: str
    customers: int
    predicted: float
    actual: float
    std_error: float

    @classmethod
    def over(cls, reports: Sequence[OriginReport], *, kind: str, measure: str) -> KindCalibration:
        """The calibration of "purchases" or "sales" over those of the given origins that have customers of the kind."""
        found = [(at, each) for at in reports for each in at.kinds if each.kind == kind]
        of_kind = [each for _, each in found]
        errors = [each.of(measure) for each in of_kind]
        start, end = np.array([(at.start, at.end) for at, _ in found], float).T
        return cls(
            kind=kind,
            definition=of_kind[0].definition,
            customers=sum(each.customers for each in of_kind),
            predicted=sum(each.predicted for each in errors),
            actual=sum(each.actual for each in errors),
            std_error=pooled_std_error(errors, overlap=overlaps(start=start, end=end)),
        )

    @property
    def ratio(self) -> float | None:
        """Actual / predicted; None unless the predicted total is positive."""
        return self.actual / self.predicted if self.predicted > 0 else None

    @property
    def z(self) -> float | None:
        """Error of the total, actual - predicted, in standard errors; None where there is no error to compare with."""
        return (self.actual - self.predicted) / self.std_error if self.std_error > 0 else None
