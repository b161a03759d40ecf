"""Data of fits and their comparisons."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def unrelated_columns(summary):
    """The CDNOW sample with two columns that no purchase depends on."""
    generator = np.random.default_rng(5)
    return summary.assign(age=generator.normal(size=len(summary)), web=generator.choice(["no", "yes"], len(summary)))
