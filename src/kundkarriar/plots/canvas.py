"""Axes, colours and number formats of all plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kundkarriar.arguments import refusal
from kundkarriar.errors import CapabilityError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


INK, MUTED, HAIRLINE, PAPER = "#22333b", "#5f6f76", "#ccd4d8", "#ffffff"
MAIN, PALE = "#2a6f97", "#b5d2e2"
CLASS_COLOURS = {"A": "#1b4965", "B": "#4a8fb0", "C": "#9fc5d8", "D": "#c77b58"}
TEXT = 10


def axes(ax: Axes | None, *, width: float = 7.0, height: float = 4.2) -> Axes:
    """`ax`, or new axes of this size in inches, with a hairline frame.

    Raises:
        CapabilityError: matplotlib is not installed.
    """
    try:
        # pyplot and not a bare Figure: a notebook shows the figures that pyplot knows.
        from matplotlib import axes as mpl  # noqa: PLC0415 - an extra
        from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra
    except ImportError:
        raise CapabilityError.because(
            "plots need matplotlib, which is not installed.", hint='pip install "kundkarriar[plots]"'
        ) from None
    if ax is None:
        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    if not isinstance(ax, mpl.Axes):
        raise refusal(ax, "ax", law="an Axes of matplotlib", hint="write ax=plt.subplots()[1], or leave it out.")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(HAIRLINE)
    ax.tick_params(colors=INK, labelsize=TEXT, length=0)
    ax.set_axisbelow(True)
    return ax


def name_axes(ax: Axes, *, title: str, x: str, y: str) -> None:
    """Set the title and axis labels in one style."""
    ax.set_title(title, loc="left", fontsize=TEXT + 2, color=INK, pad=12)
    ax.set_xlabel(x, fontsize=TEXT, color=MUTED, labelpad=8)
    ax.set_ylabel(y, fontsize=TEXT, color=MUTED, labelpad=8)


def short(number: float) -> str:
    """A number in few characters, for a label.

    >>> short(23570), short(1_234_567), short(0.25), short(-4180.4), short(0.00006)
    ('23,570', '1.23 M', '0.25', '-4,180', '0.00')
    """
    size = abs(number)
    if size >= 1e6:
        return f"{number / 1e6:,.0f} M" if size >= 1e8 else f"{number / 1e6:.3g} M"
    return f"{number:,.0f}" if size >= 100 or number == int(number) else f"{number:.2f}"


def per_cent(share: float) -> str:
    """A share as a label.

    >>> per_cent(0.421), per_cent(0.004), per_cent(-0.02), per_cent(-0.00002)
    ('42 %', '0.4 %', '-2 %', '0 %')
    """
    size = abs(share)
    if size < 0.0005:
        return "0 %"
    return f"{100 * share:.1f} %" if size < 0.0095 else f"{100 * share:.0f} %"
