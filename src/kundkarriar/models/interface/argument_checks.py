"""What may be asked of a purchase model: horizons, rates, counts and columns; anything else is refused in words."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.fields import EFOLDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALSO = ("p_alive_later", "p_purchase", "log_p_alive")
"""What `predict` adds where it is asked by name."""
MOST_COUNTED = 10_000
"""Each number of purchases told by itself costs a column, and a customer who buys more often is a shop."""
FARTHEST = float(np.exp(EFOLDS))
"""Periods ahead within which numbers are right to 1e-9."""
LEAST_RATE = 1e-6
"""A yearly discount rate below it discounts nothing within a lifetime, and sums of ever smaller terms would not end."""
IN_PERIODS = 'a number counts periods; for text write kk.Period.of("12M").in_units("W").'


def positive_horizon(horizon: float, *, need: str) -> None:
    """Refuse what is no finite number of periods above 0.

    Raises:
        DataError: text, 0 or less, infinity.
    """
    if not (is_number(horizon) and horizon > 0 and np.isfinite(horizon)):
        raise DataError.because(
            f"{need} needs a horizon of a finite number of periods > 0, got {horizon!r}.", hint=IN_PERIODS
        )
    within_reach(horizon, need=need)


def positive_by(by: float, *, need: str) -> None:
    """Refuse a deadline that is no finite number of periods above 0.

    Raises:
        DataError: text, 0 or less, infinity.
    """
    if not (is_number(by) and by > 0 and np.isfinite(by)):
        raise DataError.because(f"{need} needs `by`, a finite number of periods > 0, got {by!r}.", hint=IN_PERIODS)
    within_reach(by, need=need)


def from_now_on(after: float, *, need: str) -> None:
    """Refuse a beginning that is no finite number of periods of at least 0.

    Raises:
        DataError: text, less than 0, infinity.
    """
    if not (is_number(after) and after >= 0 and np.isfinite(after)):
        raise DataError.because(
            f"{need} needs `after`, a finite number of periods of at least 0 from now, got {after!r}.", hint=IN_PERIODS
        )
    within_reach(after, need=need)


def within_reach(periods: float, *, need: str) -> None:
    """Refuse more periods ahead than numbers are right for; for ever is no number of them.

    Raises:
        DataError: beyond e^28 periods, but not infinite.

    >>> within_reach(1e160, need="this example")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: this example looks at most 1.4e+12 periods ahead, got 1e+160.
    <BLANKLINE>
    Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").
    """
    if FARTHEST < periods < np.inf:
        raise DataError.because(f"{need} looks at most {FARTHEST:.1e} periods ahead, got {periods!r}.", hint=IN_PERIODS)


def known_names(also: Iterable[str], *, need: str) -> tuple[str, ...]:
    """The further columns that `predict` is to add; one of another name is refused."""
    hint = f"also= takes {list(ALSO)}."
    if not isinstance(also, Iterable):
        raise DataError.because(f"{need} needs names of columns in `also`, got {also!r}.", hint=hint)
    names = (also,) if isinstance(also, str) else tuple(also)
    if unknown := [name for name in names if name not in ALSO]:
        raise DataError.because(f"{need} does not know {unknown}.", hint=hint)
    return names


def whole(up_to: int, *, need: str) -> None:
    """Refuse what is no whole number of at least 0, and more numbers than anybody can look at."""
    if not (isinstance(up_to, int | np.integer) and not isinstance(up_to, bool) and up_to >= 0):
        raise DataError.because(f"{need} needs `up_to`, a whole number of at least 0, got {up_to!r}.", hint="up_to=10.")
    if up_to > MOST_COUNTED:
        raise DataError.because(
            f"{need} tells at most {MOST_COUNTED:,} numbers of purchases by themselves, got up_to={up_to!r}.",
            hint="up_to=10; what lies above is `p_more`, or what the probabilities lack to 1.",
        )


def observed_periods(T: Any, *, need: str) -> NDArray[np.float64]:
    """How long each customer is observed, (n,).

    Raises:
        DataError: no numbers, or none that are finite and above 0; a table of them.
    """
    law, hint = (
        f"{need} observes each customer for a finite number of periods > 0",
        "fitted.simulate([39.0] * 1000, seed=1).",
    )
    try:
        ages = np.atleast_1d(np.asarray(T, dtype=np.float64))
    except (TypeError, ValueError):  # text, or lists within a list
        raise DataError.because(f"{law}, got {T!r:.60}.", hint=hint) from None
    if ages.ndim > 1:
        raise DataError.because(
            f"{law}, one number each, got a table of {' x '.join(map(str, ages.shape))}.", hint=hint
        )
    if not (np.isfinite(ages) & (ages > 0)).all():
        raise DataError.because(f"{law}.", hint=hint)
    return ages


def yearly_rate(discount_rate: float, *, need: str) -> None:
    """Refuse what is no yearly discount rate of at least 0; the rate is effective, not continuous."""
    if not (is_number(discount_rate) and discount_rate >= 0 and np.isfinite(discount_rate)):
        raise DataError.because(
            f"{need} needs a yearly discount rate of at least 0, got {discount_rate!r}.",
            hint="discount_rate=0.10 for 10 percent a year, effective.",
        )
    refuse_next_to_no_rate(discount_rate, need=need)


def refuse_next_to_no_rate(discount_rate: float, *, need: str) -> None:
    """Refuse a yearly discount rate so small that it is 0, or no rate, to anybody.

    Raises:
        DataError: above 0 and below a millionth.

    >>> refuse_next_to_no_rate(1e-200, need="this example")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: this example needs a yearly discount rate of 0, or of at least 1e-06, got 1e-200.
    <BLANKLINE>
    Hint: discount_rate=0.10 for 10 percent a year, effective.
    """
    if 0 < discount_rate < LEAST_RATE:
        raise DataError.because(
            f"{need} needs a yearly discount rate of 0, or of at least {LEAST_RATE:g}, got {discount_rate!r}.",
            hint="discount_rate=0.10 for 10 percent a year, effective.",
        )


def endless_or_positive(horizon: float, *, discount_rate: float, period: str, need: str) -> None:
    """Refuse a horizon over which purchases cannot be added up at a yearly rate; it may be infinite above a rate of 0.

    Raises:
        DataError: text, 0 or less, not a number, or a lifetime without discounting.
    """
    if not (is_number(horizon) and horizon > 0):
        raise DataError.because(
            f"{need} needs a horizon of a number of periods > 0, got {horizon!r}.",
            hint=f'a number counts periods ("{period}"); for text write kk.Period.of("12M").in_units("{period}"), and '
            "leave it out for a lifetime.",
        )
    within_reach(horizon, need=need)
    if np.isinf(horizon) and discount_rate == 0:
        raise DataError.because(
            f"{need} cannot add up a lifetime without discounting.",
            hint=f'discount_rate=0.10 for 10 percent a year, effective, or horizon=kk.Period.of("12M").in_units'
            f'("{period}").',
        )


def ahead_and_discounted(horizon: float, discount_rate: float, *, need: str) -> None:
    """Refuse a horizon or a rate under which nothing can be added up; the horizon may be infinite."""
    numbers = is_number(horizon) and is_number(discount_rate)
    if not (numbers and horizon > 0 and discount_rate >= 0 and np.isfinite(discount_rate)):
        raise DataError.because(
            f"{need} needs a horizon > 0 and a discount rate >= 0, got {horizon!r} and {discount_rate!r}.",
            hint="discount_rate is continuous, per period: period.rate_per_period(0.10, 'W').",
        )
    within_reach(horizon, need=need)


def is_number(value: object) -> bool:
    """Whether it is a number that a float can hold, and no truth value.

    >>> is_number(3), is_number(True), is_number("3"), is_number(10**400)
    (True, False, False, False)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= sys.float_info.max
    return isinstance(value, float | np.integer | np.floating)
