"""The result of one check of a customer base or plan, and results as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame, text_column


def _positions(broken: Mask | None) -> Whole:
    return np.flatnonzero(np.zeros(0) if broken is None else broken)


@frozen(kw_only=True, eq=False)
class Check:
    """The result of one check.

    Attributes:
        check: the checked statement.
        passed: whether the statement holds; also True where it could not be checked.
        informative: whether the check could have failed.
        severity: "error" (the plan is wrong), "warning" (review it), "info".
        value, limit: the checked number and the limit it is compared with; NaN where there is none.
        broken: the positions of the customers that cause a failure, (m,); made from a mask of all customers.
        own_value, own_limit: the checked number of each of them and its limit, (m,) each; NaN where there is none.
        message: the result as a sentence.
    """

    check: str
    passed: bool
    informative: bool = True
    severity: str = "warning"
    value: float = np.nan
    limit: float = np.nan
    broken: Whole = field(default=None, converter=_positions)
    own_value: Array | float = np.nan
    own_limit: Array | float = np.nan
    message: str

    @classmethod
    def impossible(cls, check: str, *, why: str) -> Check:
        """A check that could not be made, and why."""
        return cls(check=check, passed=True, informative=False, severity="info", message=f"not checked: {why}")


def as_frame(checks: Sequence[Check], *, ids: Sequence[Any], like: FrameT) -> FrameT:
    """One row per check, in a frame of the kind of `like`; `ids` are those of the customers checked, (n,)."""
    customers = np.empty(len(checks), dtype=object)
    customers[:] = [[ids[at] for at in each.broken] for each in checks] or None
    columns = check_columns(checks, like=like)
    message = columns.pop("message")
    return new_frame(columns | {"customers": customers, "message": message}, like=like)


def check_columns(checks: Sequence[Check], *, like: Any) -> dict[str, Any]:
    """The columns of checks without their customers, a row for each."""
    return {
        "check": text_column([each.check for each in checks], like=like),
        "passed": np.array([each.passed for each in checks]),
        "informative": np.array([each.informative for each in checks]),
        "severity": text_column([each.severity for each in checks], like=like),
        "value": np.array([each.value for each in checks], dtype=np.float64),
        "limit": np.array([each.limit for each in checks], dtype=np.float64),
        "message": text_column([each.message for each in checks], like=like),
    }
