"""The bridge to lifetimes: conversion both ways, equal predictions, and errors."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from attrs import evolve, fields_dict
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk

pytestmark = pytest.mark.usefixtures("lifetimes")
SHAPE = st.floats(1e-3, 1e3)


@pytest.fixture(scope="module")
def lifetimes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("lifetimes")


@pytest.fixture
def quiet():
    """Warnings are ignored, because lifetimes warns and changes the warning filters whenever it computes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def cohort(summary):
    """The CDNOW sample as three arrays."""
    return summary["frequency"], summary["recency"], summary["T"]


OURS = {
    "BetaGeoFitter": kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W"),
    "ModifiedBetaGeoFitter": kk.FittedMBGNBD(
        params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"
    ),
    "ParetoNBDFitter": kk.FittedParetoNBD(
        params=kk.ParetoNBDParams(r=0.553, alpha=10.578, s=0.606, beta=11.669), period="W"
    ),
    "GammaGammaFitter": kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.744, gamma=15.44)),
    "BetaGeoBetaBinomFitter": kk.FittedBGBB(
        params=kk.BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783), every="W"
    ),
}
pairs = pytest.mark.parametrize(("fitter", "ours"), OURS.items(), ids=OURS)
purchases = pytest.mark.parametrize("fitter", ["BetaGeoFitter", "ModifiedBetaGeoFitter"])


@pairs
def test_there_and_back_is_the_same_model(lifetimes, fitter, ours):
    """Law: `from_lifetimes` reverses `to_lifetimes`, by way of the right class."""
    theirs = kk.to_lifetimes(ours)
    assert type(theirs) is getattr(lifetimes, fitter)
    assert kk.from_lifetimes(theirs, period="W") == ours


def test_what_lifetimes_does_not_know_of_spend_is_refused(message_of):
    """First orders and columns of customers."""
    params = kk.GammaGammaParams(p=4, q=4, gamma=30)
    effects = kk.SpendEffects(coefficients={"age": 0.1})
    for more in ({"params": evolve(params, c=1.0)}, {"params": params, "effects": effects}):
        assert message_of(kk.CapabilityError, lambda more=more: kk.to_lifetimes(kk.FittedGammaGamma(**more))) == (
            "lifetimes' GammaGammaFitter knows neither first orders nor covariates, and this FittedGammaGamma does.\n\n"
            "Hint: fit one without: kk.GammaGamma().fit(summary)."
        )


@given(r=SHAPE, alpha=SHAPE, a=SHAPE, b=SHAPE, period=st.sampled_from("DWMY"))
def test_any_parameters_come_back(r, alpha, a, b, period):
    """Law: parameters are the same after a conversion both ways, to the last digit, in any unit."""
    for ours in OURS.values():
        names = [name for name in fields_dict(ours.params_type) if name != "c"]  # of first orders
        params = ours.params_type(**dict(zip(names, (r, alpha, a, b), strict=False)))
        unit = {name: period for name in ("period", "every") if name in fields_dict(type(ours))}
        any_of_them = evolve(ours, params=params, **unit)
        assert kk.from_lifetimes(kk.to_lifetimes(any_of_them), period=period) == any_of_them


@purchases
@pytest.mark.usefixtures("quiet")
def test_both_predict_the_same(summary, cohort, fitter):
    """Oracle: lifetimes' closed forms at our parameters, which are exact for customers like CDNOW's."""
    ours = OURS[fitter].predict(summary, horizon=52)
    theirs = kk.to_lifetimes(OURS[fitter])
    alive = theirs.conditional_probability_alive(*cohort)
    np.testing.assert_allclose(ours["p_alive"], alive, rtol=1e-12)
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(52, *cohort)
    np.testing.assert_allclose(ours["expected_purchases"], expected, rtol=1e-9)
    assert OURS[fitter].new_customer(52) == pytest.approx(theirs.expected_number_of_purchases_up_to_time(52), rel=1e-9)
    counts = OURS[fitter].new_customer_counts(52, up_to=5)["probability"]
    for n in range(6):
        assert counts[n] == pytest.approx(float(theirs.probability_of_n_purchases_up_to_time(52, n)), rel=1e-9)


