"""Plans of a career: its own events, contacts made before, and the plan before."""

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
