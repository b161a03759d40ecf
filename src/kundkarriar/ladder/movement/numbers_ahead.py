"""Numbers of customers in the months ahead by a mixture of chains: expected, and drawn with chains and steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.ladder.movement.reached import absorbing
from kundkarriar.ladder.movement.value.valued_movement import drawn_mixtures
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities, state_probabilities
from kundkarriar.numerics.markov.step_counts import StepCounts


@frozen(kw_only=True, eq=False)
class NumbersAhead:
    """Customers of the same career and state, and what is counted of them in each of the next months.

    Attributes:
        members: the mixtures, whose forecasts are averaged.
        counts: the distinct careers.
        row: the career of each pair of career and state, (pairs,).
        state: the state of each pair now, (pairs,).
        weights: customers of each pair, (pairs,).
        months: number of months ahead.
        log_tilt: seasonal tilt of each month, (months, S); None without a season.
        target: states, (S,), of which it is counted who has been in one by then, by the state now; None: those on each
            state are counted.
    """

    members: tuple[Mixture, ...]
    counts: StepCounts
    row: Whole
    state: Whole
    weights: Array
    months: int
    log_tilt: Array | None
    target: Mask | None

    @classmethod
    def of(
        cls,
        members: Sequence[Mixture],
        counts: StepCounts,
        row: Whole,
        *,
        state: Whole,
        months: int,
        log_tilt: Array | None,
        target: Mask | None,
    ) -> NumbersAhead:
        """Of the customers of a panel, with the `counts` of their `row`, in their states now, (n,)."""
        pair, number = np.unique(row * counts.states + state, return_counts=True)
        row, state = np.divmod(pair, counts.states)
        return cls(
            members=tuple(members),
            counts=counts,
            row=row,
            state=state,
            weights=number.astype(np.float64),
            months=months,
            log_tilt=log_tilt,
            target=target,
        )

    def expected(self) -> Array:
        """The expected numbers, (months, S)."""
        return np.asarray(np.mean([self._mean_and_variance(member)[0] for member in self.members], axis=0))

    def drawn(self, draws: int, generator: Generator) -> Array:
        """Draws of the numbers, (draws, months, S).

        A draw takes a mixture, its chains from their posterior given the class probabilities, and the class
        probabilities given these chains. The number is then normal, with the variance of independent customers.
        """
        answer = np.empty((draws, self.months, self.counts.states))
        for drawn, chains in zip(answer, drawn_mixtures(self.members, draws=draws, generator=generator), strict=True):
            mean, variance = self._mean_and_variance(chains)
            drawn[:] = mean + np.sqrt(variance) * generator.standard_normal(mean.shape)
        return np.maximum(answer, 0.0)

    def by_chain(self, chains: Mixture) -> Array:
        """Customers today by the chain that they follow and their state, (K, S)."""
        z = class_probabilities(self.counts, chains)[0][self.row] * self.weights[:, None]
        return np.stack([np.bincount(self.state, weights=own, minlength=self.counts.states) for own in z.T])

    def _mean_and_variance(self, chains: Mixture) -> tuple[Array, Array]:
        """Mean and variance of the numbers under chains, (months, S) each."""
        z = class_probabilities(self.counts, chains)[0][self.row]
        moving = chains if self.target is None else evolve(chains, P=absorbing(chains.P, self.target))
        p = state_probabilities(moving, z=z, state=self.state, horizon=self.months, log_tilt=self.log_tilt)
        weights = self.weights[:, None, None]
        if self.target is None:
            return (weights * p).sum(axis=0), (weights * p * (1 - p)).sum(axis=0)
        reached = np.clip(p[..., self.target].sum(axis=-1), 0.0, 1.0)
        now = np.eye(self.counts.states)[self.state] * self.weights[:, None]
        return reached.T @ now, (reached * (1 - reached)).T @ now
