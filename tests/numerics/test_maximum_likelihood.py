"""The search for the top."""

import numpy as np

from kundkarriar.numerics.maximum_likelihood import Box, maximise


def test_the_top_is_found_where_values_no_longer_tell():
    """A log-likelihood of a billion has no digits for the last ten-thousandth of a step; its gradient has."""

    def high_hill(theta):
        return 1e9 - float(theta @ theta), -2 * theta, -2 * np.eye(2)

    box = Box(n=1, low=np.full(2, -9.0), high=np.full(2, 9.0))
    top = maximise(high_hill, np.full(2, 1e-4), box)
    assert top.converged
    assert np.abs(top.theta).max() < 1e-9
