"""Truth tables and boundary customers of playbooks and ladders: who decides at each limit."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.testing import boundary_customers, truth_table

CLV, ABC, RUNG = kk.column("clv"), kk.column("abc"), kk.column("rung")
EVERYBODY = ~kk.column("customer_id").is_missing()


def strategy(name, when, objective="develop"):
    return kk.Strategy(name=name, when=when, objective=objective)


THANK_SELL_REST = kk.Playbook(
    strategies=(
        strategy("thank", (CLV >= 500) & ABC.equals("A"), "appreciate"),
        strategy("sell", CLV >= 100, "grow"),
        strategy("rest", EVERYBODY),
    )
)


def test_truth_table_of_a_playbook_is_its_assignment():
    """Every combination of values around the limits, with the strategy that the playbook assigns."""
    table = truth_table(THANK_SELL_REST)
    assert table.columns.tolist() == ["clv", "abc", "strategy", "objective"]
    assert table["clv"].dropna().unique().tolist() == [99, 100, 101, 499, 500, 501]
    assert len(table) == 7 * 3
    asked = table[["clv", "abc"]].assign(customer_id=range(len(table)))
    assigned = THANK_SELL_REST.assign(asked)
    assert table["strategy"].tolist() == assigned["strategy"].tolist()
    assert table["objective"].tolist() == assigned["objective"].tolist()


def test_truth_table_shows_who_is_without_a_strategy():
    """A gap between two strategies, and a missing value, have no strategy."""
    gap = kk.Playbook(strategies=(strategy("high", CLV > 500), strategy("low", CLV < 500)))
    table = truth_table(gap)
    assert table["clv"][table["strategy"].isna()].tolist()[:1] == [500.0]
    assert table["clv"][table["strategy"].isna()].isna().tolist() == [False, True]


def test_impossible_customers_are_left_out():
    """No more active quarters than purchase days, no probability above 1, no negative count."""
    likely, certain = kk.column("p_alive") >= 1, kk.column("p_alive").equals(0)
    days, quarters = kk.column("purchase_days_12M") >= 1, kk.column("quarters_active_12M") >= 2
    table = truth_table(
        kk.Playbook(
            strategies=(strategy("a", likely & days & quarters), strategy("b", certain), strategy("c", EVERYBODY))
        )
    )
    assert table["p_alive"].dropna().between(0, 1).all()
    assert (table["purchase_days_12M"].dropna() >= 0).all()
    assert not (table["quarters_active_12M"] > table["purchase_days_12M"]).any()
    assert set(table["strategy"]) == {"a", "b", "c"}


def test_boundary_customers_of_a_playbook_are_where_the_strategy_changes():
    """At each limit customers differ in one column alone, and the strategy changes among known values."""
    table = boundary_customers(THANK_SELL_REST)
    assert table["customer_id"].tolist() == list(range(1, len(table) + 1))
    assert table["limit"].drop_duplicates().tolist() == ["clv is at least 500", "abc is A", "clv is at least 100"]
    for (name, _), rows in table.groupby(["varied", "limit"], sort=False):
        known = rows[rows[name].notna()]
        assert known["strategy"].nunique() == 2
        assert len(rows.drop(columns=["customer_id", "strategy", "objective", name]).drop_duplicates()) == 1
    top = table[table["limit"] == "clv is at least 500"]
    assert top["clv"].tolist()[:3] == [499, 500, 501]
    assert top["strategy"].tolist() == ["sell", "thank", "thank", "rest"]
    assert (
        table["strategy"].tolist() == THANK_SELL_REST.assign(table[["customer_id", "clv", "abc"]])["strategy"].tolist()
    )


def test_a_limit_that_never_decides_has_one_strategy():
    """Whoever has 500 has had 100 already: the second limit decides nothing."""
    hidden = kk.Playbook(strategies=(strategy("sell", (CLV >= 100) | (CLV >= 500)), strategy("rest", EVERYBODY)))
    table = boundary_customers(hidden)
    assert table[table["limit"] == "clv is at least 100"]["strategy"].nunique() == 2
    same = table[(table["limit"] == "clv is at least 500") & table["clv"].notna()]["strategy"]
    assert same.tolist() == ["sell"] * 3


def test_every_limit_of_the_default_playbook_decides():
    """Of the 23 limits each changes the strategy of somebody, or leaves him without one."""
    table = boundary_customers(kk.StrategyPlanner.default().playbook)
    deciding = table.assign(strategy=table["strategy"].fillna("none")).groupby("limit")["strategy"].nunique()
    assert (deciding > 1).all()
    assert len(deciding) > 15


@pytest.mark.parametrize("name", ["kundkarriar", "groups", "loyalty"])
def test_boundary_customers_of_ladders(name):
    """Each rung is somebody's, and each limit changes a rung."""
    ladder = getattr(kk.CustomerLadder, name)()
    table = boundary_customers(ladder)
    assert set(ladder.names) == set(table["rung"].dropna())
    changing = table.assign(rung=table["rung"].fillna("none")).groupby("limit")["rung"].nunique()
    assert (changing > 1).all()


