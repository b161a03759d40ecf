"""Spend data that do not bound the shape p from above."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


@pytest.mark.weak_fit
def test_a_customer_of_a_million_orders_does_not_stop_a_fit():
    """Sums of terms of 10^10 that nearly cancel leave enough digits for the search."""
    generator = np.random.default_rng(3)
    x = generator.poisson(generator.gamma(0.8, 3, 800))
    spend = np.where(x > 0, 10 + generator.gamma(3, 5, 800), 0.0)
    x[np.argmax(x > 0)] = 1_000_000
    assert kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": spend})).report.converged


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", [3, 4, 27, 47, 53])
def test_an_unidentified_shape_is_a_named_boundary(seed):
    """The mean spends do not depend on the number of orders, so that the likelihood rises with p."""
    generator = np.random.default_rng(seed)
    x = generator.poisson(generator.gamma(0.8, 3, 800))
    spend = np.where(x > 0, 10 + generator.gamma(3, 5, 800), 0.0)
    fitted = kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": spend}))
    assert fitted.report.converged
    if seed == 4:
        assert fitted.boundary is None
    else:
        assert fitted.params.p == pytest.approx(np.exp(8))
        assert fitted.boundary == (
            "how much the orders of one customer differ is not identifiable: they may well not differ at all."
        )


@pytest.mark.filterwarnings("ignore:GammaGamma")
@pytest.mark.parametrize("scatter", [0.0, 0.001, 0.03])
@pytest.mark.parametrize("customers", [40, 20_000])
def test_one_price_is_every_customers_expected_order_value(customers, scatter):
    """However many customers pay one price, expected and drawn order values are that price; k-hat is good."""
    generator = np.random.default_rng(customers)
    x = generator.poisson(generator.gamma(0.8, 2, customers)).astype(float)
    mean = 9.9 * (1 + scatter * generator.standard_normal(customers) / np.sqrt(np.maximum(x, 1)))
    summary = pd.DataFrame({"frequency": x, "monetary_value": np.where(x > 0, mean, 0.0)})
    fitted = kk.GammaGamma().fit(summary)
    assert fitted.boundary is not None
    assert fitted.estimates()["std_error"].isna().all()
    posterior = fitted.posterior(seed=1, draws=300)
    assert posterior.k_hat < 0.7
    drawn = fitted.draw_order_value(x, summary["monetary_value"], posterior=posterior, generator=generator)
    for mean_over_customers in (fitted.predict(summary)["expected_order_value"].mean(), drawn.mean()):
        assert mean_over_customers == pytest.approx(9.9, rel=0.02 if customers == 40 else 1e-3)
    assert np.abs(fitted.predict(summary)["expected_order_value"] / 9.9 - 1).max() < 5 * scatter + 1e-3


@pytest.mark.parametrize(
    ("unit", "as_these", "other"),
    [
        (
            2.0**43,
            "large as these (half of the mean order values are above 2.1e+14): gamma would be 2.9e+13",
            "larger / 1e6",
        ),
        (
            2.0**-60,
            "small as these (half of the mean order values are below 2.1e-17): gamma would be 2.9e-18",
            "smaller * 1e6",
        ),
    ],
)
def test_amounts_in_a_far_unit_are_refused(unit, as_these, other, message_of):
    """Parameters beyond e^-28 to e^28 are not clipped to plausible ones."""
    spend = 10 + np.random.default_rng(3).gamma(3, 5, 80)
    summary = pd.DataFrame({"frequency": 2, "monetary_value": spend * unit})
    size, sign, number = other.split()
    assert message_of(kk.DataError, lambda: kk.GammaGamma().fit(summary)) == (
        f"Gamma-Gamma cannot be fitted to amounts as {as_these}, and parameters lie between e^-28 and e^28.\n\n"
        f"Hint: count money in a {size} unit, before kk.transactions: "
        f"orders.assign(amount=orders['amount'] {sign} {number})."
    )


def test_the_unit_of_money_changes_nothing_but_the_unit():
    """Law: amounts in another unit give the same p and q, and gamma in that unit, but for rounding.

    Sums of arrays may round by where an array lies in memory, so that equal calls differ in the eleventh digit.
    """
    generator = np.random.default_rng(5)
    summary = pd.DataFrame({"frequency": generator.integers(1, 6, 200), "monetary_value": generator.gamma(6, 5, 200)})
    one = kk.GammaGamma().fit(summary)
    other = kk.GammaGamma().fit(summary.assign(monetary_value=summary["monetary_value"] * 2.0**20))
    assert (one.params.p, one.params.q) == pytest.approx((other.params.p, other.params.q), rel=1e-9)
    assert other.params.gamma == pytest.approx(one.params.gamma * 2.0**20, rel=1e-9)
    assert other.estimates()["std_error"].iloc[2] == pytest.approx(one.estimates()["std_error"].iloc[2] * 2.0**20)
