"""The groups of customers that columns make, alone or crossed, or a function that labels customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.arguments import COLUMN, NAME, read_many, refusal
from kundkarriar.arrays import Whole
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import array_from
from kundkarriar.frames import NarrowFrame, require

NEED = "judge_segments"
MOST_GROUPS = 1_000
BY_LAW = "schemes, each the name of a column or several crossed"
BY_HINT = 'write by=["rung", ("rung", "abc")].'
SEGMENTERS_LAW = "functions of customers to labels, by name"
SEGMENTERS_HINT = 'write segmenters={"class": lambda frame: kk.ABCClassifier().classify(frame)["abc"]}.'

Segmenter = Callable[[Any], Any]
"""Labels customers: from a frame of them to one label each, in its order; None and NaN are no label."""


@frozen(kw_only=True, eq=False)
class Scheme:
    """A partition of customers into groups.

    Attributes:
        name: its name.
        group: the group of each customer, (n,) codes from 0 without gaps; those without a label are a group.
        unlabelled: number of customers without a label, or without one of the crossed labels.
        segmenter: the function that labelled them; None for columns.
    """

    name: str
    group: Whole
    unlabelled: int
    segmenter: Segmenter | None = None

    @property
    def groups(self) -> int:
        """The number of groups."""
        return int(self.group.max(initial=-1)) + 1

    def alone(self, customers: NarrowFrame, some: Whole) -> Whole:
        """The groups of the customers in `some` rows, (m,), whom the segmenter labels without the others."""
        if self.segmenter is None:
            return self.group[some]
        labels = _labels(self.segmenter(customers[some].to_native()), customers=len(some), name=self.name)
        return scheme_of([labels], name=self.name).group


def read_schemes(customers: NarrowFrame, by: Any, segmenters: Any) -> tuple[Scheme, ...]:
    """The schemes of columns, then those of functions.

    Raises:
        DataError: none at all, a name twice, a column that is not there, labels that are no text, numbers or dates, or
            too many different ones.
    """
    names = (by,) if isinstance(by, str) else read_many(by, "by", law=BY_LAW, hint=BY_HINT)
    crossed = [_columns(each, given=by) for each in names]
    functions = _functions(segmenters)
    require(customers, [column for several in crossed for column in several], need=NEED)
    called = [*map(" x ".join, crossed), *functions]
    if not called:
        raise refusal(by, "by", law=f"{BY_LAW}; at least one", hint=BY_HINT)
    if twice := sorted({name for name in called if called.count(name) > 1}):
        raise DataError.because(f"{NEED} judges each scheme once, these stand twice: {twice}.", hint=BY_HINT)
    schemes = [
        scheme_of([customers[column] for column in several], name=name)
        for name, several in zip(called, crossed, strict=False)
    ]
    whole = customers.to_native()
    for name, label in functions.items():
        labels = _labels(label(whole), customers=len(customers), name=name)
        schemes.append(scheme_of([labels], name=name, segmenter=label))
    for scheme in schemes:
        _refuse_too_many(scheme, n=len(customers))
    return tuple(schemes)


def scheme_of(columns: Sequence[Any], *, name: str, segmenter: Segmenter | None = None) -> Scheme:
    """The scheme of one column of labels, or of several crossed."""
    group, missing = np.zeros(len(columns[0]), dtype=np.int64), np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        code = _codes(column, name=name)
        missing |= code < 0
        _, group = np.unique(group * (int(code.max(initial=0)) + 2) + code + 1, return_inverse=True)
    return Scheme(name=name, group=group, unlabelled=int(missing.sum()), segmenter=segmenter)


def _columns(scheme: Any, *, given: Any) -> tuple[str, ...]:
    columns = (scheme,) if isinstance(scheme, str) else scheme
    if not isinstance(columns, tuple | list) or not columns or not all(map(COLUMN.holds, columns)):
        raise refusal(given, "by", law=BY_LAW, hint=BY_HINT)
    return tuple(map(str, columns))


def _functions(given: Any) -> dict[str, Segmenter]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not given:
        raise refusal(given, "segmenters", law=SEGMENTERS_LAW, hint=SEGMENTERS_HINT)
    if not all(NAME.holds(name) and callable(label) for name, label in given.items()):
        raise refusal(given, "segmenters", law=SEGMENTERS_LAW, hint=SEGMENTERS_HINT)
    return {str(name): label for name, label in given.items()}


def _labels(labels: Any, *, customers: int, name: str) -> Any:
    """Labels that a function gave, a value for each of its customers."""
    try:
        values: Any = nw.from_native(labels, series_only=True)
    except TypeError:
        values = array_from(labels)
    if values is None or getattr(values, "ndim", 1) != 1 or len(values) != customers:
        raise DataError.because(
            f"{NEED} needs one label of each of the {customers:,} customers from the segmenter {name!r}.",
            hint="return a column of labels: lambda frame: frame['value_12M'] > 100.",
        )
    return values


def _codes(column: Any, *, name: str) -> Whole:
    """The code of each label, (n,); -1 where there is none."""
    native = column.to_native() if isinstance(column, nw.Series) else column
    pandas = isinstance(native, pd.Series)
    try:
        codes, _ = pd.factorize(native if pandas or isinstance(native, np.ndarray) else column.to_numpy())
    except Exception:  # noqa: BLE001 - lists, dicts, or foreign objects without a hash
        raise DataError.because(
            f"{NEED} needs labels that are text, numbers, dates or truth values: those of {name!r} cannot be told"
            " apart.",
            hint="make them text.",
        ) from None
    return np.asarray(codes, dtype=np.int64)


def _refuse_too_many(scheme: Scheme, *, n: int) -> None:
    if scheme.groups > 1 and (scheme.groups > MOST_GROUPS or 2 * scheme.groups > n):
        raise DataError.because(
            f"{NEED} takes at most {MOST_GROUPS:,} groups, of two customers each on average: {scheme.name!r} has "
            f"{scheme.groups:,} of {n:,} customers.",
            hint='cut numbers into fifths first: pd.qcut(column, 5, labels=False, duplicates="drop") in pandas, '
            ".qcut(5) in polars; put rare labels together.",
        )
