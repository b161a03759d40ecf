"""`row_by_row`: methods that add columns to a table, each row on its own, for lazy tables too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from attrs import evolve, frozen

from kundkarriar.engines.eagerly import eagerly
from kundkarriar.engines.engine import Engine, engine_of
from kundkarriar.engines.lazy_frames import Block, LazyFrame
from kundkarriar.errors import KundkarriarError, collected
from kundkarriar.frames import NarrowFrame, add_columns, narrow
from kundkarriar.stored import Stored
from kundkarriar.summaries.lazy.counted_rows import counted_rows, ids_are_distinct
from kundkarriar.summaries.lazy.known_rows import KnownRows
from kundkarriar.summaries.required_weights import N_CUSTOMERS

MOST_SENT = 200_000
"""Distinct rows up to which their answers are sent to the workers of a cluster."""
Method = TypeVar("Method", bound=Callable[..., Any])


@frozen(kw_only=True, eq=False)
class Asked:
    """A method of an object with its arguments but the table; a value that a worker of a cluster can be sent."""

    owner: Any
    method: str
    given: Mapping[str, Any]

    def __call__(self, table: Any) -> Any:
        """The answer for a table in memory; what it warns of is said once, of the whole table."""
        with collected():
            return getattr(self.owner, self.method)(table, **self.given)


@frozen(kw_only=True, eq=False)
class KnownAnswers:
    """Columns that were computed for distinct rows, added to blocks of rows.

    A block with a row that is not among them is asked on its own: a lazy frame is computed twice, and sums of floats
    may then differ in the last digit.
    """

    question: Asked
    names: Sequence[str]
    known: KnownRows
    answers: Mapping[str, Any]

    @classmethod
    def of(cls, question: Asked, rows: NarrowFrame, answer: NarrowFrame) -> KnownAnswers:
        """The columns of `answer` to a question that distinct `rows` lack."""
        added = {name: answer[name].to_numpy() for name in answer.columns if name not in rows.columns}
        columns = [values_of(rows, name) for name in rows.columns]
        return cls(question=question, names=rows.columns, known=KnownRows.of(columns), answers=added)

    def __call__(self, block: Block) -> Block:
        """The block with the columns added."""
        table = narrow(block, need="row_by_row")
        at = self.known.positions([values_of(table, name) for name in self.names])
        if (at < 0).any():
            return self.question(block)
        return add_columns(block, {name: values[at] for name, values in self.answers.items()})


def row_by_row(reads: Callable[[Any], Iterable[str] | None]) -> Callable[[Method], Method]:
    """Decorator of a method that adds columns to a table of customers: for lazy tables too, in blocks of rows.

    The distinct rows of what the method reads are collected first: they show whether some row breaks a law, and on one
    machine, and where they are not too many to be sent to the workers of a cluster, the method is asked of them alone.
    Else each block is computed where it lies. Where something is wrong, the table is collected, and the method says so
    as of any table in memory. So it is too where the covariates of customers stand in a frame of their own.

    Args:
        reads: the names of the columns that the method of an object reads; None where they are not known, and the
            table is collected.
    """

    def decorated(method: Method) -> Method:
        name = table_argument(method)

        @wraps(method)
        def asked(*arguments: Any, **given: Any) -> Any:
            found = engine_of(arguments[1] if len(arguments) > 1 else given.get(name))
            if found is None or len(arguments) > 2:
                return method(*arguments, **given)
            given.pop(name, None)
            owner = arguments[0]
            question = Asked(owner=owner, method=method.__name__, given=given)
            return added(*found, question, reads=reads(owner))

        return cast("Method", asked)

    return decorated


def table_argument(method: Callable[..., Any]) -> str:
    """The name of the first argument of a method, its table.

    >>> table_argument(KnownRows.positions)
    'columns'
    """
    return list(inspect.signature(method).parameters)[1]


def added(engine: Engine, frame: LazyFrame, question: Asked, *, reads: Iterable[str] | None) -> Any:
    """The table with the columns that a question adds."""

    def eager() -> Any:
        return eagerly(engine, frame, lambda table: getattr(question.owner, question.method)(table, **question.given))

    if reads is None or question.given.get("customers") is not None:
        return eager()
    refuse_arguments(engine, frame, question)
    wanted = set(reads)
    columns = [name for name in frame.collect_schema().names() if name in wanted]
    if not ids_are_distinct(engine, frame):
        return eager()
    rows = counted_rows(engine, frame, columns).drop(N_CUSTOMERS)
    try:
        answer = narrow(question(rows.to_native()), need=question.method)
    except KundkarriarError:
        return eager()
    sent = evolve(question, owner=without_data(question.owner))
    few = not engine.cluster or len(rows) <= MOST_SENT
    return engine.mapped(frame, KnownAnswers.of(sent, rows, answer) if few else sent).to_native()


def without_data(model: Any) -> Any:
    """A fitted model without the rows that it was fitted to, as workers of a cluster need it."""
    return type(model).from_dict(model.to_dict()) if isinstance(model, Stored) else model


def refuse_arguments(engine: Engine, frame: LazyFrame, question: Callable[[Any], Any]) -> None:
    """Ask of the first row alone: errors that are about no rows are about arguments, or columns that are missing."""
    try:
        question(engine.collected(frame.head(1)).to_native())
    except KundkarriarError as error:
        if not error.rows:
            raise


def values_of(table: NarrowFrame, name: str) -> Any:
    """The values of a column, (n,), which can be looked up; missing ones are NaN or None."""
    return table[name].to_numpy()
