"""What to do with each strategy in the next year: keep it, stop it, redesign it, or measure it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.planning.power import customers_per_arm, pooled_sd
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.review.comparison import Comparisons
from kundkarriar.strategy.review.strategies import Reviewed
from kundkarriar.strategy.review.verdict import CANNOT_TELL, WORKED


class Advice(NamedTuple):
    """What to do with a strategy.

    Attributes:
        name: of the strategy.
        verdict: on it.
        next: "keep", "stop", "redesign" or "measure".
        customers: selected customers that a verdict on what was planned needs, half of them held out; NaN if not known.
        holdout: share to hold out of as many customers as were selected; NaN where no share is enough, or not known.
        sentence: the advice in words.
    """

    name: str
    verdict: str
    next: str
    customers: float
    holdout: float
    sentence: str


def advice(plan: PlanData[Any], known: Comparisons, row: Reviewed) -> Advice:
    """The advice on a strategy."""
    word, found, net = row.verdict.word, row.found, row.columns["net"]
    needed, share = _needed(known, row)
    currency = plan.customers.currency
    if not row.columns["treated"]:
        text = f"Nothing was done by {row.name!r}, so there is nothing to judge."
        return Advice(row.name, word, "keep", np.nan, np.nan, text)
    if word == WORKED and not net < 0:
        brought = "" if np.isnan(net) else f" and brought {amount(net, currency)} net"
        return Advice(row.name, word, "keep", needed, share, f"Keep {row.name!r}: it worked{brought}.")
    if word == WORKED:
        text = f"Redesign {row.name!r}: it worked, and cost {amount(-net, currency)} more than it brought."
        return Advice(row.name, word, "redesign", needed, share, text)
    if word != CANNOT_TELL and found.estimate <= 0:
        text = f"Stop {row.name!r}: what was planned is excluded, and nothing came of it."
        return Advice(row.name, word, "stop", needed, share, text)
    if word != CANNOT_TELL:
        text = f"Redesign {row.name!r}: what was planned is excluded; more than nothing may have come of it."
        return Advice(row.name, word, "redesign", needed, share, text)
    return Advice(row.name, word, "measure", needed, share, f"Measure {row.name!r}: {_how(row, needed, share)}")


def _needed(known: Comparisons, row: Reviewed) -> tuple[float, float]:
    """Customers needed for a verdict on what was planned, and the share to hold out of those selected."""
    selected = row.rows & (known.ledger.selected >= 0)
    number, sd = int(selected.sum()), row.found.sd
    outcome = known.usual[row.metric]
    rows = selected & ~np.isnan(outcome.mean + outcome.variance)
    if np.isnan(sd) and rows.any():
        sd = pooled_sd(mean=outcome.mean[rows], variance=outcome.variance[rows])
    if not (row.planned > 0 and sd > 0):
        return np.nan, np.nan
    each = customers_per_arm(sd=sd, effect=row.planned, level=1 - known.own_level)
    # of n customers a share h with n h (1 - h) = each / 2 sees as much as two arms of `each`
    share = (1 - np.sqrt(1 - 2 * each / number)) / 2 if 2 * each <= number else np.nan
    return float(np.ceil(2 * each)), float(share)


def _how(row: Reviewed, needed: float, share: float) -> str:
    waits = "it is judged on" in row.verdict.because
    until = "wait until its time is out" if waits else ""
    if np.isnan(needed):
        return f"{until or 'hold out some of its customers'}; how many is not known, as no effect was planned on it."
    shown = f"{row.planned:.3g} {row.metric}"
    if np.isnan(share):
        text = (
            f"{shown} shows on {needed:,.0f} selected customers, half of them held out; choose a metric with less noise"
        )
        return f"{until + '; ' if until else ''}{text}, or more customers."
    held = f"a holdout of {share:.0%} shows {shown}"
    return f"{until}; {held}." if until else f"{held}."


def next_frame(rows: Sequence[Advice], *, like: FrameT) -> FrameT:
    """A row for each strategy: see `Review.next`."""
    return new_frame(
        {
            "strategy": text_column([each.name for each in rows], like=like),
            "verdict": text_column([each.verdict for each in rows], like=like),
            "next": text_column([each.next for each in rows], like=like),
            "customers_needed": np.array([each.customers for each in rows], dtype=np.float64),
            "holdout": np.array([each.holdout for each in rows], dtype=np.float64),
            "sentence": text_column([each.sentence for each in rows], like=like),
        },
        like=like,
    )
