"""Scores and draws in warped time: what a season changes, and what it does not."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.scoring.residual import seasonal_expectation
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.season.warped_time import lead
from kundkarriar.summaries.purchase_rows import PurchaseRows

CHRISTMAS = (0.8, 0.7, 0.9, 1.0, 1.0, 0.8, 0.6, 0.8, 1.0, 1.1, 1.3, 2.0)
CLOSED = (1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 2)
TERMS = {"margin": 0.3, "discount_rate": 0.10}
MODEL = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
HISTORIES = PurchaseRows(x=[0, 0, 3, 3, 12], t_x=[0, 0, 5.0, 40, 60], T=[0.0, 50, 6, 45, 61], weights=np.ones(5))


@pytest.fixture(scope="module")
def season():
    return kk.Season(index=CHRISTMAS)


@pytest.fixture(scope="module")
def shop(season):
    """Three years of purchases at a constant rate, moved to where the season would have put them."""
    flat = kk.testing.make_transactions(customers=1500, seed=5, start="2023-01-01", until="2025-12-31", joining="30M")
    day = flat["date"].to_numpy().astype("datetime64[D]").astype(int)
    grid = np.arange(day.min() - 400, day.max() + 400)
    time = np.interp(day + 0.5, grid + lead(day=grid, index=season.index), grid)
    return flat.assign(date=np.floor(time).astype("datetime64[D]").astype("datetime64[ns]"))


@pytest.fixture(scope="module")
def timed(shop, season):
    return kk.summarize(shop, as_of="2025-10-31", season=season)


@pytest.fixture(scope="module")
def plain(shop):
    return kk.summarize(shop, as_of="2025-10-31")


def daily(model, rows, clock, *, horizon, rate):
    """Discounted purchases and time alive, day by day: without partial integration or quadrature by month."""
    edges = np.arange(round(horizon * 7) + 1) / 7
    bought, survival = [np.zeros(len(rows))], [np.ones(len(rows))]
    for w in clock.months(horizon).warped_at(edges)[1:]:
        ahead = model.residual(rows, horizon=w, discount_rate=0.0) if w > 0 else None
        bought.append(ahead.purchases if ahead else bought[0])
        survival.append(1 - ahead.p_leaves if ahead else survival[0])
    counts = np.exp(-rate * (edges[1:] + edges[:-1]) / 2)[:, None]
    bought, survival = np.array(bought), np.array(survival)
    return (counts * np.diff(bought, axis=0)).sum(axis=0), (counts * (survival[1:] + survival[:-1]) / 2).sum(axis=0) / 7


@pytest.mark.parametrize("index", [CHRISTMAS, CLOSED], ids=["Christmas", "closed"])
@pytest.mark.parametrize("as_of", ["2026-05-31", "2026-10-15"])
def test_discounting_is_that_of_the_calendar(index, as_of):
    """Against sums over days, for new and old customers."""
    clock = SeasonClock(season=kk.Season(index=index), as_of=as_of, period="W")
    rate = np.log(1.1) * 7 / 365.25
    found = residual_expectation_by_horizon(MODEL, HISTORIES, discount_rate=rate, costs=None, clock=clock)(26.0)
    bought, alive = daily(MODEL, HISTORIES, clock, horizon=26.0, rate=rate)
    assert found.discounted_purchases == pytest.approx(bought, rel=1e-5)
    assert found.discounted_alive == pytest.approx(alive, rel=1e-4)
    within = MODEL.residual(HISTORIES, horizon=clock.warped(26.0), discount_rate=0.0)
    assert found.purchases == pytest.approx(within.purchases)
    assert found.p_leaves == pytest.approx(within.p_leaves)


def test_lifelong_is_near_that_of_the_calendar(monkeypatch):
    """Beyond three years, calendar time replaces warped time: the error is within its bound, and values still rise."""
    rate = np.log(1.1) * 7 / 365.25
    clock = SeasonClock(season=kk.Season(index=CHRISTMAS), as_of="2026-06-30", period="W")
    given = {"costs": None, "clock": clock, "discount_rate": rate}
    ahead = residual_expectation_by_horizon(MODEL, HISTORIES, **given)
    ever, four = ahead(np.inf), ahead(4 * 365.25 / 7)
    plain = MODEL.residual(HISTORIES, horizon=np.inf, discount_rate=rate)
    most = np.abs(lead(day=np.arange(20_000, 20_366), index=clock.season.index)).max() / 7
    assert np.abs(ever.discounted_purchases / plain.discounted_purchases - 1).max() < 2 * np.expm1(rate * most)
    assert (ever.discounted_purchases > four.discounted_purchases).all()
    assert ever.p_leaves == pytest.approx(plain.p_leaves)
    monkeypatch.setattr(seasonal_expectation, "NEAR_YEARS", 5.0)
    by_month = ahead(4 * 365.25 / 7)
    for part in ("discounted_purchases", "discounted_alive"):
        assert getattr(four, part) == pytest.approx(getattr(by_month, part), rel=1e-3)
    assert (four.discounted_purchases != by_month.discounted_purchases).any()


def test_a_flat_season_changes_no_score_and_no_draw(shop, plain):
    """Exactly."""
    flat = kk.Season(index=[2] * 12)
    marked = kk.summarize(shop, as_of="2025-10-31", season=flat)
    with pytest.warns(kk.DataWarning, match="no season taken out"):
        one = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="5M", **TERMS).fit(plain)
    two = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="5M", season=flat, **TERMS).fit(marked)
    pd.testing.assert_frame_equal(one.score(plain), two.score(marked), check_exact=True)
    totals = [fitted.draw(summary, draws=3, seed=1).totals() for fitted, summary in ((one, plain), (two, marked))]
    assert (totals[0] == totals[1]).all()


def test_the_season_is_predicted(shop, plain, timed, season):
    """Purchases of November and December are near the prediction with the season, and far above that without it."""
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="61D", **TERMS)
    _, later = kk.split(shop, at="2025-10-31")
    actual = kk.holdout_table(plain, later, until="2025-12-31")["purchases"].sum()
    with pytest.warns(kk.DataWarning, match="no season taken out"):
        seen = scorer.fit(plain).score(plain)["expected_purchases"].sum()
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="61D", season=season, **TERMS)
    predicted = scorer.fit(timed).score(timed)["expected_purchases"].sum()
    assert predicted == pytest.approx(actual, rel=0.1)
    assert seen < 0.75 * actual


def test_a_year_is_a_year(timed, season):
    """Over twelve months the season changes the dates of purchases, not their number."""
    fitted = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="12M", season=season, **TERMS).fit(timed)
    scores = fitted.score(timed)
    predicted = fitted.purchases.predict(timed, horizon=365.25 / 7)["expected_purchases"]
    assert scores["expected_purchases"].to_numpy() == pytest.approx(predicted.to_numpy(), rel=2e-3)
    assert (scores["clv_lifelong"] > scores["clv"]).all()


def test_what_is_beyond_the_data_is_counted_in_the_calendar(timed, season):
    """`share_beyond_data` begins after the longest observed time, converted from warped to calendar time."""
    recent = timed[timed["T"] < 34.0]
    fitted = kk.ValueScorer(horizon="12M", season=season, purchases=MODEL, **TERMS).fit(recent)
    base = fitted.base(recent)
    weeks = next(days / 7 for days in range(1, 1000) if base.clock.warped(days / 7) >= fitted.observed)
    ahead = residual_expectation_by_horizon(
        MODEL, base.rows, discount_rate=np.log(1.1) * 7 / 365.25, costs=None, clock=base.clock
    )
    share = 1 - ahead(weeks).discounted_purchases / ahead(np.inf).discounted_purchases
    assert abs(weeks - fitted.observed) > 1.0
    assert fitted.score(recent)["share_beyond_data"].to_numpy() == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("of", ["outcome", "expectation"])
def test_draws_are_scattered_round_the_scores(timed, season, of):
    """Also with cost to serve, paid in calendar time; for draws of expectations it is approximate."""
    costs = kk.Costs(serve_per_year=8.0, per_order=1.0)
    fitted = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="6M", season=season, costs=costs, **TERMS).fit(timed)
    scores, draws = fitted.score(timed), fitted.draw(timed, draws=120, seed=2, of=of)
    for measure in ("clv", "net_value"):
        totals = draws.measuring(measure).totals()
        expected = scores[measure].sum()
        slack = 0.01 * abs(scores["cost"].sum()) if measure == "net_value" else 0.0
        assert abs(totals.mean() - expected) < 4 * totals.std() / np.sqrt(len(totals)) + 0.005 * expected + slack
    both = fitted.score(timed, draws=draws.drawing("outcome"))
    assert (both["clv_low"] <= both["clv_high"]).all()


def test_a_model_that_only_predicts_is_discounted_alike(timed, season):
    """A user's own model without discounts of its own."""

    class Predicts:
        period = "W"

        def predict(self, summary, *, horizon):
            return MODEL.predict(summary, horizon=horizon)

    scorer = kk.ValueScorer(horizon="7M", season=season, purchases=Predicts(), **TERMS)
    own = scorer.fit(timed).score(timed)
    ours = kk.ValueScorer(horizon="7M", season=season, purchases=MODEL, **TERMS).fit(timed).score(timed)
    for column in ("expected_purchases", "clv"):
        assert own[column].to_numpy() == pytest.approx(ours[column].to_numpy(), rel=1e-7)


