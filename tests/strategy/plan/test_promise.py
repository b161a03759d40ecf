"""What a plan promises by the stated effects, beside what is expected after these were selected by their size."""

import re

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import kundkarriar as kk
from kundkarriar.numerics.planning.selection import shrunken_effects

END = 1.6448536269514722


def effect(on="purchases", *, mean, error, evidence="experiment"):
    low, high = (mean + side * END * error if on == "value" else mean * np.exp(side * END * error) for side in (-1, 1))
    return kk.Effect(on=on, mean=mean, low=low, high=high, evidence=evidence, relative_to="nothing")


def action(name, stated, *, cost=1.0, group=None):
    when = None if group is None else kk.column("group").equals(group)
    return kk.Action(name=name, objective="grow", lever="information", cost=cost, hours=0.1, effect=stated, when=when)


def plan_of(*actions, n=40, **budget):
    frame = pd.DataFrame(
        {"customer_id": np.arange(n), "clv": np.linspace(20, 60, n), "group": np.resize(["moving", "recurring"], n)}
    )
    everyone = kk.Strategy(name="all", when=kk.column("clv") >= 0, objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=actions)
    money = kk.Budget(money=1e6, hours=1e6, period="2027", **budget)
    return planner.plan(frame, budget=money, start="2027-01-01", holdout=0)


def two_groups(one=(1.2, 0.05), other=(1.1, 0.05)):
    return plan_of(
        action("letter", effect(mean=one[0], error=one[1]), group="moving"),
        action("card", effect(mean=other[0], error=other[1], evidence="another"), group="recurring"),
    )


def test_the_rows_of_a_promise():
    """The plan, then its actions, each with what it promises; the parts sum to the whole."""
    plan = two_groups()
    rows = plan.promise(seed=1)
    assert list(rows) == [
        "way", "treated", "promised", "expected", "bias", "standard_error", "p_beats_usual", "p_loss", "low", "high",
        "note",
    ]  # fmt: skip
    assert rows["way"].tolist() == ["the plan", "letter", "card"]
    assert rows["promised"][0] == pytest.approx(plan.net.sum())
    for name in ("treated", "promised", "expected", "bias"):
        assert rows[name][0] == pytest.approx(rows[name][1:].sum())
    np.testing.assert_allclose(rows["bias"], rows["promised"] - rows["expected"])
    told = "2 effects shrunk towards none and others on the same quantity"
    assert rows["note"][0] == f"{told}; the error of the value model is not in it"
    assert rows["note"][1].startswith("letter: 1.2 on purchases stated, 1.1")


def test_the_expected_net_is_that_of_the_shrunken_effects():
    """Gains are linear in the logarithm of a factor near what is stated, so by hand: within a hundredth."""
    plan = two_groups()
    strength = shrunken_effects(estimate=np.log([1.2, 1.1]), error=np.array([0.05, 0.05])).mean
    value = plan.customers.numbers["clv"]
    bases = np.array([value[plan.ledger.bundle == at].sum() for at in (0, 1)])
    by_hand = bases @ np.expm1(strength) - plan.cost.sum()
    assert plan.promise()["expected"][0] == pytest.approx(by_hand, rel=0.01)


@given(st.floats(1.05, 1.5), st.floats(0.01, 0.3))
@settings(max_examples=10)
def test_a_single_uncertain_effect_promises_too_much(mean, error):
    """Less is expected than promised, the more so the larger the error; nothing is taken off a known effect."""
    first, more = (plan_of(action("letter", effect(mean=mean, error=e))).promise() for e in (error, 2 * error))
    assert (first["bias"] > 0).all()
    assert more["bias"][0] >= first["bias"][0] * (1 - 1e-9)
    known = plan_of(action("letter", effect(mean=mean, error=0.0))).promise()
    assert known["bias"][0] == pytest.approx(0, abs=1e-9)
    assert known["standard_error"][0] == pytest.approx(0, abs=1e-9)
    assert known["p_beats_usual"][0] == 1


def test_nothing_is_taken_off_effects_that_were_shrunk():
    plan = two_groups()
    rows = plan.promise(shrunk=True)
    np.testing.assert_allclose(rows["expected"], rows["promised"])
    assert rows["standard_error"][0] > 0
    assert rows["note"][0].startswith("the stated effects count as shrunk, and nothing is taken off; ")


