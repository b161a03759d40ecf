"""`Needs`: what customers said that they want, or what a survey tells of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import MOST
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.engines.eagerly import in_memory
from kundkarriar.errors import DataError, warn
from kundkarriar.frames import narrow, numbers, refuse_rows, require, text_is
from kundkarriar.history.ledger.category_words import read_words
from kundkarriar.numerics.money.exact_sums import by_group

STATED, SURVEYED = "stated", "surveyed"
COLUMNS = ("customer_id", "need", "weight")


@frozen(kw_only=True, eq=False)
class Needs:
    """The needs of n customers.

    Attributes:
        words: the needs, in the order of their letters.
        customer, need, weight: position of the customer, need and weight of each pair, (m,) each; the weights of a
            customer sum to 1.
        stated: whether the customer stated the needs, (n,); False also where they are not known.
        known: whose needs are known, (n,).
    """

    words: list[str]
    customer: Whole
    need: Whole
    weight: Array
    stated: Mask
    known: Mask

    @classmethod
    def read(cls, needs: Any, *, customers: Any, need: str) -> Needs:
        """The needs of `customers` (plain distinct ids).

        What a customer stated counts, and a survey only where they stated nothing.

        Raises:
            DataError: a column is missing; a need is no text; a weight is missing, negative or infinite; a source is
                neither "stated" nor "surveyed"; a customer has a need twice from one source, or no weight above 0.

        Warns:
            DataWarning: needs of customers who are not among `customers`.
        """
        told = f"{need}: `needs`"
        frame = narrow(in_memory(needs), need=told)
        require(frame, COLUMNS, need=told)
        if not len(frame):
            raise DataError.because(
                f"{told} needs at least one row: the frame is empty.",
                hint="leave needs= out where no customer's needs are known.",
            )
        ids = read_ids(frame, need=told, shown=["need", "weight"])
        code, words = read_words(frame, "need", need=told)
        weight = numbers(frame, "weight", need=told)
        law = f"{told} needs weights from 0 to {MOST:.0e} in `weight`"
        shown = ["customer_id", "need", "weight"]
        refuse_rows(
            frame, (weight < 0) | (weight > MOST), law, hint="0 is no need, more is a stronger one.", shown=shown
        )
        stated = np.ones(len(frame), dtype=bool)
        if "source" in frame.columns:
            stated, surveyed = (text_is(frame["source"], word) for word in (STATED, SURVEYED))
            law = f'{told} needs `source` "{STATED}" or "{SURVEYED}"'
            hint = "stated: the customer said so; surveyed: a survey, or a model of one, says so."
            refuse_rows(frame, ~(stated | surveyed), law, hint=hint, shown=[*shown, "source"])
        at = positions(ids, among=customers, need=need, frame_name="`needs`", among_name="`customers`")
        if (strange := at < 0).any():
            unknown = ids[np.flatnonzero(strange).tolist()].n_unique()
            warn(f"{need}: {unknown:,} customers of the needs are not in `customers`, and are left out.")
        at = np.where(strange, -1, at)
        cells = (at * len(words) + code) * 2 + stated
        _, first, count = np.unique(cells, return_inverse=True, return_counts=True)
        twice = (count[first.reshape(-1)] > 1) & ~strange
        law = f"{told} needs one row for each customer, need and source"
        refuse_rows(frame, twice, law, hint="add the weights of such rows, or keep the latest.", shown=shown)
        n = len(customers)
        has_stated = np.bincount(at[~strange & stated], minlength=n) > 0
        kept = ~strange & (stated | ~has_stated[np.maximum(at, 0)])
        total = by_group(weight[kept], at[kept], size=n)
        empty = kept & (total[np.maximum(at, 0)] <= 0)
        law = f"{told} needs a weight above 0 for some need of each customer"
        refuse_rows(frame, empty, law, hint="leave out customers whose needs are not known.", shown=shown)
        some = kept & (weight > 0)
        return cls(
            words=words,
            customer=at[some],
            need=code[some],
            weight=weight[some] / total[at[some]],
            stated=has_stated,
            known=total > 0,
        )

    def table(self) -> Array:
        """The weight of each need of each customer, (n, C)."""
        table = np.zeros((len(self.known), len(self.words)))
        table[self.customer, self.need] = self.weight
        return table
