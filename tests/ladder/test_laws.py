"""Laws of every ladder, on random histories."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

# Random events leave out some that a ladder waits for.
pytestmark = [
    pytest.mark.filterwarnings("ignore:the rungs ask for events that never happened"),
    pytest.mark.filterwarnings("ignore:the rungs ask for the value of events that never have one"),
]
EXAMPLES = 15
START = pd.Timestamp("2024-01-15")
DAYS = st.integers(0, 500)
WHO = st.sampled_from("abcd")
PURCHASES = st.lists(st.tuples(WHO, DAYS), min_size=1, max_size=40)
HAPPENINGS = st.lists(st.tuples(WHO, DAYS, st.sampled_from(["referral", "contract", "interest"])), max_size=10)
LADDERS = {
    "kundkarriar": kk.CustomerLadder.kundkarriar(client_days=3, client_quarters=2, supporter_months=3),
    "kundkarriar, by proxy": kk.CustomerLadder.kundkarriar(proxy=True, proxy_days=6, grace="1M"),
    "kundkarriar, no grace": kk.CustomerLadder.kundkarriar(grace=None, client_days=3),
    "loyalty": kk.CustomerLadder.loyalty(),
    "groups": kk.CustomerLadder.groups(),
    "no flag": kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None),
    "all there is": kk.CustomerLadder(
        rungs=(
            kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
            kk.Rung(
                name="often",
                when=kk.column("purchase_days_12M") >= 3,
                hold=kk.Hold(grace="1M", keep=kk.column("purchase_days_12M") >= 2),
            ),
            kk.Rung(
                name="content",
                when=(kk.column("events_interest_mean_12M") >= 2) & kk.column("events_contract_12M").equals(0),
                after=kk.After(rung="often", months=2),
                proxy=kk.column("p_alive") >= 0.9,
            ),
            kk.Rung(
                name="glad",
                when=kk.column("events_interest_last") >= 4,
                hold=kk.Hold(keep=kk.column("expected_purchases") >= 2),
            ),
        )
    ),
}
GIVEN = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SCORED = {"all there is": {"scores": kk.FixedScores(model=GIVEN, horizon="12M")}}
KIND = st.sampled_from(sorted(LADDERS))


def frame(purchases):
    dates = [START + pd.Timedelta(days=day) for _, day in purchases]
    return pd.DataFrame({"customer_id": [who for who, _ in purchases], "date": dates, "amount": 10.0})


def event_frame(happenings):
    who, name = ([row[k] for row in happenings] for k in (0, 2))
    dates = pd.to_datetime([START + pd.Timedelta(days=day) for _, day, _ in happenings])
    value = np.array([float(day % 6) if day % 5 else np.nan for _, day, _ in happenings])
    return pd.DataFrame(
        {
            "customer_id": pd.Series(who, dtype=str),
            "date": dates,
            "event": pd.Series(name, dtype=str),
            "value": value,
        }
    )


STANDING = ("rung", "rung_number", "lapsed", "previous_rung", "highest_rung", "months_on_rung", "evidence")
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["prospect", "c", "undated", "a", "b", "d"],
        "first_contact": pd.to_datetime(["2024-03-03", None, None, "2023-11-30", None, None]),
    }
)


@settings(max_examples=EXAMPLES)
@given(kind=KIND, purchases=PURCHASES, happenings=HAPPENINGS, after=st.integers(0, 500), given_customers=st.booleans())
def test_place_is_the_last_row_of_careers(kind, purchases, happenings, after, given_customers):
    """Law: rung, flag and path of each customer are those of the last career row."""
    rows, events = frame(purchases), event_frame(happenings)
    customers = CUSTOMERS if given_customers else None
    events = events if given_customers else events[events["customer_id"].isin(rows["customer_id"][:1])]
    as_of = rows["date"].iloc[0] + pd.Timedelta(days=after)
    ladder = LADDERS[kind]
    arguments = {"as_of": as_of, "events": events, "customers": customers, **SCORED.get(kind, {})}
    positions, careers = ladder.place(rows, **arguments), ladder.careers(rows, **arguments)
    last = careers.groupby("customer_id", sort=False).tail(1).reset_index(drop=True)
    shared = [name for name in positions if name in last]
    assert shared == [name for name in ("customer_id", *STANDING) if name != "lapsed" or ladder.lapse is not None]
    pd.testing.assert_frame_equal(positions[shared], last[shared].astype(positions[shared].dtypes.to_dict()))
    assert positions["customer_id"].is_unique
    assert set(positions["customer_id"]) >= set(rows.loc[rows["date"] <= as_of, "customer_id"])
    if given_customers:
        assert positions["customer_id"].tolist() == CUSTOMERS["customer_id"].tolist()
    assert (positions["rung"] == np.array(ladder.names)[positions["rung_number"] - 1]).all()
    assert careers["rung"].isin(ladder.names).all()


@settings(max_examples=EXAMPLES)
@given(kind=KIND, purchases=PURCHASES, happenings=HAPPENINGS, early=st.integers(0, 800), more=st.integers(0, 300))
def test_what_is_complete_never_changes(kind, purchases, happenings, early, more):
    """Law: complete rows of careers as of an earlier day are the first rows of later careers, by customer."""
    rows, events = frame(purchases), event_frame(happenings)
    before = rows["date"].min() + pd.Timedelta(days=early)
    after = before + pd.Timedelta(days=more)
    first, second = (
        LADDERS[kind].careers(rows, as_of=day, events=events, customers=CUSTOMERS, **SCORED.get(kind, {}))
        for day in (before, after)
    )
    by = ["customer_id", "period_start"]
    complete = first[first["complete"]].sort_values(by, ignore_index=True)
    again = second[second["complete"]].merge(complete[by]).sort_values(by, ignore_index=True)
    pd.testing.assert_frame_equal(complete, again)
    for who, row in complete.groupby("customer_id"):
        begun = second.loc[second["customer_id"] == who, "period_start"].iloc[: len(row)]
        assert begun.tolist() == row["period_start"].tolist()


def test_careers_as_of_june_begin_those_as_of_november(cdnow_sample):
    """Law: with every feature on, complete rows as of June are those as of November."""
    surveys = cdnow_sample.iloc[::3].assign(event="interest", value=cdnow_sample["amount"] % 6)
    june, november = (
        LADDERS["all there is"].careers(cdnow_sample, as_of=day, events=surveys, burn_in=None, **SCORED["all there is"])
        for day in ("1997-06-30", "1997-11-15")
    )
    begun = november[november["period_start"] <= "1997-06-01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(june, begun)
    assert set(june["rung"]) == set(LADDERS["all there is"].names)
    assert june["complete"].all()


@settings(max_examples=EXAMPLES)
@given(kind=KIND, purchases=PURCHASES, happenings=HAPPENINGS, seed=st.integers(0, 10**6))
def test_row_order_changes_nothing(kind, purchases, happenings, seed):
    """Law: shuffled purchases and events give the same positions and careers."""
    rows, events = frame(purchases), event_frame(happenings)
    mixed, others = rows.sample(frac=1, random_state=seed), events.sample(frac=1, random_state=seed)
    as_of = rows["date"].max()
    for method in (LADDERS[kind].place, LADDERS[kind].careers):
        pd.testing.assert_frame_equal(
            method(rows, as_of=as_of, events=events, customers=CUSTOMERS, **SCORED.get(kind, {})),
            method(mixed, as_of=as_of, events=others, customers=CUSTOMERS, **SCORED.get(kind, {})),
        )


@settings(max_examples=EXAMPLES)
@given(purchases=PURCHASES, happenings=HAPPENINGS, after=st.integers(0, 400))
def test_a_career_has_every_month_and_all_the_money(purchases, happenings, after):
    """Law: there is a row for each month from entry to the last day; purchases and value add up to the ledger."""
    rows, events = frame(purchases), event_frame(happenings)
    as_of = rows["date"].min() + pd.Timedelta(days=after)
    careers = LADDERS["groups"].careers(rows, as_of=as_of, events=events, customers=CUSTOMERS)
    seen = rows[rows["date"] <= as_of]
    assert careers["value"].sum() == seen["amount"].sum()
    days = seen.drop_duplicates().groupby("customer_id").size()
    last = careers.groupby("customer_id")["purchases_so_far"].last()
    assert (careers.groupby("customer_id")["purchases"].sum() == last).all()
    assert last[last > 0].to_dict() == days.to_dict()
    for _, months in careers.groupby("customer_id")["period_start"]:
        wanted = pd.period_range(months.iloc[0], as_of, freq="M").to_timestamp()
        assert months.tolist() == wanted.tolist()
    last_month = careers.groupby("customer_id").last()
    dated = last_month.index.isin(["prospect", "a", *days.index, *events.loc[events["date"] <= as_of, "customer_id"]])
    month_ends = as_of == as_of + pd.offsets.MonthEnd(0)
    assert (last_month["complete"] == (dated & month_ends)).all()
    assert careers.groupby("customer_id")["complete"].apply(lambda rows: rows.iloc[:-1].all()).all()


@settings(max_examples=EXAMPLES)
@given(kind=KIND, purchases=PURCHASES, happenings=HAPPENINGS, given_events=st.booleans())
def test_pandas_and_polars_agree(kind, purchases, happenings, given_events, in_polars):
    """Law: positions, careers and reasons are the same in both."""
    rows, events = frame(purchases), event_frame(happenings)
    as_of = rows["date"].max()
    for method in (LADDERS[kind].place, LADDERS[kind].careers):
        scores = SCORED.get(kind, {})
        one = method(rows, as_of=as_of, events=events if given_events else None, customers=CUSTOMERS, **scores)
        two = method(
            in_polars(rows),
            as_of=as_of,
            events=in_polars(events) if given_events else None,
            customers=in_polars(CUSTOMERS),
            **scores,
        )
        assert one.columns.tolist() == two.columns
        for name in two.columns:
            assert [None if pd.isna(value) else value for value in one[name]] == two[name].to_list()


def rung_by_hand(days, referrals, contracts, months, *, kept=12):
    """The kundkarriar rungs of one customer at each month end, by a plain loop."""
    order = ("prospect", "trial buyer", "repeat buyer", "client", "supporter", "partner")
    answer, met, client_since = [], None, None
    for number, end in enumerate(months):
        ago = [end - pd.offsets.MonthEnd(3 * k) for k in range(5)]
        past = {day for day in days if day <= end}
        quarters = sum(any(ago[k + 1] < day <= ago[k] for day in past) for k in range(4))
        if sum(day > ago[4] for day in past) >= 4 and quarters >= 3:
            met = number
        client = met is not None and number - met <= 3
        client_since = (number if client_since is None else client_since) if client else None
        rung = order[min(len(past), 2)]
        if client:
            long = number - client_since >= kept
            supporter = long and any(day <= end for day in referrals)
            rung = "client"
            if supporter:
                rung = "partner" if any(day <= end for day in contracts) else "supporter"
        answer.append(rung)
    return answer


OFTEN = st.lists(st.integers(0, 700), min_size=1, max_size=40)


@settings(max_examples=EXAMPLES)
@given(days=OFTEN, referral=DAYS, contract=DAYS, kept=st.sampled_from([1, 4, 12]))
def test_careers_are_what_a_plain_loop_gives(days, referral, contract, kept):
    """Law: grace, time on the rung and events equal those of an independent loop over months."""
    rows = frame([("a", day) for day in days])
    dates = [START + pd.Timedelta(days=day) for day in (referral, contract)]
    events = event_frame([("a", referral, "referral"), ("a", contract, "contract")])
    as_of = pd.Timestamp("2026-06-30")
    careers = kk.CustomerLadder.kundkarriar(supporter_months=kept).careers(rows, as_of=as_of, events=events)
    months = [start + pd.offsets.MonthEnd(0) for start in careers["period_start"]]
    bought = set(rows["date"])
    assert careers["rung"].tolist() == rung_by_hand(bought, dates[:1], dates[1:], months, kept=kept)


def test_the_loop_by_hand_reaches_every_rung():
    """So that the law above tests every rung."""
    days = [START + pd.Timedelta(days=30 * k) for k in range(30)]
    months = pd.period_range("2023-12", "2027-06", freq="M").to_timestamp() + pd.offsets.MonthEnd(0)
    reached = rung_by_hand(days, [days[20]], [days[25]], months)
    assert set(reached) == {"prospect", "trial buyer", "repeat buyer", "client", "supporter", "partner"}


@pytest.mark.parametrize("kind", sorted(LADDERS))
def test_a_ladder_and_its_dict_are_the_same(kind):
    again = kk.CustomerLadder.from_dict(LADDERS[kind].to_dict())
    assert again == LADDERS[kind]
    assert hash(again) == hash(LADDERS[kind])
    assert str(again) == str(LADDERS[kind])
