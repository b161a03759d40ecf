"""Scenarios: changes in the steps between rungs, inflow and referrals, projected over the coming months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import NAME, NOT_NEGATIVE, POSITIVE, to_float
from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.fields import all_instances_of
from kundkarriar.frames import new_frame
from kundkarriar.ladder.career_panel import CareerPanel
from kundkarriar.ladder.movement.movement import AveragedChains
from kundkarriar.ladder.movement.value.chain_intervals import require_whole_draws
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.ladder.movement.value.monthly_discount import monthly_discount_factor
from kundkarriar.numerics.markov.mixture import Mixture, class_probabilities, draw_chains
from kundkarriar.numerics.markov.projection import Projection, project, with_odds
from kundkarriar.stored import Stored


@frozen(kw_only=True)
class Change:
    """A change in a scenario: a step between two rungs becomes likelier or less likely.

    Attributes:
        rung: the rung that customers step from.
        to: the rung that they step to.
        odds: factor of the monthly odds of that step; 1.2 is a fifth more.

    >>> Change(rung="client", to="supporter", odds=1.2).odds
    1.2
    """

    rung: str = field(validator=NAME)
    to: str = field(validator=NAME)
    odds: float = field(converter=to_float, validator=POSITIVE)


def _rates(given: Mapping[str, float] | Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple((str(rung), float(rate)) for rung, rate in pairs)


def _no_less_than_0(_: object, attribute: Attribute[Any], value: tuple[tuple[str, float], ...]) -> None:
    if wrong := [pair for pair in value if not (np.isfinite(pair[1]) and pair[1] >= 0)]:
        raise ValueError(f"'{attribute.name}' must be rates of at least 0: {wrong}")


@frozen(kw_only=True)
class Scenario(Stored):
    """Assumptions on the coming months: changed steps, new customers, referrals and costs.

    Attributes:
        name: name of the scenario.
        shifts: the changes, from next month on, for today's customers and newcomers alike.
        inflow: customers that the firm acquires per month.
        acquisition_cost: cost of acquiring one of them; referred customers cost nothing.
        referrals: by rung, customers whom one customer there refers per month.
        monthly_cost: other cost of the scenario per month.

    >>> Scenario(name="a club", shifts=[Change(rung="client", to="supporter", odds=1.2)], monthly_cost=500).monthly_cost
    500.0
    """

    name: str = field(validator=NAME)
    shifts: tuple[Change, ...] = field(default=(), converter=tuple, validator=all_instances_of(Change))
    inflow: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)
    acquisition_cost: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)
    referrals: tuple[tuple[str, float], ...] = field(default=(), converter=_rates, validator=_no_less_than_0)
    monthly_cost: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)


@frozen(kw_only=True, eq=False)
class ScenarioDraws:
    """Posterior draws of the months of a scenario.

    Attributes:
        customers, newcomers, referred: numbers in each month, (draws, periods + 1).
        contribution: contribution of each month, net of acquisition and of the scenario's own cost, (draws,
            periods + 1).
        base: discounted contribution of today's customers over the months, (draws,).
        inflow: discounted contribution of newcomers, net of acquisition, (draws,).
        cost: discounted cost of the scenario, (draws,).
    """

    customers: Array
    newcomers: Array
    referred: Array
    contribution: Array
    base: Array
    inflow: Array
    cost: Array

    @property
    def total(self) -> Array:
        """Customer equity, (draws,): base and inflow less cost."""
        return self.base + self.inflow - self.cost


def draw_scenario(
    movement: AveragedChains,
    seen: CareerPanel,
    scenario: Scenario,
    *,
    customers: Any,
    contribution: Any,
    discount_rate: float,
    periods: int,
    draws: int,
    seed: int,
) -> ScenarioDraws:
    """Draws of a scenario: chains from their posterior, and expected numbers of customers who follow them.

    The same seed draws the same chains for every scenario: draws differ by the scenarios alone.
    """
    require_whole_draws(draws)
    if not (isinstance(periods, int | np.integer) and not isinstance(periods, bool) and periods >= 1):
        raise DataError.because(
            f"a scenario needs a whole number of months, at least 1, got {periods!r}.", hint="periods=24."
        )
    R, beta = contribution_by_state(movement, contribution), monthly_discount_factor(discount_rate)
    referrals = _referrals_by_state(movement, scenario)
    steps = [(start, end, change.odds) for change in scenario.shifts for start, end in changed_steps(movement, change)]
    counts, state = movement.counts(seen, customers), seen.state_at(seen.last)
    distinct, inverse = counts.distinct()
    generator = np.random.default_rng(seed)
    rows = []
    for draw in range(draws):
        chains = draw_chains(movement.members[draw % len(movement.members)], generator=generator)
        p_class, _ = class_probabilities(distinct, chains)
        base = _by_chain_and_state(p_class[inverse], state, states=len(R))
        changed = changed_chains(chains, steps)
        ahead = project(changed, base=base, won=np.full(periods, scenario.inflow), referrals=referrals)
        rows.append(_draw(ahead, R=R, beta=beta, scenario=scenario))
    return ScenarioDraws(**{name: np.stack([row[name] for row in rows]) for name in rows[0]})


def monthly_table(drawn: Sequence[tuple[str, ScenarioDraws]], *, level: float, like: Any) -> Any:
    """See `ValuedMovement.scenario`."""
    bounds = [(1 - level) / 2, (1 + level) / 2]
    columns: dict[str, list[Any]] = {}
    for name, result in drawn:
        months = result.customers.shape[1]
        low, high = np.quantile(result.contribution, bounds, axis=0)
        few, many = np.quantile(result.customers, bounds, axis=0)
        part = {
            "scenario": [name] * months,
            "ahead": np.arange(months),
            "customers": result.customers.mean(axis=0),
            "customers_low": few,
            "customers_high": many,
            "newcomers": result.newcomers.mean(axis=0),
            "referred": result.referred.mean(axis=0),
            "contribution": result.contribution.mean(axis=0),
            "contribution_low": low,
            "contribution_high": high,
        }
        for column, values in part.items():
            columns.setdefault(column, []).extend(values)
    return new_frame(columns, like=like)


def equity_table(drawn: Sequence[tuple[str, ScenarioDraws]], *, level: float, like: Any) -> Any:
    """See `ValuedMovement.equity`."""
    bounds = [(1 - level) / 2, (1 + level) / 2]
    rows = []
    for name, result in drawn:
        rows += [(name, part, getattr(result, part)) for part in ("base", "inflow", "cost", "total")]
    first, reference = drawn[0]
    rows += [(f"{name} less {first}", "total", result.total - reference.total) for name, result in drawn[1:]]
    values = np.stack([row[2] for row in rows])
    low, high = np.quantile(values, bounds, axis=1)
    return new_frame(
        {
            "scenario": [row[0] for row in rows],
            "part": [row[1] for row in rows],
            "value": values.mean(axis=1),
            "low": low,
            "high": high,
        },
        like=like,
    )


def _draw(ahead: Projection, *, R: Array, beta: float, scenario: Scenario) -> dict[str, Any]:
    """One draw of a scenario: the fields of `ScenarioDraws` by name."""
    weight = beta ** np.arange(len(ahead.won))
    old, new = ahead.base @ R, ahead.joined @ R - ahead.won * scenario.acquisition_cost
    cost = np.concatenate([[0.0], np.full(len(weight) - 1, scenario.monthly_cost)])
    return {
        "customers": (ahead.base + ahead.joined).sum(axis=1),
        "newcomers": ahead.won + ahead.referred,
        "referred": ahead.referred,
        "contribution": old + new - cost,
        "base": weight @ old,
        "inflow": weight @ new,
        "cost": weight @ cost,
    }


def changed_chains(chains: Mixture, steps: Sequence[tuple[int, int, float]]) -> Mixture:
    """Chains with the odds of steps (from, to, factor) multiplied, one after the other."""
    P = chains.P
    for start, end, odds in steps:
        P = with_odds(P, start=start, end=end, odds=odds)
    return evolve(chains, P=P)


def _by_chain_and_state(p_class: Array, state: Whole, *, states: int) -> Array:
    """Expected numbers of today's customers by chain and state, (K, S)."""
    return np.stack([np.bincount(state, weights=p_class[:, k], minlength=states) for k in range(p_class.shape[1])])


