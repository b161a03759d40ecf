"""Tables of a fitted hidden Markov model: states, number of states, transitions, effects of contacts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.ladder.hidden.hidden_estimate import HiddenEstimate
from kundkarriar.ladder.movement.value.chain_intervals import require_level
from kundkarriar.numerics.hmm.posterior import mean_transitions
from kundkarriar.numerics.optimize.model_comparison import bic


def states(movement: HiddenEstimate, *, level: float) -> pd.DataFrame:
    """See `HiddenMovement.states`."""
    m, k = movement.chain.m, movement.chain.k
    covariance, jacobian = _mean_jacobian(movement)
    error = np.sqrt(np.einsum("sk,kl,sl->s", jacobian, covariance, jacobian))
    half_width = _tail(level) * error
    return pd.DataFrame(
        {
            "rung": list(movement.names),
            "purchases": m,
            "low": m * np.exp(-half_width),
            "high": m * np.exp(half_width),
            "p_purchase": movement.p_purchase,
            "share": movement.visits,
        },
        index=range(len(k)),
    )


def choices(movement: HiddenEstimate) -> pd.DataFrame:
    """See `HiddenMovement.choices`."""
    judged, fitted = dict(movement.judged), {s: (k, value) for s, k, value in movement.log_likelihoods}
    rows = []
    for count in sorted({*judged, *fitted}):
        k, value = fitted.get(count, (np.nan, np.nan))
        criterion = bic(value, parameters=k, n=movement.n_months)
        rows.append((count, k, value, criterion, judged.get(count, np.nan), count == len(movement.names)))
    columns = ["states", "parameters", "log_likelihood", "bic", "log_evidence", "chosen"]
    return pd.DataFrame(rows, columns=columns)


def boundary(movement: HiddenEstimate) -> str | None:
    """See `HiddenMovement.boundary`."""
    table, count = choices(movement), len(movement.names)
    bic_of = dict(zip(table["states"], table["bic"], strict=True))
    judged = dict(movement.judged)
    held_out = bool(judged) and max(judged, key=lambda each: judged[each]) == 1
    if bic_of[1] <= bic_of[count] or held_out:
        return (
            f"One state tells of these purchases as well as {count} do (BIC {bic_of[1]:.1f} against "
            f"{bic_of[count]:.1f}): "
            "the months are as those of customers who are all alike, and the states mean nothing."
        )
    return None


def transitions(movement: HiddenEstimate, *, level: float, draws: int, seed: int) -> pd.DataFrame:
    """See `HiddenMovement.transitions`."""
    _tail(level)
    drawn = np.stack(
        [
            mean_transitions(chain, a=movement.usual, share=movement.usual_share)
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


def effects(movement: HiddenEstimate, *, level: float) -> pd.DataFrame:
    """See `HiddenMovement.effects`."""
    contacts, S = movement.contacts, len(movement.names)
    if not contacts:
        raise DataError.because(
            "the hidden ladder was fitted without contacts, and knows no effects.",
            hint='kk.HiddenLadder(contacts=("mails",)).fit(careers), with a column `mails`.',
        )
    std_error = movement.unconstrained.parts(np.sqrt(np.diag(movement.covariance)))["rho"]
    effect, error = movement.chain.rho.T.ravel(), (std_error / movement.scale).T.ravel()
    half_width = _tail(level) * error
    return pd.DataFrame(
        {
            "contact": np.repeat(np.array(contacts, dtype=object), S).tolist(),
            "from": list(movement.names) * len(contacts),
            "effect": effect,
            "std_error": error,
            "low": effect - half_width,
            "high": effect + half_width,
            "odds": np.exp(effect),
        }
    )


def _mean_jacobian(movement: HiddenEstimate) -> tuple[Array, Array]:
    """Covariance of the unconstrained means, (S, S), and the jacobian of ln m in them, (S, S)."""
    S = len(movement.names)
    unconstrained = movement.unconstrained
    where = unconstrained.parts(np.arange(len(unconstrained), dtype=np.float64))["m"].astype(np.int64)
    gaps = np.concatenate([[1.0], np.diff(np.log(movement.chain.m))])
    return movement.covariance[np.ix_(where, where)], np.tril(np.ones((S, S))) * gaps


def _tail(level: float) -> float:
    """Number of standard errors on each side of an interval."""
    require_level(level)
    return float(ndtri((1 + level) / 2))
