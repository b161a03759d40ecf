"""Survival of the time to the first purchase: a beta-geometric over months, with a share that never buys.

A lead who will ever buy does so in each month with probability p ~ Beta(alpha, beta). A month of covariates that
multiply the rate by f counts as f months: the chance not to buy in it is (1 - p)^f. After an exposure of C such months

    S(C) = never + (1 - never) B(alpha, beta + C) / B(alpha, beta).

Of whole months it is Fader & Hardie (2007), Journal of Interactive Marketing 21(1), eq. 6, beside the share `never`, as
in cure models.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator
from scipy.special import expit, logit

from kundkarriar.arrays import Array
from kundkarriar.numerics.first_purchase.exposure import LeadSegments
from kundkarriar.numerics.special.beta_geometric_survival import log_survival


def log_not_yet(exposure: Any, *, alpha: Any, beta: Any, never: Any) -> Array:
    """Log of S(C), elementwise, <= 0.

    >>> np.exp(log_not_yet(np.array([0.0, 1.0]), alpha=1.0, beta=1.0, never=0.5))
    array([1.  , 0.75])
    """
    with np.errstate(divide="ignore"):  # a share of 0 or 1
        endless = np.isinf(exposure)
        ever = np.where(endless, -np.inf, log_survival(np.where(endless, 0.0, exposure), a=alpha, b=beta))
        return np.asarray(np.logaddexp(np.log(never), np.log1p(-np.asarray(never)) + ever))


def share_never(never: Any, shift: Array) -> Array:
    """The share `never`, number or (S,), with its log odds shifted, (n,) or (n, S); itself where all shifts are 0."""
    return np.asarray(expit(logit(never) + shift)) if shift.any() else np.broadcast_to(never, shift.shape)


@frozen(kw_only=True, eq=False)
class LeadState:
    """Leads who have not bought: their parameters, the exposure so far, and what a month counts from now on.

    Attributes:
        alpha, beta: numbers, or (S,) draws.
        never: share of never buying at the first contact, (n,) or (n, S).
        so_far: exposure so far, likewise.
        pace: exposure of a month from now on, likewise.
    """

    alpha: Any
    beta: Any
    never: Array
    so_far: Array
    pace: Array

    @classmethod
    def of(
        cls, months: Array, after: Array, *, alpha: Any, beta: Any, never: Array, log_pace: Array, effects: Array
    ) -> LeadState:
        """Leads after `months`, (n,), with events `after`, (n, E); `effects` of them are (E,) or (E, S)."""
        came = np.isfinite(after).astype(np.float64)
        return cls(
            alpha=alpha,
            beta=beta,
            never=never,
            so_far=np.asarray(LeadSegments.until(months, after).exposure(log_pace, list(effects))),
            pace=np.exp(log_pace + came @ effects),
        )

    def p_within(self, counted: Array | float) -> Array:
        """Probability of a first purchase within `counted` months at a rate of 1 from now, (..., k) or like `pace`.

        `counted` is (k,) for (n, k) of leads without draws, or a number.
        """
        wide = np.ndim(counted) > 0
        never, so_far, pace = (each[:, None] if wide else each for each in (self.never, self.so_far, self.pace))
        given = {"alpha": self.alpha, "beta": self.beta, "never": never}
        later = log_not_yet(so_far + pace * counted, **given)
        # later exposures may come out a hair likelier not to have bought
        return np.asarray(-np.expm1(np.minimum(later - log_not_yet(so_far, **given), 0.0))) + 0.0

    def p_never(self) -> Array:
        """Probability that a first purchase never comes, given none so far, (n,) or (n, S)."""
        given = {"alpha": self.alpha, "beta": self.beta, "never": self.never}
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(np.log(self.never) - log_not_yet(self.so_far, **given)))

    def draw_months(self, draws: int, generator: Generator) -> Array:
        """Drawn months from now to the first purchase at today's rate, (n, S); infinite where it never comes."""
        shape = (len(self.never), draws)
        never, so_far, pace = (each.reshape(shape[0], -1) for each in (self.p_never(), self.so_far, self.pace))
        uniform, exponential = generator.random(shape), generator.standard_exponential(shape)
        p = generator.beta(np.broadcast_to(self.alpha, shape), self.beta + np.broadcast_to(so_far, shape))
        with np.errstate(divide="ignore"):  # p may round to 0 or to 1
            months = exponential / -np.log1p(-p) / pace
        return np.where(uniform < never, np.inf, months)
