"""What is at risk of customers by rung, beside what keeping costs: as scored, and in draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.career.worth.acquired import ALL
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.frames import NarrowFrame, numbers
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.expected_value import expected_value
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon
from kundkarriar.scoring.value_scorer import FittedValueScorer


@frozen(kw_only=True, eq=False)
class Kept:
    """Buyers in groups: each rung that has a cost and a buyer, and at the end all of these.

    Attributes:
        scorer: the fitted scorer.
        base: the buyers.
        names: names of the groups, (g,).
        group: group of each buyer, (n,); -1 on a rung without a cost.
        customers: number of buyers of each group, (g,).
        cost: mean cost of keeping one, (g,).
        scores: of each group the sums over buyers of value_at_risk; p_alive; p_alive x p_leaves; p_alive x
            retention_value, (g,) each.
    """

    scorer: FittedValueScorer
    base: CustomerBase
    names: tuple[str, ...]
    group: Whole
    customers: Array
    cost: Array
    scores: Mapping[str, Array]

    @classmethod
    def of(
        cls,
        scorer: FittedValueScorer,
        base: CustomerBase,
        *,
        table: NarrowFrame,
        rungs: Sequence[str],
        costs: Mapping[str, float],
    ) -> Kept:
        """The buyers of `base` by their rung in the `table` of customers."""
        rung = np.array([rungs.index(name) for name in table["rung"].to_list()], dtype=np.int64)[base.buyers]
        there = [code for code, name in enumerate(rungs) if name in costs and (rung == code).any()]
        place = np.full(len(rungs), -1)
        place[there] = np.arange(len(there))
        group = place[rung]
        columns = ("value_at_risk", "p_alive", "p_leaves", "retention_value")
        risk, alive, leaves, kept = (
            numbers(table, name, need="CustomerCareer", nullable=True)[base.buyers] for name in columns
        )
        parts = {"value_at_risk": risk, "p_alive": alive, "leaves": alive * leaves, "retention_value": alive * kept}
        customers = np.bincount(group[group >= 0], minlength=len(there)).astype(np.float64)
        each = np.array([costs[rungs[code]] for code in there])
        with np.errstate(invalid="ignore"):  # of nobody
            cost = np.append(each, (each * customers).sum() / customers.sum())
        return cls(
            scorer=scorer,
            base=base,
            names=(*(rungs[code] for code in there), ALL),
            group=group,
            customers=np.append(customers, customers.sum()),
            cost=cost,
            scores={name: _sums(values, group, groups=len(there)) for name, values in parts.items()},
        )

    def drawn(self, model: Any, *, order_value: Array, level: float) -> Array:
        """The sum of value at risk in one draw of purchase model, order values, (n,), and level, (g,)."""
        spec, days = self.scorer.scorer, DAYS[self.scorer.purchases.period]
        terms = self.base.terms | {"handle": self.base.terms["handle"] * level}  # as many orders more
        expectation = residual_expectation_by_horizon(
            model,
            self.base.rows,
            discount_rate=rate_per_period(spec.discount_rate, days=days),
            costs=spec.costs,
            clock=self.base.clock,
        )
        scores = expected_value(
            evolve(self.base, order_value=order_value * level, terms=terms),
            expectation,
            horizon=Period.of(spec.horizon).in_units(self.scorer.purchases.period),
            observed=self.scorer.observed,
            yearly_rate=0.0,  # no lifelong values; purchases are discounted by `expectation`
            years_per_period=days / DAYS["Y"],
        )
        return _sums(scores["value_at_risk"], self.group, groups=len(self.names) - 1)


def _sums(values: Array, group: Whole, *, groups: int) -> Array:
    """Sums over the buyers of each group, and of all groups, (groups + 1,)."""
    own = [total(values[group == code]) for code in range(groups)]
    return np.array([*own, total(values[group >= 0])])
