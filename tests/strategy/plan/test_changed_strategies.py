"""Strategies stand for twelve months: what changes them, since when they stand, and plans that change them by force."""

import json

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

CUSTOMERS = pd.DataFrame({"customer_id": np.arange(100), "clv": np.arange(100.0), "abc": ["C"] * 60 + ["A"] * 40})
CLV = kk.column("clv")
ADDS = kk.Effect(on="value", mean=9, low=8, high=10, evidence="assumed", relative_to="nothing")
CALL = kk.Action(name="call", objective="retain", lever="service", cost=1, hours=0, effect=ADDS)
LETTER = attrs.evolve(CALL, name="letter")
TARGET = kk.Target(metric="purchases", value=2, until="2039-12-31")
BEST = kk.Strategy(name="best", when=CLV >= 80, objective="retain", actions=(CALL,), target=TARGET, reason="worth most")
MIDDLE = kk.Strategy(name="middle", when=CLV.between(40, 79), objective="grow", forbids=("price",))
REST = kk.Strategy(name="rest", when=CLV >= 0, objective="harvest")
PLAYBOOK = (BEST, MIDDLE, REST)
LAW = (
    "StrategyPlanner.plan: the strategies of `previous` stand unchanged for 12 months, or their results cannot be "
    "seen: broken by "
)
STANDS = "the strategies of the plan before stand until their year is out"


def planned(*strategies, month="2027-01", frame=CUSTOMERS, **more):
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=strategies or PLAYBOOK), actions=(CALL,))
    budget = kk.Budget(money=1000, hours=0, period=month)
    return planner.plan(frame, **{"budget": budget, "start": f"{month}-01", "holdout": 0} | more)


FIRST = planned()


def refused(*strategies, **more):
    with pytest.raises(kk.DataError) as told:
        planned(*strategies, **{"month": "2027-04", "previous": FIRST} | more)
    return str(told.value)


def changes(*strategies, **more):
    """By name, how strategies changed that the plan refuses."""
    with pytest.raises(kk.DataError) as told:
        planned(*strategies, **{"month": "2027-04", "previous": FIRST} | more)
    return dict(zip(told.value.rows["strategy"], told.value.rows["change"], strict=True))


def month_after(count):
    return str(np.datetime64("2027-01", "M") + count)


def test_a_change_within_the_year_is_refused_in_these_words():
    assert refused(attrs.evolve(BEST, objective="appreciate"), attrs.evolve(MIDDLE, when=CLV >= 50), REST) == (
        f"{LAW}2 of 3 strategies.\n\n"
        "strategy             change       since       until  customers\n"
        "  middle  another condition  2027-01-01  2027-12-31         40\n"
        "    best  another objective  2027-01-01  2027-12-31         20\n\n"
        "Hint: keep them as they are until their year is out: from 2028-01-01 on they may change. Or write "
        'force="reason": the reason is kept, and what the strategies before did cannot be judged.'
    )


