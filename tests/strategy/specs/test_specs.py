"""Actions, effects, budgets, strategies and playbooks: what they refuse, in whole messages, and how they are stored."""

import json
import math
from contextlib import contextmanager

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

EFFECT = {"on": "value", "mean": 1, "low": 0, "high": 2, "evidence": "assumed", "relative_to": "no mail"}
ACTION = {"name": "mail", "objective": "grow", "lever": "information", "cost": 1, "hours": 0}
STRATEGY = {"name": "all", "when": kk.column("clv") >= 0, "objective": "grow"}


@contextmanager
def refused(message):
    """A DataError with this law and, after the bar, this hint."""
    with pytest.raises(kk.DataError) as caught:
        yield
    assert str(caught.value) == message.replace(" | ", "\n\nHint: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"objective": "please"},
            (
                "`objective` must be one of 'acquire', 'activate', 'repeat', 'grow', 'retain', 'appreciate', "
                "'win_back', 'develop', 'harvest', 'refer', 'reprice', got 'please'. | write "
                "objective='acquire'."
            ),
        ),
        (
            {"lever": "magic"},
            (
                "`lever` must be one of 'product', 'price', 'distribution', 'information', 'reputation', "
                "'influence', 'service', got 'magic'. | write lever='product'."
            ),
        ),
        ({"cost": -1}, "`cost` must be a number from 0 to 1e+15, got -1.0. | write cost=1.0."),
        ({"hours": math.inf}, "`hours` must be a number from 0 to 1e+15, got inf. | write hours=1.0."),
        ({"per_year": 0}, "`per_year` must be a whole number from 1 to 10,000, got 0. | write per_year=4."),
        ({"per_year": 1.5}, "`per_year` must be a whole number from 1 to 10,000, got 1.5. | write per_year=4."),
        ({"per_year": "4"}, "`per_year` must be a whole number from 1 to 10,000, got '4'. | write per_year=4."),
        ({"per_year": True}, "`per_year` must be a whole number from 1 to 10,000, got True. | write per_year=4."),
        ({"per_year": None}, "`per_year` must be a whole number from 1 to 10,000, got None. | write per_year=4."),
        ({"per_year": math.nan}, "`per_year` must be a whole number from 1 to 10,000, got nan. | write per_year=4."),
        ({"per_year": math.inf}, "`per_year` must be a whole number from 1 to 10,000, got inf. | write per_year=4."),
        (
            {"benefit": "high"},
            (
                "`benefit` must be kk.Benefit(...), got 'high'. | write benefit=kk.Benefit(value_to_customer=30), or "
                "benefit=30."
            ),
        ),
        ({"cost": ""}, "`cost` must be a number from 0 to 1e+15, got ''. | write cost=1.0."),
        ({"cost": None}, "`cost` must be a number from 0 to 1e+15, got None. | write cost=1.0."),
        ({"hours": [1]}, "`hours` must be a number from 0 to 1e+15, got [1]. | write hours=1.0."),
        (
            {"step": "ab"},
            (
                "`step` must be two different rungs, (from, to), as texts, got 'ab'. | write step=(\"trial "
                'buyer", "repeat buyer").'
            ),
        ),
        (
            {"step": (1, 2)},
            (
                '`step` must be two different rungs, (from, to), as texts, got (1, 2). | write step=("trial '
                'buyer", "repeat buyer").'
            ),
        ),
        (
            {"step": 3},
            (
                '`step` must be two different rungs, (from, to), as texts, got 3. | write step=("trial '
                'buyer", "repeat buyer").'
            ),
        ),
        (
            {"step": ("client", "client")},
            (
                "`step` must be two different rungs, (from, to), as texts, got ('client', 'client'). | write "
                'step=("trial buyer", "repeat buyer").'
            ),
        ),
        ({"effect": "strong"}, "`effect` must be kk.Effect(...), got 'strong'. | write effect=kk.Effect(...)."),
        (
            {"step": ("client",)},
            (
                "`step` must be two different rungs, (from, to), as texts, got ('client',). | write "
                'step=("trial buyer", "repeat buyer").'
            ),
        ),
        (
            {"effect": kk.Effect(**{**EFFECT, "on": "promotion", "low": 0.5})},
            (
                "`step` must be the promotion that 'mail' works on, got None. | write step=(\"trial buyer\", "
                '"repeat buyer").'
            ),
        ),
    ],
)
def test_actions_refuse(change, message):
    with refused(message):
        kk.Action(**{**ACTION, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"money": -1}, "`money` must be a number from 0 to 1e+15, got -1.0. | write money=1.0."),
        ({"money": math.nan}, "`money` must be a number from 0 to 1e+15, got nan. | write money=1.0."),
        ({"hours": math.nan}, "`hours` must be a number from 0 to 1e+15, got nan. | write hours=1.0."),
        (
            {"money": 0, "hours": 0},
            (
                "`money` or `hours` must be above 0: a plan without either has nothing to decide. | write "
                'budget=kk.Budget(money=250_000, hours=400, period="2027").'
            ),
        ),
        ({"reserve": 1}, "`reserve` must be a number of at least 0 and below 1, got 1.0. | write reserve=0.1."),
        ({"reserve": "10%"}, "`reserve` must be a number of at least 0 and below 1, got '10%'. | write reserve=0.1."),
        ({"money": "all"}, "`money` must be a number from 0 to 1e+15, got 'all'. | write money=1.0."),
        ({"hours": None}, "`hours` must be a number from 0 to 1e+15, got None. | write hours=1.0."),
        (
            {"period": "next year"},
            (
                "`period` must be a year, half-year, quarter, month or a span of months, got 'next year'. | "
                'write "2027", "2027-H1", "2027-Q2", "2027-05" or "2027-07/2028-06".'
            ),
        ),
    ],
)
def test_budgets_refuse(change, message):
    with refused(message):
        kk.Budget(**{"money": 10, "hours": 1, "period": "2027", **change})


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2027", "2027-01-01", "2027-12-31"),
        ("2027-H2", "2027-07-01", "2027-12-31"),
        ("2028-Q1", "2028-01-01", "2028-03-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2027-07/2028-06", "2027-07-01", "2028-06-30"),
    ],
)
def test_periods_follow_the_calendar(period, first, last):
    budget = kk.Budget(money=1, hours=0, period=period)
    assert (str(budget.first_day), str(budget.last_day)) == (first, last)


