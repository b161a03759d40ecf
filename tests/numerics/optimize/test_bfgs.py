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
