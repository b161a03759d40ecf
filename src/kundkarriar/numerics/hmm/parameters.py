"""Parameters of the hidden Markov model of monthly purchases, and their unconstrained form.

States are ordered by their mean purchases, which rise strictly (ln m_1, then the logs of the gaps between ln m's):
without the order, any permutation of the states would have the same likelihood. Netzer, Lattin & Srinivasan (2008),
Marketing Science 27(2), section 3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen
from scipy.special import softmax

from kundkarriar.arrays import Array
from kundkarriar.fields import Shaped, as_floats
from kundkarriar.numerics.hmm.emissions import log_counts, log_opening
from kundkarriar.numerics.hmm.ordered_logit import log_transitions
from kundkarriar.numerics.optimize.ordered_parameters import ordered, unconstrained
from kundkarriar.stored_forms import Form, array_of, written

FIRST, GAP = 15.0, 3.5
"""Bounds: logits and logs are within FIRST of 0, and gaps below exp(GAP); further out nothing changes."""
LEAST_SIZE, MOST_SIZE = -6.0, 9.0
"""Bounds of ln k: at the upper one counts are practically Poisson."""


def _rising(_: object, attribute: Attribute[Any], value: Array) -> None:
    if (np.diff(value) < 0).any():
        raise ValueError(f"'{attribute.name}' must rise along a row: {value.tolist()}")


def _positive_sizes(chain: HiddenMarkovModel, attribute: Attribute[Any], value: Array) -> None:
    if value.shape not in {(), chain.m.shape} or not (value > 0).all():
        raise ValueError(f"'{attribute.name}' must hold a number > 0 for each state: {value.tolist()}")


SIZES = Form(
    law="a list of numbers, or null",
    write=lambda k: None if np.isinf(k).all() else k.tolist(),
    read=lambda given: np.inf if given is None else array_of(np.float64).read(given),
)
"""Sizes of the counts; null where they are infinite, for all states."""


@frozen(kw_only=True, eq=False)
class HiddenMarkovModel:
    """Parameters of a hidden Markov model of S states and C contacts.

    Attributes:
        initial: distribution of the first state of customers whose beginning is known, and of the others, (2, S).
        mu: thresholds of the transitions, rising along a row, (S, S - 1).
        rho: effects of one more of each contact on the transitions, (S, C).
        m: mean purchases a month, rising, (S,).
        k: sizes of the negative binomial counts, (S,); infinite for Poisson.
    """

    stored_as = "hidden chain"
    initial: Array = field(converter=as_floats, validator=Shaped(shape="2 S", least=0, sums_to_1=True))
    mu: Array = field(converter=as_floats, validator=(Shaped(shape="S S-1"), _rising))
    rho: Array = field(converter=as_floats, validator=Shaped(shape="S C"))
    m: Array = field(converter=as_floats, validator=(Shaped(shape="S", least=0), _rising))
    k: Array = field(converter=as_floats, validator=_positive_sizes, metadata=written(SIZES))

    def __len__(self) -> int:
        return len(self.m)

    def P(self, a: Array) -> Array:  # noqa: N802 - the paper's letter
        """Transition probabilities under each set of contacts, (A, S, S)."""
        return np.exp(log_transitions(mu=self.mu, rho=self.rho, a=a))


@frozen(kw_only=True, eq=False)
class ProbabilityTables:
    """Probabilities of a model for the different counts and sets of contacts.

    Attributes:
        initial: as of the model, (2, S).
        P: transition probabilities under each set of contacts, (A, S, S).
        log_f: log probability of each count in each state, (S, U).
        log_first: log probability of each count in the first month, (S, U).
    """

    initial: Array
    P: Array
    log_f: Array
    log_first: Array


def probability_tables(model: HiddenMarkovModel, *, y: Array, a: Array, opened: bool) -> ProbabilityTables:
    """Probabilities of the counts `y` (U,) and of transitions under the sets of contacts `a` (A, C).

    `opened`: customers became known by a purchase, so their first month has one.
    """
    m, k = model.m[:, None], model.k[:, None]
    log_f = log_counts(y, m=m, k=k)
    log_first = log_opening(y, m=m, k=k) if opened else log_f
    return ProbabilityTables(initial=model.initial, P=model.P(a), log_f=log_f, log_first=log_first)


@frozen(kw_only=True)
class UnconstrainedHMM:
    """Layout of the parameters of a hidden Markov model in one unconstrained vector theta, (k,).

    Attributes:
        states: S.
        contacts: C.
        poisson: whether counts are Poisson, without sizes.
    """

    states: int
    contacts: int
    poisson: bool

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each part of theta, in order."""
        S = self.states
        return {
            "initial": (2, S - 1),
            "mu": (S, S - 1),
            "rho": (S, self.contacts),
            "m": (S,),
            "k": (0 if self.poisson else S,),
        }

    def __len__(self) -> int:
        return sum(math.prod(shape) for shape in self.shapes.values())

    def parts(self, theta: Array) -> dict[str, Array]:
        """The parts of theta by name."""
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()])
        parts = zip(self.shapes.items(), np.split(theta, ends[:-1]), strict=True)
        return {name: part.reshape(shape) for (name, shape), part in parts}

    def model(self, theta: Array) -> HiddenMarkovModel:
        """The model at `theta`."""
        part = self.parts(theta)
        return HiddenMarkovModel(
            initial=softmax(np.concatenate([np.zeros((2, 1)), part["initial"]], axis=1), axis=1),
            mu=ordered(part["mu"]) if self.states > 1 else part["mu"],
            rho=part["rho"],
            m=np.exp(ordered(part["m"])),
            k=np.full(self.states, np.inf) if self.poisson else np.exp(part["k"]),
        )

    def theta(self, model: HiddenMarkovModel) -> Array:
        """Theta of a model, (k,), clipped to the bounds: the inverse of `model`."""
        logits = np.log(model.initial)
        parts = [
            logits[:, 1:] - logits[:, :1],
            unconstrained(model.mu) if self.states > 1 else model.mu,
            model.rho,
            unconstrained(np.log(model.m)),
            np.log(model.k[: 0 if self.poisson else None]),
        ]
        low, high = self.bounds()
        return np.asarray(np.clip(np.concatenate([part.ravel() for part in parts]), low, high))

    def bounds(self) -> tuple[Array, Array]:
        """Lower and upper bounds of theta, each (k,)."""
        bounds = {name: np.multiply.outer([-FIRST, FIRST], np.ones(shape)) for name, shape in self.shapes.items()}
        bounds["mu"][1, :, 1:] = bounds["m"][1, 1:] = GAP
        bounds["k"][0], bounds["k"][1] = LEAST_SIZE, MOST_SIZE
        low, high = np.concatenate([both.reshape(2, -1) for both in bounds.values()], axis=1)
        return low, high
