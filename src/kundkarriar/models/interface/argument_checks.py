"""Checks of the arguments of purchase models: horizons, discount rates, counts, names of columns."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import Attribute

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError
from kundkarriar.fields import EFOLDS

FURTHER_COLUMNS = ("p_alive_later", "p_purchase", "log_p_alive")
"""Columns that `predict` adds on request."""
MAX_COUNTED = 10_000
"""Largest `up_to`: each number of purchases costs a column, and no single customer buys more often."""
MAX_PERIODS = float(np.exp(EFOLDS))
"""Longest finite horizon, in periods, for which predictions are accurate to 1e-9."""
MIN_DISCOUNT_RATE = 1e-6
"""Smallest yearly discount rate above 0: a smaller one discounts nothing, and lifelong sums would not converge."""
HORIZON_HINT = 'a number counts periods; for text write kk.Period.of("12M").in_units("W").'


def require_finite_horizon(horizon: float, *, need: str) -> None:
    """Check that `horizon` is a finite number of periods > 0.

    Args:
        horizon: as given by the user.
        need: the method that was called, as the start of an error's sentence; so in all functions of this file.

    Raises:
        DataError: text, 0 or less, infinite, or longer than `MAX_PERIODS`.
    """
    if not (is_number(horizon) and horizon > 0 and np.isfinite(horizon)):
        raise DataError.because(
            f"{need} needs a horizon of a finite number of periods > 0, got {horizon!r}.", hint=HORIZON_HINT
        )
    require_reachable(horizon, need=need)


def require_finite_by(by: float, *, need: str) -> None:
    """Check that the deadline `by` is a finite number of periods > 0.

    Raises:
        DataError: text, 0 or less, infinite, or later than `MAX_PERIODS`.
    """
    if not (is_number(by) and by > 0 and np.isfinite(by)):
        raise DataError.because(f"{need} needs `by`, a finite number of periods > 0, got {by!r}.", hint=HORIZON_HINT)
    require_reachable(by, need=need)


def require_after(after: float, *, need: str) -> None:
    """Check that `after`, where a horizon begins, is a finite number of periods >= 0.

    Raises:
        DataError: text, negative, infinite, or later than `MAX_PERIODS`.
    """
    if not (is_number(after) and after >= 0 and np.isfinite(after)):
        raise DataError.because(
            f"{need} needs `after`, a finite number of periods of at least 0 from now, got {after!r}.",
            hint=HORIZON_HINT,
        )
    require_reachable(after, need=need)


def require_reachable(periods: float, *, need: str) -> None:
    """Check that a number of periods ahead is at most `MAX_PERIODS`, or infinite.

    Raises:
        DataError: finite and beyond e^28 periods.

    >>> require_reachable(1e160, need="this example")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: this example looks at most 1.4e+12 periods ahead, got 1e+160.
    <BLANKLINE>
    Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").
    """
    if MAX_PERIODS < periods < np.inf:
        raise DataError.because(
            f"{need} looks at most {MAX_PERIODS:.1e} periods ahead, got {periods!r}.", hint=HORIZON_HINT
        )


def further_columns(also: Iterable[str], *, need: str) -> tuple[str, ...]:
    """The names in `also`, each one of `FURTHER_COLUMNS`, as a tuple.

    Raises:
        DataError: not names, or an unknown name.
    """
    hint = f"also= takes {list(FURTHER_COLUMNS)}."
    if not isinstance(also, Iterable):
        raise DataError.because(f"{need} needs names of columns in `also`, got {also!r}.", hint=hint)
    names = (also,) if isinstance(also, str) else tuple(also)
    if unknown := [name for name in names if name not in FURTHER_COLUMNS]:
        raise DataError.because(f"{need} does not know {unknown}.", hint=hint)
    return names


def require_count_limit(up_to: int, *, need: str) -> None:
    """Check that `up_to`, the largest number of purchases with a column of its own, is whole, from 0 to 10,000.

    Raises:
        DataError: a fraction, negative, text, or more than `MAX_COUNTED`.
    """
    if not (isinstance(up_to, int | np.integer) and not isinstance(up_to, bool) and up_to >= 0):
        raise DataError.because(f"{need} needs `up_to`, a whole number of at least 0, got {up_to!r}.", hint="up_to=10.")
    if up_to > MAX_COUNTED:
        raise DataError.because(
            f"{need} tells at most {MAX_COUNTED:,} numbers of purchases by themselves, got up_to={up_to!r}.",
            hint="up_to=10; what lies above is `p_more`, or what the probabilities lack to 1.",
        )


def observed_periods(T: Any, *, need: str) -> Array:
    """Observation times of simulated customers, in periods, (n,).

    Raises:
        DataError: not numbers, not finite and > 0, or a table of them.
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


