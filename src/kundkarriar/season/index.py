"""Seasonal index by conditional maximum likelihood, from the purchases between each customer's first and last.

Given the first and the last purchase and the number n in between, those in between are independent with density
s(t) / (W(last) - W(first)), in every model with Poisson purchases. The rates of customers, their acquisition and their
dropout cancel, so a growing or shrinking customer base does not bias the index. The conditional log-likelihood

    l(theta) = sum of theta at each such purchase - sum over customers of n ln(sum over months of days exp(theta)),

is concave; theta is the log index of the twelve months, `days` the days of each month strictly between the first and
the last purchase. Limits: rates that change with a customer's age are not modelled; a day holds at most one purchase,
which flattens the season of customers who buy almost daily.
"""

import numpy as np
import pandas as pd

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.season.warped_time import MONTH_DAYS, month_of_year, normalised_index

PRIOR_SDS = np.geomspace(0.01, 1.0, 25)
"""Prior standard deviations of the log index, equally likely: 0.01 to 1, evenly spaced in logs."""

MAX_STEPS = 50
TOLERANCE = 1e-9


def estimate_index(*, first: Whole, last: Whole, day: Whole, code: Whole, closed: Mask) -> dict[str, Array]:
    """Estimate the index by conditional maximum likelihood, shrunk towards a flat one by a normal prior.

    `first` and `last` are the days of each customer's first and last purchase, since 1970-01-01, (n,); `day` and `code`
    are day and customer (a position in `first`) of each purchase between the two, (m,). Nothing can be bought in
    `closed` months, (12,); their index is 0.

    Returns:
        The fields of a `Season`, (12,) each; the standard errors are widened by the overdispersion.
    """
    between = np.bincount(code, minlength=len(first)).astype(float)
    spans = pd.DataFrame({"start": first, "end": last, "between": between})
    distinct = spans.groupby(["start", "end"], as_index=False).sum()
    start, end, count = (distinct[name].to_numpy() for name in spans)
    every = np.arange(start.min(), end.max() + 1)
    open_months = np.flatnonzero(~closed)
    days = _days_between(start, end, every)[:, open_months]
    counts = np.bincount(month_of_year(day), minlength=12).astype(float)
    theta, gradient, information = _maximise(counts[open_months], days, count)
    index, std_errors = np.zeros((2, 12))
    index[open_months] = np.exp(theta)
    phi = _overdispersion(day, start, end, count, every=every, index=index, months=len(open_months))
    mean, covariance = _posterior_moments(information / phi, (information @ theta + gradient) / phi)
    index[open_months] = np.exp(mean)
    index = normalised_index(index)
    s = index[open_months]
    jacobian = np.diag(s) - np.outer(s, MONTH_DAYS[0][open_months] * s) / 365.0
    std_errors[open_months] = np.sqrt(np.maximum(np.diag(jacobian @ covariance @ jacobian.T), 0.0))
    return {"index": index, "std_errors": std_errors, "purchases": counts}


def _days_between(first: Whole, last: Whole, every: Whole) -> Array:
    """Number of days of each month strictly between `first` and `last`, (n, 12), among `every` day of the data."""
    passed = np.concatenate([np.zeros((1, 12)), np.cumsum(np.eye(12)[month_of_year(every)], axis=0)])
    return np.asarray(passed[last - every[0]] - passed[first + 1 - every[0]])


def _maximise(counts: Array, days: Array, between: Array) -> tuple[Array, Array, Array]:
    """Maximum of the penalised log-likelihood by Newton's method, and gradient and information of the likelihood there.

    The penalty is a normal prior with the largest of `PRIOR_SDS`; it keeps months without purchases finite.
    """
    prior_precision = 1.0 / PRIOR_SDS[-1] ** 2
    theta = np.zeros(len(counts))

    def objective(at: Array) -> float:
        return float(counts @ at - between @ np.log(days @ np.exp(at)) - prior_precision * at @ at / 2)

    for _ in range(MAX_STEPS):
        share = days * np.exp(theta)
        share /= share.sum(axis=1, keepdims=True)
        expected = between @ share
        gradient = counts - expected
        information = np.diag(expected) - (share * between[:, None]).T @ share
        step = np.linalg.solve(information + prior_precision * np.eye(len(theta)), gradient - prior_precision * theta)
        while objective(theta + step) < objective(theta) - TOLERANCE * abs(objective(theta)):
            step = step / 2
        theta = theta + step
        if np.abs(step).max() < TOLERANCE:
            break
    return theta, gradient, information


def _overdispersion(
    day: Whole, first: Whole, last: Whole, between: Array, *, every: Whole, index: Array, months: int
) -> float:
    """Pearson's dispersion of the monthly counts against their Poisson expectations, at least 1.

    It exceeds 1 if a month stands out in one year and not in another, and widens the standard errors.
    """
    speed = index[month_of_year(every)]
    passed = np.concatenate([[0.0], np.cumsum(speed)])
    from_, to = first + 1 - every[0], last - every[0]
    pace = between / (passed[to] - passed[from_])
    begun, ended = (np.bincount(at, weights=pace, minlength=len(every)) for at in (from_, to))
    month = every.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    month -= month[0]
    expected = np.bincount(month, weights=np.cumsum(begun - ended) * speed)
    observed = np.bincount(month[day - every[0]], minlength=len(expected))
    some = expected > 1.0  # Pearson's ratio of a nearly empty month is noise
    dof = int(some.sum()) - months + 1
    return max(1.0, float(((observed - expected)[some] ** 2 / expected[some]).sum() / dof)) if dof > 0 else 1.0


def _posterior_moments(information: Array, shift: Array) -> tuple[Array, Array]:
    """Posterior mean and covariance of the log index, whose months have a normal prior with mean 0.

    The posterior is averaged over the prior standard deviations `PRIOR_SDS` by their marginal likelihoods: with little
    data the index is nearly flat. `information`, (k, k), is the likelihood's at its maximum, `shift`, (k,), information
    times maximum, plus the gradient there.
    """
    k = len(shift)
    precision = information[None] + np.eye(k)[None] / PRIOR_SDS[:, None, None] ** 2
    covariance = np.linalg.inv(precision)
    mean = covariance @ shift
    log_marginal_likelihood = mean @ shift / 2 - np.linalg.slogdet(precision)[1] / 2 - k * np.log(PRIOR_SDS)
    weight = np.exp(log_marginal_likelihood - log_marginal_likelihood.max())
    weight /= weight.sum()
    average = weight @ mean
    deviation = mean - average
    return average, np.einsum("s,sij->ij", weight, covariance) + (weight[:, None] * deviation).T @ deviation
