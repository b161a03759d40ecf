"""The category that each customer is likely to buy next for the first time, and what that rests on."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import COLUMN, WholeNumber
from kundkarriar.arrays import Array, Mask
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.engines.eagerly import handed_back, in_memory
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.numerics.mix.pair_lift import next_shares, pair_lift
from kundkarriar.products.bought import Bought
from kundkarriar.products.profile import refuse_empty

NEED = "next_category"
NUMBER = WholeNumber(least=1, most=200, example=1)


def next_category(customers: FrameT, transactions: Any, *, of: str = "category", most: int = 1) -> FrameT:
    """The next new category of each customer, by what customers with the same categories have besides.

    A lift is the number of customers who have both categories, over the number expected if the categories did not
    attract each other, given how many categories each customer has; so heavy buyers, who have everything, make no
    lift. It is shrunk towards 1 by as much as the lifts of all pairs show that counts deceive. All customers of the
    transactions count, also those who are not in `customers`.

    Args:
        customers: one row per customer, with customer_id; those without a purchase get what is bought most.
        transactions: as in `kk.profile`.
        of: the column of categories.
        most: number of categories per customer.

    Returns:
        Rows by customer, in their order: customer_id; rank (1, ... up to `most`); category (or the name of `of`; it is
        missing for who has all, with one row); relevance (probability that it is the next new one, 0 to 1: in
        proportion to the customers who have it beside others, times the geometric mean of the lifts with the categories
        that the customer has); because (that of these with the largest lift), lift (of the pair, shrunk), both
        (customers who have both), expected (how many would), reason (the same in words). Who has no category
        gets the one with most buyers, and because, lift, both and expected are missing.

    Raises:
        DataError: as `kk.profile`; `most` is no whole number from 1 to 200.
        CapabilityError: the purchases have no amounts.

    >>> import pandas as pd
    >>> rows = [(i, c) for i in range(30) for c in (("tents", "boots") if i % 2 else ("books", "cards"))]
    >>> rows += [(i, "tents") for i in range(30, 40)]
    >>> bought = pd.DataFrame(rows, columns=["customer_id", "category"])
    >>> bought = bought.assign(date=pd.Timestamp("2026-01-05"), amount=1)
    >>> found = next_category(pd.DataFrame({"customer_id": [30]}), bought)
    >>> found[["category", "because", "both"]].values.tolist()
    [['boots', 'tents', 15.0]]

    Source: `kundkarriar.numerics.mix.pair_lift`.
    """
    of, most = COLUMN.read(of, "of"), NUMBER.read(most, "most")
    frame = narrow(in_memory(customers), need=NEED)
    ids = unique_ids(frame, need=NEED, hint=ONE_ROW_HINT)
    refuse_empty(len(ids), need=NEED)
    bought = Bought.read(transactions, of=of, customers=ids, others=True, need=NEED)
    n = max(len(ids), int(bought.customer.max(initial=-1)) + 1)
    has = bought.table(n) > 0
    buyers = has.sum(axis=0)
    sets, which, counts = np.unique(has, axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    pairs = pair_lift(sets.astype(np.float64), counts)
    several, owned = np.greater(sets.sum(axis=1), 1), np.greater(sets.sum(axis=1), 0)
    further = np.where(several.any(), counts[several] @ sets[several], buyers)
    popularity = np.where(owned[:, None], further, buyers).astype(np.float64)
    shares = next_shares(sets.astype(np.float64), lift=pairs.lift, popularity=popularity)
    order = np.argsort(-shares, axis=1, kind="stable")[:, :most]
    relevance = np.take_along_axis(shares, order, axis=1)
    # one rank after the other: a table of sets x ranks x categories would be large
    because = np.stack([np.where(sets, pairs.lift[each], -np.inf).argmax(axis=1) for each in order.T], axis=1)
    of_set = which[: len(ids)]
    shown = np.greater(relevance[of_set], 0.0)
    shown[:, 0] = True
    row, rank = np.nonzero(shown)
    s = of_set[row]
    category, cause, chance = order[s, rank], because[s, rank], relevance[s, rank]
    there: Mask = np.greater(chance, 0.0)
    paired: Mask = np.logical_and(there, owned[s])
    both: Array = pairs.both[category, cause]
    expected: Array = pairs.expected[category, cause]
    lift, words, like = pairs.lift[category, cause], bought.words, frame.to_native()
    reasons = [
        f"{both[i]:,.0f} customers have {words[category[i]]} and {words[cause[i]]}, where {expected[i]:,.1f} are"
        f" expected: a lift of {lift[i]:.2f}"
        if paired[i]
        else (f"bought by {buyers[category[i]]:,} customers" if there[i] else "has all categories")
        for i in range(len(row))
    ]
    columns: dict[str, Any] = {
        "customer_id": frame["customer_id"][row.tolist()],
        "rank": rank + 1,
        of: text_column(words, np.where(there, category, -1), like=like),
        "relevance": np.where(there, chance, np.nan),
        "because": text_column(words, np.where(paired, cause, -1), like=like),
        **{
            name: np.where(paired, values, np.nan)
            for name, values in (("lift", lift), ("both", both), ("expected", expected))
        },
        "reason": text_column(reasons, like=like),
    }
    answer: FrameT = handed_back(new_frame(columns, like=like), like=customers)
    return answer
