"""Careers as a panel of arrays: the state of every customer in each month since entry, without gaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from kundkarriar.arguments import WholeNumber
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import read_ids
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import (
    TEXTS,
    NarrowFrame,
    category_codes,
    narrow,
    no_text,
    nulls,
    numbers,
    require,
    rows_where,
    text_column,
    text_is,
)
from kundkarriar.ladder.rungs.rung import MOST_RUNGS
from kundkarriar.numerics.markov.step_counts import StepCounts

NEED = "the panel of careers"
MONTH = WholeNumber(least=-23_640, most=96_359)
"""A month counted from 1970-01, of the years 0 to 9999."""


@frozen(kw_only=True)
class State:
    """A state in a career: a rung and, where the ladder has the flag, whether the customer has lapsed.

    >>> str(State(rung="client", lapsed=True))
    'client, lapsed'
    """

    rung: str
    lapsed: bool | None = None

    def __str__(self) -> str:
        return f"{self.rung}, lapsed" if self.lapsed else self.rung


@frozen(kw_only=True, eq=False)
class CareerPanel:
    """The states of every customer, month by month since entry.

    Attributes:
        customers: ids in order of first appearance, (n,).
        states: the states; a code is a position among them.
        code: code of the state of each row, of the least whole type; rows are sorted by customer, then month, (rows,).
        start: first row of each customer, and the number of rows, (n + 1,).
        entry: month of each customer's first row, counted from 1970-01, (n,).
        known: whether the customer entered in that month, (n,).
        row: the frame row that each row was read from, (rows,).
    """

    customers: nw.Series[Any]
    states: tuple[State, ...]
    code: Whole
    start: Whole
    entry: Whole
    known: Mask
    row: Whole

    def __len__(self) -> int:
        return len(self.entry)

    @property
    def lengths(self) -> Whole:
        """Number of months of each customer, (n,)."""
        return np.diff(self.start)

    @property
    def first(self) -> int:
        """The first month of all customers."""
        return int(self.entry.min())

    @property
    def last(self) -> int:
        """The last month of all customers."""
        return int((self.entry + self.lengths).max(initial=0)) - 1

    @property
    def month(self) -> Whole:
        """The month of each row, (rows,)."""
        return np.arange(len(self.code)) - np.repeat(self.start[:-1] - self.entry, self.lengths)

    @property
    def owner(self) -> Whole:
        """The customer of each row, (rows,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def until(self, month: int) -> CareerPanel:
        """The rows up to the end of `month`; without customers who entered later."""
        if month >= self.last:
            return self
        return self._rows(self.month <= month)

    def of(self, chosen: Mask) -> CareerPanel:
        """The rows of the chosen customers, (n,)."""
        return self._rows(np.repeat(chosen, self.lengths))

    def state_at(self, month: int) -> Whole:
        """Each customer's state in `month`, (n,); -1 without a row."""
        at = self.start[:-1] + month - self.entry
        has_row = (month >= self.entry) & (at < self.start[1:])
        return np.where(has_row, self.code[np.where(has_row, at, 0)], -1)

    def states_after(self, month: int, *, months: int) -> Whole:
        """Each customer's state in each of the months after `month`, (n, months); -1 without a row."""
        return np.stack([self.state_at(month + step) for step in range(1, months + 1)], axis=1)

    def steps(self) -> tuple[Whole, Whole]:
        """Rows that are followed by a row of the same customer, and these following rows."""
        at = np.flatnonzero(np.diff(self.owner) == 0)
        return at, at + 1

    def require_steps(self) -> None:
        """Refuse a panel in which no customer has two months."""
        if not (self.lengths >= 2).any():
            raise DataError.because(
                f"movement needs two months in a row, and none of the {len(self):,} customers has them.",
                hint="careers over a longer time: ladder.careers(transactions, as_of=<a later day>).",
            )

    def counts(self, design: Array | None = None) -> tuple[StepCounts, Whole]:
        """First state and numbers of steps of each different career, and the place of each customer's there, (n,).

        Careers differ by the covariates of their customers too, `design` (n, q).
        """
        names = [state.rung for state in self.states]
        rungs = np.array([names.index(name) for name in names])
        return StepCounts.of(self.code, self.start, known=self.known, rungs=rungs, design=design)

    def blocks(self, size: int) -> Iterator[CareerPanel]:
        """The panel in parts of `size` customers each."""
        for at in range(0, len(self), size):
            some, start = slice(at, at + size), self.start[at : at + size + 1]
            rows = slice(start[0], start[-1])
            own = {name: getattr(self, name)[some] for name in ("customers", "entry", "known")}
            yield evolve(self, code=self.code[rows], row=self.row[rows], start=start - start[0], **own)

    def _rows(self, kept: Mask) -> CareerPanel:
        """The panel of some rows, which include the first row of each remaining customer."""
        lengths = np.bincount(self.owner[kept], minlength=len(self))
        some = lengths > 0
        return CareerPanel(
            customers=self.customers.filter(some.tolist()),
            states=self.states,
            code=self.code[kept],
            start=np.concatenate([[0], np.cumsum(lengths[some])]),
            entry=self.entry[some],
            known=self.known[some],
            row=self.row[kept],
        )


def read_careers(
    careers: object, *, states: Sequence[State] | None = None, rungs: Sequence[str] | None = None
) -> CareerPanel:
    """Check a frame of careers, and read the state of each customer in each month.

    Args:
        careers: customer_id, period_start, rung, and optionally lapsed, complete (incomplete rows are left out), entry
            ("unknown": the first state is not the state at entry). As from `CustomerLadder.careers`.
        states: the states of a movement; other states are refused. None: the states that occur.
        rungs: names from low to high, including rungs that nobody has been on; None: the rungs that occur, ordered by
            a column `rung_number`, else by first appearance.

    Raises:
        DataError: columns are missing; a customer has a month twice, out of order, or a month left out; a rung is
            missing or unknown.
    """
    frame = complete_rows(careers, columns=["customer_id", "period_start", "rung"])
    refuse_rows(frame, nulls(frame["rung"]), "every row needs a rung", _BEFORE_ENTRY)
    panel = read_rows(frame)
    code, known_states = _states(frame, states=states, rungs=rungs)
    return evolve(panel, states=known_states, code=code[panel.row])


def complete_rows(careers: object, *, columns: Sequence[str], need: str = NEED) -> NarrowFrame:
    """The rows of a frame of careers that later data will not change; refuses a frame that has none."""
    frame = narrow(careers, need=need)
    require(frame, columns, need=need)
    if len(frame) and "complete" in frame.columns:
        complete = _flag(frame, "complete")
        frame = frame if complete.all() else frame[np.flatnonzero(complete)]
    if len(frame) == 0:
        raise DataError.because(
            f"{NEED} has no complete row.", hint="ladder.careers(transactions, as_of=...) over two months or more."
        )
    return frame


def read_rows(frame: NarrowFrame) -> CareerPanel:
    """The months of each customer, without their states: every code is 0; refuses months that do not follow."""
    month = read_months(frame)
    code, customers = customer_codes(read_ids(frame, need=NEED, shown=("period_start",)), need=NEED)
    order = np.arange(len(code)) if (np.diff(code) >= 0).all() else np.argsort(code, kind="stable")
    _refuse_gaps(frame, code[order], month[order], order)
    start = np.concatenate([[0], np.cumsum(np.bincount(code))])
    first = order[start[:-1]]
    known = np.ones(len(first), dtype=bool)
    if "entry" in frame.columns:
        unknown, said = (text_is(frame["entry"], word) for word in ("unknown", "known"))
        hint = "see ladder.careers(..., burn_in=...)."
        refuse_rows(frame, ~(unknown | said), '`entry` is "known" or "unknown"', hint, column="entry")
        known = said[first]
    return CareerPanel(
        customers=customers,
        states=(),
        code=np.zeros(len(order), np.int64),
        start=start,
        entry=month[first],
        known=known,
        row=order,
    )


def month_number(origin: Any) -> int:
    """The month of a date, counted from 1970-01.

    >>> month_number("1970-03-31")
    2
    """
    return int(as_day(origin, name="origin").astype("datetime64[M]").astype(np.int64))


_BEFORE_ENTRY = (
    "a customer's rows begin with the first event; leave out the months before it, or give them a rung of their own, "
    'such as "not yet seen".'
)


def read_months(frame: NarrowFrame) -> Whole:
    """The month of each row, counted from 1970-01; refuses a `period_start` that is not the first of a month."""
    if not isinstance(frame["period_start"].dtype, nw.Date | nw.Datetime):
        raise DataError.because(
            f"{NEED} needs dates in `period_start`, found {frame['period_start'].dtype}.",
            hint="pd.to_datetime(careers['period_start']), or careers from ladder.careers(...).",
        )
    missing = nulls(frame["period_start"])
    refuse_rows(frame, missing, "every row needs a `period_start`", "repair these rows.")
    day = frame["period_start"].to_numpy().astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    hint = "careers go from month to month; write the first of the month."
    refuse_rows(frame, day != month.astype("datetime64[D]"), "a period begins on the first of a month", hint)
    return month.astype(np.int64)


def _refuse_gaps(frame: NarrowFrame, code: Whole, month: Whole, order: Whole) -> None:
    """Refuse customers whose months do not follow one another."""
    step = np.diff(month, prepend=0)
    step[np.diff(code, prepend=-1) != 0] = 1
    for wrong, law, hint in (
        (step == 0, "a customer has one row a month", "drop the rows that come twice."),
        (step < 0, "a customer's rows go forward in time", "sort by customer_id and period_start."),
        (
            step > 1,
            "a customer has a row for every month since entry, those without a purchase too",
            "insert the missing months (0 purchases), as ladder.careers(...) does.",
        ),
    ):
        rows = np.zeros(len(frame), dtype=bool)
        rows[order[wrong]] = True
        refuse_rows(frame, rows, law, hint)


def _states(
    frame: NarrowFrame, *, states: Sequence[State] | None, rungs: Sequence[str] | None
) -> tuple[Whole, tuple[State, ...]]:
    """The code of each row, (rows,), and the states."""
    dtype = frame["rung"].dtype
    if isinstance(dtype, nw.Object | nw.Binary) or dtype.is_nested() or dtype.is_float():
        odd = np.array([not _names_a_rung(value) for value in frame["rung"].to_list()])
        refuse_rows(frame, odd, "a rung is a text", "careers['rung'].map(...) gives each a name.")
    if not (dtype.is_numeric() or isinstance(dtype, (*TEXTS, nw.Boolean, nw.Object))):
        raise DataError.because(
            f"{NEED} needs text in `rung`, found {dtype}.",
            hint="careers['rung'].map(...) gives each a name.",
        )
    rung, occurring_rungs = _rungs(frame)
    if len(occurring_rungs) > MOST_RUNGS:
        found = len(occurring_rungs)
        raise DataError.because(
            f"{NEED} needs at most {MOST_RUNGS} rungs, found {found:,}.", hint="is `rung` the column of the rung?"
        )
    flagged = "lapsed" in frame.columns
    flag = _flag(frame, "lapsed") if flagged else np.zeros(len(frame), dtype=bool)
    if states is not None and not flagged and any(state.lapsed is not None for state in states):
        raise DataError.because(
            f"{NEED} has no column `lapsed`, and the movement tells the lapsed apart.",
            hint="give the careers as ladder.careers(...) made them, or fit the movement to careers without the flag.",
        )
    pair = rung * 2 + flag
    if states is None:
        ordered = _order(frame, rung, occurring_rungs, rungs=rungs)
        seen = np.bincount(pair, minlength=2 * len(occurring_rungs)) > 0
        states = states_seen(seen, occurring_rungs, ordered=ordered, flagged=flagged)
    code = codes_of_pairs(occurring_rungs, states)[pair]
    hint = f"it knows {[str(state) for state in states]}; fit it again to careers with the new one."
    refuse_rows(frame, code < 0, "every row stands on a rung that the movement was fitted to", hint)
    return code, tuple(states)


def states_seen(seen: Mask, names: Sequence[str], *, ordered: Sequence[str], flagged: bool) -> tuple[State, ...]:
    """The states of the rungs `ordered` from low to high: those seen, and rungs without one as not lapsed.

    `seen` says of each pair of a rung of `names` and the flag (2 * rung + lapsed) whether it occurs, (2 * rungs,).
    """
    occurring = {(names[at // 2], at % 2) for at in np.flatnonzero(seen).tolist()}
    return tuple(
        State(rung=name, lapsed=bool(lapsed) if flagged else None)
        for name in ordered
        for lapsed in (0, 1)
        if (name, lapsed) in occurring or not (lapsed or (name, 1) in occurring)
    )


def codes_of_pairs(names: Sequence[str], states: Sequence[State]) -> NDArray[Any]:
    """The state of each pair of a rung of `names` and the flag (2 * rung + lapsed), (2 * rungs,); -1 without one."""
    place = {(state.rung, int(bool(state.lapsed))): at for at, state in enumerate(states)}
    codes = [place.get((name, lapsed), -1) for name in names for lapsed in (0, 1)]
    return np.array(codes, dtype=np.min_scalar_type(-len(states) - 1))


def _rungs(frame: NarrowFrame) -> tuple[Whole, list[str]]:
    """The number of each row's rung, (rows,), and the rungs, by first appearance."""
    coded = category_codes(frame["rung"])
    if coded is not None:
        codes, words = coded
        first = np.full(len(words), len(codes))
        first[codes[::-1]] = np.arange(len(codes))[::-1]  # the last one written is the first row
        order = [at for at in np.argsort(first, kind="stable").tolist() if first[at] < len(codes)]
        number = np.zeros(len(words), np.int64)
        number[order] = np.arange(len(order))
        return number[codes], [words[at] for at in order]
    try:
        texts = frame["rung"]
        if isinstance(texts.dtype, nw.Object):  # which polars does not cast
            texts = text_column(map(str, texts.to_list()), like=frame)
        rung, names = customer_codes(texts.cast(nw.String))
    except UnicodeEncodeError:
        raise no_text("rung") from None
    return rung, [str(name) for name in names.to_list()]


def _names_a_rung(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, Real) and math.isfinite(value))


def _order(frame: NarrowFrame, rung: Whole, occurring: Sequence[str], *, rungs: Sequence[str] | None) -> Sequence[str]:
    """The rungs from low to high: those given, else those that occur."""
    if rungs is not None:
        if unknown := [name for name in occurring if name not in rungs]:
            raise DataError.because(
                f"the careers have rungs that are not among those given: {unknown}.",
                hint=f"rungs= names all, from low to high; it has {list(rungs)}.",
            )
        return rungs
    if "rung_number" in frame.columns:
        first = np.empty(len(occurring), dtype=np.int64)
        first[rung[::-1]] = np.arange(len(rung))[::-1]  # the first row of each is written last
        number = numbers(frame, "rung_number", need=NEED)[first]
        return [occurring[at] for at in np.argsort(number, kind="stable")]
    return occurring


def _flag(frame: NarrowFrame, column: str) -> Mask:
    """A column of truth values, (rows,)."""
    if isinstance(frame[column].dtype, nw.Boolean) and not nulls(frame[column]).any():
        return frame[column].to_numpy().astype(bool)
    values = frame[column].to_list()
    odd = np.array([not isinstance(value, bool | np.bool_) for value in values])
    hint = "convert it to truth values and fill in what is missing."
    refuse_rows(frame, odd, f"`{column}` is True or False", hint, column=column)
    return np.array(values, dtype=bool)


def refuse_rows(frame: NarrowFrame, wrong: Mask, law: str, hint: str, *, column: str = "rung") -> None:
    """Refuse careers in which some rows, (rows,), break a law; their `column` is shown."""
    if wrong.any():
        shown = rows_where(frame, wrong, ["customer_id", "period_start", column])
        raise DataError.at_rows(f"{NEED}: {law}", shown, of=len(frame), hint=hint)
