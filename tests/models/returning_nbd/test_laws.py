"""Laws of customers who pause and return: of single customers, of windows of time, of what is alike."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.summaries.checked_summary import read_purchase_rows

WEEK = 1 / 7
few = settings(max_examples=25)
gaps = st.lists(st.integers(1, 400), max_size=12)
silences = st.integers(0, 700)
horizons = st.floats(0.01, 300)


def of_gaps(*customers):
    """A summary of customers, each (gaps, silence) in days."""
    bought, silent = ([customer[part] for customer in customers] for part in (0, 1))
    recency = np.array([sum(each) for each in bought]) * WEEK
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, len(customers) + 1),
            "frequency": [len(each) for each in bought],
            "recency": recency,
            "T": recency + np.array(silent) * WEEK,
            "gaps": [" ".join(map(str, each)) for each in bought],
            "period": "W",
        }
    )


SOME = of_gaps(([], 0), ([], 300), ([9], 4), ([40, 3, 3, 60], 90), ([7] * 12, 200), ([2] * 40, 3), ([300, 2, 2], 30))


def residual_of(model, summary, *, horizon, rate=0.0018):
    rows = read_purchase_rows(summary, need="a test", gaps=True).rows
    return model.residual(rows, horizon=horizon, discount_rate=rate)


def test_horizons_together_are_those_of_each(typed):
    """Law: what lies ahead over several horizons at once is what lies ahead over each."""
    rows = read_purchase_rows(SOME, need="a test", gaps=True).rows
    ahead = [(52.0, 0.0018), (np.inf, 0.0018), (52.0, 0.0), (0.0, 0.0)]
    for found, (horizon, rate) in zip(typed.residuals(rows, ahead=ahead), ahead, strict=True):
        alone = typed.residual(rows, horizon=horizon, discount_rate=rate)
        for name, values in asdict(alone, recurse=False).items():
            if name != "returning":
                np.testing.assert_allclose(getattr(found, name), values, rtol=1e-12, atol=1e-300)
        for name, values in asdict(alone.returning, recurse=False).items():
            np.testing.assert_allclose(getattr(found.returning, name), values, rtol=1e-12, atol=1e-300)


@few
@given(bought=gaps, silence=silences, seed=st.integers(0, 9))
def test_the_order_of_gaps_does_not_matter(typed, bought, silence, seed):
    mixed = np.random.default_rng(seed).permutation(bought).astype(int).tolist()
    one, other = (of_gaps((each, silence)) for each in (bought, mixed))
    assert typed.log_likelihood_of(one) == pytest.approx(typed.log_likelihood_of(other), rel=1e-12, abs=1e-12)
    both = [typed.predict(each, horizon=20).drop(columns="gaps") for each in (one, other)]
    pd.testing.assert_frame_equal(*both, rtol=1e-12)


@few
@given(bought=gaps, silent=st.tuples(silences, silences))
def test_p_alive_falls_with_silence(typed, bought, silent):
    shorter, longer = sorted(silent)
    later, now = typed.predict(of_gaps((bought, longer), (bought, shorter)), horizon=4)["p_alive"]
    assert 0 <= later <= now * (1 + 1e-9)
    assert now <= 1


def test_who_has_just_bought_is_on(typed):
    assert typed.predict(of_gaps(([], 0), ([9, 30], 0)), horizon=4)["p_alive"].tolist() == pytest.approx([1, 1])


@few
@given(bought=gaps, silence=silences, windows=st.tuples(horizons, horizons))
def test_windows_add_up(typed, bought, silence, windows):
    """Expected purchases within a + b are those within a and those in b that begins after a."""
    first, second = windows
    one = of_gaps((bought, silence))
    now, later, both = (
        typed.predict(one, horizon=horizon, after=after)["expected_purchases"][0]
        for horizon, after in ((first, 0), (second, first), (first + second, 0))
    )
    assert now + later == pytest.approx(both, rel=1e-9)
    assert min(now, later) > 0


def test_nothing_happens_within_a_horizon_of_0(typed):
    predicted = typed.predict(SOME, horizon=0, also=("p_purchase", "p_alive_later"))
    assert (predicted[["expected_purchases", "p_purchase"]] == 0).all(axis=None)
    assert predicted["p_alive_later"].equals(predicted["p_alive"].rename("p_alive_later"))
    assert (typed.purchase_counts(SOME, horizon=0)["p_0"] == 1).all()
    assert typed.new_customer(0) == 0


@pytest.mark.parametrize(("horizon", "after"), [(26, 0), (26, 13), (0.5, 200)])
def test_counts_are_a_distribution(typed, horizon, after):
    """They sum to 1, their mean is what is expected, and none is the complement of a purchase.

    Of customers who may buy at great rates some of the mean lies beyond 150 purchases.
    """
    counts = typed.purchase_counts(SOME, horizon=horizon, after=after, up_to=150)
    p = counts[[*(f"p_{n}" for n in range(151)), "p_more"]].to_numpy()
    assert p.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert (p >= 0).all()
    expected = typed.predict(SOME, horizon=horizon, after=after)["expected_purchases"].to_numpy()
    mean = p[:, :-1] @ np.arange(151)
    assert (mean < expected * (1 + 1e-6)).all()
    assert mean == pytest.approx(expected, rel=3e-4)
    assert mean[1:5] == pytest.approx(expected[1:5], rel=1e-6)
    if after == 0:
        buys = typed.predict(SOME, horizon=horizon, also=["p_purchase"])["p_purchase"].to_numpy()
        assert 1 - p[:, 0] == pytest.approx(buys, rel=1e-9)


def test_after_long_the_state_is_forgotten():
    """Where all go off at one rate mu, everybody is on with probability nu / (mu + nu) in the end."""
    params = kk.ReturningNBDParams(m1=-3.4, s1=1.1, m2=np.log(0.06), s2=0.001, nu=0.02)
    model = kk.FittedReturningNBD(params=params, period="W")
    later = model.predict(SOME, horizon=10_000, also=["p_alive_later"])["p_alive_later"]
    assert later.to_numpy() == pytest.approx(0.25, rel=1e-4)
    one = model.predict(SOME, horizon=9, also=["p_alive_later"])
    mixed = 0.25 + (one["p_alive"] - 0.25) * np.exp(-0.08 * 9)
    assert one["p_alive_later"].to_numpy() == pytest.approx(mixed.to_numpy(), rel=1e-4)


@pytest.mark.parametrize("horizon", [39.0, np.inf])
def test_both_states_make_the_whole(typed, horizon):
    """P(on) times what lies ahead of who is on, and 1 - P(on) times that of who is off, are the forecast."""
    ahead = residual_of(typed, SOME, horizon=horizon)
    yearly = np.expm1(0.0018 * 365.25 / 7)
    whole = typed.discounted(SOME, discount_rate=yearly, horizon=horizon)["discounted_purchases"].to_numpy()
    parts = ahead.p_alive * ahead.discounted_purchases + (1 - ahead.p_alive) * ahead.returning.discounted_purchases
    assert parts == pytest.approx(whole, rel=1e-9)
    assert (ahead.discounted_purchases > 0).all()
    assert (ahead.returning.kept_purchases > 0).all()
    if np.isinf(horizon):
        assert (ahead.purchases == np.inf).all()
        assert (ahead.returning.purchases == np.inf).all()
        return
    predicted = typed.predict(SOME, horizon=horizon, also=["p_purchase"])
    for name, column in (("purchases", "expected_purchases"), ("p_purchase", "p_purchase")):
        parts = ahead.p_alive * getattr(ahead, name) + (1 - ahead.p_alive) * getattr(ahead.returning, name)
        assert parts == pytest.approx(predicted[column].to_numpy(), rel=1e-9), name
    assert ahead.returning.p_returns == pytest.approx(1 - np.exp(-typed.params.nu * horizon), rel=1e-12)


def test_what_being_on_adds_is_the_difference_of_both_states():
    """Where all customers have one pair of rates, the mean of the differences is the difference of the means."""
    params = kk.ReturningNBDParams(m1=-2.0, s1=0.001, m2=-2.5, s2=0.001, nu=0.02)
    ahead = residual_of(kk.FittedReturningNBD(params=params, period="W"), SOME, horizon=39.0)
    silent = ahead.p_alive < 1
    apart = (ahead.discounted_purchases - ahead.returning.discounted_purchases)[silent]
    assert ahead.returning.kept_purchases[silent] == pytest.approx(apart, rel=1e-3)
    assert ahead.returning.won_purchases[silent] == pytest.approx(apart, rel=1e-3)
    alive = (ahead.discounted_alive - ahead.returning.discounted_alive)[silent]
    assert ahead.returning.kept_alive[silent] == pytest.approx(alive, rel=1e-3)
    assert ahead.returning.won_alive[silent] == pytest.approx(alive, rel=1e-3)


def test_nobody_returns_where_returning_takes_forever(typed):
    """At the smallest nu who is off stays off; the likelihood has its limit."""
    gone, nearly = (
        kk.FittedReturningNBD(params=kk.ReturningNBDParams(**asdict(typed.params) | {"nu": nu}), period="W")
        for nu in (np.exp(-28), np.exp(-20))
    )
    ahead = residual_of(gone, SOME, horizon=39.0)
    assert (ahead.returning.p_returns < 1e-10).all()
    assert (ahead.returning.purchases < 1e-9 * ahead.purchases).all()
    assert gone.log_likelihood_of(SOME) == pytest.approx(nearly.log_likelihood_of(SOME), abs=1e-5)
    lifelong = gone.discounted(SOME, discount_rate=0.1)["discounted_purchases"]
    assert (lifelong < typed.discounted(SOME, discount_rate=0.1)["discounted_purchases"]).all()
    assert (lifelong > 0).all()


def test_rows_and_index_stay_in_place(typed):
    whole = typed.predict(SOME, horizon=9)
    mixed = SOME.set_axis(list("abcdefg")).iloc[[4, 1, 6, 0, 2, 5, 3]]
    predicted = typed.predict(mixed, horizon=9)
    assert predicted.index.tolist() == list("ebgacfd")
    expected = whole.set_axis(list("abcdefg")).loc[predicted.index]
    pd.testing.assert_frame_equal(predicted, expected, rtol=1e-12)


def test_polars_pandas_and_prospects(typed):
    """The same numbers from lists of gaps; who has never bought has none."""
    everyone = SOME.assign(n_transactions=SOME["frequency"] + 1)
    everyone.loc[1, ["n_transactions", "recency", "T"]] = [0, np.nan, np.nan]
    wide = {"horizon": 9, "also": ["p_purchase"]}
    predicted = typed.predict(everyone, **wide)
    columns = ["p_alive", "expected_purchases", "p_purchase"]
    assert predicted.loc[1, columns].isna().all()
    listed = pl.from_pandas(everyone).with_columns(
        gaps=pl.Series([[int(day) for day in cell.split()] for cell in everyone["gaps"]], dtype=pl.List(pl.Int64))
    )
    found = typed.predict(listed, **wide)
    assert isinstance(found, pl.DataFrame)
    assert found.select(columns).to_dict(as_series=False) == {
        name: [None if np.isnan(value) else value for value in predicted[name]] for name in columns
    }


def test_the_median_halves_the_chance(typed):
    """The median time to the next purchase solves P(a purchase by then) = 1/2; whoever returns buys for certain."""
    medians = typed.next_purchase(SOME, by=1)["next_purchase_median"]
    assert np.isfinite(medians).all()
    for row, median in enumerate(medians):
        by = typed.next_purchase(SOME.iloc[[row]], by=median)["p_next_purchase"].iloc[0]
        assert by == pytest.approx(0.5, abs=1e-6)


def test_latent_rates_of_one_customer_by_brute_force(typed):
    """Means and 90 % intervals of the posterior over a fine grid of both rates."""
    bought, silence = [40, 3, 3, 60], 90
    m1, s1, m2, s2, nu = asdict(typed.params).values()
    log_rate, log_leaving = np.meshgrid(np.arange(-9, 4, 0.02), np.arange(-11, 6, 0.04), indexing="ij")
    rate, leaving = np.exp(log_rate), np.exp(log_leaving)
    generator = np.array([[-(rate + leaving), leaving], [np.full_like(rate, nu), np.full_like(rate, -nu)]])
    d = generator[0, 0] - generator[1, 1]
    root = np.sqrt(d**2 + 4 * leaving * nu)
    slow, quick = ((generator[0, 0] + generator[1, 1] + sign * root) / 2 for sign in (1, -1))

    def within(time):
        """On and off at `time` without a purchase, started on: the first row of the exponential of the generator."""
        both = np.exp(slow * time), np.exp(quick * time)
        stays = ((generator[0, 0] - quick) * both[0] - (generator[0, 0] - slow) * both[1]) / root
        return stays, leaving * (both[0] - both[1]) / root

    log_posterior = -0.5 * ((log_rate - m1) / s1) ** 2 - 0.5 * ((log_leaving - m2) / s2) ** 2
    for gap in bought:
        log_posterior += log_rate + np.log(within(gap * WEEK)[0])
    log_posterior += np.log(sum(within(silence * WEEK)))
    posterior = np.exp(log_posterior - log_posterior.max())
    posterior /= posterior.sum()
    latent = typed.latent(of_gaps((bought, silence))).iloc[0]
    for name, values, axis in (("purchase_rate", rate, 0), ("dropout_rate", leaving, 1)):
        assert latent[name] == pytest.approx((posterior * values).sum(), rel=1e-4)
        below = np.cumsum(posterior.sum(axis=1 - axis))
        along = (log_rate[:, 0], log_leaving[0])[axis]
        ends = np.exp(np.interp([0.05, 0.95], below - 0.5 * np.diff(below, prepend=0), along))
        assert [latent[f"{name}_low"], latent[f"{name}_high"]] == pytest.approx(ends, rel=0.01)
    assert (latent[["return_rate", "return_rate_low", "return_rate_high"]] == nu).all()


def test_latent_intervals_lie_in_each_other(typed):
    by_level = [typed.latent(SOME, level=level) for level in (0.5, 0.9, 0.999)]
    for rate in ("purchase_rate", "dropout_rate"):
        lows, highs = ([frame[f"{rate}_{end}"].to_numpy() for frame in by_level] for end in ("low", "high"))
        assert (np.diff(lows, axis=0) < 0).all()
        assert (np.diff(highs, axis=0) > 0).all()
        assert ((lows[2] < by_level[2][rate]) & (by_level[2][rate] < highs[2])).all()


def by_unit(summary, period):
    """The same customers with time in another unit."""
    days = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}[period]
    return summary.assign(recency=summary["recency"] * 7 / days, T=summary["T"] * 7 / days, period=period)


def test_units_of_time_give_one_fit(paused, fitted_paused):
    """m1 and m2 move by the log of the unit, nu by the unit, and forecasts and posterior draws are the same."""
    ahead = fitted_paused.predict(paused, horizon=52)
    for period, days in (("D", 1.0), ("M", 365.25 / 12)):
        other = by_unit(paused, period)
        model, unit = kk.ReturningNBD().fit(other), days / 7
        shift = {"m1": np.log(unit), "s1": 0, "m2": np.log(unit), "s2": 0}
        for name, by in shift.items():
            assert getattr(model.params, name) - by == pytest.approx(getattr(fitted_paused.params, name), abs=1e-6)
        assert model.params.nu / unit == pytest.approx(fitted_paused.params.nu, rel=1e-6)
        predicted = model.predict(other, horizon=52 / unit)
        for name in ("p_alive", "expected_purchases"):
            assert predicted[name].to_numpy() == pytest.approx(ahead[name].to_numpy(), rel=1e-6)
        units = np.sum(paused["frequency"]) * np.log(unit)
        assert model.log_likelihood - units == pytest.approx(fitted_paused.log_likelihood, abs=1e-5)


def test_order_of_rows_does_not_matter_to_a_fit(paused, fitted_paused):
    shuffled = kk.ReturningNBD().fit(paused.sample(frac=1.0, random_state=3))
    assert list(asdict(shuffled.params).values()) == pytest.approx(
        list(asdict(fitted_paused.params).values()), rel=1e-9
    )


def test_weights_are_repeated_rows(summary, fitted):
    rows = kk.distinct_rows(summary)
    assert rows["n_customers"].sum() == len(summary)
    assert len(rows) < 0.7 * len(summary)
    counted = kk.ReturningNBD().fit(rows, weights="n_customers")
    assert counted.log_likelihood_of(rows, weights="n_customers") == pytest.approx(fitted.log_likelihood, rel=1e-12)
    assert counted.params == fitted.params
    assert counted.n_customers == fitted.n_customers


def test_input_is_never_changed(typed):
    before = SOME.copy()
    typed.predict(SOME, horizon=39)
    typed.latent(SOME)
    pd.testing.assert_frame_equal(SOME, before)


def test_protocols(fitted_paused):
    for protocol in (kk.FittedPurchaseModel, kk.Discounts, kk.HasPosterior, kk.Simulates):
        assert isinstance(fitted_paused, protocol)
    assert isinstance(kk.ReturningNBD(), kk.PurchaseModel)
