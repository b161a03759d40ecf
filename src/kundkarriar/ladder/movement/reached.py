"""Shares of customers who reach a rung, or one above it, by the rung that they are on now."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.movement.state_columns import rungs_of, state_columns


def rungs_above(states: Sequence[State], rung: Any) -> Whole:
    """By how many rungs each state stands above a rung, below 0 where under it, (S,); refuses one that they lack."""
    names = rungs_of(states)
    if not (isinstance(rung, str) and rung in names):
        raise refusal(rung, "rung", law="a rung that the movement knows", hint=f"its rungs are {names}.")
    return np.array([names.index(state.rung) - names.index(rung) for state in states])


def absorbing(P: Array, target: Mask) -> Array:
    """Transition probabilities, (..., S, S), of chains that stay in the target states, (S,), once there.

    >>> absorbing(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([False, True])).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    return np.where(target[:, None], np.eye(len(target)), P)


def reached_columns(
    states: Sequence[State], size: Whole, expected: Array, drawn: Array, *, level: float, like: Any
) -> dict[str, Any]:
    """The columns of `time_to`, of the states that somebody is in now.

    Args:
        states: the states now.
        size: customers in each, (S,).
        expected: numbers of them who have reached the rung by each month, (months, S).
        drawn: draws of these, (draws, months, S).
        level: of the interval.
        like: the kind of frame the columns are for.
    """
    some = np.flatnonzero(size > 0)
    months = len(expected)
    low, high = np.quantile(drawn[..., some], [(1 - level) / 2, (1 + level) / 2], axis=0) / size[some]
    shares = (expected[:, some] / size[some], *(np.maximum.accumulate(each, axis=0) for each in (low, high)))
    reached, low, high = (np.clip(each, 0.0, 1.0).T.ravel() for each in shares)
    return {
        **state_columns(states, np.repeat(some, months), like=like),
        "customers": np.repeat(size[some], months),
        "ahead": np.tile(np.arange(1, months + 1), len(some)),
        "reached": reached,
        "low": low,
        "high": high,
    }
