"""What may be asked of a purchase model: horizons, rates, counts and columns; anything else is refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

ALSO = ("p_alive_later", "p_purchase", "log_p_alive")
"""What `predict` adds where it is asked by name."""


def positive_horizon(horizon: float, *, need: str) -> None:
    """Refuse what is no finite number of periods above 0.

    Raises:
        DataError: text, 0 or less, infinity.
    """
    if not (is_number(horizon) and horizon > 0 and np.isfinite(horizon)):
        raise DataError.because(
            f"{need} needs a horizon of a finite number of periods > 0, got {horizon!r}.",
            hint='a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        )


def known_names(also: Iterable[str], *, need: str) -> tuple[str, ...]:
    """The further columns that `predict` is to add; one of another name is refused."""
    names = (also,) if isinstance(also, str) else tuple(also)
    if unknown := [name for name in names if name not in ALSO]:
        raise DataError.because(f"{need} does not know {unknown}.", hint=f"also= takes {list(ALSO)}.")
    return names


def whole(up_to: int, *, need: str) -> None:
    """Refuse what is no whole number of at least 0."""
    if not (isinstance(up_to, int | np.integer) and not isinstance(up_to, bool) and up_to >= 0):
        raise DataError.because(f"{need} needs `up_to`, a whole number of at least 0, got {up_to!r}.", hint="up_to=10.")


def yearly_rate(discount_rate: float, *, need: str) -> None:
    """Refuse what is no yearly discount rate of at least 0."""
    if not (is_number(discount_rate) and discount_rate >= 0 and np.isfinite(discount_rate)):
        raise DataError.because(
            f"{need} needs a yearly discount rate of at least 0, got {discount_rate!r}.", hint="discount_rate=0.10."
        )


def ahead_and_discounted(horizon: float, discount_rate: float, *, need: str) -> None:
    """Refuse a horizon or a rate under which nothing can be added up; the horizon may be infinite."""
    numbers = is_number(horizon) and is_number(discount_rate)
    if not (numbers and horizon > 0 and discount_rate >= 0 and np.isfinite(discount_rate)):
        raise DataError.because(
            f"{need} needs a horizon > 0 and a discount rate >= 0, got {horizon!r} and {discount_rate!r}.",
            hint="discount_rate is continuous, per period: period.rate_per_period(0.10, 'W').",
        )


def is_number(value: object) -> bool:
    """Whether it is a number, and no truth value.

    >>> is_number(3), is_number(True), is_number("3")
    (True, False, False)
    """
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
