"""Values and first passages of chains: published numbers, laws, and targets that are not reachable."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.markov import value

RECENCY = np.array(
    [[0.3, 0.7, 0, 0, 0], [0.2, 0, 0.8, 0, 0], [0.15, 0, 0, 0.85, 0], [0.05, 0, 0, 0, 0.95], [0, 0, 0, 0, 1.0]]
)
REWARD = np.array([36.0, -4, -4, -4, 0])
INACTIVE = np.array([0.0, 0, 0, 0, 1])
ABSORBING = np.array(
    [[0.5, 0.3, 0, 0, 0.2], [0, 0.3, 0.4, 0, 0.3], [0, 0.1, 0.5, 0.25, 0.15], [0, 0, 0.1, 0.8, 0.1], [0, 0, 0, 0, 1.0]]
)


@st.composite
def chains(draw, size=4):
    cells = draw(st.lists(st.floats(0.01, 1.0), min_size=size * size, max_size=size * size))
    P = np.array(cells).reshape(size, size)
    return P / P.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("stopped", "expected"),
    [
        ((), (52.3196, 5.5538, 1.2508, -1.8200, 0)),
        ((3,), (53.1494, 6.6207, 2.6437, 0, 0)),
        ((2, 3), (51.5745, 4.5957, 0, 0, 0)),
    ],
    ids=["mail all", "stop at r4", "stop at r3 and r4"],
)
def test_when_to_stop_mailing(stopped, expected):
    """Pfeifer & Carraway's example: it pays to stop after four periods without a purchase, not after three."""
    P, R = RECENCY.copy(), REWARD.copy()
    for state in stopped:
        P[state], R[state] = INACTIVE, 0.0
    assert value.value(P=P, R=R, beta=1 / 1.2) == pytest.approx(expected, abs=1e-4)


def test_first_passage():
    ever, after = value.first_passage(P=ABSORBING, target=3)

    assert ever[:3] == pytest.approx((0.1935, 0.3226, 0.5645), abs=1e-4)
    assert after[:3] == pytest.approx((5.8710, 3.8710, 2.4424), abs=1e-4)


def test_targets_that_are_not_reachable():
    """Two closed sets of states: neither leads to the other."""
    there_and_back = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    ever, after = value.first_passage(P=there_and_back, target=2)
    assert ever.tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(after[:2]).all()


@given(P=chains(), reward=st.lists(st.floats(-10, 10), min_size=4, max_size=4), rate=st.floats(0.01, 1.0))
def test_value_solves_its_own_equation(P, reward, rate):
    """V = R + beta P V, and V is the discounted occupancy times R."""
    R, beta = np.array(reward), 1 / (1 + rate)
    V = value.value(P=P, R=R, beta=beta)
    assert pytest.approx(R + beta * P @ V, abs=1e-8) == V

    assert value.occupancy(P=P, beta=beta) @ R == pytest.approx(V, abs=1e-7)


@given(P=chains())
def test_one_more_step_does_not_change_the_steady_state(P):
    """And where every state is reachable from every other, the limit does not depend on the first state."""
    end = value.steady_state(P=P)
    assert end @ P == pytest.approx(end, abs=1e-9)
    assert np.ptp(end, axis=0).max() < 1e-9


@given(P=chains(), target=st.integers(0, 3))
def test_hitting_times_where_every_step_is_possible(P, target):
    """The hitting probability is 1, and the mean time is 1 + its mean over the states after the first step."""
    ever, after = value.first_passage(P=P, target=target)
    assert ever == pytest.approx(np.ones(4))
    others = np.arange(4) != target
    assert after[others] == pytest.approx((1 + P @ after)[others])


@given(P=chains(), share=st.floats(0.0, 1.0))
def test_rounding_of_a_trillion_steps_moves_nobody_between_ends(P, share):
    """Of who leaves for one of two ends that do not meet, the shares stay what they are to the last digits."""
    whole = np.zeros((6, 6))
    whole[1:5, 1:5], whole[5, 5] = P, 1.0
    whole[0, [0, 1, 5]] = 0.5, 0.5 * share, 0.5 * (1 - share)
    end = value.steady_state(P=whole)
    assert end[0, 1:5].sum() == pytest.approx(share, abs=1e-13)
    assert end[0, 5] == pytest.approx(1 - share, abs=1e-13)
    assert end[5].tolist() == [0.0] * 5 + [1.0]
