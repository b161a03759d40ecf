"""Transition probabilities of all customers together, with small probabilities for steps that were not seen yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]


EXPECTED_STEPS = 5.0
"""A step that was never seen may be impossible if at least so many were expected: Poisson counts of this mean are 0 in
7 of 1,000 cases."""
LEAST_STEPS_ELSEWHERE, LEAST_STEPS = 100.0, 500.0
"""Least number of other steps before a step that was never seen is impossible: the first for the way back into a state
that all have left, the second for other steps, whose probability may then still be 3 / `LEAST_STEPS` = .6 %."""
UNSEEN_PRIOR_STEPS = 12.0
"""Prior mean of the months before a state is left."""
FIRST_PRIOR = 0.5
"""Prior count of each end of a step, and of each first state."""


def pooled_chain(steps: Array, rungs: Whole | None = None, *, begun: Array | None = None) -> Array:
    """Transition probabilities of all customers together, (S, S).

    Each row has one prior step of staying, if staying is possible: a state that n steps have all left is stayed in with
    probability 1 / (n + 1). Possible steps out of a state that nobody has taken share `unseen_step_probability`, or
    half of it where another way out was taken. Their shares are proportional to how often their ends are entered; out
    of a state that nobody has entered or left, such as that of prospects, to how often careers begin there. A state
    that nobody has been in is never entered.

    Args:
        steps: counts from each state to each, (S, S).
        rungs: as of `possible_steps`.
        begun: careers that begin in each state, (S,); None if unknown.

    >>> pooled_chain(np.array([[200.0, 50.0, 0.0], [0.0, 300.0, 8.0], [0.0, 0.0, 68.0]])).round(4)
    array([[0.7993, 0.1988, 0.0019],
           [0.    , 0.9741, 0.0259],
           [0.    , 0.0125, 0.9875]])
    """
    possible, staying = possible_steps(steps, rungs), np.eye(len(steps), dtype=bool)
    observed = np.where(possible, steps + staying, 0.0)
    observed = observed / observed.sum(axis=1, keepdims=True)
    entered = steps.sum(axis=0) - np.diag(steps)
    left = np.where(staying, 0.0, steps).any(axis=1, keepdims=True)
    waiting = ~left & (entered == 0)[:, None]
    ends = entered if begun is None else np.where(waiting, begun, entered)
    unseen = np.where(possible & ~staying & (steps == 0), ends + FIRST_PRIOR, 0.0)
    among = unseen.sum(axis=1, keepdims=True)
    new = np.where(among > 0, np.where(left, 0.5, 1.0) * unseen_step_probability(steps.sum(axis=1, keepdims=True)), 0.0)
    return np.asarray((1 - new) * observed + new * unseen / np.where(among > 0, among, 1.0))


def unseen_step_probability(n: Array) -> Array:
    """Probability that the next step leaves by a way that nobody took in n steps: 1 / (n + `UNSEEN_PRIOR_STEPS`).

    The posterior mean under an exponential prior of mean 1 / `UNSEEN_PRIOR_STEPS`.

    >>> unseen_step_probability(np.array([0.0, 68.0])).round(4)
    array([0.0833, 0.0125])
    """
    return 1.0 / (n + UNSEEN_PRIOR_STEPS)


def possible_steps(steps: Array, rungs: Whole | None = None) -> NDArray[np.bool_]:
    """Steps that are possible, (S, S): those seen, and those that too few customers had occasion to take.

    Impossible are

    - steps into a state in which nobody has ever been;
    - steps back into a state that is `never_reentered`, from every state reachable from it;
    - steps back from other rungs into each state of a rung that is `never_reentered` with its states taken together;
      these may lead to each other, as when customers on the rung lapse;
    - a way out that nobody took in `LEAST_STEPS` steps, if `EXPECTED_STEPS` were expected by the ways out of others;
    - staying, if nobody stayed in `LEAST_STEPS` steps and `EXPECTED_STEPS` were expected by all customers' staying.

    Args:
        steps: counts from each state to each, (S, S).
        rungs: number of the rung of each state, (S,); None if each state is its own.
    """
    S = len(steps)
    staying = np.eye(S, dtype=bool)
    rung = np.arange(S) if rungs is None else rungs
    on = (rung[:, None] == np.unique(rung)).astype(np.float64)
    of_rungs = on.T @ steps @ on
    back = on @ (never_reentered(of_rungs) & reachable(of_rungs).T) @ on.T > 0
    n, stayed = steps.sum(axis=1), np.diag(steps).sum()
    out, entered = n - np.diag(steps), steps.sum(axis=0) - np.diag(steps)
    visited = (n > 0) | (entered > 0)
    ways = visited & ~(never_reentered(steps) & reachable(steps).T) & ~(back & (rung[:, None] != rung))
    leaving = out[:, None] * entered / np.maximum(entered.sum() - entered, 1.0)[:, None]
    due = np.where(staying, n[:, None] * stayed / max(n.sum(), 1.0), leaving)
    avoided = (due >= EXPECTED_STEPS) & (n[:, None] >= LEAST_STEPS)
    return np.asarray((steps > 0) | (~avoided & (staying | ways)))


def never_reentered(steps: Array) -> NDArray[np.bool_]:
    """States that at least `EXPECTED_STEPS` steps have left and none has entered, (S,).

    Only with enough steps elsewhere: `LEAST_STEPS_ELSEWHERE`, or so many ways out of other states that each state would
    be entered `EXPECTED_STEPS` times.
    """
    stayed = np.diag(steps)
    n, entered = steps.sum(axis=1), steps.sum(axis=0) - stayed
    out = n - stayed
    enough = (n.sum() - n >= LEAST_STEPS_ELSEWHERE) | (out.sum() - out >= EXPECTED_STEPS * (len(steps) - 1))
    return np.asarray((entered == 0) & (out >= EXPECTED_STEPS) & enough)


def reachable(steps: Array) -> NDArray[np.bool_]:
    """States reachable from each state by the steps seen, (S, S); each state reaches itself.

    >>> reachable(np.array([[5.0, 2.0, 0.0], [0.0, 5.0, 1.0], [0.0, 0.0, 5.0]])).tolist()
    [[True, True, True], [False, True, True], [False, False, True]]
    """
    reached = (steps > 0) | np.eye(len(steps), dtype=bool)
    for _ in range(len(steps).bit_length()):
        reached = reached @ reached
    return np.asarray(reached)
