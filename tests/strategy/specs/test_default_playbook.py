"""The default playbook: value, position and evidence decide, whatever the rungs are called and however many."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.strategy.specs.default_playbook import MAY_LACK, RESPONSES, default_playbook
from kundkarriar.strategy.specs.unmatched_strategies import unmatched

BASE = pd.DataFrame(
    {
        "customer_id": ["gone", "stays", "unknown", "small"],
        "purchase_days": 6,
        "rung_position": 0.6,
        "highest_position": 0.6,
        "lapsed": True,
        "abc": ["B", "A", "A", "C"],
        "p_purchase": 0.4,
        "value_at_risk": [40.0, 4e-9, 40.0, 9.0],
        "p_leaves": [0.4, 3e-7, None, 0.3],
    }
)
CARING = default_playbook(care=True)


@pytest.fixture(scope="module")
def playbook():
    return kk.StrategyPlanner.default().playbook


def strategy_of(playbook, **place):
    """The strategy of one customer, who buys and is not lapsed unless the place says so."""
    usual = {"customer_id": 1, "purchase_days": 6, "abc": "C", "p_purchase": 0.9, "lapsed": False}
    return playbook.assign(pd.DataFrame([usual | place]))["strategy"].item()


def test_where_nobody_leaves_there_is_nothing_to_win_back(playbook):
    assert playbook.assign(BASE)["objective"].tolist() == ["win_back", "retain", "win_back", "win_back"]


CLIENT, REPEATER = {"rung_position": 0.6, "highest_position": 0.6}, {"rung_position": 0.4, "highest_position": 0.4}
TRIAL = {"rung_position": 0.2, "highest_position": 0.2, "purchase_days": 1}
SILENT = [
    (CLIENT, "A", 0.97, "appreciate the best"),
    (CLIENT, "A", 0.1, "keep the best"),
    (CLIENT, "B", 0.9, "keep the loyal"),
    (REPEATER, "A", 0.1, "grow"),
    (REPEATER, "C", 0.2, "develop where it pays"),
    (REPEATER, "C", 0.19, "leave in peace"),
    (TRIAL, "C", 0.4, "win the second purchase"),
    (TRIAL, "C", 0.1, "leave in peace"),
    (CLIENT, "D", 0.1, "make it pay"),
]


@pytest.mark.parametrize(("place", "abc", "p_purchase", "strategy"), SILENT)
def test_the_silent_are_left_in_peace_only_where_little_is_to_be_expected(playbook, place, abc, p_purchase, strategy):
    """Where nobody leaves, silence alone is no reason: position and class decide, as of the others."""
    silent = {"lapsed": True, "value_at_risk": 0.0, "p_leaves": 0.0, "abc": abc, "p_purchase": p_purchase}
    assert strategy_of(playbook, **place, **silent) == strategy


def test_who_was_once_high_on_the_ladder_is_won_back_whatever_the_class(playbook):
    gone = {"lapsed": True, "value_at_risk": 9.0, "p_leaves": 0.3, "p_purchase": 0.3, "rung_position": 0.4}
    assert strategy_of(playbook, **gone, highest_position=0.6) == "win back"
    assert strategy_of(playbook, **gone, highest_position=0.5) == "develop where it pays"


@pytest.mark.parametrize("abc", ["A", "B", "C", "D"])
def test_who_recommends_is_asked_again_whatever_the_class(playbook, abc):
    for place in (CLIENT, TRIAL, {"group": "exclusive"}, {"group": "moving"}):
        assert strategy_of(playbook, **place, abc=abc, events_referral=1) == "ask for a recommendation"
        assert strategy_of(playbook, **place, abc=abc, events_referral=0) != "ask for a recommendation"


@pytest.mark.parametrize("abc", ["A", "B", "C"])
def test_the_exclusive_are_invited_whatever_their_class(playbook, abc):
    """As long as they pay their way, and are likely to come."""
    assert strategy_of(playbook, group="exclusive", abc=abc) == "invite the exclusive"
    assert strategy_of(playbook, group="exclusive", abc=abc, p_purchase=0.49) != "invite the exclusive"
    assert strategy_of(playbook, group="exclusive", abc="D") == "make it pay"


def test_prospects_are_activated_by_their_priority(playbook):
    for place in ({"purchase_days": 0}, {"purchase_days": None, "rung_position": 0.0}):
        assert strategy_of(playbook, **place, abc=None, p_purchase=np.nan) == "win the first purchase"
    assert "in the order of their priority" in playbook.strategies[0].reason


METALS = ("lead", "iron", "copper", "bronze", "silver", "gold")
LADDERS = [kk.CustomerLadder.kundkarriar(), kk.CustomerLadder.loyalty(), kk.CustomerLadder.groups()]
EVENTS = pd.DataFrame(
    {"customer_id": [1, 5, 6], "date": pd.Timestamp("2025-03-01"), "event": ["referral", "interest", "contract"]}
)
KNOWN = pd.DataFrame({"customer_id": range(1, 8)})


def purchases():
    """Two who buy every month of two years, one each quarter, one twice a year; two who bought once, and nobody else.

    The fifth customer is a prospect, with interest.
    """
    months = {1: range(1, 13), 2: range(1, 13), 3: (2, 5, 8, 11), 4: (1, 9)}
    rows = [(one, f"{year}-{month:02d}-15") for one, own in months.items() for month in own for year in (2024, 2025)]
    rows += [(6, "2025-06-15"), (7, "2025-12-15")]
    table = pd.DataFrame(rows, columns=["customer_id", "date"])
    return table.assign(date=pd.to_datetime(table["date"]), amount=50.0)


def renamed(ladder):
    """The same ladder with rungs of other names."""
    names = dict(zip(ladder.names, METALS[: len(ladder.names)], strict=True))
    after = {rung.name: rung.after and evolve(rung.after, rung=names[rung.after.rung]) for rung in ladder.rungs}
    return evolve(ladder, rungs=[evolve(rung, name=names[rung.name], after=after[rung.name]) for rung in ladder.rungs])


@pytest.mark.parametrize("abc", ["A", "B", "C", "D", None])
@pytest.mark.parametrize("ladder", LADDERS, ids=["kundkarriar", "loyalty", "groups"])
def test_the_names_of_rungs_decide_nothing(playbook, ladder, abc):
    """Law: with other names for its rungs a ladder gives everybody the same strategy."""
    strategies = []
    for each in (ladder, renamed(ladder)):
        placed = each.place(purchases(), as_of="2025-12-31", events=EVENTS, customers=KNOWN)
        scored = placed.assign(abc=abc, p_purchase=[0.9, 0.9, 0.4, 0.9, np.nan, 0.4, 0.4], value_at_risk=5.0)
        strategies.append(playbook.assign(scored)["strategy"].tolist())
        assert not set(each.names) & {name for own in playbook.strategies for name in own.when.needs}
    assert strategies[0] == strategies[1]
    assert strategies[0][0] == "ask for a recommendation"
    assert strategies[0][4] == "win the first purchase"
    assert strategies[0][6] == ("make it pay" if abc == "D" else "win the second purchase")


def spending(*, steps, lowest="none"):
    """A firm's own ladder: nothing asked of the lowest rung, then so many steps of spending."""
    rungs = [
        kk.Rung(name=f"step {at}", when=kk.column("value_12M") >= limit) for at, limit in enumerate(steps, start=1)
    ]
    return kk.CustomerLadder(rungs=[kk.Rung(name=lowest, when=kk.column("purchase_days") >= 0), *rungs], lapse=None)


