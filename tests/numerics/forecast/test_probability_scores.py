"""Scores of probability forecasts, by hand."""

import numpy as np
import pytest

from kundkarriar.numerics.forecast import probability_scores


def test_scores_of_forecasts():
    """By hand: certain and right scores 0, certain and wrong 2 (Brier); one half for each of two states, ln 2."""
    sure = np.eye(2)
    assert probability_scores.log_loss(sure, actual=np.array([0, 1])) == 0.0
    assert probability_scores.brier(sure, actual=np.array([1, 0])) == 2.0
    assert probability_scores.log_loss(np.full((3, 2), 0.5), actual=np.zeros(3, int)) == pytest.approx(np.log(2))


def test_certain_forecasts_are_in_the_last_bin():
    """Bins are tenths, of which the last has its end: a probability of 1 has no bin of its own."""
    p = np.array([0.0, 0.05, 0.1, 0.35, 0.9, 0.95, 1.0, 1.0])
    count, mean, share = probability_scores.reliability(p, happened=p > 0.94)
    assert count.tolist() == [2, 1, 1, 4]
    assert mean == pytest.approx([0.025, 0.1, 0.35, 0.9625])
    assert share == pytest.approx([0.0, 0.0, 0.0, 0.75])
