"""`Bought`: what customers bought by category or channel, from transactions of any kind of frame."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import warn
from kundkarriar.frames import narrow, numbers
from kundkarriar.history.ledger.category_words import read_words, require_words
from kundkarriar.history.ledger.lazy_transactions import LazyTransactions
from kundkarriar.history.ledger.transaction_rows import checked_transactions, lacks_amounts
from kundkarriar.id_kinds import ID
from kundkarriar.numerics.mix.breadth import categories_on_orders
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.summaries.mix.mix_columns import refuse_many

ORDER, MOST = "order_id", "kundkarriar_most"


@frozen(kw_only=True, eq=False)
class Bought:
    """Net spend of n customers on categories, at least 0.

    Attributes:
        words: the categories, in the order of their letters.
        customer, category, amount: position of the customer, category and spend of each pair with spend, (m,) each.
        orders: orders of each customer, or purchase days where orders have no ids, (n,).
        breadth: different categories on them, summed over the orders, (n,).
    """

    words: list[str]
    customer: Whole
    category: Whole
    amount: Array
    orders: Whole
    breadth: Whole

    @classmethod
    def read(cls, transactions: Any, *, of: str, customers: nw.Series[Any], others: bool, need: str) -> Bought:
        """What `customers` (plain distinct ids) bought; with `others` also those who are not among them, behind.

        Of lazy transactions sums by customer, order and category are collected.

        Raises:
            DataError: a column is missing, or a row has no word in it; there are more than 200 words.
            CapabilityError: the purchases have no amounts.

        Warns:
            DataWarning: without `others`, transactions of customers who are not among `customers`.
        """
        rows = _collected(transactions, of=of, need=need)
        frame, ids = checked_transactions(rows, need=need)
        if "amount" not in frame.columns:
            raise lacks_amounts(need)
        category, words = read_words(frame, of, need=need)
        refuse_many(len(words), need=need)
        amount = numbers(frame, "amount", need=need)
        bought = (numbers(frame, MOST, need=need) if MOST in frame.columns else amount) > 0
        order = _order(frame, need=need)
        at = positions(ids, among=customers, need=need, frame_name="transactions", among_name="`customers`")
        n = len(customers)
        if others:
            strange = np.flatnonzero(at < 0)
            at[strange] = n + customer_codes(ids[strange.tolist()])[0]
            n = int(at.max(initial=n - 1)) + 1
        elif (strange_rows := at < 0).any():
            unknown = ids[np.flatnonzero(strange_rows).tolist()].n_unique()
            warn(f"{need}: {unknown:,} customers of the transactions are not in `customers`, and are left out.")
        known = at >= 0
        return cls.of(at[known], category[known], order[known], amount[known], bought[known], n=n, words=words)

    @classmethod
    def of(
        cls, customer: Whole, category: Whole, order: Whole, amount: Array, bought: Mask, *, n: int, words: list[str]
    ) -> Bought:
        """From rows, (r,) each."""
        k = max(len(words), 1)
        spend = by_group(amount, customer * k + category, size=n * k)
        cells = np.flatnonzero(spend > 0)
        breadth, orders = categories_on_orders(
            customer=customer[bought], order=order[bought], category=category[bought], customers=n
        )
        return cls(
            words=words,
            customer=cells // k,
            category=cells % k,
            amount=spend[cells],
            orders=orders,
            breadth=breadth,
        )

    def table(self, n: int) -> Array:
        """Spend of each of n customers by category, (n, C)."""
        table = np.zeros((n, len(self.words)))
        table[self.customer, self.category] = self.amount
        return table


def _order(frame: nw.DataFrame[Any], *, need: str) -> Whole:
    """The order of each row, (r,): its id where orders have ids, else the day."""
    if ORDER not in frame.columns:
        return date_ticks(frame, "date", need=need)
    ids = read_ids(frame, need=need, column=ORDER, hint="leave the column out where orders have no ids.")
    return customer_codes(ids)[0]


def _collected(transactions: Any, *, of: str, need: str) -> Any:
    """The rows of transactions in memory; of lazy ones that break no law, sums by customer, order and category."""
    found = engine_of(transactions)
    if found is None:
        return transactions
    engine, frame = found
    names = frame.collect_schema().names()
    require_words(names, of, need=need)
    read = [name for name in (ID, "date", "amount", "kind", "currency", of, ORDER) if name in names]
    lazy = LazyTransactions.checked(engine, frame)
    if lazy is None or not lazy.priced:
        return narrow(engine.collected(frame.select(read)).to_native(), need=need).to_native()
    by = [ID, of, ORDER] if ORDER in names else [ID, of, "day"]
    amount = nw.col("amount").cast(nw.Float64)
    rows = frame.select(ID, of, *([ORDER] if ORDER in names else []), "amount", day=nw.col("date").cast(nw.Date))
    agg = {"amount": amount.sum(), MOST: amount.max()} | ({"date": nw.col("day").min()} if ORDER in names else {})
    sums = rows.group_by(*by).agg(*(expression.alias(name) for name, expression in agg.items()))
    return engine.collected(sums if ORDER in names else sums.rename({"day": "date"})).to_native()
