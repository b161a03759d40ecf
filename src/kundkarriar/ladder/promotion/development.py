"""Development or harvest: for rungs of negative contribution, the value of the best development path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import field, frozen
from attrs.validators import min_len

from kundkarriar.arguments import NAME, NOT_NEGATIVE, to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.ladder.movement.value.chain_intervals import with_interval
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.ladder.movement.value.monthly_discount import monthly_discount_factor
from kundkarriar.ladder.movement.value.scenario import Change, changed_chains, changed_steps
from kundkarriar.ladder.movement.value.valued_movement import ValuedMovement
from kundkarriar.numerics.markov import value
from kundkarriar.numerics.markov.mixture import Mixture
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.stored import Stored

NEED = "development"
DEVELOP, HARVEST, UNCLEAR = "develop", "harvest", "unclear"


@frozen(kw_only=True)
class DevelopmentPath(Stored):
    """Measures that a firm may take month after month to promote customers from a rung, and their cost.

    Attributes:
        name: name of the path.
        shifts: the changes in steps between rungs that the measures bring, at least one: estimates of an experiment, or
            assumptions.
        cost: monthly cost per customer on a rung that a change starts from.

    >>> DevelopmentPath(name="calls", shifts=[Change(rung="trial buyer", to="repeat buyer", odds=1.5)], cost=12).cost
    12.0
    """

    name: str = field(validator=NAME)
    shifts: tuple[Change, ...] = field(converter=tuple, validator=min_len(1))
    cost: float = field(converter=to_float, validator=NOT_NEGATIVE)


def development(
    movement: ValuedMovement,
    paths: Sequence[DevelopmentPath],
    *,
    contribution: Any,
    harvest: Mapping[str, float],
    discount_rate: float,
    level: float = 0.9,
    draws: int = 200,
    seed: int = 1,
) -> pd.DataFrame:
    """For each rung of negative contribution: develop its customers by the best path, or harvest at minimum service.

    Under a path, customers move by the changed chains, and its cost is paid while they are on a rung that a change
    starts from. Under harvest, they move as now and bring the contribution at minimum service. Both are valued over an
    infinite horizon, chain by chain, and averaged over the chains of the customers on the rung. Effects and costs are
    inputs. With a movement on `CustomerLadder.groups()` the rungs are moving, recurring and exclusive customers.

    Args:
        movement: fitted, as by `kk.ChainMixture`.
        paths: the paths, each with a name of its own.
        contribution: monthly contribution on each rung as customers are served now, net of costs: see `movement.value`.
        harvest: monthly contribution at minimum service, by rung; on other rungs as now.
        discount_rate: yearly and effective, above 0.
        level: level of the interval.
        draws: number of draws of the chains from their posterior.
        seed: seed of the draws.

    Returns:
        A row for each rung (and lapsed flag) with a contribution below 0: rung, lapsed (where careers have the flag),
        contribution, value (as now), harvest_value, path (the best), path_value, gain (path less harvest), low, high
        (of the gain, for the given effects), decision ("develop": the whole interval lies above 0; "harvest": the
        gain is not above 0; "unclear": otherwise), reason. Empty where no contribution is negative.

    Raises:
        DataError: no path, two of one name, a rung unknown to the movement, or contributions that lack a rung.

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    >>> careers = ladder.careers(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> movement = kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(careers)
    >>> club = kk.DevelopmentPath(name="club", cost=0.1, shifts=[kk.Change(rung="moving", to="recurring", odds=2)])
    >>> found = development(movement, [club], contribution={"moving": -0.2, "recurring": 1.5, "exclusive": 4},
    ...                     harvest={"moving": 0}, discount_rate=0.1, draws=20)
    >>> found.loc[0, ["rung", "path", "decision"]].tolist()
    ['moving', 'club', 'develop']
    """
    _check_paths(paths)
    R, beta = contribution_by_state(movement, contribution), monthly_discount_factor(discount_rate)
    minimum_service = _contribution_at_harvest(movement, R, harvest)
    plans = [_Plan.of(movement, path, R=R) for path in paths]

    def state_values(mixture: Mixture, visits: Array) -> Array:
        now, harvested = (_value(mixture, visits, R=money, beta=beta) for money in (R, minimum_service))
        ways = [_value(changed_chains(mixture, plan.steps), visits, R=plan.R, beta=beta) for plan in plans]
        return np.stack([now, harvested, *ways, *(way - harvested for way in ways)])

    mean, low, high = with_interval(movement, state_values, level=level, draws=draws, seed=as_seed(seed))
    n = len(paths)
    losing = np.flatnonzero(R < 0)
    best = mean[2 + n :].argmax(axis=0)[losing]
    gain, least_gain, most_gain = (each[2 + n + best, losing] for each in (mean, low, high))
    decisions = [
        _decision(paths[path].name, gain=g, low=lo, high=hi, level=level)
        for path, g, lo, hi in zip(best, gain, least_gain, most_gain, strict=True)
    ]
    return pd.DataFrame(
        {
            **state_columns(movement.states, losing, like=pd.DataFrame()),
            "contribution": R[losing],
            "value": mean[0][losing],
            "harvest_value": mean[1][losing],
            "path": [paths[path].name for path in best],
            "path_value": mean[2 + best, losing],
            "gain": gain,
            "low": least_gain,
            "high": most_gain,
            "decision": [decision for decision, _ in decisions],
            "reason": [reason for _, reason in decisions],
        }
    )


@frozen(kw_only=True, eq=False)
class _Plan:
    """A path on the states of a movement: changed steps (from, to, factor), and contribution net of cost, (S,)."""

    steps: list[tuple[int, int, float]]
    R: Array

    @classmethod
    def of(cls, movement: ValuedMovement, path: DevelopmentPath, *, R: Array) -> _Plan:
        steps = [(start, end, change.odds) for change in path.shifts for start, end in changed_steps(movement, change)]
        paid = np.zeros(len(R))
        paid[[start for start, _, _ in steps]] = path.cost
        return cls(steps=steps, R=R - paid)


def _value(mixture: Mixture, visits: Array, *, R: Array, beta: float) -> Array:
    """Value of each state, averaged over the chains of the customers in it, (S,)."""
    V = value.value(P=mixture.P, R=np.broadcast_to(R, mixture.P.shape[:2]), beta=beta)
    return np.asarray(np.einsum("sk,ks->s", visits, V))


def _contribution_at_harvest(movement: ValuedMovement, R: Array, harvest: Mapping[str, float]) -> Array:
    names = [state.rung for state in movement.states]
    if not isinstance(harvest, Mapping) or not harvest:
        raise DataError.because(
            f"{NEED} needs what rungs bring at minimum service, got {harvest!r}.",
            hint="harvest={'trial buyer': -2.0}: money a month, by rung.",
        )
    if unknown := [rung for rung in harvest if rung not in names]:
        raise DataError.because(
            f"`harvest` names rungs that the movement does not know: {unknown}.",
            hint=f"its rungs are {list(dict.fromkeys(names))}.",
        )
    return np.array([float(harvest.get(name, money)) for name, money in zip(names, R, strict=True)])


def _check_paths(paths: Sequence[DevelopmentPath]) -> None:
    names = [path.name for path in paths]
    if not names or len(set(names)) < len(names):
        raise DataError.because(
            f"{NEED} needs paths with names of their own, at least one, got {names}.",
            hint='kk.DevelopmentPath(name="calls", shifts=[kk.Change(...)], cost=12).',
        )


def _decision(name: str, *, gain: float, low: float, high: float, level: float) -> tuple[str, str]:
    span = f"{level:.0%} interval {low:,.2f} to {high:,.2f}"
    if gain <= 0:
        return (
            HARVEST,
            f"no path brings more than harvesting; the nearest, {name!r}, falls short by {-gain:,.2f} ({span})",
        )
    if low > 0:
        return DEVELOP, f"{name!r} brings {gain:,.2f} more than harvesting ({span})"
    return UNCLEAR, f"{name!r} may bring {gain:,.2f} more than harvesting, but not surely ({span})"
