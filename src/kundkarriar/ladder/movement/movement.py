"""Protocols of movement over rungs: what every movement reports, and what a movement by Markov chains holds."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import pandas as pd

from kundkarriar.arrays import Array
from kundkarriar.frames import FrameT
from kundkarriar.ladder.career_panel import CareerPanel, State
from kundkarriar.numerics.markov.mixture import Mixture
from kundkarriar.numerics.markov.step_counts import StepCounts


@runtime_checkable
class Movement(Protocol):
    """Transitions between states, forecasts and their calibration, and values of the states.

    `FittedChainMixture` (the states are the rungs of a ladder) and `FittedHiddenLadder` (latent states) both implement
    it; so can a class of your own.

    >>> import kundkarriar as kk
    >>> issubclass(kk.FittedChainMixture, Movement), issubclass(kk.FittedHiddenLadder, Movement)
    (True, True)
    """

    def transitions(self, *, level: float = 0.9) -> pd.DataFrame:
        """Monthly transition probabilities: from, to, steps, probability, low, high."""
        ...

    def forecast(self, careers: FrameT, *, origin: Any = None, horizon: int = 6) -> FrameT:
        """Forecasts of each customer's state from rows up to the origin: customer_id, ahead, rung, probability."""
        ...

    def calibration(self, careers: FrameT, *, origin: Any, horizon: int = 6) -> FrameT:
        """Forecasts from before the origin against the months after it: ahead, rule, customers, log_loss, brier."""
        ...

    def value(self, *, contribution: Any, discount_rate: float) -> pd.DataFrame:
        """Value of a customer in each state: rung, contribution, value, low, high, retention_value."""
        ...

    def time_to(self, rung: str) -> pd.DataFrame:
        """Probability of ever reaching a rung, and months until then: rung, probability, low, high, months."""
        ...


class AveragedChains(Protocol):
    """States, and mixtures of Markov chains over them whose results are averaged."""

    @property
    def states(self) -> tuple[State, ...]:
        """The states of the chains, S."""
        ...

    @property
    def members(self) -> tuple[Mixture, ...]:
        """The mixtures, of K chains each."""
        ...

    @property
    def visits(self) -> tuple[Array, ...]:
        """For each mixture, shares of its chains among the customers seen in each state, (S, K)."""
        ...

    def counts(self, seen: CareerPanel, customers: Any) -> StepCounts:
        """Steps of each customer of a panel, with the covariates."""
        ...


class ForecastingChains(AveragedChains, Protocol):
    """Averaged chains with forecasts of single customers."""

    def log_tilt(self, month: int, *, horizon: int) -> Array | None:
        """Seasonal log tilt of the months after `month`, (horizon, S); None without a season."""
        ...

    def ahead(self, seen: CareerPanel, *, horizon: int, customers: Any = None) -> Array:
        """Probabilities of each state 1, ..., `horizon` months after the end of the panel, (n, horizon, S)."""
        ...
