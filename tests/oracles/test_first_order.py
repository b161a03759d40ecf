"""Gamma-Gamma with first orders against integrals of 30 digits (make_first_order.py), and golden numbers on CDNOW."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.gamma_gamma import likelihood

CASES = pd.read_csv(Path(__file__).with_name("first_order.csv")).to_dict("records")
GOLDEN = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=3.853042, q=4.505741, gamma=29.84828, c=1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['x']} {case['first']}")
def test_single_customers(case):
    """Density of the first order and of the sum of the others; expected value of one more order."""
    seen = {name: np.array([float(case[name])]) for name in ("x", "m", "first")}
    given = {name: case[name] for name in ("p", "q", "gamma", "c")}
    log_likelihood = likelihood.log_likelihood(**seen, **given)[0]
    assert log_likelihood == pytest.approx(case["log_likelihood"], rel=1e-12, abs=1e-12)
    both = likelihood.total(**seen, weights=np.ones(1), scaled=np.ones(1), **given)[0]
    assert both == pytest.approx(case["log_likelihood"], rel=1e-10, abs=1e-10)
    model = kk.FittedGammaGamma(params=kk.GammaGammaParams(**given))
    row = pd.DataFrame({"frequency": seen["x"], "monetary_value": seen["m"], "first_value": seen["first"]})
    assert model.predict(row)["expected_order_value"][0] == pytest.approx(case["expected_order"], rel=1e-12)


def test_first_orders_of_cdnow(cdnow_sample):
    """Parameters, likelihood and c of the sample as of 1997-09-30: 2,349 customers with a priced order."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30")
    fitted = kk.GammaGamma(first_order=True).fit(summary)
    assert fitted.n_customers == 2349
    assert fitted.report.unpriced == 8
    assert (fitted.params.p, fitted.params.q) == pytest.approx((3.853042, 4.505741), abs=1e-3)
    assert fitted.params.gamma == pytest.approx(29.84828, abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-14670.51, abs=5e-3)
    assert fitted.params.c == 1
    test = fitted.first_order_test(summary)
    assert not test.counted
    assert test.c == pytest.approx(0.9716, abs=1e-4)
    assert test.likelihood_ratio == pytest.approx(2.3297, abs=1e-3)


def test_expected_orders_at_the_golden_parameters():
    """Of (n, sum): (1, 10), (1, 30), (3, 90) and (8, 590)."""
    seen = pd.DataFrame(
        {"frequency": [0, 0, 2, 7], "first_value": [10.0, 30, 30, 100], "monetary_value": [0.0, 0, 30, 70]}
    )
    expected = [20.864468, 31.336422, 30.652806, 69.568777]
    assert GOLDEN.predict(seen)["expected_order_value"].tolist() == pytest.approx(expected, abs=1e-6)
