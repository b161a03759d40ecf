"""Every column of the scores by another way: MBG/NBD integrated by brute force, money counted by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from attrs import evolve
from scipy.special import expit

import kundkarriar as kk

YEAR = 365.25 / 7
R, ALPHA, A, B = 0.525, 6.183, 0.891, 1.614
P, Q, GAMMA = 6.25, 3.74, 15.44
RATE, OBSERVED, MARGIN = math.log(1.1) / YEAR, 60.0, 0.3
RETURN_MEAN, RETURN_MASS = 0.1, 4.0
COSTS = kk.Costs(serve_per_year=2.0, market_per_year=0.5, per_order=1.25)
PURCHASES = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=R, alpha=ALPHA, a=A, b=B), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=P, q=Q, gamma=GAMMA))
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["once", "twice", "often", "gone"],
        "frequency": [0, 1, 12, 9],
        "recency": [0.0, 20.0, 50.5, 8.0],
        "T": [11.0, 38.86, 52.0, 47.0],
        "monetary_value": [0.0, 30.0, 41.5, 12.0],
        "n_transactions": [1, 2, 13, 10],
        "total_value": [20.0, 45.0, 500.0, 108.0],
        "returns_value": [0.0, 15.0, 40.0, 12.0],
        "period": "W",
    }
)
ROWS = CUSTOMERS.to_dict("records")
by_customer = pytest.mark.parametrize("row", ROWS, ids=CUSTOMERS["customer_id"].tolist())


def fitted(**choices):
    given = {"margin": MARGIN, "discount_rate": 0.10, "horizon": "18M", "costs": COSTS, **choices}
    return kk.FittedValueScorer(
        scorer=kk.ValueScorer(purchases=kk.MBGNBD(), **given),
        purchases=PURCHASES,
        spend=SPEND,
        return_mean=RETURN_MEAN,
        return_mass=RETURN_MASS,
        observed=OBSERVED,
    )


@pytest.fixture(scope="module")
def scores():
    return fitted().score(CUSTOMERS).set_index("customer_id")


def process(x, t_x, T):
    """P(alive), and E[f(rate, p)] given alive: the trapezoidal rule over ln(rate) and the logit of p.

    A customer buys in a Poisson process, and drops out after each purchase, also the first, with probability p.
    """
    rate, logit = np.exp(np.arange(-60.0, 6.0, 0.1))[:, None], np.arange(-45.0, 45.0, 0.1)
    p, q = expit(logit), expit(-logit)
    seen = rate ** (R + x) * np.exp(-ALPHA * rate) * p**A * q ** (B + x)
    alive, inactive = seen * np.exp(-rate * T) * q, seen * np.exp(-rate * t_x) * p
    total = alive.sum()
    return total / (total + inactive.sum()), lambda f: float((alive * f(rate, p)).sum() / total)


def ahead(mean, weeks, *, rate=RATE):
    """Purchases, discounted purchases, and discounted time alive in weeks, given alive now."""

    def over(speed):
        return -np.expm1(-speed * weeks) / speed

    return (
        mean(lambda each, p: each * over(each * p)),
        mean(lambda each, p: each * over(rate + each * p)),
        mean(lambda each, p: over(rate + each * p)),
    )


def annuity(years):
    return (1 - 1.1**-years) / math.log(1.1)


@by_customer
def test_every_column_is_what_the_process_and_the_terms_say(scores, row):
    """Purchases, money within the horizon, lifelong and at risk: each krona counted once, each in its own year."""
    x, m = row["frequency"], row["monetary_value"]
    weeks = 1.5 * YEAR
    p_alive, mean = process(x, row["recency"], row["T"])
    purchases, discounted, time = ahead(mean, weeks)
    _, ever, always = ahead(mean, math.inf)
    order = P * (GAMMA + x * m) / (P * x + Q - 1)
    own = row["returns_value"] / (row["total_value"] + row["returns_value"])
    kept = 1 - (row["n_transactions"] * own + RETURN_MASS * RETURN_MEAN) / (row["n_transactions"] + RETURN_MASS)
    clv, clv_lifelong = (p_alive * count * order * kept * MARGIN for count in (discounted, ever))
    cost = p_alive * (2.0 * time / YEAR + 1.25 * discounted) + 0.5 * annuity(1.5)
    cost_lifelong = p_alive * (2.0 * always / YEAR + 1.25 * ever) + 0.5 / math.log(1.1)
    if_alive = discounted * (order * kept * MARGIN - 1.25) - 2.0 * time / YEAR
    p_leaves = 1 - mean(lambda each, p: np.exp(-each * p * weeks))
    wanted = {
        "p_alive": p_alive,
        "p_leaves": p_leaves,
        "p_paused": 0.0,
        "p_purchase": p_alive * mean(lambda each, _: -np.expm1(-each * weeks)),
        "expected_purchases": p_alive * purchases,
        "expected_order_value": order,
        "expected_sales": p_alive * purchases * order * kept,
        "expected_revenue": clv / MARGIN,
        "clv": clv,
        "contribution": clv - 1.25 * p_alive * discounted,
        "cost": cost,
        "net_value": clv - cost,
        "revenue_cost_ratio": clv / cost,
        "clv_lifelong": clv_lifelong,
        "net_value_lifelong": clv_lifelong - cost_lifelong,
        "share_beyond_data": 1 - ahead(mean, OBSERVED)[1] / ever,
        "retention_value": if_alive,
        "value_at_risk": p_alive * p_leaves * if_alive,
        "win_back_value": (1 - p_alive) * if_alive,
    }
    found = scores.loc[row["customer_id"]].drop("rank")
    assert found.to_dict() == pytest.approx(wanted, rel=1e-8)


def test_marketing_is_paid_for_inactive_customers_too(scores):
    """Each net value is lower by an annuity, and value at risk is unchanged."""
    dear = fitted(costs=evolve(COSTS, market_per_year=100.5)).score(CUSTOMERS).set_index("customer_id")
    same = ["retention_value", "value_at_risk", "clv", "contribution", "p_leaves", "share_beyond_data"]
    pd.testing.assert_frame_equal(dear[same], scores[same], check_exact=True)
    assert (scores["net_value"] - dear["net_value"]).to_numpy() == pytest.approx(100 * annuity(1.5))
    lifelong = scores["net_value_lifelong"] - dear["net_value_lifelong"]
    assert lifelong.to_numpy() == pytest.approx(100 / math.log(1.1))


def test_the_ratio_says_whether_a_customer_pays(scores):
    """Law: it is below 1 where the net value is negative; a margin below 0 makes it negative, no cost makes none."""
    dear = fitted(costs=evolve(COSTS, market_per_year=30)).score(CUSTOMERS)
    assert 0 < (dear["net_value"] < 0).sum() < len(dear)
    assert ((dear["revenue_cost_ratio"] < 1) == (dear["net_value"] < 0)).all()
    free = fitted(costs=evolve(COSTS, serve_per_year=0, market_per_year=0, per_order=0)).score(CUSTOMERS)
    assert free["revenue_cost_ratio"].isna().all()
    lossy = fitted(costs=COSTS, margin=-0.1).score(CUSTOMERS).set_index("customer_id")
    assert lossy["revenue_cost_ratio"].to_numpy() == pytest.approx(-0.1 / MARGIN * scores["revenue_cost_ratio"])


def test_what_is_at_risk_and_what_is_not_make_up_the_net_value(scores):
    """net value = P(alive) x (net value if alive) - marketing: the two accounts of one customer agree."""
    marketing = 0.5 * annuity(1.5)
    assert scores["net_value"].to_numpy() == pytest.approx(scores["p_alive"] * scores["retention_value"] - marketing)


@by_customer
def test_without_discounting_revenue_is_sales_and_a_year_is_a_year(scores, row):
    """Probabilities and expected purchases do not depend on the discount rate."""
    plain = fitted(discount_rate=0).score(CUSTOMERS).set_index("customer_id")
    counted = ["p_alive", "p_leaves", "p_purchase", "expected_purchases", "expected_sales"]
    pd.testing.assert_frame_equal(plain[counted], scores[counted], rtol=1e-9)
    p_alive, mean = process(row["frequency"], row["recency"], row["T"])
    purchases, _, time = ahead(mean, 1.5 * YEAR, rate=0.0)
    found = plain.loc[row["customer_id"]]
    assert found["expected_revenue"] == pytest.approx(found["expected_sales"], rel=1e-12)
    assert found["cost"] == pytest.approx(p_alive * (2.0 * time / YEAR + 1.25 * purchases) + 0.5 * 1.5, rel=1e-8)


def test_nominal_scores_are_those_without_a_discount_rate():
    """Law: computed together or one after the other, the columns are the same."""
    scorer = fitted()
    base = scorer.base(CUSTOMERS)
    scores, nominal = scorer.scores_and_nominal(base)
    for name, values in scorer.score_base(base).items():
        np.testing.assert_array_equal(scores[name], values)
    plain = fitted(discount_rate=0.0).score_base(base)
    assert set(nominal) == {"expected_sales", "clv", "cost"}
    for name, values in nominal.items():
        np.testing.assert_allclose(values, plain[name], rtol=1e-12)
    assert np.all(nominal["clv"] > scores["clv"])
