"""Value of promotion: value of a step to the next rung, averaged over mixtures of Markov chains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Array, Whole
from kundkarriar.ladder.movement.movement import AveragedChains
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.value.chain_intervals import mean_over_chains, with_interval
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.ladder.movement.value.monthly_discount import monthly_discount_factor
from kundkarriar.numerics.markov import value as markov_value
from kundkarriar.numerics.markov.mixture import Mixture

PERCENT = 0.01
"""Additional share of customers promoted each month in `percent_value`."""


def steps_up(
    movement: AveragedChains, *, contribution: Any, discount_rate: float, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """See `ValuedMovement.steps_up`."""
    R, beta = contribution_by_state(movement, contribution), monthly_discount_factor(discount_rate)
    up = _states_above(movement)
    below_top = np.flatnonzero(up >= 0)

    def state_values(mixture: Mixture, visits: Array) -> Array:
        V = markov_value.value(P=mixture.P, R=np.broadcast_to(R, mixture.P.shape[:2]), beta=beta)
        gain = V[:, up] - V
        retained = markov_value.occupancy(P=mixture.P, beta=beta)[:, np.arange(len(R)), np.arange(len(R))]
        return np.stack([mean_over_chains(visits, gain), mean_over_chains(visits, PERCENT * beta * retained * gain)])[
            :, below_top
        ]

    step, low, high = with_interval(movement, state_values, level=level, draws=draws, seed=seed)
    return pd.DataFrame(
        {
            **state_columns(movement.states, below_top),
            "next": [movement.states[at].rung for at in up[below_top]],
            "step_value": step[0],
            "low": low[0],
            "high": high[0],
            "percent_value": step[1],
        }
    )


def _states_above(movement: AveragedChains) -> Whole:
    """The state on the next rung, with the same flag if there is one; -1 on the top rung, (S,)."""
    names = list(dict.fromkeys(state.rung for state in movement.states))
    where = {(state.rung, state.lapsed): at for at, state in enumerate(movement.states)}
    up = []
    for state in movement.states:
        above = names[names.index(state.rung) + 1 :][:1]
        flags = (state.lapsed, False, None, True)
        up.append(next((where[rung, flag] for rung in above for flag in flags if (rung, flag) in where), -1))
    return np.array(up)
