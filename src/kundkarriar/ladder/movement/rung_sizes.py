"""Numbers of customers on each rung in the coming months: expected, and simulated for intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.frames import new_frame
from kundkarriar.ladder.career_panel import CareerPanel
from kundkarriar.ladder.movement.movement import ForecastingChains
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.value.chain_intervals import require_level, require_whole_draws
from kundkarriar.numerics.markov.mixture import class_probabilities, draw_chains, state_probabilities


def sizes(
    movement: ForecastingChains,
    panel: CareerPanel,
    *,
    month: int,
    horizon: int,
    level: float,
    draws: int,
    seed: int,
    customers: Any,
    like: Any,
) -> Any:
    """See `ChainMovement.sizes`."""
    require_level(level)
    require_whole_draws(draws)
    seen = panel.until(month)
    drawn = drawn_sizes(
        movement, seen, horizon=horizon, draws=draws, generator=np.random.default_rng(seed), customers=customers
    )
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    S = len(movement.states)
    known = panel.of(panel.entry <= month)
    actual = np.full((horizon, S), np.nan)
    for step in range(min(horizon, panel.last - month)):
        state = known.state_at(month + step + 1)
        actual[step] = np.bincount(state[state >= 0], minlength=S)
    return new_frame(
        {
            "ahead": np.repeat(np.arange(1, horizon + 1), S),
            **state_columns(movement.states, np.tile(np.arange(S), horizon), like=like),
            "expected": movement.ahead(seen, horizon=horizon, customers=customers).sum(axis=0).ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "actual": actual.ravel(),
        },
        like=like,
    )


def drawn_sizes(
    movement: ForecastingChains,
    seen: CareerPanel,
    *,
    horizon: int,
    draws: int,
    generator: np.random.Generator,
    customers: Any,
) -> Array:
    """Numbers on each state in each month ahead, (draws, horizon, S).

    A draw takes a mixture, its chains from their posterior given the class probabilities, and the class probabilities
    given these chains. The number on each state is then normal, with the variance of independent steps.
    """
    counts, state = movement.counts(seen, customers), seen.state_at(seen.last)
    log_tilt = movement.log_tilt(seen.last, horizon=horizon)
    distinct, inverse = counts.distinct()
    pair, number = np.unique(inverse * len(movement.states) + state, return_counts=True)
    row, state_of_pair = np.divmod(pair, len(movement.states))
    weights = number.astype(np.float64)[:, None, None]
    answer = np.empty((draws, horizon, len(movement.states)))
    for draw in range(draws):
        chains = draw_chains(movement.members[draw % len(movement.members)], generator=generator)
        p_class, _ = class_probabilities(distinct, chains)
        p = state_probabilities(chains, z=p_class[row], state=state_of_pair, horizon=horizon, log_tilt=log_tilt)
        mean, variance = (weights * p).sum(axis=0), (weights * p * (1 - p)).sum(axis=0)
        answer[draw] = mean + np.sqrt(variance) * generator.standard_normal(mean.shape)
    return np.maximum(answer, 0.0)
