"""Draws of events: the negative binomial counts of gamma rates, at uniform days."""

import numpy as np
import pytest
from scipy.stats import chisquare, nbinom

from kundkarriar.numerics.event_rates.drawn_events import draw_events

COUNTS, EXPOSURE, DRAWS, HORIZON = np.array([0, 3, 1, 0]), np.array([400.0, 400.0, 50.0, 0.0]), 40_000, 90


def drawn(*, shape, mean=0.004, counts=COUNTS, draws=DRAWS, seed=1):
    return draw_events(
        counts=counts,
        exposure=EXPOSURE,
        mean=np.full(draws, mean),
        shape=np.full(draws, shape),
        horizon=HORIZON,
        generator=np.random.default_rng(seed),
    )


def test_counts_are_negative_binomial_and_days_uniform():
    """Each customer's rate is Gamma(shape + n, shape / mean + E): more events behind, more ahead."""
    row, draw, day = drawn(shape=0.7)
    each = np.bincount(row * DRAWS + draw, minlength=len(COUNTS) * DRAWS).reshape(len(COUNTS), DRAWS)
    for found, n, E in zip(each, COUNTS, EXPOSURE, strict=True):
        rate = 0.7 / 0.004 + E
        p = nbinom.pmf(np.arange(3), 0.7 + n, rate / (rate + HORIZON))
        seen = np.bincount(np.minimum(found, 3), minlength=4)
        assert chisquare(seen, DRAWS * np.append(p, 1 - p.sum())).pvalue > 1e-3
        mean = (0.7 + n) / rate * HORIZON
        assert found.mean() == pytest.approx(mean, abs=4 * found.std() / np.sqrt(DRAWS))
    assert chisquare(np.bincount(day, minlength=HORIZON + 1)[1:]).pvalue > 1e-3
    assert (day.min(), day.max()) == (1, HORIZON)


def test_without_differences_all_customers_have_the_mean_rate():
    row, draw, _ = drawn(shape=np.inf)
    each = np.bincount(row * DRAWS + draw, minlength=len(COUNTS) * DRAWS).reshape(len(COUNTS), DRAWS)
    assert each.mean(axis=1) == pytest.approx(np.full(4, 0.36), abs=0.015)
    assert each.var() == pytest.approx(0.36, rel=0.02)


@pytest.mark.parametrize("shape", [1e-3, 0.7, np.inf])
def test_events_are_ordered_by_customer_draw_and_day(shape):
    found = np.array(drawn(shape=shape, mean=0.02, draws=50))
    assert found.shape[1] > 0
    assert (np.lexsort(found[::-1]) == np.arange(found.shape[1])).all()
    assert (found.max(axis=1) <= [len(COUNTS) - 1, 49, HORIZON]).all()


def test_nobody_has_no_events():
    nobody = np.empty(0, np.int64)
    answer = draw_events(
        counts=nobody, exposure=np.empty(0), mean=np.ones(3), shape=np.ones(3), horizon=9,
        generator=np.random.default_rng(0),
    )  # fmt: skip
    assert [len(each) for each in answer] == [0, 0, 0]
