"""The test of nobody returning: its law, its power on CDNOW, what it refuses."""

import pytest
from scipy.stats import chi2

import kundkarriar as kk


def test_customers_of_cdnow_return(fitted, summary):
    """Twice the gain over log-normal traits without returns, 20.29 units; half of a chi-square's tail."""
    test = fitted.returns_test(summary)
    assert test.statistic == pytest.approx(40.582, abs=0.01)
    assert test.p_value == pytest.approx(chi2.sf(test.statistic, 1) / 2, rel=1e-9)
    assert (test.smaller, test.larger, test.degrees_of_freedom) == ("nobody returns", "ReturningNBD", 1)
    assert test.null == (
        "chi-squares with 0 and 1 degree of freedom, half and half: nobody returning lies at the edge of the model, "
        "one parameter at 0."
    )


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", range(3))
def test_customers_who_do_not_return(seed):
    """Half of the time the statistic is 0, and then tells nothing; it is never below."""
    params = kk.ReturningNBDParams(m1=-1.5, s1=0.7, m2=-2.5, s2=0.7, nu=1e-12)
    summary = kk.FittedReturningNBD(params=params, period="W").simulate([60.0] * 300, seed=seed)
    test = kk.ReturningNBD().fit(summary).returns_test(summary)
    assert 0 <= test.statistic < chi2.ppf(0.98, 1)
    assert test.p_value == pytest.approx(chi2.sf(test.statistic, 1) / 2 if test.statistic > 0 else 1.0)


def test_weights_give_the_same_test(fitted_paused, paused):
    one = fitted_paused.returns_test(paused)
    rows = kk.distinct_rows(paused)
    counted = kk.ReturningNBD().fit(rows, weights="n_customers")
    assert counted.returns_test(rows, weights="n_customers").statistic == pytest.approx(one.statistic, rel=1e-6)


def test_other_customers_are_refused(fitted_paused, paused, message_of):
    here, there = fitted_paused.log_likelihood_of(paused.head(40)), fitted_paused.log_likelihood
    assert message_of(kk.DataError, lambda: fitted_paused.returns_test(paused.head(40))) == (
        f"returns_test tests the customers of the fit, of log-likelihood {there:.4f}; that of `summary` is "
        f"{here:.4f}.\n\nHint: pass the summary that was fitted."
    )


def test_given_parameters_are_refused(busy, paused, message_of):
    assert message_of(kk.CapabilityError, lambda: busy.returns_test(paused)) == (
        "returns_test compares two fits of the greatest likelihood; the parameters of this model were given.\n\n"
        "Hint: kk.ReturningNBD().fit(summary).returns_test(summary)."
    )


def test_a_summary_without_gaps_is_refused(fitted_paused, paused, message_of):
    assert message_of(kk.DataError, lambda: fitted_paused.returns_test(paused.drop(columns="gaps"))) == (
        "returns_test needs the gaps between the purchase days of each customer: the summary has no column `gaps`.\n\n"
        "Hint: kk.summarize(transactions, as_of=..., gaps=True)."
    )
