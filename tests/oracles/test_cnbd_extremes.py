"""BG/CNBD-k and MBG/CNBD-k at parameters from e^-28 to e^28, against 50 digits (make_cnbd_extremes.py)."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from kundkarriar.models.families.bgnbd_family import BGNBDFamily
from kundkarriar.summaries.purchase_rows import PurchaseRows

CASES = pd.read_csv(Path(__file__).with_name("cnbd_extremes.csv")).to_dict("records")
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['model']}-{case['k']}-{case['x']}")
FLOOR = 1e-300
ALIVE = patch("kundkarriar.models.families.bgnbd_family.BGNBDFamily.log_p_alive", lambda *_: np.zeros(1))
"""Within it customers are alive now: predictions are the oracle's, given alive, also where P(alive) is below 1e-300."""


def customer(case):
    family = BGNBDFamily(name=case["model"], k=case["k"], at_first=int(case["model"] == "MBG"))
    rows = PurchaseRows(weights=[1.0], **{name: [float(case[name])] for name in ("x", "t_x", "T", "gap_log_sum")})
    return family, rows, {name: case[name] for name in ("r", "alpha", "a", "b")}


@cases
def test_histories(case):
    family, rows, params = customer(case)
    log_likelihood = family.log_likelihood(rows, params)[0]
    assert abs(log_likelihood - case["log_likelihood"]) < 1e-10 * max(1.0, abs(case["log_likelihood"]))
    assert family.log_p_alive(rows, params)[0] == pytest.approx(case["log_p_alive"], rel=1e-10, abs=FLOOR)


@cases
@ALIVE
def test_futures(case):
    family, rows, params = customer(case)
    horizon = case["horizon"]
    counts = family.p_counts(rows, params, horizon=horizon, up_to=2)[0]
    values = {
        "still_alive": family.p_alive_later(rows, params, t=horizon)[0],
        "expected_purchases": family.expected_purchases(rows, params, period="W", horizon=horizon)[0],
        "p_purchase": family.p_purchase(rows, params, horizon=horizon)[0],
        **{f"p_{n}": counts[n] for n in range(3)},
    }
    for name, value in values.items():
        assert value == pytest.approx(case[name], rel=1e-10, abs=FLOOR), name


@pytest.mark.parametrize("case", [case for case in CASES if case["discount_rate"] > 0], ids=lambda case: str(case["k"]))
def test_lifelong_expectations(case):
    family, rows, params = customer(case)
    ahead = family.residual(rows, params, period="W", horizon=np.inf, discount_rate=case["discount_rate"])
    for name in ("discounted_purchases", "discounted_alive"):
        assert getattr(ahead, name)[0] == pytest.approx(case[name], rel=1e-10), name


def test_cases_reach_the_edges():
    table = pd.DataFrame(CASES)
    assert set(table["k"]) == {1, 2, 3, 6}
    assert (table[["r", "alpha", "a", "b"]].max() > 1e11).all()
    assert (table[["r", "alpha", "a", "b"]].min() < 1e-11).all()
    assert set(table["summed"]) == {0, 1}
    z = table["horizon"] / (table["alpha"] + table["T"])
    assert z.min() < 1e-11
    assert z.max() > 1e11
