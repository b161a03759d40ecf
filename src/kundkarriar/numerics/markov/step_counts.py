"""Sufficient statistics of careers for mixtures of Markov chains: first states and counts of steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from scipy.sparse import csr_array

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.fields import as_floats
from kundkarriar.numerics.markov.pooled_chain import pooled_chain

BLOCK = 1 << 16
"""Customers whose steps are looked at together."""


def _sparse(steps: Any) -> csr_array:
    return csr_array(steps, dtype=np.float64)


@frozen(kw_only=True, eq=False)
class StepCounts:
    """Sufficient statistics of careers: the first state and the counts of steps, with covariates.

    Of S x S steps a career has a handful, so their counts are sparse. Products with a sparse array also run on one
    thread, where those of a tall dense one are divided among threads that wait for each other longer than they work.

    Attributes:
        first: state at entry, (m,); -1 where the beginning lies before the data.
        steps: counts of steps from each state to each, (m, S x S).
        weights: customers that a row stands for, (m,).
        design: covariates of mean 0 and standard deviation 1, (m, q); q may be 0.
        rungs: number of the rung of each state, (S,); by default each state is its own.
    """

    first: Whole
    steps: csr_array = field(converter=_sparse)
    weights: Array = field(converter=as_floats)
    design: Array = field(converter=as_floats)
    rungs: Whole = field()

    @design.default
    def _no_columns(self) -> Array:
        return np.zeros((len(self.first), 0))

    @rungs.default
    def _each_its_own(self) -> Whole:
        return np.arange(self.states)

    @classmethod
    def of(
        cls, code: Whole, start: Whole, *, known: Mask, rungs: Whole, design: Array | None = None
    ) -> tuple[StepCounts, Whole]:
        """Each different career once, weighted, and the row of each customer's, (n,).

        Args:
            code: states of the customers, one after the other, (rows,).
            start: first row of each customer, and the number of rows, (n + 1,).
            known: whether each first state is that at entry, (n,).
            rungs: as the attribute.
            design: covariates of each customer, (n, q).

        >>> path = np.array([0, 1, 1, 0, 0, 1, 1, 1])
        >>> counts, row = StepCounts.of(path, np.array([0, 4, 8]), known=np.ones(2, bool), rungs=np.arange(2))
        >>> counts.steps.toarray()[row].tolist()
        [[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 2.0]]
        """
        S = len(rungs)
        first = np.where(known, code[start[:-1]], -1).astype(np.int64)
        key = np.random.default_rng(0).integers(1, 2**62, S * S + 1)  # equal careers have equal sums, overflow or not
        of_step, hashed = np.append(key[:-1], 0), first * key[-1]
        for at in range(0, len(first), BLOCK):
            own = start[at : at + BLOCK + 1]
            steps = _steps(code[own[0] : own[-1]], own - own[0], states=S)
            hashed[at : at + BLOCK] += np.add.reduceat(of_step[steps], own[:-1] - own[0])
        design = np.zeros((len(first), 0)) if design is None else design
        for column in design.T:
            hashed = hashed * 31 + np.ascontiguousarray(column).view(np.int64)
        _, some, row, number = np.unique(hashed, return_index=True, return_inverse=True, return_counts=True)
        counted = _counted(code, start[some], np.diff(start)[some], states=S)
        return cls(first=first[some], steps=counted, weights=number, design=design[some], rungs=rungs), row

    def __len__(self) -> int:
        return len(self.first)

    @property
    def states(self) -> int:
        """Number of states S."""
        return int(np.sqrt(self.steps.shape[1]))

    def weighted(self, weights: Array | Whole) -> StepCounts:
        """The rows that have a weight, with `weights`, (m,)."""
        some = np.flatnonzero(weights)
        return evolve(
            self, first=self.first[some], steps=self.steps[some], weights=weights[some], design=self.design[some]
        )

    def pooled(self) -> Array:
        """Counts of all customers' steps, (S, S)."""
        return np.asarray((self.steps.T @ self.weights).reshape(self.states, self.states))

    def pooled_chain(self) -> Array:
        """Transition probabilities of all customers together, (S, S); see `pooled_chain.py`."""
        known = self.first >= 0
        begun = np.bincount(self.first[known], weights=self.weights[known], minlength=self.states)
        return pooled_chain(self.pooled(), self.rungs, begun=begun.astype(np.float64))


def _steps(code: Whole, start: Whole, *, states: int) -> Whole:
    """The step from each row to the next as one number, (rows,); S x S from the last row of a customer."""
    steps = code.astype(np.int64) * states
    steps[:-1] += code[1:]
    steps[start[1:] - 1] = states * states
    return steps


def _counted(code: Whole, first: Whole, lengths: Whole, *, states: int) -> csr_array:
    """Counts of the steps of some customers, (m, S x S), of their first rows and numbers of rows, (m,)."""
    start = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.arange(start[-1]) + np.repeat(first - start[:-1], lengths)
    steps = _steps(code[rows], start, states=states)
    steps = steps[steps < states * states]
    counts = csr_array((np.ones(len(steps)), steps, start - np.arange(len(start))), shape=(len(first), states * states))
    counts.sum_duplicates()
    return counts


def thinned(weights: Array, *, size: int, generator: np.random.Generator) -> Array:
    """Weights of a random sample of about `size` rows, (m,), 0 outside: each row's expected weight is its own.

    Rows are drawn in proportion to their weights, and those of the largest weights are all in the sample.

    >>> thinned(np.array([1.0, 1.0, 1.0, 1.0, 8.0]), size=3, generator=np.random.default_rng(1))
    array([2., 0., 2., 0., 8.])
    """
    largest = -np.sort(-weights)
    each = (largest.sum() - np.cumsum(largest) + largest)[:size] / np.arange(size, 0, -1)
    unit = each[np.argmax(largest[:size] <= each)]
    order = generator.permutation(len(weights))
    passed = np.floor(np.cumsum(weights[order] / unit) + generator.random())
    answer = np.zeros(len(weights))
    chosen = order[np.diff(passed, prepend=0.0) > 0]
    answer[chosen] = np.maximum(weights[chosen], unit)
    return answer
