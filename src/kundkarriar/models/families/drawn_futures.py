"""`DrawsFutures`, the base class of repeat-buying families: futures drawn, or expected, given drawn latent states."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar

from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.summaries.purchase_rows import PurchaseRows


class DrawsFutures:
    """A family that draws futures.

    Each final class draws the latent state, and sets the module `simulate` whose `draw_futures` and `expected_futures`
    give purchases, discounted purchases and discounted time alive given that state, each (n, S).
    """

    __slots__ = ()

    simulation: ClassVar[ModuleType]

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
