"""kk.transactions: rows kept and dropped, columns renamed, bad input refused."""

import datetime as dt
from decimal import Decimal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.errors import DataError, DataWarning

NAMED = {"customer_id": "KundID", "date": "Datum", "amount": "Netto", "vat": "excluded", "currency": "SEK"}
DAYS = [dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 2), dt.datetime(2026, 1, 3)]  # noqa: DTZ001


def orders(**columns):
    return {"KundID": ["a", "b", "a"], "Datum": DAYS, "Netto": [10.0, 20.0, 30.0], **columns}


def test_names_are_standard_and_other_columns_pass_through(frame_of, as_dict):
    """Columns are renamed in place, currency is added at the end, other columns are unchanged."""
    result = kk.transactions(frame_of(orders(Butik=["x", "y", "z"])), **NAMED)
    assert as_dict(result) == {
        "customer_id": ["a", "b", "a"],
        "date": DAYS,
        "amount": [10.0, 20.0, 30.0],
        "Butik": ["x", "y", "z"],
        "currency": ["SEK"] * 3,
    }


def test_input_is_untouched_and_a_pandas_index_stays():
    """The order, the index (also a repeated one) and the given frame are unchanged."""
    given = pd.DataFrame(orders(), index=[7, 7, 3])
    before = given.copy(deep=True)
    result = kk.transactions(given, **NAMED)
    pd.testing.assert_frame_equal(given, before)
    assert result.index.tolist() == [7, 7, 3]
    assert result["customer_id"].tolist() == ["a", "b", "a"]


def test_included_vat_is_taken_out(frame_of, as_dict):
    """125 with 25 percent VAT is 100 net, also with a rate per row."""
    asked = NAMED | {"vat": "included"}
    one = kk.transactions(frame_of(orders(Netto=[125.0, 112.0, 106.0])), **asked, vat_rate=0.25)
    assert as_dict(one)["amount"] == pytest.approx([100.0, 89.6, 84.8])
    each = frame_of(orders(Netto=[125.0, 112.0, 106.0], Moms=[0.25, 0.12, 0.06]))
    assert as_dict(kk.transactions(each, **asked, vat_rate="Moms"))["amount"] == pytest.approx([100.0] * 3)


def test_a_currency_column_becomes_the_currency(frame_of, as_dict):
    """The column is renamed, not copied."""
    result = kk.transactions(frame_of(orders(Valuta=["SEK"] * 3)), **NAMED | {"currency": "Valuta"})
    assert list(as_dict(result)) == ["customer_id", "date", "amount", "currency"]
    assert as_dict(result)["currency"] == ["SEK"] * 3


@pytest.mark.parametrize(
    ("dates", "asked"),
    [
        ([dt.date(2026, 1, 1), dt.date(2026, 1, 2), dt.date(2026, 1, 3)], {}),
        (["2026-01-01", "2026-01-02", "2026-01-03"], {}),
        (["2026-01-01 00:00", "2026-01-02T00:00:00", "2026-01-03 00:00:00.000"], {}),
        (["01/01/2026", "02/01/2026", "03/01/2026"], {"date_format": "%d/%m/%Y"}),
        (["01/01/2026", "01/02/2026", "01/03/2026"], {"date_format": "%m/%d/%Y"}),
        ([20260101, 20260102, 20260103], {"date_format": "%Y%m%d"}),
        (["1/1/26", "2/1/26", "3/1/26"], {"date_format": "%d/%m/%y"}),
        (["1 Jan 2026", "2 Jan 2026", "3 Jan 2026"], {"date_format": "%d %b %Y"}),
        (["20260101 0:00", "20260102 0:00", "20260103 0:00"], {"date_format": "%Y%m%d %H:%M"}),
        ([2026001, 2026002, 2026003], {"date_format": "%Y%j"}),
        (["2026-W01-4", "2026-W01-5", "2026-W01-6"], {"date_format": "%G-W%V-%u"}),
        ([20260101.0, 20260102.0, 20260103.0], {"date_format": "%Y%m%d"}),
        (
            ["2025-12-31T23:00:00Z", "2026-01-02T00:00:00+01:00", "2026-01-03 01:00+02:00"],
            {"time_zone": "Europe/Stockholm"},
        ),
    ],
)
def test_dates_that_mean_one_day_are_read(frame_of, as_dict, dates, asked):
    """Dates, ISO text, text and numbers with a format, offsets with a time zone."""
    assert as_dict(kk.transactions(frame_of(orders(Datum=dates)), **NAMED, **asked))["date"] == DAYS


