"""What holds for every plan: fuzzed customers, actions, rules and budgets, by what the specs say and not the plan."""

import json

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

import kundkarriar as kk

EVERYBODY = ~kk.column("customer_id").is_missing()
NEEDED = ("customer_id", "clv", "abc", "rung", "group", "paid", "worked", "may_contact", "may_contact_phone", "silent")
OBJECTIVES, LEVERS = ("grow", "appreciate", "win_back", "repeat"), ("service", "price", "product")
SEEDS = st.integers(0, 2**32 - 1)
QUIET = pytest.mark.filterwarnings("ignore::kundkarriar.errors.DataWarning")


def maybe(rng, value, otherwise=None, *, share=0.35):
    return value if rng.random() < share else otherwise


def make_customers(rng, n):
    """Customers with values that may be missing or negative, own costs, consent and equal ones among them."""
    clv = np.round(rng.lognormal(2, 1.2, n) - 2, int(rng.integers(0, 4)))
    clv[rng.random(n) < 0.05] = np.nan
    columns = {
        "customer_id": maybe(rng, np.arange(n) * 7, np.array([f"k{each:03}" for each in range(n)], dtype=object)),
        "clv": clv,
        "abc": rng.choice(list("ABCD"), n).astype(object),
        "rung": rng.choice(["trial buyer", "repeat buyer", "client"], n).astype(object),
        "group": rng.choice(["moving", "recurring"], n).astype(object),
        "paid": np.where(rng.random(n) < 0.1, np.nan, np.round(rng.uniform(0, 6, n), 1)),
        "worked": np.round(rng.uniform(0, 1, n), 1),
        "silent": rng.random(n) < 0.2,
    }
    for name in ("may_contact", "may_contact_phone"):
        if rng.random() < 0.4:
            columns[name] = rng.random(n) < 0.8
    return pd.DataFrame(columns)


def make_actions(rng):
    actions = []
    for at in range(int(rng.integers(1, 5))):
        on = str(rng.choice(["spend", "purchases", "value", "none"], p=[0.4, 0.2, 0.35, 0.05]))
        mean = round(float(rng.uniform(1, 12)), 1) if on == "value" else round(float(rng.uniform(1, 2.5)), 2)
        stated = {"on": on, "mean": mean, "low": mean / 2 if on == "value" else 1.0, "high": mean * 1.5}
        actions.append(
            kk.Action(
                name=f"action {at}",
                objective=str(rng.choice(OBJECTIVES)),
                lever=str(rng.choice(LEVERS)),
                step=maybe(rng, ("trial buyer", "repeat buyer"), share=0.15),
                cost=maybe(rng, "paid", int(rng.integers(0, 20)) / 4, share=0.2),
                hours=maybe(rng, "worked", int(rng.integers(0, 10)) / 10, share=0.2),
                per_year=int(rng.integers(1, 5)),
                when=maybe(rng, kk.column("clv") > float(rng.integers(0, 12))),
                channel=maybe(rng, "phone"),
                benefit=maybe(rng, 2.0),
                effect=None if on == "none" else kk.Effect(**stated, evidence="assumed", relative_to="nothing"),
            )
        )
    return actions


def make_playbook(rng, actions, *, rules):
    def words():
        if rng.random() >= rules:
            return ()
        return (str(rng.choice(["selling", *OBJECTIVES, *LEVERS, *(each.name for each in actions)])),)

    conditions = {"best": kk.column("abc").equals("A"), "trial": kk.column("rung").equals("trial buyer")}
    strategies = [
        kk.Strategy(
            name=name,
            when=when,
            objective=str(rng.choice(OBJECTIVES)),
            owner=str(rng.choice(["Anna", "Bo", ""])),
            forbids=words(),
            prefers=words(),
            actions=actions[:1] if rng.random() < rules / 3 else (),
        )
        for name, when in {**conditions, "rest": EVERYBODY}.items()
    ]
    return kk.Playbook(strategies=strategies)


