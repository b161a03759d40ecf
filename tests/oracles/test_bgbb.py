"""BG/BB and the shifted beta-geometric against the papers, and against values of 20 digits (make_bgbb.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar import datasets
from kundkarriar.numerics.bgbb import expectation, likelihood
from kundkarriar.numerics.bgbb.likelihood import log_p_alive

CASES = pd.read_csv(Path(__file__).with_name("bgbb.csv")).to_dict("records")
BEST = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.203522, beta=0.7497164, gamma=0.6567182, delta=2.783442), every="Y")
"""The parameters of the donors, as printed with seven digits."""
HIGH_END = np.array([1000, 869, 743, 653, 593, 551, 517, 491])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['how']} {case['x']} {case['t_x']} {case['n']}")
def test_single_customers(case):
    params = {name: case[name] for name in ("alpha", "beta", "gamma", "delta")}
    seen = {name: np.array([float(case[name])]) for name in ("x", "t_x", "n")}
    alone = {"x": seen["x"], "n": seen["n"], **params}
    log_likelihood = likelihood.log_likelihood(**seen, **params)[0]
    assert abs(log_likelihood - case["log_likelihood"]) <= 1e-11 * max(abs(case["log_likelihood"]), 1.0)
    log_alive = log_p_alive(**seen, ahead=1, **params)[0]
    assert log_alive == pytest.approx(case["log_p_alive"], rel=1e-10)
    at_last = np.exp(log_p_alive(**seen, ahead=0, **params)[0])
    rate, horizon = case["discount_rate"], case["horizon"]
    for name, found in {
        "expected_purchases": expectation.expected_purchases(horizon, **alone)[0],
        "discounted_purchases": expectation.discounted_purchases(np.inf, discount_rate=rate, **alone)[0],
        "p_purchase": expectation.p_purchase(horizon, **alone)[0],
        "p_two": expectation.p_counts(horizon, up_to=2, **alone)[0, 2],
    }.items():
        # below the smallest normal double nothing is left to compare
        assert at_last * found == pytest.approx(case[name], rel=1e-10, abs=1e-300), name


def test_cases_hold_the_hard_ones():
    """gamma = 1, where the published expectation is 0 / 0; a thousand purchases; a thousand opportunities without."""
    assert sum(case["gamma"] == 1 for case in CASES) >= 5
    assert max(case["x"] for case in CASES) == 1000
    assert max(case["n"] - case["t_x"] for case in CASES) == 1000
    assert min(case["log_p_alive"] for case in CASES) < -100
    assert sum(case["how"] == "integrated" for case in CASES) >= 20


@pytest.fixture(scope="module")
def donations():
    """11,104 donors of 1995 in 22 kinds, 1996 to 2001."""
    try:
        path = datasets._file("donations.csv")
    except kk.CapabilityError:
        pytest.skip("the donations come inside the package lifetimes, which is not installed")
    return pd.read_csv(path).rename(columns={"periods": "n_opportunities"})


@pytest.fixture(scope="module")
def fitted(donations):
    return kk.BGBB().fit(donations, weights="weights", every="Y")


def test_the_fit_to_the_donations(donations, fitted):
    """Fader, Hardie & Shang (2010), table 3: 1.204, .750, .657, 2.783, -33225.6; recomputed to more digits."""
    estimates = fitted.estimates()
    assert fitted.log_likelihood == pytest.approx(-33225.581274, abs=1e-5)
    assert estimates["estimate"].tolist() == pytest.approx([1.203522, 0.7497164, 0.6567182, 2.783442], rel=1e-5)
    assert estimates["std_error"].tolist() == pytest.approx([0.0694, 0.0294, 0.0510, 0.3208], abs=5e-5)
    assert fitted.boundary is None
    assert fitted.n_customers == 11_104
    assert BEST.log_likelihood_of(donations, weights="weights") == pytest.approx(-33225.581274, abs=1e-6)


def test_single_donors():
    """The paper: P(alive in 2002) .11, .59, .93; the others recomputed to more digits than it prints."""
    seen = pd.DataFrame({"frequency": [0, 2, 6, 4, 1], "recency": [0, 4, 6, 5, 1], "n_opportunities": 6})
    predicted = BEST.predict(seen, horizon=10)
    assert predicted["p_alive"][:3].tolist() == pytest.approx([0.1081, 0.5897, 0.9304], abs=5e-5)
    assert predicted["expected_purchases"][[0, 3]].tolist() == pytest.approx([0.1302181, 3.6279676], abs=5e-8)
    worth = BEST.discounted(seen, discount_rate=0.10)["discounted_purchases"]
    printed = [0.1147527, 1.6656232, 5.9098942, 3.1970914, 0.1349625]
    assert worth.tolist() == pytest.approx(printed, abs=5e-8)


def test_all_donors_over_five_years(donations):
    """Hardie's sheet: 12884.2."""
    ahead = BEST.predict(donations, horizon=5)["expected_purchases"]
    assert ahead @ donations["weights"] == pytest.approx(12884.1567, abs=5e-5)


def test_donations_of_each_year():
    """BTYD's walk-through, at its own parameters: expected gifts of 11,104 new donors in each of eleven years."""
    params = kk.BGBBParams(alpha=1.203528, beta=0.7497260, gamma=0.6567808, delta=2.783796)
    theirs = kk.FittedBGBB(params=params, every="Y")
    so_far = np.array([0.0, *(theirs.new_customer(year) for year in range(1, 12))])
    printed = [
        5535.833, 4717.059, 4147.621, 3724.665, 3395.888, 3131.647, 2913.778, 2730.482, 2573.731, 2437.854, 2318.727,
    ]  # fmt: skip
    # their parameters have seven digits
    assert (11_104 * np.diff(so_far)).tolist() == pytest.approx(printed, rel=2e-6)


def test_the_cohort_high_end():
    """Fader & Hardie (2007): alpha .668, beta 3.806."""
    churned = pd.DataFrame({"renewals": range(7), "ended": True, "n_customers": -np.diff(HIGH_END)})
    active = pd.DataFrame({"renewals": [7], "ended": [False], "n_customers": HIGH_END[-1:]})
    fitted = kk.ShiftedBetaGeometric().fit(pd.concat([churned, active]), weights="n_customers", every="Y")
    assert fitted.log_likelihood == pytest.approx(-1611.158147, abs=1e-6)
    assert (fitted.params.alpha, fitted.params.beta) == pytest.approx((0.6680884, 3.806095), rel=1e-6)
    assert fitted.retention(7)["survival"].to_numpy() == pytest.approx(HIGH_END[1:] / 1000, abs=0.022)


@pytest.mark.parametrize(
    ("alpha", "beta", "printed", "tolerance"),
    [
        (3.80, 15.20, [3.31, 3.45, 3.59, 3.72, 3.84], 0.005),
        # the parameters are printed with three digits
        (0.067, 0.267, [7.68, 9.46, 9.86, 10.06, 10.19], 0.012),
    ],
)
def test_residual_lifetimes(alpha, beta, printed, tolerance):
    """Fader & Hardie (2010), table 3: discounted expected residual lifetime after 0 to 4 renewals, at 10 %."""
    paper = kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(alpha=alpha, beta=beta), every="Y")
    members = pd.DataFrame({"renewals": range(5), "ended": False})
    worth = paper.discounted(members, discount_rate=0.10)["discounted_renewals"]
    assert worth.tolist() == pytest.approx(printed, abs=tolerance)
