"""Transactions, splits, reports and summaries of lazy frames: those of pandas, to the row."""

import warnings

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF = "2025-09-30"


def simulated(*, customers=400, text=False):
    """Purchases of two years with returns: of the same day, of later days, of more than was bought, of nothing."""
    generator = np.random.default_rng(7)
    ids = generator.integers(1, customers + 1, 12 * customers)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 700, len(ids)), "D")
    bought = pd.DataFrame({"customer_id": ids, "date": days.astype("datetime64[us]")})
    bought["amount"] = generator.gamma(2.0, 20.0, len(ids)).round(2)
    bought.loc[::97, "amount"] = 0.0
    back = bought.sample(frac=0.1, random_state=1)
    share = generator.choice([1.0, 0.5, 1.5], len(back))
    back = back.assign(
        amount=-(back["amount"] * share).round(2),
        date=back["date"] + pd.to_timedelta(generator.choice([0, 0, 9], len(back)), "D"),
    )
    only = bought.head(1).assign(customer_id=customers + 9, amount=-50.0)  # a return and no purchase
    rows = pd.concat([bought, back, only], ignore_index=True)
    rows["kind"] = np.where(rows["amount"] < 0, "return", "purchase")
    if text:
        rows["customer_id"] = "K-" + rows["customer_id"].astype(str)
    return rows


def known_customers(*, text):
    """Prospects and buyers, one of them in contact long before, one first in contact within the data."""
    ids = pd.Series([9_001, 1, 2, 3, 9_002])
    contact = pd.to_datetime(["2024-05-01", "2023-12-24", "2024-01-01", None, None])
    return pd.DataFrame(
        {
            "customer_id": "K-" + ids.astype(str) if text else ids,
            "first_contact": pd.Series(contact).astype("datetime64[us]"),
        }
    )


def told(work):
    """What some work gives or raises, and the messages of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = work()
        except kk.KundkarriarError as error:
            answer = f"{type(error).__name__}: {error}"
    return answer, [str(each.message) for each in caught if issubclass(each.category, kk.DataWarning)]


def plain(frame):
    """Gaps as texts, in which form pandas has them."""
    if "gaps" not in frame.columns:
        return frame
    given = frame["gaps"]
    texts = [" ".join(map(str, each)) if isinstance(each, np.ndarray | list) else each for each in given]
    return frame.assign(gaps=texts)


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "texts"])
def test_summaries_are_those_of_pandas(lazy_kind, to_engine, same_rows, text):
    """Returns of the same day and of later ones, prospects and unknown entries; a warning counts the whole base."""
    rows, customers = simulated(text=text), known_customers(text=text)
    asked = {"as_of": AS_OF, "burn_in": "3M", "period": "M"}
    due, said = told(lambda: kk.summarize(rows, customers=customers, **asked))
    lazy = to_engine(lazy_kind, rows), to_engine(lazy_kind, customers)
    found, warned = told(lambda: kk.summarize(lazy[0], customers=lazy[1], **asked))
    assert type(found) is type(lazy[0])
    same_rows(found, due)
    assert warned == said
    assert len(said) == 1
    assert set(due["entry"]) == {"known", "unknown"}
    assert (due["returns_value"] > 0).any()
    assert (due["n_transactions"] == 0).sum() > 2


def test_summaries_need_no_list_of_customers_and_no_amounts(lazy_kind, to_engine, same_rows):
    """Neither known customers nor returns nor amounts: the plainest base."""
    rows = simulated().query("kind == 'purchase'").drop(columns=["amount"])
    same_rows(kk.summarize(to_engine(lazy_kind, rows), as_of=AS_OF), kk.summarize(rows, as_of=AS_OF))


@pytest.mark.parametrize(
    "more",
    [
        {"regularity": True, "gaps": True, "season": kk.Season(index=(0.5, 1.5) * 6)},
        {"merge": "s", "burn_in": "1M"},
    ],
    ids=["order of days", "time stamps"],
)
def test_summaries_in_order_are_those_of_pandas(lazy_kind, to_engine, from_engine, same_rows, more):
    """What needs the order of a customer's purchases comes in blocks of whole customers."""
    rows = simulated()
    rows["date"] += pd.to_timedelta(np.arange(len(rows)) % 86_400, "s")
    (found, warned), (due, said) = (
        told(lambda given=given: kk.summarize(given, as_of=AS_OF, **more))
        for given in (to_engine(lazy_kind, rows), rows)
    )
    same_rows(plain(from_engine(found)), plain(due))
    assert warned == said


