"""Forecasts of movement from a past month, held against what then happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from kundkarriar.frames import new_frame
from kundkarriar.ladder.career_panel import CareerPanel, read_careers
from kundkarriar.ladder.movement.forecast_origin import calibration_months
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.forecast import probability_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.ladder.movement.chain_mixture import ChainMixture

    Array = NDArray[np.float64]


def scores(spec: ChainMixture, careers: Any, *, origin: Any, horizon: int, customers: Any) -> Any:
    """See `FittedChainMixture.calibration`."""
    panel, month, months = _cut(spec, careers, origin=origin, horizon=horizon)
    past = panel.until(month)
    rules = {
        "mixture": _forecast(spec, past, horizon=months, customers=customers),
        "one chain": _forecast(evolve(spec, chains=1, covariates=()), past, horizon=months, customers=None),
        "no change": _no_change(past, horizon=months),
    }
    rows = []
    for step in range(months):
        actual = _actual(panel, month, step)
        there = actual >= 0
        for rule, forecast in rules.items():
            p = forecast[there, step]
            rows.append(
                {
                    "ahead": step + 1,
                    "rule": rule,
                    "customers": int(there.sum()),
                    "log_loss": probability_scores.log_loss(p, actual=actual[there]),
                    "brier": probability_scores.brier(p, actual=actual[there]),
                }
            )
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=careers)


def reliability(spec: ChainMixture, careers: Any, *, origin: Any, horizon: int, customers: Any) -> Any:
    """See `FittedChainMixture.reliability`."""
    panel, month, months = _cut(spec, careers, origin=origin, horizon=horizon)
    past = panel.until(month)
    forecast = _forecast(spec, past, horizon=months, customers=customers)
    actual = np.stack([_actual(panel, month, step) for step in range(months)], axis=1)
    there = actual >= 0
    parts = [
        probability_scores.reliability(forecast[..., state][there], happened=actual[there] == state)
        for state in range(len(panel.states))
    ]
    at = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    customers, mean, share = (np.concatenate([part[column] for part in parts]) for column in range(3))
    return new_frame(
        {
            **state_columns(panel.states, at, like=careers),
            "customers": customers,
            "forecast": mean,
            "actual": share,
        },
        like=careers,
    )


def _forecast(spec: ChainMixture, past: CareerPanel, *, horizon: int, customers: Any) -> Array:
    return spec.fit_panel(past, customers=customers).ahead(past, horizon=horizon, customers=customers)


def _cut(spec: ChainMixture, careers: Any, *, origin: Any, horizon: int) -> tuple[CareerPanel, int, int]:
    """The panel, the month to forecast from, and the months after it that are known."""
    panel = read_careers(careers, rungs=spec.rungs)
    month, months = calibration_months(panel, origin=origin, horizon=horizon)
    return panel.of(panel.entry <= month), month, months


def _actual(panel: CareerPanel, month: int, step: int) -> NDArray[np.int64]:
    return panel.state_at(month + step + 1)


def _no_change(past: CareerPanel, *, horizon: int) -> Array:
    """Everyone keeps their state with the share that kept theirs as many months before; else as all customers are."""
    S = len(past.states)
    now = past.state_at(past.last)
    everyone = (np.bincount(now, minlength=S) + 1.0) / (len(now) + S)
    forecast = np.empty((len(now), horizon, S))
    for step in range(horizon):
        before = past.state_at(past.last - step - 1)
        both = before >= 0
        stayed = (np.sum(before[both] == now[both]) + 1.0) / (both.sum() + 2.0)
        forecast[:, step] = (1 - stayed) * everyone
        forecast[np.arange(len(now)), step, now] += stayed
    return forecast
