"""`fit_on_distinct`: fits to lazy tables, by the distinct rows of what the model reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast

from kundkarriar.engines.engine import Engine, engine_of
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.errors import KundkarriarError
from kundkarriar.id_kinds import ID
from kundkarriar.summaries.lazy.counted_rows import counted_rows, ids_are_distinct
from kundkarriar.summaries.required_weights import N_CUSTOMERS

Method = TypeVar("Method", bound=Callable[..., Any])


def fit_on_distinct(reads: Callable[[Any], Iterable[str] | None]) -> Callable[[Method], Method]:
    """Decorator of `fit`: of a lazy table the distinct rows are collected, with the number of customers of each.

    So the engine does the heavy work. A table with weights is distinct already, and is collected. So is one that
    breaks a law, which the fit then refuses as any table in memory, and one whose covariates stand in a frame of their
    own.

    Args:
        reads: the names of the columns that the fit of a spec reads; None where they are not known, and the table is
            collected.
    """

    def decorated(fit: Method) -> Method:
        @wraps(fit)
        def fitted(spec: Any, table: Any, **given: Any) -> Any:
            found = engine_of(table)
            if found is None:
                return fit(spec, table, **given)
            return fit_of_lazy(*found, lambda rows, more: fit(spec, rows, **given | more), given, reads=reads(spec))

        return cast("Method", fitted)

    return decorated


def fit_of_lazy(
    engine: Engine,
    frame: LazyFrame,
    fit: Callable[[Any, dict[str, Any]], Any],
    given: dict[str, Any],
    *,
    reads: Iterable[str] | None,
) -> Any:
    """What `fit` makes of the distinct rows, `weights` naming their numbers; else of the collected table."""
    columns, wanted = frame.collect_schema().names(), set(reads or ())
    read = [name for name in columns if name in wanted]
    plain = reads is not None and given.get("weights") is None and given.get("customers") is None
    unweighted = N_CUSTOMERS in columns and ID not in columns  # refused
    if not (plain and read) or unweighted or not ids_are_distinct(engine, frame):
        return fit(engine.collected(frame).to_native(), {})
    rows = counted_rows(engine, frame, read)
    try:
        return fit(rows.to_native(), {"weights": N_CUSTOMERS})
    except KundkarriarError as error:
        if error.rows:
            return fit(engine.collected(frame).to_native(), {})
        raise with_columns(error, columns, own=rows.columns) from None


def with_columns(error: KundkarriarError, columns: list[str], *, own: list[str]) -> KundkarriarError:
    """An error that lists the columns of a frame, where it lists those of its distinct rows, `own`.

    >>> str(with_columns(KundkarriarError("there is no T in ['a', 'n']."), ["a", "b"], own=["a", "n"]))
    "there is no T in ['a', 'b']."
    """
    return type(error)(str(error).replace(repr(own), repr(columns)))
