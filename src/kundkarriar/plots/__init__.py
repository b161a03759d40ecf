"""Plots: each function takes and returns matplotlib `Axes` (extra `plots`)."""

from kundkarriar.plots.grid import grid as grid
from kundkarriar.plots.ladder import ladder as ladder
from kundkarriar.plots.lorenz import lorenz as lorenz
