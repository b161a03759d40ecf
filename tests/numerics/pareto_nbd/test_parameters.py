"""Parameters of lifetimes as the search sees them."""

import numpy as np
import pytest

from kundkarriar.numerics.pareto_nbd.parameters import GOMPERTZ, ParetoParameters


def test_lifetimes_are_searched_by_the_rate_of_leaving_its_spread_and_ageing():
    """Of (b, s, beta): ln(s b / beta), ln s and ln b; a longer unit of time makes the first and the third larger."""
    b, s, beta = 0.2, 0.7, 3.0
    theta = GOMPERTZ.unconstrained(np.array([b, s, beta]), scale=1.0)
    assert theta == pytest.approx([np.log(s * b / beta), np.log(s), np.log(b)])
    weeks = GOMPERTZ.unconstrained(np.array([b, s, beta]), scale=7.0)
    assert weeks == pytest.approx(theta + np.log(7.0) * np.array([1.0, 0.0, 1.0]))
    assert GOMPERTZ.natural(weeks, scale=7.0) == pytest.approx([b, s, beta])


def test_parameters_of_some_rows():
    many = ParetoParameters(r=np.array([1.0, 2.0, 3.0]), alpha=5.0, s=np.array([0.1, 0.2, 0.3]), beta=9.0)
    some = many.at(np.array([2, 0]))
    assert (some.r.tolist(), some.s.tolist()) == ([3.0, 1.0], [0.3, 0.1])
    assert (some.alpha, some.beta, some.b) == (5.0, 9.0, 0.0)
