"""`ConstantSpend`, the base class of fitted spend models without scatter: nothing is drawn but the price itself."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from kundkarriar.arguments import DRAWS, LEVEL, read_generator
from kundkarriar.arrays import Array
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.stored import Stored


class ConstantSpend(Stored):
    """A spend model whose orders are of one price: of all customers, or of each."""

    __slots__ = ()

    frame_kind: str

    def price_of(self, frequency: Array, monetary_value: Array) -> Array:
        """The price of each row's orders, (n,), from what `read_spend` gives."""
        raise NotImplementedError

    def priced(self) -> tuple[str, float]:
        """The price of the customers of whom none is known, and its name."""
        raise NotImplementedError

    def estimates(self, *, level: float = 0.95) -> OwnFrame:
        """The price as a table of one row: parameter, estimate; std_error, low and high are missing."""
        LEVEL.read(level, "level")
        name, price = self.priced()
        missing = dict.fromkeys(("std_error", "low", "high"), np.array([np.nan]))
        return frame_of_kind({"parameter": [name], "estimate": [price], **missing}, self.frame_kind)

    def posterior(self, *, draws: int = 4000, seed: int | Generator) -> Posterior:
        """Draws of the price, which are all alike; `draws` and `seed` as of every model."""
        read_generator(seed)
        name, price = self.priced()
        values = np.full((DRAWS.read(draws, "draws"), 1), price)
        return Posterior(names=(name,), values=values, frame_kind=self.frame_kind)

    def draw_spend(
        self,
        frequency: Array,
        monetary_value: Array,
        *,
        purchases: Array,
        posterior: Posterior,  # noqa: ARG002
        generator: Generator,  # noqa: ARG002
    ) -> Array:
        """The gross spend of `purchases` orders, both (n, S)."""
        return np.asarray(self.price_of(frequency, monetary_value)[:, None] * purchases)

    def draw_order_value(
        self,
        frequency: Array,
        monetary_value: Array,
        *,
        posterior: Posterior,
        generator: Generator,  # noqa: ARG002
    ) -> Array:
        """The order value of each customer, (n, S)."""
        return np.repeat(self.price_of(frequency, monetary_value)[:, None], len(posterior), axis=1)
