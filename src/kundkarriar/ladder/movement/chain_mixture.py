"""Movement on the ladder by a mixture of Markov chains: customers differ in how they move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, fields_dict, frozen
from attrs.validators import optional

from kundkarriar.errors import DataError
from kundkarriar.fields import positive
from kundkarriar.ladder.career_panel import CareerPanel, read_careers
from kundkarriar.ladder.movement.chain_covariates import MembershipColumns
from kundkarriar.ladder.movement.fitted_chain_mixture import FittedChainMixture
from kundkarriar.numerics.markov.em import StepCounts, fit_mixture, memberships, polish
from kundkarriar.numerics.markov.model_choice import held_out_evidence
from kundkarriar.numerics.markov.seasonal_tilt import MONTHS, tilt
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrs import Attribute

    from kundkarriar.numerics.markov.em import Mixture

AUTO = "auto"
CHAINS = (1, 2, 3, 4, 5, 6, 8)
MASSES = (3.0, 10.0, 30.0)
LEARNT = 30_000
"""Different careers that chains are searched on, at most; the chains found are then polished on all."""
SEARCH, POLISH = 300, 20
TWO_YEARS = 24
"""Steps that show each calendar month twice."""


def _at_least_one(_: object, attribute: Attribute[Any], value: Any) -> None:
    if value != AUTO and not (_is_whole(value) and value >= 1):
        raise ValueError(f"'{attribute.name}' must be \"auto\" or a whole number of at least 1: {value!r}")


def _whole(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not (_is_whole(value) and value >= (attribute.name == "starts")):
        raise ValueError(
            f"'{attribute.name}' must be a whole number of at least {int(attribute.name == 'starts')}: {value!r}"
        )


def _once_each(_: object, attribute: Attribute[Any], value: tuple[str, ...] | None) -> None:
    if value is not None and (twice := sorted({name for name in value if value.count(name) > 1})):
        raise ValueError(f"'{attribute.name}' names each rung once, from low to high; twice: {twice}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _columns(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _names(given: Any) -> tuple[str, ...] | None:
    if isinstance(given, str):
        raise ValueError(f"'rungs' names the rungs one by one, from low to high, got text: {given!r}")  # noqa: TRY004
    return None if given is None else tuple(str(name) for name in given)


@frozen(kw_only=True)
class ChainMixture:
    """How to learn movement from careers: customers follow one of several Markov chains, which one is not seen.

    One chain for all forecasts the sizes of the rungs well and single customers badly: it lets the best fall and the
    lapsed come back too soon. With several, what a customer did so far says which chain is theirs.

    Attributes:
        chains: how many, or "auto": as many as held-out customers ask for.
        mass: how many steps of the pooled chain each rung of each chain is given as prior; None: as held-out
            customers ask for.
        starts: random starts whose forecasts are averaged.
        rungs: the rungs from low to high. One where nobody has stood yet keeps its place; nobody is foreseen to get
            there, and whoever stood there would be expected to stay. None: those that occur, as careers order them
            (`rung_number`), else by first appearance.
        covariates: columns of `customers` that tell which chain a customer follows (numbers, text, truth values).
        seed: of the starts.

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
    mass: float | None = field(default=None, validator=optional(positive))
    starts: int = field(default=8, validator=_whole)
    rungs: tuple[str, ...] | None = field(default=None, converter=_names, validator=_once_each)
    covariates: tuple[str, ...] = field(default=(), converter=_columns)
    seed: int = field(default=1, validator=_whole)

    def fit(self, careers: Any, *, customers: Any = None) -> FittedChainMixture:
        """Learn from careers how customers move.

        Args:
            careers: as from `CustomerLadder.careers`, or any frame with customer_id, period_start (the first of a
                month), rung, and optionally lapsed, complete, entry. Months that are not complete are left out.
            customers: customer_id and the columns that `covariates` names.

        Raises:
            DataError: as the panel of careers; or nobody has two months.
        """
        return self.fit_panel(read_careers(careers, rungs=self.rungs), customers=customers)

    def fit_panel(self, panel: CareerPanel, *, customers: Any = None) -> FittedChainMixture:
        """The same, of a panel that is already read."""
        if not (panel.lengths >= 2).any():
            raise DataError.because(
                f"movement needs two months in a row, and none of the {len(panel):,} customers has them.",
                hint="careers over a longer time: ladder.careers(transactions, as_of=<a later day>).",
            )
        generator = np.random.default_rng(as_seed(self.seed))
        columns = MembershipColumns.learnt(self.covariates, panel.customers, customers)
        every = evolve(panel.counts(), design=columns.design(panel.customers, customers))
        chains, mass, judged = self._chosen(every, generator)
        distinct, _ = every.distinct()
        pooled = distinct.pooled_chain()
        learnt = _some(distinct, generator)
        members = []
        for _ in range(self.starts if chains > 1 else 1):
            found = fit_mixture(learnt, chains=chains, mass=mass, pooled=pooled, generator=generator, rounds=SEARCH)
            members.append(self._on_all(found, learnt, distinct, mass=mass, pooled=pooled))
        return FittedChainMixture(
            columns=columns,
            calendar=_calendar(panel, every, members[0]),
            spec=self,
            states=panel.states,
            members=tuple(members),
            pooled=pooled,
            steps=distinct.pooled(),
            visits=tuple(_visits(distinct, member) for member in members),
            mass=mass,
            judged=judged,
            n_customers=len(panel),
            until=panel.last,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        return {
            "schema": SCHEMA,
            "type": "ChainMixture",
            "chains": self.chains,
            "mass": self.mass,
            "starts": self.starts,
            "rungs": None if self.rungs is None else list(self.rungs),
            "covariates": list(self.covariates),
            "seed": self.seed,
        }

    @classmethod
    @reading("ChainMixture")
    def from_dict(cls, stored: Mapping[str, Any]) -> ChainMixture:
        """The spec that `to_dict` stored."""
        return cls(**fields_of(stored, kind="ChainMixture", names=fields_dict(cls)))

    def _chosen(
        self, counts: StepCounts, generator: np.random.Generator
    ) -> tuple[int, float, tuple[tuple[int, float, float], ...]]:
        """Chains and mass, and what held-out customers said of each choice."""
        chains = CHAINS if self.chains == AUTO else (int(self.chains),)
        masses = MASSES if self.mass is None else (float(self.mass),)
        choices = [(k, m) for k in chains for m in masses]
        if len(choices) == 1:
            return (*choices[0], ())
        evidence = held_out_evidence(counts, choices=choices, generator=generator)
        best = choices[int(np.argmax(evidence))]
        return (*best, tuple((k, m, float(e)) for (k, m), e in zip(choices, evidence, strict=True)))

    def _on_all(self, found: Mixture, learnt: StepCounts, distinct: StepCounts, *, mass: float, pooled: Any) -> Mixture:
        if len(learnt) == len(distinct):
            return found
        return polish(distinct, found, mass=mass, pooled=pooled, rounds=POLISH)


def _visits(counts: StepCounts, mixture: Mixture) -> Any:
    """Which chains the customers seen in each state follow, (S, K); where nobody was seen, those of all."""
    belongs, _ = memberships(counts, mixture)
    left = counts.steps.reshape(len(counts), counts.states, -1).sum(axis=2)
    weighed = (counts.weights[:, None] * left).T @ belongs + 1e-9 * mixture.weights
    return weighed / weighed.sum(axis=1, keepdims=True)


def _calendar(panel: CareerPanel, counts: StepCounts, mixture: Mixture) -> Any:
    """Log tilt of each calendar month towards each state, (12, S): nothing where two whole years are not seen."""
    S = len(panel.states)
    if panel.last - int(panel.entry.min()) < TWO_YEARS:
        return np.zeros((MONTHS, S))
    now, then = panel.steps()
    belongs, _ = memberships(counts, mixture)
    owner, here = panel.owner[now], panel.code[now]
    expected = np.zeros((len(now), S))
    for k in range(len(mixture)):
        expected += belongs[owner, k, None] * mixture.P[k][here]
    return tilt(expected, then=panel.code[then], month=panel.month[then] % MONTHS)


def _some(counts: StepCounts, generator: np.random.Generator) -> StepCounts:
    """At most `LEARNT` different careers, drawn evenly, their weights kept."""
    if len(counts) <= LEARNT:
        return counts
    return counts.at(np.sort(generator.permutation(len(counts))[:LEARNT]))
