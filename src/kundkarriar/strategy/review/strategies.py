"""The review by strategy: target, actual, expected without, what the holdout shows, money and verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.power import smallest_visible
from kundkarriar.numerics.planning.randomisation import Difference
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.targets import plan_targets
from kundkarriar.strategy.review.comparison import Comparisons, mean_of
from kundkarriar.strategy.review.contacts_made import ContactsMade, planned_times
from kundkarriar.strategy.review.verdict import Verdict, verdict

BUYS, NET_VALUE = "share that buys", "net value"
WHOLE = "the whole plan"
TEXTS = ("strategy", "metric", "span", "verdict", "note")
COUNTS = ("customers", "treated", "held_out")


class Reviewed(NamedTuple):
    """What a review tells of a strategy, or of the whole plan.

    Attributes:
        name: of the strategy.
        metric: what it is judged by.
        rows: its customers, (n,).
        found: the difference of treated and held out.
        planned: what the plan said it adds to the metric of a selected customer; NaN where not known.
        verdict: the verdict.
        columns: the row of the table.
    """

    name: str
    metric: str
    rows: Mask
    found: Difference
    planned: float
    verdict: Verdict
    columns: dict[str, Any]


def reviewed(plan: PlanData[Any], known: Comparisons, made: ContactsMade) -> tuple[Reviewed, ...]:
    """Each strategy with customers in the order of the playbook, and last the whole plan."""
    ledger = plan.ledger
    positions = np.unique(ledger.strategy).tolist()
    metrics = _metrics(plan)
    own = [_of_strategy(plan, known, made, at, metric=metrics[at]) for at in positions]
    done = [at for at in positions if (ledger.treated & (ledger.strategy == at)).any()]
    alike = {metrics[at] for at in done or positions}
    metric = alike.pop() if len(alike) == 1 else BUYS
    spans = {known.actuals.until[at] for at in positions}
    everyone = np.ones(len(plan.customers), dtype=bool)
    due = max(known.actuals.due[at] for at in positions)
    span = f"{plan.start} to {spans.pop()}" if len(spans) == 1 else "that of each strategy"
    whole = _row(
        plan, known, made, everyone, name=WHOLE, metric=metric, span=span, due=due, level=known.level, target=np.nan
    )
    return (*own, whole)


def _metrics(plan: PlanData[Any]) -> dict[int, str]:
    """By the position of the strategy: the metric of its target, or the first that can show what is planned."""
    rows = narrow(plan_targets(plan), need="Review")
    first = dict(zip(rows["strategy"].to_list(), rows["first_metric"].to_list(), strict=True))
    return {
        at: each.target.metric if each.target else first[each.name] if isinstance(first[each.name], str) else BUYS
        for at, each in enumerate(plan.playbook.strategies)
        if each.name in first
    }


def _of_strategy(plan: PlanData[Any], known: Comparisons, made: ContactsMade, at: int, *, metric: str) -> Reviewed:
    strategy, actuals = plan.playbook.strategies[at], known.actuals
    return _row(
        plan,
        known,
        made,
        plan.ledger.strategy == at,
        name=strategy.name,
        metric=metric,
        span=f"{plan.start} to {actuals.until[at]}",
        due=actuals.due[at],
        level=known.own_level,
        target=np.nan if strategy.target is None else strategy.target.value,
    )


def _row(
    plan: PlanData[Any],
    known: Comparisons,
    made: ContactsMade,
    rows: Mask,
    *,
    name: str,
    metric: str,
    span: str,
    due: str,
    level: float,
    target: float,
) -> Reviewed:
    ledger, actuals = plan.ledger, known.actuals
    treated, held = int((ledger.treated & rows).sum()), int((ledger.held_out & rows).sum())
    assigned = known.assigned(rows, level=level)
    found = known.of(metric, rows, assigned, level=level)
    value = known.of(NET_VALUE, rows, assigned, level=level)
    comparable = bool(known.comparable()[rows].all())
    planned = mean_of(known.usual[metric].planned, rows & (ledger.selected >= 0)) if comparable else np.nan
    expected = mean_of(known.usual[metric].mean, rows) if comparable else np.nan
    actual = mean_of(known.came[metric], rows)
    before = np.nan if known.came_before is None else mean_of(known.came_before[metric], rows)
    spent = money_and_hours(plan, made)
    money, hours = (total(each[rows]) for each in spent)
    given = verdict(
        found,
        planned=planned,
        metric=metric,
        treated=treated,
        held_out=held,
        as_of=actuals.as_of,
        due=due,
        asked=actuals.asked,
    )
    net = [
        treated * each - money - plan.budget.price_of_hours * hours for each in (value.estimate, value.low, value.high)
    ]
    visible = smallest_visible(
        sd=np.array(found.sd), treated=np.array(treated), held_out=np.array(held), level=1 - level
    )
    notes = [given.because, *_notes(plan, known, made, rows, comparable=comparable, metric=metric)]
    columns = {
        "strategy": name,
        "customers": int(rows.sum()),
        "treated": treated,
        "held_out": held,
        "metric": metric,
        "span": span,
        "target": target,
        "planned": planned,
        "actual": actual,
        "expected_without": expected,
        "before": before,
        "incremental": found.estimate,
        "low": found.low,
        "high": found.high,
        "smallest_visible": float(visible),
        "target_reached": None if np.isnan(target + actual) or actuals.as_of < due else actual >= target,
        "money_planned": total(plan.cost[rows]) + total(plan.added("cost")[rows]),
        "money": money,
        "hours_planned": total(plan.hours[rows]) + total(plan.added("hours")[rows]),
        "hours": hours,
        "net": net[0],
        "net_low": net[1],
        "net_high": net[2],
        "verdict": given.word,
        "note": "; ".join(notes),
    }
    return Reviewed(name, metric, rows, found, planned, given, columns)


def money_and_hours(plan: PlanData[Any], made: ContactsMade) -> tuple[Array, Array]:
    """Money and hours that the contacts with each customer took, (n,) each.

    What an action costs as a share of spend is that of the plan, where the customer was contacted.
    """
    contacted = made.times.any(axis=1)
    of_spend = plan.ledger.spend_cost
    share = 0.0 if of_spend is None else np.where(contacted, plan.ledger.of_bundle(of_spend), 0.0)
    return made.cost.sum(axis=1) + share, made.hours.sum(axis=1)


def _notes(
    plan: PlanData[Any], known: Comparisons, made: ContactsMade, rows: Mask, *, comparable: bool, metric: str
) -> Iterator[str]:
    """What else must be known of a row."""
    ledger = plan.ledger
    if not comparable:
        yield (
            "what was planned and expected is over another time than these days, and left out: plans with increments "
            "know their horizon"
        )
    elif np.isnan(known.usual[metric].mean[rows]).all():
        yield f"the scores did not tell the {metric} that was expected"
    if any(ledger.freed or ()):
        yield "customers were taken out after the assignment (plan.without), and the arms may differ by them"
    if known.actuals.contacts is None:
        if (ledger.treated & rows).any():
            yield "without a log the planned contacts are taken as made"
        return
    planned = planned_times(plan, until=known.actuals.as_of)
    reached = (made.times * (planned > 0)).any(axis=1)
    missed = int((rows & ledger.treated & planned.any(axis=1) & ~reached).sum())
    if missed:
        yield f"{quantity(missed, 'treated customer')} got no contact (counted as treated)"
    spoilt = int((rows & ledger.held_out & ((planned == 0) * made.times).any(axis=1)).sum())
    if spoilt:
        yield f"{quantity(spoilt, 'customer')} of the holdout got contacts, which hide some of the effect"


def strategies_frame(rows: tuple[Reviewed, ...], *, like: FrameT) -> FrameT:
    """A row for each strategy, and one for the whole plan: see `Review.strategies`."""
    columns: dict[str, Any] = {}
    for name in rows[0].columns:
        values = [row.columns[name] for row in rows]
        if name in TEXTS:
            columns[name] = text_column(values, like=like)
        elif name == "target_reached":
            words = [None if each is None else "yes" if each else "no" for each in values]
            columns[name] = text_column(words, like=like)
        else:
            columns[name] = np.array(values, dtype=np.int64 if name in COUNTS else np.float64)
    return new_frame(columns, like=like)
