"""The allocation against the whole integer programme, and what must hold of any allocation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from kundkarriar.numerics.planning.allocation import Constraint, allocate
from kundkarriar.numerics.planning.infeasible_floors import InfeasibleFloorsError
from kundkarriar.numerics.planning.knapsack import nearly_indifferent
from kundkarriar.numerics.planning.knapsack.limits import Limits
from kundkarriar.numerics.planning.knapsack.options import Options
from kundkarriar.numerics.planning.knapsack.shadow_prices import shadow_prices

SLACK = 1e-9


def optimum(net, constraints):
    """The optimum of the whole integer programme, solved at once for all customers; None where it has no solution."""
    customer, option = np.nonzero(~np.isnan(net))
    if not len(customer):
        return 0.0 if all(each.least <= 0 for each in constraints) else None
    one_each = (customer == np.arange(len(net))[:, None]).astype(float)
    rows = [LinearConstraint(one_each, -np.inf, 1)]
    rows += [
        LinearConstraint(np.broadcast_to(each.use, net.shape)[customer, option], each.least, each.most)
        for each in constraints
    ]
    worth = net[customer, option]
    whole = np.ones(len(worth), dtype=int)
    answer = milp(-worth, integrality=whole, bounds=Bounds(0, 1), constraints=rows, options={"mip_rel_gap": 0.0})
    return None if answer.x is None else float(worth @ np.rint(answer.x))


def sums(choice, net, constraints):
    """What the choice uses of each constraint."""
    rows = np.flatnonzero(choice >= 0)
    return np.array([np.broadcast_to(each.use, net.shape)[rows, choice[rows]].sum() for each in constraints])


def holds(answer, net, constraints):
    """Whether every cap and floor is kept, and every chosen option is possible."""
    used = sums(answer.choice, net, constraints)
    most, least = np.array([each[1:] for each in constraints]).reshape(-1, 2).T
    rows = np.flatnonzero(answer.choice >= 0)
    possible = np.isfinite(net[rows, answer.choice[rows]]).all()
    return possible and (used <= most * (1 + SLACK)).all() and (used >= least * (1 - SLACK)).all()


def numbers(draw, shape, low, high):
    return np.array(draw(st.lists(st.integers(low, high), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))),
                    dtype=float).reshape(shape)  # fmt: skip


@st.composite
def problems(draw, *, most=12, floors=True):
    """Uses that are common, of each customer's own, of a customer, or of a group; caps, floors, both, or neither."""
    n, options = draw(st.integers(1, most)), draw(st.integers(1, 3))
    net = numbers(draw, (n, options), -10, 40) / 2
    net[numbers(draw, (n, options), 0, 4) == 0] = np.nan
    constraints = []
    for _ in range(draw(st.integers(1, 4))):
        use = numbers(draw, options, 0, 8)
        kind = draw(st.sampled_from(["common", "own", "customer", "group"]))
        if kind == "own":
            use = numbers(draw, (n, options), 0, 8)
        elif kind == "customer":
            use = use * numbers(draw, (n, 1), 0, 3)
        elif kind == "group":
            use = np.where(numbers(draw, (n, 1), 0, 1) > 0, use, 0.0)
        cap = draw(st.one_of(st.integers(0, 40).map(float), st.just(np.inf)))
        floor = draw(st.sampled_from([0, 0, 1, 3, 8])) if floors else 0
        constraints.append(Constraint(use, most=cap, least=float(min(floor, cap))))
    return net, constraints


def caps(use, budget):
    return [Constraint(use=each, most=most) for each, most in zip(use, budget, strict=True)]


@settings(max_examples=150)
@given(problems())
def test_small_problems_are_solved_exactly(problem):
    """No allocation has more net gain than the one found, and the bound is one; what cannot be met is an error."""
    net, constraints = problem
    best = optimum(net, constraints)
    if best is None:
        with pytest.raises(InfeasibleFloorsError):
            allocate(net=net, constraints=constraints)
        return
    answer = allocate(net=net, constraints=constraints)
    assert holds(answer, net, constraints)
    assert answer.value == pytest.approx(best, abs=1e-6)
    assert answer.bound >= max(best - 1e-6, answer.value)
    rows = np.flatnonzero(answer.choice >= 0)
    assert answer.value == pytest.approx(net[rows, answer.choice[rows]].sum())