@pytest.mark.parametrize(
    ("ladder", "upper"),
    [
        (spending(steps=(1, 150, 500)), {1, 2, 3}),  # bronze, silver, gold: not bronze
        (spending(steps=(500,)), {1, 2}),
        (spending(steps=(1, 50, 150, 160, 170, 700)), {1, 2, 3}),
    ],
)
def test_a_ladder_of_any_number_of_rungs_has_an_upper_half(playbook, ladder, upper):
    """Class A is thanked there, and to grow below; without a rule of lapse nobody is won back, and all have one."""
    placed = ladder.place(purchases(), as_of="2025-12-31", customers=KNOWN)
    assert not {"lapsed", "paused"} & set(placed)
    named = playbook.assign(placed.assign(abc="A", p_purchase=0.9)).set_index("customer_id")["strategy"]
    assert set(named.index[named == "appreciate the best"]) == upper
    assert not named.isna().any()
    assert named[5] == "win the first purchase"


def test_a_ladder_by_events_alone_can_be_planned(playbook):
    """A subscription: rungs of events, of which the lowest may be anybody's."""
    ladder = kk.CustomerLadder(
        rungs=[
            kk.Rung(name="visitor", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="interested", when=kk.column("events_interest") >= 1),
            kk.Rung(name="subscriber", when=kk.column("events_contract") >= 1),
        ]
    )
    placed = ladder.place(purchases(), as_of="2025-12-31", customers=KNOWN, events=EVENTS)
    named = playbook.assign(placed.assign(abc="B", p_purchase=0.9)).set_index("customer_id")["strategy"]
    assert named[[1, 2, 5, 6, 7]].tolist() == [
        "ask for a recommendation",
        "grow",
        "win the first purchase",
        "win the second purchase",
        "win the second purchase",
    ]


