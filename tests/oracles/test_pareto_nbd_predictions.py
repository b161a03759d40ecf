"""Predictions of Pareto/NBD at given parameters: recomputed by direct integration with 40 digits, and published."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.summaries.purchase_rows import PurchaseRows


def typed(r, alpha, s, beta):
    return kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=r, alpha=alpha, s=s, beta=beta), period="W")


CDNOW = typed(0.5532772, 10.57769, 0.6062392, 11.66871)
CUSTOMERS = pd.DataFrame({"frequency": [26, 2, 0], "recency": [216 / 7, 213 / 7, 0], "T": [31, 272 / 7, 272 / 7]})


@pytest.mark.parametrize(
    ("horizon", "expected"),
    [(39, (20.1148212, 1.45520198, 0.107070275)), (52, (25.4551851, 1.85089103, 0.136184127))],
)
def test_three_customers_of_cdnow(horizon, expected):
    """Nine printed digits."""
    predicted = CDNOW.predict(CUSTOMERS, horizon=horizon)
    assert predicted["p_alive"].to_numpy() == pytest.approx((0.997873406, 0.869134356, 0.295112599), rel=2e-9)
    assert predicted["expected_purchases"].to_numpy() == pytest.approx(expected, rel=5e-9)


def test_discounted_purchases_of_a_lifetime():
    """DERT, discounted continuously at ln(1.1) a year of 52 weeks."""
    given = PurchaseRows(x=CUSTOMERS["frequency"], t_x=CUSTOMERS["recency"], T=CUSTOMERS["T"], weights=np.ones(3))
    ahead = CDNOW.residual(given, horizon=np.inf, discount_rate=np.log(1.1) / 52)
    worth = ahead.p_alive * ahead.discounted_purchases
    assert worth == pytest.approx([107.738490, 8.15630131, 0.600121105], rel=2e-9)


def test_discounted_purchases_at_the_parameters_of_btyds_manual():
    manual = typed(0.5629966, 12.5590370, 0.4081095, 10.5148048)
    given = PurchaseRows(x=[0, 30], t_x=[0, 77], T=[77.86, 77.86], weights=[1, 1])
    ahead = manual.residual(given, horizon=np.inf, discount_rate=0.0027)
    assert ahead.p_alive * ahead.discounted_purchases == pytest.approx([0.36475592809, 74.4301774877], rel=1e-10)


def test_new_customers():
    assert CDNOW.new_customer(52) == pytest.approx(1.473433795, rel=1e-9)


def test_new_customers_in_btyds_manual():
    """man/pnbd.Expectation.Rd prints eight digits after the point."""
    printed = [
        0.05077821,
        0.09916088,
        0.14542507,
        0.18979930,
        0.23247466,
        0.27361274,
        0.31335159,
        0.35181024,
        0.38909211,
    ]
    manual = typed(0.55, 10.56, 0.61, 11.64)
    assert [manual.new_customer(t) for t in range(1, 10)] == pytest.approx(printed, abs=6e-9)


def test_walk_through_of_btyd():
    """Expected purchases in 52 weeks for x = 10, 15, 20, 25 with t_x = 20, T = 39, at the parameters it prints.

    They have four digits after the point, which leaves the results three or four.
    """
    published = typed(0.5534, 10.5802, 0.6061, 11.6562)
    buyers = pd.DataFrame({"frequency": [10, 15, 20, 25], "recency": 20.0, "T": 39.0})
    expected = published.predict(buyers, horizon=52)["expected_purchases"].to_numpy()
    assert expected == pytest.approx([0.7062289, 0.1442396, 0.02250658, 0.00309267], rel=1e-3)
    heavy = published.predict(CUSTOMERS.head(1), horizon=52)
    assert heavy["expected_purchases"][0] == pytest.approx(25.45647, rel=2e-4)
    assert heavy["p_alive"][0] == pytest.approx(0.997874, abs=1e-6)


def test_customers_that_were_nan():
    """CLVTools' issue 100: heavy buyers just seen."""
    known = typed(0.5143, 2.8845, 0.2856, 14.1087)
    two = pd.DataFrame({"frequency": [221, 254], "recency": [103.42857, 97.14286], "T": [103.57143, 97.28571]})
    assert known.predict(two, horizon=1)["p_alive"].to_numpy() == pytest.approx(
        [0.999596052318, 0.999558226123], rel=1e-11
    )
    log_likelihoods = [known.log_likelihood_of(two.iloc[[row]]) for row in range(2)]
    assert log_likelihoods == pytest.approx([-61.5846485617, -19.6232922175], rel=1e-11)


def test_p_alive_below_the_smallest_double():
    """The parameters of lifetimes' overflow tests; P(alive) of the first is 7.9e-800 (make_pareto_nbd_hard_points.py).

    For the second, 31.8540438506 and 6.70464919812e-60 are in circulation: they are off in the third digit.
    """
    hard = typed(10.465, 0.00798565181, 3.0516, 2.820)
    two = pd.DataFrame({"frequency": [500, 50], "recency": [1.0, 4.0], "T": [37.0, 37.0]})
    log_likelihoods = [hard.log_likelihood_of(two.iloc[[row]]) for row in range(2)]
    assert log_likelihoods == pytest.approx([2594.40445462276, 31.8498279691078], rel=1e-12)
    predicted = hard.predict(two, horizon=52, also=["log_p_alive"])
    assert predicted["p_alive"].tolist() == [0.0, pytest.approx(6.73297487179916e-60, rel=1e-11)]
    assert predicted["log_p_alive"][0] == pytest.approx(-1839.99838997, rel=1e-11)
