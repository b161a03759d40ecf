"""The change in value between two tables of customers, by what it comes from."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arguments import MOST
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.engines.eagerly import handed_back, in_memory
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, refuse_rows, require, text_column
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.numerics.money.product_split import product_split
from kundkarriar.products.label_groups import LabelGroups, read_by

NEED = "gain_split"
PURCHASES, REVENUE, CLV, COST, BREADTH = "expected_purchases", "expected_revenue", "clv", "cost", "breadth"
FACTORS = ("frequency", "basket", "breadth", "margin")
PARTS = (*FACTORS, "cost", "new_customers", "lost_customers")
TAKEN = ("customer_id", "status", "customers", "before", "after", "change", *PARTS)
STATUS = ("kept", "new", "lost")
SCORED = "both tables come from FittedValueScorer.score or FittedCareer.customers."


def gain_split(before: FrameT, after: Any, *, by: Any = None) -> FrameT:
    """The change in the value of customers between two dates: how much of it is frequency, basket, breadth and margin.

    The value of a customer is purchases x basket x breadth x margin, less the cost: purchases are `expected_purchases`;
    the basket is `expected_revenue` per purchase and, where there is `breadth`, per category bought; the margin is
    `clv` per unit of revenue. The parts are the Shapley values of the change, so they sum to it and do not depend on an
    order. A factor that is not defined on one side, as the basket of a customer without purchases, counts as it is on
    the other. More purchases are repurchase, a larger basket is upsell, and more breadth is add-on selling.

    Args:
        before: the earlier table of a scorer, one row per customer: customer_id, expected_purchases, expected_revenue,
            clv; optional, in both tables: cost, and breadth (categories on a purchase day, as from
            `kk.summarize(mix=True)`; where it is missing, it is that of the other table, or 1). Customers without a
            clv, as prospects, have no value yet.
        after: the later table, of the same scorer.
        by: columns that group customers, as "rung", read of `after`, and of lost customers of `before`; None: one row
            per customer.

    Returns:
        One row per customer of either table who has a value in one of them, those of `after` first: customer_id,
        status ("kept", "new" or "lost"), before, after (clv less cost), change; of kept customers frequency, basket,
        breadth, margin and cost (the last at most 0 where costs rose); new_customers and lost_customers (the whole
        change of these). The parts sum to `change`. With `by`: one row per group, with customers in place of
        customer_id and status, and sums of all amounts.

    Raises:
        DataError: a column is missing, or in one table only; ids twice; a purchase without revenue but with a clv;
            numbers that are missing beside a clv, negative or infinite.

    >>> import pandas as pd
    >>> before = pd.DataFrame({"customer_id": [1, 2], "expected_purchases": [2.0, 1.0],
    ...                        "expected_revenue": [20.0, 5.0], "clv": [8.0, 2.0]})
    >>> after = pd.DataFrame({"customer_id": [1, 3], "expected_purchases": [3.0, 1.0],
    ...                       "expected_revenue": [36.0, 9.0], "clv": [14.4, 3.6]})
    >>> gain_split(before, after).round(2)[["customer_id", "status", "change", "frequency", "basket", "margin"]]
       customer_id status  change  frequency  basket  margin
    0            1   kept     6.4        4.4     2.0     0.0
    1            3    new     3.6        0.0     0.0     0.0
    2            2   lost    -2.0        0.0     0.0     0.0

    Source: the parts are those of `kundkarriar.numerics.money.product_split`, Shapley (1953), eq. 12.
    """
    old, new = (narrow(in_memory(each), need=NEED) for each in (before, after))
    for name, frame in (("before", old), ("after", new)):
        require(frame, ["customer_id", PURCHASES, REVENUE, CLV], need=f"{NEED}: `{name}`")
    shared = {name for name in (COST, BREADTH) if _in_both(old, new, name)}
    sides = [_Side.read(frame, name, shared=shared) for name, frame in (("before", old), ("after", new))]
    earlier, later = sides
    code, customers = customer_codes(
        earlier.ids, known=later.ids, need=NEED, frame_name="`before`", known_name="`after`"
    )
    n, at = len(customers), (code, np.arange(len(later.ids)))
    there = [side.spread(side.valued, place, n=n, missing=False) for side, place in zip(sides, at, strict=True)]
    kept, shown = there[0] & there[1], there[0] | there[1]
    parts = _parts(sides, at, n=n, kept=kept, there=there)
    status = np.where(kept, 0, np.where(there[1], 1, 2))
    if by is None:
        rows = np.flatnonzero(shown)
        columns: dict[str, Any] = {
            "customer_id": customers[rows.tolist()],
            "status": text_column(STATUS, status[rows], like=old),
        }
        columns |= {name: values[rows] for name, values in parts.items()}
        return _answer(columns, sides, before)
    names = read_by(by, new, taken=TAKEN, need=f"{NEED}: `after`")
    require(old, names, need=f"{NEED}: `before`")
    of_new = there[1][: len(later.ids)]
    gone = np.flatnonzero(earlier.valued & (status[code] == 2)) if len(code) else np.zeros(0, dtype=np.int64)
    labels = {
        name: new[name][np.flatnonzero(of_new).tolist()].to_list() + old[name][gone.tolist()].to_list()
        for name in names
    }
    groups = LabelGroups.of(labels, need=NEED)
    rows = np.concatenate([np.flatnonzero(of_new), code[gone]]).astype(np.int64)
    sums = {name: by_group(values[rows], groups.code, size=groups.number) for name, values in parts.items()}
    counted = {"customers": np.bincount(groups.code, minlength=groups.number)}
    return _answer({**groups.labels, **counted, **sums}, sides, before)


@frozen(kw_only=True, eq=False)
class _Side:
    """One of the two tables.

    Attributes:
        ids: of its m customers.
        factors: purchases, spend on one of them, breadth and margin, (4, m), NaN where not defined.
        clv, cost: (m,) each.
        valued: who has a clv, (m,).
        has_breadth: whether both tables tell the breadth.
    """

    ids: nw.Series[Any]
    factors: Array
    clv: Array
    cost: Array
    valued: Mask
    has_breadth: bool

    @classmethod
    def read(cls, frame: NarrowFrame, name: str, *, shared: set[str]) -> _Side:
        """The table `name`, whose numbers may be missing only where there is no clv."""
        need = f"{NEED}: `{name}`"
        ids = unique_ids(frame, need=need, hint=ONE_ROW_HINT)
        clv = _amounts(frame, CLV, need=need)
        valued = ~np.isnan(clv)
        purchases, revenue = (_known(frame, column, valued, need=need) for column in (PURCHASES, REVENUE))
        cost = _known(frame, COST, valued, need=need) if COST in shared else np.zeros(len(clv))
        breadth = _amounts(frame, BREADTH, need=need) if BREADTH in shared else np.ones(len(clv))
        law = f"{need} needs numbers above 0 in `{BREADTH}`: who buys, buys of one category at least"
        refuse_rows(frame, breadth <= 0, law, hint=SCORED, shown=["customer_id", BREADTH])
        law = f"{need} has a value without what makes it: `{CLV}` is {PURCHASES} x order value x margin"
        wrong = valued & (((purchases == 0) & (revenue != 0)) | ((revenue == 0) & (clv != 0)))
        refuse_rows(frame, wrong, law, hint=SCORED, shown=["customer_id", PURCHASES, REVENUE, CLV])
        spend, margin = (
            np.divide(up, down, where=valued & (down > 0), out=np.full(len(clv), np.nan))
            for up, down in ((revenue, purchases), (clv, revenue))
        )
        return cls(
            ids=ids,
            factors=np.array([purchases, spend, np.where(valued, breadth, np.nan), margin]),
            clv=clv,
            cost=cost,
            valued=valued,
            has_breadth=BREADTH in shared,
        )

    @staticmethod
    def spread(values: Any, at: Whole, *, n: int, missing: Any) -> Any:
        """Values of the side's customers among n, `missing` of the others."""
        answer = np.full(n, missing)
        answer[at] = values
        return answer


