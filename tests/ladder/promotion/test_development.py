"""Develop or harvest: values held against `micro.value` and `micro.scenario`, costs by hand, decisions, bad input."""

import json

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 6 == 0].reset_index(drop=True)
AS_OF = "1997-12-10"
IDS = np.unique(TRANSACTIONS["customer_id"])
PEOPLE = pd.DataFrame({"customer_id": [-5, *IDS], "age": 30.0})  # the first is a prospect
PEOPLE["region"] = np.where(PEOPLE["customer_id"] % 4 == 0, "north", "south")
PEOPLE.loc[PEOPLE["customer_id"] % 10 == 0, "region"] = None
HISTORY = kk.CustomerLadder.groups().history(TRANSACTIONS, as_of=AS_OF, customers=PEOPLE)
SUMMARY = kk.summarize(TRANSACTIONS, as_of=AS_OF, customers=PEOPLE)
SCORER = kk.ValueScorer(
    purchases=kk.MBGNBD(),
    spend=kk.GammaGamma(),
    margin=0.3,
    discount_rate=0.1,
    horizon="12M",
    costs=kk.Costs(serve_per_year=40),
)
MOVING, KNOWN = kk.column("rung").equals("moving"), kk.column("purchase_days") >= 1
SPAN = {"start": "1998-01-15", "until": "1998-04-30"}
MONTHS = np.diff(1.1 ** (-np.array([35, 141]) / 365.25)).item() / -np.log(1.1) * 12
"""The discounted months of the span."""


def change(on, mean, *, where=MOVING & KNOWN, **when):
    effect = kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="as now")
    return kk.Change(effect=effect, where=where, **when)


LESS = change("cost", 0.6, where=None)


def path(*changes, cost=0.0, name="club"):
    return kk.DevelopmentPath(name=name, changes=changes or [change("purchases", 3.0, **SPAN)], cost=cost)


@pytest.fixture(scope="module")
def micro():
    return kk.Microsimulation(process=SCORER.fit(SUMMARY), draws=30, seed=1).fit(HISTORY)


def develop(micro, *paths, **other):
    return kk.development(micro, HISTORY, paths, **({"harvest": LESS} | other))


def test_the_values_are_those_of_the_same_draws(micro):
    """As usual the value of the rung, under a path what `scenario` adds, at minimum service what less service costs."""
    row = develop(micro, path()).iloc[0]
    value = micro.value(HISTORY).set_index(["part", "rung"])
    assert row["rung"] == "moving"
    assert row["customers"] == value.loc[("rung now", "moving"), "customers"]
    assert row["value"] == pytest.approx(value.loc[("rung now", "moving"), "value"], rel=1e-9)
    added = micro.scenario(HISTORY, changes=path().changes).query("name == 'total'")["difference"].item()
    assert row["path_value"] - row["value"] == pytest.approx(added, rel=1e-9)
    cheap = evolve(micro.process, scorer=evolve(SCORER, costs=kk.Costs(serve_per_year=24)))
    cheaper = kk.Microsimulation(process=cheap, draws=30, seed=1).fit(HISTORY).value(HISTORY)
    assert row["harvest_value"] == pytest.approx(
        cheaper.set_index(["part", "rung"]).loc[("rung now", "moving"), "value"]
    )
    assert row["gain"] == pytest.approx(row["path_value"] - row["harvest_value"])


def test_a_path_is_paid_once_for_each_customer_whom_a_change_concerns(micro):
    """For the discounted months of its time, whatever the customers do; two changes cost no more than one."""
    richer = change("spend", 3.0, **SPAN)
    free = develop(micro, path(richer)).iloc[0]
    paid = develop(micro, path(richer, cost=0.25)).iloc[0]
    assert free["treated"] == (HISTORY.positions().eval("rung == 'moving' and purchase_days >= 1")).sum()
    assert free["path_value"] - paid["path_value"] == pytest.approx(0.25 * MONTHS * free["treated"])
    everybody = develop(micro, path(richer, change("cost", 1.0, **SPAN, where=None), cost=0.25)).iloc[0]
    assert everybody["treated"] == everybody["customers"]
    assert everybody["path_value"] == pytest.approx(paid["path_value"])


def test_customers_whom_a_path_does_not_concern_are_harvested(micro):
    """Two paths that change nothing, each of half of the rung, keep between them what harvesting takes from it."""
    north = kk.column("region").equals("north")
    halves = [
        develop(micro, path(change("spend", 1.0, where=where))).iloc[0] for where in (MOVING & north, MOVING & ~north)
    ]
    rest = develop(micro, path(change("spend", 1.0, where=kk.column("region").is_missing()))).iloc[0]
    everybody = develop(micro, path(change("spend", 1.0))).iloc[0]
    assert sum(each["gain"] for each in [*halves, rest]) == pytest.approx(everybody["gain"])
    assert everybody["path_value"] == pytest.approx(everybody["value"])
    assert all(each["treated"] < everybody["treated"] for each in halves)


def test_only_groups_that_cost_more_than_they_bring_have_a_row(micro):
    """No rung does where serving is free; customers without an entry in a column of one's own are a group too."""
    free = evolve(micro.process, scorer=evolve(SCORER, costs=kk.Costs(market_per_year=0.0)))
    assert develop(kk.Microsimulation(process=free, draws=3).fit(HISTORY), path()).empty
    in_the_north = change("spend", 3.0, where=kk.column("region").equals("north"))
    found = develop(micro, path(in_the_north), by="region")
    assert found["region"].fillna("unknown").tolist() == ["north", "south", "unknown"]
    assert found["customers"].sum() == len(HISTORY)
    assert found["path"].fillna("none").tolist() == ["club", "none", "none"]
    assert found.loc[1:, ["path_value", "gain", "low", "high"]].isna().all(axis=None)
    assert found.loc[1, ["decision", "reason"]].tolist() == ["harvest", "no path concerns any of these customers"]


