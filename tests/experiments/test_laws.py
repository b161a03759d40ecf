"""Laws of experiments: what the numbers do when rows, names of arms, the outcome or its unit change."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

FEW = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 99)  # of no more: in one of a thousand chance alone breaks the balance
AMOUNTS = ["effect", "std_error", "shrunk", "low", "high", "mean", "control_mean", "smallest_visible"]


@FEW
@given(seed=seeds)
def test_row_order_changes_nothing(make_campaign, spec, seed):
    """Law: to the last digit, also of the sums in which policies are learnt."""
    campaign = make_campaign(300, seed=seed)
    experiment = spec(by="group", before="before")
    assert experiment.fit(campaign) == experiment.fit(campaign.sample(frac=1, random_state=seed))


@FEW
@given(seed=seeds)
def test_new_names_of_arms_rename_the_effects(make_campaign, spec, seed):
    """Law: effects follow the arms, whatever these are called; the folds do too."""
    campaign, experiment = make_campaign(300, seed=seed), spec(by="group")
    fitted = experiment.fit(campaign)
    new = {"none": "none", "mail": "a call", "call": "the mail"}
    renamed = experiment.fit(campaign.assign(arm=campaign["arm"].map(new)))
    table, other = fitted.effects(), renamed.effects()
    for arm, name in new.items():
        if arm != "none":
            mine, theirs = (
                each[each["arm"] == called][AMOUNTS].to_numpy() for each, called in ((table, arm), (other, name))
            )
            np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    order = [fitted.arms.index(arm) for arm in ("none", "mail", "call")]
    named = [renamed.arms.index(new[arm]) for arm in ("none", "mail", "call")]
    np.testing.assert_array_equal(fitted.fold_sums.rows[..., order], renamed.fold_sums.rows[..., named])


@FEW
@given(seed=seeds, factor=st.floats(0.01, 100.0))
def test_another_currency_scales_the_effects(make_campaign, spec, seed, factor):
    """Law: amounts of money scale, and a ratio of means does not."""
    campaign, experiment = make_campaign(300, seed=seed), spec(by="group", before="before")
    fitted = experiment.fit(campaign)
    other = experiment.fit(campaign.assign(spend=campaign["spend"] * factor, before=campaign["before"] * factor))
    np.testing.assert_allclose(
        other.effects()[AMOUNTS].to_numpy(),
        fitted.effects()[AMOUNTS].to_numpy() * factor,
        rtol=1e-7,
        atol=1e-9 * factor,
    )
    for group in (None, "g0"):
        mine, theirs = (each.effect("mail", group=group) for each in (fitted, other))
        assert (mine.mean, mine.low, mine.high) == pytest.approx((theirs.mean, theirs.low, theirs.high), rel=1e-7)


@FEW
@given(seed=seeds)
def test_one_group_is_the_difference_of_means(make_campaign, spec, seed):
    """Law: without groups, and with one group of all, effects are differences of means with their usual error."""
    campaign = make_campaign(200, seed=seed).assign(one="all")
    alone = spec().fit(campaign).effects().set_index("arm")
    both = spec(by="one").fit(campaign).effects()
    mean, variance, n = (campaign.groupby("arm")["spend"].agg(each) for each in ("mean", "var", "count"))
    for arm in ("mail", "call"):
        error = np.sqrt(variance[arm] / n[arm] + variance["none"] / n["none"])
        wanted = (mean[arm] - mean["none"], error)
        assert tuple(alone.loc[arm, ["effect", "std_error"]]) == pytest.approx(wanted, rel=1e-9)
        assert alone.loc[arm, "smallest_visible"] == pytest.approx(2.8016 * error, rel=1e-4)
        in_group = both[(both["arm"] == arm) & (both["one"] == "all")].iloc[0]
        assert in_group["shrunk"] == pytest.approx(wanted[0], rel=1e-9)
        assert in_group["std_error"] == pytest.approx(wanted[1], rel=0.02)


@FEW
@given(seed=seeds)
def test_customers_twice_as_many_halve_the_variance(make_campaign, spec, seed):
    """Law: a campaign repeated by others of the same spend has the same effects, with errors 2^-1/2 as large."""
    campaign = make_campaign(300, seed=seed).drop(columns="customer_id")
    once, twice = (spec(by="group").fit(pd.concat([campaign] * times)).effects() for times in (1, 2))
    np.testing.assert_allclose(once["effect"], twice["effect"], rtol=1e-9)
    np.testing.assert_allclose(once["std_error"] / twice["std_error"], np.sqrt(2), rtol=0.02)


@FEW
@given(seed=seeds)
def test_equal_propensities_weigh_nothing(make_campaign, spec, seed):
    """Law: chances that are the same for all, as shares or as a column, give what no chances give."""
    campaign = make_campaign(600, seed=seed, arms=("none", "mail"), lift=(0.0, 2.0)).assign(chance=0.5)
    usual = spec(by="group").fit(campaign).effects()
    for probability in ({"none": 0.5, "mail": 0.5}, "chance"):
        stated = spec(by="group", probability=probability).fit(campaign).effects()
        pd.testing.assert_frame_equal(stated, usual, rtol=1e-9)


def test_propensities_mend_a_selection(spec):
    """Law: a mail to good customers mostly, without effect, shows none where its chances are known."""
    rng = np.random.default_rng(1)
    good = rng.random(20_000) < 0.5
    chance = np.where(good, 0.8, 0.2)
    mailed = rng.random(20_000) < chance
    campaign = pd.DataFrame({"arm": np.where(mailed, "mail", "none"), "good": good})
    campaign["spend"] = rng.gamma(1.0, np.where(good, 30.0, 10.0))
    campaign["chance"] = np.where(mailed, chance, 1 - chance)
    found = spec(by="good", probability="chance").fit(campaign).effects().iloc[0]
    assert abs(found["effect"]) < 3 * found["std_error"]
    assert campaign.groupby("arm")["spend"].mean().diff().abs().iloc[-1] > 10 * found["std_error"]


def test_the_outcome_before_makes_effects_surer_and_shifts_nothing(make_campaign, spec):
    """Law: CUPED leaves the expectation, and takes rho^2 off the variance, as many fewer customers are needed."""
    plain, cuped = [], []
    for seed in range(40):
        campaign = make_campaign(400, seed=seed, arms=("none", "mail"), lift=(0.0, 0.0), groups=1)
        campaign["spend"] = campaign["before"] + campaign["spend"] + 10.0 * (campaign["arm"] == "mail")
        plain.append(spec().fit(campaign).effects().iloc[0])
        fitted = spec(before="before").fit(campaign)
        cuped.append(fitted.effects().iloc[0])
        kept = (cuped[-1]["std_error"] / plain[-1]["std_error"]) ** 2
        assert kept == pytest.approx(1 - fitted.rho**2, rel=0.1)
    for rows in (plain, cuped):
        found = np.array([row["effect"] for row in rows])
        assert found.mean() == pytest.approx(10.0, abs=3 * found.std() / np.sqrt(40))
        assert found.std() == pytest.approx(np.mean([row["std_error"] for row in rows]), rel=0.3)
    assert cuped[0]["std_error"] < 0.8 * plain[0]["std_error"]


def test_an_outcome_before_that_tells_nothing_is_not_used(spec, campaign):
    """Law: what helps by chance alone changes no number."""
    noise = campaign.assign(before=np.random.default_rng(3).random(len(campaign)))
    fitted = spec(before="before").fit(noise)
    assert fitted.theta == 0
    pd.testing.assert_frame_equal(fitted.effects(), spec().fit(noise).effects())
    assert fitted.checks().set_index("check").loc["outcome before", "message"].endswith(": too little to be taken out")


def test_shrunken_intervals_cover_the_effects_of_groups(spec):
    """Law: of effects that scatter over twelve groups, intervals of level .9 cover nine of ten."""
    covered, closer = [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        group, arm = rng.integers(0, 12, 6_000), rng.integers(0, 2, 6_000)
        effect = rng.normal(2.0, 1.0, 12)
        campaign = pd.DataFrame({"arm": np.array(["none", "mail"])[arm], "group": group})
        campaign["spend"] = rng.gamma(0.5, 20.0, 6_000) + effect[group] * arm + 10.0
        table = spec(by="group").fit(campaign).effects().iloc[1:]
        truth = effect[table["group"].astype(int)]
        covered += table["low"].le(truth).mul(table["high"].ge(truth)).tolist()
        closer.append(np.square(table["shrunk"] - truth).mean() < np.square(table["effect"] - truth).mean())
    assert 0.84 < np.mean(covered) < 0.97
    assert np.mean(closer) > 0.8


def test_frames_of_all_kinds_give_the_same(spec, campaign):
    """Law: pandas of numpy, of nullable and of pyarrow columns, categories, and polars."""
    experiment = spec(by=("group", "bought"), before="before")
    wanted = experiment.fit(campaign)
    kinds = [
        campaign.convert_dtypes(),
        campaign.convert_dtypes(dtype_backend="pyarrow"),
        campaign.astype({"arm": "category", "group": "category"}),
        pl.DataFrame(campaign.to_dict("list")),
        campaign.assign(bought=campaign["bought"].astype(float)).set_index("customer_id"),
    ]
    assert all(experiment.fit(each) == wanted for each in kinds)


def test_what_is_stored_comes_back(spec, campaign):
    fitted = spec(by="group", before="before", probability=dict.fromkeys(("none", "mail", "call"), 1 / 3)).fit(campaign)
    assert kk.FittedExperiment.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
