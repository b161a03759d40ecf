"""A law that a part of a user's own must keep, and the sentence that says how it is broken."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Mask


def require(subject: str, law: str, holds: Any, but: str) -> None:
    """Raise an error that says what the subject must do, and what it does instead, unless the law holds everywhere.

    >>> require("the model `Mine`", "keep `p_alive` between 0 and 1", [True, False], "it gives 1.2")
    Traceback (most recent call last):
    ...
    AssertionError: the model `Mine` must keep `p_alive` between 0 and 1, but it gives 1.2.
    """
    if not np.all(holds):
        raise AssertionError(f"{subject} must {law}, but {but}.")


def first_of(values: Array, broken: Mask) -> float:
    """The first value at which a law is broken; NaN where it holds."""
    return float(values[broken][0]) if broken.any() else np.nan