def test_the_probabilities_and_the_interval_are_those_of_the_draws():
    """Of one effect with a normal logarithm: net above 0 where the effect is above its break-even."""
    plan = plan_of(action("letter", effect(mean=1.1, error=0.08), cost=2.0))
    rows = plan.promise(draws=20_000, seed=3, shrunk=True)
    value = plan.customers.numbers["clv"][plan.ledger.treated].sum()
    break_even = np.log1p(plan.cost.sum() / value)
    assert rows["p_beats_usual"][0] == pytest.approx(norm.sf(break_even, np.log(1.1), 0.08), abs=0.02)
    assert (rows["p_beats_usual"] + rows["p_loss"]).to_numpy() == pytest.approx(1.0)
    low, high = np.exp(np.log(1.1) + np.array([-END, END]) * 0.08) - 1
    np.testing.assert_allclose(
        rows.loc[0, ["low", "high"]].astype(float), np.array([low, high]) * value - plan.cost.sum(), rtol=0.05
    )
    wider = plan.promise(draws=20_000, seed=3, shrunk=True, level=0.99)
    assert wider["low"][0] < rows["low"][0] < rows["high"][0] < wider["high"][0]


@pytest.mark.parametrize("on", ["purchases", "value"])
def test_where_nothing_is_shrunk_the_draws_are_those_of_the_effect(on):
    """A skewed interval has skewed draws: losses are as likely as by `Effect.drawn`, and the interval is its own."""
    mean, low, high = (1.1, 0.98, 1.6) if on == "purchases" else (5.0, -1.0, 25.0)
    stated = kk.Effect(on=on, mean=mean, low=low, high=high, evidence="experiment", relative_to="nothing")
    cost = 3.0
    plan = plan_of(action("letter", stated, cost=cost))
    row = plan.promise(draws=20_000, seed=3, shrunk=True).iloc[0]
    value = plan.customers.numbers["clv"][plan.ledger.treated] if on == "purchases" else np.ones(40)
    drawn = stated.drawn(20_000, seed=3) - (1.0 if on == "purchases" else 0.0)
    assert plan.ledger.treated.sum() >= 10
    loses = (drawn * value.sum() < cost * len(value)).mean()
    assert row["p_loss"] == pytest.approx(loses, abs=0.02)
    ends = np.array([low, high]) - (1.0 if on == "purchases" else 0.0)
    np.testing.assert_allclose(
        [row["low"], row["high"]], ends * value.sum() - cost * len(value), rtol=0.05, atol=0.02 * value.sum()
    )


def test_actions_with_the_same_effect_share_it():
    """One estimate given to two groups is one estimate: as uncertain as a single action for both."""
    stated = effect(mean=1.2, error=0.1)
    one = plan_of(action("letter", stated)).promise()
    two = plan_of(action("a", stated, group="moving"), action("b", stated, group="recurring")).promise()
    for name in ("promised", "expected", "standard_error", "low", "high"):
        assert two[name][0] == pytest.approx(one[name][0], rel=1e-6)


def test_money_and_leaving_have_their_own_scales():
    """The unit of money does not matter to how much is taken off; fewer who leave are a gain."""
    taken = []
    for unit in (1.0, 10.0):
        plan = plan_of(action("gift", effect("value", mean=5 * unit, error=2 * unit)))
        row = plan.promise().iloc[0]
        taken.append(row["bias"] / (row["promised"] + plan.cost.sum()))
    assert taken[0] == pytest.approx(taken[1])
    assert taken[0] > 0
    frame = pd.DataFrame(
        {
            "customer_id": [1, 2],
            "clv": 50.0,
            "value_at_risk": 40.0,
            "p_leaves": 0.4,
            "p_alive": 1.0,
            "retention_value": 100.0,
        }
    )
    everyone = kk.Strategy(name="all", when=kk.column("clv") >= 0, objective="grow")
    call = action("call", effect("leaving", mean=0.7, error=0.1))
    plan = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=(call,)).plan(
        frame, budget=kk.Budget(money=100, hours=10, period="2027"), start="2027-01-01", holdout=0
    )
    row = plan.promise()
    assert 0 < row["bias"][0] < row["promised"][0]
    assert re.fullmatch(r"call: 0\.7 on leaving stated, 0\.7\d+ expected", row["note"][1])


def test_hours_with_a_price_are_in_the_net():
    plan = plan_of(action("call", effect(mean=1.3, error=0.05)), hour_cost=20.0)
    row = plan.promise(shrunk=True).iloc[0]
    assert row["promised"] == pytest.approx(plan.net.sum())
    assert row["expected"] == pytest.approx(plan.net.sum())


def test_a_plan_that_treats_nobody_promises_nothing():
    rows = plan_of(action("letter", effect(mean=1.1, error=0.1), cost=1e6)).promise()
    assert len(rows) == 1
    for name in ("treated", "promised", "expected", "standard_error", "p_beats_usual", "p_loss", "low", "high"):
        assert rows[name][0] == 0