def test_where_the_position_is_not_known_value_decides_whom_to_thank(playbook):
    assert [strategy_of(playbook, abc=abc) for abc in "ABC"] == [
        "appreciate the best",
        "grow",
        "develop where it pays",
    ]


@pytest.mark.parametrize("column", [*MAY_LACK, "all of them"])
def test_a_column_that_is_not_there_is_missing_for_everyone(playbook, column):
    """Everybody has a strategy, the same as where the column is there without a value, and the frame is as it was."""
    gone = list(MAY_LACK) if column == "all of them" else [column]
    frame = BASE.assign(paused=[False, True, False, True], group="recurring", events_referral=[0, 1, 0, 0])
    assigned = playbook.assign(frame.drop(columns=gone))
    assert (
        assigned["strategy"].tolist()
        == playbook.assign(frame.assign(**dict.fromkeys(gone, np.nan)))["strategy"].tolist()
    )
    assert assigned["strategy"].notna().all()
    assert not set(gone) & set(assigned)


def test_what_it_cannot_do_without_is_named(playbook):
    with pytest.raises(kk.DataError, match="the strategy 'leave in peace' needs columns that are not there"):
        playbook.assign(BASE.drop(columns="p_purchase"))


def test_a_class_that_is_none_is_refused(playbook):
    with pytest.raises(
        kk.DataError, match="the playbook needs a strategy for every customer: broken by 1 of 4 customers"
    ):
        playbook.assign(BASE.assign(lapsed=False, abc=["A", "B", "b", "C"]))


def test_a_reason_is_a_sentence_about_customers(playbook):
    """It follows "because" in `explain`, so it has a subject."""
    assert all(each.reason.startswith("they ") for each in (*playbook.strategies, *CARING.strategies))


def test_the_unit_of_money_changes_no_strategy(playbook):
    for unit in (1e-6, 1e6):
        given = BASE.assign(value_at_risk=BASE["value_at_risk"] * unit)
        assert playbook.assign(given)["strategy"].tolist() == playbook.assign(BASE)["strategy"].tolist()


def test_a_frame_without_p_leaves_is_judged_by_its_value_at_risk(playbook):
    given = BASE.drop(columns="p_leaves")
    assigned = playbook.assign(given)
    assert assigned["objective"].tolist() == ["win_back"] * 4
    assert "p_leaves" not in assigned


