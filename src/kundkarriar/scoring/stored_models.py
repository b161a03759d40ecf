"""Models inside stored scorers."""

from kundkarriar.models import stored_models
from kundkarriar.models.choice.fitted_average import FittedModelAverage
from kundkarriar.models.choice.model_average import ModelAverage
from kundkarriar.models.stored_models import model_form

FITTED_MODELS = {**stored_models.FITTED_MODELS, ModelAverage: FittedModelAverage}
"""The class of the fitted model of each spec."""
MODEL = model_form(FITTED_MODELS)
"""The form of a model, and of an average of models."""