def test_closed_months(shop):
    """Nobody buys in closed months; the cost to serve is paid in them too."""
    open_ = shop[~shop["date"].dt.month.isin([6, 7])]
    season = kk.Season(index=CLOSED)
    summary = kk.summarize(open_, as_of="2025-05-31", season=season)
    spring = {"season": season, "costs": kk.Costs(serve_per_year=12.0), **TERMS}
    closed = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="61D", **spring).fit(summary)
    one_day_more = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="62D", **spring).fit(summary)
    scores = one_day_more.score(summary)
    assert scores["expected_purchases"].max() < 1.0
    assert scores["p_leaves"].max() < 0.3
    assert scores["cost"].to_numpy() == pytest.approx(12 * 62 / 365.25 * scores["p_alive"].to_numpy(), rel=0.02)
    outcomes = one_day_more.draw(summary, draws=20, seed=1).totals()
    assert np.isfinite(outcomes).all()
    with pytest.raises(kk.DataError) as raised:
        closed.score(summary)
    assert str(raised.value) == (
        "the season's index is 0 in all of the 61 days after 2025-05-31: nothing is bought in them.\n\n"
        "Hint: a horizon that reaches beyond the closed months."
    )


def message_of(call):
    with pytest.raises(kk.DataError) as raised:
        call()
    return str(raised.value)


