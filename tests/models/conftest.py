"""Summaries, fits and simulated purchases shared by the tests of models."""

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


START, AS_OF = np.datetime64("2023-01-02"), "2025-01-05"
WEEKS = 105


def priced(rows, *, generator):
    """Transactions of (customer, day), a row per day, with amounts that differ between and within customers."""
    frame = pd.DataFrame(rows, columns=["customer_id", "date"]).drop_duplicates()
    usual = generator.gamma(6.0, 5.0, frame["customer_id"].max() + 1)[frame["customer_id"]]
    amount = np.round(np.maximum(usual * generator.gamma(4.0, 0.25, len(frame)), 0.01), 2)
    return frame.assign(date=pd.to_datetime(frame["date"]), amount=amount)


def dated(simulated, *, seed):
    """Transactions of a simulated summary with gaps: first purchases on random days of the first half year."""
    generator = np.random.default_rng(seed)
    rows = []
    for customer, gaps in zip(simulated["customer_id"], simulated["gaps"], strict=True):
        first = generator.integers(0, 182)
        days = first + np.cumsum([0.0, *map(float, gaps.split())])
        rows += [(customer, START + np.timedelta64(int(day), "D")) for day in days if day < WEEKS * 7]
    return priced(rows, generator=generator)


@pytest.fixture(scope="session")
def returning():
    """Customers who pause for half a year on average and come back."""
    params = kk.ReturningNBDParams(m1=-0.7, s1=0.5, m2=-2.0, s2=0.4, nu=0.04)
    simulated = kk.FittedReturningNBD(params=params, period="W").simulate([float(WEEKS)] * 500, seed=1)
    return dated(simulated, seed=2)


@pytest.fixture(scope="session")
def leaving():
    """Customers who leave for good, by MBG/NBD."""
    generator = np.random.default_rng(5)
    rows = []
    for customer in range(800):
        rate, p, day = generator.gamma(0.9, 1 / 25), generator.beta(0.8, 2.5), float(generator.integers(0, 182))
        while day < WEEKS * 7:
            rows.append((customer, START + np.timedelta64(int(day), "D")))
            if generator.random() < p:
                break
            day += generator.exponential(1 / rate)
    return priced(rows, generator=generator)
