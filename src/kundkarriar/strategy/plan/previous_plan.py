"""The plan before a plan: read from what was given, and what it did with the customers of the plan after it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Mask, Whole
from kundkarriar.errors import DataError, law_and_hint
from kundkarriar.strategy.plan.benefits import benefits_of
from kundkarriar.strategy.plan.options.bundles import Bundle
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.previous_treatment import PreviousTreatment
from kundkarriar.strategy.plan.strategy_years.changed_strategy import ChangedStrategy
from kundkarriar.strategy.specs.action import Action


def read_previous(given: Any) -> Plan[Any] | None:
    """A plan, or its dict, as a plan; None for none.

    Raises:
        DataError: neither.
    """
    if given is None or isinstance(given, Plan):
        return given
    if not isinstance(given, Mapping):
        raise refusal(given, "previous", law="a plan, or its dict", hint="write previous=planner.plan(...).")
    try:
        return Plan.from_dict(given)
    except DataError as error:
        law, hint = law_and_hint(error)
        raise DataError.because(f"`previous`: {law}", hint=hint) from error


def places_in(previous: PlanData[Any], ids: Sequence[Any]) -> Whole:
    """The position of each of the customers `ids` in the plan before, (n,); -1 for new ones."""
    place = {each: at for at, each in enumerate(previous.customers.ids)}
    return np.array([place.get(each, -1) for each in ids], dtype=np.int64)


def kept_holdout(previous: PlanData[Any] | None, ids: Sequence[Any]) -> Mask:
    """Who of the customers `ids` was held out by the plan before, (n,).

    Raises:
        DataError: there is no plan before.
    """
    if previous is None:
        law = "False without `previous`, the plan whose holdout is kept"
        raise refusal(True, "keep_holdout", law=law, hint="write previous=planner.plan(...), or leave it out.")
    return np.append(previous.ledger.held_out, False)[places_in(previous, ids)]


def treatment_before(
    previous: PlanData[Any],
    *,
    ids: tuple[Any, ...],
    bundles: tuple[Bundle, ...],
    actions: tuple[Action, ...] = (),
    changed: tuple[ChangedStrategy, ...] = (),
) -> PreviousTreatment:
    """What `previous` did with the customers `ids`, of whom some may be new.

    `bundles` and `actions` are those of the next plan. `changed` are its strategies that are others in the next plan.
    """
    rows = places_in(previous, ids)
    own = previous.ledger.bundle
    before = np.where(rows >= 0, own[rows], -1)
    named = {each.name: at for at, each in enumerate(bundles)}
    same = np.array([*(named.get(each.name, -1) for each in previous.bundles), -1], dtype=np.int64)
    price = np.array(
        [
            *(
                any(own.changes_price and own.discount is None for own in previous.actions_of(at))
                for at in range(len(previous.bundles))
            ),
            False,
        ]
    )
    here = {each.name for each in actions}
    a_year = benefits_of(previous, "value_to_customer") * 12 / previous.budget.months
    return PreviousTreatment(
        period=previous.budget.period,
        bundle=same[before],
        treated=before >= 0,
        discounted=price[before],
        benefit=np.where(rows >= 0, a_year[rows], 0.0),
        horizon=previous.horizon,
        changed=changed,
        actions=tuple(each for each in previous.actions if each.effects and each.name not in here),
    )
