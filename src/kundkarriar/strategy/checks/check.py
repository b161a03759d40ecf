"""The result of one check of a customer base or plan, and results as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.frames import FrameT, new_frame


@frozen(kw_only=True)
class Check:
    """The result of one check.

    Attributes:
        check: the checked statement.
        passed: whether the statement holds; also True where it could not be checked.
        informative: whether the check could have failed.
        severity: "error" (the plan is wrong), "warning" (review it), "info".
        value, limit: the checked number and the limit it is compared with; NaN where there is none.
        customers: ids of the customers that cause a failure.
        message: the result as a sentence.
    """

    check: str
    passed: bool
    informative: bool
    severity: str
    value: float = np.nan
    limit: float = np.nan
    customers: tuple[Any, ...] = ()
    message: str

    @classmethod
    def impossible(cls, check: str, *, why: str) -> Check:
        """A check that could not be made, and why."""
        return cls(check=check, passed=True, informative=False, severity="info", message=why)


def as_frame(checks: Sequence[Check], *, like: FrameT) -> FrameT:
    """One row per check, in a frame of the kind of `like`."""
    ids = np.empty(len(checks), dtype=object)
    for at, check in enumerate(checks):
        ids[at] = list(check.customers)
    return new_frame(
        {
            "check": np.array([each.check for each in checks], dtype=object),
            "passed": np.array([each.passed for each in checks]),
            "informative": np.array([each.informative for each in checks]),
            "severity": np.array([each.severity for each in checks], dtype=object),
            "value": np.array([each.value for each in checks], dtype=np.float64),
            "limit": np.array([each.limit for each in checks], dtype=np.float64),
            "customers": ids,
            "message": np.array([each.message for each in checks], dtype=object),
        },
        like=like,
    )
