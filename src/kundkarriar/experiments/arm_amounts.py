"""Margins and costs of arms: one number for all of them, or each arm's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import MONEY, Number, refusal
from kundkarriar.arrays import Array
from kundkarriar.experiments.labels import label_of

MARGIN_SHARE = Number(least=-1, most=1, example=0.4)
MARGINS = {
    "revenue": (MARGIN_SHARE, "the share of revenue that is profit", 0.4),
    "response": (MONEY, "the money that a response brings", 30),
}
"""The law of a margin by what the outcome is, what it is in words, and an example."""


def read_margin(given: Any, *, outcome_is: str, arms: Sequence[str]) -> Array:
    """What the outcome of each arm brings, as profit per unit, (A,); 1 of an outcome that is profit.

    Raises:
        DataError: no margin of revenue or responses, or one of profit; a number outside its limits; an arm without one.

    >>> read_margin({"9.9": 0.3, 12.9: 0.5}, outcome_is="revenue", arms=("9.9", "12.9")).tolist()
    [0.3, 0.5]
    """
    if outcome_is not in MARGINS:
        if given is not None:
            hint = "leave margin out."
            raise refusal(given, "margin", law="None, as the outcome is profit already", hint=hint)
        return np.ones(len(arms))
    law, words, example = MARGINS[outcome_is]
    if given is None:
        law_of = f"{words}, as {outcome_is} is no profit; no default would be honest"
        raise refusal(given, "margin", law=law_of, hint=f"write margin={example}.")
    return _by_arm(given, "margin", law=law, arms=arms, example=example, control=None)


def read_cost(given: Any, *, arms: Sequence[str]) -> Array:
    """What each arm costs per customer, (A,). The control, the first of the arms, costs 0 unless it is named.

    Raises:
        DataError: no number, an amount below 0, or an arm without one.

    >>> read_cost({"mail": 0.1}, arms=("no mail", "mail")).tolist()
    [0.0, 0.1]
    """
    costs = _by_arm(given, "cost", law=MONEY, arms=arms, example=0.1, control=0.0)
    if (costs < 0).any():
        hint = "what an arm brings besides the outcome is part of the outcome: state it as profit."
        raise refusal(given, "cost", law="amounts of at least 0", hint=hint)
    return costs


def _by_arm(given: Any, name: str, *, law: Number, arms: Sequence[str], example: float, control: float | None) -> Array:
    """`given` for each arm, (A,); for the first of them `control`, unless that is None or a mapping names it."""
    hint = f"write {name}={{{arms[-1]!r}: {example}, ...}}, with each arm, or one number for all."
    if not isinstance(given, Mapping):
        number = law.read(given, name, hint=hint)
        return np.array([number if control is None or arm != arms[0] else control for arm in arms])
    named = {label_of(arm): value for arm, value in given.items()}
    if unknown := [arm for arm in named if arm not in arms]:
        raise refusal(given, name, law=f"a number for each arm of {list(arms)}, and {unknown} are none", hint=hint)
    if lacking := [arm for arm in arms if arm not in named and (control is None or arm != arms[0])]:
        raise refusal(given, name, law=f"a number for each arm, and {lacking} lack one", hint=hint)
    return np.array([law.read(named.get(arm, control), f"{name}[{arm!r}]", hint=hint) for arm in arms])
