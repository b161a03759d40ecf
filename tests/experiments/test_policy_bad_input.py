"""Margins, costs and frames that policies refuse, with the whole message, and the groups that they do not know."""

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

COST = {"mail": 0.2, "call": 0.3}


@contextmanager
def refused(message, kind=kk.DataError):
    """An error with this law and, after the bar, this hint; white space is as wide as one likes."""
    with pytest.raises(kind) as caught:
        yield
    assert str(caught.value).split() == message.replace(" | ", " Hint: ").split()


@pytest.fixture(scope="module")
def campaign(make_campaign):
    return make_campaign(lift=(0.0, 2.0, 20.0))


@pytest.fixture(scope="module")
def fitted(campaign, spec):
    return spec(by="group").fit(campaign)


@pytest.fixture(scope="module")
def policy(fitted):
    return fitted.policy(margin=0.4, cost=COST)


BY_ARM = "| write cost={'mail': 0.1, ...}, with each arm, or one number for all."
PRICES = {
    "an arm without a cost": (
        {"margin": 0.4, "cost": {"mail": 0.1}},
        f"`cost` must be a number for each arm, and ['call'] lack one, got {{'mail': 0.1}}. {BY_ARM}",
    ),
    "a cost for no arm": (
        {"margin": 0.4, "cost": {**COST, "letter": 1}},
        f"""`cost` must be a number for each arm of ['none', 'call', 'mail'], and ['letter'] are none, got
        {{'mail': 0.2, 'call': 0.3, 'letter': 1}}. {BY_ARM}""",
    ),
    "no cost": (
        {"margin": 0.4, "cost": None},
        f"""`cost` must be a number from -1e+15 to 1e+15, got None. {BY_ARM}""",
    ),
    "a cost below 0": (
        {"margin": 0.4, "cost": -1},
        """`cost` must be amounts of at least 0, got -1. | what an arm brings besides the outcome is part of the
        outcome: state it as profit.""",
    ),
    "revenue without a margin": (
        {"cost": 1},
        """`margin` must be the share of revenue that is profit, as revenue is no profit; no default would be honest,
        got None. | write margin=0.4.""",
    ),
}


@pytest.mark.parametrize("case", PRICES)
def test_prices_that_make_no_policy(fitted, case):
    arguments, message = PRICES[case]
    for verb in (fitted.policy, fitted.profits):
        with refused(message):
            verb(**arguments)


def test_a_margin_of_profit_is_refused(campaign, spec):
    profit = spec(by="group", outcome_is="profit").fit(campaign)
    with refused("`margin` must be None, as the outcome is profit already, got 0.4. | leave margin out."):
        profit.policy(margin=0.4, cost=COST)
    assert profit.policy(cost=COST).margin == (1.0, 1.0, 1.0)


ASSIGNED = {
    "no rows": (
        lambda frame: frame.head(0),
        "Policy.assign needs customers, and the frame is empty. | pass a row per customer.",
    ),
    "no column of groups": (
        lambda frame: frame[["customer_id"]],
        """Policy.assign needs columns that are not there: ['group']. | the DataFrame has ['customer_id'].""",
    ),
    "a missing group": (
        lambda frame: frame.assign(group=frame["group"].where(frame["customer_id"] != 1)),
        """Policy.assign needs a value in `group` on every row: broken by 1 of 1,200 rows. row customer_id group 1 1
        missing | make them a group of their own: frame["group"].fillna("unknown") in pandas, .fill_null(...) in
        polars.""",
    ),
}


@pytest.mark.parametrize("case", ASSIGNED)
def test_frames_that_get_no_actions(policy, campaign, case):
    change, message = ASSIGNED[case]
    with refused(message):
        policy.assign(change(campaign))


VALUED = {
    "no rows": (
        lambda frame: frame.head(0),
        "Policy.value needs customers, and the frame is empty. | pass a row per customer.",
    ),
    "no treatment and no outcome": (
        lambda frame: frame[["customer_id", "group"]],
        """Policy.value needs columns that are not there: ['arm', 'spend']. | the DataFrame has ['customer_id',
        'group'].""",
    ),
    "an arm that the experiment did not have": (
        lambda frame: frame.assign(arm=np.where(frame["customer_id"] == 2, "letter", frame["arm"])),
        """Policy.value knows the arms of the experiment, ['none', 'call', 'mail'], and `arm` holds others: broken by 1
        of 1,200 rows. row customer_id arm 2 2 letter | leave out customers who got another arm.""",
    ),
    "nobody got the arm of the policy": (
        lambda frame: frame[frame["arm"] != "call"],
        """Policy.value needs customers who got the arms of the policy, ['call'], in its groups: of 801 customers 0 got
        'call'. | pass rows of an experiment in which these arms were drawn at random.""",
    ),
    "groups treated on purpose": (
        lambda frame: frame.assign(arm=np.where(frame["group"] == "g0", "mail", "call")),
        """Policy.value needs arms drawn at random, and here their shares differ between groups by more than chance
        explains: groups were treated on purpose. | keep a part of the customers whose arms are drawn at random, and
        value the policy on them.""",
    ),
    "a customer twice": (
        lambda frame: frame.assign(customer_id=frame["customer_id"].clip(lower=1)),
        """Policy.value needs one row per customer in `customer_id`: broken by 2 of 1,200 rows. row customer_id 0 1 1 1
        | keep one row of each customer, with its id.""",
    ),
    "an outcome missing": (
        lambda frame: frame.assign(spend=frame["spend"].where(frame["customer_id"] > 0)),
        """Policy.value needs an outcome in `spend` on every row: broken by 1 of 1,200 rows. row customer_id spend 0 0
        missing | write 0 for customers who bought nothing: without them, buyers alone would be compared.""",
    ),
}


@pytest.mark.parametrize("case", VALUED)
def test_frames_that_have_no_value(policy, campaign, case):
    change, message = VALUED[case]
    with refused(message):
        policy.value(change(campaign))


def test_propensities_are_needed_where_they_were_learnt_with(campaign, spec):
    with_chances = campaign.assign(chance=1 / 3)
    policy = spec(by="group", probability="chance").fit(with_chances).policy(margin=0.4, cost=COST)
    with refused("""Policy.value needs columns that are not there: ['chance']. | the DataFrame has ['customer_id',
        'arm', 'group', 'before', 'spend', 'bought']."""):
        policy.value(campaign)
    with refused("""Policy.value needs the chance of the arm that each customer got in `chance`, above 0 and at most 1:
        broken by 1,200 of 1,200 rows. row customer_id chance 0 0 0 1 1 0 2 2 0 | an arm that a customer cannot get has
        no row there; leave out customers whose arm was never drawn."""):
        policy.value(with_chances.assign(chance=0.0))


def test_unknown_groups_get_the_best_single_action(policy, campaign):
    strange = campaign.assign(group=np.where(campaign["customer_id"] < 3, "g9", campaign["group"]))
    said = """3 of 1,200 customers are of groups that the experiment did not have (group g9); they get the best single
    action, call."""
    for method in (policy.assign, policy.value):
        with pytest.warns(kk.DataWarning) as caught:
            method(strange)
        assert str(caught[0].message).split(": ")[1].split() == said.split()
    with pytest.warns(kk.DataWarning):
        assert policy.assign(strange)["action"].head(3).tolist() == ["call"] * 3


def test_frames_are_not_changed(policy, campaign):
    before = campaign.copy()
    policy.assign(campaign), policy.value(campaign)
    pd.testing.assert_frame_equal(campaign, before)