def test_times_are_never_mixed(shop, plain, timed, season):
    """A plain summary, a warped one and one of another season or day each need their own scorer: whole messages."""
    scorer, of_calendar = (
        kk.ValueScorer(purchases=kk.MBGNBD(), horizon="6M", season=each, **TERMS) for each in (season, None)
    )
    with_season = "\n\nHint: kk.summarize(transactions, as_of=..., season=season) with the same season."
    no_mark = (
        "ValueScorer counts time by a season, and the summary has no column `season`: its time is the calendar's."
        + with_season
    )
    no_season = (
        "ValueScorer counts the calendar's time, and `recency` and `T` of the summary are warped by a season."
        "\n\nHint: kk.ValueScorer(season=season, ...) with the season that kk.summarize was given."
    )
    assert message_of(lambda: scorer.fit(plain)) == no_mark
    assert message_of(lambda: of_calendar.fit(timed)) == no_season
    fitted = scorer.fit(timed)
    with pytest.warns(kk.DataWarning, match="no season taken out"):
        calendar_fitted = of_calendar.fit(plain)
    assert message_of(lambda: fitted.score(plain)) == no_mark
    assert message_of(lambda: fitted.draw(plain, seed=1)) == no_mark
    assert message_of(lambda: calendar_fitted.score(timed)) == no_season
    other = kk.Season(index=CLOSED[::-1])
    open_ = shop[~shop["date"].dt.month.isin([6, 7])]
    foreign = kk.summarize(open_, as_of="2025-10-31", season=other)
    assert message_of(lambda: fitted.score(foreign)) == (
        f"ValueScorer needs a summary of one day and of its own season ({season.key}), found ['2025-10-31'] and "
        f"['{other.key}']." + with_season
    )
    assert message_of(lambda: fitted.score(timed.drop(columns="as_of"))).startswith("ValueScorer needs columns that")
    days = timed.assign(as_of=[pd.Timestamp("2025-10-30"), *timed["as_of"][1:]])
    assert "found ['2025-10-30', '2025-10-31'] and" in message_of(lambda: fitted.score(days))


