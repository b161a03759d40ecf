"""What hidden states are worth, and where they lead: numbers of `numerics/markov/value.py`, with draws of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kundkarriar.errors import DataError
from kundkarriar.history.period import rate_per_period
from kundkarriar.numerics.hmm.posterior import usual_moves
from kundkarriar.numerics.markov import value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.ladder.hidden.fitted_hidden_ladder import FittedHiddenLadder
    from kundkarriar.numerics.hmm.parameters import HiddenChain

    Array = NDArray[np.float64]


def values(
    movement: FittedHiddenLadder, *, contribution: Any, discount_rate: float, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """See `FittedHiddenLadder.value`."""
    _between(level)
    V = worth(movement, contribution=contribution, discount_rate=discount_rate)
    beta = _beta(discount_rate)
    drawn = [
        _value(movement, chain, contribution=contribution, beta=beta)
        for chain in movement.drawn(draws=draws, seed=seed)
    ]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame(
        {
            "rung": list(movement.names),
            "contribution": _money(movement, movement.chain, contribution),
            "value": V,
            "low": low,
            "high": high,
            "retention_value": V - V[0],
        }
    )


def worth(movement: FittedHiddenLadder, *, contribution: Any, discount_rate: float) -> Array:
    """Value without end of each state, (S,)."""
    return _value(movement, movement.chain, contribution=contribution, beta=_beta(discount_rate))


def time_to(movement: FittedHiddenLadder, rung: str, *, level: float, draws: int, seed: int) -> pd.DataFrame:
    """See `FittedHiddenLadder.time_to`."""
    _between(level)
    if rung not in movement.names:
        raise DataError.because(
            f"the movement knows no state {rung!r}.", hint=f"its states are {list(movement.names)}."
        )
    target = movement.names.index(rung)
    ever, after = value.reach(P=movement.moves, target=target)
    drawn = np.stack(
        [value.reach(P=_moves(movement, chain), target=target) for chain in movement.drawn(draws=draws, seed=seed)]
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


def _value(movement: FittedHiddenLadder, chain: HiddenChain, *, contribution: Any, beta: float) -> Array:
    R = _money(movement, chain, contribution)
    return value.value(P=_moves(movement, chain), R=R, beta=beta)


def _moves(movement: FittedHiddenLadder, chain: HiddenChain) -> Array:
    return usual_moves(chain, a=movement.usual, share=movement.usual_share)


def _money(movement: FittedHiddenLadder, chain: HiddenChain, given: Any) -> Array:
    """Contribution a month of each state, (S,)."""
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


def _beta(discount_rate: float) -> float:
    if not (isinstance(discount_rate, int | float) and np.isfinite(discount_rate) and discount_rate > 0):
        raise DataError.because(
            f"value without end needs a yearly discount rate above 0, got {discount_rate!r}.",
            hint="discount_rate=0.10 is 10 % a year.",
        )
    return float(np.exp(-rate_per_period(float(discount_rate), "M")))


def _between(level: float) -> None:
    if not 0 < level < 1:
        raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.9.")
