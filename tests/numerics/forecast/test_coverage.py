"""Coverage: draws and outcomes of one distribution keep the level, counts too once their ties are split."""

import numpy as np
import pytest

from kundkarriar.numerics.forecast.coverage import interval_coverage

LEVELS = (0.5, 0.8, 0.9, 0.95)
N = 40_000


def of(draw, *, S, shift=0.0):
    g = np.random.default_rng(1)
    return interval_coverage(draws=draw(g, (N, S)), actual=draw(g, N) + shift, levels=LEVELS)


@pytest.mark.parametrize("S", [39, 100])
def test_intervals_of_few_draws_cover_what_they_say(S):
    """Without ties both measures are the level, at any number of draws that reaches so far out."""
    inside, split = of(lambda g, size: g.gamma(2.0, size=size), S=S)
    for place, level in enumerate(LEVELS):
        error = 4 * np.sqrt(level * (1 - level) / N)
        assert inside[place].mean() == pytest.approx(level, abs=error)
        assert split[place].mean() == pytest.approx(level, abs=error)


def test_counts_cover_more_and_their_split_ties_cover_the_level():
    """Most outcomes are 0, and 0 lies in every interval: that is no merit."""
    inside, split = of(lambda g, size: g.poisson(0.4, size=size).astype(float), S=100)
    for place, level in enumerate(LEVELS):
        assert inside[place].mean() > level + 0.02
        assert split[place].mean() == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / N))


def test_a_forecast_that_is_off_covers_less():
    """Both measures notice."""
    inside, split = of(lambda g, size: g.standard_normal(size), S=100, shift=1.0)
    assert inside[2].mean() < 0.8
    assert split[2].mean() < 0.8


def test_an_outcome_beyond_all_draws_is_outside():
    """However many there are."""
    inside, split = interval_coverage(draws=np.zeros((1, 200)), actual=np.array([1.0]), levels=(0.9,))
    assert (inside.item(), split.item()) == (0.0, 0.0)
