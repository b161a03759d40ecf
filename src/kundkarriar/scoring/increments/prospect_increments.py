"""What effects on the first purchase add to each prospect's expected value: E[value | treated] - E[value | usual]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS
from kundkarriar.effects.effect import FIRST_PURCHASE
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.first_purchase.rate_ahead import RateAhead
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.increments.effect_sizes import EffectSizes
from kundkarriar.scoring.increments.treated_time import TreatedTime
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
        treated: when customers are treated.
        yearly_rate: effective discount rate per year.
        costs: costs of customers, or None.
        money: whether value is counted in money; else in purchases, undiscounted.
    """

    prospects: Prospects
    first_purchase: FittedFirstPurchase
    purchases: Any
    treated: TreatedTime
    yearly_rate: float
    costs: Costs | None
    money: bool

    def of(self, sets: Sequence[tuple[EffectSizes, Mapping[str, float]]]) -> list[Array]:
        """The increment of each prospect by each set of effects, of given sizes by name of the quantity, (n,) each.

        Sets without an effect on the first purchase or on value are not known of prospects: NaN.
        """
        return [self._by(sizes) if each.acts_on_prospects else self._unknown for each, sizes in sets]

    def under(self, purchases: Any, first_purchase: FittedFirstPurchase) -> ProspectIncrements:
        """The increments of the same prospects under other models."""
        return evolve(self, purchases=purchases, first_purchase=first_purchase)

    def _by(self, sizes: Mapping[str, float]) -> Array:
        factor = sizes[FIRST_PURCHASE]
        added = sizes["value"] if self.money and (self.treated.worlds[1] & ~self.treated.worlds[0]).any() else 0.0
        if factor == 1.0:
            return np.full(len(self.prospects), added)
        usual, treated = (self._within(np.where(world, factor, 1.0)) for world in self.treated.worlds)
        change = treated.less(usual)
        if self.money:
            return np.asarray(money_of(change, self.prospects, period=self.purchases.period).net + added)
        inverse, _ = self.prospects.distinct()
        return np.asarray((change.p_purchase + change.repeats)[inverse])

    def _within(self, factor: Array) -> ProspectFuture:
        edges = self.treated.edges / DAYS["M"]
        return self._expectation.within(float(edges[-1]), ahead=RateAhead(edges=edges, factor=factor))

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

    @property
    def _unknown(self) -> Array:
        return np.full(len(self.prospects), np.nan)
