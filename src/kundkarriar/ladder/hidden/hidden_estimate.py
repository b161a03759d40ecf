"""Estimate of a hidden Markov model: filtered states, forecasts of states, posterior draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.ladder.movement.origin_month import origin_month
from kundkarriar.numerics.hmm.emissions import NONE, log_counts
from kundkarriar.numerics.hmm.forward_backward import forward
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, UnconstrainedHMM, probability_tables
from kundkarriar.numerics.hmm.posterior import HMMPosterior, mean_transitions


class HiddenEstimate:
    """Parameters of a hidden Markov model and their uncertainty; a final class holds them.

    Attributes:
        names: names of the states, in order of their mean purchases, lowest first.
        chain: probabilities of the first states, thresholds of the transitions, effects of the contacts, purchases.
        covariance: covariance matrix of the unconstrained parameters, (k, k).
        scale: standard deviations of the contacts, (C,).
        usual: the sets of contacts that customers had in a month, (A, C).
        usual_share: share of each set among the months of each state, (S, A).
        opened: whether every customer became known by a purchase, so that the first month has at least one.
        steps: expected number of steps from each state to each state, (S, S).
        visits: share of the months spent in each state, (S,).
        log_likelihoods: (states, parameters, log-likelihood) of one state and of the fitted number.
        judged: (states, mean log-likelihood of a held-out customer) of each number tried.
        n_months: number of months of all careers.
    """

    __slots__ = ()

    names: tuple[str, ...]
    chain: HiddenMarkovModel
    covariance: Array
    scale: Array
    usual: Array
    usual_share: Array
    opened: bool
    steps: Array
    visits: Array
    log_likelihoods: tuple[tuple[int, int, float], ...]
    judged: tuple[tuple[int, float], ...]
    n_months: int

    @property
    def contacts(self) -> tuple[str, ...]:
        """Names of the C columns of contacts."""
        raise NotImplementedError

    @property
    def unconstrained(self) -> UnconstrainedHMM:
        """The unconstrained parameters that `covariance` is of."""
        raise NotImplementedError

    @property
    def moves(self) -> Array:
        """Transition probabilities averaged over the usual contacts, (S, S)."""
        return mean_transitions(self.chain, a=self.usual, share=self.usual_share)

    def seen(self, careers: Any, *, origin: Any) -> PurchasePanel:
        """The careers up to the origin, of the customers known by then."""
        panel = read_purchases(careers, contacts=self.contacts)
        return panel.until(origin_month(panel.months, origin))

    def filtered(self, seen: PurchasePanel) -> Array:
        """Filtered probabilities of each state in the last month of the panel, (n, S)."""
        sequences, which = seen.sequences(opened=self.opened, scale=np.ones(len(self.scale)))
        given = probability_tables(self.chain, y=sequences.y, a=sequences.a, opened=self.opened)
        return forward(sequences, given).last(sequences)[which]

    def ahead(self, seen: PurchasePanel, *, horizon: int, contacts: Mapping[str, float] | None = None) -> Array:
        """Probabilities of each state 1, ..., `horizon` months after the end of the panel, (n, horizon, S)."""
        p = self.filtered(seen)
        later = self.moves if contacts is None else self.chain.P(self._given(contacts))[0]
        forecast = np.empty((len(p), horizon, len(self.names)))
        last, which = np.unique(seen.a[seen.months.start[1:] - 1], axis=0, return_inverse=True)
        for step in range(horizon):
            if step == 0 and self.contacts:
                p = np.einsum("ni,nij->nj", p, self.chain.P(last)[which.reshape(-1)])
            else:
                p = p @ later
            forecast[:, step] = p
        return forecast

    @property
    def p_purchase(self) -> Array:
        """Probability of at least one purchase in a month in each state, (S,)."""
        return np.asarray(-np.expm1(log_counts(NONE, m=self.chain.m, k=self.chain.k)))

    def drawn(self, *, draws: int, seed: int) -> list[HiddenMarkovModel]:
        """Draws of the parameters from their posterior."""
        posterior = HMMPosterior(
            model=self.chain,
            unconstrained=self.unconstrained,
            covariance=self.covariance,
            scale=self.scale,
            centre=self.visits @ self.usual_share @ self.usual,
        )
        return posterior.draw(draws, np.random.default_rng(seed))

    def _given(self, contacts: Mapping[str, float]) -> Array:
        """The contacts of a month as an array, (1, C)."""
        if set(contacts) != set(self.contacts):
            raise DataError.because(
                f"`contacts` names {sorted(contacts)}, and the ladder was fitted with {sorted(self.contacts)}.",
                hint="give the number a month of each, or leave `contacts` out for the usual ones.",
            )
        return np.array([[float(contacts[name]) for name in self.contacts]])
