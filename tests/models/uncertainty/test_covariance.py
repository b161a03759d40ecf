"""The covariance matrix of parameters agrees with standard errors, draws and numerical derivatives."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve
from scipy.optimize import approx_fprime

import kundkarriar as kk


def matrix(fitted):
    return fitted.vcov().set_index("parameter").to_numpy()


def with_covariates(summary):
    channel = np.where(np.arange(len(summary)) % 2, "web", "shop")
    return kk.ParetoNBD(covariates=kk.Covariates(purchase="channel", dropout="channel")).fit(
        summary.assign(channel=channel)
    )


FITS = {
    "NBD": lambda summary: kk.NBD().fit(summary),
    "BG/NBD": lambda summary: kk.BGNBD().fit(summary),
    "MBG/NBD": lambda summary: kk.MBGNBD().fit(summary),
    "BG/CNBD": lambda summary: kk.BGCNBD(k=1).fit(summary),
    "MBG/CNBD": lambda summary: kk.MBGCNBD(k=1).fit(summary),
    "Pareto/NBD": lambda summary: kk.ParetoNBD().fit(summary),
    "Gamma-Gamma": lambda summary: kk.GammaGamma().fit(summary),
    "covariates": with_covariates,
    "BG/BB": lambda _: kk.BGBB().fit(
        kk.FittedBGBB(params=kk.BGBBParams(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783), every="Y").simulate(
            [6] * 4000, seed=1
        )
    ),
    "sBG": lambda _: kk.ShiftedBetaGeometric().fit(
        kk.FittedShiftedBetaGeometric(
            params=kk.ShiftedBetaGeometricParams(alpha=0.668, beta=3.806), every="Y"
        ).simulate([7] * 4000, seed=1)
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_the_root_of_the_diagonal_is_the_standard_error(summary, name):
    """Law: and the matrix is symmetric and positive definite, with a row and a column for each parameter."""
    fitted = FITS[name](summary)
    estimates, vcov = fitted.estimates(), fitted.vcov()
    assert list(vcov.columns) == ["parameter", *estimates["parameter"]]
    assert vcov["parameter"].tolist() == estimates["parameter"].tolist()
    values = matrix(fitted)
    assert np.sqrt(np.diag(values)) == pytest.approx(estimates["std_error"].to_numpy(), rel=1e-12)
    assert (values == values.T).all()
    spread = np.sqrt(np.diag(values))
    assert np.linalg.eigvalsh(values / spread / spread[:, None]).min() > 0


def test_the_inverse_is_the_curvature_of_the_likelihood_in_the_parameters_themselves(summary):
    """Oracle: second differences of the log-likelihood in r and alpha."""
    fitted = kk.NBD().fit(summary)
    at = np.array([fitted.params.r, fitted.params.alpha])

    def log_likelihood(values):
        typed = kk.FittedNBD(params=kk.NBDParams(r=values[0], alpha=values[1]), period="W")
        return typed.log_likelihood_of(summary)

    step = 1e-4 * at
    hessian = np.array(
        [
            (approx_fprime(at + move, log_likelihood, step) - approx_fprime(at - move, log_likelihood, step))
            / (2 * step[i])
            for i, move in enumerate(np.diag(step))
        ]
    )
    assert -np.linalg.inv(hessian) == pytest.approx(matrix(fitted), rel=1e-3)


def test_draws_of_many_customers_covary_as_the_matrix_says():
    """Law: with thousands of customers the posterior is nearly normal; the correlations agree within .05."""
    typed = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.8, alpha=6.0, a=0.9, b=2.5), period="W")
    fitted = kk.MBGNBD().fit(typed.simulate([60.0] * 20_000, seed=2))
    values = matrix(fitted)
    spread = np.sqrt(np.diag(values))
    drawn = np.corrcoef(fitted.posterior(draws=8000, seed=1).frame(), rowvar=False)
    assert values / spread / spread[:, None] == pytest.approx(drawn, abs=0.05)


def test_where_errors_are_missing_the_whole_matrix_is(loyal, summary):
    """At a boundary, for given parameters, and where a penalty moved the maximum."""
    with pytest.warns(kk.DataWarning, match="no dropout identifiable"):
        at_boundary = kk.MBGNBD().fit(loyal)
    typed = kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12.0), period="W")
    aged = summary.assign(age=np.minimum(summary["frequency"], 2) + np.arange(len(summary)) % 3)
    penalised = kk.MBGNBD(covariates=kk.Covariates(purchase="age", l2=0.5)).fit(aged)
    usual = kk.NBD().fit(summary)
    called_one = evolve(usual, report=evolve(usual.report, boundary="no heterogeneity in purchase rates identifiable."))
    for fitted in (at_boundary, typed, penalised, called_one):
        assert fitted.estimates()["std_error"].isna().all()
        assert np.isnan(matrix(fitted)).all()
        assert fitted.vcov()["parameter"].tolist() == list(fitted.free_parameters())


def test_a_model_read_back_keeps_the_matrix(fitted):
    pd.testing.assert_frame_equal(kk.FittedMBGNBD.from_dict(fitted.to_dict()).vcov(), fitted.vcov())
