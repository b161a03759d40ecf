"""Draws of the parameters of the time to the first purchase."""

from __future__ import annotations

from attrs import evolve
from numpy.random import Generator

from kundkarriar.models.first_purchase.fitted_first_purchase import FirstPurchaseParams, FittedFirstPurchase
from kundkarriar.models.uncertainty.posterior import Posterior


def first_posterior(model: FittedFirstPurchase, *, draws: int, generator: Generator) -> Posterior | None:
    """Draws of the parameters of first purchases; None where they were given, so that they are the same in all."""
    return model.posterior(draws=draws, seed=generator) if model.report.fitted else None


def first_at_draw(model: FittedFirstPurchase, posterior: Posterior | None, draw: int) -> FittedFirstPurchase:
    """The same model with the parameters of one draw of `posterior`; as it is where that is None."""
    if posterior is None:
        return model
    values = {name: float(each[draw]) for name, each in posterior.params().items()}
    params = FirstPurchaseParams(**{name: values[name] for name in ("alpha", "beta", "never")})
    return evolve(model, params=params, effects=model.effects.with_values(values))
