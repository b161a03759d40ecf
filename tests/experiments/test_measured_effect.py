"""A measured effect: its numbers by hand, and its use in an action, in the increments of a planner and in a dict."""

import math

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


@pytest.fixture(scope="module")
def fitted(campaign, spec):
    return spec(by="group").fit(campaign)


def test_a_ratio_of_means_by_hand(campaign, fitted):
    """Oracle: the delta method, and se^2(log ratio) = s1^2 / (n1 m1^2) + s0^2 / (n0 m0^2)."""
    mean, variance, n = (campaign.groupby("arm")["spend"].agg(each) for each in ("mean", "var", "count"))
    error = math.sqrt(sum(variance[arm] / n[arm] / mean[arm] ** 2 for arm in ("mail", "none")))
    ratio = mean["mail"] / mean["none"]
    effect = fitted.effect("mail")
    assert (effect.on, effect.evidence, effect.relative_to) == ("spend", "measured", "none")
    assert (effect.window, effect.lasts, effect.level) == ("4W", "4W", 0.9)
    wanted = (ratio, ratio * math.exp(-1.644854 * error), ratio * math.exp(1.644854 * error))
    assert (effect.mean, effect.low, effect.high) == pytest.approx(wanted, rel=1e-6)
    assert not effect.is_assumed


def test_money_per_customer_by_hand(fitted):
    table = fitted.effects()
    all_of_mail = table[(table["arm"] == "mail") & table["group"].isna()].iloc[0]
    effect = fitted.effect("mail", on="value", margin=0.4)
    wanted = 0.4 * all_of_mail[["effect", "low", "high"]].astype(float)
    assert (effect.mean, effect.low, effect.high) == pytest.approx(tuple(wanted), rel=1e-12)
    in_group = table[(table["arm"] == "mail") & (table["group"] == "g1")].iloc[0]
    effect = fitted.effect("mail", group="g1", on="value", margin={"none": 0.4, "mail": 0.4, "call": 0.2})
    wanted = 0.4 * in_group[["shrunk", "low", "high"]].astype(float)
    assert (effect.mean, effect.low, effect.high) == pytest.approx(tuple(wanted), rel=1e-6)


def test_outcomes_are_stated_on_what_they_are(campaign, spec):
    fitted = spec(outcome="bought", outcome_is="response").fit(campaign)
    response = fitted.effect("call", lasts="6W", evidence="A/B 2026")
    assert (response.on, response.lasts, response.window, response.evidence) == ("purchases", "6W", "4W", "A/B 2026")
    assert spec(outcome_is="profit").fit(campaign).effect("call").on == "value"
    without_window = spec(window=None).fit(campaign).effect("call")
    assert (without_window.window, without_window.lasts) == (None, "3M")


def test_a_group_may_be_named_in_every_way(campaign, spec):
    fitted = spec(by=("group", "bought")).fit(campaign)
    named = [{"group": "g0", "bought": 1}, {"bought": 1.0, "group": "g0"}, ("g0", 1), ["g0", "1"]]
    effects = [fitted.effect("mail", group=each, on="value", margin=1) for each in named]
    assert all(each == effects[0] for each in effects)
    assert effects[0] != fitted.effect("mail", group=("g1", 1), on="value", margin=1)


def test_a_group_in_which_nothing_came_gets_the_ratio_of_the_others(campaign, spec):
    """Law: a ratio that is not known is expected to be that of the others; it is less certain."""
    silent = campaign.assign(spend=campaign["spend"].where(campaign["group"] != "g0", 0.0))
    fitted = spec(by="group").fit(silent)
    unknown, known = (fitted.effect("mail", group=each) for each in ("g0", "g1"))
    assert math.log(unknown.high / unknown.low) > math.log(known.high / known.low)
    assert min(fitted.effect("mail", group=each).mean for each in ("g1", "g2")) < unknown.mean < 2


def test_increments_of_a_measured_effect_are_those_of_its_ratio(fitted, cdnow_sample):
    """Law: an action with the effect adds what the same ratio assumed does, whatever its window."""
    summary = kk.summarize(cdnow_sample, as_of="1997-12-31")
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), spend=kk.GammaGamma(), margin=0.3, discount_rate=0.1, horizon="12M")
    scorer = scorer.fit(summary)
    effect = fitted.effect("call")
    assumed = kk.Effect(
        on="spend",
        mean=effect.mean,
        low=effect.low,
        high=effect.high,
        lasts="4W",
        evidence="assumed",
        relative_to="none",
    )
    budget = kk.Budget(money=1_000, hours=10, period="1998-Q1")
    added = []
    for each in (effect, assumed):
        action = kk.Action(name="mail", objective="grow", lever="information", cost=0.1, hours=0, effect=each)
        planner = kk.StrategyPlanner.default(actions=[action])
        added.append(planner.increments(scorer, summary, budget=budget, start="1998-01-01")["mail"].to_numpy())
    assert action.lasts == "4W"
    np.testing.assert_array_equal(*added)
    assert np.nansum(added[0]) > 0


