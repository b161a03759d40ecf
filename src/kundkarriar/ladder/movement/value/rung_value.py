"""Value of each rung and retention value, averaged over mixtures of Markov chains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.ladder.movement.movement import AveragedChains
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.value.chain_intervals import mean_over_chains, with_interval
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.ladder.movement.value.monthly_discount import monthly_discount_factor
from kundkarriar.numerics.markov import value as markov_value
from kundkarriar.numerics.markov.mixture import Mixture

LOST = "lapsed"
"""Default name of the rung of lost customers."""


def values(
    movement: AveragedChains, *, contribution: Any, discount_rate: float, lost: str, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """See `ValuedMovement.value`."""
    R, beta = contribution_by_state(movement, contribution), monthly_discount_factor(discount_rate)
    lost_state = _lost_states(movement, lost)

    def state_values(mixture: Mixture, visits: Array) -> Array:
        V = markov_value.value(P=mixture.P, R=np.broadcast_to(R, mixture.P.shape[:2]), beta=beta)
        return np.stack([mean_over_chains(visits, V), mean_over_chains(visits, V - V[:, lost_state])])

    mean, low, high = with_interval(movement, state_values, level=level, draws=draws, seed=seed)
    unchanged = lost_state == np.arange(len(R))
    retention = np.where(unchanged, np.nan if unchanged.all() else 0.0, mean[1])
    return pd.DataFrame(
        {
            **state_columns(movement.states, np.arange(len(movement.states))),
            "contribution": R,
            "value": mean[0],
            "low": low[0],
            "high": high[0],
            "retention_value": retention,
        }
    )


def _lost_states(movement: AveragedChains, lost: str) -> Whole:
    """The state of the customers of each state once lost, (S,); the state itself if it is lost, or no state is."""
    names = [state.rung for state in movement.states]
    if lost not in names and lost != LOST:
        raise DataError.because(
            f"`lost` names {lost!r}, which is no rung.", hint=f"the rungs are {sorted(set(names))}."
        )
    where = {(state.rung, state.lapsed): at for at, state in enumerate(movement.states)}
    return np.array(
        [
            where.get((state.rung, True), where.get((lost, None), at)) if not state.lapsed else at
            for at, state in enumerate(movement.states)
        ]
    )
