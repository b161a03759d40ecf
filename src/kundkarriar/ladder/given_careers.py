"""Careers of a history, or a frame of them that was made elsewhere: how movement takes both."""

from collections.abc import Sequence
from typing import Any

from kundkarriar.frames import FrameT
from kundkarriar.ladder.career_panel import CareerPanel, State, read_careers
from kundkarriar.ladder.ladder_history import LadderHistory


def careers_of(history: FrameT | LadderHistory[FrameT]) -> FrameT:
    """The careers of a history; a frame of careers as it is.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1997-03-31")
    >>> careers_of(history).equals(careers_of(history.careers()))
    True
    """
    return history.careers() if isinstance(history, LadderHistory) else history


def careers_until(history: FrameT | LadderHistory[FrameT], origin: Any) -> tuple[FrameT, Any]:
    """The careers, and the origin to cut them at: None where they are those of a history before its origin.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> careers, origin = careers_until(history, "1997-12-31")
    >>> print(careers["period_start"].max(), origin)
    1997-12-01 00:00:00 None
    """
    if isinstance(history, LadderHistory) and origin is not None:
        return careers_of(history.before(origin)), None
    return careers_of(history), origin


def panel_of(
    history: FrameT | LadderHistory[FrameT],
    *,
    states: Sequence[State] | None = None,
    rungs: Sequence[str] | None = None,
) -> CareerPanel:
    """The panel of a history, read without a frame, or of a frame of careers; `states`, `rungs` as of `read_careers`.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1997-03-31")
    >>> print(panel_of(history).code.sum() == panel_of(history.careers()).code.sum())
    True
    """
    if isinstance(history, LadderHistory):
        return history.panel(states=states, rungs=rungs)
    return read_careers(history, states=states, rungs=rungs)


def like_of(history: FrameT | LadderHistory[FrameT]) -> FrameT:
    """A frame of the kind that results are to be."""
    return history.like if isinstance(history, LadderHistory) else history
