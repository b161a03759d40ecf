"""Checks of the Markov property: whether the rung before the present one, or the time on the rung, matters."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.ladder.career_panel import CareerPanel
from kundkarriar.numerics.markov.dirichlet_rows import log_marginal_likelihood_over_masses

SPELLS = {"1": (1, 1), "2": (2, 2), "3": (3, 3), "4 to 6": (4, 6), "7 to 12": (7, 12), "13 or more": (13, 10**6)}
"""Ranges of months on a rung, first and last month, that a table has a row for."""


def order(panel: CareerPanel) -> dict[str, Any]:
    """The columns of `ChainMovement.order`.

    Raises:
        DataError: nobody has three months in a row.
    """
    now, then = panel.steps()
    twice = np.flatnonzero(then[:-1] == now[1:])
    if len(twice) == 0:
        raise DataError.because(
            "whether the rung before last counts is seen in three months in a row, which nobody has.",
            hint="careers over a longer time: ladder.careers(transactions, as_of=<a later day>).",
        )
    S = len(panel.states)
    path = (panel.code[rows] for rows in (now[twice], then[twice], then[twice + 1]))
    cell = np.ravel_multi_index(tuple(path), (S, S, S))
    second = np.bincount(cell, minlength=S**3).reshape(S * S, S).astype(np.float64)
    first = second.reshape(S, S, S).sum(axis=0)
    rows = (first + 1 / S) / (first + 1 / S).sum(axis=1, keepdims=True)
    plain = float(np.sum(first * np.log(rows)))
    evidence, mass = log_marginal_likelihood_over_masses(second, pooled=np.tile(rows, (S, 1)))
    return {
        "order": np.array([1, 2]),
        "mass": np.array([np.nan, mass]),
        "log_evidence": np.array([plain, evidence]),
        "log_bayes_factor": np.array([0.0, evidence - plain]),
    }


def duration(panel: CareerPanel, *, one_chain: Array, mixture: Array) -> dict[str, Any]:
    """The columns of `ChainMovement.duration`, with the code of the state as `state`.

    Args:
        panel: the careers.
        one_chain: probability of staying in each state under one chain of all customers, (S,).
        mixture: probability of each customer to stay in each state, (n, S).
    """
    now, then = panel.steps()
    spell, state, kept = _spells(panel)[now], panel.code[now], panel.code[now] == panel.code[then]
    own = mixture[panel.owner[now], state]
    rows = [
        (code, label, at.sum(), kept[at].mean(), one_chain[code], own[at].mean())
        for code in range(len(panel.states))
        for label, (low, high) in SPELLS.items()
        if (at := (state == code) & (spell >= low) & (spell <= high)).any()
    ]
    names = ("state", "months_on_rung", "customers", "stayed", "one_chain", "mixture")
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _spells(panel: CareerPanel) -> Whole:
    """Consecutive months that the customer of each row has been in its state, that month included, (rows,)."""
    begins = np.ones(len(panel.code), dtype=bool)
    begins[1:] = (np.diff(panel.code) != 0) | (np.diff(panel.owner) != 0)
    start = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    spells: Whole = np.arange(len(begins)) - start + 1
    return spells