def test_every_broken_strategy_is_in_the_rows():
    with pytest.raises(kk.DataError) as told:
        planned(kk.Strategy(name="all", when=CLV >= 0, objective="grow"), month="2027-04", previous=FIRST)
    assert told.value.rows["strategy"] == ["middle", "rest", "best"]
    assert told.value.rows["change"] == ["removed"] * 3
    assert told.value.rows["customers"] == [40, 40, 20]


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"when": CLV >= 90}, "another condition"),
        ({"when": CLV > 80}, "another condition"),
        ({"objective": "appreciate"}, "another objective"),
        ({"actions": ()}, "other actions (without 'call')"),
        ({"actions": (attrs.evolve(CALL, lever="price"),)}, "other actions (another 'call')"),
        ({"actions": (CALL, LETTER)}, "other actions (with 'letter')"),
        ({"forbids": ("price",)}, "forbids others"),
        ({"prefers": ("service",)}, "prefers others"),
        ({"target": attrs.evolve(TARGET, metric="spend")}, "another target"),
        ({"target": None}, "another target"),
        ({"valid_until": "2027-06-30"}, "an earlier end"),
        ({"objective": "appreciate", "forbids": ("price",)}, "another objective, forbids others"),
    ],
)
def test_what_makes_another_strategy(fields, change):
    """The others forbid what `best` has: what it names is for its own customers alone."""
    others = [attrs.evolve(each, forbids=("retain",)) for each in (MIDDLE, REST)]
    more = {"previous": planned(BEST, *others), "actions": ()}
    assert changes(attrs.evolve(BEST, **fields), *others, **more) == {"best": change}


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "another", "goal": "more", "metric": "orders", "owner": "Anna"},
        {"actions": (attrs.evolve(CALL, cost=2, per_year=4, effects=(attrs.evolve(ADDS, evidence="measured"),)),)},
        {"target": attrs.evolve(TARGET, value=3, until="2040-12-31")},
        {"valid_from": "2027-02-01", "valid_until": "2031-12-31"},
    ],
    ids=["texts", "measured effects", "value of the target", "validity"],
)
def test_what_leaves_it_the_same(fields):
    """Texts, costs and effects of an action, the value of the target; a later end than before."""
    first = planned(attrs.evolve(BEST, valid_until="2030-12-31"), MIDDLE, REST)
    same = attrs.evolve(BEST, valid_until="2030-12-31")
    after = planned(attrs.evolve(same, **fields), MIDDLE, REST, month="2027-04", previous=first, actions=())
    assert after.since == ("2027-01-01",) * 3
    assert after.previous.changed == ()


def test_the_first_target_of_a_strategy_is_no_change():
    assert planned(BEST, attrs.evolve(MIDDLE, target=TARGET), REST, month="2027-04", previous=FIRST).force is None


def test_a_strategy_without_actions_of_its_own_changes_with_the_catalogue():
    """`best` names its call; the others draw on the catalogue, of which `middle` forbids price cuts."""
    assert changes(actions=(LETTER, attrs.evolve(CALL, name="rebate", lever="price"))) == {
        "middle": "other actions (with 'letter')",
        "rest": "other actions (with 'letter', with 'rebate')",
    }
    first = planned(MIDDLE, REST, actions=(CALL, LETTER))
    fewer = planned(MIDDLE, REST, month="2027-04", previous=first, actions=(LETTER,), force=REASON)
    assert [each.change for each in fewer.previous.changed] == ["other actions (without 'call')"] * 2
    assert fewer.since == ("2027-04-01",) * 2


def test_the_same_kinds_of_actions_in_the_catalogue_are_no_change():
    """Measured effects, another cost and another order."""
    first = planned(MIDDLE, REST, actions=(CALL, LETTER))
    again = (LETTER, attrs.evolve(CALL, cost=2, effects=(attrs.evolve(ADDS, mean=8.5, evidence="measured"),)))
    assert planned(MIDDLE, REST, month="2027-04", previous=first, actions=again).since == ("2027-01-01",) * 2


@pytest.mark.parametrize("named_first", [True, False])
def test_naming_the_actions_of_the_catalogue_is_no_change(named_first):
    """Law: from `()` to the actions that its customers could be given, and back, a strategy stays as it was."""
    named = (attrs.evolve(REST, actions=(CALL, LETTER)),)
    drawn = (REST,)
    one, other = (named, drawn) if named_first else (drawn, named)
    first = planned(*one, actions=(CALL, LETTER))
    assert planned(*other, month="2027-04", previous=first, actions=(CALL, LETTER)).since == ("2027-01-01",)
    fewer = attrs.evolve(REST, actions=(CALL,))
    assert changes(fewer, previous=first, actions=(CALL,)) == {"rest": "other actions (without 'letter')"}


