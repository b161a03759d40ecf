"""A number drawn for each customer from their id, a seed and an occasion: what decides between equals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.numerics.sampling.stable_hash import stable_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray


def random_numbers(*, hashes: NDArray[np.uint64], seed: int, occasion: str) -> NDArray[np.uint64]:
    """One number per customer, evenly spread over all 64-bit numbers, (n,).

    Neither the order of rows nor that of ids shows in it, and another seed or occasion draws other numbers.

    Args:
        hashes: a stable hash of each id, (n,).
        seed: of the draw.
        occasion: what is drawn, and for when.

    >>> hashes = stable_hash(ids=np.arange(3))
    >>> years = ("turn in 2027", "turn in 2028")
    >>> [int(random_numbers(hashes=hashes, seed=1, occasion=year).argmin()) for year in years]
    [1, 0]
    """
    salt = stable_hash(ids=np.array([f"seed {seed}, {occasion}"], dtype=object))
    return stable_hash(ids=(hashes ^ salt).view(np.int64))
