"""The data report: every row accounted for, and its findings."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk

CHECKS = [
    "rows in",
    "missing id",
    "missing date",
    "unreadable date",
    "unreadable amount",
    "repeated line",
    "rows kept",
    "returns matched",
    "returns unmatched",
    "purchase days merged",
    "purchase days reversed",
    "zero amounts",
    "exact duplicates",
    "customers",
    "customers without a purchase",
    "first date",
    "last date",
    "season",
    "similar ids",
    "largest id by rows",
    "largest id by purchase days",
    "largest id by amount",
    "possibly older customers",
    "ledger total",
]


@pytest.fixture
def found(as_dict):
    """A report as check -> (rows, amount, message)."""

    def by_check(report):
        columns = as_dict(report)
        assert list(columns) == ["check", "rows", "amount", "message"]
        return {check: line for check, *line in zip(*columns.values(), strict=True)}

    return by_check


def test_cdnow_needs_no_arguments(cdnow, cdnow_sample, found):
    """The known counts: 255 duplicates (21 in the sample), 80 zero amounts, every row kept."""
    report = found(kk.data_report(cdnow))
    assert list(report) == CHECKS
    counts = {"rows in": 69_659, "rows kept": 69_659, "exact duplicates": 255, "zero amounts": 80, "customers": 23_570}
    assert {check: report[check][0] for check in counts} == counts
    assert report["ledger total"][1] == pytest.approx(cdnow["amount"].sum())
    assert report["ledger total"][2] == (
        "ties out: 69,659 rows in = 69,659 kept + 0 not kept; 2,500,315.63 = 2,500,315.63 + 0.00"
    )
    assert (report["first date"][2], report["last date"][2]) == ("1997-01-01", "1998-06-30")
    assert found(kk.data_report(cdnow_sample))["exact duplicates"][0] == 21


DIRTY = {
    "Kund": ["a", None, "a", "b", "b", "b", "c", "", "a"],
    "Datum": [
        "2026-01-01",
        "2026-01-01",
        None,
        "2026-01-02",
        "2026-01-09",
        "31/01/2026",
        "2026-01-03",
        "",
        "2026-01-04",
    ],
    "Netto": [10.0, 20.0, 40.0, 80.0, -90.0, 1.0, float("nan"), 2.0, 10.0],
    "Rad": [1, 2, 3, 4, 5, 6, 7, 8, 1],
}
ASKED = {
    "customer_id": "Kund",
    "date": "Datum",
    "amount": "Netto",
    "line_id": "Rad",
    "vat": "excluded",
    "currency": "SEK",
}


def test_dirty_rows_are_counted_not_raised(frame_of, found):
    """Each row once, by the first reason that applies; amounts tie out."""
    report = found(kk.data_report(frame_of(DIRTY), **ASKED))
    counted = {check: report[check][:2] for check in CHECKS[:9]}
    assert counted == {
        "rows in": [9, 73.0],
        "missing id": [2, 22.0],
        "missing date": [1, 40.0],
        "unreadable date": [1, 1.0],
        "unreadable amount": [1, 0.0],
        "repeated line": [1, 10.0],
        "rows kept": [3, 0.0],
        "returns matched": [0, -80.0],
        "returns unmatched": [1, -10.0],
    }
    assert report["ledger total"] == [3, 0.0, "ties out: 9 rows in = 3 kept + 6 not kept; 73.00 = 0.00 + 73.00"]
    assert report["unreadable date"][2] == (
        "refused: `Datum` must be dates, or text written as YYYY-MM-DD; say how they are written:"
        ' date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month first).'
    )


def test_kinds_are_reported(frame_of, found):
    """Unknown words and negative purchases are refused rows."""
    given = frame_of({**DIRTY, "Typ": ["sale"] * 4 + ["sale", "?"] + ["sale"] * 3})
    report = found(kk.data_report(given, **ASKED, kind="Typ"))
    assert (report["unknown kind"][:2], report["negative purchase"][:2]) == ([0, 0.0], [1, -90.0])


def test_nothing_kept_is_reported(frame_of, found):
    """An all-dirty or empty frame has a report too."""
    report = found(kk.data_report(frame_of({name: column[1:2] for name, column in DIRTY.items()}), **ASKED))
    assert report["ledger total"] == [0, 0.0, "nothing was kept"]
    empty = {"customer_id": np.array([], dtype=np.int64), "date": np.array([], dtype="datetime64[us]"), "amount": []}
    assert found(kk.data_report(frame_of(empty)))["rows in"] == [0, 0.0, "rows given"]


def test_standard_transactions_need_no_arguments(frame_of, found):
    """Frames from kk.transactions are read by their standard names, also kinds and line ids."""
    clean = {name: [column[at] for at in (0, 3, 4)] for name, column in DIRTY.items()}
    given = kk.transactions(frame_of({**clean, "Typ": ["sale", "sale", "refund"]}), **ASKED, kind="Typ")
    report = found(kk.data_report(given))
    assert (report["rows kept"][:2], report["unknown kind"][0]) == ([3, 0.0], 0)


def test_returns_reversals_and_merges(frame_of, found):
    """Rows of a day merged, a purchase returned on its day, and a return partly without a purchase."""
    moves = [
        ("2026-01-01", 10.0),
        ("2026-01-01", 5.0),
        ("2026-01-02", 8.0),
        ("2026-01-02", -8.0),
        ("2026-01-05", -20.0),
    ]
    given = frame_of(
        {
            "customer_id": [1] * 5,
            "date": [dt.datetime.fromisoformat(date) for date, _ in moves],
            "amount": [amount for _, amount in moves],
        }
    )
    report = found(kk.data_report(given))
    assert report["purchase days merged"] == [
        1,
        5.0,
        "rows added to the largest of the same customer and day: 2 purchase days",
    ]
    assert report["purchase days reversed"][0] == 1
    assert report["returns matched"][:2] == [1, -23.0]
    assert report["returns unmatched"][:2] == [1, -5.0]


def test_a_counter_sale_id_and_a_giant_are_flagged(found):
    """One id with much of all purchase days, another with much of the money."""
    days = np.arange(300)
    everyone = pd.DataFrame({"customer_id": days % 200, "date": days, "amount": 10.0})
    counter = pd.DataFrame({"customer_id": 999, "date": np.arange(100), "amount": 5.0})
    giant = pd.DataFrame({"customer_id": 7, "date": [3], "amount": 9_000.0})
    rows = pd.concat([everyone, counter, giant])
    rows["date"] = np.datetime64("2026-01-01", "us") + rows["date"].to_numpy().astype("timedelta64[D]")
    report = found(kk.data_report(rows))
    assert report["largest id by purchase days"] == [
        100,
        500.0,
        "999 has 24.9% of the purchase days: looks like a counter-sale id, not a customer: leave it out",
    ]
    assert report["largest id by amount"][2] == (
        "7 has 72.2% of the amount: a giant: look at values with and without it"
    )


def test_no_id_is_flagged_in_ordinary_data(cdnow, found):
    """The largest id is named, without a remark."""
    report = found(kk.data_report(cdnow))
    assert report["largest id by purchase days"][2] == "14048 has 0.3% of the purchase days"


def test_no_id_of_a_few_is_flagged(frame_of, found):
    """Each of three customers has a third; a large share is conspicuous only among many."""
    given = frame_of({"customer_id": [1, 2, 3], "date": [dt.datetime(2026, 1, 1)] * 3, "amount": [1.0] * 3})  # noqa: DTZ001
    assert found(kk.data_report(given))["largest id by rows"][2] == "1 has 33.3% of the rows"


def test_customers_possibly_older_than_the_data_are_flagged(found):
    """Half of all customers in the first of twelve months cannot all be new; equal numbers in each month can."""
    steady = np.arange(120) * 3
    start = np.datetime64("2026-01-01", "us")
    rows = pd.DataFrame({"customer_id": np.arange(120), "date": start + steady.astype("timedelta64[D]"), "amount": 1.0})
    assert found(kk.data_report(rows))["possibly older customers"] == [
        11,
        11.0,
        "11 customers (9.2%) were first seen in the first month",
    ]
    old = pd.DataFrame({"customer_id": np.arange(500, 620), "date": start, "amount": 1.0})
    assert found(kk.data_report(pd.concat([rows, old])))["possibly older customers"] == [
        131,
        131.0,
        (
            "131 customers (54.6%) were first seen in the first month, against 10.1 in a later month: many may be"
            " older than the data; burn_in matters here, for without it newcomers are taken for as loyal as they are;"
            ' kk.summarize(..., burn_in="3M") marks 150 customers, beside 90 who came later, and fits give them a law'
            " of their own where the data tell it apart"
        ),
    ]


def test_few_customers_are_not_taken_for_older_ones(found):
    """A customer a year: the data begin with one of them, so that the first month always has one."""
    dates = pd.date_range("2010-01-05", periods=12, freq="365D")
    rows = pd.DataFrame({"customer_id": range(12), "date": dates, "amount": 1.0})
    message = found(kk.data_report(rows))["possibly older customers"][2]
    assert message == "1 customers (8.3%) were first seen in the first month"


def test_a_closed_cohort_is_not_taken_for_older_customers(found):
    """Months after the last newcomer are not later months of newcomers."""
    joined = pd.date_range("2025-01-01", "2025-03-31").repeat(3)
    rows = pd.DataFrame({"customer_id": range(len(joined)), "date": joined, "amount": 1.0})
    last = pd.DataFrame({"customer_id": [0], "date": pd.to_datetime(["2026-12-31"]), "amount": [1.0]})
    message = found(kk.data_report(pd.concat([rows, last])))["possibly older customers"][2]
    assert message == "93 customers (34.4%) were first seen in the first month"


rows_of_orders = st.tuples(
    st.sampled_from(["a", "b", "c", "", None]),
    st.sampled_from(["2026-01-01", "2026-01-02", "2026-02-30", "1/2/2026", "", None]),
    st.sampled_from([0.0, 10.0, 12.5, -10.0, -40.0, float("nan"), float("inf"), None]),
    st.sampled_from([1, 2, 3, None]),
)


@given(st.lists(rows_of_orders, max_size=15))
def test_it_never_raises_and_always_ties_out(lines):
    """Law: rows and amounts given equal those kept plus those not kept; the ledger has the amounts kept."""
    columns = zip(*lines, strict=True) if lines else ([], [], [], [])
    orders = pd.DataFrame(dict(zip(["Kund", "Datum", "Netto", "Rad"], map(list, columns), strict=True)), dtype=object)
    report = kk.data_report(orders, **ASKED).set_index("check")
    kept, lost = report.loc["rows kept"], report.loc[CHECKS[1:6]]
    assert report.loc["rows in", "rows"] == kept["rows"] + lost["rows"].sum() == len(lines)
    assert report.loc["rows in", "amount"] == pytest.approx(kept["amount"] + lost["amount"].sum())
    assert report.loc["ledger total", "amount"] == pytest.approx(kept["amount"])
    assert kept["rows"] == 0 or report.loc["ledger total", "message"].startswith("ties out")


ALIKE = {
    "case": ["anna", "ANNA", "eva"],
    "blanks": ["anna", " anna\t", "eva"],
    "Unicode form": ["Ren\u00e9", "Rene\u0301", "eva"],
    "Unicode form, case, blanks": ["Ren\u00e9", "RENE\u0301 ", "eva"],
    "Unicode form (ligature)": ["\ufb01nn", "finn", "eva"],
    "case (sharp s)": ["Stra\u00dfe", "STRASSE", "eva"],
}


@pytest.mark.parametrize("differ", ALIKE)
def test_similar_ids_are_reported(frame_of, found, differ):
    """Both ids and the aspects in which they differ are named."""
    ids = ALIKE[differ]
    rows = frame_of(
        {"customer_id": [*ids, ids[0]], "date": [dt.datetime(2026, 1, 1 + at) for at in range(4)], "amount": [1.0] * 4}  # noqa: DTZ001
    )
    count, amount, message = found(kk.data_report(rows))["similar ids"]
    assert (count, amount) == (3, 3.0)
    spelt = ascii if "Unicode" in differ else repr
    assert message == (
        "2 ids are like another but for Unicode form, case, blanks, and count as customers of their own: "
        f"{spelt(ids[0])} and {spelt(ids[1])} ({differ.partition(' (')[0]})"
    )


@pytest.mark.parametrize("ids", [["anna", "anne", "an na", "ann a"], [1, 2, 3, 11]])
def test_different_ids_are_not_reported(frame_of, found, ids):
    """They differ in letters, in inner blanks, or are numbers."""
    rows = frame_of({"customer_id": ids, "date": [dt.datetime(2026, 1, 1)] * 4, "amount": [1.0] * 4})  # noqa: DTZ001
    said = "none: no two ids differ only in Unicode form, case or blanks around them"
    assert found(kk.data_report(rows))["similar ids"] == [0, 0.0, said]


def test_three_of_many_similar_ids_are_shown(found):
    """The message stays one line."""
    ids = [text for at in range(5) for text in (f"c{at}", f"C{at}")]
    rows = pd.DataFrame({"customer_id": ids, "date": pd.Timestamp("2026-01-01"), "amount": 1.0})
    message = found(kk.data_report(rows))["similar ids"][2]
    assert message.endswith(": 'c0' and 'C0' (case); 'c1' and 'C1' (case); 'c2' and 'C2' (case), ...")
    assert message.startswith("10 ids ")


def test_merged_days_count_alike_in_any_order(found):
    """The largest row of a day stands for it, the others are added to it."""
    rows = pd.DataFrame({"customer_id": [1] * 3, "date": ["2025-01-01"] * 3, "amount": [10.0, 20.0, 30.0]})
    for shuffled in (rows, rows[::-1], rows.iloc[[1, 2, 0]]):
        assert found(kk.data_report(shuffled))["purchase days merged"][:2] == [2, 30.0]


def test_amounts_that_no_sum_holds_are_unreadable(found):
    rows = pd.DataFrame({"customer_id": [1, 2], "date": ["2025-01-01"] * 2, "amount": [1e308, 5.0]})
    report = found(kk.data_report(rows))
    assert report["unreadable amount"][0] == 1
    assert "finite numbers of at most 1e+100" in report["unreadable amount"][2]
    assert report["ledger total"][:2] == [1, 5.0]
