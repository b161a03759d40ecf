"""Movement by averaged mixtures of Markov chains: transitions, forecasts, numbers on rungs, checks."""

from typing import Any

import numpy as np
from scipy.special import betaincinv

from kundkarriar.arguments import DRAWS, LEVEL, read_object, read_seed
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.engines.frame_kinds import OwnFrame
from kundkarriar.errors import CapabilityError
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.career_panel import CareerPanel
from kundkarriar.ladder.given_careers import like_of, panel_of
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.months_ahead import MONTHS_AHEAD, months_of
from kundkarriar.ladder.movement import markov_checks
from kundkarriar.ladder.movement.chain_covariates import ChainCovariates
from kundkarriar.ladder.movement.drawn_movement import monthly_discount_factor
from kundkarriar.ladder.movement.forgotten import chains_forget
from kundkarriar.ladder.movement.numbers_ahead import NumbersAhead
from kundkarriar.ladder.movement.origin_month import origin_month
from kundkarriar.ladder.movement.reached import reached_columns, rungs_above
from kundkarriar.ladder.movement.state_columns import forecast_columns, sizes_columns, state_columns, step_columns
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.ladder.movement.value.scenario import (
    odds_drawn,
    read_steps,
    scenario_frame,
    scenario_rows,
    steps_of,
    two_worlds,
)
from kundkarriar.ladder.movement.value.valued_movement import ValuedMovement, drawn_mixtures
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

    def transitions(self, *, level: float = 0.9) -> OwnFrame:
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
        like = self._like
        return new_frame(
            {
                **step_columns(self.states, like=like),
                "steps": self.steps.ravel().astype(np.int64),
                "probability": P.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
            },
            like=like,
        )

    def by_chain(self) -> OwnFrame:
        """The chains of the first mixture: chain (1: the largest), share of customers, from, to, probability."""
        first, largest = self.members[0], self._largest_chains
        like, K, S = self._like, len(first), len(self.states)
        chain, start, end = np.unravel_index(np.arange(K * S * S), (K, S, S))
        return new_frame(
            {
                "chain": chain + 1,
                "share": first.weights[largest][chain],
                **step_columns(self.states, start, end, like=like),
                "probability": first.P[largest].ravel(),
            },
            like=like,
        )

    def choices(self) -> OwnFrame:
        """Numbers of chains and prior masses tried on held-out customers: chains, mass, log_evidence, chosen.

        `log_evidence` is the mean log-likelihood of a held-out career.
        """
        chains, mass, evidence = np.array(self.judged, dtype=np.float64).reshape(-1, 3).T
        columns = {"chains": chains.astype(np.int64), "mass": mass, "log_evidence": evidence}
        chosen = (chains == self.chains) & (mass == self.mass)
        return new_frame({**columns, "chosen": chosen}, like=self._like)

    def season(self) -> OwnFrame:
        """Seasonal factors: month (1 to 12), rung, lapsed (with the flag), factor.

        The factor multiplies the probability of a step to that rung, before rows are normalised to sum to 1; it is 1
        everywhere unless two whole years were seen.
        """
        like, (months, S) = self._like, self.calendar.shape
        return new_frame(
            {
                "month": np.repeat(np.arange(1, months + 1), S),
                **state_columns(self.states, np.tile(np.arange(S), months), like=like),
                "factor": np.exp(self.calendar).ravel(),
            },
            like=like,
        )

    def memberships(
        self, history: FrameT | LadderHistory[FrameT], *, origin: Any = None, customers: Any = None
    ) -> FrameT:
        """Class probabilities of each customer: of following each chain of `by_chain`, given the rows up to `origin`.

        Returns:
            customer_id and chain_1, chain_2, ...: probabilities that sum to 1.
        """
        seen = self.seen(history, origin=origin)
        p_class = self._classes(seen, customers)
        columns = {f"chain_{at + 1}": p_class[:, k] for at, k in enumerate(self._largest_chains)}
        return new_frame({"customer_id": seen.customers, **columns}, like=like_of(history))

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
        months, seen = months_of(horizon), self.seen(history, origin=origin)
        p = self.ahead(seen, months=months, customers=customers)
        like = like_of(history)
        return new_frame(forecast_columns(seen.customers, p, self.states, like=like), like=like)

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
        numbers = self._numbers(self.seen(history, origin=origin), months=months, customers=customers)
        like, drawn = like_of(history), numbers.drawn(draws, generator)
        return new_frame(sizes_columns(self.states, numbers.expected(), drawn, level=level, like=like), like=like)

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
        seen = self.seen(history, origin=origin)
        numbers = self._numbers(seen, months=months, customers=customers, target=target)
        like, size = like_of(history), np.bincount(seen.state_at(seen.last), minlength=len(self.states))
        return new_frame(
            reached_columns(
                self.states, size, numbers.expected(), numbers.drawn(draws, generator), level=level, like=like
            ),
            like=like,
        )

    def _numbers(self, seen: CareerPanel, *, months: int, customers: Any, target: Mask | None = None) -> NumbersAhead:
        """Numbers of customers ahead: on each state, or of each state now in the `target`, (S,), by then."""
        return NumbersAhead.of(
            self.members,
            *self.counts(seen, customers),
            state=seen.state_at(seen.last),
            months=months,
            log_tilt=self._log_tilt(seen.last, months=months),
            target=target,
        )

    def scenario(
        self,
        history: FrameT | LadderHistory[FrameT],
        *,
        changes: Any,
        contribution: Any,
        discount_rate: float,
        horizon: str = "24M",
        origin: Any = None,
        customers: Any = None,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> FrameT:
        """What likelier or less likely steps between rungs change in the coming months.

        Both worlds have the same chains, drawn from their posterior; numbers of customers are expected given the
        chains. Odds of 1 change nothing.

        Args:
            history: as `forecast`, but of rungs without memory.
            changes: `kk.Change`s of steps between rungs, of their odds in each coming month. An effect on promotion has
                a size in each draw.
            contribution: as `value`.
            discount_rate: yearly and effective, above 0.
            horizon: as `forecast`.
            origin: as `forecast`.
            customers: as `forecast`.
            level: level of the intervals.
            draws: number of draws of the chains.
            seed: seed of the draws.

        Returns:
            part, ahead, name, usual, changed, difference (means over the draws), low, high (of the difference). The
            parts are "rung" (customers on each rung in each month ahead, lapsed or not) and "value" (their
            contribution in each month ahead, discounted to today, and in total).

        Raises:
            CapabilityError: rungs of the history remember more than the rung now, or a change is no step.
            DataError: a change names an unknown rung, or a step that nobody ever takes.
        """
        if (law := chains_forget(history)) is not None:
            raise CapabilityError.because(law, hint="micro.scenario(history, changes=[...]), of a kk.Microsimulation.")
        several, months, level = read_steps(changes), months_of(horizon), LEVEL.read(level, "level")
        R, beta = contribution_by_state(self.states, contribution), monthly_discount_factor(discount_rate)
        draws, generator = DRAWS.read(draws, "draws"), np.random.default_rng(read_seed(seed))
        steps = [steps_of(change, states=self.states, members=self.members) for change in several]
        odds = odds_drawn(several, draws=draws, generator=generator)
        numbers = self._numbers(self.seen(history, origin=origin), months=months, customers=customers)
        mixtures = drawn_mixtures(self.members, draws=draws, generator=generator)
        drawn = [
            two_worlds(
                chains,
                [(start, end, factor) for own, factor in zip(steps, of, strict=True) for start, end in own],
                base=numbers.by_chain(chains),
                months=months,
                log_tilt=numbers.log_tilt,
            )
            for chains, of in zip(mixtures, odds.T.tolist(), strict=True)
        ]
        rows = scenario_rows(np.stack(drawn, axis=1), states=self.states, R=R, beta=beta)
        table: FrameT = scenario_frame(rows, level=level, like=like_of(history))
        return table

    def order(self, history: FrameT | LadderHistory[FrameT]) -> FrameT:
        """Markov chains of order 1 and 2 compared, all customers together: does the rung before the present one matter?

        Where customers differ in how they move, order 2 wins even if each moves by a chain of order 1: the rung before
        tells which chain a customer follows. The mixture takes that into account.

        Returns:
            order, mass (prior steps that the rows of order 1 count for in those of order 2: few, where the rung before
            matters), log_evidence (log marginal likelihood), and log_bayes_factor over order 1.
        """
        return new_frame(markov_checks.order(panel_of(history, states=self.states)), like=like_of(history))

    def duration(self, history: FrameT | LadderHistory[FrameT], *, customers: Any = None) -> FrameT:
        """Share of customers who stay on a rung by months on it, observed and expected by the chains.

        Returns:
            rung, lapsed (where careers have the flag), months_on_rung, customers (times months), stayed (observed
            share), one_chain and mixture (share expected by each; the mixture uses the whole career).
        """
        panel = panel_of(history, states=self.states)
        panel.require_steps()
        p_class = self._classes(panel, customers)
        stay_by_chain = np.diagonal(self.members[0].P, axis1=1, axis2=2)
        table = markov_checks.duration(panel, one_chain=np.diag(self.one_chain[0]), mixture=p_class @ stay_by_chain)
        at = table.pop("state")
        like = like_of(history)
        return new_frame({**state_columns(self.states, at, like=like), **table}, like=like)

    def seen(self, history: Any, *, origin: Any) -> CareerPanel:
        """The careers up to the origin, of the customers known by then."""
        if isinstance(history, LadderHistory) and origin is not None:
            history, origin = history.before(origin), None
        panel = panel_of(history, states=self.states)
        return panel.until(origin_month(panel, origin))

    def ahead(self, seen: CareerPanel, *, months: int, customers: Any = None) -> Array:
        """Probabilities of each state 1, ..., `months` months after the end of the panel, (n, months, S)."""
        months = MONTHS_AHEAD.read(months, "months")
        (counts, row), S = self.counts(seen, customers), len(self.states)
        pair, place = np.unique(row * S + seen.state_at(seen.last), return_inverse=True)
        row, state = np.divmod(pair, S)
        log_tilt = self._log_tilt(seen.last, months=months)
        parts = [
            state_probabilities(
                member, z=class_probabilities(counts, member)[0][row], state=state, horizon=months, log_tilt=log_tilt
            )
            for member in self.members
        ]
        return np.asarray(np.mean(parts, axis=0)[place])

    def counts(self, seen: CareerPanel, customers: Any) -> tuple[StepCounts, Whole]:
        """Steps of each different career of a panel, with the covariates, and the place of each customer's there."""
        seen = read_object(
            seen,
            "seen",
            kind=CareerPanel,
            law="a panel of careers",
            hint="movement.seen(careers, origin=None) gives it.",
        )
        return seen.counts(self.columns.design(seen.customers, customers))

    def _classes(self, seen: CareerPanel, customers: Any) -> Array:
        """Class probabilities of each customer by the first mixture, (n, K)."""
        counts, row = self.counts(seen, customers)
        return np.asarray(class_probabilities(counts, self.members[0])[0][row])

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
