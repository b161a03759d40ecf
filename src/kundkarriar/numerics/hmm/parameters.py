"""A Markov chain that is not seen, told by what customers buy: its parameters, and the coordinates of a search.

States are ordered by their mean purchases, which rise strictly (ln m_1, then the logarithms of the gaps between
ln m's): without the order any renaming of the states would do as well. Netzer, Lattin & Srinivasan (2008), Marketing
Science 27(2), section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from kundkarriar.numerics.hmm.emissions import log_counts, log_opening
from kundkarriar.numerics.hmm.ordered_logit import log_moves
from kundkarriar.numerics.optimize.ordered_parameters import coordinates_of, rising

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FIRST, GAP = 15.0, 3.5
"""A search stays within FIRST of 0 in logits and logarithms, and gaps below exp(GAP): further out nothing changes."""
LEAST_SIZE, MOST_SIZE = -6.0, 9.0
"""Logarithms of sizes: at the upper edge counts are Poisson for every purpose."""


def _floats(given: Any) -> Array:
    return np.asarray(given, dtype=np.float64)


@frozen(kw_only=True, eq=False)
class HiddenChain:
    """Parameters of S states and C contacts.

    Attributes:
        initial: the first state of customers whose beginning is known, and of the others, (2, S).
        mu: thresholds of the moves, rising along a row, (S, S - 1).
        rho: effects of one more of each contact, (S, C).
        m: mean purchases a month, rising, (S,).
        k: sizes of the negative binomial counts, (S,); infinite for Poisson.
    """

    initial: Array = field(converter=_floats)
    mu: Array = field(converter=_floats)
    rho: Array = field(converter=_floats)
    m: Array = field(converter=_floats)
    k: Array = field(converter=_floats)

    def __len__(self) -> int:
        return len(self.m)

    def P(self, a: Array) -> Array:  # noqa: N802 - the paper's letter
        """Transition probabilities under each set of contacts, (A, S, S)."""
        return np.exp(log_moves(mu=self.mu, rho=self.rho, a=a))


@frozen(kw_only=True, eq=False)
class Tables:
    """What a chain says of each thing that can be seen.

    Attributes:
        initial: (2, S).
        P: under each set of contacts, (A, S, S).
        log_f: of each count in each state, (S, U).
        log_first: of each count in the first month, (S, U).
    """

    initial: Array
    P: Array
    log_f: Array
    log_first: Array


def tables(chain: HiddenChain, *, y: Array, a: Array, opened: bool) -> Tables:
    """The probabilities of counts `y`, (U,), and of moves under contacts `a`, (A, C).

    Args:
        chain: the parameters.
        y: the different counts.
        a: the different sets of contacts.
        opened: whether customers became known by a purchase, so that their first month has one.
    """
    log_f = log_counts(y, m=chain.m, k=chain.k)
    log_first = log_opening(y, m=chain.m, k=chain.k) if opened else log_f
    return Tables(initial=chain.initial, P=chain.P(a), log_f=log_f, log_first=log_first)


@frozen(kw_only=True)
class HiddenCoordinates:
    """Where the parts of a chain lie in a vector without bounds.

    Attributes:
        states: S.
        contacts: C.
        poisson: whether counts are Poisson, and have no sizes.
    """

    states: int
    contacts: int
    poisson: bool

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parts and their shapes, in order."""
        S = self.states
        return {
            "initial": (2, S - 1),
            "mu": (S, S - 1),
            "rho": (S, self.contacts),
            "m": (S,),
            "k": (0 if self.poisson else S,),
        }

    def __len__(self) -> int:
        return sum(int(np.prod(shape)) for shape in self.shapes.values())

    def parts(self, theta: Array) -> dict[str, Array]:
        """The vector cut into its parts."""
        found, at = {}, 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            found[name] = theta[at : at + size].reshape(shape)
            at += size
        return found

    def chain(self, theta: Array) -> HiddenChain:
        """The parameters at a point."""
        part = self.parts(theta)
        logits = np.concatenate([np.zeros((2, 1)), part["initial"]], axis=1)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return HiddenChain(
            initial=shares / shares.sum(axis=1, keepdims=True),
            mu=rising(part["mu"]) if self.states > 1 else part["mu"],
            rho=part["rho"],
            m=np.exp(rising(part["m"])),
            k=np.full(self.states, np.inf) if self.poisson else np.exp(part["k"]),
        )

    def theta(self, chain: HiddenChain) -> Array:
        """The point that parameters lie at; what lies outside the edges is brought back."""
        logits = np.log(chain.initial)
        parts = [
            logits[:, 1:] - logits[:, :1],
            coordinates_of(chain.mu) if self.states > 1 else chain.mu,
            chain.rho,
            coordinates_of(np.log(chain.m)),
            np.log(chain.k[: 0 if self.poisson else None]),
        ]
        low, high = self.edges()
        return np.asarray(np.clip(np.concatenate([part.ravel() for part in parts]), low, high))

    def edges(self) -> tuple[Array, Array]:
        """Lowest and highest value of every coordinate, each (k,)."""
        low = {name: np.full(shape, -FIRST) for name, shape in self.shapes.items()}
        high = {name: np.full(shape, FIRST) for name, shape in self.shapes.items()}
        high["mu"][:, 1:] = GAP
        high["m"][1:] = GAP
        low["k"][:], high["k"][:] = LEAST_SIZE, MOST_SIZE
        both = [np.concatenate([edge.ravel() for edge in edges.values()]) for edges in (low, high)]
        return both[0], both[1]
