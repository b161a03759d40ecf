"""A plan with an action added on named customers: what it may be, on whom, and what it takes of the reserve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from attrs import evolve

from kundkarriar.arguments import SAYS_SOMETHING, read_object
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import as_day
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.changes.addition import Addition
from kundkarriar.strategy.plan.changes.named_customers import named_customers, refuse_customers
from kundkarriar.strategy.plan.contacts.contact_log import contacts_with, joined
from kundkarriar.strategy.plan.contacts.planned_contacts import of_this_plan
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action

PlanT = TypeVar("PlanT", bound=PlanData[Any])
NEED = "Plan.add"
ACTION_HINT = 'write action=kk.Action(...), or the name of one of the plan: "call".'


def with_action(plan: PlanT, action: Any, customers: Any, reason: str, *, on: Any) -> PlanT:
    """The plan with an addition: see `Plan.add`."""
    reason = SAYS_SOMETHING.read(reason, "reason", hint='write reason="a fair in Malmo".')
    rows, at = named_customers(plan, customers, need=NEED), _position(plan, action)
    own: Action = action if at is None else plan.actions[at]
    _refuse_customers(plan, own, rows)
    added = _new(plan, own, rows, reason, on=on) if at is None else _planned(plan, at, rows, reason, on=on)
    _refuse_beyond_cap(plan, added)
    _refuse_beyond_reserve(plan, added)
    return evolve(plan, additions=(*plan.additions, added))


def _position(plan: Any, action: Any) -> int | None:
    """The position of an action of the plan, given by itself or by its name; None for another action."""
    names = [each.name for each in plan.actions]
    if isinstance(action, str):
        if action not in names:
            raise DataError.because(f"the plan has no action {action!r}; it has {names}.", hint=ACTION_HINT)
        return names.index(action)
    own = read_object(action, "action", kind=Action, hint=ACTION_HINT)
    if own in plan.actions:
        return int(plan.actions.index(own))
    if own.name in {*names, *(each.action.name for each in plan.additions if each.action != own)}:
        raise DataError.because(f"the plan has another action named {action.name!r}.", hint="rename the new one.")
    return None


def _refuse_customers(plan: PlanData[Any], action: Action, rows: Whole) -> None:
    """Refuse customers who may not get the action."""
    ledger, by = plan.ledger, "" if action.channel is None else f" by {action.channel}"
    had = [each.customers for each in plan.additions if each.action == action]
    had += [np.flatnonzero(ledger.bundle == at) for at in range(len(plan.bundles)) if action in plan.actions_of(at)]
    got = np.isin(rows, np.concatenate([np.zeros(0, dtype=np.int64), *had]))
    held = f"{NEED} leaves those alone who are held out, so that the plan's effect can be measured"
    for law, broken in (
        (
            f"{NEED} contacts nobody who may not be contacted{by}",
            ~plan.customers.may_be_contacted(action.channel)[rows],
        ),
        (f"{NEED} adds nothing where {plan.exclude}", ledger.excluded is not None and ledger.excluded[rows]),
        (held, ledger.held_out[rows]),
        (f"{NEED} gives {action.name!r} to nobody who gets it already", got),
    ):
        refuse_customers(plan, rows, np.broadcast_to(broken, len(rows)), law)


def _new(plan: PlanData[Any], action: Action, rows: Whole, reason: str, *, on: Any) -> Addition:
    """An addition of an action that is not in the plan."""
    if any(each.on != "value" for each in action.effects):
        acts_on = " and ".join(each.on for each in action.effects)
        raise CapabilityError.because(
            f"what {action.name!r} adds by its effect on {acts_on} is not known to the plan.",
            hint='plan with it among `actions`, state the effect as on="value", or leave it out.',
        )
    for name in ("when", "step", "after"):
        if getattr(action, name) is not None:
            law = f"{NEED} asks nothing of the customers, and {action.name!r} has `{name}`."
            raise CapabilityError.because(law, hint=f"leave `{name}` out: the customers are named.")
    if action.costs_spend or isinstance(action.cost, str) or isinstance(action.hours, str):
        law = f"{NEED} needs a cost and hours in numbers, which {action.name!r} does not have."
        raise CapabilityError.because(law, hint="write cost=50, hours=1, and leave cost_of_spend and discount out.")
    first = plan.start if on is None else _read_day(plan, on)
    days = tuple(action.contact_days(plan.budget, start=first).tolist())
    amounts = (action.cost * len(days), action.hours * len(days), sum(each.mean for each in action.effects))
    cost, hours, value = (np.full(len(rows), float(each)) for each in amounts)
    contacts = contacts_with(rows, days, (action.name, action.channel))
    return Addition(
        action=action, reason=reason, customers=rows, cost=cost, hours=hours, value=value, contacts=contacts
    )


def _planned(plan: PlanData[Any], at: int, rows: Whole, reason: str, *, on: Any) -> Addition:
    """An addition of an action of the plan, at its contact days and by its own figures."""
    action, pattern = plan.actions[at], plan.calendar.rows(rows.tolist()).pattern[:, at]
    if on is not None:
        law = f"{action.name!r} is an action of the plan, and contacts when the plan has it."
        raise DataError.because(law, hint="leave `on` out, or give another action with another name.")
    pattern = np.broadcast_to(pattern, len(rows))
    refuse_customers(plan, rows, pattern < 0, f"{NEED} needs a contact of {action.name!r} within the plan")
    value, cost = _adds(plan, at, rows)
    law = f"{NEED} needs customers for whom it is known what {action.name!r} adds, as its own conditions allow it"
    refuse_customers(plan, rows, np.isnan(value), law)
    logs = [
        contacts_with(rows[pattern == each], plan.calendar.patterns[each], (action.name, action.channel))
        for each in np.unique(pattern).tolist()
    ]
    hours = np.broadcast_to(plan.bundle_hours[:, at], len(plan.customers))[rows]
    return Addition(
        action=action, reason=reason, customers=rows, cost=cost, hours=hours, value=value, contacts=joined(logs)
    )


def _adds(plan: PlanData[Any], at: int, rows: Whole) -> tuple[Array, Array]:
    """What an action of the plan adds to what these customers get, NaN where it is not known, and what it costs."""
    action, ledger = plan.actions[at], plan.ledger
    costs = np.broadcast_to(plan.bundle_cost, (len(plan.customers), len(plan.bundles)))
    value = np.array(ledger.gain[rows, at]) if action.effects else np.zeros(len(rows))
    cost = np.array(costs[rows, at])
    others = [each.customers for each in plan.additions if _change_each_other([each.action], action)]
    joint = np.isin(rows, np.concatenate([np.zeros(0, dtype=np.int64), *others]))
    bundles = [each.actions for each in plan.bundles]
    for own in np.unique(ledger.bundle[rows]).tolist():
        if own < 0 or not _change_each_other(plan.actions_of(own), action):
            continue
        mine, both = ledger.bundle[rows] == own, tuple(sorted({*bundles[own], at}))
        if both in bundles:  # counted together, as increments do not add
            gain, paid = ledger.gain[rows[mine]], costs[rows[mine]]
            value[mine] = gain[:, bundles.index(both)] - gain[:, own]
            cost[mine] = np.maximum(paid[:, bundles.index(both)] - paid[:, own], 0.0)
        else:
            joint |= mine
    if joint.any():
        raise CapabilityError.because(
            f"{int(joint.sum()):,} of {len(rows):,} customers get another action that acts on their purchases, and "
            f"what {action.name!r} adds to that is not known: increments do not add.",
            hint="leave them out, or plan with most_actions=2, so that both are counted together.",
        )
    return value, cost


def _change_each_other(actions: Sequence[Action], added: Action) -> bool:
    """Whether what an action adds or costs depends on others: on their effects on purchases, or it changes theirs."""
    by_process = any(each.acts_on_process for each in actions)
    by_spend = any(each.costs_spend for each in actions)
    return (by_process and (added.acts_on_process or added.costs_spend)) or (added.acts_on_process and by_spend)


def _refuse_beyond_cap(plan: PlanData[Any], added: Addition) -> None:
    """Refuse more contacts with a customer than the plan allows."""
    if plan.most_contacts is None:
        return
    n, made = len(plan.customers), plan.ledger.contacts_made
    total_number = np.zeros(n, dtype=np.int64) if made is None else made.copy()
    for log in (of_this_plan(plan), added.contacts):
        total_number += np.bincount(log.customer, minlength=n)
    law = f"{NEED} keeps to at most {plan.most_contacts} contacts with a customer"
    refuse_customers(plan, added.customers, total_number[added.customers] > plan.most_contacts, law)


def _refuse_beyond_reserve(plan: PlanData[Any], added: Addition) -> None:
    """Refuse what exceeds the rest of the reserve."""
    for unit, amounts, kept in (
        ("money", added.cost, plan.budget.money - plan.budget.money_to_plan),
        ("hours", added.hours, plan.budget.hours - plan.budget.hours_to_plan),
    ):
        left = kept - total(plan.added("cost" if unit == "money" else "hours"))
        if (asked := total(amounts)) > max(left, 0.0) + TIE_TOLERANCE * kept:
            raise DataError.because(
                f"{added.action.name!r} on {quantity(len(added.customers), 'customer')} takes {asked:,.6g} of {unit}, "
                f"and {max(left, 0.0):,.6g} of the reserve of {kept:,.6g} are left.",
                hint="name fewer customers, or plan with a larger reserve.",
            )


def _read_day(plan: PlanData[Any], on: Any) -> str:
    day = str(as_day(on, name="on"))
    if not plan.start <= day <= str(plan.budget.last_day):
        law = f"{NEED}: the plan runs from {plan.start} to {plan.budget.last_day}, and {day} is not in it."
        raise DataError.because(law, hint=f'write on="{plan.start}".')
    return day
