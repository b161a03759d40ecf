"""Grace and hysteresis: the rule by which a customer keeps a rung after its condition has ceased to hold."""

from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from kundkarriar.arrays import Mask
from kundkarriar.dates.period import Period, as_period
from kundkarriar.errors import DataError
from kundkarriar.rules.condition import A_CONDITION, CONDITION, Condition
from kundkarriar.stored_forms import or_null, written


def _whole_months(_: object, attribute: Any, value: str) -> None:
    span = as_period(value, name=attribute.name).within_calendar()
    if span.months is None or not span.count.is_integer():
        raise DataError.because(
            f"`{attribute.name}` is counted at month ends, in whole months or years, got {value!r}.",
            hint=f'write {attribute.name}="3M" or "1Y".',
        )


@frozen(kw_only=True)
class Hold:
    """How long a customer keeps a rung after its condition has ceased to hold.

    A lower bar keeps customers on the rung while they meet it (hysteresis), and a grace for some months after. Without
    either, a customer near the border would change rungs with every purchase.

    Attributes:
        grace: calendar months or years: "3M" is the three month ends after the last one at which the condition, or
            `keep`, was met. None: no grace.
        keep: the lower bar: a weaker condition that is enough to stay on the rung. None: no lower bar.

    Raises:
        DataError: neither is given, or a grace that is not whole months.

    >>> import kundkarriar as kk
    >>> print(Hold(grace="3M", keep=kk.column("purchase_days_12M") >= 2))
    kept while purchase_days_12M is at least 2, and for 3 months
    """

    stored_as = "hold"
    grace: str | None = field(default=None, validator=optional(_whole_months))
    keep: Condition | None = field(default=None, validator=optional(A_CONDITION), metadata=written(or_null(CONDITION)))

    @keep.validator
    def _grace_or_keep(self, _: object, keep: Condition | None) -> None:
        if keep is None and self.grace is None:
            raise DataError.because(
                "a hold needs a grace, a condition to be kept by, or both.",
                hint='kk.Hold(grace="3M"), kk.Hold(keep=kk.column("purchase_days_12M") >= 2).',
            )

    @property
    def months(self) -> int:
        """The grace in months."""
        if self.grace is None:
            return 0
        return round(Period.of(self.grace).months or 0)

    def __str__(self) -> str:
        span = "" if self.grace is None else f"for {Period.of(self.grace)}"
        if self.keep is None:
            return f"held {span}"
        return f"kept while {self.keep}" + (f", and {span}" if span else "")


def customers_on_rung(
    hold: Hold | None, frame: Any, *, met: Mask, on_rung: Mask, kept: Mask, last_held: NDArray[np.int32], month: int
) -> Mask:
    """Customers on a rung: those who meet its condition, and those kept on it by grace or by the lower bar, (n,).

    Args:
        hold: how the rung is held; None: nobody is kept on it.
        frame: the facts as of the end of the month.
        met: whether each customer meets the condition, (n,).
        on_rung: whether each customer was on the rung a month before, (n,).
        kept: as in `RungState`, (n,); changed in place.
        last_held: as in `RungState`, (n,); changed in place.
        month: the number of the month.
    """
    if hold is None:
        np.copyto(last_held, month, where=met)
        return met
    held = met
    if hold.keep is not None:
        kept[:] = hold.keep.holds(frame) & on_rung & ~met
        held = met | kept
    np.copyto(last_held, month, where=held)
    if not hold.months:
        return held
    within_grace: Mask = last_held >= month - hold.months
    return within_grace