def _parts(sides: list[_Side], at: Any, *, n: int, kept: Mask, there: list[Mask]) -> dict[str, Array]:
    """The amounts of each customer, (n,) each; a factor that is not defined on a side is that of the other."""
    net = [
        np.where(own, side.spread(side.clv - side.cost, place, n=n, missing=0.0), 0.0)
        for side, place, own in zip(sides, at, there, strict=True)
    ]
    factors = [
        np.array([side.spread(row, place, n=n, missing=np.nan) for row in side.factors])
        for side, place in zip(sides, at, strict=True)
    ]
    filled = [np.where(np.isnan(own), other, own) for own, other in (factors, factors[::-1])]
    for each in filled:
        each[2] = np.where(np.isnan(each[2]), 1.0, each[2])
        each[1] /= each[2]
    split = product_split(*(np.where(kept & ~np.isnan(each), each, 0.0) for each in filled))
    costs = [
        np.where(kept, side.spread(side.cost, place, n=n, missing=0.0), 0.0)
        for side, place in zip(sides, at, strict=True)
    ]
    columns = {"before": net[0], "after": net[1], "change": net[1] - net[0]}
    columns |= dict(zip(FACTORS, split, strict=True))
    return columns | {
        "cost": costs[0] - costs[1],
        "new_customers": np.where(there[1] & ~there[0], net[1], 0.0),
        "lost_customers": np.where(there[0] & ~there[1], -net[0], 0.0),
    }


def _answer(columns: dict[str, Any], sides: list[_Side], before: FrameT) -> FrameT:
    if not sides[0].has_breadth:
        del columns["breadth"]
    made = new_frame(columns, like=narrow(in_memory(before), need=NEED).to_native())
    answer: FrameT = handed_back(made, like=before)
    return answer


def _in_both(old: NarrowFrame, new: NarrowFrame, column: str) -> bool:
    """Whether both tables have a column; one alone is refused."""
    if (column in old.columns) != (column in new.columns):
        lacks = "before" if column in new.columns else "after"
        raise DataError.because(
            f"{NEED} needs `{column}` in both tables or in neither, and `{lacks}` lacks it.",
            hint=f"drop `{column}` from the other, or score both with the same scorer.",
        )
    return column in old.columns


def _amounts(frame: NarrowFrame, column: str, *, need: str) -> Array:
    values = numbers(frame, column, need=need, nullable=True)
    law = f"{need} needs amounts of at most {MOST:.0e} in `{column}`"
    refuse_rows(frame, np.abs(values) > MOST, law, hint="repair these rows.", shown=["customer_id", column])
    return values


def _known(frame: NarrowFrame, column: str, valued: Mask, *, need: str) -> Array:
    """A column of numbers of at least 0, which may be missing where a customer has no value."""
    values = _amounts(frame, column, need=need)
    law = f"{need} needs a number of at least 0 in `{column}` of every customer with a clv"
    refuse_rows(frame, valued & ~(values >= 0), law, hint=SCORED, shown=["customer_id", column])
    return np.where(valued, values, 0.0)
