"""The table of shadow prices: money, hours, and each floor and cap of the budget."""

from typing import Any, NamedTuple

import numpy as np

from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.plan.allocation.ways import spend_limits
from kundkarriar.strategy.plan.plan_data import PlanData


class Line(NamedTuple):
    """A row of the table, in the order of its columns."""

    budget: str
    available: float
    planned: float
    price: float
    meaning: str


def shadow_prices(plan: PlanData[FrameT]) -> FrameT:
    """Marginal net gain of money, hours, floors and caps: see `Plan.shadow_prices`."""
    lines = [*_of_budget(plan), *_of_limits(plan)]
    available, planned, price = (np.array([line[at] for line in lines]) for at in (1, 2, 3))
    return new_frame(
        {
            "budget": text_column([line.budget for line in lines], like=plan.like),
            "available": available,
            "planned": planned,
            "left": available - planned,
            "shadow_price": price,
            "meaning": text_column([line.meaning for line in lines], like=plan.like),
        },
        like=plan.like,
    )


def _of_budget(plan: PlanData[Any]) -> list[Line]:
    budget, currency = plan.budget, plan.customers.currency
    money, hour = plan.ledger.prices.tolist()
    after, nothing = _after_hurdle(plan), "would bring nothing: what is left over has no use that pays"
    if budget.hurdle > 0:
        nothing = "would bring nothing: what is left over has no use that nets what the hurdle asks"
    return [
        Line(
            name,
            available,
            total(planned),
            price,
            f"{unit} {f'would bring {amount(price, currency)} net{charged}' if price > 0 else nothing}",
        )
        for name, available, planned, price, unit, charged in (
            ("money", budget.money_to_plan, plan.cost, money, f"one more {currency or 'unit of money'}", ""),
            ("hours", budget.hours_to_plan, plan.hours, hour, "one more hour", after),
        )
    ]


def _of_limits(plan: PlanData[Any]) -> list[Line]:
    """Floors and caps; none of plans that were stored without their prices."""
    if not plan.ledger.limit_prices:
        return []
    currency, after, lines = plan.customers.currency, _after_hurdle(plan), []
    for limit, price in zip(spend_limits(plan), plan.ledger.limit_prices, strict=True):
        least, most = limit.constraint.least, limit.constraint.most
        brings = f"one {'more' if limit.kind == 'cap' else 'less'} would bring"
        meaning = (
            f"{brings} {amount(price, currency)} net{after}" if price > 0 else f"{brings} nothing: it does not bind"
        )
        used = total(plan.ledger.of_bundle(np.asarray(limit.constraint.use)))
        lines.append(Line(limit.text, most if limit.kind == "cap" else least, used, price, meaning))
    return lines


def _after_hurdle(plan: PlanData[Any]) -> str:
    """What is said of prices other than that of money, where the hurdle decides how much money is spent.

    The hurdle on the money that one more hour, or unit of a cap, takes is off them: the net itself rises by more. It
    is not where the money binds, as then no more is spent.
    """
    hurdle = plan.budget.hurdle
    return "" if hurdle == 0 or plan.ledger.prices[0] > 0 else f" less the hurdle of {hurdle:g} per unit of money spent"
