"""Transition probabilities of all customers together, with small probabilities for steps that were not seen yet."""

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole

EXPECTED_STEPS = 5.0
"""A step that was never seen may be impossible if at least so many were expected: Poisson counts of this mean are 0 in
7 of 1,000 cases."""
LEAST_STEPS_ELSEWHERE, LEAST_STEPS = 100.0, 500.0
"""Least numbers of steps before one that was never seen may be impossible. The first is for steps back into a state: so
many steps from other states. The second is for ways out and for staying: so many steps from the state itself. The
probability may then still be 3 / `LEAST_STEPS` = .6 %."""
UNSEEN_PRIOR_STEPS = 12.0
"""Prior mean of the months until a state is left, where nobody has left it yet."""
FIRST_PRIOR = 0.5
"""Prior count of each end of a step, and of each first state."""


def pooled_chain(steps: Array, rungs: Whole | None = None, *, begun: Array | None = None) -> Array:
    """Transition probabilities of all customers together, (S, S).

    Each row has one prior step of staying, if staying is possible: where all of n steps led out of a state, the
    probability of staying is 1 / (n + 1).

    The possible ways out of a state that were never taken share `unseen_step_probability`, or half of it where some
    other way out was taken. It is divided in proportion to how often the states that they lead to are entered. For a
    state that nobody has entered or left, such as that of prospects, it is divided in proportion to how many careers
    begin in them. A state that nobody has been in is never entered.

    `steps` (S, S) are counts, `rungs` (S,) the number of the rung of each state, or None if each state is its own, and
    `begun` (S,) the careers that begin in each state, or None if unknown.

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
    """
    return 1.0 / (n + UNSEEN_PRIOR_STEPS)


def possible_steps(steps: Array, rungs: Whole | None = None) -> Mask:
    """Steps that are possible, (S, S): those seen, and those that may be missing by chance.

    A step that was never seen is impossible if it is

    - a step into a state that nobody has ever been in;
    - a step back into a state that is `never_reentered`, from a state reachable from it;
    - a step back into a rung that is `never_reentered` when its states are taken together, from a rung reachable from
      it. Steps between the states of that rung are not affected, such as those of customers who lapse on it;
    - a way out of a state with at least `LEAST_STEPS` steps, at least `EXPECTED_STEPS` of which would take it if they
      left for the same states as all customers do;
    - staying in a state with at least `LEAST_STEPS` steps, at least `EXPECTED_STEPS` of which would stay if customers
      stayed in it as often as in all states together.

    `steps` and `rungs` as of `pooled_chain`.
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


def never_reentered(steps: Array) -> Mask:
    """States that at least `EXPECTED_STEPS` steps have left and none has entered, (S,).

    Entering them must have been possible too: other states have at least `LEAST_STEPS_ELSEWHERE` steps, or were left
    so often that each state would be entered `EXPECTED_STEPS` times if all were entered equally often.
    """
    stayed = np.diag(steps)
    n, entered = steps.sum(axis=1), steps.sum(axis=0) - stayed
    out = n - stayed
    enough = (n.sum() - n >= LEAST_STEPS_ELSEWHERE) | (out.sum() - out >= EXPECTED_STEPS * (len(steps) - 1))
    return np.asarray((entered == 0) & (out >= EXPECTED_STEPS) & enough)


def reachable(steps: Array) -> Mask:
    """States reachable from each state by the steps seen, (S, S); each state reaches itself."""
    reached = (steps > 0) | np.eye(len(steps), dtype=bool)
    for _ in range(len(steps).bit_length()):
        reached = reached @ reached
    return np.asarray(reached)