@pytest.mark.parametrize(
    ("per_year", "period", "times"),
    [
        (4, "2027", 4),
        (4, "2027-H1", 2),
        (4, "2027-Q3", 1),
        (1, "2027-Q3", 1),
        (4, "2027-05", 1),
        (12, "2027-05", 1),
        (10, "2027-Q1", 3),
        (11, "2027-Q1", 3),
        (4, "2027-07/2028-12", 6),
    ],
)
def test_a_shorter_period_has_fewer_times(per_year, period, times):
    """A contact every 12 / per_year months from the first day; cost and hours follow."""
    action = kk.Action(**{**ACTION, "cost": 3, "hours": 0.5, "per_year": per_year})
    budget = kk.Budget(money=10, hours=1, period=period)
    assert (action.times_in(budget), action.cost_in(budget), action.hours_in(budget)) == (times, 3 * times, times / 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 5}, "`name` must be a text that says something, got 5. | write name='...'."),
        (
            {"objective": 5},
            (
                "`objective` must be one of 'acquire', 'activate', 'repeat', 'grow', 'retain', 'appreciate', "
                "'win_back', 'develop', 'harvest', 'refer', 'reprice', got 5. | write objective='acquire'."
            ),
        ),
        ({"actions": 5}, "`actions` must be kk.Action objects, got 5. | write actions=[kk.Action(...)]."),
        ({"actions": "mail"}, "`actions` must be kk.Action objects, got 'mail'. | write actions=[kk.Action(...)]."),
        ({"actions": [None]}, "`actions` must be kk.Action objects, got None. | write actions=[kk.Action(...)]."),
        ({"goal": 5}, '`goal` must be a text, got 5. | write goal="...".'),
        ({"metric": None}, '`metric` must be a text, got None. | write metric="...".'),
        ({"owner": 5}, '`owner` must be a text, got 5. | write owner="...".'),
        ({"reason": 5}, '`reason` must be a text, got 5. | write reason="...".'),
    ],
)
def test_strategies_refuse_other_types(change, message):
    with refused(message):
        kk.Strategy(**{**STRATEGY, **change})


