"""Passive is not lapsed: who buys in bursts, once a year, is not sent to win back by the silence of a February."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF = "2025-02-28"
pytestmark = pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")


@pytest.fixture(scope="module")
def purchases():
    """A tenth buys eight times in July and August of each year; the others drop out after a purchase, by a chance."""
    rng = np.random.default_rng(1)
    rows = []
    for customer in range(300):
        if customer % 10 == 0:
            summers = [pd.Timestamp(year=year, month=7, day=1) for year in range(2021, 2025)]
            own = [july + pd.Timedelta(days=int(day)) for july in summers for day in rng.choice(61, 8, replace=False)]
        else:
            first, gap, chance = rng.integers(0, 700), 1 / rng.gamma(1.5, 1 / 45), rng.beta(1, 6)
            days = first + np.cumsum([0, *np.maximum(rng.exponential(gap, rng.geometric(chance) - 1), 1)])
            own = [pd.Timestamp("2021-03-01") + pd.Timedelta(days=int(day)) for day in days]
        rows += [(f"{'summer' if customer % 10 == 0 else 'other'} {customer}", day) for day in own]
    table = pd.DataFrame(rows, columns=["customer_id", "date"])
    return table[table["date"] <= AS_OF].assign(amount=rng.gamma(4, 10, (table["date"] <= AS_OF).sum()))


def career_of(purchases, model):
    scorer = kk.ValueScorer(purchases=model, margin=0.3, discount_rate=0.1, horizon="12M")
    return kk.CustomerCareer(scorer=scorer).fit(purchases, as_of=AS_OF, seed=1, draws=2)


@pytest.fixture(scope="module")
def career(purchases):
    return career_of(purchases, kk.MBGNBD())


def strategies(customers):
    return kk.StrategyPlanner.default().playbook.assign(customers)["strategy"]


def test_periodic_buyers_are_not_won_back_and_the_others_are(career):
    """The model, which knows of no periods, takes half of the periodic buyers and more for gone."""
    customers = career.customers()
    periodic = customers["customer_id"].str.startswith("summer")
    assert customers.loc[periodic, "lapsed"].all()
    assert customers.loc[periodic, "p_purchase"].max() < 0.5
    assert (strategies(customers)[periodic] == "ready for their return").all()
    silent = customers["lapsed"] & ~periodic
    assert (strategies(customers)[silent] == "win back").mean() > 0.3
    assert customers.loc[silent, "paused"].mean() < 0.03


def test_who_is_likely_to_buy_is_paused_too(purchases, career):
    """By NBD nobody leaves: the silent are likely to buy, and the reason says so."""
    customers = career_of(purchases, kk.NBD()).customers()
    own = career.customers()["paused"]
    likely = customers["lapsed"] & (customers["p_purchase"] >= 0.5)
    assert customers["paused"].tolist() == (own | likely).tolist()
    row = customers[likely & ~own].iloc[0]
    assert row["reason"].endswith(f"; silent, and likely to buy within the horizon ({row['p_purchase']:.2f})")
    assert not customers["reason"][~customers["paused"]].str.contains("silent").any()


def test_an_explanation_does_not_contradict_itself(career):
    plan = career.plan(actions=(), budget=kk.Budget(money=1, hours=1, period="2025-H1"), start="2025-03-01", holdout=0)
    said = plan.explain("summer 0").splitlines()
    assert said[0] == (
        "Customer summer 0 stands on the rung repeat buyer and has been silent for longer than usual, and is expected "
        "back: purchase_days is 32 (at least 2); silent for 187 days, and came back after 312 days before."
    )
    (likely,) = [line for line in said if line.startswith("The probability that they buy")]
    assert likely.endswith("%, by the model alone: that they came back from such silences before speaks for more.")
    assert "ready for their return" in kk.Plan.from_dict(plan.to_dict()).explain("summer 0")


def test_a_career_stored_without_the_flag_reads_back(career):
    stored = json.loads(json.dumps(career.to_dict()))
    table = stored["table"]
    table["columns"] = [each for each in table["columns"] if each["name"] != "paused"]
    read = kk.FittedCareer.from_dict(stored).customers()
    assert "paused" not in read
    assert "ready for their return" not in set(strategies(read))
