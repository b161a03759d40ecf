"""Counts in a window that begins later: sums over what happens until then, long sums, extreme parameters."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from kundkarriar.numerics.bgnbd import expectation, later_counts, poisson_expectation
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers
from kundkarriar.numerics.bgnbd.later_counts import p_counts_later

CASES = {
    "new, Poisson": (1, 0, 0.243, 4.414, 0.793, 2.426, 39.0, 39.0),
    "old, Poisson": (1, 0, 5.2, 40.0, 0.8, 7.0, 10.0, 20.0),
    "regular, one of two stages done": (2, 1, 4.5, 30.0, 0.8, 4.0, 8.0, 20.0),
    "regular, no stage done": (3, 0, 3.3, 30.0, 1.2, 4.0, 20.0, 10.0),
    "regular, two of three stages done": (3, 2, 3.3, 30.0, 1.2, 4.0, 20.0, 10.0),
}
MOST = 3


def counts(after, customers, horizon):
    future = poisson_expectation if customers.k == 1 else expectation
    return p_counts_later(after, customers, up_to=MOST, p_counts=partial(future.p_counts, horizon, up_to=MOST))


def counts_by_stages(case):
    """P(exactly 0, 1, ..., MOST purchases in the window), given each stage rate, summed over a grid of rates.

    Stages before and within the window are Poisson, and every k-th is a purchase. E[(1 - p)^n] and E[p (1 - p)^n] are
    products of ratios.
    """
    k, done, s, rate, a, b, after, horizon = case
    ends = np.log([stats.gamma.ppf(1e-13, s + done), stats.gamma.isf(1e-15, s + done)]) - np.log(rate)
    log_rate = np.linspace(*ends, 500)
    stage_rates, step = np.exp(log_rate), log_rate[1] - log_rate[0]
    weights = stats.gamma.pdf(stage_rates, s + done, scale=1 / rate) * stage_rates * step
    survives = np.cumprod(np.append(1.0, (b + np.arange(400.0)) / (a + b + np.arange(400.0))))
    leaves = survives[:-1] - survives[1:]
    before, ahead = np.arange(k * 300), np.arange(k * (MOST + 2))
    answer, active = np.zeros(MOST + 1), 0.0
    for one, weight in zip(stage_rates, weights, strict=True):
        until, within = stats.poisson(one * after).pmf(before), stats.poisson(one * horizon)
        exactly_ahead = within.pmf(ahead)
        for i in range(k):
            here = (before + done) % k == i
            bought, probability = (before[here] + done) // k, weight * until[here]
            active += probability @ survives[bought]
            for n in range(MOST + 1):
                exactly = exactly_ahead[(i + ahead) // k == n].sum()
                answer[n] += exactly * (probability @ survives[bought + n])
                if n > 0:
                    answer[n] += within.sf(k * n - i - 1) * (probability @ leaves[bought + n - 1])
    answer[0] += 1 - active
    return answer


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_counts_are_sums_over_what_happens_until_the_window(case):
    """Oracle: given the stage rate, by Poisson probabilities alone."""
    k, done, s, rate, a, b, after, horizon = case
    found = counts(after, alive_customers(k=k, s=np.array([s]), rate=rate, a=a, b=b), horizon)
    assert found[done, 0] == pytest.approx(counts_by_stages(case), abs=1e-10)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("after", [5.0, 300.0])
def test_long_sums_by_quadrature_are_the_sums_term_by_term(monkeypatch, k, after):
    """Law: thousands of purchases before the window, by 512 steps or by blocks, as one by one."""
    generator = np.random.default_rng(3)
    n = 60
    s, rate, a, b = (np.exp(generator.uniform(*ends, n)) for ends in ((-4, 9), (-2, 4), (-7, 4), (-4, 7)))
    few = s * after / rate / k < 2e4
    customers = alive_customers(k=k, s=s[few], rate=rate[few], a=a[few], b=b[few])
    by_quadrature = counts(after, customers, 3.0)
    monkeypatch.setattr(later_counts, "MOST_TERMS", 10**7)
    assert by_quadrature == pytest.approx(counts(after, customers, 3.0), abs=1e-12)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("after", [1e-6, 1.0, 1e6, 1e12])
def test_counts_stay_probabilities_where_parameters_are_extreme(k, after):
    generator = np.random.default_rng(5)
    s, rate, a, b = np.exp(generator.uniform(-28, 28, (4, 100)))
    found = counts(after, alive_customers(k=k, s=s, rate=rate, a=a, b=b), 1.0)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.sum(axis=2).max() <= 1 + 1e-12


def test_a_window_that_begins_at_once_has_the_counts_of_now():
    """Law: the limit of `after` going to 0."""
    customers = alive_customers(k=3, s=np.array([0.8, 6.8, 30.0]), rate=np.array([2.0, 40.0, 50.0]), a=0.8, b=4.4)
    now = expectation.p_counts(8.0, customers, up_to=MOST)
    assert counts(1e-13, customers, 8.0) == pytest.approx(now, abs=1e-12)
