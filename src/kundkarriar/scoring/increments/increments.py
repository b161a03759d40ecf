"""What effects add to each buyer's expected value: E[value | treated] - E[value | usual], of the same process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
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
        ahead, model = self.ahead, self.model
        spend, orders, active = np.zeros((3, len(self.rows)))
        course = ahead.course(sizes, effects, unit=model.period, alive=self._serves)
        if course.acts_on:
            change = model.treated_change(self.rows, course=course)
            spend, orders, active = change.purchases[:, 0], change.purchases[:, 1], change.active.sum(axis=1)
        in_orders, in_spend, in_cost = (
            sizes["purchases"] - 1,
            sizes["purchases"] * sizes["spend"] - 1,
            sizes["cost"] - 1,
        )
        if in_orders or in_spend or in_cost:
            bought, served = self.usual
            earlier = ahead.earlier(course)
            if earlier.acts_on:
                change = model.treated_change(self.rows, course=earlier)
                bought, served = bought + change.purchases[:, 0], served + change.active.sum(axis=1)
            spend, orders, active = spend + in_spend * bought, orders + in_orders * bought, active + in_cost * served
        spend, orders, active = (part[self.each] for part in (spend, orders, active))
        if not self.money:
            return np.asarray(orders)
        terms = self.base.terms
        margin = terms["margin"] * (1 - terms["returned"]) * self.base.order_value
        years = DAYS[model.period] / DAYS["Y"]
        added = sizes["value"] if ahead.first_treated.any() else 0.0
        return np.asarray(margin * spend - terms["handle"] * orders - terms["serve"] * years * active + added)

    def under(self, model: Any) -> Increments:
        """The increments of the same buyers under another model."""
        return evolve(self, model=model)

    @cached_property
    def usual(self) -> tuple[Array, Array]:
        """Expected discounted purchases and time active as usual, within the time that is treated, (D,) each.

        Of a user's model that does not discount, time active is 0. Time treated in any case is not counted.
        """
        expectation = residual_expectation_by_horizon(
            self.model, self.rows, discount_rate=self.discount_rate, costs=self.costs, clock=self.base.clock
        )
        bought, served = np.zeros((2, len(self.rows)))
        for start, end in self.ahead.calendar_spans:
            for sign, until in ((1, end), (-1, start)):
                if until > 0:
                    ahead = expectation(until)
                    bought = bought + sign * ahead.unconditional("discounted_purchases")
                    served = served + sign * ahead.unconditional("discounted_alive")
        return bought, served

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
