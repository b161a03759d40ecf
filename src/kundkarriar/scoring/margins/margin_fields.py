"""Fields of a margin: a number, a column of customers, or margins by category with the mix of all customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import Attribute

from kundkarriar.arguments import COLUMN, SHARE, Number, refusal, to_float
from kundkarriar.numerics.mix.spend_mix import MOST_MASS
from kundkarriar.stored_forms import NUMBER, TEXT, Form, list_of, one_of, row_of, written

Pairs: TypeAlias = tuple[tuple[str, float], ...]
"""A number of each category, in the order of their names."""
SHARE_OF_REVENUE = Number(most=1)
MARGIN_HINT = (
    "write 0.32 for 32 percent of revenue; where customers differ, the name of a column of the frame that fit and score"
    ' take as customers=: margin="margin"; where products do, margin={"gifts": 0.4, "cards": 0.2}.'
)
MASS = Number(least=0, most=MOST_MASS)


def as_margin(given: Any) -> Any:
    """Converter of a margin: a number as a float, margins by category as pairs in the order of their names.

    >>> as_margin(1), as_margin({"gifts": 0.4, "cards": 0})
    (1.0, (('cards', 0.0), ('gifts', 0.4)))
    """
    if not isinstance(given, Mapping):
        return to_float(given)
    return tuple(sorted(((name, to_float(margin)) for name, margin in given.items()), key=lambda pair: str(pair[0])))


def is_by_category(margin: Any) -> bool:
    """Whether a margin is given by category."""
    return isinstance(margin, tuple)


def margin_law(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Validator: a number of at most 1, the name of a column of customers, or such numbers by category."""
    law = f"{SHARE_OF_REVENUE.law}, or the name of a column of customers, or such numbers by category"
    if is_by_category(value):
        pairs = all(isinstance(pair, tuple) and len(pair) == 2 for pair in value)
        legal = pairs and all(COLUMN.holds(name) and SHARE_OF_REVENUE.holds(margin) for name, margin in value)
        if not value or not legal:
            raise refusal(dict(value) if pairs else value, attribute.name, law=law, hint=MARGIN_HINT)
    elif not (COLUMN.holds(value) or SHARE_OF_REVENUE.holds(value)):
        raise refusal(value, attribute.name, law=law, hint=MARGIN_HINT)


MIX_FORM = list_of(row_of(TEXT, NUMBER))
PLAIN_FORM = one_of(NUMBER, TEXT)
MARGIN_FORM = Form(
    law=f"{PLAIN_FORM.law}, or {MIX_FORM.law}",
    write=lambda value: (MIX_FORM if is_by_category(value) else PLAIN_FORM).write(value),
    read=lambda given: (MIX_FORM if isinstance(given, list) else PLAIN_FORM).read(given),
)
"""A margin in JSON types: a number, a column, or pairs of a category and a number."""
OF_MARGIN, OF_MIX = written(MARGIN_FORM), written(MIX_FORM, later=True)
"""Metadata of the fields of a margin, and of the mix of all customers."""


def mix_law(owner: Any, attribute: Attribute[Any], value: Any) -> None:
    """Validator of the mix of a fitted scorer: a share of each category of its margin, which sum to 1; else none."""
    margin = owner.scorer.margin
    names = [name for name, _ in margin] if is_by_category(margin) and owner.spend is not None else []
    fits = isinstance(value, tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value)
    fits = fits and [name for name, _ in value] == names and all(SHARE.holds(share) for _, share in value)
    if not fits or (names and abs(sum(share for _, share in value) - 1) > 1e-6):
        law = "shares that sum to 1, one of each category of the margin of its `scorer`; none where it has no such"
        raise refusal(value, attribute.name, law=law, hint="kk.ValueScorer(...).fit(summary) tells the mix of all.")
