"""The limits between ABC classes, by shares, customers, amounts or computed, and the class of each value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import Text, is_number, read_many, refusal, to_floats
from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE, merge_ties, ranks_from_the_top
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.money.lorenz_gini import curve, shares_from_the_top
from kundkarriar.stored import Stored, whole
from kundkarriar.stored_forms import NUMBER, TEXT, Form, list_of, one_of

COMPUTED = "computed"
CLASSES = ("A", "B", "C", "D")
CUSTOMERS, AMOUNT = "customers", "amount"
LIMITS = 'two shares with 0 < first < second <= 1, "computed", or kk.ClassLimits(of=..., at=...)'
LIMITS_HINT = "write limits=(0.8, 0.95)."
AT = {
    CUSTOMERS: ("two shares of customers with 0 < first < second <= 1", "write at=(0.2, 0.5)."),
    AMOUNT: ("two amounts with first > second > 0", "write at=(500.0, 100.0)."),
}
"""The law of the limits of each kind, and a hint."""


def _in_order(limits: ClassLimits, attribute: Attribute[Any], at: Any) -> None:
    """Attrs validator of two limits: of shares that increase, or of amounts that decrease."""
    law, hint = AT[limits.of]
    several = read_many(at, attribute.name, law=law, hint=hint)
    if len(several) == 2 and all(map(is_number, several)):
        first, second = several
        if 0 < first < second <= 1 if limits.of == CUSTOMERS else 0 < second < first < float("inf"):
            return
    raise refusal(at, attribute.name, law=law, hint=hint)


@frozen(kw_only=True)
class ClassLimits(Stored):
    """Limits between classes by numbers of customers (quantiles), or by given amounts.

    Attributes:
        of: "customers": `at` are shares of the customers with a value, from the most valuable down. A customer's class
            depends on the share of customers who are *more* valuable, and is at best C without a positive value.
            "amount": `at` are the smallest value in A and the smallest in B. A may then be empty, and in another
            currency the amounts are others.
        at: where A and B end.

    >>> import pandas as pd
    >>> import kundkarriar as kk
    >>> scores = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "clv": [75.0, 12.0, 8.0, 5.0, -3.0]})
    >>> fifths = kk.ABCClassifier(limits=kk.ClassLimits(of="customers", at=(0.2, 0.6)))
    >>> fifths.classify(scores)["abc"].tolist()
    ['A', 'B', 'B', 'C', 'D']
    >>> kk.ABCClassifier(limits=kk.ClassLimits(of="amount", at=(50, 8))).classify(scores)["abc"].tolist()
    ['A', 'B', 'B', 'C', 'D']
    """

    of: str = field(validator=Text(among=tuple(AT)))
    at: tuple[float, ...] = field(converter=to_floats, validator=_in_order)


Limits: TypeAlias = tuple[float, ...] | str | ClassLimits
SHARES_OR_WORD, OF_KIND = one_of(list_of(NUMBER), TEXT), whole(ClassLimits)
STORED_LIMITS = Form(
    law=SHARES_OR_WORD.law,
    write=lambda given: (OF_KIND if isinstance(given, ClassLimits) else SHARES_OR_WORD).write(given),
    read=lambda given: (OF_KIND if isinstance(given, Mapping) else SHARES_OR_WORD).read(given),
)


def read_limits(given: Any) -> Limits:
    """Converter of limits: two shares that increase, "computed", or `ClassLimits`."""
    if isinstance(given, ClassLimits) or (isinstance(given, str) and given == COMPUTED):
        return given
    shares = read_many(given, "limits", law=LIMITS, hint=LIMITS_HINT)
    if not (len(shares) == 2 and all(map(is_number, shares)) and 0 < shares[0] < shares[1] <= 1):
        raise refusal(given, "limits", law=LIMITS, hint=LIMITS_HINT)
    return tuple(map(float, shares))


def smallest_values(descending: Array, limits: Limits, *, customers: int) -> Array:
    """The smallest value in A and the smallest in A or B, (2,); no value is as large where none is positive.

    A share is of the customers who are *more* valuable, or of their value, so the most valuable customer is always A,
    but for given amounts. A share below a limit only by rounding has reached it: customers with .8, .15 and .05 are A,
    B, C. The result is a hair lower (`TIE_TOLERANCE`) than a value, which is then in the class however it was added up.

    Args:
        descending: the positive values, the largest first, (m,).
        limits: of the classes.
        customers: number of customers with a value, positive or not.
    """
    if not len(descending):
        return np.full(2, np.inf)
    if isinstance(limits, str):
        smallest = np.array(computed_limits(descending))
    elif isinstance(limits, ClassLimits) and limits.of == AMOUNT:
        smallest = np.array(limits.at)
    elif isinstance(limits, ClassLimits):
        within = np.ceil(np.array(limits.at) * customers * (1 - TIE_TOLERANCE)).astype(np.int64)
        smallest = descending[np.minimum(within, len(descending)) - 1]
    else:
        held = descending.cumsum()
        within = 1 + np.searchsorted(held[:-1], np.array(limits) * held[-1] * (1 - TIE_TOLERANCE))
        smallest = descending[within - 1]
    return smallest * (1 - TIE_TOLERANCE)


def class_of_value(values: Array, limits: Limits) -> tuple[Whole, Array]:
    """Class and cumulative share of each value.

    Equal values and ties (`TIE_TOLERANCE`) have the same class; see `smallest_values`.

    Returns:
        Class (position in `CLASSES`, -1 for a missing value, NaN) and cumulative share (0 to 1; NaN for a missing
        value, or if no value is positive), each (n,).
    """
    values = merge_ties(values)
    abc, share = np.full(len(values), -1), np.full(len(values), np.nan)
    known, positive = np.isfinite(values), values > 0
    abc[known & ~positive] = CLASSES.index("D")
    if positive.any():
        _, share[known] = shares_from_the_top(v=values[known])
        smallest = smallest_values(np.sort(values[positive])[::-1], limits, customers=int(known.sum()))
        abc[positive] = (values[positive, None] < smallest).sum(axis=1)  # 0 in A, 1 in B, 2 in C
    return abc, share


def places(values: Array, limits: Limits) -> tuple[Array, Array]:
    """Where each value stands, and where A and B end, on one scale from 0, the best: (n,) and (2,).

    The scale is the share that more valuable customers are of all with a value, for limits of customers; else the share
    that they hold of the sum of positive values. NaN for a missing value, or where no value is positive.
    """
    values = merge_ties(values)
    place, known, positive = np.full(len(values), np.nan), np.isfinite(values), values > 0
    if not positive.any():
        return place, np.full(2, np.nan)
    customers = int(known.sum())
    if isinstance(limits, ClassLimits) and limits.of == CUSTOMERS:
        place[known] = (ranks_from_the_top(values[known]) - 1) / customers
        return place, np.array(limits.at)
    place[known], _ = shares_from_the_top(v=values[known])
    if isinstance(limits, tuple):
        return place, np.array(limits)
    smallest = smallest_values(np.sort(values[positive])[::-1], limits, customers=customers)
    held = [total(values[positive & (values >= least)]) for least in smallest]
    return place, np.array(held) / total(values[positive])


def computed_limits(descending: Array) -> tuple[float, float]:
    """The smallest value in A and the smallest in B, from the shape of the Lorenz curve of positive values, (n,).

    With p = i / n and Y(p) the share of the sum that the i largest hold:
    the Pareto point is the point of the curve nearest to (0, 1): argmin p^2 + (1 - Y)^2;
    the break-even point is where one more customer has a mean share, dY/dp = 1: the last value >= the mean;
    A ends at the first of the two, and B, from the second at p = b, at argmin (p - b)^2 + (1 - Y)^2.

    Source: Ultsch and Loetsch (2015), PLoS ONE 10(6), e0129767; on the discrete curve, without their spline.
    """
    p, Y = (axis[1:] for axis in curve(v=descending))
    pareto = int(np.argmin(p**2 + (1 - Y) ** 2))
    # A mean of equal values may come out a hair above them.
    break_even = int(np.count_nonzero(descending >= descending.mean() * (1 - TIE_TOLERANCE))) - 1
    first, second = sorted((pareto, break_even))
    last = int(np.argmin((p - p[second]) ** 2 + (1 - Y) ** 2))
    return float(descending[first]), float(descending[last])
