"""The column `gaps` of a summary: the days between a customer's purchase days, written, read and checked.

A cell is a list of whole numbers where the frame library has lists (polars, pyarrow), and text with blanks elsewhere:
"3 21".
"""

from __future__ import annotations

import re
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from attrs import evolve

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.dates_as_integers import NEVER, DateHints, date_ticks
from kundkarriar.dates.period import DAYS
from kundkarriar.engines.arrow_columns import list_column, numbers_of_lists
from kundkarriar.errors import DataError
from kundkarriar.frames import TEXTS, NarrowFrame, is_missing, is_number, narrow, refuse_rows, text_column
from kundkarriar.season.warped_time import lead
from kundkarriar.summaries.purchase_gaps import DECIMALS, PurchaseGaps, ends_of
from kundkarriar.summaries.purchase_rows import PurchaseRows

GAPS = "gaps"
MADE_BY = "kk.summarize(transactions, as_of=..., gaps=True)"
SHOWN = ("customer_id", "frequency", "recency", "T", GAPS)
SLACK_DAYS = 0.02
"""Tolerance of sums, in days: files round `recency` and `T` to three digits."""
LONGEST_LEAD = 732.0
"""More days than warped time can be ahead of the calendar or behind it between two days."""
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def gaps_between(day: Whole, *, start: Whole, end: Whole) -> PurchaseGaps:
    """The gaps between the purchase days `day[start:end]` of each customer, (n,), in days and in order of time.

    >>> day = np.array([0, 3, 24, 7])
    >>> gaps_between(day, start=np.array([0, 3]), end=np.array([3, 4])).length
    array([ 3., 21.])
    """
    count = np.maximum(end - start - 1, 0)
    starts = ends_of(count)
    at = np.arange(starts[-1]) + np.repeat(start - starts[:-1], count)
    return PurchaseGaps(length=day[at + 1] - day[at], starts=starts)


def packed(gaps: PurchaseGaps, *, missing: Mask, like: object) -> nw.Series[Any]:
    """The column `gaps` of whole days for a frame of the library of `like`; missing for the rows `missing`, (n,).

    >>> gaps = PurchaseGaps(length=[3, 21], starts=[0, 2, 2, 2])
    >>> packed(gaps, missing=np.array([False, False, True]), like=pd.DataFrame()).to_list()[:2]
    ['3 21', '']
    """
    backend = narrow(like, need="gaps").implementation
    if backend.is_pyarrow():
        column = list_column(gaps.length.astype(np.int64), gaps.starts, missing=missing)
        made: nw.Series[Any] = nw.from_native(column, series_only=True)
        return made.alias(GAPS)
    # One join and one split for all rows: each row is its line break and its numbers, all but the first after a blank.
    code, days = pd.factorize(gaps.length.astype(np.int64))
    plain = [str(each) for each in days.tolist()]
    words = np.array([*plain, *(f" {each}" for each in plain), "\n"], dtype=object)
    leads = gaps.starts[:-1][gaps.count > 0]
    later = np.ones(len(code), dtype=np.int64)
    later[leads] = 0
    tokens = np.full(len(code) + len(gaps), len(words) - 1)
    tokens[np.arange(len(code)) + gaps.row + 1] = code + later * len(plain)
    lines = "".join(words[tokens].tolist()).split("\n")[1:]
    texts = text_column(lines, np.where(missing, -1, np.arange(len(lines))), like=like)
    if not backend.is_polars():
        return texts
    lists: nw.Series[Any] = nw.from_native(texts.to_native().str.extract_all("[0-9]+"), series_only=True)
    return lists.cast(nw.List(nw.Int64))


def unpacked(column: nw.Series[Any]) -> tuple[Array, Whole, Mask]:
    """The numbers of a column of packed gaps, (m,), how many each row has, (n,), and which rows are no numbers, (n,).

    A missing cell has no number: a file has no other way to write the text of a customer without gaps.

    >>> import pandas as pd
    >>> unpacked(nw.from_native(pd.Series(["3 21", "", "soon", None]), series_only=True))[1].tolist()
    [2, 0, 0, 0]
    """
    quick = None
    if isinstance(column.dtype, nw.List) and not column.implementation.is_pandas():
        quick = _of_lists(column)
    elif isinstance(column.dtype, TEXTS):
        quick = _of_texts(column.to_list())
    if quick is not None:
        return *quick, np.zeros(len(column), dtype=bool)
    cells = [_numbers(cell) for cell in column.to_list()]
    count = np.array([len(cell or ()) for cell in cells], dtype=np.int64)
    values = np.array([value for cell in cells for value in cell or ()], dtype=np.float64)
    return values, count, np.array([cell is None for cell in cells], dtype=bool)


