"""Plans on increments: gains are those of the scorer's process, ranges are exact, and break-even sizes pay exactly."""

import json

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.strategy.increments.effect_sizes import sizes_of

ASSUMED = {"evidence": "assumed", "relative_to": "no contact"}
START = "1997-10-01"
BUDGET = kk.Budget(money=1e5, hours=1e4, period="1997-10/1998-09")
STAYS = kk.Effect(on="leaving", mean=0.8, low=0.7, high=0.95, **ASSUMED)
SPENDS = kk.Effect(on="spend", mean=1.1, low=1.0, high=1.2, **ASSUMED)
EVERYONE = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")


def action(*effects, name="call", **more):
    terms = {"cost": 0.02, "hours": 0.0, "per_year": 1} | more
    return kk.Action(name=name, objective="grow", lever="service", effects=effects, **terms)


CALL, MAIL, BOTH = action(STAYS), action(SPENDS, name="mail"), action(STAYS, SPENDS, name="both")


@pytest.fixture(scope="module")
def summary(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30", period="W").head(60)


@pytest.fixture(scope="module")
def scorer(summary):
    return kk.ValueScorer(
        purchases=kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"),
        spend=kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.0, q=4.0, gamma=15.0)),
        margin=0.3,
        discount_rate=0.1,
        horizon="12M",
    ).fit(summary)


@pytest.fixture(scope="module")
def customers(scorer, summary):
    return scorer.score(summary)


def planner(*actions):
    return kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERYONE,)), actions=actions)


def plan_of(customers, *actions, given, **more):
    return planner(*actions).plan(
        customers, budget=BUDGET, start=START, increments=given, **{"holdout": 0, "seed": 1, **more}
    )


@pytest.fixture(scope="module")
def given(scorer, summary):
    return planner(CALL, MAIL, BOTH).increments(scorer, summary, budget=BUDGET, start=START)


def at_size(scorer, summary, effects, *, treated, until="1998-09-30"):
    days = int((np.datetime64(until) - np.datetime64("1997-09-30")) / np.timedelta64(1, "D"))
    added = scorer.increments(summary, effects=effects, treated=treated, horizon=f"{days}D")
    return added["increment"].to_numpy()


def sized(effect, factor):
    return attrs.evolve(effect, mean=factor, low=factor, high=factor)


def test_gains_are_increments_of_the_contacts_treated_time(scorer, summary, customers):
    """One contact treats for `lasts`; contacts are spread from the start, and so is the scorer's horizon."""
    often = action(STAYS, name="often", per_year=2)
    frame = planner(CALL, often).increments(scorer, summary, budget=BUDGET, start=START)
    plan = plan_of(customers, CALL, often, given=frame)
    assert set(frame["until"]) == {"1998-09-30"}
    once, twice = (("1997-10-01", "1997-12-31"),), (("1997-10-01", "1997-12-31"), ("1998-04-01", "1998-06-30"))
    for at, treated in ((0, once), (1, twice)):
        expected = at_size(scorer, summary, STAYS, treated=treated)
        np.testing.assert_allclose(plan.ledger.gain[:, at], expected, rtol=1e-12)


def test_an_effect_without_end_treats_to_the_end_of_the_horizon(scorer, summary):
    frame = planner(action(attrs.evolve(STAYS, lasts=None))).increments(scorer, summary, budget=BUDGET, start=START)
    expected = at_size(scorer, summary, STAYS, treated=(("1997-10-01", "1998-09-30"),))
    np.testing.assert_allclose(frame["call"], expected, rtol=1e-12)


def test_late_contacts_lengthen_the_horizon_of_all(scorer, summary):
    """Treated time is not cut, and actions are compared over one horizon."""
    late = action(attrs.evolve(STAYS, lasts="9M"), name="late", per_year=2)
    frame = planner(CALL, late).increments(scorer, summary, budget=BUDGET, start=START)
    assert set(frame["until"]) == {"1998-12-31"}
    expected = at_size(scorer, summary, STAYS, treated=(("1997-10-01", "1997-12-31"),), until="1998-12-31")
    np.testing.assert_allclose(frame["call"], expected, rtol=1e-12)


@pytest.mark.parametrize("chosen", [CALL, MAIL, BOTH], ids=lambda each: each.name)
def test_ends_are_exact_and_the_break_even_size_pays_for_the_costs(scorer, summary, customers, given, chosen):
    """At the ends the sum of increments is counted; at the break-even size it is the cost, to half a percent."""
    dear = attrs.evolve(chosen, cost=0.05)
    table = plan_of(customers, dear, given=given).sensitivity().set_index("end")
    treated = plan_of(customers, dear, given=given).assignments()["treated"].to_numpy()
    once = (("1997-10-01", "1997-12-31"),)
    weak = {"low": "high" if len(chosen.effects) > 1 else "low", "high": "low" if len(chosen.effects) > 1 else "high"}
    for end in ("low", "high"):
        at_end = [sized(each, getattr(each, weak[end] if each.on == "leaving" else end)) for each in chosen.effects]
        expected = at_size(scorer, summary, at_end, treated=once)[treated].sum()
        assert table.loc[end, "incremental_value"] == pytest.approx(expected, rel=1e-9)
    pays_from = table["break_even"].iloc[0]
    several = len(chosen.effects) > 1
    sizes = [each.mean**pays_from for each in chosen.effects] if several else [pays_from]
    pays = [sized(each, size) for each, size in zip(chosen.effects, sizes, strict=True)]
    added = at_size(scorer, summary, pays, treated=once)[treated].sum()
    assert added == pytest.approx(table["cost"].iloc[0], rel=5e-3)


