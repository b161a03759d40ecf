"""One customer in plain sentences: where they stand, what is done, and what was turned down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.history.id_values import read_id_values
from kundkarriar.numerics.planning.treatment_effect import break_even
from kundkarriar.strategy.amount import amount, counted, takes
from kundkarriar.strategy.plan.outcome import HELD_OUT, NO_ACTION, TREATED, WORDS, outcomes
from kundkarriar.strategy.plan.treatment_effects import stake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kundkarriar.strategy.plan.plan import Plan
    from kundkarriar.strategy.specs.action import Action


def explanation(plan: Plan[Any], customer_id: Any) -> str:
    """One sentence a line: see `Plan.explain`."""
    own, at = plan.for_customer(_position(plan, customer_id)), 0
    return "\n".join(
        [
            *_standing(own, at),
            *_worth(own, at),
            *_strategy(own, at),
            *_decision(own, at),
            *_turned_down(own, at),
        ]
    )


def _position(plan: Plan[Any], customer_id: Any) -> int:
    """The customer's row; of ids that are numbers by the number's text, too."""
    ids: Sequence[Any] = plan.customers.ids
    wanted = read_id_values([customer_id], need="Plan.explain").tolist()[0]
    named = [*map(str, ids)] if isinstance(wanted, str) else ids
    if wanted in named:
        return named.index(wanted)
    first = ", ".join(repr(each) for each in ids[:3])
    raise DataError.because(
        f"the plan has no customer {customer_id!r}; it has {counted(len(ids), 'customer')}.",
        hint=f"the first ids are {first}; see plan.assignments()['customer_id'].",
    )


def _standing(plan: Plan[Any], at: int) -> Iterator[str]:
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
    days = _value(plan, "days_since_purchase", at)
    if not np.isnan(days):
        yield f"The last purchase was {counted(days, 'day')} before the plan's figures were taken."
    group = customers.word("group")[at]
    if group is not None:
        yield f"By how often and how regularly they buy, they belong to the {group} group."


def _worth(plan: Plan[Any], at: int) -> Iterator[str]:
    customers, currency = plan.customers, plan.customers.currency
    worth = _value(plan, customers.value_ahead, at)
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
    p_buy, at_risk = _value(plan, "p_purchase", at), _value(plan, "value_at_risk", at)
    if not np.isnan(p_buy):
        yield f"The probability that they buy at all within the horizon is {p_buy:.0%}."
    if at_risk <= 0:
        yield "Nothing is at risk: losing them would cost nothing."
    elif not np.isnan(at_risk):
        yield f"At risk of being lost: {amount(at_risk, currency)}. This decides what may be lost, not what to spend."


def _strategy(plan: Plan[Any], at: int) -> Iterator[str]:
    strategy = plan.playbook.strategies[plan.ledger.strategy[at]]
    goal = f" The goal: {strategy.goal}." if strategy.goal else ""
    yield f"Strategy: {strategy.name} ({strategy.objective}), because {strategy.because}.{goal}"


def _decision(plan: Plan[Any], at: int) -> Iterator[str]:
    currency = plan.customers.currency
    outcome, advised = outcomes(plan)
    if outcome[at] == TREATED:
        yield from _planned(plan, at)
    elif outcome[at] == HELD_OUT:
        yield f"Nothing is planned: the customer is {WORDS[HELD_OUT]} ({plan.holdout:.0%} of the treated, by lot)."
    elif outcome[at] == NO_ACTION:
        objective = plan.playbook.strategies[plan.ledger.strategy[at]].objective
        yield f"Nothing is planned: no action with a cost and an effect serves the objective {objective!r} here."
    else:
        yield f"Nothing is planned: {WORDS[outcome[at]]}."
    if advised[at] >= 0:
        yield (
            f"Recommended without money: {plan.actions[advised[at]].name}; "
            "its effect is not stated, so no value is claimed."
        )
    if np.isnan(plan.ledger.gain[at]).all():
        yield "No spend is justified by what is known: nobody has said what an action would add here."
    else:
        most = amount(float(plan.ledger.max_justified_spend[at]), currency)
        yield f"At most {most} is justified: what the best action is expected to add."


def _planned(plan: Plan[Any], at: int) -> Iterator[str]:
    currency, where = plan.customers.currency, int(plan.ledger.action[at])
    action = plan.actions[where]
    effect = action.effect
    if effect is None:
        return
    value, cost, hours = (float(values[at]) for values in (plan.ledger.incremental_value, plan.cost, plan.hours))
    number = action.times_in(plan.budget)
    times = "once" if number == 1 else f"{number} times"
    yield (f"Planned: {action.name}, {times} in {plan.budget.period}, for {takes(cost, hours, currency)}.")
    yield f"It {effect}."
    if effect.is_assumed:
        yield "That effect is assumed, not measured."
    ends = sorted(float(plan.incremental_value_at(end)[at]) for end in ("low", "high"))
    yield (
        f"Expected to add {amount(value, currency)} ({amount(ends[0], currency)} to {amount(ends[1], currency)}), "
        f"which is {amount(value - cost, currency)} more than it costs."
    )
    yield _pays_from(
        action, break_even(on=effect.on, base=plan.ledger.base[[at]], p=plan.ledger.p[[at]], cost=cost), currency
    )


def _pays_from(action: Action, size: float, currency: str) -> str:
    on = "" if action.effect is None else action.effect.on
    if action.cost == 0:
        return "It costs no money, so any effect in the right direction pays; what it takes is time."
    if np.isnan(size):
        return "No effect of this kind would pay for it here."
    if on == "value":
        return f"It pays for itself here from an added value of {amount(size, currency)}."
    return f"It pays for itself here from an effect of {size:.4g} on {on} (stated: {action.effect.mean:g})."  # type: ignore[union-attr]


def _turned_down(plan: Plan[Any], at: int) -> Iterator[str]:
    """The other actions that could serve the customer, and why each was not chosen."""
    currency, ledger = plan.customers.currency, plan.ledger
    chosen = int(ledger.action[at])
    own = float((ledger.incremental_value - plan.cost)[at])
    for where, action in enumerate(plan.actions):
        gain = float(ledger.gain[at, where])
        if where == chosen or np.isnan(gain):
            continue
        cost = action.cost_in(plan.budget)
        spent = takes(cost, action.hours_in(plan.budget), currency)
        added = f"{action.name} would add {amount(gain, currency)} for {spent}"
        net = gain - cost
        if net <= 0:
            why = f"not worth it{_would_pay(plan, at, action, currency)}"
        elif ledger.held_out[at]:
            why = "pays, but the customer is held out"
        elif chosen >= 0 and net <= own:
            why = f"{amount(net, currency)} net, less than what is planned"
        else:
            why = _bid(plan, action, currency)
        yield f"Turned down: {added}: {why}."


def _would_pay(plan: Plan[Any], at: int, action: Action, currency: str) -> str:
    """From which effect on the action would pay here."""
    if action.effect is None:
        return ""
    on = stake(action, plan.customers)
    size = break_even(on=action.effect.on, base=on.base[[at]], p=on.p[[at]], cost=action.cost_in(plan.budget))
    if np.isnan(size):
        return ", whatever its effect"
    if action.effect.on == "value":
        return f" below an added value of {amount(size, currency)}"
    return f" short of an effect of {size:.4g} (stated: {action.effect.mean:g})"


def _bid(plan: Plan[Any], action: Action, currency: str) -> str:
    """An action that pays for itself but uses money or hours that bring more with others."""
    cost, hours = action.cost_in(plan.budget), action.hours_in(plan.budget)
    charge = float(plan.ledger.prices @ np.array([cost, hours]))
    if charge <= 0:
        return "more than the budget allows"
    return f"pays, but the {takes(cost, hours, currency)} bring {amount(charge, currency)} net with other customers"


def _value(plan: Plan[Any], column: str, at: int) -> float:
    values = plan.customers.numbers.get(column)
    return float("nan") if values is None else float(values[at])
