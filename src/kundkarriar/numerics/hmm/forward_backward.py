"""Forward-backward algorithm of the hidden Markov model, for all customers at once.

Rabiner (1989), Proceedings of the IEEE 77(2), with the scaling of its section V A. The loop goes over months, arrays
over customers; customers with the same months are one sequence. Sequences are sorted by length, the longest first, so
that the sequences that reach month t come first.
"""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.hmm.parameters import ProbabilityTables


@frozen(kw_only=True, eq=False)
class Sequences:
    """Different observation sequences: purchases of each month, and contacts between months.

    Attributes:
        y: the different counts, (U,).
        a: the different sets of contacts, (A, C).
        observed: index in `y` of each month's count, (months, n); -1 after the end.
        contact_set: index in `a` of the contacts before the next month, (months, n).
        months: length of each sequence, the longest first, (n,).
        known: whether the beginning is known, (n,).
        weights: customers that a sequence stands for, (n,).
        opened: whether every customer began with a purchase.
    """

    y: Array
    a: Array
    observed: Whole
    contact_set: Whole
    months: Whole
    known: Mask
    weights: Array
    opened: bool

    def __len__(self) -> int:
        return len(self.months)

    @property
    def customers(self) -> float:
        """Number of customers."""
        return float(self.weights.sum())

    @property
    def active(self) -> Whole:
        """Number of sequences that reach each month, (months,): in the order of rows they come first."""
        return np.searchsorted(-self.months, -np.arange(1, len(self.observed) + 1), side="right")

    def at(self, where: Whole) -> Sequences:
        """The sequences at increasing positions `where`."""
        months = self.months[where]
        longest = int(months.max(initial=0))
        return evolve(
            self,
            observed=self.observed[:longest, where],
            contact_set=self.contact_set[:longest, where],
            months=months,
            known=self.known[where],
            weights=self.weights[where],
        )

    def sample(self, most: int, generator: Generator) -> Sequences:
        """At most `most` sequences, drawn evenly; the weights are scaled up for those left out."""
        if len(self) <= most:
            return self
        chosen = self.at(np.sort(generator.permutation(len(self))[:most]))
        return evolve(chosen, weights=chosen.weights * (self.customers / chosen.customers))


def sequences_of(*, y: Whole, a: Array, start: Whole, known: Mask, opened: bool) -> tuple[Sequences, Whole]:
    """The different sequences, and the index of each customer's sequence, (n,).

    Of purchases `y` (rows,) and contacts `a` (rows, C), customer by customer; `start` (n + 1,) holds the first row of
    each customer, and the end of the last. `known` (n,) and `opened` as of `Sequences`.
    """
    counts, code = np.unique(y, return_inverse=True)
    contacts, set_of = np.unique(a, axis=0, return_inverse=True) if a.shape[1] else (a[:1], np.zeros(len(y), np.int64))
    months = np.diff(start)
    order = np.argsort(-months, kind="stable")
    t = np.arange(int(months.max(initial=0)))[:, None]
    active = t < months[order]
    row = np.where(active, start[:-1][order] + t, 0)
    observed = np.where(active, code[row], -1)
    contact_set = np.where(t < months[order] - 1, set_of.reshape(-1)[row], 0)
    key = np.random.default_rng(0).integers(1, 2**62, (2, len(t), 1))
    hashed = (observed * key[0] + contact_set * key[1]).sum(axis=0) + known[order]
    _, at, which = np.unique(hashed, return_index=True, return_inverse=True)
    longest_first = np.argsort(-months[order][at], kind="stable")  # and by hash, in any order of the customers
    chosen, place = at[longest_first], np.argsort(longest_first)
    inverse = np.empty(len(order), np.int64)
    inverse[order] = place[which]
    sequences = Sequences(
        y=counts.astype(np.float64),
        a=contacts.astype(np.float64),
        observed=observed[:, chosen],
        contact_set=contact_set[:, chosen],
        months=months[order][chosen],
        known=known[order][chosen],
        weights=np.bincount(inverse).astype(np.float64),
        opened=opened,
    )
    return sequences, inverse


@frozen(kw_only=True, eq=False)
class Forward:
    """Results of the forward pass.

    Attributes:
        states: filtered state probabilities of each month, given the months up to it, (n_t, S).
        scale: probability of each month's count given the months before, (n_t,), divided by its emission scale.
        log_likelihood: of each sequence, (n,).
    """

    states: list[Array]
    scale: list[Array]
    log_likelihood: Array

    def last(self, sequences: Sequences) -> Array:
        """Filtered state probabilities in the last month of each sequence, (n, S)."""
        last = np.empty((len(sequences), self.states[0].shape[1]))
        for t, states in enumerate(self.states):  # a longer sequence overwrites its earlier months
            n = len(states)
            last[:n] = np.where((sequences.months[:n] >= t + 1)[:, None], states, last[:n])
        return last