def test_time_zones_are_converted_to_the_local_day(frame_of, as_dict):
    """22:30 UTC on New Year's Eve is the new year in Stockholm."""
    utc = [dt.datetime(2025, 12, 31, 22, 30, tzinfo=dt.UTC), dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)]
    given = frame_of({"KundID": [1, 2], "Datum": utc, "Netto": [1.0, 1.0]})
    local = as_dict(kk.transactions(given, **NAMED, time_zone="Europe/Stockholm"))["date"]
    assert local == [dt.datetime(2025, 12, 31, 23, 30), dt.datetime(2026, 1, 1, 0, 30)]  # noqa: DTZ001


def test_decimal_amounts_and_categorical_ids_are_accepted(frame_of, as_dict):
    """They become plain numbers and text."""
    given = orders(Netto=[Decimal("10.10"), Decimal("20.20"), Decimal("-0.30")])
    frame = frame_of(given)
    if frame_of is pd.DataFrame:
        frame["KundID"] = frame["KundID"].astype("category")
    elif frame_of is pl.DataFrame:
        frame = frame.with_columns(pl.col("KundID").cast(pl.Categorical))
    else:
        frame = frame.set_column(0, "KundID", frame["KundID"].dictionary_encode())
    result = as_dict(kk.transactions(frame, **NAMED))
    assert result["customer_id"] == ["a", "b", "a"]
    assert result["amount"] == [10.1, 20.2, -0.3]


def test_kind_says_what_is_a_return_and_gives_the_sign(frame_of, as_dict):
    """Positive returns become negative, in any spelling; negative ones stay."""
    given = frame_of(orders(Typ=["Sale", "REFUND", " credit "], Netto=[10.0, 20.0, -30.0]))
    result = as_dict(kk.transactions(given, **NAMED, kind="Typ"))
    assert result["amount"] == [10.0, -20.0, -30.0]
    assert result["kind"] == ["purchase", "return", "return"]


def test_repeated_line_ids_are_dropped_and_counted(frame_of, as_dict):
    """The first row of a line id is kept; rows without an id are all kept."""
    copies = {
        "KundID": ["a", "a", "b"],
        "Datum": ["2026-01-01", "2026-01-01", "2026-01-02"],
        "Netto": [10.0, 10.0, 30.0],
    }
    with pytest.warns(DataWarning) as warned:
        result = kk.transactions(frame_of(orders(Rad=["r1", "r1", None], **copies)), **NAMED, line_id="Rad")
    assert str(warned[0].message) == ("kk.transactions dropped 1 of 3 rows: their `Rad` came before (amount 10.00).")
    assert as_dict(result)["amount"] == [10.0, 30.0]


def test_different_lines_with_one_id_are_refused(frame_of, message_of):
    """An order number taken for a line id would drop most of the rows."""
    given = frame_of(orders(Rad=["r1", "r1", "r2"]))
    assert message_of(DataError, lambda: kk.transactions(given, **NAMED, line_id="Rad")) == (
        "rows of one `Rad` must be copies: the same customer, date and amount: broken by 1 of 3 rows.\n\n"
        "row  KundID       Datum  Netto  Rad\n  1       b  2026-01-02     20   r1\n\n"
        "Hint: line_id= takes the id of a line, not of an order or a line's number within one; leave it out to keep all"
        " rows."
    )


def test_equal_rows_are_kept_without_a_line_id(frame_of):
    """Two equal lines may be two purchases: only line_id can tell."""
    given = frame_of({"KundID": ["a", "a"], "Datum": DAYS[:1] * 2, "Netto": [5.0, 5.0]})
    assert len(kk.transactions(given, **NAMED)) == 2


