"""Wilson's interval of a share, and Newcombe's of a difference between two shares."""

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array


def wilson_interval(*, k: Array, n: Array, level: float) -> tuple[Array, Array]:
    """The interval of the share k / n of n trials of which k succeeded, each (m,); NaN where n is 0.

    Unlike k / n with a normal error it stays within 0 and 1, and has a width where k is 0 or n.

    Source: Wilson (1927), JASA 22; Newcombe (1998), Statistics in Medicine 17, 857-872, method 3.

    >>> low, high = wilson_interval(k=np.array([81.0]), n=np.array([263.0]), level=0.95)
    >>> print(low.round(4), high.round(4))
    [0.2553] [0.3662]
    """
    z = ndtri((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        centre, width = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        low, high = ((centre + side * width) / (1 + z**2 / n) for side in (-1, 1))
    # rounding: with k = 0 the lower bound is 0, with k = n the upper one is 1
    return np.where(k == 0, np.where(n > 0, 0.0, np.nan), low), np.where((k == n) & (n > 0), 1.0, high)


def difference_of_shares(
    *, k: Array, n: Array, other_k: Array, other_n: Array, level: float
) -> tuple[Array, Array, Array]:
    """The difference k / n - other_k / other_n of two independent shares with its interval, (m,) each.

    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    >>> trial = {"k": np.array([56.0]), "n": np.array([70.0]), "other_k": np.array([48.0]), "other_n": np.array([80.0])}
    >>> [float(each[0].round(4)) for each in difference_of_shares(**trial, level=0.95)]
    [0.2, 0.0524, 0.3339]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = k / n, other_k / other_n
    low, high = wilson_interval(k=k, n=n, level=level)
    other_low, other_high = wilson_interval(k=other_k, n=other_n, level=level)
    return p - q, p - q - np.hypot(p - low, other_high - q), p - q + np.hypot(high - p, q - other_low)
