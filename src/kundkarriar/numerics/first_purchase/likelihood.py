"""Likelihood of the times to the first purchase, with its derivatives; see `survival` and `exposure`.

A lead who has not bought contributes S(C) with all exposure so far. A first purchase is known to lie within a cell of
time, and contributes S(C at its start) - S(C at its end).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from scipy.special import digamma, zeta

from kundkarriar.arrays import Array
from kundkarriar.numerics.first_purchase.exposure import LeadSegments
from kundkarriar.numerics.optimize.forward_mode import chained, logaddexp, value_of, variables
from kundkarriar.numerics.optimize.linear_predictor import LinearPredictor, Total, total_in_coefficients
from kundkarriar.numerics.special.beta_geometric_survival import log_survival

BLOCK = 2**16
"""Rows that are differentiated at once."""
BATCH = 2**20
"""Rows times points that are evaluated at once."""


@frozen(kw_only=True, eq=False)
class LeadCells:
    """Distinct rows of leads, all who bought or all who have not.

    Attributes:
        bought: whether they bought.
        start: segments up to the start of the cell of the first purchase; of who has not bought not read.
        end: segments up to its end, or up to now.
        pace, never: covariates of the pace, (n, p), and of never buying, (n, q).
        weights: number of leads of each row, (n,).
    """

    bought: bool
    start: LeadSegments
    end: LeadSegments
    pace: Array
    never: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.weights)

    @classmethod
    def of(
        cls, *, bought: bool, start: Array, end: Array, after: Array, pace: Array, never: Array, weights: Array
    ) -> LeadCells:
        """Cells from `start` to `end`, in months since contact, (n,), with events `after`, (n, E)."""
        return cls(
            bought=bought,
            start=LeadSegments.until(start, after),
            end=LeadSegments.until(end, after),
            pace=pace,
            never=never,
            weights=weights,
        )

    def block(self, first: int) -> LeadCells:
        """`BLOCK` rows from `first` on."""
        some = slice(first, first + BLOCK)
        start, end = (
            LeadSegments(length=each.length[some], active=each.active[some]) for each in (self.start, self.end)
        )
        return LeadCells(
            bought=self.bought,
            start=start,
            end=end,
            pace=self.pace[some],
            never=self.never[some],
            weights=self.weights[some],
        )

    @property
    def events(self) -> int:
        """The number of kinds of events, E."""
        return int(self.end.active.shape[2])

    @property
    def size(self) -> int:
        """The number of parameters: alpha, beta, logit never, coefficients on pace, of events, on never."""
        return int(3 + self.pace.shape[1] + self.events + self.never.shape[1])


def log_likelihood(cells: LeadCells, *, alpha: Any, beta: Any, logit_never: Any, log_pace: Any, effects: Any) -> Any:
    """Log-likelihood of each row, (n,), or (n, S) at S parameters; differentiable rows where parameters are.

    Args:
        cells: the rows.
        alpha: of the beta of monthly probabilities: a number, or (S,).
        beta: its other parameter.
        logit_never: log odds of never buying, (n,) or (n, S).
        log_pace: log of the static factor on the rate, likewise.
        effects: the log factor of each kind of event, numbers or (S,).
    """
    ever = -_log1p_exp(logit_never)
    end = log_beta_survival(cells.end.exposure(log_pace, effects), alpha, beta)
    if not cells.bought:
        return logaddexp(-_log1p_exp(-logit_never), ever + end)
    start = log_beta_survival(cells.start.exposure(log_pace, effects), alpha, beta)
    return ever + start + np.log(-np.expm1(end - start))


def _log1p_exp(x: Any) -> Any:
    """Log of 1 + exp(x), without overflow."""
    if value_of(x) is x:  # numbers, which may be infinite
        return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return logaddexp(0.0 * x, x)


def log_beta_survival(exposure: Any, alpha: Any, beta: Any) -> Any:
    """Log of B(alpha, beta + C) / B(alpha, beta), elementwise; each of the three may be differentiable rows."""
    c, a, b = (value_of(given) for given in (exposure, alpha, beta))
    value = log_survival(c, a=a, b=b)
    if all(given is at for given, at in ((exposure, c), (alpha, a), (beta, b))):
        return value
    low, high = (digamma(x) for x in (b + c, a + b + c))
    whole, second_low, second_high, second_whole = (
        digamma(a + b),
        *(zeta(2.0, x) for x in (b + c, a + b + c, a + b)),
    )
    first = (low - high, whole - high, low - high + whole - digamma(b))
    both, of_sum = second_low - second_high, second_whole - second_high
    second = {
        (0, 0): both,
        (0, 1): -second_high,
        (0, 2): both,
        (1, 1): of_sum,
        (1, 2): of_sum,
        (2, 2): both + second_whole - zeta(2.0, b),
    }
    second |= {(j, i): part for (i, j), part in second.items()}
    return chained(value, (exposure, alpha, beta), first, second)


def total(parts: Sequence[LeadCells], parameters: Array) -> Total:
    """Log-likelihood of all rows with gradient (k,) and Hessian (k, k) in the parameters (k,), as `LeadCells.size`."""
    k = len(parameters)
    value, gradient, hessian = 0.0, np.zeros(k), np.zeros((k, k))
    for cells in parts:
        for first in range(0, len(cells), BLOCK):
            one = _block_total(cells.block(first), parameters)
            value, gradient, hessian = value + one[0], gradient + one[1], hessian + one[2]
    return value, gradient, hessian


def _block_total(cells: LeadCells, parameters: Array) -> Total:
    log_pace, logit_never = predictors_of(cells, parameters[:, None])
    own = {"alpha": parameters[:1], "beta": parameters[1:2], "logit_never": logit_never[:, 0]}
    own |= {"log_pace": log_pace[:, 0]} | {f"event {e}": at[None] for e, at in enumerate(_effects(cells, parameters))}
    row = variables(own)
    effects = [row.pop(f"event {e}") for e in range(cells.events)]
    value, gradient, hessian = log_likelihood(cells, **row, effects=effects).derivatives(len(own))
    weights, ones = cells.weights, np.ones((len(cells), 1))
    p, e = cells.pace.shape[1], cells.events
    designs = [
        ([0], ones),
        ([1], ones),
        ([2, *range(3 + p + e, cells.size)], np.column_stack([ones, cells.never])),
        (range(3, 3 + p), cells.pace),
        *(([3 + p + kind], ones) for kind in range(e)),
    ]
    return total_in_coefficients(
        weights * value,
        weights[:, None] * gradient,
        weights[:, None, None] * hessian,
        predictors=[LinearPredictor(index=np.array(at, dtype=np.int64), design=design) for at, design in designs],
        size=cells.size,
    )


def predictors_of(cells: LeadCells, parameters: Array) -> tuple[Array, Array]:
    """Log pace and logit of never buying of each row at S parameters, (k, S): (n, S) each."""
    p = cells.pace.shape[1]
    never = parameters[2] + cells.never @ parameters[3 + p + cells.events :]
    return cells.pace @ parameters[3 : 3 + p], never


def _effects(cells: LeadCells, parameters: Array) -> Array:
    p = cells.pace.shape[1]
    return parameters[3 + p : 3 + p + cells.events]


def loglik_batch(parts: Sequence[LeadCells], parameters: Array) -> Array:
    """Log-likelihood of all rows at S parameters, (S, k): (S,)."""
    answer = np.zeros(len(parameters))
    for cells in filter(len, parts):
        step = max(BATCH // len(cells), 1)
        for first in range(0, len(parameters), step):
            at = parameters[first : first + step].T
            log_pace, logit_never = predictors_of(cells, at)
            values = log_likelihood(
                cells,
                alpha=at[0],
                beta=at[1],
                logit_never=logit_never,
                log_pace=log_pace,
                effects=list(_effects(cells, at)),
            )
            answer[first : first + step] += cells.weights @ values
    return answer
