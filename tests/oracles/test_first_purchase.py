"""The time to the first purchase against values of 20 digits (make_first_purchase.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

CASES = pd.read_csv(Path(__file__).with_name("first_purchase.csv")).to_dict("records")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['cell']} {case['months']:.4g} {case['bought']}")
def test_single_leads(case):
    events = {"quote": case["quote"], "interest": case["interest"]} if case["cell"] != "month" else {}
    model = kk.FittedFirstPurchase(
        params=kk.FirstPurchaseParams(alpha=case["alpha"], beta=case["beta"], never=case["never"]),
        effects=kk.LeadEffects(pace={"x": case["pace"]}, never={"w": case["on_never"]}, events=events),
    )
    table = pd.DataFrame([case])[["months", "bought", "months_known", "quote_after", "interest_after", "x", "w"]]
    assert model.log_likelihood_of(table) == pytest.approx(case["log_likelihood"], rel=1e-10)
    rows = model.read(table)
    assert model.p_within(rows, np.array([case["horizon"]]))[0, 0] == pytest.approx(case["p_within"], rel=1e-10)
    assert model.p_within(rows, np.array([np.inf]))[0, 0] == pytest.approx(case["p_ever"], rel=1e-10)


def test_cases_hold_events_and_open_months():
    """Purchases within a month that is not over, and after two events."""
    cases = pd.DataFrame(CASES)
    known = cases["months_known"]
    assert (cases["bought"] & (np.ceil(cases["months"]) > known) & (cases["cell"] == "month")).sum() >= 1
    assert (cases["quote_after"].notna() & cases["interest_after"].notna() & cases["bought"]).sum() >= 3
    assert cases["bought"].sum() >= 20
    assert (~cases["bought"]).sum() >= 20
