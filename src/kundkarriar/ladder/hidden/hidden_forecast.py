"""Forecasts of a hidden Markov model: states and purchases ahead, sizes of states, time to a state."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve
from numpy.random import Generator

from kundkarriar.arguments import AMOUNT, DRAWS, LEVEL, read_object, read_seed, refusal
from kundkarriar.arrays import Array
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.hidden.hidden_numbers import HiddenNumbers
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, careers_with_contacts, read_purchases
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.months_ahead import MONTHS_AHEAD, months_of
from kundkarriar.ladder.movement.drawn_movement import DrawnMovement, FollowedChains
from kundkarriar.ladder.movement.origin_month import origin_month
from kundkarriar.ladder.movement.reached import reached_columns, rungs_above
from kundkarriar.ladder.movement.state_columns import ahead_columns, forecast_columns, sizes_columns
from kundkarriar.numerics.hmm.emissions import NONE, log_counts
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, UnconstrainedHMM
from kundkarriar.numerics.hmm.posterior import HMMPosterior, mean_transitions


class HiddenForecast(DrawnMovement):
    """Forecasts of a hidden Markov model; a final class holds its parameters: see `FittedHiddenLadder`."""

    __slots__ = ()

    names: tuple[str, ...]
    chain: HiddenMarkovModel
    covariance: Array
    scale: Array
    usual: Array
    usual_share: Array
    opened: bool
    visits: Array

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
        return np.asarray(-np.expm1(log_counts(NONE, m=self.chain.m, k=self.chain.k)))

    @property
    def estimates(self) -> list[FollowedChains]:
        """The chain of the estimate, averaged over the usual contacts."""
        return [self._followed(self.chain)]

    def drawn(self, *, draws: int, seed: Any) -> list[FollowedChains]:
        """Draws of the chain from its posterior, averaged over the usual contacts."""
        return [self._followed(model) for model in self._drawn_models(draws, np.random.default_rng(read_seed(seed)))]

    def _drawn_models(self, draws: int, generator: Generator) -> list[HiddenMarkovModel]:
        posterior = HMMPosterior(
            model=self.chain,
            unconstrained=self.unconstrained,
            covariance=self.covariance,
            scale=self.scale,
            centre=self.visits @ self.usual_share @ self.usual,
        )
        return posterior.draw(DRAWS.read(draws, "draws"), generator)

    def _followed(self, model: HiddenMarkovModel) -> FollowedChains:
        P = mean_transitions(model, a=self.usual, share=self.usual_share)
        return FollowedChains(P=P[None], shares=np.ones((len(P), 1)), purchases=model.m)

    def seen(self, history: Any, *, origin: Any) -> PurchasePanel:
        """The careers up to the origin, of the customers known by then."""
        careers, origin = careers_with_contacts(history, origin, contacts=self.contacts)
        panel = read_purchases(careers, contacts=self.contacts)
        return panel.until(origin_month(panel.months, origin))

    def filtered(self, seen: PurchasePanel) -> Array:
        """Filtered probabilities of each state in the last month of the panel, (n, S)."""
        numbers = self._numbers(seen, months=1)
        return numbers.present(self.chain)[numbers.group]

    def ahead(self, seen: PurchasePanel, *, months: int, contacts: Mapping[str, float] | None = None) -> Array:
        """Probabilities of each state 1, ..., `months` months after the end of the panel, (n, months, S)."""
        numbers = self._numbers(seen, months=MONTHS_AHEAD.read(months, "months"), contacts=contacts)
        return numbers.ahead(self.chain)[numbers.group]

    def _numbers(
        self, seen: PurchasePanel, *, months: int, contacts: Mapping[str, float] | None = None
    ) -> HiddenNumbers:
        """The different customers of a panel, of whom the months ahead are told."""
        seen = read_object(
            seen,
            "seen",
            kind=PurchasePanel,
            law="a panel of careers",
            hint="movement.seen(careers, origin=None) gives it.",
        )
        return HiddenNumbers.of(
            seen,
            months=months,
            opened=self.opened,
            usual=(self.usual, self.usual_share),
            contacts=None if contacts is None else self._given(contacts),
        )

    def _given(self, contacts: Any) -> Array:
        """The contacts of a month as an array, (1, C)."""
        hint = "give the number a month of each, or leave `contacts` out for the usual ones."
        if not isinstance(contacts, Mapping) or set(contacts) != set(self.contacts):
            raise refusal(contacts, "contacts", law=f"numbers by name, of {[*self.contacts]}", hint=hint)
        return np.array([[AMOUNT.read(contacts[name], f"contacts[{name!r}]", hint=hint) for name in self.contacts]])

    def forecast(
        self,
        history: FrameT | LadderHistory[FrameT],
        *,
        origin: Any = None,
        horizon: str = "6M",
        contacts: Mapping[str, float] | None = None,
    ) -> FrameT:
        """Probabilities of each customer's state in each of the next months.

        Nothing after the origin is used: later rows change nothing.

        Args:
            history: as for the fit, with its contacts; customers may be new.
            origin: the last day that is known of a history, or a date in the last known month of careers; None: their
                end. The months ahead follow the last whole month.
            horizon: whole months, as text with a unit ("6M").
            contacts: per month after the origin, the same for all: {"mails": 2}. Those of the last month enter the
                first step. None: the usual ones.

        Returns:
            A row for each customer, month ahead (1, 2, ...) and state: customer_id, ahead, rung, probability.

        Raises:
            DataError: the careers are invalid; the origin lies outside them; contacts are unknown to the fit.
        """
        months, (careers, origin) = months_of(horizon), careers_with_contacts(history, origin, contacts=self.contacts)
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, months=months, contacts=contacts)
        return new_frame(forecast_columns(seen.months.customers, p, self.state_labels, like=careers), like=careers)

    def purchases(
        self,
        history: FrameT | LadderHistory[FrameT],
        *,
        origin: Any = None,
        horizon: str = "6M",
        contacts: Mapping[str, float] | None = None,
    ) -> FrameT:
        """Expected purchases of each customer in each of the next months.

        Args: as `forecast`.

        Returns:
            customer_id, ahead, expected_purchases, p_purchase (of at least one).
        """
        months, (careers, origin) = months_of(horizon), careers_with_contacts(history, origin, contacts=self.contacts)
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, months=months, contacts=contacts)
        columns = {
            **ahead_columns(seen.months.customers, horizon=p.shape[1]),
            "expected_purchases": (p @ self.chain.m).ravel(),
            "p_purchase": (p @ self.p_purchase).ravel(),
        }
        return new_frame(columns, like=careers)

    def sizes(
        self,
        history: FrameT | LadderHistory[FrameT],
        *,
        origin: Any = None,
        horizon: str = "6M",
        contacts: Mapping[str, float] | None = None,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> FrameT:
        """Number of today's customers in each state in each of the next months.

        Args: as `forecast`. `level` is that of the intervals; `draws` and `seed` are of the parameters.

        Returns:
            ahead, rung, expected, low, high (central predictive interval: parameters drawn from their posterior, with
            the states now that follow from them, then customers' steps).
        """
        months, level = months_of(horizon), LEVEL.read(level, "level")
        generator = np.random.default_rng(read_seed(seed))
        careers, origin = careers_with_contacts(history, origin, contacts=self.contacts)
        numbers = self._numbers(self.seen(careers, origin=origin), months=months, contacts=contacts)
        drawn = numbers.drawn(self._drawn_models(draws, generator), generator)
        expected = numbers.expected(self.chain)
        return new_frame(sizes_columns(self.state_labels, expected, drawn, level=level, like=careers), like=careers)

    def time_to(
        self,
        rung: str,
        history: FrameT | LadderHistory[FrameT],
        *,
        origin: Any = None,
        horizon: str = "24M",
        contacts: Mapping[str, float] | None = None,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> FrameT:
        """Share of today's customers who have been in a state, or a higher one, by each of the next months.

        Customers are told apart by their most probable state now; whoever may be there today has reached it with that
        probability. `first_passage` tells who ever reaches it.

        Args: as `sizes`.

        Returns:
            A row for each state that is somebody's most probable one and each month ahead: rung (now), customers (of
            that state), ahead, reached (share of them), low, high (central predictive interval).
        """
        target = rungs_above(self.state_labels, rung) >= 0
        months, level = months_of(horizon), LEVEL.read(level, "level")
        generator = np.random.default_rng(read_seed(seed))
        careers, origin = careers_with_contacts(history, origin, contacts=self.contacts)
        numbers = self._numbers(self.seen(careers, origin=origin), months=months, contacts=contacts)
        now = numbers.present(self.chain).argmax(axis=1)
        reached = evolve(numbers, reached=(target, np.eye(len(self.names))[now]))
        drawn = reached.drawn(self._drawn_models(draws, generator), generator)
        size = np.bincount(now[numbers.group], minlength=len(self.names))
        return new_frame(
            reached_columns(self.state_labels, size, reached.expected(self.chain), drawn, level=level, like=careers),
            like=careers,
        )
