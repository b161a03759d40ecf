"""What every movement on the ladder can say, whether its states are rungs that are seen or states that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd

    from kundkarriar.frames import FrameT


@runtime_checkable
class Movement(Protocol):
    """Where customers go from where they stand, how well that was foretold, and what it is worth.

    `FittedChainMixture` (states are the rungs of a ladder) and `FittedHiddenLadder` (states are not seen) both keep it;
    so can a class of your own.

    >>> import kundkarriar as kk
    >>> issubclass(kk.FittedChainMixture, Movement), issubclass(kk.FittedHiddenLadder, Movement)
    (True, True)
    """

    def transitions(self, *, level: float = 0.9) -> pd.DataFrame:
        """Where customers go in a month: from, to, steps, probability, low, high."""
        ...

    def forecast(self, careers: FrameT, *, origin: Any = None, horizon: int = 6) -> FrameT:
        """Where each customer will stand: customer_id, ahead, rung, probability; nothing after the origin is read."""
        ...

    def calibration(self, careers: FrameT, *, origin: Any, horizon: int = 6) -> FrameT:
        """Learnt up to the origin, held against the months after it: ahead, rule, customers, log_loss, brier."""
        ...

    def value(self, *, contribution: Any, discount_rate: float) -> pd.DataFrame:
        """What a customer in each state is worth: rung, contribution, value, low, high, retention_value."""
        ...

    def time_to(self, rung: str) -> pd.DataFrame:
        """Who ever reaches a rung, and when: rung, probability, low, high, months."""
        ...
