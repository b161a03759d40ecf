"""Log posterior density of a hidden Markov model's parameters, with gradient.

The gradient of the log-likelihood is that of the expected complete-data log-likelihood at the same parameters (Fisher's
identity), so EM and the final ascent use the same sums. The prior is weak: it keeps the parameters of a state that
nobody visits finite, and is negligible after a few dozen customers.
"""

import math
from functools import cached_property

import numpy as np
from attrs import frozen
from scipy.special import xlogy

from kundkarriar.arrays import Array
from kundkarriar.numerics.hmm import emissions, ordered_logit
from kundkarriar.numerics.hmm.forward_backward import ExpectedCounts, Sequences, e_step, forward
from kundkarriar.numerics.hmm.parameters import ProbabilityTables, UnconstrainedHMM, probability_tables
from kundkarriar.numerics.optimize.ordered_parameters import gradient_in_unconstrained

FIRST_PRIOR = 0.5
STEP_PRIOR = 1.0
"""Prior counts of customers in each first state, and of steps from each state."""
MEAN_PRIOR = (-1.0, 3.0)
GAP_PRIOR = (0.0, 1.5)
SIZE_PRIOR = (0.5, 2.0)
EFFECT_PRIOR = (0.0, 2.0)
"""Mean and standard deviation of normal priors: of ln m_1 less the log of the mean count, of the logs of the gaps
between ln m's, of ln k's, and of the effects of contacts (one standard deviation of them)."""


@frozen(kw_only=True, eq=False)
class PosteriorObjective:
    """Log posterior density as a function of the unconstrained parameters theta, (k,).

    Attributes:
        sequences: the customers' months, contacts in their standard deviations.
        unconstrained: layout of theta.
    """

    sequences: Sequences
    unconstrained: UnconstrainedHMM

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Log-likelihood plus log prior density, and the gradient, (k,)."""
        counts, log_likelihood = self.e_step(theta)
        prior, prior_gradient = self.log_prior(theta)
        _, gradient = self.complete_data(theta, counts)
        return log_likelihood + prior, gradient + prior_gradient

    def e_step(self, theta: Array) -> tuple[ExpectedCounts, float]:
        """Expected counts of latent states and steps at `theta`, and the log-likelihood of all customers."""
        return e_step(self.sequences, self._tables(theta))

    def log_likelihood(self, theta: Array) -> Array:
        """Log-likelihood of each sequence, (n,)."""
        return forward(self.sequences, self._tables(theta)).log_likelihood

    def complete_data(self, theta: Array, counts: ExpectedCounts) -> tuple[float, Array]:
        """Expected complete-data log-likelihood and its gradient, (k,): what the M step maximises."""
        space, sequences = self.unconstrained, self.sequences
        model, part = space.model(theta), space.parts(theta)
        table = self._tables(theta)
        value = (
            np.sum(xlogy(counts.initial, model.initial))
            + np.sum(xlogy(counts.steps, table.P))
            + np.sum(counts.counts * table.log_f)
            + np.sum(counts.first * table.log_first)
        )
        initial = counts.initial - counts.initial.sum(axis=1, keepdims=True) * model.initial
        mu, rho = ordered_logit.gradient(counts.steps, mu=model.mu, rho=model.rho, a=sequences.a)
        m, k = model.m[:, None], model.k[:, None]
        plain = emissions.gradient(sequences.y, m=m, k=k)
        opening = emissions.opening_gradient(sequences.y, m=m, k=k) if sequences.opened else plain
        in_m, in_k = (
            np.sum(counts.counts * each + counts.first * other, axis=1)
            for each, other in zip(plain, opening, strict=True)
        )
        gradient = [
            initial[:, 1:],
            gradient_in_unconstrained(part["mu"], mu),
            rho,
            gradient_in_unconstrained(part["m"], in_m),
            in_k[: len(part["k"])],
        ]
        return float(value), np.concatenate([each.ravel() for each in gradient])

    def log_prior(self, theta: Array) -> tuple[float, Array]:
        """Log prior density up to a constant, and its gradient, (k,)."""
        S, sequences = self.unconstrained.states, self.sequences
        nothing = np.zeros((S, len(sequences.y)))
        prior_counts = ExpectedCounts(
            initial=np.full((2, S), FIRST_PRIOR),
            steps=np.ones((S, S)) * (STEP_PRIOR / S) * self._contact_share[:, None, None],
            counts=nothing,
            first=nothing,
        )
        value, gradient = self.complete_data(theta, prior_counts)
        mean, sd = self._normal_prior
        z = (theta - mean) / sd
        return value - 0.5 * float(z @ z), gradient - z / sd

    def _tables(self, theta: Array) -> ProbabilityTables:
        sequences = self.sequences
        model = self.unconstrained.model(theta)
        return probability_tables(model, y=sequences.y, a=sequences.a, opened=sequences.opened)

    @cached_property
    def _normal_prior(self) -> tuple[Array, Array]:
        """Means and standard deviations of the normal priors, infinite where there is none, each (k,)."""
        sequences = self.sequences
        bought = np.where(sequences.observed >= 0, sequences.y[sequences.observed], 0.0) @ sequences.weights
        mean_count = max(float(bought.sum()), 0.5) / float(sequences.months @ sequences.weights)
        given = {"rho": EFFECT_PRIOR, "m": GAP_PRIOR, "k": SIZE_PRIOR}
        priors = {
            name: np.multiply.outer(given.get(name, (0.0, np.inf)), np.ones(math.prod(shape)))
            for name, shape in self.unconstrained.shapes.items()
        }
        priors["m"][:, 0] = np.log(mean_count) + MEAN_PRIOR[0], MEAN_PRIOR[1]
        mean, sd = np.concatenate(list(priors.values()), axis=1)
        return mean, sd

    @cached_property
    def _contact_share(self) -> Array:
        """Share of the steps under each set of contacts, (A,)."""
        contacts = self.sequences.contact_set[:-1][self.sequences.observed[1:] >= 0]
        return np.asarray(np.bincount(contacts, minlength=len(self.sequences.a)) / max(len(contacts), 1))
