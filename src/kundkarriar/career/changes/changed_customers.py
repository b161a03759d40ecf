"""Customers whose rung or class differs between two careers of the same customer base."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from kundkarriar.arguments import read_object
from kundkarriar.arrays import Array
from kundkarriar.career.career_movement import probability_of
from kundkarriar.classes.value_column import value_column
from kundkarriar.customer_ids import ONE_ROW_HINT, as_one_type, positions, unique_ids
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers

NEED = "changed"


def refuse_later(now: Any, previous: Any, *, hint: str) -> None:
    """Refuse what is no career, or one that is not earlier than the career `now`."""
    read_object(previous, "previous", kind=type(now), hint=hint)
    if as_day(previous.as_of, name="as_of") >= as_day(now.as_of, name="as_of"):
        raise DataError.because(
            f"the previous career is as of {previous.as_of}, this one as of {now.as_of}.",
            hint="later.changed(earlier).",
        )


def refuse_other_rungs(now: Any, previous: Any) -> None:
    """Refuse a career of another ladder or classifier."""
    if (now.career.ladder, now.career.classifier) != (previous.career.ladder, previous.career.classifier):
        raise DataError.because(
            "the two careers have different ladders or classifiers, so a change of rung or class means nothing.",
            hint="fit both with the same kk.CustomerCareer(...).",
        )


def changed_customers(customers: FrameT, *, before: Any, foreseen: Array | None) -> FrameT:
    """One row per customer who is new or whose rung or class differs, in the order of `customers`; then those gone.

    Args:
        customers: customers of the later career: customer_id, rung, rung_number, abc, net_value or clv.
        before: customers of the earlier career, with the same columns, in pandas, polars or pyarrow.
        foreseen: probability of each rung now that the earlier career had foreseen for its customers, (n, rungs); None
            where it had not.

    Returns:
        customer_id, rung_before, rung_now, abc_before, abc_now, moved ("up", "down", "same rung", "new", "gone"),
        p_foreseen (missing for those new or gone), and net_value_now or clv_now (missing where gone).
    """
    now, then = narrow(customers, need=NEED), narrow(before, need=NEED)
    if then.implementation != now.implementation:
        read = {name: then[name].to_list() for name in ("customer_id", "rung", "rung_number", "abc")}
        then = narrow(new_frame(read, like=customers), need=NEED)
    named = {"need": NEED, "frame_name": "this career", "among_name": "the previous one"}
    own, before_ids = (unique_ids(frame, need=NEED, hint=ONE_ROW_HINT) for frame in (now, then))
    own, before_ids = as_one_type(own, before_ids, **named)
    at = positions(own, among=before_ids, **named)
    gone = np.flatnonzero(positions(before_ids, among=own, **named) < 0)
    new = at < 0
    old = {name: _text(then, name)[at] for name in ("rung", "abc")}
    for words in old.values():
        words[new] = None
    current = {name: _text(now, name) for name in ("rung", "abc")}
    rung = numbers(now, "rung_number", need=NEED).astype(np.int64) - 1
    step = 1 + rung - numbers(then, "rung_number", need=NEED)[at]
    moved = np.select([new, step > 0, step < 0], ["new", "up", "down"], "same rung").astype(object)
    shown = np.flatnonzero(new | (step != 0) | _differ(old["abc"], current["abc"]))
    value = value_column(now, None, need=NEED)
    absent = np.full(len(gone), None, dtype=object)
    return new_frame(
        {
            "customer_id": nw.concat([own[shown.tolist()].to_frame(), before_ids[gone.tolist()].to_frame()])[
                "customer_id"
            ],
            "rung_before": np.concatenate([old["rung"][shown], _text(then, "rung")[gone]]),
            "rung_now": np.concatenate([current["rung"][shown], absent]),
            "abc_before": np.concatenate([old["abc"][shown], _text(then, "abc")[gone]]),
            "abc_now": np.concatenate([current["abc"][shown], absent]),
            "moved": np.concatenate([moved[shown], np.full(len(gone), "gone", dtype=object)]),
            "p_foreseen": np.concatenate(
                [probability_of(foreseen, rung=rung[shown], row=at[shown]), np.full(len(gone), np.nan)]
            ),
            f"{value}_now": np.concatenate(
                [numbers(now, value, need=NEED, nullable=True)[shown], np.full(len(gone), np.nan)]
            ),
        },
        like=customers,
    )


def _text(frame: NarrowFrame, column: str) -> NDArray[Any]:
    return np.array(frame[column].to_list(), dtype=object)


def _differ(before: Any, now: Any) -> Any:
    """Where two columns of text differ, (n,); two missing values do not."""
    return np.array([a != b and (isinstance(a, str) or isinstance(b, str)) for a, b in zip(before, now, strict=True)])
