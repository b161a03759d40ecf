"""The draws of what a column of values expects, matched to the customers of a frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import read_object
from kundkarriar.arrays import Array, Whole
from kundkarriar.classes.value_column import SMALLEST
from kundkarriar.customer_ids import ONE_ROW_HINT, as_one_type, positions, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, refuse_rows
from kundkarriar.id_kinds import ID
from kundkarriar.scoring.draws.tile_values import Measure
from kundkarriar.scoring.draws.value_draws import ValueDraws

MEASURES: dict[str, Measure] = {
    "net_value": "net_value",
    "clv": "clv",
    "expected_sales": "sales",
    "expected_purchases": "purchases",
}
"""What draws measure, by the column of its expected values."""
PLAIN = "values"
"""The column of values that are no frame: they are in the measure and in the order of the draws."""
HINT = "draws = fitted.draw(summary, seed=1), of the fitted scorer and the summary that the values come from."
SAME = 1e-6
"""Relative difference up to which a value is the one that the draws expect: stored ones may have 32 bits."""


def measured_draws(
    draws: Any, frame: NarrowFrame, column: str, *, values: Array, need: str
) -> tuple[ValueDraws, Whole]:
    """The draws of realised values in the measure of `column`, and the place of each customer among theirs, (n,).

    Args:
        draws: of these customers, of others too.
        frame: the customers, some or all of those drawn, in any order.
        column: its column of values.
        values: the values, (n,); NaN where there is none, as of prospects.
        need: the caller, as the start of an error's sentence.

    Raises:
        DataError: no draws; a column that is not drawn; a customer who is not drawn; values of another scorer.
    """
    read_object(draws, "draws", kind=ValueDraws, hint=HINT)
    if column not in {*MEASURES, PLAIN}:
        raise DataError.because(
            f"{need} has no draws of `{column}`: they are of {', '.join(f'`{name}`' for name in MEASURES)}.",
            hint='by="net_value", by="clv" ..., or leave draws= out.',
        )
    own = draws.measuring(MEASURES.get(column, draws.measure)).drawing("outcome")
    base = own.base
    if ID in frame.columns:
        named = {"need": need, "frame_name": "the values", "among_name": "the draws"}
        ids, drawn = as_one_type(unique_ids(frame, need=need, hint=ONE_ROW_HINT), base.summary[ID], **named)
        place = positions(ids, among=drawn, **named)
        refuse_rows(frame, place < 0, f"{need} needs draws of every customer", hint=HINT, shown=[ID, column])
    elif len(frame) == len(base.summary):
        place = np.arange(len(frame))
    else:
        raise DataError.because(
            f"{need} needs a value for each of the {len(base.summary):,} customers of the draws, got {len(frame):,}.",
            hint="give a frame with `customer_id`, whose rows are found in the draws.",
        )
    buys = np.isin(place, base.buyers)
    differs = np.isfinite(values) != buys
    if own.expected is not None:
        expected = base.checked.spread(own.expected[own.measure])[place]
        differs |= buys & ~np.isclose(values, expected, rtol=SAME, atol=SMALLEST)
    law = f"{need} needs the expected values of the draws in `{column}`"
    refuse_rows(frame, differs, law, hint=HINT, shown=[ID, column])
    return own, place
