"""Blocks of customers with similar numbers of purchases: gaps and trailing times without a purchase, tabulated.

The likelihood of a row, given rates, is a product over its gaps and its trailing time. Both take few distinct values,
so that a block's log-likelihoods at many nodes are one sparse matrix (rows x distinct gaps) times a table of the
kernel's logs, plus a row of another table.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.switching.kernel import SwitchingKernel
from kundkarriar.numerics.switching.traits import Lattice, Nodes, Reach, Traits

MOST_ROWS = 6144
"""Rows of a block: its matrices of rows x nodes stay within some megabytes."""
MANY_NODES = 700
"""Beyond, the nodes that matter are first looked for on a coarser lattice."""
COARSE = 3.0
"""Spacing of the coarser lattice, in spacings."""
NEGLIGIBLE = -28.0
"""Log of the share of a row's likelihood below which nodes are left out."""
SAME = 2.0**-40
"""Times that differ by less than this share of the longest are one."""


@frozen(kw_only=True, eq=False)
class GapBlock:
    """Some rows: for each the gaps between its purchases and the time since the last one.

    Attributes:
        at: positions of the rows in the data, (n,).
        x: number of gaps of each row, (n,).
        weights: number of customers of each row, (n,).
        counts: how often each row has each of the distinct gaps, sparse, (n, G).
        gap: the distinct gaps, (G,).
        trailing: the distinct times since the last purchase, (M,).
        of_trailing: which of them each row has, (n,).
        log_pace: the largest log of purchases over the time until the last one; -inf without purchases.
    """

    at: Whole
    x: Array
    weights: Array
    counts: Any
    gap: Array
    trailing: Array
    of_trailing: Whole
    log_pace: float

    def __len__(self) -> int:
        return len(self.at)

    def nodes(self, traits: Traits, lattice: Lattice) -> Nodes:
        """Nodes for these rows: a lattice over all traits, or over the part of them that these rows can have."""
        spacing = traits.spacing(float(self.x.max()), lattice)
        whole = self.reach(traits.reach(lattice), spacing, lattice)
        middle = (traits.m1, traits.m2)
        nodes = Nodes.within(whole, spacing, around=middle)
        if len(nodes) <= MANY_NODES:
            return nodes
        coarse = Nodes.within(whole, (COARSE * spacing[0], COARSE * spacing[1]), around=middle)
        joint = self.log_joint(traits, coarse, lattice)
        near = (joint > joint.max(axis=1, keepdims=True) + NEGLIGIBLE).any(axis=0)
        reach = tuple(
            (max(float(log[near].min()) - COARSE * step, low), min(float(log[near].max()) + COARSE * step, high))
            for log, step, (low, high) in zip((coarse.log_rate, coarse.log_leaving), spacing, whole, strict=True)
        )
        return Nodes.within((reach[0], reach[1]), spacing, around=middle)

    def reach(self, traits: Reach, spacing: tuple[float, float], lattice: Lattice) -> Reach:
        """The reach of the traits, as far as it must be extended for a customer who buys more often than all others."""
        (low, high), leaving = traits
        return (low, max(high, self.log_pace + lattice.width * spacing[0])), leaving

    def log_joint(self, traits: Traits, nodes: Nodes, lattice: Lattice) -> Array:
        """Log of likelihood x share of customers at each node, (n, J)."""
        kernel, (gap, trailing) = kernel_at(nodes, traits.nu, lattice), self.times(lattice)
        of_trailing = kernel.on_or_off.log(trailing) + in_type(traits.log_weights(nodes), lattice)
        return self.gathered(kernel.on.log(gap) + in_type(nodes.log_rate, lattice), of_trailing)

    def times(self, lattice: Lattice) -> tuple[Array, Array]:
        """The distinct gaps and trailing times as columns, in the precision of a lattice."""
        return in_type(self.gap, lattice)[:, None], in_type(self.trailing, lattice)[:, None]

    @cached_property
    def single(self) -> Any:
        """`counts` in single precision."""
        return self.counts.astype(np.float32)

    def gathered(self, of_gap: Array, of_trailing: Array) -> Array:
        """The sum over each row's gaps of a table (G, J), plus its row of another (M, J): (n, J)."""
        rows = of_trailing[self.of_trailing]
        if not len(self.gap):
            return rows
        rows += (self.single if of_gap.dtype == np.float32 else self.counts) @ of_gap
        return rows


def kernel_at(nodes: Nodes, nu: float, lattice: Lattice) -> SwitchingKernel:
    """The kernel at the rates of nodes."""
    kernel = SwitchingKernel.of(np.exp(nodes.log_rate), np.exp(nodes.log_leaving), np.full(len(nodes), nu))
    return kernel if lattice.dtype is np.float64 else kernel.as_type(lattice.dtype)


def in_type(values: Array, lattice: Lattice) -> Array:
    """Values in the precision of a lattice."""
    return np.asarray(values, dtype=lattice.dtype)


def tabulate(
    *, gaps: Array, starts: Whole, trailing: Array, weights: Array, scale: float = 1.0
) -> tuple[GapBlock, ...]:
    """The blocks of rows whose gaps are `gaps[starts[i]:starts[i + 1]]`; times are divided by `scale`.

    A block has rows with 0 purchases, 1 or 2, 3 or 4, 5 to 8, 9 to 16 and so on.
    """
    from scipy import sparse  # noqa: PLC0415 - slow to import

    x, unit = np.diff(starts), SAME * max(float(gaps.max(initial=0.0)), float(trailing.max(initial=0.0)), 1e-300)
    doubling = np.ceil(np.log2(np.maximum(x, 2))).astype(np.int64)
    order = np.argsort(np.where(x > 0, doubling, 0), kind="stable")
    blocks = []
    for at in _split(order, np.where(x > 0, doubling, 0)[order]):
        own = np.repeat(starts[at] - np.cumsum(x[at]) + x[at], x[at]) + np.arange(int(x[at].sum()))
        gap, column = _distinct(gaps[own], unit=unit)
        last, of_trailing = _distinct(trailing[at], unit=unit)
        pointer = np.concatenate([[0], np.cumsum(x[at])])
        counts = sparse.csr_matrix((np.ones(len(own)), column, pointer), shape=(len(at), len(gap)))
        counts.sum_duplicates()
        blocks.append(
            GapBlock(
                at=at,
                x=x[at].astype(np.float64),
                weights=weights[at],
                counts=counts,
                gap=gap / scale,
                trailing=last / scale,
                of_trailing=of_trailing,
                log_pace=float(np.log(x[at] / (counts @ gap) * scale).max()) if len(gap) else -np.inf,
            )
        )
    return tuple(blocks)


def _distinct(times: Array, *, unit: float) -> tuple[Array, Whole]:
    """The distinct times, and which of them each is."""
    _, first, inverse = np.unique(np.rint(times / unit), return_index=True, return_inverse=True)
    return times[first], inverse.astype(np.int64)


def _split(order: Whole, number: Whole) -> Iterator[Whole]:
    """Positions in `order` with equal `number`, which is sorted, at most `MOST_ROWS` together."""
    ends = np.flatnonzero(np.diff(number)) + 1
    for part in np.split(order, ends):
        yield from np.split(part, np.arange(MOST_ROWS, len(part), MOST_ROWS))
