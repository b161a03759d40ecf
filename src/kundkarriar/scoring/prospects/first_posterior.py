"""Draws of the parameters of the time to the first purchase."""

from __future__ import annotations

from typing import Any

from numpy.random import Generator

from kundkarriar.errors import CapabilityError
from kundkarriar.foreign_objects import is_a
from kundkarriar.models.interface.protocols import HasPosterior
from kundkarriar.models.uncertainty.posterior import Posterior


def first_posterior(model: Any, *, draws: int, generator: Generator) -> Posterior | None:
    """Draws of the parameters of first purchases; None where they were given, so that they are the same in all."""
    if not is_a(model, HasPosterior):
        return None
    try:
        posterior: Posterior = model.posterior(draws=draws, seed=generator)
    except CapabilityError:
        return None
    return posterior
