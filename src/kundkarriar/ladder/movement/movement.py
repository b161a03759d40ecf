"""Protocols of movement over the rungs of a ladder: what every movement says, and what only some can say."""

from typing import Any, Protocol, runtime_checkable

from kundkarriar.engines.frame_kinds import OwnFrame
from kundkarriar.frames import FrameT
from kundkarriar.ladder.ladder_history import LadderHistory


@runtime_checkable
class FittedMovement(Protocol):
    """A movement that was fitted: forecasts of each customer's rung, of the sizes of rungs, of the time to a rung.

    Where the ladder has the flag of lapse, each frame has a column `lapsed` beside `rung`. Months ahead are whole
    calendar months after the last whole month of the history: 1 is the next one. Movements by chains also take a
    frame of careers in place of the history.

    >>> import kundkarriar as kk
    >>> issubclass(kk.FittedChainMixture, FittedMovement), issubclass(kk.FittedHiddenLadder, FittedMovement)
    (True, True)
    """

    def forecast(self, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "6M") -> FrameT:
        """Probabilities of the rung of each customer known at the origin: customer_id, ahead, rung, probability.

        Nothing after the origin is read; None: the last day of the history. A state that is left out has probability 0.
        """
        ...

    def sizes(self, history: LadderHistory[FrameT], *, horizon: str = "6M", level: float = 0.9) -> FrameT:
        """Numbers of today's customers on each rung: ahead, rung, expected, low, high."""
        ...

    def time_to(self, rung: str, history: LadderHistory[FrameT], *, horizon: str = "24M", level: float = 0.9) -> FrameT:
        """Shares that reach a rung, or one above it, by the rung now: rung, customers, ahead, reached, low, high."""
        ...


@runtime_checkable
class Movement(Protocol):
    """The specification of a movement over the rungs of a ladder: its options, without data.

    `ChainMixture` and `HiddenLadder` implement it; so can a class of your own, which `kk.testing.check_movement`
    checks and `kk.backtest_movement` judges.

    >>> import kundkarriar as kk
    >>> issubclass(kk.ChainMixture, Movement), issubclass(kk.HiddenLadder, Movement)
    (True, True)
    """

    def fit(self, history: Any) -> FittedMovement:
        """Fit the movement to a `kk.LadderHistory`, as `ladder.history(transactions, as_of=...)` makes it."""
        ...


@runtime_checkable
class HasTransitions(Protocol):
    """A fitted movement that steps from state to state by a Markov chain, month by month.

    Its tables are frames of the kind that it was fitted on.

    >>> import kundkarriar as kk
    >>> issubclass(kk.FittedChainMixture, HasTransitions)
    True
    """

    def transitions(self, *, level: float = 0.9) -> OwnFrame:
        """Monthly transition probabilities: from, to, steps, probability, low, high."""
        ...

    def value(self, *, contribution: Any, discount_rate: float) -> OwnFrame:
        """Value of a customer in each state, without end: rung, contribution, value, low, high, retention_value."""
        ...

    def first_passage(self, rung: str) -> OwnFrame:
        """Probability of ever reaching a rung, and months until then: rung, probability, low, high, months."""
        ...


@runtime_checkable
class RunsScenarios(Protocol):
    """A fitted movement that says what would be otherwise if something changed.

    >>> import kundkarriar as kk
    >>> issubclass(kk.FittedChainMixture, RunsScenarios), issubclass(kk.FittedHiddenLadder, RunsScenarios)
    (True, False)
    """

    def scenario(self, history: Any, *, changes: Any, **terms: Any) -> Any:
        """Rungs and value of the coming months, as usual and changed by `kk.Change`s.

        The frame has part ("rung", "value", ...), ahead, name, usual, changed, difference, low, high.
        """
        ...
