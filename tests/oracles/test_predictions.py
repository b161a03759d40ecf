"""Predictions of single customers at given parameters: recomputed with 30 digits and more, and published ones."""

import pandas as pd
import pytest

import kundkarriar as kk

BG = kk.FittedBGNBD(params=kk.BGNBDParams(r=0.2425945, alpha=4.413602, a=0.7929219, b=2.425906), period="W")
MBG = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5248432, alpha=6.183085, a=0.8913595, b=1.614003), period="W")
CUSTOMERS = pd.DataFrame({"frequency": [26, 2, 0], "recency": [216 / 7, 213 / 7, 0], "T": [31, 272 / 7, 272 / 7]})


@pytest.mark.parametrize(
    ("model", "horizon", "alive", "expected", "digits"),
    [
        # nine printed digits; the parameters are the maximum printed with seven, so the ninth is not theirs
        (BG, 39, (0.968854445, 0.726620297, 1), (20.7489037, 1.22599442, 0.194793611), 1e-8),
        (BG, 52, (0.968854445, 0.726620297, 1), (25.7573382, 1.55868619, 0.251681871), 1e-8),
        (
            MBG, 39,
            (0.965484645958911, 0.706138494668668, 0.389723035212555),
            (19.4466074743287, 1.2627589079709, 0.153966056695973), 1e-12,
        ),
        (
            MBG, 52,
            (0.965484645958911, 0.706138494668668, 0.389723035212555),
            (23.9981900666691, 1.59693359530675, 0.197644057933414), 1e-12,
        ),
    ],
)  # fmt: skip
def test_three_customers_of_cdnow(model, horizon, alive, expected, digits):
    predicted = model.predict(CUSTOMERS, horizon=horizon)
    assert predicted["p_alive"].to_numpy() == pytest.approx(alive, rel=digits)
    assert predicted["expected_purchases"].to_numpy() == pytest.approx(expected, rel=digits)


def test_new_customers():
    assert MBG.new_customer(52) == pytest.approx(1.41888523559, rel=1e-11)
    assert BG.new_customer(52) == pytest.approx(1.444012237, rel=1e-6)


@pytest.mark.parametrize(
    ("weeks", "expected"), [(1 / 7, 0.0078), (1, 0.0532), (3, 0.1506), (31.8571, 1.0405), (32, 1.0437)]
)
def test_sheet_of_hardie_for_new_customers(weeks, expected):
    assert round(BG.new_customer(weeks), 4) == expected


def test_a_truncated_series_in_the_sheet_of_hardie():
    """The sheet prints 1.8576 at 78 weeks: the first 150 terms of its 2F1. With all of them it is 1.857958 (mpmath)."""
    assert BG.new_customer(78) == pytest.approx(1.857958, abs=5e-7)
    assert BG.new_customer(78) == pytest.approx(1.8576, abs=5e-4)


def test_walk_through_of_btyd():
    """Expected purchases in 52 weeks for x = 10, 15, 20, 25 with t_x = 20, T = 39.

    BTYD's optimum differs from the exact one in the fifth digit, so these do.
    """
    buyers = pd.DataFrame({"frequency": [10, 15, 20, 25], "recency": 20.0, "T": 39.0})
    expected = BG.predict(buyers, horizon=52)["expected_purchases"].to_numpy()
    assert expected == pytest.approx([0.3474606, 0.04283391, 0.004158973, 0.0003583685], rel=1.5e-4)


def test_gamma_gamma_of_hardie():
    """Note 025 prints 35.17, 18.91, 24.65 (24.66 by its own parameters), 71.46; five digits recomputed."""
    fitted = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.248802, q=3.744589, gamma=15.44775))
    seen = pd.DataFrame({"frequency": [0, 1, 2, 7], "monetary_value": [0, 11.77, 22.35, 73.74]})
    value = fitted.predict(seen)["expected_order_value"].to_numpy()
    assert value == pytest.approx([35.17100, 18.91148, 24.65862, 71.46285], abs=1e-5)
