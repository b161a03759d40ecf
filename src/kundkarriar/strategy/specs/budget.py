"""The budget of a plan: money and hours in a calendar period, and what they are to be spent on at least and at most."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import AMOUNT, SHARE_BELOW_1, refusal, to_float
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import LATER
from kundkarriar.strategy.specs.spend_limit import SpendLimit, all_limits, as_limits

MONTHS_OF_PART = {"": 12, "H": 6, "Q": 3}
MONTH = r"(\d{4}-(?:0[1-9]|1[0-2]))"
BUDGET_HINT = 'write budget=kk.Budget(money=250_000, hours=400, period="2027").'


def _in_calendar(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or _read(value) is None:
        law = "a year, half-year, quarter, month or a span of months"
        hint = 'write "2027", "2027-H1", "2027-Q2", "2027-05" or "2027-07/2028-06".'
        raise refusal(value, attribute.name, law=law, hint=hint)


def _floors(given: Any) -> Any:
    return as_limits(given, "floors")


def _caps(given: Any) -> Any:
    return as_limits(given, "caps")


def _optional_float(value: Any) -> Any:
    return None if value is None else to_float(value)


@frozen(kw_only=True)
class Budget(Stored):
    """Money and hours for a calendar period, with a reserve that is not planned.

    Attributes:
        money: amount in the currency of the purchases, >= 0.
        hours: working hours, >= 0 (money or hours must be above 0).
        period: "2027", "2027-H1", "2027-Q2", "2027-05", or from one month to another: "2027-07/2028-06".
        reserve: unplanned share of both, 0 to below 1; `plan.add` spends it.
        hour_cost: money that an hour of work is worth, >= 0: it is taken off the net of what takes time, and not from
            `money`. None: hours are limited, and not priced.
        hurdle: required net per money spent, >= 0: .5 plans nothing that nets less than .50 for each 1 spent.
        floors, caps: what is to be spent at least and at most, by the name of a strategy, an owner, an objective, an
            action, a lever, a class, a rung or a group: {"A": 500, "Anna": {"hours": 20}, "appreciate": {"share": .3}};
            caps={"week": {"hours": 30}} is for the work of each week. Floors are met also where they bring a loss.

    >>> budget = Budget(money=250_000, hours=400, period="2027", reserve=0.1)
    >>> budget.money_to_plan, budget.hours_to_plan
    (225000.0, 360.0)
    >>> str(budget.first_day), str(budget.last_day)
    ('2027-01-01', '2027-12-31')
    """

    stored_as = "budget"
    money: float = field(converter=to_float, validator=AMOUNT)
    hours: float = field(converter=to_float, validator=AMOUNT)
    period: str = field(validator=_in_calendar)
    reserve: float = field(default=0.1, converter=to_float, validator=SHARE_BELOW_1)
    hour_cost: float | None = field(default=None, converter=_optional_float, validator=optional(AMOUNT), metadata=LATER)
    hurdle: float = field(default=0.0, converter=to_float, validator=AMOUNT, metadata=LATER)
    floors: tuple[SpendLimit, ...] = field(default=(), converter=_floors, validator=all_limits, metadata=LATER)
    caps: tuple[SpendLimit, ...] = field(default=(), converter=_caps, validator=all_limits, metadata=LATER)

    def __attrs_post_init__(self) -> None:
        if self.money == 0 and self.hours == 0:
            raise DataError.because(
                "`money` or `hours` must be above 0: a plan without either has nothing to decide.", hint=BUDGET_HINT
            )

    @property
    def money_to_plan(self) -> float:
        """Money without the reserve."""
        return self.money * (1 - self.reserve)

    @property
    def hours_to_plan(self) -> float:
        """Hours without the reserve."""
        return self.hours * (1 - self.reserve)

    @property
    def price_of_hours(self) -> float:
        """What an hour is counted as, in money; 0 where hours are not priced."""
        return 0.0 if self.hour_cost is None else self.hour_cost

    @property
    def first_day(self) -> np.datetime64:
        """The first day of the period."""
        return self._days()[0]

    @property
    def last_day(self) -> np.datetime64:
        """The last day of the period."""
        return self._days()[1]

    @property
    def days(self) -> str:
        """First and last day as text; equal for all spellings of the same period."""
        return f"{self.first_day}/{self.last_day}"

    @property
    def months(self) -> int:
        """Length of the period in calendar months, from 1."""
        return _read(self.period)[1]  # type: ignore[index]  # the validator has read it once

    def start_day(self, start: Any) -> str:
        """The first day of a plan as text.

        Raises:
            DataError: `start` is no date, or lies outside the period.
        """
        day = as_day(start, name="start")
        if not self.first_day <= day <= self.last_day:
            raise DataError.because(
                f"the plan starts on {day}, outside the budget's period {self.period} "
                f"({self.first_day} to {self.last_day}).",
                hint=f'write start="{self.first_day}", or budget another period.',
            )
        return str(day)

    def _days(self) -> tuple[np.datetime64, np.datetime64]:
        month, length = _read(self.period)  # type: ignore[misc]  # the validator has read it once
        after = (month + np.timedelta64(length, "M")).astype("datetime64[D]")
        return month.astype("datetime64[D]"), after - np.timedelta64(1, "D")


def _read(text: str) -> tuple[np.datetime64, int] | None:
    """The first month and the number of months; None where the text is no period."""
    if span := re.fullmatch(rf"{MONTH}(?:/{MONTH})?", text):
        first, last = np.datetime64(span[1], "M"), np.datetime64(span[2] or span[1], "M")
        months = int((last - first).astype(np.int64)) + 1
        return (first, months) if months > 0 else None
    if part := re.fullmatch(r"(\d{4})(?:-(?:(H)([12])|(Q)([1-4])))?", text):
        months = MONTHS_OF_PART[part[2] or part[4] or ""]
        number = int(part[3] or part[5] or 1)
        return np.datetime64(f"{part[1]}-01", "M") + np.timedelta64((number - 1) * months, "M"), months
    return None
