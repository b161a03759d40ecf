"""The decisions of a plan: gains and costs of bundles, their selection under budget and rules, and the holdout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.randomised_holdout import held_out
from kundkarriar.numerics.sampling.stable_hash import random_numbers
from kundkarriar.rules.condition import Condition
from kundkarriar.strategy.increments.action_increments import ActionIncrements
from kundkarriar.strategy.increments.effect_sizes import SIZES
from kundkarriar.strategy.plan.allocation.plan_rules import allowed, forbidden, plan_rules
from kundkarriar.strategy.plan.allocation.selection import net_gain, select
from kundkarriar.strategy.plan.allocation.spend_limits import limited_spend
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.decisions import Decisions
from kundkarriar.strategy.plan.options.action_amounts import action_amounts, later_cost, spend_cost
from kundkarriar.strategy.plan.options.bundle_gains import bundle_gains
from kundkarriar.strategy.plan.options.bundles import Bundle, by_bundle
from kundkarriar.strategy.plan.options.own_conditions import own_conditions, possible_bundles
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.strategy import Strategy


def decide(
    *,
    frame: Any,
    customers: CustomerTable,
    strategy: Whole,
    strategies: Sequence[Strategy],
    actions: Sequence[Action],
    bundles: Sequence[Bundle],
    schedule: Schedule,
    budget: Budget,
    start: str,
    holdout: float,
    seed: int,
    match_objectives: bool,
    exclude: Condition | None = None,
    most_contacts: int | None = None,
    contacts_made: Whole | None = None,
    increments: ActionIncrements | None,
    claimed: Mask | None = None,
    powers: Array | None = None,
    need: str,
    keep: Mask | None = None,
) -> Decisions:
    """Select at most one bundle for each customer to maximise the expected net gain; then assign the holdout.

    Equal customers are ordered at random, by a hash of id, seed and the budget's period. The holdout is a random share
    `holdout` of the selected customers, spread evenly over bundles, strategies and classes; customers to `keep`, (n,),
    are held out first. Their cost is not spent on others: customers selected afterwards could not have
    been held out, so treated and held-out customers would no longer be comparable.
    """
    n = len(customers)
    serves = own_conditions(actions, frame=frame, customers=customers, schedule=schedule, need=need)
    cost, hours = action_amounts(actions, frame=frame, schedule=schedule, need=need)
    serves &= ~np.isnan(cost + hours)
    cost, hours = np.nan_to_num(cost), np.nan_to_num(hours)
    gains = bundle_gains(
        bundles,
        actions=actions,
        customers=customers,
        possible=possible_bundles(serves, bundles),
        increments=increments,
        claimed=claimed,
        powers=powers,
    )
    bundle_cost, bundle_hours = by_bundle(cost, bundles), by_bundle(hours, bundles)
    of_spend = spend_cost(actions, bundles, increments, n=n)
    bundle_cost = bundle_cost if of_spend is None else bundle_cost + of_spend
    net = net_gain(gains.gain, cost=bundle_cost, hours=bundle_hours, budget=budget)
    limits = limited_spend(
        budget,
        start=start,
        customers=customers,
        strategy=strategy,
        strategies=strategies,
        actions=actions,
        bundles=bundles,
        cost=cost,
        hours=hours,
        spend_cost=of_spend,
    )
    excluded = None if exclude is None else exclude.holds(frame)
    hashes = customers.hashes()
    selection = select(
        gain=gains.gain,
        cost=bundle_cost,
        hours=bundle_hours,
        allowed=allowed(
            plan_rules(strategies, match_objectives=match_objectives, exclude=exclude, most_contacts=most_contacts),
            strategy=strategy,
            strategies=strategies,
            actions=actions,
            bundles=bundles,
            net=net,
            forbids=forbidden(
                bundles,
                times=schedule.times(),
                excluded=excluded,
                most_contacts=most_contacts,
                contacts_made=contacts_made,
            ),
        ),
        budget=budget,
        limits=limits,
        order=turns(customers, seed=seed, budget=budget),
    )
    selected = selection.bundle
    number = random_numbers(hashes=hashes, seed=seed, occasion=f"holdout in {budget.days}")
    held = held_out(
        treated=selected >= 0,
        number=number,
        share=holdout,
        strata=holdout_strata(selected, strategy=strategy, customers=customers),
        keep=keep,
    )
    bundle = np.where(held, -1, selected)
    base, p = np.full(n, np.nan), np.full(n, np.nan)
    for at, untreated in gains.baselines.items():
        treated = bundle == at
        base[treated], p[treated] = untreated.base[treated], untreated.p[treated]
    by_size, best = np.full((n, len(SIZES)), np.nan), np.full((len(bundles), len(SIZES)), np.nan)
    for at, values in gains.by_size.items():
        treated = bundle == at
        by_size[treated] = values[treated]
        if not np.isnan(gains.gain[:, at]).all():
            best[at] = values[np.nanargmax(gains.gain[:, at])]
    return Decisions(
        strategy=strategy,
        selected=selected,
        held_out=held,
        gain=gains.gain,
        base=base,
        p=p,
        prices=selection.prices,
        bound=selection.bound - total(net[held, selected[held]]),
        by_size=None if increments is None else by_size,
        best=None if increments is None else best,
        low=gains.low,
        high=gains.high,
        cost=cost,
        hours=hours,
        spend_cost=of_spend,
        limit_prices=tuple(selection.limit_prices.tolist()),
        excluded=excluded,
        contacts_made=contacts_made,
        later_cost=later_cost(bundles, increments, n=n),
        margin=None if increments is None else increments.margin,
    )


def holdout_strata(selected: Whole, *, strategy: Whole, customers: CustomerTable) -> Whole:
    """Number of each customer's bundle, strategy and class, (n,), in this order: neighbours share the first of them."""
    abc = np.unique(customers.word("abc").astype(str), return_inverse=True)[1]
    keys = np.column_stack([selected, strategy, abc])
    strata: Whole = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return strata


def turns(customers: CustomerTable, *, seed: int, budget: Budget) -> Whole:
    """The customers in random order, (n,): among equal ones, neither the order of rows nor the ids decide."""
    numbers = random_numbers(hashes=customers.hashes(), seed=seed, occasion=f"turn in {budget.days}")
    order: Whole = np.argsort(numbers, kind="stable")
    return order
