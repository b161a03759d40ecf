"""Objectives of strategies and actions, and levers of actions (marketing mix), each with its meaning."""

from kundkarriar.arguments import Text

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
SELLING = "selling"
"""The word for all objectives that sell."""
SELLS = ("activate", "repeat", "grow", "develop")
"""Objectives that sell more to a customer: those that a strategy of appreciation may forbid at once."""
OBJECTIVE, LEVER = Text(among=OBJECTIVES), Text(among=LEVERS)
