"""Columns of customers on which the mean order value depends."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

TRUTH = kk.FittedGammaGamma(
    params=kk.GammaGammaParams(p=4, q=4, gamma=30, c=1.0),
    effects=kk.SpendEffects(coefficients={"segment=firm": 0.5, "age": 0.02}, levels={"segment": ("person", "firm")}),
)


@pytest.fixture(scope="module")
def customers():
    generator = np.random.default_rng(1)
    return pd.DataFrame({
        "customer_id": np.arange(1, 3001),
        "segment": np.where(generator.random(3000) < 0.3, "firm", "person"),
        "age": generator.normal(40, 10, 3000),
    })  # fmt: skip


@pytest.fixture(scope="module")
def made(customers):
    return TRUTH.simulate(np.random.default_rng(2).poisson(1.5, 3000), seed=3, customers=customers)


@pytest.fixture(scope="module")
def fitted(made, customers):
    return kk.GammaGamma(first_order=True, columns=("segment", "age")).fit(made, customers=customers)


def test_coefficients_are_recovered(made, customers, fitted):
    """Of 3,000 customers, within four standard errors, with first orders and without; levels are sorted."""
    for model in (fitted, kk.GammaGamma(columns=("segment", "age")).fit(made, customers=customers)):
        table = model.estimates().set_index("parameter")
        assert [name for name in table.index if ":" in name] == ["spend:segment=person", "spend:age"]
        for name, truth in (("spend:segment=person", -0.5), ("spend:age", 0.02)):
            assert abs(table["estimate"][name] - truth) < 4 * table["std_error"][name]
    assert fitted.log_likelihood_of(made, customers=customers) == pytest.approx(fitted.log_likelihood, abs=1e-8)


def test_a_factor_on_the_mean_order_value(fitted):
    """Law: a coefficient multiplies the mean order of a new customer; ten years more by exp(10 x coefficient)."""
    values = fitted.effects.values()
    person, older = (fitted.new_customer_order({"segment": "person", "age": age}) for age in (40, 50))
    firm = fitted.new_customer_order({"segment": "firm", "age": 40})
    assert person / firm == pytest.approx(np.exp(values["spend:segment=person"]))
    assert older / person == pytest.approx(np.exp(10 * values["spend:age"]))
    assert fitted.first_order_value({"segment": "firm", "age": 40}) == firm


def test_units_and_centres_of_columns_do_not_matter(made, customers, fitted):
    """An age in months, counted from 30 years: the coefficient a twelfth, predictions the same."""
    months = customers.assign(age=(customers["age"] - 30) * 12)
    other = kk.GammaGamma(first_order=True, columns=("segment", "age"), l2=0.0).fit(made, customers=months)
    assert other.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-6)
    assert other.effects.values()["spend:age"] == pytest.approx(fitted.effects.values()["spend:age"] / 12, rel=1e-4)
    one, two = fitted.predict(made, customers=customers), other.predict(made, customers=months)
    assert two["expected_order_value"].to_numpy() == pytest.approx(one["expected_order_value"].to_numpy(), rel=1e-5)


def test_a_penalty_pulls_coefficients_to_0(made, customers, fitted):
    pulled = kk.GammaGamma(first_order=True, columns=("segment", "age"), l2=0.5).fit(made, customers=customers)
    for name, value in fitted.effects.values().items():
        assert 0 < pulled.effects.values()[name] / value < 0.9
    assert pulled.estimates()["std_error"].isna().all()


def test_draws_and_posterior(made, customers, fitted):
    """Means of draws at the estimates are expectations; the posterior is of good points, and stored fits read back."""
    names = tuple(fitted.free_parameters())
    held = kk.Posterior(names=names, values=[list(fitted.free_parameters().values())] * 40_000)
    rows, read = made.head(3), fitted.read_spend(made.head(3), customers=customers)
    drawn = fitted.draw_order_value(*read, posterior=held, generator=np.random.default_rng(5))
    expected = fitted.predict(rows, customers=customers)["expected_order_value"].to_numpy()
    assert (np.abs(drawn.mean(axis=1) - expected) < 5 * drawn.std(axis=1) / 200).all()
    assert fitted.posterior(draws=300, seed=1).k_hat < 0.7
    assert kk.FittedGammaGamma.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_refusals(made, customers, fitted, message_of):
    assert message_of(kk.DataError, lambda: kk.GammaGamma(columns="age").fit(made)) == (
        "Gamma-Gamma.fit needs the covariates ['age'], which the summary does not have.\n\n"
        "Hint: customers=... with customer_id and ['age']; the summary has ['customer_id', 'frequency', "
        "'monetary_value', 'first_value']."
    )
    other = customers.assign(segment=np.where(customers.index == 4, "state", customers["segment"]))
    assert message_of(kk.DataError, lambda: fitted.predict(made, customers=other)) == (
        "Gamma-Gamma.predict: `segment` holds levels that the fit did not see, ['state']: broken by 1 of 3,000 "
        "rows.\n\nrow  customer_id  segment\n  4            5    state\n\n"
        "Hint: its levels are ['firm', 'person']: give these customers one of them, or fit again."
    )
    assert message_of(kk.DataError, lambda: kk.GammaGamma(columns=("age", "first_value"))) == (
        "`columns` must be columns known from the start, not what customers spent, got ('age', 'first_value').\n\n"
        "Hint: leave out ['first_value']."
    )
    far = customers.assign(age=customers["age"] * 1e4)
    assert message_of(kk.DataError, lambda: fitted.predict(made, customers=far)).splitlines()[0] == (
        "Gamma-Gamma.predict: `age` shifts the mean order value of a customer by exp(30) at most, up or down: broken "
        "by 3,000 of 3,000 rows."
    )
    assert message_of(kk.DataError, lambda: fitted.new_customer_order({"age": 40})) == (
        "Gamma-Gamma.new_customer_order needs the covariates ['segment'] of the customer.\n\n"
        "Hint: profile={'segment': ..., 'age': ...}."
    )
