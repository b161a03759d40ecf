"""Prices that do not vary: of each customer, and of all."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

SEEN = pd.DataFrame({
    "customer_id": [1, 2, 3, 4, 5],
    "frequency": [0, 0, 3, 2, 0],
    "first_value": [9.9, np.nan, 20.0, 0.0, np.nan],
    "monetary_value": [0.0, 0.0, 20.0, 5.0, np.nan],
    "n_transactions": [1, 1, 4, 3, 0],
})  # fmt: skip


def test_every_customer_has_their_own_price():
    """The mean of the known orders, first and later; of whom none is known, the mean price of customers."""
    fitted = kk.OwnPrice().fit(SEEN)
    mean = (9.9 + 20 + 5) / 3
    assert fitted == kk.FittedOwnPrice(mean_price=mean)
    assert fitted.predict(SEEN)["expected_order_value"].tolist() == [9.9, mean, 20, 5, mean]
    varying = SEEN.assign(first_value=[9.9, np.nan, 10.0, 0.0, np.nan])
    assert fitted.predict(varying)["expected_order_value"][2] == pytest.approx((10 + 3 * 20) / 4)


def test_weights_are_customers():
    rows = pd.DataFrame({"frequency": [0, 1], "first_value": [10.0, 20], "monetary_value": [0.0, 20], "n": [3, 1]})
    assert kk.OwnPrice().fit(rows, weights="n").mean_price == 12.5


def test_one_price_is_read_and_orders_that_differ_are_refused(message_of):
    priced = SEEN.assign(first_value=9.9, monetary_value=9.9 * (1 + 1e-13))
    assert kk.FixedPrice().fit(priced).price == pytest.approx(9.9, rel=1e-12)
    assert kk.FittedFixedPrice(price=9.9).predict(SEEN)["expected_order_value"].tolist() == [9.9] * 5
    assert message_of(kk.DataError, lambda: kk.FixedPrice().fit(SEEN)) == (
        "FixedPrice.fit needs orders of one price; these are from 5 to 20.\n\n"
        "Hint: kk.OwnPrice() has a price for each customer, kk.GammaGamma(first_order=True) orders that vary."
    )
    nothing = SEEN.assign(first_value=0.0, monetary_value=0.0)
    for spec in (kk.OwnPrice(), kk.FixedPrice()):
        assert message_of(kk.DataError, lambda spec=spec: spec.fit(nothing)) == (
            f"{type(spec).__name__}.fit needs at least one order of a value above 0.\n\n"
            "Hint: spend=None counts purchases without amounts."
        )


@pytest.mark.parametrize("model", [kk.FittedOwnPrice(mean_price=12.0), kk.FittedFixedPrice(price=12.0)])
def test_draws_are_the_price(model):
    """Draws have no spread: orders times the price that is expected, whatever was drawn."""
    read = model.read_spend(SEEN) if isinstance(model, kk.ReadsSpend) else (SEEN["frequency"], SEEN["monetary_value"])
    read = tuple(map(np.asarray, read))
    posterior, generator = model.posterior(draws=4, seed=1), np.random.default_rng(1)
    value = model.draw_order_value(*read, posterior=posterior, generator=generator)
    expected = model.predict(SEEN)["expected_order_value"].to_numpy()[:, None]
    assert (value == expected).all()
    assert value.shape == (5, 4)
    orders = np.arange(20.0).reshape(5, 4)
    spend = model.draw_spend(*read, purchases=orders, posterior=posterior, generator=generator)
    assert (spend == expected * orders).all()
    table = model.estimates()
    assert table["estimate"].tolist() == [12.0]
    assert table["std_error"].isna().all()


@pytest.mark.parametrize("price", [0, -1, float("nan"), "9.9", None])
def test_a_price_is_a_number_above_0(price):
    for kind, name in ((kk.FittedOwnPrice, "mean_price"), (kk.FittedFixedPrice, "price")):
        with pytest.raises(kk.DataError, match=f"^`{name}` must be "):
            kind(**{name: price})
