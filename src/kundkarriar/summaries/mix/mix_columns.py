"""The mix of each customer in a summary: spend by category, and categories on a purchase day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers
from kundkarriar.history.ledger.category_words import read_words, require_words
from kundkarriar.history.ledger.lazy_transactions import up_to
from kundkarriar.history.ledger.transaction_rows import lacks_amounts
from kundkarriar.id_kinds import ID
from kundkarriar.numerics.mix.breadth import categories_on_orders
from kundkarriar.numerics.money.exact_sums import by_group

NEED = "summarize(mix=True)"
CATEGORY, BREADTH, SPEND_ON = "category", "breadth", "spend_on_"
MOST_CATEGORIES = 200


def categories_of(columns: Iterable[str]) -> list[str]:
    """The categories whose spend stands in columns of a summary.

    >>> categories_of(["customer_id", "breadth", "spend_on_gifts"])
    ['gifts']
    """
    return [name.removeprefix(SPEND_ON) for name in columns if isinstance(name, str) and name.startswith(SPEND_ON)]


@frozen(kw_only=True, eq=False)
class MixRows:
    """What customers bought by category, row by row.

    Attributes:
        words: the categories.
        customers: the plain ids of customers with a row.
        customer, day, category, amount: of each row, (r,) each; the customer and the category are positions.
    """

    words: list[str]
    customers: nw.Series[Any]
    customer: Whole
    day: Whole
    category: Whole
    amount: Array

    @classmethod
    def read(cls, transactions: Any) -> Self:
        """The rows of transactions.

        Raises:
            DataError: there is no column `category`, or a row has no word in it.
            CapabilityError: purchases have no amounts.
        """
        frame = narrow(transactions, need=NEED)
        if "amount" not in frame.columns:
            raise lacks_amounts(NEED)
        category, words = read_words(frame, CATEGORY, need=NEED)
        customer, customers = customer_codes(read_ids(frame, need=NEED))
        return cls(
            words=words,
            customers=customers,
            customer=customer,
            day=date_ticks(frame, "date", need=NEED),
            category=category,
            amount=numbers(frame, "amount", need=NEED),
        )

    def columns(self, *, as_of: np.datetime64, customers: nw.Series[Any]) -> dict[str, Array]:
        """Breadth and spend by category of each of `customers`, (n,) each, from the rows up to the day `as_of`.

        Breadth is the mean number of different categories with a positive amount on a day with one; missing without
        such a day. Spend is net of returns, at least 0.

        Raises:
            DataError: there are more than 200 categories.
        """
        place = positions(self.customers, among=customers, need=NEED)[self.customer]
        within = (self.day <= as_of.astype("datetime64[D]").astype(np.int64)) & (place >= 0)
        customer, category, day, amount = (each[within] for each in (place, self.category, self.day, self.amount))
        used = np.flatnonzero(np.bincount(category, minlength=len(self.words)))
        refuse_many(len(used))
        n, k = len(customers), len(used)
        category = np.searchsorted(used, category)
        spend = by_group(amount, customer * k + category, size=n * k).reshape(n, k)
        bought = amount > 0
        lines, days = categories_on_orders(
            customer=customer[bought], order=day[bought], category=category[bought], customers=n
        )
        columns = {BREADTH: np.divide(lines, days, out=np.full(n, np.nan), where=days > 0)}
        return columns | {f"{SPEND_ON}{self.words[at]}": np.maximum(spend[:, i], 0.0) for i, at in enumerate(used)}


def with_mix(engine: Engine, made: LazyFrame, frame: LazyFrame, *, last: np.datetime64) -> LazyFrame:
    """A lazy summary with the columns of `MixRows`, from the lazy transactions, whose words are legal."""
    rows = frame.filter(up_to(last)).select(ID, CATEGORY, "amount", day=nw.col("date").cast(nw.Date))
    words = sorted(engine.collected(rows.group_by(CATEGORY).agg(nw.len().alias("n")))[CATEGORY].to_list())
    refuse_many(len(words))
    amount = nw.col("amount").cast(nw.Float64)
    spend = rows.group_by(ID).agg(
        *(
            nw.when(nw.col(CATEGORY) == word).then(amount).otherwise(0.0).sum().alias(f"{SPEND_ON}{word}")
            for word in words
        )
    )
    bought = rows.filter(amount > 0).group_by(ID, "day", CATEGORY).agg(nw.len().alias("rows"))
    days = bought.group_by(ID, "day").agg(nw.len().cast(nw.Float64).alias("categories"))
    breadth = days.group_by(ID).agg(nw.col("categories").mean().alias(BREADTH))
    names = made.collect_schema().names()
    joined = made.join(breadth, on=ID, how="left").join(spend, on=ID, how="left")
    known = [nw.col(f"{SPEND_ON}{word}").fill_null(0.0) for word in words]
    floored = [
        nw.when(each > 0).then(each).otherwise(0.0).alias(f"{SPEND_ON}{word}")
        for each, word in zip(known, words, strict=True)
    ]
    return joined.with_columns(*floored).select(*names, BREADTH, *(f"{SPEND_ON}{word}" for word in words))


def words_are_legal(engine: Engine, frame: LazyFrame) -> bool:
    """Whether each row of lazy transactions has a word for its category, and an amount."""
    schema = frame.collect_schema()
    require_words(schema.names(), CATEGORY, need=NEED)
    if "amount" not in schema:
        raise lacks_amounts(NEED)
    if not isinstance(schema[CATEGORY], nw.String):
        return False
    word = nw.col(CATEGORY)
    wrong = (word.is_null() | (word.str.strip_chars() == "")).cast(nw.Int64).sum()
    return not engine.collected(frame.select(wrong=wrong))["wrong"].to_list()[0]


def refuse_many(number: int, *, need: str = NEED, most: int = MOST_CATEGORIES) -> None:
    """Refuse more categories than can be told apart."""
    if number > most:
        raise DataError.because(
            f"{need} takes at most {most} categories, and there are {number:,}.",
            hint="put products together first: their groups, not their numbers, are categories.",
        )
