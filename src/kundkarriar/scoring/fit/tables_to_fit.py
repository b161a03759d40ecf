"""`TablesToFit`: what a scorer is fitted to, of a summary in memory or of the distinct rows of a lazy one."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.frames import narrow, numbers
from kundkarriar.numerics.money.return_share import return_prior
from kundkarriar.scoring.customer_base import returned_spend
from kundkarriar.summaries.summary_columns import read_weights


@frozen(kw_only=True, eq=False)
class TablesToFit:
    """The tables that the parts of a scorer are fitted to.

    Attributes:
        purchases: frequency, recency, T, and what else purchase models read.
        spend: what spend models read.
        returns: total_value, returns_value and n_transactions, as far as the summary has them.
        mix: ids, purchase days and spend by category of each customer; None where the margin does not ask for it.
        weights: the column of each other one with the number of customers of a row; None: a row is a customer.
    """

    purchases: Any
    spend: Any
    returns: Any
    mix: Any
    weights: str | None = None

    @classmethod
    def of(cls, summary: Any) -> TablesToFit:
        """A summary in memory, which has everything."""
        return cls(purchases=summary, spend=summary, returns=summary, mix=summary)

    def return_prior(self, *, need: str) -> tuple[float, float]:
        """Mean and mass of the prior of the returned share of spend."""
        frame = narrow(self.returns, need=need)
        days = "n_transactions"
        buyers = np.arange(len(frame))
        if days in frame.columns:
            buyers = np.flatnonzero(numbers(frame, days, need=need) != 0)
        counts = read_weights(frame, self.weights, need=need, shown=[days])[buyers]
        return return_prior(**returned_spend(frame, buyers, need=need), weights=counts)
