"""The columns of tables that models read, besides the ids: equal rows of them are equal customers to the model."""

from collections.abc import Iterable
from typing import Any

from kundkarriar.foreign_objects import attribute_of
from kundkarriar.models.interface.protocols import needs_gaps
from kundkarriar.stored import Stored
from kundkarriar.summaries.packed_gaps import GAPS

PURCHASES = ("frequency", "recency", "T", "period", "n_transactions", "entry", "gap_log_sum", "season", "as_of")
SPEND = ("frequency", "monetary_value", "first_value", "n_transactions", "entry")
OPPORTUNITIES = ("frequency", "recency", "n_opportunities", "every", "n_transactions", "entry")
MEMBERSHIPS = ("renewals", "ended", "every")
FIRST_DAY = "first_purchase"
"""What tells the last day of the data in a fit, beside T."""


def purchase_columns(model: Any) -> tuple[str, ...]:
    """What a model of repeat buying reads of a summary, spec or fitted: its covariates too."""
    return (*PURCHASES, *((GAPS, FIRST_DAY) if needs_gaps(model) else ()), *covariate_columns(model))


def purchase_fit_columns(model: Any) -> tuple[str, ...]:
    """What the fit of a model of repeat buying reads: also what tells the last day."""
    return (*purchase_columns(model), FIRST_DAY)


def spend_columns(model: Any) -> tuple[str, ...]:
    """What a spend model reads of a summary, spec or fitted: its columns too."""
    return (*SPEND, *covariate_columns(model))


def covariate_columns(model: Any) -> tuple[str, ...]:
    """The columns of customers that a model reads, spec or fitted; of an average those of its members."""
    members: Iterable[Any] = attribute_of(model, "members") or attribute_of(model, "models") or ()
    of_members = (column for each in members for column in covariate_columns(each))
    holders = (model, attribute_of(model, "covariates"), attribute_of(model, "effects"))
    own = (column for each in holders for column in attribute_of(each, "columns") or ())
    return tuple(dict.fromkeys((*own, *of_members)))


def opportunity_columns(model: Any) -> tuple[str, ...]:  # noqa: ARG001
    """What BG/BB reads of a table of opportunities."""
    return OPPORTUNITIES


def membership_columns(model: Any) -> tuple[str, ...]:  # noqa: ARG001
    """What the shifted beta-geometric reads of a table of memberships."""
    return MEMBERSHIPS


def average_columns(model: Any) -> tuple[str, ...] | None:
    """What an average reads of a summary; None where a member is a user's own, which may read any column."""
    members = attribute_of(model, "members") or attribute_of(model, "models") or ()
    return purchase_columns(model) if all(isinstance(each, Stored) for each in members) else None


def average_fit_columns(model: Any) -> tuple[str, ...] | None:
    """What the fit of an average reads; None where weights are learned from days, or a member is a user's own."""
    read = average_columns(model)
    return None if read is None or attribute_of(model, "weights") == "holdout" else (*read, FIRST_DAY)
