"""How strongly groups of customers respond to effects that are assumed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.frames import narrow
from kundkarriar.strategy.specs.responses import Responses


def response_powers(customers: Any, responses: Responses, *, need: str) -> Array | None:
    """The power to which assumed effects act on each customer, (n,), by the column `group`; None where all are 1.

    Where the group is not known, or there is no such column, it is 1.
    """
    frame = narrow(customers, need=need)
    if not responses or "group" not in frame.columns:
        return None
    return powers_of(frame["group"].to_list(), responses)


def powers_of(groups: Iterable[str | None], responses: Responses) -> Array | None:
    """The powers of customers of these groups, (n,); None where all are 1."""
    known = dict(responses)
    powers = np.array([1.0 if each is None else known.get(each, 1.0) for each in groups], dtype=np.float64)
    return None if (powers == 1.0).all() else powers
