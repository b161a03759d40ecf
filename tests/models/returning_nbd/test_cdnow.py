"""CDNOW and three customers by hand, against an independent program's log-likelihoods, forecasts and maximum."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

THETA = np.array([-3.42, 0.14, -2.75, 0.19, -3.6])
"""(m1, ln s1, m2, ln s2, ln nu) of `typed`, in weeks."""


@pytest.fixture(scope="module")
def tiny():
    """Three customers: one purchase; two; four, of which the last after a pause."""
    start = pd.Timestamp("2020-01-01")
    days = {1: (0,), 2: (3, 24), 3: (0, 2, 9, 90)}
    rows = [(who, start + pd.Timedelta(days=day), 1.0) for who, bought in days.items() for day in bought]
    transactions = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return kk.summarize(transactions, as_of=start + pd.Timedelta(days=100), gaps=True)


def test_three_customers_by_hand(typed, tiny):
    each = [typed.log_likelihood_of(tiny.iloc[[row]]) for row in range(3)]
    assert each == pytest.approx([-0.36080419, -4.13259423, -9.87873627], abs=1e-6)
    predicted = typed.predict(tiny, horizon=39)
    assert predicted["expected_purchases"].tolist() == pytest.approx([0.44960016, 1.03685385, 3.51186426], rel=5e-6)
    assert predicted["p_alive"].tolist() == pytest.approx([0.40633145, 0.49072048, 0.90557524], rel=5e-6)


def test_total_of_the_sample(typed, summary):
    assert typed.log_likelihood_of(summary) == pytest.approx(-9553.758045, abs=1e-4)
    assert typed.predict(summary, horizon=39)["expected_purchases"].sum() == pytest.approx(2056.449854, rel=1e-5)


@pytest.mark.parametrize(
    ("frequency", "figures"),
    [(0, (-0.5640195, 0.3051528, 0.2656961)), (26, (-34.9876423, 22.5472966, 0.9906339))],
)
def test_single_customers_of_the_sample(frequency, figures, typed, summary):
    """Who bought once 272 days ago, and the only one with 26 repeat purchases."""
    found = summary[(summary["frequency"] == frequency) & ((frequency > 0) | np.isclose(summary["T"], 272 / 7))]
    row = found.head(1)
    predicted = typed.predict(row, horizon=39).iloc[0]
    assert [typed.log_likelihood_of(row), *predicted[["expected_purchases", "p_alive"]]] == pytest.approx(
        figures, rel=1e-5
    )


def test_gradient_at_typed_parameters(typed, summary):
    rows = typed.read(summary).to_fit().merged(period="W")
    value, gradient, _ = typed.family.objective(rows, scale=1.0)(THETA)
    assert value == pytest.approx(-9553.758045, abs=1e-4)
    assert gradient == pytest.approx([-1.22754, 1.30435, 0.83670, 0.47702, -0.19127], abs=1e-4)


def test_maximum(fitted):
    log_spreads = np.log([fitted.params.s1, fitted.params.s2, fitted.params.nu])
    theta = [fitted.params.m1, log_spreads[0], fitted.params.m2, log_spreads[1], log_spreads[2]]
    assert theta == pytest.approx([-3.42292, 0.14273, -2.74616, 0.19788, -3.59478], abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-9553.7515, abs=1e-4)
    assert fitted.boundary is None
    assert fitted.n_customers == 2357


def test_the_report_is_that_of_a_maximum(fitted, summary):
    """No slope; the log-likelihood is that of the parameters; the criteria count five."""
    assert np.abs(fitted.report.slope).max() < 1e-5 * fitted.n_customers
    assert fitted.log_likelihood_of(summary) == pytest.approx(fitted.log_likelihood, rel=1e-8)
    assert fitted.aic == pytest.approx(10 - 2 * fitted.log_likelihood)
    assert fitted.n_parameters == 5


def test_estimates(fitted):
    """Intervals by profile likelihood hold the estimate, and those of the standard errors nearly."""
    estimates = fitted.estimates().set_index("parameter")
    assert estimates.index.tolist() == ["m1", "s1", "m2", "s2", "nu"]
    assert (estimates["low"] < estimates["estimate"]).all()
    assert (estimates["estimate"] < estimates["high"]).all()
    assert (estimates.loc[["s1", "s2", "nu"], "low"] > 0).all()
    width = (estimates["high"] - estimates["low"]) / (2 * 1.96 * estimates["std_error"])
    assert width.between(0.9, 1.15).all()
    covariance = fitted.vcov().set_index("parameter").to_numpy()
    assert np.sqrt(np.diag(covariance)) == pytest.approx(estimates["std_error"].to_numpy(), rel=1e-9)


def test_posterior(fitted):
    """Draws around the maximum, on which its importance weights are reliable."""
    drawn = fitted.posterior(draws=1000, seed=1)
    assert drawn.k_hat < 0.5
    errors = fitted.estimates().set_index("parameter")["std_error"]
    for name, error in errors.items():
        assert drawn[name].mean() == pytest.approx(getattr(fitted.params, name), abs=0.5 * error)
        assert drawn[name].std() == pytest.approx(error, rel=0.25)


def test_from_dict_reverses_to_dict(fitted, typed, summary):
    for model in (fitted, typed):
        assert type(model).from_dict(json.loads(json.dumps(model.to_dict()))) == model
    read = kk.FittedReturningNBD.from_dict(fitted.to_dict())
    pd.testing.assert_frame_equal(read.predict(summary, horizon=9), fitted.predict(summary, horizon=9))
    assert np.isfinite(read.posterior(draws=50, seed=1).values).all()
