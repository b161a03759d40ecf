# ruff: noqa: E501 - messages stand line by line, as they are printed
"""The tables of leads and of quotes: who is a lead, from when to when, with which events; and bad input."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

MONTH = 365.25 / 12
AS_OF = "2026-06-30"


def days(*texts):
    return pd.to_datetime(list(texts))


KNOWN = pd.DataFrame(
    {
        "customer_id": list("abcdefg"),
        "first_contact": days("2026-01-01", "2026-03-01", "2026-05-01", None, "2026-04-01", "2026-07-05", "2026-06-30"),
        "channel": list("xyxyxyx"),
    },
    index=[3, 1, 4, 15, 9, 2, 6],
)
ORDERS = pd.DataFrame(
    {
        "customer_id": ["a", "e", "d", "z"],
        "date": days("2026-02-15", "2026-04-01", "2026-03-01", "2026-02-01"),
        "amount": 9.0,
    }
)
NOTHING = ORDERS.iloc[:0]
EVENTS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c", "b"],
        "date": days("2026-01-31", "2026-02-15", "2026-02-01", "2026-05-31", "2026-07-01"),
        "event": ["Quote", "interest", "interest", "quote", "visit"],
    }
)


def test_a_lead_is_known_before_the_first_purchase():
    """Neither who bought on the day of contact (e), nor without a contact (d), nor known after `as_of` (f)."""
    table = kk.leads(KNOWN, ORDERS, as_of=AS_OF)
    assert table.columns.tolist() == ["customer_id", "months", "bought", "months_known", "first_contact", "channel"]
    assert table["customer_id"].tolist() == ["a", "b", "c", "g"]
    assert table["bought"].tolist() == [True, False, False, False]
    assert (table["months"] * MONTH).tolist() == pytest.approx([45, 121, 60, 0])
    assert (table["months_known"] * MONTH).tolist() == pytest.approx([180, 121, 60, 0])
    assert KNOWN.columns.tolist() == ["customer_id", "first_contact", "channel"]


def test_events_count_from_the_first_contact():
    """In any case; before the contact they count from month 0, on the day of the purchase and later they are none."""
    table = kk.leads(KNOWN, ORDERS, as_of=AS_OF, events=EVENTS).set_index("customer_id")
    assert table["quote_after"].mul(MONTH).tolist() == pytest.approx([30, np.nan, 30, np.nan], nan_ok=True)
    assert table["interest_after"].mul(MONTH).tolist() == pytest.approx([np.nan, 0, np.nan, np.nan], nan_ok=True)
    assert table["visit_after"].isna().all()


def test_a_firm_may_have_leads_only():
    """Transactions without rows, or later ones only, are leads whom nobody has sold to."""
    for orders in (NOTHING, ORDERS.assign(date=pd.Timestamp("2026-07-31"))):
        table = kk.leads(KNOWN, orders, as_of=AS_OF, events=EVENTS)
        assert table["customer_id"].tolist() == list("abceg")
        assert not table["bought"].any()
        assert table["interest_after"].notna().tolist() == [True, True, False, False, False]
    known = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1, beta=9, never=0.5))
    assert known.predict(table, horizon="12M")["p_first_purchase"].between(0, 1).all()


def test_polars_and_categories_of_ids_give_the_same():
    """The table is of the kind of `customers`, with the same numbers."""
    table = kk.leads(KNOWN, ORDERS, as_of=AS_OF, events=EVENTS)
    other = kk.leads(*map(pl.from_pandas, (KNOWN, ORDERS)), as_of=AS_OF, events=pl.from_pandas(EVENTS))
    assert isinstance(other, pl.DataFrame)
    assert other.columns == table.columns.tolist()
    assert other["months"].to_list() == table["months"].tolist()
    assert other["quote_after"].null_count() == 2


def test_first_contacts_after_the_first_purchase_are_counted():
    """They are left out with a warning that shows the first of them."""
    wrong = KNOWN.assign(
        first_contact=KNOWN["first_contact"].where(KNOWN["customer_id"] != "e", pd.Timestamp("2026-04-02"))
    )
    with pytest.warns(kk.DataWarning) as told:
        table = kk.leads(wrong, ORDERS, as_of=AS_OF)
    assert table["customer_id"].tolist() == ["a", "b", "c", "g"]
    assert [str(each.message) for each in told] == [
        """\
leads: 1 of 7 customers have a first contact after their first purchase, so when they became leads is not known; they are left out.

row  customer_id  first_contact
  4            e     2026-04-02"""
    ]


@pytest.mark.parametrize(
    ("customers", "as_of", "message"),
    [
        (
            KNOWN.drop(columns="first_contact"),
            AS_OF,
            """\
