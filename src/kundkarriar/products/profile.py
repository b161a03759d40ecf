"""What groups of customers buy: shares of categories, against all customers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import COLUMN, LEVEL
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.engines.eagerly import handed_back, in_memory
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.numerics.mix.group_index import GroupIndex, group_index
from kundkarriar.products.bought import Bought
from kundkarriar.products.label_groups import LabelGroups, read_by

NEED = "profile"
FEW = 10
"""Customers with whom a group's interval begins to hold."""
MADE = (
    *("customers", "active", "buyers", "penetration", "spend", "share", "share_all", "index", "index_low"),
    *("index_high", "verdict", "breadth", "categories"),
)
STRENGTH, WEAKNESS, AS_ALL, FEW_TO_SAY = "strength", "weakness", "as all", "too few to say"


def profile(customers: FrameT, transactions: Any, *, by: Any, of: str = "category", level: float = 0.9) -> FrameT:
    """What each group of customers buys: group x category with its share, against the share of all customers.

    Spend is net of returns, at least 0 for each customer and category. An index of 150 says that the category has one
    and a half times the share in the group that it has among all. Intervals count customers, not rows, and are of one
    index each: among twenty, two lie outside intervals of 90 % by chance.

    Args:
        customers: one row per customer: customer_id, and the columns of `by`, as `career.customers()`.
        transactions: customer_id, date, amount, the column `of`, and optional order_id, as from `kk.transactions`. Of
            lazy ones (polars, DuckDB, Spark) sums by customer, order and category are collected.
        by: columns whose values, crossed, are the groups: "rung", or ["rung", "abc"].
        of: the column that is profiled: "category", "channel", or another one of words.
        level: level of the intervals of the index.

    Returns:
        One row per group and category, in the order of their labels: the columns of `by`; category (or the name of
        `of`); customers; active (those of them with spend); buyers (with spend on the category); penetration (buyers
        per customer); spend; share (of the group's spend, 0 to 1, which sum to 1); share_all; index (100 x share /
        share_all), index_low, index_high; verdict: "strength" (the interval lies above 100), "weakness" (below),
        "as all", or "too few to say" (less than 10 active customers); breadth (mean number of categories in an order
        with a positive amount, or on such a day where orders have no ids), categories (mean number of them that an
        active customer has bought): both of the group. Missing where a group has no spend.

    Raises:
        DataError: a column is missing, a row has no word in `of`, or there are more than 200 words; ids twice; no
            customers.
        CapabilityError: the purchases have no amounts.

    Warns:
        DataWarning: transactions of customers who are not in `customers`.

    >>> import pandas as pd
    >>> customers = pd.DataFrame({"customer_id": range(40), "rung": ["client", "trial buyer"] * 20})
    >>> bought = pd.DataFrame({"customer_id": list(range(40)) * 2, "date": pd.Timestamp("2026-01-05"),
    ...                        "amount": [9.0, 2.0] * 20 + [1.0, 8.0] * 20,
    ...                        "category": ["gifts"] * 40 + ["cards"] * 40})
    >>> profile(customers, bought, by="rung")[["rung", "category", "share", "share_all", "index", "verdict"]]
              rung category  share  share_all       index   verdict
    0       client    cards    0.1       0.45   22.222222  weakness
    1       client    gifts    0.9       0.55  163.636364  strength
    2  trial buyer    cards    0.8       0.45  177.777778  strength
    3  trial buyer    gifts    0.2       0.55   36.363636  weakness
    """
    of, level = COLUMN.read(of, "of"), LEVEL.read(level, "level")
    frame = narrow(in_memory(customers), need=NEED)
    names = read_by(by, frame, taken=("customer_id", of, *MADE), need=NEED)
    ids = unique_ids(frame, need=NEED, hint=ONE_ROW_HINT)
    refuse_empty(len(ids))
    groups = LabelGroups.of({name: frame[name].to_list() for name in names}, need=NEED)
    bought = Bought.read(transactions, of=of, customers=ids, others=False, need=NEED)
    found = group_index(
        group=groups.code,
        groups=groups.number,
        customer=bought.customer,
        category=bought.category,
        amount=bought.amount,
        categories=len(bought.words),
        level=level,
    )
    G, C = found.amount.shape
    size = np.bincount(groups.code, minlength=G)
    orders, breadth = (np.bincount(groups.code, weights=each, minlength=G) for each in (bought.orders, bought.breadth))
    of_group = {
        "customers": size,
        "active": found.active,
    }
    columns: dict[str, Any] = {
        name: [label for label in values for _ in range(C)] for name, values in groups.labels.items()
    }
    columns[of] = text_column(bought.words * G, like=frame.to_native())
    columns |= {name: np.repeat(values, C) for name, values in of_group.items()}
    columns |= {
        "buyers": found.buyers.ravel(),
        "penetration": (found.buyers / size[:, None]).ravel(),
        "spend": found.amount.ravel(),
        **index_columns(found, like=frame.to_native()),
        "breadth": np.repeat(_ratio(breadth, orders), C),
        "categories": np.repeat(_ratio(found.buyers.sum(axis=1), found.active), C),
    }
    answer: FrameT = handed_back(new_frame(columns, like=frame.to_native()), like=customers)
    return answer


def index_columns(found: GroupIndex, *, like: Any) -> dict[str, Any]:
    """The columns share, share_all, index with its interval, and verdict, (G x C,) each."""
    G, C = found.share.shape
    few = np.repeat(found.active < FEW, C)
    low, high = 100 * found.low.ravel(), 100 * found.high.ravel()
    code = np.where(low > 100, 0, np.where(high < 100, 1, 2))
    return {
        "share": found.share.ravel(),
        "share_all": np.tile(found.share_all, G),
        "index": 100 * found.index.ravel(),
        "index_low": np.where(few, np.nan, low),
        "index_high": np.where(few, np.nan, high),
        "verdict": text_column((STRENGTH, WEAKNESS, AS_ALL, FEW_TO_SAY), np.where(few, 3, code), like=like),
    }


def refuse_empty(customers: int, *, need: str = NEED) -> None:
    """Refuse a frame without customers."""
    if not customers:
        raise DataError.because(
            f"{need} needs at least one customer: the frame is empty.", hint="check the filter that it came through."
        )


def _ratio(up: Any, down: Any) -> Any:
    return np.divide(up, down, out=np.full(len(down), np.nan), where=np.asarray(down) > 0)
