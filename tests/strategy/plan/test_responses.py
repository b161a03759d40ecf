"""Priors on how groups respond: assumed effects act to a power, measured ones as they are, and plans say so."""

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

EVERYBODY = kk.Playbook(
    strategies=(kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow"),)
)
START, YEAR = "2027-01-01", kk.Budget(money=1e6, hours=0, period="2027")
LINES = kk.testing.make_transactions(customers=20, seed=1, start="2024-06-01", until="2026-12-31")
SUMMARY = kk.summarize(LINES, as_of="2026-12-31")
SCORER = kk.ValueScorer(
    purchases=kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W"),
    spend=kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)),
    margin=0.4, discount_rate=0.1, horizon="12M",
).fit(SUMMARY)  # fmt: skip


def action(on="purchases", mean=1.2, *, evidence="assumed", cost=0.01):
    low, high = (mean - 0.05, mean + 0.05)
    stated = kk.Effect(on=on, mean=mean, low=low, high=high, evidence=evidence, relative_to="nothing")
    return kk.Action(name="call", objective="grow", lever="service", cost=cost, hours=0, effect=stated)


def planner(*, responses=(("moving", 0.8),)):
    return kk.StrategyPlanner(playbook=EVERYBODY, responses=responses)


def grouped(frame):
    return frame.assign(group=np.resize(["moving", "recurring"], len(frame)))


def planned(call, *, responses=(("moving", 0.8),), increments):
    frame = grouped(SCORER.score(SUMMARY))
    given, own = {"budget": YEAR, "start": START, "actions": [call]}, planner(responses=responses)
    added = own.increments(SCORER, SUMMARY, planned=frame, **given) if increments else None
    return own.plan(frame, **given, increments=added, holdout=0)


@pytest.mark.parametrize("increments", [False, True])
@pytest.mark.parametrize(("on", "mean"), [("purchases", 1.2), ("leaving", 0.7), ("spend", 1.3)])
def test_the_moving_respond_to_the_power(on, mean, increments):
    """Law: on the moving an assumed effect is that of its power, on others as stated; a measured one on everybody."""
    call = action(on, mean)
    weaker = planned(action(on, mean**0.8), responses=(), increments=increments).ledger.gain[:, 0]
    stated = planned(call, responses=(), increments=increments).ledger.gain[:, 0]
    found = planned(call, increments=increments).ledger.gain[:, 0]
    moving = np.arange(len(found)) % 2 == 0
    np.testing.assert_allclose(found, np.where(moving, weaker, stated), rtol=1e-9)
    assert (found[moving] != stated[moving]).all()
    measured = planned(action(on, mean, evidence="A/B test 2026"), increments=increments).ledger.gain[:, 0]
    np.testing.assert_allclose(measured, stated, rtol=1e-12)


@pytest.mark.parametrize("increments", [False, True])
@pytest.mark.parametrize(("on", "mean"), [("purchases", 1.2), ("leaving", 0.7), ("spend", 1.3), ("purchases", 1.0)])
def test_the_ends_are_those_of_the_effect_to_the_power(on, mean, increments):
    """Law: at an end the gain is that of an action whose stated effect is that end to the power."""
    plan = planned(action(on, mean, cost=0.0), increments=increments)
    low, high = (
        planned(action(on, (mean + side * 0.05) ** 0.8), responses=(), increments=increments).ledger.gain[:, 0]
        for side in (-1, 1)
    )
    moving = np.arange(len(low)) % 2 == 0
    if mean == 1 and increments:  # what a linear effect adds is not known from increments of none
        return
    weak, strong = np.sort([low, high], axis=0)
    np.testing.assert_allclose(plan.ledger.low[moving, 0], weak[moving], rtol=1e-9)
    np.testing.assert_allclose(plan.ledger.high[moving, 0], strong[moving], rtol=1e-9)
    treated = moving & plan.ledger.treated
    for end, gain in (("low", low), ("high", high)):
        np.testing.assert_allclose(plan.gain_at(0, end)[treated], gain[treated], rtol=1e-9)


def test_stated_money_is_multiplied():
    frame = grouped(pd.DataFrame({"customer_id": np.arange(4), "clv": 10.0}))
    made = planner().plan(frame, actions=[action("value", 5)], budget=YEAR, start=START, holdout=0)
    assert made.ledger.gain[:, 0].tolist() == [4.0, 5.0, 4.0, 5.0]


def test_the_default_planner_states_the_prior():
    assert kk.StrategyPlanner.default().responses == (("moving", 0.8),)


def test_summary_and_explanation_say_so():
    """The prior with those it concerns, and with a customer who is treated by an assumed effect; no word without."""
    made = planned(action(), increments=False)
    row = made.summary().set_index("item").loc["response of moving"]
    assert (row["value"], row["unit"]) == (0.8, "power")
    treated = int(made.ledger.treated[::2].sum())
    assert row["note"] == (
        "a prior: assumed effects act to this power on 10 customers of the group, of whom "
        f"{treated} were selected for one"
    )
    said = "On the moving group it counts to the power of 0.8: a prior on how they respond, not measured either."
    moving, other = made.customers.ids[0], made.customers.ids[1]
    assert made.ledger.treated[:2].all()
    assert said in made.explain(moving).splitlines()
    assert said not in made.explain(other)
    for silent in (planned(action(), responses=(), increments=False),
                   planned(action(evidence="A/B test 2026"), increments=False)):  # fmt: skip
        assert "response of moving" not in set(silent.summary()["item"])
        assert "a prior" not in silent.explain(moving)
    assert kk.Plan.from_dict(made.to_dict()).explain(moving) == made.explain(moving)


def test_the_break_even_size_of_those_turned_down_counts_the_prior():
    """An effect of the size that is told pays for the cost, of the moving as of others."""
    made = planned(action(cost=1e4), increments=False)
    assert not made.ledger.treated.any()
    for at in (0, 1):
        gain, text = made.ledger.gain[at, 0], made.explain(made.customers.ids[at])
        size = float(text.rsplit("short of an effect of ", 1)[1].split()[0])
        assert gain * (size - 1) / (1.2 - 1) == pytest.approx(1e4, rel=1e-3)


@pytest.mark.filterwarnings("ignore:.*nobody is of such a group:kundkarriar.DataWarning")
def test_a_power_is_read_from_other_planners_too():
    """A group that responds more, and one of which no customer is."""
    more = attrs.evolve(planner(), responses={"recurring": 1.5, "exclusive": 0.5})
    frame = grouped(pd.DataFrame({"customer_id": np.arange(2), "clv": 10.0}))
    made = more.plan(frame, actions=[action()], budget=YEAR, start=START, holdout=0)
    np.testing.assert_allclose(made.ledger.gain[:, 0], [2.0, 10 * (1.2**1.5 - 1)])
    assert "response of exclusive" not in set(made.summary()["item"])
