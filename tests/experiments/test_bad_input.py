"""Campaigns and arguments that experiments refuse, with the whole message."""

from contextlib import contextmanager

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk


@contextmanager
def refused(message, kind=kk.DataError):
    """An error with this law and, after the bar, this hint; white space is as wide as one likes."""
    with pytest.raises(kind) as caught:
        yield
    assert str(caught.value).split() == ["Hint:" if word == "|" else word for word in message.split()]


CAMPAIGNS = {
    "no rows": (
        lambda campaign: campaign.head(0),
        {},
        "Experiment.fit needs customers, and the frame is empty. | pass a row per customer.",
    ),
    "a column that is not there": (
        lambda campaign: campaign[["arm", "spend"]],
        {"by": "channel"},
        "Experiment.fit needs columns that are not there: ['channel']. | the DataFrame has ['arm', 'spend'].",
    ),
    "one arm": (
        lambda campaign: campaign[campaign["arm"] == "none"],
        {},
        """Experiment.fit compares arms, and all 402 customers have 'none' in `arm`. | keep the customers of all
        arms in the frame, those without treatment too.""",
    ),
    "no control": (
        lambda campaign: campaign[campaign["arm"] != "none"],
        {},
        """Experiment.fit needs customers of the control 'none', and `arm` holds ['call', 'mail']. | write
        control='call', if that is the arm without treatment.""",
    ),
    "a control in other words": (
        lambda campaign: campaign,
        {"control": "Mails"},
        """Experiment.fit needs customers of the control 'Mails', and `arm` holds ['call', 'mail', 'none']. | write
        control='mail', if that is the arm without treatment.""",
    ),
    "arms in two writings": (
        lambda campaign: campaign.assign(
            arm=campaign["arm"].where(campaign["customer_id"] % 2 == 0, campaign["arm"] + " ")
        ),
        {},
        """Experiment.fit: arms of `arm` differ by spaces or capitals alone: ['call', 'call ', 'mail', 'mail ', 'none']
        and 1 more values. | write one arm in one way: campaign['arm'].str.strip().str.lower().""",
    ),
    "an amount for the arm": (
        lambda campaign: campaign.assign(before=campaign["before"].round()),
        {"treatment": "before", "control": 0.0},
        """Experiment.fit takes at most 50 arms, and `before` holds 119 different values. | name the column that
        says what each customer got.""",
    ),
    "treatment missing": (
        lambda campaign: campaign.assign(arm=campaign["arm"].where(campaign["customer_id"] != 1)),
        {},
        """Experiment.fit needs a value in `arm` on every row: broken by 1 of 1,200 rows. row customer_id arm 1 1
        missing | say what each customer got; for no treatment that is 'none'.""",
    ),
    "labels of two kinds": (
        lambda campaign: campaign.assign(arm=[1, *campaign["arm"][1:]]),
        {"control": "call"},
        """Experiment.fit needs labels of one kind in `arm`: text, numbers or truth values: broken by 1 of 1,200
        rows. row customer_id arm 0 0 1 | make them text: frame['arm'].astype(str) in pandas, .cast(pl.String)
        in polars.""",
    ),
    "outcome missing": (
        lambda campaign: campaign.assign(spend=campaign["spend"].where(campaign["customer_id"] > 0)),
        {},
        """Experiment.fit needs an outcome in `spend` on every row: broken by 1 of 1,200 rows. row customer_id
        spend 0 0 missing | write 0 for customers who bought nothing: without them, buyers alone would be
        compared.""",
    ),
    "revenue below 0": (
        lambda campaign: campaign.assign(spend=np.where(campaign["customer_id"] == 2, -4.0, campaign["spend"])),
        {},
        """Experiment.fit needs amounts of at least 0 in `spend`: broken by 1 of 1,200 rows. row customer_id spend
        2 2 -4 | of net amounts that may be below 0 state the profit: outcome_is="profit".""",
    ),
    "a response of 2": (
        lambda campaign: campaign.assign(bought=np.where(campaign["customer_id"] == 2, 2, campaign["bought"])),
        {"outcome": "bought", "outcome_is": "response"},
        """Experiment.fit needs 0 or 1 in `bought`: broken by 1 of 1,200 rows. row customer_id bought 2 2 2 | make
        it 1 where there was a response: (frame["visits"] > 0).astype(int).""",
    ),
    "a chance of 0": (
        lambda campaign: campaign.assign(chance=np.where(campaign["customer_id"] == 2, 0.0, 0.5)),
        {"probability": "chance"},
        """Experiment.fit needs the chance of the arm that each customer got in `chance`, above 0 and at most 1:
        broken by 1 of 1,200 rows. row customer_id chance 2 2 0 | an arm that a customer cannot get has no row
        there; leave out customers whose arm was never drawn.""",
    ),
    "shares of other arms": (
        lambda campaign: campaign,
        {"probability": {"none": 0.5, "mail": 0.5}},
        """`probability` must be the share of each arm that the customers hold, ['none', 'call', 'mail'], got
        {'mail': 0.5, 'none': 0.5}. | write probability={'none': 0.33, ...}, or leave it out.""",
    ),
    "a customer twice": (
        lambda campaign: pd.concat([campaign, campaign.head(1)]),
        {},
        """Experiment.fit needs one row per customer in `customer_id`: broken by 2 of 1,201 rows. row customer_id 0
        0 1200 0 | keep one row of each customer, with its id.""",
    ),
    "a group without an arm": (
        lambda campaign: campaign[(campaign["group"] != "g0") | (campaign["arm"] != "mail")],
        {"by": "group"},
        """Experiment.fit needs at least 2 customers of each arm in each group: 'mail' has 0 where group='g0'. |
        put rare groups together, or leave a column out of `by`.""",
    ),
    "an arm of one customer": (
        lambda campaign: campaign[(campaign["arm"] != "mail") | (campaign["customer_id"] == MAILED)],
        {},
        "Experiment.fit needs at least 2 customers of each arm in each group: 'mail' has 1. | leave this arm out.",
    ),
    "a number as group": (
        lambda campaign: campaign,
        {"by": "before"},
        """Experiment.fit takes at most 200 groups, and before makes 926 of 1,200 customers. | cut numbers first:
        pd.qcut(column, 5, labels=False, duplicates="drop") in pandas, .qcut(5) in polars.""",
    ),
    "a group missing": (
        lambda campaign: campaign.assign(group=campaign["group"].where(campaign["customer_id"] != 1)),
        {"by": "group"},
        """Experiment.fit needs a value in `group` on every row: broken by 1 of 1,200 rows. row customer_id group 1
        1 missing | make them a group of their own: frame["group"].fillna("unknown") in pandas, .fill_null(...)
        in polars.""",
    ),
    "before missing": (
        lambda campaign: campaign.assign(before=campaign["before"].where(campaign["customer_id"] != 1)),
        {"before": "before"},
        """Experiment.fit needs a number in `before` on every row: broken by 1 of 1,200 rows. row customer_id
        before 1 1 missing | write 0 for customers who bought nothing then.""",
    ),
}
MAILED = 1
"""A customer of `make_campaign()` who got the mail."""


