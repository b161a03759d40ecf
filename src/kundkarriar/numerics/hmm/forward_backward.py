"""Customers' months as a hidden chain sees them, and what it makes of them: forward and backward, all at once.

Rabiner (1989), Proceedings of the IEEE 77(2), with the scaling of its section V A. The loop goes over months, arrays
over customers; customers with the same months are one path. Paths stand by length, the longest first, so that those
still there in month t are the first few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.hmm.parameters import Tables

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]


@frozen(kw_only=True, eq=False)
class Paths:
    """Different paths of months.

    Attributes:
        y: the different counts, (U,).
        a: the different sets of contacts, (A, C).
        seen: which count each month brought, (months, n); -1 after the end.
        moved: which set of contacts came before the next month, (months, n).
        months: of each path, falling, (n,).
        known: whether the beginning is known, (n,).
        weights: customers that a path stands for, (n,).
        opened: whether every customer whose path this is began with a purchase.
    """

    y: Array
    a: Array
    seen: Whole
    moved: Whole
    months: Whole
    known: NDArray[np.bool_]
    weights: Array
    opened: bool

    def __len__(self) -> int:
        return len(self.months)

    @property
    def customers(self) -> float:
        """All of them."""
        return float(self.weights.sum())

    @property
    def there(self) -> Whole:
        """Paths that have each month, (months,)."""
        return np.searchsorted(-self.months, -np.arange(1, len(self.seen) + 1), side="right")

    def at(self, where: Whole) -> Paths:
        """Some paths, at positions that rise."""
        months = self.months[where]
        longest = int(months.max(initial=0))
        return evolve(
            self,
            seen=self.seen[:longest, where],
            moved=self.moved[:longest, where],
            months=months,
            known=self.known[where],
            weights=self.weights[where],
        )

    def some(self, most: int, generator: Generator) -> Paths:
        """At most so many paths, drawn evenly; the weights make up for those left out."""
        if len(self) <= most:
            return self
        chosen = self.at(np.sort(generator.permutation(len(self))[:most]))
        return evolve(chosen, weights=chosen.weights * (self.customers / chosen.customers))


def paths_of(*, y: Whole, a: Array, start: Whole, known: NDArray[np.bool_], opened: bool) -> tuple[Paths, Whole]:
    """The different paths, and which is each customer's, (n,).

    Args:
        y: purchases of each row, customer by customer, (rows,).
        a: contacts of each row, (rows, C).
        start: where each customer's rows begin, and the end of the last, (n + 1,).
        known: whether a customer's beginning is known, (n,).
        opened: whether customers became known by a purchase.
    """
    counts, code = np.unique(y, return_inverse=True)
    contacts, set_of = np.unique(a, axis=0, return_inverse=True) if a.shape[1] else (a[:1], np.zeros(len(y), np.int64))
    months = np.diff(start)
    order = np.argsort(-months, kind="stable")
    t = np.arange(int(months.max(initial=0)))[:, None]
    there = t < months[order]
    row = np.where(there, start[:-1][order] + t, 0)
    seen = np.where(there, code.reshape(-1)[row], -1)
    moved = np.where(t < months[order] - 1, set_of.reshape(-1)[row], 0)
    key = np.random.default_rng(0).integers(1, 2**62, (2, len(t), 1))
    hashed = (seen * key[0] + moved * key[1]).sum(axis=0) + known[order]
    _, at, which = np.unique(hashed, return_index=True, return_inverse=True)
    rank = np.argsort(at, kind="stable")  # np.unique sorts by hash; paths stay the longest first
    place = np.empty_like(rank)
    place[rank] = np.arange(len(rank))
    chosen = at[rank]
    inverse = np.empty(len(order), np.int64)
    inverse[order] = place[which.reshape(-1)]
    paths = Paths(
        y=counts.astype(np.float64),
        a=contacts.astype(np.float64),
        seen=seen[:, chosen],
        moved=moved[:, chosen],
        months=months[order][chosen],
        known=known[order][chosen],
        weights=np.bincount(inverse).astype(np.float64),
        opened=opened,
    )
    return paths, inverse


@frozen(kw_only=True, eq=False)
class Forward:
    """How far the paths have been followed.

    Attributes:
        states: for each month the state's probabilities given the months up to it, (n_t, S).
        scale: for each month the probability of what it brought, given those before, (n_t,), times exp(top).
        log_evidence: of each path, (n,).
    """

    states: list[Array]
    scale: list[Array]
    log_evidence: Array

    def last(self, paths: Paths) -> Array:
        """The state's probabilities after each path's last month, (n, S)."""
        found = np.empty((len(paths), self.states[0].shape[1]))
        for t, here in enumerate(self.states):  # a longer path overwrites its earlier months
            found[: len(here)] = np.where((paths.months[: len(here)] >= t + 1)[:, None], here, found[: len(here)])
        return found


def forward(paths: Paths, given: Tables) -> Forward:
    """Follow the paths month by month: alpha_t is proportional to (alpha_t-1 P) f(y_t)."""
    f, top = _scaled(given.log_f)
    first, first_top = _scaled(given.log_first)
    states: list[Array] = []
    scale: list[Array] = []
    log_evidence = np.zeros(len(paths))
    for t, n in enumerate(paths.there):
        count = paths.seen[t, :n]
        if t == 0:
            joint = given.initial[np.where(paths.known, 0, 1)] * first[count]
            log_evidence += first_top[count]
        else:
            joint = _moved(states[-1][:n], given.P, paths.moved[t - 1, :n]) * f[count]
            log_evidence[:n] += top[count]
        total = joint.sum(axis=1)
        states.append(joint / total[:, None])
        scale.append(total)
        log_evidence[:n] += np.log(total)
    return Forward(states=states, scale=scale, log_evidence=log_evidence)


@frozen(kw_only=True, eq=False)
class Expected:
    """What is expected of the states that were not seen, summed over customers.

    Attributes:
        initial: first states, of customers whose beginning is known and of the others, (2, S).
        steps: under each set of contacts, (A, S, S).
        counts: months in each state that brought each count, the first months apart, (S, U).
        first: the same of first months, (S, U).
    """

    initial: Array
    steps: Array
    counts: Array
    first: Array


def expected(paths: Paths, given: Tables) -> tuple[Expected, float]:
    """The E step: expected states and moves, and the log-likelihood of all customers."""
    done = forward(paths, given)
    f, _ = _scaled(given.log_f)
    U, S = f.shape
    steps = np.zeros_like(given.P)
    counts = np.zeros((S, U))
    after = np.empty((0, S))
    for t in range(len(done.states) - 1, -1, -1):
        n = len(done.states[t])
        after = np.concatenate([after, np.ones((n - len(after), S))])
        belongs = done.states[t] * after * paths.weights[:n, None]
        if t == 0:
            break
        counts += _by(paths.seen[t, :n], belongs, U)
        brought = f[paths.seen[t, :n]] * after / done.scale[t][:, None]
        before = done.states[t - 1][:n]
        steps += _steps(before * paths.weights[:n, None], brought, given.P, paths.moved[t - 1, :n])
        after = _moved(brought, given.P.transpose(0, 2, 1), paths.moved[t - 1, :n])
    initial = _by(np.where(paths.known, 0, 1), belongs, 2).T
    first = _by(paths.seen[0], belongs, U)
    total = float(paths.weights @ done.log_evidence)
    return Expected(initial=initial, steps=steps, counts=counts, first=first), total


def _scaled(logs: Array) -> tuple[Array, Array]:
    """The exponentials of logs less their highest among states, (U, S), and that highest, (U,)."""
    top = logs.max(axis=0)
    return np.exp(logs - top).T, top


def _moved(states: Array, P: Array, which: Whole) -> Array:
    """Each row of `states` times its own matrix, (n, S)."""
    if len(P) == 1:
        return np.asarray(states @ P[0])
    return np.asarray(np.einsum("ni,nij->nj", states, P[which]))


def _steps(before: Array, brought: Array, P: Array, which: Whole) -> Array:
    """Expected moves, summed over the rows with each set of contacts, (A, S, S)."""
    if len(P) == 1:
        return np.asarray(P * (before.T @ brought))
    S = P.shape[1]
    pairs = (before[:, :, None] * brought[:, None, :]).reshape(len(before), S * S)
    return np.asarray(P * _by(which, pairs, len(P)).T.reshape(P.shape))


def _by(code: Whole, values: Array, size: int) -> Array:
    """Sums of each column of `values` by code, (columns, size)."""
    return np.stack([np.bincount(code, weights=column, minlength=size) for column in values.T])
