"""Amounts of money, counts and hours as text."""

import math


def amount(value: float, currency: str = "") -> str:
    """Money with thousands separators, decimals only below 100, and the currency if there is one.

    >>> amount(1234567.8, "SEK"), amount(3.456), amount(-0.001)
    ('1,234,568 SEK', '3.46', '0.00')
    """
    if math.isnan(value):
        return "unknown"
    digits = 2 if abs(value) < 100 else 0
    rounded = round(value, digits) + 0.0
    return f"{rounded:,.{digits}f}{' ' + currency if currency else ''}"


def quantity(number: float, noun: str) -> str:
    """A number with its noun, singular or plural.

    >>> quantity(1, "customer"), quantity(2400, "customer"), quantity(0.5, "hour")
    ('1 customer', '2,400 customers', '0.5 hours')
    """
    return f"{round(number, 2):,g} {noun}{'' if number == 1 else 's'}" if number < 1e6 else f"{number:,.0f} {noun}s"


def cost_and_hours(cost: float, hours: float, currency: str = "") -> str:
    """A cost in money and hours; the part that is zero is left out.

    >>> cost_and_hours(4, 0.5, "SEK"), cost_and_hours(0, 1), cost_and_hours(3, 0), cost_and_hours(0, 0)
    ('4.00 SEK and 0.5 hours', '1 hour', '3.00', 'nothing')
    """
    parts = [amount(cost, currency)] * (cost > 0) + [quantity(hours, "hour")] * (hours > 0)
    return " and ".join(parts) or "nothing"
