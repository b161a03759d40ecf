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


def test_what_was_called_impossible_counts_as_one_in_a_thousand():
    assert probability_scores.log_loss(np.eye(2), actual=np.array([1, 1])) == pytest.approx(np.log(1000) / 2)


def test_certain_forecasts_are_in_the_last_bin():
    """Bins are tenths, of which the last has its end: a probability of 1 has no bin of its own."""
    p = np.array([0.0, 0.05, 0.1, 0.35, 0.9, 0.95, 1.0, 1.0])
    count, total, true = probability_scores.reliability(p, happened=p > 0.94)
    some = count > 0
    assert np.flatnonzero(some).tolist() == [0, 1, 3, 9]
    assert count[some].tolist() == [2, 1, 1, 4]
    assert total[some] == pytest.approx([0.05, 0.1, 0.35, 3.85])
    assert true[some].tolist() == [0, 0, 0, 3]
