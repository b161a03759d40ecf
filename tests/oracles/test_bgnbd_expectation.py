"""Expected future of customers who are alive, against direct integration, 30 digits (make_bgnbd_expectation.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kundkarriar.numerics.bgnbd import poisson_expectation
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers

CASES = pd.read_csv(Path(__file__).with_name("bgnbd_expectation.csv")).to_dict("records")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_direct_integration(case):
    alone = alive_customers(k=1, s=[case["s"]], rate=case["rate"], a=case["a"], b=case["b"])
    parts = poisson_expectation.residual(case["horizon"], alone, discount_rate=case["discount_rate"])
    purchases, alive = (part[0] for part in parts[:2])
    assert purchases[0] == pytest.approx(case["discounted_purchases"], rel=1e-12)
    assert alive[0] == pytest.approx(case["discounted_alive"], rel=1e-12)
    if np.isfinite(case["horizon"]):
        expected = poisson_expectation.expected_purchases(case["horizon"], alone)[0]
        assert expected[0] == pytest.approx(case["purchases"], rel=1e-12)
        survival = poisson_expectation.still_alive(case["horizon"], alone)[0]
        # the direct integral itself is good to 1e-16 absolute
        assert survival[0] == pytest.approx(case["still_alive"], rel=1e-10, abs=1e-15)


def test_cases_hold_the_hard_ones():
    """a = 1, where the closed form is 0 / 0; infinite horizons; hundreds of purchases."""
    assert sum(case["a"] == 1 for case in CASES) >= 5
    assert any(np.isinf(case["horizon"]) for case in CASES)
    assert any(case["s"] > 300 for case in CASES)


def test_nobody_drops_out_where_a_is_zero():
    nbd = alive_customers(k=1, s=[2.5], rate=45.0, a=0.0, b=1.0)
    assert poisson_expectation.expected_purchases(52.0, nbd)[0] == pytest.approx(52 * 2.5 / 45, rel=1e-13)
    purchases, alive = poisson_expectation.residual(np.inf, nbd, discount_rate=0.0018)
    assert alive[0] == pytest.approx(1 / 0.0018, rel=1e-13)
    assert purchases[0] == pytest.approx(2.5 / 45 / 0.0018, rel=1e-13)
