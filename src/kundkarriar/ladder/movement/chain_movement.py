"""Movement by averaged mixtures of Markov chains: transitions, forecasts, numbers on rungs, checks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from attrs import evolve

from kundkarriar.arguments import read_seed
from kundkarriar.arrays import Array
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.career_panel import CareerPanel, read_careers
from kundkarriar.ladder.movement import markov_checks, rung_sizes, transition_table
from kundkarriar.ladder.movement.chain_covariates import ChainCovariates
from kundkarriar.ladder.movement.origin_month import months_ahead, origin_month
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.value.valued_movement import ValuedMovement
from kundkarriar.numerics.markov.dirichlet_rows import shrunk_to_pooled
from kundkarriar.numerics.markov.mixture import class_probabilities, state_probabilities
from kundkarriar.numerics.markov.step_counts import StepCounts


class ChainMovement(ValuedMovement):
    """Reports of mixtures of Markov chains whose results are averaged; a final class holds their estimates.

    Attributes:
        columns: coding of the covariates of the class probabilities.
        calendar: log tilt of each calendar month towards each state, (12, S); 0 without a season.
        states: the states of the chains.
        members: the mixtures, from different starts.
        pooled: the chain of all customers together, the prior of every chain, (S, S).
        steps: how often each step was seen, (S, S).
        visits: for each member, shares of its chains among the customers seen in each state, (S, K).
        mass: steps of prior in each row of each chain.
        judged: (chains, mass, mean log-likelihood of a held-out career) of each choice.
    """

    __slots__ = ()

    columns: ChainCovariates
    calendar: Array
    pooled: Array
    steps: Array
    mass: float
    judged: tuple[tuple[int, float, float], ...]

    @property
    def chains(self) -> int:
        """Number of chains of each mixture, K."""
        return len(self.members[0])

    @property
    def one_chain(self) -> tuple[Array, Array]:
        """One chain of all customers: posterior mean, (S, S), and sum of the Dirichlet parameters of each row, (S,)."""
        (P,), (weight,) = shrunk_to_pooled(self.steps[None], mass=self.mass, pooled=self.pooled)
        return P, weight

    def transitions(self, *, level: float = 0.9) -> pd.DataFrame:
        """Monthly transition probabilities from each rung, of all customers together.

        Returns:
            from, to (with from_lapsed and to_lapsed where careers have the flag), steps (seen), probability (posterior
            mean), low, high (central interval of the Dirichlet posterior). Impossible steps have probability 0, and so
            have steps to a rung that nobody has been on. If a possible step to another rung was never seen, `high` is
            the bound for all unseen steps from the rung together: .039 after 68 steps from it, .36 after none. If all
            n steps from a rung led to other rungs, the probability of staying is 1 / (n + 1): after 6 steps .14, with
            an interval from .008 to .40 for a prior `mass` of 3.
        """
        one_chain, weight = self.one_chain
        return transition_table.transitions(
            self.states, steps=self.steps, one_chain=one_chain, weight=weight, level=level
        )

    def by_chain(self) -> pd.DataFrame:
        """The chains of the first mixture: chain (1: the largest), share of customers, from, to, probability."""
        return transition_table.by_chain(self.states, self.members[0])

    def choices(self) -> pd.DataFrame:
        """Numbers of chains and prior masses tried on held-out customers: chains, mass, log_evidence, chosen.

        `log_evidence` is the mean log-likelihood of a held-out career.
        """
        return transition_table.choices(self.judged, chains=self.chains, mass=self.mass)

    def memberships(self, careers: FrameT, *, origin: Any = None, customers: Any = None) -> FrameT:
        """Class probabilities of each customer: of following each chain of `by_chain`, given the rows up to `origin`.

        Returns:
            customer_id and chain_1, chain_2, ...: probabilities that sum to 1.
        """
        seen = self.seen(careers, origin=origin)
        first = self.members[0]
        largest = np.argsort(-first.weights, kind="stable")
        p_class, _ = class_probabilities(self.counts(seen, customers), first)
        columns = {f"chain_{at + 1}": p_class[:, k] for at, k in enumerate(largest)}
        return new_frame({"customer_id": seen.customers, **columns}, like=careers)

    def forecast(self, careers: FrameT, *, origin: Any = None, horizon: int = 6, customers: Any = None) -> FrameT:
        """Probabilities of each customer's rung in each of the next months.

        Only rows up to `origin` are used: later rows change nothing.

        Args:
            careers: customer_id, period_start, rung, ...: as for the fit; customers may be new.
            origin: a date in the last known month; None: the last complete month of the careers.
            horizon: months ahead.
            customers: the columns that `covariates` names, if any.

        Returns:
            A row for each customer, month ahead (1, 2, ...) and rung: customer_id, ahead, rung, lapsed (where careers
            have the flag), probability. Customers who came after the origin are left out.

        Raises:
            DataError: the careers are invalid; a rung is not known from the fit; the origin lies outside the careers.
        """
        months_ahead(horizon)
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, horizon=horizon, customers=customers)
        n, h, S = p.shape
        customer = np.repeat(np.arange(n), h * S)
        at = np.tile(np.arange(S), n * h)
        columns = {
            "customer_id": seen.customers[customer.tolist()],
            "ahead": np.tile(np.repeat(np.arange(1, h + 1), S), n),
            **state_columns(self.states, at, like=careers),
            "probability": p.ravel(),
        }
        return new_frame(columns, like=careers)

    def sizes(
        self,
        careers: FrameT,
        *,
        origin: Any = None,
        horizon: int = 6,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
        customers: Any = None,
    ) -> FrameT:
        """Number of today's customers on each rung in each of the next months.

        Returns:
            ahead, rung, lapsed (where careers have the flag), expected, low, high (central predictive interval: chains
            drawn from their posterior, then customers' steps), and actual, where the careers go so far.
        """
        months_ahead(horizon)
        panel = read_careers(careers, states=self.states)
        month = origin_month(panel, origin)
        table: FrameT = rung_sizes.sizes(
            self,
            panel,
            month=month,
            horizon=horizon,
            level=level,
            draws=draws,
            seed=read_seed(seed),
            customers=customers,
            like=careers,
        )
        return table

    def order(self, careers: FrameT) -> FrameT:
        """Markov chains of order 1 and 2 compared, all customers together: does the rung before the present one matter?

        Where customers differ in how they move, order 2 wins even if each moves by a chain of order 1: the rung before
        tells which chain a customer follows. The mixture takes that into account.

        Returns:
            order, mass (prior steps that the rows of order 1 count for in those of order 2: few, where the rung before
            matters), log_evidence (log marginal likelihood), and log_bayes_factor over order 1.
        """
        table: FrameT = markov_checks.order(read_careers(careers, states=self.states), like=careers)
        return table

    def duration(self, careers: FrameT, *, customers: Any = None) -> FrameT:
        """Share of customers who stay on a rung by months on it, observed and expected by the chains.

        Returns:
            rung, lapsed (where careers have the flag), months_on_rung, customers (times months), stayed (observed
            share), one_chain and mixture (share expected by each; the mixture uses the whole career).
        """
        panel = read_careers(careers, states=self.states)
        table: FrameT = markov_checks.duration(
            panel,
            one_chain=self.one_chain[0],
            mixture=self.members[0],
            counts=self.counts(panel, customers),
            like=careers,
        )
        return table

    def ahead(self, seen: CareerPanel, *, horizon: int, customers: Any = None) -> Array:
        """Probabilities of each state 1, ..., `horizon` months after the end of the panel, (n, horizon, S)."""
        counts, state = self.counts(seen, customers), seen.state_at(seen.last)
        log_tilt = self.log_tilt(seen.last, horizon=horizon)
        parts = [
            state_probabilities(
                member, z=class_probabilities(counts, member)[0], state=state, horizon=horizon, log_tilt=log_tilt
            )
            for member in self.members
        ]
        return np.asarray(np.mean(parts, axis=0))

    def counts(self, seen: CareerPanel, customers: Any) -> StepCounts:
        """Steps of each customer of a panel, with the covariates."""
        return evolve(seen.counts(), design=self.columns.design(seen.customers, customers))

    def log_tilt(self, month: int, *, horizon: int) -> Array | None:
        """Seasonal log tilt of the months after `month`, (horizon, S); None without a season."""
        if not self.calendar.any():
            return None
        return np.asarray(self.calendar[(month + 1 + np.arange(horizon)) % len(self.calendar)])

    def season(self) -> pd.DataFrame:
        """Seasonal factors: month (1 to 12), rung, lapsed (with the flag), factor.

        The factor multiplies the probability of a step to that rung, before rows are normalised to sum to 1; it is 1
        everywhere unless two whole years were seen.
        """
        return transition_table.season(self.states, self.calendar)

    def seen(self, careers: Any, *, origin: Any) -> CareerPanel:
        """The careers up to the origin, of the customers known by then."""
        panel = read_careers(careers, states=self.states)
        return panel.until(origin_month(panel, origin))
