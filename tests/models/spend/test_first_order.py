"""Gamma-Gamma that counts first orders: c told or not, unknown first orders, draws, units of money."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


def simulated(c, *, customers=4000, seed=3):
    """Customers of whom the first order is c times a later one."""
    truth = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=4, q=4, gamma=30, c=c))
    frequency = np.random.default_rng(seed).poisson(1.5, customers)
    return truth.simulate(frequency, seed=seed)


def test_a_factor_of_first_orders_is_recovered():
    """Of 4,000 customers with c = 1.4: all four within four standard errors, and the test says so."""
    made = simulated(1.4)
    fitted = kk.GammaGamma(first_order=True).fit(made)
    table = fitted.estimates()
    assert table["parameter"].tolist() == ["p", "q", "gamma", "c"]
    assert (np.abs(table["estimate"] - [4, 4, 30, 1.4]) < 4 * table["std_error"]).all()
    assert ((table["low"] < [4, 4, 30, 1.4]) & (table["high"] > [4, 4, 30, 1.4])).all()
    assert fitted.first_order_test(made).counted
    assert fitted.n_parameters == 4
    assert fitted.first_order_value() == pytest.approx(fitted.params.c * fitted.new_customer_order())
    assert fitted.new_customer_order() == pytest.approx(fitted.params.p * fitted.params.gamma / (fitted.params.q - 1))
    assert fitted.log_likelihood_of(made) == pytest.approx(fitted.log_likelihood, abs=1e-8)


def test_a_small_or_doubtful_factor_is_1():
    """c = 1 where the data do not tell it; c of 5 % is none, however many customers tell it."""
    for made in (simulated(1.0), simulated(1.05, customers=40_000)):
        fitted = kk.GammaGamma(first_order=True).fit(made)
        assert fitted.params.c == 1
        assert fitted.n_parameters == 3
        held = fitted.estimates().iloc[3]
        assert (held["parameter"], held["estimate"]) == ("c", 1)
        assert np.isnan(held["std_error"])
    told = fitted.first_order_test(made)
    assert told.likelihood_ratio > 10.83
    assert told.c == pytest.approx(1.05, abs=0.02)
    assert not told.counted


def test_of_customers_older_than_the_data_the_first_order_is_ordinary():
    """All of entry "unknown": no c, and c does not move what is expected of them."""
    made = simulated(1.4, customers=1000)
    assert kk.GammaGamma(first_order=True).fit(made.assign(entry="unknown")).params.c == 1
    model = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=4, q=4, gamma=30, c=1.4))
    rows = pd.DataFrame(
        {"frequency": [0, 0], "first_value": 70.0, "monetary_value": 0.0, "entry": ["known", "unknown"]}
    )
    known, unknown = model.predict(rows)["expected_order_value"]
    assert known == pytest.approx(4 * (30 + 70 / 1.4) / (4 + 4 - 1))
    assert unknown == pytest.approx(4 * (30 + 70) / (4 + 4 - 1))


def test_an_unknown_first_order_leaves_the_repeat_orders():
    """Missing or 0: the prediction is that of repeat orders alone, and prospects get the population mean."""
    params = {"p": 4.0, "q": 4.0, "gamma": 30.0}
    counting = kk.FittedGammaGamma(params=kk.GammaGammaParams(**params, c=1.4))
    repeat = kk.FittedGammaGamma(params=kk.GammaGammaParams(**params))
    rows = pd.DataFrame({"frequency": [0, 2, 3, 0], "first_value": [np.nan, 0, np.nan, np.nan]})
    rows = rows.assign(monetary_value=[0, 30.0, 0, np.nan], n_transactions=[1, 3, 4, 0])
    one, other = (model.predict(rows)["expected_order_value"].tolist() for model in (counting, repeat))
    assert one == other
    assert one[0] == one[2] == one[3] == counting.new_customer_order()
    made = simulated(1.0, customers=500)
    made.loc[:99, "first_value"] = np.nan
    made.loc[100:199, "first_value"] = 0.0
    fitted = kk.GammaGamma(first_order=True).fit(made)
    nothing = (made["frequency"] == 0) & (made.index < 200)
    assert fitted.report.unpriced == nothing.sum()
    assert fitted.n_customers == 500 - nothing.sum()


def test_a_unit_of_money_changes_gamma_alone():
    made = simulated(1.4, customers=1000)
    one = kk.GammaGamma(first_order=True).fit(made)
    far = made.assign(first_value=made["first_value"] * 1e6, monetary_value=made["monetary_value"] * 1e6)
    other = kk.GammaGamma(first_order=True).fit(far)
    for name in ("p", "q", "c"):
        assert getattr(other.params, name) == pytest.approx(getattr(one.params, name), rel=1e-6)
    assert other.params.gamma == pytest.approx(one.params.gamma * 1e6, rel=1e-6)
    assert one.log_likelihood_of(made) == pytest.approx(one.log_likelihood, abs=1e-6)
    assert other.log_likelihood_of(far) == pytest.approx(other.log_likelihood, abs=1e-6)


def test_draws_have_the_expected_means():
    """At parameters held fast; with orders known, first and later, known newcomer or not, and with none."""
    model = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=4, q=4, gamma=30, c=1.4))
    rows = pd.DataFrame({"frequency": [0, 2, 2, 0], "first_value": [50.0, 80.0, 80.0, np.nan]})
    rows = rows.assign(monetary_value=[0, 35.0, 35.0, 0], entry=["known", "known", "unknown", "known"])
    posterior = kk.Posterior(names=("p", "q", "gamma", "c"), values=[[4, 4, 30, 1.4]] * 40_000)
    read, generator = model.read_spend(rows), np.random.default_rng(8)
    expected = model.predict(rows)["expected_order_value"].to_numpy()
    value = model.draw_order_value(*read, posterior=posterior, generator=generator)
    spend = model.draw_spend(*read, purchases=np.full((4, 40_000), 3.0), posterior=posterior, generator=generator)
    for drawn, truth in ((value, expected), (spend, 3 * expected)):
        error = drawn.std(axis=1) / np.sqrt(drawn.shape[1])
        assert (np.abs(drawn.mean(axis=1) - truth) < 5 * error).all()


def test_draws_read_the_factor_of_each_draw():
    """A larger c makes less of a first order: the order value falls with it, from draw to draw."""
    model = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=50, q=50, gamma=30, c=1.4))
    posterior = kk.Posterior(
        names=("p", "q", "gamma", "c"), values=[[50, 50, 30, 1.0]] * 500 + [[50, 50, 30, 3.0]] * 500
    )
    read = model.read_spend(pd.DataFrame({"frequency": [0], "first_value": [90.0], "monetary_value": [0.0]}))
    drawn = model.draw_order_value(*read, posterior=posterior, generator=np.random.default_rng(1))[0]
    assert drawn[:500].mean() == pytest.approx(50 * (30 + 90) / 99, rel=0.05)
    assert drawn[500:].mean() == pytest.approx(50 * (30 + 30) / 99, rel=0.05)


def test_the_posterior_holds_c_where_it_is_told():
    fitted = kk.GammaGamma(first_order=True).fit(simulated(1.4, customers=1000))
    posterior = fitted.posterior(draws=500, seed=1)
    assert posterior.names == ("p", "q", "gamma", "c")
    assert posterior.k_hat < 0.5
    error = fitted.estimates()["std_error"][3]
    assert posterior["c"].mean() == pytest.approx(fitted.params.c, abs=error)
    assert posterior["c"].std() == pytest.approx(error, rel=0.2)
    again = kk.FittedGammaGamma.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted


def test_refusals(message_of):
    made = simulated(1.0, customers=200)
    assert message_of(kk.DataError, lambda: kk.GammaGamma(first_order=True).fit(made.drop(columns="first_value"))) == (
        "Gamma-Gamma.fit counts first orders and needs a column that is not there: ['first_value'].\n\n"
        "Hint: kk.summarize(transactions, as_of=...) makes it; repeat orders alone are counted by kk.GammaGamma(); the "
        "DataFrame has ['customer_id', 'frequency', 'monetary_value']."
    )
    below = made.assign(first_value=np.where(made.index == 3, -5.0, 9.0))
    shown = message_of(kk.DataError, lambda: kk.GammaGamma(first_order=True).fit(below))
    assert shown.splitlines()[0] == (
        "Gamma-Gamma.fit: `first_value` is gross spend: at least 0: broken by 1 of 200 rows."
    )
    assert shown.splitlines()[-1] == "Hint: leave it missing where it is unknown."
    huge = made.assign(first_value=np.where(made.index == 3, 1e200, 9.0))
    assert message_of(kk.DataError, lambda: kk.GammaGamma(first_order=True).fit(huge)).splitlines()[0] == (
        "Gamma-Gamma.fit: `first_value` is missing, 0, or from 1e-100 to 1e+100: broken by 1 of 200 rows."
    )
    once = made[made["frequency"] == 0]
    assert message_of(kk.DataError, lambda: kk.GammaGamma(first_order=True).fit(once)) == (
        "Gamma-Gamma has 3 parameters and needs more repeat buyers with a spend above 0 than that, got 0.\n\n"
        "Hint: fit to more repeat buyers with a spend above 0; published parameters can be typed in: "
        "kk.FittedGammaGamma(params=...)."
    )
    repeat = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=4, q=4, gamma=30))
    assert message_of(kk.CapabilityError, repeat.first_order_value) == (
        "Gamma-Gamma of repeat orders says nothing of first orders.\n\n"
        "Hint: kk.GammaGamma(first_order=True).fit(summary) counts them."
    )
