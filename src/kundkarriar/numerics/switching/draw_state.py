"""Draws of the latent state of customers who switch on and off: their rates, and whether they are on.

A row's likelihood at a node depends on the parameters through nu alone, and is interpolated between a few nu;
the share of customers at a node is a product of one factor for each of its rates. So the posterior of many rows under
many parameter vectors is a product of matrices. The purchase rate is drawn from it first, then the rate of going off
given the purchase rate.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.switching.gap_blocks import GapBlock, GapRows, in_type, kernel_at
from kundkarriar.numerics.switching.kernel import p_on_after
from kundkarriar.numerics.switching.parallel import in_parallel
from kundkarriar.numerics.switching.simulate import SwitchingState
from kundkarriar.numerics.switching.trait_draws import NuScale, TraitDraws, interpolation
from kundkarriar.numerics.switching.traits import DRAWN

LONGEST = 1.0
"""Longest range on the scale of nu that is interpolated."""
MOST_NODES = 700
"""Of one lattice, for customers with up to two purchases."""
TOGETHER = 100
"""Parameter vectors of one product of matrices."""
ERROR = 3e-3
"""Largest relative error of a likelihood interpolated in nu, where half of a row's purchases came after a return."""
CELLS = 8192
"""Customers times parameter vectors whose nodes are drawn at once: their shares fit a cache."""


def draw_state(
    generator: Generator, blocks: tuple[GapBlock, ...], draws: TraitDraws, *, member: Whole
) -> SwitchingState:
    """The state of each of n customers under each of S parameter vectors, (n, S).

    Rates are drawn from the nodes of the posterior, which have its means and variances. `member` is the row of each
    customer, (n,).
    """
    shape = (len(member), len(draws))
    uniform = generator.random((3, *shape))
    on, rate, leaving = np.empty(shape, dtype=np.bool_), np.empty(shape), np.empty(shape)
    order = np.argsort(member, kind="stable")
    starts = np.searchsorted(member[order], np.arange(member.max() + 2))
    scale = NuScale.of_blocks(blocks)
    groups = [*draws.together(DRAWN, scale=scale, longest=LONGEST, most_nodes=MOST_NODES, most=TOGETHER)]

    def draw(part: tuple[GapBlock, Whole]) -> None:
        block, some = part
        posterior = _BlockPosterior.of(block, draws.at(some), scale)
        for rows in block.rows:
            size = starts[rows.at + 1] - starts[rows.at]
            row = np.repeat(np.arange(len(size)), size)
            own = order[np.repeat(starts[rows.at] - np.cumsum(size) + size, size) + np.arange(len(row))]
            cell = np.ix_(own, some)
            first, second, still = uniform[:, own[:, None], some]
            rate[cell], leaving[cell] = posterior.drawn(rows, row, first, second)
            silent = block.trailing[rows.of_trailing[row]][:, None]
            on[cell] = still < p_on_after(
                silent, rate=rate[cell], leaving=leaving[cell], returning=np.exp(draws.log_nu[some])
            )

    in_parallel(draw, [(block, some) for some in groups for block in blocks], work=on.size)
    return SwitchingState(on=on, rate=rate, leaving=leaving, returning=np.exp(draws.log_nu)[None, :])


