"""Customers at whom implementations have overflowed, at the parameters of lifetimes' overflow tests.

BG/NBD by mpmath with 50 digits (make_hard_points.py). For these rows 2594.40445462 and 7.9e-800 are in
circulation too: those are of *Pareto/NBD*, with (r, alpha, s, beta) the same four numbers.
"""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.bgnbd import likelihood
from kundkarriar.numerics.bgnbd.likelihood import log_p_alive

HARD = {"r": 10.465, "alpha": 0.00798565181, "a": 3.0516, "b": 2.820}
ROWS = {"x": np.array([500.0, 50.0]), "t_x": np.array([1.0, 4.0]), "T": np.array([37.0, 37.0])}
ROWS["chances"] = ROWS["x"]


def test_log_likelihood():
    log_likelihood = likelihood.log_likelihood(**ROWS, **HARD)
    assert log_likelihood == pytest.approx([2581.72862967046955, 27.1261041701344125], abs=1e-9)


def test_p_alive_below_the_smallest_double():
    """2.6e-797 cannot be a double: its log can."""
    log_alive = log_p_alive(**ROWS, **HARD)
    assert log_alive[0] / np.log(10) == pytest.approx(np.log10(2.62669620972) - 797, abs=1e-9)
    assert np.exp(log_alive[1]) == pytest.approx(7.22629601799e-58, rel=1e-10)


def test_predict_gives_numbers():
    fitted = kk.FittedBGNBD(params=kk.BGNBDParams(**HARD), period="W")
    frame = pd.DataFrame({"frequency": [500, 50], "recency": [1.0, 4.0], "T": [37.0, 37.0]})
    predicted = fitted.predict(frame, horizon=52)
    assert predicted["p_alive"].tolist() == [0.0, pytest.approx(7.22629601799e-58, rel=1e-10)]
    assert predicted["expected_purchases"].iloc[0] == 0.0
    assert 0 < predicted["expected_purchases"].iloc[1] < 1e-55


def test_a_tiny_b_at_the_first_repeat_purchase():
    """(b + x) - 1 is exactly 0 at x = 1 and b < 1e-16, and gave a log-likelihood of +43,067; b + (x - 1) is b."""
    one = {"x": np.array([1.0]), "t_x": np.array([3.0]), "T": np.array([9.0]), "chances": np.array([1.0])}
    log_likelihood = likelihood.log_likelihood(**one, r=0.5, alpha=5.0, a=0.7, b=1e-18)
    assert np.isfinite(log_likelihood[0])
    assert log_likelihood[0] == pytest.approx(
        likelihood.log_likelihood(**one, r=0.5, alpha=5.0, a=0.7, b=1e-15)[0], abs=1e-12
    )
