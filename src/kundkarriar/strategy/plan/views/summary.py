"""The whole plan in a table of about a dozen rows."""

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.additions import summary_lines

NO_MODEL_ERROR = "the error of the value model is not included"
WITH_EFFECT = "actions=[kk.Action(..., effect=kk.Effect(...))]"
NOT_GIVEN = "not known, as increments were given for the stated effects only"


def plan_summary(plan: PlanData[FrameT]) -> FrameT:
    """item, value, unit, note: see `Plan.summary`."""
    budget, money = plan.budget, plan.customers.currency or "money"
    cost, hours = total(plan.cost), total(plan.hours)
    low, value, high = plan.incremental_value_range()
    doubts = "".join(f"; {note}" for note in plan.customers.notes)
    gap = max(plan.ledger.bound - (value - cost), 0.0)
    lines = [
        ("budget", budget.money, money, f"{budget.period}, from {plan.start}"),
        ("budget, hours", budget.hours, "hours", f"{budget.period}, from {plan.start}"),
        ("reserve", budget.money - budget.money_to_plan, money, f"{budget.reserve:.0%} kept for what turns up"),
        ("reserve, hours", budget.hours - budget.hours_to_plan, "hours", f"{budget.reserve:.0%} kept"),
        ("planned cost", cost, money, "of actions on customers"),
        ("planned hours", hours, "hours", "of actions on customers"),
        ("customers", float(len(plan.customers)), "customers", "each has one strategy and at most one action"),
        ("treated", float(plan.ledger.treated.sum()), "customers", _evidence_note(plan)),
        ("held out", float(plan.ledger.held_out.sum()), "customers", _holdout_note(plan)),
        (
            "incremental value",
            value,
            money,
            f"of the treatment in {budget.period}, {_over_the_horizon(plan)}{doubts}",
        ),
        ("incremental value, low", low, money, f"every effect at its weak end; {_ends_note(low)}"),
        ("incremental value, high", high, money, f"every effect at its strong end; {_ends_note(high)}"),
        ("net", value - cost, money, f"incremental value less planned cost; hours are not priced{doubts}"),
        ("net, low", low - cost, money, "every effect at its weak end"),
        ("net, high", high - cost, money, "every effect at its strong end"),
        (
            "return",
            (value - cost) / cost if cost else np.nan,
            "net per money spent",
            "net divided by planned cost" if cost else "no money is spent",
        ),
        *summary_lines(plan),
        (
            "distance to the best plan",
            gap,
            money,
            "no plan under this budget with this holdout has more net than this above it",
        ),
    ]
    columns = zip(("item", "value", "unit", "note"), zip(*lines, strict=True), strict=True)
    return new_frame({name: list(values) for name, values in columns}, like=plan.like)


def _over_the_horizon(plan: PlanData[FrameT]) -> str:
    """Over what time, and whether what effects on the process add is approximated."""
    timed = [
        at
        for at in np.unique(plan.ledger.bundle[plan.ledger.treated]).tolist()
        if any(action.acts_on_process for action in plan.actions_of(at))
    ]
    horizon = plan.horizon if any(plan.by_increments(at) for at in timed) else "of the scores"
    rough = ", ".join(plan.bundles[at].name for at in timed if not plan.by_increments(at))
    note = f"; approximated from the scores, as if contacts acted on the whole horizon: {rough}" if rough else ""
    return f"over the horizon {horizon}, against business as usual, before cost{note}"


def _ends_note(value: float) -> str:
    return NOT_GIVEN if np.isnan(value) else NO_MODEL_ERROR


def _evidence_note(plan: PlanData[FrameT]) -> str:
    if not any(each.effects for each in plan.actions):
        lacking = "no action states an effect" if plan.actions else "there is no action"
        return f"{lacking}, so no money is planned and no value is claimed: {WITH_EFFECT}"
    bundles = np.unique(plan.ledger.bundle[plan.ledger.treated]).tolist()
    used = list(dict.fromkeys(action for at in bundles for action in plan.actions_of(at)))
    if not used:
        return "no action adds more than it costs, or none has both a cost and an effect"
    assumed = [each.name for each in used if any(effect.is_assumed for effect in each.effects)]
    return f"effects that are assumed, not measured: {', '.join(assumed)}" if assumed else "effects as stated"


def _holdout_note(plan: PlanData[FrameT]) -> str:
    if plan.holdout == 0:
        return "nobody is held out: the effect of this plan cannot be measured"
    held, treated = int(plan.ledger.held_out.sum()), int(plan.ledger.treated.sum())
    if held == 0:
        return f"nobody of {quantity(treated, 'customer')} to be treated: the effect of this plan cannot be measured"
    return (
        f"of {quantity(held + treated, 'customer')} to be treated, {plan.holdout:.0%} by lot (seed {plan.seed}), so"
        " that the effect can be measured; what they would have cost stays unspent"
    )
