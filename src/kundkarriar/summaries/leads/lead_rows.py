"""Rows of the model of first purchases: months since the first contact, whether bought, covariates, events so far."""

from __future__ import annotations

from attrs import field, frozen

from kundkarriar.arrays import Array, Mask
from kundkarriar.summaries.weighted_rows import WeightedRows, as_rows


@frozen(kw_only=True, eq=False)
class LeadRows(WeightedRows):
    """The data of the model of first purchases; a row may stand for several leads with equal data (`weights`).

    Attributes:
        months: months of 365.25 / 12 days from the first contact to the first purchase, or to now without one, (n,).
        bought: whether the lead has bought, (n,).
        covariates: values of the static covariates, (n, m).
        after: months from the first contact to the first event of each kind, (n, E); infinite where none came so far.
        weights: number of leads each row stands for, (n,).
    """

    months: Array = field(converter=as_rows)
    bought: Mask
    covariates: Array
    after: Array
    weights: Array = field(converter=as_rows)