@frozen(kw_only=True, eq=False)
class _BlockPosterior:
    """The posterior of a block's rows under S parameter vectors, on a lattice of R by C rates.

    Attributes:
        rate, leaving: purchase rates and rates of going off, (R,) and (C,).
        tables: logs of what a gap and a trailing time multiply, with the share of customers at the node under traits
            that are wider than those of all vectors, at K points of nu one after the other, (G, K R C), (M, K R C).
        of_rate: what the share at a purchase rate is multiplied by under each vector, (R, S).
        of_leaving: the same of the rate of going off, times the weight of the point of nu, (K C, S).
    """

    rate: Array
    leaving: Array
    tables: tuple[Array, Array]
    of_rate: Array
    of_leaving: Array

    @classmethod
    def of(cls, block: GapBlock, draws: TraitDraws, scale: NuScale) -> _BlockPosterior:
        nodes, widest, at = draws.nodes(block, DRAWN), draws.widest(DRAWN), scale.of(draws.log_nu)
        points, weights = interpolation(at, count=_points(block, at))
        log_rate, log_leaving = (np.tile(log, len(points)) for log in (nodes.log_rate, nodes.log_leaving))
        everywhere = evolve(nodes, log_rate=log_rate, log_leaving=log_leaving)
        kernel = kernel_at(everywhere, np.repeat(scale.nu(points), len(nodes)), DRAWN)
        factors = []
        for log, m, s, wide_m, wide_s in (
            (nodes.log_rate, draws.m1, draws.s1, widest.m1, widest.s1),
            (nodes.log_leaving, draws.m2, draws.s2, widest.m2, widest.s2),
        ):
            values = np.unique(log)[:, None]
            apart = 0.5 * (((values - wide_m) / wide_s) ** 2 - ((values - m) / s) ** 2)
            factors.append((values[:, 0], np.exp(apart - apart.max(axis=0))))
        (rates, of_rate), (leavings, of_leaving) = factors
        joint = weights[:, None, :] * of_leaving
        return cls(
            rate=np.exp(rates),
            leaving=np.exp(leavings),
            tables=block.tables(kernel, widest, everywhere, DRAWN),
            of_rate=in_type(of_rate, DRAWN),
            of_leaving=in_type(joint.reshape(-1, len(draws)), DRAWN),
        )

    def drawn(self, rows: GapRows, row: Whole, first: Array, second: Array) -> tuple[Array, Array]:
        """Purchase rates and rates of going off of m customers, each of its `row`, under S vectors, (m, S) each.

        `first` and `second` are uniform numbers, (m, S).
        """
        (R, S), C = self.of_rate.shape, len(self.leaving)
        likelihood, of_vector = self._likelihood(rows), np.ascontiguousarray(self.of_leaving.T)
        by_rate = np.maximum((likelihood.reshape(-1, likelihood.shape[-1]) @ self.of_leaving).reshape(R, -1, S), 0.0)
        by_rate *= self.of_rate[:, None]
        by_rate = np.cumsum(by_rate, axis=0)
        summing = np.tile(np.tril(np.ones((C, C), dtype=DRAWN.dtype)), self.of_leaving.shape[0] // C)
        rate, leaving = np.empty((len(row), S)), np.empty((len(row), S))
        step = max(CELLS // S, 1)
        for begin in range(0, len(row), step):
            some = slice(begin, begin + step)
            at = row[some]
            place = drawn_places(by_rate[:, at], first[some])
            within = likelihood[place, at[:, None]]
            within *= of_vector
            summed = (summing @ within.reshape(-1, summing.shape[1]).T).reshape(C, *place.shape)
            rate[some], leaving[some] = self.rate[place], self.leaving[drawn_places(summed, second[some])]
        return rate, leaving

    def _likelihood(self, rows: GapRows) -> Array:
        """The likelihood of n rows at each purchase rate, point of nu and rate of going off, (R, n, K C).

        Relative to the largest of the row, and with the share of customers at the node.
        """
        (n, R), C = (len(rows), len(self.rate)), len(self.leaving)
        logs = rows.gathered(*self.tables)
        logs -= logs.max(axis=1, keepdims=True)
        np.exp(logs, out=logs)
        return logs.reshape(n, -1, R, C).transpose(2, 0, 1, 3).reshape(R, n, -1)


def drawn_places(summed: Array, uniform: Array) -> Whole:
    """A place for each `uniform` number, (...), by the cumulative shares of P places, (P, ...), of any total.

    >>> drawn_places(np.array([1.0, 1.0, 2.0, 2.0])[:, None], np.array([0.6])).tolist()
    [2]
    """
    total = summed[-1]
    place = (summed <= (uniform * total).astype(summed.dtype)).sum(axis=0, dtype=np.int16)
    # by rounding a number may reach the total: then the last place with a share
    over = place >= len(summed)
    place[over] = (summed[:, over] < total[over]).sum(axis=0)
    return np.asarray(place, dtype=np.int64)


def _points(block: GapBlock, at: Array) -> int:
    """The number of points of the scale of nu at which likelihoods of a block are interpolated, between those `at`.

    A purchase after a return multiplies the likelihood by nu. Of nu to the power of m, the error of K Chebyshev points
    of a range of 2 h is about 2 (m h / 2)^K / K!.
    """
    reach = 0.25 * (1.0 + 0.5 * block.most) * float(np.ptp(at))
    enough = (count for count in range(1, len(at)) if 2.0 * reach**count / math.factorial(count) <= ERROR)
    return next(enough, len(at))
