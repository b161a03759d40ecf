"""One `fit` serves all repeat-buying models; each model shows it as its own."""

import inspect

import pytest

import kundkarriar as kk
from kundkarriar.models.interface.protocols import TakesCovariates

MODELS = (kk.NBD, kk.BGNBD, kk.MBGNBD, kk.ParetoNBD, kk.GGompertzNBD, kk.BGCNBD, kk.MBGCNBD)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_signature_of_fit_names_the_fitted_class_and_its_docstring_the_parameters(model):
    shown = inspect.signature(model.fit)
    assert shown.return_annotation == f"Fitted{model.__name__}"
    options = ("customers", "weights", "period") if isinstance(model(), TakesCovariates) else ("weights", "period")
    assert tuple(shown.parameters) == ("self", "summary", *options)
    arguments = inspect.getdoc(model.fit).partition("Args:")[2].partition("Raises:")[0]
    assert all(f"\n    {name}: " in arguments for name in ("summary", *options))


def test_a_class_made_from_a_model_inherits_its_fit():
    class House(kk.MBGNBD):
        pass

    assert House.fit is kk.MBGNBD.fit
