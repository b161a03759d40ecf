"""Pareto/NBD and GGompertz/NBD against direct integration with 30 digits (make_pareto_nbd.py)."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from kundkarriar.models.families.pareto_nbd_family import GGOMPERTZ_FAMILY, PARETO_FAMILY
from kundkarriar.summaries.purchase_rows import PurchaseRows

CASES = pd.read_csv(Path(__file__).with_name("pareto_nbd.csv")).to_dict("records")
cases = pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))


ALIVE = patch("kundkarriar.models.families.pareto_nbd_family.ParetoNBDFamily.log_p_alive", lambda *_: np.zeros(1))
"""Within it customers are alive now: predictions are the oracle's, given alive, also where P(alive) is below 1e-300."""


def family_rows_params(case):
    """The family, the rows and the parameters of a case."""
    family = GGOMPERTZ_FAMILY if case["b"] else PARETO_FAMILY
    rows = PurchaseRows(x=case["x"], t_x=case["t_x"], T=case["T"], weights=1.0)
    return family, rows, {name: case[name] for name in family.parameters}


@cases
def test_likelihood_and_p_alive(case):
    family, rows, params = family_rows_params(case)
    assert family.log_likelihood(rows, params)[0] == pytest.approx(case["log_likelihood"], rel=1e-12, abs=1e-12)
    # a log of -5,000 as well as one of -1e-9
    assert family.log_p_alive(rows, params)[0] == pytest.approx(case["log_p_alive"], rel=1e-11)


@cases
@ALIVE
def test_expectations(case):
    family, rows, params = family_rows_params(case)
    horizon, rate = case["horizon"], case["discount_rate"]
    expected = family.expected_purchases(rows, params, period="W", horizon=horizon)
    assert expected[0] == pytest.approx(case["purchases"], rel=1e-12)
    assert family.p_alive_later(rows, params, t=horizon)[0] == pytest.approx(case["still_alive"], rel=1e-12)
    assert family.p_purchase(rows, params, horizon=horizon)[0] == pytest.approx(case["p_purchase"], rel=1e-11)
    lifelong = family.residual(rows, params, period="W", horizon=np.inf, discount_rate=rate)
    assert lifelong.discounted_purchases[0] == pytest.approx(case["discounted_purchases"], rel=1e-11)


@cases
@pytest.mark.parametrize("up_to", [3, 40])
@ALIVE
def test_probability_of_three_purchases(case, up_to):
    family, rows, params = family_rows_params(case)
    counts = family.p_counts(rows, params, horizon=case["horizon"], up_to=up_to)
    assert counts[0, 3] == pytest.approx(case["p_3"], rel=1e-11)


def test_cases_hold_the_hard_ones():
    """Both models; s = 1, where the closed form is 0 / 0; a thousand purchases; P(alive) below any double."""
    assert {bool(case["b"]) for case in CASES} == {False, True}
    assert sum(case["s"] == 1 for case in CASES) >= 4
    assert any(case["x"] == 1000 for case in CASES)
    assert min(case["log_p_alive"] for case in CASES) < -800
    assert max(case["log_p_alive"] for case in CASES if case["T"] > case["t_x"]) > -2e-3
