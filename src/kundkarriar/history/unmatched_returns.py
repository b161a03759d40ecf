"""Returns for which there was nothing left to give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.history.ledger import ROUNDING
from kundkarriar.numerics.windows import keys

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
    spent = np.concatenate([[0.0], _running(np.add, bought.amount, bought.starts)])
    so_far = np.where(before > bought.starts[back], spent[before], 0.0)
    beyond = np.maximum(_running(np.add, returned.amount, returned.starts) - so_far, 0.0)
    short = _running(np.maximum, beyond, returned.starts)
    earlier = np.concatenate([[0.0], short[:-1]])
    earlier[returned.starts[:-1][returned.count > 0]] = 0.0
    answer = short - earlier
    return np.where(answer > ROUNDING * returned.amount, answer, 0.0)


def _running(join: np.ufunc, values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """`join.accumulate` within each customer's values, (m,).

    Each pass joins what lies twice as far back. A difference of running sums over everybody would be one pass,
    and would leave the rounding errors of everybody's money in a return of a few crowns.
    """
    answer = values.copy()
    rank = np.arange(len(values)) - np.repeat(starts[:-1], np.diff(starts))
    at = np.flatnonzero(rank >= 1)
    step = 1
    while len(at):
        answer[at] = join(answer[at], answer[at - step])
        step *= 2
        at = at[rank[at] >= step]
    return answer
