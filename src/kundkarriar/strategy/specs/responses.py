"""Responses of groups: how strongly customers of a group respond to effects that are assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Attribute

from kundkarriar.arguments import SAYS_SOMETHING, Number, is_number, refusal

RESPONSE = Number(least=0, most=10, example=0.8)
RESPONSES_HINT = 'write responses={"moving": 0.8}.'
Responses = tuple[tuple[str, float], ...]


def as_responses(given: Any) -> Any:
    """Pairs of a group and its response, from a mapping or from pairs."""
    pairs = given.items() if isinstance(given, Mapping) else given
    if not isinstance(given, Mapping | tuple | list):
        return given
    try:
        return tuple((group, float(power) if is_number(power) else power) for group, power in pairs)
    except (TypeError, ValueError):
        return given


def all_responses(_: object, attribute: Attribute[Any], given: Any) -> None:
    """Validator: groups by name, each once, with a power from 0 to 10."""
    pairs = isinstance(given, tuple) and all(isinstance(each, tuple) and len(each) == 2 for each in given)
    if not pairs or not all(SAYS_SOMETHING.holds(group) and RESPONSE.holds(power) for group, power in given):
        law = "groups by name, each with the power from 0 to 10 to which assumed effects act on it"
        raise refusal(given, attribute.name, law=law, hint=RESPONSES_HINT)
    if len({group for group, _power in given}) < len(given):
        raise refusal(given, attribute.name, law="groups that differ", hint=RESPONSES_HINT)
