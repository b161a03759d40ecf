"""Who stands elsewhere than before: two careers of the same base, compared customer by customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import narrow, new_frame, numbers, positions

if TYPE_CHECKING:
    from kundkarriar.frames import FrameT

NEED = "changed"


def changes(customers: FrameT, *, before: Any) -> FrameT:
    """A row per customer who is new, or whose rung or class differs, in the order of the later frame.

    Args:
        customers: the later career's customers: customer_id, rung, rung_number, abc, net_value or clv.
        before: the earlier career's.

    Returns:
        customer_id, rung_before, rung_now, abc_before, abc_now, moved ("up", "down", "same rung", "new"), value_now.
    """
    now, then = narrow(customers, need=NEED), narrow(before, need=NEED)
    at = positions(now["customer_id"], among=then["customer_id"])
    new = at < 0
    old = {name: np.array(then[name].to_list(), dtype=object)[at] for name in ("rung", "abc")}
    current = {name: np.array(now[name].to_list(), dtype=object) for name in ("rung", "abc")}
    for text in old.values():
        text[new] = None
    step = numbers(now, "rung_number", need=NEED) - numbers(then, "rung_number", need=NEED)[at]
    moved = np.select([new, step > 0, step < 0], ["new", "up", "down"], "same rung").astype(object)
    shown = np.flatnonzero(new | (step != 0) | _differ(old["abc"], current["abc"]))
    value = "net_value" if "net_value" in now.columns else "clv"
    return new_frame(
        {
            "customer_id": now["customer_id"][shown.tolist()],
            "rung_before": old["rung"][shown],
            "rung_now": current["rung"][shown],
            "abc_before": old["abc"][shown],
            "abc_now": current["abc"][shown],
            "moved": moved[shown],
            f"{value}_now": now[value][shown.tolist()],
        },
        like=customers,
    )


def _differ(one: Any, other: Any) -> Any:
    """Where two columns of text differ; two missing values do not."""
    return np.array([a != b and (isinstance(a, str) or isinstance(b, str)) for a, b in zip(one, other, strict=True)])
