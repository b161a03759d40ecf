"""A random number of each customer, determined by the customer's id, a seed and an occasion; it breaks ties."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kundkarriar.numerics.sampling.stable_hash import stable_hash


def random_numbers(*, hashes: NDArray[np.uint64], seed: int, occasion: str) -> NDArray[np.uint64]:
    """One number per customer, uniform over 64-bit numbers, (n,).

    It does not depend on the order of rows or of ids; another seed or occasion gives other numbers.

    Args:
        hashes: `stable_hash` of each id, (n,).
        seed: of the numbers.
        occasion: what the numbers are for, and when.

    >>> hashes = stable_hash(ids=np.arange(3))
    >>> years = ("turn in 2027", "turn in 2028")
    >>> [int(random_numbers(hashes=hashes, seed=1, occasion=year).argmin()) for year in years]
    [1, 0]
    """
    salt = stable_hash(ids=np.array([f"seed {seed}, {occasion}"], dtype=object))
    return stable_hash(ids=(hashes ^ salt).view(np.int64))
