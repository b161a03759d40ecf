"""Small campaigns for the tests of experiments."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


def campaign_of(n=1200, *, seed=1, arms=("none", "mail", "call"), groups=3, lift=(0.0, 2.0, 5.0)):
    """Customers with a group, an arm drawn at random so that all are in each group, spend now and before."""
    rng = np.random.default_rng(seed)
    at = rng.permutation(n)
    group, arm = at % groups, at // groups % len(arms)
    before = rng.gamma(0.5, 40.0, n)
    spend = np.where(rng.random(n) < 0.4, rng.gamma(1.0, 20.0, n) + 0.5 * before + np.array(lift)[arm], 0.0)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "arm": np.array(arms)[arm],
            "group": np.array([f"g{each}" for each in range(groups)])[group],
            "before": before.round(2),
            "spend": spend.round(2),
            "bought": (spend > 0).astype(int),
        }
    )


def experiment_of(**changes):
    """The experiment on `make_campaign(...)`."""
    fields = {"treatment": "arm", "control": "none", "outcome": "spend", "outcome_is": "revenue", "window": "4W"}
    return kk.Experiment(**(fields | changes))


@pytest.fixture(scope="session")
def make_campaign():
    return campaign_of


@pytest.fixture(scope="session")
def spec():
    return experiment_of


@pytest.fixture(scope="session")
def campaign():
    return campaign_of()
