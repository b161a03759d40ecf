"""The prospects of a summary as a scorer sees them: leads until the first purchase, newcomers from then on."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import NarrowFrame
from kundkarriar.scoring.terms import Terms
from kundkarriar.summaries.equal_rows import group_equal_rows
from kundkarriar.summaries.leads.lead_rows import LeadRows
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True, eq=False)
class Prospects:
    """The n prospects of a summary whose first contact is known.

    Attributes:
        position: their rows in the summary, (n,).
        leads: the months since the first contact, covariates and events so far, (n,).
        rows: the newcomer that each would be, x = t_x = T = 0, with covariates, (n,).
        first_order: expected gross spend of the first purchase day, (n,).
        order_value: expected gross spend of a later one, (n,).
        terms: margin, costs and returned share of each, (n,).
        newcomers: a summary of them as newcomers, from which spend is read, n rows.
        customers: the frame with the columns of the models, as given.
    """

    position: Whole
    leads: LeadRows
    rows: PurchaseRows
    first_order: Array
    order_value: Array
    terms: Terms
    newcomers: NarrowFrame = field(repr=False)
    customers: Any = field(repr=False)

    def __len__(self) -> int:
        return len(self.position)

    def at(self, where: Whole) -> Prospects:
        """Those at some places."""
        arrays = {name: getattr(self, name)[where] for name in ("position", "first_order", "order_value", "newcomers")}
        return evolve(
            self,
            leads=self.leads.at(where),
            rows=self.rows.at(where),
            terms={name: values[where] for name, values in self.terms.items()},
            **arrays,
        )

    def distinct(self) -> tuple[Whole, Whole]:
        """Number of the distinct lead and newcomer of each prospect, (n,), and the first prospect of each."""
        columns = [self.leads.months, *self.leads.covariates.T, *self.leads.after.T, *self.rows.covariates.T]
        return group_equal_rows([np.unique(column, return_inverse=True)[1] for column in columns])
