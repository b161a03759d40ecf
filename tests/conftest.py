"""Data that many tests read."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine

import kundkarriar as kk

# Hypothesis has no setting for this (five minutes by default), and keeps the number open for those who need another.
# The best example found so far is shown; without Phase.shrink it would be the first, with forty purchases in it.
engine.MAX_SHRINKING_SECONDS = 10

settings.register_profile("kundkarriar", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kundkarriar")


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """All 69,659 purchases."""
    return kk.datasets.load_cdnow()


@pytest.fixture(scope="session")
def cdnow_sample() -> pd.DataFrame:
    """The 1/10 sample of the literature."""
    return kk.datasets.load_cdnow(sample=True)
