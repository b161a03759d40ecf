"""Blocks of customers with similar numbers of purchases: gaps and trailing times without a purchase, tabulated.

The likelihood of a row, given rates, is a product over its gaps and its trailing time. Both take few distinct values,
so that the log-likelihoods of many rows at many nodes are one sparse matrix (rows x distinct gaps) times a table of the
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

ROWS_OF_BLOCK, ROWS_OF_GROUP = 3072, 384
"""Rows that share tables, and rows whose matrices of rows x nodes are held at once: they fit a cache."""
MANY_NODES = 700
"""Beyond, the nodes that matter are first looked for on a coarser lattice."""
COARSE = 3.0
"""Spacing of the coarser lattice, in spacings."""
NEGLIGIBLE = -28.0
"""Log of the share of a row's likelihood below which nodes are left out."""
MANY_GAPS, GRID = 600, 0.04
"""With more distinct gaps, as of continuous time, their logs are interpolated on a grid of points so far apart."""
SAME = 2.0**-40
"""Times that differ by less than this share of the longest are one."""


@frozen(kw_only=True, eq=False)
class GapRows:
    """Some rows of a block.

    Attributes:
        at: positions of the rows in the data, (n,).
        weights: number of customers of each row, (n,).
        counts: how often each row has each of the block's distinct gaps, sparse, (n, G); weights of an interpolation
            where these are many.
        of_trailing: which of the block's trailing times each row has, (n,).
        trailing: the number of the block's trailing times, M.
    """

    at: Whole
    weights: Array
    counts: Any
    of_trailing: Whole
    trailing: int

    def __len__(self) -> int:
        return len(self.at)

    @cached_property
    def single(self) -> Any:
        """The counts in single precision."""
        return self.counts.astype(np.float32)

    @cached_property
    def by_trailing(self) -> Any:
        """A sparse matrix of ones at each row's trailing time, (M, n), in single precision."""
        from scipy import sparse  # noqa: PLC0415 - slow to import

        n = len(self)
        ones = np.ones(n, dtype=np.float32)
        return sparse.csr_matrix((ones, self.of_trailing, np.arange(n + 1)), shape=(n, self.trailing)).T

    def gathered(self, of_gap: Array, of_trailing: Array) -> Array:
        """The sum over each row's gaps of a table (G, J), plus its row of another (M, J): (n, J)."""
        rows = of_trailing[self.of_trailing]
        if len(of_gap):
            rows += (self.single if of_gap.dtype == np.float32 else self.counts) @ of_gap
        return rows

    def spread(self, rows: Array) -> tuple[Array, Array]:
        """Sums of rows (n, J) by gap, as often as each row has it, (G, J), and by trailing time, (M, J)."""
        counts = self.single if rows.dtype == np.float32 else self.counts
        return np.asarray(counts.T @ rows), np.asarray(self.by_trailing @ rows)


@frozen(kw_only=True, eq=False)
class GapBlock:
    """Rows with similar numbers of purchases, which share quadrature nodes and tables.

    Attributes:
        most: the largest number of gaps of a row.
        gap: the distinct gaps, (G,).
        trailing: the distinct times since the last purchase, (M,).
        log_pace: the largest log of purchases over the time until the last one; -inf without purchases.
        rows: the rows, in groups.
    """

    most: float
    gap: Array
    trailing: Array
    log_pace: float
    rows: tuple[GapRows, ...]

    def __len__(self) -> int:
        return sum(map(len, self.rows))

    def nodes(self, traits: Traits, lattice: Lattice) -> Nodes:
        """Nodes for these rows: a lattice over all traits, or over the part of them that these rows can have."""
        spacing = traits.spacing(self.most, lattice)
        nodes, spread = self.nodes_spaced(spacing, traits, lattice)
        # a posterior that is wider than the lattice expects, as of customers who hardly ever pause, needs fewer nodes
        wider = [
            wide if (wide := min(lattice.fineness * sd, most)) > COARSE * step else step
            for sd, most, step in zip(spread, lattice.widest, spacing, strict=True)
        ]
        return nodes if wider == [*spacing] else nodes.thinned((wider[0], wider[1]), around=(traits.m1, traits.m2))

    def nodes_spaced(
        self, spacing: tuple[float, float], traits: Traits, lattice: Lattice
    ) -> tuple[Nodes, tuple[float, float]]:
        """Nodes at a given distance, and the smallest posterior standard deviations of a row where many were tried."""
        whole, middle = self.reach(traits.reach(lattice), spacing, lattice), (traits.m1, traits.m2)
        nodes = Nodes.within(whole, spacing, around=middle, width=lattice.width)
        if len(nodes) <= MANY_NODES:
            return nodes, (0.0, 0.0)
        coarse = Nodes.within(whole, (COARSE * spacing[0], COARSE * spacing[1]), around=middle, width=lattice.width)
        tables = self.tables(kernel_at(coarse, traits.nu, lattice), traits, coarse, lattice)
        logs = np.stack([coarse.log_rate, coarse.log_leaving], axis=1)
        near, least = np.zeros(len(coarse), dtype=bool), np.full(2, np.inf)
        for rows in self.rows:
            joint = rows.gathered(*tables)
            joint -= joint.max(axis=1, keepdims=True)
            near |= (joint > NEGLIGIBLE).any(axis=0)
            np.exp(joint, out=joint)
            share = joint / joint.sum(axis=1, keepdims=True)
            least = np.minimum(least, (share @ logs**2 - (share @ logs) ** 2).min(axis=0))
        ends = []
        for log, step, (low, high) in zip(logs.T, spacing, whole, strict=True):
            edge = COARSE * step
            ends.append((max(float(log[near].min()) - edge, low), min(float(log[near].max()) + edge, high)))
        first, second = np.sqrt(np.maximum(least, 0.0)).tolist()
        return Nodes.within((ends[0], ends[1]), spacing, around=middle, width=lattice.width), (first, second)

    def reach(self, traits: Reach, spacing: tuple[float, float], lattice: Lattice) -> Reach:
        """The reach of the traits, as far as it must be extended for a customer who buys more often than all others."""
        (low, high), leaving = traits
        return (low, max(high, self.log_pace + lattice.width * spacing[0])), leaving

    def tables(self, kernel: SwitchingKernel, traits: Traits, nodes: Nodes, lattice: Lattice) -> tuple[Array, Array]:
        """Logs of what a gap, (G, J), and a trailing time with the share of customers at the node, (M, J), multiply."""
        gap, trailing = self.times(lattice)
        of_gap, of_trailing = kernel.on.log(gap), kernel.on_or_off.log(trailing)
        of_gap += in_type(nodes.log_rate, lattice)
        of_trailing += in_type(traits.log_weights(nodes), lattice)
        return of_gap, of_trailing

    def times(self, lattice: Lattice) -> tuple[Array, Array]:
        """The distinct gaps and trailing times as columns, in the precision of a lattice."""
        return in_type(self.gap, lattice)[:, None], in_type(self.trailing, lattice)[:, None]


