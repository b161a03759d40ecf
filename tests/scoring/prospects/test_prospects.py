"""Values of prospects: laws, a direct summation, and what is refused."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from attrs import evolve
from numpy.testing import assert_allclose

import kundkarriar as kk
from kundkarriar.dates.period import DAYS

AS_OF = "1997-09-30"
PURCHASES = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44, c=1.2))
KEEN = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=0.8, beta=4.0, never=0.4))
COSTS = kk.Costs(serve_per_year=2.0, market_per_year=0.5, per_order=1.0)
SCORER = kk.ValueScorer(
    purchases=PURCHASES, spend=SPEND, margin=0.3, discount_rate=0.1, horizon="12M", costs=COSTS, first_purchase=KEEN
)
MONEY = ["expected_sales", "expected_revenue", "clv", "contribution", "cost", "net_value", "clv_lifelong"]
UNKNOWN = ["p_alive", "p_leaves", "p_paused", "share_beyond_data", "retention_value", "value_at_risk", "win_back_value"]


@pytest.fixture(scope="module")
def few(cdnow_sample):
    return cdnow_sample[cdnow_sample["customer_id"] < 3000]


@pytest.fixture(scope="module")
def known():
    """Six prospects, the last without a first contact."""
    days = pd.to_datetime(["1997-09-29", "1997-08-01", "1997-05-01", "1997-01-15", "1996-01-15", None])
    return pd.DataFrame({"customer_id": np.arange(-6, 0), "first_contact": days, "channel": list("wsw") * 2})


@pytest.fixture(scope="module")
def summary(few, known):
    return kk.summarize(few, as_of=AS_OF, customers=known)


@pytest.fixture(scope="module")
def leads(few, known):
    return kk.leads(known, few, as_of=AS_OF)


def scored(scorer, summary, leads, **given):
    with pytest.warns(kk.DataWarning, match=r"1 of 6 prospects have no row in `leads`"):
        return scorer.fit(summary).score(summary, leads=leads, **given)


@pytest.fixture(scope="module")
def scores(summary, leads):
    return scored(SCORER, summary, leads)


def test_values_are_sums_over_short_spans(scores, leads):
    """A prospect's value: the sum over short spans of P(first purchase in it) x what a newcomer brings from then on."""
    newcomer = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0], "period": ["W"]})
    year = 365.25
    edges = year * np.linspace(0.0, 1.0, 121) ** 1.5
    middle = (edges[1:] + edges[:-1]) / 2
    later = [
        PURCHASES.predict(newcomer, horizon=(year - at) / 7)["expected_purchases"].iloc[0] for at in middle.tolist()
    ]
    discounted = [
        PURCHASES.discounted(newcomer, discount_rate=0.1, horizon=(year - at) / 7)["discounted_purchases"].iloc[0]
        for at in middle.tolist()
    ]
    within = np.diff(KEEN.p_within(KEEN.read(leads), edges / DAYS["M"]), axis=1)
    first, order = SPEND.first_order_value(), SPEND.new_customer_order()
    mine, discount = scores.iloc[:5], 1.1 ** -(middle / year)
    assert first == pytest.approx(1.2 * order)
    assert_allclose(mine["p_first_purchase"], within.sum(axis=1), rtol=1e-9)
    assert_allclose(mine["expected_purchases"], within @ (1 + np.array(later)), rtol=5e-5)
    assert_allclose(mine["expected_sales"], within @ (first + order * np.array(later)), rtol=5e-5)
    revenue = within * discount @ (first + order * np.array(discounted))
    assert_allclose(mine["expected_revenue"], revenue, rtol=5e-5)
    assert_allclose(mine["clv"], 0.3 * revenue, rtol=5e-5)
    handled = within * discount @ (1 + np.array(discounted))
    assert_allclose(mine["contribution"], mine["clv"] - handled, rtol=5e-5)
    ever = PURCHASES.discounted(newcomer, discount_rate=0.1)["discounted_purchases"].iloc[0]
    days = np.concatenate([np.linspace(0.0, year, 732), np.geomspace(year, 70_000, 20_000)[1:]])
    ahead = np.diff(KEEN.p_within(KEEN.read(leads), days / DAYS["M"]), axis=1) @ (
        1.1 ** -((days[1:] + days[:-1]) / 2 / year)
    )
    assert_allclose(mine["clv_lifelong"], 0.3 * ahead * (first + order * ever), rtol=2e-5)


