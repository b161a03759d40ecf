"""Laws of draws: by customer, by draw and in total, they are the same numbers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from numpy.testing import assert_allclose

import kundkarriar as kk
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.scoring.draws import tile_values, value_draws
from kundkarriar.scoring.draws.scorer_draws import intervals_and_sales


@pytest.fixture(scope="module")
def draws(fitted, summary):
    return fitted.draw(summary, draws=40, seed=1)


def by_draw(draws):
    return np.array(list(draws.by_draw())).T


def test_by_draw_and_by_customer_read_the_same_numbers(draws, summary):
    """Customer by customer or draw by draw, it is one matrix."""
    wide = np.full((len(summary), 40), np.nan)
    for at, values in draws.by_customer():
        wide[at] = values
    np.testing.assert_array_equal(wide, by_draw(draws))


def test_a_scorer_and_its_draws_print_in_a_few_lines(summary, draws):
    """The terms and each model, an average with its members and their weights; no nested specs."""
    average = kk.ModelAverage(models=(kk.MBGNBD(), kk.NBD()))
    terms = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M", "level": 0.1}
    fitted = kk.ValueScorer(purchases=average, spend=kk.FittedFixedPrice(price=9.9), **terms).fit(summary)
    level = "Level(prior_sd=0.08, sd=0.1, origins=0)"
    assert repr(fitted).splitlines() == [
        f"FittedValueScorer(margin=0.3, discount_rate=0.1, horizon='12M', level={level})",
        "    purchases: FittedModelAverage(0.5 MBGNBD, 0.5 NBD)",
        "    spend: FittedFixedPrice(price=9.9)",
    ]
    told = repr(fitted.draw(summary, seed=1, draws=2))
    assert told.startswith("ValueDraws(purchases=FittedModelAverage(0.5 MBGNBD, 0.5 NBD), spend=FittedFixedPrice(")
    assert "purchase_posterior=2 draws, entropy=1, horizon=" in told
    assert "\n" not in repr(draws)


def test_reading_twice_gives_the_same_numbers(draws):
    """Draws are not stored, but they are fixed."""
    np.testing.assert_array_equal(draws.totals(), draws.totals())


def test_row_order_changes_nothing(fitted, summary, draws):
    """A customer's draws do not depend on the row."""
    shuffled = summary.sample(frac=1, random_state=2)
    again = by_draw(fitted.draw(shuffled, draws=40, seed=1))
    at = summary.index.get_indexer(shuffled.index)
    np.testing.assert_array_equal(again, by_draw(draws)[at])


def test_another_seed_gives_other_numbers(fitted, summary, draws):
    """The seed decides."""
    assert not np.array_equal(fitted.draw(summary, draws=40, seed=2).totals(), draws.totals())


