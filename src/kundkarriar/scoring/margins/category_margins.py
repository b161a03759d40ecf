"""Margins by category: how they are given, and what a customer's margin is by what they buy."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import COLUMN, SHARE, Number, refusal, to_float
from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, numbers, refuse_rows
from kundkarriar.numerics.mix.spend_mix import MOST_MASS, expected_mix, mix_prior
from kundkarriar.stored_forms import NUMBER, TEXT, Form, list_of, one_of, row_of
from kundkarriar.summaries.mix.mix_columns import SPEND_ON, categories_of

Pairs: TypeAlias = tuple[tuple[str, float], ...]
SHARE_OF_REVENUE = Number(most=1)
MARGIN_HINT = (
    "write 0.32 for 32 percent of revenue; where customers differ, the name of a column of the frame that fit and score"
    ' take as customers=: margin="margin"; where products do, margin={"gifts": 0.4, "cards": 0.2}.'
)
MIX_HINT = (
    "kk.summarize(kk.transactions(orders, ..., category=...), as_of=..., mix=True) adds spend by category; a ladder's"
    " history takes its columns in customers=."
)
MASS = Number(least=0, most=MOST_MASS)

Margin: TypeAlias = "float | str | CategoryMargins"
"""A margin of all, a column of customers, or one by category of product."""


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


def mix_law(owner: Any, attribute: Attribute[Any], value: Any) -> None:
    """Validator of the mix of a fitted scorer: a share of each category of its margin, which sum to 1; else none."""
    margin = owner.scorer.margin
    names = [name for name, _ in margin] if is_by_category(margin) and owner.spend is not None else []
    fits = isinstance(value, tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value)
    fits = fits and [name for name, _ in value] == names and all(SHARE.holds(share) for _, share in value)
    if not fits or (names and abs(sum(share for _, share in value) - 1) > 1e-6):
        law = "shares that sum to 1, one of each category of the margin of its `scorer`; none where it has no such"
        raise refusal(value, attribute.name, law=law, hint="kk.ValueScorer(...).fit(summary) tells the mix of all.")


@frozen(kw_only=True)
class CategoryMargins:
    """Margins by category, and the mix of all customers, towards which that of each is shrunk.

    Attributes:
        margins: the margin of each category.
        shares: the share of each category in a purchase day of all customers.
        mass: weight of these shares, in purchase days.
    """

    margins: Pairs
    shares: Pairs = field()
    mass: float

    def of(self, summary: NarrowFrame, *, customers: Any, need: str) -> Array:
        """Expected margin of each customer of a summary, (n,).

        Raises:
            DataError: there is no spend by category, or spend of a category without a margin.
        """
        spend, n = spend_by_category(summary, customers, self.margins, need=need)
        mix = expected_mix(spend=spend, n=n, shares=np.array([share for _, share in self.shares]), mass=self.mass)
        return np.asarray(mix @ np.array([margin for _, margin in self.margins]))


def fitted_mix(margin: Any, summary: NarrowFrame, *, customers: Any, need: str) -> tuple[Pairs, float]:
    """The mix of all customers and its mass, for the margin of a scorer; none where that is not by category.

    Raises:
        DataError: as `CategoryMargins.of`; the margin names a category that nobody bought.
    """
    if not is_by_category(margin):
        return (), 0.0
    spend, n = spend_by_category(summary, customers, margin, need=need)
    names = [name for name, _ in margin]
    place = summary if customers is None or categories_of(summary.columns) else narrow(customers, need=need)
    bought = categories_of(place.columns)
    if unknown := sorted(set(names) - set(bought)):
        near = get_close_matches(unknown[0], bought, n=1)
        raise DataError.because(
            f"{need} has a margin for categories that nobody bought: {unknown}.",
            hint=f"{f'is it {near[0]!r}? ' if near else ''}The categories are {bought}; leave the others out.",
        )
    shares, mass = mix_prior(spend=spend, n=n)
    return tuple(zip(names, map(float, shares), strict=True)), mass


def spend_by_category(summary: NarrowFrame, customers: Any, margins: Pairs, *, need: str) -> tuple[Array, Array]:
    """Spend of each customer on the categories of `margins`, (n, C), and purchase days, (n,).

    It stands in the summary, or else in `customers`. A category of which there is no column was not bought.
    """
    table, at = summary, None
    if not categories_of(summary.columns) and customers is not None:
        table = narrow(customers, need=need)
        ids = unique_ids(table, need=f"{need}: `customers`", hint=ONE_ROW_HINT)
        at = positions(summary["customer_id"], among=ids, need=need, frame_name="the summary", among_name="`customers`")
    found = categories_of(table.columns)
    if not found:
        raise DataError.because(f"{need} needs spend by category, and the summary has none.", hint=MIX_HINT)
    names = [name for name, _ in margins]
    if without := [name for name in found if name not in names]:
        bought = {name: numbers(table, f"{SPEND_ON}{name}", need=need).sum() for name in without}
        near = get_close_matches(without[0], names, n=1)
        raise DataError.because(
            f"{need} has no margin for categories that customers bought: "
            f"{', '.join(f'{name!r} ({amount:,.2f})' for name, amount in bought.items())}.",
            hint=f"{f'is it {near[0]!r}? ' if near else ''}Write margin={{..., {without[0]!r}: 0.3}}.",
        )
    columns = [f"{SPEND_ON}{name}" for name in names]
    spend = np.zeros((len(table), len(names)))
    for i, column in enumerate(columns):
        if column in table.columns:
            spend[:, i] = numbers(table, column, need=need)
    law = f"{need} needs spend of at least 0 by category"
    refuse_rows(table, np.asarray((spend < 0).any(axis=1)), law, hint=MIX_HINT, shown=["customer_id", *columns])
    if at is not None:
        spend = np.where((at >= 0)[:, None], spend[np.maximum(at, 0)], 0.0)
    return spend, numbers(summary, "n_transactions", need=need)
