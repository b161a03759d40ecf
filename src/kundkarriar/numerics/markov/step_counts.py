"""Sufficient statistics of careers for mixtures of Markov chains: first states and counts of steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.fields import as_floats
from kundkarriar.numerics.markov.pooled_chain import pooled_chain


@frozen(kw_only=True, eq=False)
class StepCounts:
    """Sufficient statistics of careers: the first state and the counts of steps, with covariates.

    Attributes:
        first: state at entry, (n,); -1 where the beginning lies before the data.
        steps: counts of steps from each state to each, (n, S x S).
        weights: customers that a row stands for, (n,).
        design: covariates of mean 0 and standard deviation 1, (n, q); q may be 0.
        rungs: number of the rung of each state, (S,); by default each state is its own.
    """

    first: Whole
    steps: Array = field(converter=as_floats)
    weights: Array = field(converter=as_floats)
    design: Array = field(converter=as_floats)
    rungs: Whole = field()

    @design.default
    def _no_columns(self) -> Array:
        return np.zeros((len(self.first), 0))

    @rungs.default
    def _each_its_own(self) -> Whole:
        return np.arange(self.states)

    def __len__(self) -> int:
        return len(self.first)

    @property
    def states(self) -> int:
        """Number of states S."""
        return int(np.sqrt(self.steps.shape[1]))

    def at(self, where: NDArray[Any]) -> StepCounts:
        """The rows under a mask or at positions."""
        return evolve(self, **{name: getattr(self, name)[where] for name in ("first", "steps", "weights", "design")})

    def distinct(self) -> tuple[StepCounts, Whole]:
        """Each different row once, weighted, and the position of each row among them, (n,)."""
        key = np.random.default_rng(0).integers(1, 2**62, self.steps.shape[1] + 1)
        hashed = (self.steps.astype(np.int64) * key[:-1]).sum(axis=1) + self.first * key[-1]
        for column in self.design.T:
            hashed = hashed * 31 + np.ascontiguousarray(column).view(np.int64)
        _, at, inverse = np.unique(hashed, return_index=True, return_inverse=True)
        return evolve(self.at(at), weights=np.bincount(inverse, weights=self.weights)), inverse.astype(np.int64)

    def pooled(self) -> Array:
        """Counts of all customers' steps, (S, S)."""
        return np.asarray((self.weights @ self.steps).reshape(self.states, self.states))

    def pooled_chain(self) -> Array:
        """Transition probabilities of all customers together, (S, S); see `pooled_chain.py`."""
        known = self.first >= 0
        begun = np.bincount(self.first[known], weights=self.weights[known], minlength=self.states)
        return pooled_chain(self.pooled(), self.rungs, begun=begun.astype(np.float64))
