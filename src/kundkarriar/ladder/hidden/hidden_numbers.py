"""Customers in the months ahead by a hidden Markov model: probabilities of each state, and drawn numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel
from kundkarriar.ladder.movement.reached import absorbing
from kundkarriar.numerics.hmm.forward_backward import Sequences, forward
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, probability_tables
from kundkarriar.numerics.hmm.posterior import mean_transitions


@frozen(kw_only=True, eq=False)
class HiddenNumbers:
    """Customers with the same months and the same contacts now, and what is counted of them in the next months.

    Attributes:
        sequences: the different months.
        row: the sequence of each group, (groups,).
        last: the different contacts of the last month, (A, C).
        contact_set: those of each group, (groups,).
        group: the group of each customer, (n,).
        months: number of months ahead.
        usual: the usual contacts, (U, C), and their share in each state, (S, U).
        contacts: those of each month after this one, (1, C); None: the usual ones.
        reached: states, (S,), of which it is counted who has been in one by then, and the state that each group is
            counted under, (groups, S); None: those in each state are counted.
    """

    sequences: Sequences
    row: Whole
    last: Array
    contact_set: Whole
    group: Whole
    months: int
    usual: tuple[Array, Array]
    contacts: Array | None = None
    reached: tuple[Mask, Array] | None = None

    @classmethod
    def of(
        cls,
        seen: PurchasePanel,
        *,
        months: int,
        opened: bool,
        usual: tuple[Array, Array],
        contacts: Array | None = None,
    ) -> HiddenNumbers:
        """Of the customers of a panel."""
        sequences, which = seen.sequences(opened=opened, scale=np.ones(seen.a.shape[1]))
        last, of_last = np.unique(seen.a[seen.months.start[1:] - 1], axis=0, return_inverse=True)
        pairs, group = np.unique(which * len(last) + of_last.reshape(-1), return_inverse=True)
        row, contact_set = np.divmod(pairs, len(last))
        return cls(
            sequences=sequences,
            row=row,
            last=last,
            contact_set=contact_set,
            group=group.reshape(-1),
            months=months,
            usual=usual,
            contacts=contacts,
        )

    def present(self, model: HiddenMarkovModel) -> Array:
        """Filtered probabilities of each state in the last month, (groups, S)."""
        sequences = self.sequences
        given = probability_tables(model, y=sequences.y, a=sequences.a, opened=sequences.opened)
        return forward(sequences, given).last(sequences)[self.row]

    def ahead(self, model: HiddenMarkovModel) -> Array:
        """Probabilities of each state in each month ahead, (groups, months, S)."""
        a, share = self.usual
        first = model.P(self.last) if self.last.shape[1] else None
        later = mean_transitions(model, a=a, share=share) if self.contacts is None else model.P(self.contacts)[0]
        if self.reached is not None:
            later = absorbing(later, self.reached[0])
            first = None if first is None else absorbing(first, self.reached[0])
        p = self.present(model)
        forecast = np.empty((len(p), self.months, p.shape[1]))
        for step in range(self.months):
            p = p @ later if step or first is None else np.einsum("ni,nij->nj", p, first[self.contact_set])
            forecast[:, step] = p
        return forecast

    def expected(self, model: HiddenMarkovModel) -> Array:
        """The expected numbers, (months, S)."""
        return self._mean_and_variance(model)[0]

    def drawn(self, models: Sequence[HiddenMarkovModel], generator: Generator) -> Array:
        """A draw of the numbers for each drawn model, (draws, months, S): normal, as of independent customers."""
        answer = []
        for model in models:
            mean, variance = self._mean_and_variance(model)
            answer.append(mean + np.sqrt(variance) * generator.standard_normal(mean.shape))
        return np.maximum(answer, 0.0)

    def _mean_and_variance(self, model: HiddenMarkovModel) -> tuple[Array, Array]:
        weights = np.bincount(self.group, minlength=len(self.row)).astype(np.float64)
        p = self.ahead(model)
        if self.reached is None:
            return np.tensordot(weights, p, axes=1), np.tensordot(weights, p * (1 - p), axes=1)
        target, now = self.reached
        reached = np.clip(p[..., target].sum(axis=-1), 0.0, 1.0)
        counted = now * weights[:, None]
        return reached.T @ counted, (reached * (1 - reached)).T @ counted