def _of_texts(cells: list[Any]) -> tuple[Array, Whole] | None:
    """The numbers of cells of digits and blanks, and how many each has; None where some cell holds anything else."""
    if not all(isinstance(cell, str) or is_missing(cell) for cell in cells):
        return None
    text = "\n".join([cell if isinstance(cell, str) else "" for cell in cells])
    letters = np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)
    digit, breaks = ((letters >= ord("0")) & (letters <= ord("9"))) | (letters == ord(".")), letters == ord("\n")
    if not (digit | breaks | (letters == ord(" "))).all() or breaks.sum() != max(len(cells) - 1, 0):
        return None
    begins = digit & ~np.concatenate([[False], digit[:-1]])[: len(digit)]
    count = np.bincount(np.cumsum(breaks)[begins], minlength=len(cells)).astype(np.int64)
    return np.fromstring(text, sep=" ") if count.any() else np.empty(0), count


def _of_lists(column: nw.Series[Any]) -> tuple[Array, Whole] | None:
    """The numbers of a column of lists, and how many each has; None where they are no numbers, or missing."""
    inner: Any = column.dtype.inner  # type: ignore[attr-defined]
    if not (inner.is_numeric() if isinstance(inner, nw.dtypes.DType) else inner().is_numeric()):
        return None
    if column.implementation.is_pyarrow():
        return numbers_of_lists(column.to_native())
    count = column.list.len().fill_null(0).to_numpy().astype(np.int64)
    values = column.alias(GAPS).to_frame().explode(GAPS)[GAPS].cast(nw.Float64).to_numpy()
    missing = np.isnan(values)  # an empty list becomes one missing value
    return (values[~missing], count) if missing.sum() == (count == 0).sum() else None


def _numbers(cell: Any) -> list[float] | None:
    """The numbers of one cell: of text, of a list, or one number; None if it holds anything else."""
    if isinstance(cell, str):
        tokens = cell.split(" ")
        return [float(each) for each in tokens if each] if all(map(NUMBER.fullmatch, filter(None, tokens))) else None
    if not isinstance(cell, list | tuple | np.ndarray):
        cell = [] if is_missing(cell) else [cell]
    values = list(np.atleast_1d(cell)) if isinstance(cell, np.ndarray) else list(cell)
    return [float(each) for each in values] if all(map(is_number, values)) else None


def read_gaps(
    frame: NarrowFrame, rows: PurchaseRows, position: Whole, *, period: str, season: str | None, need: str
) -> PurchaseGaps:
    """The gaps of the customers who have bought, (n,), from the column `gaps`, in periods and in order of time.

    Args:
        frame: the summary. Where it has first_purchase, last_purchase and as_of, they must agree with the gaps and `T`;
            under a season it needs first_purchase.
        rows: the customers who have bought, with all other checks made.
        position: the frame row of each of them, (n,).
        period: the unit of `recency` and `T`.
        season: the key of the season that warps `recency` and `T`, and by which the gaps are warped; None for none.
        need: the caller's name, which starts the messages.

    Raises:
        DataError: no column `gaps`, cells that are no numbers, more or fewer than `frequency`, days that are not whole
            or below 1, gaps that do not add up to `recency`, other dates.
    """
    if GAPS not in frame.columns:
        raise DataError.because(
            f"{need} needs the gaps between the purchase days of each customer: the summary has no column `{GAPS}`.",
            hint=f"{MADE_BY}.",
        )
    days, count, unreadable = unpacked(frame[GAPS])
    law = f"{need} needs days in `{GAPS}`: a list of whole numbers, or text with blanks between them"
    refuse_rows(frame, unreadable, law, hint=f"{MADE_BY} writes it.", shown=SHOWN)
    expected = np.zeros(len(frame))
    expected[position] = rows.x
    law = f"{need}: `{GAPS}` are the days between purchase days: as many as `frequency`"
    hint = f"{MADE_BY} writes both; make both anew where purchases are left out or added."
    refuse_rows(frame, count != expected, law, hint=hint, shown=SHOWN)
    gaps = PurchaseGaps(length=days, starts=ends_of(count[position]))  # all other rows have none
    refuse_no_days(frame, gaps, position, need=need, whole="first_purchase" in frame.columns)
    unit, allowed = DAYS[period], SLACK_DAYS if season is None else LONGEST_LEAD
    law = f"{need}: `{GAPS}` add up to `recency`"
    hint = f"`{GAPS}` are in days, `recency` in the unit of `period`, from the first purchase day to the last."
    off = np.abs(gaps.total() - rows.t_x * unit)
    refuse_rows(frame, off > allowed, law, hint=hint, shown=SHOWN, at=position)
    index = None if season is None else [float(each) for each in season.split(" ")]
    first = read_first_day(frame, gaps, rows.T * unit, position, index=index, need=need)
    if first is None or index is None:
        return evolve(gaps, length=gaps.length / unit)
    ends = np.cumsum(gaps.length) - np.repeat(gaps.before() - first, count[position])
    warped = gaps.length + (_lead(ends, index) - _lead(ends - gaps.length, index))
    # Equal gaps of different years differ by rounding errors: rounded, they are one number, whoever comes first.
    gaps = evolve(gaps, length=np.round(warped / unit, DECIMALS))
    law = f"{need}: `{GAPS}`, in the time of the season, add up to `recency`"
    hint = "kk.summarize(transactions, as_of=..., season=season, gaps=True) writes both."
    off = np.abs(gaps.total() - rows.t_x) * unit
    refuse_rows(frame, off > SLACK_DAYS, law, hint=hint, shown=SHOWN, at=position)
    return gaps


