"""The target of each strategy: what the plan adds to its metric, and whether the holdout will be able to show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.dates.calendar_months import month_of, months_on
from kundkarriar.dates.period import day_number
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.power import pooled_sd, smallest_visible
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.outcomes import TO, Outcome, Span, outcomes, span_of
from kundkarriar.strategy.specs.target import METRICS, Target

TEXTS = ("strategy", "objective", "owner", "metric", "until", "span", "first_metric", "visible_after", "note")
COUNTS = ("customers", "treated", "held_out")


def plan_targets(plan: PlanData[FrameT]) -> FrameT:
    """A row for each strategy with customers: see `Plan.targets`."""
    known, visible = outcomes(plan), _visible_after(plan)
    rows = [_row(plan, at, known, visible[at]) for at in np.unique(plan.ledger.strategy).tolist()]
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


def _row(plan: PlanData[Any], at: int, known: Mapping[str, Outcome], visible: str | None) -> dict[str, Any]:
    strategy, mine = plan.playbook.strategies[at], plan.ledger.strategy == at
    target, (treated, held) = strategy.target, _arms(plan, at)
    money, net = total(plan.cost[mine]), total(plan.net[mine])
    compared = {name: _compared(plan, at, known[name]) for name in METRICS}
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
        "visible_after": visible,
        "note": "; ".join(_notes(target, span, own, ahead, first, treated=treated, held=held)),
    }


def _visible_after(plan: PlanData[Any]) -> list[str | None]:
    """By strategy, the last day of the first span that can show what is planned; None: not that of the horizon either.

    Spans grow by months from the plan's first day to the end of the horizon. What is planned grows with them, and
    faster than chance does, so that the first is found by bisection. The metric is that of the target, and without one
    the first that the whole horizon can show. Only increments have a horizon with days.
    """
    strategies, never = plan.playbook.strategies, -1
    if not plan.horizon.startswith(TO):
        return [None] * len(strategies)
    ends = _month_ends(plan.start, plan.horizon.removeprefix(TO))
    whole = outcomes(plan, [ends[-1]] * len(strategies))
    metrics = [_shown(plan, at, whole) for at in range(len(strategies))]
    low = np.full(len(strategies), never)
    high = np.array([never if metric is None else len(ends) - 1 for metric in metrics])
    while (unsure := high - low > 1).any():
        middle = (low + high) // 2
        known = outcomes(plan, [ends[max(to, 0)] for to in middle])
        for at in np.flatnonzero(unsure).tolist():
            sees = _compared(plan, at, known[metrics[at] or ""]).sees
            (high if sees else low)[at] = middle[at]
    return [None if to == never else ends[to] for to in high]


def _shown(plan: PlanData[Any], at: int, known: Mapping[str, Outcome]) -> str | None:
    """The metric of the target, or without one the first, if it can show what is planned."""
    target = plan.playbook.strategies[at].target
    metrics = METRICS if target is None else (target.metric,)
    return next((name for name in metrics if _compared(plan, at, known[name]).sees), None)


def _month_ends(start: str, end: str) -> list[str]:
    """The last days of one month from `start` on, of two and so on, and `end`."""
    first, last = (day_number(np.datetime64(day, "D")) for day in (start, end))
    months = int(month_of(last) - month_of(first)) + 1
    days = months_on(first, np.arange(1, months + 1), to_last=False) - 1
    return [str(np.datetime64(int(day), "D")) for day in [*days[days < last], last]]


def _arms(plan: PlanData[Any], at: int) -> tuple[int, int]:
    """The numbers of customers of a strategy who are treated and held out."""
    mine = plan.ledger.strategy == at
    return int((plan.ledger.treated & mine).sum()), int((plan.ledger.held_out & mine).sum())


def _compared(plan: PlanData[Any], at: int, outcome: Outcome) -> Comparison:
    """The metric over those selected of a strategy whose outcome is known."""
    rows = (plan.ledger.strategy == at) & (plan.ledger.selected >= 0)
    rows &= ~np.isnan(outcome.mean + outcome.variance + outcome.planned)
    if not rows.any():
        return Comparison(np.nan, np.nan)
    treated, held = _arms(plan, at)
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