def kernel_at(nodes: Nodes, nu: Array | float, lattice: Lattice) -> SwitchingKernel:
    """The kernel at the rates of nodes; `nu` is a number, or one for each node, (J,)."""
    nus = np.broadcast_to(np.float64(nu), (len(nodes),))
    kernel = SwitchingKernel.of(np.exp(nodes.log_rate), np.exp(nodes.log_leaving), nus)
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
    x, unit = np.diff(starts), SAME * max(float(gaps.max(initial=0.0)), float(trailing.max(initial=0.0)), 1e-300)
    doubling = np.where(x > 0, np.ceil(np.log2(np.maximum(x, 2))), 0.0)
    order = np.argsort(doubling, kind="stable")
    return tuple(
        _block(at, gaps=gaps, starts=starts, trailing=trailing, weights=weights, unit=unit, scale=scale)
        for at in _split(order, doubling[order])
    )


def _block(
    at: Whole, *, gaps: Array, starts: Whole, trailing: Array, weights: Array, unit: float, scale: float
) -> GapBlock:
    from scipy import sparse  # noqa: PLC0415 - slow to import

    x = np.diff(starts)[at]
    own = gaps[np.repeat(starts[at] - np.cumsum(x) + x, x) + np.arange(int(x.sum()))]
    pointer = np.concatenate([[0], np.cumsum(x)])
    last, of_trailing = _distinct(trailing[at], unit=unit)
    gap, column = _distinct(own, unit=unit)
    share = np.ones((len(own), 1))
    if len(gap) > MANY_GAPS:
        gap, first, share = _on_grid(own)
        column, pointer = (first[:, None] + np.arange(share.shape[1])).ravel(), pointer * share.shape[1]
    counts: Any = sparse.csr_matrix((share.ravel(), column, pointer), shape=(len(at), len(gap)))
    counts.sum_duplicates()
    so_far = np.bincount(np.repeat(np.arange(len(at)), x), weights=own, minlength=len(at))
    rows = []
    for begin in range(0, len(at), ROWS_OF_GROUP):
        some = slice(begin, begin + ROWS_OF_GROUP)
        rows.append(
            GapRows(
                at=at[some],
                weights=weights[at][some],
                counts=counts[some] if len(at) > ROWS_OF_GROUP else counts,
                of_trailing=of_trailing[some],
                trailing=len(last),
            )
        )
    return GapBlock(
        most=float(x.max()),
        gap=gap / scale,
        trailing=last / scale,
        log_pace=float(np.log(x / so_far * scale).max()) if len(gap) else -np.inf,
        rows=tuple(rows),
    )


def _on_grid(gaps: Array) -> tuple[Array, Whole, Array]:
    """A grid of gaps, and for each gap the first of the four points by which it is interpolated, with their weights.

    The kernel's logs are smooth in the log of the gap, so that cubic interpolation between points `GRID` apart errs by
    less than 1e-6 where the gap is likely.
    """
    logs = np.log(gaps)
    low, high = float(logs.min()), float(logs.max())
    count = max(int(np.ceil((high - low) / GRID)), 3) + 1
    grid = np.linspace(low, high, count)
    at = (logs - low) / (grid[1] - grid[0])
    first = np.clip(np.floor(at).astype(np.int64) - 1, 0, count - 4)
    t = at - first
    weights = [
        np.prod([(t - other) / (point - other) for other in range(4) if other != point], axis=0) for point in range(4)
    ]
    return np.exp(grid), first, np.stack(weights, axis=1)


def _distinct(times: Array, *, unit: float) -> tuple[Array, Whole]:
    """The distinct times, and which of them each is."""
    _, first, inverse = np.unique(np.rint(times / unit), return_index=True, return_inverse=True)
    return times[first], inverse.astype(np.int64)


def _split(order: Whole, number: Array) -> Iterator[Whole]:
    """Positions in `order` with equal `number`, which is sorted, at most `ROWS_OF_BLOCK` together."""
    ends = np.flatnonzero(np.diff(number)) + 1
    for part in np.split(order, ends):
        yield from np.split(part, np.arange(ROWS_OF_BLOCK, len(part), ROWS_OF_BLOCK))
