"""The whole plan in a table of about a dozen rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import amount, quantity
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.strategy_years.early_changes import early_changes, forced_words
from kundkarriar.strategy.plan.views.additions import summary_lines

NO_MODEL_ERROR = "the error of the value model is not included"
WITH_EFFECT = "actions=[kk.Action(..., effect=kk.Effect(...))]"
SAVING = ("cost", "marketing")
"""Effects that add by what is no longer spent."""
NOT_GIVEN = "not known, as increments were given for the stated effects only"


def plan_summary(plan: PlanData[FrameT]) -> FrameT:
    """item, value, unit, note: see `Plan.summary`."""
    budget = plan.budget
    money: str = plan.customers.currency or "money"
    cost, net = total(plan.cost), total(plan.net)
    hours: float = total(plan.hours)
    taken = cost + budget.price_of_hours * hours
    low, value, high = plan.incremental_value_range()
    doubts = "".join(f"; {note}" for note in plan.customers.notes)
    gap = max(plan.ledger.bound - net, 0.0)
    lines: list[tuple[str, float, str, str]] = [
        ("budget", budget.money, money, f"{budget.period}, from {plan.start}"),
        ("budget, hours", budget.hours, "hours", f"{budget.period}, from {plan.start}"),
        ("reserve", budget.money - budget.money_to_plan, money, f"{budget.reserve:.0%} kept for what turns up"),
        ("reserve, hours", budget.hours - budget.hours_to_plan, "hours", f"{budget.reserve:.0%} kept"),
        ("planned cost", cost, money, "of actions on customers"),
        ("planned hours", hours, "hours", "of actions on customers"),
        *_prices(plan, money=money, hours=hours),
        ("customers", float(len(plan.customers)), "customers", f"each has one strategy and {_most_actions(plan)}"),
        ("treated", float(plan.ledger.treated.sum()), "customers", _evidence_note(plan)),
        *_responses(plan),
        ("held out", float(plan.ledger.held_out.sum()), "customers", _holdout_note(plan)),
        *_foregone(plan, money=money),
        *_forced(plan),
        (
            "incremental value",
            value,
            money,
            f"of the treatment in {budget.period}, {_over_the_horizon(plan)}{_in_a_row(plan)}{doubts}",
        ),
        ("incremental value, low", low, money, f"every effect at its weak end; {_ends_note(low)}"),
        ("incremental value, high", high, money, f"every effect at its strong end; {_ends_note(high)}"),
        *_saved(plan, money=money),
        *_discounted(plan, money=money),
        ("net", net, money, f"incremental value less planned cost{_hours_note(plan)}{doubts}"),
        ("net, low", low - taken, money, "every effect at its weak end"),
        ("net, high", high - taken, money, "every effect at its strong end"),
        (
            "return",
            net / cost if cost else np.nan,
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


def _responses(plan: PlanData[Any]) -> Iterator[tuple[str, float, str, str]]:
    """The priors on how groups respond to assumed effects, where they concern anybody."""
    assumed = [
        any(effect.is_assumed for each in plan.actions_of(at) for effect in each.effects)
        for at in range(len(plan.bundles))
    ]
    selected = np.append(assumed, False)[plan.ledger.selected]
    groups = np.array(plan.customers.word("group"), dtype=object)
    for group, power in plan.responses:
        mine = groups == group
        if power != 1 and mine.any() and any(assumed):
            note = (
                f"a prior: assumed effects act to this power on {quantity(int(mine.sum()), 'customer')} of the "
                f"group, of whom {int((mine & selected).sum()):,} were selected for one"
            )
            yield f"response of {group}", power, "power", note


def _foregone(plan: PlanData[Any], *, money: str) -> Iterator[tuple[str, float, str, str]]:
    """What holding out forgoes, where it is known: plans stored by earlier versions do not say for what."""
    if (plan.ledger.held_out & (plan.ledger.selected >= 0)).any():
        yield "foregone net", foregone_net(plan), money, "expected of those held out, had they been treated"


def _forced(plan: PlanData[Any]) -> Iterator[tuple[str, float, str, str]]:
    """The strategies that were changed before their year was out."""
    if early := early_changes(plan):
        yield "changed early", float(len(early)), "strategies", forced_words(plan)


def foregone_net(plan: PlanData[Any]) -> float:
    """Expected net gain of those held out, had they been treated: what it costs to measure the effect."""
    selected = np.where(plan.ledger.held_out, plan.ledger.selected, -1)
    return total(plan.ledger.of_bundle(plan.bundle_net, selected=selected))


def _prices(plan: PlanData[Any], *, money: str, hours: float) -> Iterator[tuple[str, float, str, str]]:
    """The price of the planned hours, and the hurdle, where the budget has them."""
    budget = plan.budget
    if budget.hour_cost is not None:
        each = amount(budget.hour_cost, plan.customers.currency)
        yield "price of planned hours", budget.hour_cost * hours, money, f"{each} an hour; taken off the net only"
    if budget.hurdle > 0:
        note = "at least this is asked of each action on a customer; less is not planned"
        yield "hurdle", budget.hurdle, "net per money spent", note


def _discounted(plan: PlanData[Any], *, money: str) -> Iterator[tuple[str, float, str, str]]:
    """What discounts cost after the period, where the plan gives any."""
    later = total(plan.ledger.of_bundle(plan.later_cost))
    if later > 0:
        yield "discounts after the period", later, money, "who gets one keeps it; off the incremental value already"


def _saved(plan: PlanData[Any], *, money: str) -> Iterator[tuple[str, float, str, str]]:
    """What is added by what is no longer spent, where the plan has actions for that."""
    acts_on = [
        {effect.on for each in plan.actions_of(at) for effect in each.effects} for at in range(len(plan.bundles))
    ]
    saving = [at for at, each in enumerate(acts_on) if each and each <= set(SAVING)]
    if saving:
        value = total(np.where(np.isin(plan.ledger.bundle, saving), plan.ledger.incremental_value, 0.0))
        names = ", ".join(plan.bundles[at].name for at in saving)
        yield "of it saved costs", value, money, f"spent no longer on customers: {names}"


def _most_actions(plan: PlanData[Any]) -> str:
    """How many actions a customer may get, with the sets of several that are planned."""
    if plan.most_actions == 1:
        return "at most one action"
    used = [at for at in np.unique(plan.ledger.bundle).tolist() if at >= 0 and len(plan.bundles[at].actions) > 1]
    together = f"; together: {', '.join(plan.bundles[at].name for at in used)}" if used else ""
    return f"at most {plan.most_actions} actions{together}"


def _hours_note(plan: PlanData[Any]) -> str:
    return "; hours are not priced" if plan.budget.hour_cost is None else " and the price of planned hours"


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


def _in_a_row(plan: PlanData[Any]) -> str:
    """That plans in a row do not add up over different horizons, unless the plan before has that of this one."""
    same = plan.previous is not None and plan.previous.horizon == plan.horizon
    if plan.horizon == "" or plan.earlier is None or same:
        return ""
    return "; plans in a row add up only over one horizon: give each of them the same `until`"


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
