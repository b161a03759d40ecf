"""`AverageAtDraw`: an average of models in one draw of its posterior, in which one member holds for all customers."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True, eq=False)
class AverageAtDraw:
    """One member of an average, at the parameters of a draw, which reads rows of the average.

    Attributes:
        member: the fitted model.
        columns: its covariates among those of the rows.
    """

    member: Any
    columns: slice

    @property
    def period(self) -> str:
        """The unit of time of rows and horizons."""
        return str(self.member.period)

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> ResidualExpectation:
        """What lies ahead of each row; see `Discounts`."""
        ahead: ResidualExpectation = self.member.residual(self._own(rows), horizon=horizon, discount_rate=discount_rate)
        return ahead

    def treated_changes(self, rows: PurchaseRows, *, courses: Sequence[Course]) -> tuple[CourseDifference, ...]:
        """What each course changes in each row's expected purchases and time active; see `ForeseesTreatment`."""
        changes: tuple[CourseDifference, ...] = self.member.treated_changes(self._own(rows), courses=courses)
        return changes

    def _own(self, rows: PurchaseRows) -> PurchaseRows:
        return evolve(rows, covariates=rows.covariates[:, self.columns])
