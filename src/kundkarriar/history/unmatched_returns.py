"""Returns for which there was nothing left to give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.history.ledger import ROUNDING

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
    answer = np.zeros(len(returned.amount))
    day = ledger.purchase_day
    for customer in np.flatnonzero(returned.count):
        mine = slice(returned.starts[customer], returned.starts[customer + 1])
        theirs = slice(bought.starts[customer], bought.starts[customer + 1])
        before = np.searchsorted(day[theirs], returned.time[mine], side="right")
        so_far = np.concatenate([[0.0], np.cumsum(bought.amount[theirs])])[before]
        short = np.maximum.accumulate(np.maximum(np.cumsum(returned.amount[mine]) - so_far, 0.0))
        answer[mine] = np.diff(short, prepend=0.0)
    return np.where(answer > ROUNDING * returned.amount, answer, 0.0)
