"""Unmatched returns: the part of returns that exceeds all earlier purchases of the customer."""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.history.ledger.ledger import Ledger
from kundkarriar.history.sorted_entries import accumulate_by_customer, keys
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.money.exact_sums import nearest_decimal


def unmatched_returns(ledger: Ledger) -> Array:
    """The part of each of the ledger's `returns`, (k,), that has no earlier purchase to be set against, at least 0.

    `returns` exceed the purchases of their own day. One is set against earlier purchases that no earlier return was set
    against. The unmatched total up to a day does not depend on the order: it is the largest excess of cumulative
    returns over cumulative purchases so far.

    >>> import pandas as pd
    >>> from kundkarriar.history.ledger.ledger import read_ledger
    >>> dates = pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"])
    >>> rows = pd.DataFrame({"customer_id": 1, "date": dates, "amount": [50.0, -70.0, 100.0]})
    >>> unmatched_returns(read_ledger(rows, as_of="2026-01-31", need="this example"))
    array([20.])
    """
    bought, returned = ledger.purchases, ledger.returns
    if not len(returned.amount):
        return np.zeros(0)
    kept = np.repeat(returned.count > 0, bought.count)
    bought = bought.where(kept, amount=bought.amount)
    back = returned.code
    before = np.searchsorted(
        keys(code=bought.code, day=bought.time // ledger.ticks), keys(code=back, day=returned.time), side="right"
    )
    spent = np.concatenate([[0.0], accumulate_by_customer(np.add, bought.amount, bought.starts)])
    so_far = np.where(before > bought.starts[back], spent[before], 0.0)
    given_back = accumulate_by_customer(np.add, returned.amount, returned.starts)
    moved = given_back + so_far
    beyond = np.maximum(nearest_decimal(given_back - so_far, of=moved), 0.0)
    short = accumulate_by_customer(np.maximum, beyond, returned.starts)
    earlier = np.concatenate([[0.0], short[:-1]])
    earlier[returned.starts[:-1][returned.count > 0]] = 0.0
    answer = nearest_decimal(short - earlier, of=moved)
    return np.where(answer > TIE_TOLERANCE * moved, answer, 0.0)
