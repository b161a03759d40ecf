"""Laws of the spend model."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk

NOTE = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))


@given(x=st.integers(1, 400), m=st.floats(0.01, 1e5), more=st.floats(1.0, 10.0))
def test_the_expectation_lies_between_the_customer_and_the_population(x, m, more):
    """The expectation grows with the observed mean, and tends to it with more purchases."""
    seen = pd.DataFrame({"frequency": [0, x, 50 * x, x], "monetary_value": [0.0, m, m, m * more]})
    population, once, often, richer = NOTE.predict(seen)["expected_order_value"]
    low, high = sorted((population, m))
    assert low * (1 - 1e-12) <= once <= high * (1 + 1e-12)
    assert abs(often - m) <= abs(once - m) * (1 + 1e-9)
    assert richer >= once


def test_the_unit_of_money_does_not_matter(summary):
    """In oere all values are 100 times as large; p and q are the same."""
    kronor = kk.GammaGamma().fit(summary)
    ore = kk.GammaGamma().fit(summary.assign(monetary_value=100 * summary["monetary_value"]))
    assert (ore.params.p, ore.params.q) == pytest.approx((kronor.params.p, kronor.params.q), rel=1e-6)
    assert ore.params.gamma == pytest.approx(100 * kronor.params.gamma, rel=1e-6)
    assert ore.posterior(draws=3, seed=1)["q"] == pytest.approx(kronor.posterior(draws=3, seed=1)["q"], rel=1e-5)


def test_parameters_are_recovered():
    """From 20,000 simulated repeat buyers, within four standard errors."""
    generator = np.random.default_rng(4)
    x = generator.integers(1, 10, 20_000)
    nu = generator.gamma(3.74, 1 / 15.44, 20_000)
    mean = generator.gamma(6.25 * x, 1 / nu) / x
    estimates = kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": mean})).estimates()
    assert (np.abs(estimates["estimate"] - [6.25, 3.74, 15.44]) < 4 * estimates["std_error"]).all()


def test_draws_have_the_expected_means():
    """One order, and the sum of three orders, of a customer without and of one with repeat purchases."""
    posterior = kk.Posterior(names=("p", "q", "gamma"), values=[[6.25, 3.74, 15.44]] * 40_000)
    seen = pd.DataFrame({"frequency": [0, 7], "monetary_value": [np.nan, 73.74], "n_transactions": [0, 8]})
    expected = NOTE.predict(seen)["expected_order_value"].to_numpy()
    arrays = {"frequency": seen["frequency"].to_numpy(), "monetary_value": seen["monetary_value"].to_numpy()}
    orders = np.full((2, 40_000), 3.0)
    orders[:, ::4] = 0
    generator = np.random.default_rng(8)
    spend = NOTE.draw_spend(**arrays, purchases=orders, posterior=posterior, generator=generator)
    value = NOTE.draw_order_value(**arrays, posterior=posterior, generator=generator)
    assert (spend[:, ::4] == 0).all()
    assert (spend[:, 1::4] > 0).all()
    for drawn, truth in ((value, expected), (spend, 0.75 * 3 * expected)):
        error = drawn.std(axis=1) / np.sqrt(drawn.shape[1])
        assert (np.abs(drawn.mean(axis=1) - truth) < 5 * error).all()


def test_drawn_spend_varies_by_the_customer_and_by_the_order():
    """Variance of n orders: p n E[1/nu^2] of the orders, plus p^2 n^2 Var[1/nu] of the mean they share."""
    posterior = kk.Posterior(names=("p", "q", "gamma"), values=[[6.25, 8.0, 15.44]] * 200_000)
    x, m, n = np.array([0.0, 7.0]), np.array([0.0, 73.74]), 3.0
    given, generator = {"posterior": posterior}, np.random.default_rng(12)
    value = NOTE.draw_order_value(x, m, generator=generator, **given)
    spend = NOTE.draw_spend(x, m, purchases=np.full((2, 200_000), n), generator=generator, **given)
    shape, rate = 8.0 + 6.25 * x, 15.44 + x * m
    inverse, squared = rate / (shape - 1), rate**2 / ((shape - 1) * (shape - 2))
    shared = 6.25**2 * (squared - inverse**2)
    assert value.var(axis=1) == pytest.approx(shared, rel=0.05)
    assert spend.var(axis=1) == pytest.approx(n * 6.25 * squared + n**2 * shared, rel=0.05)


def test_simulated_customers_spend_as_the_model_expects():
    """The mean is p gamma / (q - 1) for any number of purchases; the variance falls with that number."""
    truth = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=8.0, gamma=15.44))
    for x in (1, 4):
        spent = truth.simulate(np.full(100_000, x), seed=x)["monetary_value"]
        mean, squared = 15.44 / 7, 15.44**2 / (7 * 6)
        variance = 6.25**2 * (squared - mean**2) + 6.25 * squared / x
        assert spent.mean() == pytest.approx(6.25 * mean, abs=5 * np.sqrt(variance / 100_000))
        assert spent.var() == pytest.approx(variance, rel=0.05)
    assert (truth.simulate([0], seed=1)["monetary_value"] == 0).all()


def test_repeat_buyers_without_spend_are_counted_and_get_the_mean(summary):
    """Repeat buyers whose purchases all have a spend of 0."""
    spoilt = summary.assign(monetary_value=summary["monetary_value"].where(summary["frequency"] != 2, 0.0))
    fitted = kk.GammaGamma().fit(spoilt)
    nothing = (spoilt["frequency"] == 2).to_numpy()
    assert fitted.report.unpriced == nothing.sum()
    assert fitted.n_customers == 946 - nothing.sum()
    value = fitted.predict(spoilt)["expected_order_value"].to_numpy()
    assert np.unique(value[nothing | (spoilt["frequency"] == 0)]).size == 1


@pytest.mark.weak_fit
def test_an_infinite_mean_is_named():
    """With q = 0.7 a few customers spend without limit: there is no mean to predict."""
    generator = np.random.default_rng(5)
    x = generator.integers(1, 6, 5000)
    mean = generator.gamma(3.0 * x) / generator.gamma(0.7, size=5000) / x
    fitted = kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": mean}))
    assert fitted.boundary == (
        "the mean order value over customers is infinite (q = 1): a few customers spend without limit; one-time "
        "buyers have no finite expected order value. Look at the largest `monetary_value`."
    )
    seen = pd.DataFrame({"frequency": [0, 3], "monetary_value": [0, 20.0]})
    assert refused(fitted, seen) == (
        f"Gamma-Gamma.predict has no finite answer for 1 of 2 customers: {fitted.boundary}\n\n"
        "Hint: leave out accounts that are no customers, see summary.nlargest(5, 'monetary_value'), and fit again; or "
        "predict repeat buyers alone: summary[summary['frequency'] > 0]."
    )
    assert np.isfinite(fitted.predict(seen[1:])["expected_order_value"]).all()
    assert fitted.estimates()["std_error"].isna().all()
    assert np.isfinite(fitted.posterior(draws=100, seed=1).values).all()


def test_an_infinite_mean_of_given_parameters_is_named_too():
    typed = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=2, q=0.8, gamma=15))
    assert refused(typed, pd.DataFrame({"frequency": [0, 3, 0], "monetary_value": [0, 20.0, 0]})).splitlines()[0] == (
        "Gamma-Gamma.predict has no finite answer for 2 of 3 customers: the mean order value over customers is "
        "infinite (q = 0.8, at most 1)."
    )


def refused(model, summary):
    with pytest.raises(kk.DataError) as raised:
        model.predict(summary)
    return str(raised.value)


def test_rows_that_count_customers_are_those_customers():
    """A fit to weighted rows equals the fit to the customers."""
    generator = np.random.default_rng(2)
    rows = pd.DataFrame({"frequency": generator.integers(1, 6, 200), "n": generator.integers(1, 4, 200)})
    rows["monetary_value"] = generator.gamma(3.0 * rows["frequency"]) / generator.gamma(4.0, size=200) * 60
    everyone = rows.loc[rows.index.repeat(rows["n"])]
    ours, theirs = kk.GammaGamma().fit(rows, weights="n"), kk.GammaGamma().fit(everyone)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood, rel=1e-9)
    assert ours.n_customers == theirs.n_customers == rows["n"].sum()


def test_from_dict_reverses_to_dict(summary):
    fitted = kk.GammaGamma().fit(summary)
    assert kk.FittedGammaGamma.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_rows_that_stand_for_several_are_refused_without_their_number():
    rows = pd.DataFrame({"frequency": [1, 2], "monetary_value": [20.0, 30.0], "n_customers": [5, 3]})
    with pytest.raises(kk.DataError) as raised:
        kk.GammaGamma().fit(rows)
    assert str(raised.value) == (
        "Gamma-Gamma.fit would take each row for one customer: the frame has `n_customers` and no `customer_id`, as "
        'that of kk.distinct_rows.\n\nHint: weights="n_customers".'
    )


def test_a_heavy_tail_with_a_mean_is_no_boundary():
    """Of 2,000 customers of q = 1.5: an infinite variance, a finite mean, and both shapes well told."""
    generator = np.random.default_rng(5)
    x = generator.integers(1, 9, 2000)
    m = generator.gamma(4.0 * x, 15.0 / generator.gamma(1.5, 1.0, 2000)) / x
    fitted = kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": m}))
    assert fitted.boundary is None
    assert (fitted.params.p, fitted.params.q) == (pytest.approx(4.0, rel=0.15), pytest.approx(1.5, rel=0.15))