def test_the_same_seed_gives_the_same_draws_and_a_stored_plan_the_same_promise():
    plan = two_groups()
    pd.testing.assert_frame_equal(plan.promise(seed=4), plan.promise(seed=4))
    assert plan.promise(seed=4)["low"][0] != plan.promise(seed=5)["low"][0]
    again = kk.Plan.from_dict(plan.to_dict())
    pd.testing.assert_frame_equal(again.promise(seed=4), plan.promise(seed=4))
    earlier = attrs.evolve(plan, ledger=attrs.evolve(plan.ledger, low=None, high=None))
    pd.testing.assert_frame_equal(earlier.promise(seed=4), plan.promise(seed=4))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"draws": 0}, "`draws` must be a whole number from 1 to 100,000, got 0.\n\nHint: write draws=200."),
        ({"level": 1.2}, "`level` must be a number above 0 and below 1, got 1.2.\n\nHint: write level=0.9."),
        ({"shrunk": "yes"}, "`shrunk` must be True or False, got 'yes'.\n\nHint: write shrunk=True."),
    ],
)
def test_bad_arguments_are_refused(arguments, text):
    with pytest.raises(kk.DataError, match=f"^{re.escape(text)}$"):
        two_groups().promise(**arguments)


def stop(*others):
    """Marketing stops for certain; purchases fall by some uncertain part."""
    known = kk.Effect(on="marketing", mean=0, low=0, high=0, lasts=None, evidence="assumed", relative_to="mails")
    given = {"objective": "harvest", "lever": "information", "cost": 0, "hours": 0}
    return kk.Action(name="stop", effects=(known, *others), **given)


def plan_by_increments(*actions, increments):
    """A plan on stated increments: by column, what is added as stated, at the weak and at the strong end."""
    frame = pd.DataFrame({"customer_id": np.arange(10), "clv": 50.0})
    sizes = {"": 0, ", low": 1, ", high": 2, ", half": 0, ", fourfold": 2}
    columns = {f"{name}{end}": values[at] for name, values in increments.items() for end, at in sizes.items()}
    given = frame[["customer_id"]].assign(**columns, until="2027-12-31")
    everyone = kk.Strategy(name="all", when=kk.column("clv") >= 0, objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=actions)
    money = kk.Budget(money=1e6, hours=1e6, period="2027")
    return planner.plan(frame, budget=money, start="2027-01-01", increments=given, holdout=0)


def test_an_effect_that_is_known_takes_no_part():
    """Costs that stop for certain are promised and expected alike, and tell nothing about the size of others."""
    row = plan_by_increments(stop(), increments={"stop": (5.0, 5.0, 5.0)}).promise()
    assert row["expected"].tolist() == row["promised"].tolist() == [50.0, 50.0]
    assert row["standard_error"].tolist() == [0.0, 0.0]
    assert row["p_beats_usual"].tolist() == [1.0, 1.0]
    assert row["note"][0].startswith("0 effects shrunk")
    assert row["note"][1] == "stop: 0 on marketing, known"
    letter = action("letter", effect(mean=1.2, error=0.05), group="moving")
    known = action("card", effect(mean=3.0, error=0.0), group="recurring")
    alone, beside = (plan_of(*each).promise().set_index("way").loc["letter"] for each in ([letter], [letter, known]))
    assert beside["expected"] == pytest.approx(alone["expected"])


def test_beside_a_known_effect_the_uncertain_one_is_shrunk():
    """Between the ends of the uncertain effect the gain is interpolated; what the known one adds is not taken off."""
    falls = kk.Effect(on="purchases", mean=0.97, low=0.9, high=1.0, lasts=None, evidence="assumed", relative_to="mails")
    rows = plan_by_increments(stop(falls), increments={"stop": (4.0, 2.0, 5.0)}).promise(draws=2000)
    assert 40 < rows["expected"][0] < 50
    assert 0 < rows["standard_error"][0] < 15
    assert rows["note"][1].startswith("stop: 0 on marketing, known; stop: 0.97 on purchases stated, 0.9")


def test_a_factor_that_may_be_0_has_finite_promises():
    less = kk.Effect(on="marketing", mean=0.2, low=0, high=0.5, lasts=None, evidence="assumed", relative_to="mails")
    fewer = kk.Action(name="fewer", objective="harvest", lever="information", cost=0, hours=0, effect=less)
    rows = plan_by_increments(fewer, increments={"fewer": (4.0, 2.5, 5.0)}).promise()
    assert np.isfinite(rows[["expected", "standard_error", "low", "high"]].astype(float).to_numpy()).all()
    assert 0 < rows["expected"][0] < rows["promised"][0]


def test_effects_on_other_quantities_tell_nothing():
    """Law: a strong effect on spend or on value does not make an effect on purchases larger."""
    letter = action("letter", effect(mean=1.1, error=0.05), group="moving")
    notes = []
    for size in (0.2, 2.0):
        gift = action("gift", effect("value", mean=5 * size, error=1), group="recurring")
        spends = action("card", effect("spend", mean=1 + size, error=0.05), group="recurring")
        notes += [
            plan_of(letter, other).promise(draws=2).set_index("way")["note"]["letter"] for other in (gift, spends)
        ]
    assert len(set(notes)) == 1
