"""What effects on the first purchase add to each prospect's expected value: E[value | treated] - E[value | usual]."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.effects.effect import FIRST_PURCHASE
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.first_purchase.rate_ahead import RateAhead
from kundkarriar.numerics.money.net_value import NetValue
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.increments.effect_sizes import Sizes
from kundkarriar.scoring.increments.treatment_worlds import TreatmentWorlds, added_in
from kundkarriar.scoring.prospects.prospect_value import ProspectExpectation, ProspectFuture, money_of
from kundkarriar.scoring.prospects.prospects import Prospects


@frozen(kw_only=True, eq=False, slots=False)
class ProspectIncrements:
    """Increments of n prospects under one model of first purchases and one purchase model.

    While treated, the rate of first purchases is multiplied; what follows a first purchase is a newcomer's life as
    usual. Effects on other quantities are not counted of prospects, but for stated money.

    Attributes:
        prospects: the prospects, (n,).
        first_purchase: the fitted time to the first purchase.
        purchases: the fitted purchase model.
        yearly_rate: effective discount rate per year.
        costs: costs of customers, or None.
        money: whether value is counted in money; else in purchases, undiscounted.
    """

    prospects: Prospects
    first_purchase: FittedFirstPurchase
    purchases: Any
    yearly_rate: float
    costs: Costs | None
    money: bool

    def of(self, sets: Sequence[tuple[TreatmentWorlds, Sizes]]) -> list[Array]:
        """The increment of each prospect by each treatment, with effects of given sizes, (n,) each.

        Treatments without an effect on the first purchase or on value are not known of prospects: NaN.
        """
        return [
            self._by(worlds, sizes) if worlds.acts_on_prospects else np.full(len(self.prospects), np.nan)
            for worlds, sizes in sets
        ]

    def spent(self, sets: Sequence[tuple[TreatmentWorlds, Sizes, Array]]) -> list[Array]:
        """The discounted spend under each treatment, net of returns, times shares by segment, (k,), (n,) each."""
        return [self._spent(worlds, worlds.factors(FIRST_PURCHASE, sizes)[1], shares) for worlds, sizes, shares in sets]

    @property
    def margins(self) -> Array:
        """Contribution of an order less the cost to handle it, as a share of its list price, (n,); NaN at price 0."""
        terms = self.prospects.terms
        price = (1 - terms["returned"]) * self.prospects.order_value
        unknown = np.full_like(price, np.nan)
        return np.divide(terms["margin"] * price - terms["handle"], price, out=unknown, where=price > 0)

    def _spent(self, worlds: TreatmentWorlds, factor: Array, shares: Array) -> Array:
        """Shares of the discounted spend, net of returns, under factors on the rate; both by segment, (k,)."""

        def revenue(until: float) -> Array:
            at = worlds.edges < until
            return self._money(self._within(np.append(worlds.edges[at], until), factor[at[:-1]])).revenue

        return np.zeros(len(self.prospects)) + added_in(shares, worlds.edges, revenue)

    def under(self, purchases: Any, first_purchase: FittedFirstPurchase) -> ProspectIncrements:
        """The increments of the same prospects under other models."""
        return evolve(self, purchases=purchases, first_purchase=first_purchase)

    def at(self, some: Whole) -> ProspectIncrements:
        """The increments of some of the prospects, by position."""
        return evolve(self, prospects=self.prospects.at(some))

    def _by(self, worlds: TreatmentWorlds, sizes: Sizes) -> Array:
        added = worlds.money(sizes) if self.money else 0.0
        usual, treated = worlds.factors(FIRST_PURCHASE, sizes)
        if (usual == treated).all():
            return np.full(len(self.prospects), added)
        change = self._within(worlds.edges, treated).less(self._within(worlds.edges, usual))
        if self.money:
            given, _ = worlds.discounts
            more = self._spent(worlds, treated, given) - self._spent(worlds, usual, given)
            return np.asarray(self._money(change).net + added - more)
        inverse, _ = self.prospects.distinct()
        return np.asarray((change.p_purchase + change.repeats)[inverse])

    def _within(self, edges: Array, factor: Array) -> ProspectFuture:
        """What is expected up to the last of `edges`, in days, (k + 1,), under factors on the rate, (k,)."""
        key = (edges.tobytes(), factor.tobytes())
        if key not in self._known:
            months = edges / DAYS["M"]
            ahead = RateAhead(edges=months, factor=factor)
            self._known[key] = self._expectation.within(float(months[-1]), ahead=ahead)
        return self._known[key]

    def _money(self, ahead: ProspectFuture) -> NetValue:
        return money_of(ahead, self.prospects, period=self.purchases.period)

    @cached_property
    def _known(self) -> dict[tuple[bytes, bytes], ProspectFuture]:
        return {}

    @cached_property
    def _expectation(self) -> ProspectExpectation:
        _, one_of_each = self.prospects.distinct()
        return ProspectExpectation.of(
            self.prospects.at(one_of_each),
            purchases=self.purchases,
            first_purchase=self.first_purchase,
            yearly_rate=self.yearly_rate if self.money else 0.0,
            costs=self.costs,
        )
