"""Facts: equal to plain counts on random histories, and independent of later rows."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.history.as_of.regularity import regularity, unevenness

START = pd.Timestamp("2024-01-15")
PURCHASES = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 1000), st.integers(1, 500)), min_size=1, max_size=25
)
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 1000), st.sampled_from(["referral", "quote"])), max_size=8
)


def frame(purchases):
    return pd.DataFrame(
        {
            "customer_id": [who for who, _, _ in purchases],
            "date": [START + pd.Timedelta(days=day) for _, day, _ in purchases],
            "amount": [float(amount) for _, _, amount in purchases],
        }
    )


def event_frame(happenings):
    return pd.DataFrame(
        {
            "customer_id": pd.Series([who for who, _, _ in happenings], dtype=str),
            "date": pd.to_datetime([START + pd.Timedelta(days=day) for _, day, _ in happenings]),
            "event": pd.Series([name for _, _, name in happenings], dtype=str),
        }
    )


def in_polars(rows):
    schema = {"date": pl.Datetime("us"), "amount": pl.Float64, "customer_id": pl.String, "event": pl.String}
    return pl.DataFrame(rows.to_dict("list"), schema={name: schema[name] for name in rows.columns})


def by_hand(rows, as_of):
    """The facts of one customer from that customer's purchases, in plain Python."""
    rows = rows[rows["date"] <= as_of]
    days = sorted(set(rows["date"]))
    last = (as_of + pd.Timedelta(days=1)).day == 1
    step = pd.offsets.MonthEnd if last else lambda months: pd.DateOffset(months=months)
    ago = {months: as_of - step(months) for months in (0, 1, 3, 6, 9, 12)}
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    spread = [(one / (one + two) - 0.5) ** 2 for one, two in itertools.pairwise(gaps)]
    variance = np.mean(spread) if len(spread) > 1 else np.nan
    return {
        "purchase_days": len(days),
        "purchase_days_12M": sum(day > ago[12] for day in days),
        "purchase_days_1M": sum(day > ago[1] for day in days),
        "quarters_active_12M": sum(
            any(ago[months + 3] < day <= ago[months] for day in days) for months in (0, 3, 6, 9)
        ),
        "value_12M": rows.loc[rows["date"] > ago[12], "amount"].sum(),
        "value_1M": rows.loc[rows["date"] > ago[1], "amount"].sum(),
        "total_value": rows["amount"].sum(),
        "days_since_purchase": (as_of - days[-1]).days,
        "typical_gap": np.mean(gaps) if gaps else np.nan,
        "regularity": min((1 - 4 * variance) / (8 * variance), 100) if variance else 100.0,
        "first_purchase": days[0],
        "last_purchase": days[-1],
        "first_contact": days[0],
    }


@given(purchases=PURCHASES, after=st.integers(200, 1000), month_end=st.booleans())
def test_facts_are_what_counting_by_hand_gives(purchases, after, month_end):
    """Law: every fact of every customer equals that of a plain loop over the customer's purchase days."""
    rows = frame(purchases)
    as_of = rows["date"].min() + pd.Timedelta(days=after)
    as_of += pd.offsets.MonthEnd(0) if month_end else pd.Timedelta(0)
    known = kk.facts(rows, as_of=as_of)
    seen = rows[rows["date"] <= as_of]
    assert known["customer_id"].tolist() == seen["customer_id"].drop_duplicates().tolist()
    expected = [by_hand(rows[rows["customer_id"] == who], as_of) for who in known["customer_id"]]
    pd.testing.assert_frame_equal(
        known.drop(columns="customer_id"), pd.DataFrame(expected), check_dtype=False, rtol=1e-12
    )