@pytest.mark.parametrize("name", ["valid_from", "valid_until"])
def test_strategies_name_the_day_that_is_none(name):
    with pytest.raises(kk.DataError) as caught:
        kk.Strategy(**STRATEGY, **{name: 5})
    assert str(caught.value) == (
        f'`{name}` must be a date, got 5.\n\nHint: write {name}="2026-10-31" (year-month-day).'
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"strategies": ()},
            (
                "`strategies` must be at least one kk.Strategy, each with a name of its own, got []. | rename"
                " one that stands twice."
            ),
        ),
        ({"strategies": 5}, "`strategies` must be kk.Strategy objects, got 5. | write strategies=[kk.Strategy(...)]."),
        (
            {"strategies": "all"},
            "`strategies` must be kk.Strategy objects, got 'all'. | write strategies=[kk.Strategy(...)].",
        ),
        (
            {"strategies": [kk.Strategy(**STRATEGY), None]},
            "`strategies` must be kk.Strategy objects, got None. | write strategies=[kk.Strategy(...)].",
        ),
        ({"decide": "last"}, "`decide` must be one of 'first', got 'last'. | write decide='first'."),
        ({"decide": None}, "`decide` must be one of 'first', got None. | write decide='first'."),
    ],
)
def test_playbooks_refuse(change, message):
    with refused(message):
        kk.Playbook(**{"strategies": (kk.Strategy(**STRATEGY),), **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"playbook": "default"},
            "`playbook` must be kk.Playbook(...), got 'default'. | write playbook=kk.Playbook(...).",
        ),
        ({"actions": 5}, "`actions` must be kk.Action objects, got 5. | write actions=[kk.Action(...)]."),
        ({"actions": "mail"}, "`actions` must be kk.Action objects, got 'mail'. | write actions=[kk.Action(...)]."),
    ],
)
def test_planners_refuse(change, message):
    with refused(message):
        kk.StrategyPlanner(**{"playbook": kk.Playbook(strategies=kk.Strategy(**STRATEGY)), **change})


def test_strategies_refuse_to_end_before_they_begin():
    law = "`valid_until` must be a day from valid_from (2027-06-01) on, got '2027-01-01'."
    with refused(f"{law} | swap them, or leave one out."):
        kk.Strategy(**STRATEGY, valid_from="2027-06-01", valid_until="2027-01-01")


def test_a_period_does_not_run_backwards():
    with pytest.raises(kk.DataError, match="`period` must be a year"):
        kk.Budget(money=1, hours=0, period="2028-06/2027-07")


def test_strategies_need_a_condition():
    hint = 'write kk.column("rung").equals("client"), or kk.condition(...) around a function.'
    with refused(f"`when` must be a condition, got True. | {hint}"):
        kk.Strategy(**{**STRATEGY, "when": True})


def test_playbooks_refuse_two_strategies_of_one_name():
    law = "`strategies` must be at least one kk.Strategy, each with a name of its own, got ['all', 'all']."
    with refused(f"{law} | rename one that stands twice."):
        kk.Playbook(strategies=(kk.Strategy(**STRATEGY), kk.Strategy(**STRATEGY)))


def test_uncovered_customers_are_named():
    playbook = kk.Playbook(strategies=(kk.Strategy(**STRATEGY),))
    with pytest.raises(kk.DataError) as caught:
        playbook.assign(pd.DataFrame({"customer_id": ["a", "b", "c"], "clv": [1.0, -1.0, np.nan]}))
    assert str(caught.value) == (
        "the playbook needs a strategy for every customer: broken by 2 of 3 customers.\n\n"
        "row  customer_id      clv\n  1            b       -1\n  2            c  missing\n\n"
        'Hint: add a last strategy that takes the rest, e.g. kk.Strategy(name="rest", '
        'when=~kk.column("customer_id").is_missing(), objective="harvest").'
    )
    assert caught.value.rows["customer_id"] == ["b", "c"]


def test_the_hint_of_uncovered_customers_works():
    rest = kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="harvest")
    playbook = kk.Playbook(strategies=(kk.Strategy(**STRATEGY), rest))
    frame = pd.DataFrame({"customer_id": ["a", "b"], "clv": [1.0, np.nan]}, index=[7, 3])
    assigned = playbook.assign(frame)
    assert assigned["strategy"].tolist() == ["all", "rest"]
    assert assigned.index.tolist() == [7, 3]
    assert "strategy" not in frame


def test_a_missing_column_names_the_strategy():
    with pytest.raises(kk.DataError) as caught:
        kk.Playbook(strategies=(kk.Strategy(**STRATEGY),)).assign(pd.DataFrame({"customer_id": [1]}))
    assert str(caught.value) == (
        "the strategy 'all' needs columns that are not there: ['clv'].\n\nHint: the DataFrame has ['customer_id']."
    )


LAPSED = kk.Strategy(name="gone", when=kk.column("lapsed").equals(True), objective="win_back", reason="told")
REST = kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="harvest", reason="told")


