"""Checks of the Markov property: whether the rung before the present one, or the time on the rung, matters."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame
from kundkarriar.ladder.career_panel import CareerPanel
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.markov.dirichlet_rows import log_marginal_likelihood_over_masses
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities
from kundkarriar.numerics.markov.step_counts import StepCounts

SPELLS = ((1, 1), (2, 2), (3, 3), (4, 6), (7, 12), (13, 10**6))
"""Ranges of months on a rung, first and last month, that a table has a row for."""


def order(panel: CareerPanel, *, like: Any) -> Any:
    """See `ChainMovement.order`."""
    now, then = panel.steps()
    twice = np.flatnonzero(then[:-1] == now[1:])
    if len(twice) == 0:
        raise DataError.because(
            "whether the rung before last counts is seen in three months in a row, which nobody has.",
            hint="careers over a longer time: ladder.careers(transactions, as_of=<a later day>).",
        )
    first_state, second_state, third_state = (
        panel.code[now[twice]],
        panel.code[then[twice]],
        panel.code[then[twice + 1]],
    )
    S = len(panel.states)
    second = (
        np.bincount((first_state * S + second_state) * S + third_state, minlength=S**3)
        .reshape(S * S, S)
        .astype(np.float64)
    )
    first = second.reshape(S, S, S).sum(axis=0)
    rows = (first + 1 / S) / (first + 1 / S).sum(axis=1, keepdims=True)
    plain = float(np.sum(first * np.log(rows)))
    evidence, mass = log_marginal_likelihood_over_masses(second, pooled=np.tile(rows, (S, 1)))
    return new_frame(
        {
            "order": np.array([1, 2]),
            "mass": np.array([np.nan, mass]),
            "log_evidence": np.array([plain, evidence]),
            "log_bayes_factor": np.array([0.0, evidence - plain]),
        },
        like=like,
    )


def duration(panel: CareerPanel, *, one_chain: Array, mixture: Mixture, counts: StepCounts, like: Any) -> Any:
    """See `ChainMovement.duration`.

    Args:
        panel: the careers.
        one_chain: one chain of all customers, (S, S).
        mixture: the mixture of chains.
        counts: steps of the customers of the panel.
        like: the kind of frame to return.
    """
    now, then = panel.steps()
    spell = _spells(panel)[now]
    state_now, kept = panel.code[now], panel.code[now] == panel.code[then]
    plain = np.diag(one_chain)
    p_class, _ = class_probabilities(counts, mixture)
    own = np.einsum("nk,kn->n", p_class[panel.owner[now]], np.diagonal(mixture.P, axis1=1, axis2=2)[:, state_now])
    rows: list[tuple[int, str, int, float, float, float]] = []
    for state in range(len(panel.states)):
        for low, high in SPELLS:
            at = (state_now == state) & (spell >= low) & (spell <= high)
            if at.any():
                label = f"{low}" if low == high else f"{low} to {high}" if high < SPELLS[-1][1] else f"{low} or more"
                rows.append(
                    (state, label, int(at.sum()), float(kept[at].mean()), float(plain[state]), float(own[at].mean()))
                )
    state_at, label_at, count, stayed, by_one, by_mixture = (list(column) for column in zip(*rows, strict=True))
    return new_frame(
        {
            **state_columns(panel.states, np.array(state_at), like=like),
            "months_on_rung": label_at,
            "customers": np.array(count),
            "stayed": np.array(stayed),
            "one_chain": np.array(by_one),
            "mixture": np.array(by_mixture),
        },
        like=like,
    )


def _spells(panel: CareerPanel) -> Whole:
    """Consecutive months that the customer of each row has been in its state, that month included, (rows,)."""
    begins = np.ones(len(panel.code), dtype=bool)
    begins[1:] = (np.diff(panel.code) != 0) | (np.diff(panel.owner) != 0)
    start = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    spells: Whole = np.arange(len(begins)) - start + 1
    return spells
