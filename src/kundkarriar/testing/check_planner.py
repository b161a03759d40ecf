"""`check_planner`: the laws that plans of a user's own playbook and actions must keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arguments import read_object, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError, collected
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.planner import StrategyPlanner
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import BUDGET_HINT, Budget
from kundkarriar.strategy.specs.strategy import Strategy
from kundkarriar.testing.check_rule import made_columns
from kundkarriar.testing.frame_libraries import Columns, as_pandas, columns_of, installed_libraries, take
from kundkarriar.testing.law import require, row_of, told_at_the_call
from kundkarriar.testing.money_scale import scaled_columns, scaled_planner

NAME = "the planner"
HINT = "kk.StrategyPlanner(playbook=..., actions=[...])."
PERIOD = "1998-07/1999-06"
"""The year after the day of simulated customers."""
PLENTY = 1e9
LEVELS = (0.25, 0.5, 1.0, 2.0)
UNIT = 100.0
DEARER, CENT = 1.1, 0.01
ROUNDING, ALMOST = 1e-9, 1e-6
HOLDOUT = 0.2


@told_at_the_call
def check_planner(planner: StrategyPlanner, customers: Any = None, *, budget: Budget | None = None) -> None:
    """Check that the plans of a planner keep the laws that make them worth following.

    Nobody gets an action that its own conditions or the strategy forbid. Neither money nor hours are overspent. Nobody
    is treated at a loss, so a plan is never worse than doing nothing, and with more money it does not bring less. An
    action that costs more than another and does the same is never chosen. Customers held out are of those selected, and
    the others are treated as without a holdout. The plan is the same in any order of the rows and in pandas and polars,
    but for ties whatever the ids are, and in another unit of money it is the same plan in that unit.

    Without rules of the playbook it is never worse than any single action that the budget allows.

    Plans are made without increments, which are the scorer's part, and so with one action for each customer, also where
    the planner allows several.

    Args:
        planner: the playbook and the actions.
        customers: as for `planner.plan`; None simulates some. More than a few hundred take long: each law makes plans.
        budget: without floors and caps, which may ask for what does not pay; None: half of what would be spent without
            limits, in the year after the day of the simulated customers.

    Raises:
        AssertionError: a law is broken; the text says which, and shows the first customer at whom it is seen.
        DataError: no action pays for anybody, so that there is nothing to check; the budget has floors or caps; or as
            in `planner.plan`.

    >>> import kundkarriar as kk
    >>> more = kk.Effect(on="purchases", mean=1.2, low=1.0, high=1.4, evidence="assumed", relative_to="no letter")
    >>> letter = kk.Action(name="letter", objective="grow", lever="information", cost=2, hours=0.1, effect=more)
    >>> check_planner(kk.StrategyPlanner.default(actions=[letter]))
    """
    read_object(planner, "planner", kind=StrategyPlanner, hint=HINT)
    one = evolve(planner, most_actions=1)
    frame = as_pandas(made_columns()) if customers is None else customers
    given = None if budget is None else read_object(budget, "budget", kind=Budget, hint=BUDGET_HINT)
    if given is not None and (given.floors or given.caps):
        raise refusal(given, "budget", law="a budget without floors and caps", hint="leave them out.")
    subject = _Subject.of(one, frame, given)
    made = subject.made()
    plan = columns_of(made.assignments())
    _check_allowed(subject, plan)
    _check_spend(subject, plan)
    _check_gain(subject, plan)
    _check_single_actions(subject, made)
    _check_more_money(subject)
    _check_dominated(subject)
    _check_holdout(subject, plan)
    _check_order(subject, plan)
    _check_ids(subject, plan)
    _check_unit(subject, plan)


@frozen(kw_only=True)
class _Subject:
    """A planner, the customers of its plans as a frame and as lists, and a budget that binds."""

    planner: StrategyPlanner
    frame: Any = field(repr=False)
    columns: Columns = field(repr=False)
    budget: Budget

    @classmethod
    def of(cls, planner: StrategyPlanner, frame: Any, budget: Budget | None) -> _Subject:
        """With the budget given, or half of what is spent without limits.

        Raises:
            DataError: without limits nothing is spent.
        """
        period = PERIOD if budget is None else budget.period
        plenty = Budget(money=PLENTY, hours=PLENTY, period=period, reserve=0)
        subject = cls(planner=planner, frame=frame, columns=columns_of(frame), budget=plenty)
        free = subject.plan()
        if not any(free["treated"]):
            law = "no action of the planner pays for any of the customers: there is no plan to check."
            raise DataError.because(law, hint="pass customers to whom some action adds more than it costs.")
        money, hours = sum(free["cost"]), sum(free["hours"])
        half = Budget(money=money / 2, hours=hours if money else hours / 2, period=period, reserve=0)
        return evolve(subject, budget=half if budget is None else budget)

    @property
    def strategies(self) -> dict[str, Strategy]:
        """The strategies by name."""
        return {each.name: each for each in self.planner.playbook.strategies}

    @property
    def actions(self) -> dict[str, Action]:
        """The actions by name, those that strategies name among them."""
        return {each.name: each for each in self.planner.listed(self.planner.actions)}

    def made(
        self,
        frame: Any = None,
        *,
        planner: StrategyPlanner | None = None,
        budget: Budget | None = None,
        actions: Sequence[Action] | None = None,
        holdout: float = 0.0,
    ) -> Plan[Any]:
        """A plan of the planner, or of another, for the customers or others."""
        spent = self.budget if budget is None else budget
        with collected():  # what a plan tells of its customers is not about the planner
            return (planner or self.planner).plan(
                self.frame if frame is None else frame,
                budget=spent,
                start=spent.first_day,
                actions=actions,
                holdout=holdout,
                seed=1,
            )

    def plan(self, frame: Any = None, **options: Any) -> Columns:
        """The assignments of such a plan as lists."""
        return columns_of(self.made(frame, **options).assignments())

    def customer(self, row: int) -> dict[str, Any]:
        """The values of one customer that strategies, steps and conditions read."""
        whens = [each.when for each in self.strategies.values()]
        own = [each.when for each in self.actions.values() if each.when is not None]
        asked = [name for when in (*own, *whens) for name in when.needs]
        steps = ["rung"] if any(each.step for each in self.actions.values()) else []
        return row_of(self.columns, row, [*steps, *asked])

    def must(self, law: str, broken: Sequence[int], but: str, cases: Mapping[str, Sequence[Any]]) -> None:
        """Raise an error that shows the first customer at whom a law is broken, and what was planned for it."""
        if broken:
            row = broken[0]
            told = {name: given[row] for name, given in cases.items()}
            require(NAME, law, False, but.format(len(broken)), customer=self.customer(row), cases=told)


def _check_allowed(subject: _Subject, plan: Columns) -> None:
    """Nobody gets an action that a step, a condition or the strategy forbids."""
    known, strategies = subject.actions, subject.strategies
    holds = {name: each.when.holds(subject.frame) for name, each in known.items() if each.when is not None}
    reasons: list[str] = []
    for row, given in enumerate(plan["action"]):
        own, why = strategies[plan["strategy"][row]], ""
        for action in [] if given is None else [known[given]]:
            if action.step is not None and subject.columns["rung"][row] != action.step[0]:
                why = f"{action.name!r} is a step from {action.step[0]!r}"
            elif action.name in holds and not holds[action.name][row]:
                why = f"{action.name!r} is for those of whom {action.when}"
            elif not own.allows(action) or (subject.planner.match_objectives and not own.serves(action)):
                why = f"the strategy {own.name!r} does not allow {action.name!r}"
        reasons.append(why)
    broken = [row for row, why in enumerate(reasons) if why]
    law = "give nobody an action that is not for them"
    subject.must(law, broken, "it does for {} of them", {"forbidden": reasons, "planned": plan["action"]})


def _check_spend(subject: _Subject, plan: Columns) -> None:
    """Neither money nor hours are overspent."""
    for what, column, most in (
        ("money", "cost", subject.budget.money_to_plan),
        ("hours", "hours", subject.budget.hours_to_plan),
    ):
        spent = sum(plan[column])
        within = spent <= most * (1 + ROUNDING) + ROUNDING
        cases = {"budget": f"{most:,.2f}", "planned": f"{spent:,.2f}"}
        require(NAME, f"spend no more {what} than there is", within, "it does", cases=cases)


def _check_gain(subject: _Subject, plan: Columns) -> None:
    """Nobody is treated at a loss, and who is not treated costs nothing."""
    net = plan["net"]
    losing = [row for row, value in enumerate(net) if plan["treated"][row] and value < -ROUNDING]
    law = "treat nobody at a loss"
    subject.must(law, losing, "{} customers cost more than they bring", {"planned": plan["action"], "net": net})
    idle = [row for row, value in enumerate(plan["cost"]) if not plan["treated"][row] and value]
    law = "spend nothing on those who are not treated"
    subject.must(law, idle, "{} of them cost money", {"planned": plan["action"], "cost": plan["cost"]})


def _check_single_actions(subject: _Subject, plan: Plan[Any]) -> None:
    """Without rules a plan brings no less than any single action within the budget."""
    told = columns_of(plan.against())
    rows = list(range(len(told["way"])))
    if any(told["kind"][row] == "without rule" for row in rows):
        return
    most = {"money": subject.budget.money_to_plan, "hours": subject.budget.hours_to_plan}
    within = [row for row in rows if all(told[name][row] <= limit for name, limit in most.items())]
    singles = [row for row in within if told["kind"][row] == "single action"]
    best = max(singles, key=lambda row: told["net"][row], default=None)
    if best is not None:
        net, single = told["net"][told["kind"].index("plan")], told["net"][best]
        cases = {"the plan": f"net {net:,.4f}", told["way"][best]: f"net {single:,.4f}"}
        same = net >= single - ROUNDING * (1 + abs(single))
        require(NAME, "bring no less than any single action within the budget", same, "it does", cases=cases)


def _check_more_money(subject: _Subject) -> None:
    """With more money and hours a plan does not bring less."""
    budgets = [_times(subject.budget, level) for level in LEVELS]
    net = [sum(subject.plan(budget=each)["net"]) for each in budgets]
    for less, more in zip(range(len(net)), range(1, len(net)), strict=False):
        cases = {f"money {budgets[at].money:,.2f}": f"net {net[at]:,.4f}" for at in (less, more)}
        within = net[more] >= net[less] - ROUNDING * (1 + abs(net[less]))
        require(NAME, "bring no less with more money and hours", within, "it does", cases=cases)


def _times(budget: Budget, level: float) -> Budget:
    return Budget(money=budget.money * level, hours=budget.hours * level, period=budget.period, reserve=budget.reserve)


def _check_dominated(subject: _Subject) -> None:
    """An action that does what another does, and costs more, is never chosen."""
    named = {word for each in subject.strategies.values() for word in _words(each)}
    twins = {
        f"{each.name}, dearer": evolve(each, name=f"{each.name}, dearer", cost=each.cost * DEARER or CENT)
        for each in subject.planner.actions
        if each.effects and each.name not in named and not isinstance(each.cost, str)
    }
    plan = subject.plan(actions=[*subject.planner.actions, *twins.values()])
    chosen = [row for row, action in enumerate(plan["action"]) if action in twins]
    law = "never choose an action that costs more than another and does the same"
    subject.must(law, chosen, "{} customers get one", {"planned": plan["action"], "cost": plan["cost"]})


def _words(strategy: Strategy) -> list[str]:
    """The actions that a strategy names."""
    return [*(each.name for each in strategy.actions), *strategy.forbids, *strategy.prefers]


def _check_holdout(subject: _Subject, plan: Columns) -> None:
    """Those held out are of those selected; the others are treated as without a holdout."""
    held = subject.plan(holdout=HOLDOUT)
    cases = {"without a holdout": plan["action"], "with one": held["action"], "held out": held["held_out"]}
    other = [
        row
        for row, selected in enumerate(plan["treated"])
        if (held["treated"][row] or held["held_out"][row]) != selected
        or (held["treated"][row] and held["action"][row] != plan["action"][row])
    ]
    subject.must("hold out of those selected, and leave the others as they are", other, "{} differ", cases)
    both = [row for row, out in enumerate(held["held_out"]) if out and (held["treated"][row] or held["cost"][row])]
    subject.must("leave those held out untreated", both, "{} of them are treated", cases)


def _check_order(subject: _Subject, plan: Columns) -> None:
    """The plan is the same in any order of the rows, and in each library."""
    rows = list(range(len(plan["action"])))
    mixed = np.random.default_rng(1).permutation(rows).tolist()
    for words, order in (("in reverse order", rows[::-1]), ("in random order", mixed)):
        other = subject.plan(take(subject.frame, order))
        told = {name: [None] * len(rows) for name in ("action", "net")}
        for at, row in enumerate(order):
            for name, values in told.items():
                values[row] = other[name][at]
        _same(subject, "plan the same in any order of the rows", plan, told, words)
    for kind, make in installed_libraries().items():
        _same(subject, "plan alike in pandas and polars", plan, subject.plan(make(subject.columns)), f"in {kind}")


def _same(subject: _Subject, law: str, plan: Columns, other: Mapping[str, Sequence[Any]], words: str) -> None:
    """Two plans have the same action, and the same net, for every customer."""
    equal = np.isclose(_numbers(plan["net"]), _numbers(other["net"]), rtol=ROUNDING, atol=ROUNDING)
    differs = [row for row, same in enumerate(equal) if not same or plan["action"][row] != other["action"][row]]
    subject.must(law, differs, "{} customers differ", {"as given": plan["action"], words: other["action"]})


def _check_ids(subject: _Subject, plan: Columns) -> None:
    """Other ids change nothing but who is chosen of several from whom as much is gained."""
    ids = subject.columns["customer_id"]
    texts = any(isinstance(each, str) for each in ids)
    renamed = [f"{each}'" if texts else max(ids) + 1 + at for at, each in enumerate(ids)]
    library = next(each for each in installed_libraries().values())
    other = subject.plan(library({**subject.columns, "customer_id": renamed}))
    names = ("as given", "with other ids")
    net = [sum(each["net"]) for each in (plan, other)]
    cases = {name: f"net {value:,.4f}" for name, value in zip(names, net, strict=True)}
    same = abs(net[0] - net[1]) <= ALMOST * (1 + abs(net[0]))
    require(NAME, "bring the same whatever the ids are", same, "it does not", cases=cases)


def _check_unit(subject: _Subject, plan: Columns) -> None:
    """In another unit of money the plan is the same, and its money that of the unit; functions cannot be converted."""
    planner = scaled_planner(subject.planner, UNIT)
    if planner is None:
        return
    priced = subject.budget.hour_cost
    hour_cost = None if priced is None else priced * UNIT
    budget = evolve(subject.budget, money=subject.budget.money * UNIT, hour_cost=hour_cost)
    library = next(each for each in installed_libraries().values())
    costs: list[Any] = [each.cost for each in subject.actions.values()]
    money = {each for each in costs if isinstance(each, str)}
    other = subject.plan(library(scaled_columns(subject.columns, UNIT, more=money)), planner=planner, budget=budget)
    law = f"plan the same with all money in another unit (x {UNIT:g})"
    _same(subject, law, plan, {**other, "net": (_numbers(other["net"]) / UNIT).tolist()}, "in the other unit")


def _numbers(values: Sequence[Any]) -> Array:
    return np.array(values, dtype=np.float64)
