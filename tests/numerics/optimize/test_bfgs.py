"""Maximisation by BFGS within bounds."""

import numpy as np
import pytest
from attrs import evolve

from kundkarriar.numerics.optimize.bfgs import maximise_bfgs
from kundkarriar.numerics.optimize.newton import Box


def test_the_ascent_finds_the_maximum_and_stops_at_bounds():
    def valley(theta):
        x, y = theta
        return -((1 - x) ** 2) - 100 * (y - x * x) ** 2, np.array(
            [2 * (1 - x) + 400 * x * (y - x * x), -200 * (y - x * x)]
        )

    start, wide = np.array([-1.2, 1.0]), np.full(2, 5.0)
    box = Box(n=1, low=-wide, high=wide, gradient_tolerance=1e-8)
    maximum, value, gradient = maximise_bfgs(valley, start, box, max_steps=300)
    assert maximum == pytest.approx([1.0, 1.0], abs=1e-6)
    assert value == pytest.approx(0.0, abs=1e-10)
    narrow = evolve(box, high=np.array([0.5, 5.0]))
    at_bound, _, gradient = maximise_bfgs(valley, start, narrow, max_steps=300)
    assert at_bound == pytest.approx([0.5, 0.25], abs=1e-6)
    assert gradient[0] == 0.0


def test_no_step_is_longer_than_two():
    """However steep the way: a logit of a hundred is the same probability as one of twenty."""
    asked = []

    def steep(theta):
        asked.append(float(theta[0]))
        return -50.0 * float((theta[0] - 9.0) ** 2), -100.0 * (theta - 9.0)

    box = Box(n=1, low=np.full(1, -50.0), high=np.full(1, 50.0), gradient_tolerance=1e-8)
    maximum, _, _ = maximise_bfgs(steep, np.zeros(1), box, max_steps=100)
    assert maximum == pytest.approx([9.0])
    assert asked[:2] == [0.0, 2.0]
    assert max(asked) <= 11.0
