"""Laws of Pareto/NBD and GGompertz/NBD, for all customers."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.summaries.purchase_rows import PurchaseRows

TYPED = {
    "Pareto/NBD": kk.FittedParetoNBD(
        params=kk.ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W"
    ),
    "GGompertz/NBD": kk.FittedGGompertzNBD(
        params=kk.GGompertzNBDParams(r=0.553, alpha=10.578, b=0.03, s=0.606, beta=0.4), period="W"
    ),
}
models = pytest.mark.parametrize("model", TYPED.values(), ids=TYPED)
specs = pytest.mark.parametrize("spec", [kk.ParetoNBD(), kk.GGompertzNBD()], ids=lambda spec: type(spec).__name__)


@st.composite
def customers(draw):
    """One possible customer: (x, t_x, T)."""
    T = draw(st.floats(0.5, 300))
    x = draw(st.integers(0, 200))
    return x, 0.0 if x == 0 else T * draw(st.floats(0.01, 1.0)), T


def frame(*rows):
    return pd.DataFrame(rows, columns=["frequency", "recency", "T"])


@pytest.fixture(scope="module")
def ageing():
    """Customers with clear ageing, and the true model."""
    truth = kk.FittedGGompertzNBD(params=kk.GGompertzNBDParams(r=1.5, alpha=2.0, b=0.3, s=1.0, beta=150.0), period="W")
    T = np.random.default_rng(5).uniform(15, 50, 3000)
    return truth, truth.simulate(T, seed=5)


@specs
def test_contract(spec):
    kk.testing.check_purchase_model(spec)


@models
@given(customer=customers(), later=st.floats(0, 1))
def test_a_more_recent_purchase_never_lowers_p_alive(model, customer, later):
    x, t_x, T = customer
    assume(x > 0)
    two = model.predict(frame((x, t_x, T), (x, t_x + later * (T - t_x), T)), horizon=4)["p_alive"]
    assert two[1] >= two[0] * (1 - 1e-12)
    assert two.between(0, 1).all()


@models
@given(T=st.floats(0.5, 300), later=st.floats(0, 300))
def test_time_since_the_first_purchase_lowers_p_alive(model, T, later):
    two = model.predict(frame((0, 0.0, T), (0, 0.0, T + later)), horizon=4)["p_alive"]
    assert two[1] <= two[0]


@models
@given(customer=customers(), horizons=st.tuples(st.floats(0.01, 500), st.floats(0.01, 500)))
def test_expected_purchases_increase_in_the_horizon(model, customer, horizons):
    short, long = sorted(horizons)
    few, many = (model.predict(frame(customer), horizon=h)["expected_purchases"][0] for h in (short, long))
    assert 0 <= few <= many * (1 + 1e-12)


@models
@given(customer=customers(), unit=st.floats(0.01, 400))
def test_the_unit_of_time_changes_nothing_but_the_density(model, customer, unit):
    """Times, alpha and beta (of Gompertz: 1 / b) times c: P(alive) is the same, the likelihood x c^-x."""
    x, t_x, T = customer
    family, params = model.family, model.free_parameters()
    timed = {"alpha": unit, "beta": unit} if "b" not in params else {"alpha": unit, "b": 1 / unit}
    stretched = {name: value * timed.get(name, 1.0) for name, value in params.items()}
    rows, rescaled = (PurchaseRows(x=x, t_x=c * t_x, T=c * T, weights=1.0) for c in (1.0, unit))
    before, after = family.log_likelihood(rows, params), family.log_likelihood(rescaled, stretched)
    assert after + x * np.log(unit) == pytest.approx(before, rel=1e-9, abs=1e-7)
    assert family.log_p_alive(rescaled, stretched) == pytest.approx(
        family.log_p_alive(rows, params), rel=1e-9, abs=1e-12
    )


@models
def test_a_residual_times_p_alive_is_the_prediction(model, summary):
    rows = PurchaseRows(x=summary["frequency"], t_x=summary["recency"], T=summary["T"], weights=np.ones(len(summary)))
    ahead = model.residual(rows, horizon=52.0, discount_rate=0.0018)
    predicted = model.predict(summary, horizon=52, also=["p_purchase", "p_alive_later"])
    assert ahead.p_alive * ahead.purchases == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-12)
    assert ahead.p_alive * ahead.p_purchase == pytest.approx(predicted["p_purchase"].to_numpy(), rel=1e-12)
    assert ahead.p_alive * (1 - ahead.p_leaves) == pytest.approx(predicted["p_alive_later"].to_numpy(), rel=1e-12)
    assert (ahead.discounted_purchases < ahead.purchases).all()
    assert (ahead.p_purchase <= np.minimum(1.0, ahead.purchases)).all()
    assert (ahead.discounted_alive <= (1 - np.exp(-0.0018 * 52)) / 0.0018).all()
    lifelong = model.residual(rows, horizon=np.inf, discount_rate=0.0018)
    assert (lifelong.discounted_purchases > ahead.discounted_purchases).all()
    assert (lifelong.p_leaves == 1).all()


@models
def test_parameters_per_row_give_the_same_as_shared_ones(model, summary):
    """With equal parameters in every row, as covariates would give them."""
    rows = PurchaseRows(x=summary["frequency"], t_x=summary["recency"], T=summary["T"], weights=np.ones(len(summary)))
    params = model.free_parameters()
    own = {name: np.full(len(rows), value) for name, value in params.items()}
    family, ahead = model.family, {"period": "W", "horizon": 52.0}
    for call in (
        family.log_likelihood,
        family.log_p_alive,
        lambda rows, params: family.expected_purchases(rows, params, **ahead),
        lambda rows, params: family.residual(rows, params, discount_rate=0.002, **ahead).p_purchase,
        lambda rows, params: family.residual(rows, params, discount_rate=0.002, **ahead).discounted_alive,
        lambda rows, params: family.p_counts(rows, params, horizon=52.0, up_to=3)[:, 2],
    ):
        assert call(rows, own) == pytest.approx(call(rows, params), rel=1e-12)
    drawn = {name: np.full((1, 3), value) for name, value in params.items()}
    across = family.log_p_alive(rows, drawn)
    assert across.shape == (len(rows), 3)
    assert across[:, 1] == pytest.approx(family.log_p_alive(rows, params), rel=1e-12)


@pytest.mark.weak_fit
@specs
def test_days_and_weeks_give_one_fit(spec, ageing):
    """Times x 128: no prediction changes by 1e-6."""
    weekly = ageing[1].head(600)
    stretched = weekly.assign(recency=weekly["recency"] * 128, T=weekly["T"] * 128, period="D")
    fitted, rescaled = spec.fit(weekly), spec.fit(stretched)
    assert rescaled.params.alpha == pytest.approx(128 * fitted.params.alpha, rel=1e-6)
    expected, predicted = fitted.predict(weekly, horizon=20), rescaled.predict(stretched, horizon=20 * 128)
    for column in ("p_alive", "expected_purchases"):
        assert predicted[column].to_numpy() == pytest.approx(expected[column].to_numpy(), rel=1e-6)
    drawn = fitted.posterior(draws=5, seed=1)["r"]
    assert rescaled.posterior(draws=5, seed=1)["r"] == pytest.approx(drawn, rel=1e-5)


@pytest.mark.weak_fit
@specs
def test_row_order_weights_and_library_do_not_matter(spec, summary):
    fitted = spec.fit(summary)
    mixed = summary.sample(frac=1.0, random_state=3)
    assert spec.fit(mixed).log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-8)
    counted = spec.fit(kk.distinct_rows(summary), weights="n_customers")
    assert counted.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-8)
    predicted = fitted.predict(mixed, horizon=39)
    pd.testing.assert_frame_equal(predicted.sort_index(), fitted.predict(summary, horizon=39), rtol=1e-12)
    as_polars = pl.DataFrame({name: summary[name].to_list() for name in ("frequency", "recency", "T", "period")})
    in_polars = fitted.predict(as_polars, horizon=39)
    assert isinstance(in_polars, pl.DataFrame)
    in_pandas = fitted.predict(summary, horizon=39)
    assert in_polars["expected_purchases"].to_list() == in_pandas["expected_purchases"].to_list()


def test_parameters_of_pareto_nbd_are_recovered():
    """From 20,000 customers simulated in continuous time, within four standard errors."""
    truth = kk.ParetoNBDParams(r=0.8, alpha=8.0, s=1.2, beta=25.0)
    T = np.random.default_rng(11).uniform(20, 80, 20_000)
    customers = kk.FittedParetoNBD(params=truth, period="W").simulate(T, seed=11)
    fitted = kk.ParetoNBD().fit(customers)
    estimates = fitted.estimates()
    values = np.array([truth.r, truth.alpha, truth.s, truth.beta])
    assert fitted.boundary is None
    assert (np.abs(estimates["estimate"] - values) < 4 * estimates["std_error"]).all()
    estimate, low, high = estimates["estimate"], estimates["low"], estimates["high"]
    assert ((low > 0) & (low < estimate) & (estimate < high)).all()


@pytest.mark.weak_fit
def test_parameters_of_ggompertz_nbd_are_recovered(ageing):
    truth, customers = ageing
    fitted = kk.GGompertzNBD().fit(customers)
    estimates = fitted.estimates()
    values = np.array(list(truth.free_parameters().values()))
    assert fitted.boundary is None
    assert (np.abs(estimates["estimate"] - values) < 4 * estimates["std_error"]).all()
    assert fitted.log_likelihood > truth.log_likelihood_of(customers)
    assert fitted.log_likelihood > kk.ParetoNBD().fit(customers).log_likelihood + 20


@models
def test_simulated_customers_have_the_expected_purchases(model):
    """Mean purchases of 40,000 new customers in 40 weeks, and how many bought 0, 1 and 2 times."""
    customers = model.simulate(np.full(40_000, 40.0), seed=2)
    bought = customers["frequency"]
    assert bought.mean() == pytest.approx(model.new_customer(40), abs=4 * bought.std() / 200)
    due = model.new_customer_counts(40, up_to=2)["probability"]
    for j, probability in enumerate(due):
        assert (bought == j).mean() == pytest.approx(probability, abs=4 * 0.5 / 200)
    assert ((customers["recency"] > 0) == (bought > 0)).all()
    assert (customers["recency"] <= customers["T"]).all()


@pytest.mark.weak_fit
@specs
def test_no_dropout(spec, loyal):
    """The boundary names NBD, and predictions are those of NBD."""
    loyal = loyal.head(800)
    fitted = spec.fit(loyal)
    assert fitted.boundary == (
        "no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."
    )
    without = kk.NBD().fit(loyal)
    assert fitted.log_likelihood >= without.log_likelihood - 1e-3
    expected = without.predict(loyal, horizon=10)["expected_purchases"].sum()
    assert fitted.predict(loyal, horizon=10)["expected_purchases"].sum() == pytest.approx(expected, rel=0.02)
    assert np.isfinite(fitted.posterior(draws=50, seed=1).values).all()


@pytest.mark.weak_fit
@specs
def test_customers_with_hardly_any_purchases(spec):
    """One of 2,000 ever bought again: a named boundary, no exception."""
    silent = pd.DataFrame({"frequency": 0, "recency": 0.0, "T": np.arange(2000) % 90 + 10.0})
    silent.loc[7, ["frequency", "recency"]] = [1, 2.0]
    fitted = spec.fit(silent, period="W")
    assert fitted.boundary is not None
    assert fitted.log_likelihood_of(silent) == pytest.approx(fitted.log_likelihood, abs=1e-6)
    assert np.isfinite(fitted.predict(silent, horizon=20)["expected_purchases"]).all()


def test_posterior_of_cdnow(summary):
    """k_hat is small; mean and standard deviation agree with the estimate and its standard error."""
    fitted = kk.ParetoNBD().fit(summary)
    posterior = fitted.posterior(draws=4000, seed=1)
    assert posterior.k_hat < 0.7
    assert np.log(posterior["r"]).mean() == pytest.approx(np.log(fitted.params.r), abs=0.05)
    assert np.log(posterior["r"]).std() == pytest.approx(0.047628 / 0.553277, rel=0.1)


def test_invalid_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^`s` must be a number from 6.9144e-13 to 1.44626e\+12, got -1\.0"):
        kk.ParetoNBDParams(r=1, alpha=1, s=-1, beta=1)
    with pytest.raises(ValueError, match=r"^`b` must be a number from 6.9144e-13 to 1.44626e\+12, got 0\.0"):
        kk.GGompertzNBDParams(r=1, alpha=1, b=0, s=1, beta=1)
    with pytest.raises(
        ValueError, match=r"^`params` must be kk.ParetoNBDParams\(...\), got NBDParams\(r=1\.0, alpha=1\.0\)"
    ):
        kk.FittedParetoNBD(params=kk.NBDParams(r=1, alpha=1), period="W")


def test_given_parameters_have_no_known_uncertainty():
    with pytest.raises(kk.CapabilityError) as raised:
        TYPED["Pareto/NBD"].posterior(draws=10, seed=1)
    assert str(raised.value) == (
        "FittedParetoNBD was given its parameters, so their uncertainty is not known.\n\n"
        "Hint: fit it: kk.ParetoNBD().fit(summary)."
    )


def test_too_few_customers():
    with pytest.raises(kk.DataError) as raised:
        kk.GGompertzNBD().fit(frame((2, 3.0, 9.0)), period="W")
    assert str(raised.value) == (
        "GGompertz/NBD has 5 parameters and needs more customers than that, got 1.\n\n"
        "Hint: fit to more customers; published parameters can be typed in: "
        "kk.FittedGGompertzNBD(params=..., period=...)."
    )


def test_a_posterior_of_another_model_is_refused():
    rows = PurchaseRows(x=[2], t_x=[3.0], T=[9.0], weights=[1])
    foreign = kk.Posterior(names=("r", "alpha"), values=[[0.5, 6.0]])
    with pytest.raises(kk.CapabilityError) as raised:
        TYPED["Pareto/NBD"].draw_outcomes(
            rows, posterior=foreign, horizon=4, discount_rate=0.0, generator=np.random.default_rng(1)
        )
    assert str(raised.value) == (
        "FittedParetoNBD draws from a posterior of ('r', 'alpha', 's', 'beta'), got ('r', 'alpha').\n\n"
        "Hint: use the posterior of the same model: fitted.posterior(draws=200, seed=1)."
    )
