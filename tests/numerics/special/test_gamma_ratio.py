"""Log survival as a ratio of gamma functions, against mpmath with 60 digits."""

import numpy as np
import pytest

from kundkarriar.numerics.special.beta_geometric_survival import log_survival


@pytest.mark.parametrize(
    ("n", "a", "b", "truth"),
    [
        (1e6, 1e6, 1e12, -0.99999900000166666),
        (1e9, 1e3, 1e12, -0.99950033258453217),
        (20.0, 1e12, 1e12, -13.862943611103906),
        (1e4, 5e3, 1e7, -4.9962535796810455),
        (3.0, 0.5, 0.25, -1.6357552207514738),
        (7.5, 2.5, 40.0, -0.42244442441186545),
    ],
)
def test_log_survival_keeps_its_digits(n, a, b, truth):
    """However many opportunities, and however large a + b is; alone, or in an array with values of another size."""
    assert log_survival(n, a=a, b=b) == pytest.approx(truth, rel=1e-13)
    beside = log_survival(np.array([n, 2.0]), a=np.array([a, 1.0]), b=np.array([b, 1.0]))
    assert beside == pytest.approx([truth, np.log(1 / 3)], rel=1e-13)
