"""Values of latent states and time to a state, with intervals from posterior draws of the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.ladder.hidden.hidden_estimate import HiddenEstimate
from kundkarriar.ladder.movement.value.chain_intervals import require_level
from kundkarriar.ladder.movement.value.monthly_discount import monthly_discount_factor
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel
from kundkarriar.numerics.hmm.posterior import mean_transitions
from kundkarriar.numerics.markov import value


def values(
    movement: HiddenEstimate, *, contribution: Any, discount_rate: float, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """See `HiddenMovement.value`."""
    require_level(level)
    V = state_values(movement, contribution=contribution, discount_rate=discount_rate)
    beta = monthly_discount_factor(discount_rate)
    drawn = [
        _value(movement, chain, contribution=contribution, beta=beta)
        for chain in movement.drawn(draws=draws, seed=seed)
    ]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame(
        {
            "rung": list(movement.names),
            "contribution": _contributions(movement, movement.chain, contribution),
            "value": V,
            "low": low,
            "high": high,
            "retention_value": V - V[0],
        }
    )


def state_values(movement: HiddenEstimate, *, contribution: Any, discount_rate: float) -> Array:
    """Value of each state over an infinite horizon, (S,)."""
    return _value(movement, movement.chain, contribution=contribution, beta=monthly_discount_factor(discount_rate))


def time_to(movement: HiddenEstimate, rung: str, *, level: float, draws: int, seed: int) -> pd.DataFrame:
    """See `HiddenMovement.time_to`."""
    require_level(level)
    if rung not in movement.names:
        raise DataError.because(
            f"the movement knows no state {rung!r}.", hint=f"its states are {list(movement.names)}."
        )
    target = movement.names.index(rung)
    ever, after = value.first_passage(P=movement.moves, target=target)
    drawn = np.stack(
        [
            value.first_passage(P=_moves(movement, chain), target=target)
            for chain in movement.drawn(draws=draws, seed=seed)
        ]
    )
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame(
        {
            "rung": list(movement.names),
            "probability": ever,
            "low": low[0],
            "high": high[0],
            "months": after,
            "months_low": low[1],
            "months_high": high[1],
        }
    )


def _value(movement: HiddenEstimate, chain: HiddenMarkovModel, *, contribution: Any, beta: float) -> Array:
    R = _contributions(movement, chain, contribution)
    return value.value(P=_moves(movement, chain), R=R, beta=beta)


def _moves(movement: HiddenEstimate, chain: HiddenMarkovModel) -> Array:
    return mean_transitions(chain, a=movement.usual, share=movement.usual_share)


def _contributions(movement: HiddenEstimate, chain: HiddenMarkovModel, given: Any) -> Array:
    """Monthly contribution of each state, (S,)."""
    if isinstance(given, Mapping):
        if lacking := [name for name in movement.names if name not in given]:
            raise DataError.because(
                f"`contribution` lacks the states {lacking}.",
                hint=f"name each: {dict.fromkeys(movement.names, 0.0)}, or give the money that a purchase brings.",
            )
        return np.array([float(given[name]) for name in movement.names])
    if isinstance(given, int | float) and not isinstance(given, bool) and np.isfinite(given):
        return float(given) * chain.m
    raise DataError.because(
        f"`contribution` is money by state, or the money that a purchase brings, got {type(given).__name__}.",
        hint="contribution=4.5, or contribution={'state 1': 0.0, ...}.",
    )
