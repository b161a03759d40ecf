"""Models inside stored scorers."""

from kundkarriar.models.choice import stored_members
from kundkarriar.models.choice.fitted_average import FittedModelAverage
from kundkarriar.models.choice.model_average import ModelAverage
from kundkarriar.models.choice.stored_members import model_form

FITTED_MODELS = {**stored_members.FITTED_MODELS, ModelAverage: FittedModelAverage}
"""The class of the fitted model of each spec."""
MODEL = model_form(FITTED_MODELS)
"""The form of a model, and of an average of models."""
