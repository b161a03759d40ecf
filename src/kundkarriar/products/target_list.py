"""The customers of an offer: who matches, how well, why, and may be contacted."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import numpy as np

from kundkarriar.arguments import COUNT_FROM_1, NAME, read_names, read_object
from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.engines.eagerly import handed_back, in_memory
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, numbers, text_column
from kundkarriar.numerics.mix.spend_mix import expected_mix, mix_prior
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.products.bought import Bought
from kundkarriar.products.needs import Needs
from kundkarriar.products.needs_profile import value_column
from kundkarriar.products.profile import refuse_empty
from kundkarriar.rules.condition import Condition
from kundkarriar.strategy.plan.contacts.contact_consent import may_be_contacted, read_consent

NEED = "select"
WHERE_HINT = 'write where=kk.column("rung").equals("client").'


def select(
    customers: FrameT,
    *,
    offer: Any,
    where: Condition | None = None,
    needs: Any = None,
    transactions: Any = None,
    channel: str | None = None,
    most: int | None = None,
) -> FrameT:
    """The target list of an offer: the customers who match it, the most relevant first, with the reason of each.

    In the list is who meets `where`, may be contacted, and has some match with the offer, where needs or transactions
    tell one. A customer who may not be contacted (False in `may_contact`, or in the column of the channel) is never in.

    Args:
        customers: one row per customer: customer_id, the columns that `where` asks, and optional may_contact and
            may_contact_<channel> (true, false or missing, which is yes), as `career.customers()`.
        offer: the words that the offer answers: a category, a need, or several of both: ["gifts", "cheap"].
        where: a condition on the columns; None: all customers.
        needs: as in `kk.needs_profile`.
        transactions: as in `kk.profile`, with `category`.
        channel: the channel of the contact: "email" asks may_contact_email too; None: may_contact alone.
        most: the largest number of customers; None: all who match.

    Returns:
        One row per customer in the list, by falling relevance, among equals by falling net_value (or clv) where
        `customers` has it, and then by a hash of the id, so that the order of rows decides nothing: customer_id; rank
        (1, ...); offer (its words); need_match (share of the customer's needs that the offer answers, 0 to 1; missing
        where not known); category_match (share of the categories of the offer in a purchase to come: the own mix,
        shrunk towards that of all); relevance (the larger of both; missing where neither was asked); reason.

    Raises:
        DataError: a column that `where` asks is missing; a word that is neither a need nor a category; consent that is
            not true, false or missing; ids twice; no customers; faulty needs or transactions.

    >>> import pandas as pd
    >>> import kundkarriar as kk
    >>> customers = pd.DataFrame({"customer_id": [1, 2, 3, 4], "abc": ["A", "A", "A", "C"],
    ...                           "may_contact": [True, True, False, True]})
    >>> needs = pd.DataFrame({"customer_id": [1, 1, 2, 3, 4], "need": ["cheap", "safe", "safe", "cheap", "cheap"],
    ...                       "weight": [1, 3, 1, 1, 1]})
    >>> found = select(customers, offer="cheap", where=kk.column("abc").equals("A"), needs=needs)
    >>> found[["customer_id", "relevance", "reason"]].values.tolist()
    [[1, 0.25, 'abc is A; 25 % of the needs, stated']]
    """
    words = read_names(offer, "offer", law=NAME, empty=False)
    limit = None if most is None else COUNT_FROM_1.read(most, "most")
    channel = None if channel is None else NAME.read(channel, "channel")
    frame = narrow(in_memory(customers), need=NEED)
    ids = unique_ids(frame, need=NEED, hint=ONE_ROW_HINT)
    refuse_empty(len(ids), need=NEED)
    n, like = len(ids), frame.to_native()
    within, reasons = np.ones(n, dtype=bool), np.full(n, "", dtype=object)
    if where is not None:
        kind: Any = Condition
        where = read_object(where, "where", kind=kind, hint=WHERE_HINT, law="a condition on columns")
        within, reasons = where.holds(like), where.reason(like).astype(object)
    within = within & may_be_contacted(read_consent(frame, need=NEED), channel, n=n)
    known: list[str] = []
    matches: dict[str, Array] = {}
    stated = np.zeros(n, dtype=bool)
    if needs is not None:
        read = Needs.read(needs, customers=ids, need=NEED)
        matches["need_match"] = np.where(read.known, read.table()[:, np.isin(read.words, words)].sum(axis=1), np.nan)
        known, stated = known + read.words, read.stated
    if transactions is not None:
        bought = Bought.read(transactions, of="category", customers=ids, others=True, need=NEED)
        mix = _mix(bought, n)[:, np.isin(bought.words, words)].sum(axis=1)
        matches["category_match"] = mix
        known = known + bought.words
    if matches and (strange := [word for word in words if word not in known]):
        near = get_close_matches(strange[0], known, n=1)
        raise DataError.because(
            f"{NEED}: `offer` names {strange}, and no customer has such a need or category.",
            hint=f"{f'is it {near[0]!r}? ' if near else ''}There are {sorted(set(known))}.",
        )
    worth, valued = np.zeros(n), value_column(frame)
    if valued is not None:
        worth = np.nan_to_num(numbers(frame, valued, need=NEED, nullable=True))
    relevance = np.full(n, np.nan)
    for match in matches.values():
        relevance = np.fmax(relevance, match)
    if matches:
        within = within & (relevance > 0)
    at = np.flatnonzero(within)
    at = at[np.lexsort((stable_hash(ids=ids.to_numpy())[at], -worth[at], -np.nan_to_num(relevance[at])))][:limit]
    unknown = np.full(n, np.nan)
    columns: dict[str, Any] = {
        "customer_id": frame["customer_id"][at.tolist()],
        "rank": np.arange(1, len(at) + 1),
        "offer": text_column([", ".join(words)], np.zeros(len(at), np.int64), like=like),
        "need_match": matches.get("need_match", unknown)[at],
        "category_match": matches.get("category_match", unknown)[at],
        "relevance": relevance[at],
        "reason": text_column([_reason(int(i), reasons, matches, stated=bool(stated[i])) for i in at], like=like),
    }
    answer: FrameT = handed_back(new_frame(columns, like=like), like=customers)
    return answer


def _mix(bought: Bought, n: int) -> Array:
    """Expected shares of the categories in a purchase of the first n customers, (n, C)."""
    spend = bought.table(len(bought.orders))
    orders = bought.orders.astype(np.float64)
    shares, mass = mix_prior(spend=spend, n=orders)
    return expected_mix(spend=spend[:n], n=orders[:n], shares=shares, mass=mass)


def _reason(i: int, reasons: Any, matches: dict[str, Array], *, stated: bool) -> str:
    told = [reasons[i]] if reasons[i] else []
    if (share := matches.get("need_match", np.zeros(0))[i:][:1]).size and share[0] > 0:
        told.append(f"{share[0]:.0%} of the needs, {'stated' if stated else 'surveyed'}".replace("%", " %"))
    if (share := matches.get("category_match", np.zeros(0))[i:][:1]).size:
        told.append(f"{share[0]:.0%} of a purchase expected in the category".replace("%", " %"))
    return "; ".join(told) or "all customers"
