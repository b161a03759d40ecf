"""Parameters of draws: from the posterior of a fit, or those that were given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from kundkarriar.models.families.row_predictions import RowPredictions
from kundkarriar.models.uncertainty.posterior import Posterior


def parameter_draws(model: Any, *, draws: int, generator: Generator) -> Posterior:
    """Draws of a model's parameters from their posterior; of parameters that were given, these in every draw."""
    if isinstance(model, RowPredictions) and not any(law.report.fitted for law in model.laws.values()):
        given = [value for law in model.laws.values() for value in law.free_parameters().values()]
        return Posterior(names=model.posterior_names, values=np.tile(np.array(given, dtype=np.float64), (draws, 1)))
    drawn: Posterior = model.posterior(draws=draws, seed=generator)
    return drawn
