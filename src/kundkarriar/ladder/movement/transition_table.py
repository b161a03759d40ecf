"""Tables of a fitted mixture of Markov chains: transitions, chains, choices, seasonal factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from kundkarriar.arrays import Array
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.value.chain_intervals import require_level
from kundkarriar.numerics.markov.mixture import Mixture
from kundkarriar.numerics.markov.pooled_chain import unseen_step_probability


def transitions(
    states: Sequence[State], *, steps: Array, one_chain: Array, weight: Array, level: float
) -> pd.DataFrame:
    """See `ChainMovement.transitions`.

    Args:
        states: the states of the chains.
        steps: how often each step was seen, (S, S).
        one_chain: posterior mean of one chain of all customers, (S, S).
        weight: sum of the Dirichlet parameters of each of its rows, (S,).
        level: level of the intervals.
    """
    require_level(level)
    P = one_chain
    unseen = (P > 0) & (steps == 0) & ~np.eye(len(P), dtype=bool)
    most = np.where(unseen, unseen_step_probability(steps.sum(axis=1, keepdims=True)), P)
    tail = (1 - level) / 2
    low, high = (_quantile(q, mean=mean, weight=weight[:, None]) for q, mean in ((tail, P), (1 - tail, most)))
    return pd.DataFrame(
        {
            **_from_to(states),
            "steps": steps.ravel().astype(np.int64),
            "probability": P.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }
    )


def _quantile(q: float, *, mean: Array, weight: Array) -> Array:
    """Quantiles of betas of these means and totals alpha + beta; the mean itself where it is 0 or 1."""
    some = (mean > 0) & (mean < 1)
    alpha = weight * np.where(some, mean, 0.5)
    return np.where(some, betaincinv(alpha, weight - alpha, q), mean)


def by_chain(states: Sequence[State], mixture: Mixture) -> pd.DataFrame:
    """See `ChainMovement.by_chain`."""
    largest = np.argsort(-mixture.weights, kind="stable")
    cells = len(states) ** 2
    columns = _from_to(states)
    return pd.DataFrame(
        {
            "chain": np.repeat(np.arange(1, len(mixture) + 1), cells),
            "share": np.repeat(mixture.weights[largest], cells),
            **{name: np.tile(np.asarray(values, dtype=object), len(mixture)) for name, values in columns.items()},
            "probability": mixture.P[largest].ravel(),
        }
    ).infer_objects()


def choices(judged: Sequence[tuple[int, float, float]], *, chains: int, mass: float) -> pd.DataFrame:
    """See `ChainMovement.choices`."""
    table = pd.DataFrame(list(judged), columns=["chains", "mass", "log_evidence"])
    table["chosen"] = (table["chains"] == chains) & (table["mass"] == mass)
    return table


def season(states: Sequence[State], log_tilt: Array) -> pd.DataFrame:
    """See `ChainMovement.season`; `log_tilt` of each calendar month towards each state, (12, S)."""
    months, S = log_tilt.shape
    return pd.DataFrame(
        {
            "month": np.repeat(np.arange(1, months + 1), S),
            **state_columns(states, np.tile(np.arange(S), months)),
            "factor": np.exp(log_tilt).ravel(),
        }
    )


def _from_to(states: Sequence[State]) -> dict[str, Any]:
    """Columns of every pair of states: from, to, and their flags of lapse."""
    S = len(states)
    start, end = np.repeat(np.arange(S), S), np.tile(np.arange(S), S)
    columns = state_columns(states, start, prefix="from_") | state_columns(states, end, prefix="to_")
    return {{"from_rung": "from", "to_rung": "to"}.get(name, name): values for name, values in columns.items()}
