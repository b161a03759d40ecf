"""Arms that few customers got, or in which nobody had an outcome: no certainty where nothing shows it."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import kundkarriar as kk
from kundkarriar.numerics.experiments.arm_sums import fold_sums
from kundkarriar.numerics.experiments.cross_fit import SURE, value_of_differing
from kundkarriar.numerics.experiments.policy_value import cubed_residuals, outcome_sums, policy_values

NOBODY = pd.DataFrame({"arm": ["none", "mail"] * 20, "bought": 0, "spend": 0.0, "group": ["a", "a", "b", "b"] * 10})
CHANCE = np.array([0.05, 0.3, 0.6, 0.9])


def responses(spec, **changes):
    return spec(outcome="bought", outcome_is="response", **changes).fit(NOBODY)


def thin(rng, n, *, spread):
    """Rare skewed spend that no arm changes, in groups whose chances of the arm are from .05 to .9."""
    group = rng.integers(0, 4, n)
    arm = (rng.random(n) < CHANCE[group]).astype(int)
    spend = np.where(rng.random(n) < 0.05, rng.lognormal(3.0, spread, n), 0.0)
    weight = 1 / np.where(arm == 1, CHANCE[group], 1 - CHANCE[group])
    return {"outcome": spend, "arm": arm, "group": group, "weight": weight, "arms": 2, "groups": 4}


def test_without_any_response_intervals_are_those_with_one_of_each_added(spec):
    """Law: of 20 customers without a response, p = 1 / 22 and a variance of p (1 - p) / 21; two arms double it."""
    table = responses(spec).effects().iloc[0]
    error = np.sqrt(2 * (1 / 22) * (21 / 22) / 21)
    assert table["effect"] == 0
    assert table["std_error"] == pytest.approx(error, rel=1e-9)
    assert (table["low"], table["high"]) == pytest.approx((-ndtri(0.95) * error, ndtri(0.95) * error))
    effect = responses(spec, by="group").effect("mail", on="value", margin=10)
    assert effect.high == -effect.low == pytest.approx(10 * ndtri(0.95) * error)


def test_one_response_leaves_the_usual_error(spec):
    """Law: only arms whose customers are all alike get the added rows."""
    one = NOBODY.assign(bought=[1, 1] + [0] * 38)
    table = spec(outcome="bought", outcome_is="response").fit(one).effects().iloc[0]
    assert table["std_error"] == pytest.approx(np.sqrt(2 * 0.05 * 0.95 / 19))


def test_amounts_that_are_all_the_same_have_no_interval(spec):
    """Law: nothing tells how spend scatters that nobody showed: missing, and said why, instead of 0 to 0."""
    fitted = spec(by="group").fit(NOBODY)
    assert fitted.effects()[["std_error", "low", "high"]].isna().all().all()
    assert fitted.profits(margin=0.4, cost=0.1)[["low", "high"]].isna().all().all()
    assert fitted.profits(margin=0.4, cost=0.1)["profit"].tolist() == pytest.approx([0, -0.1] * 3)
    assert "all customers of an arm have the same outcome" in fitted.sentences()[0]
    with pytest.raises(kk.CapabilityError, match="has no interval: how sure that is cannot be told"):
        fitted.effect("mail", on="value", margin=0.4)


@pytest.mark.parametrize("outcome_is", ["response", "revenue"])
def test_arms_without_an_outcome_fail_a_check(spec, outcome_is):
    checks = spec(outcome="bought", outcome_is=outcome_is).fit(NOBODY).checks().set_index("check")
    assert not checks.loc["scatter of mail", "passed"]
    assert checks.loc["scatter of mail", "message"] == (
        "all 20 customers of 'mail' have 0 in `bought`: how much it scatters is not shown"
    )
    assert not checks.loc["visible effect of mail", "passed"]


def test_the_value_of_ways_without_an_outcome_has_no_interval(spec):
    policy = responses(spec).policy(margin=10, cost=0.1)
    with pytest.warns(kk.DataWarning, match=r"'policy' on 0 \(of 20 customers\) and 'none' on 0"):
        table = policy.value(NOBODY)
    assert table["value"].notna().all()
    assert table[["low", "high", "ipw_low", "ipw_high"]].isna().all().all()
    assert table["difference_low"].isna().tolist() == [False, False, True]


def test_an_effect_whose_interval_excludes_0_passes(spec):
    """Law: a check fails where chance explains the effect, also if the effect is below what is mostly seen."""
    rng = np.random.default_rng(1)
    arm = np.tile([0, 1], 500)
    noise = rng.normal(size=1000)
    noise -= np.where(arm == 1, noise[arm == 1].mean(), noise[arm == 0].mean())
    for added, passes in ((0.12, True), (0.09, False)):
        rows = pd.DataFrame({"arm": np.array(["none", "mail"])[arm], "spend": 10 + noise + added * arm})
        check = spec().fit(rows).checks().set_index("check").loc["visible effect of mail"]
        assert check["value"] < check["limit"]
        assert check["passed"] == passes


def test_a_span_that_nobody_stated_is_said(spec, campaign):
    assert "window" not in spec().fit(campaign).checks()["check"].tolist()
    check = spec(window=None).fit(campaign).checks().set_index("check").loc["window"]
    assert not check["informative"]
    assert "treats for 3 months from each contact" in check["message"]
    assert spec(window=None).fit(campaign).effect("mail").lasts == "3M"


def test_numbers_that_are_written_alike_are_one_group(spec, campaign):
    twice = campaign.assign(share=np.where(campaign["customer_id"] % 2 == 0, 0.3, 0.1 + 0.2))
    assert spec(by="share").fit(twice).groups == (("0.3",),)


def test_thin_arms_make_no_false_plans():
    """Law: where an arm is rare its few amounts look surely low; that is no reason to treat groups differently."""
    false = 0
    for seed in range(500, 560):
        rng = np.random.default_rng(seed)
        group = rng.integers(0, 2, 6_000)
        chance = np.where(group == 0, 0.1, 0.9)
        arm = (rng.random(6_000) < chance).astype(int)
        spend = np.where(rng.random(6_000) < 0.05, rng.lognormal(4, 1.5, 6_000), 0.0) * (1 + group / 2)
        weight = 1 / np.where(arm == 1, chance, 1 - chance)
        sums = fold_sums(outcome=spend, arm=arm, group=group, weight=weight, arms=2, groups=2, repeats=4)
        priced = sums.priced(margin=np.full(2, 0.4), cost=np.array([0.0, 0.1]))
        false += value_of_differing(priced).t > SURE
    assert false <= 1


def test_intervals_of_ways_on_thin_arms_hold_the_truth():
    """Law: 86 to 97 of 100 90 % intervals of a value hold it, though its arms have chances down to .05."""
    ways = np.array([[1, 0, 1, 0], [1, 1, 1, 1]])
    truth, held = 0.05 * np.exp(3.0 + 0.8**2 / 2), np.zeros(2)
    for seed in range(200):
        rows = thin(np.random.default_rng(seed), 4_000, spread=0.8)
        told = {"cubes": cubed_residuals(**rows), "outcomes": outcome_sums(**rows)}
        low, high = policy_values(fold_sums(**rows), **told, ways=ways, against=ways[1]).doubly_robust.bounds(0.9)
        held += (low <= truth) & (truth <= high)
    assert (held / 200 >= 0.86).all(), held / 200
    assert (held / 200 <= 0.97).all(), held / 200
