"""Rungs of the preset ladders on small histories, computed by hand, and on CDNOW."""

import pandas as pd
import pytest

import kundkarriar as kk

KUNDKARRIAR = kk.CustomerLadder.kundkarriar()
MONTHLY = [f"{year}-{month:02d}-10" for year in (2024, 2025) for month in range(1, 13)]


def rungs(careers, who="a"):
    rows = careers[careers["customer_id"] == who]
    return {f"{month:%Y-%m}": rung for month, rung in zip(rows["period_start"], rows["rung"], strict=True)}


def test_the_first_rungs_count_purchase_days(history):
    """Two orders of one day are one purchase day; a prospect has none."""
    rows = history(once=["2026-01-05", "2026-01-05"], twice=["2026-01-05", "2026-01-06"])
    customers = pd.DataFrame({"customer_id": ["never", "twice", "once"]})
    positions = KUNDKARRIAR.place(rows, as_of="2026-03-31", customers=customers)
    assert positions[["customer_id", "rung", "rung_number"]].to_numpy().tolist() == [
        ["never", "prospect", 1],
        ["twice", "repeat buyer", 3],
        ["once", "trial buyer", 2],
    ]
    assert positions["reason"].tolist() == [
        "purchase_days is 0",
        "purchase_days is 2 (at least 2)",
        "purchase_days is 1",
    ]


def test_a_client_is_held_for_three_month_ends_and_no_longer(history):
    """Four days in three quarters: met at the ends of July to December 2026, held to the end of March 2027.

    On 2026-12-31 the twelve months have all four days; on 2027-01-31 the first two (January 2026) have left.
    """
    rows = history(a=["2026-01-05", "2026-01-20", "2026-04-10", "2026-07-10"])
    careers = KUNDKARRIAR.careers(rows, as_of="2027-05-31")
    assert rungs(careers) == {
        "2026-01": "repeat buyer",
        "2026-02": "repeat buyer",
        "2026-03": "repeat buyer",
        "2026-04": "repeat buyer",
        "2026-05": "repeat buyer",
        "2026-06": "repeat buyer",
        **dict.fromkeys(["2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"], "client"),
        **dict.fromkeys(["2027-01", "2027-02", "2027-03"], "client"),
        "2027-04": "repeat buyer",
        "2027-05": "repeat buyer",
    }
    held = KUNDKARRIAR.place(rows, as_of="2027-03-31").iloc[0]
    assert held["reason"] == (
        "held by grace: purchase_days_12M is 2 (not at least 4) and quarters_active_12M is 2 (not at least 3); "
        "last met on 2026-12-31"
    )
    assert (held["rung"], held["months_on_rung"], held["highest_rung"]) == ("client", 8, "client")
    gone = KUNDKARRIAR.place(rows, as_of="2027-04-30").iloc[0]
    assert (gone["rung"], gone["months_on_rung"], gone["highest_rung"]) == ("repeat buyer", 0, "client")
    strict = rungs(kk.CustomerLadder.kundkarriar(grace=None).careers(rows, as_of="2027-05-31"))
    assert [month for month in strict if strict[month] == "client"] == [f"2026-{m:02d}" for m in range(7, 13)]


def test_grace_in_the_middle_of_a_month(history):
    """The month that has begun counts against the grace, but not as a whole month on the rung."""
    rows = history(a=["2026-01-05", "2026-01-20", "2026-04-10", "2026-07-10"])
    inside, outside = (KUNDKARRIAR.place(rows, as_of=day).iloc[0] for day in ("2027-03-15", "2027-04-01"))
    assert (inside["rung"], inside["months_on_rung"]) == ("client", 7)
    assert (outside["rung"], outside["months_on_rung"]) == ("repeat buyer", 0)


def test_a_supporter_has_been_client_for_twelve_months_and_recommended(history, happened):
    """A purchase every month from January 2024: client from the end of July, supporter at the end of July 2025.

    Quarters trail: July 31 is the first month end with three of them (January 10 lies in the third).
    """
    rows = history(a=MONTHLY, b=MONTHLY)
    events = happened(("a", "2024-02-01", "referral"))
    careers = KUNDKARRIAR.careers(rows, as_of="2025-12-31", events=events)
    months = rungs(careers)
    assert next(month for month in months if months[month] == "client") == "2024-07"
    assert next(month for month in months if months[month] == "supporter") == "2025-07"
    assert "supporter" not in rungs(careers, "b").values()
    place = KUNDKARRIAR.place(rows, as_of="2025-12-31", events=events)
    assert place["rung"].tolist() == ["supporter", "client"]
    assert place["reason"].tolist() == [
        "events_referral is 1 (at least 1) and 17 months on client or above",
        "purchase_days_12M is 12 (at least 4) and quarters_active_12M is 4 (at least 3)",
    ]
    assert place["evidence"].tolist() == ["events", "purchases"]
    assert place["months_on_rung"].tolist() == [5, 17]


