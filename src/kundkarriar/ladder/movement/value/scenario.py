"""Scenarios of chains: what likelier or less likely steps between rungs change in the coming months."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import read_many, refusal
from kundkarriar.arrays import Array
from kundkarriar.effects.change import Change
from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame, text_column
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.movement.state_columns import rungs_of
from kundkarriar.ladder.movement.value.contribution import require_known
from kundkarriar.numerics.markov.mixture import Mixture
from kundkarriar.numerics.markov.projection import monthly, months_ahead, with_odds

Row = tuple[str, float, str | None, Array]
"""Part, months ahead and name of a row, and its draws as usual and changed, (2, draws)."""
EXAMPLE = 'kk.Change(rung="client", to="supporter", odds=1.2)'


def read_steps(given: Any) -> tuple[Change, ...]:
    """Changes of steps between rungs, at least one.

    Raises:
        DataError: no changes, or other objects.
        CapabilityError: a change that is no step between rungs.
    """
    law, hint = "kk.Change objects, at least one", f"write changes=[{EXAMPLE}]."
    changes = (given,) if isinstance(given, Change) else read_many(given, "changes", law=law, hint=hint)
    if not changes or not all(isinstance(each, Change) for each in changes):
        raise refusal(given, "changes", law=law, hint=hint)
    for change in changes:
        _ = change.step
    return changes


def odds_drawn(changes: Sequence[Change], *, draws: int, generator: np.random.Generator) -> Array:
    """The factor of the odds of each change in each draw, (changes, draws): as stated, or drawn from its effect."""
    return np.array(
        [
            np.full(draws, change.odds) if change.effect is None else change.effect.drawn(draws, seed=stream)
            for change, stream in zip(changes, generator.spawn(len(changes)), strict=True)
        ]
    )


def two_worlds(
    chains: Mixture, steps: Iterable[tuple[int, int, float]], *, base: Array, months: int, log_tilt: Array | None
) -> Array:
    """Expected customers in each state in the coming months, as usual and with changed odds of steps, (2, months, S).

    Args:
        chains: the chains of both.
        steps: the changed ones: from, to, factor of the odds.
        base: customers today by chain and state, (K, S).
        months: the number of months.
        log_tilt: seasonal tilt of each month, (months, S); None without a season.
    """
    usual = monthly(chains.P, months=months, log_tilt=log_tilt)
    worlds = (usual, with_changed_odds(usual, steps))
    return np.stack([np.einsum("ks,hkst->ht", base, months_ahead(each)) for each in worlds])


def scenario_rows(numbers: Array, *, states: Sequence[State], R: Array, beta: float) -> list[Row]:
    """The rows of `ChainMovement.scenario` of drawn `numbers`, (2, draws, months, S).

    `R` (S,) is the monthly contribution of each state, and `beta` the monthly discount factor.
    """
    months = range(numbers.shape[2])
    rows: list[Row] = []
    for month, name in itertools.product(months, rungs_of(states)):
        on_rung = numbers[:, :, month, [state.rung == name for state in states]].sum(axis=-1)
        if on_rung.any():
            rows.append(("rung", month + 1, name, on_rung))
    money = numbers @ R * beta ** np.arange(1, len(months) + 1)
    rows += [("value", month + 1, None, money[:, :, month]) for month in months]
    return [*rows, ("value", np.nan, "total", money.sum(axis=2))]


def scenario_frame(rows: Sequence[Row], *, level: float, like: Any) -> Any:
    """The frame of a scenario: part, ahead, name, usual, changed, difference, low, high (of the difference)."""
    both = np.array([row[3] for row in rows])
    difference = both[:, 1] - both[:, 0]
    low, high = np.quantile(difference, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return new_frame(
        {
            "part": text_column([row[0] for row in rows], like=like),
            "ahead": np.array([row[1] for row in rows], dtype=np.float64),
            "name": text_column([row[2] for row in rows], like=like),
            "usual": both[:, 0].mean(axis=1),
            "changed": both[:, 1].mean(axis=1),
            "difference": difference.mean(axis=1),
            "low": low,
            "high": high,
        },
        like=like,
    )


def steps_of(change: Change, *, states: Sequence[State], members: Sequence[Mixture]) -> list[tuple[int, int]]:
    """The steps between states, from and to, that a change of a step between rungs affects.

    Raises:
        DataError: a rung is unknown, or nobody ever takes the step.
    """
    rung, to, _ = change.step
    require_known([rung, to], "a change", rungs=rungs_of(states))
    start, end = ([at for at, state in enumerate(states) if state.rung == each] for each in (rung, to))
    if not any(member.P[:, start][:, :, end].any() for member in members):
        raise DataError.because(
            f"nobody ever steps from {rung!r} to {to!r} in a month, so its odds cannot be multiplied.",
            hint="see movement.transitions() for the steps there are.",
        )
    return list(itertools.product(start, end))


def with_changed_odds(P: Array, steps: Iterable[tuple[int, int, float]]) -> Array:
    """Chains, (..., S, S), with the odds of steps (from, to, factor) multiplied, one after the other."""
    for start, end, odds in steps:
        P = with_odds(P, start=start, end=end, odds=odds)
    return P
