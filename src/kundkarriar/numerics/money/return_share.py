"""What share of a customer's gross spend comes back, pulled towards the share of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_MASS, MOST_MASS = 1.0, 1000.0


def return_prior(
    *, gross: NDArray[np.float64], returned: NDArray[np.float64], n: NDArray[np.float64]
) -> tuple[float, float]:
    """The base's return share, and how many purchase days of evidence it weighs against a customer's own.

    The mass is the moment estimate of a beta-binomial over customers with two purchase days or more:
    Var(share) = mean (1 - mean) [1/n + (1 - 1/n) / (mass + 1)]. It is held between 1 and 1,000 days.

    Args:
        gross: spend before returns of each customer, (n,), >= 0.
        returned: what of it came back, (n,), >= 0.
        n: purchase days, (n,).

    Returns:
        The mean share, 0 to 1, and the mass in purchase days.
    """
    total = gross.sum()
    mean = float(min(returned.sum() / total, 1.0)) if total > 0 else 0.0
    some = (n >= 2) & (gross > 0)
    if mean in (0.0, 1.0) or not some.any():
        return mean, MOST_MASS
    share = np.minimum(returned[some] / gross[some], 1.0)
    within = np.mean(1 / n[some])
    spread = np.mean((share - mean) ** 2) / (mean * (1 - mean))
    overlap = (spread - within) / (1 - within)
    return mean, float(np.clip(1 / max(float(overlap), 1e-9) - 1, LEAST_MASS, MOST_MASS))


def return_share(
    *,
    gross: NDArray[np.float64],
    returned: NDArray[np.float64],
    n: NDArray[np.float64],
    mean: float,
    mass: float,
) -> NDArray[np.float64]:
    """Expected share of each customer's future gross spend that comes back, (n,), 0 to 1.

    The customer's own share counts with its `n` purchase days, the base's `mean` with `mass`.

    >>> one = {"gross": np.array([100.0]), "returned": np.array([50.0]), "n": np.array([5.0])}
    >>> return_share(**one, mean=0.1, mass=5.0)
    array([0.3])
    """
    own = np.divide(returned, gross, out=np.zeros_like(gross), where=gross > 0)
    shrunk: NDArray[np.float64] = (n * np.clip(own, 0.0, 1.0) + mass * mean) / (n + mass)
    return shrunk
