"""Terms of customer value: margin, costs and returned share of each customer."""

from typing import Any, TypeAlias

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, numbers, require, rows_where
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.margins.category_margins import CategoryMargins, Margin

Terms: TypeAlias = dict[str, Array]
"""Arguments of `net_value`, (n,) each: margin, serve and market (costs per year), handle (cost of one order), returned
(share of gross spend)."""


def read_terms(summary: NarrowFrame, *, margin: Margin, costs: Costs | None, customers: Any, returned: Array) -> Terms:
    """The terms, each a given number or a named column of `customers`, or of the summary where `customers` lacks it.

    A margin by category is that of what each customer buys.
    """
    paid = costs or Costs()
    given = {
        "margin": 0.0 if isinstance(margin, CategoryMargins) else margin,
        "serve": paid.serve_per_year,
        "handle": paid.per_order,
        "market": paid.market_per_year,
    }
    places = ("margin", "costs.serve_per_year", "costs.per_order", "costs.market_per_year")
    read = (_term(term, summary, customers, what=what) for term, what in zip(given.values(), places, strict=True))
    terms = dict(zip(given, read, strict=True))
    if isinstance(margin, CategoryMargins):
        terms["margin"] = margin.of(summary, customers=customers, need="ValueScorer")
    for name, column in given.items():
        if name == "margin":
            wrong, hint = terms[name] > 1, "write 0.32 for 32 percent."
            law = f"the margins in `{column}` must be shares of revenue, at most 1"
        else:
            wrong, hint = terms[name] < 0, "write what is paid out as > 0."
            law = f"the costs in `{column}` must be at least 0"
        if wrong.any():
            rows = {**rows_where(summary, wrong, ["customer_id"]), str(column): terms[name][wrong].tolist()}
            raise DataError.at_rows(law, rows, of=len(summary), hint=hint, unit="customers")
    return terms | {"returned": returned}


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
