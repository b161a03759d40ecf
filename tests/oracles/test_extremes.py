"""Hard points of parameters up to e^28, against values of 30 digits (make_extremes.py)."""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.bgbb import expectation as bgbb_expectation
from kundkarriar.numerics.bgbb import likelihood as bgbb_likelihood
from kundkarriar.numerics.bgbb.likelihood import log_p_alive
from kundkarriar.numerics.gamma_gamma import expectation as gamma_gamma_expectation
from kundkarriar.numerics.gamma_gamma import likelihood as gamma_gamma_likelihood
from kundkarriar.numerics.shifted_beta_geometric import expectation as shifted_beta_geometric_expectation
from kundkarriar.numerics.shifted_beta_geometric import likelihood as shifted_beta_geometric_likelihood
from kundkarriar.numerics.special import beta_geometric_survival
from kundkarriar.numerics.special.beta_geometric_survival import log_survival
from kundkarriar.summaries.purchase_rows import PurchaseRows

POINTS = pd.read_csv(Path(__file__).parent / "extremes.csv", keep_default_na=False)
FAMILIES = {kind.family.name: kind.family for kind in (kk.FittedNBD, kk.FittedParetoNBD, kk.FittedGGompertzNBD)}
RATE, STEPS = 0.01, 20
CLOSE = 1e-11
"""The aim is 1e-9; log-likelihoods are relative to 1 at least, and values below 1e-300 count as 0."""


def of_family(case, family):
    rows = PurchaseRows(x=[case["x"]], t_x=[case["t_x"]], T=[case["T"]], weights=[1.0])
    params, h = {name: case[name] for name in family.parameters}, case["horizon"]

    def discounted(horizon):
        return family.residual(rows, params, period="W", horizon=horizon, discount_rate=RATE).discounted_purchases

    of_all = {
        "log_likelihood": family.log_likelihood(rows, params),
        "log_p_alive": family.log_p_alive(rows, params),
        "discounted_purchases": discounted(h),
        "discounted_lifelong": discounted(np.inf),
    }
    # the truths are given alive, also where P(alive) is below 1e-300
    with patch.object(type(family), "log_p_alive", lambda *_: np.zeros(1)):
        return of_all | {
            "still_alive": family.p_alive_later(rows, params, t=h),
            "expected_purchases": family.expected_purchases(rows, params, period="W", horizon=h),
            "p_purchase": family.p_purchase(rows, params, horizon=h),
            "p_two": family.p_counts(rows, params, horizon=h, up_to=2)[:, 2],
        }


def of_bgbb(case):
    columns = {name: np.array([value]) for name, value in case.items()}
    alone = {name: value for name, value in columns.items() if name != "t_x"}
    at_last = np.exp(log_p_alive(**columns, ahead=0))
    lifelong = bgbb_expectation.discounted_purchases(np.inf, discount_rate=RATE, **alone)
    return {
        "log_likelihood": bgbb_likelihood.log_likelihood(**columns),
        "log_p_alive": log_p_alive(**columns, ahead=1),
        "expected_purchases": at_last * bgbb_expectation.expected_purchases(STEPS, **alone),
        "discounted_purchases": at_last * lifelong,
        "p_purchase": at_last * bgbb_expectation.p_purchase(STEPS, **alone),
        "p_two": at_last * bgbb_expectation.p_counts(STEPS, up_to=2, **alone)[:, 2],
    }


def of_member(case):
    k, params = np.array([case["k"]]), {"alpha": case["alpha"], "beta": case["beta"]}
    ahead = {"a": params["alpha"], "b": params["beta"] + k}
    return {
        "log_likelihood": shifted_beta_geometric_likelihood.log_likelihood(
            k=k, ended=np.array([case["ended"] > 0]), **params
        ),
        "still_alive": np.exp(log_survival(STEPS, **ahead)),
        "expected_renewals": beta_geometric_survival.survival_sum(STEPS, **ahead),
        "discounted_renewals": shifted_beta_geometric_expectation.discounted_renewals(
            np.inf, discount_rate=RATE, k=k, **params
        ),
    }


def of_spender(case):
    given = {name: np.array([value]) for name, value in case.items()}
    return {
        "log_likelihood": gamma_gamma_likelihood.log_likelihood(**given),
        "expected_order_value": gamma_gamma_expectation.expected_order_value(**given),
    }


@pytest.mark.parametrize(
    ("model", "case"),
    [(model, case) for model, case in POINTS[["model", "case"]].drop_duplicates().itertuples(index=False)],
)
def test_numbers_keep_their_digits_at_the_edge_of_the_range(model, case):
    """Every number of the models, at parameters as large or as small as allowed."""
    of = {"BG/BB": of_bgbb, "sBG": of_member, "Gamma-Gamma": of_spender}
    known = json.loads(case)
    ours = of[model](known) if model in of else of_family(known, FAMILIES[model])
    points = POINTS[(POINTS["model"] == model) & (POINTS["case"] == case)]
    assert len(points) >= 2
    for number, value in zip(points["number"], points["value"], strict=True):
        truth, floor = float(value), 1.0 if number == "log_likelihood" else 1e-300
        assert abs(ours[number][0] - truth) <= CLOSE * max(abs(truth), floor), (number, ours[number][0], truth)


def test_customers_of_one_known_rate_are_poisson():
    """NBD with r = alpha = 1e12: a customer who buys at rate 1 expects as many purchases as periods."""
    fitted = kk.FittedNBD(params=kk.NBDParams(r=1e12, alpha=1e12), period="W")
    two = pd.DataFrame({"frequency": [2, 0], "recency": [3.0, 0.0], "T": [4.0, 9.0]})
    assert fitted.predict(two, horizon=2.03)["expected_purchases"].tolist() == pytest.approx([2.03, 2.03], rel=1e-9)
    with pytest.raises(ValueError, match=r"^`r` must be a number from 6.9144e-13 to 1.44626e\+12, got "):
        kk.NBDParams(r=1e16, alpha=1e16)
