"""A ladder whose rungs are not seen: states of the relationship, told by what customers buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from kundkarriar.errors import ConvergenceError, DataError
from kundkarriar.fields import positive
from kundkarriar.ladder.hidden.fitted_hidden_ladder import FittedHiddenLadder
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.numerics.hmm.em import HiddenFit, fit_hidden
from kundkarriar.numerics.hmm.model_choice import held_out_evidence
from kundkarriar.numerics.hmm.objective import HiddenSurface, in_units
from kundkarriar.numerics.hmm.parameters import HiddenCoordinates
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrs import Attribute
    from numpy.typing import NDArray

    from kundkarriar.numerics.hmm.forward_backward import Paths

    Array = NDArray[np.float64]

AUTO = "auto"
TRIED = (1, 2, 3, 4, 5, 6)
FEWEST = 2
FEWEST_JUDGED = 30
COUNTS = ("negative binomial", "poisson")
SETS = 200
"""Different sets of contacts that the usual move is an average over, at most."""


def _states(given: Any) -> int | str:
    return given if given == AUTO else int(given)


def _two_or_more(_: object, attribute: Attribute[Any], value: int | str) -> None:
    if value != AUTO and (isinstance(value, str) or value < FEWEST):
        raise ValueError(f"'{attribute.name}' must be \"auto\" or a whole number of at least {FEWEST}: {value!r}")


def _names(given: Any) -> tuple[str, ...] | None:
    return None if given is None else _columns(given)


def _columns(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(str(name) for name in given)


def _each_once(ladder: HiddenLadder, attribute: Attribute[Any], value: tuple[str, ...] | None) -> None:
    if value is None:
        return
    if len(set(value)) < len(value):
        raise ValueError(f"'{attribute.name}' must be different names: {value}")
    if attribute.name == "names" and len(value) != ladder.states:
        raise ValueError(f"'names' must name each of {ladder.states} states, from low to high: {value}")


def _known_counts(_: object, attribute: Attribute[Any], value: str) -> None:
    if value not in COUNTS:
        raise ValueError(f"'{attribute.name}' must be one of {COUNTS}: {value!r}")


@frozen(kw_only=True)
class HiddenLadder:
    """How to learn states of the relationship that no rule can see, from what customers buy.

    Each month a customer is in a state; the higher it is, the more they buy on average; from month to month they move.
    Where the contacts of a month are given, they push the move to the next month's state: Netzer, Lattin & Srinivasan
    (2008), Marketing Science 27(2). A hidden Markov model, fitted to all customers together.

    Contacts are as the firm chose them, not randomised: where those who were about to buy more were mailed more, the
    effect of the mail holds their intent too. It helps to forecast; for what a mail does, run an experiment.

    Attributes:
        states: how many, 2 or more, or "auto": as many as held-out customers ask for, 6 at most.
        names: of the states, from those who buy least; None: "state 1", "state 2", ...
        contacts: columns of the careers with numbers a month, as mails sent or visits paid.
        counts: "negative binomial", or "poisson" where customers in a state all buy alike.
        starts: of the search; the best is kept.
        seed: of the starts.

    >>> import kundkarriar as kk
    >>> careers = kk.CustomerLadder.groups().careers(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> movement = HiddenLadder(states=2, names=("dormant", "active"), starts=1).fit(careers)
    >>> movement.states()[["rung", "purchases", "share"]].round(2)
          rung  purchases  share
    0  dormant       0.02   0.83
    1   active       0.55   0.17
    """

    states: int | str = field(default=3, converter=_states, validator=_two_or_more)
    names: tuple[str, ...] | None = field(default=None, converter=_names, validator=_each_once)
    contacts: tuple[str, ...] = field(default=(), converter=_columns, validator=_each_once)
    counts: str = field(default="negative binomial", validator=_known_counts)
    starts: int = field(default=4, converter=int, validator=positive)
    seed: int = field(default=1, converter=int)

    def fit(self, careers: Any) -> FittedHiddenLadder:
        """Learn from careers which states there are, and how customers move.

        Args:
            careers: customer_id, period_start (the first of a month), purchases (a row for every month since entry,
                those without a purchase too), the contacts, and optionally complete, entry: as from
                `CustomerLadder.careers`, whose rungs are not read.

        Raises:
            DataError: as the panel of careers; nobody has two months, or nobody bought anything; a contact never
                varies.
            ConvergenceError: the search found no top.
        """
        return self.fit_panel(read_purchases(careers, contacts=self.contacts))

    def fit_panel(self, panel: PurchasePanel) -> FittedHiddenLadder:
        """The same, of a panel that is already read."""
        scale = self._checked(panel)
        opened = bool((panel.first > 0).all())
        paths, _ = panel.paths(opened=opened, scale=scale)
        generator = np.random.default_rng(as_seed(self.seed))
        states, judged = self._chosen(paths, generator)
        one, _ = self._searched(paths, 1, generator)
        fit, surface = self._searched(paths, states, generator)
        if not fit.converged:
            raise ConvergenceError.because(
                f"the search for {states} states ended where the surface is not flat.",
                hint="ask for fewer states, or give more starts: starts=10.",
            )
        found, _ = surface.expected(fit.theta)
        a, share = _usual(paths.a, found.steps.sum(axis=2), generator)
        return FittedHiddenLadder(
            spec=self,
            names=self.names or tuple(f"state {at + 1}" for at in range(states)),
            chain=in_units(surface.coordinates.chain(fit.theta), scale),
            covariance=fit.covariance,
            scale=scale,
            usual=a * scale,
            usual_share=share,
            opened=opened,
            steps=found.steps.sum(axis=0),
            visits=found.steps.sum(axis=(0, 2)) / max(float(found.steps.sum()), 1e-12),
            log_likelihoods=tuple(
                (count, self._parameters(paths, count), each.log_likelihood)
                for count, each in ((1, one), (states, fit))
            ),
            judged=judged,
            n_customers=len(panel),
            n_months=len(panel.y),
            until=panel.months.last,
        )

    def one_state(self, panel: PurchasePanel) -> tuple[float, float]:
        """Mean and size of counts of customers who are all alike, in a panel that is already read."""
        paths, _ = panel.paths(opened=bool((panel.first > 0).all()), scale=np.ones(len(self.contacts)))
        fit, surface = self._searched(paths, 1, np.random.default_rng(as_seed(self.seed)))
        chain = surface.coordinates.chain(fit.theta)
        return float(chain.m[0]), float(chain.k[0])

    def coordinates(self, states: int) -> HiddenCoordinates:
        """Of chains with so many states; with one there is nothing that contacts could move."""
        return HiddenCoordinates(
            states=states, contacts=len(self.contacts) if states > 1 else 0, poisson=self.counts == "poisson"
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        return {
            "schema": SCHEMA,
            "type": "HiddenLadder",
            "states": self.states,
            "names": None if self.names is None else list(self.names),
            "contacts": list(self.contacts),
            "counts": self.counts,
            "starts": self.starts,
            "seed": self.seed,
        }

    @classmethod
    @reading("HiddenLadder")
    def from_dict(cls, stored: Mapping[str, Any]) -> HiddenLadder:
        """The spec that `to_dict` stored."""
        names = ("states", "names", "contacts", "counts", "starts", "seed")
        return cls(**fields_of(stored, kind="HiddenLadder", names=names))

    def _checked(self, panel: PurchasePanel) -> Array:
        """The standard deviations of the contacts, (C,), of a panel that can be learnt from."""
        if not (panel.months.lengths >= 2).any():
            raise DataError.because(
                f"movement needs two months in a row, and none of the {len(panel):,} customers has them.",
                hint="careers over a longer time: ladder.careers(transactions, as_of=<a later day>).",
            )
        if not panel.y.any():
            raise DataError.because(
                f"none of the {len(panel):,} customers bought anything: `purchases` is 0 everywhere.",
                hint="states are told by purchases; count them by month.",
            )
        scale = np.asarray(panel.a.std(axis=0))
        if still := [name for name, spread in zip(self.contacts, scale, strict=True) if not spread > 0]:
            raise DataError.because(
                f"the contacts {still} are the same in every month, and tell nothing of what they do.",
                hint=f"leave them out: contacts={tuple(name for name in self.contacts if name not in still)}.",
            )
        return scale

    def _parameters(self, paths: Paths, states: int) -> int:
        """Coordinates that the data speak of: first states are counted for the beginnings that occur."""
        return len(self.coordinates(states)) - (states - 1) * (2 - len(np.unique(paths.known)))

    def _searched(self, paths: Paths, states: int, generator: np.random.Generator) -> tuple[HiddenFit, HiddenSurface]:
        surface = HiddenSurface(paths=paths, coordinates=self.coordinates(states))
        return fit_hidden(surface, starts=self.starts if states > 1 else 1, generator=generator), surface

    def _chosen(self, paths: Paths, generator: np.random.Generator) -> tuple[int, tuple[tuple[int, float], ...]]:
        """How many states, and what held-out customers said of each number."""
        if self.states != AUTO:
            return int(self.states), ()
        if paths.customers < FEWEST_JUDGED:
            raise DataError.because(
                f"the number of states is chosen on held-out customers, and {int(paths.customers)} are too few: "
                f"{FEWEST_JUDGED} are needed.",
                hint="give the number: states=2.",
            )
        evidence, chosen = held_out_evidence(
            paths,
            states=TRIED,
            contacts=len(self.contacts),
            poisson=self.counts == "poisson",
            generator=generator,
        )
        return max(chosen, FEWEST), tuple((count, float(each)) for count, each in zip(TRIED, evidence, strict=False))


def _usual(a: Array, months: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    """Sets of contacts, and which share of the months of each state came after each, (S, A).

    Args:
        a: the different sets, (A, C).
        months: (expected) months of each state that came after each set, (A, S).
        generator: the stream that picks among too many.
    """
    total = months.sum(axis=1)
    if len(a) > SETS:
        chosen = generator.choice(len(a), SETS, p=total / total.sum())
        a, months = a[chosen], months[chosen] / total[chosen, None]
    share = months.T + 1e-12
    return a, share / share.sum(axis=1, keepdims=True)
