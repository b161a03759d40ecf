"""Mixture of Markov chains over the rungs of a ladder, with or without covariates: spec and fitted movement."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import min_len, optional

from kundkarriar.arguments import COUNT_FROM_1, POSITIVE, SEED, is_whole
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.fields import ROUNDING, Shaped, as_floats, names_once_each
from kundkarriar.frames import FrameT
from kundkarriar.ladder.career_panel import CareerPanel, State, read_careers
from kundkarriar.ladder.movement import calibration as movement_calibration
from kundkarriar.ladder.movement.chain_covariates import ChainCovariates
from kundkarriar.ladder.movement.chain_movement import ChainMovement
from kundkarriar.numerics.markov.em import fit_mixture, run_em
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities
from kundkarriar.numerics.markov.model_choice import held_out_log_likelihood
from kundkarriar.numerics.markov.seasonal_tilt import MONTHS, tilt
from kundkarriar.numerics.markov.step_counts import StepCounts
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.stored import Stored

AUTO = "auto"
CHAINS = (1, 2, 3, 4, 5, 6, 8)
MASSES = (3.0, 10.0, 30.0)
SEARCHED = 30_000
"""Most distinct careers in the sample that chains are first fitted to; they are then refined on all careers."""
SEARCH, POLISH = 300, 20
"""Most rounds of EM on the sample, and on all careers."""
TWO_YEARS = 24
"""Steps that show each calendar month twice."""


def _at_least_one(_: object, attribute: Attribute[Any], value: Any) -> None:
    if value != AUTO and not (is_whole(value) and value >= 1):
        raise ValueError(f"'{attribute.name}' must be \"auto\" or a whole number of at least 1: {value!r}")


def _at_least_one_chain(_: object, attribute: Attribute[Any], value: tuple[tuple[int, float, float], ...]) -> None:
    if wrong := [choice for choice in value if not (choice[0] >= 1 and choice[1] > 0)]:
        raise ValueError(f"'{attribute.name}' must have a chain or more, and a mass > 0, in each choice: {wrong}")


def _once_each(_: object, attribute: Attribute[Any], value: tuple[str, ...] | None) -> None:
    if value is not None and (twice := sorted({name for name in value if value.count(name) > 1})):
        raise ValueError(f"'{attribute.name}' names each rung once, from low to high; twice: {twice}")


def _columns(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _names(given: Any) -> tuple[str, ...] | None:
    if isinstance(given, str):
        raise ValueError(f"'rungs' names the rungs one by one, from low to high, got text: {given!r}")  # noqa: TRY004
    return None if given is None else tuple(str(name) for name in given)


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
    >>> movement.forecast(careers, horizon=1).head(3).round(2)
       customer_id  ahead       rung  probability
    0            4      1     moving         0.00
    1            4      1  recurring         0.97
    2            4      1  exclusive         0.03
    """

    chains: int | str = field(default=AUTO, validator=_at_least_one)
    mass: float | None = field(default=None, validator=optional(POSITIVE))
    starts: int = field(default=8, validator=COUNT_FROM_1)
    rungs: tuple[str, ...] | None = field(default=None, converter=_names, validator=_once_each)
    covariates: tuple[str, ...] = field(default=(), converter=_columns)
    seed: int = field(default=1, validator=SEED)

    def fit(self, careers: Any, *, customers: Any = None) -> FittedChainMixture:
        """Fit the mixture to careers, by EM.

        Args:
            careers: as from `CustomerLadder.careers`, or any frame with customer_id, period_start (the first of a
                month), rung, and optionally lapsed, complete, entry. Incomplete months are left out.
            customers: customer_id and the columns that `covariates` names.

        Raises:
            DataError: the careers are invalid, or nobody has two months.
        """
        return self.fit_panel(read_careers(careers, rungs=self.rungs), customers=customers)

    def fit_panel(self, panel: CareerPanel, *, customers: Any = None) -> FittedChainMixture:
        """Fit to a panel that was already read; see `fit`."""
        if not (panel.lengths >= 2).any():
            raise DataError.because(
                f"movement needs two months in a row, and none of the {len(panel):,} customers has them.",
                hint="careers over a longer time: ladder.careers(transactions, as_of=<a later day>).",
            )
        generator = np.random.default_rng(as_seed(self.seed))
        columns = ChainCovariates.fit(self.covariates, panel.customers, customers)
        counts = evolve(panel.counts(), design=columns.design(panel.customers, customers))
        chains, mass, judged = self._choice(counts, generator)
        distinct, _ = counts.distinct()
        pooled = distinct.pooled_chain()
        sample = _subsample(distinct, generator)
        members = []
        for _ in range(self.starts if chains > 1 else 1):
            mixture = fit_mixture(sample, chains=chains, mass=mass, pooled=pooled, generator=generator, rounds=SEARCH)
            if len(sample) < len(distinct):
                mixture = run_em(distinct, mixture, mass=mass, pooled=pooled, rounds=POLISH)
            members.append(mixture)
        return FittedChainMixture(
            columns=columns,
            calendar=_seasonal_log_tilt(panel, counts, members[0]),
            spec=self,
            states=panel.states,
            members=tuple(members),
            pooled=pooled,
            steps=distinct.pooled(),
            visits=tuple(_chain_shares(distinct, member) for member in members),
            mass=mass,
            judged=judged,
            n_customers=len(panel),
            until=panel.last,
        )

    def _choice(
        self, counts: StepCounts, generator: np.random.Generator
    ) -> tuple[int, float, tuple[tuple[int, float, float], ...]]:
        """Number of chains, mass, and the mean log-likelihood of a held-out career for each pair tried."""
        chains = CHAINS if self.chains == AUTO else (int(self.chains),)
        masses = MASSES if self.mass is None else (float(self.mass),)
        choices = [(k, m) for k in chains for m in masses]
        if len(choices) == 1:
            return (*choices[0], ())
        scores = held_out_log_likelihood(counts, choices=choices, generator=generator)
        best = choices[int(np.argmax(scores))]
        return (*best, tuple((k, m, float(score)) for (k, m), score in zip(choices, scores, strict=True)))


