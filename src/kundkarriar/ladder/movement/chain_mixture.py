"""Mixture of Markov chains over the rungs of a ladder, with or without covariates: spec and fitted movement."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import (
    COUNT_FROM_1,
    FINITE,
    MOST,
    POSITIVE,
    SEED,
    Text,
    WholeNumber,
    read_many,
    read_names,
    read_object,
    refusal,
)
from kundkarriar.arrays import Array, Whole
from kundkarriar.engines.frame_kinds import kind_field, kind_of_frame
from kundkarriar.errors import warn
from kundkarriar.fields import ROUNDING, Shaped, as_floats, instance_of, names_once_each
from kundkarriar.ladder.career_panel import MONTH, CareerPanel, State
from kundkarriar.ladder.fitted_fields import BY_FIT, as_tuple, refuse_disagreement, rows_of, several
from kundkarriar.ladder.given_careers import like_of, panel_of
from kundkarriar.ladder.movement.chain_covariates import ChainCovariates
from kundkarriar.ladder.movement.chain_movement import ChainMovement
from kundkarriar.ladder.movement.forgotten import forgets_warning
from kundkarriar.ladder.movement.state_columns import rungs_of
from kundkarriar.numerics.markov.em import fit_mixture, random_classes, run_em
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities
from kundkarriar.numerics.markov.model_choice import held_out_log_likelihood
from kundkarriar.numerics.markov.seasonal_tilt import MONTHS, tilt
from kundkarriar.numerics.markov.step_counts import BLOCK, StepCounts, thinned
from kundkarriar.stored import Stored

AUTO = "auto"
CHAINS = (1, 2, 3, 4, 5, 6, 8)
MASSES = (3.0, 10.0, 30.0)
SEARCHED = 30_000
"""Most distinct careers that chains are first fitted to; they are then refined on all careers."""
SEARCH, POLISH = 300, 20
"""Most rounds of EM on the sample, and on all careers."""
TWO_YEARS = 24
"""Steps that show each calendar month twice."""
TILT = 100.0
"""Largest log tilt of a calendar month: e^100 times as likely is certain."""
SEVERAL = WholeNumber(least=1, most=100, example=3)
"""The law of a number of chains."""
STARTS = WholeNumber(least=1, most=1_000, example=8)


def _chains(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not (isinstance(value, str) and value == AUTO) and not SEVERAL.holds(value):
        raise refusal(value, attribute.name, law=f'"auto" or {SEVERAL.law}', hint=f"write {attribute.name}=3.")


def _rungs(given: Any) -> tuple[str, ...] | None:
    hint = "write rungs=['trial buyer', 'client'], from low to high."
    names = None if given is None else read_many(given, "rungs", law="names, each once", hint=hint)
    return None if names is None else read_names(names, "rungs", law=Text(example="client"), empty=False)


def _covariates(given: Any) -> tuple[str, ...]:
    return read_names(given, "covariates")


@frozen(kw_only=True)
class ChainMixture(Stored):
    """Mixture of Markov chains over the rungs: each customer follows one of several chains, a latent class.

    One chain for all customers forecasts the numbers on the rungs well and single customers badly: it lets the best
    fall and the lapsed come back too soon. In a mixture a customer's career gives the probability of each chain.

    Attributes:
        chains: number of chains, or "auto": chosen on held-out customers.
        mass: prior of each row of each chain, in steps of the pooled chain; None: chosen on held-out customers.
        starts: random starts, whose forecasts are averaged.
        rungs: the rungs from low to high. A rung that nobody has been on keeps its place: the forecast of reaching it
            is 0, and customers on it are expected to stay. None: the rungs that occur, as careers order them
            (`rung_number`), else by first appearance.
        covariates: columns of `customers` (numbers, text, truth values) that the class probabilities depend on.
        seed: seed of the starts.

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    >>> careers = ladder.careers(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> movement = ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(careers)
    >>> movement.forecast(careers, horizon="1M").head(3).round(2)
       customer_id  ahead       rung  probability
    0            4      1     moving         0.00
    1            4      1  recurring         0.97
    2            4      1  exclusive         0.03
    """

    chains: int | str = field(default=AUTO, validator=_chains)
    mass: float | None = field(default=None, validator=optional(POSITIVE))
    starts: int = field(default=8, validator=STARTS)
    rungs: tuple[str, ...] | None = field(default=None, converter=_rungs)
    covariates: tuple[str, ...] = field(default=(), converter=_covariates)
    seed: int = field(default=1, validator=SEED)

    def fit(self, history: Any, *, customers: Any = None) -> FittedChainMixture:
        """Fit the mixture to careers, by EM.

        Args:
            history: a `kk.LadderHistory`, or careers: as from `CustomerLadder.careers`, or any frame with customer_id,
                period_start (the first of a month), rung, and optionally lapsed, complete, entry. Incomplete months are
                left out.
            customers: customer_id and the columns that `covariates` names.

        Raises:
            DataError: the careers are invalid, or nobody has two months.

        Warns:
            DataWarning: rungs of the history remember more than the rung now, as counts over twelve months do; chains
                forget it, and a `kk.Microsimulation` does not. Of a frame of careers the rules are not known.
        """
        if (told := forgets_warning(history)) is not None:
            warn(told)
        fitted = self.fit_panel(panel_of(history, rungs=self.rungs), customers=customers)
        return evolve(fitted, frame_kind=kind_of_frame(like_of(history)))

    def fit_panel(self, panel: CareerPanel, *, customers: Any = None) -> FittedChainMixture:
        """Fit to a panel that was already read; see `fit`."""
        read_object(
            panel, "panel", kind=CareerPanel, law="a panel of careers", hint="fit(careers) reads it."
        ).require_steps()
        generator = np.random.default_rng(self.seed)
        columns = ChainCovariates.fit(self.covariates, panel.customers, customers)
        counts, row = panel.counts(columns.design(panel.customers, customers))
        chains, mass, judged = self._choice(counts, row, generator)
        pooled = counts.pooled_chain()
        sample = counts
        if len(counts) > SEARCHED:
            sample = counts.weighted(thinned(counts.weights, size=SEARCHED, generator=generator))

        def fitted(z: Array) -> Mixture:
            mixture = fit_mixture(sample, z, mass=mass, pooled=pooled, rounds=SEARCH)
            return mixture if sample is counts else run_em(counts, mixture, mass=mass, pooled=pooled, rounds=POLISH)

        starts = self.starts if chains > 1 else 1
        begun = [random_classes(sample, chains=chains, generator=generator) for _ in range(starts)]
        with ThreadPoolExecutor(cpu_count()) as threads:
            members = tuple(threads.map(fitted, begun))
        return FittedChainMixture(
            columns=columns,
            calendar=_seasonal_log_tilt(panel, class_probabilities(counts, members[0])[0], row, members[0]),
            spec=self,
            states=panel.states,
            members=members,
            pooled=pooled,
            steps=counts.pooled(),
            visits=tuple(_chain_shares(counts, member) for member in members),
            mass=mass,
            judged=judged,
            n_customers=len(panel),
            until=panel.last,
        )

    def _choice(
        self, counts: StepCounts, row: Whole, generator: np.random.Generator
    ) -> tuple[int, float, tuple[tuple[int, float, float], ...]]:
        """Number of chains, mass, and the mean log-likelihood of a held-out career for each pair tried."""
        chains = CHAINS if self.chains == AUTO else (int(self.chains),)
        masses = MASSES if self.mass is None else (float(self.mass),)
        choices = [(k, m) for k in chains for m in masses]
        if len(choices) == 1:
            return (*choices[0], ())
        scores = held_out_log_likelihood(counts, row, choices=choices, generator=generator)
        best = choices[int(np.argmax(scores))]
        return (*best, tuple((k, m, float(score)) for (k, m), score in zip(choices, scores, strict=True)))


def _chain_shares(counts: StepCounts, mixture: Mixture) -> Array:
    """Shares of the chains among the customers seen in each state, (S, K); of all customers for a state not seen."""
    z, _ = class_probabilities(counts, mixture)
    steps = np.asarray(counts.steps.T @ (z * counts.weights[:, None]))
    shares = steps.reshape(counts.states, counts.states, -1).sum(axis=1) + 1e-9 * mixture.weights
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _seasonal_log_tilt(panel: CareerPanel, z: Array, row: Whole, mixture: Mixture) -> Array:
    """Log tilt of each calendar month towards each state, (12, S); 0 unless two whole years are seen.

    Customers have the class probabilities `z` (m, K) of the career of their `row`, (n,).
    """
    S = len(panel.states)
    if panel.last - panel.first < TWO_YEARS:
        return np.zeros((MONTHS, S))
    observed, due = np.zeros((MONTHS, S)), np.zeros((MONTHS, S))
    for block in panel.blocks(BLOCK):
        now, then = block.steps()
        month = block.month[then] % MONTHS * S
        observed += np.bincount(month + block.code[then], minlength=MONTHS * S).reshape(MONTHS, S)
        own = z[row[: len(block)]][block.owner[now]]
        row = row[len(block) :]
        for k, P in enumerate(mixture.P):
            left = np.bincount(month + block.code[now], weights=own[:, k], minlength=MONTHS * S)
            due += left.reshape(MONTHS, S) @ P
    return tilt(observed, due)


@frozen(kw_only=True, eq=False, repr=False)
class FittedChainMixture(ChainMovement, Stored):
    """Movement by mixtures of Markov chains from different starts, whose forecasts are averaged.

    Attributes:
        spec: the spec that was fitted.
        columns: coding of the covariates of the class probabilities; empty without covariates.
        calendar: log tilt of each calendar month towards each state, (12, S); 0 unless two whole years were seen.
        states: the rungs from low to high, or (rung, lapsed) where the careers have the flag.
        members: the mixtures.
        pooled: the chain of all customers together, the prior of every chain, (S, S).
        steps: how often each step was seen, (S, S).
        visits: for each member, shares of its chains among the customers seen in each state, (members, S, K).
        mass: steps of prior in each row of each chain.
        judged: (chains, mass, mean log-likelihood of a held-out career) of each choice; empty where both were
            given.
        n_customers: number of careers.
        until: the last month seen, counted from 1970-01.
        frame_kind: the kind of frame of the history, which tables are of; not compared.

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    >>> careers = ladder.careers(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> movement = kk.ChainMixture(chains=1, seed=1).fit(careers)
    >>> movement.transitions()[["from", "to", "steps", "probability"]].round(3).head(2)
         from         to  steps  probability
    0  moving     moving  19405        0.972
    1  moving  recurring    558        0.028
    """

    spec: ChainMixture = field(validator=instance_of(ChainMixture))
    columns: ChainCovariates = field(validator=instance_of(ChainCovariates))
    calendar: Array = field(converter=as_floats, validator=Shaped(shape="12 T", least=-TILT, most=TILT))
    states: tuple[State, ...] = field(converter=as_tuple, validator=(several(State, "states"), names_once_each))
    members: tuple[Mixture, ...] = field(converter=as_tuple, validator=several(Mixture, "mixtures of chains"))
    pooled: Array = field(converter=as_floats, validator=Shaped(shape="S S", least=0, sums_to_1=True))
    steps: Array = field(converter=as_floats, validator=Shaped(shape="S S", least=0, most=MOST))
    visits: tuple[Array, ...] = field(converter=as_tuple, validator=several(np.ndarray, "arrays of shares"))
    mass: float = field(validator=POSITIVE)
    judged: tuple[tuple[int, float, float], ...] = field(
        converter=as_tuple, validator=rows_of(SEVERAL, POSITIVE, FINITE)
    )
    n_customers: int = field(validator=COUNT_FROM_1)
    until: int = field(validator=MONTH)
    frame_kind: str = kind_field()

    @visits.validator
    def _shares_by_state(self, attribute: Attribute[Any], visits: tuple[Array, ...]) -> None:
        for each in visits:
            if not (each.ndim == 2 and (each >= 0).all() and (np.abs(each.sum(axis=1) - 1) <= ROUNDING).all()):
                raise refusal(
                    each, attribute.name, law="shares of the chains, which sum to 1 in each state", hint=BY_FIT
                )

    def __attrs_post_init__(self) -> None:
        """Refuse estimates of other states, chains or covariates than those of the spec."""
        spec, S, K, q = self.spec, len(self.states), self.chains, len(self.columns.labels)
        starts = 1 if K == 1 else spec.starts
        rungs, flags = tuple(rungs_of(self.states)), {state.lapsed is None for state in self.states}
        open_choice = spec.chains == AUTO or spec.mass is None
        refuse_disagreement(
            ("columns", "covariates", tuple(name for name, _ in self.columns.levels), spec.covariates),
            ("states", "rungs", rungs, rungs if spec.rungs is None else spec.rungs),
            ("states", "flags of lapse", len(flags), 1),
            ("states", "states of the pooled chain", S, len(self.pooled)),
            ("calendar", "states", self.calendar.shape[-1], S),
            ("members", "chains", K, K if spec.chains == AUTO else spec.chains),
            ("members", "mixtures", len(self.members), starts),
            ("members", "covariates", {len(each.coefficients) for each in self.members}, {q}),
            ("members", "chains and states", {each.P.shape[:2] for each in self.members}, {(K, S)}),
            ("visits", "states and chains", [each.shape for each in self.visits], [(S, K)] * starts),
            ("mass", "prior", self.mass, self.mass if spec.mass is None else spec.mass),
            ("judged", "chosen chains and mass", (K, self.mass) in {row[:2] for row in self.judged}, open_choice),
        )

    def __repr__(self) -> str:
        size = f"{len(self.members)} x {self.chains} chains, {len(self.states)} states"
        return f"FittedChainMixture({size}, {self.n_customers:,} customers until {np.datetime64(self.until, 'M')})"

    def equals(self, other: Any) -> bool:
        """Whether `other` is the same movement."""
        return (
            isinstance(other, FittedChainMixture)
            and evolve(self, frame_kind=other.frame_kind).to_dict() == other.to_dict()
        )
