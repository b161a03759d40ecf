"""ABC classes of lazy scores."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.classes.lazy.value_brackets import VALUE, Bracket, least_of_ties, smallest_by
from kundkarriar.classes.limits import AMOUNT, CLASSES, ClassLimits, Limits, smallest_values
from kundkarriar.classes.value_column import FIRST_PURCHASE, LARGEST, class_values, shares_of, value_column
from kundkarriar.engines.eagerly import eagerly
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import Block, LazyFrame, as_lazy
from kundkarriar.errors import CapabilityError
from kundkarriar.frames import add_columns, narrow, new_frame, text_column
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.money.ranked_amounts import RankedAmounts
from kundkarriar.summaries.lazy.counted_rows import ids_are_distinct
from kundkarriar.summaries.lazy.row_by_row import refuse_arguments

NEED = "ABCClassifier"


@frozen(kw_only=True, eq=False)
class Classified:
    """The class of each customer of a block, by the smallest values in A and in B; the share where it is asked for."""

    by: str
    smallest: Array
    shares: Callable[[Array], Array] | None

    def __call__(self, block: Block) -> Block:
        """The block with the columns `abc` and `cumulative_share`."""
        values = class_values(narrow(block, need=NEED), self.by, need=NEED)
        known, positive = np.isfinite(values), values > 0
        codes = np.where(known, CLASSES.index("D"), -1)
        codes[positive] = (values[positive, None] < self.smallest).sum(axis=1)
        columns: dict[str, Any] = {"abc": text_column(CLASSES, codes, like=block)}
        if self.shares is not None:
            columns["cumulative_share"] = self.shares(values)
        return add_columns(block, columns)


def classes_of_lazy(
    classifier: Any, engine: Engine, frame: LazyFrame, *, draws: Any, previous: Any, cumulative_share: bool | None
) -> Any:
    """`ABCClassifier.classify` of lazy scores.

    Without the cumulative share, limits of shares and of customers are found by a few aggregates over all values. With
    it, and for computed limits, the values are collected, a number for each customer. With earlier classes, and where
    something is wrong, the scores are collected.
    """
    if draws is not None:
        raise CapabilityError.because(
            f"{NEED} reads draws beside scores in memory, and the scores are lazy.",
            hint="leave draws= out, or collect the scores of the customers that were drawn.",
        )
    wanted = not engine.cluster if cumulative_share is None else cumulative_share

    def classify(table: Any) -> Any:
        return classifier.classify(table, previous=previous, cumulative_share=wanted)

    if previous is not None:
        return eagerly(engine, frame, classify)
    refuse_arguments(engine, frame, lambda table: class_values(narrow(table, need=NEED), classifier.by, need=NEED))
    frame = engine.kept(frame) if engine.cluster else frame
    by = value_column(engine.collected(frame.head(0)), classifier.by, need=NEED)
    whole = _positive(engine, frame, by)
    if whole is None or not ids_are_distinct(engine, frame):
        return eagerly(engine, frame, classify)
    customers, bracket = whole
    values = engine.kept(_values(frame, by).filter(nw.col(VALUE) > 0))
    ranked = None
    if wanted or isinstance(classifier.limits, str):
        every = engine.collected(_values(frame, by) if wanted else values)[VALUE].to_numpy()
        ranked = RankedAmounts.of(np.asarray(every, dtype=np.float64))
        descending = -ranked.lifted
        raw = smallest_values(descending[descending > 0], classifier.limits, customers=customers)
    else:
        raw = _smallest(engine, values, bracket, classifier.limits, customers=customers)
    smallest = np.array([least_of_ties(engine, values, float(each)) for each in raw])
    shares = ranked.shares() if ranked is not None and wanted else None
    return engine.mapped(frame, Classified(by=by, smallest=smallest, shares=shares)).to_native()


def _values(frame: LazyFrame, by: str) -> LazyFrame:
    """The value of each customer who has bought, null where it is missing."""
    value = nw.col(by).cast(nw.Float64)
    known = ~(value.is_null() | value.is_nan())
    if FIRST_PURCHASE in frame.collect_schema().names():
        first = nw.col(FIRST_PURCHASE).cast(nw.Float64)
        known &= first.is_null() | first.is_nan()
    return frame.select(nw.when(known).then(value).otherwise(nw.lit(None)).alias(VALUE))


def _positive(engine: Engine, frame: LazyFrame, by: str) -> tuple[int, Bracket] | None:
    """The number of customers with a value, and the bracket of positive ones; None where a value breaks a law."""
    schema = frame.collect_schema()
    if not all(schema[name].is_numeric() for name in (by, FIRST_PURCHASE) if name in schema):
        return None
    value = nw.col(VALUE)
    gain = nw.when(value > 0).then(value).otherwise(nw.lit(None))
    found = engine.collected(
        _values(frame, by).select(
            known=value.count(), low=value.min(), high=value.max(), least=gain.min(), count=gain.count()
        )
    )
    known, low, high, least, count = (found[name].to_list()[0] for name in found.columns)
    if not count or max(abs(low), abs(high)) > LARGEST:
        return None
    return int(known), Bracket(low=float(least), high=float(high), count=int(count))


def _smallest(engine: Engine, values: LazyFrame, whole: Bracket, limits: Limits, *, customers: int) -> Array:
    """The smallest value in A and in B; see `smallest_values`."""
    if isinstance(limits, ClassLimits) and limits.of == AMOUNT:
        smallest = list(limits.at)
    elif isinstance(limits, ClassLimits):
        within = [math.ceil(at * customers * (1 - TIE_TOLERANCE)) for at in limits.at]
        smallest = smallest_by(engine, values, whole, within, of_sum=False)
    else:
        smallest = smallest_by(engine, values, whole, [float(each) for each in limits], of_sum=True)
    return np.array(smallest) * (1 - TIE_TOLERANCE)


def class_table_of_lazy(classifier: Any, engine: Engine, frame: LazyFrame, *, draws: Any, previous: Any) -> Any:
    """`ABCClassifier.table` of lazy scores: the classes, added up by the engine."""
    classes = as_lazy(
        classes_of_lazy(classifier, engine, frame, draws=draws, previous=previous, cumulative_share=False)
    )
    by = value_column(engine.collected(frame.head(0)), classifier.by, need=NEED)
    names = ("smallest_value", "customers", "value", "gain")
    value = nw.col(by).cast(nw.Float64)
    gain = nw.when(value > 0).then(value).otherwise(nw.lit(0.0))
    made = dict(zip(names, (value.min(), nw.len(), value.sum(), gain.sum()), strict=True))
    found = engine.collected(classes.filter(~nw.col("abc").is_null()).group_by("abc").agg(**made)).sort("abc")
    least, customers, sums, gains = (np.asarray(found[name].to_numpy()) for name in names)
    columns: dict[str, Any] = {
        "abc": found["abc"],
        "smallest_value": least.astype(np.float64),
        "customers": customers.astype(np.int64),
        "share_of_customers": customers / max(customers.sum(), 1),
        "value": sums.astype(np.float64),
        "share_of_value": shares_of(sums.astype(np.float64), values=gains.astype(np.float64)),
    }
    return engine.uploaded(new_frame(columns, like=found.to_native()), beside=frame).to_native()
