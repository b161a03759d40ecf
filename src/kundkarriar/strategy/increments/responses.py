"""How strongly groups of customers respond to effects that are assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow


def response_powers(customers: Any, responses: Mapping[str, float], *, need: str) -> Array | None:
    """The power to which assumed effects act on each customer, by the column `group`, (n,); None where all are 1.

    Raises:
        DataError: there is no column `group`, and responses are stated.
    """
    if not responses:
        return None
    frame = narrow(customers, need=need)
    if "group" not in frame.columns:
        raise DataError.missing_columns(["group"], have=frame.columns, need=f"{need}: responses of groups")
    powers = np.array([responses.get(each, 1.0) for each in frame["group"].to_list()])
    return None if (powers == 1.0).all() else powers
