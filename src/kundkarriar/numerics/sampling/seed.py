"""Seeds: a whole number from what users pass as `seed`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.errors import DataError


def as_seed(seed: Any) -> int:
    """`seed` as an int, or an int drawn from a Generator, whose state advances; draws from it can be repeated.

    Raises:
        DataError: neither a whole number >= 0 nor a Generator.

    >>> as_seed(np.int64(7)), as_seed(np.random.default_rng(1)) == as_seed(np.random.default_rng(1))
    (7, True)
    """
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**63))
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool) and seed >= 0:
        return int(seed)
    raise DataError.because(
        f"`seed` must be a whole number >= 0 or a numpy Generator, got {seed!r}.", hint="write seed=1."
    )
