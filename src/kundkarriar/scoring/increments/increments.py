"""What effects add to each buyer's expected value: E[value | treated] - E[value | usual], of the same process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import CapabilityError
from kundkarriar.models.interface.protocols import ForeseesTreatment, able, members_of
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.increments.effect_sizes import EffectSizes
from kundkarriar.scoring.increments.time_ahead import TimeAhead
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon
from kundkarriar.summaries.purchase_rows import PurchaseRows

FORESEE = "kk.MBGNBD, kk.BGNBD, kk.ParetoNBD, kk.GGompertzNBD, kk.ReturningNBD and averages of them tell it"


@frozen(kw_only=True, eq=False, slots=False)
class Increments:
    """Increments of the n buyers of a base under one purchase model.

    Attributes:
        base: the buyers.
        model: the fitted purchase model.
        rows: their distinct histories, (D,).
        each: the distinct history of each buyer, (n,).
        ahead: the time ahead.
        discount_rate: continuous, per calendar period of the model.
        costs: costs of customers, or None.
        money: whether value is counted in money; else in purchases, undiscounted.
    """

    base: CustomerBase
    model: Any
    rows: PurchaseRows
    each: Whole
    ahead: TimeAhead
    discount_rate: float
    costs: Costs | None
    money: bool

    def of(self, effects: EffectSizes, sizes: Mapping[str, float]) -> Array:
        """The increment of each buyer by effects of given sizes, by name of the quantity, (n,)."""
        terms, ahead = self.base.terms, self.ahead
        course = ahead.course(sizes, effects, unit=self.model.period, alive=self._serves)
        more = {on: ahead.factors(sizes[on]) for on in ("purchases", "spend", "cost")}
        spend, orders, active = np.zeros((3, len(self.rows)))
        if course.acts_on:
            change = self.model.treated_change(self.rows, course=course)
            spend, orders = change.purchases.T
            active = change.active.sum(axis=1)
        in_spend, in_orders, in_cost = (
            each[1] - each[0] for each in (more["purchases"] * more["spend"], more["purchases"], more["cost"])
        )
        if in_spend.any() or in_orders.any():
            spend, orders = spend + self.usual[0] @ in_spend, orders + self.usual[0] @ in_orders
        if not self.money:
            return np.asarray(orders[self.each])
        if self._serves and in_cost.any():
            active = active + self.usual[1] @ in_cost
        spend, orders, active = (part[self.each] for part in (spend, orders, active))
        margin = terms["margin"] * (1 - terms["returned"]) * self.base.order_value
        years = DAYS[self.model.period] / DAYS["Y"]
        treated = bool((ahead.worlds[1] > ahead.worlds[0]).any())
        added = sizes["value"] if treated else 0.0
        return np.asarray(margin * spend - terms["handle"] * orders - terms["serve"] * years * active + added)

    def under(self, model: Any) -> Increments:
        """The increments of the same buyers under another model."""
        return evolve(self, model=model)

    @cached_property
    def usual(self) -> tuple[Array, Array]:
        """Expected discounted purchases and time active within each segment under business as usual, (D, k) each.

        Of a user's model that does not discount, time active is 0.
        """
        expectation = residual_expectation_by_horizon(
            self.model, self.rows, discount_rate=self.discount_rate, costs=self.costs, clock=self.base.clock
        )
        until = [expectation(float(end)) for end in self.ahead.calendar[1:]]
        parts = []
        for part in ("discounted_purchases", "discounted_alive"):
            ends = [np.zeros(len(self.rows)), *(each.unconditional(part) for each in until)]
            parts.append(np.stack([after - before for before, after in pairwise(ends)], axis=1))
        return parts[0], parts[1]

    @property
    def _serves(self) -> bool:
        """Whether any buyer has a cost to serve."""
        return self.money and bool(self.base.terms["serve"].any())


def refuse_unforeseen(model: Any, effects: Mapping[str, EffectSizes], *, money: bool) -> None:
    """Refuse effects on what the purchase model does not have, or the scorer does not count."""
    for on in dict.fromkeys(effect.on for each in effects.values() for effect in each.effects):
        names = " and ".join(dict.fromkeys(type(each).__name__.removeprefix("Fitted") for each in members_of(model)))
        if on in ("spend", "cost", "value") and not money:
            raise CapabilityError.because(
                f"an effect on {on} is counted in money, and the scorer counts purchases alone.",
                hint="kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money.",
            )
        if on not in ("leaving", "returning"):
            continue
        if not able(model, ForeseesTreatment):
            raise CapabilityError.because(
                f"{names} does not say what an effect on {on} changes (it lacks ForeseesTreatment).",
                hint=f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
        if on not in model.moved_by:
            what = "leaves, so there is no leaving to prevent" if on == "leaving" else "comes back once inactive"
            raise CapabilityError.because(
                f"an effect on {on}: in {names} nobody {what}.",
                hint="kk.ReturningNBD, alone or in an average, lets customers pause and come back."
                if on == "returning"
                else f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
