"""Cost per promoted customer: a panel counted by hand, with a holdout, with a baseline and with neither; bad input."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

CAREERS = {
    # February to April: spending from March on
    1: ["low", "low", "high", "high"],
    2: ["low", "low", "low", "high"],
    3: ["low", "low", "low", "low"],
    4: ["low", "high", "high", "low"],
    5: ["low", "low", "low", "low"],
    6: ["low", "low", "low", "high"],
}
HELD_OUT = pd.DataFrame({"customer_id": [5, 6]})


@pytest.fixture(scope="module")
def careers():
    months = pd.date_range("2026-01-01", periods=4, freq="MS")
    rows = [(who, month, rung) for who, rungs in CAREERS.items() for month, rung in zip(months, rungs, strict=True)]
    frame = pd.DataFrame(rows, columns=["customer_id", "period_start", "rung"])
    return frame.assign(rung_number=frame["rung"].map({"low": 1, "high": 2}))


@pytest.fixture(scope="module")
def movement(careers):
    return kk.ChainMixture(chains=1, mass=1, seed=1).fit(careers)


def costs(movement, careers, **other):
    return kk.promotion_costs(movement, careers, **({"spend": {"low": 100}, "since": "2026-03-15"} | other)).iloc[0]


def test_moves_are_counted_in_the_months_of_the_spending(movement, careers):
    """Steps into March and April from `low`: customer 1 moves up, 2 and 6 stay and move up, 3 and 5 stay twice."""
    row = costs(movement, careers)
    assert (row["customer_months"], row["promoted"], row["cost_per_promoted"]) == (9, 3, pytest.approx(100 / 3))
    assert row[["anyway", "extra", "low", "high", "cost_per_extra", "step_value"]].isna().all()
    assert row["message"] == ("how many would have moved up anyway is not known: a holdout or a baseline would tell")
    assert costs(movement, careers, until="2026-03-01")["promoted"] == 1


def test_extra_promotions_exceed_the_baseline(movement, careers):
    row = costs(movement, careers, baseline={"low": 0.1})
    assert (row["anyway"], row["extra"]) == (pytest.approx(0.9), pytest.approx(2.1))
    assert row["cost_per_extra"] == pytest.approx(100 / 2.1)
    p = 3.5 / 10
    assert row["high"] - row["extra"] == pytest.approx(1.6448536 * 9 * np.sqrt(p * (1 - p) / 9))
    assert row["low"] < 0
    assert row["message"] == "an extra promotion cost 47.62; that any did is not sure"


def test_a_holdout_gives_the_promotions_without_spending(movement, careers):
    """1 promotion in 4 months of the customers held out, 2 in 5 months of the others."""
    row = costs(movement, careers, holdout=HELD_OUT)
    assert (row["customer_months"], row["promoted"]) == (5, 2)
    assert (row["anyway"], row["extra"]) == (pytest.approx(1.25), pytest.approx(0.75))
    assert row["cost_per_extra"] == pytest.approx(100 / 0.75)
    assert row["message"].endswith("that any did is not sure")


def test_the_step_up_is_that_of_the_lapsed_where_they_stand_apart(careers):
    """Nine months on low, two of them lapsed: each counts with the value of its own step."""
    late = (careers["customer_id"].isin([3, 5])) & (careers["period_start"] >= "2026-03-01")
    flagged = careers.assign(lapsed=late)
    movement = kk.ChainMixture(chains=1, mass=1, seed=1).fit(flagged)
    money = {"contribution": {"low": 1.0, "high": 9.0}, "discount_rate": 0.1}
    steps = movement.steps_up(**money, draws=2).set_index("lapsed")["step_value"]
    assert steps[True] != pytest.approx(steps[False])
    row = costs(movement, flagged, **money)
    assert row["step_value"] == pytest.approx((7 * steps[False] + 2 * steps[True]) / 9)


def test_cost_per_extra_is_missing_without_extra_promotions(movement, careers):
    row = costs(movement, careers, baseline={"low": 0.5})
    assert np.isnan(row["cost_per_extra"])
    assert row["message"] == "no more customers moved up than would have anyway"


@pytest.mark.parametrize(("high", "verdict"), [(2.0, "more than"), (2000.0, "less than")])
def test_the_cost_is_compared_with_the_value_of_the_step(movement, careers, high, verdict):
    money = {"low": 1.0, "high": high}
    row = costs(movement, careers, baseline={"low": 0.1}, contribution=money, discount_rate=0.1)
    steps = movement.steps_up(contribution=money, discount_rate=0.1, draws=2).set_index("rung")
    assert row["step_value"] == pytest.approx(steps.loc["low", "step_value"])
    assert f"an extra promotion cost 47.62, {verdict} the step is worth" in row["message"]


def refused(movement, careers, **other):
    with pytest.raises(kk.DataError) as raised:
        costs(movement, careers, **other)
    return str(raised.value)


def test_bad_input_is_refused_in_words(movement, careers):
    assert refused(movement, careers, spend={"lowest": 1}) == (
        "`spend` names rungs that the movement does not know: ['lowest'].\n\nHint: its rungs are ['low', 'high']."
    )
    assert refused(movement, careers, spend={"low": -1}) == (
        "`spend['low']` must be a finite number of at least 0, got -1.\n\nHint: write spend={'low': 1.0}."
    )
    assert refused(movement, careers, baseline={"low": 10}) == (
        "`baseline['low']` must be a number from 0 to 1, got 10.\n\nHint: write baseline={'low': 0.2}."
    )
    assert refused(movement, careers, baseline={"low": 0.1}, holdout=HELD_OUT) == (
        "promotion_costs takes a holdout or a baseline, got both.\n\nHint: the holdout says more; leave out baseline."
    )
    assert refused(movement, careers, since="2026-01-01") == (
        "promotion_costs needs months from 2026-02 to 2026-04, got 2026-01 to 2026-04.\n\n"
        "Hint: since= lies after the first month of the careers, until= not after their last."
    )
    assert refused(movement, careers, holdout=HELD_OUT.head(0).astype(int)) == (
        "promotion_costs: nobody of the holdout stood on 'low' in these months.\n\n"
        "Hint: draw the holdout from every rung that money is spent on."
    )
    assert refused(movement, careers, discount_rate=0.1) == (
        "promotion_costs values steps with both `contribution` and `discount_rate`, or neither.\n\n"
        "Hint: contribution={'client': 120.0, ...}, discount_rate=0.1."
    )
