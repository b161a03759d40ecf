"""Calibration of a movement by Markov chains: forecasts of states from a past month against the months after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import new_frame
from kundkarriar.ladder.career_panel import CareerPanel, read_careers
from kundkarriar.ladder.movement.origin_month import calibration_months
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.forecast import probability_scores

Forecast = Callable[[CareerPanel, int], Array]
"""From careers and a horizon in months to probabilities of each state, (n, horizon, S)."""


def scores(
    careers: Any, forecasts: Mapping[str, Forecast], *, rungs: Sequence[str] | None, origin: Any, horizon: int
) -> Any:
    """Log loss and Brier score of each rule: see `FittedChainMixture.calibration`.

    Args:
        careers: with months after the origin.
        forecasts: the forecast of each rule, by its name; the rule "no change" is added.
        rungs: from low to high; None: as the careers order them.
        origin: a date in the month to forecast from.
        horizon: months ahead.
    """
    panel, month, months = _split(careers, rungs=rungs, origin=origin, horizon=horizon)
    past = panel.until(month)
    rules = {rule: forecast(past, months) for rule, forecast in forecasts.items()}
    rules["no change"] = _no_change(past, horizon=months)
    rows = []
    for step in range(months):
        actual = _actual(panel, month, step)
        known = actual >= 0
        for rule, predicted in rules.items():
            p = predicted[known, step]
            rows.append(
                {
                    "ahead": step + 1,
                    "rule": rule,
                    "customers": int(known.sum()),
                    "log_loss": probability_scores.log_loss(p, actual=actual[known]),
                    "brier": probability_scores.brier(p, actual=actual[known]),
                }
            )
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=careers)


def reliability(careers: Any, forecast: Forecast, *, rungs: Sequence[str] | None, origin: Any, horizon: int) -> Any:
    """See `FittedChainMixture.reliability`; arguments as for `scores`."""
    panel, month, months = _split(careers, rungs=rungs, origin=origin, horizon=horizon)
    predicted = forecast(panel.until(month), months)
    actual = np.stack([_actual(panel, month, step) for step in range(months)], axis=1)
    known = actual >= 0
    parts = [
        probability_scores.reliability(predicted[..., state][known], happened=actual[known] == state)
        for state in range(len(panel.states))
    ]
    at = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    customers, mean, share = (np.concatenate([part[column] for part in parts]) for column in range(3))
    return new_frame(
        {**state_columns(panel.states, at, like=careers), "customers": customers, "forecast": mean, "actual": share},
        like=careers,
    )


def _split(careers: Any, *, rungs: Sequence[str] | None, origin: Any, horizon: int) -> tuple[CareerPanel, int, int]:
    """The customers known at the origin, the month to forecast from, and the number of known months after it."""
    panel = read_careers(careers, rungs=rungs)
    month, months = calibration_months(panel, origin=origin, horizon=horizon)
    return panel.of(panel.entry <= month), month, months


def _actual(panel: CareerPanel, month: int, step: int) -> Whole:
    return panel.state_at(month + step + 1)


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
