"""Random parameters for benchmarks/extremes.py: each between e^-28 and e^28, often in the corners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.fields import EFOLDS

if TYPE_CHECKING:
    from numpy.random import Generator

CORNER = 20.0
"""From e^20 on a parameter counts as huge, below e^-20 as tiny."""
COMMON = 6.0
"""Most fitted parameters lie within e^-6 to e^6."""


def drawn(generator: Generator, names: tuple[str, ...]) -> dict[str, float]:
    """One set of parameters, each uniform in logs.

    Half of the sets are anywhere; in a quarter two parameters are both huge or both tiny; a quarter are as
    in fits.
    """
    logs = generator.uniform(-EFOLDS, EFOLDS, len(names))
    kind = generator.random()
    if kind < 0.25:
        two = generator.choice(len(names), min(2, len(names)), replace=False)
        logs[two] = generator.choice([-1.0, 1.0]) * generator.uniform(CORNER, EFOLDS, len(two))
    elif kind < 0.5:
        logs = generator.uniform(-COMMON, COMMON, len(names))
    return dict(zip(names, np.exp(logs).tolist(), strict=True))
