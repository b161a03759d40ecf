"""Customers who may be older than the data: first seen so soon after its start that nobody can tell."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.errors import DataWarning
from kundkarriar.history.ledger import NEVER
from kundkarriar.history.period import Period

if TYPE_CHECKING:
    from numpy.typing import NDArray


def unknown_beginnings(
    *, first: NDArray[np.int64], contact: NDArray[np.int64], burn_in: str | Period, stacklevel: int
) -> NDArray[np.bool_]:
    """Which customers may be older than the data, (n,).

    A first contact within the data says that the beginning is known; a prospect's beginning is no purchase.

    Args:
        first: day of the first purchase since 1970-01-01, (n,); `NEVER` for prospects.
        contact: day of the first contact given, (n,); `NEVER` where there is none.
        burn_in: how long after the first purchase of all a first purchase says nothing: "3M".
        stacklevel: as the caller would give it to `warnings.warn`.

    Warns:
        DataWarning: how many there are, where there are any.

    >>> day = np.array([0, 90, 400])
    >>> with warnings.catch_warnings(action="ignore"):
    ...     unknown_beginnings(first=day, contact=np.array([NEVER, 80, NEVER]), burn_in="12M", stacklevel=1).tolist()
    [True, False, False]
    """
    bought: NDArray[np.bool_] = first != NEVER
    if not bought.any():
        return bought
    span, start = Period.of(burn_in), int(first[bought].min())
    last = span.after(np.datetime64(start - 1, "D")).astype(np.int64)
    unknown: NDArray[np.bool_] = bought & (first <= last) & (contact < start)
    if unknown.any():
        warnings.warn(
            f"{unknown.sum():,} of {bought.sum():,} customers were first seen within {span} of the start"
            f' of the data ({np.datetime64(start, "D")}): their beginning is not known (entry "unknown").',
            DataWarning,
            stacklevel=stacklevel + 1,
        )
    return unknown