def _chain_shares(counts: StepCounts, mixture: Mixture) -> Any:
    """Shares of the chains among the customers seen in each state, (S, K); of all customers for a state not seen."""
    p_class, _ = class_probabilities(counts, mixture)
    departures = counts.steps.reshape(len(counts), counts.states, -1).sum(axis=2)
    weighted = (counts.weights[:, None] * departures).T @ p_class + 1e-9 * mixture.weights
    return weighted / weighted.sum(axis=1, keepdims=True)


def _seasonal_log_tilt(panel: CareerPanel, counts: StepCounts, mixture: Mixture) -> Any:
    """Log tilt of each calendar month towards each state, (12, S); 0 unless two whole years are seen."""
    S = len(panel.states)
    if panel.last - int(panel.entry.min()) < TWO_YEARS:
        return np.zeros((MONTHS, S))
    now, then = panel.steps()
    p_class, _ = class_probabilities(counts, mixture)
    owner, state = panel.owner[now], panel.code[now]
    expected = np.zeros((len(now), S))
    for k in range(len(mixture)):
        expected += p_class[owner, k, None] * mixture.P[k][state]
    return tilt(expected, then=panel.code[then], month=panel.month[then] % MONTHS)


def _subsample(counts: StepCounts, generator: np.random.Generator) -> StepCounts:
    """At most `SEARCHED` distinct careers, drawn at random with their weights."""
    if len(counts) <= SEARCHED:
        return counts
    return counts.at(np.sort(generator.permutation(len(counts))[:SEARCHED]))