@given(problems())
def test_the_relaxation_of_floors_can_be_met(problem):
    """With floors lowered to the share that is given, or one floor alone to what it reaches, there is an allocation."""
    net, constraints = problem
    if optimum(net, constraints) is not None:
        return
    with pytest.raises(InfeasibleFloorsError) as caught:
        allocate(net=net, constraints=constraints)
    share, reachable = caught.value.share, caught.value.reachable
    lowered = [each._replace(least=each.least * share) for each in constraints]
    assert holds(allocate(net=net, constraints=lowered), net, lowered)
    higher = [each._replace(least=each.least * min(1.0, 1.01 * share + 0.01)) for each in constraints]
    assert optimum(net, higher) is None
    for at, each in enumerate(constraints):
        assert np.isnan(reachable[at]) == (each.least <= 0)
        if each.least > 0:
            alone = [other._replace(least=reachable[at] if other is each else 0.0) for other in constraints]
            assert holds(allocate(net=net, constraints=alone), net, alone)
            alone[at] = each._replace(least=1.01 * reachable[at] + 0.01)
            assert optimum(net, alone) is None


@given(problems(floors=False), st.integers(1, 4))
def test_solving_for_a_few_leaves_at_most_an_increment_per_budget(problem, core):
    """With only a few customers solved for jointly, the gap is at most one increment for each constraint."""
    net, constraints = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearly_indifferent, "CORE_SIZE", core)
        answer = allocate(net=net, constraints=constraints)
    assert holds(answer, net, constraints)
    increment = np.max(np.nan_to_num(net), initial=0.0)
    assert answer.value >= optimum(net, constraints) - len(constraints) * increment - 1e-6


@given(problems(floors=False))
def test_without_floors_only_positive_gains_are_chosen(problem):
    """Every chosen option adds more than it costs, and no floor has a price."""
    net, constraints = problem
    answer = allocate(net=net, constraints=constraints)
    rows = np.flatnonzero(answer.choice >= 0)
    assert (net[rows, answer.choice[rows]] > 0).all()
    assert not answer.floor_prices.any()


@given(problems())
def test_what_does_not_pay_is_chosen_only_where_a_floor_needs_it(problem):
    """Without any one of the options that add nothing, a floor would be missed."""
    net, constraints = problem
    try:
        answer = allocate(net=net, constraints=constraints)
    except InfeasibleFloorsError:
        return
    for row in np.flatnonzero(answer.choice >= 0):
        if net[row, answer.choice[row]] <= 0:
            without = answer.choice.copy()
            without[row] = -1
            used = sums(without, net, constraints)
            assert any(use < each.least for use, each in zip(used, constraints, strict=True))


@given(problems(floors=False), st.integers(0, 10))
def test_a_larger_budget_is_never_worse(problem, more):
    """Larger caps never lower the net gain."""
    net, constraints = problem
    larger = [each._replace(most=each.most + more) for each in constraints]
    before = allocate(net=net, constraints=constraints).value
    assert allocate(net=net, constraints=larger).value >= before - 1e-9


@given(problems(floors=False, most=30))
def test_never_worth_less_than_one_option_alone(problem):
    """No option alone, allocated in the best way under the same caps, has more net gain."""
    net, constraints = problem
    value = allocate(net=net, constraints=constraints).value
    for option in range(net.shape[1]):
        alone = np.where(np.arange(net.shape[1]) == option, net, np.nan)
        assert value >= allocate(net=alone, constraints=constraints).value - 1e-9


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_ties(problem, random):
    """Customers in another order: the same net gain and bound."""
    net, constraints = problem
    order = np.array(random.sample(range(len(net)), len(net)))
    turned = [each._replace(use=each.use if each.use.ndim == 1 else each.use[order]) for each in constraints]
    try:
        before = allocate(net=net, constraints=constraints)
    except InfeasibleFloorsError:
        with pytest.raises(InfeasibleFloorsError):
            allocate(net=net[order], constraints=turned)
        return
    after = allocate(net=net[order], constraints=turned)
    assert (after.value, after.bound) == (pytest.approx(before.value), pytest.approx(before.bound))


def base(seed):
    """A base of some hundreds, with uses, caps and floors of every form."""
    rng = np.random.default_rng(seed)
    n, options = int(rng.integers(50, 300)), int(rng.integers(1, 4))
    net = rng.lognormal(2, rng.uniform(0.3, 1.5), (n, options)) - rng.uniform(0, 8)
    net[rng.random(net.shape) < rng.choice([0.0, 0.4])] = np.nan
    if rng.random() < 0.3:
        net = np.round(net)  # many ties
    constraints = []
    for _ in range(rng.integers(1, 4)):
        use = rng.uniform(0.1, 5, options)
        use = [use, use * rng.lognormal(0, 0.5, (n, 1)), use * (rng.random((n, 1)) < 0.3)][rng.integers(0, 3)]
        largest = np.where(np.isnan(net), 0.0, use).max(axis=1).sum()
        cap, floor = largest * rng.uniform(0.1, 0.7), rng.choice([0.0, 0.0, 0.1])
        constraints.append(Constraint(use, most=float(cap), least=float(floor * cap)))
    return net, constraints