def test_a_fitted_model_knows_its_time(plain, timed, season):
    """It refuses a summary of another season, also in a scorer; distinct rows keep it, given parameters have none."""
    hint = "\n\nHint: kk.summarize(transactions, as_of=..., season=season) with the same season (or none) for both."
    warped, steady = kk.MBGNBD().fit(timed), kk.MBGNBD().fit(plain)
    assert (warped.report.season, steady.report.season) == (season.key, None)
    assert message_of(lambda: warped.predict(plain, horizon=4)) == (
        f"MBG/NBD.predict: the time that the model was fitted to is that of the season {season.key}, the time of the "
        "summary is the calendar's." + hint
    )
    assert message_of(lambda: steady.predict(timed, horizon=4)) == (
        "MBG/NBD.predict: the time that the model was fitted to is the calendar's, the time of the summary is that of "
        f"the season {season.key}." + hint
    )
    scorer = kk.ValueScorer(horizon="12M", season=season, purchases=steady, **TERMS)
    assert message_of(lambda: scorer.fit(timed)) == (
        "`purchases` of a fitted scorer is fitted in the time of its `scorer`, that of season "
        f"{season.key}, got one fitted in that of the calendar.\n\n"
        "Hint: kk.ValueScorer(...).fit(summary) fits both models."
    )
    rows = kk.distinct_rows(timed)
    assert kk.MBGNBD().fit(rows, weights="n_customers").report.season == season.key
    assert MODEL.predict(timed, horizon=4)["p_alive"].notna().all()
    mixed = timed.assign(season=[season.key] * (len(timed) - 1) + ["another"])
    assert message_of(lambda: kk.MBGNBD().fit(mixed)) == (
        "MBG/NBD.fit needs a summary of one season, found 2.\n\n"
        "Hint: kk.summarize(transactions, as_of=..., season=season) with one season for all customers."
    )


def test_draws_of_another_day_are_refused(timed, season):
    """The same histories on another day have another future."""
    fitted = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="6M", season=season, **TERMS).fit(timed)
    draws = fitted.draw(timed.assign(as_of=pd.Timestamp("2025-11-30")), draws=2, seed=1)
    assert message_of(lambda: fitted.score(timed, draws=draws)).startswith("the draws are of other customers")


# ── without a season ───────────────────────────────────────────────────────────────────────────────────────────


def test_two_years_without_a_season_are_warned_of(plain, timed, season, recwarn):
    """The whole text, once a season could be estimated; no warning where one was given."""
    with pytest.warns(kk.DataWarning) as warned:
        kk.ValueScorer(purchases=kk.MBGNBD(), horizon="6M", **TERMS).fit(plain)
    (message,) = (str(each.message) for each in warned)
    assert message == (
        "ValueScorer: no season taken out, and not whole years: a history of 2.8 years and a horizon of 6 months. "
        "kk.Season.estimate(transactions) tells the season; give it as season= to kk.summarize and kk.ValueScorer, or "
        "kk.Season(index=[1] * 12) where there is none."
    )
    assert warned[0].filename == __file__
    assert kk.ValueScorer(purchases=kk.MBGNBD(), horizon="6M", season=season, **TERMS).fit(timed).season_note == ""
    assert not recwarn.list


@pytest.mark.weak_fit
def test_two_whole_years_of_data_do_not_balance_a_season(shop):
    """Who came in between was not seen through whole years; those who were have each month equally often."""
    summary = kk.summarize(shop, as_of="2024-12-31")
    note = "no season taken out, and not whole years: 23% of the time since the first purchases of the customers"
    with pytest.warns(kk.DataWarning, match=f"^ValueScorer: {note}. kk.Season.estimate"):
        fitted = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="12M", **TERMS).fit(summary)
    assert fitted.season_note == note
    assert type(fitted).from_dict(fitted.to_dict()).season_note == note.replace("23%", "perhaps some")
    days = summary["T"] * 7
    whole = summary[((days - 365.25).abs() <= 15) | ((days - 730.5).abs() <= 15)]
    assert len(whole) > 50
    assert kk.ValueScorer(purchases=kk.MBGNBD(), horizon="12M", **TERMS).fit(whole).season_note == ""


def test_less_is_noted_not_warned_of(cdnow_sample):
    """39 weeks are too short to estimate a season: only `season_note` and the note of a backtest say so."""
    fitted = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="12M", **TERMS).fit(
        kk.summarize(cdnow_sample, as_of="1997-09-30")
    )
    assert fitted.season_note == "no season taken out, and not whole years: a history of 39 weeks"
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), horizon="12M", **TERMS)
    notes = kk.backtest(scorer, cdnow_sample, horizon="39W", draws=2).set_index("rule")["note"]
    assert notes["model"] == (
        "interval: level error not included (kk.Backtest(...).run(...).totals() has it); no season taken out, and not "
        "whole years: a history of 39 weeks and a horizon of 273 days"
    )
