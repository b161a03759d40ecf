"""Calibration of a hidden Markov model: forecasts of purchases from a past month against the months after it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.hidden.hidden_movement import HiddenMovement
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.ladder.movement.origin_month import calibration_months
from kundkarriar.numerics.hmm.emissions import NONE, log_counts
from kundkarriar.numerics.hmm.static_gamma_poisson import fit_gamma_poisson

Score = Callable[[int, Mask], dict[str, float]]
"""From a month ahead, 0 being the first, and the customers whose outcome is known, (n,), to scores by column."""
LEAST_PROBABILITY = 1e-12
GRID = np.linspace(0.0, 0.99, 100)
"""Candidates for the share of customers whose count is that of the last month again: see `_last_month_again`."""


class CountForecast(NamedTuple):
    """Probabilities of the actual count and of no purchase, and expected purchases, of every customer in a month."""

    actual: Array
    none: Array
    mean: Array


def scores(
    careers: FrameT,
    *,
    contacts: Sequence[str],
    fit: Callable[[PurchasePanel], HiddenMovement],
    one_state: Callable[[PurchasePanel], tuple[float, float]],
    origin: object,
    horizon: Any,
) -> FrameT:
    """See `FittedHiddenLadder.calibration`; `one_state` gives the mean and size of the counts if all are alike."""
    panel = read_purchases(careers, contacts=contacts)
    month, months = calibration_months(panel.months, origin=origin, horizon=horizon)
    panel = evolve(panel, months=panel.months.of(panel.months.entry <= month))
    past = panel.until(month)
    fitted = fit(past)
    p = fitted.ahead(past, months=months)
    alike, own = one_state(past), _own_rates(past)
    y = np.stack([panel.at(month + step) for step in range(1, months + 1)], axis=1)
    rules: dict[str, Callable[[int], CountForecast]] = {
        "hidden": lambda step: _hidden_markov(p[:, step], y[:, step], m=fitted.chain.m, k=fitted.chain.k),
        "one state": lambda step: _negative_binomial(y[:, step], *alike),
        "own rate": lambda step: _negative_binomial(y[:, step], *own),
        "last month again": lambda step: _last_month_again(past, y[:, step], ahead=step + 1, alike=alike),
    }
    return _score_table(y, {rule: _score(forecast, y) for rule, forecast in rules.items()}, like=careers)


def _score_table(outcomes: Whole, rules: Mapping[str, Score], *, like: FrameT) -> FrameT:
    """A row for each month ahead and rule: ahead, rule, scores. An outcome, (n, months), is -1 if unknown."""
    rows: list[dict[str, Any]] = []
    for step, outcome in enumerate(outcomes.T):
        known = outcome >= 0
        for rule, score in rules.items():
            rows.append({"ahead": step + 1, "rule": rule, "customers": int(known.sum()), **score(step, known)})
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=like)


def _score(forecast: Callable[[int], CountForecast], y: Whole) -> Score:
    """Scores of forecasts of a month against the counts, (n, months)."""

    def score(step: int, known: Mask) -> dict[str, float]:
        given, bought = forecast(step), y[known, step]
        return {
            "log_loss": float(np.mean(-np.log(np.maximum(given.actual[known], LEAST_PROBABILITY)))),
            "brier": float(np.mean((given.none[known] - (bought == 0)) ** 2)),
            "expected": float(given.mean[known].mean()),
            "actual": float(bought.mean()),
        }

    return score


def _hidden_markov(p: Array, y: Whole, *, m: Array, k: Array) -> CountForecast:
    counts, code = np.unique(y, return_inverse=True)
    given = np.exp(log_counts(np.maximum(counts, 0).astype(np.float64)[:, None], m=m, k=k))[code.reshape(-1)]
    none = np.exp(log_counts(NONE, m=m, k=k))
    return CountForecast(actual=np.sum(p * given, axis=1), none=p @ none, mean=p @ m)


def _negative_binomial(y: Whole, mean: Array | float, size: Array | float) -> CountForecast:
    """Forecast by negative binomial counts, with one mean and size for all customers or for each."""
    m, k = (np.broadcast_to(np.asarray(each, dtype=np.float64), y.shape) for each in (mean, size))
    bought = np.maximum(y, 0).astype(np.float64)
    actual = np.exp(log_counts(bought, m=m, k=k))
    return CountForecast(actual=actual, none=np.exp(log_counts(NONE, m=m, k=k)), mean=m)


def _last_month_again(past: PurchasePanel, y: Whole, *, ahead: int, alike: tuple[float, float]) -> CountForecast:
    """Forecast by a mixture: the customer's count in the last month again, or a count as if all customers were alike.

    The share of the first part is fitted by maximum likelihood to the last month, from the counts `ahead` months before
    it; it is 0 if no customer has both months. `alike` is the mean and the size of the counts if all are alike.
    """
    last = past.at(past.months.last)
    before = past.at(past.months.last - ahead)
    all_alike = _negative_binomial(last, *alike)
    both = before >= 0
    p, repeated = all_alike.actual[both], (before == last)[both]
    log_likelihoods = [np.mean(np.log(share * repeated + (1 - share) * p)) if both.any() else -share for share in GRID]
    share = float(GRID[int(np.argmax(log_likelihoods))])
    alike_counts = _negative_binomial(y, *alike)
    return CountForecast(
        actual=share * (y == last) + (1 - share) * alike_counts.actual,
        none=share * (last == 0) + (1 - share) * alike_counts.none,
        mean=share * last + (1 - share) * alike_counts.mean,
    )


def _own_rates(past: PurchasePanel) -> tuple[Array, Array]:
    """Means and sizes of each customer's next month under a gamma-Poisson model; the months of entry are left out."""
    start, lengths = past.months.start[:-1], past.months.lengths
    bought = np.bincount(past.months.owner, weights=past.y, minlength=len(past))
    x, T = (bought - past.y[start]).astype(np.float64), (lengths - 1).astype(np.float64)
    r, alpha = fit_gamma_poisson(x=x, T=T)
    return (r + x) / (alpha + T), r + x