def test_what_is_told_of_whom(scores, summary):
    """Prospects have a value and no state; p_first_purchase is theirs alone; no first contact, no value; one rank."""
    prospects, buyers = scores.iloc[:5], scores.iloc[6:]
    assert prospects[UNKNOWN].isna().all(axis=None)
    assert prospects.drop(columns=UNKNOWN).notna().all(axis=None)
    assert scores.iloc[5].drop("customer_id").isna().all()
    assert buyers["p_first_purchase"].isna().all()
    assert (prospects["p_first_purchase"] == prospects["p_purchase"]).all()
    assert_allclose(prospects["revenue_cost_ratio"], prospects["clv"] / prospects["cost"], rtol=1e-12)
    assert_allclose(
        prospects["expected_sales"], prospects["expected_order_value"] * prospects["expected_purchases"], rtol=1e-12
    )
    known = scores[scores["net_value"].notna()]
    assert_allclose(known["rank"], known["net_value"].rank(ascending=False, method="min"))
    plain = evolve(SCORER, first_purchase=None).fit(summary).score(summary)
    assert "p_first_purchase" not in plain
    pd.testing.assert_frame_equal(buyers[plain.columns.drop("rank")], plain.drop(columns="rank").iloc[6:])


def test_a_longer_horizon_is_worth_more(scores, summary, leads):
    """The chance, the purchases and the value grow with the horizon, up to a lifetime."""
    columns, shorter = ["p_first_purchase", "expected_purchases", "expected_sales", "clv"], None
    for horizon in ("10D", "3M", "12M", "52W", "5Y"):
        longer = scored(evolve(SCORER, horizon=horizon), summary, leads)[columns].iloc[:5].to_numpy()
        if horizon == "52W":  # 364 days
            longer = longer + 1e-9
            assert (longer < scores[columns].iloc[:5].to_numpy()).all()
            continue
        assert shorter is None or (longer > shorter).all()
        shorter = longer
    assert (scores["clv"].iloc[:5] < scores["clv_lifelong"].iloc[:5]).all()


def test_who_never_buys_is_worth_nothing(summary, leads):
    """A share of 1 that never buys: chance, purchases, money and costs are 0."""
    never = evolve(SCORER, first_purchase=evolve(KEEN, params=evolve(KEEN.params, never=1.0)))
    mine = scored(never, summary, leads).iloc[:5]
    assert_allclose(mine[["p_purchase", "expected_purchases", *MONEY]], 0.0, atol=1e-12)


def test_who_buys_at_once_is_a_newcomer(summary, leads):
    """Where all buy within days, a prospect has the value of a newcomer: the first order and the repeats of a year."""
    params = kk.FirstPurchaseParams(alpha=1e6, beta=1e-3, never=0.0)
    mine = scored(
        evolve(SCORER, first_purchase=evolve(KEEN, params=params)), summary, leads.assign(months=0.1, months_known=0.1)
    )
    newcomer = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0], "period": ["W"]})
    year = PURCHASES.discounted(newcomer, discount_rate=0.1, horizon=365.25 / 7)["discounted_purchases"].iloc[0]
    worth = 0.3 * (SPEND.first_order_value() + SPEND.new_customer_order() * year)
    assert_allclose(mine["p_purchase"].iloc[:5], 1.0, rtol=1e-9)
    assert_allclose(mine["clv"].iloc[:5], worth, rtol=2e-3)


