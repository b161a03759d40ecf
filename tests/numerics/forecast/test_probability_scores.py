"""Scores of probability forecasts, by hand."""

import numpy as np
import pytest

from kundkarriar.numerics.forecast import probability_scores


def test_scores_of_forecasts():
    """By hand: the loss of sure and right is 0, of sure and wrong 2 (Brier); a coin costs ln 2."""
    sure = np.eye(2)
    assert probability_scores.log_loss(sure, actual=np.array([0, 1])) == 0.0
    assert probability_scores.brier(sure, actual=np.array([1, 0])) == 2.0
    assert probability_scores.log_loss(np.full((3, 2), 0.5), actual=np.zeros(3, int)) == pytest.approx(np.log(2))
