"""What first orders foretell: against a count by hand, a planted effect, and what is left out."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.career.worth.first_orders import first_orders

LADDER = kk.CustomerLadder.kundkarriar()
AS_OF = pd.Timestamp("2025-12-31")


def table_of(orders, *, events=None, within="6M", burn_in=None, level=0.9):
    history = LADDER.history(orders, as_of=AS_OF, events=events, burn_in=burn_in)
    return first_orders(history, within=within, level=level, like=orders)


def counted(orders, events, *, days=183):
    """The customers, and those who bought again, of each row, counted customer by customer."""
    rows = {}
    for customer, own in orders.groupby("customer_id"):
        by_day = own.groupby("date")["amount"].sum()
        bought = sorted(by_day[by_day > 0].index)
        first = bought[0]
        if first + pd.Timedelta(days=days) > AS_OF:
            continue

        def between(dates, after, until, first=first):
            return any(after < (day - first).days <= until for day in dates)

        again, silent = between(bought[1:], 0, days), not between(bought[1:], 0, 60)
        later = between(bought[1:], 60, days)
        rows.setdefault(("all", "all"), []).append(again)
        if silent:
            back = between(own.loc[own["amount"] < 0, "date"], -1, 60)
            rows.setdefault(("returned", "yes" if back else "no"), []).append(later)
            of_customer = events[events["customer_id"] == customer]
            for name in sorted(events["event"].unique()):
                told = between(of_customer.loc[of_customer["event"] == name, "date"], -1, 60)
                rows.setdefault((name, "yes" if told else "no"), []).append(later)
    predictors = {name for name, _ in rows}
    both = {name for name in predictors if name == "all" or {(name, "yes"), (name, "no")} <= set(rows)}
    return {key: (len(values), sum(values)) for key, values in rows.items() if key[0] in both}


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000))
def test_every_row_is_a_count_of_customers(seed):
    """Law: customers and shares are those of a count by hand, with returns and events."""
    rng = np.random.default_rng(seed)
    n = 60
    first = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D")
    orders = [pd.DataFrame({"customer_id": np.arange(n), "date": first, "amount": rng.integers(5, 50, n) * 1.0})]
    for sign, share in ((1, 0.5), (1, 0.5), (-1, 0.4)):
        some = np.flatnonzero(rng.random(n) < share)
        date = first[some] + pd.to_timedelta(rng.integers(1, 250, len(some)), "D")
        orders.append(pd.DataFrame({"customer_id": some, "date": date, "amount": sign * 2.0}))
    orders = pd.concat(orders).query("date <= @AS_OF").reset_index(drop=True)
    who = rng.integers(0, n, 80)
    events = pd.DataFrame({"customer_id": who, "event": rng.choice(["complaint", "quote"], 80)})
    events["date"] = first[who] + pd.to_timedelta(rng.integers(-20, 120, 80), "D")
    events = events.query("date <= @AS_OF").reset_index(drop=True)
    table = table_of(orders, events=events)
    told = table[table["predictor"] != "size"]
    keys = zip(told["predictor"], told["group"], strict=True)
    found = {
        key: (customers, round(customers * share))
        for key, customers, share in zip(keys, told["customers"], told["share"], strict=True)
    }
    assert found == counted(orders, events)
    sizes = table[table["predictor"] == "size"]
    assert sizes["customers"].sum() == table.loc[0, "customers"]
    assert (sizes["first_value"].diff().dropna() > 0).all()


def shop(n=4000, *, seed=1):
    """Customers of whom one in four complains within a month; of these 20 % buy again later, of the others 40 %."""
    rng = np.random.default_rng(seed)
    first = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 500, n), "D")
    complains = rng.random(n) < 0.25
    again = rng.random(n) < np.where(complains, 0.2, 0.4)
    size = rng.gamma(2, 20, n)
    once = pd.DataFrame({"customer_id": np.arange(n), "date": first, "amount": size})
    twice = pd.DataFrame({"customer_id": np.arange(n), "date": first + pd.Timedelta(days=90), "amount": 10 + size})
    orders = pd.concat([once, twice[again]], ignore_index=True)
    events = pd.DataFrame({"customer_id": np.flatnonzero(complains), "date": first[complains] + pd.Timedelta(days=20)})
    return orders, events.assign(event="Complaint")


def test_a_planted_effect_is_found():
    """The difference of complaints is in its interval, no size foretells anything, and later value follows size."""
    orders, events = shop()
    table = table_of(orders, events=events)
    told = table.set_index(["predictor", "group"])
    yes = told.loc[("complaint", "yes")]
    assert yes["low"] < 0.2 < yes["high"]
    assert yes["difference_low"] < -0.2 < yes["difference_high"] < -0.1
    assert told.loc[("complaint", "no"), "difference"] == pytest.approx(-yes["difference"])
    sizes = table_of(orders, level=0.99).set_index("predictor").loc["size"]
    assert ((sizes["difference_low"] < 0) & (sizes["difference_high"] > 0)).all()
    assert sizes["later_value"].is_monotonic_increasing
    assert (sizes["later_low"] < sizes["later_value"]).all()
    assert np.isnan(told.loc[("all", "all"), "difference"])


def test_kind_and_order_of_frames_change_nothing():
    """Law: polars and shuffled rows say the same, and money in other coins changes the columns of money alone."""
    orders, events = shop(400)
    usual = table_of(orders, events=events)
    pd.testing.assert_frame_equal(usual, table_of(orders.sample(frac=1, random_state=1), events=events))
    other = table_of(pl.from_pandas(orders), events=pl.from_pandas(events))
    assert isinstance(other, pl.DataFrame)
    pd.testing.assert_frame_equal(usual, other.to_pandas(), check_dtype=False)
    coins = table_of(orders.assign(amount=orders["amount"] * 100), events=events)
    money = ["first_value", "later_value", "later_low", "later_high"]
    pd.testing.assert_frame_equal(usual.assign(**{name: usual[name] * 100 for name in money}), coins)


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_older_customers_and_late_ones_are_left_out():
    """Neither those of the burn-in, nor those whose span is not over, are counted."""
    orders, _ = shop(1000)
    first = orders.groupby("customer_id")["date"].min()
    assert table_of(orders, within="12M").loc[0, "customers"] == (first + pd.Timedelta(days=365) <= AS_OF).sum()
    kept = table_of(orders, burn_in="3M").loc[0, "customers"]
    burnt = first.min() - pd.Timedelta(days=1) + pd.DateOffset(months=3)
    assert kept == ((first > burnt) & (first + pd.Timedelta(days=183) <= AS_OF)).sum()


def test_without_amounts_there_is_no_size():
    """And no column of money."""
    orders, events = shop(400)
    table = table_of(orders.drop(columns="amount").assign(kind="purchase"), events=events)
    assert set(table["predictor"]) == {"all", "complaint"}
    assert not {"first_value", "later_value", "later_low", "later_high"} & set(table)


def test_what_is_refused(message_of):
    """A span that ends before returns are counted, and one that is longer than the history."""
    orders, _ = shop(50)
    assert message_of(kk.DataError, lambda: table_of(orders, within="1M")) == (
        "`within` must be longer than the 60 days in which returns and events are counted, got '1 month'.\n\n"
        'Hint: write within="6M".'
    )
    assert message_of(kk.DataError, lambda: table_of(orders, within="5Y")) == (
        "career.first_orders: no first order lies 5 years or more before 2025-12-31, so that nobody's second purchase "
        'within that span is known.\n\nHint: a shorter span, within="3M", or a longer history.'
    )
