"""Who is held out of a plan so that its effect can be measured: a lot drawn from the id, not from the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.numerics.stable_hash import stable_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray


def held_out(*, hashes: NDArray[np.uint64], share: float, seed: int) -> NDArray[np.bool_]:
    """True for a random `share` of the customers, (n,): the same customers in every row order.

    Args:
        hashes: a stable hash of each id, (n,).
        share: 0 to 1.
        seed: another seed draws another lot.

    >>> from kundkarriar.numerics.stable_hash import stable_hash
    >>> lot = held_out(hashes=stable_hash(ids=np.arange(10_000)), share=0.1, seed=1)
    >>> bool(abs(lot.mean() - 0.1) < 0.01)
    True
    """
    salt = stable_hash(ids=np.array([seed], dtype=np.int64))
    mixed = stable_hash(ids=(hashes ^ salt).view(np.int64))
    lot: NDArray[np.bool_] = (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53 < share
    return lot
