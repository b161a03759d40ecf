"""Returns for which there was nothing left to give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.history.as_of.windows import keys
from kundkarriar.history.segmented_scan import segmented_scan
from kundkarriar.numerics.money.equal_amounts import TIE
from kundkarriar.numerics.money.exact_sums import settled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.history.ledger import Ledger


def unmatched_returns(ledger: Ledger) -> NDArray[np.float64]:
    """The part of each return that finds no purchase before it, (k,), at least 0.

    A return walks back over the customer's earlier purchase days and takes what no return took before it. In
    which order it takes them does not matter for what is left over: by any day, that is the most by which the
    returns so far ever exceeded the purchases so far.

    Args:
        ledger: its `returns` (k,) are those beyond same-day corrections.

    >>> import pandas as pd
    >>> from kundkarriar.history.ledger import read_ledger
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
    spent = np.concatenate([[0.0], segmented_scan(np.add, bought.amount, bought.starts)])
    so_far = np.where(before > bought.starts[back], spent[before], 0.0)
    given_back = segmented_scan(np.add, returned.amount, returned.starts)
    moved = given_back + so_far
    beyond = np.maximum(settled(given_back - so_far, of=moved), 0.0)
    short = segmented_scan(np.maximum, beyond, returned.starts)
    earlier = np.concatenate([[0.0], short[:-1]])
    earlier[returned.starts[:-1][returned.count > 0]] = 0.0
    answer = settled(short - earlier, of=moved)
    return np.where(answer > TIE * moved, answer, 0.0)