def forward(sequences: Sequences, given: ProbabilityTables) -> Forward:
    """Forward pass: alpha_t is proportional to (alpha_t-1 P) f(y_t)."""
    f, log_scale = _scaled(given.log_f)
    first, first_log_scale = _scaled(given.log_first)
    states: list[Array] = []
    scale: list[Array] = []
    log_likelihood = np.zeros(len(sequences))
    for t, n in enumerate(sequences.active):
        count = sequences.observed[t, :n]
        if t == 0:
            joint = given.initial[np.where(sequences.known, 0, 1)] * first[count]
            log_likelihood += first_log_scale[count]
        else:
            joint = _times_transition(states[-1][:n], given.P, sequences.contact_set[t - 1, :n]) * f[count]
            log_likelihood[:n] += log_scale[count]
        total = joint.sum(axis=1)
        states.append(joint / total[:, None])
        scale.append(total)
        log_likelihood[:n] += np.log(total)
    return Forward(states=states, scale=scale, log_likelihood=log_likelihood)


@frozen(kw_only=True, eq=False)
class ExpectedCounts:
    """Expected counts of latent states and steps, summed over customers.

    Attributes:
        initial: first states of customers whose beginning is known, and of the others, (2, S).
        steps: steps between states under each set of contacts, (A, S, S).
        counts: months in each state with each count, without first months, (S, U).
        first: first months in each state with each count, (S, U).
    """

    initial: Array
    steps: Array
    counts: Array
    first: Array


def e_step(sequences: Sequences, given: ProbabilityTables) -> tuple[ExpectedCounts, float]:
    """E step: expected counts of states and steps, and the log-likelihood of all customers."""
    passed = forward(sequences, given)
    f, _ = _scaled(given.log_f)
    U, S = f.shape
    steps = np.zeros_like(given.P)
    counts = np.zeros((S, U))
    backward = np.empty((0, S))
    for t in range(len(passed.states) - 1, -1, -1):
        n = len(passed.states[t])
        backward = np.concatenate([backward, np.ones((n - len(backward), S))])
        smoothed = passed.states[t] * backward * sequences.weights[:n, None]
        if t == 0:
            break
        counts += _sums_by(sequences.observed[t, :n], smoothed, U)
        ahead = f[sequences.observed[t, :n]] * backward / passed.scale[t][:, None]
        before = passed.states[t - 1][:n]
        steps += _steps(before * sequences.weights[:n, None], ahead, given.P, sequences.contact_set[t - 1, :n])
        backward = _times_transition(ahead, given.P.transpose(0, 2, 1), sequences.contact_set[t - 1, :n])
    initial = _sums_by(np.where(sequences.known, 0, 1), smoothed, 2).T
    first = _sums_by(sequences.observed[0], smoothed, U)
    total = float(sequences.weights @ passed.log_likelihood)
    return ExpectedCounts(initial=initial, steps=steps, counts=counts, first=first), total


def _scaled(logs: Array) -> tuple[Array, Array]:
    """Emission probabilities divided by the largest among states, (U, S), and the logs of the largest, (U,)."""
    log_scale = logs.max(axis=0)
    return np.exp(logs - log_scale).T, log_scale


def _times_transition(states: Array, P: Array, which: Whole) -> Array:
    """Each row of `states` times its own transition matrix, (n, S)."""
    if len(P) == 1:
        return np.asarray(states @ P[0])
    return np.asarray(np.einsum("ni,nij->nj", states, P[which]))


def _steps(before: Array, ahead: Array, P: Array, which: Whole) -> Array:
    """Expected steps, summed over the rows with each set of contacts, (A, S, S)."""
    if len(P) == 1:
        return np.asarray(P * (before.T @ ahead))
    S = P.shape[1]
    pairs = (before[:, :, None] * ahead[:, None, :]).reshape(len(before), S * S)
    return np.asarray(P * _sums_by(which, pairs, len(P)).T.reshape(P.shape))


def _sums_by(code: Whole, values: Array, size: int) -> Array:
    """Sum of each column of `values` by code, (columns, size)."""
    return np.stack([np.bincount(code, weights=column, minlength=size) for column in values.T])