def test_draws_take_a_measured_effect_as_its_ratio(fitted, cdnow_sample):
    """Law: scenarios, equity and discount paths are those of the same ratio assumed, whatever its window."""
    some = cdnow_sample[cdnow_sample["customer_id"] % 6 == 0].reset_index(drop=True)
    summary = kk.summarize(some, as_of="1997-12-10")
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), spend=kk.GammaGamma(), margin=0.3, discount_rate=0.1, horizon="3M")
    history = kk.CustomerLadder.groups().history(some, as_of="1997-12-10")
    micro = kk.Microsimulation(process=scorer.fit(summary), draws=2, seed=1).fit(history)
    measured = fitted.effect("call")
    assumed = attrs.evolve(measured, evidence="assumed", window=None)
    calls = (
        lambda effect: micro.scenario(history, changes=kk.Change(effect=effect)),
        lambda effect: micro.equity(history, changes=kk.Change(effect=effect), arrivals=None, acquisition_cost=0),
        lambda effect: micro.discount_path(history, kk.Discount(share=0.05), effect=effect),
    )
    for call in calls:
        pd.testing.assert_frame_equal(call(measured), call(assumed))
    changed = calls[0](measured).query("part == 'value' and name == 'total'")
    assert (changed["difference"] > 0).all()


def test_effects_come_back_from_their_dict(fitted):
    for effect in (fitted.effect("mail"), fitted.effect("call", group="g2", on="value", margin=0.3)):
        assert kk.Effect.from_dict(effect.to_dict()) == effect


def test_price_arms_give_margin_times_response_by_hand(spec):
    """Oracle: without groups profit is margin x mean - cost, and the best price the largest of them."""
    offered = pd.DataFrame({"price": [9.9, 12.9, 12.9, 9.9] * 100, "bought": [1, 1, 0, 0, 1, 0, 0, 0] * 50})
    prices = spec(treatment="price", control=9.9, outcome="bought", outcome_is="response", window=None).fit(offered)
    assert prices.arms == ("9.9", "12.9")
    table = prices.profits(margin={9.9: 3.9, "12.9": 6.9}, cost={12.9: 0.1, 9.9: 0.05})
    assert table["profit"].tolist() == pytest.approx([3.9 * 0.5 - 0.05, 6.9 * 0.25 - 0.1])
    assert table["best"].tolist() == [True, False]
    assert (table["high"] - table["low"]).tolist() == pytest.approx(
        [2 * 1.644854 * margin * math.sqrt(p * (1 - p) / 199) for margin, p in ((3.9, 0.5), (6.9, 0.25))], rel=1e-6
    )


def test_a_cost_of_the_control_is_its_own(campaign, spec):
    fitted = spec(by="group").fit(campaign)
    plain = fitted.profits(margin=0.4, cost={"mail": 0.1, "call": 2})
    named = fitted.profits(margin=0.4, cost={"none": 0.5, "mail": 0.1, "call": 2})
    difference = plain["profit"] - named["profit"]
    np.testing.assert_allclose(difference, np.where(plain["arm"] == "none", 0.5, 0.0), atol=1e-12)


def test_sentences_say_what_was_found_and_what_could_be(fitted):
    call, mail = fitted.sentences()
    assert call == (
        "call adds 0.679 (-2.04 to 3.4) of spend per customer, relative to none, which may be chance; 399 and 402 "
        "customers mostly show 4.64 or more."
    )
    assert mail.startswith("mail adds -1.6 (-4.08 to 0.889) of spend")


def test_profits_of_groups_are_drawn_towards_the_arm(fitted):
    """Law: they differ less between groups than the measured means do; an arm's customers are all counted."""
    table = fitted.profits(margin=1, cost=0)
    in_groups, measured = table[table["group"].notna()], fitted.effects().dropna(subset="group")
    drawn, means = in_groups.groupby("arm")["profit"].std(), measured.groupby("arm")["mean"].std()
    assert (drawn[["call", "mail"]] < 0.8 * means).all()
    assert in_groups["customers"].sum() == table["customers"].iloc[:3].sum() == fitted.customers
    assert in_groups.groupby("group")["best"].sum().eq(1).all()


def test_prices_stand_in_the_order_of_their_size(spec):
    offered = pd.DataFrame({"price": [9.9, 12.9, 5.0] * 20, "bought": [1, 0, 0, 1] * 15})
    prices = spec(treatment="price", control=9.9, outcome="bought", outcome_is="response", by=()).fit(offered)
    assert prices.arms == ("9.9", "5", "12.9")


def test_evidence_says_where_nothing_was_tested(campaign):
    """Law: what nobody tested is not called simply measured."""
    spec = {"treatment": "arm", "control": "none", "outcome": "spend", "outcome_is": "revenue"}
    tested, untested = (kk.Experiment(**spec, **more).fit(campaign).effect("call") for more in ({"by": "group"}, {}))
    assert tested.evidence == "measured"
    assert untested.evidence == "measured, randomisation not tested"
