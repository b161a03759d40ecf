"""Monthly contribution of each state: estimated from careers, or read from what a user gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, numbers, require
from kundkarriar.ladder.career_panel import read_careers
from kundkarriar.ladder.movement.movement import AveragedChains
from kundkarriar.ladder.movement.state_columns import state_columns


def mean_contribution(movement: AveragedChains, careers: Any, *, margin: float) -> Any:
    """See `ValuedMovement.contribution`."""
    if not (_is_finite(margin) and margin <= 1):
        raise DataError.because(
            f"`margin` is the share of revenue left, a number of at most 1, got {margin!r}.", hint="margin=0.3."
        )
    frame = narrow(careers, need="contribution")
    require(frame, ["value"], need="contribution")
    if "complete" in frame.columns:
        frame = frame.filter(frame["complete"])
    panel = read_careers(frame, states=movement.states)
    money = numbers(frame, "value", need="contribution")[panel.row]
    S = len(movement.states)
    later = np.ones(len(panel.code), dtype=bool)
    later[panel.start[:-1][panel.known]] = False
    months = np.bincount(panel.code[later], minlength=S)
    mean = np.bincount(panel.code[later], weights=money[later], minlength=S) / np.maximum(months, 1)
    return new_frame(
        {**state_columns(movement.states, np.arange(S), like=careers), "months": months, "contribution": margin * mean},
        like=careers,
    )


def contribution_by_state(movement: AveragedChains, given: Any) -> Array:
    """Monthly contribution of each state, (S,), from a mapping by rung or a frame.

    A mapping is of customers who have not lapsed; the contribution of lapsed customers is then 0.

    Raises:
        DataError: a state has no contribution, or one that is not finite.
    """
    if isinstance(given, Mapping):
        names = {state.rung for state in movement.states}
        if lacking := sorted(names - set(given)):
            raise DataError.because(
                f"`contribution` lacks the rungs {lacking}.",
                hint="name each rung: contribution={'client': 120.0, ...}.",
            )
        if odd := [rung for rung in sorted(names) if not _is_finite(given[rung])]:
            raise DataError.because(
                f"`contribution` needs a finite number for every rung; {odd} have none.",
                hint="money a month, net of costs: contribution={'client': 120.0, ...}.",
            )
        return np.array([0.0 if state.lapsed else float(given[state.rung]) for state in movement.states])
    frame = narrow(given, need="contribution")
    require(frame, ["rung", "contribution"], need="contribution")
    money = numbers(frame, "contribution", need="contribution")
    flags = frame["lapsed"].to_list() if "lapsed" in frame.columns else [None] * len(frame)
    rows = list(zip(frame["rung"].to_list(), flags, strict=True))
    if twice := sorted({str(row[0]) for row in rows if rows.count(row) > 1}):
        raise DataError.because(f"`contribution` names {twice} more than once.", hint="keep one row of each.")
    table = dict(zip(rows, money.tolist(), strict=True))
    lacking = [str(state) for state in movement.states if (state.rung, state.lapsed) not in table]
    if lacking:
        raise DataError.because(
            f"`contribution` lacks {lacking}.", hint="movement.contribution(careers, margin=0.3) has them all."
        )
    return np.array([table[state.rung, state.lapsed] for state in movement.states])


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and bool(np.isfinite(value))
