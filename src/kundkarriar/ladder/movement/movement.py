"""Protocol of movement over rungs: what every movement reports; and the check of one that is given."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from kundkarriar.errors import CapabilityError
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.frames import FrameT


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


def require_rungs(movement: Any, methods: Sequence[str], *, need: str) -> None:
    """Refuse a movement that is not over the rungs of careers, or lacks methods."""
    lacking = [] if isinstance(attribute_of(movement, "states"), tuple) else ["states"]
    lacking += [name for name in methods if not callable(attribute_of(movement, name))]
    if lacking:
        raise CapabilityError.because(
            f"{need} needs a movement over rungs, with states and {', '.join(methods)}; "
            f"{type(movement).__name__} lacks {lacking}.",
            hint="fit one to careers: movement=kk.ChainMixture().fit(careers).",
        )
