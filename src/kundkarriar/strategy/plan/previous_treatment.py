"""What the plan before this one did with each customer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.fields import Shaped, instance_of
from kundkarriar.strategy.plan.benefits import benefits_of
from kundkarriar.strategy.plan.bundles import Bundle
from kundkarriar.strategy.plan.plan_data import PlanData

BY_CUSTOMER = ("bundle", "treated", "discounted", "benefit")


@frozen(kw_only=True, eq=False)
class PreviousTreatment:
    """The plan before this one, by the customers of this one.

    Attributes:
        period: its period.
        bundle: the bundle of this plan with the same actions by name, (n,); -1 for none.
        treated: whether the customer was to be treated, (n,).
        discounted: whether an action changed the price, (n,).
        benefit: what its benefits were worth to the customer in a year, (n,).
    """

    stored_as = "previous treatment"
    period: str = field(validator=instance_of(str))
    bundle: Whole = field(validator=Shaped(shape="n", least=-1))
    treated: Mask = field(validator=Shaped(shape="n"))
    discounted: Mask = field(validator=Shaped(shape="n"))
    benefit: Array = field(validator=Shaped(shape="n", least=0))

    @classmethod
    def of(cls, previous: PlanData[Any], *, ids: tuple[Any, ...], bundles: tuple[Bundle, ...]) -> Self:
        """What `previous` did with the customers `ids`, of whom some may be new."""
        place = {each: at for at, each in enumerate(previous.customers.ids)}
        rows = np.array([place.get(each, -1) for each in ids], dtype=np.int64)
        own = previous.ledger.bundle
        before = np.where(rows >= 0, own[rows], -1)
        named = {each.name: at for at, each in enumerate(bundles)}
        same = np.array([*(named.get(each.name, -1) for each in previous.bundles), -1], dtype=np.int64)
        price = np.array(
            [*(any(own.changes_price for own in previous.actions_of(at)) for at in range(len(previous.bundles))), False]
        )
        a_year = benefits_of(previous, "value_to_customer") * 12 / previous.budget.months
        return cls(
            period=previous.budget.period,
            bundle=same[before],
            treated=before >= 0,
            discounted=price[before],
            benefit=np.where(rows >= 0, a_year[rows], 0.0),
        )

    def rows(self, at: list[int]) -> Self:
        """That of the customers at positions `at`."""
        return evolve(self, **{name: getattr(self, name)[at] for name in BY_CUSTOMER})