def test_missing_ids_and_dates_are_dropped_on_request(frame_of, as_dict):
    """The warning has their amount; whole numbers that pandas stored as floats become integers."""
    given = frame_of(
        {"KundID": [1, None, 3, None], "Datum": [DAYS[0], DAYS[1], None, None], "Netto": [1.0, 2.0, 4.0, 8.0]}
    )
    with pytest.warns(DataWarning) as warned:
        result = kk.transactions(given, **NAMED, missing="drop")
    assert str(warned[0].message) == (
        "kk.transactions dropped 3 of 4 rows: 2 without a customer id (amount 10.00), 1 without a date (amount 4.00)."
    )
    assert as_dict(result)["customer_id"] == [1]
    assert nw.from_native(result).schema["customer_id"].is_integer()


def test_blank_rows_with_nothing_in_them_can_be_dropped(frame_of):
    """A row without id, date and amount is dropped, not refused for its amount."""
    given = frame_of({"KundID": ["a", ""], "Datum": ["2026-01-01", " "], "Netto": [1.0, None]})
    with pytest.warns(
        DataWarning, match=r"^kk.transactions dropped 1 of 2 rows: 1 without a customer id \(amount 0.00\).$"
    ):
        assert len(kk.transactions(given, **NAMED, missing="drop")) == 1


BAD_ROWS = [
    (
        {"KundID": ["a", "", "a"]},
        {},
        (
            "`KundID` must name a customer on every row: broken by 1 of 3 rows.\n\n"
            "row  KundID       Datum  Netto\n"
            "  1          2026-01-02     20\n\n"
            'Hint: missing="drop" leaves such rows out and counts them.'
        ),
    ),
    (
        {"Datum": ["2026-01-01", "", "2026-01-03"]},
        {},
        (
            "`Datum` must have a date on every row: broken by 1 of 3 rows.\n\n"
            "row  KundID  Datum  Netto\n"
            "  1       b            20\n\n"
            'Hint: missing="drop" leaves such rows out and counts them.'
        ),
    ),
    (
        {"Datum": ["03/04/2026", "2026-01-02", "13/04/2026"]},
        {},
        (
            "`Datum` must be dates, or text written as YYYY-MM-DD: broken by 2 of 3 rows.\n\n"
            "row  KundID       Datum  Netto\n"
            "  0       a  03/04/2026     10\n"
            "  2       a  13/04/2026     30\n\n"
            'Hint: say how they are written: date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month first).'
        ),
    ),
    (
        {"Datum": ["2026-01-01", "2026-02-30", "2026-1-3"]},
        {},
        (
            "`Datum` must be dates, or text written as YYYY-MM-DD: broken by 2 of 3 rows.\n\n"
            "row  KundID       Datum  Netto\n"
            "  1       b  2026-02-30     20\n"
            "  2       a    2026-1-3     30\n\n"
            'Hint: there is no such day or time: repair them; date_format="%Y-%d-%m" reads a day before the month. '
            'date_format="%Y-%m-%d" reads months and days of one digit.'
        ),
    ),
    (
        {"Datum": ["2026-13-01", "2026-02-30", "2026-01-05 25:00"]},
        {},
        (
            "`Datum` must be dates, or text written as YYYY-MM-DD: broken by 3 of 3 rows.\n\n"
            "row  KundID             Datum  Netto\n"
            "  0       a        2026-13-01     10\n"
            "  1       b        2026-02-30     20\n"
            "  2       a  2026-01-05 25:00     30\n\n"
            'Hint: there is no such day or time: repair them; date_format="%Y-%d-%m" reads a day before the month.'
        ),
    ),
    (
        {"Datum": ["26-01-05", "26-01-06", "soon"]},
        {},
        (
            "`Datum` must be dates, or text written as YYYY-MM-DD: broken by 3 of 3 rows.\n\n"
            "row  KundID     Datum  Netto\n"
            "  0       a  26-01-05     10\n"
            "  1       b  26-01-06     20\n"
            "  2       a      soon     30\n\n"
            'Hint: date_format="%y-%m-%d" reads a year of two digits that comes first, "%d-%m-%y" one that comes last. '
            'say how they are written: date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month first).'
        ),
    ),
    (
        {"Datum": ["03/04/2026", "04/03/2026", "13/04/2026"]},
        {"date_format": "%m/%d/%Y"},
        (
            "`Datum` must be dates, or text written as %m/%d/%Y: broken by 1 of 3 rows.\n\n"
            "row  KundID       Datum  Netto\n"
            "  2       a  13/04/2026     30\n\n"
            'Hint: repair them, or say how they are written: date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month '
            "first)."
        ),
    ),
    (
        {"Netto": [10.0, float("inf"), 30.0]},
        {},
        (
            "`Netto` must be finite numbers: broken by 1 of 3 rows.\n\n"
            "row  KundID       Datum  Netto\n"
            "  1       b  2026-01-02    inf\n\n"
            "Hint: turn text into numbers first; repair or leave out what has no amount."
        ),
    ),
    (
        {"Netto": [float("nan"), 20.0, 30.0]},
        {},
        (
            "`Netto` must be finite numbers: broken by 1 of 3 rows.\n\n"
            "row  KundID       Datum    Netto\n"
            "  0       a  2026-01-01  missing\n\n"
            "Hint: turn text into numbers first; repair or leave out what has no amount."
        ),
    ),
    (
        {"Netto": ["10", "20,50", "30"]},
        {},
        (
            "`Netto` must be finite numbers, found text: broken by 3 of 3 rows.\n\n"
            "row  KundID       Datum  Netto\n"
            "  0       a  2026-01-01     10\n"
            "  1       b  2026-01-02  20,50\n"
            "  2       a  2026-01-03     30\n\n"
            "Hint: turn text into numbers first; repair or leave out what has no amount."
        ),
    ),
    (
        {"Typ": ["sale", "gift", "return"]},
        {"kind": "Typ"},
        (
            "`Typ` must say purchase or return: broken by 1 of 3 rows.\n\n"
            "row  KundID       Datum  Netto   Typ\n"
            "  1       b  2026-01-02     20  gift\n\n"
            "Hint: purchases are ['kjøp', 'köp', 'order', 'purchase', 'sale'], returns ['credit', 'credit note',"
            " 'kredit', 'refund', 'retur', 'return', 'återköp']."
        ),
    ),
    (
        {"Typ": ["sale", "sale", "return"], "Netto": [10.0, -20.0, 30.0]},
        {"kind": "Typ"},
        (
            "`Netto` must not be negative where `Typ` says purchase: broken by 1 of 3 rows.\n\n"
            "row  KundID       Datum  Netto   Typ\n"
            "  1       b  2026-01-02    -20  sale\n\n"
            'Hint: call the row a "return", or correct its amount.'
        ),
    ),
    (
        {"Moms": [0.25, 25.0, 0.25]},
        {"vat": "included", "vat_rate": "Moms"},
        (
            "kk.transactions needs VAT rates from 0 to below 1 in `Moms`: broken by 1 of 3 rows.\n\n"
            "row  KundID       Datum  Netto  Moms\n"
            "  1       b  2026-01-02     20    25\n\n"
            "Hint: 25 percent is 0.25."
        ),
    ),
]


