"""Terms of customer value: margin, costs and returned share of each customer."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import fields_dict, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, numbers, require, rows_where
from kundkarriar.scoring.costs import Costs


@frozen(kw_only=True, eq=False)
class Terms:
    """Terms of customer value, (n,) each.

    Attributes:
        margin: share of revenue left after the cost of goods.
        serve: cost to serve per year.
        handle: cost of one order.
        market: cost to market per year.
        returned: share of gross spend that is returned.
    """

    margin: Array
    serve: Array
    handle: Array
    market: Array
    returned: Array

    def as_columns(self, at: Whole) -> dict[str, Array]:
        """The terms of the customers at rows `at` as columns, (m, 1), to broadcast against draws, (m, S)."""
        return {name: values[at, None] for name, values in self.by_name().items()}

    def rows(self, at: Whole) -> Terms:
        """The terms of the customers at rows `at`, (m,) each."""
        return Terms(**{name: values[at] for name, values in self.by_name().items()})

    def by_name(self) -> dict[str, Array]:
        """The terms by name, (n,) each."""
        return {name: getattr(self, name) for name in fields_dict(Terms)}


def read_terms(
    summary: NarrowFrame, *, margin: float | str, costs: Costs | None, customers: Any, returned: Array
) -> Terms:
    """The terms, each a given number or a named column of `customers`, or of the summary where `customers` lacks it.

    Raises:
        DataError: a column is in neither frame; a customer is missing from `customers`; a margin above 1, a cost
            below 0.
    """
    paid = costs or Costs()
    terms = Terms(
        margin=_term(margin, summary, customers, what="margin"),
        serve=_term(paid.serve_per_year, summary, customers, what="costs.serve_per_year"),
        handle=_term(paid.per_order, summary, customers, what="costs.per_order"),
        market=_term(paid.market_per_year, summary, customers, what="costs.market_per_year"),
        returned=returned,
    )
    if isinstance(margin, str):
        law = f"the margins in `{margin}` must be shares of revenue, at most 1"
        _refuse(terms.margin > 1, terms.margin, margin, summary=summary, law=law, hint="write 0.32 for 32 percent.")
    for given, amounts in (
        (paid.serve_per_year, terms.serve),
        (paid.per_order, terms.handle),
        (paid.market_per_year, terms.market),
    ):
        if isinstance(given, str):
            law = f"the costs in `{given}` must be at least 0"
            _refuse(amounts < 0, amounts, given, summary=summary, law=law, hint="write what is paid out as > 0.")
    return terms


def _refuse(wrong: Mask, values: Array, column: str, *, summary: NarrowFrame, law: str, hint: str) -> None:
    if wrong.any():
        raise DataError.at_rows(
            law,
            {**rows_where(summary, wrong, ["customer_id"]), column: values[wrong].tolist()},
            of=len(summary),
            hint=hint,
            unit="customers",
        )


def _term(given: float | str, summary: NarrowFrame, customers: Any, *, what: str) -> Array:
    if not isinstance(given, str):
        return np.full(len(summary), given)
    need = f"ValueScorer({what}={given!r})"
    if customers is None:
        return numbers(summary, given, need=need)
    known = narrow(customers, need=need)
    if given not in known.columns and given in summary.columns:
        return numbers(summary, given, need=need)
    require(known, ["customer_id", given], need=need)
    ids = unique_ids(known, need=f"{need}: `customers`", hint=ONE_ROW_HINT)
    at = positions(summary["customer_id"], among=ids, need=need, frame_name="the summary", among_name="`customers`")
    if (absent := at < 0).any():
        raise DataError.at_rows(
            f"{need} needs every customer in `customers`",
            rows_where(summary, absent, ["customer_id"]),
            of=len(summary),
            hint=f"add these customers with their `{given}`.",
            unit="customers",
        )
    return numbers(known, given, need=need)[at]