def test_an_action_that_pays_for_nobody_says_what_it_would_take(scorer, summary, customers, given):
    """Of its best customer; beyond four times the stated effect it is not known."""
    best = given["call"].max()
    for cost, known in ((best * 1.5, True), (best * 50, False)):
        table = plan_of(customers, attrs.evolve(CALL, cost=cost), given=given).sensitivity()
        assert table["customers"].tolist() == [0, 0, 0]
        assert table["break_even"].notna().all() == known
        if known:
            pays = sized(STAYS, table["break_even"].iloc[0])
            added = at_size(scorer, summary, pays, treated=(("1997-10-01", "1997-12-31"),)).max()
            assert added == pytest.approx(cost, rel=5e-3)


def test_the_explanation_says_what_a_contact_does_and_until_when_it_counts(customers, given):
    plan = plan_of(customers, BOTH, given=given)
    lines = plan.explain(plan.assignments().sort_values("net")["customer_id"].iloc[-1]).splitlines()
    acts = "for 3 months from each contact, relative to no contact."
    assert lines[-7:-3] == [
        f"It multiplies the odds of leaving by 0.8 (0.7 to 0.95) {acts}",
        "That effect is assumed, not measured.",
        f"It multiplies the spend per purchase by 1.1 (1 to 1.2) {acts}",
        "That effect is assumed, not measured.",
    ]
    assert lines[-3].startswith("Expected to add ")
    assert " over the horizon to 1998-09-30, which is " in lines[-3]
    assert lines[-2].startswith("It pays for itself here from its effects to the power of 0.")
    assert "over the horizon to 1998-09-30, against" in plan.summary().set_index("item")["note"]["incremental value"]


def test_without_increments_the_plan_says_that_it_is_an_approximation(customers):
    plan = plan_of(customers, CALL, given=None)
    note = plan.summary().set_index("item")["note"]["incremental value"]
    assert note.endswith("approximated from the scores, as if contacts acted on the whole horizon: call")
    best = plan.assignments().sort_values("net")["customer_id"].iloc[-1]
    assert "That is approximated from the scores, as if a contact acted on the whole horizon." in plan.explain(best)


def test_increments_of_stated_effects_alone_leave_ranges_and_break_even_open(scorer, summary, customers):
    """The frame of `FittedValueScorer.increments` will do; what it does not tell is missing, and said to be."""
    spans = CALL.treated_in(BUDGET, start=START)
    alone = scorer.increments(summary, effects={"call": CALL.effects}, treated=spans)
    plan = plan_of(customers, CALL, given=alone)
    table = plan.sensitivity().set_index("end")
    treated = plan.assignments().query("treated")["customer_id"]
    expected = alone.loc[alone["customer_id"].isin(treated), "call"].sum()
    assert table.loc["mean", "incremental_value"] == pytest.approx(expected)
    assert table["break_even"].isna().all()
    assert table.loc[["low", "high"], "incremental_value"].isna().all()
    summary_lines = plan.summary().set_index("item")
    assert np.isnan(summary_lines.loc["incremental value, low", "value"])
    assert "increments were given for the stated effects only" in summary_lines.loc["incremental value, low", "note"]
    text = plan.explain(treated.iloc[0])
    assert "nan" not in text
    assert "over the horizon of 365 days" in text


def test_a_plan_on_increments_survives_json(customers, given):
    plan = plan_of(customers, CALL, MAIL, BOTH, given=given, holdout=0.2)
    back = kk.Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert back.equals(plan)
    pd.testing.assert_frame_equal(back.sensitivity(), plan.sensitivity())
    assert back.explain(customers["customer_id"][0]) == plan.explain(customers["customer_id"][0])


def test_order_and_more_rows_of_increments_change_nothing(customers, given):
    few = customers.iloc[10:40].reset_index(drop=True)
    one = plan_of(few, CALL, given=given)
    assert one.equals(plan_of(few, CALL, given=given.iloc[::-1]))


def test_linear_effects_are_counted_once():
    """Six columns would say no more: what they add is proportional to m - 1."""
    assert [sizes_of(each) for each in (MAIL, CALL)] == [("mean",), ("mean", "low", "high", "fourfold")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda frame: frame.drop(columns="call"),
            ("StrategyPlanner.plan needs a column of `increments` for each action on the purchase process; that of "
            "'call' is not there."),
        ),
        (
            lambda frame: frame.iloc[1:],
            "StrategyPlanner.plan needs a row of `increments` for each customer: broken by 1 of 60 rows.",
        ),
    ],
)  # fmt: skip
def test_increments_that_lack_something_are_refused(customers, given, change, message):
    with pytest.raises(kk.DataError) as raised:
        plan_of(customers, CALL, given=change(given))
    assert str(raised.value).startswith(message)
    assert str(raised.value).endswith(
        "Hint: planner.increments(fitted_scorer, summary, budget=..., start=...) has one for each action."
    )


@pytest.mark.parametrize("effects", [(STAYS, SPENDS), (attrs.evolve(SPENDS, on="cost"),)], ids=["several", "cost"])
def test_what_scores_do_not_tell_needs_increments(customers, effects):
    with pytest.raises(kk.CapabilityError) as raised:
        plan_of(customers, action(*effects), given=None)
    assert str(raised.value).startswith("the scores do not tell what 'call' adds by its effect on ")
    assert str(raised.value).endswith(
        "Hint: plan(customers, increments=planner.increments(fitted_scorer, summary, ...), ...)."
    )
