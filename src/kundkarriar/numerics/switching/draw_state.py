"""Draws of the latent state of customers who switch on and off: their rates, and whether they are on."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.switching.gap_blocks import GapBlock
from kundkarriar.numerics.switching.parallel import in_parallel
from kundkarriar.numerics.switching.simulate import SwitchingState
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior
from kundkarriar.numerics.switching.traits import DRAWN, Traits


def draw_state(
    generator: Generator, blocks: tuple[GapBlock, ...], traits: Sequence[Traits], *, member: Whole
) -> SwitchingState:
    """The state of each of n customers under each of S parameter vectors, (n, S).

    Rates are drawn from the nodes of the posterior, which have its means and variances. `member` is the row of each
    customer, (n,).
    """
    shape = (len(member), len(traits))
    uniform = generator.random((2, *shape))
    on, rate, leaving = np.empty(shape, dtype=np.bool_), np.empty(shape), np.empty(shape)
    order = np.argsort(member, kind="stable")
    starts = np.searchsorted(member[order], np.arange(member.max() + 2))

    def draw(s: int) -> None:
        for block in blocks:
            for posterior in TraitPosterior.of_block(block, traits[s], DRAWN):
                size = starts[posterior.at + 1] - starts[posterior.at]
                row = np.repeat(np.arange(len(size)), size)
                own = order[np.repeat(starts[posterior.at] - np.cumsum(size) + size, size) + np.arange(len(row))]
                node = drawn_nodes(posterior.share, row=row, uniform=uniform[0, own, s])
                on[own, s] = uniform[1, own, s] < posterior.p_on[posterior.of_trailing[row], node]
                rate[own, s], leaving[own, s] = posterior.rate[node], posterior.leaving[node]

    in_parallel(draw, range(len(traits)), work=uniform.size)
    return SwitchingState(on=on, rate=rate, leaving=leaving, returning=np.array([[each.nu for each in traits]]))


def drawn_nodes(share: Array, *, row: Whole, uniform: Array) -> Whole:
    """A node for each of m customers, (m,), from the shares of J nodes in their `row`, (n, J), by `uniform` numbers.

    First a run of neighbouring nodes is drawn and then one of the run: cumulative sums of all nodes would cost more
    than all else.

    >>> drawn_nodes(np.array([[0.5, 0.0, 0.25, 0.25]]), row=np.zeros(3, dtype=int), uniform=np.array([0.1, 0.6, 0.9]))
    array([0, 2, 3])
    """
    n, nodes = share.shape
    length = max(int(np.sqrt(nodes)), 1)
    runs = -(-nodes // length)
    padded = np.zeros((n, runs * length), dtype=share.dtype)
    padded[:, :nodes] = share
    by_run = np.cumsum(padded.reshape(n, runs, length) @ np.ones(length, dtype=share.dtype), axis=1)
    level = uniform * by_run[row, -1]
    run = (by_run[row] <= level[:, None]).sum(axis=1).clip(max=runs - 1)
    before = np.where(run > 0, by_run[row, run - 1], 0.0)
    within = np.cumsum(padded.reshape(n, runs, length)[row, run], axis=1)
    place = (within <= (level - before)[:, None]).sum(axis=1)
    # by rounding the level may lie beyond the sum of its run: then its last node with a share
    last = (within < within[:, -1:]).sum(axis=1)
    return np.asarray(run * length + np.minimum(place, last), dtype=np.int64)
