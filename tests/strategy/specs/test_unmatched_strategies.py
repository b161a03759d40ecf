"""Playbooks with strategies that no customer can have are refused, as ladders are with such rungs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.rules import value_combinations
from kundkarriar.strategy.specs.unmatched_strategies import unmatched

CLV, ABC, RUNG, DAYS = (kk.column(name) for name in ("clv", "abc", "rung", "purchase_days"))
REST = ~kk.column("customer_id").is_missing()
ORDER = "\n\nHint: the first that holds wins: put the special ones first, and the one that takes the rest last."
VALUES = "\n\nHint: ask for values that the columns can have together, or leave the strategy out."


def playbook(*conditions):
    return kk.Playbook(
        strategies=[
            kk.Strategy(name=name, when=when, objective="grow", reason="told")
            for name, when in zip("abcdefg", conditions, strict=False)
        ]
    )


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (
            (CLV >= 10, CLV >= 100, REST),
            (
                "the strategy 'b' can never match: wherever `clv is at least 100` holds, 'a' holds too and comes "
                f"before it.{ORDER}"
            ),
        ),
        (
            (REST, ABC.equals("A")),
            (f"the strategy 'b' can never match: wherever `abc is A` holds, 'a' holds too and comes before it.{ORDER}"),
        ),
        (
            (CLV < 5, CLV >= 8, CLV.between(8, 9) | (CLV < 2), REST),
            (
                "the strategy 'c' can never match: wherever `clv is between 8 and 9 or clv is less than 2` holds, "
                f"'a' or 'b' holds too and comes before it.{ORDER}"
            ),
        ),
        (
            ((CLV > 10) & (CLV < 5), REST),
            f"the strategy 'a' can never match: nobody can meet `clv is more than 10 and clv is less than 5`.{VALUES}",
        ),
        (
            (ABC.equals("A") & ABC.equals("B"), REST),
            f"the strategy 'a' can never match: nobody can meet `abc is A and abc is B`.{VALUES}",
        ),
        (
            (kk.column("p_alive") > 1, REST),
            f"the strategy 'a' can never match: nobody can meet `p_alive is more than 1`.{VALUES}",
        ),
        (
            (DAYS.equals(1) & (kk.column("purchase_days_12M") >= 2), REST),
            (
                "the strategy 'a' can never match: nobody can meet `purchase_days is 1 and purchase_days_12M is at "
                f"least 2`.{VALUES}"
            ),
        ),
        (
            (CLV >= 0, CLV < 0, CLV.is_missing(), REST),
            (
                "the strategy 'd' can never match: wherever `customer_id is not missing` holds, 'a' or 'b' or 'c' "
                f"holds too and comes before it.{ORDER}"
            ),
        ),
    ],
)
def test_playbooks_with_a_strategy_for_nobody_are_refused(conditions, message):
    with pytest.raises(kk.DataError) as error:
        playbook(*conditions)
    assert str(error.value) == message


def test_a_stored_playbook_with_a_strategy_for_nobody_is_refused():
    stored = playbook(CLV >= 100, CLV >= 10, REST).to_dict()
    stored["strategies"] = [stored["strategies"][at] for at in (1, 0, 2)]
    with pytest.raises(kk.DataError, match="the strategy 'a' can never match: wherever `clv is at least 100` holds"):
        kk.Playbook.from_dict(stored)


def test_what_can_match_is_accepted():
    """Missing facts, a user's function, and any other text leave somebody."""
    own = kk.condition(lambda frame: frame["clv"] > 1, needs=["clv"], text="own")
    for conditions in (
        (CLV >= 0, CLV < 0, REST),
        (own, CLV > 5, REST),
        (CLV >= 10, own & (CLV >= 20), REST),
        (ABC.isin(list("ABCD")), REST),
        (DAYS >= 0, DAYS.is_missing()),
        (kk.column("p_alive") > 0.5, kk.column("p_alive") <= 0.5, REST),
        (RUNG.equals("client"), RUNG.isin(["client", "partner"]), REST),
    ):
        assert len(playbook(*conditions).strategies) == len(conditions)


def test_a_function_without_a_hash_is_accepted():
    """Equal playbooks are examined once, and others every time."""

    class Bought(list):
        def __call__(self, frame):
            return frame["purchase_days"] > 0

    when = kk.condition(Bought(), needs=["purchase_days"], text="has bought")
    assert len(kk.Playbook(strategies=[kk.Strategy(name="all", when=when, objective="grow")]).strategies) == 1


def test_of_too_many_cases_nothing_is_said():
    columns = [kk.column(f"c{number}") for number in range(20)]
    many = columns[0] > 0
    for column in columns:
        many &= (column > 0) | (column < -1)
    assert len(playbook(many, many & (columns[0] > 5), REST).strategies) == 3


LEAVES = st.one_of(
    st.builds(lambda name, limit: kk.column(name) >= limit, st.sampled_from(["clv", "net"]), st.integers(0, 3)),
    st.builds(lambda name, limit: kk.column(name) < limit, st.sampled_from(["clv", "net"]), st.integers(0, 3)),
    st.builds(ABC.isin, st.lists(st.sampled_from("AB"), min_size=1, unique=True)),
    st.builds(CLV.is_missing),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda one, two: one & two, inner, inner),
        st.builds(lambda one, two: one | two, inner, inner),
        st.builds(lambda one: ~one, inner),
    ),
    max_leaves=4,
)


@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=4))
def test_a_playbook_is_refused_exactly_where_a_strategy_is_nobodys_first(conditions):
    """Against every combination of values: a strategy that is nobody's first is named, and only such a playbook."""
    values = [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, np.nan]
    frame = pd.DataFrame([(clv, net, abc) for clv in values for net in values for abc in ("A", "B", "C", None)])
    frame.columns = ["clv", "net", "abc"]
    holds = np.array([each.holds(frame) for each in conditions])
    first = np.where(holds.any(axis=0), holds.argmax(axis=0), -1)
    idle = [at for at in range(len(conditions)) if not (first == at).any()]
    strategies = [kk.Strategy(name=str(at), when=when, objective="grow") for at, when in enumerate(conditions)]
    with pytest.MonkeyPatch.context() as few:
        few.setattr(value_combinations, "FEW_CASES", 0)  # as where there are many, values that answer alike are one
        assert [each.at for each in unmatched(strategies)] == idle
    if not idle:
        playbook(*conditions)
        return
    with pytest.raises(kk.DataError) as error:
        playbook(*conditions)
    assert str(error.value).startswith(f"the strategy {'abcdefg'[idle[0]]!r} can never match: ")
