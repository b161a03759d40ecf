"""The published fit of the apparel data with static covariates: CLVTools' manual, Pareto/NBD, two columns on both.

LL -5821.0627; alpha_i = alpha exp(-gamma'x), beta_i = beta exp(-gamma'x). The (M)BG/NBD fits with covariates on logit
phi have no published counterpart: CLVTools scales a and b together, which is not identified.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

DATA = Path(__file__).parents[3] / "shared" / "data"
PUBLISHED = {
    "r": (1.8387, 0.3457),
    "alpha": (92.94, 16.97),
    "purchase:Gender": (0.286, 0.1041),
    "purchase:Channel": (0.624, 0.1049),
    "s": (0.5913, 0.2603),
    "beta": (49.51, 36.14),
    "dropout:Gender": (-0.642, 0.2955),
    "dropout:Channel": (0.790, 0.3058),
}
BOTH = kk.Covariates(purchase=("Gender", "Channel"), dropout=("Gender", "Channel"))


@pytest.fixture(scope="module")
def apparel():
    """The summary of 600 customers after 104 weeks, and their covariates."""
    if not (DATA / "apparel_transactions.csv").exists():
        pytest.skip("the apparel data of CLVTools are not at hand")
    bought = pd.read_csv(DATA / "apparel_transactions.csv")
    transactions = kk.transactions(
        bought, customer_id="Id", date="Date", amount="Price", vat="excluded", currency="CHF"
    )
    known = pd.read_csv(DATA / "apparel_static_covariates.csv").rename(columns={"Id": "customer_id"})
    return kk.summarize(transactions, as_of="2006-12-31", period="W", regularity=True), known


@pytest.fixture(scope="module")
def fitted(apparel):
    summary, known = apparel
    return kk.ParetoNBD(covariates=BOTH).fit(summary, customers=known)


def test_log_likelihood_is_the_published_one(apparel, fitted):
    summary, known = apparel
    assert fitted.log_likelihood == pytest.approx(-5821.0627, abs=1e-4)
    assert fitted.log_likelihood_of(summary, customers=known) == pytest.approx(fitted.log_likelihood, abs=1e-8)
    assert (fitted.boundary, fitted.converged) == (None, True)


def test_parameters_coefficients_and_errors_are_the_published_ones(fitted):
    """Printed with three or four digits, from a search that stopped a little short: alpha is 92.963 at the maximum."""
    found = fitted.estimates().set_index("parameter")
    assert list(found.index) == list(PUBLISHED)
    for name, (estimate, error) in PUBLISHED.items():
        assert found.loc[name, "estimate"] == pytest.approx(estimate, rel=1e-3)
        assert found.loc[name, "std_error"] == pytest.approx(error, rel=2e-3)


def test_it_is_the_maximum(apparel, fitted):
    """No small change of a coefficient raises the log-likelihood."""
    summary, known = apparel
    maximum = fitted.log_likelihood
    for name, value in fitted.effects.coefficients().items():
        for nudge in (-0.01, 0.01):
            effects = fitted.effects.with_coefficients(fitted.effects.coefficients() | {name: value + nudge})
            other = kk.FittedParetoNBD(params=fitted.params, period="W", effects=effects)
            assert other.log_likelihood_of(summary, customers=known) < maximum


def test_covariates_of_the_dropout_probability_have_an_interior_maximum(apparel):
    """BG/NBD. Scaling a and b together tends to -5839.862 at infinity; coefficients on each of them, to -5837.435."""
    summary, known = apparel
    fitted = kk.BGNBD(covariates=BOTH).fit(summary, customers=known)
    assert -5839.862 < fitted.log_likelihood < -5837.435
    assert fitted.boundary is None
    assert max(abs(value) for value in fitted.effects.coefficients().values()) < 1


@pytest.mark.weak_fit
def test_without_ageing_ggompertz_nbd_is_the_published_fit(apparel):
    """The apparel data show no ageing, and GGompertz/NBD with CLVTools' coefficients ends where Pareto/NBD does."""
    summary, known = apparel
    fitted = kk.GGompertzNBD(covariates=BOTH).fit(summary, customers=known)
    assert fitted.boundary.startswith("no ageing identifiable")
    assert fitted.log_likelihood == pytest.approx(-5821.0627, abs=1e-4)
    found = fitted.free_parameters()
    assert found["beta"] / found["b"] == pytest.approx(PUBLISHED["beta"][0], rel=1e-3)
    for name in set(PUBLISHED) - {"beta"}:
        assert found[name] == pytest.approx(PUBLISHED[name][0], rel=1e-3), name


@pytest.mark.parametrize("pair", [(kk.MBGCNBD, kk.MBGNBD), (kk.BGCNBD, kk.BGNBD)], ids=lambda pair: pair[0].__name__)
def test_one_stage_is_random_buying(apparel, pair):
    """They buy at random: k = 1 is chosen, and the fit is that of (M)BG/NBD."""
    summary, known = apparel
    regular, random = (model(covariates=BOTH).fit(summary, customers=known) for model in pair)
    assert regular.params.k == 1
    assert regular.log_likelihood == pytest.approx(random.log_likelihood, abs=1e-8)
    assert regular.free_parameters() == pytest.approx(random.free_parameters(), rel=1e-4)


def test_nbd_solves_the_equations_of_a_negative_binomial_regression(apparel):
    """Sum of z (x - mu) / (1 + mu / r) is 0 for a constant and each column z, at mu = r T / alpha x exp(sum)."""
    summary, known = apparel
    fitted = kk.NBD(covariates=kk.Covariates(purchase=("Gender", "Channel"))).fit(summary, customers=known)
    r, alpha, *coefficients = fitted.free_parameters().values()
    table = summary.merge(known, on="customer_id")
    columns = table[["Gender", "Channel"]].to_numpy(dtype=float)
    mu = r * table["T"] / alpha * np.exp(columns @ coefficients)
    score = ((table["frequency"] - mu) / (1 + mu / r)).to_numpy()
    assert score @ np.column_stack([np.ones(len(table)), columns]) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(
    "model", [kk.BGNBD, kk.MBGNBD, kk.ParetoNBD, kk.BGCNBD, kk.MBGCNBD], ids=lambda model: model.__name__
)
def test_covariates_lower_aic_by_more_than_20(apparel, model):
    summary, known = apparel
    assert model(covariates=BOTH).fit(summary, customers=known).aic < model().fit(summary).aic - 20
