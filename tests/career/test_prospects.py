"""Prospects in a career: their value in customers, grid and bridge, and a firm with leads alone."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from numpy.testing import assert_allclose

import kundkarriar as kk

AS_OF = "1997-09-30"
FIT = {"as_of": AS_OF, "seed": 1, "draws": 40}
KEEN = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=0.8, beta=4.0, never=0.4))
GIVEN = {
    "purchases": kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"),
    "spend": kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44, c=1.2)),
    "first_purchase": KEEN,
}
TERMS = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}
TODAYS, KNOWN, NEW, TOTAL = (
    f"net sales{of}, next 12 months"
    for of in (" of today's customers", " of known prospects", " of new customers not yet known", "")
)


def lines(career, **given):
    return career.bridge(**given).set_index("line")


@pytest.fixture(scope="module")
def known(cdnow_sample):
    """The customers of the sample, contacted before they bought, and 300 prospects."""
    rng = np.random.default_rng(1)
    first = cdnow_sample.groupby("customer_id")["date"].min()
    contact = first - pd.to_timedelta(rng.integers(1, 90, len(first)), "D")
    days = pd.Timestamp(AS_OF) - pd.to_timedelta(rng.integers(1, 250, 300), "D")
    ids = np.concatenate([first.index, np.arange(1_000_001, 1_000_301)])
    return pd.DataFrame({"customer_id": ids, "first_contact": np.concatenate([contact, days])})


@pytest.fixture(scope="module")
def career(cdnow_sample, known):
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), first_purchase=KEEN, **TERMS)
    return kk.CustomerCareer(scorer=scorer).fit(cdnow_sample, customers=known, **FIT)


@pytest.fixture(scope="module")
def without(career, cdnow_sample, known):
    """The same career without a model of first purchases."""
    spec = evolve(career.career, scorer=evolve(career.career.scorer, first_purchase=None))
    return spec.fit(cdnow_sample, customers=known, **FIT)


@pytest.fixture(scope="module")
def leads_alone():
    """A career of 200 leads of whom nobody has bought."""
    days = pd.Timestamp("2026-10-31") - pd.to_timedelta(np.arange(1, 201), "D")
    known = pd.DataFrame({"customer_id": [f"L{n}" for n in range(200)], "first_contact": days})
    none = pd.DataFrame({"customer_id": [], "date": pd.to_datetime([]), "amount": []})
    scorer = kk.ValueScorer(**GIVEN, **TERMS)
    return kk.CustomerCareer(scorer=scorer).fit(none, customers=known, as_of="2026-10-31", seed=1), known, none


def test_the_grid_sums_to_the_customers(career):
    """Prospects stand in one cell, without a class; cells sum to the values of all customers."""
    customers, grid = career.customers(), career.grid()
    cell = grid[grid["rung"] == "prospect"]
    assert cell["abc"].isna().tolist() == [True]
    assert cell["customers"].tolist() == [300]
    assert grid["value"].sum() == pytest.approx(customers["clv"].sum(), rel=1e-12)
    assert grid["share_of_value"].sum() == pytest.approx(1.0)
    prospect = customers["rung"] == "prospect"
    assert cell["value"].iloc[0] == pytest.approx(customers.loc[prospect, "clv"].sum(), rel=1e-12)
    assert customers.loc[prospect, ["abc", "cumulative_share", "clv_low", "p_alive"]].isna().all(axis=None)


def test_prospects_move_nobody_else(career, without):
    """Values, intervals, classes and concentration of buyers are those of a career without a first-purchase model."""
    mine, plain = career.customers(), without.customers()
    pd.testing.assert_frame_equal(kk.concentration(mine, career.draws), kk.concentration(plain, without.draws))
    buyers = mine["purchase_days"] > 0
    columns = plain.columns.drop(["rank", "priority_rank"])
    pd.testing.assert_frame_equal(mine.loc[buyers, columns], plain.loc[buyers, columns])


def test_the_bridge_counts_each_krona_once(career, without):
    """Known prospects are among the newcomers foreseen: a line of their own, and the larger of both in the total."""
    mine, plain = lines(career), lines(without)
    nominal = evolve(career.scorer, scorer=evolve(career.scorer.scorer, discount_rate=0.0))
    assert mine.loc[TODAYS].equals(plain.loc[TODAYS])
    assert nominal.scorer.first_purchase == KEEN
    prospects, foreseen = mine.loc[KNOWN], plain.loc["net sales of new customers, next 12 months"]
    assert prospects["amount"] > foreseen["amount"]
    assert mine.loc[NEW, "amount"] == 0.0
    assert "these are expected to buy for more than arrivals so far foresee" in mine.loc[NEW, "source"]
    assert mine.loc[TOTAL, "amount"] == pytest.approx(mine.loc[TODAYS, "amount"] + prospects["amount"], rel=1e-12)
    assert prospects["amount"] == pytest.approx(career.customers().query("rung == 'prospect'")["expected_sales"].sum())
    assert mine.loc["contribution", "amount"] == pytest.approx(0.3 * mine.loc[TOTAL, "amount"])
    apart = lines(career, newcomers=False)
    assert apart.loc[[KNOWN, NEW], "amount"].isna().all()
    assert apart.loc[TOTAL, "amount"] == mine.loc[TODAYS, "amount"]


def test_what_prospects_cost_is_in_the_net(cdnow_sample, known):
    """Where costs are given the bridge has those of known prospects too, nominal, as the scores count them."""
    scorer = kk.ValueScorer(
        purchases=kk.MBGNBD(), first_purchase=KEEN, **TERMS | {"discount_rate": 0.0}, costs=kk.Costs(per_order=2)
    )
    career = kk.CustomerCareer(scorer=scorer).fit(cdnow_sample, customers=known, **FIT)
    bridge, prospect = lines(career)["amount"], career.customers()["rung"] == "prospect"
    assert bridge["cost of known prospects"] == pytest.approx(-career.customers().loc[prospect, "cost"].sum())
    costs = bridge["cost of today's customers"] + bridge["cost of known prospects"]
    assert bridge["net"] == pytest.approx(bridge["contribution"] + costs)
    assert "cost of known prospects" not in lines(career, newcomers=False).index


def test_the_order_of_customers_changes_no_line(career, cdnow_sample, known):
    """Law: draws of prospects follow their ids, not their rows."""
    other = career.career.fit(cdnow_sample, customers=known[::-1], **FIT)
    pd.testing.assert_frame_equal(other.bridge(), career.bridge())


def test_more_arrivals_than_known_prospects_change_no_total(career):
    """Where arrivals foresee more, known prospects are a part of them, and the total is that without them."""
    money = career.money
    more = evolve(money.coming, sales=evolve(money.coming.sales, expected=2 * money.prospects.sales.expected, high=1e6))
    given = {"plan": None, "backtest": None, "newcomers": True, "scorer": career.scorer, "like": career.customers()}
    mine, plain = (
        evolve(money, coming=more, **change).lines(**given).set_index("line") for change in ({}, {"prospects": None})
    )
    assert mine.loc[TOTAL].equals(plain.loc[TOTAL])
    assert mine.loc["net"].equals(plain.loc["net"])
    both = mine.loc[KNOWN, "amount"] + mine.loc[NEW, "amount"]
    assert both == pytest.approx(plain.loc["net sales of new customers, next 12 months", "amount"], rel=1e-12)


def test_drawn_prospects_have_the_expected_mean(career):
    """First purchases and sales of prospects in draws have the mean of the scores, and both random parts scatter."""
    prospects = career.money.prospects
    drawn = np.array(prospects.drawn_sales)
    error = drawn.std(ddof=1) / np.sqrt(len(drawn))
    assert abs(drawn.mean() - prospects.sales.expected) < 4 * error
    assert error < 0.05 * prospects.sales.expected
    p = career.customers()["p_first_purchase"].dropna().to_numpy()
    assert prospects.buyers.expected == pytest.approx(p.sum())
    wide = 2 * 1.645 * np.sqrt((p * (1 - p)).sum())
    assert 0.6 * wide < prospects.buyers.high - prospects.buyers.low < 1.5 * wide


def test_a_stored_career_says_the_same(career):
    again = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
    assert again.equals(career)
    pd.testing.assert_frame_equal(again.bridge(), career.bridge())
    assert again.scorer.first_purchase == KEEN


def test_leads_alone_have_a_career(leads_alone):
    """Nobody has bought: everyone is a prospect with a value, no class and no last year."""
    career, _, _ = leads_alone
    customers, bridge = career.customers(), lines(career)
    assert set(customers["rung"]) == {"prospect"}
    assert customers["abc"].isna().all()
    assert customers["clv"].min() > 0
    assert customers["rank"].iloc[0] == 1  # the latest contact
    assert career.grid()["value"].tolist() == [pytest.approx(customers["clv"].sum())]
    assert bridge.loc["net sales, last 12 months", "amount"] == 0.0
    assert bridge.loc[TODAYS, "amount"] == 0.0
    assert bridge.loc[TOTAL, "amount"] == bridge.loc[KNOWN, "amount"] > 0
    assert bridge.loc["net", "amount"] == pytest.approx(0.3 * bridge.loc[KNOWN, "amount"])
    assert np.isnan(bridge.loc[NEW, "amount"])
    assert set(career.report()) == {"customers", "grid", "bridge", "checks"}
    assert kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict()))).equals(career)


def test_without_customers_nothing_tells_what_newcomers_bring(leads_alone, message_of):
    """There is no burn-in to shorten."""
    career, _, _ = leads_alone
    ask = lambda: career.acquisition_vs_retention(cost_acquisition=1, cost_retention=1)  # noqa: E731
    message = message_of(kk.DataError, ask)
    assert message == (
        "career.acquisition_vs_retention: no customer came, so that the value of those to come is not known.\n\n"
        "Hint: customers() has the value of each lead, where the scorer has a first_purchase."
    )


def test_leads_alone_in_polars(leads_alone):
    career, known, none = leads_alone
    mine = career.career.fit(pl.from_pandas(none), customers=pl.from_pandas(known), as_of="2026-10-31", seed=1)
    assert isinstance(mine.customers(), pl.DataFrame)
    assert_allclose(mine.customers()["clv"].to_numpy(), career.customers()["clv"], rtol=1e-12)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_leads_alone_have_a_plan(leads_alone, kind):
    """What a plan adds to leads is the same whether or not somebody else has bought."""
    career, known, none = leads_alone
    visit = kk.Effect(
        on="first purchase", mean=1.5, low=1.2, high=2, lasts="3M", evidence="assumed", relative_to="none"
    )
    action = kk.Action(name="visit", objective="activate", lever="service", cost=0.01, hours=0, effect=visit)
    bought = pd.DataFrame({"customer_id": ["B"], "date": pd.to_datetime(["2026-09-01"]), "amount": [20.0]})
    added = []
    for orders in (none, bought):
        fitted = career.career.fit(kind(orders), customers=kind(known), as_of="2026-10-31", seed=1)
        budget = kk.Budget(money=1000, hours=0, period="2026-12/2027-05")
        plan = fitted.plan(actions=[action], budget=budget, start="2026-12-01", holdout=0)
        added.append(np.asarray(plan.assignments()["incremental_value"])[:200])
    assert (added[0] > 0).any()
    assert_allclose(added[0], added[1], rtol=1e-9)


def test_leads_alone_need_models(leads_alone, message_of):
    """What cannot be fitted is named, with what to type; without first contacts no transaction is an error as ever."""
    career, known, none = leads_alone
    day = {"as_of": "2026-10-31", "seed": 1}
    unfitted = kk.CustomerCareer(scorer=kk.ValueScorer(first_purchase=KEEN, **TERMS))
    assert message_of(kk.DataError, lambda: unfitted.fit(none, customers=known, **day)).startswith(
        "ValueScorer needs at least one customer with a purchase to fit its models: all 200 are prospects, and "
        "purchases, spend are not fitted.\n\nHint: type in the parameters of a firm like this one: "
    )
    assert message_of(
        kk.DataError, lambda: career.career.fit(none, customers=known[["customer_id"]], **day)
    ).startswith("summarize needs at least one transaction: the frame is empty.")
    spec = kk.CustomerCareer(scorer=evolve(career.career.scorer, first_purchase=kk.FirstPurchase()))
    orders = kk.datasets.load_cdnow(sample=True)
    assert message_of(kk.DataError, lambda: spec.fit(orders, as_of=AS_OF, seed=1)) == (
        "CustomerCareer fits the time from first contact to first purchase, and knows no first contact.\n\n"
        "Hint: fit(..., customers=customers) with all known customers: customer_id, first_contact; or leave out "
        "first_purchase of the scorer."
    )


def test_few_buyers_and_many_leads(leads_alone):
    """Two buyers among leads: both kinds have values beside each other."""
    career, known, _ = leads_alone
    orders = pd.DataFrame(
        {"customer_id": ["L5", "L5", "L9"], "date": pd.to_datetime(["2026-10-28", "2026-10-30", "2026-10-29"])}
    ).assign(amount=[30.0, 20.0, 50.0])
    customers = career.career.fit(orders, customers=known, as_of="2026-10-31", seed=1).customers()
    assert customers["clv"].notna().all()
    assert customers["p_first_purchase"].isna().sum() == 2
    assert sorted(customers["abc"].dropna()) == ["A", "A"]
