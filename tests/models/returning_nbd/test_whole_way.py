"""ReturningNBD at every station: scores, careers, backtests, comparisons, a season, polars, prospects, no amounts."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

AS_OF, END = "1997-09-30", "1998-06-30"
TERMS = {"margin": 0.3, "discount_rate": 0.1, "horizon": "6M"}
CHRISTMAS = kk.Season(index=[0.8, 0.9, 1, 1, 1, 1, 0.7, 0.9, 1, 1.1, 1.2, 2])


@pytest.fixture(scope="module")
def some(cdnow_sample):
    """A third of the sample."""
    return cdnow_sample[cdnow_sample["customer_id"] % 3 == 1]


@pytest.fixture(scope="module")
def some_summary(some):
    return kk.summarize(some, as_of=AS_OF, gaps=True)


@pytest.fixture(scope="module")
def scored(some_summary):
    costs = kk.Costs(serve_per_year=1.0, per_order=0.5)
    return kk.ValueScorer(purchases=kk.ReturningNBD(), costs=costs, **TERMS).fit(some_summary)


def test_the_laws_of_purchase_models():
    kk.testing.check_purchase_model(kk.ReturningNBD())


def test_scores_and_draws(scored, some_summary):
    """Purchases are the model's; drawn totals surround the score's; who is off is paused or stays away."""
    scores = scored.score(some_summary)
    weeks = kk.Period.of("6M").in_units("W")
    ahead = scored.purchases.predict(some_summary, horizon=weeks, also=["p_purchase"])
    for name in ("p_alive", "p_purchase", "expected_purchases"):
        assert scores[name].to_numpy() == pytest.approx(ahead[name].to_numpy(), rel=1e-9)
    back = 1 - np.exp(-scored.purchases.params.nu * weeks)
    assert scores["p_paused"].to_numpy() == pytest.approx((1 - scores["p_alive"]).to_numpy() * back, rel=1e-9)
    assert (scores[["retention_value", "win_back_value"]] >= 0).all(axis=None)
    draws = scored.draw(some_summary, seed=1, draws=200)
    with_draws = scored.score(some_summary, draws=draws)
    total = draws.total()
    assert total["low"].iloc[0] < scores["clv"].sum() < total["high"].iloc[0]
    assert with_draws["clv"].equals(scores["clv"])


def test_a_scorer_is_read_back(scored, some_summary):
    read = kk.FittedValueScorer.from_dict(json.loads(json.dumps(scored.to_dict())))
    assert read == scored
    pd.testing.assert_frame_equal(read.score(some_summary), scored.score(some_summary))


def test_prospects_and_polars(scored, some):
    """Prospects have no numbers; a summary of polars has the scores of one of pandas."""
    everyone = pd.DataFrame({"customer_id": [*some["customer_id"].unique(), 99_999]})
    of = {
        name: kk.summarize(frame(some), as_of=AS_OF, gaps=True, customers=frame(everyone))
        for name, frame in (("pandas", lambda each: each), ("polars", pl.from_pandas))
    }
    scores = {name: scored.score(summary) for name, summary in of.items()}
    pandas, polars = scores["pandas"], scores["polars"].to_pandas()
    assert pandas["clv"].isna().tolist() == [False] * (len(everyone) - 1) + [True]
    for name in ("p_alive", "clv", "win_back_value"):
        assert polars[name].to_numpy() == pytest.approx(pandas[name].to_numpy(), rel=1e-12, nan_ok=True)
    fits = [kk.ReturningNBD().fit(summary) for summary in of.values()]
    assert fits[0] == fits[1]
    assert fits[0].report.prospects == 1


@pytest.mark.weak_fit
def test_a_career(some):
    """Summary with gaps, rungs, classes, bridge and checks of one call; twenty draws may leave the total open."""
    scorer = kk.ValueScorer(purchases=kk.ReturningNBD(), spend=kk.GammaGamma(), **TERMS)
    career = kk.CustomerCareer(scorer=scorer).fit(some, as_of=AS_OF, seed=1, draws=20)
    customers = career.customers()
    assert len(customers) == some["customer_id"].nunique()
    assert np.isfinite(customers[["p_alive", "clv", "p_paused", "win_back_value"]]).all(axis=None)
    assert "gaps" not in customers.columns
    assert len(career.bridge()) > 0
    assert kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict()))).customers().equals(customers)


@pytest.mark.weak_fit
@pytest.mark.parametrize("burn_in", [None, "3M"])
def test_a_backtest(burn_in):
    """Also where customers of the first months, whose beginning is not known, are left out of the fit."""
    shop = kk.testing.make_transactions(customers=400, seed=3, start="2023-01-01", until="2025-12-31", joining="18M")
    scorer = kk.ValueScorer(purchases=kk.ReturningNBD(), spend=kk.GammaGamma(), **TERMS)
    result = kk.backtest(scorer, shop, horizon="6M", draws=20, burn_in=burn_in)
    row = result[result["rule"] == "model"].iloc[0]
    assert np.isfinite(row[["bias", "mae", "rmse"]].to_numpy(float)).all()
    assert abs(row["bias"]) < 0.5


def test_comparison_with_a_model_without_returns(some, some_summary):
    """One likelihood of all purchases, so that criteria compare; on CDNOW the pause is worth its parameter."""
    _, later = kk.split(some, at=AS_OF)
    outcome = kk.holdout_table(some_summary, later, until=END)
    fitted = kk.ReturningNBD().fit(some_summary)
    table = kk.compare_models([kk.ReturningNBD(), fitted, kk.MBGNBD()], some_summary, holdout=outcome)
    assert table["model"].tolist() == ["ReturningNBD", "ReturningNBD", "MBG/NBD"]
    assert table["parameters"].tolist() == [5, 5, 4]
    assert table["log_likelihood"][0] == pytest.approx(fitted.log_likelihood, abs=1e-6)
    assert (table["purchases_actual"] == outcome["purchases"].sum()).all()
    assert table["delta_aic"][2] > 0
    assert table["boundary"].isna().all()


def test_a_season_warps_gaps_and_silence(some):
    """A fit of warped time; twelve equal months are no season at all; forecasts follow the calendar's months."""
    flat = kk.Season(index=[1] * 12)
    plain, warped, same = (
        kk.summarize(some, as_of=AS_OF, gaps=True, **given) for given in ({}, {"season": CHRISTMAS}, {"season": flat})
    )
    one, other, equal = (kk.ReturningNBD().fit(summary) for summary in (plain, warped, same))
    assert equal.params.m1 == pytest.approx(one.params.m1, abs=1e-6)
    assert abs(other.params.m1 - one.params.m1) > 1e-3
    spring = kk.ValueScorer(purchases=kk.ReturningNBD(), season=CHRISTMAS, **TERMS).fit(warped)
    scores = spring.score(warped)
    weeks = CHRISTMAS.ahead("6M", as_of=AS_OF, period="W")
    ahead = other.predict(warped, horizon=weeks)["expected_purchases"].to_numpy()
    assert scores["expected_purchases"].to_numpy() == pytest.approx(ahead, rel=1e-6)
    with pytest.raises(kk.DataError, match="season"):
        other.predict(plain, horizon=9)


def test_purchases_without_amounts(some):
    """Everything but money."""
    rows = kk.transactions(some[["customer_id", "date"]], customer_id="customer_id", date="date", amount=None)
    summary = kk.summarize(rows, as_of=AS_OF, gaps=True)
    plain = kk.summarize(some, as_of=AS_OF, gaps=True)
    assert summary["gaps"].tolist() == plain["gaps"].tolist()
    assert kk.ReturningNBD().fit(summary) == kk.ReturningNBD().fit(plain)
