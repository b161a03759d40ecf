"""Allocation of options to customers: seconds, gap to the bound, and a greedy allocation beside it.

    python benchmarks/planning.py [customers]

Net gains are log-normal less 5, three of five options are possible, and budgets pay for 30 to 80 % of what all would
use. The greedy peer sorts all options by net gain per use (as shares of the budgets) and takes the best that fits. Then
come bases in which very many customers tie, caps and floors of groups, and floors that cannot be met.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.numerics.planning.allocation import Constraint, allocate
from kundkarriar.numerics.planning.infeasible_floors import InfeasibleFloorsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kundkarriar.arrays import Array

Case = tuple["Array", list[Constraint]]


def base(customers: int, options: int, budgets: int, *, own: bool = False, seed: int = 1) -> Case:
    """Different customers; with `own` each has uses of its own."""
    rng = np.random.default_rng(seed)
    net = rng.lognormal(2, 1.5, (customers, options)) - 5
    net[rng.random(net.shape) < 0.4] = np.nan
    gains = np.nan_to_num(net)
    best = gains.argmax(axis=1)[:, None]
    constraints = []
    for _ in range(budgets):
        use = rng.uniform(1, 10, options)
        use = use * rng.lognormal(0, 0.5, (customers, 1)) if own else use
        wanted = np.take_along_axis(np.broadcast_to(use, net.shape), best, axis=1)[gains.max(axis=1) > 0].sum()
        constraints.append(Constraint(use, most=float(wanted * rng.uniform(0.3, 0.8))))
    return net, constraints


def equal(customers: int) -> Case:
    """Twenty kinds of customers."""
    net, constraints = base(20, 10, 2)
    kind = np.random.default_rng(2).integers(0, 20, customers)
    return net[kind], [each._replace(most=each.most * customers / 20) for each in constraints]


def proportional(customers: int) -> Case:
    """Cost and gain are shares of what a customer spends: all have the same net gain per cost."""
    spend = np.random.default_rng(3).lognormal(4, 1, (customers, 1))
    cost, hours = spend * np.array([0.05, 0.1, 0.2]), np.array([0.1, 0.2, 0.5])
    return cost * 0.5, [Constraint(cost, most=float(cost[:, 0].sum())), Constraint(hours, most=0.1 * customers)]


def grouped(customers: int, *, floor: float = 0.2) -> Case:
    """Money and hours, and five groups with a cap and a floor each."""
    net, constraints = base(customers, 10, 2)
    group = np.random.default_rng(4).choice(5, customers, p=[0.0005, 0.0495, 0.15, 0.3, 0.5])
    money = constraints[0]
    share = np.bincount(group) / customers
    for each in range(5):
        use = np.where((group == each)[:, None], money.use, 0.0)
        most, least = (factor * money.most * share[each] for factor in (0.9, floor))
        constraints.append(Constraint(use, most=float(max(most, least)), least=float(least)))
    return net, constraints


def greedy(net: Array, constraints: Sequence[Constraint]) -> float:
    """Net gain of the options with the largest net gain per use, as long as they fit."""
    customer, option = np.nonzero(net > 0)
    uses = np.stack([np.broadcast_to(each.use, net.shape)[customer, option] for each in constraints], axis=1)
    most = np.array([each.most for each in constraints])
    order = np.argsort(-net[customer, option] / (uses / most).sum(axis=1), kind="stable")
    left, served, value = most.tolist(), np.zeros(len(net), dtype=bool), 0.0
    gains = net[customer, option]
    for at in order.tolist():
        if not served[customer[at]]:
            use = uses[at].tolist()
            if all(needed <= rest for needed, rest in zip(use, left, strict=True)):
                left = [rest - needed for needed, rest in zip(use, left, strict=True)]
                served[customer[at]] = True
                value += float(gains[at])
    return value


def report(name: str, case: Case, *, peer: bool = True) -> None:
    """Print one line."""
    net, constraints = case
    start = time.perf_counter()
    try:
        found = allocate(net=net, constraints=constraints)
    except InfeasibleFloorsError as error:
        print(f"{name:<44}{time.perf_counter() - start:8.2f} s   floors can be met to {error.share:.3f}")
        return
    seconds = time.perf_counter() - start
    gap = (found.bound - found.value) / found.bound
    line = f"{name:<44}{seconds:8.2f} s   gap {gap:8.1e}"
    if peer:
        start = time.perf_counter()
        value = greedy(net, constraints)
        line += f"   greedy: {time.perf_counter() - start:6.2f} s, {value / found.value - 1:+.2%} net"
    print(line, flush=True)


def main(customers: int = 1_000_000) -> None:
    """Print the table."""
    allocate(net=np.ones((2, 1)), constraints=[Constraint(np.ones(1), most=1)])  # loads scipy
    for options, budgets in ((3, 1), (10, 2), (10, 6)):
        for own in (False, True):
            name = f"{customers:,} x {options} x {budgets}{', own uses' if own else ''}"
            report(name, base(customers, options, budgets, own=own))
    for few in (100, 3_000, 50_000):
        for own in (False, True):
            report(f"{few:,} x 10 x 2{', own uses' if own else ''}", base(few, 10, 2, own=own))
    report(f"{customers:,} x 10 x 2, 20 kinds", equal(customers))
    report(f"{customers:,} x 3 x 2, all in proportion", proportional(customers))
    report(f"{customers:,} x 10 x 7, groups", grouped(customers), peer=False)
    report("50,000 x 10 x 7, floors too high", grouped(50_000, floor=1.5), peer=False)
    case = base(customers, 10, 2)
    tracemalloc.start()
    allocate(net=case[0], constraints=case[1])
    print(f"memory beyond the {case[0].nbytes / 1e6:,.0f} MB given: {tracemalloc.get_traced_memory()[1] / 1e6:,.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