def require_yearly_rate(discount_rate: float, *, need: str) -> None:
    """Check an effective (not continuous) yearly discount rate: finite, 0 or at least `MIN_DISCOUNT_RATE`.

    Raises:
        DataError: text, negative, infinite, or above 0 and below a millionth.
    """
    if not (is_number(discount_rate) and discount_rate >= 0 and np.isfinite(discount_rate)):
        raise DataError.because(
            f"{need} needs a yearly discount rate of at least 0, got {discount_rate!r}.",
            hint="discount_rate=0.10 for 10 percent a year, effective.",
        )
    require_meaningful_rate(discount_rate, need=need)


def require_meaningful_rate(discount_rate: float, *, need: str) -> None:
    """Check that a yearly discount rate is 0 or at least `MIN_DISCOUNT_RATE`.

    Raises:
        DataError: above 0 and below a millionth.

    >>> require_meaningful_rate(1e-200, need="this example")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: this example needs a yearly discount rate of 0, or of at least 1e-06, got 1e-200.
    <BLANKLINE>
    Hint: discount_rate=0.10 for 10 percent a year, effective.
    """
    if 0 < discount_rate < MIN_DISCOUNT_RATE:
        raise DataError.because(
            f"{need} needs a yearly discount rate of 0, or of at least {MIN_DISCOUNT_RATE:g}, got {discount_rate!r}.",
            hint="discount_rate=0.10 for 10 percent a year, effective.",
        )


def require_discountable_horizon(horizon: float, *, discount_rate: float, period: str, need: str) -> None:
    """Check a horizon (> 0, in periods) that may be infinite where the yearly discount rate is above 0.

    Raises:
        DataError: text, 0 or less, longer than `MAX_PERIODS` but finite, or infinite without discounting.
    """
    if not (is_number(horizon) and horizon > 0):
        raise DataError.because(
            f"{need} needs a horizon of a number of periods > 0, got {horizon!r}.",
            hint=f'a number counts periods ("{period}"); for text write kk.Period.of("12M").in_units("{period}"), and '
            "leave it out for a lifetime.",
        )
    require_reachable(horizon, need=need)
    if np.isinf(horizon) and discount_rate == 0:
        raise DataError.because(
            f"{need} cannot add up a lifetime without discounting.",
            hint=f'discount_rate=0.10 for 10 percent a year, effective, or horizon=kk.Period.of("12M").in_units'
            f'("{period}").',
        )


def require_horizon_and_rate(horizon: float, discount_rate: float, *, need: str) -> None:
    """Check a horizon (> 0, in periods, possibly infinite) and a continuous discount rate per period (>= 0, finite).

    Raises:
        DataError: either is out of range or not a number.
    """
    numbers = is_number(horizon) and is_number(discount_rate)
    if not (numbers and horizon > 0 and discount_rate >= 0 and np.isfinite(discount_rate)):
        raise DataError.because(
            f"{need} needs a horizon > 0 and a discount rate >= 0, got {horizon!r} and {discount_rate!r}.",
            hint="discount_rate is continuous, per period: math.log(1.10) * 7 / 365.25 is 10 percent a year, in weeks.",
        )
    require_reachable(horizon, need=need)


def known_period(_: object, attribute: Attribute[Any], value: str) -> None:
    """Check that a field `period` is "D", "W", "M" or "Y"; its attrs validator.

    Raises:
        ValueError: another value.
    """
    if value not in DAYS:
        raise ValueError(f"'{attribute.name}' must be one of {list(DAYS)}: {value!r}")


def is_number(value: object) -> bool:
    """Whether `value` is a number that a float can hold; True and False are not.

    >>> is_number(3), is_number(True), is_number("3"), is_number(10**400)
    (True, False, False, False)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= sys.float_info.max
    return isinstance(value, float | np.integer | np.floating)
