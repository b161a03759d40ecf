"""Objectives of strategies and actions, and levers of actions (marketing mix), each with its meaning."""

from __future__ import annotations

from typing import Any

from attrs import Attribute

OBJECTIVES = {
    "acquire": "win customers who have never bought",
    "activate": "bring a known prospect to a first purchase",
    "repeat": "bring a first purchase to a second",
    "grow": "sell more to a customer who buys",
    "retain": "keep a customer who might leave",
    "appreciate": "thank a customer who stays anyway, without selling",
    "win_back": "bring a silent customer back",
    "develop": "make a small customer worth more",
    "harvest": "spend as little as possible",
    "refer": "let a satisfied customer recommend us",
    "reprice": "make an unprofitable customer pay, or cost, its way",
}
LEVERS = {
    "product": "what is sold",
    "price": "what it costs the customer",
    "distribution": "how it reaches the customer",
    "information": "what the customer is told",
    "reputation": "what others say",
    "influence": "personal persuasion",
    "service": "what is done for the customer besides",
}


def one_of(words: dict[str, str]) -> Any:
    """A validator: the value is one of `words`; the error lists them.

    >>> one_of({"price": "", "service": ""})(None, __import__("attrs").fields(__import__(
    ...     "kundkarriar").Action).lever, "gift")
    Traceback (most recent call last):
    ...
    ValueError: 'lever' must be one of price, service: 'gift'
    """

    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"'{attribute.name}' must be one of {', '.join(words)}: {value!r}")

    return check


def nonempty_text(_: object, attribute: Attribute[Any], value: object) -> None:
    """A validator: the value is a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"'{attribute.name}' must be a text that says something: {value!r}")
