"""Additions in tables and sentences: what the reserve pays for, apart from what was planned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kundkarriar.frames import text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import amount, cost_and_hours, quantity
from kundkarriar.strategy.plan.plan_data import PlanData

ADDED = ("cost", "hours", "value")


def added_columns(plan: PlanData[Any]) -> dict[str, Any]:
    """The columns of additions, a row per customer; none of a plan without any."""
    if not plan.additions:
        return {}
    words = [""]
    code = np.zeros(len(plan.customers), dtype=np.int64)
    for each in plan.additions:
        own = f"{each.action.name}: {each.reason}"
        before, code[each.customers] = np.unique(code[each.customers], return_inverse=True)
        code[each.customers] += len(words)
        words += [f"{words[at]}; {own}" if at else own for at in before.tolist()]
    text = text_column([None, *words[1:]], code, like=plan.like)
    return {"added": text} | {f"added_{name}": plan.added(name) for name in ADDED}


def summary_lines(plan: PlanData[Any]) -> Iterator[tuple[str, float, str, str]]:
    """item, value, unit and note of what was added; none of a plan without additions."""
    if not plan.additions:
        return
    money = plan.customers.currency or "money"
    why = "; ".join(
        f"{each.action.name} on {quantity(len(each.customers), 'customer')}: {each.reason}" for each in plan.additions
    )
    cost, hours, value = (total(plan.added(name)) for name in ADDED)
    yield "added from the reserve", cost, money, why
    yield "added from the reserve, hours", hours, "hours", why
    net = value - cost - plan.budget.price_of_hours * hours
    yield "added from the reserve, net", net, money, "not in the net above; 0 is added where no effect is stated"


def added_sentences(own: PlanData[Any]) -> Iterator[str]:
    """What was added for a plan's only customer."""
    currency = own.customers.currency
    for each in own.additions:
        days = ", ".join(np.sort(each.contacts.day).astype("datetime64[D]").astype(str).tolist())
        spent = cost_and_hours(float(each.cost[0]), float(each.hours[0]), currency)
        yield f"Added from the reserve: {each.action.name}, on {days}, for {spent}: {each.reason}."
        if each.action.effects:
            yield f"Expected to add {amount(float(each.value[0]), currency)}."
