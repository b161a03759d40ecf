"""Simulated leads of three channels, and the model that they are of."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

CHANNELS = ("ads", "store", "web")
TRUTH = kk.FittedFirstPurchase(
    params=kk.FirstPurchaseParams(alpha=1.5, beta=10.0, never=0.4),
    effects=kk.LeadEffects(
        pace={"channel=store": 0.4, "channel=web": -0.3},
        never={"channel=store": -0.5, "channel=web": 0.4},
        levels={"channel": CHANNELS},
    ),
)
"""Leads who differ by channel in how soon they buy, and in whether they ever do."""
SPEC = kk.FirstPurchase(pace="channel", never="channel")


def simulated(seed, n):
    """A table of n leads who have been known for up to three years."""
    generator = np.random.default_rng(seed)
    channel = pd.DataFrame({"channel": generator.choice(CHANNELS, n)})
    known = generator.integers(1, 1096, n) / (365.25 / 12)
    return TRUTH.simulate(known, customers=channel, seed=generator)


@pytest.fixture(scope="session")
def truth():
    return TRUTH


@pytest.fixture(scope="session")
def lead_table():
    """20,000 leads."""
    return simulated(1, 20_000)


@pytest.fixture(scope="session")
def fitted(lead_table):
    return SPEC.fit(lead_table)
