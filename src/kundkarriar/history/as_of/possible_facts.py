"""What the facts of a purchase history can be: whole counts, of which none exceeds the count that it is part of."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column

COUNTS = ("purchase_days", "purchase_days_12M")
MONTH = "purchase_days_1M"
NESTED = ("quarters_active_12M", MONTH, *reversed(COUNTS))
"""Counts of which none exceeds a later one; but purchase days of a month may be more than quarters."""


def fact_values(edges: Mapping[str, set[Any]]) -> dict[str, list[Any]]:
    """The values to try of the columns that are counts, given what they are compared with.

    Counts are whole and not negative, active quarters at most four. Events are unknown where none were given.

    >>> fact_values({"quarters_active_12M": {3.0}, "value_12M": {10.0}})
    {'quarters_active_12M': [0.0, 1.0, 2.0, 3.0, 4.0]}
    """
    counted = {name: own for name, own in edges.items() if _is_count(name) and not any(map(_is_no_number, own))}
    days = (*COUNTS, MONTH)
    shared = set().union(range(5), *(counted[name] for name in days if name in counted))
    return {name: _whole(name, shared if name in days else own) for name, own in counted.items()}


def possible_facts(frame: pd.DataFrame) -> Mask:
    """Which combinations of facts a purchase history can have, (rows,); a missing one goes with any other."""
    possible = np.ones(len(frame), dtype=bool)
    for less, more in itertools.product(NESTED[:2], NESTED[2:]):
        if less in frame and more in frame:
            possible &= ~(frame[less] > frame[more]).to_numpy()
    if set(COUNTS) <= set(frame):
        possible &= ~(frame[COUNTS[1]] > frame[COUNTS[0]]).to_numpy()
    if "quarters_active_12M" in frame and MONTH in frame:  # each other quarter has a day of its own
        most = frame[[name for name in COUNTS if name in frame]].min(axis=1)
        others = frame["quarters_active_12M"] - 1
        possible &= ~((frame[MONTH] > 0) & ((others < 0) | (frame[MONTH] + others > most))).to_numpy()
    if "quarters_active_12M" in frame and "purchase_days_12M" in frame:
        quarters, days = frame["quarters_active_12M"], frame["purchase_days_12M"]
        possible &= (((quarters > 0) == (days > 0)) | quarters.isna() | days.isna()).to_numpy()
    return possible


def _whole(name: str, edges: set[Any]) -> list[Any]:
    near = {whole + step for edge in edges for whole in (math.floor(edge),) for step in (-1, 0, 1, 2)}
    most = 4 if name == "quarters_active_12M" else math.inf
    known = [float(value) for value in sorted(near | {0, 1}) if 0 <= value <= most]
    return [*known, np.nan] if is_event_column(name) else known


def _is_count(name: str) -> bool:
    if is_event_column(name):
        return EventColumn.of(name).measure is None
    return name in NESTED


def _is_no_number(value: Any) -> bool:
    return isinstance(value, str | bool)