@pytest.mark.usefixtures("quiet")
def test_both_predict_the_same_of_pareto_nbd(summary, cohort):
    """Oracle: lifetimes' hypergeometric forms, which are accurate for customers like CDNOW's."""
    ours = OURS["ParetoNBDFitter"]
    theirs = kk.to_lifetimes(ours)
    predicted = ours.predict(summary, horizon=52)
    np.testing.assert_allclose(predicted["p_alive"], theirs.conditional_probability_alive(*cohort), rtol=1e-9)
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(52, *cohort)
    np.testing.assert_allclose(predicted["expected_purchases"], expected, rtol=1e-9)
    assert ours.new_customer(52) == pytest.approx(theirs.expected_number_of_purchases_up_to_time(52), rel=1e-9)


@pytest.mark.usefixtures("quiet")
def test_both_predict_the_same_of_opportunities():
    """Oracle: lifetimes computes P(alive) at a given opportunity; ours is that of the next one."""
    ours = OURS["BetaGeoBetaBinomFitter"]
    theirs = kk.to_lifetimes(ours)
    rows = [(x, t_x) for t_x in range(7) for x in range(min(t_x, 1), t_x + 1)]
    table = pd.DataFrame(rows, columns=["frequency", "recency"]).assign(n_opportunities=6)
    columns = [table[name].to_numpy() for name in table]
    predicted = ours.predict(table, horizon=5)
    np.testing.assert_allclose(predicted["p_alive"], theirs.conditional_probability_alive(1, *columns), rtol=1e-9)
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(5, *columns)
    np.testing.assert_allclose(predicted["expected_purchases"], expected, rtol=1e-9)


@pytest.mark.usefixtures("quiet")
def test_both_expect_the_same_spend(summary):
    """Oracle: lifetimes' conditional mean, for repeat buyers."""
    buyers = summary[summary["frequency"] > 0]
    ours = OURS["GammaGammaFitter"]
    theirs = kk.to_lifetimes(ours).conditional_expected_average_profit(buyers["frequency"], buyers["monetary_value"])
    np.testing.assert_allclose(ours.predict(buyers)["expected_order_value"], theirs, rtol=1e-12)


@pytest.mark.usefixtures("quiet")
def test_customer_lifetime_value_of_lifetimes_runs_on_our_models(summary):
    """What lifetimes builds on a fitter's `predict` works on ours: twelve months of 4.345 weeks without discount."""
    buyers = summary[summary["frequency"] > 0].head(50)
    columns = [buyers[name] for name in ("frequency", "recency", "T", "monetary_value")]
    bought, spend = OURS["BetaGeoFitter"], OURS["GammaGammaFitter"]
    theirs = kk.to_lifetimes(spend).customer_lifetime_value(
        kk.to_lifetimes(bought), *columns, time=12, discount_rate=0.0, freq="W"
    )
    expected = bought.predict(buyers, horizon=12 * 4.345)["expected_purchases"]
    order = spend.predict(buyers)["expected_order_value"]
    np.testing.assert_allclose(theirs, expected * order, rtol=1e-9)


@purchases
@pytest.mark.usefixtures("quiet")
def test_a_fit_of_theirs_is_read(lifetimes, summary, cohort, fitter):
    """Oracle: a fit by lifetimes has the log-likelihood of our fit; its parameters count as given."""
    fitted = getattr(lifetimes, fitter)().fit(*cohort)
    read = kk.from_lifetimes(fitted, period="W")
    spec = {"BetaGeoFitter": kk.BGNBD(), "ModifiedBetaGeoFitter": kk.MBGNBD()}[fitter]
    assert type(read) is type(OURS[fitter])
    assert read.params.alpha == fitted.params_["alpha"]
    assert (read.period, read.report.fitted, read.log_likelihood, read.aic) == ("W", False, None, None)
    ours = spec.fit(summary)
    assert read.log_likelihood_of(summary) == pytest.approx(ours.log_likelihood, abs=1e-3)
    assert read.log_likelihood_of(summary) <= ours.log_likelihood + 1e-9


