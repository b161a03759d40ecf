"""Validators of fields: limits of parameters, positive numbers."""

import math

import attrs
import pytest

import kundkarriar as kk

PARAMS = [
    kk.NBDParams,
    kk.ParetoNBDParams,
    kk.GGompertzNBDParams,
    kk.BGBBParams,
    kk.ShiftedBetaGeometricParams,
    kk.GammaGammaParams,
]


@pytest.mark.parametrize("kind", PARAMS)
@pytest.mark.parametrize("value", [1e-20, 1e16, math.exp(28.01), math.exp(-28.01)])
def test_parameters_beyond_28_efolds_are_refused_by_name(kind, value):
    """Each parameter of each model, on both sides; the limits themselves are accepted."""
    names = [field.name for field in attrs.fields(kind)]
    for name in names:
        with pytest.raises(ValueError) as raised:
            kind(**dict.fromkeys(names, 1.0) | {name: value})
        assert str(raised.value) == (
            f"'{name}' must lie between e^-28 and e^28 (6.9e-13 to 1.4e+12), where numbers are right to 1e-9: {value}"
        )
        edge = math.exp(math.copysign(28.0, math.log(value)))
        assert getattr(kind(**dict.fromkeys(names, 1.0) | {name: edge}), name) == edge


@pytest.mark.parametrize("kind", PARAMS)
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_what_is_no_positive_number_is_refused(kind, value):
    """With the message on positive numbers, not the one on the range."""
    names = [field.name for field in attrs.fields(kind)]
    with pytest.raises(ValueError, match=f"^'{names[0]}' must be a finite number > 0: {value}$"):
        kind(**dict.fromkeys(names, 1.0) | {names[0]: value})