def _shares_by_state(movement: FittedChainMixture, attribute: Attribute[Any], visits: tuple[Array, ...]) -> None:
    shapes = [(len(movement.states), len(member)) for member in movement.members]
    off = [np.abs(each.sum(axis=-1) - 1).max() > ROUNDING or each.min() < 0 for each in visits if each.size]
    if [each.shape for each in visits] != shapes or any(off):
        raise ValueError(f"'{attribute.name}' must be shares of the chains, which sum to 1 in each state: {shapes}")


@frozen(kw_only=True, eq=False)
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

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    >>> careers = ladder.careers(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> movement = kk.ChainMixture(chains=1, seed=1).fit(careers)
    >>> movement.transitions()[["from", "to", "steps", "probability"]].round(3).head(2)
         from         to  steps  probability
    0  moving     moving  19405        0.972
    1  moving  recurring    558        0.028
    """

    spec: ChainMixture
    columns: ChainCovariates
    calendar: Array = field(converter=as_floats, validator=Shaped(shape="12 S"))
    states: tuple[State, ...] = field(validator=names_once_each)
    members: tuple[Mixture, ...] = field(validator=min_len(1))
    pooled: Array = field(converter=as_floats, validator=Shaped(shape="S S", least=0, sums_to_1=True))
    steps: Array = field(converter=as_floats, validator=Shaped(shape="S S", least=0))
    visits: tuple[Array, ...] = field(validator=_shares_by_state)
    mass: float = field(validator=POSITIVE)
    judged: tuple[tuple[int, float, float], ...] = field(validator=_at_least_one_chain)
    n_customers: int = field(validator=COUNT_FROM_1)
    until: int

    @members.validator
    def _of_these_states(self, _: object, members: tuple[Mixture, ...]) -> None:
        shapes = [(len(each.coefficients), each.P.shape[1]) for each in members]
        if set(shapes) != {(len(self.columns.labels), len(self.states))} or len(self.states) != len(self.calendar.T):
            raise ValueError(f"'members' must have the {len(self.columns.labels)} covariates and the states: {shapes}")

    def calibration(self, careers: FrameT, *, origin: Any, horizon: int = 6, customers: Any = None) -> FrameT:
        """Forecasts of the spec fitted anew to rows up to `origin`, against the months after it.

        Returns:
            A row for each month ahead and rule ("mixture", "one chain", "no change"): ahead, rule, customers,
            log_loss, brier. "No change" forecasts the present rung with the share of customers who kept theirs over as
            many months, and else any rung by its share of customers.

        Raises:
            DataError: as `fit`; or no month lies after the origin.
        """
        one_chain = evolve(self.spec, chains=1, covariates=())
        forecasts = {"mixture": _refitted(self.spec, customers), "one chain": _refitted(one_chain, None)}
        table: FrameT = movement_calibration.scores(
            careers, forecasts, rungs=self.spec.rungs, origin=origin, horizon=horizon
        )
        return table

    def reliability(self, careers: FrameT, *, origin: Any, horizon: int = 6, customers: Any = None) -> FrameT:
        """Forecast probabilities and observed shares, rung by rung, in tenths of the probability; fit as `calibration`.

        Returns:
            rung, lapsed (where careers have the flag), customers (times months), forecast (mean probability), actual
            (share of customers on the rung).
        """
        table: FrameT = movement_calibration.reliability(
            careers, _refitted(self.spec, customers), rungs=self.spec.rungs, origin=origin, horizon=horizon
        )
        return table

    def equals(self, other: Any) -> bool:
        """Whether `other` is the same movement."""
        return isinstance(other, FittedChainMixture) and self.to_dict() == other.to_dict()


def _refitted(spec: ChainMixture, customers: Any) -> movement_calibration.Forecast:
    """Forecasts of a spec that is fitted anew to the careers it forecasts from."""

    def forecast(panel: CareerPanel, horizon: int) -> Array:
        return spec.fit_panel(panel, customers=customers).ahead(panel, horizon=horizon, customers=customers)

    return forecast
