"""BG/CNBD-k and MBG/CNBD-k, against direct integration over stage rate and dropout probability (make_cnbd.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kundkarriar.numerics.bgnbd import expectation, likelihood
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers
from kundkarriar.numerics.bgnbd.likelihood import log_p_alive

CASES = pd.read_csv(Path(__file__).with_name("cnbd.csv")).to_dict("records")
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['model']}-{case['k']}-{case['x']}")


def chances(case):
    return np.array([case["x"] + (case["model"] == "MBG")], dtype=float)


def row(case, *names):
    return {name: np.array([float(case[name])]) for name in names}


def params(case):
    return {name: case[name] for name in ("r", "alpha", "a", "b")} | {"k": case["k"]}


@cases
def test_histories(case):
    seen = row(case, "x", "t_x", "T") | {"chances": chances(case)} | params(case)
    log_likelihood = likelihood.log_likelihood(gap_log_sum=np.array([case["gap_log_sum"]]), **seen)
    assert log_likelihood[0] == pytest.approx(case["log_likelihood"], rel=1e-12, abs=1e-12)
    # without a dropout opportunity the logarithm is exactly 0
    assert log_p_alive(**seen)[0] == pytest.approx(case["log_p_alive"], rel=1e-11)


@cases
def test_futures(case):
    s, rate = np.array([case["r"] + case["k"] * case["x"]]), case["alpha"] + case["T"]
    ahead = alive_customers(k=case["k"], s=s, rate=rate, a=case["a"], b=case["b"] + chances(case))
    stages = row(case, "x", "t_x", "T") | {name: case[name] for name in ("k", "r", "alpha")}
    done = np.stack(likelihood.stages_done(**stages))
    horizon = case["horizon"]
    purchases, alive = expectation.discounted(horizon, ahead, discount_rate=case["discount_rate"])
    values = {"discounted_purchases": purchases, "discounted_alive": alive}
    if np.isfinite(horizon):
        counts = expectation.p_counts(horizon, ahead, up_to=3)
        values |= {
            "purchases": expectation.expected_purchases(horizon, ahead),
            "still_alive": expectation.still_alive(horizon, ahead),
            "p_leaves": expectation.purchases_and_p_leaves(horizon, ahead)[1],
            "p_purchase": expectation.p_purchase(horizon, ahead),
            **{f"p_{n}": counts[:, :, n] for n in range(4)},
        }
    for name, parts in values.items():
        # the direct integral over lambda is cut where its density has fallen by exp(-110)
        assert (done * parts).sum() == pytest.approx(case[name], rel=1e-11, abs=1e-45), name


def test_cases_hold_the_hard_ones():
    assert {case["k"] for case in CASES} == {1, 2, 3, 5, 12}
    assert any(case["k"] * case["x"] > 300 for case in CASES)
    assert any(case["a"] == 1 for case in CASES)
    assert any(np.isinf(case["horizon"]) for case in CASES)
    assert min(case["log_p_alive"] for case in CASES) < -5
