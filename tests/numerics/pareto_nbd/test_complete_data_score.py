"""Complete-data score of lifetimes with ageing, also where exp(b t) is more than a double holds."""

import numpy as np
import pytest

from kundkarriar.models.families.pareto_nbd_family import GGOMPERTZ_FAMILY
from kundkarriar.numerics.pareto_nbd.complete_data_score import complete_data_score, log_density_alive
from kundkarriar.numerics.pareto_nbd.parameters import ParetoParameters
from kundkarriar.summaries.purchase_rows import PurchaseRows


@pytest.mark.parametrize("old", [0.01, 3.0, 650.0, 750.0, 5e4, 1e9])
@pytest.mark.parametrize("dropouts", [0.0, 1.0])
def test_score_in_ageing_is_the_derivative_of_the_log_density(old, dropouts):
    """By steps in ln b at a fixed beta; a dropout adds ln u'(t) - ln(beta + u) = b t - ln(beta + u)."""
    t = np.array([1e3])

    def params(away):
        return ParetoParameters(r=0.6, alpha=10.0, s=0.7, beta=300.0, b=old / 1e3 * np.exp(away))

    def log_density(away):
        at = params(away)
        without_dropout = ParetoParameters(r=0.6, alpha=10.0, s=0.0, beta=300.0)
        with_dropout = ParetoParameters(r=0.6, alpha=10.0, s=1.0, beta=300.0, b=at.b)
        log_ratio = log_density_alive(t, x=0.0, params=without_dropout)
        log_ratio = log_ratio - log_density_alive(t, x=0.0, params=with_dropout)
        return float((log_density_alive(t, x=2.0, params=at) + dropouts * (at.b * t - log_ratio))[0])

    gradient, hessian = complete_data_score(t, x=2.0, dropouts=dropouts, params=params(0.0))
    step = 1e-4
    up, middle, down = log_density(step), log_density(0.0), log_density(-step)
    assert float(gradient[4][0]) == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-9)
    ups, downs = (
        complete_data_score(t, x=2.0, dropouts=dropouts, params=params(away))[0][4][0] for away in (step, -step)
    )
    assert float(hessian[4, 4][0]) == pytest.approx((ups - downs) / (2 * step), rel=1e-5, abs=1e-9)
    assert np.isfinite([up, middle, down]).all()


@pytest.mark.parametrize("oldest", [1e4, 1e6, 1e9])
def test_derivatives_where_one_customer_is_very_old(oldest):
    """Gradient and Hessian of a base with one such customer, against central differences."""
    T = np.array([30.0, 40.0, 35.0, oldest])
    rows = PurchaseRows(x=[2, 0, 5, 3], t_x=[20.0, 0.0, 34.0, 25.0], T=T, weights=np.ones(4))
    objective = GGOMPERTZ_FAMILY.objective(rows, scale=35.0)
    theta, step = np.array([0.5, -0.5, 0.3, -0.4, -0.2]), 1e-5
    _, gradient, hessian = objective(theta)
    ups, downs = ([objective(theta + way * step * unit) for unit in np.eye(5)] for way in (1, -1))
    for part, found in ((0, gradient), (1, hessian)):
        by_steps = np.array([(up[part] - down[part]) / (2 * step) for up, down in zip(ups, downs, strict=True)])
        assert found == pytest.approx(by_steps, rel=1e-5, abs=1e-6)
