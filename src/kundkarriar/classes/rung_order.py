"""The rungs in a frame of customers, ordered from the lowest."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.frames import NarrowFrame, numbers, require


def rung_order(frame: NarrowFrame, *, need: str) -> tuple[list[tuple[int, str]], Whole]:
    """The rungs that occur, lowest first, and the position of each customer's rung among them.

    Args:
        frame: rung, rung_number.
        need: the caller's name, which starts the messages.

    Returns:
        Number and name of each rung; the position of each row's rung, (n,).

    Raises:
        DataError: a column is missing, or `rung_number` holds no numbers.

    >>> import narwhals.stable.v2 as nw, pandas as pd
    >>> customers = pd.DataFrame({"rung": ["client", "prospect", "client"], "rung_number": [4, 1, 4]})
    >>> rungs, position = rung_order(nw.from_native(customers), need="This example")
    >>> rungs, position.tolist()
    ([(1, 'prospect'), (4, 'client')], [1, 0, 1])
    """
    require(frame, ["rung", "rung_number"], need=need)
    number = numbers(frame, "rung_number", need=need).astype(np.int64)
    rung_of_row = list(zip(number.tolist(), map(str, frame["rung"].to_list()), strict=True))
    rungs = sorted(set(rung_of_row))
    at = {rung: position for position, rung in enumerate(rungs)}
    return rungs, np.array([at[rung] for rung in rung_of_row], dtype=np.int64)
