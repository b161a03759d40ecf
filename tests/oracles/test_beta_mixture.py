"""Beta mixture survival and expected purchases, against 50 digits (make_beta_mixture.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kundkarriar.numerics.special.beta_mixture_survival import (
    dropout_probability,
    expected_purchases,
    log_survival,
    survival,
)

CASES = pd.read_csv(Path(__file__).with_name("beta_mixture.csv")).to_dict("records")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_50_digits(case):
    at = {name: case[name] for name in ("z", "s", "a", "b")}
    # relative, so that the logarithm is right below -700 too, where the survival itself underflows
    assert log_survival(**at) == pytest.approx(case["log_survival"], rel=1e-12, abs=1e-10)
    assert survival(**at) == pytest.approx(np.exp(case["log_survival"]), rel=1e-10, abs=1e-15)
    assert dropout_probability(**at) == pytest.approx(case["dropout_probability"], rel=1e-10)
    assert expected_purchases(**at) == pytest.approx(case["purchases"], rel=1e-12)


def test_cases_reach_the_edges():
    """Parameters at which double precision was seen to fail, and both sides of the series' accurate region."""
    table = pd.DataFrame(CASES)
    assert (table[["s", "a", "b"]].max() > 1e11).all()
    assert (table[["a", "b"]].min() < 1e-11).all()
    assert ((table["a"] == 1e-4) & (table["z"] == 0.1)).any()
