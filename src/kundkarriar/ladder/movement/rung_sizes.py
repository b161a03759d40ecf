"""How many customers will stand on each rung: expected, and in draws of chains and of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame
from kundkarriar.ladder.movement.rung_value import whole_draws
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.markov.em import ahead, drawn_chains, memberships

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.ladder.career_panel import CareerPanel
    from kundkarriar.ladder.movement.fitted_chain_mixture import FittedChainMixture

    Array = NDArray[np.float64]


def sizes(
    movement: FittedChainMixture,
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
    """See `FittedChainMixture.sizes`."""
    if not 0 < level < 1:
        raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.9.")
    whole_draws(draws)
    seen = panel.until(month)
    drawn = drawn_sizes(
        movement, seen, horizon=horizon, draws=draws, generator=np.random.default_rng(seed), customers=customers
    )
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    S = len(movement.states)
    there = panel.of(panel.entry <= month)
    actual = np.full((horizon, S), np.nan)
    for step in range(min(horizon, panel.last - month)):
        state = there.state_at(month + step + 1)
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
    movement: FittedChainMixture,
    seen: CareerPanel,
    *,
    horizon: int,
    draws: int,
    generator: np.random.Generator,
    customers: Any,
) -> Array:
    """Numbers on each state in each month ahead, (draws, horizon, S).

    A draw takes a mixture, chains from their posterior given who follows them, and who follows them under those;
    the sum of the customers' steps is then normal, with the variance of independent steps.
    """
    counts, state = movement.counts(seen, customers), seen.state_at(seen.last)
    pushed = movement.pushed(seen.last, horizon=horizon)
    distinct, inverse = counts.distinct()
    pair, where = np.unique(inverse * len(movement.states) + state, return_counts=True)
    row, here = np.divmod(pair, len(movement.states))
    weights = where.astype(np.float64)[:, None, None]
    answer = np.empty((draws, horizon, len(movement.states)))
    for draw in range(draws):
        chains = drawn_chains(movement.members[draw % len(movement.members)], generator=generator)
        belongs, _ = memberships(distinct, chains)
        p = ahead(chains, belongs=belongs[row], state=here, horizon=horizon, log_tilt=pushed)
        mean, variance = (weights * p).sum(axis=0), (weights * p * (1 - p)).sum(axis=0)
        answer[draw] = mean + np.sqrt(variance) * generator.standard_normal(mean.shape)
    return np.maximum(answer, 0.0)
