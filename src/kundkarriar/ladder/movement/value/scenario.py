"""Scenarios: changes in the steps between rungs, inflow and referrals, projected over the coming months."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import NAME, NOT_NEGATIVE, is_number, read_many, refusal, to_float
from kundkarriar.arrays import Array, Whole
from kundkarriar.effects.change import Change, steps_only
from kundkarriar.errors import DataError
from kundkarriar.fields import all_instances_of
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.movement.state_columns import rungs_of
from kundkarriar.ladder.movement.value.contribution import require_known
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities
from kundkarriar.numerics.markov.projection import Projection, project, with_odds
from kundkarriar.numerics.markov.step_counts import StepCounts
from kundkarriar.stored import Stored

T = TypeVar("T")


def as_changes(given: Any) -> tuple[Any, ...]:
    """Converter to a tuple of changes; a single change is a tuple of one."""
    hint = 'write shifts=[kk.Change(rung="client", to="supporter", odds=1.2)].'
    return (given,) if isinstance(given, Change) else read_many(given, "shifts", law="Change objects", hint=hint)


def _rates(given: Any) -> Any:
    pairs = tuple(given.items()) if isinstance(given, Mapping) else given
    if isinstance(pairs, tuple | list) and all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        return tuple((rung, to_float(rate)) for rung, rate in pairs)
    return given


def _rates_of_rungs(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or not all(
        isinstance(pair, tuple) and isinstance(pair[0], str) and is_number(pair[1]) and 0 <= pair[1] < np.inf
        for pair in value
    ):
        hint = f"write {attribute.name}={{'client': 0.02}}."
        raise refusal(value, attribute.name, law="finite numbers of at least 0 by rung", hint=hint)


@frozen(kw_only=True)
class Scenario(Stored):
    """Assumptions on the coming months: changed steps, new customers, referrals and costs.

    Attributes:
        name: name of the scenario.
        shifts: the changes of steps between rungs, from next month on, for today's customers and newcomers alike.
        inflow: customers that the firm acquires per month.
        acquisition_cost: cost of acquiring one of them; referred customers cost nothing.
        referrals: by rung, customers whom one customer there refers per month.
        monthly_cost: other cost of the scenario per month.

    >>> Scenario(name="a club", shifts=[Change(rung="client", to="supporter", odds=1.2)], monthly_cost=500).monthly_cost
    500.0
    """

    name: str = field(validator=NAME)
    shifts: tuple[Change, ...] = field(
        default=(), converter=as_changes, validator=(all_instances_of(Change), steps_only)
    )
    inflow: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)
    acquisition_cost: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)
    referrals: tuple[tuple[str, float], ...] = field(default=(), converter=_rates, validator=_rates_of_rungs)
    monthly_cost: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)


def draw_scenarios(
    scenarios: Sequence[Scenario],
    drawn: Iterable[Mixture],
    *,
    states: Sequence[State],
    members: Sequence[Mixture],
    counts: StepCounts,
    state: Whole,
    R: Array,
    beta: float,
    periods: int,
) -> dict[str, dict[str, Array]]:
    """Posterior draws of the coming months under each scenario, by its name and by column.

    The columns are customers, newcomers, referred and contribution of each month, (draws, periods + 1), and the
    discounted sums base (of today's customers), inflow (of newcomers, net of acquisition), cost (of the scenario) and
    total, (draws,). Numbers of customers are expectations given the drawn chains. Every scenario has the same chains:
    its draws differ from those of another by the scenarios alone.

    Args:
        scenarios: the scenarios.
        drawn: the chains of each draw.
        states: the states of the chains.
        members: the mixtures that the chains are drawn from.
        counts: steps of each customer.
        state: present state of each, (n,).
        R: monthly contribution of each state, (S,).
        beta: monthly discount factor.
        periods: number of months after this one.
    """
    plans = [(each, _referrals(each, states), changed_steps(states, members, each.shifts)) for each in scenarios]
    distinct, inverse = counts.distinct()
    draws: list[list[dict[str, Any]]] = [[] for _ in plans]
    for chains in drawn:
        p_class = class_probabilities(distinct, chains)[0][inverse]
        base = np.stack([np.bincount(state, weights=own, minlength=len(R)) for own in p_class.T]).astype(np.float64)
        for (scenario, referrals, steps), own_draws in zip(plans, draws, strict=True):
            changed = evolve(chains, P=with_changed_odds(chains.P, steps))
            ahead = project(changed, base=base, won=np.full(periods, scenario.inflow), referrals=referrals)
            own_draws.append(_one_draw(ahead, R=R, beta=beta, scenario=scenario))
    return {
        scenario.name: {column: np.stack([row[column] for row in rows]) for column in rows[0]}
        for scenario, rows in zip(scenarios, draws, strict=True)
    }


def _referrals(scenario: Scenario, states: Sequence[State]) -> Array:
    """Customers whom one customer in each state refers per month, (S,); lapsed customers refer none."""
    rates = dict(scenario.referrals)
    require_known(rates, f"referrals of the scenario {scenario.name!r}", rungs=rungs_of(states))
    return np.array([0.0 if state.lapsed else rates.get(state.rung, 0.0) for state in states])


def _one_draw(ahead: Projection, *, R: Array, beta: float, scenario: Scenario) -> dict[str, Any]:
    """The columns of one draw."""
    weight = beta ** np.arange(len(ahead.won))
    old, new = ahead.base @ R, ahead.joined @ R - ahead.won * scenario.acquisition_cost
    cost = np.concatenate([[0.0], np.full(len(weight) - 1, scenario.monthly_cost)])
    sums = {"base": weight @ old, "inflow": weight @ new, "cost": weight @ cost}
    return {
        "customers": (ahead.base + ahead.joined).sum(axis=1),
        "newcomers": ahead.won + ahead.referred,
        "referred": ahead.referred,
        "contribution": old + new - cost,
        **sums,
        "total": sums["base"] + sums["inflow"] - sums["cost"],
    }


def changed_steps(
    states: Sequence[State], members: Sequence[Mixture], changes: Sequence[Change]
) -> list[tuple[int, int, float]]:
    """The steps between states that changes between rungs affect: (from, to, factor of the odds).

    Raises:
        DataError: a rung is unknown, or nobody ever takes the step.
    """
    steps = []
    for change in changes:
        rung, to, odds = change.step
        require_known([rung, to], "a shift", rungs=rungs_of(states))
        start, end = ([at for at, state in enumerate(states) if state.rung == each] for each in (rung, to))
        if not any(member.P[:, start][:, :, end].any() for member in members):
            raise DataError.because(
                f"nobody ever steps from {rung!r} to {to!r} in a month, so its odds cannot be multiplied.",
                hint="see movement.transitions() for the steps there are.",
            )
        steps += [(*step, odds) for step in itertools.product(start, end)]
    return steps


def with_changed_odds(P: Array, steps: Iterable[tuple[int, int, float]]) -> Array:
    """Chains, (K, S, S), with the odds of steps (from, to, factor) multiplied, one after the other."""
    for start, end, odds in steps:
        P = with_odds(P, start=start, end=end, odds=odds)
    return P


def named_once(given: Any, name: str, *, kind: type[T], example: str) -> tuple[T, ...]:
    """Scenarios or paths, at least one, each with a name of its own; a single one is a tuple of one."""
    law, hint = f"kk.{kind.__name__} objects with names of their own, at least one", f"write {name}=[{example}, ...]."
    several = (given,) if isinstance(given, kind) else read_many(given, name, law=law, hint=hint)
    if not several or not all(isinstance(each, kind) for each in several):
        raise refusal(given, name, law=law, hint=hint)
    names: list[Any] = [getattr(each, "name", None) for each in several]
    if len(set(names)) < len(names):
        raise refusal(names, name, law=law, hint=hint)
    return several
