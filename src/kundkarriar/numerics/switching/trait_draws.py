"""`TraitDraws`: many parameter vectors of customers who switch on and off, on lattices and points of nu for all."""

from collections.abc import Iterator

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.switching.gap_blocks import GapBlock
from kundkarriar.numerics.switching.traits import Lattice, Nodes, Reach, Traits

OF_FEW = 2
"""Customers with up to so many purchases are most of all: the size of a lattice is theirs."""


@frozen(kw_only=True)
class NuScale:
    """The scale ln(1 + nu time), on which likelihoods of that time are smooth in nu, however small it is.

    Large nu are on a scale of logs. Of small ones a likelihood is nearly linear: where customers never come back, the
    draws of ln nu lie tens apart, and on this scale all at 0.
    """

    time: float

    @classmethod
    def of_blocks(cls, blocks: tuple[GapBlock, ...]) -> "NuScale":
        """The scale of the longest time without a purchase."""
        return cls(time=max(float(block.trailing.max()) for block in blocks) or 1.0)

    def of(self, log_nu: Array) -> Array:
        """The places of ln nu."""
        return np.asarray(np.log1p(np.exp(log_nu) * self.time))

    def nu(self, at: Array) -> Array:
        """The nu of places above 0."""
        return np.asarray(np.expm1(at) / self.time)


@frozen(kw_only=True, eq=False)
class TraitDraws:
    """Parameter vectors, (S,) each: as `Traits`, with ln nu."""

    m1: Array
    s1: Array
    m2: Array
    s2: Array
    log_nu: Array

    def at(self, some: Whole) -> "TraitDraws":
        """Some of the vectors."""
        return TraitDraws(
            m1=self.m1[some], s1=self.s1[some], m2=self.m2[some], s2=self.s2[some], log_nu=self.log_nu[some]
        )

    def __len__(self) -> int:
        return len(self.m1)

    def reach(self, width: float) -> Reach:
        """The range of nodes in either log that suffices for all."""
        one, other = (
            (float((m - width * s).min()), float((m + width * s).max()))
            for m, s in ((self.m1, self.s1), (self.m2, self.s2))
        )
        return one, other

    def widest(self, lattice: Lattice) -> Traits:
        """Traits whose nodes suffice for all."""
        (low1, high1), (low2, high2) = self.reach(lattice.width)
        return Traits(
            m1=0.5 * (low1 + high1),
            s1=0.5 * (high1 - low1) / lattice.width,
            m2=0.5 * (low2 + high2),
            s2=0.5 * (high2 - low2) / lattice.width,
            nu=float(np.exp(np.median(self.log_nu))),
        )

    def tightest(self) -> Traits:
        """Traits with the smallest spreads."""
        return Traits(m1=0.0, s1=float(self.s1.min()), m2=0.0, s2=float(self.s2.min()), nu=1.0)

    def nodes(self, block: GapBlock, lattice: Lattice) -> Nodes:
        """A lattice for all, of the customers of a block."""
        return block.nodes_spaced(self.tightest().spacing(block.most, lattice), self.widest(lattice), lattice)[0]

    def together(
        self, lattice: Lattice, *, scale: NuScale, longest: float, most_nodes: float, most: int
    ) -> Iterator[Whole]:
        """Groups of the vectors that share a lattice of at most `most_nodes` nodes, as of a customer of few purchases.

        On the `scale` their nu lie within `longest` of each other; a group has at most `most` vectors.
        """
        open_parts = [np.arange(len(self))]
        while open_parts:
            some = open_parts.pop()
            halves = _halves(self.at(some), lattice, scale, longest, most_nodes) if len(some) > 1 else None
            if halves is None and len(some) > most:
                halves = np.arange(len(some)) < len(some) // 2
            if halves is None:
                yield some
            else:
                open_parts += [some[halves], some[~halves]]


def interpolation(at: Array, *, count: int) -> tuple[Array, Array]:
    """Chebyshev points of the range of numbers `at`, (S,), (K,), and the weight of each in the value at each, (K, S).

    Of as many points as numbers, the points are the numbers themselves.

    >>> points, weights = interpolation(np.array([0.0, 0.1, 0.3, 1.0]), count=3)
    >>> bool(np.allclose(points**2 @ weights, [0.0, 0.01, 0.09, 1.0]))
    True
    """
    if count >= len(at):
        return at, np.eye(len(at))
    middle, half = 0.5 * (at.min() + at.max()), max(0.5 * float(np.ptp(at)), 1e-12)
    points = np.cos((np.arange(count) + 0.5) * np.pi / count)
    series = np.polynomial.chebyshev.chebvander((at - middle) / half, count - 1)
    weights = np.linalg.solve(np.polynomial.chebyshev.chebvander(points, count - 1).T, series.T)
    return np.asarray(middle + half * points), np.asarray(weights)


def _halves(draws: TraitDraws, lattice: Lattice, scale: NuScale, longest: float, most_nodes: float) -> Mask | None:
    """Which of the vectors belong together, where one lattice and one interpolation do not suffice; else None."""
    (low1, high1), (low2, high2) = draws.reach(lattice.width)
    first, second = draws.tightest().spacing(OF_FEW, lattice)
    spread = {
        "nu": float(np.ptp(scale.of(draws.log_nu))) / longest,
        "m1": np.ptp(draws.m1) / draws.s1.min(),
        "s1": np.ptp(np.log(draws.s1)),
        "m2": np.ptp(draws.m2) / draws.s2.min(),
        "s2": np.ptp(np.log(draws.s2)),
    }
    if spread["nu"] <= 1.0:
        if (high1 - low1) / first * (high2 - low2) / second <= most_nodes:
            return None
        spread.pop("nu")
    widest = max(spread, key=lambda name: spread[name])
    values = scale.of(draws.log_nu) if widest == "nu" else getattr(draws, widest)
    halves = values < 0.5 * (values.min() + values.max())
    return halves if halves.any() and not halves.all() else None
