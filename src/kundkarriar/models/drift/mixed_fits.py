"""The fits that a purchase model rests on: its own, or those of the members of an average; and their last day."""

from typing import Any

import numpy as np

from kundkarriar.foreign_objects import is_a
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import Averages


def weighted_members(model: Any) -> list[tuple[float, Any]]:
    """The fitted models of a mixture with their weights; of another model itself."""
    return list(zip(model.weights, model.members, strict=True)) if is_a(model, Averages) else [(1.0, model)]


def last_fitted_day(model: Any) -> np.datetime64 | None:
    """The last day of the data of the fits that a model rests on; None where it is not known."""
    fits = [each.report for _, each in weighted_members(model) if isinstance(each, FittedModel)]
    return max((np.datetime64(report.as_of, "D") for report in fits if report.as_of is not None), default=None)
