"""Twelve-month total by movement against the scorer's, recomputed from the forecast."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF = "1998-06-30"
LADDER = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
EQUAL = {"moving": 1.0, "recurring": 1.0, "exclusive": 1.0}


@pytest.fixture(scope="module")
def base(cdnow_sample):
    summary = kk.summarize(cdnow_sample, as_of=AS_OF)
    careers = LADDER.careers(cdnow_sample, as_of=AS_OF)
    return {
        "history": careers,
        "movement": kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(careers),
        "summary": summary,
        "scorer": kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="6M").fit(summary),
    }


def total(base, **other):
    return kk.movement_total(**(base | other)).iloc[0]


def test_the_total_is_the_discounted_forecast_times_contribution(base):
    """Summed from `forecast` row by row: a month's money in its middle, at 10 % a year."""
    money = {"moving": 0.1, "recurring": 2.0, "exclusive": 9.0}
    ahead = base["movement"].forecast(base["history"], horizon="12M")
    worth = ahead["probability"] * ahead["rung"].map(money) * 1.1 ** (-(ahead["ahead"] - 0.5) / 12)
    assert total(base, contribution=money)["value"] == pytest.approx(worth.sum())


def test_the_scorer_is_asked_for_twelve_months_whatever_its_horizon(base):
    year = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M").fit(base["summary"])
    expected = year.score(base["summary"])["clv"].sum()
    assert total(base)["limit"] == pytest.approx(expected)


def test_without_a_contribution_the_month_of_entry_does_not_count(base):
    """Margin times what customers brought on a rung after their first month there was."""
    careers = base["history"]
    later = careers[careers.duplicated("customer_id")]
    money = (0.3 * later.groupby("rung")["value"].mean()).to_dict()
    assert total(base)["value"] == pytest.approx(total(base, contribution=money)["value"])


@pytest.mark.parametrize(("ratio", "passed"), [(0.79, False), (0.81, True), (1.24, True), (1.26, False)])
def test_ratios_from_08_to_125_pass(base, ratio, passed):
    even = total(base, contribution=EQUAL)
    money = dict.fromkeys(EQUAL, ratio * even["limit"] / even["value"])
    row = total(base, contribution=money)
    assert bool(row["passed"]) is passed
    assert f"a ratio of {ratio:.2f}" in row["message"]
    assert ("outside 0.8 to 1.25" in row["message"]) is not passed


def test_customers_that_are_not_in_both_count_on_neither_side(base):
    half = base["summary"].iloc[::2]
    row = total(base, summary=half, contribution=EQUAL)
    expected = base["scorer"].score(half)
    assert row["message"].startswith(f"over 12 months {len(half):,} customers bring")
    assert row["value"] < total(base, contribution=EQUAL)["value"]
    assert row["limit"] > expected["clv"].sum()  # which is of six months


def refused(base, **other):
    with pytest.raises(kk.DataError) as raised:
        total(base, **other)
    return str(raised.value)


def test_a_summary_of_another_day_is_refused(base, cdnow_sample):
    early = kk.summarize(cdnow_sample, as_of="1998-05-15")
    assert refused(base, summary=early) == (
        "movement_total needs a summary as of the end of the careers' last whole month, got 1998-05-15 and 1998-06.\n\n"
        "Hint: kk.summarize(transactions, as_of=...) and ladder.careers(transactions, as_of=...) with the last day of "
        "the same month."
    )
    assert refused(base, summary=kk.summarize(cdnow_sample, as_of="1998-05-31")).startswith(
        "movement_total needs a summary as of the end of the careers' last whole month, got 1998-05-31 and 1998-06."
    )


def test_nobody_in_both_is_refused(base):
    other = base["summary"].assign(customer_id=np.arange(len(base["summary"])) + 10**6)
    assert refused(base, summary=other) == (
        "movement_total needs customers with a value in the careers: of 2,357 there are none.\n\n"
        "Hint: careers and summary of the same transactions."
    )


def test_a_margin_by_customer_needs_contributions(base):
    customers = pd.DataFrame({"customer_id": base["summary"]["customer_id"], "margin": 0.3})
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin="margin", discount_rate=0.1, horizon="12M").fit(
        base["summary"]
    )
    assert refused(base, scorer=scorer, customers=customers) == (
        "movement_total cannot tell what rungs bring where the margin is the column `margin`.\n\n"
        "Hint: contribution={'client': 120.0, ...} by rung."
    )
    assert total(base, scorer=scorer, customers=customers, contribution=EQUAL)["value"] > 0


@pytest.mark.parametrize(
    ("column", "value", "law"),
    [
        ("complete", "x", "`complete` is True or False"),
        ("complete", pd.NA, "`complete` is True or False"),
        ("period_start", 1.5, "needs dates in `period_start`"),
        ("period_start", "x", "needs dates in `period_start`"),
        ("period_start", pd.NaT, "every row needs a `period_start`"),
    ],
)
def test_columns_of_careers_are_checked(base, column, value, law):
    assert law in refused(base, history=base["history"].assign(**{column: value}))


def test_a_history_stands_for_its_careers(base, cdnow_sample):
    history = LADDER.history(cdnow_sample, as_of=AS_OF)
    assert total(base, history=history).to_dict() == total(base).to_dict()
