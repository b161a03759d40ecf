"""Plans of actions that cost a share of what customers spend: ranges, checks, additions and single customers."""

import attrs
import numpy as np
import pytest

import kundkarriar as kk

AS_OF, START = "2026-12-31", "2027-01-01"
LINES = kk.testing.make_transactions(customers=24, seed=1, start="2024-06-01", until=AS_OF)
SUMMARY = kk.summarize(LINES, as_of=AS_OF)
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SCORER = kk.ValueScorer(purchases=PARETO, spend=SPEND, margin=0.4, discount_rate=0.1, horizon="12M").fit(SUMMARY)
EVERY = kk.Strategy(name="all", when=kk.column("p_alive") >= 0, objective="grow", reason="buys")
BUDGET = kk.Budget(money=1e6, hours=0, period="2027", reserve=0.5)


def act(name, on, mean, *, low=None, high=None, **more):
    adds = kk.Effect(
        on=on, mean=mean, low=low or mean, high=high or mean, lasts="6M", evidence="assumed", relative_to="none"
    )
    return kk.Action(
        **{"name": name, "objective": "grow", "lever": "price", "cost": 0.5, "hours": 0, "effects": adds, **more}
    )


def made(*actions, most_actions=1, budget=BUDGET):
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)), actions=actions, most_actions=most_actions)
    counted = planner.increments(SCORER, SUMMARY, budget=budget, start=START)
    return planner.plan(SCORER.score(SUMMARY), budget=budget, start=START, increments=counted, holdout=0)


@pytest.mark.parametrize(
    "voucher",
    [
        act("voucher", "spend", 1.5, low=1.2, high=2.0, cost_of_spend=0.1),
        act("voucher", "leaving", 0.5, low=0.3, high=0.9, cost_of_spend=0.002, cost=0.001),
        act("voucher", "spend", 2.0, low=1.7, high=3.0, discount=kk.Discount(share=0.1)),
    ],
    ids=["spend", "leaving", "discount"],
)
def test_the_range_pays_the_share_of_what_is_spent_at_each_end(voucher):
    """Law: net at an end is that of a plan whose stated effect is the end."""
    plan, effect = made(voucher), voucher.effect
    weak, strong = (
        made(attrs.evolve(voucher, effects=(attrs.evolve(effect, mean=end, low=end, high=end),))).bundle_net[:, 0]
        for end in ((effect.low, effect.high) if effect.on == "spend" else (effect.high, effect.low))
    )
    np.testing.assert_allclose(plan.ledger.low[:, 0] - plan.bundle_cost[:, 0], weak, rtol=1e-9)
    np.testing.assert_allclose(plan.ledger.high[:, 0] - plan.bundle_cost[:, 0], strong, rtol=1e-9)
    assert plan.ledger.treated.sum() > 3
    own = plan.ledger.treated
    low, _, high = plan.incremental_value_range()
    assert [low - plan.cost.sum(), high - plan.cost.sum()] == pytest.approx([weak[own].sum(), strong[own].sum()])
    weak_end = "planned spend per customer is at most its incremental value, even if every effect is at its weak end"
    assert plan.checks().set_index("check").loc[weak_end, "value"] == (weak[own] < 0).sum()
    table = plan.sensitivity().set_index("end")["net"]
    ends = {"low": low, "high": high} if effect.on == "spend" else {"low": high, "high": low}
    assert {end: table[end] for end in ends} == pytest.approx({k: v - plan.cost.sum() for k, v in ends.items()})


def test_ends_are_not_known_where_the_share_at_them_was_not_counted():
    voucher = act("voucher", "leaving", 0.5, low=0.3, high=0.9, cost_of_spend=0.002, cost=0.001)
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(EVERY,)), actions=(voucher,))
    counted = planner.increments(SCORER, SUMMARY, budget=BUDGET, start=START)
    counted = counted.drop(columns=["voucher, cost of spend, low", "voucher, cost of spend, high"])
    plan = planner.plan(SCORER.score(SUMMARY), budget=BUDGET, start=START, increments=counted, holdout=0)
    assert np.isnan(plan.incremental_value_range()[::2]).all()
    checks = plan.checks().set_index("check")
    weak = checks.loc[
        "planned spend per customer is at most its incremental value, even if every effect is at its weak end"
    ]
    assert not weak["informative"]
    assert "increments at the weak end were not given" in weak["message"]
    assert plan.net.sum() > 0


def test_one_customer_has_the_share_of_their_own():
    plan = made(act("voucher", "spend", 1.5, cost_of_spend=0.1))
    for at in np.flatnonzero(plan.ledger.treated)[:4].tolist():
        assert plan.for_customer(at).cost.tolist() == [plan.cost[at]]
        assert "voucher" in plan.explain(plan.customers.ids[at])


def test_an_addition_pays_the_share_that_it_brings():
    """Law: on what a customer gets, it costs and adds what both together do more; alone, what the plan says of it."""
    voucher, mail = act("voucher", "spend", 2.0, cost_of_spend=0.1), act("mail", "purchases", 1.6, cost=50)
    plan = made(voucher, mail, most_actions=2)
    names = [each.name for each in plan.bundles]
    alone, both = names.index("voucher"), names.index("voucher + mail")
    at = int(np.flatnonzero(plan.ledger.bundle == alone)[0])
    row = plan.add("mail", [plan.customers.ids[at]], "fair").assignments().iloc[at]
    cost, gain = plan.bundle_cost[at], plan.ledger.gain[at]
    assert row["added_cost"] == pytest.approx(cost[both] - cost[alone])
    assert row["added_cost"] > 50.01
    assert row["added_value"] == pytest.approx(gain[both] - gain[alone])
    few = made(voucher, budget=kk.Budget(money=10, hours=0, period="2027", reserve=0.5))
    at = int(np.flatnonzero(~few.ledger.treated & (few.bundle_cost[:, 0] > 0.51))[0])
    assert few.bundle_cost[at, 0] < 5
    row = few.add("voucher", [few.customers.ids[at]], "fair").assignments().iloc[at]
    assert row["added_cost"] == few.bundle_cost[at, 0]


def test_an_addition_whose_share_depends_on_others_is_refused():
    gift = act("gift", "value", 0.6, cost_of_spend=0.001)
    plan = made(act("mail", "purchases", 1.6), gift)
    at = int(np.flatnonzero(plan.ledger.bundle == 0)[0])
    with pytest.raises(kk.CapabilityError, match="1 of 1 customers get another action that acts on their purchases"):
        plan.add("gift", [plan.customers.ids[at]], "fair")


def test_equal_stated_money_counts_of_each_action():
    """Law: what two actions add in money is their sum, equal or not."""
    for more in (5.0, 5.5):
        plan = made(act("gift", "value", 5.0), act("thanks", "value", more), most_actions=2)
        np.testing.assert_allclose(plan.ledger.gain[:, 2], 5.0 + more, rtol=1e-12)
