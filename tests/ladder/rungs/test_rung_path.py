"""Columns of careers about the path: months on a rung, previous rung, highest rung; and the partial last month."""

import numpy as np
import pandas as pd

import kundkarriar as kk

YEAR = kk.column("purchase_days_12M")
THREE = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="low", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="middle", when=YEAR >= 2),
        kk.Rung(name="high", when=YEAR >= 4),
    )
)
PATH = ["period_start", "rung", "rung_number", "previous_rung", "highest_rung", "months_on_rung", "complete"]


def as_plain(careers, columns=PATH):
    rows = careers[columns].to_dict("list")
    rows["period_start"] = [f"{month:%Y-%m}" for month in rows["period_start"]]
    return {name: [None if pd.isna(value) else value for value in values] for name, values in rows.items()}


def test_skips_and_returns_are_seen(history):
    """Four purchases in a month skip the middle rung; the customer falls as they leave the window, and returns."""
    dates = ["2025-01-10", "2025-02-01", "2025-02-02", "2025-02-03", "2026-03-05", "2026-03-06"]
    careers = THREE.careers(history(a=dates), as_of="2026-03-15")
    answer = as_plain(careers.tail(4))
    assert as_plain(careers.head(3))["rung"] == ["low", "high", "high"]
    assert answer == {
        "period_start": ["2025-12", "2026-01", "2026-02", "2026-03"],
        "rung": ["high", "middle", "low", "middle"],
        "rung_number": [3, 2, 1, 2],
        "previous_rung": ["low", "high", "middle", "low"],
        "highest_rung": ["high"] * 4,
        "months_on_rung": [10, 0, 0, 0],
        "complete": [True, True, True, False],
    }


def test_the_first_rung_has_none_before_it(history):
    """The previous rung is missing until the first move, in pandas and polars."""
    careers = THREE.careers(history(a=["2025-01-10", "2025-03-10"]), as_of="2025-04-30")
    assert as_plain(careers)["previous_rung"] == [None, None, "low", "low"]
    assert as_plain(careers)["months_on_rung"] == [0, 1, 0, 1]
    assert careers["previous_rung"].isna().sum() == 2


def test_a_partial_month_is_marked_and_counts_no_month(history):
    """On April 15 three months are whole; the month that has begun does not count."""
    rows = history(a=["2025-01-10"])
    half, whole = (THREE.careers(rows, as_of=day) for day in ("2025-04-15", "2025-04-30"))
    assert as_plain(half)["months_on_rung"] == [0, 1, 2, 2]
    assert as_plain(whole)["months_on_rung"] == [0, 1, 2, 3]
    assert half["complete"].tolist() == [True, True, True, False]
    assert THREE.place(rows, as_of="2025-04-15").loc[0, "months_on_rung"] == 2


def test_customers_not_yet_seen_have_no_rows(history):
    """Rows begin with the first event or purchase, whatever the lowest rung is."""
    customers = pd.DataFrame({"customer_id": ["b", "a"]})
    ladder = kk.CustomerLadder.kundkarriar()
    careers = ladder.careers(history(a=["2025-01-10"], b=["2025-03-10"]), as_of="2025-04-30", customers=customers)
    first = careers.groupby("customer_id", sort=False)["period_start"].first()
    assert first.to_dict() == {"b": pd.Timestamp("2025-03-01"), "a": pd.Timestamp("2025-01-01")}
    assert "prospect" not in set(careers["rung"])


def test_evidence_of_each_row(history, happened):
    """The evidence is the proxy until the referral, and events from then on."""
    monthly = [f"2024-{month:02d}-10" for month in range(1, 13)]
    ladder = kk.CustomerLadder.kundkarriar(proxy=True, supporter_months=1)
    events = happened(("a", "2024-11-05", "referral"))
    careers = ladder.careers(history(a=monthly), as_of="2024-12-31", events=events)
    assert careers["rung"].tolist()[-4:] == ["client", "supporter", "supporter", "supporter"]
    assert careers["evidence"].tolist()[-4:] == ["purchases", "purchases only", "events", "events"]
    without = ladder.careers(history(a=monthly), as_of="2024-12-31")
    assert without["evidence"].iloc[-1] == "purchases only; without events nobody stands on partner"


def test_a_proxy_of_a_lower_rung_is_no_evidence(history):
    """A customer who meets the condition of a higher rung is not on it by proxy."""
    days = kk.column("purchase_days")
    told = kk.Rung(name="told", when=kk.column("events_referral") >= 1, proxy=days >= 2)
    ladder = kk.CustomerLadder(rungs=(kk.Rung(name="any", when=days >= 0), told, kk.Rung(name="top", when=days >= 3)))
    careers = ladder.careers(history(a=["2025-01-10", "2025-02-10", "2025-03-10"]), as_of="2025-03-31")
    assert careers["rung"].tolist() == ["any", "told", "top"]
    assert careers["evidence"].tolist() == ["purchases", "purchases only", "purchases"]


def test_purchases_and_value_fall_into_their_months(history):
    """The last day of a month belongs to it; a return counts in the month of its own date."""
    rows = history(a=["2025-01-31", "2025-02-01", "2025-02-28", "2025-04-30"]).assign(amount=[10.0, 10.0, 10.0, -5.0])
    careers = THREE.careers(rows, as_of="2025-04-30")
    assert careers["purchases"].tolist() == [1, 2, 0, 0]
    assert careers["purchases_so_far"].tolist() == [1, 3, 3, 3]
    assert np.array_equal(careers["value"], [10.0, 20.0, 0.0, -5.0])
