"""Numbers as labels."""

import pytest

from kundkarriar.plots.canvas import per_cent, short


@pytest.mark.parametrize(
    ("number", "label"),
    [
        (0, "0"), (7, "7"), (0.5, "0.50"), (99.95, "99.95"), (123.4, "123"), (1e6, "1 M"),
        (2.5e8, "250 M"), (-1234, "-1,234"),
    ],
)  # fmt: skip
def test_short(number, label):
    assert short(number) == label


@pytest.mark.parametrize(
    ("share", "label"),
    [(0, "0 %"), (1, "100 %"), (0.005, "0.5 %"), (0.0096, "1 %"), (-0.004, "-0.4 %"), (1e-9, "0 %")],
)
def test_per_cent(share, label):
    assert per_cent(share) == label
