"""Published fits of the CDNOW sample: log-likelihoods, parameters, standard errors, holdout sums.

Sources: Fader, Hardie & Lee (2005); Batislam et al. (2007); the tests of CLVTools and lifetimes; recomputed with
scipy and mpmath. Weeks of exactly 7 days, as of 1997-09-30, purchases of one day merged.
"""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

FITS = {
    kk.NBD: (-9763.657615, {"r": (0.3847661, 0.02098), "alpha": (12.07202, 0.8087)}),
    kk.BGNBD: (
        -9582.429207,
        {"r": (0.2425945, 0.012557), "alpha": (4.413602, 0.37822), "a": (0.7929219, 0.18573), "b": (2.425906, 0.70541)},
    ),
    kk.MBGNBD: (
        -9582.135716,
        {"r": (0.5248432, 0.0833), "alpha": (6.183085, 0.6956), "a": (0.8913595, 0.1548), "b": (1.614003, 0.5375)},
    ),
    kk.GammaGamma: (-4055.917695, {"p": (6.249573, 1.190), "q": (3.744224, 0.2901), "gamma": (15.443518, 4.159)}),
}


@pytest.fixture(scope="session")
def summary(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30", period="W")


@pytest.mark.parametrize("model", FITS)
def test_log_likelihood_within_a_ten_thousandth(model, summary):
    log_likelihood, _ = FITS[model]
    fitted = model().fit(summary)
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=1e-4)
    assert fitted.log_likelihood_of(summary) == pytest.approx(fitted.log_likelihood, abs=1e-7)
    assert (fitted.boundary, fitted.converged) == (None, True)


@pytest.mark.parametrize("model", FITS)
def test_parameters_and_standard_errors(model, summary):
    """Parameters to 1e-3 (here 1e-5) relative; errors are printed with four digits, so 2e-3."""
    estimates = model().fit(summary).estimates().set_index("parameter")
    for name, (value, error) in FITS[model][1].items():
        assert estimates.loc[name, "estimate"] == pytest.approx(value, rel=1e-5)
        assert estimates.loc[name, "std_error"] == pytest.approx(error, rel=2e-3)


def test_information_criteria(summary):
    fitted = kk.BGNBD().fit(summary)
    assert fitted.aic == pytest.approx(2 * 4 + 2 * 9582.429207, abs=1e-3)
    assert fitted.bic == pytest.approx(4 * np.log(2357) + 2 * 9582.429207, abs=1e-3)
    assert fitted.n_customers == 2357


@pytest.mark.parametrize(
    ("model", "log_likelihood", "parameters"),
    [
        (kk.BGNBD, -9582.425561, (0.2425929, 4.413532, 0.7928861, 2.425753)),
        (kk.MBGNBD, -9582.132685, (0.524838, 6.182992, 0.8913562, 1.613999)),
        (kk.NBD, -9763.660222, (0.3847676, 12.07208)),
    ],
)
def test_file_of_lifetimes_with_rounded_times(model, log_likelihood, parameters):
    """Times rounded to two decimals are not whole days: rows are then merged in another way."""
    path = kk.datasets._file("cdnow_customers_summary.csv")
    fitted = model().fit(pd.read_csv(path), period="W")
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=1e-4)
    assert fitted.estimates()["estimate"].to_numpy() == pytest.approx(parameters, rel=2e-5)


@pytest.mark.parametrize(
    ("model", "figures"),
    [
        (kk.NBD, (2929.82, 1.0410, 1.8595, 1.0)),
        (kk.BGNBD, (1653.41, 0.7855, 1.6080, 0.813440)),
        (kk.MBGNBD, (1576.73, 0.7648, 1.6072, 0.448721)),
    ],
)
def test_holdout_of_39_weeks(model, figures, summary, cdnow_sample):
    """Purchase days from 1997-10-01 to 1998-06-30: 1,882 happened."""
    total, mae, rmse, alive = figures
    later = cdnow_sample[cdnow_sample["date"] > "1997-09-30"].drop_duplicates(["customer_id", "date"])
    actual = later.groupby("customer_id").size().reindex(summary["customer_id"], fill_value=0).to_numpy()
    assert actual.sum() == 1882
    predicted = model().fit(summary).predict(summary, horizon=39)
    error = predicted["expected_purchases"].to_numpy() - actual
    assert predicted["expected_purchases"].sum() == pytest.approx(total, abs=0.005)
    assert np.abs(error).mean() == pytest.approx(mae, abs=5e-5)
    assert np.sqrt((error**2).mean()) == pytest.approx(rmse, abs=5e-5)
    assert predicted["p_alive"].mean() == pytest.approx(alive, abs=5e-7)
