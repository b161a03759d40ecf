"""Customers who move by different Markov chains: a finite mixture, by EM.

Each customer belongs to one of K chains, with weight w_k, initial distribution pi_k and transitions P^k:
    E: z_nk is proportional to w_k pi_k(s_n1) prod_ij (P^k_ij)^C_nij
    M: P^k is proportional to sum_n z_nk C_nij + mass x P0_ij, and so for pi_k
Blumen, Kogan & McCarthy (1955), generalised (the mover-stayer model); Frydman (1984), JASA 79, for its EM. The pooled
chain P0 is the prior of every P^k; where P0 is 0 a step is impossible and stays so.

A customer enters only through the first state and the counts of steps, so customers alike in both are one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.numerics import membership_logit
from kundkarriar.numerics.calendar_tilt import tilted

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

SETTLED = 1e-7
"""EM ends where a round adds less than this per customer to the log-likelihood."""
CHANCE = 5.0
"""A step never seen, though this many were to be expected were it like any other, is taken to be impossible."""
FIRST_PRIOR = 0.5


def _floats(given: Any) -> Array:
    return np.asarray(given, dtype=np.float64)


@frozen(kw_only=True, eq=False)
class StepCounts:
    """Careers as a mixture of chains sees them.

    Attributes:
        first: state at entry, (n,); -1 where the beginning lies before the data.
        steps: steps from each state to each, (n, S x S).
        weights: customers that a row stands for, (n,).
        design: columns about the customers, of mean 0 and spread 1, (n, q); q may be 0.
    """

    first: Whole
    steps: Array = field(converter=_floats)
    weights: Array = field(converter=_floats)
    design: Array = field(converter=_floats)

    @design.default
    def _no_columns(self) -> Array:
        return np.zeros((len(self.first), 0))

    def __len__(self) -> int:
        return len(self.first)

    @property
    def states(self) -> int:
        """How many states there are."""
        return int(np.sqrt(self.steps.shape[1]))

    def at(self, where: NDArray[Any]) -> StepCounts:
        """The rows under a mask or at positions."""
        return StepCounts(
            first=self.first[where], steps=self.steps[where], weights=self.weights[where], design=self.design[where]
        )

    def distinct(self) -> tuple[StepCounts, Whole]:
        """Each different row once, weighted, and where each row finds its own."""
        key = np.random.default_rng(0).integers(1, 2**62, self.steps.shape[1] + 1)
        hashed = (self.steps.astype(np.int64) * key[:-1]).sum(axis=1) + self.first * key[-1]
        for column in self.design.T:
            hashed = hashed * 31 + np.ascontiguousarray(column).view(np.int64)
        _, at, inverse = np.unique(hashed, return_index=True, return_inverse=True)
        alone = self.at(at)
        counts = np.bincount(inverse, weights=self.weights)
        return evolve(alone, weights=counts), inverse.astype(np.int64)

    def pooled(self) -> Array:
        """All customers' steps together, (S, S)."""
        return np.asarray((self.weights @ self.steps).reshape(self.states, self.states))


@frozen(kw_only=True, eq=False)
class Mixture:
    """K chains and how many customers follow each.

    Attributes:
        weights: share of customers, (K,); of an average customer where columns tell more.
        initial: state at entry, (K, S).
        P: transitions, (K, S, S).
        seen: how many steps from each state speak for each chain, the prior's among them, (K, S): the weight of a row
            of P as a Dirichlet.
        coefficients: what columns about customers say of the chain they follow, (q, K); see `membership_logit`.
    """

    weights: Array = field(converter=_floats)
    initial: Array = field(converter=_floats)
    P: Array = field(converter=_floats)
    seen: Array = field(converter=_floats)
    coefficients: Array = field(converter=_floats)

    @coefficients.default
    def _no_columns(self) -> Array:
        return np.zeros((0, len(self.weights)))

    def __len__(self) -> int:
        return len(self.weights)


def pooled_chain(steps: Array) -> Array:
    """The transitions of all customers together, shrunk a little towards where customers are, (S, S).

    A step that never happened though `CHANCE` were to be expected is impossible: exactly 0; and so is every way into a
    state that `CHANCE` customers have left and nobody has entered from another. One step's worth of prior keeps rare
    steps possible that have not happened yet.

    Args:
        steps: counts from each state to each, (S, S).

    >>> pooled_chain(np.array([[0.0, 50.0], [0.0, 50.0]])).round(3)
    array([[0., 1.],
           [0., 1.]])
    """
    everyone = max(steps.sum(), 1.0)
    expected = np.outer(steps.sum(axis=1), np.maximum(steps.sum(axis=0), steps.sum(axis=1))) / everyone
    from_others, to_others = (steps.sum(axis=side) - np.diag(steps) for side in (0, 1))
    only_left = (from_others == 0) & (to_others >= CHANCE)
    possible = (steps > 0) | (expected < CHANCE) & ~(only_left & ~np.eye(len(steps), dtype=bool))
    share = (steps.sum(axis=0) + FIRST_PRIOR) / (everyone + FIRST_PRIOR * len(steps))
    chain = np.where(possible, steps + share, 0.0)
    return np.asarray(chain / chain.sum(axis=1, keepdims=True))


