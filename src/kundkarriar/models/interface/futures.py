"""What lies ahead of customers: in expectation (`Residual`) and in draws (`Futures`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class Residual:
    """What a fitted model expects of each distinct row; all but `p_alive` are *given that it is alive*.

    Attributes:
        p_alive: probability of being alive now, (n,), 0 to 1.
        purchases: expected purchases within the horizon, (n,); infinite where a lifelong one diverges.
        p_purchase: probability of at least one purchase within the horizon, (n,).
        discounted_purchases: the same purchases, each times exp(-rate t), (n,).
        discounted_alive: discounted time alive within the horizon, in periods, (n,).
        p_leaves: probability of leaving within the horizon, (n,).
    """

    p_alive: NDArray[np.float64]
    purchases: NDArray[np.float64]
    p_purchase: NDArray[np.float64]
    discounted_purchases: NDArray[np.float64]
    discounted_alive: NDArray[np.float64]
    p_leaves: NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class Futures:
    """Drawn futures of n customers under S parameter draws; whoever is gone has zeros.

    Attributes:
        purchases: purchases within the horizon, (n, S): counts, or expectations given the drawn latent state.
        discounted_purchases: the same, each times exp(-rate t), (n, S).
        discounted_alive: discounted time alive within the horizon, in periods, (n, S).
    """

    purchases: NDArray[np.float64]
    discounted_purchases: NDArray[np.float64]
    discounted_alive: NDArray[np.float64]
