"""Plans of a career: its own events, contacts made before, and the plan before."""

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

BUDGET = kk.Budget(money=100_000, hours=0, period="1998-07/1998-12")
GIFT = kk.Effect(on="value", mean=9, low=8, high=10, evidence="assumed", relative_to="none")
TEACH = kk.Action(
    name="teach",
    objective="grow",
    lever="service",
    cost=1,
    hours=0,
    after="installed",
    after_days=14,
    effects=GIFT,
)


@pytest.fixture(scope="module")
def career():
    transactions = kk.datasets.load_cdnow(sample=True)
    ids = transactions["customer_id"].drop_duplicates().head(3).tolist()
    events = pd.DataFrame(
        {
            "customer_id": ids,
            "date": pd.to_datetime(["1998-06-25", "1998-05-01", "1998-07-01"]),
            "event": "installed",
        }
    )
    spec = kk.CustomerCareer(
        scorer=kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M"), ladder=kk.CustomerLadder.groups()
    )
    return spec.fit(transactions, as_of="1998-06-30", seed=1, draws=2, events=events), ids


def test_onboarding_follows_the_events_of_the_career_up_to_its_day(career):
    fitted, ids = career
    made = fitted.plan(budget=BUDGET, start="1998-07-03", actions=[TEACH], holdout=0)
    assert made.contacts()[["customer_id", "date"]].astype(str).to_numpy().tolist() == [[str(ids[0]), "1998-07-09"]]
    past = pd.DataFrame({"customer_id": [ids[0]], "date": pd.Timestamp("1998-06-28"), "action": "teach"})
    assert not fitted.plan(
        budget=BUDGET, start="1998-07-03", actions=[TEACH], holdout=0, contacts=past
    ).ledger.treated.any()
    later = fitted.plan(budget=BUDGET, start="1998-07-05", actions=[TEACH], holdout=0, previous=made)
    assert len(later.contacts()) == 1


def voucher(**more):
    adds = kk.Effect(on="spend", mean=1.5, low=1.4, high=1.6, lasts="3M", evidence="assumed", relative_to="none")
    given = {"cost": 0.01, "hours": 0, "cost_of_spend": 0.05, "effect": adds}
    return kk.Action(name="voucher", objective="grow", lever="price", **(given | more))


def test_a_share_of_spend_is_a_cost(career):
    """Law: it costs its share of what is spent while treated, under treatment. Of spend raised by m the gain is the
    margin of (m - 1) of it, and the cost the share of m of it."""
    fitted, _ids = career
    made = fitted.plan(budget=BUDGET, start="1998-07-03", actions=[voucher()], holdout=0)
    gain, treated = made.ledger.gain[:, 0], made.ledger.treated
    power = {"moving": 0.8}
    m = np.array([1.5 ** power.get(each, 1.0) for each in made.customers.word("group")])
    expected = 0.01 + 0.05 * m * gain / (0.3 * (m - 1))
    np.testing.assert_allclose(made.bundle_cost[:, 0], expected, rtol=1e-9)
    np.testing.assert_allclose(made.net[treated], (gain - expected)[treated], rtol=1e-9)
    assert treated.any()
    table = made.summary().set_index("item")["value"]
    assert table["planned cost"] == pytest.approx(expected[treated].sum())
    customer = np.array(made.customers.ids)[treated][0]
    assert "Its cost grows with what they spend, so from which effect it pays is not told." in made.explain(customer)
    assert made.sensitivity()["break_even"].isna().all()
    assert kk.Plan.from_dict(made.to_dict()).equals(made)