@pytest.mark.parametrize(
    "wrong",
    [
        lambda rows: rows.assign(customer_id=rows["customer_id"].where(rows.index != 3, " ")),
        lambda rows: rows.assign(amount=rows["amount"].where(rows.index != 3, np.inf)),
        lambda rows: rows.assign(kind=rows["kind"].where(rows.index != 3, "gift")),
        lambda rows: rows.assign(date=rows["date"].where(rows.index != 3)),
        lambda rows: rows.assign(currency=["SEK", "NOK"] * (len(rows) // 2)),
        lambda rows: rows.drop(columns="date").assign(shop=1),
        lambda rows: rows.assign(date=rows["date"] + pd.DateOffset(years=3)),
    ],
    ids=["blank id", "infinite amount", "kind", "no date", "currencies", "no column", "after as_of"],
)
def test_wrong_transactions_are_refused_in_the_same_words(lazy_kind, to_engine, wrong):
    """The error of a lazy frame is that of the same rows in polars or Arrow, which name the same law and rows."""
    rows = wrong(simulated(customers=20, text=True).head(200))
    due, _ = told(
        lambda: kk.summarize(to_engine("pyarrow" if lazy_kind != "polars lazy" else "polars", rows), as_of=AS_OF)
    )
    found, _ = told(lambda: kk.summarize(to_engine(lazy_kind, rows), as_of=AS_OF))
    assert isinstance(due, str)
    assert found == due


def raw_orders():
    """Orders as a shop has them: ids as floats, dates as texts, VAT of two rates, words for returns, lines twice."""
    rows = simulated(customers=100)
    orders = pd.DataFrame(
        {
            "KundID": rows["customer_id"].astype(float),
            "Datum": rows["date"].dt.strftime("%d/%m/%Y"),
            "Stund": rows["date"].dt.tz_localize("UTC") + pd.Timedelta(hours=23),
            "Brutto": rows["amount"].abs(),
            "Typ": np.where(rows["amount"] < 0, "Retur", " köp "),
            "Sats": np.where(np.arange(len(rows)) % 2, 0.25, 0.12),
            "Rad": np.arange(len(rows)),
            "Valuta": "SEK",
            "Butik": np.arange(len(rows)) % 7,
        }
    )
    orders.loc[5:9, "KundID"] = np.nan
    orders.loc[8:12, "Datum"] = None
    return pd.concat([orders, orders.iloc[20:60]], ignore_index=True)


TYPED = {"customer_id": "KundID", "amount": "Brutto", "vat": "excluded", "currency": "SEK", "missing": "drop"}
RAW = TYPED | {"vat": "included", "vat_rate": "Sats", "kind": "Typ", "line_id": "Rad", "currency": "Valuta"}


@pytest.mark.parametrize(
    "asked",
    [
        RAW | {"date": "Datum", "date_format": "%d/%m/%Y"},
        TYPED | {"date": "Stund", "time_zone": "Europe/Stockholm"},
        {"customer_id": "Butik", "date": "Stund", "time_zone": "Europe/Stockholm"},
        TYPED | {"date": "Datum"},
        TYPED | {"date": "Stund"},
        TYPED | {"date": "Datum", "date_format": "%d/%m/%Y", "missing": "refuse"},
        RAW | {"date": "Datum", "date_format": "%d/%m/%Y", "line_id": "Butik"},
        {"customer_id": "KundID"},
    ],
    ids=["texts", "zone", "no amounts", "no format", "no zone", "missing", "copies", "not told"],
)
def test_orders_become_the_transactions_of_pandas(lazy_kind, to_engine, from_engine, same_rows, asked):
    """Rows, columns, warnings and errors; other columns are kept."""
    orders = raw_orders()
    if "Datum" in str(asked):
        orders = orders.drop(columns="Stund")
    lazy = to_engine(lazy_kind, orders)
    beside = (
        orders if lazy_kind == "spark" else to_engine("polars" if lazy_kind == "polars lazy" else "pyarrow", orders)
    )
    due, said = told(lambda: kk.transactions(beside, **asked))
    found, warned = told(lambda: kk.transactions(lazy, **asked))
    assert warned == said
    if isinstance(due, str):
        assert found == due
        return
    assert type(found) is type(lazy)
    found, due = (from_engine(each).drop(columns="Stund", errors="ignore") for each in (found, due))
    same_rows(found, due, by=list(due.columns))


def test_a_split_is_that_of_pandas(lazy_kind, to_engine, same_rows):
    """Both parts, in any order of rows; a day that leaves one of them empty is refused."""
    rows = simulated(customers=50)
    lazy = to_engine(lazy_kind, rows)
    for found, due in zip(kk.split(lazy, at="2025-01-31"), kk.split(rows, at="2025-01-31"), strict=True):
        same_rows(found, due, by=list(rows.columns))
    (found, _), (due, _) = (told(lambda given=given: kk.split(given, at="2030-01-31")) for given in (lazy, rows))
    assert found == due
    assert "leaves nothing to split" in due


def test_a_data_report_is_that_of_pandas(lazy_kind, to_engine, from_engine):
    """The same checks in the same order, as a lazy frame."""
    rows = simulated(customers=50)
    found = from_engine(kk.data_report(to_engine(lazy_kind, rows)), by=["check"])
    due = from_engine(kk.data_report(rows), by=["check"])
    pd.testing.assert_frame_equal(found, due, check_dtype=False)


def test_holdouts_are_those_of_pandas(lazy_kind, to_engine, same_rows):
    """The table of the holdout and the newcomers, of two lazy frames."""
    rows = simulated(customers=50)
    rows = rows[(rows["customer_id"] > 9) | (rows["date"] > "2025-01-31")]
    parts = kk.split(to_engine(lazy_kind, rows), at="2025-01-31"), kk.split(rows, at="2025-01-31")
    (lazy, later), (summary, holdout) = ((kk.summarize(each[0], as_of="2025-01-31"), each[1]) for each in parts)
    for made in (kk.holdout_table, kk.newcomers):
        due = made(summary, holdout, until="2025-09-30")
        same_rows(made(lazy, later, until="2025-09-30"), due)
        assert len(due) > 0
