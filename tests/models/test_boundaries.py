"""Parameters that the data do not identify: the boundary is named, without standard errors or an exception."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.models.families.no_dropout import NO_DROPOUT
from kundkarriar.models.fitting.likelihood_fit import UNIDENTIFIED


@pytest.mark.weak_fit
@pytest.mark.parametrize("spec", [kk.MBGNBD(), kk.BGNBD()])
def test_no_dropout(spec, loyal):
    """Customers of an NBD: the boundary names NBD, the log-likelihood is about that of NBD, and no Wald errors."""
    fitted, nested = spec.fit(loyal), kk.NBD().fit(loyal)
    assert fitted.boundary == NO_DROPOUT
    assert "kk.NBD()" in fitted.boundary
    assert fitted.converged
    assert nested.boundary is None
    assert -1e-3 < fitted.log_likelihood - nested.log_likelihood < 2.0
    assert fitted.estimates()["std_error"].isna().all()
    ours, theirs = (model.predict(loyal, horizon=20)["expected_purchases"] for model in (fitted, nested))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.02)


@pytest.mark.weak_fit
def test_the_posterior_at_a_boundary_is_proper(loyal):
    """With the weak prior; a flat prior has no posterior here. Dropout is small, purchases are as observed."""
    fitted = kk.MBGNBD().fit(loyal)
    frame = fitted.posterior(draws=2000, seed=1).frame()
    assert np.isfinite(frame.to_numpy()).all()
    assert (frame["a"] / (frame["a"] + frame["b"])).median() < 0.05
    assert (frame["r"] / frame["alpha"]).median() == pytest.approx(0.1, rel=0.1)


@pytest.mark.weak_fit
def test_homogeneous_purchase_rates():
    generator = np.random.default_rng(3)
    T = np.full(400, 40.0)
    frequency = generator.binomial(40, 0.05, 400)  # less varied than even a Poisson
    last = np.where(frequency > 0, T * generator.random(400) ** (1 / np.maximum(frequency, 1)), 0.0)
    frame = pd.DataFrame({"frequency": frequency, "recency": last, "T": T, "period": "W"})
    fitted = kk.NBD().fit(frame)
    assert fitted.boundary == UNIDENTIFIED["log_r"]
    assert fitted.params.r / fitted.params.alpha == pytest.approx(frequency.mean() / 40, rel=1e-3)
    assert fitted.estimates()[["std_error", "low", "high"]].isna().all(axis=None)


@pytest.mark.weak_fit
@pytest.mark.parametrize("spec", [kk.MBGNBD(), kk.BGNBD()])
def test_homogeneous_dropout_probability(spec):
    """p = 0.3 for all: its mean is identified, its spread (a + b) is not."""
    generator = np.random.default_rng(12)
    n = 1500
    T, rate = np.full(n, 50.0), generator.gamma(1.0, 1 / 4, n)
    frequency = np.minimum(generator.poisson(rate * T), generator.geometric(0.3, n))
    last = np.zeros(n)
    for i in range(n):
        moments = np.cumsum(generator.exponential(1 / rate[i], 400))
        until_dropout = generator.geometric(0.3) - (1 if isinstance(spec, kk.MBGNBD) else 0)
        frequency[i] = min((moments <= 50).sum(), until_dropout)
        last[i] = moments[frequency[i] - 1] if frequency[i] else 0.0
    fitted = spec.fit(pd.DataFrame({"frequency": frequency, "recency": last, "T": T, "period": "W"}))
    assert fitted.params.a / (fitted.params.a + fitted.params.b) == pytest.approx(0.3, abs=0.03)
    assert fitted.params.a + fitted.params.b > 10
