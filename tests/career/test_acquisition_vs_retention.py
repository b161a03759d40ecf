"""Acquiring beside keeping: planted truth, payback summed by hand, break-even, channels, and what is refused."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.career.worth.given_costs import AcquisitionCosts
from kundkarriar.frames import narrow

AS_OF = "1998-12-31"
PARAMS = kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614)
TYPED = kk.FittedMBGNBD(params=PARAMS, period="W")
GIVEN = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.4, c=1.0))
SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
FIXED = evolve(SCORER, purchases=TYPED, spend=GIVEN)
COSTS = kk.Costs(serve_per_year=2, per_order=0.5, market_per_year=1)
MONEY = ["cost", "value", "low", "high", "net", "value_lifelong", "net_lifelong", "total", "retention_value"]
MONEY += ["cost_per_kept"]


def career_of(shop, *, scorer=SCORER, customers=None, draws=20, **more):
    spec = kk.CustomerCareer(scorer=scorer, groups=kk.CustomerLadder.groups())  # which take no time to fit
    return spec.fit(shop, as_of=AS_OF, seed=1, draws=draws, customers=customers, **more)


def channels_of(shop):
    """A third from the web, few from the fair, and of some it is not known."""
    ids = np.sort(shop["customer_id"].unique())
    channel = np.where(ids % 3 == 0, "web", "shop").astype(object)
    channel[ids % 100 == 1] = "fair"
    channel[ids % 100 == 2] = None
    return pd.DataFrame({"customer_id": ids, "channel": channel, "paid": ids % 7 + 1.0, "owed": -1.0})


@pytest.fixture(scope="module")
def shop():
    return kk.testing.make_transactions(customers=1500, seed=3, start="1997-07-01", until=AS_OF, joining="18M")


@pytest.fixture(scope="module")
def career(shop):
    return career_of(shop, scorer=evolve(SCORER, costs=COSTS), customers=channels_of(shop))


@pytest.fixture(scope="module")
def table(career):
    return career.acquisition_vs_retention(
        cost_acquisition={"web": 8, "shop": 25, "fair": 70}, cost_retention=2, by="channel"
    ).set_index(["part", "who"])


def test_newcomers_bring_what_was_planted(shop):
    """The value of a newcomer, with the first order, is that of the process that made the shop, within the interval.

    Over twenty shops the interval covered it in eighteen.
    """
    days = np.arange(366)
    expected = np.array([0.0, *(TYPED.new_customer(day / 7) for day in days[1:])])
    repeats = (np.diff(expected) * 1.1 ** -((days[1:] - 0.5) / 365.25)).sum()
    truth = 0.3 * GIVEN.new_customer_order() * (1 + repeats)
    row = career_of(shop).acquisition_vs_retention(cost_acquisition=1, cost_retention=1).iloc[0]
    assert row["low"] < truth < row["high"]
    assert row["value"] == pytest.approx(truth, rel=0.1)
    assert 0.1 < (row["high"] - row["low"]) / truth < 0.3


def test_payback_is_the_month_of_a_sum_by_hand(shop):
    """An oracle: expected purchases of each day, discounted one by one, until they have paid the cost."""
    scorer = evolve(FIXED, costs=kk.Costs(serve_per_year=0, per_order=0.5))
    career = career_of(shop, scorer=scorer)
    assert career.draws is None
    base = career.scorer.base(kk.summarize(shop, as_of=AS_OF))
    since = np.datetime64(AS_OF) - np.timedelta64(364, "D")
    first = shop.groupby("customer_id")["date"].min()
    latest = first.index[first >= since]
    by_id = dict(zip(base.summary["customer_id"].to_list(), base.order_value, strict=True))
    order_value = np.mean([by_id[customer] for customer in latest])
    amounts = shop.groupby(["customer_id", "date"])["amount"].sum()
    first_order = np.mean([amounts[customer, first[customer]] for customer in latest])
    days = np.arange(0, 3 * 366)
    expected = np.array([0.0, *(TYPED.new_customer(day / 7) for day in days[1:])])
    repeats = np.cumsum(np.append(0.0, np.diff(expected) * 1.1 ** -((days[1:] - 0.5) / 365.25)))
    value = 0.3 * (first_order + order_value * repeats) - 0.5 * (1 + repeats)
    for months in (1, 7, 25):
        cost = float(np.interp((months - 0.5) * 365.25 / 12, days, value))
        table = career.acquisition_vs_retention(cost_acquisition=cost, cost_retention=1)
        assert table.loc[0, "payback_months"] == months
        assert table.loc[0, "verdict"] == f"pays by month {months}"
    assert table.loc[0, "value"] == pytest.approx(np.interp(365.25, days, value), rel=1e-6)
    assert table.loc[0, "note"].endswith("without an interval: the models' parameters cannot be drawn")
    assert table[["low", "high", "share_to_beat_low"]].isna().all(axis=None)
    free = career.acquisition_vs_retention(cost_acquisition=0.3 * first_order - 0.50001, cost_retention=1).iloc[0]
    assert (free["payback_months"], free["verdict"]) == (0, "the first order pays")
    never = career.acquisition_vs_retention(cost_acquisition=1e6, cost_retention=1).iloc[0]
    assert np.isnan(never["payback_months"])
    assert never["verdict"] == "does not pay within 10 years"


def test_at_break_even_nothing_is_left(career, table):
    """Law: at a cost of its value an acquisition brings 0, and so does keeping that prevents every loss."""
    keep = table.loc["keep", "value"]
    even = career.acquisition_vs_retention(
        cost_acquisition=table.loc[("acquire", "all"), "value"], cost_retention=keep.drop("all").to_dict()
    )
    assert even["net"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert even["value_per_cost"].to_numpy() == pytest.approx(1)
    kept = even[even["part"] == "keep"]
    assert kept["share_to_pay"].to_numpy() == pytest.approx(1)
    assert kept["share_to_beat"].to_numpy() == pytest.approx(1)
    assert kept["verdict"].str.startswith("open: an action must prevent 100%").all()


def test_rungs_sum_to_the_scores(career, table):
    """Law: value at risk, customers and expected losses of the rungs are those of the table of customers."""
    customers, keep = career.customers(), table.loc["keep"]
    assert keep["total"].drop("all").sum() == pytest.approx(customers["value_at_risk"].sum())
    assert keep.loc["all", "total"] == pytest.approx(customers["value_at_risk"].sum())
    assert keep["customers"].drop("all").to_dict() == customers["rung"].value_counts().to_dict()
    for rung, own in customers.groupby("rung"):
        alive, row = own["p_alive"], keep.loc[rung]
        assert row["value"] == pytest.approx(own["value_at_risk"].mean())
        assert row["p_leaves"] == pytest.approx(np.average(own["p_leaves"], weights=alive))
        assert row["retention_value"] == pytest.approx(np.average(own["retention_value"], weights=alive))
        assert row["cost_per_kept"] == pytest.approx(2 * len(own) / (alive * own["p_leaves"]).sum())
        assert row["low"] <= row["value"] <= row["high"]
        assert row["share_to_beat_low"] <= row["share_to_beat"] <= row["share_to_beat_high"]


def test_the_claim_is_a_comparison_of_value_per_cost(career, table):
    """The share to beat makes both sides equal; the verdict follows it and its interval."""
    acquire, keep = table.loc[("acquire", "all")], table.loc["keep"]
    assert (keep["share_to_beat"] * keep["value_per_cost"]).to_numpy() == pytest.approx(acquire["value_per_cost"])
    assert keep["cost_ratio"].to_numpy() == pytest.approx(acquire["cost"] / 2)
    for cost, begins in ((1e4, "keeping pays more"), (0.1, "acquiring pays more"), (0, "acquiring pays more")):
        told = career.acquisition_vs_retention(cost_acquisition=cost, cost_retention={"client": 1})
        assert told["verdict"].iloc[-1].startswith(begins), cost
        assert told["who"].tolist() == ["all", "client", "all"]
    free = career.acquisition_vs_retention(cost_acquisition=5, cost_retention=0).iloc[-1]
    assert (free["share_to_pay"], free["share_to_beat"]) == (0, 0)
    assert free["verdict"].startswith("keeping pays more if an action prevents more than 0% of losses")
    both = career.acquisition_vs_retention(cost_acquisition=0, cost_retention=0).iloc[-1]
    assert both["verdict"] == "not known"


def test_channels_are_of_their_own_newcomers(shop, career, table):
    """Each has its newcomers and first orders; few of them get the value of all; who has no channel is in "all"."""
    acquire = table.loc["acquire"]
    assert acquire.index.tolist() == ["fair", "shop", "web", "all"]
    assert acquire.loc["fair", "value"] == acquire.loc["all", "value"]
    assert acquire.loc["fair", "note"].startswith("fewer than 20 newcomers: the value is that of all; repeat purchases")
    assert acquire.loc["web", "value"] != acquire.loc["shop", "value"]
    assert acquire["cost"].drop("all").tolist() == [70, 25, 8]
    known = acquire["customers"].drop("all")
    n = acquire.loc["all", "customers"]
    assert 0 < known.sum() < n
    told = f"{n - known.sum():,.0f} of {n:,.0f} newcomers have no `channel`, and are in this row alone"
    assert acquire.loc["all", "note"].startswith(told)
    assert not acquire["note"].drop("all").str.contains("in this row alone").any()
    assert acquire.loc["all", "cost"] == pytest.approx(np.average([70, 25, 8], weights=known))
    one = career.acquisition_vs_retention(cost_acquisition=9, cost_retention=1, by="channel")
    assert one.loc[one["part"] == "acquire", "cost"].tolist() == [9] * 4
    own = career.acquisition_vs_retention(cost_acquisition="paid", cost_retention=1)
    first = shop.groupby("customer_id")["date"].min()
    latest = first.index[first >= pd.Timestamp(AS_OF) - pd.Timedelta(days=364)]
    assert own.loc[0, "cost"] == pytest.approx(np.mean(latest.to_numpy() % 7 + 1.0))


def test_a_missing_channel_is_not_the_one_without_a_name():
    """The empty text is a channel; who has none has no cost by channel."""
    known = narrow(pd.DataFrame({"customer_id": [1, 2, 3], "channel": ["", None, "web"]}), need="a test")
    costs = AcquisitionCosts.read({"": 5, "web": 6}, by="channel", summary=known, columns=["channel"], at=np.arange(3))
    assert costs.channel.tolist() == [0, -1, 1]
    assert costs.cost == pytest.approx([5, np.nan, 6], nan_ok=True)


def test_repeat_purchases_of_a_channel_need_covariates():
    """With the channel among the covariates, a channel whose customers return more is worth more."""
    rich = kk.testing.make_transactions(customers=600, seed=3, start="1997-07-01", until=AS_OF, joining="18M")
    poor = kk.testing.make_transactions(customers=600, seed=4, start="1997-07-01", until=AS_OF, joining="18M")
    once = ~poor["customer_id"].duplicated()
    poor = poor[once | (poor.index % 4 == 0)].assign(customer_id=lambda made: made["customer_id"] + 1000)
    shop = pd.concat([rich, poor], ignore_index=True)
    ids = pd.Series(shop["customer_id"].unique(), name="customer_id")
    customers = pd.DataFrame({"customer_id": ids, "channel": np.where(ids > 1000, "fair", "web")})
    scorer = evolve(SCORER, purchases=kk.MBGNBD(covariates=kk.Covariates(purchase=["channel"], dropout=["channel"])))
    told = career_of(shop, scorer=scorer, customers=customers).acquisition_vs_retention(
        cost_acquisition={"web": 10, "fair": 10}, cost_retention=1, by="channel"
    )
    value = told.set_index("who")["value"]
    assert value["fair"] < 0.8 * value["web"]
    assert not told["note"].fillna("").str.contains("repeat purchases").any()


def test_the_unit_of_money_changes_only_amounts(shop, table):
    """Law: in other coins amounts are multiplied, and shares, months and verdicts are the same."""
    costs = kk.Costs(serve_per_year=200, per_order=50, market_per_year=100)
    scorer = evolve(SCORER, costs=costs)
    coins = career_of(shop.assign(amount=shop["amount"] * 100), scorer=scorer, customers=channels_of(shop))
    other = coins.acquisition_vs_retention(
        cost_acquisition={"web": 800, "shop": 2500, "fair": 7000}, cost_retention=200, by="channel"
    ).set_index(["part", "who"])
    expected = table.assign(**{name: table[name] * 100 for name in MONEY})
    pd.testing.assert_frame_equal(expected, other, rtol=1e-5)


def test_kind_and_order_of_frames_change_nothing(shop, table):
    """Law: polars and shuffled rows say the same."""
    scorer, given = evolve(SCORER, costs=COSTS), {"cost_acquisition": {"web": 8, "shop": 25, "fair": 70}}
    customers, given = channels_of(shop), given | {"cost_retention": 2, "by": "channel"}
    shuffled = career_of(
        shop.sample(frac=1, random_state=1), scorer=scorer, customers=customers.sample(frac=1, random_state=2)
    ).acquisition_vs_retention(**given)
    pd.testing.assert_frame_equal(table.reset_index(), shuffled, rtol=1e-6)
    polars = career_of(pl.from_pandas(shop), scorer=scorer, customers=pl.from_pandas(customers))
    told = polars.acquisition_vs_retention(**given)
    assert isinstance(told, pl.DataFrame)
    pd.testing.assert_frame_equal(table.reset_index(), told.to_pandas(), rtol=1e-6, check_dtype=False)


BAD = {
    "negative cost": (
        {"cost_acquisition": -1},
        "`cost_acquisition` must be a number from 0 to 1e+15, got -1.",
    ),
    "no cost": ({"cost_retention": None}, "`cost_retention` has no default: what that costs is known to you alone."),
    "negative by rung": (
        {"cost_retention": {"client": -2}},
        "`cost_retention['client']` must be a number from 0 to 1e+15, got -2.",
    ),
    "unknown rung": (
        {"cost_retention": {"vip": 2}},
        "`cost_retention` names rungs that the ladder does not have: ['vip'] of {'vip': 2}.",
    ),
    "no column": (
        {"by": "source"},
        (
            "`by` of career.acquisition_vs_retention names a column that `customers` does not have: 'source', found "
            "['channel', 'paid', 'owed']."
        ),
    ),
    "no column of costs": (
        {"cost_acquisition": "cac"},
        (
            "`cost_acquisition` of career.acquisition_vs_retention names a column that `customers` does not have: "
            "'cac', found ['channel', 'paid', 'owed']."
        ),
    ),
    "unknown channel": (
        {"cost_acquisition": {"web": 1, "radio": 2}, "by": "channel"},
        "`cost_acquisition` names values that no customer has in `channel`: ['radio'].",
    ),
    "a channel without a cost": (
        {"cost_acquisition": {"web": 1, "shop": 1}, "by": "channel"},
        "`cost_acquisition` lacks ['fair'], from which newcomers came.",
    ),
    "no by": (
        {"cost_acquisition": {"web": 1}},
        "`cost_acquisition` is by channel, and `by` does not say which column of customers has the channel.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused(career, message_of, case):
    """Costs that are not what they must be, by name, with what to type."""
    given, law = BAD[case]
    given = {"cost_acquisition": 10, "cost_retention": 1} | given
    message, hint = message_of(kk.DataError, lambda: career.acquisition_vs_retention(**given)).split("\n\nHint: ")
    assert message == law
    assert hint


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_what_is_not_there(shop, career, message_of):
    """Costs below 0 in a column, nobody on a rung, no customers, no newcomers, no amounts, no history."""
    given = {"cost_acquisition": 10, "cost_retention": 1}
    law = "career.acquisition_vs_retention needs a cost of at least 0 in `owed` of every newcomer: broken by "
    owed = message_of(kk.DataError, lambda: career.acquisition_vs_retention(cost_acquisition="owed", cost_retention=1))
    assert owed.startswith(law)
    nobody = career.acquisition_vs_retention(cost_acquisition=10, cost_retention={"partner": 1}).iloc[-1]
    assert (nobody["who"], nobody["customers"], nobody["verdict"]) == ("all", 0, "not known")
    alone, older = (career_of(shop, scorer=FIXED, burn_in=span) for span in (None, "18M"))
    assert "and the career was fitted without `customers`" in message_of(
        kk.DataError, lambda: alone.acquisition_vs_retention(**given, by="channel")
    )
    assert "no customer came after the burn-in of 18 months" in message_of(
        kk.DataError, lambda: older.acquisition_vs_retention(**given)
    )
    unpriced = career_of(shop.drop(columns="amount").assign(kind="purchase"), scorer=evolve(FIXED, spend=None))
    assert "counts money" in message_of(kk.CapabilityError, lambda: unpriced.acquisition_vs_retention(**given))
    stored = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
    for ask in (lambda: stored.acquisition_vs_retention(**given), stored.first_orders):
        assert "a career that was read back has no history" in message_of(kk.CapabilityError, ask)


def test_a_season_keeps_the_year(shop):
    """A flat season says what none says; discounting stays in calendar time."""
    none, flat = (
        career_of(shop, scorer=evolve(FIXED, costs=COSTS, season=season)).acquisition_vs_retention(
            cost_acquisition=9, cost_retention=1
        )
        for season in (None, kk.Season(index=[1] * 12))
    )
    for name in ("value", "value_lifelong", "payback_months", "total"):
        assert flat[name].to_numpy() == pytest.approx(none[name].to_numpy(), rel=2e-3, nan_ok=True), name


def test_nothing_is_at_risk_where_nobody_leaves(shop):
    """Under NBD keeping has nothing to prevent, and no number stands for that."""
    scorer = evolve(SCORER, purchases=kk.NBD(), discount_rate=0)
    told = career_of(shop, scorer=scorer).acquisition_vs_retention(cost_acquisition=15, cost_retention=1)
    keep = told[told["part"] == "keep"]
    assert (keep[["share_to_beat", "share_to_beat_low", "share_to_beat_high"]] == np.inf).all(axis=None)
    assert keep["share_to_pay"].isna().all()
    assert (keep["net"] == -1).all()
    assert told[["value_lifelong", "share_beyond_data"]].isna().all(axis=None)


def test_older_customers_are_told_of():
    """Where many were first seen in the first month, both tables warn, and a burn-in ends it."""
    young = kk.testing.make_transactions(customers=300, seed=3, start="1998-01-01", until=AS_OF, joining="9M")
    old = kk.testing.make_transactions(customers=300, seed=4, start="1998-01-01", until=AS_OF, joining="1M")
    shop = pd.concat([young, old.assign(customer_id=old["customer_id"] + 1000)], ignore_index=True)
    career = career_of(shop, scorer=FIXED)
    for ask in (lambda: career.acquisition_vs_retention(cost_acquisition=5, cost_retention=1), career.first_orders):
        with pytest.warns(kk.DataWarning, match=r"\d+ customers were first seen in the first month from 1998-01-01 on"):
            ask()
    with pytest.warns(kk.DataWarning, match="their beginning is not known"):
        later = career_of(shop, scorer=FIXED, burn_in="1M")
    later.acquisition_vs_retention(cost_acquisition=5, cost_retention=1)
    later.first_orders()


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_what_the_data_leave_open_is_told(table):
    """A row whose drawn mean is another value says so; with one model the sum of all rungs is not one."""
    assert pd.isna(table.loc[("keep", "all"), "note"])
    mixed = career_of(
        kk.datasets.load_cdnow(sample=True).query("date <= '1997-12-31'"),
        scorer=evolve(SCORER, purchases=None),
    )
    told = mixed.acquisition_vs_retention(cost_acquisition=5, cost_retention=1).set_index("who")
    assert told.loc["trial buyer", "note"].startswith("the data leave it open: the mean over the posterior is")