@pytest.mark.parametrize("seed", range(75))
def test_fuzzed_bases(seed):
    """Caps and floors are kept, the bound is one and near, and no option alone is worth more."""
    net, constraints = base(seed)
    try:
        answer = allocate(net=net, constraints=constraints)
    except InfeasibleFloorsError as error:
        assert 0 <= error.share < 1  # noqa: PT017 - whether it is infeasible depends on the seed
        return
    assert holds(answer, net, constraints)
    # a budget that ends between two customers leaves a part of an increment
    assert -SLACK <= answer.bound - answer.value <= max(1e-4 * answer.bound, len(constraints) * np.nanmax(net))


def test_many_different_customers_reach_the_bound():
    """Of 20,000 customers the answer is within two increments of the best there could be."""
    rng = np.random.default_rng(1)
    net = rng.lognormal(2, 1.5, (20_000, 4)) - 5
    net[rng.random(net.shape) < 0.4] = np.nan
    use = np.array([[2.0, 10, 0, 5], [0, 0.2, 0.5, 0.05]])
    constraints = caps(use, [10_000.0, 400.0])
    answer = allocate(net=net, constraints=constraints)
    assert holds(answer, net, constraints)
    assert 0 <= answer.bound - answer.value + 1e-6 <= 2 * np.nanmedian(net[net > 0])
    assert (answer.prices > 0).all()


@pytest.mark.parametrize("groups", [2, 5])
def test_the_prices_of_many_are_those_of_the_linear_programme(groups, monkeypatch):
    """Solved through parts and boxes, the bound is that of one linear programme for all customers."""
    rng = np.random.default_rng(groups)
    value = rng.lognormal(2, 1, (5_000, 4)) - 4
    uses = (
        np.array([1.0, 2, 3, 4]),
        *(rng.uniform(1, 3, (5_000, 4)) * (rng.random((5_000, 1)) < 0.4) for _ in range(groups)),
    )
    limits = Limits(np.array([4_000.0] + [2_000.0] * groups), np.array([-np.inf, 1_500.0] + [-np.inf] * (groups - 1)))
    many = shadow_prices(Options(value, uses), limits)
    monkeypatch.setattr("kundkarriar.numerics.planning.knapsack.shadow_prices.FEW", 9_000)
    at_once = shadow_prices(Options(value, uses), limits)
    assert many.bound == pytest.approx(at_once.bound, rel=1e-8)
    assert many.prices == pytest.approx(at_once.prices, abs=1e-3)


def test_gains_in_proportion_to_costs_spend_the_budget():
    """All customers have the same net gain per cost, and each a cost of their own: only cutting planes can price it."""
    cost = np.random.default_rng(3).lognormal(4, 1, (9_000, 1)) * np.array([0.1, 0.2])
    budget = float(cost[:, 0].sum())
    answer = allocate(net=cost * 0.5, constraints=[Constraint(cost, most=budget)])
    assert answer.value == pytest.approx(0.5 * budget, rel=1e-6)
    assert answer.prices[0] == pytest.approx(0.5)


def test_equal_customers_share_two_actions_in_the_best_proportion():
    """1,000 equal customers, a cheap and a dear action: 2/3 and 1/3 spend the budget with the most net."""
    net = np.tile([[5.0, 8.0]], (999, 1))
    answer = allocate(net=net, constraints=[Constraint(np.array([1.0, 4.0]), most=1998.0)])
    assert np.bincount(answer.choice).tolist() == [666, 333]
    assert answer.value == pytest.approx(666 * 5 + 333 * 8)
    assert answer.bound == pytest.approx(answer.value)
    assert answer.prices.tolist() == pytest.approx([1.0])


def test_two_budgets_that_need_each_other_are_both_spent():
    """Equal customers, mirrored actions: only half and half uses both budgets up."""
    use = np.array([[2.0, 1.0], [1.0, 2.0]])
    answer = allocate(net=np.ones((1000, 2)), constraints=caps(use, [1200.0, 1200.0]))
    assert np.bincount(answer.choice + 1).tolist() == [200, 400, 400]


