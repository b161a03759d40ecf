"""Plot of the Lorenz curve of customer value, with the class limits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.arguments import COLUMN
from kundkarriar.arrays import Array
from kundkarriar.classes.limits import CLASSES
from kundkarriar.classes.value_column import class_values, refuse_no_gains, value_column
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, require
from kundkarriar.numerics.money.lorenz_gini import gini
from kundkarriar.plots.canvas import CLASS_COLOURS, HAIRLINE, INK, MUTED, TEXT, axes, name_axes, per_cent, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NEED = "The Lorenz plot"
PLACE: dict[str, Any] = {"loc": "lower right", "alignment": "left", "framealpha": 0.92, "edgecolor": HAIRLINE}
SMALL: dict[str, Any] = {"fontsize": TEXT - 1, "title_fontsize": TEXT - 1, "labelcolor": INK}


def lorenz(classes: FrameT, *, by: str | None = None, ax: Axes | None = None) -> Axes:
    """The Lorenz curve: the share of value held by the most valuable customers, class by class.

    The most valuable customers are on the left. Where classes are of realised value, which have `p_A`, or were kept
    from an earlier date, which have `abc_kept`, those of A come first, then those of B and so on, which is a curve a
    little lower. The curve rises to 100 %, the sum of the positive values, and falls by the negative values of class D.
    Dots mark the ends of classes; the legend gives the share of customers and value of each class, and its lowest
    value.

    Args:
        classes: one row per customer, with `abc` and the values that the classes were made from; prospects are left
            out.
        by: the column of values; None takes `net_value`, or `clv` where there is none.
        ax: where to draw; None makes a new figure.

    Raises:
        CapabilityError: matplotlib is not installed.
        DataError: a column is missing, nobody's value is positive, or the classes belong to other values.

    >>> import kundkarriar as kk
    >>> picture = lorenz(kk.testing.make_customers(300, seed=1))
    >>> picture.get_xlabel()
    'Share of customers, the most valuable first (%)'
    """
    by = None if by is None else COLUMN.read(by, "by")
    ax = axes(ax)
    members = _members(classes, by)
    values = np.concatenate(list(members.values()))
    positive = float(values[values > 0].sum())
    p = 100 * np.arange(len(values) + 1) / len(values)
    Y = 100 * np.append(0.0, np.cumsum(values)) / positive
    ax.plot([0, 100], [0, Y[-1]], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="all alike")
    first = 0
    for name, held in members.items():
        last = first + len(held)
        colour, part = CLASS_COLOURS[name], slice(first, last + 1)
        ax.fill_between(p[part], Y[part], color=colour, alpha=0.18, linewidth=0)
        label = (
            f"{name}: {per_cent(len(held) / len(p[1:]))} of customers, "
            f"{per_cent(held.sum() / positive)} of value, from {short(held.min())}"
        )
        ax.plot(p[part], Y[part], color=colour, linewidth=2.5, solid_capstyle="butt", label=label)
        _mark_end(ax, name, p[last], Y[last], colour)
        first = last
    ax.set_xlim(0, 100)
    ax.set_ylim(min(0.0, 1.05 * Y.min()), 104)
    legend = ax.legend(title=f"Gini coefficient {gini(v=values):.2f}", **PLACE, **SMALL)
    legend.get_title().set_color(INK)
    sides = {"x": "Share of customers, the most valuable first (%)", "y": "Share of the sum of positive values (%)"}
    name_axes(ax, title="How few customers hold how much of the value", **sides)
    return ax


def _members(classes: FrameT, by: str | None) -> dict[str, Array]:
    """The values in each class that occurs, best class first, the largest first in each."""
    frame = narrow(classes, need=NEED)
    require(frame, ["abc"], need=NEED)
    values = class_values(frame, by, need=NEED)
    refuse_no_gains(values, frame, by, need=NEED)
    grade = np.array(frame["abc"].to_list(), dtype=object)
    members = {name: np.sort(values[grade == name])[::-1] for name in CLASSES if (grade == name).any()}
    by_class = list(members.values())
    in_order = not {"p_A", "abc_kept"}.isdisjoint(frame.columns)
    in_order |= all(better[-1] > worse[0] for better, worse in pairwise(by_class))
    if sum(map(len, by_class)) != np.isfinite(values).sum() or not in_order:
        column = value_column(frame, by, need=NEED)
        raise DataError.because(
            f"{NEED} needs `abc` made from `{column}`: these classes do not follow its order.",
            hint=f'name the column they were made from, by="...", or kk.ABCClassifier(by="{column}").',
        )
    return members


def _mark_end(ax: Axes, name: str, x: float, y: float, colour: str) -> None:
    """A dot where the class ends, with hairlines to both axes."""
    ax.plot([x, x, 0], [0, y, y], color=HAIRLINE, linewidth=0.8, zorder=1)
    ax.plot(x, y, "o", color=colour, markersize=6, clip_on=False, zorder=3)
    # Below the curve to the right; the last class beside the axes, one that ends just before it above the curve.
    offset, side = ((8, -4), "left") if x >= 100 else ((-6, 7), "right") if x > 95 else ((8, -13), "left")
    letters: dict[str, Any] = {"fontsize": TEXT + 1, "fontweight": "bold", "color": INK}
    ax.annotate(name, (x, y), xytext=offset, textcoords="offset points", ha=side, **letters)
