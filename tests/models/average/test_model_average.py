"""ModelAverage: mixtures of the members' distributions, one member per draw, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.models.average.mixed_residual import mixed_residual
from kundkarriar.models.interface.futures import RESIDUAL_PARTS, ResidualExpectation

MEMBERS = (kk.MBGNBD(), kk.ParetoNBD(), kk.ReturningNBD())
WEIGHTS = (0.5, 0.3, 0.2)


@pytest.fixture(scope="module")
def summary():
    return kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", gaps=True)


@pytest.fixture(scope="module")
def average(summary):
    return kk.ModelAverage(models=MEMBERS, weights=WEIGHTS).fit(summary)


def mean(average, method, columns, *args, **given):
    """The weighted mean over members of columns that a method adds."""
    tables = [getattr(each, method)(*args, **given) for each in average.members]
    return {name: sum(w * t[name].to_numpy() for w, t in zip(average.weights, tables, strict=True)) for name in columns}


@pytest.mark.parametrize(
    ("method", "columns", "arguments"),
    [
        ("predict", ("p_alive", "expected_purchases"), {"horizon": 39}),
        ("predict", ("p_alive", "expected_purchases"), {"horizon": 0}),
        (
            "predict",
            ("p_purchase", "p_alive_later"),
            {"horizon": 13, "after": 2, "also": ["p_purchase", "p_alive_later"]},
        ),
        ("discounted", ("p_alive", "discounted_purchases"), {"discount_rate": 0.1}),
        ("discounted", ("p_alive", "discounted_purchases"), {"discount_rate": 0.1, "horizon": 26}),
        ("purchase_counts", ("p_0", "p_1", "p_2", "p_more"), {"horizon": 39, "up_to": 2}),
        ("purchase_counts", ("p_0", "p_3", "p_more"), {"horizon": 9, "after": 30, "up_to": 3}),
        ("next_purchase", ("p_next_purchase",), {"by": 13}),
    ],
)
def test_predictions_are_weighted_means(average, summary, method, columns, arguments):
    """Probabilities and expectations of a mixture are the weighted means of its members'."""
    answer = getattr(average, method)(summary, **arguments)
    for name, expected in mean(average, method, columns, summary, **arguments).items():
        np.testing.assert_allclose(answer[name], expected, rtol=1e-12)
    assert answer.columns[: len(summary.columns)].tolist() == summary.columns.tolist()


@pytest.mark.parametrize("method", ["predict", "purchase_counts"])
@pytest.mark.parametrize("after", [None, False, ""])
def test_a_window_begins_at_a_number(average, summary, method, after):
    """What is no number is not taken for 0."""
    with pytest.raises(kk.DataError, match=r"^`after` must be a number of periods from 0 to"):
        getattr(average, method)(summary, horizon=13, after=after)


def test_the_log_of_p_alive_is_that_of_the_mean(average, summary):
    """Also where P(alive) is too small for its own column."""
    told = average.predict(summary, horizon=0, also=["log_p_alive"])
    np.testing.assert_allclose(np.exp(told["log_p_alive"]), told["p_alive"], rtol=1e-12)


def test_the_median_time_to_the_next_purchase_halves_the_mixture(average, summary):
    """At each median the mixed probability of a purchase is 1/2; it is infinite where fewer than half ever buy.

    Nodes of ReturningNBD depend on who else is in the frame, and its probabilities with them, by a few millionths.
    """
    some = summary.sort_values("frequency", ascending=False).iloc[[0, 9, 30, 2000]]
    median = average.next_purchase(some, by=1)["next_purchase_median"].to_numpy()
    assert np.isinf(median[-1])
    assert np.isfinite(median[:-1]).all()
    for place, time in enumerate(median[:-1]):
        p = average.next_purchase(some.iloc[[place]], by=time)["p_next_purchase"].iloc[0]
        assert p == pytest.approx(0.5, abs=1e-5)


def test_new_customers_are_weighted_means(average):
    expected = np.dot(WEIGHTS, [each.new_customer(26) for each in average.members])
    assert average.new_customer(26) == pytest.approx(expected, rel=1e-12)
    counts = average.new_customer_counts(26, up_to=3)
    parts = [each.new_customer_counts(26, up_to=3)["probability"] for each in average.members]
    np.testing.assert_allclose(counts["probability"], np.dot(WEIGHTS, parts), rtol=1e-12)
    assert counts["purchases"].tolist() == [0, 1, 2, 3]