def fit_mixture(
    counts: StepCounts, *, chains: int, mass: float, pooled: Array, generator: Generator, rounds: int
) -> Mixture:
    """A mixture of `chains` from a random start.

    Args:
        counts: careers.
        chains: K.
        mass: steps of prior in each row of each chain.
        pooled: the prior's chain, (S, S); 0 where a step is impossible.
        generator: the stream of the start.
        rounds: of EM, at most.
    """
    belongs = generator.dirichlet(np.ones(chains), len(counts))
    return polish(counts, maximised(counts, belongs, mass=mass, pooled=pooled), mass=mass, pooled=pooled, rounds=rounds)


def polish(counts: StepCounts, mixture: Mixture, *, mass: float, pooled: Array, rounds: int) -> Mixture:
    """Rounds of EM from `mixture`, until they add nothing."""
    before = -np.inf
    everyone = counts.weights.sum()
    for _ in range(rounds):
        belongs, evidence = memberships(counts, mixture)
        height = float(counts.weights @ evidence) + mass * float(np.sum(pooled * _log(mixture.P)))
        if height - before < SETTLED * everyone:
            break
        before = height
        mixture = maximised(counts, belongs, mass=mass, pooled=pooled, before=mixture)
    return mixture


def memberships(counts: StepCounts, mixture: Mixture) -> tuple[Array, Array]:
    """Probability that each customer follows each chain, (n, K), and the log evidence of their career, (n,)."""
    # chains first: sums over a handful of chains are then sums of long rows
    logs = _log(mixture.P).reshape(len(mixture), -1) @ counts.steps.T
    logs += membership_logit.log_weights(counts.design, weights=mixture.weights, coefficients=mixture.coefficients).T
    known = counts.first >= 0
    if known.all():
        logs += _log(mixture.initial)[:, counts.first]
    else:
        logs[:, known] += _log(mixture.initial)[:, counts.first[known]]
    top = logs.max(axis=0)
    shares = np.exp(logs - top)
    total = shares.sum(axis=0)
    return (shares / total).T, top + np.log(total)


def maximised(
    counts: StepCounts, belongs: Array, *, mass: float, pooled: Array, before: Mixture | None = None
) -> Mixture:
    """The M step: weights, initial states and transitions given who belongs where.

    Where columns tell of membership, their coefficients take one step from those of `before`.
    """
    S, K = counts.states, belongs.shape[1]
    weighted = belongs * counts.weights[:, None]
    size = weighted.sum(axis=0) + 1.0
    known = counts.first >= 0
    first = np.stack([np.bincount(counts.first[known], weights=weighted[known, k], minlength=S) for k in range(K)])
    everywhere = (first.sum(axis=0) + FIRST_PRIOR) / (first.sum() + FIRST_PRIOR * S)
    initial = first + mass * everywhere
    P = (weighted.T @ counts.steps).reshape(K, S, S) + mass * pooled
    weights, coefficients = size / size.sum(), np.zeros((counts.design.shape[1], K))
    if len(coefficients) and before is not None:
        weights, coefficients = membership_logit.stepped(
            counts.design, belongs, counts=counts.weights, weights=before.weights, coefficients=before.coefficients
        )
    return Mixture(
        coefficients=coefficients,
        weights=weights,
        initial=initial / initial.sum(axis=1, keepdims=True),
        P=P / P.sum(axis=2, keepdims=True),
        seen=P.sum(axis=2),
    )


def ahead(mixture: Mixture, *, belongs: Array, state: Whole, horizon: int, log_tilt: Array | None = None) -> Array:
    """Where customers will stand 1, ..., `horizon` periods on, (n, horizon, S).

    Args:
        mixture: the chains.
        belongs: probability that each customer follows each, (n, K).
        state: where each stands now, (n,).
        horizon: periods ahead.
        log_tilt: what pushes the steps of each of these periods, (horizon, S); see `calendar_tilt`.
    """
    S = mixture.P.shape[-1]
    forecast = np.zeros((len(state), horizon, S))
    far = np.broadcast_to(np.eye(S), mixture.P.shape)
    for step in range(horizon):
        far = far @ (mixture.P if log_tilt is None else tilted(mixture.P, log_tilt[step]))
        for k in range(len(mixture)):
            forecast[:, step] += belongs[:, k, None] * far[k][state]
    return forecast


def drawn_chains(mixture: Mixture, *, generator: Generator) -> Mixture:
    """One draw of the chains from their Dirichlet posteriors, given who follows which; impossible steps stay so."""
    drawn = generator.standard_gamma(mixture.P * mixture.seen[:, :, None])
    total = drawn.sum(axis=2, keepdims=True)
    P = np.where(total > 0, drawn / np.where(total > 0, total, 1.0), mixture.P)
    return evolve(mixture, P=P)


def _log(values: Array) -> Array:
    """Logarithm; far below everything for what is impossible."""
    return np.where(values > 0, np.log(np.where(values > 0, values, 1.0)), IMPOSSIBLE)


IMPOSSIBLE = -1e3
