"""What increments were counted for, as a text that goes with them: the plan's start, its period and its actions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from kundkarriar.errors import DataError
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.specs.action import Action

COUNTED_FOR = "counted_for"
"""The column with the text; frames that were made otherwise may lack it."""
AGAIN = "count them again: planner.increments(fitted_scorer, summary, budget=..., start=..., actions=...)."


def counted_for(actions: Iterable[Action], *, start: str, days: str) -> str:
    """The text: start, the first and last day of the period, and of each action a hash of what increments depend on.

    That is its effects, its contacts, its share of spend and its discount; not what a contact costs, or whom it serves.

    >>> counted_for((), start="2027-01-01", days="2027-01-01 to 2027-12-31")
    '{"start": "2027-01-01", "period": "2027-01-01 to 2027-12-31", "actions": {}}'
    """
    hashes = {each.name: _hash(each) for each in actions}
    return json.dumps({"start": start, "period": days, "actions": hashes}, ensure_ascii=False)


def refuse_counted_for_another(frame: Any, actions: Sequence[Action], *, start: str, days: str, need: str) -> None:
    """Refuse increments that were counted for another start, period, or other actions of these names.

    Raises:
        DataError: they were; or the text is none that `counted_for` writes.
    """
    if COUNTED_FOR not in frame.columns:
        return
    own = json.loads(counted_for(actions, start=start, days=days))
    for text in frame[COUNTED_FOR].unique().to_list():
        try:
            given = json.loads(text)
            same = {name: given[name] == own[name] for name in ("start", "period")}
            changed = [
                name for name, own_hash in own["actions"].items() if given["actions"].get(name, own_hash) != own_hash
            ]
        except (TypeError, ValueError, KeyError, AttributeError):
            law = f"{need}: `{COUNTED_FOR}` of `increments` is not what planner.increments() writes, got {text!r:.80}."
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


def _hash(action: Action) -> str:
    effects = [each.to_dict() for each in action.effects]
    counts: list[Any] = [effects, action.per_year, action.after, action.after_days, action.cost_of_spend]
    if action.discount is not None:  # without one, as it was before there were any
        counts.append(action.discount.to_dict())
    return blake2b(json.dumps(counts, sort_keys=True).encode(), digest_size=4).hexdigest()
