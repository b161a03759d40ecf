"""What changed since an earlier career: `changed` and `drift` of a fitted career."""

from __future__ import annotations

from typing import Any, Generic

from kundkarriar.career.changes.changed_customers import changed_customers, refuse_later, refuse_other_rungs
from kundkarriar.career.changes.drift_since import drift_since, warn_of_drift
from kundkarriar.classes.class_column import read_classes
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow
from kundkarriar.models.drift.drift_check import DriftCheck


def earlier_classes(previous: Any, *, as_of: Any) -> Any:
    """The classes of an earlier date: customers of an earlier career, or the frame itself.

    Raises:
        DataError: the career is not earlier than `as_of`.
    """
    if previous is None:
        return None
    if not isinstance(previous, CareerChanges):
        read_classes(narrow(previous, need="CustomerCareer: `previous`"), need="CustomerCareer: `previous`")
        return previous
    if as_day(previous.as_of, name="as_of") >= as_day(as_of, name="as_of"):
        raise DataError.because(
            f"`previous` is a career as of {previous.as_of}, and this one is as of {as_of}.",
            hint="pass the career of an earlier date.",
        )
    return previous.customers()


class CareerChanges(Generic[FrameT]):
    """What came since an earlier career; a final class holds customers and scorer: see `FittedCareer`."""

    __slots__ = ()

    as_of: str

    def customers(self) -> FrameT:
        """The table of customers."""
        raise NotImplementedError

    def changed(self, previous: Any) -> FrameT:
        """Customers whose rung or class differs from an earlier career.

        Args:
            previous: a career fitted as of an earlier date, with the same ladder and classifier.

        Returns:
            One row per customer who is new or whose rung or class differs, then per customer who is gone:
            customer_id, rung_before, rung_now, abc_before, abc_now, moved ("up", "down", "same rung", "new",
            "gone"), p_foreseen (probability of the rung now, as `previous` foresaw it for this month end; missing where
            it did not: for customers who are new or gone, as of a day within a month, of a career that was read back),
            net_value_now (or clv_now).

        Raises:
            DataError: `previous` is not earlier, or has another ladder or classifier.

        Warns:
            DataWarning: the purchase model of `previous` has drifted, as `drift` says, if that can be told.
        """
        refuse_later(self, previous, hint="career.changed(kk.CustomerCareer(...).fit(...)).")
        refuse_other_rungs(self, previous)
        warn_of_drift(self, previous)
        return changed_customers(self.customers(), before=previous.customers(), foreseen=previous.foreseen(self.as_of))

    def drift(self, previous: Any) -> DriftCheck:
        """Hold the purchase model of an earlier career against what came since: is it still good, or is it to refit?

        Raises:
            CapabilityError: this career was read back and has no purchases; a model without `purchase_counts`.
            DataError: `previous` is not earlier; covariates of its model that this career's customers do not have.
        """
        refuse_later(self, previous, hint="career.drift(kk.CustomerCareer(...).fit(...)).")
        return drift_since(self, previous)
