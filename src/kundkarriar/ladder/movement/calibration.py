"""Calibration of a movement: forecasts from a past month against the months after it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.career_panel import CareerPanel, read_careers
from kundkarriar.ladder.movement.origin_month import calibration_months
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.forecast import probability_scores

Forecast = Callable[[CareerPanel, int], Array]
"""From careers and a horizon in months to probabilities of each state, (n, horizon, S)."""
Score = Callable[[int, Mask], dict[str, float]]
"""From a month ahead, 0 being the first, and the customers whose outcome is known, (n,), to scores by column."""


def score_table(outcomes: Whole, rules: Mapping[str, Score], *, like: FrameT) -> FrameT:
    """A row for each month ahead and rule: ahead, rule, customers, and the scores.

    Args:
        outcomes: what happened to each customer in each month, (n, months); -1 where it is not known.
        rules: the scores of each rule, by its name.
        like: the kind of frame to return.
    """
    rows: list[dict[str, Any]] = []
    for step, outcome in enumerate(outcomes.T):
        known = outcome >= 0
        for rule, score in rules.items():
            rows.append({"ahead": step + 1, "rule": rule, "customers": int(known.sum()), **score(step, known)})
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=like)


def scores(
    careers: FrameT, forecasts: Mapping[str, Forecast], *, rungs: Sequence[str] | None, origin: Any, horizon: int
) -> FrameT:
    """Log loss and Brier score of each rule, and of the rule "no change": see `FittedChainMixture.calibration`."""
    _, past, actual = _split(careers, rungs=rungs, origin=origin, horizon=horizon)
    months = actual.shape[1]
    predicted = {rule: forecast(past, months) for rule, forecast in forecasts.items()}
    predicted["no change"] = _no_change(past, horizon=months)
    return score_table(actual, {rule: _score(p, actual) for rule, p in predicted.items()}, like=careers)


def _score(p: Array, actual: Whole) -> Score:
    """Scores of probabilities of each state, (n, months, S), against the states, (n, months)."""

    def score(step: int, known: Mask) -> dict[str, float]:
        given, happened = p[known, step], actual[known, step]
        return {
            "log_loss": probability_scores.log_loss(given, actual=happened),
            "brier": probability_scores.brier(given, actual=happened),
        }

    return score


def reliability(
    careers: FrameT, forecast: Forecast, *, rungs: Sequence[str] | None, origin: Any, horizon: int
) -> FrameT:
    """See `FittedChainMixture.reliability`; arguments as for `scores`."""
    panel, past, actual = _split(careers, rungs=rungs, origin=origin, horizon=horizon)
    predicted = forecast(past, actual.shape[1])
    known = actual >= 0
    parts = [
        probability_scores.reliability(predicted[..., state][known], happened=actual[known] == state)
        for state in range(len(panel.states))
    ]
    at = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    customers, mean, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    return new_frame(
        {**state_columns(panel.states, at, like=careers), "customers": customers, "forecast": mean, "actual": share},
        like=careers,
    )


def _split(
    careers: Any, *, rungs: Sequence[str] | None, origin: Any, horizon: int
) -> tuple[CareerPanel, CareerPanel, Whole]:
    """Customers known at the origin, their rows up to it, and their states in the months after it, (n, months)."""
    panel = read_careers(careers, rungs=rungs)
    month, months = calibration_months(panel, origin=origin, horizon=horizon)
    panel = panel.of(panel.entry <= month)
    return panel, panel.until(month), panel.states_after(month, months=months)


def _no_change(past: CareerPanel, *, horizon: int) -> Array:
    """Forecasts of the rule "no change", (n, horizon, S): the customer's state now, or a state as of all customers.

    The probability of the first is the share of customers who kept their state over as many months before the origin.
    """
    S = len(past.states)
    now = past.state_at(past.last)
    all_customers = (np.bincount(now, minlength=S) + 1.0) / (len(now) + S)
    forecast = np.empty((len(now), horizon, S))
    for step in range(horizon):
        before = past.state_at(past.last - step - 1)
        both_known = before >= 0
        stayed = (np.sum(before[both_known] == now[both_known]) + 1.0) / (both_known.sum() + 2.0)
        forecast[:, step] = (1 - stayed) * all_customers
        forecast[np.arange(len(now)), step, now] += stayed
    return forecast