def test_a_generator_is_a_seed_too(fitted, summary):
    """Two generators in the same state draw the same."""
    one, two = (fitted.draw(summary, draws=2, seed=np.random.default_rng(5)).totals() for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("of", ["outcome", "expectation"])
@pytest.mark.parametrize("measure", ["net_value", "clv", "sales"])
def test_totals_centre_on_the_expectation(fitted, summary, scores, of, measure):
    """The mean of drawn totals is the sum of the scores, within parameter uncertainty and sampling error."""
    totals = fitted.draw(summary, draws=400, seed=3, of=of).measuring(measure).totals()
    expected = scores["expected_sales" if measure == "sales" else measure].sum()
    error = totals.std() / np.sqrt(len(totals))
    assert abs(totals.mean() - expected) < 4 * error + 0.01 * abs(expected)


class Clockwork:
    """A purchase and spend model with known draws: one future per draw, 40.0 per purchase."""

    period = "W"
    counts, discounted, weeks = (np.array(each) for each in ([0.0, 2.0, 5.0], [0.0, 1.9, 4.5], [0.0, 20.0, 26.0]))

    def predict(self, summary, *, horizon=None):
        return summary.assign(p_alive=1.0, expected_purchases=horizon, expected_order_value=40.0)

    def posterior(self, *, draws, seed):
        del seed
        return kk.Posterior(names=("draw",), values=[[at % 3] for at in range(draws)])

    def draw_outcomes(self, rows, *, posterior, **_):
        at = np.broadcast_to(posterior.params()["draw"].astype(int), (len(rows), len(posterior)))
        return FutureDraws(
            purchases=self.counts[at], discounted_purchases=self.discounted[at], discounted_alive=self.weeks[at]
        )

    draw_expectations = draw_outcomes

    def draw_spend(self, frequency, monetary_value, *, purchases, **_):
        del frequency, monetary_value
        return 40.0 * purchases

    def draw_order_value(self, frequency, monetary_value, *, posterior, **_):
        del monetary_value
        return np.full((len(frequency), len(posterior)), 40.0)


@pytest.mark.parametrize("of", ["outcome", "expectation"])
def test_drawn_money_by_hand(of):
    """Discounted purchases at 40.0, a quarter returned, cost to serve while alive, marketing for all."""
    summary = pd.DataFrame(
        {"customer_id": ["a", "b"], "frequency": [1, 4], "recency": [5.0, 9.0], "T": 30.0, "monetary_value": 40.0}
    ).assign(n_transactions=[2, 5], total_value=60.0, returns_value=20.0, period="W", share=[0.5, 0.25])
    model = Clockwork()
    scorer = kk.ValueScorer(
        purchases=model,
        spend=model,
        margin="share",
        discount_rate=0.10,
        horizon="6M",
        costs=kk.Costs(serve_per_year=10.0, market_per_year=4.0, per_order=3.0),
        level=0,
    )
    fitted = kk.FittedValueScorer(
        scorer=scorer, purchases=model, spend=model, return_mean=0.25, return_mass=7.0, observed=30.0
    )
    drawn = fitted.draw(summary, draws=3, seed=1, of=of)
    counts, discounted, years = model.counts, model.discounted, model.weeks * 7 / 365.25
    clv = np.outer([0.5, 0.25], 40.0 * discounted * 0.75)
    annuity = (1 - 1.1**-0.5) / np.log(1.1)
    wanted = {
        "purchases": [counts, counts],
        "sales": [40.0 * counts * 0.75] * 2,
        "clv": clv,
        "net_value": clv - 3.0 * discounted - 10.0 * years - 4.0 * annuity,
    }
    for measure, values in wanted.items():
        assert_allclose(by_draw(drawn.measuring(measure)), values, rtol=1e-12, err_msg=measure)


def test_outcomes_spread_wider_than_expectations(draws):
    """A realised future is less certain than an expectation."""
    outcome, expectation = draws.interval(), draws.drawing("expectation").interval()
    assert (outcome["high"] - outcome["low"]).mean() > 1.2 * (expectation["high"] - expectation["low"]).mean()


def test_equal_customers_get_equal_intervals(draws, summary):
    """Customers with equal rows have equal bounds."""
    history = ["frequency", "recency", "T", "first_value", "monetary_value"]
    shown = draws.interval().assign(**summary[history])
    spread = shown.groupby(history)[["low", "high"]].agg(np.ptp)
    assert (spread == 0).all().all()


def test_p_top_sums_to_k_and_p_above_agrees_with_the_draws(draws):
    """In each draw exactly k are in the top k."""
    assert draws.p_top(k=100)["p"].sum() == pytest.approx(100)
    assert draws.p_above(0.0)["p"].sum() == pytest.approx((by_draw(draws) > 0).sum() / 40)


@pytest.mark.parametrize("k", [1, 7, 59, 60])
def test_p_top_is_what_counting_gives(fitted, summary, k):
    """60 different customers: one has a place if fewer than k values are higher; ties share the places left."""
    few = summary.drop_duplicates(["frequency", "recency", "T", "monetary_value"]).head(60)
    drawn = fitted.draw(few, draws=15, seed=4).measuring("sales")
    places = np.zeros(60)
    for values in drawn.by_draw():
        for at, value in enumerate(values):
            above, tied = (values > value).sum(), (values == value).sum()
            places[at] += min(max((k - above) / tied, 0.0), 1.0)
    assert_allclose(drawn.p_top(k=k)["p"], places / 15, atol=1e-12)


def test_total_is_the_quantile_of_summed_draws(draws):
    """Bounds of customers are never added."""
    total = draws.total(0.9).iloc[0]
    low, high = np.quantile(by_draw(draws).sum(axis=0), [0.05, 0.95])
    assert (total["low"], total["high"]) == pytest.approx((low, high))
    assert total["note"] == "model error not included: see kk.backtest"
    assert draws.interval()["low"].sum() < low


def test_pooling_does_not_depend_on_the_block(fitted, summary, monkeypatch):
    """A distinct row whose members lie in several blocks is pooled over all of them."""
    few = summary.head(60)
    alike = pd.concat([few.iloc[[0]]] * 50 + [few.iloc[1:]], ignore_index=True).assign(customer_id=np.arange(109))
    for module in (value_draws, tile_values):
        monkeypatch.setattr(module, "TILE_CUSTOMERS", 16)
    draws = fitted.draw(alike, draws=20, seed=1)
    values = by_draw(draws)[:50].ravel()
    assert_allclose(draws.interval().loc[:49, "low"], np.quantile(values, 0.05))
    assert_allclose(draws.p_above(1.0).loc[:49, "p"], np.mean(values > 1.0))


def test_scores_with_draws_have_intervals(fitted, summary, draws):
    """clv_low and clv_high bound the realised clv, expected_low and expected_high its expectation; clv lies within.

    Without its point an interval is that of the draws.
    """
    scored = fitted.score(summary, draws=draws)
    for bounds, of in (("clv", "outcome"), ("expected", "expectation")):
        interval = draws.measuring("clv").drawing(of).interval(0.9)
        for bound, extremum in (("low", np.minimum), ("high", np.maximum)):
            assert_allclose(scored[f"{bounds}_{bound}"], extremum(interval[bound], scored["clv"]), rtol=1e-12)
    inside = scored["clv"].between(*draws.measuring("clv").drawing("expectation").bounds(0.9))
    assert inside.mean() > 0.9


def test_draws_of_others_are_refused(fitted, summary, draws):
    with pytest.raises(kk.DataError) as error:
        fitted.score(summary.head(10), draws=draws)
    assert str(error.value) == (
        "the draws are of other customers (or of another order of rows) than the summary.\n\n"
        "Hint: fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same summary and customers."
    )


def test_polars_in_polars_out(fitted, summary):
    """Frames come back in the kind that came in, with the same numbers."""
    one = fitted.draw(pl.DataFrame(summary.to_dict("list")), draws=5, seed=1).interval()
    assert isinstance(one, pl.DataFrame)
    assert_allclose(one["low"].to_numpy(), fitted.draw(summary, draws=5, seed=1).interval()["low"])


@pytest.mark.parametrize("level", [0.0, 1.0, 90])
def test_impossible_levels_are_refused(draws, level):
    with pytest.raises(kk.DataError) as error:
        draws.interval(level)
    assert str(error.value) == (f"`level` must be a number above 0 and below 1, got {level}.\n\nHint: write level=0.9.")


def test_k_beyond_the_base_is_refused(draws):
    with pytest.raises(kk.DataError) as error:
        draws.p_top(k=0)
    assert str(error.value) == (
        "`k` must be a whole number from 1 to 2,357, got 0.\n\nHint: write k=471 for the top fifth of the buyers."
    )


def test_given_parameters_cannot_be_drawn(fitted, summary):
    """Published parameters have no known uncertainty, and none is invented."""
    given = kk.FittedMBGNBD(params=fitted.purchases.params, period="W")
    with pytest.raises(kk.CapabilityError, match="was given its parameters, so their uncertainty is not known"):
        evolve(fitted, purchases=given).draw(summary, seed=1)


def test_draws_of_another_horizon_are_refused(fitted, summary, draws):
    """Draws over one month have no interval for a value over twelve."""
    short = evolve(fitted, scorer=evolve(fitted.scorer, horizon="1M"))
    with pytest.raises(kk.DataError) as error:
        short.score(summary, draws=draws)
    assert str(error.value) == (
        "the draws are of another scorer: its models, horizon, discount rate, drift or level differ.\n\n"
        "Hint: fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same fitted scorer."
    )


def test_draws_on_other_terms_are_refused(fitted, summary, draws):
    """The same customers at another margin are worth something else."""
    with pytest.raises(kk.DataError, match="the draws are of other customers"):
        evolve(fitted, scorer=evolve(fitted.scorer, margin=0.5)).score(summary, draws=draws)


@pytest.mark.parametrize("few", [0, 1, -3, 2.5])
def test_one_draw_is_no_distribution(fitted, summary, few):
    with pytest.raises(kk.DataError) as error:
        fitted.draw(summary, draws=few, seed=1)
    assert str(error.value) == (
        f"`draws` must be a whole number from 2 to 100,000, got {few}.\n\nHint: write draws=200."
    )


@pytest.mark.parametrize("seed", [None, -1, "one", True])
def test_what_is_no_seed_is_refused(fitted, summary, seed):
    with pytest.raises(kk.DataError) as error:
        fitted.draw(summary, draws=2, seed=seed)
    assert str(error.value) == (
        f"`seed` must be a whole number of at least 0 or a numpy Generator, got {seed!r}.\n\nHint: write seed=1."
    )


def test_numpy_integers_are_seeds(fitted, summary):
    """Python and numpy integers are the same seed."""
    one, two = (fitted.draw(summary, draws=2, seed=seed).totals() for seed in (7, np.int64(7)))
    np.testing.assert_array_equal(one, two)


def test_intervals_of_realised_sales_cover_what_happened(cdnow, scorer):
    """On all of CDNOW, 90 % intervals of outcomes hold about 90 % of the 39 weeks that followed."""
    calibration, holdout = kk.split(cdnow, at="1997-09-30")
    summary = kk.summarize(calibration, as_of="1997-09-30")
    actual = kk.holdout_table(summary, holdout, until="1998-06-30")["value"]
    fitted = evolve(scorer, horizon="273D").fit(summary)
    interval = fitted.draw(summary, draws=100, seed=1).measuring("sales").interval()
    assert 0.88 <= actual.between(interval["low"], interval["high"]).mean() <= 0.95


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", [0, 1])
def test_customers_who_never_drop_out_have_values_and_draws(seed):
    """At the boundary of no dropout everything is finite, the draws centre on the scores, and nothing warns."""
    generator = np.random.default_rng(seed)
    n = 2000
    T = generator.uniform(5, 60, n)
    x = generator.poisson(generator.gamma(0.8, 1 / 6, n) * T)
    bought = x > 0
    rows = {
        "customer_id": np.arange(n),
        "frequency": x,
        "recency": np.where(bought, T * generator.beta(np.maximum(x, 1), 1), 0.0),
        "T": T,
        "monetary_value": np.where(bought, generator.gamma(6.0, 5.0, n), 0.0),
        "period": "W",
    }
    summary = pd.DataFrame(rows)
    fitted = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M").fit(summary)
    scores = fitted.score(summary)
    assert np.isfinite(scores.to_numpy(dtype=float)).all()
    totals = fitted.draw(summary, draws=50, seed=1).measuring("sales").totals()
    assert totals.mean() == pytest.approx(scores["expected_sales"].sum(), rel=0.03)


def test_draws_of_a_scorer_read_back_say_that_they_are_approximate(fitted, summary, cdnow_sample):
    """Without the data parameters are drawn from a normal approximation; calibrated totals say so too."""
    again = kk.FittedValueScorer.from_dict(fitted.to_dict())
    approximate = (
        "; approximate: parameters drawn from a normal approximation, as of a model read back without its data"
    )
    draws = again.draw(summary, draws=20, seed=1)
    assert draws.total()["note"].tolist() == [f"model error not included: see kk.backtest{approximate}"]
    tested = kk.Backtest(scorer=fitted.scorer, origins=1, horizon="6M", draws=2).run(cdnow_sample)
    assert draws.total(backtest=tested)["note"].str.endswith(approximate).all()
    assert not fitted.draw(summary, draws=3, seed=1).total(backtest=tested)["note"].str.contains("approximate").any()


def test_draws_are_shown_in_a_few_lines(draws):
    """Without their arrays and frames."""
    assert "[" not in repr(draws).split("purchases=")[0]
    assert "theta" not in repr(draws)


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (lambda draws, value: draws.interval(value), "level"),
        (lambda draws, value: draws.total(value), "level"),
        (lambda draws, value: draws.p_above(value), "threshold"),
        (lambda draws, value: draws.p_top(k=value), "k"),
        (lambda draws, value: draws.measuring(value), "measure"),
        (lambda draws, value: draws.drawing(value), "of"),
        (lambda draws, value: next(draws.together(value)), "measures"),
    ],
)
@pytest.mark.parametrize("value", [True, None, b"1", {}, [None], float("nan"), 10**400, 1j, "x"], ids=repr)
def test_what_is_no_argument_is_refused_by_name(draws, ask, name, value):
    with pytest.raises(kk.DataError, match=f"^`{name}` must be "):
        ask(draws, value)


@pytest.mark.parametrize("level", [0, kk.Level()])
def test_one_pass_reads_the_numbers_of_readings_apart(fitted, summary, level):
    """Intervals, sales and held outcomes of one pass over the futures are those of each reading on its own."""
    draws = evolve(fitted, scorer=evolve(fitted.scorer, level=level)).draw(summary, draws=20, seed=1)
    bounds, sales, held = intervals_and_sales(draws, hold="net_value")
    clv = draws.measuring("clv")
    for of, names in (("outcome", ("clv_low", "clv_high")), ("expectation", ("expected_low", "expected_high"))):
        assert_allclose([bounds[name] for name in names], clv.drawing(of).bounds(0.9), rtol=1e-12)
    sold = draws.measuring("sales")
    assert_allclose(sales.outcomes, sold.totals(), rtol=1e-12)
    assert_allclose(sales.expectations * draws.levels, sold.drawing("expectation").totals(), rtol=1e-12)
    assert [*held.held] == [("outcome", "net_value")]
    assert np.array_equal(by_draw(held), by_draw(draws))
    assert np.array_equal(by_draw(held.without_level()), by_draw(draws.without_level()))
