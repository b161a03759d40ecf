"""Increments that a plan was given: what bundles of actions add to each customer's value by the purchase process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers, refuse_rows
from kundkarriar.strategy.increments.counted_for import refuse_counted_for_another
from kundkarriar.strategy.increments.effect_sizes import SIZES, size_column
from kundkarriar.strategy.plan.options.bundles import Bundle, bundles_of
from kundkarriar.strategy.specs.action import Action

UNTIL = "until"
"""The column with the last day of the horizon."""
MARGIN = "margin at the list price"
"""The column with contribution as a share of spend at the list price, where an action gives a discount."""
HINT = "planner.increments(fitted_scorer, summary, budget=..., start=...) has one for each action."


def is_counted(bundle: Bundle, actions: Sequence[Action]) -> bool:
    """Whether increments of a bundle are counted: of several actions, or of one with effects that needs the process."""
    first = actions[bundle.actions[0]]
    return len(bundle.actions) > 1 or first.acts_on_process or (bool(first.effects) and first.by_process)


def costs_spend(bundle: Bundle, actions: Sequence[Action]) -> bool:
    """Whether any action of a bundle costs a share of spend, as a voucher or as a discount."""
    return any(each.costs_spend for each in _with_effects(bundle, actions))


def costs_while_treated(bundle: Bundle, actions: Sequence[Action]) -> bool:
    """Whether any action of a bundle costs a share of spend while it treats, as `cost_of_spend`."""
    return any(each.cost_of_spend > 0 for each in _with_effects(bundle, actions))


def gives_discount(bundle: Bundle, actions: Sequence[Action]) -> bool:
    """Whether any action of a bundle gives a discount."""
    return any(each.discount is not None for each in _with_effects(bundle, actions))


def _with_effects(bundle: Bundle, actions: Sequence[Action]) -> list[Action]:
    """The actions of a bundle; none where one has no effects, as it is only recommended."""
    own = [actions[at] for at in bundle.actions]
    return own if all(each.effects for each in own) else []


def spend_column(bundle: Bundle, size: str = "mean") -> str:
    """The column with what `cost_of_spend` of a bundle's actions costs at a size of their effects."""
    return size_column(f"{bundle.name}, cost of spend", size)


def path_column(bundle: Bundle, size: str = "mean") -> str:
    """The column with what a bundle's discount costs until the end of the horizon at a size of its effects."""
    return size_column(f"{bundle.name}, path cost", size)


def period_column(bundle: Bundle, size: str = "mean") -> str:
    """The column with the part of that cost that falls in the budget's period, without escalation."""
    return size_column(f"{bundle.name}, path cost in the period", size)


def contact_column(bundle: Bundle) -> str:
    """The column with what a contact of a bundle adds on average over an equal horizon of its own."""
    return f"{bundle.name}, a contact"


@frozen(kw_only=True, eq=False)
class ActionIncrements:
    """Increments that were given to a plan.

    Attributes:
        by_bundle: by the position of the bundle, the increments of all customers at `SIZES`, (n, 5); NaN where not
            known. Less what discounts cost after the budget's period; at other sizes than the stated, also less what
            shares of spend cost more there within it.
        spend_cost: by the position of the bundle, what shares of the customer's spend cost by the stated effects, (n,),
            of those with any: of discounts what falls in the budget's period.
        later_cost: by the position of the bundle, what its discount costs after the period by the stated effects, (n,).
        margin: contribution as a share of spend at the list price, (n,); None where it was not given.
        horizon: the horizon they are counted over, as the end of a sentence: "to 2028-01-31".
    """

    by_bundle: Mapping[int, Array]
    horizon: str
    spend_cost: Mapping[int, Array]
    later_cost: Mapping[int, Array]
    margin: Array | None

    @classmethod
    def read(
        cls,
        given: Any,
        *,
        actions: Sequence[Action],
        customers: Any,
        need: str,
        bundles: Sequence[Bundle] | None = None,
        plan: Callable[[Sequence[Action]], str] | None = None,
    ) -> ActionIncrements:
        """The increments of a frame with a row for each customer and a column for each bundle that is counted.

        `bundles` are of positions in `actions`; None: each action by itself. `plan` tells of the actions that are
        used what they must have been counted for; None: that is not compared. Columns of other sizes
        than the stated one may be left out; ranges and break-even sizes are then missing.

        Raises:
            DataError: a customer without a row, a bundle without a column; counted for another plan.
        """
        frame, table = narrow(given, need=f"{need}: `increments`"), narrow(customers, need=need)
        ids = unique_ids(table, need=need, hint=ONE_ROW_HINT)
        at = positions(
            ids,
            among=unique_ids(frame, need=f"{need}: `increments`", hint=ONE_ROW_HINT),
            need=need,
            frame_name="`customers`",
            among_name="`increments`",
        )
        counted = bundles_of(actions) if bundles is None else bundles
        if plan is not None:
            used = [each for each in counted if is_counted(each, actions) or costs_spend(each, actions)]
            own = [actions[at] for at in sorted({at for each in used for at in each.actions})]
            refuse_counted_for_another(frame, plan(own), need=need)
        refuse_rows(table, at < 0, f"{need} needs a row of `increments` for each customer", hint=HINT)

        def column(name: str) -> Array:
            if name not in frame.columns:
                law = f"{need} needs a column of `increments` for each action on the purchase process; that of "
                raise DataError.because(f"{law}{name!r} is not there.", hint=HINT)
            return numbers(frame, name, need=need, nullable=True)[at]

        by_bundle, spend_cost, later_cost = dict[int, Array](), dict[int, Array](), dict[int, Array]()
        for position, bundle in enumerate(counted):
            paid = np.zeros((len(ids), len(SIZES)))
            if costs_while_treated(bundle, actions):
                paid += _at_sizes(partial(spend_column, bundle), column, frame.columns)
            if is_counted(bundle, actions):
                by_bundle[position] = _at_sizes(partial(size_column, bundle.name), column, frame.columns)
            if gives_discount(bundle, actions):
                path, in_period = (
                    _at_sizes(partial(name, bundle), column, frame.columns) for name in (path_column, period_column)
                )
                paid += in_period
                by_bundle[position] -= path - in_period
                later_cost[position] = (path - in_period)[:, 0]
            if costs_spend(bundle, actions):
                spend_cost[position] = paid[:, 0]
            if by_bundle.keys() & spend_cost.keys() & {position}:
                by_bundle[position] -= paid - paid[:, :1]
        return cls(
            by_bundle=by_bundle,
            horizon=_horizon(frame),
            spend_cost=spend_cost,
            later_cost=later_cost,
            margin=column(MARGIN) if MARGIN in frame.columns else None,
        )


def _at_sizes(name: Callable[[str], str], column: Callable[[str], Array], names: Sequence[str]) -> Array:
    """The columns at `SIZES`, (n, 5); NaN where one of another size than the stated is left out."""
    stated = column(name("mean"))
    others = [column(own) if (own := name(size)) in names else np.full_like(stated, np.nan) for size in SIZES[1:]]
    return np.stack([stated, *others], axis=1)


def _horizon(frame: Any) -> str:
    if UNTIL in frame.columns:
        return f"to {frame[UNTIL][0]}"
    if "horizon_days" in frame.columns:
        return f"of {float(frame['horizon_days'][0]):,.0f} days"
    return "of the increments"
