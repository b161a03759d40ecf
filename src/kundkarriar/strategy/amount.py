"""Amounts of money and counts as people read them."""

from __future__ import annotations

import math


def amount(value: float, currency: str = "") -> str:
    """Money with thousands separated, cents only where they matter, and the currency if there is one.

    >>> amount(1234567.8, "SEK"), amount(3.456), amount(-0.001)
    ('1,234,568 SEK', '3.46', '0.00')
    """
    if math.isnan(value):
        return "unknown"
    digits = 2 if abs(value) < 100 else 0
    rounded = round(value, digits) + 0.0
    return f"{rounded:,.{digits}f}{' ' + currency if currency else ''}"


def counted(number: float, noun: str) -> str:
    """A number with its noun in the right form.

    >>> counted(1, "customer"), counted(2400, "customer"), counted(0.5, "hour")
    ('1 customer', '2,400 customers', '0.5 hours')
    """
    return f"{round(number, 2):,g} {noun}{'' if number == 1 else 's'}" if number < 1e6 else f"{number:,.0f} {noun}s"


def takes(cost: float, hours: float, currency: str = "") -> str:
    """What something takes, in money and hours, without the one it does not take.

    >>> takes(4, 0.5, "SEK"), takes(0, 1), takes(3, 0), takes(0, 0)
    ('4.00 SEK and 0.5 hours', '1 hour', '3.00', 'nothing')
    """
    parts = [amount(cost, currency)] * (cost > 0) + [counted(hours, "hour")] * (hours > 0)
    return " and ".join(parts) or "nothing"
