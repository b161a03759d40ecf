"""Parameters that are linear in those of the blocks: values and derivatives."""

import numpy as np
from attrs import evolve

from kundkarriar.numerics.optimize.parameter_blocks import PURCHASE_RATES, CoefficientParameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters


def test_a_linear_reparametrisation():
    """Law: `unconstrained` inverts `natural`; Jacobian and Hessian are central differences."""
    inner = UnconstrainedParameters(blocks=(PURCHASE_RATES, CoefficientParameters(names=("age",))))
    turned = evolve(inner, matrix=((1.0, 0.0, -4.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.1)))
    tau = np.array([0.3, -0.2, 0.7])
    values = turned.natural(tau, scale=39.0)
    np.testing.assert_allclose(values, inner.natural(np.array([0.3 - 2.8, -0.2, 0.07]), scale=39.0))
    np.testing.assert_allclose(turned.unconstrained(values, scale=39.0), tau, atol=1e-12)
    gradient = np.array([0.5, -2.0, 3.0])
    by_steps = np.zeros((3, 3))
    for k, step in enumerate(1e-5 * np.eye(3)):
        up, down = turned.natural(tau + step, scale=1.0), turned.natural(tau - step, scale=1.0)
        np.testing.assert_allclose(turned.jacobian(tau)[:, k], (up - down) / 2e-5, rtol=1e-8, atol=1e-9)
        by_steps[k] = gradient @ (turned.jacobian(tau + step) - turned.jacobian(tau - step)) / 2e-5
    np.testing.assert_allclose(turned.hessian(tau, gradient), by_steps, rtol=1e-7, atol=1e-8)
    assert turned.positive == (True, True, False)
