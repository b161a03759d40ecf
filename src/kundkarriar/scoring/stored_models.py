"""Models inside stored scorers."""

from kundkarriar.models.average import stored_members
from kundkarriar.models.average.fitted_average import FittedModelAverage
from kundkarriar.models.average.model_average import ModelAverage
from kundkarriar.models.average.stored_members import model_form
from kundkarriar.models.interface.protocols import AUTO, is_auto
from kundkarriar.stored_forms import Form

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
