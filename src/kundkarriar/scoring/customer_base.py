"""The input of scores and draws: the buyers of a summary as arrays, with order value, margin, costs and returns."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.frames import NarrowFrame, add_columns, narrow, numbers, refuse_rows
from kundkarriar.history.ledger.transaction_rows import LARGEST
from kundkarriar.models.interface.predictions import predictions
from kundkarriar.models.interface.protocols import ReadsSpend
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.scoring.prospects.prospects import Prospects
from kundkarriar.scoring.terms import Terms
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.summaries.checked_summary import CheckedSummary
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True, eq=False)
class CustomerBase:
    """The input of scores and draws: purchase history, order value and terms of the n buyers of a summary, as arrays.

    A plan has its own table, `CustomerTable`, made from scores.

    Attributes:
        summary: all customers, in the order given, with plain ids; prospects are in no array but in `prospects`.
        checked: frequency, recency and T of each buyer, (n,), and the buyers' rows in `summary`.
        orders: what the spend model reads first of each buyer, (n,): the frequency, or what its `read_spend` says.
        spent: what it reads beside that, (n,) or (n, k): mean gross spend per repeat purchase day, or of `read_spend`.
        order_value: expected gross spend per future purchase day, (n,).
        terms: margin, costs and returned share of each buyer, (n,).
        clock: the clock of warped time; None: `checked` is in calendar time.
        prospects: the prospects whose first contact is known; None where first purchases are not modelled.
    """

    summary: NarrowFrame = field(repr=False)
    checked: CheckedSummary = field(repr=False)
    orders: Array = field(repr=False)
    spent: Array = field(repr=False)
    order_value: Array = field(repr=False)
    terms: Terms = field(repr=False)
    clock: SeasonClock | None = None
    prospects: Prospects | None = field(default=None, repr=False)

    @property
    def rows(self) -> PurchaseRows:
        """Frequency, recency and T of each buyer, (n,)."""
        return self.checked.rows

    @property
    def buyers(self) -> Whole:
        """Rows of the buyers in `summary`, (n,)."""
        return self.checked.position

    def __len__(self) -> int:
        return len(self.buyers)

    def frame_of(self, columns: dict[str, Array]) -> Any:
        """A frame of the kind of the summary: customer_id and `columns`, (all customers,) each."""
        return add_columns(self.summary.select("customer_id").to_native(), columns)

    def equals(self, other: CustomerBase) -> bool:
        """Whether `other` has the same customers in the same order, with equal histories and terms."""
        if self is other:
            return True
        mine, theirs = ((each.order_value, *each.columns(), *each.gap_hashes()) for each in (self, other))
        same = self.clock == other.clock and len(mine) == len(theirs) and all(map(np.array_equal, mine, theirs))
        return same and self.summary["customer_id"].to_list() == other.summary["customer_id"].to_list()

    @cached_property
    def distinct_row(self) -> Whole:
        """Number of each buyer's distinct row, (n,): equal history, spend and terms have one number."""
        keys = np.array(self.columns())
        order = np.lexsort(keys)
        differs = (np.diff(keys[:, order]) != 0).any(axis=0)
        number = np.zeros(len(self), dtype=np.int64)
        number[order[1:]] = np.cumsum(differs)
        return number

    @cached_property
    def draw_order(self) -> Whole:
        """Buyers by distinct row and, within one, by a stable hash of their id, (n,)."""
        ids = self.summary["customer_id"].to_numpy()[self.buyers]
        return np.lexsort((stable_hash(ids=ids), self.distinct_row))

    def columns(self) -> tuple[Array, ...]:
        """History, spend and terms of each buyer, (n,) each."""
        rows = self.rows
        patterns = () if rows.gaps is None else (rows.gaps.pattern().astype(np.float64),)
        older = () if rows.older is None else (rows.older.astype(np.float64),)
        history = rows.x, rows.t_x, rows.T, *patterns, *older, *rows.covariates.T
        return self.orders, *history, *np.atleast_2d(self.spent.T), *self.terms.values()

    def gap_hashes(self) -> tuple[NDArray[np.uint64], ...]:
        """Hashes of the gaps of each buyer, (n,) each, equal where gaps are, in other bases too; none without gaps."""
        return () if self.rows.gaps is None else self.rows.gaps.hashes()


def check_customers_frame(customers: Any, *, need: str) -> None:
    """Refuse `customers` that is not a frame with one row per customer, also where no column of it is used."""
    if customers is not None:
        unique_ids(narrow(customers, need=need), need=f"{need}: `customers`", hint=ONE_ROW_HINT)


@frozen(kw_only=True, eq=False)
class SpendOfBuyers:
    """The spend of n buyers, as fields of `CustomerBase`: orders (n,), spent (n,) or (n, k), order_value (n,)."""

    orders: Array
    spent: Array
    order_value: Array

    @classmethod
    def read(cls, summary: Any, *, model: Any, customers: Any, buyers: Whole, x: Array, need: str) -> SpendOfBuyers:
        """The spend of the buyers as `model` reads it; `x` is their frequency, (n,).

        Order values are NaN where there is no spend model, as of purchases without amounts.
        """
        wide = narrow(summary, need=need)
        if model is None:
            return cls(orders=x, spent=np.zeros(len(buyers)), order_value=np.full(len(buyers), np.nan))
        ids, own = wide["customer_id"].to_list(), isinstance(model, ReadsSpend)
        more = {"customers": customers} if own else {}
        (order_value,) = predictions(model, summary, ["expected_order_value"], ids=ids, known=buyers, **more)
        if own:
            orders, spent = (np.asarray(each)[buyers] for each in model.read_spend(summary, need=need, **more))
            return cls(orders=orders, spent=spent, order_value=order_value[buyers])
        spent = np.zeros(len(wide))
        if "monetary_value" in wide.columns:
            spent = np.nan_to_num(numbers(wide, "monetary_value", need=need, nullable=True))
        return cls(orders=x, spent=spent[buyers], order_value=order_value[buyers])


AS_SUMMARIZED = "kk.summarize(transactions, as_of=...) computes it; repair these rows."


def returned_spend(summary: NarrowFrame, buyers: Whole, *, need: str) -> dict[str, Array]:
    """Gross spend, returns and purchase days of each buyer, (n,) each; 0 where the summary lacks these columns."""
    names = ("total_value", "returns_value", "n_transactions")
    if not set(names) <= set(summary.columns):
        return dict.fromkeys(("gross", "returned", "n"), np.zeros(len(buyers)))
    total, returned, days = (numbers(summary, name, need=need) for name in names)
    for name, values, least in (("total_value", total, -LARGEST), ("returns_value", returned, 0.0)):
        law = f"{need} needs amounts from {least:g} to {LARGEST:g} in `{name}`"
        wrong = (values < least) | (values > LARGEST)
        refuse_rows(summary, wrong, law, hint=AS_SUMMARIZED, shown=["customer_id", name])
    total, returned, days = total[buyers], returned[buyers], days[buyers]
    return {"gross": np.maximum(total + returned, 0.0), "returned": returned, "n": days}