@pytest.mark.parametrize(("columns", "asked", "message"), BAD_ROWS)
def test_bad_rows_are_shown(frame_of, message_of, columns, asked, message):
    """The message has the law, the number of broken rows, the first of them and a hint."""
    given = frame_of(orders(**columns))
    assert message_of(DataError, lambda: kk.transactions(given, **NAMED | asked)) == message


def test_the_error_carries_all_rows(frame_of):
    """Not only the three that are printed."""
    given = frame_of({"KundID": ["a"] * 5, "Datum": ["x"] * 5, "Netto": [1.0] * 5})
    with pytest.raises(DataError) as caught:
        kk.transactions(given, **NAMED)
    assert caught.value.rows["row"] == [0, 1, 2, 3, 4]


BAD_ASKING = [
    (
        {},
        {"vat": None},
        (
            "kk.transactions was not told whether the amounts include VAT: value is counted without it.\n\n"
            'Hint: write vat="excluded", or vat="included" with vat_rate=0.25.'
        ),
    ),
    (
        {},
        {"vat": "yes"},
        (
            "kk.transactions got vat='yes' and does not know whether the amounts include VAT: value is counted"
            ' without it.\n\nHint: write vat="excluded", or vat="included" with vat_rate=0.25.'
        ),
    ),
    (
        {},
        {"vat": "included"},
        (
            'kk.transactions got vat="included" and needs the rate to take it out, from 0 to below 1: got None.\n\n'
            "Hint: write vat_rate=0.25 for 25 percent, or the name of a column of rates."
        ),
    ),
    (
        {},
        {"vat": "included", "vat_rate": 25},
        (
            'kk.transactions got vat="included" and needs the rate to take it out, from 0 to below 1: got 25.\n\n'
            "Hint: write vat_rate=0.25 for 25 percent, or the name of a column of rates."
        ),
    ),
    (
        {},
        {"vat_rate": 0.25},
        (
            'kk.transactions got vat="excluded" and a vat_rate: there is nothing to take out.\n\n'
            'Hint: write vat="included" with the rate, or leave vat_rate out.'
        ),
    ),
    (
        {},
        {"currency": None},
        (
            "kk.transactions was not told the currency of the amounts.\n\n"
            'Hint: write currency="SEK", or the name of a column that holds one currency.'
        ),
    ),
    (
        {},
        {"currency": "kr"},
        (
            "kk.transactions got currency='kr', which is neither a column nor a code of three capital letters.\n\n"
            'Hint: write currency="SEK", or the name of a column that holds one currency.'
        ),
    ),
    (
        {"Valuta": ["SEK", "EUR", "SEK"]},
        {"currency": "Valuta"},
        (
            "kk.transactions needs one currency, `Valuta` holds SEK (2 rows), EUR (1 rows).\n\n"
            "Hint: convert the amounts to one currency first, or go through each currency on its own."
        ),
    ),
    (
        {"Valuta": ["SEK", None, "SEK"]},
        {"currency": "Valuta"},
        (
            "kk.transactions needs one currency, `Valuta` holds SEK (2 rows), nothing (1 rows).\n\n"
            "Hint: convert the amounts to one currency first, or go through each currency on its own."
        ),
    ),
    (
        {"currency": ["NOK", "NOK", "NOK"]},
        {},
        (
            "kk.transactions needs one currency, `currency` holds NOK (3 rows), SEK (0 rows).\n\n"
            "Hint: convert the amounts to one currency first, or go through each currency on its own."
        ),
    ),
    (
        {"Datum": [20260101, 20260102, 20260103]},
        {},
        (
            "`Datum` holds numbers (Int64), which do not say what day they mean.\n\n"
            'Hint: say how they are written: date_format="%Y%m%d" reads 20240131.'
        ),
    ),
    (
        {"Datum": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 3},
        {},
        (
            "`Datum` carries a time zone, and a purchase day is a local day.\n\n"
            'Hint: say where: time_zone="Europe/Stockholm".'
        ),
    ),
    (
        {"Datum": ["2026-01-01T10:00Z"] * 3},
        {},
        (
            "`Datum` carries a time zone, and a purchase day is a local day.\n\n"
            'Hint: say where: time_zone="Europe/Stockholm".'
        ),
    ),
    (
        {"Datum": ["2026-01-01T10:00Z", "2026-01-01T10:00", "2026-01-02"]},
        {"time_zone": "Europe/Stockholm"},
        (
            "`Datum` mixes dates with and without a time zone: 1 of 3 different ones have one.\n\n"
            "Hint: bring them to one form first."
        ),
    ),
    (
        {"Datum": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 3},
        {"time_zone": "Sweden"},
        (
            "`time_zone` must be the name of a time zone, got 'Sweden'.\n\n"
            'Hint: write it as in "Europe/Stockholm" or "UTC".'
        ),
    ),
    (
        {},
        {"time_zone": "Europe/Stockholm"},
        (
            "`Datum` carries no time zone, so there is nothing to convert to 'Europe/Stockholm'.\n\n"
            "Hint: leave time_zone out if the dates are local; else set their zone in the frame first."
        ),
    ),
    (
        {"Datum": ["1/1/2026"] * 3},
        {"date_format": "mixed"},
        (
            "`date_format` must be how dates are written, got 'mixed'.\n\n"
            'Hint: write it as for strptime: date_format="%d/%m/%Y".'
        ),
    ),
    (
        {"Datum": ["1/1"] * 3},
        {"date_format": "%d/%m"},
        (
            "`date_format` must name a day, '%d/%m' has no year.\n\n"
            'Hint: write it as for strptime: date_format="%d/%m/%Y".'
        ),
    ),
    (
        {"Datum": [202601] * 3},
        {"date_format": "%Y%m"},
        (
            "`date_format` must name a day, '%Y%m' has no month and day.\n\n"
            'Hint: write it as for strptime: date_format="%d/%m/%Y".'
        ),
    ),
    (
        {"Datum": ["10:00"] * 3},
        {"date_format": "%H:%M"},
        (
            "`date_format` must name a day, '%H:%M' has no year and no month and day.\n\n"
            'Hint: write it as for strptime: date_format="%d/%m/%Y".'
        ),
    ),
    (
        {"KundID": [2.0**53, 2.0**53 + 2, None]},
        {"missing": "drop"},
        (
            "kk.transactions needs ids below 2**53 in `KundID` where they are floats (from there on neighbours are one "
            "number): broken by 2 of 3 rows.\n\nrow      KundID\n  0  9.0072e+15\n  1  9.0072e+15\n\n"
            'Hint: read them as text or as whole numbers: dtype={"KundID": str} in pd.read_csv.'
        ),
    ),
    (
        {"Valuta": [None, None, None]},
        {"currency": "Valuta"},
        (
            "kk.transactions needs one currency, `Valuta` holds nothing (3 rows).\n\n"
            "Hint: convert the amounts to one currency first, or go through each currency on its own."
        ),
    ),
    (
        {},
        {"missing": "ignore"},
        (
            "`missing` must be one of 'refuse', 'drop', got 'ignore'.\n\n"
            'Hint: missing="drop" leaves out rows without an id or a date, and counts them.'
        ),
    ),
    (
        {},
        {"amount": "Brutto"},
        (
            "kk.transactions needs columns that are not there: ['Brutto'].\n\n"
            "Hint: the DataFrame has ['KundID', 'Datum', 'Netto']."
        ),
    ),
    (
        {},
        {"amount": "KundID"},
        (
            "kk.transactions was given the same column for two things: ['KundID'].\n\n"
            "Hint: each of customer_id, date, amount, kind, line_id, category, channel and order_id has a column of "
            "its own."
        ),
    ),
    (
        {"amount": [1.0, 2.0, 3.0]},
        {},
        (
            "kk.transactions would name a column 'amount', and the frame has another of that name.\n\n"
            "Hint: rename or drop it first, or pass amount='amount' if it is the one meant."
        ),
    ),
    (
        {"KundID": [1.5, 2.0, 3.0]},
        {},
        (
            "kk.transactions needs text or whole numbers as ids in `KundID`, found fractions: broken by 1 of 3 "
            "rows.\n\nrow  KundID\n  0     1.5\n\n"
            "Hint: make ids text or whole numbers, alike in every frame: .astype(str) in pandas, .cast(pl.String) in "
            "polars."
        ),
    ),
    (
        {"KundID": [None, None, None]},
        {"missing": "drop"},
        (
            "kk.transactions has nothing left: all 3 rows lack an id or a date.\n\n"
            "Hint: check that customer_id= and date= name the right columns."
        ),
    ),
]


