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

from kundkarriar.numerics.markov import class_logit
from kundkarriar.numerics.markov.seasonal_tilt import tilted

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

SETTLED = 1e-7
"""EM ends where a round adds less than this per customer to the log-likelihood."""
CHANCE = 5.0
"""A step never seen, though this many were to be expected were it like any other, may be impossible: that many are
missed by chance in 7 of 1,000 cases."""
OCCASIONS, MANY = 100.0, 500.0
"""Steps without one that must have been taken before a step is called impossible: fewer where nobody goes back to what
all have left, more elsewhere, where 3 / `MANY` = .6 % might take it."""
KEPT = 12.0
"""Months before a state of which nothing is known is left."""
HELD = 4.0
"""Steps that a state of which nothing is known weighs: 90 % of draws leave it in none to a third of the months."""
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
        rungs: which states are one rung, by its number, (S,); by default each is its own.
    """

    first: Whole
    steps: Array = field(converter=_floats)
    weights: Array = field(converter=_floats)
    design: Array = field(converter=_floats)
    rungs: Whole = field()

    @design.default
    def _no_columns(self) -> Array:
        return np.zeros((len(self.first), 0))

    @rungs.default
    def _each_its_own(self) -> Whole:
        return np.arange(self.states)

    def __len__(self) -> int:
        return len(self.first)

    @property
    def states(self) -> int:
        """How many states there are."""
        return int(np.sqrt(self.steps.shape[1]))

    def at(self, where: NDArray[Any]) -> StepCounts:
        """The rows under a mask or at positions."""
        return evolve(
            self,
            first=self.first[where],
            steps=self.steps[where],
            weights=self.weights[where],
            design=self.design[where],
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

    def pooled_chain(self) -> Array:
        """The transitions of all customers together, (S, S); see the function."""
        known = self.first >= 0
        begun = np.bincount(self.first[known], weights=self.weights[known], minlength=self.states)
        return pooled_chain(self.pooled(), self.rungs, begun=begun.astype(np.float64))


@frozen(kw_only=True, eq=False)
class Mixture:
    """K chains and how many customers follow each.

    Attributes:
        weights: share of customers, (K,); of an average customer where columns tell more.
        initial: state at entry, (K, S).
        P: transitions, (K, S, S).
        seen: how many steps from each state speak for each chain, the prior's among them as far as it is known itself,
            (K, S): the weight of a row of P as a Dirichlet.
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


def pooled_chain(steps: Array, rungs: Whole | None = None, *, begun: Array | None = None) -> Array:
    """The transitions of all customers together, (S, S): as often as seen, and something for what was not seen yet.

    A row begins with one step of staying, so that a state whose ways out nobody has taken is stayed in, and one that n
    steps have all left is stayed in by 1 / (n + 1), as long as that is possible. Steps out of it
    that are possible and were not taken share `unseen_chance`, half of it where another way out was taken: little, and
    never nothing. They share it by how often their ends are entered; out of a state that nobody has entered or left,
    such as that of prospects, by how often careers begin there. A state that nobody has stood in is entered by nobody.

    Args:
        steps: counts from each state to each, (S, S).
        rungs: as of `possible_steps`.
        begun: careers that begin in each state, (S,); None: not known.

    >>> pooled_chain(np.array([[200.0, 50.0, 0.0], [0.0, 300.0, 8.0], [0.0, 0.0, 68.0]])).round(4)
    array([[0.7993, 0.1988, 0.0019],
           [0.    , 0.9741, 0.0259],
           [0.    , 0.0125, 0.9875]])
    """
    possible, stays = possible_steps(steps, rungs), np.eye(len(steps), dtype=bool)
    seen = np.where(possible, steps + stays, 0.0)
    seen = seen / seen.sum(axis=1, keepdims=True)
    entered = steps.sum(axis=0) - np.diag(steps)
    left = np.where(stays, 0.0, steps).any(axis=1, keepdims=True)
    waiting = ~left & (entered == 0)[:, None]
    ends = entered if begun is None else np.where(waiting, begun, entered)
    unseen = np.where(possible & ~stays & (steps == 0), ends + FIRST_PRIOR, 0.0)
    among = unseen.sum(axis=1, keepdims=True)
    new = np.where(among > 0, np.where(left, 0.5, 1.0) * unseen_chance(steps.sum(axis=1, keepdims=True)), 0.0)
    return np.asarray((1 - new) * seen + new * unseen / np.where(among > 0, among, 1.0))


def unseen_chance(n: Array) -> Array:
    """The chance to leave, next time, by a way that nobody took in n steps: 1 / (n + `KEPT`).

    As of an exponential chance of mean 1 / `KEPT` before the first step.

    >>> unseen_chance(np.array([0.0, 68.0])).round(4)
    array([0.0833, 0.0125])
    """
    return 1.0 / (n + KEPT)


