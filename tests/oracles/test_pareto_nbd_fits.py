"""Published fits of Pareto/NBD and GGompertz/NBD.

Sources: Fader, Hardie & Lee (2005); Bemmaor & Glady (2012); the walk-through of BTYD; the tests and the manual of
CLVTools; lifetimes. Recomputed with scipy and mpmath. Weeks of exactly 7 days, purchases of one day merged.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

APPAREL = Path(__file__).parents[3] / "shared" / "data" / "apparel_transactions.csv"


@pytest.fixture(scope="module")
def summary(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30", period="W")


@pytest.fixture(scope="module")
def fitted(summary):
    return kk.ParetoNBD().fit(summary)


def test_cdnow(fitted, summary):
    """Log-likelihood to 1e-4, parameters to 1e-3 (here 1e-5) relative, standard errors as printed."""
    assert fitted.log_likelihood == pytest.approx(-9594.976180, abs=1e-4)
    assert fitted.log_likelihood_of(summary) == pytest.approx(fitted.log_likelihood, abs=1e-8)
    assert (fitted.boundary, fitted.converged, fitted.n_customers) == (None, True, 2357)
    estimates = fitted.estimates()
    assert estimates["estimate"].to_numpy() == pytest.approx([0.5532772, 10.57769, 0.6062392, 11.66871], rel=1e-5)
    # CLVTools' own, from numerical derivatives at its own optimum
    errors = [0.0476264, 0.8427222, 0.1872594, 6.2105448]
    assert estimates["std_error"].to_numpy() == pytest.approx(errors, rel=2e-4)


def test_cdnow_of_lifetimes_with_rounded_times():
    fitted = kk.ParetoNBD().fit(pd.read_csv(kk.datasets._file("cdnow_customers_summary.csv")), period="W")
    assert fitted.log_likelihood == pytest.approx(-9594.973930, abs=1e-4)
    parameters = [0.5532756, 10.57761, 0.6062130, 11.66789]
    assert fitted.estimates()["estimate"].to_numpy() == pytest.approx(parameters, rel=2e-5)


def test_holdout_of_39_weeks(fitted, summary, cdnow_sample):
    """Purchase days from 1997-10-01 to 1998-06-30: 1,882 happened."""
    later = cdnow_sample[cdnow_sample["date"] > "1997-09-30"].drop_duplicates(["customer_id", "date"])
    actual = later.groupby("customer_id").size().reindex(summary["customer_id"], fill_value=0).to_numpy()
    predicted = fitted.predict(summary, horizon=39)
    error = predicted["expected_purchases"].to_numpy() - actual
    assert predicted["expected_purchases"].sum() == pytest.approx(1665.51, abs=0.005)
    assert np.abs(error).mean() == pytest.approx(0.7545, abs=5e-5)
    assert np.sqrt((error**2).mean()) == pytest.approx(1.6028, abs=5e-5)
    assert predicted["p_alive"].mean() == pytest.approx(0.446277, abs=5e-7)


@pytest.mark.weak_fit
def test_cdnow_does_not_age(summary):
    """CLVTools and the paper stop on the ridge towards b = 0, at -9594.9762 and -9594.98; its end is Pareto/NBD."""
    fitted = kk.GGompertzNBD().fit(summary)
    assert fitted.log_likelihood == pytest.approx(-9594.9762, abs=1e-4)
    assert fitted.boundary == (
        "no ageing identifiable: these customers are described as well when the rate of leaving does not grow with "
        "age; use kk.ParetoNBD()."
    )
    assert fitted.estimates()["std_error"].isna().all()


@pytest.mark.skipif(not APPAREL.exists(), reason="the apparel data of CLVTools are not part of this repository")
def test_apparel_of_clvtools():
    """600 customers whose first purchase is on 2005-01-02, 104 weeks: the manual's -5848.0978, AIC, BIC and errors."""
    orders = pd.read_csv(APPAREL)
    transactions = kk.transactions(
        orders, customer_id="Id", date="Date", amount="Price", vat="excluded", currency="EUR"
    )
    summary = kk.summarize(transactions, as_of="2006-12-31", period="W")
    assert (len(summary), set(summary["T"])) == (600, {104.0})
    fitted = kk.ParetoNBD().fit(summary)
    assert fitted.log_likelihood == pytest.approx(-5848.0978, abs=1e-4)
    assert (fitted.aic, fitted.bic) == pytest.approx((11704.1957, 11721.7834), abs=1e-3)
    estimates = fitted.estimates()
    assert estimates["estimate"].to_numpy() == pytest.approx([1.4489768, 48.6360845, 0.5612598, 46.8843633], rel=1e-3)
    assert estimates["std_error"].to_numpy() == pytest.approx([0.2434, 7.489, 0.2710, 35.61], rel=2e-3)