def test_a_playbook_does_without_the_columns_that_it_says():
    """Unless it says so, a column that is not there is refused, as a misspelt one would be."""
    frame = pd.DataFrame({"customer_id": [1, 2], "rung": "client"})
    lenient = kk.Playbook(strategies=(LAPSED, REST), may_lack="lapsed")
    assert lenient.assign(frame)["strategy"].tolist() == ["rest"] * 2
    assert lenient.assign(frame.assign(lapsed=[True, False]))["strategy"].tolist() == ["gone", "rest"]
    assert kk.Playbook.from_dict(json.loads(json.dumps(lenient.to_dict()))) == lenient
    with pytest.raises(kk.DataError) as caught:
        kk.Playbook(strategies=(LAPSED, REST)).assign(frame)
    assert str(caught.value) == (
        "the strategy 'gone' asks for `lapsed`, and the ladder that gave the rungs has no rule of lapse.\n\n"
        "Hint: kk.CustomerLadder(rungs=..., lapse=kk.Lapse()) adds the column; or nobody is lapsed by "
        'kk.Playbook(strategies=[...], may_lack=["lapsed"]).'
    )
    with pytest.raises(kk.DataError, match="the strategy 'gone' needs columns that are not there"):
        kk.Playbook(strategies=(LAPSED, REST), may_lack=["lasped"]).assign(frame.drop(columns="rung"))


def test_who_is_uncovered_is_named_without_the_columns_that_are_not_there():
    with pytest.raises(kk.DataError, match="broken by 1 of 1 customers") as caught:
        kk.Playbook(strategies=(LAPSED,), may_lack=["lapsed"]).assign(pd.DataFrame({"customer_id": ["a"]}))
    assert dict(caught.value.rows) == {"row": [0], "customer_id": ["a"]}


@pytest.mark.parametrize("given", [5, None, [""], [1], ["lapsed", "lapsed"]])
def test_what_a_playbook_does_without_is_names_of_columns(given):
    with pytest.raises(kk.DataError, match="`may_lack"):
        kk.Playbook(strategies=(REST,), may_lack=given)


def test_the_reason_of_a_strategy_stands_beside_that_of_a_rung():
    frame = pd.DataFrame({"customer_id": [1], "reason": "purchase_days is 4 (at least 2)"})
    assigned = kk.Playbook(strategies=(REST,)).assign(frame)
    assert assigned.loc[0, ["reason", "strategy_reason"]].tolist() == ["purchase_days is 4 (at least 2)", "told"]
    assert kk.Playbook(strategies=(REST,)).assign(assigned).equals(assigned)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_overlaps_count_who_fits_two(kind):
    high = kk.Strategy(name="high", when=kk.column("clv") >= 10, objective="retain")
    playbook = kk.Playbook(strategies=(high, kk.Strategy(**STRATEGY)))
    overlaps = playbook.overlaps(kind({"customer_id": [1, 2, 3], "clv": [5.0, 10.0, 20.0]}))
    assert isinstance(overlaps, kind)
    assert (list(overlaps["strategy"]), list(overlaps["also_fits"]), list(overlaps["customers"])) == (
        ["high"],
        ["all"],
        [2],
    )


def test_a_playbook_reads_as_sentences_and_as_a_table():
    playbook = kk.Playbook(strategies=(kk.Strategy(**STRATEGY, reason="they buy"),))
    assert playbook.sentences() == [
        "1. all: where clv is at least 0, grow (sell more to a customer who buys), because they buy."
    ]
    table = playbook.table()
    assert table.loc[0, ["order", "strategy", "when", "objective", "reason"]].tolist() == [
        1,
        "all",
        "clv is at least 0",
        "grow",
        "they buy",
    ]


def test_everything_survives_json(actions, budget):
    """from_dict(json(to_dict())) is the same spec."""
    playbook = kk.StrategyPlanner.default().playbook
    strategy = kk.Strategy(**STRATEGY, actions=actions, valid_from="2027-01-01")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(strategy,)), actions=actions)
    for spec in (*actions, actions[0].effect, budget, playbook, strategy, planner):
        assert type(spec).from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_another_schema_is_refused(budget):
    with pytest.raises(kk.DataError) as caught:
        kk.Budget.from_dict({**budget.to_dict(), "schema": 9})
    assert str(caught.value) == (
        "a stored budget of schema 1 is needed, got schema 9.\n\n"
        "Hint: read it with the version of kundkarriar that wrote it, or write it again with to_dict()."
    )


