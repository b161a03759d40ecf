"""What effects add to each buyer's expected value: E[value | treated] - E[value | usual], of the same process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.effects.effect import FIRST_PURCHASE
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.models.interface.protocols import ForeseesTreatment, able, members_of
from kundkarriar.numerics.increments.course import CourseDifference
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.increments.effect_sizes import FORESEEN_BY, EffectSizes
from kundkarriar.scoring.increments.time_ahead import TimeAhead
from kundkarriar.scoring.prospects.prospects import Prospects
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon
from kundkarriar.summaries.purchase_rows import PurchaseRows

FORESEE = "kk.MBGNBD, kk.BGNBD, kk.ParetoNBD, kk.GGompertzNBD, kk.ReturningNBD and averages of them tell it"

Sizes: TypeAlias = Mapping[str, float]
"""The joint factor on each quantity, and money per customer, of a set of effects."""


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

    def of(self, sets: Sequence[tuple[EffectSizes, Sizes]]) -> list[Array]:
        """The increment of each buyer by each set of effects, of given sizes by name of the quantity, (n,) each."""
        courses = [self.ahead.course(sizes, each, unit=self.model.period, alive=self._serves) for each, sizes in sets]
        earlier = [self.ahead.earlier(course) for course in courses]
        acting = [course for course in (*courses, *earlier) if course.acts_on]
        changes = iter(self.model.treated_changes(self.rows, courses=acting) if acting else ())
        found = [next(changes) if course.acts_on else None for course in (*courses, *earlier)]
        now, before = found[: len(sets)], found[len(sets) :]
        return [self._value(sizes, *change) for (_, sizes), *change in zip(sets, now, before, strict=True)]

    def _value(self, sizes: Sizes, change: CourseDifference | None, earlier: CourseDifference | None) -> Array:
        """The value of a change of the process and of factors on what comes of it, for each buyer, (n,).

        `earlier` is what the time that is treated in any case changes in the time that is not.
        """
        spend, orders, active = np.zeros((3, len(self.rows)))
        if change is not None:
            spend, orders, active = change.purchases[:, 0], change.purchases[:, 1], change.active.sum(axis=1)
        in_orders, in_spend = sizes["purchases"] - 1, sizes["purchases"] * sizes["spend"] - 1
        in_cost = sizes["cost"] - 1
        if in_orders or in_spend or in_cost:
            bought, served = self.usual
            if earlier is not None:
                bought, served = bought + earlier.purchases[:, 0], served + earlier.active.sum(axis=1)
            spend, orders, active = spend + in_spend * bought, orders + in_orders * bought, active + in_cost * served
        spend, orders, active = (part[self.each] for part in (spend, orders, active))
        if not self.money:
            return np.asarray(orders)
        terms, years = self.base.terms, DAYS[self.model.period] / DAYS["Y"]
        margin = terms["margin"] * (1 - terms["returned"]) * self.base.order_value
        added = sizes["value"] if self.ahead.first_treated.any() else 0.0
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


def refuse_unforeseen(
    model: Any, effects: Mapping[str, EffectSizes], *, money: bool, first_purchase: Any, prospects: Prospects | None
) -> None:
    """Refuse effects on what the models do not have, or the scorer does not count.

    `prospects` are those of `leads`, None where these were not given.
    """
    for on in dict.fromkeys(effect.on for each in effects.values() for effect in each.effects):
        names = " and ".join(dict.fromkeys(type(each).__name__.removeprefix("Fitted") for each in members_of(model)))
        if on in ("spend", "cost", "value") and not money:
            raise CapabilityError.because(
                f"an effect on {on} is counted in money, and the scorer counts purchases alone.",
                hint="kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money.",
            )
        if on == FIRST_PURCHASE and first_purchase is None:
            raise CapabilityError.because(
                "an effect on the first purchase: the scorer does not tell when prospects first buy.",
                hint=f"kk.ValueScorer({FORESEEN_BY}, ...).fit(summary, leads=leads), with kk.leads(...).",
            )
        if on == FIRST_PURCHASE and prospects is None:
            raise DataError.because(
                "an effect on the first purchase is counted of leads, and there are none.",
                hint="increments(summary, leads=kk.leads(customers, transactions, as_of=...), ...).",
            )
        if on not in ("leaving", "returning"):
            continue
        if not able(model, ForeseesTreatment):
            raise CapabilityError.because(
                f"{names} does not say what an effect on {on} changes (it lacks ForeseesTreatment).",
                hint=f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
        if on not in model.moved_by and on == "leaving" and all(map(_nobody_leaves, members_of(model))):
            raise CapabilityError.because(
                f"an effect on leaving: in {names} nobody leaves, so there is no leaving to prevent.",
                hint=f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
        if on not in model.moved_by and on == "leaving":
            raise CapabilityError.because(
                f"{names} does not tell what an effect on leaving changes where customers leave at regular purchases.",
                hint=f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
        if on not in model.moved_by:
            raise CapabilityError.because(
                f"an effect on returning: in {names} nobody comes back once inactive.",
                hint="kk.ReturningNBD, alone or in an average, lets customers pause and come back.",
            )


def _nobody_leaves(model: Any) -> bool:
    """Whether a model is of customers who never drop out."""
    return attribute_of(attribute_of(model, "family"), "has_dropout") is False