def test_equal_members_are_one_model(summary):
    """An average of a model with itself is that model, in every score."""
    one = kk.MBGNBD().fit(summary)
    terms = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M", "costs": kk.Costs(serve_per_year=2)}
    twice = kk.ModelAverage(models=(one, one), weights=(0.25, 0.75)).fit(summary)
    both = [kk.ValueScorer(purchases=model, **terms).fit(summary).score(summary) for model in (one, twice)]
    pd.testing.assert_frame_equal(*both, rtol=1e-9)


def test_money_is_the_weighted_mean_of_the_members(average, summary):
    """And so is what keeping, and winning back, is worth, each times the probability of its state."""
    terms = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M", "costs": kk.Costs(serve_per_year=2)}
    own, *parts = (
        kk.ValueScorer(purchases=model, **terms).fit(summary).score(summary) for model in (average, *average.members)
    )
    for table in (own, *parts):
        table["kept"] = table["p_alive"] * table["retention_value"]
    for name in ("clv", "cost", "net_value", "clv_lifelong", "kept", "win_back_value", "p_paused", "p_purchase"):
        expected = sum(w * part[name] for w, part in zip(WEIGHTS, parts, strict=True))
        np.testing.assert_allclose(own[name], expected, rtol=1e-9, err_msg=name)


@settings(max_examples=50, deadline=None)
@given(
    p=st.lists(st.floats(0, 1), min_size=2, max_size=4),
    values=st.lists(st.floats(0, 10), min_size=4, max_size=4),
    data=st.data(),
)
def test_what_lies_ahead_is_mixed_by_the_law_of_total_expectation(p, values, data):
    """P(alive) x what lies ahead given alive is the weighted mean, also where a model sees nobody alive."""
    weights = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=len(p), max_size=len(p))))
    weights /= weights.sum()
    parts = [
        ResidualExpectation(**dict.fromkeys(RESIDUAL_PARTS, np.array([value])) | {"p_alive": np.array([alive])})
        for alive, value in zip(p, values, strict=False)
    ]
    mixed = mixed_residual(parts, weights=tuple(weights))
    expected = sum(w * part.unconditional("purchases") for w, part in zip(weights, parts, strict=True))
    np.testing.assert_allclose(mixed.unconditional("purchases"), expected, rtol=1e-9, atol=1e-12)


def test_a_lifetime_without_end_is_infinite_only_where_somebody_is_alive():
    """Infinite purchases under a model in which the customer is certainly gone count for nothing."""
    endless = ResidualExpectation(**dict.fromkeys(RESIDUAL_PARTS, np.array([np.inf])) | {"p_alive": np.array([0.0])})
    plain = ResidualExpectation(**dict.fromkeys(RESIDUAL_PARTS, np.array([3.0])) | {"p_alive": np.array([0.5])})
    assert mixed_residual([endless, plain], weights=(0.5, 0.5)).purchases == pytest.approx([3.0])


def test_each_draw_has_one_member(average, summary):
    """Draws come in the shares of the weights, and each column of futures is that of its member alone."""
    posterior = average.posterior(draws=100, seed=1)
    assert np.bincount(posterior["member"].astype(int)).tolist() == [50, 30, 20]
    assert average.posterior(draws=100, seed=1).equals(posterior)
    rows = average.read(summary.head(40)).rows
    given = {"horizon": 39, "discount_rate": 0.002}
    drawn = average.draw_expectations(rows, posterior=posterior, generator=np.random.default_rng(1), **given)
    seeds = np.random.default_rng(1).integers(2**63, size=3)
    for place, name in enumerate(("MBGNBD", "ParetoNBD", "ReturningNBD")):
        at, start = np.flatnonzero(posterior["member"] == place), f"{name}: "
        names = [each for each in posterior.names if each.startswith(start)]
        values = np.stack([posterior[each][at] for each in names], axis=1)
        own = kk.Posterior(names=tuple(each.removeprefix(start) for each in names), values=values)
        alone = average.members[place].draw_expectations(
            rows, posterior=own, generator=np.random.default_rng(seeds[place]), **given
        )
        np.testing.assert_array_equal(drawn.purchases[:, at], alone.purchases)


