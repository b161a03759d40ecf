"""Classes of an earlier date that are kept near a limit, so that customers do not move to and fro by chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.classes.class_column import read_classes
from kundkarriar.classes.limits import CLASSES
from kundkarriar.customer_ids import ONE_ROW_HINT, as_one_type, positions, unique_ids
from kundkarriar.frames import NarrowFrame, narrow

PREVIOUS = "{}: `previous`"


def classes_before(previous: Any, frame: NarrowFrame, *, need: str) -> Whole:
    """The earlier class of each customer of a frame, (n,): its position in `CLASSES`, -1 without one.

    `previous` has customer_id and abc; it may be of another library, have further customers, and lack some.
    """
    before = narrow(previous, need=PREVIOUS.format(need))
    codes = read_classes(before, need=PREVIOUS.format(need))
    named = {"need": need, "frame_name": "the scores", "among_name": "`previous`"}
    own, earlier = (unique_ids(each, need=need, hint=ONE_ROW_HINT) for each in (frame, before))
    own, earlier = as_one_type(own, earlier, **named)
    return np.append(codes, -1)[positions(own, among=earlier, **named)]


def kept_classes(abc: Whole, before: Whole, *, place: Array, limits: Array, keep: float) -> Mask:
    """Who keeps the class `before` in place of `abc`, both (n,): nobody in D, and nobody who was.

    Kept is who is beyond a limit between both classes by less than `keep`: at most that much better than the limit of
    each better class, and less than that much worse than the end of the earlier one.

    Args:
        abc: class by the limits, its position in `CLASSES`, (n,); -1 without one.
        before: earlier class, (n,).
        place: of each customer, by both limits (n,) or by each (n, 2), the better the lower.
        limits: where A and B end, (2,).
        keep: on the scale of `place`; 0 keeps nobody.
    """
    moved = (abc != before) & (np.minimum(abc, before) >= 0) & (np.maximum(abc, before) < CLASSES.index("D"))
    place = np.broadcast_to(place.T, (2, len(abc))).T
    not_better, not_worse = place >= limits - keep, place < limits + keep
    a, b = CLASSES.index("B"), CLASSES.index("C")
    near = (not_better[:, 0] | (before < a)) & (not_better[:, 1] | (before < b))
    near &= (not_worse[:, 0] | (before != 0)) & (not_worse[:, 1] | (before != a))
    return moved & near if keep > 0 else np.zeros(len(abc), dtype=bool)
