"""Group checks on bases that break them, and the accounts that cause the failure."""

import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.strategy.checks.portfolio_checks import portfolio_checks

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


WITHOUT_EXCLUSIVE = {
    SIZES: "not checked: not enough to say: there is no exclusive account",
    EACH: "not checked: not enough to say: there is no exclusive account",
    TOTAL: "not checked: not enough to say: there is no exclusive account",
}


@pytest.mark.parametrize("wallet", [[300.0, 20, 10, 20, 50, 70, 5], [10.0, 20, 10, 20, 50, 70, 300]])
def test_without_an_exclusive_account_there_is_not_enough_to_say(base, wallet):
    """Neither passed nor failed, whatever the recurring bring against the moving."""
    given = base.assign(group=["moving"] * 4 + ["recurring"] * 3, value_12M=wallet)
    checks = kk.group_checks(given).set_index("check")
    for name, message in WITHOUT_EXCLUSIVE.items():
        assert checks.loc[name, ["passed", "informative", "message"]].tolist() == [True, False, message]
    assert len(kk.group_breaks(given)) == 0


def test_exclusive_accounts_that_are_hardly_expected_are_none(base):
    given = base.assign(p_moving=0.6, p_recurring=0.35, p_exclusive=0.05)
    assert check(given, SIZES)["message"] == WITHOUT_EXCLUSIVE[SIZES]


def test_without_a_value_of_exclusive_accounts_there_is_not_enough_to_say(base):
    base["value_12M"] = [10.0, 20, 10, 20, 50, 70, None]
    row = check(base, EACH)
    assert not row["informative"]
    assert row["message"] == "not checked: not enough to say: no exclusive account has a known `value_12M`"
    base["value_12M"] = [None] * 6 + [300.0]
    row = check(base, TOTAL)
    assert row["message"] == "not checked: not enough to say: only exclusive accounts have a known `value_12M`"


@pytest.mark.parametrize("counted", ["purchase_days", "expected_purchases"])
def test_purchases_without_amounts_are_said_to_have_none(base, counted):
    """Where a frame counts purchases and has no money at all; else the column that is missing is named."""
    bare = base.drop(columns="value_12M")
    for name, column in ((EACH, "total_value"), (EACH.replace("brought", "will bring"), "clv")):
        row = check(bare.assign(**{counted: 1.0}), name)
        assert (row["passed"], row["informative"]) == (True, False)
        assert row["message"] == "not checked: the purchases have no amounts"
        assert check(bare, name)["message"] == f"not checked: there is no column `{column}`"
    priced = base.assign(**{counted: 1.0})
    assert check(priced, TOTAL.replace("brought", "will bring"))["message"] == "not checked: there is no column `clv`"


@pytest.mark.parametrize("told", [{"purchase_days": 0}, {"days_since_purchase": None}])
def test_prospects_are_no_moving_accounts(base, told):
    """They are in no group: not in its size, its total or its mean, nor among those who break a law."""
    bought = base.assign(**dict.fromkeys(told, 1.0))
    prospects = pd.DataFrame({"customer_id": ["p", "q"], "group": "moving", "value_12M": 0.0, **told})
    whole = pd.concat([bought, prospects.astype(dict.fromkeys(told, float))], ignore_index=True)
    pd.testing.assert_frame_equal(kk.group_checks(whole), kk.group_checks(bought))
    poor = whole.assign(value_12M=whole["value_12M"].where(whole["group"] == "moving", -1.0))
    assert not set(kk.group_breaks(poor)["customer_id"]) & {"p", "q"}


def test_prospects_need_no_group(base):
    """`kk.CustomerGroups` gives them none."""
    given = pd.concat(
        [base.assign(purchase_days=1), pd.DataFrame({"customer_id": ["p"], "purchase_days": 0})], ignore_index=True
    )
    row = portfolio_checks(given).iloc[0]
    assert row["passed"]
    row = portfolio_checks(given.assign(purchase_days=1)).iloc[0]
    assert not row["passed"]
    assert row["message"] == "1 customer in none of moving, recurring, exclusive"


def test_groups_of_other_names_are_one_each_and_not_compared(base):
    own = base.assign(group=["guest"] * 5 + ["friend"] * 2)
    checks = portfolio_checks(own)
    assert checks["passed"].all()
    assert checks["message"][0].startswith("true by definition")
    assert (
        checks["message"][1:4].tolist()
        == ["not checked: the groups are friend, guest, and the laws are about moving, recurring, exclusive"] * 3
    )
    assert len(kk.group_breaks(own)) == 0
    one_lacks = own.assign(group=[None, *own["group"][1:]])
    assert portfolio_checks(one_lacks)["message"][0] == "1 customer in none of friend, guest"


def test_a_group_misspelt_is_an_error(base):
    row = portfolio_checks(base.assign(group=base["group"].replace("exclusive", "exclusiv"))).iloc[0]
    assert (row["passed"], row["severity"], row["customers"]) == (False, "error", ["g"])