@pytest.mark.parametrize(("columns", "asked", "message"), BAD_ASKING)
def test_missing_arguments_are_refused(frame_of, message_of, columns, asked, message):
    """Errors that concern all rows show no rows."""
    given = frame_of(orders(**columns))
    assert message_of(DataError, lambda: kk.transactions(given, **NAMED | asked)).replace("int64", "Int64") == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"date": "Datum", "amount": "Belopp"},
            (
                "kk.transactions was not told which column holds the ids of the customers: `customer_id` is required."
                "\n\nHint: write customer_id=\"...\" with one of the columns ['KundID', 'Datum', 'Belopp']."
            ),
        ),
        (
            {"customer_id": "KundID", "amount": "Belopp"},
            (
                "kk.transactions was not told which column holds the dates of the purchases: `date` is required.\n\n"
                "Hint: write date=\"...\" with one of the columns ['KundID', 'Datum', 'Belopp']."
            ),
        ),
    ],
)
def test_a_forgotten_column_is_asked_for(frame_of, message_of, given, message):
    orders = frame_of({"KundID": [1], "Datum": ["2026-01-01"], "Belopp": [1.0]})
    asked = {"vat": "excluded", "currency": "SEK", **given}
    assert message_of(DataError, lambda: kk.transactions(orders, **asked)) == message


