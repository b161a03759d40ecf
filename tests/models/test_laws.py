"""Laws that hold for every repeat-buying model and all customers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.numerics.bgnbd import likelihood
from kundkarriar.numerics.bgnbd.likelihood import log_p_alive
from kundkarriar.summaries.purchase_rows import PurchaseRows

TYPED = {
    "MBG/NBD": kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"),
    "BG/NBD": kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W"),
    "NBD": kk.FittedNBD(params=kk.NBDParams(r=0.385, alpha=12.072), period="W"),
}
SPECS = [kk.MBGNBD(), kk.BGNBD(), kk.NBD()]
models = pytest.mark.parametrize("model", TYPED.values(), ids=TYPED)
specs = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: type(spec).__name__)
numbers = st.floats(0.05, 20.0)


@st.composite
def customers(draw):
    """One possible customer: (x, t_x, T)."""
    T = draw(st.floats(0.5, 300))
    x = draw(st.integers(0, 200))
    return x, 0.0 if x == 0 else T * draw(st.floats(0.01, 1.0)), T


def frame(*rows):
    return pd.DataFrame(rows, columns=["frequency", "recency", "T"])


@models
@given(customer=customers(), later=st.floats(0, 1))
def test_a_more_recent_purchase_never_lowers_p_alive(model, customer, later):
    x, t_x, T = customer
    assume(x > 0)
    two = model.predict(frame((x, t_x, T), (x, t_x + later * (T - t_x), T)), horizon=4)["p_alive"]
    assert two[1] >= two[0] * (1 - 1e-12)
    assert two.between(0, 1).all()


@models
@given(customer=customers(), horizons=st.tuples(st.floats(0.01, 500), st.floats(0.01, 500)))
def test_expected_purchases_increase_in_the_horizon(model, customer, horizons):
    short, long = sorted(horizons)
    few, many = (model.predict(frame(customer), horizon=h)["expected_purchases"][0] for h in (short, long))
    assert 0 <= few <= many * (1 + 1e-12)


@given(customer=customers(), params=st.tuples(numbers, numbers, numbers, numbers), unit=st.floats(0.01, 400))
def test_the_unit_of_time_changes_nothing_but_the_density(customer, params, unit):
    """Times and alpha times c: P(alive) is the same, the likelihood of x purchase times is multiplied by c^-x."""
    r, alpha, a, b = params
    x, t_x, T = (np.array([float(value)]) for value in customer)
    for chances in (x, x + 1):
        shared = {"x": x, "chances": chances, "r": r, "a": a, "b": b}
        before = likelihood.log_likelihood(t_x=t_x, T=T, alpha=alpha, **shared)
        after = likelihood.log_likelihood(t_x=unit * t_x, T=unit * T, alpha=unit * alpha, **shared)
        assert after + x * np.log(unit) == pytest.approx(before, rel=1e-9, abs=1e-7)
        alive = log_p_alive(t_x=t_x, T=T, alpha=alpha, **shared)
        alive_in_other_unit = log_p_alive(t_x=unit * t_x, T=unit * T, alpha=unit * alpha, **shared)
        assert alive_in_other_unit == pytest.approx(alive, rel=1e-9, abs=1e-9)


@specs
def test_days_and_weeks_give_one_fit(spec, cdnow_sample, summary):
    """alpha is 7 times as large in days, all else is the same, and so are predictions and posterior draws."""
    days = kk.summarize(cdnow_sample, as_of="1997-09-30", period="D")
    weekly, daily = spec.fit(summary), spec.fit(days)
    assert daily.params.alpha == pytest.approx(7 * weekly.params.alpha, rel=1e-6)
    assert daily.params.r == pytest.approx(weekly.params.r, rel=1e-6)
    ahead = weekly.predict(summary, horizon=52)["expected_purchases"].to_numpy()
    assert daily.predict(days, horizon=364)["expected_purchases"].to_numpy() == pytest.approx(ahead, rel=1e-6)
    drawn = weekly.posterior(draws=5, seed=1)["r"]
    assert daily.posterior(draws=5, seed=1)["r"] == pytest.approx(drawn, rel=1e-5)


@specs
def test_row_order_does_not_matter(spec, summary):
    mixed = summary.sample(frac=1.0, random_state=3)
    shuffled, fitted = spec.fit(mixed), spec.fit(summary)
    assert shuffled.estimates()["estimate"].to_numpy() == pytest.approx(fitted.estimates()["estimate"], rel=1e-9)
    predicted = fitted.predict(mixed, horizon=39)
    pd.testing.assert_frame_equal(predicted.sort_index(), fitted.predict(summary, horizon=39), rtol=1e-12)
    assert predicted.index.equals(mixed.index)


@specs
def test_weights_are_repeated_rows(spec, summary):
    rows = kk.distinct_rows(summary)
    assert rows["n_customers"].sum() == len(summary)
    assert len(rows) < len(summary)
    counted, one_by_one = spec.fit(rows, weights="n_customers"), spec.fit(summary)
    assert counted.params == one_by_one.params
    assert counted.log_likelihood == pytest.approx(one_by_one.log_likelihood, abs=1e-8)
    assert counted.n_customers == 2357
    assert counted.log_likelihood_of(rows, weights="n_customers") == pytest.approx(counted.log_likelihood, abs=1e-8)


@specs
def test_polars_and_pandas_agree(spec, summary):
    fitted = spec.fit(summary)
    assert spec.fit(as_polars(summary)) == fitted
    predicted = fitted.predict(as_polars(summary), horizon=39)
    assert isinstance(predicted, pl.DataFrame)
    pandas = fitted.predict(summary, horizon=39)
    assert predicted["expected_purchases"].to_list() == pandas["expected_purchases"].to_list()


@specs
def test_parameters_are_recovered(spec):
    """From 40,000 customers simulated in continuous time, within four standard errors."""
    generator = np.random.default_rng(11)
    name = {"MBGNBD": "MBG/NBD", "BGNBD": "BG/NBD", "NBD": "NBD"}[type(spec).__name__]
    truth = TYPED[name].params
    n = 40_000
    T = generator.uniform(20, 60, n)
    rate = generator.gamma(truth.r, 1 / truth.alpha, n)
    p = np.zeros(n) if name == "NBD" else generator.beta(truth.a, truth.b, n)
    frequency, recency = np.zeros(n), np.zeros(n)
    alive = generator.random(n) >= p if name == "MBG/NBD" else np.ones(n, dtype=bool)
    now = np.zeros(n)
    while alive.any():
        now[alive] += generator.exponential(1 / rate[alive])
        alive &= now <= T
        frequency[alive] += 1
        recency[alive] = now[alive]
        alive &= generator.random(n) >= p
    estimates = spec.fit(pd.DataFrame({"frequency": frequency, "recency": recency, "T": T}), period="W").estimates()
    values = np.array([getattr(truth, parameter) for parameter in estimates["parameter"]])
    estimate, low, high = estimates["estimate"], estimates["low"], estimates["high"]
    assert (np.abs(estimate - values) < 4 * estimates["std_error"]).all()
    assert ((low > 0) & (low < estimate) & (estimate < high)).all()


@models
def test_a_residual_times_p_alive_is_the_prediction(model, summary):
    rows = PurchaseRows(x=summary["frequency"], t_x=summary["recency"], T=summary["T"], weights=np.ones(len(summary)))
    ahead = model.residual(rows, horizon=52.0, discount_rate=0.0018)
    predicted = model.predict(summary, horizon=52)
    assert ahead.p_alive * ahead.purchases == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-12)
    assert (ahead.discounted_purchases < ahead.purchases).all()
    assert (ahead.p_purchase <= np.minimum(1.0, ahead.purchases)).all()
    assert (ahead.discounted_alive <= (1 - np.exp(-0.0018 * 52)) / 0.0018 + 1e-9).all()
    lifelong = model.residual(rows, horizon=np.inf, discount_rate=0.0018)
    assert (lifelong.discounted_purchases > ahead.discounted_purchases).all()
    assert (ahead.p_leaves == 0).all() if model.family.name == "NBD" else (ahead.p_leaves > 0).all()


@models
def test_draws_have_the_expected_means(model):
    """Realised futures and drawn expectations agree with the closed forms, within five Monte Carlo errors."""
    rows = PurchaseRows(x=[0, 1, 4, 20], t_x=[0, 9, 30, 37], T=[39, 12, 38, 39], weights=[1, 1, 1, 1])
    given_once = kk.Posterior(names=model.family.parameters, values=[list(vars_of(model))] * 40_000)
    rate = 0.05
    closed = model.residual(rows, horizon=52.0, discount_rate=rate)
    truth = {
        "purchases": closed.p_alive * closed.purchases,
        "discounted_purchases": closed.p_alive * closed.discounted_purchases,
        "discounted_alive": closed.p_alive * closed.discounted_alive,
    }
    for drawer in (model.draw_outcomes, model.draw_expectations):
        drawn = drawer(rows, posterior=given_once, horizon=52.0, discount_rate=rate, generator=np.random.default_rng(5))
        for name, expected in truth.items():
            values = getattr(drawn, name)
            error = values.std(axis=1) / np.sqrt(values.shape[1]) + 1e-9
            assert (np.abs(values.mean(axis=1) - expected) < 5 * error).all(), (drawer, name)


@models
def test_the_share_of_draws_with_purchases_is_the_predicted_probability(model):
    rows = PurchaseRows(x=[0, 4], t_x=[0, 30], T=[39, 38], weights=[1, 1])
    given_once = kk.Posterior(names=model.family.parameters, values=[list(vars_of(model))] * 40_000)
    closed = model.residual(rows, horizon=26.0, discount_rate=0.0)
    drawn = model.draw_outcomes(
        rows, posterior=given_once, horizon=26.0, discount_rate=0.0, generator=np.random.default_rng(6)
    )
    predicted = closed.p_alive * closed.p_purchase
    assert (drawn.purchases > 0).mean(axis=1) == pytest.approx(predicted, abs=0.0125)
    assert (drawn.purchases == np.floor(drawn.purchases)).all()


@specs
def test_posteriors_are_reproducible_and_proper(spec, summary):
    model = spec.fit(summary)
    once, twice = (model.posterior(draws=2000, seed=9) for _ in range(2))
    assert once.equals(twice)
    assert not once.equals(model.posterior(draws=2000, seed=10))
    assert (once.frame() > 0).all(axis=None)
    estimates = model.estimates()
    drawn = once.frame().to_numpy()
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert ((estimates["estimate"] > low) & (estimates["estimate"] < high)).all()
    assert np.log(drawn).std(axis=0) == pytest.approx(
        (estimates["std_error"] / estimates["estimate"]).to_numpy(), rel=0.15
    )


@specs
def test_from_dict_reverses_to_dict(spec, summary):
    import json  # noqa: PLC0415

    model = spec.fit(summary)
    assert type(model).from_dict(json.loads(json.dumps(model.to_dict()))) == model
    typed = TYPED[model.family.name]
    assert type(typed).from_dict(json.loads(json.dumps(typed.to_dict()))) == typed


def vars_of(model):
    return [getattr(model.params, name) for name in model.family.parameters]


def test_the_input_is_never_changed(fitted, summary):
    before = summary.copy()
    fitted.predict(summary, horizon=39)
    kk.MBGNBD().fit(summary)
    pd.testing.assert_frame_equal(summary, before)


def test_protocols(fitted, summary):
    for protocol in (kk.FittedPurchaseModel, kk.Discounts, kk.HasPosterior, kk.Simulates):
        assert isinstance(fitted, protocol)
    spend = kk.GammaGamma().fit(summary)
    for protocol in (kk.FittedSpendModel, kk.HasPosterior, kk.DrawsSpend):
        assert isinstance(spend, protocol)
    assert isinstance(kk.MBGNBD(), kk.PurchaseModel)
    assert isinstance(kk.GammaGamma(), kk.SpendModel)


def test_prospects_in_polars_are_null():
    frame = pl.DataFrame(
        {
            "frequency": [0, 2, 0], "recency": [None, 5.0, 0.0], "T": [None, 30.0, 30.0], "n_transactions": [0, 3, 1],
            "monetary_value": [None, 10.0, 0.0], "entry": [None, "known", "unknown"],
        }
    )  # fmt: skip
    predicted = TYPED["MBG/NBD"].predict(frame, horizon=10)
    assert predicted["p_alive"].is_null().to_list() == [True, False, False]
    assert predicted["expected_purchases"].is_null().to_list() == [True, False, False]
    spend = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)).predict(frame)
    assert spend["expected_order_value"].is_null().to_list() == [False, False, False]
    assert kk.distinct_rows(frame, period="W")["entry"].to_list() == ["known", "unknown"]


def as_polars(summary):
    columns = ["customer_id", "frequency", "recency", "T", "n_transactions", "first_purchase", "period", "entry"]
    return pl.DataFrame({name: summary[name].tolist() for name in columns})


@pytest.mark.weak_fit
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(8))
def test_predictions_without_dropout_are_finite(seed):
    """A fit at the boundary predicts and values as NBD does: no NaN, no infinity, no warning."""
    generator = np.random.default_rng(seed)
    n = 2000
    T = generator.uniform(5, 60, n)
    x = generator.poisson(generator.gamma(0.8, 1 / 6, n) * T)
    last = np.where(x > 0, T * generator.beta(np.maximum(x, 1), 1), 0.0)
    rows = {"customer_id": np.arange(n), "frequency": x, "recency": last, "T": T, "period": "W"}
    summary = pd.DataFrame(rows)
    nbd = kk.NBD().fit(summary).predict(summary, horizon=52)["expected_purchases"].sum()
    for model in (kk.MBGNBD(), kk.BGNBD()):
        total = model.fit(summary).predict(summary, horizon=52)["expected_purchases"].sum()
        assert np.isfinite(total)
        assert abs(total / nbd - 1) < 0.1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("r", "a", "b"), [(0.8, 0.8, 2.4), (1.0, 1.0, 1.0), (0.5, 3.0, 600.0), (0.5, 2.0, 200.0)])
def test_lifelong_discounted_purchases_are_finite(r, a, b):
    """Also where parameters differ by whole numbers, and with little dropout."""
    fitted = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=r, alpha=8.0, a=a, b=b), period="W")
    x = np.array([0.0, 1.0, 100.0, 300.0])
    rows = PurchaseRows(x=x, t_x=np.where(x > 0, 100.0, 0.0), T=np.full(4, 104.0), weights=np.ones(4))
    ever = fitted.residual(rows, horizon=np.inf, discount_rate=0.0018)
    assert np.isfinite(ever.discounted_purchases).all()
    assert (np.diff(ever.discounted_purchases) > 0).all()