@pytest.mark.usefixtures("quiet")
def test_spend_fitted_by_them_is_read(lifetimes, summary):
    """Oracle: v of lifetimes is gamma here; `period` is not needed, and changes nothing where it is given."""
    buyers = summary[summary["monetary_value"] > 0]
    fitted = lifetimes.GammaGammaFitter().fit(buyers["frequency"], buyers["monetary_value"])
    read = kk.from_lifetimes(fitted)
    assert read.params.gamma == fitted.params_["v"]
    assert read == kk.from_lifetimes(fitted, period="D")
    assert read.log_likelihood_of(summary) == pytest.approx(kk.GammaGamma().fit(summary).log_likelihood, abs=1e-3)


@pytest.mark.usefixtures("quiet")
def test_a_fitter_made_of_ours_can_be_saved(lifetimes, tmp_path):
    """A fitter saved and loaded by lifetimes converts to the model that it was made of."""
    kk.to_lifetimes(OURS["BetaGeoFitter"]).save_model(tmp_path / "model.pkl")
    loaded = lifetimes.BetaGeoFitter()
    loaded.load_model(tmp_path / "model.pkl")
    assert kk.from_lifetimes(loaded, period="W") == OURS["BetaGeoFitter"]


def test_a_scorer_takes_what_was_read(summary):
    """A scorer accepts the models that `from_lifetimes` returns."""
    bought = kk.from_lifetimes(kk.to_lifetimes(OURS["BetaGeoFitter"]), period="W")
    spend = kk.from_lifetimes(kk.to_lifetimes(OURS["GammaGammaFitter"]))
    scorer = kk.ValueScorer(purchases=bought, spend=spend, margin=0.3, discount_rate=0.1, horizon="12M")
    assert scorer.fit(summary).score(summary)["clv"].gt(0).all()


def test_penalised_parameters_are_named():
    theirs = kk.to_lifetimes(OURS["BetaGeoFitter"])
    theirs.penalizer_coef = 0.01
    with pytest.warns(kk.DataWarning) as caught:
        assert kk.from_lifetimes(theirs, period="W") == OURS["BetaGeoFitter"]
    assert str(caught[0].message) == (
        "from_lifetimes: this BetaGeoFitter was fitted with penalizer_coef=0.01: its parameters are pulled towards 0,"
        " by an amount that hangs on the unit they are in, and are not those of the greatest likelihood."
        " kk.BGNBD().fit(summary) needs no penalty."
    )
    assert caught[0].filename == __file__


def test_no_period():
    with pytest.raises(kk.DataError) as error:
        kk.from_lifetimes(kk.to_lifetimes(OURS["BetaGeoFitter"]))
    assert str(error.value) == (
        "`period` must be told: a BetaGeoFitter does not know in what it counts.\n\n"
        'Hint: write period="D" where the summary was made with freq="D", lifetimes\' default; of '
        'a BetaGeoBetaBinomFitter the time from one opportunity to the next, period="Y".'
    )


def test_no_such_period():
    with pytest.raises(kk.DataError) as error:
        kk.from_lifetimes(kk.to_lifetimes(OURS["BetaGeoFitter"]), period="H")
    assert str(error.value) == ("`period` must be one of 'D', 'W', 'M', 'Y', got 'H'.\n\nHint: write period='W'.")