leads needs the day of each lead's first contact in the column `first_contact` of `customers`, and the DataFrame has ['customer_id', 'channel'].

Hint: the day a customer became known: customers.rename(columns={"created": "first_contact"}).""",
        ),
        (
            KNOWN.assign(first_contact=pd.NaT),
            AS_OF,
            """\
leads needs the day of each lead's first contact in the column `first_contact` of `customers`, where every value is missing.

Hint: the day a customer became known: customers.rename(columns={"created": "first_contact"}).""",
        ),
        (
            KNOWN.assign(months=1),
            AS_OF,
            """\
leads makes the columns ['months'], and `customers` has them already.

Hint: rename or drop them: customers.drop(columns=['months']).""",
        ),
        (
            KNOWN,
            "2025-12-31",
            """\
leads: none of the 7 customers was known before the first purchase and by 2025-12-31.

Hint: check `first_contact`, the day a customer became known, and `as_of`.""",
        ),
        (
            KNOWN.assign(first_contact="2026-01-01"),
            AS_OF,
            """\
leads: `customers` needs local dates without a time zone in `first_contact`, found String.

Hint: make them dates: customers["first_contact"] = pd.to_datetime(customers["first_contact"], format="%Y-%m-%d"), in polars .str.to_date("%Y-%m-%d"); a time zone goes with .dt.tz_convert("Europe/Stockholm").dt.tz_localize(None).""",
        ),
        (
            pd.concat([KNOWN, KNOWN.head(1)]),
            AS_OF,
            """\
leads: `customers` needs one row per customer in `customer_id`: broken by 2 of 8 rows.

row  customer_id
  0            a
  7            a

Hint: keep one row of each customer, with its id.""",
        ),
    ],
)
@pytest.mark.parametrize("orders", [ORDERS, NOTHING], ids=["some orders", "no orders"])
def test_bad_customers(customers, as_of, message, orders):
    with pytest.raises(kk.DataError) as error:
        kk.leads(customers, orders, as_of=as_of)
    assert str(error.value) == message


def test_a_taken_event_column_is_refused():
    """A column of customers is never written over."""
    with pytest.raises(
        kk.DataError, match=r"leads makes the columns \['quote_after'\], and `customers` has them already"
    ):
        kk.leads(KNOWN.assign(quote_after=1.0), ORDERS, as_of=AS_OF, events=EVENTS)


QUOTED = pd.DataFrame(
    {
        "customer_id": ["a", "b", "a", "c", "a"],
        "date": days("2026-01-01", "2026-02-01", "2026-03-01", "2026-07-01", "2026-04-01"),
        "event": ["quote", "quote", "QUOTE", "quote", "visit"],
        "value": [100.0, 200.0, 300.0, 400.0, None],
    }
)


def test_an_order_closes_the_open_quotes_of_its_customer():
    """On the day of a quote or later; quotes and orders after `as_of` are not read; `months` counts the first day."""
    orders = pd.DataFrame(
        {"customer_id": ["a", "b", "a"], "date": days("2026-03-01", "2026-01-31", "2026-08-01"), "amount": 9.0}
    )
    table = kk.quotes(QUOTED, orders, as_of=AS_OF)
    assert table.columns.tolist() == ["quote_id", "customer_id", "months", "bought", "months_known", "date", "value"]
    assert table["quote_id"].tolist() == [1, 2, 3]
    assert table["customer_id"].tolist() == ["a", "b", "a"]
    assert table["bought"].tolist() == [True, False, True]
    assert (table["months"] * MONTH).tolist() == pytest.approx([60, 150, 1])
    assert (table["months_known"] * MONTH).tolist() == pytest.approx([181, 150, 122])
    other = kk.quotes(pl.from_pandas(QUOTED), pl.from_pandas(orders), as_of=AS_OF)
    assert other["months"].to_list() == table["months"].tolist()
    assert len(kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1, beta=9, never=0.5)).read(table)) == 3


def test_quotes_of_a_firm_without_orders_are_open():
    """Events of any name may be the quotes; what is none is named."""
    table = kk.quotes(QUOTED, NOTHING, as_of=AS_OF, event=" Visit ")
    assert table["bought"].tolist() == [False]
    assert table["quote_id"].tolist() == [5]
    with pytest.raises(kk.DataError) as error:
        kk.quotes(QUOTED, NOTHING, as_of=AS_OF, event="offer")
    assert str(error.value) == (
        "quotes: there is no event 'offer' by 2026-06-30, of 5 events.\n\n"
        "Hint: write event=...; the events are ['quote', 'visit']."
    )
    with pytest.raises(kk.DataError, match=r"quotes makes the columns \['bought'\], and `events` has them already"):
        kk.quotes(QUOTED.assign(bought=1), NOTHING, as_of=AS_OF)
