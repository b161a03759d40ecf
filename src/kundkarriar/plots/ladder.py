"""Plot of the number of customers on each rung."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.classes.grid import rung_order
from kundkarriar.customer_ids import ONE_ROW_HINT, require_unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow
from kundkarriar.plots.canvas import INK, MAIN, PALE, TEXT, axes, name_axes, per_cent
from kundkarriar.strategy.plan.customer_table import truths

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NEED = "The ladder plot"
ROOM_FOR_LABELS = 1.3


def ladder(customers: FrameT, *, ax: Axes | None = None) -> Axes:
    """Number of customers on each rung, the lowest rung at the bottom; lapsed customers are paler.

    Args:
        customers: one row per customer: rung, rung_number, and lapsed where the ladder knows it. Positions
            (`ladder.place`) as well as `career.customers()`.
        ax: where to draw; None makes a new figure.

    Raises:
        CapabilityError: matplotlib is not installed.
        DataError: a column is missing, or there are no customers.

    >>> import kundkarriar as kk
    >>> picture = ladder(kk.testing.make_customers(300, seed=1))
    >>> [label.get_text() for label in picture.get_yticklabels()][:2]
    ['prospect', 'trial buyer']
    """
    ax = axes(ax)
    frame = narrow(customers, need=NEED)
    if len(frame) == 0:
        raise DataError.because(f"{NEED} needs customers, got none.", hint="see ladder.place(...).")
    require_unique_ids(frame, need=NEED, hint=ONE_ROW_HINT)
    rungs, place = rung_order(frame, need=NEED)
    names = [name for _, name in rungs]
    total = np.bincount(place, minlength=len(names))
    silent = truths(frame, "lapsed") if "lapsed" in frame.columns else np.zeros(len(frame), dtype=bool)
    lapsed = np.bincount(place[silent], minlength=len(names))
    height = np.arange(len(names))
    ax.barh(height, total - lapsed, color=MAIN, height=0.62, label="not lapsed")
    if lapsed.any():
        ax.barh(height, lapsed, left=total - lapsed, color=PALE, height=0.62, label="lapsed")
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=TEXT, labelcolor=INK)
    for at, count in enumerate(total):
        text = f"{count:,}  ({per_cent(count / len(frame))})"
        ax.annotate(text, (count, at), xytext=(6, 0), textcoords="offset points", va="center", fontsize=TEXT, color=INK)
    ax.set_yticks(height, names)
    ax.set_xlim(0, ROOM_FOR_LABELS * total.max())
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.locator_params(axis="x", integer=True, nbins=6)
    name_axes(ax, title="Where the customers stand", x="Customers (number)", y="Rung")
    return ax