@pytest.mark.parametrize(
    ("group", "abc", "p", "objective", "strategy"),
    [
        ("exclusive", "A", 0.9, "appreciate", "invite the exclusive"),
        ("exclusive", "B", 0.9, "appreciate", "invite the exclusive"),
        ("exclusive", "A", 0.3, "grow", "grow"),  # not sure to come back: nothing is asked of them
        ("recurring", "A", 0.9, "grow", "make it a habit"),
        ("recurring", "C", 0.9, "develop", "develop where it pays"),
        ("moving", "B", 0.4, "repeat", "win the second purchase"),
        (None, "B", 0.9, "grow", "grow"),
    ],
)
def test_the_group_steers_the_strategy(group, abc, p, objective, strategy):
    """In one place on the ladder; without a column of groups value and position alone decide."""
    row = {"customer_id": 1, "purchase_days": 5, "rung_position": 0.4, "abc": abc, "lapsed": False, "p_purchase": p}
    frame = pd.DataFrame([row | {"group": group}])
    playbook = kk.StrategyPlanner.default().playbook
    assert playbook.assign(frame)[["objective", "strategy"]].iloc[0].tolist() == [objective, strategy]
    ungrouped = playbook.assign(frame.drop(columns="group"))["strategy"].item()
    assert ungrouped == ("develop where it pays" if abc == "C" else "grow")


LEAVES = kk.Effect(**{**EFFECT, "on": "leaving", "mean": 0.8, "low": 0.7, "high": 0.9})
SPENDS = kk.Effect(**{**EFFECT, "on": "spend", "mean": 1.1, "low": 1.0, "high": 1.2})
LONGER = kk.Effect(**{**EFFECT, "on": "cost", "mean": 0.9, "low": 0.8, "high": 1.0, "lasts": "6M"})
STEP = kk.Effect(**{**EFFECT, "on": "promotion", "mean": 1.1, "low": 1.0, "high": 1.2})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"effects": (LEAVES, LEAVES)},
            "the action 'mail' has several effects on leaving. | state what they do together as one effect.",
        ),
        (
            {"effects": (STEP, SPENDS), "step": ("a", "b")},
            ("the action 'mail' has an effect on promotion, which holds all that the step brings. | leave the other "
            "effects out, or state them instead of it."),
        ),
        (
            {"effects": (LEAVES, LONGER)},
            ("the effects of 'mail' must last equally long, as one contact treats by all of them. | give them one "
            "`lasts`, or make two actions of them."),
        ),
        (
            {"effects": (LEAVES, SPENDS), "effect": LEAVES},
            "`effect` takes the place of a single one of `effects`. | give one of both.",
        ),
        ({"effects": "strong"}, "`effects` must be kk.Effect objects, got 'strong'. | write effects=[kk.Effect(...)]."),
    ],
)  # fmt: skip
def test_several_effects_are_of_one_contact(given, message):
    with refused(message):
        kk.Action(**ACTION, **given)


def test_one_effect_has_a_short_form():
    """It is stored by itself, as by earlier versions; several are a list."""
    short, long = kk.Action(**ACTION, effect=LEAVES), kk.Action(**ACTION, effects=[LEAVES])
    several = kk.Action(**ACTION, effects=(LEAVES, SPENDS))
    assert short == long
    assert short.effect == LEAVES
    assert isinstance(short.to_dict()["effect"], dict)
    for each in (short, several, kk.Action(**ACTION)):
        assert kk.Action.from_dict(json.loads(json.dumps(each.to_dict()))) == each
    with pytest.raises(kk.CapabilityError, match="the action 'mail' has 2 effects, and not one"):
        _ = several.effect


def test_a_playbook_with_measured_actions_has_them_in_place_of_those_of_their_names():
    """Only actions of the same names change, in every strategy that has them; the rest is the same."""

    def act(name, cost):
        return kk.Action(name=name, objective="grow", lever="information", cost=cost, hours=0)

    def strategy(name, *actions):
        return kk.Strategy(name=name, when=kk.column("abc").equals(name), objective="grow", actions=actions)

    letter, call = act("letter", 1), act("call", 2)
    playbook = kk.Playbook(strategies=(strategy("A", letter, call), strategy("B", letter), strategy("C")))
    dearer = act("letter", 9)
    changed = playbook.with_actions([dearer, act("visit", 5)])
    assert [each.actions for each in changed.strategies] == [(dearer, call), (dearer,), ()]
    assert changed.with_actions((letter,)) == playbook
    for given, law in (
        ([letter, dearer], "`actions` must be actions, each with a name of its own, got ['letter', 'letter']."),
        ("letter", "`actions` must be kk.Action(...), got 'letter'."),
    ):
        with pytest.raises(kk.DataError) as raised:
            playbook.with_actions(given)
        assert str(raised.value).startswith(law)