@pytest.mark.parametrize(("change", "fields", "message"), CAMPAIGNS.values(), ids=CAMPAIGNS)
def test_campaigns_that_are_refused(campaign, spec, change, fields, message):
    with refused(message):
        spec(**fields).fit(change(campaign))


@pytest.mark.parametrize(
    "make",
    [lambda campaign: pl.DataFrame(campaign.to_dict("list")), lambda campaign: campaign],
    ids=["polars", "pandas"],
)
def test_missing_values_are_refused_in_both_libraries(campaign, spec, make):
    gap = make(campaign.assign(spend=campaign["spend"].astype(object).where(campaign["customer_id"] > 0, None)))
    with pytest.raises(kk.DataError, match="needs an outcome in `spend` on every row"):
        spec().fit(gap)


LOGGED = """. Customers were chosen, and what chose them also moves the outcome: a logged campaign is no experiment. |
    give the chance of the arm that each customer got, probability="propensity" (a column), where it was drawn
    with known chances; else draw the arms of the next campaign at random, and keep everyone who was drawn."""


def without(campaign, rows):
    """The campaign without every second of some rows."""
    lost = campaign.index[rows][::2]
    return campaign.drop(index=lost)


def test_an_arm_that_lost_customers_of_a_group(campaign, spec):
    lossy = without(campaign, (campaign["arm"] == "mail") & (campaign["group"] == "g1"))
    with refused(
        """the arms of this campaign were not drawn as stated: 'mail' is 20% of the customers in one and 33% in
        another of the groups of group; chance does that once in 2,482 times"""
        + LOGGED
    ):
        spec(by="group").fit(lossy)
    spec().fit(lossy)


