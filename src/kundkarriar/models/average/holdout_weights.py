"""Weights of an average of models by their forecasts from an earlier origin."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.dates.period import as_period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.average.earlier_origin import (
    LEAST_HISTORY,
    EarlierOrigin,
    history_before,
    observed_days,
    refuse_without_gaps,
)
from kundkarriar.models.average.origin_scores import fitted_at, origin_scores
from kundkarriar.models.average.unfitted_models import unfitted_models
from kundkarriar.numerics.forecast.stacking import stacking_weights

NEED = 'weights="holdout"'


def holdout_weights(models: Sequence[Any], summary: Any, *, horizon: str, customers: Any = None) -> tuple[float, ...]:
    """The weights with which an average of `models` would have foreseen best what came in the last `horizon`.

    The purchases up to one horizon before the end of the summary are rebuilt from its gaps. The models are fitted to
    them, and the weights maximise the mean log probability that the average gives to each customer's number of
    purchases since then (stacking).

    Args:
        models: purchase models, not fitted.
        summary: from `kk.summarize(..., gaps=True)`.
        horizon: text with a unit: "6M".
        customers: covariates by customer_id, or None.

    Returns:
        One weight for each model, at least 0 and in sum 1.

    Raises:
        CapabilityError: the summary has no gaps; a model without `purchase_counts`.
        DataError: a horizon longer than half of the data; nobody had bought twice by the origin; a fitted model.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30", gaps=True)
    >>> weights = holdout_weights([kk.MBGNBD(), kk.ParetoNBD(), kk.ReturningNBD()], summary, horizon="6M")
    >>> [round(each, 2) for each in weights]
    [0.0, 0.31, 0.69]
    """
    listed, span = unfitted_models(models, need=NEED), as_period(horizon, name="horizon").within_calendar()
    refuse_without_gaps(summary, need=NEED)
    begin, _, end = observed_days(summary, need=NEED)
    if history_before(begin, end, span=span) < LEAST_HISTORY * span.days:
        length = int((end - begin).astype(np.int64)) + 1
        raise DataError.because(
            f"{NEED} learns from forecasts of {span}, and the data, {length:,} days, are shorter than two of them.",
            hint=f'a horizon of at most half of the data, "{length // 2}D", or weights="equal".',
        )
    origin = EarlierOrigin.of(summary, date=span.before(end), until=end, need=NEED)
    fits = [fitted_at(model, origin, customers=customers, need=NEED) for model in listed]
    scores = origin_scores(fits, origin, customers=customers, need=NEED)
    if untold := [
        type(model).__name__ for model, log_p in zip(listed, scores.log_p.T, strict=True) if np.isnan(log_p).any()
    ]:
        raise CapabilityError.because(
            f"{NEED} needs the probability of each number of purchases, and {untold[0]} has no `purchase_counts`.",
            hint='weights="equal", or a number for each model.',
        )
    return tuple(stacking_weights(scores.log_p).tolist())
