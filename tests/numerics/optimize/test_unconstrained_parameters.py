"""Bounds of unconstrained parameters: the parameters at their corners."""

from itertools import product

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.models.fitting.opportunity_fit import UNCONSTRAINED as OPPORTUNITIES
from kundkarriar.numerics.gamma_gamma import spend_parameters

UNCONSTRAINED = {
    "NBD": kk.FittedNBD.family.unconstrained,
    "Pareto/NBD": kk.FittedParetoNBD.family.unconstrained,
    "GGompertz/NBD": kk.FittedGGompertzNBD.family.unconstrained,
    "MBG/NBD": kk.FittedMBGNBD.family.unconstrained,
    "MBG/CNBD": kk.FittedMBGCNBD.kind.unconstrained,
    "BG/BB": OPPORTUNITIES,
    "Gamma-Gamma": spend_parameters.UNCONSTRAINED,
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
