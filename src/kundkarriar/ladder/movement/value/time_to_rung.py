"""First passage to a rung (probability and time), and the steady state, averaged over mixtures of Markov chains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kundkarriar.arrays import Array, Mask
from kundkarriar.errors import DataError
from kundkarriar.ladder.movement.movement import AveragedChains
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.value.chain_intervals import mean_over_chains, with_interval
from kundkarriar.numerics.markov import value as markov_value
from kundkarriar.numerics.markov.mixture import Mixture


def time_to(movement: AveragedChains, rung: str, *, level: float, draws: int, seed: int) -> pd.DataFrame:
    """See `ValuedMovement.time_to`."""
    names = list(dict.fromkeys(state.rung for state in movement.states))
    if rung not in names:
        raise DataError.because(f"the movement knows no rung {rung!r}.", hint=f"its rungs are {names}.")
    target = np.array([state.rung == rung for state in movement.states])

    def reached(mixture: Mixture, visits: Array) -> Array:
        ever, after = zip(*(_first_passage_to_set(P, target) for P in mixture.P), strict=True)
        weighted = np.stack(ever) * np.nan_to_num(np.stack(after))
        return np.stack([mean_over_chains(visits, np.stack(ever)), mean_over_chains(visits, weighted)])

    (p, p_times_months), low, high = with_interval(movement, reached, level=level, draws=draws, seed=seed)
    return pd.DataFrame(
        {
            **state_columns(movement.states, np.arange(len(movement.states))),
            "probability": p,
            "low": low[0],
            "high": high[0],
            "months": np.where(p > 0, p_times_months / np.where(p > 0, p, 1.0), np.nan),
        }
    )


def steady(movement: AveragedChains) -> pd.DataFrame:
    """See `ValuedMovement.steady_state`."""
    shares = []
    for member in movement.members:
        start = member.seen / member.seen.sum(axis=1, keepdims=True)
        ends = [start[k] @ markov_value.steady_state(P=member.P[k]) for k in range(len(member))]
        shares.append(member.weights @ np.stack(ends))
    return pd.DataFrame(
        {**state_columns(movement.states, np.arange(len(movement.states))), "share": np.mean(shares, axis=0)}
    )


def _first_passage_to_set(P: Array, target: Mask) -> tuple[Array, Array]:
    """Probability of ever reaching a set of states, and expected months until then, (S,) each.

    The set is merged into one absorbing state; see `first_passage`.
    """
    others = np.flatnonzero(~target)
    merged = np.zeros((len(others) + 1, len(others) + 1))
    merged[:-1, :-1] = P[np.ix_(others, others)]
    merged[:-1, -1] = P[np.ix_(others, np.flatnonzero(target))].sum(axis=1)
    merged[-1, -1] = 1.0
    ever, after = np.ones(len(P)), np.zeros(len(P))
    merged_ever, merged_after = markov_value.first_passage(P=merged, target=len(others))
    ever[others], after[others] = merged_ever[:-1], merged_after[:-1]
    return ever, after
