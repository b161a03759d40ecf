"""Derivatives of formulas in each row: those that mpmath finds, of every rule alone and of rules together."""

import mpmath
import numpy as np
import pytest

from kundkarriar.numerics.optimize.forward_mode import PARTIALS, logaddexp, variables
from kundkarriar.numerics.special.rising_factorial import log_rising_factorial

ROWS = {"a": np.array([0.3, 2.0, 1.5]), "b": np.array([0.7, 0.4, 1.5])}
STEPS = np.array([0.0, 3.0, 40.0])
HIGH = np.array([False, True, True])
FORMULAS = {
    np.negative: (lambda a, b: -(a * b), lambda a, b, _: -a * b),
    np.exp: (lambda a, b: np.exp(a * b), lambda a, b, _: mpmath.exp(a * b)),
    np.expm1: (lambda a, b: np.expm1(a * b), lambda a, b, _: mpmath.expm1(a * b)),
    np.log: (lambda a, b: np.log(a + b), lambda a, b, _: mpmath.log(a + b)),
    np.log1p: (lambda a, b: np.log1p(a / b), lambda a, b, _: mpmath.log(1 + a / b)),
    np.add: (lambda a, b: 2.0 + (a + b) + 1, lambda a, b, _: a + b + 3),
    np.subtract: (lambda a, b: 2.0 - (a - b) - 1, lambda a, b, _: b - a + 1),
    np.multiply: (lambda a, b: a * b * a * 3, lambda a, b, _: 3 * a**2 * b),
    np.divide: (lambda a, b: 2.0 / (a / b + 1) / 3, lambda a, b, _: 2 / (a / b + 1) / 3),
    np.where: (
        lambda a, b: np.where(HIGH, a * b, np.where(HIGH, 1.0, b)),
        lambda a, b, row: a * b if HIGH[row] else b,
    ),
    logaddexp: (
        lambda a, b: logaddexp(3 * a, 3 * b),
        lambda a, b, _: mpmath.log(mpmath.exp(3 * a) + mpmath.exp(3 * b)),
    ),
    log_rising_factorial: (
        lambda a, b: log_rising_factorial(a + b, STEPS),
        lambda a, b, row: mpmath.loggamma(a + b + STEPS[row]) - mpmath.loggamma(a + b),
    ),
}


@pytest.mark.parametrize("rule", FORMULAS, ids=lambda rule: rule.__name__)
def test_value_gradient_and_hessian_are_exact(rule):
    formula, exactly = FORMULAS[rule]
    value, gradient, hessian = formula(**variables(ROWS)).derivatives(2)
    for row, at in enumerate(zip(*ROWS.values(), strict=True)):

        def partial(*orders, row=row, at=at):
            return float(mpmath.diff(lambda a, b: exactly(a, b, row), at, orders))

        assert value[row] == pytest.approx(float(exactly(*map(mpmath.mpf, at), row)), rel=1e-14)
        assert gradient[row] == pytest.approx([partial(1, 0), partial(0, 1)], rel=1e-11, abs=1e-11)
        mixed = partial(1, 1)
        assert hessian[row].ravel() == pytest.approx([partial(2, 0), mixed, mixed, partial(0, 2)], rel=1e-9, abs=1e-9)


def test_every_rule_is_tested():
    assert set(PARTIALS) <= set(FORMULAS)


def test_the_sum_of_two_equal_exponentials_has_the_slopes_of_both():
    """Where the two are equal, a maximum plus a rest would have the slope of one of them, or of none."""
    _, gradient, hessian = logaddexp(*variables({"a": np.ones(1), "b": np.ones(1)}).values()).derivatives(2)
    assert gradient.tolist() == [[0.5, 0.5]]
    assert hessian.tolist() == [[[0.25, -0.25], [-0.25, 0.25]]]


def test_a_part_that_is_minus_infinity_leaves_the_other():
    number = variables({"a": np.array([2.0])})["a"]
    value, gradient, hessian = logaddexp(number, np.where(np.array([False]), number, -np.inf)).derivatives(1)
    assert (value.tolist(), gradient.tolist(), hessian.tolist()) == ([2.0], [[1.0]], [[[0.0]]])


@pytest.mark.parametrize("unknown", [np.sin, np.sum, np.add.reduce, lambda a: np.add(a, 1.0, out=np.empty(1))])
def test_what_has_no_derivatives_here_is_refused(unknown):
    with pytest.raises(TypeError):
        unknown(variables({"a": np.ones(1)})["a"])
