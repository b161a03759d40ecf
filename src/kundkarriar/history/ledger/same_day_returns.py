"""Returns offset against the purchases of the same customer on the same day."""

import numpy as np

from kundkarriar.history.ledger.merge_same_day import MergedAmounts
from kundkarriar.history.sorted_entries import accumulate_by_customer
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.money.exact_sums import by_window, nearest_decimal


def offset_same_day_returns(
    purchases: MergedAmounts, returns: MergedAmounts, *, ticks: int
) -> tuple[MergedAmounts, MergedAmounts]:
    """Offset each day's returns against the purchases of that day, the latest purchase first.

    A fully offset purchase is removed. On a day with a return, a purchase of amount zero is removed too, unless the
    return was offset against another purchase of that day. Times of purchases have `ticks` per day. Returns are
    positive amounts per day.

    Returns:
        The remaining purchases, and the returns in excess of the purchases of their day.
    """
    if not len(returns.time) or not len(purchases.time):
        return purchases, returns
    day = purchases.time // ticks
    first = min(int(day.min()), int(returns.time.min()))
    span = max(int(day.max()), int(returns.time.max())) - first + 1
    bought_on = purchases.code * span + (day - first)
    returned_on = returns.code * span + (returns.time - first)
    begin = np.searchsorted(bought_on, returned_on)
    end = np.searchsorted(bought_on, returned_on, side="right")
    size = end - begin
    ends = np.cumsum(size)
    owner = np.repeat(np.arange(len(size)), size)
    at = np.arange(len(owner)) + np.repeat(end - ends, size)

    bought, back = purchases.amount[at], returns.amount
    whole = by_window(purchases.amount, begin, end)
    moved = whole + back
    # cumulated from the last purchase of the day backwards, because returns offset the latest purchase first
    since = accumulate_by_customer(np.add, bought[::-1], np.concatenate([[0], np.cumsum(size[::-1])]))[::-1]
    most = TIE_TOLERANCE * moved[owner]
    remaining = nearest_decimal(since - back[owner], of=moved[owner])
    reached = nearest_decimal(back[owner] - (since - bought), of=moved[owner]) > most
    amount, kept = purchases.amount.copy(), np.ones(len(purchases.amount), dtype=bool)
    amount[at[reached]] = remaining[reached]
    kept[at] = ~reached | (remaining > most)
    left = nearest_decimal(back - whole, of=moved)
    return purchases.where(kept, amount=amount), returns.where(left > TIE_TOLERANCE * moved, amount=left)
