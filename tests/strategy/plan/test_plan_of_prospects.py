"""Plans reach prospects where an effect on the first purchase pays, and leave them where it costs more."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
AS_OF, N = "1997-09-30", 80
FIRST = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.1, beta=7.0, never=0.4))
BUDGET = kk.Budget(money=10_000, hours=0, period="1997-Q4")
WIN = {"on": "first purchase", "mean": 1.5, "low": 1.2, "high": 2.0, "evidence": "assumed", "relative_to": "none"}


@pytest.fixture(scope="module")
def career() -> kk.FittedCareer:
    buyers = TRANSACTIONS["customer_id"].unique()
    known = pd.DataFrame({"customer_id": [*buyers, *range(1_000_000, 1_000_000 + N)]})
    known["first_contact"] = pd.to_datetime(["1996-12-31"] * len(buyers) + ["1997-08-31"] * N)
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M", first_purchase=FIRST)
    return kk.CustomerCareer(scorer=scorer).fit(TRANSACTIONS, as_of=AS_OF, seed=1, customers=known, draws=2)


def plan_at(career: kk.FittedCareer, cost: float) -> kk.Plan:
    call = kk.Action(
        name="call", objective="activate", lever="information", cost=cost, hours=0, effect=kk.Effect(**WIN)
    )
    return career.plan(budget=BUDGET, start="1997-10-01", actions=[call], holdout=0)


def test_an_action_on_the_first_purchase_goes_to_prospects_where_it_pays(career: kk.FittedCareer) -> None:
    """All prospects are alike: each is treated at a cost just below what it adds, and nobody just above it."""
    prospects = (career.customers()["rung"] == "prospect").to_numpy()
    table = plan_at(career, 0.01).assignments()
    worth = table.loc[prospects, "max_justified_spend"]
    assert (worth == worth.iloc[0]).all()
    assert worth.iloc[0] > 0
    assert (table.loc[~prospects, "max_justified_spend"] == 0).all()
    for factor, treated in ((0.99, N), (1.01, 0)):
        planned = plan_at(career, factor * worth.iloc[0])
        own = planned.assignments()
        assert own["treated"].sum() == treated
        assert not own.loc[~prospects, "treated"].any()
        groups = planned.groups()
        assert groups.loc[groups["rung"] == "prospect", "treated"].sum() == treated


def test_increments_of_a_planner_are_those_of_the_scorer(career: kk.FittedCareer) -> None:
    """The planner's column is what the scorer counts while the contact treats, from the leads it is given."""
    history = career.history
    summary = kk.summarize(TRANSACTIONS, as_of=AS_OF, customers=history.customers)
    call = kk.Action(name="call", objective="activate", lever="product", cost=1, hours=0, effect=kk.Effect(**WIN))
    planner = kk.StrategyPlanner.default(actions=[call])
    given = {"customers": history.customers, "leads": history.leads()}
    table = planner.increments(career.scorer, summary, budget=BUDGET, start="1997-10-01", **given)
    treated = (("1997-10-01", "1997-12-31"),)
    own = career.scorer.increments(summary, effects=call.effects, treated=treated, horizon="366D", **given)
    np.testing.assert_allclose(table["call"], own["increment"], rtol=1e-2)


def test_a_career_that_was_read_back_makes_the_same_plan(career: kk.FittedCareer) -> None:
    """The leads are stored with the summary."""
    back = kk.FittedCareer.from_dict(json.loads(json.dumps(career.to_dict())))
    first, second = (plan_at(each, 0.1).assignments() for each in (career, back))
    pd.testing.assert_frame_equal(first, second)
    assert first["treated"].sum() == N


def test_an_effect_on_the_first_purchase_needs_a_model_of_it(career: kk.FittedCareer) -> None:
    """A scorer without first purchases cannot say what the action adds."""
    scorer = kk.ValueScorer(purchases=career.scorer.purchases, margin=0.3, discount_rate=0.1, horizon="12M")
    alone = kk.CustomerCareer(scorer=scorer).fit(
        TRANSACTIONS, as_of=AS_OF, seed=1, customers=career.history.customers, draws=2
    )
    with pytest.raises(kk.CapabilityError, match=r"kk\.ValueScorer\(first_purchase=kk\.FirstPurchase\(\.\.\.\)"):
        plan_at(alone, 1.0)
