"""What a scenario of a microsimulation refuses and warns of; its classes beside those of today."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 6 == 0].reset_index(drop=True)
HISTORY = kk.CustomerLadder.kundkarriar().history(TRANSACTIONS, as_of="1998-06-30")
SUMMARY = kk.summarize(TRANSACTIONS, as_of="1998-06-30")
SCORER = kk.ValueScorer(
    purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="3M", costs=kk.Costs(market_per_year=2.0)
)


def effect(on: str, mean: float = 0.8) -> kk.Effect:
    return kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="nothing")


@pytest.fixture(scope="module")
def micro() -> kk.FittedMicrosimulation:
    return kk.Microsimulation(process=SCORER.fit(SUMMARY), draws=10, seed=1).fit(HISTORY)


MBG = "MBGNBD"
REFUSED = {
    "returning": ({"effect": effect("returning")}, ["an effect on returning: in " + MBG, "nobody comes back once"]),
    "a step": (
        {"rung": "client", "to": "supporter", "odds": 1.2},
        ["changes the process of purchases and its money, and a step between rungs is no part of them."],
    ),
    "referrals": (
        {"effect": effect("referrals")},
        ["an effect on referrals changes nothing that is counted here: no rung asks for them, or there are no"],
    ),
    "first purchase": ({"effect": effect("first purchase")}, ["the process does not tell when prospects first buy."]),
    "past": (
        {"effect": effect("leaving"), "until": "1998-06-30"},
        [
            "a change ends on 1998-06-30, and the scenario runs from 1998-07-01 to 1998-09-30.",
            "Hint: choose a later `until`, or an earlier origin.",
        ],
    ),
    "too late": (
        {"effect": effect("leaving"), "start": "1999-01-01"},
        ["a change begins on 1999-01-01, and the scenario runs from 1998-07-01 to 1998-09-30."],
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_changes_that_cannot_act_are_refused(micro: kk.FittedMicrosimulation, case: tuple[Any, list[str]]) -> None:
    """A change of what the process does not have, or outside the scenario, is an error and no row of zeros."""
    given, words = case
    with pytest.raises(kk.KundkarriarError) as error:
        micro.scenario(HISTORY, changes=kk.Change(**given))
    assert all(each in str(error.value) for each in words)


def test_an_effect_on_leaving_is_refused_where_nobody_leaves() -> None:
    """NBD has no dropout; of regular purchases, which dropout ends, draws know it."""
    change, few = kk.Change(effect=effect("leaving")), {"draws": 2, "seed": 1}
    nobody = kk.Microsimulation(process=kk.NBD(), **few).fit(HISTORY)
    with pytest.raises(kk.CapabilityError, match=r"an effect on leaving: in NBD nobody leaves\."):
        nobody.scenario(HISTORY, changes=change, horizon="1M")
    regular = kk.Microsimulation(process=kk.MBGCNBD(k=2), **few).fit(HISTORY)
    assert len(regular.scenario(HISTORY, changes=change, horizon="1M")) > 0


def test_a_change_that_concerns_nobody_warns(micro: kk.FittedMicrosimulation) -> None:
    """A misspelt rung is a condition that nobody meets."""
    change = kk.Change(effect=effect("leaving"), where=kk.column("rung").equals("klient"))
    with pytest.warns(kk.DataWarning, match="no customer meets `rung is klient`, so that this change changes nothing"):
        table = micro.scenario(HISTORY, changes=change, horizon="1M")
    assert table["difference"].eq(0).all()


def test_classes_are_of_the_scorers_horizon_and_d_is_that_of_today(micro: kk.FittedMicrosimulation) -> None:
    """No draw moves anybody into D or out of it, and values of another horizon are not held against today's limits."""
    table = micro.scenario(HISTORY, changes=kk.Change(effect=effect("spend", 1.5)))
    classes = table[table["part"] == "class"].set_index("name")
    assert classes["usual"].sum() == classes["changed"].sum() == len(HISTORY)
    today = kk.ABCClassifier().classify(SCORER.fit(SUMMARY).score(SUMMARY))["abc"]
    assert (classes.loc["D", ["usual", "changed", "low", "high"]] == [today.eq("D").sum()] * 2 + [0, 0]).all()
    assert today.eq("D").any()
    shorter = micro.scenario(HISTORY, changes=kk.Change(effect=effect("spend", 1.5)), horizon="1M")
    assert set(shorter["part"]) == {"rung", "value"}
    assert isinstance(shorter, pd.DataFrame)


def test_values_are_one_total_split_in_several_ways(micro: kk.FittedMicrosimulation) -> None:
    """By the rung now and by month and rung; a scenario has it as usual; the scorer's expectation has no interval."""
    table = micro.value(HISTORY)
    of = table.set_index("part")["value"]
    for part in ("rung now", "month x rung"):
        assert of[part].sum() == pytest.approx(of["total"], rel=1e-12)
    usual = micro.scenario(HISTORY, changes=kk.Change(effect=effect("leaving"))).query("name == 'total'")["usual"]
    assert usual.item() == pytest.approx(of["total"], rel=1e-12)
    scorer = table[table["part"] == "scorer"]
    assert scorer["value"].item() == pytest.approx(SCORER.fit(SUMMARY).score(SUMMARY)["net_value"].sum())
    assert scorer[["low", "high"]].isna().all(axis=None)
    assert table.loc[table["part"] != "scorer", ["low", "high"]].notna().all(axis=None)
    told = table.groupby("part")["note"].first()
    assert told["month x rung"] == "by the rung at the month's end: a purchase counts for the rung that it led to"


