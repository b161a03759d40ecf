"""One row per customer: oracles, cases counted by hand, bad input."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.errors import DataError, DataWarning

COLUMNS = [
    "customer_id",
    "frequency",
    "recency",
    "T",
    "first_value",
    "monetary_value",
    "n_transactions",
    "total_value",
    "returns_value",
    "first_purchase",
    "last_purchase",
    "period",
    "entry",
]


def day(text):
    return dt.datetime.fromisoformat(text)


def rows(*lines, **columns):
    """(customer, date, amount) lines as columns."""
    ids, dates, amounts = zip(*lines, strict=True)
    return {"customer_id": list(ids), "date": [day(date) for date in dates], "amount": list(amounts), **columns}


def test_cdnow_sample_has_the_counts_of_the_literature(cdnow_sample):
    """2,357 customers, 2,457 repeat purchase days, 946 repeaters; the first customer has x = 2."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30", period="W")
    assert (len(summary), summary["frequency"].sum(), (summary["frequency"] > 0).sum()) == (2357, 2457, 946)
    assert list(summary.columns) == COLUMNS
    first = summary.iloc[0]
    assert (first["frequency"], first["recency"], first["T"]) == (2, 213 / 7, 272 / 7)
    assert summary["total_value"].sum() == pytest.approx(
        cdnow_sample.loc[cdnow_sample["date"] <= "1997-09-30", "amount"].sum(), rel=1e-12
    )