def test_truth_table_of_a_ladder_is_the_highest_rung_that_holds():
    """Time on lower rungs is taken as served; the lower rung's condition is asked."""
    ladder = kk.CustomerLadder(
        rungs=(
            kk.Rung(name="new", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="regular", when=kk.column("purchase_days") >= 4),
            kk.Rung(name="friend", when=kk.column("events_referral") >= 1, after=kk.After(rung="regular", months=12)),
        )
    )
    table = truth_table(ladder)
    regular, referred = table["purchase_days"] >= 4, table["events_referral"] >= 1
    expected = np.where(regular & referred, "friend", np.where(regular, "regular", "new"))
    known = table["purchase_days"].notna()
    assert table["rung"][known].tolist() == expected[known].tolist()
    assert table["rung"][~known].isna().all()


def test_proxies_count_where_events_are_unknown():
    """A rung by proxy is for those of whose events nothing is known."""
    table = truth_table(kk.CustomerLadder.kundkarriar(proxy=True, proxy_days=8, proxy_quarters=4).rungs[3])
    assert "holds" in table
    ladder = kk.CustomerLadder(
        rungs=(
            kk.Rung(name="new", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="friend", when=kk.column("events_referral") >= 1, proxy=kk.column("purchase_days") >= 9),
        )
    )
    told = truth_table(ladder).set_index(["events_referral", "purchase_days"])["rung"]
    assert told[(np.nan, 9.0)] == "friend"
    assert told[(0.0, 9.0)] == "new"


def test_a_playbook_for_everybody_has_no_limits():
    table = boundary_customers(kk.Playbook(strategies=(strategy("rest", EVERYBODY),)))
    assert len(table) == 0
    assert set(table) >= {"customer_id", "varied", "limit", "strategy"}


def test_what_cannot_be_tabulated(message_of):
    local = kk.condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    playbook = kk.Playbook(strategies=(strategy("local", local), strategy("rest", EVERYBODY)))
    assert message_of(kk.errors.CapabilityError, lambda: boundary_customers(playbook)) == (
        "the limits of `lives in Örebro` cannot be seen: it is a Python function.\n\n"
        "Hint: write it with kk.column(...), or try it on your own customers: "
        "kk.testing.check_playbook(playbook, frame)."
    )
    text = message_of(kk.errors.CapabilityError, lambda: truth_table(kk.StrategyPlanner.default().playbook))
    assert text.startswith("a truth table has at most 20,000 rows, and the playbook makes ")
    assert text.endswith("Hint: ask for the table of its parts, or kk.testing.boundary_customers(rule).")


def test_a_rule_about_ids_has_boundary_customers():
    table = boundary_customers(kk.column("customer_id") >= 7)
    assert table["customer_id"].tolist()[:3] == [6, 7, 8]
    assert isinstance(table, pd.DataFrame)
