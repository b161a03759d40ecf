"""The default playbook: win back needs something to win, and who is left in peace has little to bring."""

import pandas as pd
import pytest

import kundkarriar as kk

BASE = pd.DataFrame(
    {
        "customer_id": ["gone", "stays", "unknown", "small"],
        "rung": "client",
        "highest_rung": "client",
        "lapsed": True,
        "abc": ["B", "A", "A", "C"],
        "p_purchase": 0.4,
        "value_at_risk": [40.0, 4e-9, 40.0, 9.0],
        "p_leaves": [0.4, 3e-7, None, 0.3],
    }
)


@pytest.fixture(scope="module")
def playbook():
    return kk.StrategyPlanner.default().playbook


def test_where_nobody_leaves_there_is_nothing_to_win_back(playbook):
    assert playbook.assign(BASE)["objective"].tolist() == ["win_back", "retain", "win_back", "win_back"]


SILENT = [
    ("client", "A", 0.97, "appreciate the best"),
    ("client", "A", 0.1, "keep the best"),
    ("client", "B", 0.9, "keep the clients"),
    ("repeat buyer", "A", 0.1, "grow"),
    ("repeat buyer", "C", 0.2, "develop where it pays"),
    ("repeat buyer", "C", 0.19, "leave in peace"),
    ("trial buyer", "C", 0.4, "win the second purchase"),
    ("trial buyer", "C", 0.1, "leave in peace"),
    ("client", "D", 0.1, "make it pay"),
]


@pytest.mark.parametrize(("rung", "abc", "p_purchase", "strategy"), SILENT)
def test_the_silent_are_left_in_peace_only_where_little_is_to_be_expected(playbook, rung, abc, p_purchase, strategy):
    """Where nobody leaves, silence alone is no reason: rung and class decide, as of the others."""
    place = {"rung": rung, "highest_rung": rung, "abc": abc, "p_purchase": p_purchase}
    silent = pd.DataFrame({"customer_id": [1], "lapsed": True, "value_at_risk": 0.0, "p_leaves": 0.0, **place})
    assert playbook.assign(silent)["strategy"].tolist() == [strategy]


def test_a_reason_is_a_sentence_about_customers(playbook):
    """It follows "because" in `explain`, so it has a subject."""
    assert all(each.reason.startswith("they ") for each in playbook.strategies)


def test_the_unit_of_money_changes_no_strategy(playbook):
    for unit in (1e-6, 1e6):
        given = BASE.assign(value_at_risk=BASE["value_at_risk"] * unit)
        assert playbook.assign(given)["strategy"].tolist() == playbook.assign(BASE)["strategy"].tolist()


def test_a_frame_without_p_leaves_is_judged_by_its_value_at_risk(playbook):
    given = BASE.drop(columns="p_leaves")
    assigned = playbook.assign(given)
    assert assigned["objective"].tolist() == ["win_back"] * 4
    assert "p_leaves" not in assigned


def test_a_ladder_without_lapse_is_named(playbook):
    with pytest.raises(kk.DataError) as error:
        playbook.assign(BASE.drop(columns="lapsed"))
    assert str(error.value) == (
        "the strategy 'win back' asks for `lapsed`, and the ladder that gave the rungs has no rule of lapse.\n\n"
        "Hint: kk.CustomerLadder(rungs=..., lapse=kk.Lapse()) adds the column; or ask something else: "
        "kk.StrategyPlanner(playbook=kk.Playbook(strategies=[...]))."
    )


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
