"""Kaplan-Meier estimate of the share of leads who have bought within a time, with Greenwood's interval."""

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array, Mask


def bought_within(
    horizon: float, *, months: Array, bought: Mask, weights: Array, level: float
) -> tuple[float, float, float]:
    """The share who buy within `horizon`, and the ends of its interval; NaN where nobody was observed for so long.

    The variance is Greenwood's, of log(-log S), so that the interval lies within 0 and 1; NaN where nobody or everybody
    has bought. Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, eq. 1.10 to 1.13.

    >>> six = {"months": np.array([1.0, 2, 2, 3, 4, 5]), "bought": np.array([1, 0, 1, 0, 1, 0]) == 1}
    >>> np.round(bought_within(3, **six, weights=np.ones(6), level=0.95), 4)
    array([0.3333, 0.0956, 0.8054])
    """
    if not len(months) or months.max() < horizon:
        return np.nan, np.nan, np.nan
    at = np.unique(months[bought & (months <= horizon)])
    if not len(at):
        return 0.0, np.nan, np.nan
    order = np.argsort(months, kind="stable")
    total = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)
    at_risk = total[np.searchsorted(months[order], at)]
    events = np.bincount(
        np.searchsorted(at, months[bought & (months <= horizon)]), weights[bought & (months <= horizon)]
    )
    survival = float(np.prod(1 - events / at_risk))
    if survival <= 0:
        return 1.0, np.nan, np.nan
    variance = float(np.sum(events / (at_risk * (at_risk - events))))
    spread = float(ndtri(0.5 + level / 2)) * np.sqrt(variance) / np.log(survival)
    return 1 - survival, 1 - survival ** np.exp(spread), 1 - survival ** np.exp(-spread)