@given(purchases=PURCHASES, happenings=HAPPENINGS, order=st.randoms(use_true_random=False))
def test_row_order_and_the_future_change_nothing(purchases, happenings, order):
    """Law: shuffled rows, and rows after `as_of`, change no fact."""
    rows, events = frame(purchases), event_frame(happenings)
    as_of = rows["date"].min() + pd.Timedelta(days=300)
    past, shuffled = rows[rows["date"] <= as_of], rows.sample(frac=1, random_state=order.randint(0, 10**6))
    customers = pd.DataFrame({"customer_id": ["c", "a", "b"]})
    base = kk.facts(past, as_of=as_of, customers=customers, events=events[events["date"] <= as_of])
    other = kk.facts(shuffled, as_of=as_of, customers=customers, events=events.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(base, other)
    assert base["customer_id"].tolist() == ["c", "a", "b"]


@given(purchases=PURCHASES, happenings=HAPPENINGS)
def test_pandas_and_polars_agree(purchases, happenings):
    """Law: the facts are the same in both."""
    rows, events = frame(purchases), event_frame(happenings)
    customers = pd.DataFrame({"customer_id": ["c", "a", "z", "b"]})
    as_of = rows["date"].max()
    known = kk.facts(rows, as_of=as_of, customers=customers, events=events)
    again = kk.facts(in_polars(rows), as_of=as_of, customers=in_polars(customers), events=in_polars(events))
    assert isinstance(again, pl.DataFrame)
    assert known.columns.tolist() == again.columns
    for name in again.columns:
        assert [None if pd.isna(value) else value for value in known[name]] == again[name].to_list()


ONE = pd.DataFrame(
    {"customer_id": ["a", "a"], "date": pd.to_datetime(["2026-01-31", "2026-03-01"]), "amount": [100.0, 50.0]}
)


def test_windows_are_open_at_the_far_end_and_closed_at_as_of():
    """A purchase of January 31 lies in the 12 months up to January 30, and in the last quarter up to April 29."""
    inside, outside = (kk.facts(ONE, as_of=day).loc[0, "purchase_days_12M"] for day in ("2027-01-30", "2027-01-31"))
    assert (inside, outside) == (2, 1)
    quarters = [kk.facts(ONE, as_of=day).loc[0, "quarters_active_12M"] for day in ("2026-04-29", "2026-04-30")]
    assert quarters == [1, 2]


def test_four_quarters_make_the_year():
    """One purchase at the first day of each quarter; a day later the oldest has left the year."""
    days = pd.to_datetime(["2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01"])
    rows = pd.DataFrame({"customer_id": "a", "date": days, "amount": 1.0})
    told = [kk.facts(rows, as_of=day).loc[0, "quarters_active_12M"] for day in ("2026-06-30", "2026-07-01")]
    assert told == [4, 3]


def test_days_before_1970_count_like_others():
    rows = ONE.assign(date=ONE["date"] - pd.DateOffset(years=60))
    known = kk.facts(rows, as_of="1966-06-30").iloc[0]
    assert (known["purchase_days_12M"], known["total_value"]) == (2, 150.0)
    assert known["first_purchase"] == pd.Timestamp("1966-01-31")


def test_returns_lower_value_from_their_own_day_on_and_leave_purchase_days():
    rows = pd.concat(
        [ONE, pd.DataFrame({"customer_id": ["a"], "date": [pd.Timestamp("2026-05-01")], "amount": [-30.0]})]
    )
    before, after = (kk.facts(rows, as_of=day).iloc[0] for day in ("2026-04-30", "2026-05-01"))
    assert (before["total_value"], after["total_value"], after["value_12M"]) == (150.0, 120.0, 120.0)
    assert before["purchase_days"] == after["purchase_days"] == 2
    assert after["days_since_purchase"] == 61


def test_prospects_have_no_purchases_and_keep_their_place():
    customers = pd.DataFrame({"customer_id": ["p", "a"], "first_contact": pd.to_datetime(["2025-12-24", None])})
    prospect, buyer = (row for _, row in kk.facts(ONE, as_of="2026-06-30", customers=customers).iterrows())
    assert (prospect["customer_id"], buyer["customer_id"]) == ("p", "a")
    assert (prospect["purchase_days"], prospect["quarters_active_12M"], prospect["total_value"]) == (0, 0, 0.0)
    for name in ("days_since_purchase", "typical_gap", "regularity", "first_purchase", "last_purchase"):
        assert pd.isna(prospect[name])
    assert prospect["first_contact"] == pd.Timestamp("2025-12-24")
    assert buyer["first_contact"] == pd.Timestamp("2026-01-31")


def test_events_are_counted_in_their_windows():
    """Names are in lower case; the first event is the first contact if it precedes the first purchase."""
    events = pd.DataFrame(
        {
            "customer_id": ["a"] * 4,
            "date": pd.to_datetime(["2025-11-30", "2024-06-30", "2026-06-30", "2026-07-01"]),
            "event": ["Interest", "referral", "Referral", "referral"],
            "value": [1.0, None, 2.0, 3.0],
        }
    )
    known = kk.facts(ONE, as_of="2026-06-30", events=events).iloc[0]
    assert known["events_referral"] == 2
    assert known["events_referral_12M"] == 1
    assert known["events_referral_24M"] == 1
    assert known["events_interest_12M"] == 1
    assert known["first_contact"] == pd.Timestamp("2024-06-30")
    assert not [name for name in kk.facts(ONE, as_of="2026-06-30").columns if name.startswith("events")]


VALUED = st.lists(st.tuples(st.integers(0, 900), st.one_of(st.none(), st.integers(1, 5))), min_size=1, max_size=12)


@given(happenings=VALUED, months=st.integers(1, 30))
def test_events_are_what_counting_by_hand_gives(happenings, months):
    """Law: numbers and means over all time and in windows; the last value is the mean of its day."""
    as_of = START + pd.DateOffset(months=months)
    dates = [START + pd.Timedelta(days=day) for day, _ in happenings]
    values = [np.nan if value is None else float(value) for _, value in happenings]
    events = pd.DataFrame({"customer_id": "a", "date": dates, "event": "survey", "value": values})
    rows = pd.DataFrame({"customer_id": ["a"], "date": [START], "amount": [1.0]})
    told = kk.facts(rows, as_of=as_of, events=events).iloc[0]
    seen = events[events["date"] <= as_of]
    valued = seen.dropna(subset="value")
    wanted = {}
    for window, span in (("", 1000), ("_12M", 12), ("_24M", 24)):
        since = as_of - pd.DateOffset(months=span)
        wanted[f"events_survey{window}"] = (seen["date"] > since).sum()
        wanted[f"events_survey_mean{window}"] = valued.loc[valued["date"] > since, "value"].mean()
    wanted["events_survey_last"] = valued.loc[valued["date"] == valued["date"].max(), "value"].mean()
    counted = [name for name in told.index if name.startswith("events_")]
    assert len(counted) == (3 if len(seen) else 0) + (4 if len(valued) else 0)
    assert told[counted].to_dict() == pytest.approx({name: wanted[name] for name in counted}, nan_ok=True)


@pytest.mark.parametrize(("day", "known"), [("2025-12-23", False), ("2025-12-24", True)])
def test_a_first_contact_is_known_from_its_own_day_on(day, known):
    customers = pd.DataFrame({"customer_id": ["p"], "first_contact": pd.to_datetime(["2025-12-24"])})
    rows = ONE.assign(date=ONE["date"] - pd.DateOffset(years=2))
    told = kk.facts(rows, as_of=day, customers=customers).loc[0, "first_contact"]
    assert told == pd.Timestamp("2025-12-24") if known else pd.isna(told)


def test_regularity_of_gamma_gaps_is_their_shape():
    """Oracle: for many gamma gaps of shape k the estimate is within 10 % of k.

    With 3,000 gaps Var M has a relative standard error of about 2.5 %, and the estimate of k one of about 4 %.
    """
    rng = np.random.default_rng(5)
    for shape in (0.5, 1.0, 4.0):
        days = np.cumsum(1 + rng.gamma(shape, 3000 / shape, 3000)).astype("timedelta64[D]")
        code = np.zeros(3000, np.int64)
        uneven = unevenness(code=code, day=days.astype(np.int64))
        told = regularity(uneven=uneven, start=np.array([0]), end=np.array([3000]))[0]
        assert told == pytest.approx(shape, rel=0.1)


def test_regularity_needs_three_gaps_and_even_gaps_reach_the_top():
    days = [pd.Timestamp("2026-01-01") + pd.Timedelta(days=10 * k) for k in range(4)]
    rows = pd.DataFrame({"customer_id": ["a"] * 3 + ["b"] * 4, "date": days[:3] + days, "amount": [1.0] * 7})
    assert kk.facts(rows, as_of="2026-06-30")["regularity"].tolist() == pytest.approx([np.nan, 100.0], nan_ok=True)


def test_sums_do_not_depend_on_other_customers():
    """A sum of 0.1s has the same digits beside a customer of many millions."""
    small = pd.DataFrame(
        {"customer_id": ["s"] * 3, "date": pd.date_range("2026-01-01", periods=3), "amount": [0.1] * 3}
    )
    giant = pd.DataFrame(
        {"customer_id": ["g"] * 3, "date": pd.date_range("2026-01-01", periods=3), "amount": [1e12] * 3}
    )
    alone = kk.facts(small, as_of="2026-01-31").loc[0, "total_value"]
    beside = kk.facts(pd.concat([giant, small]), as_of="2026-01-31").loc[1, "total_value"]
    assert alone == beside


def events_like(**columns):
    base = {
        "customer_id": ["a", "a"],
        "date": pd.to_datetime(["2026-01-01", "2026-02-01"]),
        "event": ["quote", "quote"],
    }
    return pd.DataFrame(base | columns)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (
            events_like().drop(columns="event"),
            "events needs columns that are not there: ['event'].\n\nHint: the DataFrame has ['customer_id', 'date'].",
        ),
        (
            events_like(customer_id=pd.Series(["a", None], dtype=object)),
            (
                "events needs an id in `customer_id` on every row: broken by 1 of 2 rows.\n\n"
                "row  customer_id        date  event\n  1      missing  2026-02-01  quote\n\n"
                "Hint: give these rows an id, or leave them out."
            ),
        ),
        (
            events_like(event=pd.Series(["quote", None], dtype=object)),
            (
                "events needs a value in `event` on every row: broken by 1 of 2 rows.\n\n"
                "row  customer_id        date    event\n  1            a  2026-02-01  missing\n\n"
                "Hint: repair or leave out these rows."
            ),
        ),
        (
            events_like(event=["quote", " "]),
            (
                "events needs the name of what happened in `event`, as text: broken by 1 of 2 rows.\n\n"
                "row  customer_id        date  event\n  1            a  2026-02-01       \n\n"
                'Hint: write names such as "interest", "quote", "referral", "contract".'
            ),
        ),
        (
            events_like(event=["Quote_12M", "quote"]),
            (
                "events needs names in `event` that do not end like a span of months, in _mean or in _last: "
                "broken by 1 of 2 rows.\n\n"
                "row  customer_id        date      event\n  0            a  2026-01-01  Quote_12M\n\n"
                "Hint: rename them: events_referral_12M counts the referrals of 12 months, "
                'and could not be told from an event "referral_12m".'
            ),
        ),
        (
            events_like(date=["2026-01-01", "2026-02-01"]),
            (
                "events needs local dates without a time zone in `date`, found String.\n\n"
                'Hint: make them dates: events["date"] = pd.to_datetime(events["date"], format="%Y-%m-%d"), in polars '
                '.str.to_date("%Y-%m-%d"); a time zone goes with '
                '.dt.tz_convert("Europe/Stockholm").dt.tz_localize(None).'
            ),
        ),
        (
            events_like(customer_id=[1, 2]),
            (
                "events needs ids of one kind: `customer_id` is Int64 in the events and String in the transactions, "
                "so no customer would be found again.\n\n"
                "Hint: make both of one kind: .astype(str) in pandas, .cast(pl.String) in polars."
            ),
        ),
    ],
)
def test_events_that_are_not_events_are_refused(events, message):
    with pytest.raises(kk.DataError) as error:
        kk.facts(ONE, as_of="2026-06-30", events=events)
    assert str(error.value) == message