def test_an_empty_frame_is_refused(frame_of, message_of):
    """There is nothing to convert."""
    given = frame_of({"KundID": [], "Datum": [], "Netto": []})
    assert message_of(DataError, lambda: kk.transactions(given, **NAMED | {"date_format": "%Y%m%d"})) == (
        "kk.transactions needs at least one row: the frame is empty.\n\n"
        "Hint: check the file or the filter that the orders came through; a firm with leads alone gives the empty "
        "frame to fit as it is, with customer_id, date and amount."
    )


def test_ids_of_several_types_are_refused(message_of):
    """17 and "17" in one pandas column would be two customers."""
    given = pd.DataFrame(orders(KundID=[17, "17", 18]))
    assert message_of(DataError, lambda: kk.transactions(given, **NAMED)) == (
        'kk.transactions needs ids of one kind in `KundID`, found text among numbers (17 is not "17"): broken by 1 '
        "of 3 rows.\n\nrow  KundID\n  1      17\n\n"
        "Hint: make them one kind: .astype(str) in pandas, .cast(pl.String) in polars."
    )


def test_dates_in_a_column_of_objects_are_read():
    """pandas keeps datetime.date as objects; a stray word among them is refused."""
    given = pd.DataFrame(orders(Datum=[dt.date(2026, 1, 1), None, dt.date(2026, 1, 3)]))
    with pytest.warns(DataWarning):
        read = kk.transactions(given, **NAMED, missing="drop")
    assert read["date"].tolist() == [pd.Timestamp(DAYS[0]), pd.Timestamp(DAYS[2])]
    with pytest.raises(DataError, match="broken by 1 of 3 rows"):
        kk.transactions(pd.DataFrame(orders(Datum=[dt.date(2026, 1, 1), "2026-01-02", np.nan])), **NAMED)