def test_outcomes_and_expectations_of_one_seed_share_latent_states(average, summary):
    """So that a rate which rises adds purchases to customers who buy much, whichever member a draw is of."""
    posterior = average.posterior(draws=200, seed=1)
    rows = average.read(summary.nlargest(40, "frequency")).rows
    given = {"posterior": posterior, "horizon": 39, "discount_rate": 0.0}
    outcomes, expectations = (
        getattr(average, name)(rows, generator=np.random.default_rng(1), **given).purchases
        for name in ("draw_outcomes", "draw_expectations")
    )
    for place in range(3):
        at = posterior["member"] == place
        one, other = (each[:, at] - each[:, at].mean(axis=1, keepdims=True) for each in (outcomes, expectations))
        assert (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()) > 0.4


def test_draws_of_totals_spread_as_far_as_the_models(average, summary):
    """The total's draws have the members' expectations as their means: models that disagree widen the interval."""
    terms = {"margin": 0.3, "discount_rate": 0.0, "horizon": "39W"}
    scorer = kk.ValueScorer(purchases=average, **terms).fit(summary)
    drawn = scorer.draw(summary, draws=200, seed=1, of="expectation").measuring("purchases")
    totals, member = drawn.totals(), drawn.purchase_posterior["member"]
    expected = [each.predict(summary, horizon=39)["expected_purchases"].sum() for each in average.members]
    for place, value in enumerate(expected):
        of_member = totals[member == place]
        assert abs(of_member.mean() - value) < 5 * of_member.std() / np.sqrt(len(of_member)) + 0.02 * value


@pytest.mark.parametrize("spec", [kk.ModelAverage(), kk.ModelAverage(models=(kk.NBD(), kk.BGNBD()))])
def test_an_average_is_a_purchase_model(spec):
    kk.testing.check_purchase_model(spec)


def test_without_gaps_the_default_is_of_two_models(summary):
    plain = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    names = [[type(each).__name__ for each in kk.ModelAverage().fit(table).members] for table in (plain, summary)]
    assert names == [["FittedMBGNBD", "FittedParetoNBD"], ["FittedMBGNBD", "FittedParetoNBD", "FittedReturningNBD"]]


def test_covariates_of_each_member_are_its_own(summary):
    """Members read different columns, and are predicted and drawn with their own."""
    rng = np.random.default_rng(1)
    customers = summary[["customer_id"]].assign(
        old=rng.random(len(summary)), channel=rng.choice(["a", "b"], len(summary))
    )
    models = (
        kk.MBGNBD(covariates=kk.Covariates(purchase=("old",))),
        kk.ParetoNBD(covariates=kk.Covariates(purchase=("channel",), dropout=("old",))),
    )
    fitted = kk.ModelAverage(models=models).fit(summary, customers=customers)
    told = fitted.predict(summary, horizon=39, customers=customers)
    expected = mean(fitted, "predict", ("expected_purchases",), summary, horizon=39, customers=customers)
    np.testing.assert_allclose(told["expected_purchases"], expected["expected_purchases"], rtol=1e-12)
    rows = fitted.read(summary, customers=customers).rows
    ahead = fitted.residual(rows, horizon=39, discount_rate=0.0)
    np.testing.assert_allclose(ahead.unconditional("purchases"), told["expected_purchases"], rtol=1e-9)


@frozen
class OnlyPredicts:
    """A user's own model: it predicts, and can do nothing else."""

    period: str = "W"

    def fit(self, _summary):
        return self

    def predict(self, summary, *, horizon):
        return summary.assign(p_alive=0.5, expected_purchases=0.01 * horizon)


def test_an_ability_that_a_member_lacks_the_average_lacks(summary):
    fitted = kk.ModelAverage(models=(kk.MBGNBD(), OnlyPredicts())).fit(summary)
    terms = {"margin": 0.3, "discount_rate": 0.1, "horizon": "39W"}
    scorer = kk.ValueScorer(purchases=fitted, **terms).fit(summary)
    scores = scorer.score(summary)
    expected = 0.5 * 0.39 + 0.5 * fitted.members[0].predict(summary, horizon=39)["expected_purchases"]
    np.testing.assert_allclose(scores["expected_purchases"], expected, rtol=1e-9)
    with pytest.raises(kk.CapabilityError, match="cannot draw futures: it lacks Simulates"):
        scorer.draw(summary, draws=10, seed=1)
    with pytest.raises(kk.CapabilityError, match="all its models can, and OnlyPredicts lacks `purchase_counts`"):
        fitted.purchase_counts(summary, horizon=3)