def make_budget(rng, n, *, limits):
    money, hours = float(rng.integers(1, 6 * n)), float(rng.integers(0, n))
    names = ["A", "trial buyer", "moving", "best", "action 0"]
    floors = {str(rng.choice(names[:4])): maybe(rng, {"share": 0.1}, float(rng.integers(1, 10)))}
    caps = {
        str(rng.choice(names)): maybe(rng, {"money": money / 5, "hours": hours / 5}, money / 4),
        "week": {"hours": hours / 60},
    }
    return kk.Budget(
        money=money,
        hours=hours,
        period=str(rng.choice(["2027", "2027-H2", "2027-Q3"])),
        reserve=maybe(rng, 0.1, 0.0),
        hour_cost=maybe(rng, float(rng.integers(0, 6))),
        hurdle=maybe(rng, 0.5, 0.0) if limits else 0.0,
        floors=maybe(rng, floors) if limits else None,
        caps=maybe(rng, {name: caps[name] for name in list(caps)[: int(rng.integers(1, 3))]}) if limits else None,
    )


def make_case(seed, *, most=60, rules=0.3, limits=True):
    """A planner, its customers, and the other arguments of its plan."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, most))
    actions = make_actions(rng)
    planner = kk.StrategyPlanner(
        playbook=make_playbook(rng, actions, rules=rules),
        actions=actions,
        match_objectives=rng.random() < rules / 3,
        most_contacts=maybe(rng, int(rng.integers(1, 5)), share=rules / 2),
        exclude=maybe(rng, kk.column("silent").equals(True), share=rules / 2),
    )
    budget = make_budget(rng, n, limits=limits)
    asked = {"budget": budget, "start": str(budget.first_day), "holdout": maybe(rng, 0.2, 0.0), "seed": 1}
    return planner, make_customers(rng, n), asked


def planned(planner, customers, asked):
    """The plan, or None where its floors cannot be met, or nothing is there that they name."""
    try:
        return planner.plan(customers, **asked)
    except kk.DataError as error:
        told = str(error)
        assert "Hint: " in told
        assert any(each in told for each in ("floors of the budget", "the floor of", "nothing in the plan is named"))
        return None


def amounts(plan, customers):
    """Money and hours of each action on each customer, (n, A) each, by the specs; NaN where they are not known."""

    def each(action, name):
        own = getattr(action, name)
        once = customers[own].to_numpy(dtype=float) if isinstance(own, str) else np.full(len(customers), own)
        return once * action.times_in(plan.budget, start=plan.start)

    return tuple(
        np.column_stack([np.zeros((len(customers), 0)), *(each(one, name) for one in plan.actions)])
        for name in ("cost", "hours")
    )


def may_have(plan, customers, *, ruled=True):
    """Whether each customer may have each action, (n, A), by own conditions, and by the rules but preferences."""
    n = len(customers)
    cost, hours = amounts(plan, customers)
    may = ~np.isnan(cost + hours)
    consent = customers.get("may_contact", pd.Series(True, index=customers.index)).to_numpy(dtype=bool)
    phone = customers.get("may_contact_phone", pd.Series(True, index=customers.index)).to_numpy(dtype=bool)
    excluded = np.zeros(n, dtype=bool) if plan.exclude is None else customers["silent"].to_numpy()
    strategies = {each.name: each for each in plan.playbook.strategies}
    own = [strategies[name] for name in plan.assignments()["strategy"]]
    for at, action in enumerate(plan.actions):
        may[:, at] &= consent & (phone | (action.channel is None)) & bool(action.effects)
        may[:, at] &= action.times_in(plan.budget, start=plan.start) > 0
        if action.step:
            may[:, at] &= (customers["rung"] == action.step[0]).to_numpy()
        if action.when is not None:
            may[:, at] &= action.when.holds(customers)
        if ruled:
            may[:, at] &= ~excluded & np.array([each.allows(action) for each in own])
            if plan.match_objectives:
                may[:, at] &= np.array([each.serves(action) for each in own])
            if plan.most_contacts is not None:
                may[:, at] &= action.times_in(plan.budget, start=plan.start) <= plan.most_contacts
    return may


def limits_of(plan, customers):
    """Each limit as (least, most, what each action on each customer uses)."""
    cost, hours = amounts(plan, customers)
    found = [(0.0, plan.budget.money_to_plan, cost), (0.0, plan.budget.hours_to_plan, hours)]
    strategy = plan.assignments()["strategy"].to_numpy()
    for kind, own in (("floor", plan.budget.floors), ("cap", plan.budget.caps)):
        for limit in own:
            rows = np.logical_or.reduce(
                [customers[name].to_numpy() == limit.of for name in ("abc", "rung", "group")]
                + [strategy == limit.of, np.full(len(customers), limit.of == "week")]
            )
            only = rows[:, None] | np.array([each.name == limit.of for each in plan.actions], dtype=bool)
            days = (plan.budget.last_day - np.datetime64(plan.start)).astype(int) + 1
            money = limit.money if limit.share is None else limit.share * plan.budget.money_to_plan
            times = days / 7 if limit.of == "week" else 1.0
            for amount, use in ((money, cost), (limit.hours, hours)):
                if amount is not None:
                    ends = (amount, np.inf) if kind == "floor" else (0.0, amount * times)
                    found.append((*ends, np.where(only, use, 0.0)))
    return found


def used(use, selected):
    rows = np.flatnonzero(selected >= 0)
    return use[rows, selected[rows]].sum()


@QUIET
@settings(max_examples=40)
@given(seed=SEEDS)
def test_no_plan_overspends_or_breaks_a_rule(seed):
    """Money, hours, floors and caps are kept before the holdout, and nobody gets what is not for them."""
    planner, customers, asked = make_case(seed)
    if (plan := planned(planner, customers, asked)) is None:
        return
    selected = plan.ledger.selected
    for least, most, use in limits_of(plan, customers):
        assert least * (1 - 1e-9) <= used(use, selected) <= most * (1 + 1e-9)
    rows = np.flatnonzero(selected >= 0)
    assert may_have(plan, customers)[rows, selected[rows]].all()
    cost, _ = amounts(plan, customers)
    assert plan.assignments()["cost"].sum() == pytest.approx(used(cost, np.where(plan.ledger.held_out, -1, selected)))


@QUIET
@settings(max_examples=25)
@given(seed=SEEDS, rules=st.sampled_from([0.0, 0.1, 0.3]), limits=st.booleans())
def test_no_single_action_nets_more_unless_a_rule_forbids_it(seed, rules, limits):
    """Without rules the plan is the free choice; a single rule or limit costs just the difference."""
    planner, customers, asked = make_case(seed, rules=rules, limits=limits)
    if (plan := planned(planner, customers, asked)) is None:
        return
    table = plan.against()
    net, free = table["net"][0], table.loc[table["kind"] == "free choice", "net"].item()
    single, prices = table.loc[table["kind"] == "single action"], table.loc[table["kind"] == "without rule"]
    near = 1e-6 * max(abs(free), 1.0)
    assert max(*single["net"], net, 0.0) <= free + near
    prefer = any(each.prefers for each in plan.playbook.strategies)
    if not prefer and plan.budget.hurdle == 0:  # others decide by more than the net, and a rule may help it
        assert (prices["difference"] >= -near).all()
    if prices.empty:
        assert net >= max(*single["net"], free) - near
    if len(prices) == 1:
        assert prices["difference"].item() == pytest.approx(free - net, abs=near)
    check = plan.checks().set_index("check")["passed"]["no single action for all nets more than the plan"]
    assert check == (net >= max(0.0, *single["net"]) - near if len(single) else check)


def optimum(plan, customers, worth):
    """The largest sum of `worth`, (n, A), under all limits, by an integer programme."""
    possible = may_have(plan, customers) & ~np.isnan(worth)
    n, actions = possible.shape
    limits = limits_of(plan, customers)
    one = np.kron(np.eye(n), np.ones(actions))
    rows = np.vstack([one, *(np.nan_to_num(use).reshape(1, -1) for _, _, use in limits)])
    least, most = [0.0] * n + [each[0] for each in limits], [1.0] * n + [each[1] for each in limits]
    found = milp(
        -np.where(possible, worth, 0.0).ravel(),
        constraints=LinearConstraint(rows, least, most),
        integrality=np.ones(n * actions),
        bounds=Bounds(0, possible.ravel().astype(float)),
        options={"mip_rel_gap": 0.0},
    )
    assert found.success
    return -found.fun


@QUIET
@settings(max_examples=25)
@given(seed=SEEDS)
def test_plans_reach_the_optimum_of_the_whole_problem_within_their_distance(seed):
    """No plan is better than an integer programme, nor worse by more than the distance that its summary states."""
    planner, customers, asked = make_case(seed, most=30)
    planner = attrs.evolve(planner, playbook=make_playbook(np.random.default_rng(seed), planner.actions, rules=0))
    plan = planned(planner, customers, {**asked, "holdout": 0})
    if plan is None or not plan.actions:
        return
    cost, hours = amounts(plan, customers)
    worth = plan.ledger.gain - (1 + plan.budget.hurdle) * cost - plan.budget.price_of_hours * hours
    reached, best = used(worth, plan.ledger.selected), optimum(plan, customers, worth)
    lines = plan.summary().set_index("item")["value"]
    near = 1e-6 * max(np.nanmax(np.abs(worth), initial=1.0), 1.0)
    assert reached <= best + near
    assert best <= reached + lines["distance to the best plan"] + near
    target(best - reached)


@QUIET
@settings(max_examples=15)
@given(seed=SEEDS)
def test_order_and_kind_of_the_frame_and_storing_change_nothing(seed):
    """Shuffled rows, polars and a stored plan give the same decisions."""
    planner, customers, asked = make_case(seed)
    if (plan := planned(planner, customers, asked)) is None:
        return
    straight = plan.assignments()
    order = np.random.default_rng(seed).permutation(len(customers))
    shuffled = planner.plan(customers.iloc[order], **asked).assignments()
    pd.testing.assert_frame_equal(straight.iloc[order].reset_index(drop=True), shuffled)
    with_none = {name: [None if pd.isna(each) else each for each in customers[name]] for name in customers}
    other = planner.plan(pl.DataFrame(with_none), **asked)
    assert isinstance(other.assignments(), pl.DataFrame)
    assert other.equals(plan)
    again = kk.Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again.equals(plan)
    assert again.against()["net"].tolist() == pytest.approx(plan.against()["net"].tolist())


@QUIET
@settings(max_examples=15)
@given(seed=SEEDS)
def test_every_view_of_every_plan_answers(seed):
    """Tables, checks, weeks, and the explanation of everybody."""
    planner, customers, asked = make_case(seed, most=25)
    if (plan := planned(planner, customers, asked)) is None:
        return
    for view in ("summary", "groups", "shadow_prices", "sensitivity", "discounts", "checks", "targets", "contacts"):
        assert isinstance(getattr(plan, view)(), pd.DataFrame), view
    assert plan.promise(draws=20)["way"][0] == "the plan"
    assert plan.groups(by="lever")["treated"].sum() == plan.ledger.treated.sum()
    for customer in customers["customer_id"]:
        assert str(customer) in plan.explain(customer)
    days = np.arange(plan.budget.first_day, plan.budget.last_day + 1)
    weeks = dict.fromkeys(f"{year}-W{week:02}" for year, week, _ in (each.isocalendar() for each in days.tolist()))
    due = sum(len(plan.worklist(week=week, hours=1e9)) for week in weeks)
    assert due == len(plan.contacts())


@settings(max_examples=15)
@given(seed=SEEDS)
def test_a_budget_that_is_used_up_exactly_is_no_overspending(seed):
    """Money in tenths that pays for just so many customers pays for them all."""
    rng = np.random.default_rng(seed)
    n, price, times = int(rng.integers(1, 40)), int(rng.integers(1, 40)) / 10, int(rng.integers(1, 5))
    many = int(rng.integers(1, n + 1))
    effect = kk.Effect(on="value", mean=1e3, low=1, high=1e4, evidence="assumed", relative_to="nothing")
    action = kk.Action(
        name="call", objective="grow", lever="service", cost=price, hours=0.1, per_year=times, effect=effect
    )
    rest = kk.Playbook(strategies=[kk.Strategy(name="rest", when=EVERYBODY, objective="grow")])
    budget = kk.Budget(money=many * price * times, hours=n * times, period="2027", reserve=0)
    plan = kk.StrategyPlanner(playbook=rest, actions=[action]).plan(
        pd.DataFrame({"customer_id": range(n), "clv": np.ones(n)}), budget=budget, start="2027-01-01", holdout=0
    )
    assert plan.ledger.treated.sum() == many