def _referrals_by_state(movement: AveragedChains, scenario: Scenario) -> Array:
    """Customers whom one customer in each state refers per month, (S,); lapsed customers refer none."""
    rates = dict(scenario.referrals)
    _require_known(movement, rates, what=f"referrals of the scenario {scenario.name!r}")
    return np.array([0.0 if state.lapsed else rates.get(state.rung, 0.0) for state in movement.states])


def changed_steps(movement: AveragedChains, change: Change) -> list[tuple[int, int]]:
    """The steps between states that a change between rungs affects: pairs (from, to)."""
    _require_known(movement, [change.rung, change.to], what="a shift")
    starts, ends = (
        [at for at, state in enumerate(movement.states) if state.rung == rung] for rung in (change.rung, change.to)
    )
    cells = [(start, end) for start in starts for end in ends]
    if not any(member.P[:, start, end].any() for member in movement.members for start, end in cells):
        raise DataError.because(
            f"nobody ever steps from {change.rung!r} to {change.to!r} in a month, so its odds cannot be multiplied.",
            hint="see movement.transitions() for the steps there are.",
        )
    return cells


def _require_known(movement: AveragedChains, rungs: Iterable[str], *, what: str) -> None:
    names = list(dict.fromkeys(state.rung for state in movement.states))
    if unknown := [rung for rung in rungs if rung not in names]:
        raise DataError.because(f"{what} names rungs that the movement does not know: {unknown}.", hint=f"{names}.")
