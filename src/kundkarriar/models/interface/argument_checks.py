"""Laws of the arguments of models: horizons in periods and in steps, discount rates, times of simulated customers."""

import math
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import Number, Text, WholeNumber, is_number, refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import UNIT
from kundkarriar.errors import DataError
from kundkarriar.fields import EFOLDS
from kundkarriar.foreign_objects import array_from
from kundkarriar.summaries.discrete_time.calendar_steps import calendar_step, step_text
from kundkarriar.summaries.discrete_time.opportunity_rows import MOST

PERIODS_HINT = 'a number counts periods; for text write kk.Period.of("12M").in_units("W").'
YEARLY_HINT = "write discount_rate=0.1 for 10 percent a year, effective."


@frozen(kw_only=True)
class Steps(WholeNumber):
    """The law of a number of steps: whole, but also as a float, 5.0 for 5."""

    def holds(self, value: Any) -> bool:
        """Whether the value is such a number."""
        return is_number(value) and float(value).is_integer() and self._within(float(value))


@frozen(kw_only=True)
class YearlyRate(Number):
    """The law of an effective yearly discount rate: 0, or large enough for lifelong sums to converge."""

    smallest: float = 1e-6

    def holds(self, value: Any) -> bool:
        """Whether the value is such a rate."""
        return super().holds(value) and (value == 0 or value >= self.smallest)

    @property
    def law(self) -> str:
        """The law in words."""
        return f"0, or {Number(least=self.smallest, below=self.below).law}"


MAX_PERIODS = math.exp(EFOLDS)
"""Longest finite horizon, in periods, for which predictions are accurate to 1e-9."""
HORIZON = AFTER = Number(least=0, most=MAX_PERIODS, unit="of periods", hint=PERIODS_HINT)
SPAN = Number(above=0, most=MAX_PERIODS, unit="of periods", hint=PERIODS_HINT)
"""A horizon of which something is measured, so that it cannot be 0."""
STEPS = Steps(least=0, most=MOST, unit="of steps", hint="a number without a unit: 5 is the next five.")
STEPS_AFTER = Steps(least=0, most=MOST, unit="of steps", hint="a number without a unit: 5 leaves out the next five.")
YEARLY_RATE = YearlyRate(least=0, below=1, hint=YEARLY_HINT)
CONTINUOUS_RATE = Number(
    least=0, hint="it is continuous, per period: math.log(1.10) * 7 / 365.25 is 10 percent a year, in weeks."
)
UP_TO = Steps(
    least=0, most=10_000, example=10, hint="write up_to=10; what lies above is `p_more`, or what is missing to 1."
)
"""Largest number of purchases with a column of its own: no single customer buys more often."""
FURTHER_COLUMN = Text(among=("p_alive_later", "p_purchase", "log_p_alive"))
"""Columns that `predict` adds on request."""
known_period = UNIT


def read_lifelong(horizon: Any, *, law: Number, discount_rate: float) -> float:
    """A horizon that may be infinite, for a lifetime, where the discount rate is above 0.

    >>> read_lifelong(math.inf, law=HORIZON, discount_rate=0.0)
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: a lifetime cannot be added up without discounting: `horizon` is infinite,
    `discount_rate` is 0.
    <BLANKLINE>
    Hint: write discount_rate=0.1 for 10 percent a year, effective, or a finite horizon.
    """
    if not (is_number(horizon) and horizon == math.inf):
        return law.read(horizon, "horizon")
    if discount_rate == 0:
        hint = f"{YEARLY_HINT[:-1]}, or a finite horizon."
        raise DataError.because(
            "a lifetime cannot be added up without discounting: `horizon` is infinite, `discount_rate` is 0.", hint=hint
        )
    return math.inf


def rate_per_step(discount_rate: Any, *, every: str) -> float:
    """The effective discount rate per step that compounds to an effective yearly `discount_rate`.

    >>> round(rate_per_step(0.10, every="M"), 6)
    0.007974
    """
    return math.expm1(calendar_step(every).years * math.log1p(YEARLY_RATE.read(discount_rate, "discount_rate")))


def as_step_length(every: object) -> str:
    """The length of a step in canonical spelling; the converter of a field `every`.

    >>> as_step_length("1Y")
    'Y'
    """
    return step_text(calendar_step(every))


def read_numbers(values: Any, name: str, *, law: Number, example: str) -> Array:
    """One number or several of a law as an array, (n,).

    >>> read_numbers([3.0, "4"], "T", law=HORIZON, example="T=[39.0] * 1000")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `T` must be for each customer a number of periods from 0 to 1.44626e+12,
    got [3.0, '4'].
    <BLANKLINE>
    Hint: write T=[39.0] * 1000.
    """
    given = array_from(values)
    array = np.empty((0, 0)) if given is None else np.atleast_1d(given)
    distinct: Any = array.ravel().tolist() if array.dtype == object else set(array.ravel().tolist())
    if array.ndim != 1 or not all(map(law.holds, distinct)):
        raise refusal(values, name, law=f"for each customer {law.law}", hint=f"write {example}.")
    return array.astype(np.float64)
