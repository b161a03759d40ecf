"""Comparison of the treated customers of a plan with its holdout, by strategy and metric."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.planning.randomisation import Assignments, Difference, assignments, difference
from kundkarriar.strategy.plan.decide import holdout_strata
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.outcomes import Outcome, outcomes, span_of
from kundkarriar.strategy.review.actuals import Actuals
from kundkarriar.strategy.review.measured_outcomes import measured

WEEK = 7
UNKNOWN = Difference(np.nan, np.nan, np.nan, np.nan, np.nan)


@frozen(kw_only=True, eq=False, slots=False)
class Comparisons:
    """What was expected of each customer, what came, and how treated differ from held out.

    Attributes:
        plan: the plan.
        actuals: what came.
        level: probability that the intervals of all strategies hold together.
    """

    plan: PlanData[Any]
    actuals: Actuals
    level: float

    @cached_property
    def usual(self) -> Mapping[str, Outcome]:
        """The metrics that were expected of each customer, over the days that count."""
        return outcomes(self.plan, self.actuals.until)

    @cached_property
    def came(self) -> Mapping[str, Array]:
        """The metrics that came."""
        return measured(self.plan, self.actuals.bought, usual=self.usual, priced=self.actuals.priced)

    @cached_property
    def came_before(self) -> Mapping[str, Array] | None:
        """The metrics over as long a time before the plan; None where the transactions do not reach back."""
        before = self.actuals.before
        if before is None:
            return None
        return measured(self.plan, before, usual=self.usual, priced=self.actuals.priced)

    @cached_property
    def own_level(self) -> float:
        """Level of the interval of one strategy: by Bonferroni over the strategies with both arms."""
        ledger = self.plan.ledger
        both = np.intersect1d(ledger.strategy[ledger.treated], ledger.strategy[ledger.held_out])
        return 1 - (1 - self.level) / max(len(both), 1)

    def is_comparable(self, strategy: int) -> bool:
        """Whether what was planned and expected of the strategy at a position is over the days that count.

        Without increments it is over the horizon of the scores, which the plan does not know: that is taken to be
        twelve months, of a plan of a year.
        """
        plan, until = self.plan, self.actuals.until[strategy]
        end = span_of(plan, strategy, until).end
        if end:
            return bool(np.datetime64(until, "D") <= np.datetime64(end, "D") + WEEK)
        year = plan.budget.months == 12 and plan.start == str(plan.budget.first_day)
        return year and until == str(plan.budget.last_day)

    def comparable(self) -> Mask:
        """The same of each customer's strategy, (n,)."""
        known = [self.is_comparable(at) for at in range(len(self.plan.playbook.strategies))]
        return np.array(known, dtype=bool)[self.plan.ledger.strategy]

    def assigned(self, rows: Mask, *, level: float) -> Assignments | None:
        """The random assignment of those selected among the customers `rows`, (n,); None where an arm is empty."""
        ledger, at = self.plan.ledger, self._selected(rows)
        held = ledger.held_out[at]
        if held.all() or not held.any():
            return None
        strata = holdout_strata(ledger.selected, strategy=ledger.strategy, customers=self.plan.customers)[at]
        return assignments(held=held, strata=strata, level=level, seed=self.plan.seed)

    def _selected(self, rows: Mask) -> Whole:
        """Positions of those of the customers `rows` who were selected, in an order that their rows do not change."""
        at = np.flatnonzero(rows & (self.plan.ledger.selected >= 0))
        order: Whole = at[np.argsort(self.plan.customers.hashes(at), kind="stable")]
        return order

    def of(self, metric: str, rows: Mask, assigned: Assignments | None, *, level: float) -> Difference:
        """The difference between treated and held out of a metric, of the customers that were `assigned` of `rows`.

        What the model expected of each customer is the covariate; where that is not known, of all the same.
        """
        at = self._selected(rows)
        came, expected = self.came[metric][at], self.usual[metric].mean[at]
        if assigned is None or np.isnan(came).any():
            return UNKNOWN
        known = ~np.isnan(expected)
        expected = np.where(known, expected, expected[known].mean() if known.any() else 0.0)
        return difference(y=came, x=expected, assigned=assigned, level=level)


def mean_of(values: Array, rows: Mask) -> float:
    """The mean over those of the customers whose value is known; NaN where of none."""
    own = values[rows]
    own = own[~np.isnan(own)]
    return float(own.mean()) if len(own) else np.nan
