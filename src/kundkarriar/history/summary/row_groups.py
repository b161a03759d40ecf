"""Rows that are alike, found by whole numbers: a hash where every row must find its own again, else a sort."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

MOST_DAYS = 2**21


def whole_days(times: NDArray[np.float64], *, days: float) -> Whole | None:
    """Times as day numbers, (n,); None where some are no whole days, as continuous times and rounded files are not.

    Args:
        times: in periods, (n,).
        days: of one period.

    >>> whole_days(np.array([2 / 7, 30 / 7]), days=7.0)
    array([ 2, 30])
    """
    inexact = times * days
    whole = np.rint(inexact)
    inexact -= whole
    largest = float(whole.max(initial=0.0))
    near = max(float(inexact.max(initial=0.0)), -float(inexact.min(initial=0.0))) < 1e-9 * max(1.0, largest)
    return whole.astype(np.int64) if near and largest < MOST_DAYS else None


def codes(times: NDArray[np.float64], *, days: float) -> Whole:
    """A whole number for each different time: its day number where all are whole days, else its rank of appearance."""
    whole = whole_days(times, days=days)
    return pd.factorize(times)[0].astype(np.int64) if whole is None else whole


def group(columns: Sequence[Whole]) -> tuple[Whole, Whole]:
    """The group of each row, numbered by first appearance, and the first row of each group.

    >>> group([np.array([5, 3, 5]), np.array([1, 1, 1])])
    (array([0, 1, 0]), array([0, 1]))
    """
    key = columns[0]
    for code in columns[1:]:
        size = int(code.max(initial=0)) + 1
        if int(key.max(initial=0)) >= 2**62 // size:
            key = pd.factorize(key)[0].astype(np.int64)
        key = key * size + code
    inverse, different = pd.factorize(key)
    first = np.empty(len(different), dtype=np.int64)
    first[inverse[::-1]] = np.arange(len(key) - 1, -1, -1)
    return inverse.astype(np.int64, copy=False), first


def tally(columns: Sequence[Whole], *, weights: NDArray[np.float64] | None = None) -> tuple[list[Whole], Any] | None:
    """Each different row of whole numbers (>= 0) once, sorted, and what it weighs.

    One sort of one packed integer a row: a tenth of the time of a hash, where nobody asks which rows they were.

    Args:
        columns: the numbers, each (n,).
        weights: of the rows, (n,); 1 each without.

    Returns:
        The columns of the different rows, and their weights; None where a row does not fit into one integer.

    >>> tally([np.array([5, 3, 5]), np.array([1, 1, 1])])
    ([array([3, 5]), array([1, 1])], array([1, 2]))
    """
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    room = math.prod(sizes)
    if room >= 2**62:
        return None
    kind: Any = np.uint32 if room < 2**32 else np.int64  # half the bytes sort in half the time
    key = columns[0].astype(kind)
    for column, size in zip(columns[1:], sizes[1:], strict=True):
        key *= kind(size)
        key += column.astype(kind)
    if weights is None:
        key.sort()
    else:
        order = np.argsort(key, kind="stable")
        key, weights = key[order], weights[order]
    begins = np.flatnonzero(np.concatenate([np.ones(min(len(key), 1), dtype=bool), key[1:] != key[:-1]]))
    counts = np.diff(begins, append=len(key)) if weights is None else np.add.reduceat(weights, begins)
    rest = key[begins].astype(np.int64)
    parts = []
    for size in reversed(sizes[1:]):
        rest, part = np.divmod(rest, size)
        parts.append(part)
    return [rest, *reversed(parts)], counts
