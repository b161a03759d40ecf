"""Unconstrained parameters: the parameters at the corners of their bounds, and linear in those of the blocks."""

from itertools import product

import numpy as np
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.models.fitting.opportunity_fit import UNCONSTRAINED as OPPORTUNITIES
from kundkarriar.numerics.gamma_gamma.spend_parameters import SpendParameters
from kundkarriar.numerics.optimize.parameter_blocks import PURCHASE_RATES, CoefficientParameters, gamma_parameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

UNCONSTRAINED = {
    "NBD": kk.FittedNBD.family.unconstrained,
    "Pareto/NBD": kk.FittedParetoNBD.family.unconstrained,
    "GGompertz/NBD": kk.FittedGGompertzNBD.family.unconstrained,
    "MBG/NBD": kk.FittedMBGNBD.family.unconstrained,
    "MBG/CNBD": kk.FittedMBGCNBD.kind.unconstrained,
    "BG/BB": OPPORTUNITIES,
    "Gamma-Gamma": UnconstrainedParameters(blocks=(SpendParameters(),)),
}
"""Models with every kind of block."""


@pytest.mark.parametrize("name", UNCONSTRAINED)
@pytest.mark.parametrize("scale", [0.5, 39.0, 2000.0])
def test_every_corner_of_the_bounds_gives_valid_parameters(name, scale):
    """Law: clipped to e^-28..e^28, they keep the mean rates and probabilities."""
    unconstrained = UNCONSTRAINED[name]
    corners = np.array(list(product(*zip(unconstrained.low, unconstrained.high, strict=True))))
    plain = unconstrained.natural(corners, scale=scale)
    inside = unconstrained.clipped(plain)
    assert (np.abs(np.log(inside)) <= 28.0).all()
    means = [at for at, label in enumerate(unconstrained.names) if "mean" in label or "logit" in label]
    theta = unconstrained.unconstrained(inside, scale=scale)
    assert theta[:, means] == pytest.approx(corners[:, means], abs=1e-9)
    untouched = (np.abs(np.log(plain)) <= 28.0).all(axis=1)
    assert (inside[untouched] == plain[untouched]).all()
    middle = unconstrained.natural(np.zeros(len(unconstrained)), scale=scale)
    assert (unconstrained.clipped(middle) == middle).all()


MEANING = {
    "log_mean_purchases": lambda own: np.log(own["scale"] * own["r"] / own["alpha"]),
    "log_r": lambda own: np.log(own["r"]),
    "logit_phi": lambda own: np.log(own["a"] / own["b"]),
    "log_kappa": lambda own: np.log(own["a"] + own["b"]),
    "log_mean_leaving": lambda own: np.log(own["scale"] * own["s"] * own.get("b", 1.0) / own["beta"]),
    "log_s": lambda own: np.log(own["s"]),
    "log_ageing": lambda own: np.log(own["scale"] * own["b"]),
    "logit_buys": lambda own: np.log(own["alpha"] / own["beta"]),
    "log_kappa_buys": lambda own: np.log(own["alpha"] + own["beta"]),
    "logit_leaves": lambda own: np.log(own["gamma"] / own["delta"]),
    "log_kappa_leaves": lambda own: np.log(own["gamma"] + own["delta"]),
    "log_p": lambda own: np.log(own["p"]),
    "log_q_above_1": lambda own: np.log(own["q"] - 1),
    "log_order_value": lambda own: np.log(own["p"] * own["gamma"] / own["q"] / own["scale"]),
}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("NBD", ("r", "alpha")),
        ("Pareto/NBD", ("r", "alpha", "s", "beta")),
        ("GGompertz/NBD", ("r", "alpha", "b", "s", "beta")),
        ("MBG/NBD", ("r", "alpha", "a", "b")),
        ("BG/BB", ("alpha", "beta", "gamma", "delta")),
        ("Gamma-Gamma", ("p", "q", "gamma")),
    ],
)
def test_unconstrained_parameters_are_what_their_names_say(name, parameters):
    """Priors are of them, so that a name is a promise."""
    space = UNCONSTRAINED[name]
    values = np.array([1.7, 5.0, 1.2, 0.6, 9.0])[: len(parameters)]
    if name == "Gamma-Gamma":
        values = np.array([6.0, 4.0, 15.0])
    own = {"scale": 39.0, **dict(zip(parameters, values, strict=True))}
    theta = space.unconstrained(values, scale=39.0)
    assert theta == pytest.approx([MEANING[label](own) for label in space.names])
    assert space.natural(theta, scale=39.0) == pytest.approx(values)


def test_several_stages_are_one_purchase():
    """A gap of three stages at the rate r / alpha is as long as three gaps of one."""
    rates = UnconstrainedParameters(blocks=(gamma_parameters("log_mean_purchases", "log_r", stages=3),))
    theta = rates.unconstrained(np.array([1.7, 5.0]), scale=39.0)
    assert theta == pytest.approx([np.log(39.0 * 1.7 / 5.0 / 3), np.log(1.7)])
    assert rates.natural(theta, scale=39.0) == pytest.approx([1.7, 5.0])


def test_parameters_that_are_linear_in_those_of_the_blocks():
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