def test_months_held_by_grace_count_towards_supporter(history, happened):
    """Client from the end of July 2024, by right to May 2025 and by grace to August: supporter in July and August."""
    rows = history(a=[*MONTHLY[:9], "2025-02-10"])
    events = happened(("a", "2024-02-01", "referral"))
    strict = rungs(kk.CustomerLadder.kundkarriar(grace=None).careers(rows, as_of="2025-10-31", events=events))
    assert (strict["2025-05"], strict["2025-06"]) == ("client", "repeat buyer")
    assert "supporter" not in strict.values()
    held = rungs(KUNDKARRIAR.careers(rows, as_of="2025-10-31", events=events))
    assert [held[f"2025-{month:02d}"] for month in range(6, 10)] == [
        "client",
        "supporter",
        "supporter",
        "repeat buyer",
    ]


def test_a_partner_is_a_supporter_with_a_contract(history, happened):
    """A contract alone makes nobody a partner."""
    rows = history(a=MONTHLY, b=MONTHLY)
    events = happened(
        ("a", "2024-02-01", "Referral"), ("a", "2025-11-01", "co_development"), ("b", "2025-11-01", "contract")
    )
    careers = KUNDKARRIAR.careers(rows, as_of="2025-12-31", events=events)
    assert (rungs(careers)["2025-10"], rungs(careers)["2025-11"]) == ("supporter", "partner")
    assert set(rungs(careers, "b").values()) == {"trial buyer", "repeat buyer", "client"}
    reason = KUNDKARRIAR.place(rows, as_of="2025-12-31", events=events).loc[0, "reason"]
    assert reason == "events_co_development is 1 (at least 1) and 5 months on supporter or above"


def test_without_events_the_result_says_who_is_out_of_reach(history):
    rows = history(a=MONTHLY)
    assert KUNDKARRIAR.place(rows, as_of="2025-12-31").loc[0, ["rung", "evidence"]].tolist() == [
        "client",
        "purchases; without events nobody stands on supporter or partner",
    ]
    proxy = kk.CustomerLadder.kundkarriar(proxy=True)
    assert proxy.place(rows, as_of="2025-12-31").loc[0, ["rung", "evidence", "reason"]].tolist() == [
        "supporter",
        "purchases only; without events nobody stands on partner",
        "by proxy: purchase_days_12M is 12 (at least 8) and quarters_active_12M is 4 (at least 4)",
    ]
    loyalty = kk.CustomerLadder.loyalty().place(rows, as_of="2025-12-31")
    assert loyalty.loc[0, "evidence"] == "purchases; without events nobody stands on prospect or ambassador"


def test_evidence_outranks_the_proxy(history, happened):
    proxy = kk.CustomerLadder.kundkarriar(proxy=True)
    events = happened(("a", "2024-02-01", "referral"))
    early, late = (
        proxy.place(history(a=MONTHLY), as_of=day, events=events).iloc[0] for day in ("2024-12-31", "2025-12-31")
    )
    assert (early["rung"], early["evidence"]) == ("supporter", "purchases only")
    assert (late["rung"], late["evidence"]) == ("supporter", "events")


def test_the_loyalty_ladder_starts_before_the_first_purchase(history, happened):
    """It begins with interest; the referral of an ambassador is at most 24 months old."""
    rows = history(a=["2024-03-10", "2024-05-10"])
    customers = pd.DataFrame(
        {"customer_id": ["a", "lead"], "first_contact": pd.to_datetime(["2024-01-15", "2024-01-15"])}
    )
    events = happened(("a", "2024-02-10", "Interest"), ("a", "2024-06-10", "referral"))
    careers = kk.CustomerLadder.loyalty().careers(rows, as_of="2026-07-31", events=events, customers=customers)
    assert list(dict.fromkeys(rungs(careers).values())) == ["lead", "prospect", "customer", "repurchaser", "ambassador"]
    assert (rungs(careers)["2026-05"], rungs(careers)["2026-06"]) == ("ambassador", "repurchaser")
    assert set(rungs(careers, "lead").values()) == {"lead"}