def test_an_arm_of_better_customers(campaign, spec):
    better = without(campaign, (campaign["arm"] == "mail") & (campaign["before"] < 10))
    with refused(
        """the arms of this campaign were not drawn as stated: the mean of `before` is 19.2 (none) and 19.34 (call)
        and 27.13 (mail); chance does that once in 85,463 times"""
        + LOGGED
    ):
        spec(before="before").fit(better)


def test_an_arm_of_other_words(campaign, spec):
    with pytest.raises(kk.DataError, match="the arms have other shares of the values of `city`; chance does that less"):
        spec(balance="city").fit(campaign.assign(city=np.where(campaign["arm"] == "mail", "Malmö", "Lund")))


def test_a_sample_ratio_that_was_not_intended(campaign, spec):
    lossy = without(campaign, campaign["arm"] == "mail")
    with refused(
        """the arms of this campaign were not drawn as stated: the arms have 402 (none) and 399 (call) and 199
        (mail) customers, and were to have 333 and 333 and 333; chance does that less than once in a billion
        times. | look for customers lost after the draw, as bounced mails, or customers kept only where they
        opened: keep everyone who was drawn, in the arm that was drawn."""
    ):
        spec(probability=dict.fromkeys(("none", "mail", "call"), 1 / 3)).fit(lossy)


def test_propensities_of_another_arm(spec):
    """The chance of the mail on all rows, in place of the chance of the arm that each got."""
    rng = np.random.default_rng(1)
    chance = rng.choice([0.2, 0.8], 2_000)
    mailed = rng.random(2_000) < chance
    frame = pd.DataFrame({"arm": np.where(mailed, "mail", "none"), "spend": 1.0, "chance": chance})
    with pytest.raises(kk.DataError) as caught:
        spec(probability="chance").fit(frame)
    law, hint = str(caught.value).split("\n\nHint: ")
    assert law.startswith("the arms of this campaign were not drawn as stated: one over `chance` adds up to ")
    assert hint == "the column holds the chance of the arm that the customer got, not of another arm or of treatment."
    spec(probability="chance").fit(frame.assign(chance=np.where(mailed, chance, 1 - chance)))


SHARES = """`probability` must be the intended share of each arm, which sum to 1, or the name of a column, got {} |
    write probability={{"No E-Mail": 0.5, "Mens E-Mail": 0.5}}, or the name of the column with the chance of the
    arm that each customer got."""
SPECS = {
    "outcome_is": (
        {"outcome_is": "clicks"},
        "`outcome_is` must be one of 'revenue', 'profit', 'response', got 'clicks'. | write outcome_is='revenue'.",
    ),
    "control": ({"control": None}, "`control` must be the value of one arm, got None. | write control='No E-Mail'."),
    "a column twice": (
        {"by": "spend"},
        """the columns of an experiment have one part each, and ['spend'] have two. | what was measured in the
        experiment can be no group of it.""",
    ),
    "shares that sum to .9": (
        {"probability": {"none": 0.5, "mail": 0.4}},
        SHARES.format("{'mail': 0.4, 'none': 0.5}."),
    ),
    "a share of 1": ({"probability": {"none": 0.0, "mail": 1.0}}, SHARES.format("(('mail', 1.0), ('none', 0.0)).")),
    "a number as chance": ({"probability": 0.5}, SHARES.format("0.5.")),
    "window": (
        {"window": "soon"},
        '`window` must be a span of time: a number above 0, then D, W, M or Y, got \'soon\'. | write "12M" or "90D".',
    ),
}


