"""The fit of the three kinds of buyers: any unit of time, and more customers than are optimised on at once."""

import numpy as np
import pytest

from kundkarriar.numerics.buyer_groups import fit
from kundkarriar.numerics.buyer_groups.histories import Histories
from kundkarriar.numerics.buyer_groups.parameters import GroupParams
from kundkarriar.numerics.buyer_groups.simulate import draw_histories

TRUTH = GroupParams(
    weights=[0.4, 0.35, 0.25],
    dropout=[0.5, 0.15, 0.02],
    gap=[30.0, 12.0, 4.0],
    k=[1.0, 1.5, 3.0],
    r=2.0,
    share=[0.2, 0.5, 0.9],
    concentration=8.0,
)


@pytest.fixture(scope="module")
def customers():
    """Four hundred customers, weeks 30 to 90 old: ages of their purchases, and shares of wallet of half of them."""
    generator = np.random.default_rng(2)
    T = generator.uniform(30.0, 90.0, 400)
    group, ages = draw_histories(TRUTH, T=T, generator=generator)
    mean = TRUTH.share[group]
    share = generator.beta(TRUTH.concentration * mean, TRUTH.concentration * (1 - mean))
    return T, ages, np.where(generator.random(400) < 0.5, share, np.nan)


def fitted(customers, *, unit=1.0):
    T, ages, share = customers
    rows = Histories(
        x=np.array([len(own) - 1 for own in ages]),
        t_x=unit * np.array([own[-1] for own in ages]),
        T=unit * T,
        gap_log_sum=np.array([np.log(unit * np.diff(own)).sum() for own in ages]),
        share=share,
        weights=np.ones(len(T)),
    )
    params, converged = fit.fit_groups(rows, starts=1, generator=np.random.default_rng(1))
    assert converged
    return params


@pytest.mark.parametrize("unit", [7.0, 0.01])
def test_the_unit_of_time_changes_gaps_alone(customers, unit):
    weeks, others = fitted(customers), fitted(customers, unit=unit)
    assert others.gap == pytest.approx(unit * weeks.gap, rel=1e-3)
    for name in ("weights", "dropout", "k", "share"):
        assert getattr(others, name) == pytest.approx(getattr(weeks, name), rel=1e-3), name
    assert weeks.share == pytest.approx(TRUTH.share, abs=0.12)


def test_a_fit_that_begins_with_a_sample_ends_with_all(customers, monkeypatch):
    whole = fitted(customers)
    monkeypatch.setattr(fit, "SAMPLE", 150)
    begun = fitted(customers)
    for name in ("weights", "dropout", "gap", "k", "share"):
        assert getattr(begun, name) == pytest.approx(getattr(whole, name), rel=0.02), name