@pytest.mark.parametrize(
    "fields",
    [{"when": CLV >= 80}, {"effects": ()}, {"channel": "phone"}, {"step": ("client", "supporter")}],
    ids=["another condition", "no effect", "no consent", "another rung"],
)
def test_what_nobody_of_a_strategy_could_be_given_does_not_change_it(fields):
    """The catalogue has actions for the customers of all strategies: nobody in `rest` is at 80, or may be called."""
    best = CUSTOMERS["clv"] >= 80
    frame = CUSTOMERS.assign(rung=np.where(best, "client", "trial buyer"), may_contact_phone=best)
    new, more = attrs.evolve(LETTER, **fields), {"previous": planned(BEST, REST, frame=frame), "frame": frame}
    assert planned(BEST, REST, month="2027-04", actions=(CALL, new), **more).since == ("2027-01-01",) * 2
    assert changes(BEST, REST, actions=(CALL, LETTER), **more) == {"rest": "other actions (with 'letter')"}


def test_actions_that_serve_by_their_objective_change_with_it():
    """`match_objectives` makes of a strategy without actions one with those of its own objective."""
    budget = kk.Budget(money=1000, hours=0, period="2027-04")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=PLAYBOOK), actions=(CALL,), match_objectives=True)
    with pytest.raises(kk.DataError) as told:
        planner.plan(CUSTOMERS, budget=budget, start="2027-04-01", previous=FIRST)
    assert told.value.rows["strategy"] == ["middle", "rest"]
    assert told.value.rows["change"] == ["other actions (without 'call')"] * 2


def test_a_strategy_that_takes_customers_from_others_changes_them():
    """Not those whose customers stay theirs, and not where it comes after them."""
    new = kk.Strategy(name="new", when=CLV.between(35, 44), objective="refer")
    told = refused(BEST, new, MIDDLE, REST)
    assert "  middle  loses 5 customers to 'new'  2027-01-01  2027-12-31         40\n" in told
    assert "    rest  loses 5 customers to 'new'  2027-01-01  2027-12-31         40\n\nHint: " in told
    assert "    best" not in told
    spare = kk.Strategy(name="spare", when=kk.column("abc").equals("B"), objective="refer")
    after = planned(BEST, MIDDLE, spare, REST, month="2027-04", previous=FIRST)
    assert after.since == ("2027-01-01", "2027-01-01", "2027-04-01", "2027-01-01")


def test_another_order_is_a_change_only_where_customers_go_elsewhere():
    """`best` and `middle` share no customer; of the 40 of class A 20 are the best, and the others in the middle."""
    assert planned(MIDDLE, BEST, REST, month="2027-04", previous=FIRST).since == ("2027-01-01",) * 3
    large = kk.Strategy(name="large", when=kk.column("abc").equals("A"), objective="refer")
    first = planned(BEST, large, MIDDLE, REST)
    told = refused(large, BEST, MIDDLE, REST, previous=first)
    assert told.startswith(f"{LAW}1 of 4 strategies.")
    assert "    best  loses 20 customers to 'large'  2027-01-01  2027-12-31         20\n\nHint: " in told


def test_customers_who_move_by_themselves_change_nothing():
    """Law: other customers in other places, by the same playbook, are no change of it."""
    moved = CUSTOMERS.assign(clv=CUSTOMERS["clv"].to_numpy()[::-1])
    assert planned(month="2027-04", previous=FIRST, frame=moved).previous.changed == ()


def test_a_strategy_wider_than_before_takes_only_those_whom_it_did_not_have():
    """`best` has had those from 80 on, also who comes there today; those from 70 on were others'."""
    after = planned(attrs.evolve(BEST, when=CLV >= 70), MIDDLE, REST, month="2027-04", previous=FIRST, force="why not")
    assert [(each.name, each.change) for each in after.previous.changed] == [
        ("best", "another condition"),
        ("middle", "loses 10 customers to 'best'"),
    ]
    assert after.since == ("2027-04-01", "2027-04-01", "2027-01-01")