def test_events_of_unknown_customers_are_reported_and_left_out():
    with pytest.warns(kk.DataWarning) as warned:
        known = kk.facts(ONE, as_of="2026-06-30", events=events_like(customer_id=["a", "x"]))
    assert [str(one.message) for one in warned] == [
        (
            "1 of 2 events are of customers who are neither in the transactions nor in `customers`; they are left out."
            "\n\nrow  customer_id        date  event\n  1            x  2026-02-01  quote"
        )
    ]
    assert known["events_quote"].tolist() == [1]
    assert known["customer_id"].tolist() == ["a"]


def test_a_date_before_the_data_is_refused():
    with pytest.raises(kk.DataError) as error:
        kk.facts(ONE, as_of="2025-12-31")
    assert str(error.value) == (
        "`as_of` 2025-12-31 lies before all transactions: the first is of 2026-01-31.\n\n"
        'Hint: as_of="2026-03-01" is the last day with data.'
    )


def test_the_input_is_left_as_it_was():
    rows, events = ONE.copy(), events_like()
    before = events.copy()
    kk.facts(rows, as_of="2026-06-30", events=events)
    pd.testing.assert_frame_equal(rows, ONE)
    pd.testing.assert_frame_equal(events, before)


def test_values_of_events_whose_sum_no_float_holds_are_refused():
    """Two of 1e308 would have no finite sum."""
    bought = pd.DataFrame({"customer_id": [1], "date": pd.to_datetime(["2025-01-01"]), "amount": [1.0]})
    events = pd.DataFrame({"customer_id": [1, 1], "date": pd.to_datetime(["2025-01-02"] * 2), "event": "quote"})
    assert kk.facts(bought, as_of="2025-01-31", events=events.assign(value=1e100))["events_quote_mean"].item() == 1e100
    with pytest.raises(kk.DataError) as raised:
        kk.facts(bought, as_of="2025-01-31", events=events.assign(value=[1e308, 1.0]))
    assert str(raised.value) == (
        "events needs values of at most 1e+100 in `value`: broken by 1 of 2 rows.\n\n"
        "row  customer_id        date  event   value\n  0            1  2025-01-02  quote  1e+308\n\n"
        "Hint: repair them, or count in a larger unit."
    )
