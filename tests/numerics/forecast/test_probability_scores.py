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