@pytest.mark.parametrize(
    ("written", "how"),
    [
        ([2024111, 20240112, 20240113], "%Y%m%d"),
        (["1112024", "12012024", "13012024"], "%d%m%Y"),
        (["2024111 1:00", "20240112 1:00", "20240113 1:00"], "%Y%m%d %H:%M"),
    ],
)
def test_a_date_of_too_few_digits_is_not_read(frame_of, message_of, written, how):
    """2024111 is 1 November or 11 January."""
    width = len(str(written[0]))
    given = frame_of(orders(Datum=written))
    assert message_of(DataError, lambda: kk.transactions(given, **NAMED, date_format=how)) == (
        f"`Datum` must be dates, or text written as {how}: broken by 1 of 3 rows.\n\n"
        f"row  KundID  {'Datum':>{width}}  Netto\n"
        f"  0       a  {written[0]}     10\n\n"
        'Hint: repair them, or say how they are written: date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month '
        "first)."
    )


def test_an_id_of_spaces_is_missing(frame_of, message_of):
    """It counts like an empty one."""
    given = frame_of(orders(KundID=["a", "  ", "\t"]))
    assert message_of(DataError, lambda: kk.transactions(given, **NAMED)) == (
        "`KundID` must name a customer on every row: broken by 2 of 3 rows.\n\n"
        "row  KundID       Datum  Netto\n"
        "  1          2026-01-02     20\n"
        "  2       \t  2026-01-03     30\n\n"
        'Hint: missing="drop" leaves such rows out and counts them.'
    )


def test_line_ids_without_a_hash_are_compared_as_text(frame_of):
    """Lists in a column are no reason to stop: equal ones are copies."""
    given = frame_of(orders(KundID=["a", "a", "b"], Datum=[DAYS[0]] * 3, Netto=[1.0] * 3, rad=[["x"], ["x"], None]))
    with pytest.warns(DataWarning, match="dropped 1 of 3 rows: their `rad` came before"):
        read = kk.transactions(given, **NAMED, line_id="rad")
    assert len(read) == 2


@pytest.mark.parametrize("name", ["customer_id", "date", "amount", "kind", "line_id", "vat", "currency", "date_format"])
@pytest.mark.parametrize("value", [True, 1, b"x", {}, [None], float("nan")])
def test_what_is_no_name_is_refused(name, value):
    """By the name of the argument."""
    with pytest.raises(DataError, match=f"^`{name}` must be "):
        kk.transactions(pd.DataFrame(orders()), **NAMED | {name: value})
