"""One `fit` serves all repeat-buying models, and says what each takes."""

import inspect

import pytest

import kundkarriar as kk
from kundkarriar.models.interface.protocols import TakesCovariates

MODELS = (kk.NBD, kk.BGNBD, kk.MBGNBD, kk.ParetoNBD, kk.GGompertzNBD, kk.BGCNBD, kk.MBGCNBD)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_docstring_of_fit_names_its_parameters(model):
    shown = inspect.signature(model.fit)
    options = ("customers", "weights", "period") if isinstance(model(), TakesCovariates) else ("weights", "period")
    assert tuple(shown.parameters) == ("self", "summary", *options)
    arguments = inspect.getdoc(model.fit).partition("Args:")[2].partition("Raises:")[0]
    assert all(f"\n    {name}: " in arguments for name in ("summary", *options))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_family_is_called_as_its_model(model):
    """Errors begin with its name: "GGompertz/NBD.predict needs ..."."""
    fitted = getattr(kk, f"Fitted{model.__name__}")
    family = fitted.kind if hasattr(fitted, "kind") else fitted.family
    assert family.name.replace("/", "") == model.__name__
