"""`DrawsFutures`, the base class of repeat-buying families: futures drawn, or expected, given drawn latent states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.summaries.purchase_rows import PurchaseRows

Future = tuple[Array, Array, Array]


class Simulation(Protocol):
    """What a family's module `simulate` offers: purchases, discounted purchases and time alive, each (n, S)."""

    def draw_futures(self, generator: Generator, state: Any, /, *, horizon: float, discount_rate: float) -> Future:
        """Realised futures given the latent state."""
        ...

    def expected_futures(self, state: Any, /, *, horizon: float, discount_rate: float) -> Future:
        """Their expectations given the latent state."""
        ...


class DrawsFutures:
    """A family that draws futures; each final class sets its simulation, and draws the latent state that this takes."""

    __slots__ = ()

    simulation: ClassVar[Simulation]

    def draw_state(self, rows: PurchaseRows, params: Mapping[str, Array], generator: Generator) -> Any:
        """Draws of the latent state of each row, one for each parameter draw, (n, S)."""
        raise NotImplementedError

    def draw_outcomes(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> FutureDraws:
        """Draws of realised futures, one for each parameter draw, (n, S)."""
        state = self.draw_state(rows, params, generator)
        drawn = self.simulation.draw_futures(generator, state, horizon=horizon, discount_rate=discount_rate)
        return FutureDraws(purchases=drawn[0], discounted_purchases=drawn[1], discounted_alive=drawn[2])

    def draw_expectations(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> FutureDraws:
        """Expected futures given draws of the latent state, one for each parameter draw, (n, S)."""
        state = self.draw_state(rows, params, generator)
        means = self.simulation.expected_futures(state, horizon=horizon, discount_rate=discount_rate)
        return FutureDraws(purchases=means[0], discounted_purchases=means[1], discounted_alive=means[2])
