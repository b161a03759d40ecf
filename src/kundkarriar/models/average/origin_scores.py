"""Scores of several models at one origin: the forecast and the log probability of each customer's outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import NOT_NEGATIVE, SHARE, Number
from kundkarriar.arrays import Array
from kundkarriar.errors import ConvergenceError, DataError, collected, law_and_hint
from kundkarriar.fields import ROUNDING
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import narrow, numbers, refuse_rows, require
from kundkarriar.models.average.earlier_origin import EarlierOrigin
from kundkarriar.models.interface.fitted_model import weaknesses_of
from kundkarriar.models.interface.protocols import (
    CountsPurchases,
    PurchaseModel,
    ReadsSummary,
    TakesCovariates,
    able,
)

TOP = 100
"""Outcomes of so many purchases or more are one outcome, whose probability is that of all of them together."""
LIMITS = (0, 3, 10, 30, TOP - 1)
"""Customers are asked in groups by their outcome: most bought nothing, and `p_0` alone is quick."""
LEAST = 1e-12
"""Lower bound of a probability: nearer to 0 it is rounding, and no forecast of a count is that sure."""


@frozen(kw_only=True, eq=False)
class OriginScores:
    """What models fitted at an origin said of each customer's purchases ahead.

    Attributes:
        origin: the customers, and what they bought, (n,).
        forecast: expected purchases, (n, K).
        log_p: log probability of the number that was bought, (n, K); NaN where a model has no `purchase_counts`.
        remarks: what makes each fit doubtful, (K,); empty text for nothing.
    """

    origin: EarlierOrigin
    forecast: Array
    log_p: Array
    remarks: tuple[str, ...]


def fitted_at(model: Any, origin: EarlierOrigin, *, customers: Any, need: str) -> Any:
    """A model fitted to the customers of an origin, without its warnings; one whose parameters were given, as it is.

    `customers` are covariates by customer_id, or None.

    Raises:
        DataError, ConvergenceError: as the model's `fit`, with the model and the origin in the message.
    """
    if not is_a(model, PurchaseModel):
        return model
    extra = {"customers": customers} if is_a(model, TakesCovariates) else {}
    try:
        with collected():  # the scores have them as remarks
            return model.fit(origin.summary, **extra)
    except (DataError, ConvergenceError) as error:
        law, hint = law_and_hint(error)
        raise type(error).because(f"{_who(model, origin, need)}: {law}", hint=hint or "leave it out.") from error


def origin_scores(fits: Sequence[Any], origin: EarlierOrigin, *, customers: Any, need: str) -> OriginScores:
    """The scores of models fitted at an origin, K.

    Raises:
        DataError: a forecast or a probability outside its limits, by a user's own model.
    """
    forecasts, logs = [], []
    for fitted in fits:
        who = _who(fitted, origin, need)
        given = {"customers": customers} if customers is not None and is_a(fitted, ReadsSummary) else {}
        ahead = fitted.predict(origin.summary, horizon=origin.horizon, **given)
        forecasts.append(_checked(ahead, "expected_purchases", law=NOT_NEGATIVE, who=who))
        logs.append(_log_p(fitted, origin, given, who=who))
    return OriginScores(
        origin=origin,
        forecast=np.column_stack(forecasts),
        log_p=np.column_stack(logs),
        remarks=tuple(" ".join(weaknesses_of(each)) for each in fits),
    )


def _who(model: Any, origin: EarlierOrigin, need: str) -> str:
    return f"{need}, {type(model).__name__.removeprefix('Fitted')} as of {origin.date}"


def _log_p(fitted: Any, origin: EarlierOrigin, given: dict[str, Any], *, who: str) -> Array:
    """The log probability of each customer's outcome, (n,); NaN without `purchase_counts`."""
    actual = np.minimum(origin.actual, TOP).astype(np.int64)
    if not able(fitted, CountsPurchases):
        return np.full(len(actual), np.nan)
    p, wide = np.empty(len(actual)), narrow(origin.summary, need=who)
    group = np.minimum(np.searchsorted(LIMITS, actual), len(LIMITS) - 1)
    for place, most in enumerate(LIMITS):
        rows = np.flatnonzero(group == place)
        if len(rows):
            told = fitted.purchase_counts(wide[rows].to_native(), horizon=origin.horizon, up_to=most, **given)
            names = [*(f"p_{number}" for number in range(most + 1)), "p_more"]
            columns = [_checked(told, name, law=SHARE, who=who) for name in names]
            p[rows] = np.column_stack(columns)[np.arange(len(rows)), np.minimum(actual[rows], most + 1)]
    return np.log(np.maximum(p, LEAST))


def _checked(frame: Any, column: str, *, law: Number, who: str) -> Array:
    """A column of a user's model's answer, each value of which must be within the limits of a law."""
    wide = narrow(frame, need=who)
    require(wide, [column], need=who)
    values = numbers(wide, column, need=who, nullable=True)
    broken = ~((values >= law.least) & (values <= law.most + ROUNDING) & np.isfinite(values))
    hint = "kk.testing.check_purchase_model(model) shows what a model must do."
    refuse_rows(wide, broken, f"{who}: `{column}` is {law.law}", hint=hint, shown=["customer_id", column])
    return values
