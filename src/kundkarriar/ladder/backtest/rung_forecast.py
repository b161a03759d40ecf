"""The frames that a movement forecasts, read as arrays and checked: probabilities of rungs, sizes of states."""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import NarrowFrame, narrow, nulls, numbers, refuse_rows, require, text_is
from kundkarriar.ladder.career_panel import State

ROUNDING = 1e-6
AS_FORECAST = "as kk.FittedMovement says: customer_id, ahead from 1 on, rung, probability."
AS_SIZES = "as kk.FittedMovement says: ahead from 1 on, rung, expected, low, high."


def rung_probabilities(
    forecast: Any, *, customers: nw.Series[Any], rungs: Sequence[str], months: int, who: str
) -> Array:
    """Probabilities of the rung of each customer in each month ahead, (n, months, R); what is left out is 0.

    Rows of a rung lapsed and not are added up. Rungs that the careers do not have, and customers who were not known,
    are left out.

    Raises:
        DataError: a column is missing, a probability is none, or those of a customer and month exceed 1 together.
        CapabilityError: no rung of the forecast is one of the careers.
    """
    frame = narrow(forecast, need=who)
    require(frame, ["customer_id", "ahead", "rung", "probability"], need=who)
    p, shown = numbers(frame, "probability", need=who), ("customer_id", "ahead", "rung", "probability")
    odd = (p < -ROUNDING) | (p > 1 + ROUNDING)
    refuse_rows(frame, odd, f"{who} needs probabilities from 0 to 1", hint=AS_FORECAST, shown=shown)
    ahead = _months(frame, months=months, who=who, hint=AS_FORECAST)
    rung = _rungs(frame, rungs, who=who, possible=p > 0)
    customer = positions(
        read_ids(frame, need=who), among=customers, need=who, frame_name="the forecast", among_name="the careers"
    )
    R, n = len(rungs), len(customers)
    known = (rung >= 0) & (customer >= 0)
    cell = np.ravel_multi_index((customer[known], ahead[known], rung[known]), (n, months, R))
    table = np.bincount(cell, weights=p[known], minlength=n * months * R).reshape(n, months, R)
    if (over := (table.sum(axis=2) > 1 + ROUNDING)).any():
        raise DataError.because(
            f"{who}: the probabilities of {int(over.sum()):,} customers and months exceed 1 together.",
            hint="a row for each customer, month and rung (and lapsed flag), each once.",
        )
    return np.clip(table, 0.0, 1.0)


def sizes_by_state(sizes: Any, *, states: Sequence[State], months: int, who: str) -> tuple[tuple[State, ...], Array]:
    """The states that sizes are told of, and their expected, low and high, (3, months, states).

    They are the states of the careers where the sizes have the flag of lapse, else their rungs. States of the careers
    that are left out have the size 0.

    Raises:
        DataError: a column is missing, or a size is no number of at least 0.
    """
    frame = narrow(sizes, need=who)
    require(frame, ["ahead", "rung", "expected", "low", "high"], need=who)
    flagged = "lapsed" in frame.columns and any(state.lapsed is not None for state in states)
    told = tuple(states) if flagged else tuple(State(rung=name) for name in dict.fromkeys(s.rung for s in states))
    columns = np.stack([numbers(frame, name, need=who, of="rung") for name in ("expected", "low", "high")])
    shown = ("ahead", "rung", "expected", "low", "high")
    wrong = (columns < 0).any(axis=0) | (columns[1] > columns[2])
    refuse_rows(frame, wrong, f"{who} needs sizes of at least 0, low up to high", hint=AS_SIZES, shown=shown)
    ahead = _months(frame, months=months, who=who, hint=AS_SIZES)
    lapsed = np.array(frame["lapsed"].to_list(), dtype=bool) if flagged else np.zeros(len(frame), dtype=bool)
    rows = np.full(len(frame), -1)
    for at, state in enumerate(told):
        rows[text_is(frame["rung"], state.rung) & (lapsed == bool(state.lapsed))] = at
    table = np.zeros((3, months, len(told)))
    known = rows >= 0
    table[:, ahead[known], rows[known]] = columns[:, known]
    return told, table


def _months(frame: NarrowFrame, *, months: int, who: str, hint: str) -> Whole:
    """The month of each row, 0 being the first, (rows,)."""
    ahead = numbers(frame, "ahead", need=who, of="rung")
    odd = (ahead < 1) | (ahead > months) | (ahead % 1 != 0)
    refuse_rows(frame, odd, f"{who} needs whole months from 1 to {months} in `ahead`", hint=hint, shown=("ahead",))
    return ahead.astype(np.int64) - 1


def _rungs(frame: NarrowFrame, rungs: Sequence[str], *, who: str, possible: Mask) -> Whole:
    """The position of the rung of each row, (rows,); -1 for one that the careers do not have."""
    missing = nulls(frame["rung"])
    refuse_rows(frame, missing, f"{who} needs a rung on every row", hint=AS_FORECAST, shown=("customer_id", "rung"))
    answer = np.full(len(frame), -1)
    for at, name in enumerate(rungs):
        answer[text_is(frame["rung"], name)] = at
    if possible.any() and not (possible & (answer >= 0)).any():
        theirs = list(dict.fromkeys(map(str, frame["rung"].unique(maintain_order=True).to_list())))
        raise CapabilityError.because(
            f"{who} forecasts other rungs than those of the careers: {theirs}, not {list(rungs)}.",
            hint="latent states are judged by the purchases that they foresee: "
            'fitted.calibration(history, origin=..., horizon="6M").',
        )
    return answer