def test_the_shadow_price_is_what_one_more_unit_brings():
    """Budget for two of three: one more unit of money brings the third customer's net gain per unit."""
    net = np.array([[9.0], [8.0], [6.0]])
    answer = allocate(net=net, constraints=[Constraint(np.array([2.0]), most=5.0), Constraint(np.array([0.0]), most=0)])
    assert answer.value == 17.0
    assert answer.prices.tolist() == pytest.approx([3.0, 0.0])


def test_the_price_of_a_floor_is_what_one_unit_less_would_bring():
    """A visit loses 2 and takes an hour, a mail gains 3: a floor of two hours costs (3 + 2) an hour."""
    net = np.tile([[3.0, -2.0]], (3, 1))
    answer = allocate(net=net, constraints=[Constraint(np.array([0.0, 1.0]), least=2.0)])
    assert sorted(answer.choice.tolist()) == [0, 1, 1]
    assert (answer.prices.tolist(), answer.floor_prices.tolist()) == ([0.0], [pytest.approx(5.0)])


def test_floors_above_what_is_there_say_what_can_be_had(message_of):
    """Three customers, two hours a visit, five hours: a floor of six reaches four; with another, two thirds of each."""
    visit = Constraint(np.array([2.0, 0.0]), most=5.0, least=6.0)
    assert message_of(InfeasibleFloorsError, lambda: allocate(net=np.ones((3, 2)), constraints=[visit])) == (
        "the floors cannot all be met within the caps: of constraint 0 at most 4 of 6 alone, of all floors 0.666667 at "
        "once.\n\nHint: lower the floors, or raise the caps."
    )
    mails = Constraint(np.array([0.0, 1.0]), least=3.0)
    visits = Constraint(np.array([1.0, 0.0]), least=2.0)
    with pytest.raises(InfeasibleFloorsError) as caught:
        allocate(net=np.ones((3, 2)), constraints=[mails, Constraint(np.ones(2)), visits])
    assert caught.value.share == 0.5
    assert caught.value.reachable.tolist() == [3.0, pytest.approx(np.nan, nan_ok=True), 3.0]


def test_without_actions_or_use_nothing_breaks():
    nobody = allocate(net=np.zeros((0, 2)), constraints=caps(np.ones((2, 2)), np.ones(2)))
    assert (nobody.choice.tolist(), nobody.value, nobody.bound) == ([], 0.0, 0.0)
    none = allocate(net=np.zeros((3, 0)), constraints=caps(np.zeros((2, 0)), np.ones(2)))
    assert none.choice.tolist() == [-1, -1, -1]
    nothing = allocate(net=np.full((2, 1), np.nan), constraints=caps(np.ones((2, 1)), np.ones(2)))
    assert nothing.choice.tolist() == [-1, -1]
    assert nothing.value == nothing.bound == 0.0
    free = allocate(net=np.ones((2, 1)), constraints=[])
    assert (free.choice.tolist(), free.prices.shape) == ([0, 0], (0,))


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_an_option_without_a_use_is_not_possible(missing):
    """Where a customer's own use is not known, the option is not chosen, whatever it gains."""
    use = np.array([[missing, 1.0], [1.0, 1.0]])
    answer = allocate(net=np.array([[9.0, 1.0], [9.0, 1.0]]), constraints=[Constraint(use, most=5.0)])
    assert answer.choice.tolist() == [1, 0]


@given(problems(floors=False))
def test_budgets_hold_even_at_wrong_prices(problem):
    """At prices that are far too low, more customers are solved for jointly, until all caps hold."""
    net, constraints = problem

    def wrong(options, limits):
        dual = shadow_prices(options, Limits(np.full(len(limits.most), np.inf), limits.least))
        return dual._replace(bound=1e9)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearly_indifferent, "CORE_SIZE", 1)
        patch.setattr("kundkarriar.numerics.planning.allocation.shadow_prices", wrong)
        assert holds(allocate(net=net, constraints=constraints), net, constraints)


def test_what_the_budget_cannot_pay_raises_no_bound():
    """An action of one and a half budgets is never taken, so money is worth nothing and the bound is 0."""
    found = allocate(net=np.array([[10.0]]), constraints=[Constraint(np.array([1.5]), most=1.0)])
    assert found.choice.tolist() == [-1]
    assert (found.value, found.bound, found.prices.tolist()) == (0.0, 0.0, [0.0])