def test_a_microsimulation_prints_its_process_once(micro: kk.FittedMicrosimulation) -> None:
    """The first line of the scorer, and the number of draws."""
    costs = "Costs(serve_per_year=0.0, market_per_year=2.0, per_order=0.0)"
    level = "Level(prior_sd=0.08, sd=0.08, origins=0)"
    scorer = f"FittedValueScorer(margin=0.3, discount_rate=0.1, horizon='3M', costs={costs}, level={level})"
    assert repr(micro) == f"FittedMicrosimulation(microsimulation=10 draws, process={scorer}, events=None)"
    assert repr(micro.microsimulation) == f"Microsimulation(process={scorer}, draws=10, seed=1, level=None)"


def test_a_process_that_has_seen_what_came_warns(micro: kk.FittedMicrosimulation) -> None:
    """At an earlier day, and so at each origin of a backtest; fitted up to the last day of a history it does not."""
    told = (
        r"the process was fitted to data up to 1998-06-30, and the history ends on 1998-03-31: what is forecast from "
        r"there has seen what came\. Give the model to be fitted: process=kk\.ModelAverage\(\)\."
    )
    with pytest.warns(kk.DataWarning, match=r"Microsimulation\.fit: " + told):
        micro.microsimulation.fit(HISTORY.before("3M"))
    with pytest.warns(kk.DataWarning, match=r"backtest_movement, Microsimulation as of 1998-03-31: .*" + told):
        kk.backtest_movement(micro.microsimulation, HISTORY, origins=1, horizon="3M")
    assert micro.microsimulation.fit(HISTORY).process is micro.process


def test_events_that_the_fit_did_not_have_are_told(micro: kk.FittedMicrosimulation) -> None:
    """A fit without events foresees none; one with events prints their names."""
    some = TRANSACTIONS.groupby("customer_id")["date"].min().iloc[:40].reset_index()
    events = some.assign(date=some["date"] + pd.Timedelta(days=30), event="referral")
    history = kk.CustomerLadder.kundkarriar().history(TRANSACTIONS, as_of="1998-06-30", events=events)
    with pytest.warns(
        kk.DataWarning, match=r"Microsimulation: the history has events, which rungs ask for, and the fit "
    ):
        micro.sizes(history, horizon="1M")
    fitted = micro.microsimulation.fit(history)
    assert repr(fitted).endswith("events=['referral'])")
    assert len(fitted.sizes(history, horizon="1M")) == 12


def test_a_model_of_opportunities_is_refused_by_the_name_of_the_argument() -> None:
    """BG/BB reads no summary of purchases."""
    with pytest.raises(kk.CapabilityError, match=r"`process` of kk\.Microsimulation reads a summary; BGBB reads"):
        kk.Microsimulation(process=kk.BGBB())


@pytest.mark.parametrize(
    ("on", "hint"),
    [
        ("promotion", "a plan values effects on a promotion; leave this one out here."),
        (
            "referrals",
            (
                "micro.equity(history, referrals=kk.Referrals(...), changes=...) counts whom referrals bring; what it "
                'says per customer can be stated as kk.Effect(on="value", ...).'
            ),
        ),
    ],
)
def test_increments_say_what_to_do_with_other_effects(micro: kk.FittedMicrosimulation, on: str, hint: str) -> None:
    """Effects that are on no part of the process of purchases."""
    with pytest.raises(kk.CapabilityError) as error:
        micro.process.increments(SUMMARY, effects=effect(on), treated=(("1998-07-01", "1998-07-31"),))
    assert str(error.value).endswith(f"not on {on}.\n\nHint: {hint}")


def test_rungs_at_the_last_month_end_know_all_purchases_until_then() -> None:
    """A horizon that ends within a month counts money to its end, and draws purchases to the end of that month."""
    history = kk.CustomerLadder.kundkarriar().history(TRANSACTIONS, as_of="1997-12-10")
    scorer = kk.ValueScorer(
        purchases=kk.MBGNBD(), spend=kk.GammaGamma(), margin=0.3, discount_rate=0.1, horizon="2M", level=0
    ).fit(kk.summarize(TRANSACTIONS, as_of="1997-12-10"))
    micro = kk.Microsimulation(process=scorer, draws=40, seed=1).fit(history)
    value, sizes = micro.value(history), micro.sizes(history, horizon="3M")
    last = value[(value["part"] == "month x rung") & (value["ahead"] == 3)].set_index("rung")["customers"]
    expected = sizes[sizes["ahead"] == 3].groupby("rung")["expected"].sum()
    np.testing.assert_allclose(last, expected[last.index])
    total, own = (value.loc[value["part"] == part, "value"].item() for part in ("total", "scorer"))
    assert abs(total / own - 1) < 0.1
