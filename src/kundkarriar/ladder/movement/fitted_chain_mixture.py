"""A fitted mixture of chains: where customers go, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, evolve, field, frozen

from kundkarriar.frames import new_frame
from kundkarriar.ladder.career_panel import CareerPanel, State, read_careers
from kundkarriar.ladder.movement import calibration as movement_calibration
from kundkarriar.ladder.movement import markov_checks, rung_sizes, transition_table
from kundkarriar.ladder.movement.chain_covariates import MembershipColumns
from kundkarriar.ladder.movement.forecast_origin import months_ahead, origin_month
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.valued_movement import ValuedMovement
from kundkarriar.numerics.markov.em import Mixture, StepCounts, ahead, memberships, shrunken
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT

    Array = NDArray[np.float64]

FIELDS = (
    "spec",
    "columns",
    "calendar",
    "states",
    "members",
    "pooled",
    "steps",
    "visits",
    "mass",
    "judged",
    "n_customers",
    "until",
)


def _floats(given: Any) -> Array:
    return np.asarray(given, dtype=np.float64)


@frozen(kw_only=True, eq=False)
class FittedChainMixture(ValuedMovement):
    """Movement learnt: several mixtures of chains from different starts, whose forecasts are averaged.

    Attributes:
        spec: how it was learnt.
        columns: how columns of customers become numbers that tell of their chain; without columns none.
        calendar: log tilt of each calendar month towards each state, (12, S); 0 where two whole years were not seen.
        states: the rungs from low to high, or (rung, lapsed) where the careers have the flag.
        members: the mixtures.
        pooled: the chain of all customers together, the prior of every chain, (S, S).
        steps: how often each step was seen, (S, S).
        visits: for each member, which chains the customers seen in each state follow, (members, S, K).
        mass: steps of prior in each row of each chain.
        judged: (chains, mass, mean log evidence of a held-out career) of each choice; empty where both were given.
        n_customers: careers seen.
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

    spec: Any
    columns: MembershipColumns
    calendar: Array = field(converter=_floats)
    states: tuple[State, ...]
    members: tuple[Mixture, ...]
    pooled: Array = field(converter=_floats)
    steps: Array = field(converter=_floats)
    visits: tuple[Array, ...]
    mass: float
    judged: tuple[tuple[int, float, float], ...]
    n_customers: int
    until: int

    @property
    def chains(self) -> int:
        """How many chains each mixture has."""
        return len(self.members[0])

    @property
    def together(self) -> tuple[Array, Array]:
        """One chain of all customers, (1, S, S), and the weight of its rows as Dirichlets, (1, S)."""
        return shrunken(self.steps[None], mass=self.mass, pooled=self.pooled)

    def transitions(self, *, level: float = 0.9) -> pd.DataFrame:
        """Where customers go in a month from each rung, all together: the average over those who stood there.

        Returns:
            from, to (with from_lapsed and to_lapsed where careers have the flag), steps (seen), probability, low, high:
            central intervals of its Dirichlet posterior. Steps that cannot be have probability 0, and so has the way to
            a rung where nobody has stood. Of a way out that can be and was not seen, `high` is that of all such ways
            together, for each may be the one: .039 after 68 steps without it, .36 where no step was seen at all.
            Staying where all of n steps left is 1 / (n + 1): after 6 of them .14, from .008 to .40 with prior `mass` 3.
        """
        return transition_table.transitions(self, level=level)

    def by_chain(self) -> pd.DataFrame:
        """The chains of the first mixture: chain (1: the largest), share of customers, from, to, probability."""
        return transition_table.by_chain(self)

    def choices(self) -> pd.DataFrame:
        """What held-out customers said of each number of chains and prior mass: chains, mass, log_evidence, chosen."""
        return transition_table.choices(self)

    def memberships(self, careers: FrameT, *, origin: Any = None, customers: Any = None) -> FrameT:
        """Which chain of `by_chain` each customer follows, judged by their rows up to `origin`.

        Returns:
            customer_id and chain_1, chain_2, ...: probabilities that sum to 1.
        """
        seen = self.seen(careers, origin=origin)
        first = self.members[0]
        largest = np.argsort(-first.weights, kind="stable")
        belongs, _ = memberships(self.counts(seen, customers), first)
        columns = {f"chain_{at + 1}": belongs[:, k] for at, k in enumerate(largest)}
        return new_frame({"customer_id": seen.customers, **columns}, like=careers)

    def forecast(self, careers: FrameT, *, origin: Any = None, horizon: int = 6, customers: Any = None) -> FrameT:
        """Where each customer will stand in each of the next months.

        Rung and chain are judged by rows up to `origin` alone: later rows change nothing.

        Args:
            careers: customer_id, period_start, rung, ...: as those it was fitted to; customers may be new.
            origin: a date in the last month that is known; None: the last complete month of the careers.
            horizon: months ahead.
            customers: the columns that `covariates` names, where there are.

        Returns:
            A row for each customer, month ahead (1, 2, ...) and rung: customer_id, ahead, rung, lapsed (where careers
            have the flag), probability. Customers who came after the origin are not in it.

        Raises:
            DataError: as the panel of careers; a rung not known from the fit; an origin outside the careers.
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
        """How many of today's customers will stand on each rung in each of the next months.

        Returns:
            ahead, rung, lapsed (where careers have the flag), expected, low, high (central interval of the number
            itself: chains drawn from their posterior, then customers' steps), and actual, where the careers go so far.
        """
        months_ahead(horizon)
        panel = read_careers(careers, states=self.states)
        month = origin_month(panel, origin)
        found: FrameT = rung_sizes.sizes(
            self,
            panel,
            month=month,
            horizon=horizon,
            level=level,
            draws=draws,
            seed=as_seed(seed),
            customers=customers,
            like=careers,
        )
        return found

    def calibration(self, careers: FrameT, *, origin: Any, horizon: int = 6, customers: Any = None) -> FrameT:
        """Would it have been right? Learnt anew from rows up to `origin`, and held against the months after it.

        Returns:
            A row for each month ahead and rule ("mixture", "one chain", "no change"): ahead, rule, customers,
            log_loss, brier. "No change": everyone keeps their rung with the share that kept theirs so long before.

        Raises:
            DataError: as the panel; or nothing lies after the origin.
        """
        found: FrameT = movement_calibration.scores(
            self.spec, careers, origin=origin, horizon=horizon, customers=customers
        )
        return found

    def reliability(self, careers: FrameT, *, origin: Any, horizon: int = 6, customers: Any = None) -> FrameT:
        """Were the probabilities right? As `calibration`, rung by rung, in tenths of the forecast probability.

        Returns:
            rung, lapsed (where careers have the flag), customers (times months), forecast (mean probability), actual
            (share it came true for).
        """
        found: FrameT = movement_calibration.reliability(
            self.spec, careers, origin=origin, horizon=horizon, customers=customers
        )
        return found

    def order(self, careers: FrameT) -> FrameT:
        """Does the rung before the present one count too? Chains of order 1 and 2, all customers together.

        Where customers differ in how they move, order 2 wins even if each moves by a chain of order 1: what one did
        before tells who one is. That is what the mixture is for.

        Returns:
            order, mass (steps that the rows of order 1 count for as prior of those of order 2: few, where the rung
            before matters), log_evidence, and log_bayes_factor over order 1.
        """
        found: FrameT = markov_checks.order(read_careers(careers, states=self.states), like=careers)
        return found

    def duration(self, careers: FrameT, *, customers: Any = None) -> FrameT:
        """Do customers stay the likelier the longer they have stayed? What happened, and what chains expected.

        Returns:
            rung, lapsed (where careers have the flag), months_on_rung, customers (times months), stayed (share that
            did), one_chain and mixture (what each expected; the mixture knows the whole career).
        """
        found: FrameT = markov_checks.duration(
            self, read_careers(careers, states=self.states), customers=customers, like=careers
        )
        return found

    def ahead(self, seen: CareerPanel, *, horizon: int, customers: Any = None) -> Array:
        """Probabilities of each state 1, ..., `horizon` months after the panel's end, (n, horizon, S)."""
        counts, state = self.counts(seen, customers), seen.state_at(seen.last)
        pushed = self.pushed(seen.last, horizon=horizon)
        parts = [
            ahead(member, belongs=memberships(counts, member)[0], state=state, horizon=horizon, log_tilt=pushed)
            for member in self.members
        ]
        return np.asarray(np.mean(parts, axis=0))

    def counts(self, seen: CareerPanel, customers: Any) -> StepCounts:
        """Steps of a panel with the columns of its customers."""
        return evolve(seen.counts(), design=self.columns.design(seen.customers, customers))

    def pushed(self, month: int, *, horizon: int) -> Array | None:
        """Log tilt of the months after `month`, (horizon, S); None where no season was learnt."""
        if not self.calendar.any():
            return None
        return np.asarray(self.calendar[(month + 1 + np.arange(horizon)) % len(self.calendar)])

    def season(self) -> pd.DataFrame:
        """Months of the year that push customers: month (1 to 12), rung, lapsed (with the flag), factor.

        The factor is what the probability of a step to that rung is multiplied by before rows are scaled to 1 again;
        1 everywhere where two whole years were not seen.
        """
        return transition_table.season(self)

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        return {
            "schema": SCHEMA,
            "type": "FittedChainMixture",
            "spec": self.spec.to_dict(),
            "columns": asdict(self.columns),
            "calendar": self.calendar.tolist(),
            "states": [{"rung": state.rung, "lapsed": state.lapsed} for state in self.states],
            "members": [
                {name: values.tolist() for name, values in asdict(member, recurse=False).items()}
                for member in self.members
            ],
            "pooled": self.pooled.tolist(),
            "steps": self.steps.tolist(),
            "visits": [each.tolist() for each in self.visits],
            "mass": self.mass,
            "judged": [list(choice) for choice in self.judged],
            "n_customers": self.n_customers,
            "until": self.until,
        }

    @classmethod
    @reading("FittedChainMixture")
    def from_dict(cls, stored: Mapping[str, Any]) -> FittedChainMixture:
        """The fitted movement that `to_dict` stored."""
        from kundkarriar.ladder.movement.chain_mixture import ChainMixture  # noqa: PLC0415 - the spec makes the fitted

        given = fields_of(stored, kind="FittedChainMixture", names=FIELDS)
        return cls(
            spec=ChainMixture.from_dict(given["spec"]),
            columns=MembershipColumns(**given["columns"]),
            calendar=given["calendar"],
            states=tuple(State(**state) for state in given["states"]),
            members=tuple(Mixture(**member) for member in given["members"]),
            pooled=given["pooled"],
            steps=given["steps"],
            visits=tuple(np.array(each) for each in given["visits"]),
            mass=given["mass"],
            judged=tuple((int(k), float(m), float(e)) for k, m, e in given["judged"]),
            n_customers=given["n_customers"],
            until=given["until"],
        )

    def equals(self, other: Any) -> bool:
        """Whether `other` is the same movement."""
        return isinstance(other, FittedChainMixture) and self.to_dict() == other.to_dict()

    def seen(self, careers: Any, *, origin: Any) -> CareerPanel:
        """The careers up to the origin, of the customers who were there."""
        panel = read_careers(careers, states=self.states)
        return panel.until(origin_month(panel, origin))
