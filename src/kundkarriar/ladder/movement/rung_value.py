"""Values of rungs, value of promotion, time to a rung, and steady state, averaged over mixtures of Markov chains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, numbers, require
from kundkarriar.history.period import DAYS
from kundkarriar.ladder.career_panel import read_careers
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.markov import value as markov_value
from kundkarriar.numerics.markov.mixture import draw_chains
from kundkarriar.numerics.money.discount import rate_per_period

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kundkarriar.ladder.movement.movement import AveragedChains
    from kundkarriar.numerics.markov.mixture import Mixture

    Array = NDArray[np.float64]

LIKE = pd.DataFrame()
PERCENT = 0.01
LOST = "lapsed"
"""Default name of the rung of lost customers."""


def values(
    movement: AveragedChains,
    *,
    contribution: Any,
    discount_rate: float,
    lost: str,
    level: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """See `ValuedMovement.value`."""
    R, beta = contribution_by_state(movement, contribution), monthly_discount_factor(discount_rate)
    lost_state = _lost_states(movement, lost)

    def state_values(mixture: Mixture, visits: Array) -> Array:
        V = markov_value.value(P=mixture.P, R=np.broadcast_to(R, mixture.P.shape[:2]), beta=beta)
        return np.stack([_mean_over_chains(visits, V), _mean_over_chains(visits, V - V[:, lost_state])])

    mean, low, high = with_interval(movement, state_values, level=level, draws=draws, seed=seed)
    unchanged = lost_state == np.arange(len(R))
    retention = np.where(unchanged, np.nan if unchanged.all() else 0.0, mean[1])
    return pd.DataFrame(
        {
            **_state_columns(movement),
            "contribution": R,
            "value": mean[0],
            "low": low[0],
            "high": high[0],
            "retention_value": retention,
        }
    )


def steps_up(
    movement: AveragedChains, *, contribution: Any, discount_rate: float, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """See `ValuedMovement.steps_up`."""
    R, beta = contribution_by_state(movement, contribution), monthly_discount_factor(discount_rate)
    up = _states_above(movement)
    below_top = np.flatnonzero(up >= 0)

    def state_values(mixture: Mixture, visits: Array) -> Array:
        V = markov_value.value(P=mixture.P, R=np.broadcast_to(R, mixture.P.shape[:2]), beta=beta)
        gain = V[:, up] - V
        retained = markov_value.occupancy(P=mixture.P, beta=beta)[:, np.arange(len(R)), np.arange(len(R))]
        return np.stack([_mean_over_chains(visits, gain), _mean_over_chains(visits, PERCENT * beta * retained * gain)])[
            :, below_top
        ]

    step, low, high = with_interval(movement, state_values, level=level, draws=draws, seed=seed)
    return pd.DataFrame(
        {
            **state_columns(movement.states, below_top, like=LIKE),
            "next": [movement.states[at].rung for at in up[below_top]],
            "step_value": step[0],
            "low": low[0],
            "high": high[0],
            "percent_value": step[1],
        }
    )


def time_to(movement: AveragedChains, rung: str, *, level: float, draws: int, seed: int) -> pd.DataFrame:
    """See `ValuedMovement.time_to`."""
    names = list(dict.fromkeys(state.rung for state in movement.states))
    if rung not in names:
        raise DataError.because(f"the movement knows no rung {rung!r}.", hint=f"its rungs are {names}.")
    target = np.array([state.rung == rung for state in movement.states])

    def reached(mixture: Mixture, visits: Array) -> Array:
        ever, after = zip(*(_reach_set(P, target) for P in mixture.P), strict=True)
        weighted = np.stack(ever) * np.nan_to_num(np.stack(after))
        return np.stack([_mean_over_chains(visits, np.stack(ever)), _mean_over_chains(visits, weighted)])

    (p, p_times_months), low, high = with_interval(movement, reached, level=level, draws=draws, seed=seed)
    return pd.DataFrame(
        {
            **_state_columns(movement),
            "probability": p,
            "low": low[0],
            "high": high[0],
            "months": np.where(p > 0, p_times_months / np.where(p > 0, p, 1.0), np.nan),
        }
    )


def steady(movement: AveragedChains) -> pd.DataFrame:
    """See `ValuedMovement.steady_state`."""
    shares = []
    for member in movement.members:
        start = member.seen / member.seen.sum(axis=1, keepdims=True)
        ends = [start[k] @ markov_value.steady_state(P=member.P[k]) for k in range(len(member))]
        shares.append(member.weights @ np.stack(ends))
    return pd.DataFrame({**_state_columns(movement), "share": np.mean(shares, axis=0)})


def contribution(movement: AveragedChains, careers: Any, *, margin: float) -> Any:
    """See `ValuedMovement.contribution`."""
    if not (_is_finite(margin) and margin <= 1):
        raise DataError.because(
            f"`margin` is the share of revenue left, a number of at most 1, got {margin!r}.", hint="margin=0.3."
        )
    frame = narrow(careers, need="contribution")
    require(frame, ["value"], need="contribution")
    if "complete" in frame.columns:
        frame = frame.filter(frame["complete"])
    panel = read_careers(frame, states=movement.states)
    money = numbers(frame, "value", need="contribution")[panel.row]
    S = len(movement.states)
    later = np.ones(len(panel.code), dtype=bool)
    later[panel.start[:-1][panel.known]] = False
    months = np.bincount(panel.code[later], minlength=S)
    mean = np.bincount(panel.code[later], weights=money[later], minlength=S) / np.maximum(months, 1)
    return new_frame(
        {
            **state_columns(movement.states, np.arange(S), like=careers),
            "months": months,
            "contribution": margin * mean,
        },
        like=careers,
    )


def _reach_set(P: Array, target: NDArray[np.bool_]) -> tuple[Array, Array]:
    """`reach` of a set of states, merged into one: probability of ever reaching it, months until then, (S,) each."""
    others = np.flatnonzero(~target)
    merged = np.zeros((len(others) + 1, len(others) + 1))
    merged[:-1, :-1] = P[np.ix_(others, others)]
    merged[:-1, -1] = P[np.ix_(others, np.flatnonzero(target))].sum(axis=1)
    merged[-1, -1] = 1.0
    ever, after = np.ones(len(P)), np.zeros(len(P))
    merged_ever, merged_after = markov_value.first_passage(P=merged, target=len(others))
    ever[others], after[others] = merged_ever[:-1], merged_after[:-1]
    return ever, after


def _mean_over_chains(visits: Array, by_chain: Array) -> Array:
    """Average of a (K, S) array over the chains of the customers in each state, (S,)."""
    return np.asarray(np.einsum("sk,ks->s", visits, by_chain))


def with_interval(
    movement: AveragedChains, statistic: Callable[[Mixture, Array], Array], *, level: float, draws: int, seed: int
) -> tuple[Array, Array, Array]:
    """Average of `statistic` over the mixtures, and its central intervals over posterior draws of their chains."""
    require_level(level)
    require_whole_draws(draws)
    pairs = list(zip(movement.members, movement.visits, strict=True))
    centre = np.mean([statistic(member, visits) for member, visits in pairs], axis=0)
    generator = np.random.default_rng(seed)
    drawn = [
        statistic(draw_chains(member, generator=generator), visits)
        for member, visits in (pairs[draw % len(pairs)] for draw in range(draws))
    ]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return centre, low, high


def _state_columns(movement: AveragedChains) -> dict[str, Any]:
    return state_columns(movement.states, np.arange(len(movement.states)), like=LIKE)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and bool(np.isfinite(value))


def _states_above(movement: AveragedChains) -> NDArray[np.int64]:
    """The state on the next rung, with the same flag if there is one; -1 on the top rung, (S,)."""
    names = list(dict.fromkeys(state.rung for state in movement.states))
    where = {(state.rung, state.lapsed): at for at, state in enumerate(movement.states)}
    up = []
    for state in movement.states:
        above = names[names.index(state.rung) + 1 :][:1]
        flags = (state.lapsed, False, None, True)
        up.append(next((where[rung, flag] for rung in above for flag in flags if (rung, flag) in where), -1))
    return np.array(up)


def _lost_states(movement: AveragedChains, lost: str) -> NDArray[np.int64]:
    """The state of the customers of each state once lost, (S,); the state itself if it is lost, or no state is."""
    names = [state.rung for state in movement.states]
    if lost not in names and lost != LOST:
        raise DataError.because(
            f"`lost` names {lost!r}, which is no rung.", hint=f"the rungs are {sorted(set(names))}."
        )
    where = {(state.rung, state.lapsed): at for at, state in enumerate(movement.states)}
    return np.array(
        [
            where.get((state.rung, True), where.get((lost, None), at)) if not state.lapsed else at
            for at, state in enumerate(movement.states)
        ]
    )


def require_level(level: float) -> None:
    """Refuse the level of an interval that is not between 0 and 1.

    Raises:
        DataError: it is not.
    """
    if not 0 < level < 1:
        raise DataError.because(f"`level` must lie between 0 and 1, got {level}.", hint="level=0.9.")


def require_whole_draws(draws: Any) -> None:
    """Refuse a number of draws that is not a whole number of at least 1.

    Raises:
        DataError: it is not.
    """
    if not (isinstance(draws, int | np.integer) and not isinstance(draws, bool) and draws >= 1):
        raise DataError.because(f"`draws` must be a whole number of at least 1, got {draws!r}.", hint="draws=200.")


def monthly_discount_factor(discount_rate: float) -> float:
    """Monthly discount factor of a yearly effective rate.

    Raises:
        DataError: the rate is not above 0.
    """
    if not (isinstance(discount_rate, int | float) and np.isfinite(discount_rate) and discount_rate > 0):
        raise DataError.because(
            f"value without end needs a yearly discount rate above 0, got {discount_rate!r}.",
            hint="discount_rate=0.10 is 10 % a year.",
        )
    return float(np.exp(-rate_per_period(float(discount_rate), days=DAYS["M"])))


def contribution_by_state(movement: AveragedChains, given: Any) -> Array:
    """Monthly contribution of each state, (S,), from a mapping by rung or a frame.

    A mapping is of customers who have not lapsed; the contribution of lapsed customers is then 0.

    Raises:
        DataError: a state has no contribution, or one that is not finite.
    """
    if isinstance(given, Mapping):
        names = {state.rung for state in movement.states}
        if lacking := sorted(names - set(given)):
            raise DataError.because(
                f"`contribution` lacks the rungs {lacking}.",
                hint="name each rung: contribution={'client': 120.0, ...}.",
            )
        if odd := [rung for rung in sorted(names) if not _is_finite(given[rung])]:
            raise DataError.because(
                f"`contribution` needs a finite number for every rung; {odd} have none.",
                hint="money a month, net of costs: contribution={'client': 120.0, ...}.",
            )
        return np.array([0.0 if state.lapsed else float(given[state.rung]) for state in movement.states])
    frame = narrow(given, need="contribution")
    require(frame, ["rung", "contribution"], need="contribution")
    money = numbers(frame, "contribution", need="contribution")
    flags = frame["lapsed"].to_list() if "lapsed" in frame.columns else [None] * len(frame)
    rows = list(zip(frame["rung"].to_list(), flags, strict=True))
    if twice := sorted({str(row[0]) for row in rows if rows.count(row) > 1}):
        raise DataError.because(f"`contribution` names {twice} more than once.", hint="keep one row of each.")
    table = dict(zip(rows, money.tolist(), strict=True))
    lacking = [str(state) for state in movement.states if (state.rung, state.lapsed) not in table]
    if lacking:
        raise DataError.because(
            f"`contribution` lacks {lacking}.", hint="movement.contribution(careers, margin=0.3) has them all."
        )
    return np.array([table[state.rung, state.lapsed] for state in movement.states])
