"""Reading of single columns of a summary: weights, prospects, numbers of buyers, unknown entry."""

from collections.abc import Iterable

import numpy as np

from kundkarriar.arguments import MOST
from kundkarriar.arrays import Array, Mask
from kundkarriar.frames import NarrowFrame, numbers, refuse_rows, text_is


def read_weights(frame: NarrowFrame, weights: str | None, *, need: str, shown: Iterable[str]) -> Array:
    """Number of customers per row, (N,), from the column `weights`; 1 if that is None."""
    if weights is None:
        return np.ones(len(frame))
    counts = numbers(frame, weights, need=need)
    refuse_rows(
        frame,
        (counts < 1) | (counts != np.floor(counts)),
        f"{need}: `{weights}` counts customers: whole numbers of at least 1",
        hint="it says how many customers alike a row stands for; leave `weights` out where a row is one customer.",
        shown=[*shown, weights],
    )
    law, hint = f"{need}: `{weights}` counts customers: at most {MOST:.0e}", "repair these rows."
    refuse_rows(frame, counts > MOST, law, hint=hint, shown=[*shown, weights])
    return counts


def read_prospects(frame: NarrowFrame, *, need: str) -> Mask:
    """Which customers have no purchase (`n_transactions` 0), (N,); their `frequency` must be 0 or missing."""
    if "n_transactions" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    prospect: Mask = numbers(frame, "n_transactions", need=need) == 0
    if prospect.any():
        refuse_rows(
            frame,
            prospect & (np.nan_to_num(numbers(frame, "frequency", need=need, nullable=True)) != 0),
            "a customer without purchases (`n_transactions` 0) has `frequency` 0",
            hint="one of the two columns is wrong; see kk.summarize(transactions, as_of=...).",
            shown=["customer_id", "n_transactions", "frequency"],
        )
    return prospect


def read_known(frame: NarrowFrame, column: str, *, need: str, prospect: Mask) -> Array:
    """A column of numbers of the customers with a purchase, (n,); only prospects may lack it."""
    if not prospect.any():
        return numbers(frame, column, need=need)
    values = numbers(frame, column, need=need, nullable=True)
    refuse_rows(
        frame,
        np.isnan(values) & ~prospect,
        f"{need} needs `{column}` of every customer who has bought",
        hint="only prospects (`n_transactions` 0) may lack it; repair or leave out these rows.",
        shown=["customer_id", "n_transactions", column],
    )
    return values[~prospect]


def read_unknown(frame: NarrowFrame, prospect: Mask, *, need: str) -> Mask:
    """Which customers have `entry` "unknown", (N,), and not "known"; the entry of a prospect is not checked."""
    if "entry" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    unknown, known = (text_is(frame["entry"], word) for word in ("unknown", "known"))
    refuse_rows(
        frame,
        ~(prospect | unknown | known),
        f'{need}: `entry` is "known" or "unknown"',
        hint="see kk.summarize(transactions, as_of=..., burn_in=...); without the column every beginning is known.",
        shown=["customer_id", "entry"],
    )
    return unknown
