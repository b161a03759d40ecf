"""What a newcomer brings from the first purchase on, with the first order: within a horizon, lifelong, by month."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.numerics.money.discount import discounted_years, rate_per_period
from kundkarriar.numerics.money.net_value import net_value
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon
from kundkarriar.scoring.terms import Terms
from kundkarriar.scoring.value_scorer import FittedValueScorer


@frozen(kw_only=True, eq=False)
class NewcomerValue:
    """Expected net value of the m latest newcomers, seen from the day of their first purchase, and discounted to it.

    Each brings the first order that it brought, and repeat purchases by the purchase model from that day on, at its
    expected order value; of all gross spend the mean share is returned. Costs are those of the scorer.

    Attributes:
        latest: the latest newcomers.
        terms: margin, costs and returned share of each, (m,).
        scorer: the fitted scorer.
        base: the customers, for the clock of a season.
        model: the purchase model, fitted or at one draw of its parameters.
        level: factor on the number of repeat purchases.
    """

    latest: LatestNewcomers
    terms: Terms
    scorer: FittedValueScorer
    base: CustomerBase
    model: Any
    level: float = 1.0

    @classmethod
    def of(cls, scorer: FittedValueScorer, base: CustomerBase, latest: LatestNewcomers) -> NewcomerValue:
        """The value of `latest` newcomers among the customers of `base`, at the fitted parameters."""
        terms = {name: values[latest.buyers] for name, values in base.terms.items()}
        terms |= {"returned": np.full(len(latest), scorer.return_mean)}
        return cls(latest=latest, terms=terms, scorer=scorer, base=base, model=scorer.purchases)

    def at_draw(self, model: Any, *, order_value: Array, level: float) -> NewcomerValue:
        """The same newcomers in one draw of purchase model, order values, (m,), and level."""
        return evolve(self, model=model, latest=evolve(self.latest, order_value=order_value), level=level)

    @property
    def horizon(self) -> float:
        """The scorer's horizon in periods of the purchase model."""
        return Period.of(self.scorer.scorer.horizon).in_units(self.scorer.purchases.period)

    def within(self, horizon: float) -> Array:
        """Net value of each newcomer within `horizon` periods, inf for lifelong, (m,); at 0 that of the first order."""
        return self._net(*self._ahead(horizon), horizon=horizon)

    def lifelong(self) -> tuple[Array, Array]:
        """Lifelong net value, (m,), and the share of lifelong discounted orders later than anybody was observed, (m,).

        Both are NaN where the discount rate is 0.
        """
        if self.scorer.scorer.discount_rate == 0.0:
            return np.full(len(self.latest), np.nan), np.full(len(self.latest), np.nan)
        clock, observed = self.base.clock, self.scorer.observed
        repeats, alive = self._ahead(math.inf)
        known, _ = self._ahead(clock.calendar(observed) if clock else observed)
        return self._net(repeats, alive, horizon=math.inf), 1 - (1 + known) / (1 + repeats)

    def by_month(self, months: int) -> Iterator[Array]:
        """Net value of each newcomer up to the end of month 0, 1, ..., `months`, (m,) each."""
        unit = DAYS["M"] / DAYS[self.scorer.purchases.period]
        return (self.within(month * unit) for month in range(months + 1))

    def _ahead(self, horizon: float) -> tuple[Array, Array]:
        """Discounted repeat purchases and discounted time alive in periods within `horizon`, (m,) each."""
        if horizon == 0:
            return np.zeros(len(self.latest)), np.zeros(len(self.latest))
        scorer = self.scorer.scorer
        ahead = residual_expectation_by_horizon(
            self.model,
            self.latest.rows,
            discount_rate=rate_per_period(scorer.discount_rate, days=DAYS[self.scorer.purchases.period]),
            costs=scorer.costs,
            clock=self.base.clock,
        )(horizon)
        return self.level * ahead.unconditional("discounted_purchases"), ahead.unconditional("discounted_alive")

    def _net(self, repeats: Array, alive: Array, *, horizon: float) -> Array:
        years = DAYS[self.scorer.purchases.period] / DAYS["Y"]
        ahead = discounted_years(years=horizon * years, yearly_rate=self.scorer.scorer.discount_rate)
        return net_value(
            spend=self.latest.first_order + self.latest.order_value * repeats,
            orders=1 + repeats,
            years_alive=alive * years,
            years=ahead,
            **self.terms,
        ).net
