"""States of a movement as columns: the rung, and where careers have the flag, lapsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import text_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.ladder.career_panel import State


def state_columns(states: Sequence[State], at: NDArray[np.int64], *, like: Any, before: str = "") -> dict[str, Any]:
    """The columns `rung` and, where the states have it, `lapsed`; `before` is put before both names.

    Args:
        states: what codes stand for.
        at: codes, one a row.
        like: the kind of frame the columns are for.
        before: as "from_".
    """
    columns: dict[str, Any] = {f"{before}rung": text_column([state.rung for state in states], at, like=like)}
    if any(state.lapsed is not None for state in states):
        columns[f"{before}lapsed"] = np.array([bool(state.lapsed) for state in states])[at]
    return columns