def test_the_condition_before_may_ask_for_what_is_no_longer_there():
    """A column that customers no longer have: what it was is not known, and only its own change is told."""
    first = planned(BEST, attrs.evolve(MIDDLE, when=kk.column("abc").equals("A")), REST)
    told = refused(BEST, MIDDLE, REST, previous=first, frame=CUSTOMERS.drop(columns="abc"))
    assert told.startswith(f"{LAW}1 of 3 strategies.")
    assert "  middle  another condition  2027-01-01" in told


def test_twelve_monthly_plans_with_one_playbook_stand_since_the_first():
    """Law: the same playbook is never refused, from dicts as well; and after twelve months it may change."""
    before = FIRST
    for count in range(1, 12):
        before = planned(month=month_after(count), previous=before.to_dict() if count % 2 else before)
        assert before.since == ("2027-01-01",) * 3
        other = attrs.evolve(BEST, objective="appreciate")
        assert "from 2028-01-01 on they may change" in refused(other, MIDDLE, REST, month="2027-12", previous=before)
    year = planned(attrs.evolve(BEST, objective="appreciate"), MIDDLE, REST, month="2028-01", previous=before)
    assert year.since == ("2028-01-01", "2027-01-01", "2027-01-01")
    assert year.force is None
    assert [each.name for each in year.previous.changed] == ["best"]
    assert year.checks().set_index("check").loc[STANDS, "passed"]


@given(months=st.lists(st.integers(1, 7), min_size=1, max_size=4), day=st.integers(1, 31))
@settings(max_examples=20, deadline=None)
def test_a_change_is_refused_until_its_anniversary(months, day):
    """Law: whatever plans lie between, it is refused exactly while fewer than twelve months have passed."""
    day = min(day, 28)
    before, at = planned(start=f"2027-01-{day:02}"), 0
    for more in months:
        at += more
        given = {"month": month_after(at), "start": f"{month_after(at)}-{day:02}", "previous": before}
        other = (attrs.evolve(BEST, objective="appreciate"), MIDDLE, REST)
        if at < 12:
            assert f"from 2028-01-{day:02} on" in refused(*other, **given)
        else:
            assert planned(*other, **given).since[0] == given["start"]
        before = planned(**given)
        assert before.since == (f"2027-01-{day:02}",) * 3


def test_a_strategy_whose_own_end_has_come_may_change():
    """Its year is then shorter: to `valid_until`."""
    spring = attrs.evolve(MIDDLE, valid_until="2027-03-31")
    first = planned(BEST, spring, REST)
    told = refused(BEST, REST, month="2027-03", previous=first)
    assert "middle  removed  2027-01-01  2027-03-31         40\n\nHint: " in told
    assert "from 2027-04-01 on they may change" in told
    after = planned(BEST, REST, month="2027-04", previous=first)
    assert [(each.name, each.until) for each in after.previous.changed] == [("middle", "2027-03-31")]


REASON = "a competitor opened across the street"


@pytest.fixture(scope="module")
def forced():
    return planned(
        attrs.evolve(BEST, objective="appreciate"), MIDDLE, REST, month="2027-04", previous=FIRST, force=REASON
    )


def test_a_forced_change_is_kept_and_starts_its_year_anew(forced):
    assert forced.force == REASON
    assert forced.since == ("2027-04-01", "2027-01-01", "2027-01-01")
    (changed,) = forced.previous.changed
    assert (changed.name, changed.since, changed.until, changed.customers) == ("best", "2027-01-01", "2027-12-31", 20)
    assert "from 2028-04-01 on they may change" in refused(*PLAYBOOK, month="2028-02", previous=forced)
    kept = planned(attrs.evolve(BEST, objective="appreciate"), MIDDLE, REST, month="2027-05", previous=forced)
    assert (kept.force, kept.since) == (None, forced.since)
    assert planned(month="2028-04", previous=forced).since == ("2028-04-01", "2027-01-01", "2027-01-01")


