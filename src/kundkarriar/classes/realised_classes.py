"""Classes of realised value: in each draw the limits are drawn anew, and a customer's class is counted."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.classes.limits import CLASSES, Limits, smallest_values
from kundkarriar.classes.measured_draws import measured_draws
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame
from kundkarriar.numerics.special.mixture_labels import expected_size_labels
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.threads import in_threads

PROBABILITIES = ("p_A", "p_B", "p_C", "p_none")
BATCHES = 20
"""Batches of draws in which hits are counted: their spread is the Monte Carlo error, and there are few, for memory."""
MANY = 10_000
"""Customers for whom threads are worth starting."""


@frozen(kw_only=True, eq=False)
class RealisedClasses:
    """How often each of the n buyers of draws is in class A, in A or B, and without realised value.

    Attributes:
        hits: number of draws in A, and in A or B, in each batch, (b, 2, n). Single draws are not kept.
        none: number of draws with a realised value of at most 0, (n,).
        sizes: number of draws of each batch, (b,).
        group: number of each buyer's distinct row, (n,).
    """

    hits: Whole
    none: Whole
    sizes: Whole
    group: Whole

    @classmethod
    def of(cls, draws: ValueDraws, limits: Limits) -> Self:
        """Count the classes of all draws, of the measure of `draws`: one pass over them, a tile of draws at a time.

        A closed form, P(value > limit) as a sum over the number of purchases of its probability times an incomplete
        beta function, would be exact only for sales that are not discounted, without costs and without errors of the
        level. It is not quicker either: each draw has parameters and limits of its own, and an incomplete beta takes
        half a second a million, so that 100 draws and five numbers of purchases would take 230 s, and drawing and
        counting take 58.
        """
        buyers, S = draws.base.buyers, len(draws)
        batch = np.arange(S) * min(S, BATCHES) // S
        # a batch has at most 100,000 / 20 draws
        hits = np.zeros((batch[-1] + 1, 2, len(buyers)), dtype=np.uint16)
        none = np.zeros(len(buyers), dtype=np.int64)

        def classified(values: Array) -> tuple[Mask, Mask]:
            realised = values[buyers]
            gains = realised > 0
            descending = np.sort(realised[gains])[::-1]
            return realised >= smallest_values(descending, limits, customers=len(buyers))[:, None], ~gains

        of_draws = in_threads(classified, draws.by_draw(), many=len(buyers) > MANY)
        for at, (in_class, nothing) in zip(batch, of_draws, strict=True):
            hits[at] += in_class
            none += nothing
        return cls(hits=hits, none=none, sizes=np.bincount(batch), group=draws.base.distinct_row)

    @property
    def probabilities(self) -> Array:
        """p_A, p_B, p_C and p_none of each buyer, (n, 4): the first three sum to 1, and p_none is part of p_C.

        The draws of customers with equal rows are pooled, so they have equal probabilities.
        """
        members = np.bincount(self.group) * self.sizes.sum()
        in_a, up_to_b, none = (
            (np.bincount(self.group, weights=each) / members)[self.group]
            for each in (*self.hits.sum(axis=0, dtype=np.int64), self.none)
        )
        return np.stack([in_a, up_to_b - in_a, 1 - up_to_b, none], axis=1)

    def errors(self, abc: Whole) -> tuple[Array, Array]:
        """Expected number of customers of A, B and C whose realised class is another, and its Monte Carlo error, (3,).

        The error is the standard error of the mean over draws, from batches of them: all customers of a draw share its
        parameters and limits, so that errors of customers do not average out within a draw.

        Args:
            abc: position of each buyer's class in `CLASSES`, (n,).
        """
        wrong = np.zeros((len(self.sizes), 3))
        for of_batch, (in_a, up_to_b), size in zip(wrong, self.hits, self.sizes, strict=True):
            inside = (in_a, up_to_b - in_a, size - up_to_b)
            of_batch[:] = [((size - each[abc == at]).sum(dtype=np.float64)) / size for at, each in enumerate(inside)]
        share = self.sizes / self.sizes.sum()
        expected = share @ wrong
        spread = share @ (wrong - expected) ** 2
        return expected, np.sqrt(spread / (len(self.sizes) - 1))


def labels(p: Array, *, barred: Mask) -> Whole:
    """The class of each buyer, (n,): as many in A and B as are expected to be in them by realised value.

    A has the round(sum p_A) largest p_A. B is filled to round(sum(p_A + p_B)) by p_A + p_B among the others. Equal
    probabilities stay together, so that a size may differ by half of those at its border; A has the largest of them,
    however many they are, where at least half a customer is expected in it. Who is `barred`, (n,), is D. The sums are
    over all, D included: realised classes have no D.
    """
    abc = expected_size_labels(p[:, :3], np.ones(len(p)), barred=barred, first_held=True)
    abc[barred] = CLASSES.index("D")
    return abc


def ends_of(p: Array, abc: Whole) -> tuple[Array, Array]:
    """Where each customer stands by each limit, and where A and B end: 1 less p_A and p_A + p_B, (n, 2) and (2,).

    A class ends at the smallest probability in it; one without customers has no end, so nobody is near.
    """
    place = 1 - p[:, :2].cumsum(axis=1)
    ends = [place[abc == at, at].max(initial=-np.inf) for at in range(2)]
    return place, np.array(ends)


def drawn_scores(draws: Any, frame: NarrowFrame, values: Array, *, column: str, need: str) -> tuple[ValueDraws, Whole]:
    """The draws in the measure of the `column` of `values`, (n,), and the row of each of their buyers in the scores.

    Raises:
        DataError: as `measured_draws`, or draws of customers who are not in the scores: limits are of all of them.
    """
    own, place = measured_draws(draws, frame, column, values=values, need=need)
    row = np.full(len(own.base.summary), -1)
    row[place] = np.arange(len(place))
    rows = row[own.base.buyers]
    if missing := int((rows < 0).sum()):
        raise DataError.because(
            f"{need} has draws of {missing:,} customers who are not in the scores, and limits depend on everyone.",
            hint="classify the scores of all customers that were drawn, and select afterwards.",
        )
    return own, rows
