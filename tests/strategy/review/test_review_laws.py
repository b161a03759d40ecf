"""Laws of verdicts: what chance alone brings, and what regression to the mean brings, is seldom called an effect."""

import attrs
import numpy as np
import pandas as pd
import pytest
from tests.strategy.review.conftest import make_orders, make_plan, make_planner, make_scores, orders_of

import kundkarriar as kk
from kundkarriar.strategy.review.comparison import Comparisons


def test_nothing_is_seldom_called_an_effect():
    """Law: of years in which nothing was done, with 20 held out and skewed amounts, one in forty "worked"."""
    worked = 0
    for seed in range(16):
        scores = make_scores(120, seed=seed)
        planner = make_planner(metric="spend", value=0.5)
        plan = make_plan(scores, planner=planner, holdout=1 / 3, seed=seed)
        orders = orders_of(plan, scores, seed=seed)
        orders["amount"] = np.random.default_rng(seed).lognormal(3, 1.5, len(orders))
        row = planner.review(plan, {"transactions": orders}, as_of="2027-12-31").strategies().iloc[0]
        worked += row["verdict"] == "worked"
    assert worked <= 2


def test_twice_the_smallest_visible_effect_is_seen():
    """Law: a plan whose effect is twice what it can see has a verdict in at least four years of five."""
    seen = 0
    for seed in range(8):
        scores = make_scores(400, seed=seed)
        planner = make_planner()
        rows = make_plan(scores, planner=planner, seed=seed).targets().iloc[0]
        factor = 1 + rows["smallest_visible"] / rows["planned"]  # 1.5 plans half of the purchases more
        planner = make_planner(mean=factor)
        plan = make_plan(scores, planner=planner, seed=seed)
        orders = orders_of(plan, scores, factor=factor, seed=seed)
        seen += planner.review(plan, {"transactions": orders}).strategies()["verdict"].iloc[0] == "worked"
    assert seen >= 7


def test_regression_to_the_mean_never_worked():
    """Law: the fifth that bought least last year buys more in the next by itself; without a holdout nothing worked."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        scores = make_scores(600, seed=seed)
        past = rng.poisson(scores["expected_purchases"])
        scores["rung"] = np.where(past <= np.quantile(past, 0.2), "client", "trial buyer")
        plan = make_plan(scores, holdout=0)
        first = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 365, past.sum()), "D")
        before = pd.DataFrame({"customer_id": np.repeat(scores["customer_id"], past), "date": first, "amount": 40.0})
        both = pd.concat([before, orders_of(plan, scores, seed=100 + seed)])
        row = make_planner().review(plan, {"transactions": both}).strategies().iloc[0]
        assert row["actual"] > row["before"]
        assert row["verdict"] == "cannot tell"


def test_intervals_hold_for_all_strategies_together(review, scores):
    """Law: with k strategies with both arms the intervals of each have the level 1 - (1 - level) / k (Bonferroni)."""
    usual = review.strategies()
    wide = kk.Review(plan=review.plan, actuals=review.actuals, level=0.99).strategies()
    assert wide["low"].iloc[0] < usual["low"].iloc[0]
    assert wide["high"].iloc[0] > usual["high"].iloc[0]
    client = kk.column("rung").equals("client")
    two = tuple(kk.Strategy(name=str(each), when=each, objective="grow") for each in (client, ~client))
    planner = attrs.evolve(make_planner(), playbook=kk.Playbook(strategies=two))
    plan = make_plan(scores, planner=planner)
    found = planner.review(plan, {"transactions": orders_of(plan, scores, factor=1.5)}, level=0.9)
    alone = Comparisons(plan=plan, actuals=found.actuals, level=0.9)
    assert alone.own_level == pytest.approx(0.95)
    mine = plan.ledger.strategy == 0
    metric = found.strategies()["metric"].iloc[0]
    by_hand = alone.of(metric, mine, alone.assigned(mine, level=0.95), level=0.95)
    assert found.strategies()["low"].iloc[0] == by_hand.low


def test_leaving_out_the_worst_treated_is_no_effect():
    """Law: nothing was done, and the fourth of the treated who bought least was left out: seldom it "worked"."""
    worked = 0
    for seed in range(12):
        scores = make_scores(400, seed=seed)
        scores["expected_purchases"] = mean = scores["expected_purchases"].mean()  # they do not know who buys least
        plan = make_plan(scores, seed=seed)
        true = np.random.default_rng(seed).gamma(0.6, mean / 0.6, len(scores))
        treated = np.flatnonzero(plan.ledger.treated)
        worst = treated[np.argsort(true[treated])[: len(treated) // 4]]
        orders = make_orders(scores["customer_id"], true, seed=seed)
        less = plan.without(scores["customer_id"].iloc[worst].tolist())
        row = make_planner().review(less, {"transactions": orders}, as_of="2027-12-31").strategies().iloc[0]
        worked += row["verdict"] == "worked"
    assert worked <= 2  # so many or fewer of 12 at 2.5 %: probability .997
