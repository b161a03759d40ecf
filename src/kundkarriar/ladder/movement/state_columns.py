"""States of a movement as columns of a frame: the rung and, where careers have it, the flag of lapse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Whole
from kundkarriar.frames import text_column
from kundkarriar.ladder.career_panel import State

PANDAS = pd.DataFrame()


def state_columns(states: Sequence[State], at: Whole, *, like: Any = PANDAS, prefix: str = "") -> dict[str, Any]:
    """The columns `rung` and, where the states have the flag, `lapsed`; both names get the prefix.

    Args:
        states: the states; a code is a position among them.
        at: the code of each row, (rows,).
        like: the kind of frame the columns are for.
        prefix: put before the names: "from_".
    """
    columns: dict[str, Any] = {f"{prefix}rung": text_column([state.rung for state in states], at, like=like)}
    if any(state.lapsed is not None for state in states):
        columns[f"{prefix}lapsed"] = np.array([bool(state.lapsed) for state in states])[at]
    return columns