def test_a_forced_change_is_told(forced):
    words = (
        "changed before their year was out: 'best' (another objective; since 2027-01-01, with 20 customers); "
        f"the reason: {REASON}"
    )
    row = forced.checks().set_index("check").loc[STANDS]
    assert (row["passed"], row["informative"], row["severity"], row["value"]) == (False, True, "warning", 1)
    assert row["message"] == f"{words}: what they did before cannot be judged"
    assert row["customers"] == list(range(80, 100))
    line = forced.summary().set_index("item").loc["changed early"]
    assert (line["value"], line["unit"], line["note"]) == (1, "strategies", words)
    said = f"It stands since 2027-04-01, changed before its year was out (another objective): {REASON}."
    assert said in forced.explain(90).splitlines()
    assert said not in forced.explain(50)


def test_an_unforced_plan_tells_nothing():
    after = planned(month="2027-02", previous=FIRST)
    row = after.checks().set_index("check").loc[STANDS]
    assert (row["passed"], row["informative"]) == (True, False)
    assert "changed early" not in set(after.summary()["item"])
    assert STANDS not in set(FIRST.checks()["check"])


def test_a_forced_plan_is_read_back_as_it_was(forced):
    read = kk.Plan.from_dict(json.loads(json.dumps(forced.to_dict())))
    assert read.equals(forced)
    assert (read.since, read.force, read.previous.changed) == (forced.since, REASON, forced.previous.changed)
    assert read.without([90]).force == REASON


def test_plans_that_were_stored_without_days_stand_since_their_start():
    stored = FIRST.to_dict()
    assert not {"since", "force"} & stored.keys()
    assert kk.Plan.from_dict(stored).since == ("2027-01-01",) * 3


SAY = 'Hint: write force="the supplier went bankrupt".'
NONE = "Hint: leave it out: the plan needs no reason."
WITHOUT = "Hint: write previous=planner.plan(...), or leave it out."


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"force": " "}, f"`force` must be a text that says something, got ' '.\n\n{SAY}"),
        ({"force": True}, f"`force` must be a text that says something, got True.\n\n{SAY}"),
        (
            {"force": "why not", "previous": None},
            f"`force` must be None without `previous`, the plan whose strategies change, got 'why not'.\n\n{WITHOUT}",
        ),
        (
            {"force": "why not"},
            f"`force` must be None where no strategy changes before its year is out, got 'why not'.\n\n{NONE}",
        ),
    ],
    ids=["blank", "no text", "without previous", "nothing changed"],
)
def test_a_reason_that_forces_nothing_is_refused(more, message):
    assert refused(*PLAYBOOK, **more) == message


@pytest.mark.parametrize(
    ("since", "law"),
    [
        (["2027-01-01"], "`since` must be a day as text for each of the 3 strategies, got ('2027-01-01',)."),
        (["2027-01-01", "soon", "2027-01-01"], "`since` must be a date, got 'soon'."),
        (
            ["2027-01-01", "2027-04-02", "2027-01-01"],
            "`since` of 'middle' must be at most 2027-04-01, the plan's first day, got 2027-04-02.",
        ),
        (["2027-01-01", 3, "2027-01-01"], "text is needed, got 3"),
    ],
)
def test_stored_days_that_cannot_be_are_refused(forced, since, law):
    with pytest.raises(kk.DataError) as told:
        kk.Plan.from_dict(forced.to_dict() | {"since": since})
    assert law.removesuffix(".") in str(told.value)


def test_polars():
    pl = pytest.importorskip("polars")
    frame = pl.from_pandas(CUSTOMERS)
    first = planned(frame=frame)
    assert refused(BEST, REST, previous=first, frame=frame) == refused(BEST, REST)
    forced = planned(BEST, REST, month="2027-04", previous=first, frame=frame, force=REASON)
    assert forced.checks().filter(pl.col("check") == STANDS)["passed"].to_list() == [False]