def test_groups_divide_by_how_often_and_when(history):
    rows = history(
        exclusive=["2025-01-10", "2025-02-10", "2025-04-10", "2025-07-10", "2025-08-10", "2025-11-10"],
        uneven=["2025-07-10", "2025-07-20", "2025-08-10", "2025-08-20", "2025-11-10", "2025-11-20"],
        three=["2024-01-10", "2024-01-20", "2025-11-10"],
        asleep=["2024-01-10", "2024-01-20", "2024-02-10"],
        two=["2025-11-10", "2025-12-10"],
    )
    place = kk.CustomerLadder.groups().place(rows, as_of="2025-12-31")
    assert dict(zip(place["customer_id"], place["rung"], strict=True)) == {
        "exclusive": "exclusive",
        "uneven": "recurring",
        "three": "recurring",
        "asleep": "moving",
        "two": "moving",
    }


def test_lapse_depends_on_the_typical_gap(history):
    """Allowed are 180 days, three times a mean gap of 100, or 270 days after one purchase; prospects never lapse."""
    rows = history(
        quick=["2025-01-01", "2025-01-11"], slow=["2024-07-05", "2024-10-13", "2025-01-21"], single=["2025-01-01"]
    )
    customers = pd.DataFrame({"customer_id": ["quick", "slow", "single", "prospect"]})
    for day, flags in (
        ("2025-07-10", [False, False, False, False]),
        ("2025-07-11", [True, False, False, False]),
        ("2025-09-28", [True, False, False, False]),
        ("2025-09-29", [True, False, True, False]),
        ("2025-11-17", [True, False, True, False]),
        ("2025-11-18", [True, True, True, False]),
    ):
        assert KUNDKARRIAR.place(rows, as_of=day, customers=customers)["lapsed"].tolist() == flags, day


def test_first_seen_within_the_burn_in_is_marked(history):
    rows = history(old=["2025-01-10"], new=["2025-04-11"], known=["2025-02-01"])
    customers = pd.DataFrame(
        {
            "customer_id": ["old", "new", "known", "prospect"],
            "first_contact": pd.to_datetime([None, None, "2025-01-31", None]),
        }
    )
    with pytest.warns(kk.DataWarning) as warned:
        careers = KUNDKARRIAR.careers(rows, as_of="2025-06-30", customers=customers, burn_in="3M")
    assert careers.groupby("customer_id")["entry"].unique().map(list).to_dict() == {
        "old": ["unknown"],
        "new": ["known"],
        "known": ["known"],
        "prospect": ["known"],
    }
    assert [str(one.message) for one in warned] == [
        (
            "1 of 3 customers were first seen within 3 months of the start of the data (2025-01-10): "
            'their beginning is not known (entry "unknown").'
        )
    ]
    assert careers.loc[careers["customer_id"] == "new", "period_start"].min() == pd.Timestamp("2025-04-01")


def test_careers_and_the_summary_agree_on_who_is_older_than_the_data(cdnow_sample):
    with pytest.warns(kk.DataWarning) as one:
        summary = kk.summarize(cdnow_sample, as_of="1997-09-30", burn_in="1M")
    with pytest.warns(kk.DataWarning) as other:
        careers = KUNDKARRIAR.careers(cdnow_sample, as_of="1997-09-30", burn_in="1M")
    assert str(one[0].message) == str(other[0].message)
    assert one[0].filename == other[0].filename == __file__
    entry = careers.groupby("customer_id", sort=False)["entry"].first()
    assert entry.tolist() == summary["entry"].tolist()


def test_a_snapshot_places_by_the_rules_alone(history, happened):
    """If no rung depends on earlier months, the snapshot of the facts gives the rungs of `place`."""
    rows, events = history(a=MONTHLY, b=["2025-12-10"]), happened(("a", "2025-12-01", "referral"))
    for ladder in (kk.CustomerLadder.groups(), kk.CustomerLadder.loyalty()):
        facts = kk.facts(rows, as_of="2025-12-31", events=events)
        facts.index = [7, 7]
        told = ladder.place_snapshot(facts)
        place = ladder.place(rows, as_of="2025-12-31", events=events)
        assert told.index.tolist() == [7, 7]
        pd.testing.assert_frame_equal(told.reset_index(drop=True), place[told.columns])


