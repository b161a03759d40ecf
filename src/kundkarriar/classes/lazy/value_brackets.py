"""Where a cumulative sum or count of very many values reaches a limit, by a few passes of the engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE, merge_ties

VALUE = "value"
BINS = 4096
MOST_COLLECTED = 500_000
"""Candidates for a limit that are collected; while there are more, their bracket is narrowed."""
WIDE = 16.0
"""Ratio of the ends of a bracket above which its bins are of equal width in logarithms."""
NEAR = 1e-9
"""Relative distance within which values are collected that may tie with a limit."""


@frozen(kw_only=True, eq=False)
class Bracket:
    """The values from `low` to `high`, among which a limit lies.

    Attributes:
        low, high: the least and the largest of them.
        count: their number.
        above_sum, above_count: the sum and the number of larger values.
    """

    low: float
    high: float
    count: int
    above_sum: float = 0.0
    above_count: int = 0


@frozen(kw_only=True, eq=False)
class Bins:
    """The values of a bracket in bins, the largest first; (k,) each."""

    low: Array
    high: Array
    count: Array
    sums: Array = field()

    @sums.default
    def _nothing(self) -> Array:
        return np.zeros(len(self.low))

    @classmethod
    def of(cls, engine: Engine, values: LazyFrame, bracket: Bracket) -> Bins:
        """The bins of the values in a bracket that hold some."""
        value, low, high = nw.col(VALUE), bracket.low, bracket.high
        if high > WIDE * low:
            place = (value.log() - math.log(low)) * (BINS / (math.log(high) - math.log(low)))
        else:
            place = (value - low) * (BINS / (high - low) if high > low else 0.0)
        within = values.filter((value >= low) & (value <= high)).with_columns(bin=place.round(0))
        found = engine.collected(
            within.group_by("bin").agg(low=value.min(), high=value.max(), count=nw.len(), sums=value.sum())
        )
        columns = {
            name: np.asarray(found[name].to_numpy(), dtype=np.float64) for name in ("low", "high", "count", "sums")
        }
        order = np.argsort(-columns["high"])
        made = cls(**{name: each[order] for name, each in columns.items()})
        # of equal values the sum is exact
        return evolve(made, sums=np.where(made.low == made.high, made.count * made.low, made.sums))


def smallest_by(
    engine: Engine, values: LazyFrame, whole: Bracket, limits: Sequence[float], *, of_sum: bool
) -> list[float]:
    """The largest value such that it and all larger ones reach each of some limits: a share of the sum, or a number.

    Args:
        engine: of the values.
        values: the positive values, in the column "value"; they are read a few times.
        whole: the bracket of all of them.
        limits: shares of the sum of all, or numbers of values.
        of_sum: whether they are shares.
    """
    bins = Bins.of(engine, values, whole)
    total = math.fsum(bins.sums)
    reached = [limit * total * (1 - TIE_TOLERANCE) if of_sum else limit for limit in limits]
    return [_reached(engine, values, whole, bins, limit, of_sum=of_sum) for limit in reached]


def _reached(engine: Engine, values: LazyFrame, bracket: Bracket, bins: Bins, limit: float, *, of_sum: bool) -> float:
    """The value at which a limit is reached."""
    while True:
        before = bracket.above_sum if of_sum else bracket.above_count
        held = before + np.cumsum(bins.sums if of_sum else bins.count)
        at = min(int(np.searchsorted(held, limit)), len(held) - 1)
        bracket = Bracket(
            low=float(bins.low[at]),
            high=float(bins.high[at]),
            count=int(bins.count[at]),
            above_sum=bracket.above_sum + math.fsum(bins.sums[:at]),
            above_count=bracket.above_count + int(bins.count[:at].sum()),
        )
        if bracket.low == bracket.high:
            return bracket.low
        if bracket.count <= MOST_COLLECTED:
            break
        bins = Bins.of(engine, values, bracket)
    before = bracket.above_sum if of_sum else bracket.above_count
    candidates = np.sort(_between(engine, values, bracket.low, bracket.high))[::-1]
    held = before + np.cumsum(candidates if of_sum else np.ones(len(candidates)))
    return float(candidates[min(int(np.searchsorted(held, limit)), len(candidates) - 1)])


def least_of_ties(engine: Engine, values: LazyFrame, smallest: float) -> float:
    """The least value that ties, one by one, with a value of at least `smallest`; that itself where none is near."""
    if not math.isfinite(smallest):
        return smallest
    near = _between(engine, values, smallest * (1 - NEAR), smallest * (1 + NEAR), distinct=True)
    in_class = merge_ties(near) >= smallest
    return float(near[in_class].min()) if in_class.any() else smallest


def _between(engine: Engine, values: LazyFrame, low: float, high: float, *, distinct: bool = False) -> Array:
    """The values from `low` to `high`, (k,)."""
    some: Any = values.filter((nw.col(VALUE) >= low) & (nw.col(VALUE) <= high))
    some = some.group_by(VALUE).agg(nw.len().alias("count")) if distinct else some
    return np.asarray(engine.collected(some)[VALUE].to_numpy(), dtype=np.float64)