def test_coins_change_no_chance(scores, summary, leads):
    """Orders in other coins: amounts scale, chances and ranks do not."""
    names = ["total_value", "returns_value", "first_value", "monetary_value"]
    gamma = evolve(SPEND, params=evolve(SPEND.params, gamma=SPEND.params.gamma * 100))
    costs = kk.Costs(serve_per_year=200.0, market_per_year=50.0, per_order=100.0)
    other = scored(
        evolve(SCORER, spend=gamma, costs=costs), summary.assign(**{name: summary[name] * 100 for name in names}), leads
    )
    assert_allclose(other[MONEY], 100 * scores[MONEY], rtol=1e-9)
    same = ["p_first_purchase", "expected_purchases", "rank"]
    assert_allclose(other[same], scores[same], rtol=1e-12)


def test_order_of_rows_and_library_change_nothing(scores, summary, leads):
    """Shuffled customers and leads, and polars, give the same values; no frame is changed."""
    pl = pytest.importorskip("polars")
    before = summary.copy(), leads.copy()
    some = summary.sample(frac=1, random_state=1)
    mixed = scored(SCORER, some, leads.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(mixed.sort_index(), scores.reset_index(drop=True), check_like=True)
    of_polars = scored(SCORER, pl.from_pandas(summary), pl.from_pandas(leads))
    assert isinstance(of_polars, pl.DataFrame)
    assert_allclose(of_polars.to_pandas().to_numpy(), scores.to_numpy(), rtol=1e-12)
    for frame, copy in zip((summary, leads), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_first_orders_follow_the_columns_of_spend(few, known):
    """A prospect's first order is that of a newcomer with the prospect's own columns."""
    everyone = pd.concat([known, few[["customer_id"]].drop_duplicates()], ignore_index=True)
    everyone["channel"] = np.where(everyone["customer_id"] % 3 == 0, "web", "shop")
    summary = kk.summarize(few, as_of=AS_OF, customers=everyone)
    scorer = evolve(SCORER, spend=kk.GammaGamma(first_order=True, columns=("channel",)))
    fitted = scorer.fit(summary, customers=everyone)
    with pytest.warns(kk.DataWarning, match="no row in `leads`"):
        scores = fitted.score(summary, customers=everyone, leads=kk.leads(everyone, few, as_of=AS_OF))
    ratio = fitted.spend.first_order_value({"channel": "web"}) / fitted.spend.first_order_value({"channel": "shop"})
    value = scores["expected_order_value"].iloc[:5].to_numpy()
    assert abs(ratio - 1) > 0.001
    assert_allclose(value[3] / value[1], ratio, rtol=1e-9)  # customers -3 and -5


def test_purchases_are_counted_without_spend(summary, leads):
    """Without a spend model prospects have chances and purchases, and are ranked by these."""
    scores = scored(evolve(SCORER, spend=None, costs=None), summary, leads)
    assert "clv" not in scores
    assert scores[["p_purchase", "expected_purchases", "rank"]].iloc[:5].notna().all(axis=None)


def test_without_leads_prospects_have_no_value(summary):
    """A fitted model of first purchases says nothing of prospects whose first contact is not given."""
    scores = SCORER.fit(summary).score(summary)
    assert scores.iloc[:6].drop(columns="customer_id").isna().all(axis=None)


def test_a_spec_is_fitted_to_the_leads(few):
    """The model of first purchases is fitted to all leads, buyers too; what is stored says the same again."""
    lead = KEEN.simulate([18.0] * 3000, seed=1)
    summary = kk.summarize(few, as_of=AS_OF)
    spec = evolve(SCORER, first_purchase=kk.FirstPurchase())
    fitted = spec.fit(summary, leads=lead)
    assert fitted.first_purchase == kk.FirstPurchase().fit(lead)
    again = kk.FittedValueScorer.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again.first_purchase.params == fitted.first_purchase.params
    for scorer in (spec, SCORER, evolve(SCORER, first_purchase=None)):
        assert kk.ValueScorer.from_dict(json.loads(json.dumps(scorer.to_dict()))) == scorer


def test_leads_alone_are_scored(few, known):
    """Nobody has bought, and all models are given: everyone has the value of a prospect."""
    leads = kk.leads(known, few.iloc[:0], as_of=AS_OF)
    summary = kk.summarize(few.iloc[:0], as_of=AS_OF, customers=known)
    fitted = SCORER.fit(summary)
    assert fitted.observed == 0.0
    with pytest.warns(kk.DataWarning, match="no row in `leads`"):
        scores = fitted.score(summary, leads=leads)
    assert scores["clv"].iloc[:5].min() > 0
    assert math.isnan(scores["clv"].iloc[5])


BAD = {
    "no leads to fit": (
        lambda s, _: evolve(SCORER, first_purchase=kk.FirstPurchase()).fit(s),
        (
            "ValueScorer fits the time to the first purchase to leads, and has none.\n\nHint: scorer.fit(summary, "
            "leads=kk.leads(customers, transactions, as_of=...)), as of the day of the summary; or "
            "first_purchase=kk.FittedFirstPurchase(params=...)."
        ),
    ),
    "leads without a model": (
        lambda s, leads: evolve(SCORER, first_purchase=None).fit(s).score(s, leads=leads),
        (
            "ValueScorer has no model of first purchases, and `leads` are read by one.\n\nHint: "
            "kk.ValueScorer(first_purchase=kk.FirstPurchase(), ...), or leave out `leads`."
        ),
    ),
    "leads of others": (
        lambda s, leads: SCORER.fit(s).score(s, leads=leads.assign(customer_id=leads["customer_id"] - 4)),
        "ValueScorer: `leads` are of customers of the summary: broken by 4 of 5 rows.",
    ),
    "leads of another day": (
        lambda s, leads: SCORER.fit(s).score(s, leads=leads.assign(bought=True)),
        "ValueScorer: `leads` are as of the day of the summary: `bought` where it has a purchase: broken by 5 of 5",
    ),
    "negative months": (
        lambda s, leads: SCORER.fit(s).score(s, leads=leads.assign(months=-1.0)),
        "ValueScorer: `leads`: `months` counts months since the first contact: from 0 to 120,000: broken by 5 of 5",
    ),
    "a lead twice": (
        lambda s, leads: SCORER.fit(s).score(s, leads=pd.concat([leads, leads.head(1)])),
        "ValueScorer: `leads` needs one row per customer in `customer_id`: broken by 2 of 6 rows.",
    ),
    "no table of leads": (
        lambda s, _: SCORER.fit(s).score(s, leads=s),
        "ValueScorer: `leads` needs columns that are not there: ['bought', 'months'].",
    ),
    "nobody bought, and models to fit": (
        lambda s, leads: evolve(SCORER, purchases=kk.MBGNBD(), spend=kk.GammaGamma()).fit(s.head(6), leads=leads),
        (
            "ValueScorer needs at least one customer with a purchase to fit its models: all 6 are prospects, and "
            "purchases, spend are not fitted.\n\nHint: type in the parameters of a firm like this one: "
            "purchases=kk.FittedMBGNBD("
        ),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_leads_are_refused(case, summary, leads, message_of):
    call, message = BAD[case]
    assert message_of(kk.DataError, lambda: call(summary, leads)).startswith(message)


def test_other_models_and_seasons_are_refused(message_of):
    assert message_of(kk.DataError, lambda: evolve(SCORER, first_purchase=PURCHASES)).startswith(
        "`first_purchase` must be a kk.FirstPurchase, a kk.FittedFirstPurchase or None, got FittedMBGNBD"
    )
    season = kk.Season(index=[1.0] * 11 + [2.0])
    assert message_of(kk.CapabilityError, lambda: evolve(SCORER, season=season)).startswith(
        "ValueScorer counts first purchases in the calendar's time, and a season warps time"
    )
    fitted = kk.FittedValueScorer(
        scorer=SCORER,
        purchases=PURCHASES,
        spend=SPEND,
        return_mean=0.0,
        return_mass=1.0,
        observed=0,
        first_purchase=KEEN,
    )
    assert message_of(kk.DataError, lambda: evolve(fitted, first_purchase=None)).startswith(
        "`first_purchase` of a fitted scorer is that of its `scorer`, FittedFirstPurchase, fitted, got NoneType."
    )
