"""Group checks on bases that break them, and the accounts that cause the failure."""

import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

SIZES = "more moving than exclusive accounts"
EACH = "exclusive accounts brought more than recurring, recurring than moving"
TOTAL = "exclusive accounts together brought more than the lowest other group"


@pytest.fixture
def base():
    return pd.DataFrame(
        {
            "customer_id": list("abcdefg"),
            "group": ["moving"] * 4 + ["recurring"] * 2 + ["exclusive"],
            "value_12M": [10.0, 20, 10, 20, 50, 70, 300],
        }
    )


def check(frame, name):
    return kk.group_checks(frame).set_index("check").loc[name]


def test_a_sound_base_has_no_accounts_to_show(base):
    assert kk.group_checks(base)["passed"].all()
    assert kk.group_breaks(base).to_dict("list") == {
        "check": [],
        "customer_id": [],
        "group": [],
        "value": [],
        "limit": [],
    }


def test_few_rich_exclusive_accounts_may_be_the_lowest_in_total(base):
    """One exclusive account of 55, more than one moving account and less than all of them: only the total fails."""
    base["value_12M"] = [10.0, 20, 10, 20, 30, 40, 55]
    assert check(base, EACH)["passed"]
    row = check(base, TOTAL)
    assert not row["passed"]
    assert row["message"] == (
        "value_12M in total: exclusive 55.00, recurring 70.00, moving 60.00; exclusive accounts bring no more than "
        "moving ones: there are few of them"
    )
    assert (row["value"], row["limit"], row["customers"]) == (55.0, 60.0, ["g"])


def test_poor_exclusive_accounts_are_the_lowest_in_total(base):
    base["group"] = ["moving"] * 3 + ["recurring", "exclusive", "exclusive", "exclusive"]
    base["value_12M"] = [10.0, 20, 30, 90, 5, 40, 10]
    row = check(base, TOTAL)
    assert row["message"] == (
        "value_12M in total: exclusive 55.00, recurring 90.00, moving 60.00; exclusive accounts bring no more than "
        "moving ones: nor does one account"
    )
    assert row["customers"] == ["e", "g"]


def test_accounts_that_break_a_law_are_shown_with_what_they_were_held_against(base):
    base["value_12M"] = [10.0, 20, 10, 20, 5, 15, 300]
    broken = kk.group_breaks(base)
    assert broken["check"].tolist() == [EACH, EACH]
    assert broken[["customer_id", "group", "value", "limit"]].to_numpy().tolist() == [
        ["e", "recurring", 5.0, 15.0],
        ["f", "recurring", 15.0, 15.0],
    ]


def test_accounts_count_with_their_probability(base):
    """By label there are 4 moving and 1 exclusive; the probabilities expect 2.5 and 3.5."""
    base["p_moving"] = [0.6, 0.6, 0.6, 0.6, 0.1, 0.0, 0.0]
    base["p_exclusive"] = [0.4, 0.4, 0.4, 0.4, 0.4, 0.5, 1.0]
    base["p_recurring"] = 1 - base["p_moving"] - base["p_exclusive"]
    row = check(base, SIZES)
    assert not row["passed"]
    assert (row["value"], row["limit"]) == pytest.approx((2.5, 3.5))
    assert row["customers"] == ["g"]
    assert row["message"] == (
        "2 moving and 4 exclusive accounts, as the probabilities expect: too few new accounts come in, or the bar for "
        "exclusive is low"
    )
    assert check(base, EACH)["value"] == pytest.approx((0.4 * 60 + 0.4 * 50 + 0.5 * 70 + 300) / 3.5)


def test_probabilities_that_are_none_are_refused(base):
    wrong = base.assign(p_moving=0.5, p_recurring=[0.5] * 6 + [0.25], p_exclusive=0.0)
    with pytest.raises(kk.DataError) as raised:
        kk.group_checks(wrong)
    assert str(raised.value) == (
        "group_checks: p_moving, p_recurring, p_exclusive are probabilities that sum to 1, or all missing: "
        "broken by 1 of 7 rows.\n\n"
        "row  customer_id  p_moving  p_recurring  p_exclusive\n"
        "  6            g       0.5         0.25            0\n\n"
        "Hint: take them as groups.assign(summary) gave them, or leave the three columns out."
    )


def test_polars_in_polars_out(base):
    base["value_12M"] = [10.0, 20, 10, 20, 5, 15, 300]
    given = pl.DataFrame(base.to_dict("list"))
    assert kk.group_breaks(given)["customer_id"].to_list() == ["e", "f"]
    assert kk.group_checks(given)["passed"].to_list() == kk.group_checks(base)["passed"].tolist()