def test_a_default_member_that_cannot_be_fitted_is_left_out(summary, monkeypatch):
    """The fit says so, and the others share the weight; of models that were named the error stands."""

    def fails(*_, **__):
        raise kk.ConvergenceError.because("Pareto/NBD did not reach an optimum.", hint="fewer parameters.")

    monkeypatch.setattr(kk.ParetoNBD, "fit", fails)
    with pytest.warns(kk.DataWarning, match="ParetoNBD is left out of the average: Pareto/NBD did not reach"):
        fitted = kk.ModelAverage().fit(summary)
    assert fitted.weights == (0.5, 0.5)
    assert fitted.weaknesses == fitted.left_out
    assert kk.FittedModelAverage.from_dict(fitted.to_dict()) == fitted
    with pytest.raises(kk.ConvergenceError, match="did not reach an optimum"):
        kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())).fit(summary)


def test_an_average_is_compared_by_its_name(average, summary):
    assert kk.compare_models([average, kk.NBD()], summary)["model"].tolist() == ["ModelAverage", "NBD"]


def test_holdout_weights_are_those_of_the_horizon():
    """A scorer gives its horizon to an average that has none; without one the fit says what to type."""
    later = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30", gaps=True)
    alone = kk.ModelAverage(weights="holdout", horizon="6M").fit(later)
    assert sum(alone.weights) == pytest.approx(1)
    assert alone.weights[2] > 0.5
    spec = kk.ModelAverage(weights="holdout")
    scorer = kk.ValueScorer(purchases=spec, margin=0.3, discount_rate=0.1, horizon="6M").fit(later)
    assert scorer.purchases == alone
    message = 'weights="holdout" are those of a forecast, and no horizon says of what span.'
    assert message in refused(lambda: spec.fit(later))
    plain = later.drop(columns="gaps")
    assert "does not tell what had been bought by then: it has no column `gaps`" in refused(
        lambda: kk.ModelAverage(models=TWO, weights="holdout", horizon="6M").fit(plain)
    )


def test_an_average_is_held_against_what_came_since(summary):
    """As of every model: its own forecasts from the last day of the fit, beside the purchases since."""
    later = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1998-03-31", gaps=True)
    fitted = kk.ModelAverage().fit(summary)
    check = fitted.drift_check(later)
    span = (np.datetime64("1998-03-31") - np.datetime64("1997-09-30")).astype(int) / 7
    assert check.expected == pytest.approx(fitted.predict(summary, horizon=span)["expected_purchases"].sum(), rel=1e-5)
    assert check.verdict in {"refit", "still good"}


@pytest.mark.weak_fit
def test_older_customers_have_laws_of_their_own_in_each_member():
    """Members that tell two laws and members that do not are one base; each row is predicted by its own law."""
    orders = kk.testing.make_transactions(customers=1500, seed=1, start="2024-01-01", joining="12M", until="2025-12-31")
    table = kk.summarize(orders, as_of="2025-12-31", gaps=True, burn_in="3M")
    fitted = kk.ModelAverage().fit(table)
    assert {each.n_customers for each in fitted.members} == {len(table)}
    expected = np.mean([each.predict(table, horizon=13)["expected_purchases"] for each in fitted.members], axis=0)
    np.testing.assert_allclose(fitted.predict(table, horizon=13)["expected_purchases"], expected, rtol=1e-12)
    posterior = fitted.posterior(draws=12, seed=1)
    rows = fitted.read(table).rows
    drawn = fitted.draw_expectations(
        rows, posterior=posterior, horizon=13, discount_rate=0.0, generator=np.random.default_rng(1)
    )
    assert drawn.purchases.sum(axis=0).mean() == pytest.approx(expected.sum(), rel=0.1)


def test_stored_averages_predict_alike(average, summary):
    again = kk.FittedModelAverage.from_dict(average.to_dict())
    pd.testing.assert_frame_equal(again.predict(summary, horizon=39), average.predict(summary, horizon=39))
    spec = kk.ModelAverage(models=MEMBERS, weights=WEIGHTS)
    assert kk.ModelAverage.from_dict(spec.to_dict()) == spec


def refused(call):
    with pytest.raises(kk.KundkarriarError) as error:
        call()
    return str(error.value)


