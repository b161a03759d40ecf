"""Summaries and fits shared by the tests of models."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


@pytest.fixture(scope="session")
def summary(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30", period="W")


@pytest.fixture(scope="session")
def fitted(summary):
    return kk.MBGNBD().fit(summary)


@pytest.fixture(scope="session")
def loyal():
    """Customers of an NBD, who never drop out."""
    generator = np.random.default_rng(7)
    T = generator.integers(30, 60, 3000).astype(float)
    rate = generator.gamma(2.0, 1 / 20, 3000)
    frequency = generator.poisson(rate * T)
    last = np.where(frequency > 0, T * generator.random(3000) ** (1 / np.maximum(frequency, 1)), 0.0)
    return pd.DataFrame({"frequency": frequency, "recency": last, "T": T, "period": "W"})
