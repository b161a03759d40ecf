"""The target list of an offer: exactly who matches and may be contacted, in order, with reasons; bad input."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

from .conftest import as_pandas

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4, 5, 6],
        "rung": ["client", "client", "client", "client", "trial buyer", None],
        "clv": [60, 50, 40, 30, 20, 10],
        "may_contact": [True, True, False, None, True, True],
        "may_contact_email": [True, False, True, True, True, True],
    }
).astype({"may_contact": "boolean"})
NEEDS = pd.DataFrame(
    [(1, "cheap", 1.0), (1, "safe", 3.0), (2, "cheap", 1.0), (3, "cheap", 1.0), (4, "cheap", 1.0), (4, "safe", 1.0),
     (5, "cheap", 1.0), (6, "safe", 1.0)],
    columns=["customer_id", "need", "weight"],
)  # fmt: skip
CLIENTS = kk.column("rung").equals("client")


def test_exactly_who_matches(kind):
    """By hand: the clients with the need who may be contacted, the most relevant first; a missing ban is none."""
    found = as_pandas(kk.select(kind(CUSTOMERS), where=CLIENTS, offer="cheap", needs=kind(NEEDS)))
    assert found["customer_id"].tolist() == [2, 4, 1]
    assert found["rank"].tolist() == [1, 2, 3]
    assert found["relevance"].tolist() == [1, 0.5, 0.25]
    assert found["need_match"].tolist() == [1, 0.5, 0.25]
    assert found["category_match"].isna().all()
    assert found["reason"].tolist() == [f"rung is client; {share} % of the needs, stated" for share in (100, 50, 25)]
    by_email = as_pandas(kk.select(kind(CUSTOMERS), where=CLIENTS, offer="cheap", needs=kind(NEEDS), channel="email"))
    assert by_email["customer_id"].tolist() == [4, 1]
    first = as_pandas(kk.select(kind(CUSTOMERS), where=CLIENTS, offer="cheap", needs=kind(NEEDS), most=1))
    assert first["customer_id"].tolist() == [2]
    several = as_pandas(kk.select(kind(CUSTOMERS), offer=["cheap", "safe"], needs=kind(NEEDS)))
    assert several["customer_id"].tolist() == [1, 2, 4, 5, 6]


def test_without_needs_or_transactions_relevance_is_missing(kind):
    """The condition and the consent select, the most valuable first; nothing is guessed."""
    found = as_pandas(kk.select(kind(CUSTOMERS), where=CLIENTS, offer="spring letter"))
    assert found["customer_id"].tolist() == [1, 2, 4]
    assert found[["relevance", "need_match", "category_match"]].isna().all(axis=None)
    assert as_pandas(kk.select(kind(CUSTOMERS), offer="spring letter"))["reason"].tolist() == ["all customers"] * 5


def test_planted_categories_are_found(base, kind):
    """Planted truth: clients have 60 % of purchases in gifts, others 20 %: clients come first in the list."""
    customers, rows = base
    found = as_pandas(kk.select(kind(customers), offer="gifts", transactions=kind(rows)))
    assert len(found) == len(customers)
    first = found.head(len(found) // 5)["customer_id"]
    assert (customers.set_index("customer_id").loc[first, "rung"] == "client").mean() > 0.95
    by_group = found.merge(customers).groupby("rung")["relevance"].mean()
    assert 0.45 < by_group["client"] < 0.6  # each is shrunk towards the .4 of all
    assert 0.2 < by_group["trial buyer"] < 0.35
    assert found["relevance"].mean() == pytest.approx(0.4, abs=0.02)
    assert (found["category_match"] == found["relevance"]).all()


def test_laws_of_scale_and_order(base):
    """Law: another currency, other units of weights, and the order of rows change no relevance and no member."""
    customers, rows = base
    needs = pd.DataFrame({"customer_id": customers["customer_id"], "need": "cheap", "weight": 2.0})
    asked = {"offer": ["gifts", "cheap"], "where": kk.column("rung").equals("client")}
    found = kk.select(customers, needs=needs, transactions=rows, **asked)
    other = kk.select(
        customers.sample(frac=1, random_state=1),
        needs=needs.assign(weight=4.0),
        transactions=rows.assign(amount=rows["amount"] * 1024).sample(frac=1, random_state=2),
        **asked,
    )
    columns = ["customer_id", "relevance", "category_match", "need_match", "reason"]
    left, right = (each.sort_values("customer_id", ignore_index=True)[columns] for each in (found, other))
    pd.testing.assert_frame_equal(left, right)


def test_ties_do_not_depend_on_the_order_and_the_input_is_unchanged():
    before = CUSTOMERS.copy()
    kk.select(CUSTOMERS, where=CLIENTS, offer="cheap", needs=NEEDS)
    pd.testing.assert_frame_equal(CUSTOMERS, before)
    found = kk.select(pl.DataFrame(CUSTOMERS.sample(frac=1, random_state=1)), offer="x", most=3)
    assert found["customer_id"].to_list() == [1, 2, 4]
    alike = CUSTOMERS.drop(columns="clv")
    first, other = (kk.select(rows, offer="x", most=3)["customer_id"].tolist() for rows in (alike, alike.iloc[::-1]))
    assert first == other


def test_nobody_is_an_empty_list(kind):
    """Where nobody matches, the list is empty and has its columns."""
    found = as_pandas(kk.select(kind(CUSTOMERS), where=kk.column("rung").equals("partner"), offer="cheap"))
    assert len(found) == 0
    assert "reason" in found.columns


BAD = {
    "ban": ({"may_contact": "no"}, {}, "needs True or False in `may_contact`, or nothing where it is not known"),
    "ban of a channel": ({"may_contact_email": 2}, {}, "needs True or False in `may_contact_email`"),
    "word": ({}, {"offer": "chaep", "needs": NEEDS}, "`offer` names ['chaep'], and no customer has such a need"),
    "no word": ({}, {"offer": ""}, "`offer`"),
    "no words": ({}, {"offer": []}, "`offer`"),
    "where": ({}, {"where": "client"}, "`where` must be a condition on columns"),
    "most": ({}, {"most": 0}, "`most` must be a whole number of at least 1"),
    "channel": ({}, {"channel": 3}, "`channel` must be"),
    "column": ({}, {"where": kk.column("abc").equals("A")}, "abc"),
    "ids": ({"customer_id": 1}, {}, "needs one row per customer"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    columns, asked, words = BAD[name]
    with pytest.raises(kk.DataError) as caught:
        kk.select(CUSTOMERS.assign(**columns), **({"offer": "cheap"} | asked))
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)


def test_an_empty_frame_is_refused():
    with pytest.raises(kk.DataError, match="select needs at least one customer: the frame is empty"):
        kk.select(CUSTOMERS.head(0), offer="cheap")
    assert np.isfinite(kk.select(CUSTOMERS, offer="cheap", needs=NEEDS)["relevance"]).all()
