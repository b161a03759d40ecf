"""Numbers of customers in the months ahead by a mixture of chains: expected, and drawn with chains and steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.ladder.movement.reached import absorbing
from kundkarriar.ladder.movement.value.valued_movement import drawn_mixtures
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities
from kundkarriar.numerics.markov.projection import monthly, months_ahead
from kundkarriar.numerics.markov.step_counts import StepCounts

ROUNDING = 1e-12
"""A variance that is less than this share of the mean is rounding: every customer is sure."""


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
        return self._by_state(self._classes(chains) * self.weights[:, None])

    def _mean_and_variance(self, chains: Mixture) -> tuple[Array, Array]:
        """Mean and variance of the numbers under chains, (months, S) each.

        Of independent customers with probabilities p, they are the sum of p and the sum of p - p^2. Both are sums over
        states now, as p is the mean over the chains, by the customer's class probabilities, of what a state leads to.
        """
        P = chains.P if self.target is None else absorbing(chains.P, self.target)
        ahead = months_ahead(monthly(P, months=self.months, log_tilt=self.log_tilt))
        if self.target is not None:
            ahead = ahead[..., self.target].sum(axis=-1, keepdims=True) * np.eye(self.counts.states)
        z = self._classes(chains)
        weighted = z * self.weights[:, None]
        mean = np.einsum("ks,hkst->ht", self._by_state(weighted), ahead)
        both = np.stack([self._by_state(weighted * own[:, None]) for own in z.T])
        variance = mean - np.einsum("kls,hkst,hlst->ht", both, ahead, ahead)
        return mean, np.where(variance > ROUNDING * mean, variance, 0.0)

    def _classes(self, chains: Mixture) -> Array:
        """Class probabilities of the customers of each pair, (pairs, K)."""
        return np.asarray(class_probabilities(self.counts, chains)[0][self.row])

    def _by_state(self, weights: Array) -> Array:
        """Sums of weights, (pairs, K), by state now, (K, S)."""
        return np.stack([np.bincount(self.state, weights=own, minlength=self.counts.states) for own in weights.T])
