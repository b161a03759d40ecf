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
from kundkarriar.strategy.plan.decisions import Decisions
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.outcomes import Outcome, outcomes, span_of
from kundkarriar.strategy.review.actuals import Actuals, last_days
from kundkarriar.strategy.review.contacts_made import ContactsMade
from kundkarriar.strategy.review.measured_outcomes import measured
from kundkarriar.strategy.review.money_spent import share_of_spend

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
    def ledger(self) -> Decisions:
        """The decisions as they were assigned, also of customers who were left out later."""
        return self.plan.ledger.as_assigned

    @cached_property
    def last(self) -> Whole:
        """The last day that counts of each customer, (n,)."""
        return last_days(self.plan, self.actuals.until)

    @cached_property
    def made(self) -> ContactsMade:
        """The contacts that were made; without a log those that were planned."""
        given = self.actuals.contacts
        return self.planned_contacts if given is None else given

    @cached_property
    def planned_contacts(self) -> ContactsMade:
        """The contacts that were planned, on the days that count."""
        return ContactsMade.as_planned(self.plan, last=self.last)

    @cached_property
    def cut(self) -> Array:
        """The price cuts that those who were contacted got, (n,): what the plan expected of them."""
        return share_of_spend(self.plan, self.made, last=self.last, cuts=True)

    @cached_property
    def usual(self) -> Mapping[str, Outcome]:
        """The metrics that were expected of each customer, over the days that count."""
        return outcomes(self.plan, self.actuals.until)

    @cached_property
    def came(self) -> Mapping[str, Array]:
        """The metrics that came."""
        cut = self.cut if self.actuals.amounts_at == "paid" else 0.0
        return measured(self.plan, self.actuals.bought, usual=self.usual, priced=self.actuals.priced, cut=cut)

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
        ledger = self.ledger
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
        ledger, at = self.ledger, self._selected(rows)
        held = ledger.held_out[at]
        if held.all() or not held.any():
            return None
        strata = holdout_strata(ledger.selected, strategy=ledger.strategy, customers=self.plan.customers)[at]
        return assignments(held=held, strata=strata, level=level, seed=self.plan.seed)

    def planned(self, metric: str, rows: Mask) -> float:
        """What the plan said it adds to the metric of one of the customers `rows`, (n,), who was selected.

        Those who were left out later get nothing: it is less by their share of those who were to be treated.
        """
        still = self.plan.ledger
        treated = int((self.ledger.treated & rows).sum())
        share = int((still.treated & rows).sum()) / treated if treated else 1.0
        return share * mean_of(self.usual[metric].planned, rows & (still.selected >= 0))

    def _selected(self, rows: Mask) -> Whole:
        """Positions of those of the customers `rows` who were selected, in an order that their rows do not change."""
        at = np.flatnonzero(rows & (self.ledger.selected >= 0))
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
