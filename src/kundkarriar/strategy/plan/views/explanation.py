"""One customer's position, value, planned action and rejected actions, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.id_kinds import read_id_values
from kundkarriar.numerics.planning.treatment_effect import break_even
from kundkarriar.strategy.amount_text import amount, cost_and_hours, quantity
from kundkarriar.strategy.plan.decision_reasons import HELD_OUT, NO_ACTION, REASON_TEXTS, TREATED, decision_reasons
from kundkarriar.strategy.plan.effect_baseline import baseline
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action


def explanation(plan: PlanData[Any], customer_id: Any) -> str:
    """Sentences about one customer, one per line: see `Plan.explain`."""
    own, at = plan.for_customer(_position(plan, customer_id)), 0
    return "\n".join(
        [*_position_on_ladder(own, at), *_value(own, at), *_strategy(own, at), *_decision(own, at), *_rejected(own, at)]
    )


def _position(plan: PlanData[Any], customer_id: Any) -> int:
    """The row of the customer; a numeric id may be given as text."""
    ids: Sequence[Any] = plan.customers.ids
    wanted = read_id_values([customer_id], need="Plan.explain").tolist()[0]
    named = [*map(str, ids)] if isinstance(wanted, str) else ids
    if wanted in named:
        return named.index(wanted)
    first = ", ".join(repr(each) for each in ids[:3])
    raise DataError.because(
        f"the plan has no customer {customer_id!r}; it has {quantity(len(ids), 'customer')}.",
        hint=f"the first ids are {first}; see plan.assignments()['customer_id'].",
    )


def _position_on_ladder(plan: PlanData[Any], at: int) -> Iterator[str]:
    customers = plan.customers
    rung, best = customers.word("rung")[at], customers.word("highest_rung")[at]
    name = f"Customer {customers.ids[at]}"
    if rung is None:
        yield f"{name}: the rung is not known."
        return
    lapsed = customers.lapsed is not None and bool(customers.lapsed[at])
    silent = " and has been silent for longer than usual" if lapsed else ""
    once = f" (was once {best})" if best not in (None, rung) else ""
    why = customers.word("reason")[at]
    yield f"{name} stands on the rung {rung}{once}{silent}{'' if why is None else f': {why}'}."
    days = _number(plan, "days_since_purchase", at)
    if not np.isnan(days):
        yield f"The last purchase was {quantity(days, 'day')} before the plan's figures were taken."
    group = customers.word("group")[at]
    if group is not None:
        yield f"By how often and how regularly they buy, they belong to the {group} group."


def _value(plan: PlanData[Any], at: int) -> Iterator[str]:
    customers, currency = plan.customers, plan.customers.currency
    worth = _number(plan, customers.value_ahead, at)
    if np.isnan(worth):
        yield "What they will bring is not known: there is no purchase to judge from."
        return
    kind = (
        "net of the costs of the customer"
        if customers.value_ahead == "net_value"
        else "before the costs of the customer"
    )
    abc = customers.word("abc")[at]
    yield (
        f"They are expected to bring {amount(worth, currency)} over the horizon, {kind}"
        f"{'' if abc is None else f': class {abc}'}."
    )
    p_buy, at_risk = _number(plan, "p_purchase", at), _number(plan, "value_at_risk", at)
    if not np.isnan(p_buy):
        yield f"The probability that they buy at all within the horizon is {p_buy:.0%}."
    if at_risk <= 0:
        yield "Nothing is at risk: losing them would cost nothing."
    elif not np.isnan(at_risk):
        yield f"At risk of being lost: {amount(at_risk, currency)}. This decides what may be lost, not what to spend."


def _strategy(plan: PlanData[Any], at: int) -> Iterator[str]:
    strategy = plan.playbook.strategies[plan.decisions.strategy[at]]
    goal = f" The goal: {strategy.goal}." if strategy.goal else ""
    yield f"Strategy: {strategy.name} ({strategy.objective}), because {strategy.because}.{goal}"


def _decision(plan: PlanData[Any], at: int) -> Iterator[str]:
    currency = plan.customers.currency
    reason, recommended = decision_reasons(plan)
    if reason[at] == TREATED:
        yield from _planned(plan, at)
    elif reason[at] == HELD_OUT:
        assigned = f"({plan.holdout:.0%} of the treated, by lot)"
        yield f"Nothing is planned: the customer is {REASON_TEXTS[HELD_OUT]} {assigned}."
    elif reason[at] == NO_ACTION:
        objective = plan.playbook.strategies[plan.decisions.strategy[at]].objective
        yield f"Nothing is planned: no action with a cost and an effect serves the objective {objective!r} here."
    else:
        yield f"Nothing is planned: {REASON_TEXTS[reason[at]]}."
    if recommended[at] >= 0:
        yield (
            f"Recommended without money: {plan.actions[recommended[at]].name}; "
            "its effect is not stated, so no value is claimed."
        )
    if np.isnan(plan.decisions.gain[at]).all():
        yield "No spend is justified by what is known: nobody has said what an action would add here."
    else:
        most = amount(float(plan.decisions.max_justified_spend[at]), currency)
        yield f"At most {most} is justified: what the best action is expected to add."


def _planned(plan: PlanData[Any], at: int) -> Iterator[str]:
    currency, where = plan.customers.currency, int(plan.decisions.action[at])
    action = plan.actions[where]
    effect = action.effect
    if effect is None:
        return
    value, cost, hours = (float(values[at]) for values in (plan.decisions.incremental_value, plan.cost, plan.hours))
    number = action.times_in(plan.budget)
    times = "once" if number == 1 else f"{number} times"
    yield (f"Planned: {action.name}, {times} in {plan.budget.period}, for {cost_and_hours(cost, hours, currency)}.")
    yield f"It {effect}."
    if effect.is_assumed:
        yield "That effect is assumed, not measured."
    ends = sorted(float(plan.incremental_value_at(end)[at]) for end in ("low", "high"))
    yield (
        f"Expected to add {amount(value, currency)} ({amount(ends[0], currency)} to {amount(ends[1], currency)}), "
        f"which is {amount(value - cost, currency)} more than it costs."
    )
    yield _break_even_sentence(
        action, break_even(on=effect.on, base=plan.decisions.base[[at]], p=plan.decisions.p[[at]], cost=cost), currency
    )


def _break_even_sentence(action: Action, size: float, currency: str) -> str:
    on = "" if action.effect is None else action.effect.on
    if action.cost == 0:
        return "It costs no money, so any effect in the right direction pays; what it takes is time."
    if np.isnan(size):
        return "No effect of this kind would pay for it here."
    if on == "value":
        return f"It pays for itself here from an added value of {amount(size, currency)}."
    return f"It pays for itself here from an effect of {size:.4g} on {on} (stated: {action.effect.mean:g})."  # type: ignore[union-attr]


def _rejected(plan: PlanData[Any], at: int) -> Iterator[str]:
    """The other eligible actions, and why each was rejected."""
    currency, decisions = plan.customers.currency, plan.decisions
    chosen = int(decisions.action[at])
    own = float((decisions.incremental_value - plan.cost)[at])
    for where, action in enumerate(plan.actions):
        gain = float(decisions.gain[at, where])
        if where == chosen or np.isnan(gain):
            continue
        cost = action.cost_in(plan.budget)
        spent = cost_and_hours(cost, action.hours_in(plan.budget), currency)
        added = f"{action.name} would add {amount(gain, currency)} for {spent}"
        net = gain - cost
        if net <= 0:
            why = f"not worth it{_break_even_text(plan, at, action, currency)}"
        elif decisions.held_out[at]:
            why = "pays, but the customer is held out"
        elif chosen >= 0 and net <= own:
            why = f"{amount(net, currency)} net, less than what is planned"
        else:
            why = _outbid(plan, action, currency)
        yield f"Turned down: {added}: {why}."


def _break_even_text(plan: PlanData[Any], at: int, action: Action, currency: str) -> str:
    """The break-even effect of a rejected action for this customer."""
    if action.effect is None:
        return ""
    untreated = baseline(action, plan.customers)
    size = break_even(
        on=action.effect.on, base=untreated.base[[at]], p=untreated.p[[at]], cost=action.cost_in(plan.budget)
    )
    if np.isnan(size):
        return ", whatever its effect"
    if action.effect.on == "value":
        return f" below an added value of {amount(size, currency)}"
    return f" short of an effect of {size:.4g} (stated: {action.effect.mean:g})"


def _outbid(plan: PlanData[Any], action: Action, currency: str) -> str:
    """An action with a positive net gain whose money or hours have a higher shadow price."""
    cost, hours = action.cost_in(plan.budget), action.hours_in(plan.budget)
    charge = float(plan.decisions.prices @ np.array([cost, hours]))
    if charge <= 0:
        return "more than the budget allows"
    used = cost_and_hours(cost, hours, currency)
    return f"pays, but the {used} bring {amount(charge, currency)} net with other customers"


def _number(plan: PlanData[Any], column: str, at: int) -> float:
    values = plan.customers.numbers.get(column)
    return float("nan") if values is None else float(values[at])
