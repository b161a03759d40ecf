"""Slopes of lifetimes that age, also where exp(b t) is more than a double holds."""

import numpy as np
import pytest

from kundkarriar.history.summary.purchase_rows import PurchaseRows
from kundkarriar.models.families.pareto_family import GGOMPERTZ_FAMILY
from kundkarriar.numerics.pareto.complete_data_score import Timed, log_density, scores


@pytest.mark.parametrize("old", [0.01, 3.0, 650.0, 750.0, 5e4, 1e9])
@pytest.mark.parametrize("left", [0.0, 1.0])
def test_slopes_in_ageing_are_those_of_the_density(old, left):
    """By steps in ln b at a fixed beta; having left adds ln u'(t) - ln(beta + u) = b t - ln(beta + u)."""
    t = np.array([1e3])

    def law(away):
        return Timed(r=0.6, alpha=10.0, s=0.7, beta=300.0, b=old / 1e3 * np.exp(away))

    def height(away):
        at = law(away)
        one = Timed(r=0.6, alpha=10.0, s=1.0, beta=300.0, b=at.b)
        worn = log_density(t, x=0.0, law=Timed(r=0.6, alpha=10.0, s=0.0, beta=300.0)) - log_density(t, x=0.0, law=one)
        return float((log_density(t, x=2.0, law=at) + left * (at.b * t - worn))[0])

    found = scores(t, x=2.0, left=left, law=law(0.0))
    step = 1e-4
    up, here, down = height(step), height(0.0), height(-step)
    assert float(found.first[4][0]) == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-9)
    ups, downs = (scores(t, x=2.0, left=left, law=law(away)).first[4][0] for away in (step, -step))
    assert float(found.second[4, 4][0]) == pytest.approx((ups - downs) / (2 * step), rel=1e-5, abs=1e-9)
    assert np.isfinite([up, here, down]).all()


@pytest.mark.parametrize("oldest", [1e4, 1e6, 1e9])
def test_derivatives_where_one_customer_is_very_old(oldest):
    """Of a base with one such customer, by central differences."""
    T = np.array([30.0, 40.0, 35.0, oldest])
    rows = PurchaseRows(x=[2, 0, 5, 3], t_x=[20.0, 0.0, 34.0, 25.0], T=T, weights=np.ones(4))
    surface = GGOMPERTZ_FAMILY.surface(rows, scale=35.0)
    theta, step = np.array([0.5, -0.5, 0.3, -0.4, -0.2]), 1e-5
    _, gradient, hessian = surface(theta)
    ups, downs = ([surface(theta + way * step * unit) for unit in np.eye(5)] for way in (1, -1))
    for part, found in ((0, gradient), (1, hessian)):
        by_steps = np.array([(up[part] - down[part]) / (2 * step) for up, down in zip(ups, downs, strict=True)])
        assert found == pytest.approx(by_steps, rel=1e-5, abs=1e-6)
