"""The verdict on a strategy: whether it worked, as far as the comparison with its holdout tells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kundkarriar.numerics.planning.randomisation import Difference

WORKED, DID_NOT, CANNOT_TELL = "worked", "did not", "cannot tell"
VERDICTS = WORKED, DID_NOT, CANNOT_TELL


class Verdict(NamedTuple):
    """A verdict with its reason.

    Attributes:
        word: "worked", "did not" or "cannot tell".
        because: the reason, in words.
    """

    word: str
    because: str


def verdict(
    found: Difference, *, planned: float, metric: str, treated: int, held_out: int, as_of: str, due: str, asked: bool
) -> Verdict:
    """The verdict on what was `found` of a metric.

    It worked where the interval lies above 0. It did not where the interval excludes what was planned, or lies below 0.
    What was planned is NaN where it is not known.
    """
    if not treated:
        because = "nobody was treated"
    elif not held_out:
        because = "nobody was held out, so what came cannot be told from what would have come anyway"
    elif as_of < due:
        pace = "" if asked else ", as the pace of the purchases tells"
        because = f"it is judged on {due}, and the actuals are complete to {as_of}{pace}"
    elif np.isnan(found.estimate) and min(treated, held_out) == 1:
        because = f"{treated:,} treated and {held_out:,} held out cannot be compared"
    elif np.isnan(found.estimate):
        because = f"the actuals do not tell the {metric}"
    else:
        return _of_interval(found, planned=planned, metric=metric)
    return Verdict(CANNOT_TELL, because)


def _of_interval(found: Difference, *, planned: float, metric: str) -> Verdict:
    span = f"{found.estimate:+.3g} {metric} a customer ({found.low:+.3g} to {found.high:+.3g})"
    beside = span if np.isnan(planned) else f"{span}, and {planned:+.3g} was planned"
    if found.low > 0:
        return Verdict(WORKED, beside + (": less than that came" if found.high < planned else ""))
    if found.high < 0:
        return Verdict(DID_NOT, f"{span}: less than those held out")
    if planned > 0 and found.high < planned:
        return Verdict(DID_NOT, f"{beside}: that much is excluded, and no effect is not")
    return Verdict(CANNOT_TELL, f"{beside}: neither that nor no effect is excluded")
