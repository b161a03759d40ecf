"""Outcome draws together with what is expected of the same customers in the same draw."""

from typing import Any

from numpy.random import Generator

from kundkarriar.foreign_objects import is_a
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.models.interface.protocols import SimulatesBoth
from kundkarriar.summaries.purchase_rows import PurchaseRows


def draw_both(
    model: Any, rows: PurchaseRows, *, generator: Generator, again: Generator, **given: Any
) -> tuple[FutureDraws, FutureDraws]:
    """Realised futures, and those expected given the same latent states.

    A model that draws the two apart draws the states from equal streams: `again` is equal to `generator`.
    """
    if is_a(model, SimulatesBoth):
        outcomes, expected = model.draw_futures(rows, generator=generator, **given)
    else:
        outcomes = model.draw_outcomes(rows, generator=generator, **given)
        expected = model.draw_expectations(rows, generator=again, **given)
    return outcomes, expected
