"""Customers, conditions and actions with all money in another unit: one of them is worth `scale` times as many."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import evolve

from kundkarriar.rules.condition import Condition
from kundkarriar.strategy.plan.planner import StrategyPlanner
from kundkarriar.strategy.specs.action import Action
from kundkarriar.testing.frame_libraries import Columns

MONEY = frozenset(
    {
        *("expected_order_value", "expected_sales", "expected_revenue", "clv", "contribution", "cost", "net_value"),
        *("clv_lifelong", "net_value_lifelong", "retention_value", "value_at_risk", "win_back_value", "clv_low"),
        *("clv_high", "expected_low", "expected_high", "potential", "priority", "monetary_value", "value_12M"),
        *("value_1M", "total_value"),
    }
)
"""The columns of a career that are money, whatever its currency."""


def scaled_columns(columns: Columns, scale: float, *, more: Collection[str] = ()) -> Columns:
    """The customers with their money in another unit.

    >>> scaled_columns({"customer_id": [1, 2], "clv": [5.0, None]}, 100)
    {'customer_id': [1, 2], 'clv': [500.0, None]}
    """
    return {
        name: [None if each is None else each * scale for each in values] if name in {*MONEY, *more} else values
        for name, values in columns.items()
    }


def scaled_planner(planner: StrategyPlanner, scale: float) -> StrategyPlanner | None:
    """The planner with the limits, costs and stated money of another unit; None where a function has limits unseen."""
    strategies = planner.playbook.strategies
    conditions = [
        *(each.when for each in strategies),
        *(each.when for each in planner.listed(planner.actions) if each.when is not None),
    ]
    if any(each.functions() for each in conditions):
        return None
    changed = tuple(
        evolve(each, when=_scaled(each.when, scale), actions=[_scaled_action(own, scale) for own in each.actions])
        for each in strategies
    )
    actions = [_scaled_action(each, scale) for each in planner.actions]
    return evolve(planner, playbook=evolve(planner.playbook, strategies=changed), actions=actions)


def _scaled_action(action: Action, scale: float) -> Action:
    effects = [
        evolve(each, **{end: getattr(each, end) * scale for end in ("low", "mean", "high")})
        if each.on == "value"
        else each
        for each in action.effects
    ]
    return evolve(
        action,
        effects=effects,
        cost=action.cost if isinstance(action.cost, str) else action.cost * scale,
        when=None if action.when is None else _scaled(action.when, scale),
    )


def _scaled(condition: Condition, scale: float) -> Condition:
    """The condition with its limits on money in another unit."""
    return Condition.from_dict(_scaled_dict(condition.to_dict(), scale))


def _scaled_dict(told: Any, scale: float) -> Any:
    if isinstance(told, list):
        return [_scaled_dict(each, scale) for each in told]
    if not isinstance(told, dict):
        return told
    if told.get("column") in MONEY:
        return {
            name: _times(value, scale) if name in {"value", "low", "high", "values"} else value
            for name, value in told.items()
        }
    return {
        name: _scaled_dict(value, scale) if name in {"all", "any", "not"} else value for name, value in told.items()
    }


def _times(value: Any, scale: float) -> Any:
    return [each * scale for each in value] if isinstance(value, list | tuple) else value * scale