def test_cdnow_spend_of_repeaters_is_that_of_the_spend_oracle(cdnow_sample):
    """Mean spend of a repeat purchase day correlates with frequency as published: .113888."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30")
    again = summary[summary["frequency"] > 0]
    assert again["frequency"].corr(again["monetary_value"]) == pytest.approx(0.113888, abs=5e-7)


def test_pandas_and_polars_agree_on_cdnow(cdnow, as_dict):
    """The numbers and their order are the same; the frame is of the given kind."""
    polars = pl.DataFrame({name: cdnow[name].to_numpy() for name in cdnow.columns})
    one = kk.summarize(cdnow, as_of="1998-03-31", period="M", regularity=True)
    other = kk.summarize(polars, as_of="1998-03-31", period="M", regularity=True)
    assert isinstance(one, pd.DataFrame)
    assert isinstance(other, pl.DataFrame)
    assert as_dict(one) == as_dict(other)


@pytest.mark.parametrize(("period", "days"), [("D", 1), ("W", 7), ("M", 365.25 / 12), ("Y", 365.25)])
def test_period_is_only_a_unit(frame_of, as_dict, period, days):
    """recency and T are exact fractions of the period."""
    given = frame_of(rows((1, "2026-01-01", 5.0), (1, "2026-01-11", 5.0)))
    result = as_dict(kk.summarize(given, as_of="2026-03-02", period=period))
    assert (result["recency"], result["T"], result["period"]) == ([10 / days], [60 / days], [period])


def test_rows_of_a_day_are_one_purchase(frame_of, as_dict):
    """Also with different times; the first day is not a repeat purchase."""
    given = frame_of(
        rows((1, "2026-01-01", 5.0), (1, "2026-01-05T09:00", 7.0), (1, "2026-01-05T17:00", 8.0), (1, "2026-01-09", 1.0))
    )
    result = as_dict(kk.summarize(given, as_of="2026-01-31", period="D"))
    assert (result["n_transactions"], result["frequency"], result["monetary_value"]) == ([3], [2], [8.0])
    assert (result["first_purchase"], result["last_purchase"]) == ([day("2026-01-01")], [day("2026-01-09")])


def test_time_stamps_are_not_merged_on_request(frame_of, as_dict):
    """merge="s": every stamp a purchase, fractions of days, T to the end of the day."""
    given = frame_of(rows((1, "2026-01-01T12:00", 5.0), (1, "2026-01-02T00:00", 7.0), (1, "2026-01-02T18:00", 8.0)))
    result = as_dict(kk.summarize(given, as_of="2026-01-02", period="D", merge="s"))
    assert (result["n_transactions"], result["frequency"], result["monetary_value"]) == ([3], [2], [7.5])
    assert result["recency"] == [1.25]
    assert result["T"] == pytest.approx([1.5], abs=1e-9)
    assert result["first_purchase"] == [day("2026-01-01T12:00")]


# lines, then: purchase days, frequency, mean repeat spend, total, returned on later days
RETURNS = {
    "later return leaves the day and lowers the value": (
        [("2026-01-01", 50.0), ("2026-01-05", 30.0), ("2026-01-09", -20.0)],
        (2, 1, 30.0, 60.0, 20.0),
    ),
    "return of the same day reduces its spend": (
        [("2026-01-01", 50.0), ("2026-01-05", 30.0), ("2026-01-05", -10.0)],
        (2, 1, 20.0, 70.0, 0.0),
    ),
    "full reversal on the same day is no purchase": (
        [("2026-01-01", 50.0), ("2026-01-05", 30.0), ("2026-01-05", -30.0)],
        (1, 0, 0.0, 50.0, 0.0),
    ),
    "full reversal of sums of cents is none either": (
        [("2026-01-01", 50.0), ("2026-01-05", 0.1), ("2026-01-05", 0.2), ("2026-01-05", -0.3)],
        (1, 0, 0.0, 50.0, 0.0),
    ),
    "more returned than bought on a day walks back": (
        [("2026-01-01", 50.0), ("2026-01-05", 30.0), ("2026-01-05", -45.0)],
        (1, 0, 0.0, 35.0, 15.0),
    ),
    "a return is never a purchase": ([("2026-01-01", 50.0), ("2026-01-05", -50.0)], (1, 0, 0.0, 0.0, 50.0)),
    "a return without a purchase still counts in the value": ([("2026-01-01", -50.0)], (0, 0, None, -50.0, 50.0)),
    "a purchase of nothing is a purchase day": (
        [("2026-01-01", 50.0), ("2026-01-05", 0.0)],
        (2, 1, 0.0, 50.0, 0.0),
    ),
    "everything reversed at once leaves a prospect": (
        [("2026-01-01", 50.0), ("2026-01-01", -50.0)],
        (0, 0, None, 0.0, 0.0),
    ),
}


@pytest.mark.parametrize("case", RETURNS)
def test_returns(frame_of, as_dict, case):
    """Counted by hand."""
    lines, expected = RETURNS[case]
    given = frame_of(rows(*((1, date, amount) for date, amount in lines)))
    result = as_dict(kk.summarize(given, as_of="2026-01-31", period="D"))
    names = ("n_transactions", "frequency", "monetary_value", "total_value", "returns_value")
    assert tuple(result[name][0] for name in names) == pytest.approx(expected, abs=1e-12)


def test_first_and_last_purchase_are_never_returns(frame_of, as_dict):
    """A customer whose first day was reversed begins at the next one."""
    given = frame_of(
        rows((1, "2026-01-01", 9.0), (1, "2026-01-01", -9.0), (1, "2026-01-05", 8.0), (1, "2026-01-20", -8.0))
    )
    result = as_dict(kk.summarize(given, as_of="2026-01-31", period="D"))
    assert (result["first_purchase"], result["last_purchase"]) == ([day("2026-01-05")], [day("2026-01-05")])
    assert (result["recency"], result["T"]) == ([0.0], [26.0])


def test_stamps_of_a_day_are_reversed_from_the_last(frame_of, as_dict):
    """merge="s": a return takes back the latest purchases of its day first."""
    given = frame_of(
        rows(
            (1, "2026-01-01T09", 5.0),
            (1, "2026-01-02T10", 10.0),
            (1, "2026-01-02T11", 20.0),
            (1, "2026-01-02T12", -24.0),
        )
    )
    result = as_dict(kk.summarize(given, as_of="2026-01-31", period="D", merge="s"))
    assert (result["n_transactions"], result["monetary_value"], result["returns_value"]) == ([2], [6.0], [0.0])


def test_a_purchase_of_nothing_stays_beside_a_return_it_was_not_needed_for(frame_of, as_dict):
    """merge="s": the return took back the later purchase only; a return of nothing takes nothing back."""
    day_of_three = rows((1, "2026-01-02T09", 0.0), (1, "2026-01-02T10", 10.0), (1, "2026-01-02T12", -10.0))
    result = as_dict(kk.summarize(frame_of(day_of_three), as_of="2026-01-31", merge="s"))
    assert result["n_transactions"] == [1]
    nothing = rows((1, "2026-01-02", 0.0), (1, "2026-01-02", 0.0), kind=["purchase", "return"])
    assert as_dict(kk.summarize(frame_of(nothing), as_of="2026-01-31"))["n_transactions"] == [1]


def test_kind_tells_a_return_of_nothing_from_a_purchase(frame_of, as_dict):
    """An amount of zero is a purchase unless kind says return."""
    given = frame_of(rows((1, "2026-01-01", 5.0), (1, "2026-01-02", 0.0), kind=["purchase", "return"]))
    assert as_dict(kk.summarize(given, as_of="2026-01-31"))["n_transactions"] == [1]


def test_customers_come_first_in_their_order_and_prospects_stay(frame_of, as_dict):
    """Given customers have one row each, then other buyers; the numbers of prospects are missing."""
    given = frame_of(rows(("z", "2026-01-01", 5.0), ("b", "2026-01-02", 6.0)))
    known = frame_of({"customer_id": ["c", "b", "a"]})
    result = as_dict(kk.summarize(given, as_of="2026-01-31", customers=known))
    assert result["customer_id"] == ["c", "b", "a", "z"]
    assert result["n_transactions"] == [0, 1, 0, 1]
    assert result["frequency"] == [0, 0, 0, 0]
    assert result["total_value"] == [0.0, 6.0, 0.0, 5.0]
    for name in ("recency", "T", "monetary_value", "first_purchase", "last_purchase"):
        assert [value is None for value in result[name]] == [True, False, True, False]


def test_rows_after_as_of_are_not_read(frame_of, as_dict):
    """`as_of` itself is read; customers who come later have no row."""
    lines = rows((1, "2026-01-01", 5.0), (1, "2026-01-31T23:59", 6.0), (1, "2026-02-01", 7.0), (2, "2026-02-01", 8.0))
    result = as_dict(kk.summarize(frame_of(lines), as_of="2026-01-31", period="D"))
    assert (result["customer_id"], result["n_transactions"], result["total_value"]) == ([1], [2], [11.0])


@pytest.mark.parametrize(
    "as_of", ["2026-01-31", dt.date(2026, 1, 31), pd.Timestamp("2026-01-31"), np.datetime64("2026-01-31")]
)
def test_as_of_may_be_any_kind_of_date(frame_of, as_dict, as_of):
    """Text, date, Timestamp, datetime64."""
    given = frame_of(rows((1, "2026-01-01", 5.0)))
    assert as_dict(kk.summarize(given, as_of=as_of, period="D"))["T"] == [30.0]


def test_burn_in_marks_customers_possibly_older_than_the_data(frame_of, as_dict):
    """The warning has their number; a first contact within the data makes the entry known."""
    lines = rows((1, "2026-01-01", 5.0), (2, "2026-02-15", 5.0), (3, "2026-03-31", 5.0), (4, "2026-04-01", 5.0))
    with pytest.warns(DataWarning) as warned:
        result = kk.summarize(frame_of(lines), as_of="2026-06-30", burn_in="3M")
    assert as_dict(result)["entry"] == ["unknown", "unknown", "unknown", "known"]
    assert str(warned[0].message) == (
        "3 of 4 customers were first seen within 3 months of the start of the data (2026-01-01): their beginning is"
        ' not known (entry "unknown").'
    )
    contact = frame_of({"customer_id": [2, 1, 5], "first_contact": [day("2026-02-01"), day("2025-01-01"), None]})
    with pytest.warns(DataWarning, match=r"^2 of 4 customers"):
        result = kk.summarize(frame_of(lines), as_of="2026-06-30", burn_in="3M", customers=contact)
    assert as_dict(result)["entry"] == ["known", "unknown", "known", "unknown", "known"]


def test_gap_log_sum_is_the_sum_of_logarithms_of_gaps(frame_of, as_dict):
    """In periods; 0 without a gap, missing for prospects."""
    lines = rows((1, "2026-01-01", 5.0), (1, "2026-01-08", 5.0), (1, "2026-01-29", 5.0), (2, "2026-01-01", 5.0))
    known = frame_of({"customer_id": [1, 2, 3]})
    result = as_dict(kk.summarize(frame_of(lines), as_of="2026-01-31", regularity=True, customers=known))
    assert result["gap_log_sum"] == [pytest.approx(math.log(1) + math.log(3)), 0.0, None]


def test_categorical_ids_are_accepted(cdnow_sample):
    """Categories count as the values they stand for."""
    given = cdnow_sample.assign(customer_id=cdnow_sample["customer_id"].astype("category"))
    pd.testing.assert_frame_equal(
        kk.summarize(given, as_of="1997-09-30"), kk.summarize(cdnow_sample, as_of="1997-09-30")
    )


def test_the_input_is_untouched(cdnow_sample):
    """Neither values nor order nor index of the frame change."""
    given = cdnow_sample.sample(frac=1, random_state=1)
    before = given.copy(deep=True)
    kk.summarize(given, as_of="1997-09-30")
    pd.testing.assert_frame_equal(given, before)


GOOD = rows((1, "2026-01-01", 5.0), (2, "2026-01-02", 6.0))
BAD = {
    "as_of before the data": (
        {},
        {"as_of": "2025-12-31"},
        (
            "`as_of` 2025-12-31 lies before all transactions: the first is of 2026-01-01.\n\n"
            'Hint: as_of="2026-01-02" is the last day with data.'
        ),
    ),
    "as_of a number": (
        {},
        {"as_of": 20260131},
        '`as_of` must be a date, got 20260131.\n\nHint: write as_of="2026-10-31" (year-month-day).',
    ),
    "as_of day first": (
        {},
        {"as_of": "31/01/2026"},
        "`as_of` must be a date, got '31/01/2026'.\n\nHint: write as_of=\"2026-10-31\" (year-month-day).",
    ),
    "period": (
        {},
        {"period": "week"},
        ("`period` must be one of 'D', 'W', 'M', 'Y', got 'week'.\n\nHint: write period='W'."),
    ),
    "merge": (
        {},
        {"merge": "W"},
        (
            "`merge` must be one of 'D', 's', got 'W'.\n\n"
            'Hint: merge="D" makes the purchases of a day one; merge="s" keeps each time stamp.'
        ),
    ),
    "burn_in": (
        {},
        {"burn_in": 3},
        '`burn_in` must be a span of time: a number above 0, then D, W, M or Y, got 3.\n\nHint: write "12M" or "90D".',
    ),
    "no id": (
        {"customer_id": ["a", None]},
        {},
        (
            "summarize needs an id in `customer_id` on every row: broken by 1 of 2 rows.\n\n"
            "row  customer_id        date  amount\n"
            "  1      missing  2026-01-02       6\n\n"
            'Hint: kk.transactions(orders, ..., missing="drop") leaves such rows out and counts them.'
        ),
    ),
    "no date": (
        {"date": [day("2026-01-01"), None]},
        {},
        (
            "summarize needs a date in `date` on every row: broken by 1 of 2 rows.\n\n"
            "row  customer_id     date  amount\n"
            "  1            2  missing       6\n\n"
            'Hint: kk.transactions(orders, ..., missing="drop") leaves such rows out and counts them.'
        ),
    ),
    "text dates": (
        {"date": ["2026-01-01", "01/02/2026"]},
        {},
        (
            "summarize needs local dates without a time zone in `date`, found String.\n\n"
            "Hint: kk.transactions(orders, date=..., date_format=..., time_zone=...) reads dates strictly."
        ),
    ),
    "integer dates": (
        {"date": [20260101, 20260102]},
        {},
        (
            "summarize needs local dates without a time zone in `date`, found Int64.\n\n"
            "Hint: kk.transactions(orders, date=..., date_format=..., time_zone=...) reads dates strictly."
        ),
    ),
    "amount missing": (
        {"amount": [5.0, float("nan")]},
        {},
        (
            "summarize needs finite numbers in `amount`: broken by 1 of 2 rows.\n\n"
            "row  customer_id   amount\n"
            "  1            2  missing\n\n"
            "Hint: look at these rows; repair or leave out what has no `amount`."
        ),
    ),
    "amount infinite": (
        {"amount": [5.0, float("inf")]},
        {},
        (
            "summarize needs finite numbers in `amount`: broken by 1 of 2 rows.\n\n"
            "row  customer_id  amount\n"
            "  1            2     inf\n\n"
            "Hint: look at these rows; repair or leave out what has no `amount`."
        ),
    ),
    "amount text": (
        {"amount": ["5", "6"]},
        {},
        (
            "summarize needs numbers in `amount`, found String: broken by 2 of 2 rows.\n\n"
            "row  customer_id  amount\n"
            "  0            1       5\n"
            "  1            2       6\n\n"
            "Hint: convert it first: frame['amount'].astype(float) in pandas, .cast(pl.Float64) in polars."
        ),
    ),
    "currencies": (
        {"currency": ["SEK", "EUR"]},
        {},
        (
            "summarize needs one currency, `currency` holds SEK (1 rows), EUR (1 rows).\n\n"
            "Hint: convert the amounts to one currency first, or go through each currency on its own."
        ),
    ),
    "no currency on some rows": (
        {"currency": ["SEK", None]},
        {},
        (
            "summarize needs one currency, `currency` holds SEK (1 rows), nothing (1 rows).\n\n"
            "Hint: convert the amounts to one currency first, or go through each currency on its own."
        ),
    ),
    "burn_in of less than a month": (
        {},
        {"burn_in": "0.4M"},
        (
            "0.4 months cannot step through the calendar: months have no fractions there.\n\n"
            'Hint: count in days or weeks: "12D".'
        ),
    ),
    "as_of that begins like a date": (
        {},
        {"as_of": "1997-09-301 banana"},
        ("`as_of` must be a date, got '1997-09-301 banana'.\n\nHint: write as_of=\"2026-10-31\" (year-month-day)."),
    ),
    "amount as truth": (
        {"amount": [True, False]},
        {},
        (
            "summarize needs numbers in `amount`, found Boolean: broken by 2 of 2 rows.\n\n"
            "row  customer_id  amount\n"
            "  0            1    True\n"
            "  1            2   False\n\n"
            "Hint: convert it first: frame['amount'].astype(float) in pandas, .cast(pl.Float64) in polars."
        ),
    ),
    "sign of a return": (
        {"kind": ["purchase", "return"]},
        {},
        (
            'summarize needs `kind` "purchase" (amount at least 0) or "return" (amount at most 0): broken by 1 of 2'
            " rows.\n\nrow  customer_id        date  amount    kind\n"
            "  1            2  2026-01-02       6  return\n\n"
            'Hint: kk.transactions(orders, ..., kind="...") reads the words and sets the signs.'
        ),
    ),
    "kind": (
        {"kind": ["purchase", "gift"]},
        {},
        (
            'summarize needs `kind` "purchase" (amount at least 0) or "return" (amount at most 0): broken by 1 of 2'
            " rows.\n\nrow  customer_id        date  amount  kind\n"
            "  1            2  2026-01-02       6  gift\n\n"
            'Hint: kk.transactions(orders, ..., kind="...") reads the words and sets the signs.'
        ),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(frame_of, message_of, case):
    """Input that would give a plausible wrong number is refused with a hint."""
    columns, asked, message = BAD[case]
    given = frame_of(GOOD | columns)
    said = message_of(DataError, lambda: kk.summarize(given, **{"as_of": "2026-01-31"} | asked))
    assert said == message


def test_first_contacts_as_text_are_refused(frame_of, message_of):
    """They are accepted once converted as the hint says."""
    known = {"customer_id": [1], "first_contact": ["2026-01-01"]}
    assert message_of(
        DataError, lambda: kk.summarize(frame_of(GOOD), as_of="2026-01-31", customers=frame_of(known))
    ) == (
        "summarize: `customers` needs local dates without a time zone in `first_contact`, found String.\n\n"
        'Hint: make them dates: customers["first_contact"] = pd.to_datetime(customers["first_contact"], '
        'format="%Y-%m-%d"), in polars .str.to_date("%Y-%m-%d"); a time zone goes with '
        '.dt.tz_convert("Europe/Stockholm").dt.tz_localize(None).'
    )


def test_time_zones_are_refused(frame_of, message_of):
    """The refusal names kk.transactions, which converts to local days."""
    given = frame_of({"customer_id": [1], "date": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)], "amount": [1.0]})
    said = message_of(DataError, lambda: kk.summarize(given, as_of="2026-01-31"))
    assert said.startswith("summarize needs local dates without a time zone in `date`, found Datetime(time_unit=")
    assert said.endswith(
        "Hint: kk.transactions(orders, date=..., date_format=..., time_zone=...) reads dates strictly."
    )


def test_missing_columns_are_named(frame_of, message_of):
    """The frame is one of raw orders."""
    given = frame_of({"KundID": [1], "date": [day("2026-01-01")], "amount": [1.0]})
    assert message_of(DataError, lambda: kk.summarize(given, as_of="2026-01-31")) == (
        "summarize needs columns that are not there: ['customer_id'].\n\n"
        "Hint: the DataFrame has ['KundID', 'date', 'amount']. Orders get standard names from kk.transactions(orders, "
        "customer_id=..., date=..., amount=...); in other frames rename the column of ids to customer_id."
    )


def test_an_empty_frame_is_refused(frame_of, message_of):
    """It has no transactions."""
    given = frame_of({"customer_id": [], "date": [], "amount": []})
    assert message_of(DataError, lambda: kk.summarize(given, as_of="2026-01-31")) == (
        "summarize needs at least one transaction: the frame is empty.\n\n"
        "Hint: check the file or filter that the rows came through."
    )


def test_one_customer_is_summarized(frame_of):
    """One customer is too few for a model, but not for a summary."""
    assert len(kk.summarize(frame_of(rows((1, "2026-01-01", 5.0))), as_of="2026-01-31")) == 1


def test_customers_of_another_type_are_refused(frame_of, message_of):
    """Text ids never equal numbers, so every given customer would be a prospect."""
    known = frame_of({"customer_id": ["1", "2"]})
    said = message_of(DataError, lambda: kk.summarize(frame_of(GOOD), as_of="2026-01-31", customers=known))
    assert said == (
        "summarize needs ids of one kind: `customer_id` is Int64 in the transactions and String in `customers`, "
        "so no customer would be found again.\n\n"
        "Hint: make both of one kind: .astype(str) in pandas, .cast(pl.String) in polars."
    )


def test_transactions_and_customers_may_come_from_two_libraries(frame_of, as_dict):
    """The summary is of the kind of the transactions."""
    other = pl.DataFrame if frame_of is pd.DataFrame else pd.DataFrame
    result = kk.summarize(frame_of(GOOD), as_of="2026-01-31", customers=other({"customer_id": [3, 2]}))
    assert isinstance(result, frame_of)
    assert as_dict(result)["customer_id"] == [3, 2, 1]


def test_customers_given_twice_are_refused(frame_of, message_of):
    """Each customer may have one row in `customers`."""
    known = frame_of({"customer_id": [1, 2, 1]})
    said = message_of(DataError, lambda: kk.summarize(frame_of(GOOD), as_of="2026-01-31", customers=known))
    assert said == (
        "summarize: `customers` needs one row per customer in `customer_id`: broken by 2 of 3 rows.\n\n"
        "row  customer_id\n  0            1\n  2            1\n\n"
        "Hint: keep one row of each customer, with its id."
    )


def test_amounts_that_no_sum_holds_are_refused(frame_of, message_of):
    large = frame_of(
        {"customer_id": [1, 2], "date": [dt.datetime.fromisoformat("2026-01-01")] * 2, "amount": [-1e308, 1e100]}
    )
    said = message_of(DataError, lambda: kk.summarize(large, as_of="2026-01-31"))
    assert said.startswith("summarize needs amounts of at most 1e+100 in `amount`: broken by 1 of 2 rows.")


def test_days_that_python_does_not_have_are_shown(message_of):
    """polars panics at them, which no `except Exception` catches."""
    far = pl.DataFrame({"customer_id": [1], "date": pl.Series([10**9], dtype=pl.Int32).cast(pl.Date), "amount": [1.0]})
    assert "2739877" in message_of(DataError, lambda: kk.summarize(far, as_of="2026-01-31"))


@pytest.mark.parametrize("entry", [pd.NA, None, {1}, 1.5])
def test_an_entry_that_is_no_word_is_refused(cdnow_sample, message_of, entry):
    summary = kk.summarize(cdnow_sample, as_of="1998-06-30")
    wrong = summary.assign(entry=pd.Series([entry] * len(summary), dtype=object, index=summary.index))
    assert '`entry` is "known" or "unknown"' in message_of(DataError, lambda: kk.MBGNBD().fit(wrong))