@pytest.mark.parametrize("limits", [{"money": 40}, {"money": 100_000, "caps": {"voucher": 40}}], ids=["money", "cap"])
def test_a_share_of_spend_counts_for_money_and_caps(career, limits):
    fitted, _ids = career
    budget = kk.Budget(hours=0, period="1998-07/1998-12", reserve=0, **limits)
    made = fitted.plan(budget=budget, start="1998-07-03", actions=[voucher()], holdout=0)
    assert 39 < made.cost.sum() <= 40 * (1 + 1e-9)
    prices = made.shadow_prices()
    bound = prices[prices["planned"].round(6) == round(made.cost.sum(), 6)]
    assert (bound["shadow_price"] > 0).sum() == 1


def test_a_share_of_spend_needs_increments(career):
    fitted, _ids = career
    with pytest.raises(kk.errors.CapabilityError) as caught:
        fitted.career.planner.plan(fitted.customers(), actions=[voucher()], budget=BUDGET, start="1998-07-03")
    assert str(caught.value) == (
        "what 'voucher' costs as a share of spend is not known without increments.\n\n"
        "Hint: plan(customers, increments=planner.increments(fitted_scorer, summary, ...), ...), or career.plan(...); "
        "its effect must be on the purchase process."
    )


@pytest.mark.parametrize("lasts", ["6W", None])
def test_twelve_monthly_plans_bring_what_the_plan_of_the_year_brings(career, lasts):
    """Law: each contact is planned once, and its effect is claimed by the plan that pays for it."""
    fitted, _ = career
    effect = kk.Effect(
        on="leaving", mean=0.7, low=0.6, high=0.9, lasts=lasts, evidence="assumed", relative_to="nothing"
    )
    call = kk.Action(name="call", objective="grow", lever="service", cost=0, hours=0, per_year=4, effect=effect)
    everybody = kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow")
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=[everybody]))
    own = attrs.evolve(fitted, career=attrs.evolve(fitted.career, planner=planner))
    given = {"actions": [call], "holdout": 0, "until": "2000-12-31"}
    budget = kk.Budget(money=1, hours=0, period="1998-07/1999-06")
    year = own.plan(budget=budget, start="1998-07-01", **given).assignments()
    months, before = 0.0, None
    for month in pd.period_range("1998-07", "1999-06", freq="M").astype(str):
        budget = kk.Budget(money=1, hours=0, period=month)
        before = own.plan(budget=budget, start=f"{month}-01", previous=before, **given)
        months = months + before.assignments()["incremental_value"].to_numpy()
    assert year["treated"].sum() > 2000
    assert months == pytest.approx(year["incremental_value"].to_numpy(), rel=1e-9, abs=1e-12)


def test_discounts_grow_as_the_career_tells(career):
    """Law: the climbs of a discount are those of the career's microsimulation, under the effects of the action."""
    fitted, _ids = career
    club = voucher(cost_of_spend=0.0, discount=kk.Discount(share=0.01, escalation=0.5))
    plan = {"budget": BUDGET, "start": "1998-07-03", "holdout": 0}
    made = fitted.plan(actions=[club], **plan)
    fixed = fitted.plan(actions=[attrs.evolve(club, discount=kk.Discount(share=0.01))], **plan)
    factors = fitted.microsimulation.climb_factors(fitted.history, club.discount, effect=club.effects)
    factor = factors.set_index("customer_id").loc[list(made.customers.ids), "climb_factor"].to_numpy()
    assert factor.max() > 1.01
    period = (fixed.bundle_cost - 0.01)[:, 0]
    np.testing.assert_allclose(made.bundle_cost, fixed.bundle_cost, rtol=1e-12)
    expected = factor * (period + fixed.later_cost[:, 0]) - period
    np.testing.assert_allclose(made.later_cost[:, 0], expected, rtol=1e-9, atol=1e-12)
    own = fitted.plan(actions=[club], climbs=factors.assign(climb_factor=1.0), **plan)
    np.testing.assert_allclose(own.later_cost, fixed.later_cost, rtol=1e-12)
    stored = kk.FittedCareer.from_dict(fitted.to_dict())
    with pytest.raises(kk.CapabilityError, match="the discount of voucher grows as customers climb"):
        stored.plan(actions=[club], **plan)
