"""Allocation of options to customers under caps and floors: a multiple-choice knapsack.

The summed net gain is maximised, with at most one option a customer (Sinha & Zoltners 1979). At the shadow prices of
the constraints each customer's best option is chosen independently. Only few customers, who are nearly indifferent at
those prices, are solved for jointly. The minimum of the dual is an upper bound, so the gap of the solution is known.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.infeasible_floors import InfeasibleFloorsError
from kundkarriar.numerics.planning.knapsack.limits import Limits
from kundkarriar.numerics.planning.knapsack.nearly_indifferent import ANY_GAP, GAP, joint_choice
from kundkarriar.numerics.planning.knapsack.options import Options, gains_by_option, used
from kundkarriar.numerics.planning.knapsack.shadow_prices import Dual, shadow_prices, worst_value

LARGEST = 1e300
"""A use beyond this is not a number."""
SHARE_TOLERANCE = 2e-3
"""To what the common share of floors that can be met is searched for."""


class Constraint(NamedTuple):
    """Limits of what the chosen options use.

    Attributes:
        use: what each option uses, >= 0, broadcastable to (n, B): (B,) where it is the same for every customer, (n, B)
            where it is the customer's own, or 0 outside a group.
        most: the largest sum over the chosen options. A tie may exceed it (`TIE_TOLERANCE`): three times .1 is more
            than .3 in doubles.
        least: the smallest sum.
    """

    use: Array
    most: float = np.inf
    least: float = 0.0


class Allocation(NamedTuple):
    """Result of an allocation.

    Attributes:
        choice: option of each customer, (n,), -1 for none.
        prices: shadow prices of the caps: net gain of one more unit, (R,), >= 0.
        floor_prices: shadow prices of the floors: net gain of one unit less, (R,), >= 0.
        value: summed net gain of the choice.
        bound: upper bound of the summed net gain of any allocation.
    """

    choice: Whole
    prices: Array
    floor_prices: Array
    value: float
    bound: float


def allocate(*, net: Array, constraints: Sequence[Constraint]) -> Allocation:
    """Allocate at most one option to each customer, with the largest summed net gain within the constraints.

    Args:
        net: gain less cost of each customer and option, (n, B); NaN where the option is not possible. Options that
            are not positive are chosen only where a floor needs them. Customers whose numbers tie (`merge_ties`) are
            equal: the order of rows decides between them.
        constraints: caps and floors. An option that alone exceeds a cap is not possible.

    Raises:
        InfeasibleFloorsError: the floors cannot be met within the caps.

    >>> net = np.array([[5.0, 8.0], [4.0, np.nan], [-1.0, 6.0]])
    >>> money, hours = np.array([1.0, 3.0]), np.array([0.0, 1.0])
    >>> allocate(net=net, constraints=[Constraint(money, most=5), Constraint(hours, most=1)]).choice.tolist()
    [0, 0, 1]
    >>> at_least = Constraint(np.array([1.0, 0.0]), least=3)
    >>> allocate(net=net, constraints=[Constraint(money, most=5), at_least]).choice.tolist()
    [0, 0, 0]
    """
    size = len(constraints)
    limits = Limits(*(np.array([float(getattr(each, end)) for each in constraints]) for end in ("most", "least")))
    binding = np.flatnonzero(np.isfinite(limits.most) | (limits.least > 0))
    options = _options(net, [constraints[at] for at in binding.tolist()])
    limits = Limits(limits.most[binding], np.where(limits.least > 0, limits.least, -np.inf)[binding])
    found = _allocated(options, limits)
    if found is None:
        raise _infeasible(options, limits, binding, size)
    choice, dual = found
    value = _value(options, choice)
    if not np.isfinite(limits.least).any():
        choice, value = _at_least_each_alone(options, limits, dual.prices, choice, value)
    prices = np.zeros(size)
    prices[binding] = dual.prices
    return Allocation(choice, np.maximum(prices, 0.0), np.maximum(-prices, 0.0), value, max(dual.bound, value))


def _options(net: Array, constraints: Sequence[Constraint]) -> Options:
    """The options that may be chosen, of the constraints that limit something."""
    uses = tuple(_use(each.use, net.shape) for each in constraints)
    # read column by column, several dozen times
    value = np.full(net.shape, -np.inf, order="F")
    floors = any(each.least > 0 for each in constraints)
    for option in range(net.shape[1]):
        possible = ~np.isnan(net[:, option]) if floors else net[:, option] > 0
        for each, use in zip(constraints, uses, strict=True):
            possible = possible & (use[..., option] <= min(each.most * (1 + TIE_TOLERANCE), LARGEST))
        value[possible, option] = net[possible, option]
    return Options(
        value, tuple(use if np.isfinite(use).all() else np.where(np.isfinite(use), use, 0.0) for use in uses)
    )


def _use(use: Array, shape: tuple[int, ...]) -> Array:
    """A use as (B,) where it is the same for every customer, else as (n, B), without a copy."""
    given = np.asarray(use, dtype=np.float64)
    if given.ndim < 2 or len(given) == 1:
        return np.broadcast_to(given.reshape(-1), shape[1:])
    return np.broadcast_to(given, shape)


def _allocated(options: Options, limits: Limits, *, gap: float = GAP) -> tuple[Whole, Dual] | None:
    """A choice within the limits, and the dual; None where the floors cannot be met. `gap`: see `joint_choice`."""
    if (limits.least > limits.most * (1 + TIE_TOLERANCE)).any():
        return None
    dual = shadow_prices(options, limits)
    if np.isfinite(limits.least).any() and dual.bound < worst_value(options):
        return None
    if not dual.prices.any() and limits.hold(used(options, dual.best.choice)):
        return dual.best.choice, dual
    choice = joint_choice(options, limits, dual, gap=gap)
    return None if choice is None else (choice, dual)


def _value(options: Options, choice: Whole) -> float:
    return total(options.of_chosen(options.value, choice))


def _at_least_each_alone(
    options: Options, limits: Limits, prices: Array, choice: Whole, value: float
) -> tuple[Whole, float]:
    """The choice, or that of one option alone, where that is worth more: a joint solution has a gap, if a small one."""
    caps = float(prices @ limits.most)
    for option in np.flatnonzero(caps + gains_by_option(options, prices) > value):
        only = np.full_like(options.value, -np.inf)
        only[:, option] = options.value[:, option]
        found = _allocated(Options(only, options.uses), limits)
        if found is not None and (alone := _value(options, found[0])) > value:
            choice, value = found[0], alone
    return choice, value


def _infeasible(options: Options, limits: Limits, binding: Whole, size: int) -> InfeasibleFloorsError:
    """The error, with what can be reached: of each floor alone, and of all at once by bisection."""
    caps = Limits(limits.most, np.full(len(limits.most), -np.inf))
    floors = np.flatnonzero(np.isfinite(limits.least))
    reachable, least = np.full(size, np.nan), np.zeros(size)
    least[binding[floors]] = limits.least[floors]
    for at in floors:
        use = np.broadcast_to(options.uses[at], options.value.shape)
        as_value = Options(np.where(np.isfinite(options.value) & (use > 0), use, -np.inf), options.uses)
        found = _allocated(as_value, caps, gap=SHARE_TOLERANCE / 10)
        reachable[binding[at]] = 0.0 if found is None else used(options, found[0])[at]
    low, high = 0.0, min(1.0, *(reachable[binding[floors]] / limits.least[floors]))
    tried = high
    while high - low > SHARE_TOLERANCE * high:
        found = _allocated(options, Limits(limits.most, limits.least * tried), gap=ANY_GAP)
        if found is None:
            high = tried
        else:
            low = max(tried, float((used(options, found[0])[floors] / limits.least[floors]).min()))
        tried = (low + high) / 2
    return InfeasibleFloorsError.of(least=least, share=min(low, 1.0), reachable=reachable)
