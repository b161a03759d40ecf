"""Error of a forecast total of a group of customers, and the error that chance alone would give it."""

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array


@frozen(kw_only=True)
class TotalError:
    """A predicted and an actual total, and the variance of their difference if the forecast is right.

    Attributes:
        predicted, actual: the totals.
        process_variance: from the customers, who are independent of each other given the parameters.
        parameter_variance: from the estimated parameters, which the customers share.
    """

    predicted: float
    actual: float
    process_variance: float
    parameter_variance: float


def total_error(
    *, predicted: Array, actual: Array, variance: Array | None = None, drawn: Array | None = None
) -> TotalError:
    """The error of a total of n customers whose outcomes were forecast, with both of its variances.

    The process variance is the larger of what the model says and what the outcomes show. The model says the sum of the
    variances of customers' draws; without draws that of Poisson counts with the predicted means, which is right for
    counts and too small for money. The outcomes show the squared errors about the forecast scaled to the level of the
    outcomes, times n / (n - 1): a forecast that is too low for the whole group does not inflate it, and overdispersion
    of any cause does. The variance of drawn totals beyond the sum of the customers' is that of the parameters.

    Of `predicted` means and `actual` outcomes, (n,); of draws the `variance` of each customer, (n,), and the `drawn`
    totals, (S,).
    """
    n, m, y = len(predicted), float(predicted.sum()), float(actual.sum())
    by_model = m if variance is None else float(variance.sum())
    scaled = predicted * (y / m if m > 0 else 0.0)
    by_outcome = float(((actual - scaled) ** 2).sum()) * n / (n - 1) if n > 1 else 0.0
    shared = 0.0 if drawn is None else max(float(drawn.var(ddof=1)) - by_model, 0.0)
    return TotalError(predicted=m, actual=y, process_variance=max(by_model, by_outcome, 0.0), parameter_variance=shared)


def pooled_std_error(errors: Sequence[TotalError], *, overlap: Array) -> float:
    """Standard error of the difference of the totals summed over m origins.

    Errors from the customers are correlated by the share of two horizons that overlaps, `overlap`, (m, m): the error of
    the later origin is not foreseeable from the earlier one, and half of it is theirs in common where half the horizon
    is. Errors of the parameters are taken to be the same at all origins, whose data are largely the same.

    >>> one = TotalError(predicted=9.0, actual=9.0, process_variance=9.0, parameter_variance=16.0)
    >>> pooled_std_error([one], overlap=np.eye(1)), round(pooled_std_error([one, one], overlap=np.eye(2)) ** 2)
    (5.0, 82)
    """
    process = np.sqrt([each.process_variance for each in errors])
    shared = float(np.sqrt([each.parameter_variance for each in errors]).sum())
    return math.sqrt(float(process @ overlap @ process) + shared**2)
