"""The pooled chain: impossible steps, and probabilities of steps that were not seen yet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.markov.pooled_chain import UNSEEN_PRIOR_STEPS, pooled_chain, possible_steps


def test_a_state_that_was_only_left_is_not_entered_again():
    """Few prospects among many others: the way back is impossible, although by chance alone it would be rare too."""
    steps = np.array([[3.0, 6.0, 0.0], [0.0, 5000.0, 100.0], [0.0, 100.0, 3000.0]])
    chain = pooled_chain(steps)
    assert (chain[1:, 0] == 0.0).all()
    assert chain[0, 0] > 0.0
    assert (pooled_chain(np.array([[3.0, 2.0], [0.0, 5.0]]))[1, 0]) > 0.0


@given(stayed=st.integers(0, 5000), elsewhere=st.lists(st.integers(1, 2000), min_size=6, max_size=6))
def test_a_state_that_nobody_left_is_stayed_in(stayed, elsewhere):
    """After n steps of staying the probability of leaving is 1 / (n + 12), whatever the other rows: small, never 0."""
    steps = np.zeros((3, 3))
    steps[:2] = np.array(elsewhere).reshape(2, 3)
    steps[2, 2] = stayed
    row = pooled_chain(steps)[2]
    assert row[2] == pytest.approx(1 - 1 / (stayed + UNSEEN_PRIOR_STEPS))
    assert (row > 0).all()


@pytest.mark.parametrize(
    ("steps", "possible"),
    [
        pytest.param([[5, 5, 0], [3, 9, 0], [0, 0, 0]], [[1, 1, 0], [1, 1, 0], [1, 1, 1]], id="nobody was in it"),
        pytest.param([[9, 6], [0, 120]], [[1, 1], [0, 1]], id="all left, nobody came back in 120 steps"),
        pytest.param([[9, 6], [0, 100]], [[1, 1], [0, 1]], id="all left, a hundred steps are enough to know"),
        pytest.param([[9, 6], [0, 99]], [[1, 1], [1, 1]], id="all left, 99 are not"),
        pytest.param([[9, 6], [0, 68]], [[1, 1], [1, 1]], id="all left, too few steps to know"),
        pytest.param([[9, 4], [0, 120]], [[1, 1], [1, 1]], id="too few left"),
        pytest.param(
            [[9, 9, 0], [0, 20, 11], [0, 9, 5]], [[1, 1, 1], [0, 1, 1], [0, 1, 1]], id="twenty ways out, none back"
        ),
        pytest.param(
            [[400, 100, 90], [90, 300, 0], [80, 20, 100]], [[1, 1, 1], [1, 1, 1], [1, 1, 1]], id="due, but in 390 steps"
        ),
        pytest.param(
            [[400, 100, 90], [90, 500, 0], [80, 20, 100]], [[1, 1, 1], [1, 1, 0], [1, 1, 1]], id="due, in 590 steps"
        ),
        pytest.param([[0, 6], [0, 54]], [[1, 1], [1, 1]], id="six left at once"),
        pytest.param([[0, 499], [9, 40]], [[1, 1], [1, 1]], id="staying was due, in 499 steps"),
        pytest.param([[0, 500], [9, 40]], [[0, 1], [1, 1]], id="staying was due, in 500 steps"),
        pytest.param([[0, 600], [3, 4]], [[1, 1], [1, 1]], id="600 left at once, staying was not due"),
    ],
)
def test_possible_steps(steps, possible):
    assert np.array_equal(possible_steps(np.array(steps, dtype=float)), np.array(possible, dtype=bool))


LAPSES = np.array([[90, 20, 30, 0], [0, 60, 9, 0], [0, 0, 80, 12], [0, 0, 8, 4]], dtype=float)
"""Trial, trial lapsed, client, client lapsed: trial lapsed is entered, but from trial alone."""


def test_a_rung_that_is_entered_only_from_itself_is_not_entered_again():
    """No step into any of its states from another rung; between its states all steps stay possible."""
    alone, together = possible_steps(LAPSES), possible_steps(LAPSES, np.array([0, 0, 1, 1]))
    assert alone[2:, 1].all()
    assert not together[2:, :2].any()
    assert np.array_equal(together[:2], alone[:2])
    assert np.array_equal(together[2:, 2:], alone[2:, 2:])


def test_a_way_back_within_a_rung_that_nobody_enters_stays_possible():
    """Four steps left the first state, too few to close it. Eleven left its rung: it is closed to other rungs."""
    steps = LAPSES.copy()
    steps[0, 1:] = [2, 2, 0]
    assert possible_steps(steps)[1:, 0].all()
    assert possible_steps(steps, np.array([0, 0, 1, 1]))[:, 0].tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({(2, 0): 1.0}, id="somebody came back"),
        pytest.param({(0, 2): 2.0, (1, 2): 2.0}, id="four left it"),
        pytest.param({(2, 2): 40.0}, id="too few steps elsewhere"),
    ],
)
def test_a_way_back_to_a_rung_stays_possible_after_fewer_steps(changed):
    steps = LAPSES.copy()
    for cell, count in changed.items():
        steps[cell] = count
    assert possible_steps(steps, np.array([0, 0, 1, 1]))[2:, 1].all()


@given(counts=st.lists(st.sampled_from([0, 0, 2, 30, 600]), min_size=16, max_size=16), back=st.sampled_from([0, 0, 1]))
def test_rungs_forbid_steps_between_rungs_alone(counts, back):
    """Rungs only add impossible steps, and only between rungs; within a rung they change nothing."""
    steps, rungs = np.array(counts, dtype=float).reshape(4, 4), np.array([0, 0, 1, 1])
    steps[2:, :2] *= back
    alone, together = possible_steps(steps), possible_steps(steps, rungs)
    assert not (together & ~alone).any()
    within = rungs[:, None] == rungs
    assert np.array_equal(together[within], alone[within])
    assert together[steps > 0].all()
    assert np.array_equal(possible_steps(steps, np.arange(4)), alone)
