"""A summary with gaps, ReturningNBD with typed parameters, and what it was fitted to."""

import numpy as np
import pytest

import kundkarriar as kk

TYPED = kk.FittedReturningNBD(
    params=kk.ReturningNBDParams(m1=-3.42, s1=np.exp(0.14), m2=-2.75, s2=np.exp(0.19), nu=np.exp(-3.6)), period="W"
)
BUSY = kk.FittedReturningNBD(params=kk.ReturningNBDParams(m1=-1.2, s1=0.7, m2=-2.3, s2=0.6, nu=0.06), period="W")


@pytest.fixture(scope="session")
def typed():
    """Parameters near those of CDNOW, typed in."""
    return TYPED


@pytest.fixture(scope="session")
def busy():
    """Parameters of customers who buy and pause often: a hundred of them tell all five."""
    return BUSY


@pytest.fixture(scope="session")
def paused(busy):
    """150 of them, followed for two years."""
    return busy.simulate([104.0] * 150, seed=2)


@pytest.fixture(scope="session")
def fitted_paused(paused):
    return kk.ReturningNBD().fit(paused)


@pytest.fixture(scope="session")
def summary(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30", gaps=True)


@pytest.fixture(scope="session")
def fitted(summary):
    return kk.ReturningNBD().fit(summary)
