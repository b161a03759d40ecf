"""Draws of the latent state of customers who switch on and off: their rates, and whether they are on."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Whole
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
                below = np.cumsum(posterior.share, axis=1, out=posterior.share)
                node = (below[row] < uniform[0, own, s, None] * below[row, -1:]).sum(axis=1)
                on[own, s] = uniform[1, own, s] < posterior.p_on[posterior.of_trailing[row], node]
                rate[own, s], leaving[own, s] = posterior.rate[node], posterior.leaving[node]

    in_parallel(draw, range(len(traits)), work=uniform.size)
    return SwitchingState(on=on, rate=rate, leaving=leaving, returning=np.array([[each.nu for each in traits]]))
