"""Models inside stored scorers."""

from typing import Any

from kundkarriar.models.average import stored_members
from kundkarriar.models.average.fitted_average import FittedModelAverage
from kundkarriar.models.average.model_average import ModelAverage
from kundkarriar.models.average.stored_members import model_form
from kundkarriar.models.first_purchase.first_purchase import FirstPurchase
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.interface.protocols import AUTO, is_auto
from kundkarriar.stored import whole
from kundkarriar.stored_forms import Form, or_null

FITTED_MODELS = {**stored_members.FITTED_MODELS, ModelAverage: FittedModelAverage}
"""The class of the fitted model of each spec."""
MODEL = model_form(FITTED_MODELS)
"""The form of a model, and of an average of models."""
MODEL_OR_AUTO = Form(
    law=f"{MODEL.law}, or {AUTO!r}",
    write=lambda model: str(model) if is_auto(model) else MODEL.write(model),
    read=lambda stored: stored if is_auto(stored) else MODEL.read(stored),
)
"""The form of a model that may be left to the data."""


def _spec_or_fitted(stored: Any) -> Any:
    """A stored model of first purchases: a fitted one has parameters."""
    kind: Any = FittedFirstPurchase if isinstance(stored, dict) and "params" in stored else FirstPurchase
    return whole(kind).read(stored)


FITTED_FIRST_PURCHASE = or_null(whole(FittedFirstPurchase))
"""The form of a fitted model of first purchases, or None."""
FIRST_PURCHASE = or_null(Form(law=whole(FirstPurchase).law, write=lambda model: model.to_dict(), read=_spec_or_fitted))
"""The form of a model of first purchases, spec or fitted, or None."""
