"""Log-likelihoods at thousands of parameter vectors at once, without derivatives.

The likelihood of a row at a node depends on the parameters through nu alone; the rest is the share of customers at the
node. So at one nu the likelihoods of all rows at many parameter vectors are a product of matrices, rows x nodes times
nodes x vectors. It is formed at a few Chebyshev points of ln nu, and the total log-likelihood, smooth in ln nu, is
interpolated between them. Vectors that lie far apart, for which one lattice would need too many nodes, are split up.
"""

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.switching.gap_blocks import GapBlock, in_type, kernel_at
from kundkarriar.numerics.switching.likelihood import each_block
from kundkarriar.numerics.switching.traits import Lattice, Nodes, Reach, Traits

BATCH = Lattice(fineness=1.2, width=4.5, widest=(0.65, 0.8), dtype=np.float32)
MOST_NODES = 3000
"""Of one lattice, for customers with up to two purchases."""
LONGEST = 3.0
"""Longest range of ln nu that is interpolated."""
DIGITS = 14.0
"""Error of the interpolation in ln, relative to how much the log-likelihood changes over the range."""
TOGETHER = 512
"""Parameter vectors of one product of matrices."""


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

    def nodes(self, block: GapBlock) -> Nodes:
        """A lattice for all, of the customers of a block."""
        (low1, high1), (low2, high2) = self.reach(BATCH.width)
        widest = Traits(
            m1=0.5 * (low1 + high1),
            s1=0.5 * (high1 - low1) / BATCH.width,
            m2=0.5 * (low2 + high2),
            s2=0.5 * (high2 - low2) / BATCH.width,
            nu=float(np.exp(np.median(self.log_nu))),
        )
        return block.nodes_spaced(self.tightest().spacing(block.most, BATCH), widest, BATCH)[0]

    def tightest(self) -> Traits:
        """Traits with the smallest spreads."""
        return Traits(m1=0.0, s1=float(self.s1.min()), m2=0.0, s2=float(self.s2.min()), nu=1.0)

    def shares(self, nodes: Nodes) -> Array:
        """Share of customers at each node, (J, S)."""
        parts = []
        logs = (nodes.log_rate, self.m1, self.s1), (nodes.log_leaving, self.m2, self.s2)
        for step, (low, high), (log, m, s) in zip(nodes.spacing, self.reach(BATCH.width), logs, strict=True):
            whole = np.arange(low, high + step, step)[:, None]
            mass = np.exp(-0.5 * ((whole - m) / s) ** 2).sum(axis=0)  # all shares of a lattice add up to 1
            values, at = np.unique(log, return_inverse=True)  # a lattice: its axes are short
            parts.append(in_type(np.exp(-0.5 * ((values[:, None] - m) / s) ** 2) / mass, BATCH)[at])
        return np.asarray(parts[0] * parts[1])


def loglik_batch(blocks: tuple[GapBlock, ...], draws: TraitDraws) -> Array:
    """Log-likelihood of all rows with their weights at each of S parameter vectors, (S,)."""
    answer, open_parts = np.empty(len(draws)), [np.arange(len(draws))]
    while open_parts:
        some = open_parts.pop()
        halves = _halves(draws.at(some)) if len(some) > 1 else None
        if halves is None and len(some) > TOGETHER:
            halves = np.arange(len(some)) < len(some) // 2
        if halves is None:
            answer[some] = _together(blocks, draws.at(some))
        else:
            open_parts += [some[halves], some[~halves]]
    return answer


def _halves(draws: TraitDraws) -> Mask | None:
    """Which of the vectors belong together, where one lattice and one interpolation do not suffice; else None."""
    (low1, high1), (low2, high2) = draws.reach(BATCH.width)
    first, second = draws.tightest().spacing(2, BATCH)
    spread = {
        "log_nu": np.ptp(draws.log_nu) / LONGEST,
        "m1": np.ptp(draws.m1) / draws.s1.min(),
        "s1": np.ptp(np.log(draws.s1)),
        "m2": np.ptp(draws.m2) / draws.s2.min(),
        "s2": np.ptp(np.log(draws.s2)),
    }
    if spread["log_nu"] <= 1.0:
        if (high1 - low1) / first * (high2 - low2) / second <= MOST_NODES:
            return None
        spread.pop("log_nu")
    widest = max(spread, key=lambda name: spread[name])
    values = getattr(draws, widest)
    halves = values < 0.5 * (values.min() + values.max())
    return halves if halves.any() and not halves.all() else None


def _together(blocks: tuple[GapBlock, ...], draws: TraitDraws) -> Array:
    low, high = float(draws.log_nu.min()), float(draws.log_nu.max())
    half = max(0.5 * (high - low), 1e-12)
    apart = np.pi / half  # nu < 0, at ln nu + pi i, is the nearest singularity: the ellipse of convergence
    count = 1 if high - low < 1e-10 else int(np.ceil(DIGITS / np.log(apart + np.hypot(apart, 1.0)))) + 1
    angles = (np.arange(count) + 0.5) * np.pi / count
    points = np.cos(angles)
    parts = each_block(lambda block: _at_points(block, draws, 0.5 * (low + high) + half * points), blocks)
    totals = np.sum(parts, axis=0)
    if count == 1:
        return np.asarray(totals[0])
    series = np.linalg.solve(np.polynomial.chebyshev.chebvander(points, count - 1), totals)
    at = (draws.log_nu - 0.5 * (low + high)) / half
    return np.asarray(np.einsum("sc,cs->s", np.polynomial.chebyshev.chebvander(at, count - 1), series))


def _at_points(block: GapBlock, draws: TraitDraws, log_nu: Array) -> Array:
    """Log-likelihood of a block at each vector, with each of several ln nu, (points, S)."""
    nodes, (gap, trailing) = draws.nodes(block), block.times(BATCH)
    shares, totals = draws.shares(nodes), np.zeros((len(log_nu), len(draws)))
    for point, at in enumerate(log_nu):
        kernel = kernel_at(nodes, float(np.exp(at)), BATCH)
        tables = kernel.on.log(gap) + in_type(nodes.log_rate, BATCH), kernel.on_or_off.log(trailing)
        for rows in block.rows:
            joint = rows.gathered(*tables)
            largest = joint.max(axis=1, keepdims=True)
            joint -= largest
            likelihood = np.exp(joint, out=joint) @ shares
            with np.errstate(divide="ignore"):
                totals[point] += rows.weights @ (np.log(likelihood.astype(np.float64)) + largest)
    return totals
