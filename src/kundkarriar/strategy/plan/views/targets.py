"""The target of each strategy: what the plan adds to its metric, and whether the holdout will be able to show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.power import pooled_sd, smallest_visible
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.outcomes import Outcome, Span, outcomes, span_of
from kundkarriar.strategy.specs.target import METRICS, Target

TEXTS = ("strategy", "objective", "owner", "metric", "until", "span", "first_metric", "note")
COUNTS = ("customers", "treated", "held_out")


def plan_targets(plan: PlanData[FrameT]) -> FrameT:
    """A row for each strategy with customers: see `Plan.targets`."""
    known = outcomes(plan)
    rows = [_row(plan, at, known) for at in np.unique(plan.ledger.strategy).tolist()]
    columns: dict[str, Any] = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        kind = np.int64 if name in COUNTS else bool if name == "verdict_possible" else np.float64
        columns[name] = text_column(values, like=plan.like) if name in TEXTS else np.array(values, dtype=kind)
    return new_frame(columns, like=plan.like)


class Comparison(NamedTuple):
    """A metric of treated customers against those held out.

    Attributes:
        planned: what the plan adds, per selected customer; NaN where not known.
        visible: the smallest effect that can be seen.
    """

    planned: float
    visible: float

    @property
    def sees(self) -> bool:
        """Whether the planned effect can be seen."""
        return self.planned > 0 and self.planned >= self.visible


def _row(plan: PlanData[Any], at: int, known: Mapping[str, Outcome]) -> dict[str, Any]:
    strategy, mine = plan.playbook.strategies[at], plan.ledger.strategy == at
    target, selected = strategy.target, mine & (plan.ledger.selected >= 0)
    treated, held = int((plan.ledger.treated & mine).sum()), int((plan.ledger.held_out & mine).sum())
    money, net = total(plan.cost[mine]), total(plan.net[mine])
    compared = {name: _compared(known[name], selected, treated, held) for name in METRICS}
    own = Comparison(np.nan, np.nan) if target is None else compared[target.metric]
    usual, ahead = (np.nan, np.nan) if target is None else _ahead(known[target.metric], mine, plan.ledger.treated)
    span = span_of(plan, at)
    first = next((name for name in METRICS if compared[name].sees), None)
    return {
        "strategy": strategy.name,
        "objective": strategy.objective,
        "owner": strategy.owner or None,
        "customers": int(mine.sum()),
        "treated": treated,
        "held_out": held,
        "money": money,
        "hours": total(plan.hours[mine]),
        "net": net,
        "roi": net / money if money else np.nan,
        "metric": None if target is None else target.metric,
        "target": np.nan if target is None else target.value,
        "until": None if target is None else target.until,
        "span": span.text,
        "usual": usual,
        "expected": ahead,
        "planned": own.planned,
        "smallest_visible": own.visible,
        "verdict_possible": own.sees,
        "first_metric": first,
        "note": "; ".join(_notes(target, span, own, ahead, first, treated=treated, held=held)),
    }


def _compared(outcome: Outcome, selected: Mask, treated: int, held: int) -> Comparison:
    """The metric over those selected whose outcome is known."""
    rows = selected & ~np.isnan(outcome.mean + outcome.variance + outcome.planned)
    if not rows.any():
        return Comparison(np.nan, np.nan)
    sd = np.array(pooled_sd(mean=outcome.mean[rows], variance=outcome.variance[rows]))
    visible = smallest_visible(sd=sd, treated=np.array(treated), held_out=np.array(held))
    return Comparison(float(outcome.planned[rows].mean()), float(visible))


def _ahead(outcome: Outcome, mine: Mask, treated: Mask) -> tuple[float, float]:
    """The metric per customer of a strategy, without the plan and with it, over those where it is known."""
    rows = mine & ~np.isnan(outcome.mean)
    if not rows.any():
        return np.nan, np.nan
    usual = outcome.mean[rows]
    added: Array = np.where(treated, outcome.planned, 0.0)[rows]
    return float(usual.mean()), float((usual + added).mean())


def _notes(
    target: Target | None, span: Span, own: Comparison, ahead: float, first: str | None, *, treated: int, held: int
) -> Iterator[str]:
    if target is None:
        yield "no target is set: kk.Strategy(..., target=kk.Target(...))"
    elif np.isnan(ahead):
        yield f"the scores do not tell the {target.metric} of these customers"
    elif ahead < target.value:
        yield f"{ahead:.3g} is expected, below the target of {target.value:.3g}"
    if target is not None and span.end and target.until > span.end:
        yield f"nothing is known after {span.end}, the last day of the increments"
    if treated + held == 0:
        yield "nobody is treated"
        return
    if held == 0:
        yield "nobody is held out: no verdict is possible"
        return
    arms = f"{treated:,} treated and {held:,} held out"
    if target is not None and np.isfinite(own.visible) and not own.sees:
        yield f"{arms} show {own.visible:.3g} or more of {target.metric}, and {own.planned:.3g} is planned"
    if first is None:
        yield f"no metric can show the planned effect on {quantity(treated + held, 'customer')}"
    elif target is None or not own.sees:
        yield f"the {first} can show it"
