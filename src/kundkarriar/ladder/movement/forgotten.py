"""What chains forget of a history: the memory of its rungs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kundkarriar.errors import collected
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.rungs.memory import remembered


def chains_forget(history: Any) -> str | None:
    """A law that rungs with memory break; None where rungs remember nothing, and for a frame of careers.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> chains_forget(history)[:74]
    'chains step by the rung now, and rungs of this ladder remember more: movin'
    """
    memory = remembered(history.rungs, history.lapse) if isinstance(history, LadderHistory) else {}
    if not memory:
        return None
    rungs = ", ".join(f"{name} ({what})" for name, what in memory.items())
    return f"chains step by the rung now, and rungs of this ladder remember more: {rungs}."


def forgets_warning(history: Any) -> str | None:
    """What a fit of chains to a history warns of."""
    law = chains_forget(history)
    return law and (
        f"{law} Forecasts and values of single customers will be off. Draw purchases instead, which go through the "
        "rules of the ladder: kk.Microsimulation().fit(history)."
    )


@contextmanager
def collected_where_judged(history: Any) -> Iterator[list[str]]:
    """Collect what fits warn of, without what chains forget: the caller holds forecasts against what came."""
    with collected() as told:
        yield told
    forgotten = forgets_warning(history)
    told[:] = [message for message in told if message != forgotten]