def test_silence_alone_sends_nobody_to_win_back_who_is_expected_back(playbook):
    """Who does not pay its way is made to; a frame without the column knows of nobody who is expected back."""
    paused = BASE.assign(paused=True, abc=["B", "A", "D", "C"])
    assert playbook.assign(paused)["strategy"].tolist() == [
        *["ready for their return"] * 2,
        "win back",
        "ready for their return",
    ]
    not_paused = playbook.assign(BASE.assign(paused=False))
    assert not_paused["strategy"].tolist() == playbook.assign(BASE)["strategy"].tolist()
    assert "ready for their return" not in set(not_paused["strategy"])


def every_place():
    """Each combination of what the playbook tells apart, and of what is not known."""
    values = {
        "purchase_days": [0, 1, 5, np.nan],
        "rung_position": [0.0, 0.5, 0.6, np.nan],
        "highest_position": [0.5, 0.6, np.nan],
        "lapsed": [True, False, None],
        "paused": [True, None],
        "abc": ["A", "B", "C", "D", None],
        "value_at_risk": [0.0, 1.0, np.nan],
        "p_leaves": [0.0, 0.01, np.nan],
        "p_purchase": [0.1, 0.2, 0.5, np.nan],
        "group": ["exclusive", "recurring", "moving", None],
        "events_referral": [0, 1, np.nan],
    }
    at = np.indices([len(own) for own in values.values()], dtype=np.int8).reshape(len(values), -1)
    columns = {name: pd.Series(own).take(rows).array for (name, own), rows in zip(values.items(), at, strict=True)}
    return pd.DataFrame(columns).sample(20_000, random_state=1).assign(customer_id=range(20_000))


@pytest.fixture(scope="module")
def places():
    return every_place()


def test_everybody_has_a_strategy_and_every_strategy_somebody(playbook, places):
    for each in (playbook, CARING):
        assert set(each.assign(places)["strategy"]) == {own.name for own in each.strategies}
        assert unmatched(each.strategies) == []


def test_with_care_nobody_of_class_a_is_sold_to_and_the_others_are_as_before(playbook, places):
    """Law: care forbids to sell to class A, and to nobody else; it moves nobody of another class."""
    with_care = CARING.assign(places)["strategy"].map({each.name: each.forbids for each in CARING.strategies})
    of_a = (places["abc"] == "A") & (places["purchase_days"] != 0) & (places["rung_position"] != 0)
    assert (with_care[of_a] == ("selling",)).all()
    assert (with_care[~of_a] == ()).all()
    before, after = (each.assign(places)["strategy"] for each in (playbook, CARING))
    assert before[~of_a].equals(after[~of_a])
    silent = of_a & after.isin(["ready for their return, class A", "win back, class A"])
    asked = after == "ask for a recommendation, class A"
    first = after.map({each.name: each.prefers for each in CARING.strategies})
    assert (first[of_a & ~silent & ~asked] == ("appreciate",)).all()
    assert (first[silent | asked | ~of_a] == ()).all()


def test_a_plan_with_care_sells_nothing_to_class_a(base, actions, budget):
    """Without care the same budget does; what the rule costs is what free choice adds beyond the plan."""
    selling = [each.name for each in actions if each.objective in ("activate", "repeat", "grow", "develop")]
    net, sold = {}, {}
    for care in (False, True):
        planner = kk.StrategyPlanner.default(actions=actions, care=care)
        plan = planner.plan(base, budget=budget, start="2027-01-01", holdout=0)
        assigned = plan.assignments()
        net[care], sold[care] = assigned["net"].sum(), assigned["action"][base["abc"] == "A"].isin(selling).sum()
    assert sold[False] > 0
    assert sold[True] == 0
    assert net[True] < net[False]


def test_without_care_nothing_is_forbidden_or_preferred(playbook):
    assert {(each.forbids, each.prefers) for each in playbook.strategies} == {((), ())}
    assert playbook == default_playbook(care=False)
    with pytest.raises(kk.DataError, match="`care` must be True or False, got 'yes'"):
        default_playbook(care="yes")


def test_the_moving_respond_less():
    """A prior: less than stated, and no other group is touched."""
    assert list(RESPONSES) == ["moving"]
    assert 0 < RESPONSES["moving"] < 1
