"""Plot of the number of customers and the share of value, by rung and class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.arguments import COLUMN
from kundkarriar.classes.grid import grid as rung_by_class
from kundkarriar.classes.limits import CLASSES
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow
from kundkarriar.plots.canvas import HAIRLINE, INK, PAPER, TEXT, axes, name_axes, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NEED = "The grid plot"
SHADES = ("#eef4f7", "#b5d2e2", "#4a8fb0", "#1b4965")
LOSS = "#f1dacd"
DARK = 0.62


def grid(customers: FrameT, *, value: str | None = None, ax: Axes | None = None) -> Axes:
    """Number of customers on each rung in each class, coloured by their share of the value.

    Args:
        customers: one row per customer: rung, rung_number, abc, and a column of values.
        value: the column of values; None takes `net_value`, or `clv` where there is none.
        ax: where to draw; None makes a new figure.

    Raises:
        CapabilityError: matplotlib is not installed.
        DataError: a column is missing, or there are no customers.

    >>> import kundkarriar as kk
    >>> picture = grid(kk.testing.make_customers(300, seed=1))
    >>> [label.get_text() for label in picture.get_xticklabels()]
    ['A', 'B', 'C', 'D', 'no class']
    """
    value = None if value is None else COLUMN.read(value, "value")
    ax = axes(ax, height=4.6)
    cells = list(narrow(rung_by_class(customers, value=value), need=NEED).iter_rows(named=True))
    if not cells:
        raise DataError.because(f"{NEED} needs customers, got none.", hint="see career.customers().")
    rungs = list(dict.fromkeys((cell["rung_number"], cell["rung"]) for cell in cells))
    occurring = {_column(cell["abc"]) for cell in cells}
    others: list[str] = sorted(occurring - {*CLASSES, "no class"})
    columns = [name for name in (*CLASSES, *others, "no class") if name in occurring]
    _draw(ax, cells, rungs, columns)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rungs)), [str(name) for _, name in rungs])
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(-0.5, len(rungs) - 0.5)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    name_axes(ax, title="Customers (number), and their share of the value (%)", x="Class", y="Rung")
    return ax


def _column(grade: Any) -> str:
    return grade if isinstance(grade, str) else "no class"


def _draw(ax: Axes, cells: list[dict[str, Any]], rungs: list[tuple[int, str]], columns: list[str]) -> None:
    """A tile for each cell: the number of customers and their share of the value."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415 - an extra
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - an extra

    shade = LinearSegmentedColormap.from_list("value", SHADES)
    largest = max((_share(cell) for cell in cells), default=0.0) or 1.0
    for cell in cells:
        x, y = columns.index(_column(cell["abc"])), rungs.index((cell["rung_number"], cell["rung"]))
        share = _share(cell)
        depth = max(share, 0.0) / largest
        colour = LOSS if share < 0 else shade(depth) if share > 0 else PAPER
        ax.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, edgecolor=HAIRLINE, linewidth=0.8))
        ink = PAPER if depth > DARK else INK
        ax.text(x, y + 0.13, f"{cell['customers']:,}", ha="center", va="center", color=ink, fontsize=TEXT)
        label = "no value" if share == 0 else per_cent(share)
        ax.text(x, y - 0.2, label, ha="center", va="center", color=ink, fontsize=TEXT - 1)


def _share(cell: dict[str, Any]) -> float:
    """The share of the value; 0 where it is unknown."""
    share = cell["share_of_value"]
    return float(share) if share is not None and np.isfinite(share) else 0.0
