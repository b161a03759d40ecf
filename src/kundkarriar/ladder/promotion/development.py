"""Development or harvest: for rungs of negative contribution, the value of the best development path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import LEVEL, NAME, NOT_NEGATIVE, refusal, to_float
from kundkarriar.arrays import Array
from kundkarriar.effects.change import Change, steps_only
from kundkarriar.fields import all_instances_of
from kundkarriar.ladder.movement.drawn_movement import FollowedChains, monthly_discount_factor, with_interval
from kundkarriar.ladder.movement.movement import require_rungs
from kundkarriar.ladder.movement.state_columns import rungs_of, state_columns
from kundkarriar.ladder.movement.value.contribution import by_rung, contribution_by_state
from kundkarriar.ladder.movement.value.scenario import (
    as_changes,
    changed_steps,
    named_once,
    with_changed_odds,
)
from kundkarriar.ladder.movement.value.valued_movement import ValuedMovement
from kundkarriar.stored import Stored

NEED = "development"
DEVELOP, HARVEST, UNCLEAR = "develop", "harvest", "unclear"


def _at_least_one(_: object, attribute: Attribute[Any], value: tuple[Change, ...]) -> None:
    if not value:
        raise refusal(
            value, attribute.name, law="kk.Change objects, at least one", hint="write shifts=[kk.Change(...)]."
        )


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
    shifts: tuple[Change, ...] = field(
        converter=as_changes, validator=(all_instances_of(Change), _at_least_one, steps_only)
    )
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
    require_rungs(movement, ["drawn"], need=NEED)
    paths = named_once(paths, "paths", kind=DevelopmentPath, example='kk.DevelopmentPath(name="calls", ...)')
    states, level = movement.states, LEVEL.read(level, "level")
    R, beta = contribution_by_state(states, contribution), monthly_discount_factor(discount_rate)
    harvested = by_rung(harvest, "harvest", rungs=rungs_of(states))
    minimum_service = np.array([harvested.get(state.rung, money) for state, money in zip(states, R, strict=True)])
    steps = [changed_steps(states, movement.members, path.shifts) for path in paths]
    net = [_net_of_cost(R, cost=path.cost, steps=own) for path, own in zip(paths, steps, strict=True)]

    def statistic(chains: FollowedChains) -> Array:
        now, harvested = (chains.averaged(chains.values(money, beta=beta)) for money in (R, minimum_service))
        changed = (evolve(chains, P=with_changed_odds(chains.P, own)) for own in steps)
        ways = [each.averaged(each.values(money, beta=beta)) for each, money in zip(changed, net, strict=True)]
        return np.stack([now, harvested, *ways, *(way - harvested for way in ways)])

    mean, low, high = with_interval(movement, statistic, level=level, draws=draws, seed=seed)
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
            **state_columns(states, losing),
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


def _net_of_cost(R: Array, *, cost: float, steps: Sequence[tuple[int, int, float]]) -> Array:
    """Contribution of each state less the cost of a path, paid in the states that its steps start from, (S,)."""
    paid = np.zeros(len(R))
    paid[[start for start, _, _ in steps]] = cost
    return R - paid


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