def refuse_no_days(frame: NarrowFrame, gaps: PurchaseGaps, position: Whole, *, need: str, whole: bool) -> None:
    """Refuse gaps that are not above 0, or no whole days of at least 1.

    They are `whole` where the summary has dates; simulated customers have none and buy in continuous time.
    """
    laws = (
        (
            gaps.length < 0,
            "are the days from one purchase day to the next: at least 1",
            "sort the purchase days of each customer before taking differences, or use",
        ),
        (
            whole & (gaps.length != np.floor(gaps.length)),
            "are the days from one purchase day to the next: whole numbers",
            "time stamps are no purchase days: use",
        ),
        (
            gaps.length == 0,
            "are the days from one purchase day to the next: at least 1",
            "several purchases of a day are one, as pauses within a day are of another kind: use",
        ),
    )
    for broken, law, hint in laws:
        if broken.any():
            at = position[np.unique(gaps.row[broken])]
            everyone = np.ones(len(at), dtype=bool)
            refuse_rows(frame, everyone, f"{need}: `{GAPS}` {law}", hint=f"{hint} {MADE_BY}.", shown=SHOWN, at=at)


def read_first_day(
    frame: NarrowFrame, gaps: PurchaseGaps, age: Array, position: Whole, *, index: list[float] | None, need: str
) -> Array | None:
    """The day of the first purchase of each row, (n,), if the frame has it; the other dates must agree with it.

    `age` is `T` in days, warped by the seasonal `index` if there is one, (n,).
    """
    first, last, as_of = "first_purchase", "last_purchase", "as_of"
    if first not in frame.columns:
        if index is None:
            return None
        raise DataError.because(
            f"{need} needs `{first}`, from which the gaps are measured in the time of the season.",
            hint="kk.summarize(transactions, as_of=..., season=season, gaps=True) writes it.",
        )
    begin = _days(frame, first, position, need=need)
    shown, hint = ["customer_id", first, last, GAPS], f"{MADE_BY} writes all three."
    if last in frame.columns:
        off = begin + gaps.total() != _days(frame, last, position, need=need)
        law = f"{need}: `{GAPS}` lead from `{first}` to `{last}`"
        refuse_rows(frame, off, law, hint=hint, shown=shown, at=position)
    if as_of in frame.columns:
        end = _days(frame, as_of, position, need=need)
        off = np.abs((end - begin) + (_lead(end, index) - _lead(begin, index)) - age) > SLACK_DAYS
        law = f"{need}: `T` is the age at the end of `{as_of}`, from `{first}` on"
        refuse_rows(frame, off, law, hint=hint, shown=["customer_id", first, as_of, "T"], at=position)
    return begin


def _days(frame: NarrowFrame, column: str, position: Whole, *, need: str) -> Array:
    """A date of each row, as days since 1970-01-01, (n,)."""
    hints = DateHints.of_column(f'summary["{column}"]')
    days = date_ticks(frame, column, need=need, nullable=True, hints=hints)[position]
    law, hint = f"{need} needs `{column}` of every customer who has bought", f"{MADE_BY} writes it."
    refuse_rows(frame, days == NEVER, law, hint=hint, shown=["customer_id", column], at=position)
    return days.astype(np.float64)


def _lead(day: Array, index: list[float] | None) -> Array:
    """The lead of warped time at the end of each purchase day, in days, (n,); 0 without a season."""
    if index is None:
        return np.zeros(len(day))
    code, days = pd.factorize(day)  # there are few distinct days, and a lead takes longer than hashing
    return lead(day=days + 1, index=index)[code]
