"""Estimate of a hidden Markov model: filtered states, forecasts of states, posterior draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kundkarriar.arguments import DRAWS, FINITE, read_object, read_seed, refusal
from kundkarriar.arrays import Array
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.ladder.movement.drawn_movement import DrawnMovement, FollowedChains
from kundkarriar.ladder.movement.origin_month import MONTHS_AHEAD, origin_month
from kundkarriar.numerics.hmm.emissions import log_zero
from kundkarriar.numerics.hmm.forward_backward import forward
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, UnconstrainedHMM, probability_tables
from kundkarriar.numerics.hmm.posterior import HMMPosterior, mean_transitions


class HiddenEstimate(DrawnMovement):
    """Parameters of a hidden Markov model and their uncertainty; a final class holds them: see `FittedHiddenLadder`."""

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
    def state_labels(self) -> tuple[State, ...]:
        """The latent states as states of a movement."""
        return tuple(State(rung=name) for name in self.names)

    @property
    def moves(self) -> Array:
        """Transition probabilities averaged over the usual contacts, (S, S)."""
        return mean_transitions(self.chain, a=self.usual, share=self.usual_share)

    @property
    def p_purchase(self) -> Array:
        """Probability of at least one purchase in a month in each state, (S,)."""
        return np.asarray(-np.expm1(log_zero(m=self.chain.m, k=self.chain.k)))

    @property
    def estimates(self) -> list[FollowedChains]:
        """The chain of the estimate, averaged over the usual contacts."""
        return [self._followed(self.chain)]

    def drawn(self, *, draws: int, seed: Any) -> list[FollowedChains]:
        """Draws of the chain from its posterior, averaged over the usual contacts."""
        posterior = HMMPosterior(
            model=self.chain,
            unconstrained=self.unconstrained,
            covariance=self.covariance,
            scale=self.scale,
            centre=self.visits @ self.usual_share @ self.usual,
        )
        models = posterior.draw(DRAWS.read(draws, "draws"), np.random.default_rng(read_seed(seed)))
        return [self._followed(model) for model in models]

    def _followed(self, model: HiddenMarkovModel) -> FollowedChains:
        P = mean_transitions(model, a=self.usual, share=self.usual_share)
        return FollowedChains(P=P[None], shares=np.ones((len(P), 1)), purchases=model.m)

    def seen(self, careers: Any, *, origin: Any) -> PurchasePanel:
        """The careers up to the origin, of the customers known by then."""
        panel = read_purchases(careers, contacts=self.contacts)
        return panel.until(origin_month(panel.months, origin))

    def filtered(self, seen: PurchasePanel) -> Array:
        """Filtered probabilities of each state in the last month of the panel, (n, S)."""
        seen = read_object(seen, "seen", kind=PurchasePanel, hint="movement.seen(careers, origin=None) gives it.")
        sequences, which = seen.sequences(opened=self.opened, scale=np.ones(len(self.scale)))
        given = probability_tables(self.chain, y=sequences.y, a=sequences.a, opened=self.opened)
        return forward(sequences, given).last(sequences)[which]

    def ahead(self, seen: PurchasePanel, *, horizon: int, contacts: Mapping[str, float] | None = None) -> Array:
        """Probabilities of each state 1, ..., `horizon` months after the end of the panel, (n, horizon, S)."""
        months = MONTHS_AHEAD.read(horizon, "horizon")
        later = self.moves if contacts is None else self.chain.P(self._given(contacts))[0]
        p = self.filtered(seen)
        forecast = np.empty((len(p), months, len(self.names)))
        last, which = np.unique(seen.a[seen.months.start[1:] - 1], axis=0, return_inverse=True)
        for step in range(months):
            if step == 0 and self.contacts:
                p = np.einsum("ni,nij->nj", p, self.chain.P(last)[which.reshape(-1)])
            else:
                p = p @ later
            forecast[:, step] = p
        return forecast

    def _given(self, contacts: Any) -> Array:
        """The contacts of a month as an array, (1, C)."""
        hint = "give the number a month of each, or leave `contacts` out for the usual ones."
        if not isinstance(contacts, Mapping) or set(contacts) != set(self.contacts):
            raise refusal(contacts, "contacts", law=f"numbers by name, of {[*self.contacts]}", hint=hint)
        return np.array([[FINITE.read(contacts[name], f"contacts[{name!r}]", hint=hint) for name in self.contacts]])
