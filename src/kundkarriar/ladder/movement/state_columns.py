"""States of a movement as columns of a frame: the rung and, where careers have it, the flag of lapse."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import text_column
from kundkarriar.ladder.career_panel import State


def rungs_of(states: Sequence[State]) -> list[str]:
    """The names of the rungs, each once, from low to high."""
    return list(dict.fromkeys(state.rung for state in states))


def state_columns(
    states: Sequence[State], at: Whole | None = None, *, like: Any, name: str = "rung", flag: str = "lapsed"
) -> dict[str, Any]:
    """The columns of the rung and, where the states have the flag, of the lapse.

    Args:
        states: the states; a code is a position among them.
        at: the code of each row, (rows,); None: each state once.
        like: the kind of frame the columns are for.
        name: of the column of rungs.
        flag: name of the column of lapses.
    """
    at = np.arange(len(states)) if at is None else at
    columns: dict[str, Any] = {name: text_column([state.rung for state in states], at, like=like)}
    if any(state.lapsed is not None for state in states):
        columns[flag] = np.array([bool(state.lapsed) for state in states])[at]
    return columns


def step_columns(
    states: Sequence[State], start: Whole | None = None, end: Whole | None = None, *, like: Any
) -> dict[str, Any]:
    """The columns of steps, by codes of states: `from`, `to`, and their flags of lapse; of every pair by default."""
    if start is None or end is None:
        start, end = np.divmod(np.arange(len(states) ** 2), len(states))
    return state_columns(states, start, like=like, name="from", flag="from_lapsed") | state_columns(
        states, end, like=like, name="to", flag="to_lapsed"
    )


def forecast_columns(customers: Any, p: Array, states: Sequence[State], *, like: Any) -> dict[str, Any]:
    """The columns of probabilities of each state in the months ahead, (n, horizon, S): a row for each."""
    n, horizon, S = p.shape
    return {
        **ahead_columns(customers, horizon=horizon, repeat=S),
        **state_columns(states, np.tile(np.arange(S), n * horizon), like=like),
        "probability": p.ravel(),
    }


def ahead_columns(customers: Any, *, horizon: int, repeat: int = 1) -> dict[str, Any]:
    """The columns of each customer and month ahead, each pair `repeat` times."""
    n = len(customers)
    return {
        "customer_id": customers[np.repeat(np.arange(n), horizon * repeat).tolist()],
        "ahead": np.tile(np.repeat(np.arange(1, horizon + 1), repeat), n),
    }


def sizes_columns(states: Sequence[State], expected: Array, drawn: Array, *, level: float, like: Any) -> dict[str, Any]:
    """The columns of `sizes`: expected numbers, (months, S), and their interval from draws, (draws, months, S)."""
    months, S = expected.shape
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return {
        "ahead": np.repeat(np.arange(1, months + 1), S),
        **state_columns(states, np.tile(np.arange(S), months), like=like),
        "expected": expected.ravel(),
        "low": low.ravel(),
        "high": high.ravel(),
    }