@pytest.mark.parametrize(("fields", "message"), SPECS.values(), ids=SPECS)
def test_specs_that_are_refused(spec, fields, message):
    with refused(message):
        spec(**fields)


CALLS = {
    "an unknown arm": (
        lambda fitted: fitted.effect("post"),
        "`arm` must be an arm other than the control 'none': 'call', 'mail', got 'post'. | write 'call'.",
    ),
    "the control": (
        lambda fitted: fitted.effect("none"),
        "`arm` must be an arm other than the control 'none': 'call', 'mail', got 'none'. | write 'call'.",
    ),
    "a group that is none": (
        lambda fitted: fitted.effect("mail", group="g9"),
        """`group` must be a value of each of ['group'], with customers in the experiment, got 'g9'. | write
        group={'group': 'g0'}.""",
    ),
    "a quantity that spend is not": (
        lambda fitted: fitted.effect("mail", on="leaving"),
        """`on` must be one of 'spend', 'value', as the outcome is revenue, got 'leaving'. | write on='spend', or
        leave it out.""",
    ),
    "value without a margin": (
        lambda fitted: fitted.effect("mail", on="value"),
        """`margin` must be the share of revenue that is profit, as revenue is no profit; no default would be
        honest, got None. | write margin=0.4.""",
    ),
    "a ratio with a margin": (
        lambda fitted: fitted.effect("mail", margin=0.4),
        """`margin` must be None, as an effect on spend is a ratio, got 0.4. | write on="value", or leave margin
        out.""",
    ),
    "an arm without a cost": (
        lambda fitted: fitted.profits(margin=0.4, cost={"mail": 0.1}),
        """`cost` must be a number for each arm, and ['call'] lack one, got {'mail': 0.1}. | write cost={'mail':
        0.1, ...}, with each arm, or one number for all.""",
    ),
    "a cost of an arm that is none": (
        lambda fitted: fitted.profits(margin=0.4, cost={"mail": 0.1, "call": 2, "post": 1}),
        """`cost` must be a number for each arm of ['none', 'call', 'mail'], and ['post'] are none,
        got {'mail': 0.1, 'call': 2, 'post': 1}. | write cost={'mail': 0.1, ...}, with each arm, or one
        number for all.""",
    ),
    "a margin above 1": (
        lambda fitted: fitted.profits(margin=40, cost=0.1),
        """`margin` must be a number from -1 to 1, got 40. | write margin={'mail': 0.4, ...}, with each arm, or one
        number for all.""",
    ),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=CALLS)
def test_arguments_that_are_refused(campaign, spec, call, message):
    fitted = spec(by="group").fit(campaign)
    with refused(message):
        call(fitted)


def test_a_margin_of_profit(campaign, spec):
    fitted = spec(outcome_is="profit").fit(campaign)
    with refused("`margin` must be None, as the outcome is profit already, got 0.4. | leave margin out."):
        fitted.profits(margin=0.4, cost=0)


def test_an_arm_that_brought_nothing_has_no_ratio(campaign, spec):
    silent = campaign.assign(spend=campaign["spend"].where(campaign["arm"] != "none", 0.0))
    with refused(
        """the effect of 'mail' is a ratio of means, and one of them is not above 0. | state it in money:
        on="value", with a margin of revenue or responses.""",
        kk.CapabilityError,
    ):
        spec().fit(silent).effect("mail")


def test_sums_that_fit_never_makes(campaign, spec):
    stored = spec().fit(campaign).to_dict()
    stored["sums"][0][0] += 1
    with pytest.raises(kk.DataError, match="`sums` must be the same customers in each repeat"):
        kk.FittedExperiment.from_dict(stored)
    stored["sums"][0].pop()
    with pytest.raises(kk.DataError, match="`sums` must be 6 rows of 15 finite numbers for each repeat"):
        kk.FittedExperiment.from_dict(stored)
