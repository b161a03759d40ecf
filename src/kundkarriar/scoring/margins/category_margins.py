"""What a customer's margin is by the categories that they buy."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, numbers, refuse_rows
from kundkarriar.numerics.mix.spend_mix import expected_mix, mix_prior
from kundkarriar.scoring.margins.margin_fields import Pairs, is_by_category
from kundkarriar.summaries.mix.mix_columns import SPEND_ON, categories_of

MIX_HINT = (
    "kk.summarize(kk.transactions(orders, ..., category=...), as_of=..., mix=True) adds spend by category; a ladder's"
    " history takes its columns in customers=."
)

Margin: TypeAlias = "float | str | CategoryMargins"
"""A margin of all, a column of customers, or one by category of product."""


@frozen(kw_only=True)
class CategoryMargins:
    """Margins by category, and the mix of all customers, towards which that of each is shrunk.

    Attributes:
        margins: the margin of each category.
        shares: the share of each category in a purchase day of all customers.
        mass: weight of these shares, in purchase days.
    """

    margins: Pairs
    shares: Pairs
    mass: float

    def of(self, summary: NarrowFrame, *, customers: Any, need: str) -> Array:
        """Expected margin of each customer of a summary, (n,).

        Raises:
            DataError: there is no spend by category, or spend of a category without a margin.
        """
        spend, n = spend_by_category(summary, customers, self.margins, need=need)
        mix = expected_mix(spend=spend, n=n, shares=np.array([share for _, share in self.shares]), mass=self.mass)
        return np.asarray(mix @ np.array([margin for _, margin in self.margins]))


def fitted_margin(given: Any, *, shares: Pairs, mass: float) -> Margin:
    """The margin of a scorer, with the mix of all customers where it is by category."""
    return CategoryMargins(margins=given, shares=shares, mass=mass) if is_by_category(given) else given


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
