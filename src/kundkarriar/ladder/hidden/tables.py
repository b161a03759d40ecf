"""Frames of what a hidden ladder learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from kundkarriar.errors import DataError
from kundkarriar.numerics.hmm.posterior import usual_moves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.ladder.hidden.fitted_hidden_ladder import FittedHiddenLadder

    Array = NDArray[np.float64]


def states(movement: FittedHiddenLadder, *, level: float) -> pd.DataFrame:
    """See `FittedHiddenLadder.states`."""
    m, k = movement.chain.m, movement.chain.k
    parts, slope = _mean_slopes(movement)
    error = np.sqrt(np.einsum("sk,kl,sl->s", slope, parts, slope))
    wide = _tail(level) * error
    return pd.DataFrame(
        {
            "rung": list(movement.names),
            "purchases": m,
            "low": m * np.exp(-wide),
            "high": m * np.exp(wide),
            "p_purchase": movement.p_purchase,
            "share": movement.visits,
        },
        index=range(len(k)),
    )


def choices(movement: FittedHiddenLadder) -> pd.DataFrame:
    """See `FittedHiddenLadder.choices`."""
    judged, fitted = dict(movement.judged), {s: (k, value) for s, k, value in movement.log_likelihoods}
    rows = []
    for count in sorted({*judged, *fitted}):
        k, value = fitted.get(count, (np.nan, np.nan))
        bic = k * np.log(movement.n_months) - 2 * value
        rows.append((count, k, value, bic, judged.get(count, np.nan), count == len(movement.names)))
    columns = ["states", "parameters", "log_likelihood", "bic", "log_evidence", "chosen"]
    return pd.DataFrame(rows, columns=columns)


def boundary(movement: FittedHiddenLadder) -> str | None:
    """See `FittedHiddenLadder.boundary`."""
    table, count = choices(movement), len(movement.names)
    bic = dict(zip(table["states"], table["bic"], strict=True))
    said = dict(movement.judged)
    held_out = bool(said) and max(said, key=lambda each: said[each]) == 1
    if bic[1] <= bic[count] or held_out:
        return (
            f"One state tells of these purchases as well as {count} do (BIC {bic[1]:.1f} against {bic[count]:.1f}): "
            "the months are as those of customers who are all alike, and the states mean nothing."
        )
    return None


def transitions(movement: FittedHiddenLadder, *, level: float, draws: int, seed: int) -> pd.DataFrame:
    """See `FittedHiddenLadder.transitions`."""
    _tail(level)
    drawn = np.stack(
        [
            usual_moves(chain, a=movement.usual, share=movement.usual_share)
            for chain in movement.drawn(draws=draws, seed=seed)
        ]
    )
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    S = len(movement.names)
    names = np.array(movement.names, dtype=object)
    return pd.DataFrame(
        {
            "from": np.repeat(names, S).tolist(),
            "to": np.tile(names, S).tolist(),
            "steps": movement.steps.ravel(),
            "probability": movement.moves.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }
    )


def effects(movement: FittedHiddenLadder, *, level: float) -> pd.DataFrame:
    """See `FittedHiddenLadder.effects`."""
    contacts, S = movement.spec.contacts, len(movement.names)
    if not contacts:
        raise DataError.because(
            "the hidden ladder was fitted without contacts, and knows no effects.",
            hint='kk.HiddenLadder(contacts=("mails",)).fit(careers), with a column `mails`.',
        )
    at = movement.spec.coordinates(S).parts(np.sqrt(np.diag(movement.covariance)))["rho"]
    effect, error = movement.chain.rho.T.ravel(), (at / movement.scale).T.ravel()
    wide = _tail(level) * error
    return pd.DataFrame(
        {
            "contact": np.repeat(np.array(contacts, dtype=object), S).tolist(),
            "from": list(movement.names) * len(contacts),
            "effect": effect,
            "std_error": error,
            "low": effect - wide,
            "high": effect + wide,
            "odds": np.exp(effect),
        }
    )


def _mean_slopes(movement: FittedHiddenLadder) -> tuple[Array, Array]:
    """Covariance of the coordinates of the means, (S, S), and slopes of ln m in them, (S, S)."""
    S = len(movement.names)
    coordinates = movement.spec.coordinates(S)
    where = coordinates.parts(np.arange(len(coordinates), dtype=np.float64))["m"].astype(np.int64)
    gaps = np.concatenate([[1.0], np.diff(np.log(movement.chain.m))])
    return movement.covariance[np.ix_(where, where)], np.tril(np.ones((S, S))) * gaps


def _tail(level: float) -> float:
    """How many standard errors lie on each side of an interval."""
    if not 0 < level < 1:
        raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.9.")
    return float(ndtri((1 + level) / 2))
