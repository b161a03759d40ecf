"""A law of a sound customer base or plan, and whether it holds; and several of them as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.frames import FrameT, new_frame

if TYPE_CHECKING:
    from collections.abc import Sequence


@frozen(kw_only=True)
class Check:
    """One law of a sound base or plan, and whether it holds.

    Attributes:
        check: the law.
        passed: it holds (also where it could not be checked: then it is not informative).
        informative: it could have failed.
        severity: "error" (the plan is wrong), "warning" (somebody should look), "info".
        value, limit: what was found and what it is held against; NaN where there is no number.
        customers: ids of those who cause a failure.
        message: what was found, in words.
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
        """A check that has nothing to look at."""
        return cls(check=check, passed=True, informative=False, severity="info", message=why)


def as_frame(checks: Sequence[Check], *, like: FrameT) -> FrameT:
    """Checks as a frame of the kind of `like`."""
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
