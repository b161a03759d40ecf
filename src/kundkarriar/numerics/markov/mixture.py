"""Finite mixture of Markov chains: parameters, posterior draws, and forecasts of states."""

import numpy as np
from attrs import evolve, field, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.fields import Shaped, as_floats
from kundkarriar.numerics.markov import class_logit
from kundkarriar.numerics.markov.projection import monthly, months_ahead
from kundkarriar.numerics.markov.step_counts import StepCounts
from kundkarriar.numerics.special.mixture_posterior import component_probabilities

IMPOSSIBLE = -1e3
"""Log of a probability of 0: finite, and far below all others."""


@frozen(kw_only=True, eq=False)
class Mixture:
    """Parameters of a mixture of K chains over S states.

    Attributes:
        weights: mixture weights, (K,); with covariates those of an average customer.
        initial: distribution of the first state, (K, S).
        P: transition probabilities, (K, S, S).
        seen: Dirichlet mass of each row of P, (K, S): its own steps plus the prior's part (`shrunk_to_pooled`).
        coefficients: of the covariates in the class logit, (q, K); see `class_logit.py`.
    """

    weights: Array = field(converter=as_floats, validator=Shaped(shape="K", least=0, sums_to_1=True))
    initial: Array = field(converter=as_floats, validator=Shaped(shape="K S", least=0, sums_to_1=True))
    P: Array = field(converter=as_floats, validator=Shaped(shape="K S S", least=0, sums_to_1=True))
    seen: Array = field(converter=as_floats, validator=Shaped(shape="K S", least=0))
    coefficients: Array = field(converter=as_floats, validator=Shaped(shape="q K"))

    @coefficients.default
    def _no_columns(self) -> Array:
        return np.zeros((0, len(self.weights)))

    def __len__(self) -> int:
        return len(self.weights)


def state_probabilities(
    mixture: Mixture, *, z: Array, state: Whole, horizon: int, log_tilt: Array | None = None
) -> Array:
    """Probability of each state 1, ..., `horizon` periods ahead, (n, horizon, S).

    Customers have the class probabilities `z` (n, K) and are in `state` (n,) now; `log_tilt` (horizon, S) is the
    seasonal tilt of each period (`seasonal_tilt.py`).
    """
    forecast = np.zeros((len(state), horizon, mixture.P.shape[-1]))
    for step, ahead in enumerate(months_ahead(monthly(mixture.P, months=horizon, log_tilt=log_tilt))):
        for k, of_chain in enumerate(ahead):
            forecast[:, step] += z[:, k, None] * of_chain[state]
    return forecast


def draw_chains(mixture: Mixture, *, generator: Generator) -> Mixture:
    """Draw the transition probabilities from their Dirichlet posteriors given the classes; impossible steps stay 0."""
    drawn = generator.standard_gamma(mixture.P * mixture.seen[:, :, None])
    total = drawn.sum(axis=2, keepdims=True)
    P = np.where(total > 0, drawn / np.where(total > 0, total, 1.0), mixture.P)
    return evolve(mixture, P=P)


def class_probabilities(counts: StepCounts, mixture: Mixture) -> tuple[Array, Array]:
    """Probability that customers of each career follow each chain, (m, K), and its log-likelihood, (m,)."""
    # chains first: sums over a handful of chains are then sums of long rows
    logs = np.ascontiguousarray((counts.steps @ log_probability(mixture.P).reshape(len(mixture), -1).T).T)
    logs += class_logit.log_weights(counts.design, weights=mixture.weights, coefficients=mixture.coefficients).T
    known = counts.first >= 0
    if known.all():
        logs += log_probability(mixture.initial)[:, counts.first]
    else:
        logs[:, known] += log_probability(mixture.initial)[:, counts.first[known]]
    probabilities, log_likelihood = component_probabilities(logs, axis=0)
    return probabilities.T, log_likelihood


def log_probability(values: Array) -> Array:
    """Logarithm of probabilities; `IMPOSSIBLE` for 0."""
    return np.where(values > 0, np.log(np.where(values > 0, values, 1.0)), IMPOSSIBLE)
