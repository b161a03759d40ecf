"""Randomised probability integral transform of forecasts of counts, and its distance from the uniform distribution."""

import numpy as np

from kundkarriar.arrays import Array, Whole


def randomised_pit(p: Array, *, actual: Whole, uniform: Array) -> Array:
    """The randomised PIT of each count, (n,): uniform between 0 and 1 where the forecast distributions are right.

    F(y - 1) + u p(y), with u independent and uniform (Czado, Gneiting & Held 2009, Biometrics 65(4), section 2): a
    count has no density, and without u its PIT would be uniform under no model.

    Args:
        p: the probability of each count, 0, 1, ..., of each forecast, (n, m).
        actual: the counts, below m, (n,).
        uniform: u, (n,).

    >>> randomised_pit(np.array([[0.5, 0.3, 0.2]]), actual=np.array([1]), uniform=np.array([0.5]))
    array([0.65])
    """
    rows = np.arange(len(actual))
    own = p[rows, actual]
    pit: Array = np.cumsum(p, axis=1)[rows, actual] - (1 - uniform) * own
    return np.clip(pit, 0.0, 1.0)


def uniform_distance(pit: Array) -> tuple[float, float]:
    """The Kolmogorov distance of n values from the uniform distribution, 0 to 1, and its p value.

    The distance is the largest difference between the share of values up to a point and the point. The p value is
    Kolmogorov's limit with the correction for finite n of Stephens (1970), JRSS B 32(1).

    >>> distance, p_value = uniform_distance((np.arange(100) + 0.5) / 100)
    >>> round(distance, 3), round(p_value, 3)
    (0.005, 1.0)
    """
    from scipy.special import kolmogorov  # noqa: PLC0415 - scipy is loaded where it is used

    n = len(pit)
    ordered, steps = np.sort(pit), np.arange(n + 1) / n
    distance = float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()))
    return distance, float(kolmogorov(distance * (np.sqrt(n) + 0.12 + 0.11 / np.sqrt(n))))
