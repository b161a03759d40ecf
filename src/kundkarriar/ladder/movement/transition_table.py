"""Frames of what a mixture of chains learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from kundkarriar.errors import DataError
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.markov.em import unseen_chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.ladder.career_panel import State
    from kundkarriar.ladder.movement.fitted_chain_mixture import FittedChainMixture

    Array = NDArray[np.float64]

LIKE = pd.DataFrame()


def transitions(movement: FittedChainMixture, *, level: float) -> pd.DataFrame:
    """See `FittedChainMixture.transitions`."""
    if not 0 < level < 1:
        raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.9.")
    (P,), (weight,) = movement.together
    unseen = (P > 0) & (movement.steps == 0) & ~np.eye(len(P), dtype=bool)
    most = np.where(unseen, unseen_chance(movement.steps.sum(axis=1, keepdims=True)), P)
    tail = (1 - level) / 2
    low, high = (_quantile(q, mean=mean, weight=weight[:, None]) for q, mean in ((tail, P), (1 - tail, most)))
    return pd.DataFrame(
        {
            **_from_to(movement.states),
            "steps": movement.steps.ravel().astype(np.int64),
            "probability": P.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }
    )


def _quantile(q: float, *, mean: Array, weight: Array) -> Array:
    """Of betas of these means and weights; the mean itself where it is 0 or 1."""
    some = (mean > 0) & (mean < 1)
    alpha = weight * np.where(some, mean, 0.5)
    return np.where(some, betaincinv(alpha, weight - alpha, q), mean)


def by_chain(movement: FittedChainMixture) -> pd.DataFrame:
    """See `FittedChainMixture.by_chain`."""
    first = movement.members[0]
    largest = np.argsort(-first.weights, kind="stable")
    cells = len(movement.states) ** 2
    columns = _from_to(movement.states)
    return pd.DataFrame(
        {
            "chain": np.repeat(np.arange(1, len(first) + 1), cells),
            "share": np.repeat(first.weights[largest], cells),
            **{name: np.tile(np.asarray(values, dtype=object), len(first)) for name, values in columns.items()},
            "probability": first.P[largest].ravel(),
        }
    ).infer_objects()


def choices(movement: FittedChainMixture) -> pd.DataFrame:
    """See `FittedChainMixture.choices`."""
    table = pd.DataFrame(list(movement.judged), columns=["chains", "mass", "log_evidence"])
    table["chosen"] = (table["chains"] == movement.chains) & (table["mass"] == movement.mass)
    return table


def season(movement: FittedChainMixture) -> pd.DataFrame:
    """See `FittedChainMixture.season`."""
    months, S = movement.calendar.shape
    return pd.DataFrame(
        {
            "month": np.repeat(np.arange(1, months + 1), S),
            **state_columns(movement.states, np.tile(np.arange(S), months), like=LIKE),
            "factor": np.exp(movement.calendar).ravel(),
        }
    )


def _from_to(states: Sequence[State]) -> dict[str, Any]:
    """Columns of every pair of states: from, to, and their flags."""
    S = len(states)
    start, end = np.repeat(np.arange(S), S), np.tile(np.arange(S), S)
    columns = state_columns(states, start, like=LIKE, before="from_") | state_columns(
        states, end, like=LIKE, before="to_"
    )
    return {{"from_rung": "from", "to_rung": "to"}.get(name, name): values for name, values in columns.items()}
