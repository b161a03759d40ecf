"""Drawn futures of customers who pause and return, and simulated customers, against expectations."""

import numpy as np
import pandas as pd
import pytest
from attrs import asdict

import kundkarriar as kk
from kundkarriar.summaries.checked_summary import read_purchase_rows

RATE = 0.0018
EACH, DRAWS = 4000, 5
"""Customers alike of each history, and draws of each of them."""


def rows_of(summary):
    return read_purchase_rows(summary, need="a test", gaps=True).rows


@pytest.fixture(scope="module")
def some():
    """New; silent for long after one and after ten purchases; active; one who paused."""
    days = ["", "9", "7 7 7 7 7 7 7 7 7 7", "20 20 20 20", "7 7 200 7"]
    bought = [[int(day) for day in cell.split()] for cell in days]
    recency = np.array([sum(each) for each in bought]) / 7
    return pd.DataFrame(
        {
            "customer_id": range(1, 6),
            "frequency": [len(each) for each in bought],
            "recency": recency,
            "T": recency + np.array([1.0, 60, 30, 1, 2]),
            "gaps": days,
            "period": "W",
        }
    )


@pytest.fixture(scope="module")
def rows(some):
    """Each history of `some` many times, one after the other."""
    return rows_of(some.loc[some.index.repeat(EACH)].assign(customer_id=range(5 * EACH)))


@pytest.fixture(scope="module")
def certain(busy):
    """A posterior that knows the parameters."""
    return kk.Posterior(names=busy.family.parameters, values=[list(asdict(busy.params).values())] * DRAWS)


@pytest.mark.parametrize("method", ["draw_outcomes", "draw_expectations"])
def test_draws_have_the_expected_means(method, busy, some, rows, certain):
    """Law: each part of drawn futures has the mean that expectations give, within four Monte Carlo errors."""
    closed = busy.residual(rows_of(some), horizon=52.0, discount_rate=RATE)
    generator = np.random.default_rng(5)
    drawn = getattr(busy, method)(rows, posterior=certain, horizon=52.0, discount_rate=RATE, generator=generator)
    for part in ("purchases", "discounted_purchases", "discounted_alive"):
        values = by_history(getattr(drawn, part))
        error = values.std(axis=1) / np.sqrt(EACH * DRAWS)
        assert (np.abs(values.mean(axis=1) - closed.unconditional(part)) < 4 * error).all(), part


def by_history(values):
    return values.reshape(5, EACH * DRAWS)


def test_outcomes_are_distributed_as_counts(busy, some, rows, certain):
    """Law: the share of draws with n purchases is the probability of n."""
    generator = np.random.default_rng(6)
    drawn = by_history(
        busy.draw_outcomes(rows, posterior=certain, horizon=26.0, discount_rate=0.0, generator=generator).purchases
    )
    assert (drawn == np.floor(drawn)).all()
    counts = busy.purchase_counts(some, horizon=26, up_to=4)
    for n in range(5):
        p = counts[f"p_{n}"].to_numpy()
        error = np.sqrt(p * (1 - p) / (EACH * DRAWS))
        assert (np.abs((drawn == n).mean(axis=1) - p) < 4 * error).all(), n


@pytest.mark.parametrize("of", ["outcome", "expectation"])
def test_totals_of_draws_are_totals_of_scores(of, summary, fitted, monkeypatch):
    """Law: at parameters that are known, drawn values of all customers add up to their scores.

    Within four Monte Carlo errors.
    """
    spend = kk.GammaGamma().fit(summary)
    for model in (fitted, spend):
        one = [list(model.free_parameters().values())]
        known = kk.Posterior(names=tuple(model.free_parameters()), values=one * 150)
        monkeypatch.setattr(type(model), "posterior", lambda _, known=known, **__: known)
    costs = kk.Costs(serve_per_year=4.0, market_per_year=1.0, per_order=2.0)
    terms = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M", "costs": costs}
    scored = kk.ValueScorer(purchases=fitted, spend=spend, **terms).fit(summary)
    scores = scored.score(summary)
    drawn = scored.draw(summary, seed=1, draws=150).drawing(of)
    for measure, column in (("clv", "clv"), ("purchases", "expected_purchases")):
        totals = drawn.measuring(measure).totals()
        assert abs(totals.mean() - scores[column].sum()) < 4 * totals.std() / np.sqrt(len(totals)), measure


def test_columns_of_customers_who_pause(busy, some):
    """Paused customers come back within the horizon; the others are on, or stay away."""
    spend = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
    terms = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}
    priced = some.assign(monetary_value=np.where(some["frequency"] > 0, 40.0, 0.0))
    scores = kk.ValueScorer(purchases=busy, spend=spend, **terms).fit(priced).score(priced)
    assert scores["p_paused"].between(0, 1).all()
    assert (scores["p_paused"] + scores["p_alive"] <= 1 + 1e-12).all()
    assert (scores["win_back_value"] >= 0).all()
    nu, year = busy.params.nu, kk.Period.of("12M").in_units("W")
    back = (1 - scores["p_alive"]) * (1 - np.exp(-nu * year))
    assert scores["p_paused"].to_numpy() == pytest.approx(back.to_numpy(), rel=1e-9)


def test_simulated_customers_buy_as_expected(busy):
    """Law: the mean of simulated purchases is that of a new customer, and so is their distribution."""
    T, n = 30.0, 20_000
    purchases = busy.simulate([T] * n, seed=3)["frequency"]
    assert abs(purchases.mean() - busy.new_customer(T)) < 4 * purchases.std() / np.sqrt(n)
    p = busy.new_customer_counts(T, up_to=5)["probability"].to_numpy()
    shares = np.array([(purchases == number).mean() for number in range(6)])
    assert (np.abs(shares - p) < 4 * np.sqrt(p * (1 - p) / n)).all()
    assert busy.simulate([104.0] * 30, seed=1).equals(busy.simulate([104.0] * 30, seed=1))


def test_simulated_customers_are_read_as_they_are(busy):
    """Law: gaps are days of continuous time, as many as purchases, and add up to recency."""
    simulated = busy.simulate([20.0, 0.0, 52.0] * 30, seed=4)
    assert len(rows_of(simulated)) == 90
    assert (simulated.loc[simulated["T"] == 0, "frequency"] == 0).all()
    days = [[float(day) for day in cell.split()] for cell in simulated["gaps"]]
    assert min(map(min, filter(None, days))) > 0
    assert [len(each) for each in days] == simulated["frequency"].tolist()
    assert [sum(each) / 7 for each in days] == pytest.approx(simulated["recency"].tolist())


@pytest.mark.parametrize("seed", [1, 2])
def test_parameters_are_recovered(seed):
    """From 2,000 customers and 104 weeks, within three standard errors."""
    truth = kk.ReturningNBDParams(m1=-3.0, s1=0.8, m2=-2.7, s2=0.7, nu=0.02)
    simulated = kk.FittedReturningNBD(params=truth, period="W").simulate([104.0] * 2000, seed=seed)
    estimates = kk.ReturningNBD().fit(simulated).estimates().set_index("parameter")
    errors = (estimates["estimate"] - pd.Series(asdict(truth))) / estimates["std_error"]
    assert errors.abs().max() < 3


def test_a_posterior_is_settled_by_its_seed(fitted_paused):
    drawn = fitted_paused.posterior(draws=200, seed=9)
    assert drawn.equals(fitted_paused.posterior(draws=200, seed=9))
    assert drawn.k_hat < 0.7
    assert (drawn.frame()[["s1", "s2", "nu"]] > 0).all(axis=None)
