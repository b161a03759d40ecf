# ruff: noqa: E501 - messages stand line by line, as they are printed
"""The shifted beta-geometric: parameters recovered, boundaries, consistent predictions, and bad input."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.models.shifted_beta_geometric import UNIDENTIFIED

PAPER = kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(alpha=0.668, beta=3.806), every="Y")
CLUB = pd.DataFrame(
    {"customer_id": list("abcd"), "renewals": [0, 6, 2, 0], "ended": [False, False, True, True]}, index=[3, 1, 4, 2]
)


@pytest.fixture(scope="module")
def members():
    """5,000 members who joined over twelve years."""
    return PAPER.simulate(np.arange(5000) % 13, seed=6)


@pytest.fixture(scope="module")
def fitted(members):
    return kk.ShiftedBetaGeometric().fit(members)


def test_parameters_are_recovered(fitted):
    """Within three standard errors; the posterior says the same."""
    estimates = fitted.estimates()
    assert fitted.boundary is None
    assert (np.abs(estimates["estimate"] - [0.668, 3.806]) < 3 * estimates["std_error"]).all()
    drawn = fitted.posterior(draws=4000, seed=1)
    assert drawn.k_hat < 0.5
    assert np.median(drawn.values, axis=0).tolist() == pytest.approx(estimates["estimate"].tolist(), rel=0.03)
    low, high = np.quantile(drawn.values, [0.025, 0.975], axis=0)
    assert (high / low).tolist() == pytest.approx((estimates["high"] / estimates["low"]).tolist(), rel=0.1)


def test_rows_that_count_members_are_those_members(members, fitted):
    rows = members.groupby(["renewals", "ended"], as_index=False).size()
    counted = kk.ShiftedBetaGeometric().fit(rows[::-1], weights="size", every="Y")
    assert counted.log_likelihood == pytest.approx(fitted.log_likelihood, rel=1e-12)
    assert counted.n_customers == 5000
    assert fitted.log_likelihood_of(members) == pytest.approx(fitted.log_likelihood, rel=1e-10)
    assert fitted.log_likelihood >= PAPER.log_likelihood_of(members)


def test_the_table_feeds_the_model():
    """Members join and leave by date; of 3,000, the parameters are recovered."""
    generator = np.random.default_rng(9)
    theta = generator.beta(0.668, 3.806, 3000)
    joined = pd.Timestamp("2010-01-01") + pd.to_timedelta(generator.integers(0, 3000, 3000), unit="D")
    months = 12 * generator.geometric(theta)
    leaves = [day + pd.DateOffset(months=int(m)) if m < 400 else pd.NaT for day, m in zip(joined, months, strict=True)]
    raw = pd.DataFrame({"customer_id": range(3000), "start": joined, "end": pd.to_datetime(pd.Series(leaves))})
    estimates = kk.ShiftedBetaGeometric().fit(kk.memberships(raw, as_of="2020-01-01", every="Y")).estimates()
    assert (np.abs(estimates["estimate"] - [0.668, 3.806]) < 3 * estimates["std_error"]).all()


def test_predictions_agree_with_each_other():
    """P(alive later) is the product of retention rates; expected renewals are the sum of survival probabilities."""
    curve = PAPER.retention(9)
    assert curve["retention"].cumprod().to_numpy() == pytest.approx(curve["survival"].to_numpy(), rel=1e-12)
    assert curve["retention"].is_monotonic_increasing
    predicted = PAPER.predict(CLUB, horizon=3)
    assert predicted["p_alive"].tolist() == [1, 1, 0, 0]
    new, old = predicted["p_alive_later"].tolist()[:2]
    assert new == pytest.approx(curve["survival"][2], rel=1e-12)
    assert old == pytest.approx(curve["survival"][8] / curve["survival"][5], rel=1e-11)
    assert predicted["expected_renewals"].tolist()[0] == pytest.approx(curve["survival"][:3].sum(), rel=1e-12)
    assert predicted["expected_renewals"].tolist()[2:] == [0, 0]


def test_nothing_happens_within_no_renewal():
    """At a horizon of 0 who is a member stays one, renews nothing, and has paid the first period."""
    now = PAPER.predict(CLUB, horizon=0)
    assert now["p_alive_later"].tolist() == now["p_alive"].tolist()
    assert (now["expected_renewals"] == 0).all()
    assert (PAPER.discounted(CLUB, discount_rate=0.1, horizon=0)["discounted_renewals"] == 0).all()
    assert PAPER.new_customer(discount_rate=0.1, horizon=0) == 1
    assert len(PAPER.retention(0)) == 0


def test_discounting_counts_the_next_renewal_in_full():
    """Each later renewal is discounted by one more year; at a rate of 0 the sum is the expected renewals."""
    plain = PAPER.discounted(CLUB, discount_rate=0, horizon=3)["discounted_renewals"]
    assert plain.tolist() == pytest.approx(PAPER.predict(CLUB, horizon=3)["expected_renewals"].tolist())
    survival = PAPER.retention(3)["survival"].to_numpy()
    worth = PAPER.discounted(CLUB, discount_rate=0.10, horizon=3)["discounted_renewals"].tolist()
    assert worth[0] == pytest.approx(survival @ 1.1 ** -np.arange(3.0), rel=1e-12)
    assert worth[2:] == [0, 0]
    monthly = kk.FittedShiftedBetaGeometric(params=PAPER.params, every="M")
    by_month = monthly.discounted(CLUB, discount_rate=0.10, horizon=3)["discounted_renewals"].tolist()
    assert by_month[0] == pytest.approx(survival @ 1.1 ** (-np.arange(3.0) / 12), rel=1e-12)


def test_a_new_member_pays_the_first_period_in_full():
    survival = PAPER.retention(4)["survival"].to_numpy()
    assert PAPER.new_customer(discount_rate=0.1, horizon=4) == pytest.approx(1 + survival @ 1.1 ** -np.arange(1.0, 5.0))
    assert PAPER.new_customer(discount_rate=0.1) > PAPER.new_customer(discount_rate=0.1, horizon=100) > 4


def test_input_frames_are_unchanged_and_columns_are_added():
    before = CLUB.copy()
    assert PAPER.predict(CLUB, horizon=3).index.tolist() == [3, 1, 4, 2]
    pd.testing.assert_frame_equal(CLUB, before)
    theirs = PAPER.discounted(pl.DataFrame({name: CLUB[name].tolist() for name in CLUB}), discount_rate=0.1)
    assert isinstance(theirs, pl.DataFrame)
    ours = PAPER.discounted(CLUB, discount_rate=0.1)
    assert theirs["discounted_renewals"].to_list() == ours["discounted_renewals"].tolist()


@pytest.mark.weak_fit
def test_homogeneous_members():
    """One churn probability for all members: its mean is identified, its spread is not."""
    generator = np.random.default_rng(2)
    stayed = generator.geometric(0.2, 3000) - 1
    table = pd.DataFrame({"renewals": np.minimum(stayed, 10), "ended": stayed < 10, "every": "M"})
    fitted = kk.ShiftedBetaGeometric().fit(table)
    params = fitted.params
    assert params.alpha / (params.alpha + params.beta) == pytest.approx(0.2, abs=0.02)
    assert params.alpha + params.beta > 50
    once = kk.ShiftedBetaGeometric().fit(table.assign(renewals=np.minimum(stayed, 1), ended=stayed < 1))
    assert once.boundary == UNIDENTIFIED["log_kappa_leaves"]  # one renewal identifies the mean only
    assert once.estimates()["std_error"].isna().all()
    assert np.isfinite(once.posterior(draws=500, seed=1).values).all()
    assert once.predict(table[:1], horizon=1)["p_alive_later"][0] <= 1


def test_from_dict_reverses_to_dict(fitted):
    restored = kk.FittedShiftedBetaGeometric.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert restored == fitted
    assert restored.loglik_batch() is None


CASES = {
    "too few": (
        lambda: kk.ShiftedBetaGeometric().fit(CLUB[:2], every="Y"),
        [
            "ShiftedBetaGeometric has 2 parameters and needs more members than that, got 2.",
            "",
            "Hint: fit to more members; published parameters can be typed in: kk.FittedShiftedBetaGeometric(params=..., every=...).",
        ],
    ),
    "nobody left": (
        lambda: kk.ShiftedBetaGeometric().fit(CLUB.assign(ended=False), every="Y"),
        [
            "ShiftedBetaGeometric cannot be fitted: none of the 4 members has left (`ended` False for all).",
            "",
            "Hint: take a later as_of: kk.memberships(members, as_of=..., every=...).",
        ],
    ),
    "nobody renewed": (
        lambda: kk.ShiftedBetaGeometric().fit(CLUB.assign(renewals=0), every="Y"),
        [
            "ShiftedBetaGeometric cannot be fitted: none of the 4 members has renewed (`renewals` 0 for all).",
            "",
            "Hint: take a later as_of, or check `every`: it is the period that members sign for.",
        ],
    ),
    "another period": (
        lambda: PAPER.predict(CLUB.assign(every="M"), horizon=5),
        [
            'ShiftedBetaGeometric.predict counts time in "Y", the table in "M".',
            "",
            'Hint: make the table with every="Y".',
        ],
    ),
    "a horizon with a unit": (
        lambda: PAPER.predict(CLUB, horizon="5Y"),
        [
            "`horizon` must be a whole number of steps from 0 to 100,000, got '5Y'.",
            "",
            "Hint: a number without a unit: 5 is the next five.",
        ],
    ),
    "a horizon in the past": (
        lambda: PAPER.retention(-1),
        [
            "`horizon` must be a whole number of steps from 0 to 100,000, got -1.",
            "",
            "Hint: a number without a unit: 5 is the next five.",
        ],
    ),
    "a lifetime for nothing": (
        lambda: PAPER.discounted(CLUB, discount_rate=0),
        [
            "a lifetime cannot be added up without discounting: `horizon` is infinite, `discount_rate` is 0.",
            "",
            "Hint: write discount_rate=0.1 for 10 percent a year, effective, or a finite horizon.",
        ],
    ),
    "a negative rate": (
        lambda: PAPER.new_customer(discount_rate=-0.1),
        [
            "`discount_rate` must be 0, or a number of at least 1e-06 and below 1, got -0.1.",
            "",
            "Hint: write discount_rate=0.1 for 10 percent a year, effective.",
        ],
    ),
}


@pytest.mark.parametrize(("call", "message"), CASES.values(), ids=CASES)
def test_invalid_input_is_refused_with_the_message(call, message):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == message


def test_given_parameters_have_no_known_uncertainty():
    with pytest.raises(kk.CapabilityError, match="FittedShiftedBetaGeometric was given its parameters"):
        PAPER.posterior(draws=10, seed=1)