def test_members_of_different_data_are_refused(summary):
    half = kk.MBGNBD().fit(summary.head(1000))
    assert refused(lambda: kk.ModelAverage(models=(half, kk.ParetoNBD())).fit(summary)) == (
        "the models of an average were fitted to different data: numbers of customers 1,000 (FittedMBGNBD), 2,357 "
        "(FittedParetoNBD).\n\nHint: give the specs, kk.ModelAverage(models=(kk.MBGNBD(), "
        "kk.ParetoNBD())).fit(summary): all fit one summary."
    )
    earlier = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-06-30")
    other = kk.MBGNBD().fit(earlier)
    assert "were fitted to data up to 1997-06-30 (FittedMBGNBD), 1997-09-30 (FittedParetoNBD)" in refused(
        lambda: kk.ModelAverage(models=(other, kk.ParetoNBD())).fit(summary)
    )
    params = kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6)
    days = kk.FittedMBGNBD(params=params, period="D")
    assert "count time in 'D' (FittedMBGNBD), 'W' (FittedParetoNBD)" in refused(
        lambda: kk.ModelAverage(models=(days, kk.ParetoNBD())).fit(summary)
    )


TWO = (kk.MBGNBD(), kk.ParetoNBD())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"models": TWO, "weights": (0.5, 0.6)},
            "`weights` must be numbers that sum to 1; these sum to 1.1, got (0.5, 0.6).",
        ),
        ({"models": TWO, "weights": (0.5, 0.25, 0.25)}, "`weights` must be 2 numbers from 0 to 1, one for each model"),
        ({"models": TWO, "weights": (1.5, -0.5)}, "`weights` must be 2 numbers from 0 to 1, one for each model"),
        ({"models": TWO, "weights": "best"}, '`weights` must be "equal", "holdout" or numbers, got \'best\'.'),
        ({"weights": (0.5, 0.5)}, '`weights` must be "equal" or "holdout" where no models are named'),
        ({"models": (kk.MBGNBD(),)}, "`models` must be at least two purchase models"),
        ({"models": (kk.MBGNBD, kk.ParetoNBD())}, "`models` must be a model, got the class MBGNBD."),
        ({"models": (kk.MBGNBD(), kk.GammaGamma())}, "takes a model of repeat buying; GammaGamma is one of spend."),
        (
            {"models": (kk.MBGNBD(), "nbd")},
            "str is no purchase model: it has neither `fit` nor `period` and `predict`.",
        ),
        ({"models": (kk.MBGNBD(), kk.ModelAverage())}, "are single models, and one of them is an average itself."),
        ({"horizon": "soon"}, "`horizon`"),
    ],
)
def test_bad_averages_are_refused(given, message):
    assert message in refused(lambda: kk.ModelAverage(**given))


def test_a_posterior_of_another_model_is_refused(average, summary):
    rows = average.read(summary.head(3)).rows
    posterior = average.members[0].posterior(draws=10, seed=1)
    message = refused(
        lambda: average.draw_outcomes(
            rows, posterior=posterior, horizon=3, discount_rate=0.0, generator=np.random.default_rng(1)
        )
    )
    assert message == (
        "an average of MBGNBD, ParetoNBD, ReturningNBD draws from its own posterior, got ('r', 'alpha', 'a', 'b').\n\n"
        "Hint: use the posterior of the same average: fitted.posterior(draws=200, seed=1)."
    )


def reported(model, boundary):
    """A fit of a few customers with a boundary put into its report."""
    return evolve(model, report=evolve(model.report, boundary=boundary))


RETURNS = "no returns identifiable: use kk.ParetoNBD()."
STAYS = "no dropout identifiable: use kk.NBD()."


@pytest.mark.parametrize(
    ("boundaries", "expected"),
    [
        ((None, None, RETURNS), ()),
        ((STAYS, None, None), ()),
        ((STAYS, STAYS, STAYS), (f"MBGNBD, ParetoNBD, ReturningNBD: {STAYS}",)),
        ((None, "rates are open.", None), ("ParetoNBD: rates are open.",)),
    ],
)
def test_an_average_is_doubtful_where_no_member_tells(average, boundaries, expected):
    """A member at a boundary that is another member is not; nor is one that misses leaving, where others tell it."""
    members = tuple(map(reported, average.members, boundaries))
    assert evolve(average, members=members).weaknesses == expected
    text = expected[0].partition(": ")[2] if expected else None
    assert evolve(average, members=members).boundary == text