def possible_steps(steps: Array, rungs: Whole | None = None) -> NDArray[np.bool_]:
    """Which steps can be, (S, S): those seen, and those that were not seen for want of occasions.

    Impossible is

    - the way into a state where nobody has ever stood;
    - the way back into a state that is `only_left`, from wherever those who left it went on to;
    - the way back from any other rung into each state of a rung that is `only_left`, its states taken together: these
      may lead to each other, as when those who stand there lapse;
    - a way out that nobody took in `MANY` steps though it was due `CHANCE` times, were it taken as often as by others
      who leave;
    - staying, where nobody stayed in `MANY` steps though `CHANCE` were due to, were they to stay as all customers do.

    Args:
        steps: counts from each state to each, (S, S).
        rungs: which states are one rung, by its number, (S,); None: each is its own.
    """
    S = len(steps)
    stays = np.eye(S, dtype=bool)
    rung = np.arange(S) if rungs is None else rungs
    on = (rung[:, None] == np.unique(rung)).astype(np.float64)
    of_rungs = on.T @ steps @ on
    back = on @ (only_left(of_rungs) & went_on(of_rungs).T) @ on.T > 0
    n, stayed = steps.sum(axis=1), np.diag(steps).sum()
    out, entered = n - np.diag(steps), steps.sum(axis=0) - np.diag(steps)
    stood_in = (n > 0) | (entered > 0)
    ways = stood_in & ~(only_left(steps) & went_on(steps).T) & ~(back & (rung[:, None] != rung))
    leaving = out[:, None] * entered / np.maximum(entered.sum() - entered, 1.0)[:, None]
    due = np.where(stays, n[:, None] * stayed / max(n.sum(), 1.0), leaving)
    avoided = (due >= CHANCE) & (n[:, None] >= MANY)
    return np.asarray((steps > 0) | (~avoided & (stays | ways)))


def only_left(steps: Array) -> NDArray[np.bool_]:
    """Which states nobody goes back to, (S,): `CHANCE` customers have left them, and nobody has entered them.

    Enough must have happened elsewhere to know: `OCCASIONS` steps, or so many ways out of other states that each state
    would be entered `CHANCE` times.
    """
    stayed = np.diag(steps)
    n, entered = steps.sum(axis=1), steps.sum(axis=0) - stayed
    out = n - stayed
    asked = (n.sum() - n >= OCCASIONS) | (out.sum() - out >= CHANCE * (len(steps) - 1))
    return np.asarray((entered == 0) & (out >= CHANCE) & asked)


def went_on(steps: Array) -> NDArray[np.bool_]:
    """Where those who stood in each state may stand later, by the steps seen, (S, S); in the state itself too.

    >>> went_on(np.array([[5.0, 2.0, 0.0], [0.0, 5.0, 1.0], [0.0, 0.0, 5.0]])).tolist()
    [[True, True, True], [False, True, True], [False, False, True]]
    """
    ahead = (steps > 0) | np.eye(len(steps), dtype=bool)
    for _ in range(len(steps).bit_length()):
        ahead = ahead @ ahead
    return np.asarray(ahead)


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
    logs += class_logit.log_weights(counts.design, weights=mixture.weights, coefficients=mixture.coefficients).T
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
    begun, begins = (weighted, counts.first) if known.all() else (weighted[known], counts.first[known])
    first = np.stack([np.bincount(begins, weights=column, minlength=S) for column in begun.T])
    steps = (weighted.T @ counts.steps).reshape(K, S, S)
    stood_in = first.sum(axis=0) + steps.sum(axis=(0, 1)) + steps.sum(axis=(0, 2)) > 0
    everywhere = first.sum(axis=0) + FIRST_PRIOR * (stood_in | ~stood_in.any())
    initial = first + mass * everywhere / everywhere.sum()
    P, seen = shrunken(steps, mass=mass, pooled=pooled)
    weights, coefficients = size / size.sum(), np.zeros((counts.design.shape[1], K))
    if len(coefficients) and before is not None:
        weights, coefficients = class_logit.stepped(
            counts.design, belongs, counts=counts.weights, weights=before.weights, coefficients=before.coefficients
        )
    return Mixture(
        coefficients=coefficients,
        weights=weights,
        initial=initial / initial.sum(axis=1, keepdims=True),
        P=P,
        seen=seen,
    )


def shrunken(steps: Array, *, mass: float, pooled: Array) -> tuple[Array, Array]:
    """Chains of these steps pulled towards the pooled one, (K, S, S), and what their rows weigh as Dirichlets, (K, S).

    A step that nobody has taken yet, staying among them where all have left, is as likely in every chain as in the
    pooled one. A row weighs the steps it has
    seen and as much of `mass` as the other chains bear, from which alone it learns of the pooled row what it does not
    know; it adds up as precisions of normal means do. With one chain that is at most one step more. A row that nobody
    has left weighs `HELD` more than it has seen.

    Args:
        steps: counts of each chain, (K, S, S).
        mass: steps of prior in each row of each chain.
        pooled: the prior's chain, (S, S); 0 where a step is impossible.
    """
    together = steps.sum(axis=0)
    n = together.sum(axis=1)
    unseen = (together == 0) & (n[:, None] > 0)
    left = n - np.diag(together)
    kept = np.where(unseen, pooled, 0.0)
    told = steps + mass * (pooled - kept)
    P = told / told.sum(axis=2, keepdims=True) * (1 - kept.sum(axis=1, keepdims=True)) + kept
    own = steps.sum(axis=2)
    bears = own * mass / (own + mass)
    others = 1.0 + bears.sum(axis=0) - bears
    return P, own + np.where(left > 0, others * mass / (others + mass), HELD)


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
