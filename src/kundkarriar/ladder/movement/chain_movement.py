"""Movement by averaged mixtures of Markov chains: transitions, forecasts, numbers on rungs, checks."""

from typing import Any

import numpy as np
import pandas as pd
from attrs import evolve
from scipy.special import betaincinv

from kundkarriar.arguments import DRAWS, LEVEL, read_object, read_seed
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.career_panel import CareerPanel, read_careers
from kundkarriar.ladder.given_careers import careers_of, careers_until
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.months_ahead import MONTHS_AHEAD, months_of
from kundkarriar.ladder.movement import markov_checks
from kundkarriar.ladder.movement.chain_covariates import ChainCovariates
from kundkarriar.ladder.movement.numbers_ahead import NumbersAhead
from kundkarriar.ladder.movement.origin_month import origin_month
from kundkarriar.ladder.movement.reached import reached_columns, rungs_above
from kundkarriar.ladder.movement.state_columns import forecast_columns, sizes_columns, state_columns, step_columns
from kundkarriar.ladder.movement.value.valued_movement import ValuedMovement
from kundkarriar.numerics.markov.dirichlet_rows import shrunk_to_pooled
from kundkarriar.numerics.markov.mixture import class_probabilities, state_probabilities
from kundkarriar.numerics.markov.pooled_chain import unseen_step_probability
from kundkarriar.numerics.markov.step_counts import StepCounts