def test_cdnow_has_1766_clients_by_the_rule_and_780_more_by_grace(cdnow):
    """1,766 of 23,570 customers meet the client's condition on 1998-06-30, recounted here in calendar quarters."""
    days = cdnow.drop_duplicates(["customer_id", "date"])
    as_of = pd.Timestamp("1998-06-30")
    year = days[days["date"] > "1997-06-30"].assign(quarter=lambda rows: rows["date"].dt.to_period("Q"))
    counts = year.groupby("customer_id").agg(days=("date", "size"), quarters=("quarter", "nunique"))
    by_hand = ((counts["days"] >= 4) & (counts["quarters"] >= 3)).sum()
    strict = kk.CustomerLadder.kundkarriar(grace=None).place(cdnow, as_of=as_of)
    assert by_hand == (strict["rung"] == "client").sum() == 1766
    place = KUNDKARRIAR.place(cdnow, as_of=as_of)
    clients = place[place["rung"] == "client"]
    assert clients["reason"].str.startswith("held by grace").sum() == 780
    assert len(clients) == 1766 + 780
    assert len(place) == 23570


def test_grace_keeps_clients_from_coming_and_going(cdnow):
    """Without grace 39.9 % of CDNOW's clients stop being one and become one again; with it less than 1 % do."""
    shares = []
    for grace in (None, "3M"):
        careers = kk.CustomerLadder.kundkarriar(grace=grace).careers(cdnow, as_of="1998-06-30")
        client = (careers["rung"] == "client").astype(int)
        risen = (client.groupby(careers["customer_id"]).diff() == 1).groupby(careers["customer_id"]).sum()
        ever = client.groupby(careers["customer_id"]).max() == 1
        shares.append(((risen > 1) & ever).sum() / ever.sum())
    assert shares == pytest.approx([0.399, 0.0075], abs=0.0005)


@pytest.mark.parametrize("name", ["supporter_months", "client_quarters", "client_days"])
def test_a_limit_of_a_preset_is_refused_by_its_name(name):
    with pytest.raises(kk.DataError, match=f"^`{name}` must be a whole number from "):
        kk.CustomerLadder.kundkarriar(**{name: -1})


def test_careers_are_narrow_and_compare_with_texts(history, in_polars):
    """Rungs of careers are categories from low to high in both libraries, equal to the texts of `place`."""
    rows = history(
        a=["2025-01-05", "2025-06-01"], b=["2025-03-01"], c=[f"2025-{month:02}-03" for month in range(1, 13)]
    )
    types = {"rung_number": "int16", "months_on_rung": "int16", "purchases": "int16", "purchases_so_far": "int32"}
    for frame in (rows, in_polars(rows)):
        read = KUNDKARRIAR.history(frame, as_of="2025-12-31", burn_in="1M")
        with pytest.warns(kk.DataWarning, match="2 of 3 customers were first seen"):
            careers = read.careers()
        place = read.positions()
        schema = dict(zip(careers.columns, careers.dtypes, strict=True))
        assert {name: str(schema[name]).lower() for name in types} == types
        for name in ("rung", "previous_rung", "highest_rung"):
            assert list(schema[name].categories) == list(KUNDKARRIAR.names)
        assert list(schema["entry"].categories) == ["known", "unknown"]
        last = [each == max(careers["period_start"]) for each in careers["period_start"]]
        at_the_end = careers[last] if frame is rows else careers.filter(last)
        for name in ("rung", "highest_rung"):
            rung = at_the_end[name] if frame is not rows else at_the_end[name].reset_index(drop=True)
            assert (rung == place[name]).all()
            assert (place[name] == rung).all()


def test_a_reason_is_each_customer_s_own(history):
    """Customers alike share a text; one who differs in any number that it tells has another."""
    rows = history(a=["2025-01-05"], b=["2025-03-01"], c=["2025-01-05", "2025-06-01"], d=["2025-01-05"] * 2)
    ladder = kk.CustomerLadder(
        rungs=(
            kk.Rung(name="low", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="high", when=(kk.column("total_value") > 5) & (kk.column("purchase_days") >= 1)),
        )
    )
    assert ladder.place(rows, as_of="2025-12-31")["reason"].tolist() == [
        "total_value is 10 (more than 5) and purchase_days is 1 (at least 1)",
        "total_value is 10 (more than 5) and purchase_days is 1 (at least 1)",
        "total_value is 20 (more than 5) and purchase_days is 2 (at least 1)",
        "total_value is 20 (more than 5) and purchase_days is 1 (at least 1)",
    ]
