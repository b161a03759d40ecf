"""Coordinates of searches: where their edges lead."""

from itertools import product

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.models.fitting.opportunity_fit import COORDINATES as OPPORTUNITIES
from kundkarriar.numerics.gamma_gamma import likelihood

COORDINATES = {
    "NBD": kk.FittedNBD.family.coordinates,
    "Pareto/NBD": kk.FittedParetoNBD.family.coordinates,
    "GGompertz/NBD": kk.FittedGGompertzNBD.family.coordinates,
    "MBG/NBD": kk.FittedMBGNBD.family.coordinates,
    "MBG/CNBD": kk.FittedMBGCNBD.kind.coordinates,
    "BG/BB": OPPORTUNITIES,
    "Gamma-Gamma": likelihood.COORDINATES,
}
"""Every kind of block."""


@pytest.mark.parametrize("name", COORDINATES)
@pytest.mark.parametrize("scale", [0.5, 39.0, 2000.0])
def test_every_corner_of_a_search_leads_to_parameters_that_may_be_typed_in(name, scale):
    """Between e^-28 and e^28, and where a corner led beyond, the mean rates and chances are what they were."""
    coordinates = COORDINATES[name]
    corners = np.array(list(product(*zip(coordinates.low, coordinates.high, strict=True))))
    plain = coordinates.natural(corners, scale=scale)
    inside = coordinates.within(plain)
    assert (np.abs(np.log(inside)) <= 28.0).all()
    means = [at for at, label in enumerate(coordinates.names) if "mean" in label or "logit" in label]
    there = coordinates.working(inside, scale=scale)
    assert there[:, means] == pytest.approx(corners[:, means], abs=1e-9)
    untouched = (np.abs(np.log(plain)) <= 28.0).all(axis=1)
    assert (inside[untouched] == plain[untouched]).all()
    middle = coordinates.natural(np.zeros(len(coordinates)), scale=scale)
    assert (coordinates.within(middle) == middle).all()