class ChainMovement(ValuedMovement):
    """Reports of mixtures of Markov chains; a final class holds their estimates: see `FittedChainMixture`."""

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
        tail = (1 - LEVEL.read(level, "level")) / 2
        P, weight = self.one_chain
        unseen = (P > 0) & (self.steps == 0) & ~np.eye(len(P), dtype=bool)
        most = np.where(unseen, unseen_step_probability(self.steps.sum(axis=1, keepdims=True)), P)
        low, high = (_beta_quantile(q, mean=mean, weight=weight[:, None]) for q, mean in ((tail, P), (1 - tail, most)))
        return pd.DataFrame(
            {
                **step_columns(self.states),
                "steps": self.steps.ravel().astype(np.int64),
                "probability": P.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
            }
        )

    def by_chain(self) -> pd.DataFrame:
        """The chains of the first mixture: chain (1: the largest), share of customers, from, to, probability."""
        first, largest = self.members[0], self._largest_chains
        table = pd.concat([pd.DataFrame(step_columns(self.states))] * len(first), ignore_index=True)
        cells = len(self.states) ** 2
        table.insert(0, "chain", np.repeat(np.arange(1, len(first) + 1), cells))
        table.insert(1, "share", np.repeat(first.weights[largest], cells))
        return table.assign(probability=first.P[largest].ravel())

    def choices(self) -> pd.DataFrame:
        """Numbers of chains and prior masses tried on held-out customers: chains, mass, log_evidence, chosen.

        `log_evidence` is the mean log-likelihood of a held-out career.
        """
        table = pd.DataFrame(list(self.judged), columns=["chains", "mass", "log_evidence"])
        table["chosen"] = (table["chains"] == self.chains) & (table["mass"] == self.mass)
        return table

    def season(self) -> pd.DataFrame:
        """Seasonal factors: month (1 to 12), rung, lapsed (with the flag), factor.

        The factor multiplies the probability of a step to that rung, before rows are normalised to sum to 1; it is 1
        everywhere unless two whole years were seen.
        """
        months, S = self.calendar.shape
        return pd.DataFrame(
            {
                "month": np.repeat(np.arange(1, months + 1), S),
                **state_columns(self.states, np.tile(np.arange(S), months)),
                "factor": np.exp(self.calendar).ravel(),
            }
        )

    def memberships(
        self, history: FrameT | LadderHistory[FrameT], *, origin: Any = None, customers: Any = None
    ) -> FrameT:
        """Class probabilities of each customer: of following each chain of `by_chain`, given the rows up to `origin`.

        Returns:
            customer_id and chain_1, chain_2, ...: probabilities that sum to 1.
        """
        careers, origin = careers_until(history, origin)
        seen = self.seen(careers, origin=origin)
        p_class, _ = class_probabilities(self.counts(seen, customers), self.members[0])
        columns = {f"chain_{at + 1}": p_class[:, k] for at, k in enumerate(self._largest_chains)}
        return new_frame({"customer_id": seen.customers, **columns}, like=careers)

    @property
    def _largest_chains(self) -> Whole:
        """The chains of the first mixture from the largest to the smallest, (K,)."""
        return np.argsort(-self.members[0].weights, kind="stable")

    def forecast(
        self,
        history: FrameT | LadderHistory[FrameT],
        *,
        origin: Any = None,
        horizon: str = "6M",
        customers: Any = None,
    ) -> FrameT:
        """Probabilities of each customer's rung in each of the next months.

        Nothing after the origin is used: later rows change nothing.

        Args:
            history: a history of the ladder, or careers: customer_id, period_start, rung, ...: as for the fit;
                customers may be new.
            origin: the last day that is known of a history, or a date in the last known month of careers; None: their
                end. The months ahead follow the last whole month.
            horizon: whole months, as text with a unit ("6M").
            customers: the columns that `covariates` names, if any.

        Returns:
            A row for each customer, month ahead (1, 2, ...) and rung: customer_id, ahead, rung, lapsed (where careers
            have the flag), probability. Customers who came after the origin are left out.

        Raises:
            DataError: the careers are invalid; a rung is not known from the fit; the origin lies outside the careers;
                the horizon is no span of whole months.
        """
        months, (careers, origin) = months_of(horizon), careers_until(history, origin)
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, months=months, customers=customers)
        return new_frame(forecast_columns(seen.customers, p, self.states, like=careers), like=careers)

    def sizes(
        self,
        history: FrameT | LadderHistory[FrameT],
        *,
        origin: Any = None,
        horizon: str = "6M",
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
        customers: Any = None,
    ) -> FrameT:
        """Number of today's customers on each rung in each of the next months.

        Args: as `forecast`. `level` is that of the intervals; `draws` and `seed` are of the chains.

        Returns:
            ahead, rung, lapsed (where careers have the flag), expected, low, high (central predictive interval: chains
            drawn from their posterior, then customers' steps).
        """
        months, level = months_of(horizon), LEVEL.read(level, "level")
        draws, generator = DRAWS.read(draws, "draws"), np.random.default_rng(read_seed(seed))
        careers, origin = careers_until(history, origin)
        numbers = self._numbers(self.seen(careers, origin=origin), months=months, customers=customers)
        drawn = numbers.drawn(draws, generator)
        return new_frame(sizes_columns(self.states, numbers.expected(), drawn, level=level, like=careers), like=careers)

    def time_to(
        self,
        rung: str,
        history: FrameT | LadderHistory[FrameT],
        *,
        origin: Any = None,
        horizon: str = "24M",
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
        customers: Any = None,
    ) -> FrameT:
        """Share of today's customers who have reached a rung, or one above it, by each of the next months.

        Customers who stand there today have reached it. `first_passage` tells who ever reaches it.

        Args: as `sizes`.

        Returns:
            A row for each rung that somebody is on now and each month ahead: rung (now), lapsed (now, where careers
            have the flag), customers (on it), ahead, reached (share of them), low, high (central predictive interval).
        """
        target = rungs_above(self.states, rung) >= 0
        months, level = months_of(horizon), LEVEL.read(level, "level")
        draws, generator = DRAWS.read(draws, "draws"), np.random.default_rng(read_seed(seed))
        careers, origin = careers_until(history, origin)
        seen = self.seen(careers, origin=origin)
        numbers = self._numbers(seen, months=months, customers=customers, target=target)
        size = np.bincount(seen.state_at(seen.last), minlength=len(self.states))
        return new_frame(
            reached_columns(
                self.states, size, numbers.expected(), numbers.drawn(draws, generator), level=level, like=careers
            ),
            like=careers,
        )

    def _numbers(self, seen: CareerPanel, *, months: int, customers: Any, target: Mask | None = None) -> NumbersAhead:
        """Numbers of customers ahead: on each state, or of each state now in the `target`, (S,), by then."""
        return NumbersAhead.of(
            self.members,
            self.counts(seen, customers),
            state=seen.state_at(seen.last),
            months=months,
            log_tilt=self._log_tilt(seen.last, months=months),
            target=target,
        )

    def order(self, history: FrameT | LadderHistory[FrameT]) -> FrameT:
        """Markov chains of order 1 and 2 compared, all customers together: does the rung before the present one matter?

        Where customers differ in how they move, order 2 wins even if each moves by a chain of order 1: the rung before
        tells which chain a customer follows. The mixture takes that into account.

        Returns:
            order, mass (prior steps that the rows of order 1 count for in those of order 2: few, where the rung before
            matters), log_evidence (log marginal likelihood), and log_bayes_factor over order 1.
        """
        careers = careers_of(history)
        return new_frame(markov_checks.order(read_careers(careers, states=self.states)), like=careers)

    def duration(self, history: FrameT | LadderHistory[FrameT], *, customers: Any = None) -> FrameT:
        """Share of customers who stay on a rung by months on it, observed and expected by the chains.

        Returns:
            rung, lapsed (where careers have the flag), months_on_rung, customers (times months), stayed (observed
            share), one_chain and mixture (share expected by each; the mixture uses the whole career).
        """
        careers = careers_of(history)
        panel = read_careers(careers, states=self.states)
        panel.require_steps()
        p_class, _ = class_probabilities(self.counts(panel, customers), self.members[0])
        stay_by_chain = np.diagonal(self.members[0].P, axis1=1, axis2=2)
        table = markov_checks.duration(panel, one_chain=np.diag(self.one_chain[0]), mixture=p_class @ stay_by_chain)
        at = table.pop("state")
        return new_frame({**state_columns(self.states, at, like=careers), **table}, like=careers)

    def seen(self, history: Any, *, origin: Any) -> CareerPanel:
        """The careers up to the origin, of the customers known by then."""
        careers, origin = careers_until(history, origin)
        panel = read_careers(careers, states=self.states)
        return panel.until(origin_month(panel, origin))

    def ahead(self, seen: CareerPanel, *, months: int, customers: Any = None) -> Array:
        """Probabilities of each state 1, ..., `months` months after the end of the panel, (n, months, S)."""
        months = MONTHS_AHEAD.read(months, "months")
        counts, state = self.counts(seen, customers), seen.state_at(seen.last)
        log_tilt = self._log_tilt(seen.last, months=months)
        parts = [
            state_probabilities(
                member, z=class_probabilities(counts, member)[0], state=state, horizon=months, log_tilt=log_tilt
            )
            for member in self.members
        ]
        return np.asarray(np.mean(parts, axis=0))

    def counts(self, seen: CareerPanel, customers: Any) -> StepCounts:
        """Steps of each customer of a panel, with the covariates."""
        seen = read_object(
            seen,
            "seen",
            kind=CareerPanel,
            law="a panel of careers",
            hint="movement.seen(careers, origin=None) gives it.",
        )
        return evolve(seen.counts(), design=self.columns.design(seen.customers, customers))

    def _log_tilt(self, month: int, *, months: int) -> Array | None:
        """Seasonal log tilt of the months after `month`, (months, S); None without a season."""
        if not self.calendar.any():
            return None
        return np.asarray(self.calendar[(month + 1 + np.arange(months)) % len(self.calendar)])


def _beta_quantile(q: float, *, mean: Array, weight: Array) -> Array:
    """Quantiles of betas of these means and totals alpha + beta; the mean itself where it is 0 or 1."""
    some = (mean > 0) & (mean < 1)
    alpha = weight * np.where(some, mean, 0.5)
    return np.where(some, betaincinv(alpha, weight - alpha, q), mean)
