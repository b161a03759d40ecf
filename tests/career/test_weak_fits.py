"""A base that the models do not describe: the fit warns, a check fails, and everything built on it says so."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

NO_DROPOUT = "MBGNBD: no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."
AS_OF = "2025-12-30"
SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
SPEC = kk.CustomerCareer(scorer=SCORER)
BUDGET = kk.Budget(money=1000, hours=10, period="2026")


def business_customers(seed):
    """300 customers who buy at gamma rates (shape .74, mean .084 a week), begin within 27 weeks, and never leave."""
    generator = np.random.default_rng(seed)
    rate = generator.gamma(0.74, 1 / 8.8, size=300) / 7
    typical = 200 * generator.gamma(5, 1 / 5, size=300)
    orders = []
    for customer in range(300):
        day = generator.uniform(0, 27 * 7)
        while day < 52 * 7:
            orders.append((customer, pd.Timestamp("2025-01-01") + pd.Timedelta(days=int(day)), typical[customer]))
            day += generator.exponential(1 / rate[customer])
    frame = pd.DataFrame(orders, columns=["customer_id", "date", "amount"])
    frame["amount"] *= generator.gamma(3, 1, size=len(frame))
    return frame.assign(amount=frame["amount"].round(2) + 1)


def fitted(transactions, *, draws=20, **given):
    with warnings.catch_warnings(action="ignore", category=kk.DataWarning):
        return SPEC.fit(transactions, as_of=AS_OF, seed=1, draws=draws, **given)


@pytest.fixture(scope="module", params=[3, 7, 12])
def orders(request):
    """Seeds whose fit ends at its boundary."""
    return business_customers(request.param)


@pytest.fixture(scope="module")
def career(orders):
    return fitted(orders)


def action(on, **given):
    effect = kk.Effect(on=on, mean=0.8, low=0.7, high=1, evidence="assumed", relative_to="no call")
    return kk.Action(name="call", objective="retain", lever="service", cost=5, hours=0, effect=effect, **given)


def test_the_fit_warns(orders):
    summary = kk.summarize(orders, as_of=AS_OF)
    with pytest.warns(kk.DataWarning, match="MBGNBD: no dropout identifiable") as caught:
        fit = kk.MBGNBD().fit(summary)
    assert [str(each.message) for each in caught] == list(fit.weaknesses)


@pytest.mark.weak_fit
def test_the_career_warns_and_a_check_fails(orders, career):
    with pytest.warns(kk.DataWarning, match="no dropout identifiable"):
        SPEC.fit(orders, as_of=AS_OF, seed=1, draws=2)
    checks = career.checks().set_index("check")
    assert not checks.loc["the data identify the purchase model", "passed"]
    assert "no dropout identifiable" in checks.loc["the data identify the purchase model", "message"]
    assert checks.loc["the data identify the spend model", "passed"]


def test_every_total_says_so(career):
    assert NO_DROPOUT[:-1] in career.draws.total()["note"].iloc[0]
    assert NO_DROPOUT[:-1] in career.bridge()["source"].iloc[1]
    assert (career.customers()["model_note"] == NO_DROPOUT).all()


def test_a_plan_says_so(career):
    plan = career.plan(actions=[action("purchases")], budget=BUDGET, start="2026-01-01")
    summary, checks = plan.summary().set_index("item"), plan.checks().set_index("check")
    assert all(NO_DROPOUT in summary.loc[item, "note"] for item in ("incremental value", "net"))
    assert not checks.loc["nothing makes the scores doubtful", "passed"]
    for read in (plan, kk.Plan.from_dict(json.loads(json.dumps(plan.to_dict())))):
        assert f"Of the models behind these figures: {NO_DROPOUT}" in read.explain(3)


def test_an_effect_on_leaving_is_refused_where_nobody_leaves(career, message_of):
    planned = {"actions": [action("leaving")], "budget": BUDGET, "start": "2026-01-01"}
    assert message_of(kk.CapabilityError, lambda: career.plan(**planned)) == (
        f"the action 'call' has an effect on leaving, and there is no leaving to prevent: {NO_DROPOUT}\n\nHint: "
        "kk.compare_models([kk.BGNBD(), kk.MBGNBD(), kk.ParetoNBD()], summary) tells in its column `boundary` which "
        'models are not at one here; or state the effect as on="purchases" or on="value".'
    )


@pytest.mark.weak_fit
def test_a_model_without_leaving_has_no_effect_on_leaving(orders, message_of):
    scorer = kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="12M")
    career = kk.CustomerCareer(scorer=scorer).fit(orders, as_of=AS_OF, seed=1, draws=2)
    planned = {"actions": [action("leaving")], "budget": BUDGET, "start": "2026-01-01"}
    message = message_of(kk.CapabilityError, lambda: career.plan(**planned))
    assert message.startswith("an effect on leaving: in NBD nobody leaves, so there is no leaving to prevent.")
    assert career.checks().set_index("check").loc["the data identify the purchase model", "passed"]


def test_models_are_compared_without_warnings(orders):
    """The table has the boundaries in a column."""
    table = kk.compare_models([kk.NBD(), kk.MBGNBD()], kk.summarize(orders, as_of=AS_OF))
    assert table["boundary"].notna().tolist() == [False, True]


def test_a_backtest_says_at_how_many_origins(orders):
    with pytest.warns(kk.DataWarning, match="backtest, at . of 2 origins: MBGNBD: no dropout identifiable"):
        result = kk.Backtest(scorer=SCORER, origins=2, horizon="3M", draws=2).run(orders)
    assert result.summary()["note"].str.contains("no dropout identifiable").any()


def test_a_backtest_says_once_what_differs_in_numbers_alone():
    """With the numbers of the latest origin, and its date."""
    few = kk.testing.make_transactions(customers=45, seed=1, joining="15M")
    spec = kk.Backtest(scorer=SCORER, origins=2, horizon="3M", draws=2, until="1998-06-28")
    with pytest.warns(kk.DataWarning) as told:
        result = spec.run(few)
    rough = [str(each.message) for each in told if "MBGNBD: fitted to" in str(each.message)]
    latest, earlier = result.summary().query("rule == 'model'")["customers"]
    assert latest > earlier
    begins = f"backtest, at 2 of 2 origins, in numbers of 1998-03-28: MBGNBD: fitted to {latest} customers"
    assert rough == [f"{begins}, fewer than 50: the parameters are rough."]


def test_parameters_stay_within_the_limits_where_nobody_leaves(orders):
    """Shape and rate of the dropout rates of Pareto/NBD go to 0 together; the likelihood stays that of NBD."""
    summary = kk.summarize(orders, as_of=AS_OF)
    with pytest.warns(kk.DataWarning):
        pareto = kk.ParetoNBD().fit(summary)
    assert pareto.log_likelihood == pytest.approx(pareto.log_likelihood_of(summary), abs=1e-3)
    assert pareto.log_likelihood > kk.NBD().fit(summary).log_likelihood - 1e-3


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", [17, 18])
def test_a_search_beyond_the_limits_goes_on_within_them(seed):
    """Purchases of 27 weeks: the likelihood rises towards a rate of lifetimes below e^-28."""
    orders = business_customers(seed)
    orders = orders[orders["date"] < "2025-07-09"]
    summary = kk.summarize(orders, as_of="2025-07-08")
    pareto, nbd = kk.ParetoNBD().fit(summary), kk.NBD().fit(summary)
    assert pareto.log_likelihood == pytest.approx(pareto.log_likelihood_of(summary), abs=1e-3)
    assert nbd.log_likelihood - 1e-3 < pareto.log_likelihood < nbd.log_likelihood + 2


@pytest.mark.weak_fit
def test_few_customers_are_said(career):
    few = kk.testing.make_transactions(customers=40, seed=1)
    with pytest.warns(kk.DataWarning, match="MBGNBD: fitted to 40 customers, fewer than 50"):
        small = SPEC.fit(few, as_of="1998-06-30", seed=1, draws=2)
    name = "the purchase model was fitted to enough customers"
    assert not small.checks().set_index("check").loc[name, "passed"]
    assert career.checks().set_index("check").loc[name, "passed"]


@pytest.mark.weak_fit
def test_a_few_newcomers_among_older_customers_are_said():
    """All customers are fitted; few of those known from their first purchase say little of newcomers."""
    newcomers = kk.testing.make_transactions(customers=60, seed=1, start="1997-05-01")
    old = kk.testing.make_transactions(customers=140, seed=2, start="1997-01-01", joining="1W")
    both = pd.concat([newcomers, old.assign(customer_id=old["customer_id"] + 1000)])
    with pytest.warns(kk.DataWarning, match="repeat buyers among customers known from their first"):
        career = SPEC.fit(both, as_of="1998-06-30", burn_in="3M", seed=1, draws=2)
    check = career.checks().set_index("check").loc["the purchase model was fitted to enough customers"]
    assert (check["passed"], check["value"]) == (False, 200)


@pytest.mark.weak_fit
@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas])
def test_customers_who_may_be_older_than_the_data_are_told_without_a_burn_in(library):
    new = kk.testing.make_transactions(customers=240, seed=1, joining="12M")
    old = kk.testing.make_transactions(customers=100, seed=2, joining="1W")
    both = library(pd.concat([new, old.assign(customer_id=old["customer_id"] + 1000)], ignore_index=True))
    career = SPEC.fit(both, as_of="1998-06-30", seed=1, draws=2)
    for told in (career, kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))):
        checks = told.checks()
        at = list(checks["check"]).index("customers are not older than the data")
        assert not checks["passed"][at]
        assert checks["message"][at].startswith(
            "121 customers (35.6%) were first seen in the first month, against 19.9 in"
        )
    alone = SPEC.fit(library(new), as_of="1998-06-30", seed=1, draws=2).checks()
    assert alone["passed"][at]
    assert alone["informative"][at]


@pytest.mark.weak_fit
def test_older_customers_who_buy_far_more_have_a_law_of_their_own():
    """Newcomers are expected to buy what they would without the old customers; one law for all expects far more."""
    newcomers = kk.testing.make_transactions(customers=150, seed=1, start="1997-05-01")
    days = pd.date_range("1997-01-02", "1998-06-30", freq="14D")
    loyal = pd.DataFrame({"customer_id": np.repeat(range(1000, 1100), len(days)), "date": np.tile(days, 100)})
    orders = pd.concat([newcomers, loyal.assign(amount=20.0)])
    apart, together, alone = (
        SPEC.fit(rows, as_of="1998-06-30", seed=1, draws=2, **given).scorer.purchases
        for rows, given in ((orders, {"burn_in": "3M"}), (orders, {}), (newcomers, {}))
    )
    assert apart.older is not None
    ahead = [each.new_customer(26) for each in (apart, together, alone)]
    assert ahead[0] == pytest.approx(ahead[2], rel=0.2)
    assert ahead[1] > 2 * ahead[2]


def test_one_total_everywhere(career):
    """The expected total is the sum of the scores, in the bridge, in totals and in each interval."""
    customers, bridge, total = career.customers(), career.bridge(), career.draws.total()
    assert total["expected"].iloc[0] == pytest.approx(customers["clv"].sum(), rel=1e-12)
    assert bridge["amount"].iloc[1] == pytest.approx(customers["expected_sales"].sum(), rel=1e-12)
    for low, point, high in (("clv_low", "clv", "clv_high"), ("expected_low", "clv", "expected_high")):
        assert ((customers[low] <= customers[point]) & (customers[point] <= customers[high])).all()
    for frame, point in ((bridge.dropna(subset="low"), "amount"), (total, "expected")):
        assert ((frame["low"] <= frame[point]) & (frame[point] <= frame["high"])).all()


@pytest.mark.weak_fit
def test_what_the_data_leave_open_is_shown_twice():
    """The mean over the posterior of few customers lies far above the total at the optimum."""
    few = kk.testing.make_transactions(customers=12, seed=13)
    with pytest.warns(kk.DataWarning, match="the data leave it open: the mean over the posterior is"):
        career = SPEC.fit(few, as_of="1998-06-30", seed=1, draws=400)
    check = career.checks().set_index("check").loc["the data settle the expected total"]
    assert not check["passed"]
    assert abs(check["value"]) > check["limit"] == 0.03
    bridge, total = career.bridge(), career.draws.measuring("sales").total()
    assert bridge["line"].str.endswith("mean over the posterior").sum() == 1
    assert bridge["amount"].iloc[2] == pytest.approx(total["expected"].iloc[1])
    assert total["note"].iloc[1].startswith("mean over the posterior; ")
    sums = career.bridge(newcomers=False).set_index("line")["amount"]
    assert sums["net sales, next 12 months"] == pytest.approx(bridge["amount"].iloc[1])


def test_a_bridge_with_a_backtest_shows_factor_and_width(cdnow_sample, message_of):
    career = SPEC.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=20)
    result = kk.Backtest(scorer=SCORER, origins=3, horizon="3M", draws=20).run(cdnow_sample)
    alone, calibrated = career.bridge(), career.bridge(backtest=result).set_index("line")
    assert "level error of sd 8.0% (prior)" in alone["source"].iloc[1]
    today = calibrated.loc["net sales of today's customers, next 12 months"]
    line = calibrated.loc["calibration by the backtest"]
    factor = result.factor("sales")
    assert "not included" not in today["source"]
    assert line["amount"] == pytest.approx(today["amount"] * (factor.factor - 1))
    assert line["source"].startswith(f"factor {factor.factor:.3f}: geometric mean of actual / predicted over 3 months")
    ahead = calibrated.loc["net sales, next 12 months"]
    assert ahead["low"] < ahead["amount"] < ahead["high"]
    width = ahead["high"] - ahead["low"]
    assert width > (today["high"] - today["low"]) * factor.factor
    assert message_of(kk.DataError, lambda: career.bridge(backtest=result.summary())).startswith("`backtest` must be ")


def test_a_career_read_back_says_the_same(career):
    read = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
    assert read.checks().equals(career.checks())
    assert read.bridge().equals(career.bridge())


def test_a_career_stored_before_the_mean_was_is_read_without_it(career, message_of):
    stored = json.loads(json.dumps(career.to_dict()))
    for came_later in ("alone_low", "alone_high", "drawn", "drawn_alone", "coming", "not_coming"):
        stored["money"].pop(came_later, None)
    del stored["money"]["mean"]
    assert "lacks ['mean']" in message_of(kk.DataError, lambda: kk.FittedCareer.from_dict(stored))
    del stored["money"]["mean_error"]
    read = kk.FittedCareer.from_dict(stored)
    check = read.checks().set_index("check").loc["the data settle the expected total"]
    assert check["passed"]
    assert not check["informative"]
    assert not read.bridge()["line"].str.endswith("posterior").any()