@pytest.mark.parametrize("made", [lambda kind: kind(), lambda kind: kind], ids=["object", "class"])
def test_not_fitted(lifetimes, made):
    with pytest.raises(kk.DataError) as error:
        kk.from_lifetimes(made(lifetimes.ModifiedBetaGeoFitter), period="W")
    assert str(error.value) == (
        "from_lifetimes needs a fitted ModifiedBetaGeoFitter; this one has no `params_` yet.\n\n"
        "Hint: call fitter.fit(...) first, or fit our own model, which needs no lifetimes: kk.MBGNBD().fit(summary)."
    )


def test_other_objects_are_refused(lifetimes):
    """A fitter of another package, a user's subclass, and a model of ours."""

    class BetaGeoCovarsFitter(lifetimes.BetaGeoFitter):
        pass

    mine = BetaGeoCovarsFitter()
    mine.params_ = pd.Series({"r": 1.0, "alpha": 1.0, "a": 1.0, "b": 1.0})
    for fitter, name in (
        (mine, f"{__name__}.{BetaGeoCovarsFitter.__qualname__}"),
        (kk.NBD(), "kundkarriar.models.nbd.NBD"),
    ):
        with pytest.raises(kk.CapabilityError) as error:
            kk.from_lifetimes(fitter, period="W")
        law, hint = str(error.value).split("\n\n")
        assert law == f"`fitter` must be a fitter of the package lifetimes, got {name}."
        assert hint == (
            f"Hint: pass a fitted {', '.join(OURS)}; of other packages copy the numbers: "
            "kk.FittedBGNBD(params=kk.BGNBDParams(r=..., alpha=..., a=..., b=...), period=...)."
        )


def test_other_parameters():
    theirs = kk.to_lifetimes(OURS["BetaGeoFitter"])
    theirs.params_ = pd.Series({"r": 1.0, "alpha": 1.0, "a": 1.0, "b": 1.0, "coef": 0.2})
    with pytest.raises(kk.DataError) as error:
        kk.from_lifetimes(theirs, period="W")
    assert str(error.value) == (
        "a BetaGeoFitter has the parameters ['r', 'alpha', 'a', 'b'], this one ['r', 'alpha', 'a', 'b', 'coef'].\n\n"
        "Hint: models with covariates or of other packages cannot be read; fit our own model."
    )


@pytest.mark.parametrize("broken", [float("nan"), 0.0, float("inf")])
def test_invalid_parameters(broken):
    theirs = kk.to_lifetimes(OURS["BetaGeoFitter"])
    theirs.params_["alpha"] = broken
    with pytest.raises(kk.DataError) as error:
        kk.from_lifetimes(theirs, period="W")
    assert str(error.value) == (
        "this BetaGeoFitter ended at parameters that are none: "
        f"`alpha` must be a number from 6.9144e-13 to 1.44626e+12, got {broken}.\n\n"
        "Hint: lifetimes may stop anywhere; fit our own model: kk.BGNBD().fit(summary)."
    )


@pytest.mark.parametrize("model", [kk.NBD(), kk.FittedNBD(params=kk.NBDParams(r=1, alpha=1), period="W"), kk.BGNBD()])
def test_models_without_a_fitter_are_refused(model):
    with pytest.raises(kk.CapabilityError) as error:
        kk.to_lifetimes(model)
    taken = ", ".join(type(ours).__name__ for ours in OURS.values())
    assert str(error.value) == (
        f"`fitted` must be a model that lifetimes has a fitter for, got {type(model).__name__}.\n\n"
        f"Hint: to_lifetimes takes {taken}; fit a spec first."
    )


ALONE = """
import sys, warnings
import pandas as pd
import kundkarriar as kk
ours = kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    option = pd.get_option("mode.chained_assignment")
filters = list(warnings.filters)
assert "lifetimes" not in sys.modules
kk.to_lifetimes(ours)
assert "lifetimes" in sys.modules
assert list(warnings.filters) == filters
warnings.simplefilter("ignore")
assert pd.get_option("mode.chained_assignment") == option
"""


def test_the_import_changes_nothing_else():
    """Law: the process' warnings and the options of pandas are after a bridge what they were before."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
