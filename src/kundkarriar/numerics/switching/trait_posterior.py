"""The posterior of customers' traits and states: the share of each node, on and off, given the purchases so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.switching.gap_blocks import GapBlock, kernel_at
from kundkarriar.numerics.switching.likelihood import each_block, normalised
from kundkarriar.numerics.switching.traits import EXACT, Lattice, Nodes, Traits


@frozen(kw_only=True, eq=False)
class TraitPosterior:
    """The posterior of n rows over J nodes.

    Attributes:
        at: positions of the rows in the data, (n,).
        nodes: the nodes of the two rates.
        nu: the rate of coming back.
        share: probability of each node, (n, J).
        of_trailing: which trailing time each row has, (n,).
        p_on, p_off: probability of being on now, and off, by trailing time and node, (M, J).
    """

    at: Whole
    nodes: Nodes
    nu: float
    share: Array
    of_trailing: Whole
    p_on: Array
    p_off: Array

    @classmethod
    def of_block(cls, block: GapBlock, traits: Traits, lattice: Lattice) -> Iterator[TraitPosterior]:
        """The posteriors of a block's groups of rows."""
        nodes = block.nodes(traits, lattice)
        kernel, (_, trailing) = kernel_at(nodes, traits.nu, lattice), block.times(lattice)
        tables, either = block.tables(kernel, traits, nodes, lattice), kernel.on_or_off.log(trailing)
        states = {
            "p_on": np.exp(kernel.on.log(trailing) - either),
            "p_off": np.exp(kernel.log_off(trailing) - either),
        }
        for rows in block.rows:
            share, _, _ = normalised(rows.gathered(*tables))
            yield cls(at=rows.at, nodes=nodes, nu=traits.nu, share=share, of_trailing=rows.of_trailing, **states)

    @cached_property
    def on(self) -> Array:
        """Probability of each node and of being on now, (n, J)."""
        return np.asarray(self.share * self.p_on[self.of_trailing])

    @cached_property
    def off(self) -> Array:
        """Probability of each node and of being off now, (n, J)."""
        return np.asarray(self.share * self.p_off[self.of_trailing])

    @property
    def rate(self) -> Array:
        """Purchase rate while on at each node, (J,)."""
        return np.exp(self.nodes.log_rate)

    @property
    def leaving(self) -> Array:
        """Rate of going off at each node, (J,)."""
        return np.exp(self.nodes.log_leaving)

    def mean(self, on: Array, off: Array) -> Array:
        """The posterior mean of what is `on` at a node given on now, and `off` given off now; (J, q) each to (n, q)."""
        return np.asarray(self.on @ on + self.off @ off)

    def quantiles(self, log: Array, level: float) -> tuple[Array, Array]:
        """Central quantiles of a rate by its `log` at the nodes, (J,), of each row, (n,).

        The distribution function is linear between the edges of the nodes' cells.
        """
        values, at = np.unique(log, return_inverse=True)
        below = np.cumsum(self.share @ np.eye(len(values))[at], axis=1)
        edges = np.concatenate([[1.5 * values[0] - 0.5 * values[1]], 0.5 * (values[1:] + values[:-1])])
        edges = np.append(edges, 1.5 * values[-1] - 0.5 * values[-2])
        below = np.concatenate([np.zeros((len(below), 1)), below / below[:, -1:]], axis=1)
        found = []
        for q in (0.5 - level / 2, 0.5 + level / 2):
            first = np.clip((below < q).sum(axis=1), 1, below.shape[1] - 1)
            row = np.arange(len(below))
            low, high = below[row, first - 1], below[row, first]
            share = np.divide(q - low, high - low, out=np.full(len(low), 0.5), where=high > low)
            found.append(np.exp(edges[first - 1] + share * (edges[first] - edges[first - 1])))
        return found[0], found[1]


def posterior_means(
    blocks: tuple[GapBlock, ...],
    traits: Traits,
    of: Callable[[TraitPosterior], Array],
    *,
    n: int,
    lattice: Lattice = EXACT,
) -> Array:
    """What `of` computes of the posterior of each group of rows, (rows, q), brought back to the n rows, (n, q)."""

    def computed(block: GapBlock) -> list[tuple[Whole, Array]]:
        return [(own.at, of(own)) for own in TraitPosterior.of_block(block, traits, lattice)]

    parts = [part for block in each_block(computed, blocks) for part in block]
    values = np.empty((n, parts[0][1].shape[1] if parts else 0))
    for at, part in parts:
        values[at] = part
    return values
