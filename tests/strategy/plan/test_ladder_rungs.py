"""Playbooks and actions that name rungs which a ladder does not have."""

import re

import pytest

import kundkarriar as kk
from kundkarriar.strategy.plan.ladder_rungs import check_ladder_rungs

RUNG = kk.column("rung")
METALS = ("none", "bronze", "silver", "gold")
DEFAULT = kk.StrategyPlanner.default().playbook.strategies


def strategy(name, when, **more):
    return kk.Strategy(name=name, when=when, objective="grow", reason="told", **more)


def action(*step):
    return kk.Action(name="letter", objective="grow", lever="information", cost=1, hours=0, step=step)


REST = strategy("rest", ~kk.column("customer_id").is_missing())


@pytest.mark.parametrize("rungs", [kk.CustomerLadder.kundkarriar().names, METALS, ("moving", "exclusive")])
def test_the_default_playbook_is_for_every_ladder(rungs):
    """It names no rungs."""
    check_ladder_rungs(DEFAULT, (), rungs=rungs)


def test_on_a_ladder_without_prospects_a_strategy_matches_nobody():
    """The ladder has the rung that another strategy asks for, which is its highest."""
    text = (
        "strategies that match nobody, because the ladder does not have their rungs: 'new' asks for 'lead' or "
        "'prospect'; its rungs are ['none', 'bronze', 'silver', 'gold']."
    )
    strategies = (strategy("new", RUNG.isin(["lead", "prospect"])), strategy("best", RUNG.equals("gold")), REST)
    with pytest.warns(kk.DataWarning, match=f"^{re.escape(text)}$"):
        check_ladder_rungs(strategies, (), rungs=METALS)


def test_a_rung_misspelt_is_named():
    with pytest.raises(kk.DataError) as error:
        check_ladder_rungs((strategy("best", RUNG.equals("golden")), REST), (), rungs=METALS)
    assert str(error.value) == (
        "the playbook is for another ladder than this one: 'best' asks for 'golden'.\n\n"
        "Hint: its rungs are ['none', 'bronze', 'silver', 'gold']: write planner=kk.StrategyPlanner(playbook="
        'kk.Playbook(strategies=[kk.Strategy(name="highest", when=kk.column("rung").equals(\'gold\'), '
        'objective="retain"), kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), '
        'objective="grow")])) in kk.CustomerCareer(...), for example; the last strategy takes the rest.'
    )


def test_a_playbook_of_several_ladders_says_nothing_where_all_match():
    strategies = (strategy("best", RUNG.isin(["gold", "client"])), strategy("others", ~RUNG.equals("lead")), REST)
    check_ladder_rungs(strategies, (action("bronze", "silver"),), rungs=METALS)
    check_ladder_rungs((strategy("by value", kk.column("abc").equals("A")), REST), (), rungs=METALS)


@pytest.mark.parametrize("of_strategy", [False, True])
@pytest.mark.parametrize(
    ("step", "lacking"),
    [(("bronze", "sliver"), "'sliver'"), (("trial buyer", "repeat buyer"), "'trial buyer' or 'repeat buyer'")],
)
def test_a_step_of_other_rungs_is_refused(step, lacking, of_strategy):
    own = strategy("all", kk.column("clv") >= 0, actions=(action(*step),) if of_strategy else ())
    with pytest.raises(kk.DataError) as error:
        check_ladder_rungs((own, REST), () if of_strategy else (action(*step),), rungs=METALS)
    assert str(error.value) == (
        f"the step of 'letter' names {lacking}, which the ladder does not have.\n\n"
        "Hint: its rungs are ['none', 'bronze', 'silver', 'gold']: write step=('none', 'bronze'), for example."
    )
