"""Increasing parameters and their unconstrained form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.optimize.ordered_parameters import gradient_in_unconstrained, ordered, unconstrained


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=5))
def test_ordered_parameters_and_back(free):
    """Unconstrained numbers give increasing ones, and gradients follow the chain rule."""
    x = np.array(free)
    values = ordered(x)
    assert (np.diff(values) > 0).all()
    assert unconstrained(values) == pytest.approx(x, abs=1e-9)
    gradient = np.arange(1.0, len(x) + 1)
    steps = np.eye(len(x)) * 1e-6
    differences = [(gradient @ ordered(x + step) - gradient @ ordered(x - step)) / 2e-6 for step in steps]
    assert gradient_in_unconstrained(x, gradient) == pytest.approx(differences, rel=1e-6)
