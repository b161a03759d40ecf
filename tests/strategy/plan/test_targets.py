"""Targets of a plan's strategies: what is planned on their metrics, and whether the holdout can show it."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.numerics.planning.power import overdispersion, smallest_visible

METRICS = ["share that buys", "purchases", "spend", "net value"]
ASSUMED = {"evidence": "assumed", "relative_to": "nothing"}


def effect(on="purchases", mean=1.2):
    return kk.Effect(on=on, mean=mean, low=min(mean, 1.0), high=max(mean, 1.0), **ASSUMED)


def letter(on="purchases", mean=1.2, **fields):
    stated = {"name": "letter", "objective": "grow", "lever": "information", "cost": 0.1, "hours": 0}
    return kk.Action(**{**stated, "effect": effect(on, mean), **fields})


def customers(n, *, seed=0):
    rng = np.random.default_rng(seed)
    purchases = rng.gamma(1.0, 1.5, n) + 0.2
    order_value = rng.lognormal(3, 0.5, n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "expected_purchases": purchases,
            "p_purchase": (1 - np.exp(-purchases)) * rng.uniform(0.6, 1.0, n),
            "expected_order_value": order_value,
            "clv": 0.3 * purchases * order_value,
            "rung": "trial buyer",
        }
    )


def target(metric="purchases", value=2.0):
    return kk.Target(metric=metric, value=value, until="2027-12-31")


def plan_of(frame, *actions, metric="purchases", value=2.0, holdout=0.2, increments=None, **strategy):
    own = {
        "name": "all",
        "when": kk.column("clv") >= 0,
        "objective": "grow",
        "target": target(metric, value),
        **strategy,
    }
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(kk.Strategy(**own),)), actions=actions)
    budget = kk.Budget(money=1e6, hours=1e6, period="2027")
    return planner.plan(frame, budget=budget, start="2027-01-01", holdout=holdout, increments=increments)


def row_of(*args, **kwargs):
    return plan_of(*args, **kwargs).targets().iloc[0]


def test_the_row_of_a_strategy():
    """Every column, of customers whose numbers are known by hand."""
    frame = customers(500)
    plan = plan_of(frame, letter(), value=3.0, owner="Anna")
    row, picked = plan.targets().iloc[0], plan.ledger.selected >= 0
    assert list(plan.targets()) == [
        "strategy", "objective", "owner", "customers", "treated", "held_out", "money", "hours", "net", "roi", "metric",
        "target", "until", "span", "usual", "expected", "planned", "smallest_visible", "verdict_possible",
        "first_metric", "visible_after", "note",
    ]  # fmt: skip
    purchases = frame["expected_purchases"].to_numpy()
    c = overdispersion(purchases=purchases, p_purchase=frame["p_purchase"].to_numpy())[picked]
    sd = np.sqrt((purchases[picked] * (1 + c)).mean() + purchases[picked].var())
    assert (row["customers"], row["treated"] + row["held_out"]) == (500, picked.sum())
    assert row["planned"] == pytest.approx(0.2 * purchases[picked].mean())
    assert row["smallest_visible"] == pytest.approx(
        float(smallest_visible(sd=sd, treated=row["treated"], held_out=row["held_out"]))
    )
    assert row["usual"] == pytest.approx(purchases.mean())
    assert row["expected"] == pytest.approx((purchases * (1 + 0.2 * plan.ledger.treated)).mean())
    assert row["span"] == "the horizon of the scores"
    assert row["net"] == pytest.approx(plan.net.sum())
    assert row["roi"] == pytest.approx(row["net"] / row["money"])
    assert (row["owner"], row["metric"], row["target"], row["until"]) == ("Anna", "purchases", 3.0, "2027-12-31")
    assert not row["verdict_possible"]
    assert row["note"] == (
        f"{row['expected']:.3g} is expected, below the target of 3; {row['treated']} treated and {row['held_out']} held"
        f" out show {row['smallest_visible']:.3g} or more of purchases, and {row['planned']:.3g} is planned; no metric"
        f" can show the planned effect on {picked.sum()} customers"
    )


@pytest.mark.parametrize("metric", METRICS)
@given(n=st.integers(50, 400), factor=st.floats(1.05, 3), holdout=st.floats(0.05, 0.5))
@settings(max_examples=8)
def test_a_verdict_is_possible_where_the_planned_effect_is_visible(metric, n, factor, holdout):
    """It is so exactly if planned is at least the smallest visible effect; the first metric is one that can."""
    row = row_of(customers(n), letter(mean=factor), metric=metric, value=1.0, holdout=holdout)
    assert row["verdict_possible"] == (row["planned"] >= row["smallest_visible"])
    if row["verdict_possible"]:
        assert METRICS.index(row["first_metric"]) <= METRICS.index(metric)


@pytest.mark.parametrize(("until", "days"), [("2027-12-31", 365), ("2027-06-30", 181), ("2028-06-30", 365)])
@pytest.mark.parametrize("metric", METRICS)
def test_all_columns_are_over_the_span_to_until(metric, until, days):
    """With increments to the end of 2027: usual and planned by the days to `until`; nothing is known after the end."""
    frame = customers(400)
    given = pd.DataFrame({"customer_id": frame["customer_id"], "letter": 0.2 * frame["clv"], "until": "2027-12-31"})
    aim = kk.Target(metric=metric, value=0.5, until=until)
    row, whole = (
        plan_of(frame, letter(), increments=given, target=each).targets().iloc[0] for each in (aim, target(metric, 0.5))
    )
    assert row["span"] == f"2027-01-01 to {min(until, '2027-12-31')}"
    assert ("nothing is known after 2027-12-31" in row["note"]) == (until > "2027-12-31")
    if metric != "share that buys":
        for name in ("usual", "planned", "expected"):
            assert row[name] == pytest.approx(whole[name] * days / 365)
    assert (row["smallest_visible"] < whole["smallest_visible"]) == (days < 365)
    assert row["expected"] - row["usual"] == pytest.approx(row["planned"] * row["treated"] / row["customers"], rel=0.1)


def dated(frame, *, factor):
    """Increments to the end of 2027 of an action that adds so much to the value of each customer."""
    more = (factor - 1) * frame["clv"]
    return pd.DataFrame({"customer_id": frame["customer_id"], "letter": more, "until": "2027-12-31"})


@pytest.mark.parametrize("metric", METRICS)
@given(n=st.integers(300, 900), factor=st.floats(1.2, 3), holdout=st.floats(0.1, 0.4))
@settings(max_examples=4)
def test_the_planned_effect_is_visible_after_the_first_span_that_shows_it(metric, n, factor, holdout):
    """Law: a target of that day has a verdict, and one of a month before has none; where no day is told, the whole
    horizon shows nothing. A stronger effect and a larger holdout are not visible later."""
    frame = customers(n)

    def told(until="2027-12-31", *, factor=factor, holdout=holdout):
        aim = kk.Target(metric=metric, value=0.5, until=until)
        own = {"increments": dated(frame, factor=factor), "holdout": holdout, "target": aim}
        return row_of(frame, letter(mean=factor), **own)

    day = told()["visible_after"]
    if pd.isna(day):
        assert not told()["verdict_possible"]
        return
    assert told(day)["verdict_possible"]
    assert told("2027-01-15")["visible_after"] == day  # whenever the target is due
    month = pd.Timestamp(day).to_period("M")
    if month.month > 1:
        assert not told(str((month - 1).end_time.date()))["verdict_possible"]
    assert told(factor=factor + 0.5)["visible_after"] <= day
    assert told(holdout=0.5)["visible_after"] <= day


def test_when_it_is_visible_without_a_target_or_increments():
    frame = customers(900)
    given = dated(frame, factor=1.5)
    row = row_of(frame, letter(mean=1.5), increments=given, target=None)
    aim = kk.Target(metric=row["first_metric"], value=0.5, until="2027-12-31")
    assert row["visible_after"] == row_of(frame, letter(mean=1.5), increments=given, target=aim)["visible_after"]
    assert "2027-01-31" <= row["visible_after"] <= "2027-12-31"
    assert pd.isna(row_of(frame, letter(mean=1.5))["visible_after"])  # the scores have no days


def test_the_share_that_buys_in_a_part_of_the_horizon_is_negative_binomial():
    """1 - (1 + c s)^(-m / c) of a share s of the days."""
    frame = customers(300)
    given = pd.DataFrame({"customer_id": frame["customer_id"], "letter": 0.2 * frame["clv"], "until": "2027-12-31"})
    aim = kk.Target(metric="share that buys", value=0.5, until="2027-03-14")
    row = plan_of(frame, letter(), increments=given, target=aim).targets().iloc[0]
    m, p = frame["expected_purchases"].to_numpy(), frame["p_purchase"].to_numpy()
    c = overdispersion(purchases=m, p_purchase=p)
    assert row["usual"] == pytest.approx(np.mean(1 - (1 + c * 0.2) ** (-m / c)))


def test_a_target_before_the_plan_is_refused():
    text = (
        "the target of the strategy 'all' is until 2026-12-31, before the plan's first day, 2027-01-01.\n\n"
        "Hint: give the target a day within the plan, or start the plan before it."
    )
    with pytest.raises(kk.DataError, match=f"^{re.escape(text)}$"):
        plan_of(customers(50), letter(), target=kk.Target(metric="purchases", value=1, until="2026-12-31"))


def test_more_customers_see_more_and_the_first_metric_is_the_least_noisy():
    """Of a large base the effect is seen in who buys, and of a small one in nothing."""
    few, many = (row_of(customers(n), letter(mean=1.3)) for n in (300, 20_000))
    assert many["smallest_visible"] < few["smallest_visible"]
    assert many["first_metric"] == "share that buys"
    assert pd.isna(few["first_metric"])
    assert many["verdict_possible"]
    assert not few["verdict_possible"]


@pytest.mark.parametrize(
    ("on", "moves"),
    [
        ("purchases", {*METRICS}),
        ("spend", {"spend", "net value"}),
        ("value", {"net value"}),
        ("promotion", {*METRICS}),
    ],
)
def test_effects_move_the_metrics_that_they_act_on(on, moves):
    frame = customers(300)
    action = letter(on=on, mean=1.5, step=("trial buyer", "repeat buyer") if on == "promotion" else None)
    moved = {m for m in METRICS if row_of(frame, action, metric=m, value=0.5)["planned"] > 0}
    assert moved == moves


def test_the_share_that_buys_stays_a_share():
    """However strong the effect: what is planned is added to the share, and the sum stays below 1."""
    row = row_of(customers(300), letter(mean=1e6), metric="share that buys", value=0.5)
    assert row["expected"] <= 1


def test_what_is_not_known_is_said():
    """Without a column, a holdout, a target or anybody treated there is no verdict, and the note says why."""
    frame, blind = customers(300), customers(300).drop(columns=["expected_order_value"])
    unknown = row_of(blind, letter(), metric="spend")
    assert np.isnan(unknown["planned"])
    assert not unknown["verdict_possible"]
    assert unknown["note"].startswith("the scores do not tell the spend of these customers; ")
    assert "nobody is held out: no verdict is possible" in row_of(frame, letter(), holdout=0)["note"]
    assert not row_of(frame, letter(mean=3.0), holdout=0)["verdict_possible"]
    assert row_of(frame, letter(), target=None)["note"].startswith(
        "no target is set: kk.Strategy(..., target=kk.Target(...)); "
    )
    dear = row_of(frame, letter(cost=1e6), value=1.0)
    assert dear["note"] == "nobody is treated"
    assert np.isnan(dear["roi"])


def test_a_target_has_a_metric_of_the_list():
    text = (
        "`metric` must be one of 'share that buys', 'purchases', 'spend', 'net value', got 'happiness'.\n\n"
        "Hint: write metric='share that buys'."
    )
    with pytest.raises(kk.DataError, match=f"^{re.escape(text)}$"):
        target("happiness")


@pytest.mark.parametrize(("metric", "value"), [("share that buys", 1.2), ("share that buys", -0.1), ("purchases", -1)])
def test_a_target_has_a_possible_value(metric, value):
    with pytest.raises(kk.DataError, match="`value` must be"):
        target(metric, value)


def test_a_share_of_120_per_cent_says_what_it_is_a_share_of():
    text = (
        "`value` must be a number from 0 to 1, got 1.2.\n\n"
        "Hint: share that buys is the share of customers with at least one purchase."
    )
    with pytest.raises(kk.DataError, match=f"^{re.escape(text)}$"):
        target("share that buys", 1.2)


def test_the_holdout_is_spread_over_bundles_strategies_and_classes():
    """Each bundle, strategy and class has its share of the held out, to the customer."""
    frame = customers(900).assign(abc=np.resize(["A", "B", "C"], 900))
    actions = (letter(when=kk.column("clv") < 10), letter(name="card", when=kk.column("clv") >= 10))
    ledger = plan_of(frame, *actions, holdout=0.1).ledger
    picked = ledger.selected >= 0
    for bundle in (0, 1):
        mine = picked & (ledger.selected == bundle)
        assert abs(ledger.held_out[mine].sum() - ledger.held_out.sum() * mine.sum() / picked.sum()) < 1
        for abc in "ABC":
            cell = mine & (frame["abc"] == abc).to_numpy()
            assert abs(ledger.held_out[cell].sum() - ledger.held_out.sum() * cell.sum() / picked.sum()) < 1


def test_the_foregone_net_is_what_the_held_out_would_have_brought():
    """The net with nobody held out is that of the plan and what is foregone."""
    frame = customers(300)
    nobody, some = (plan_of(frame, letter(), holdout=share).summary().set_index("item")["value"] for share in (0, 0.2))
    assert some["foregone net"] > 0
    assert some["net"] + some["foregone net"] == pytest.approx(nobody["net"])
    assert "foregone net" not in nobody
