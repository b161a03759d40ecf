"""The default playbook: win back needs something to win."""

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
    assert playbook.assign(BASE)["objective"].tolist() == ["win_back", "harvest", "win_back", "win_back"]


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