def test_the_best_path_is_chosen_and_each_decision_said(micro):
    """By the gain's interval: a path that costs less than its low end pays, and more than its mean does not."""
    strong = change("purchases", 20.0, **SPAN)
    free = develop(micro, path(strong), path(name="letters")).iloc[0]
    assert (free["path"], free["decision"]) == ("club", "develop")
    a_month = MONTHS * free["treated"]
    assert 0 < free["low"] < free["gain"] < free["high"]
    unclear = develop(micro, path(strong, cost=(free["low"] + free["gain"]) / 2 / a_month)).iloc[0]
    left = develop(micro, path(strong, cost=2 * free["gain"] / a_month)).iloc[0]
    assert free["reason"] == (
        f"'club' brings {free['gain']:,.2f} more than harvesting (90% interval {free['low']:,.2f} to "
        f"{free['high']:,.2f})"
    )
    assert unclear["decision"] == "unclear"
    assert unclear["low"] < 0 < unclear["gain"]
    assert unclear["reason"].startswith(
        f"'club' may bring {unclear['gain']:,.2f} more than harvesting, but not surely ("
    )
    fewer = develop(micro, path(change("purchases", 10.0, **SPAN))).iloc[0]
    assert fewer["reason"].endswith(f"; they still cost {-fewer['path_value']:,.2f} more than they bring")
    assert left["decision"] == "harvest"
    assert left["reason"] == (
        f"no path brings more than harvesting; the nearest, 'club', falls short by {-left['gain']:,.2f} (90% interval "
        f"{left['low']:,.2f} to {left['high']:,.2f})"
    )


def test_effects_of_different_ways_are_drawn_independently(micro):
    """An uncertain effect on cost under harvest says nothing of the same effect under a path."""
    wide = kk.Effect(on="cost", mean=1.0, low=0.5, high=1.6, evidence="assumed", relative_to="as now")
    alike = kk.Change(effect=wide, where=MOVING)
    row = develop(micro, path(alike), harvest=alike).iloc[0]
    assert row["low"] < -0.05 * abs(row["value"]) < 0.05 * abs(row["value"]) < row["high"]


def test_storing():
    calls = path(cost=12)
    assert kk.DevelopmentPath.from_dict(json.loads(json.dumps(calls.to_dict()))) == calls
    before = {"schema": 1, "type": "DevelopmentPath", "name": "calls", "cost": 12.0}
    before["shifts"] = [{"rung": "trial buyer", "to": "client", "odds": 1.5}]
    assert refused(lambda: kk.DevelopmentPath.from_dict(before)) == (
        "a path is stored with `shifts` of steps between rungs, and paths change the process of purchases.\n\nHint: "
        "kk.DevelopmentPath(name=..., changes=[kk.Change(effect=kk.Effect(...))], cost=...)."
    )


def refused(call):
    with pytest.raises(kk.KundkarriarError) as raised:
        call()
    return str(raised.value)


def test_bad_input_is_refused_in_words(micro):
    assert refused(lambda: develop(micro)) == (
        "`paths` must be kk.DevelopmentPath objects with names of their own, at least one, got ().\n\n"
        'Hint: write paths=[kk.DevelopmentPath(name="calls", ...), ...].'
    )
    assert refused(lambda: develop(micro, path(), path(cost=1))) == (
        "`paths` must be kk.DevelopmentPath objects with names of their own, at least one, got ['club', 'club'].\n\n"
        'Hint: write paths=[kk.DevelopmentPath(name="calls", ...), ...].'
    )
    assert refused(lambda: develop(micro, path(), harvest=0.3)) == (
        "`harvest` must be kk.Change objects, at least one, got 0.3.\n\n"
        "Hint: write harvest=(kk.Change(effect=kk.Effect("
        'on="leaving", mean=0.8, ...), where=kk.column("rung").equals("client")),).'
    )
    assert refused(lambda: develop(micro, path(), by="age")) == (
        "development groups customers by a column of text, and `age` has other values.\n\n"
        'Hint: by="rung", or a column of text of the customers.'
    )
    without = kk.Microsimulation(process=evolve(micro.process, scorer=evolve(SCORER, costs=None)), draws=2).fit(HISTORY)
    assert refused(lambda: develop(without, path())) == (
        "development needs a scorer with costs: without them nobody costs more than they bring.\n\n"
        "Hint: kk.ValueScorer(costs=kk.Costs(serve_per_year=...), ...)."
    )
    assert refused(lambda: path(cost=-1)) == (
        "`cost` must be a finite number of at least 0, got -1.0.\n\nHint: write cost=1.0."
    )
    law = "`changes` must be kk.Change objects of the process, at least one, and no steps between rungs, got "
    for wrong in ([], [kk.Change(rung="moving", to="recurring", odds=2)]):
        told = refused(lambda wrong=wrong: kk.DevelopmentPath(name="x", cost=1, changes=wrong))
        assert told.startswith(law)
        assert told.endswith('write changes=[kk.Change(effect=kk.Effect(on="purchases", ...), where=...)].')
