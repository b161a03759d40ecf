"""The checked rows of transactions as arrays, from which the ledger as of any day is merged."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.errors import DataError


@frozen(kw_only=True, eq=False)
class LedgerRows:
    """Checked rows of transactions, in the order of their frame.

    Attributes:
        customers: the ids, `customers=` first, then by first appearance, (n,).
        given: number of ids from `customers=`, which are there also without a row.
        contact: day of each first contact, (n,); `NEVER` if none is given.
        code: customer of each row, a position in `customers`, (r,).
        time: time of each row in ticks since 1970-01-01, (r,).
        amount: amount of each row, returns negative, (r,).
        returned: which rows are returns, (r,).
        ticks: ticks per day of `time`.
        priced: whether the rows have amounts; without, every `amount` is 0 and no sum of money is handed out.
    """

    customers: nw.Series[Any]
    given: int
    contact: Whole
    code: Whole
    time: Whole
    amount: Array
    returned: Mask
    ticks: int
    priced: bool = True

    def until(self, last: np.datetime64, *, as_of_name: str = "as_of") -> LedgerRows:
        """The rows up to and including the day `last`, and the customers given or seen by then.

        Raises:
            DataError: there is no such row, and nobody's first contact is known; `as_of_name` is how the message calls
                `last`.
        """
        read = self.time < (int(last.astype(np.int64)) + 1) * self.ticks
        if read.all():
            return self
        if not read.any() and not (self.contact != NEVER).any():
            first, end = (np.datetime64(int(time) // self.ticks, "D") for time in (self.time.min(), self.time.max()))
            raise DataError.because(
                f"`{as_of_name}` {last} lies before all transactions: the first is of {first}.",
                hint=f'{as_of_name}="{end}" is the last day with data.',
            )
        rows = np.flatnonzero(read)
        code = self.code[rows]
        appears = np.full(len(self.customers), len(code))
        appears[code[::-1]] = np.arange(len(code))[::-1]  # of a customer's rows the first, which is written last
        appears[: self.given] = np.arange(-self.given, 0)
        seen = np.argsort(appears, kind="stable")[: np.count_nonzero(appears < len(code))]
        number = np.empty(len(appears), np.int64)
        number[seen] = np.arange(len(seen))
        return evolve(
            self,
            customers=nw.maybe_reset_index(self.customers[seen]),
            contact=self.contact[seen],
            code=number[code],
            time=self.time[rows],
            amount=self.amount[rows],
            returned=self.returned[rows],
        )
