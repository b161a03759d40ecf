"""What increments were counted for, as a text that goes with them: the plan's start, its period and its actions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from kundkarriar.errors import DataError
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.strategy import Strategy

COUNTED_FOR = "counted_for"
"""The column with the text; frames that were made otherwise may lack it."""
NO_ENDS: Mapping[str, str] = MappingProxyType({})
AGAIN = "count them again: planner.increments(fitted_scorer, summary, budget=..., start=..., actions=...)."


def counted_for(actions: Iterable[Action], *, start: str, days: str, ends: Mapping[str, str] = NO_ENDS) -> str:
    """The text: start, the first and last day of the period, and of each action a hash of what increments depend on.

    That is its effects, its contacts, its share of spend and its discount; not what a contact costs, or whom it serves.
    `ends` has the last day of each strategy that ends within the period, and contacts with it.

    >>> counted_for((), start="2027-01-01", days="2027-01-01 to 2027-12-31")
    '{"start": "2027-01-01", "period": "2027-01-01 to 2027-12-31", "actions": {}, "ends": {}}'
    """
    hashes = {each.name: _hash(each) for each in actions}
    return json.dumps({"start": start, "period": days, "actions": hashes, "ends": dict(ends)}, ensure_ascii=False)


def ends_within(strategies: Iterable[Strategy], budget: Budget) -> dict[str, str]:
    """By name, the last day of the strategies that end before the budget's period does."""
    last = str(budget.last_day)
    return {each.name: each.valid_until for each in strategies if each.valid_until and each.valid_until < last}


def refuse_counted_for_another(frame: Any, text: str, *, need: str) -> None:
    """Refuse increments that were counted for another start, period, other actions or other ends of strategies.

    Args:
        frame: the increments.
        text: `counted_for` of the plan: its used actions, and the strategies that its customers have.
        need: the caller, for messages.

    Raises:
        DataError: they were; or the frame has a text that `counted_for` does not write.
    """
    if COUNTED_FOR not in frame.columns:
        return
    own = json.loads(text)
    for written in frame[COUNTED_FOR].unique().to_list():
        try:
            given = json.loads(written)
            same = {name: given[name] == own[name] for name in ("start", "period")}
            changed = [
                name for name, own_hash in own["actions"].items() if given["actions"].get(name, own_hash) != own_hash
            ]
            ends = given.get("ends", own["ends"])  # texts of before do not tell them
            late = {name: day for name, day in own["ends"].items() if ends.get(name) != day}
        except (TypeError, ValueError, KeyError, AttributeError):
            law = (
                f"{need}: `{COUNTED_FOR}` of `increments` is not what planner.increments() writes, got {written!r:.80}."
            )
            raise DataError.because(law, hint=AGAIN) from None
        for name, is_same in same.items():
            if not is_same:
                law = f"{need}: `increments` were counted for the {name} {given[name]}, and the plan's is {own[name]}."
                raise DataError.because(law, hint=AGAIN)
        if changed:
            raise DataError.because(
                f"{need}: `increments` were counted for {quantity(len(changed), 'other action')} of the same name: "
                f"{changed}; effects, contacts, share of spend or discount differ.",
                hint=AGAIN,
            )
        if late:
            raise DataError.because(
                f"{need}: `increments` were counted without the end of {len(late)} of the plan's strategies: {late}; "
                "contacts end with the strategy.",
                hint="count them again with the customers of the plan: planner.increments(..., planned=customers).",
            )


def _hash(action: Action) -> str:
    effects = [each.to_dict() for each in action.effects]
    counts: list[Any] = [effects, action.per_year, action.after, action.after_days, action.cost_of_spend]
    if action.discount is not None:  # without one, as it was before there were any
        counts.append(action.discount.to_dict())
    return blake2b(json.dumps(counts, sort_keys=True).encode(), digest_size=4).hexdigest()
