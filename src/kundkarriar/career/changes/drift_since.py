"""What came since an earlier career, beside what its purchase model forecast."""

from __future__ import annotations

from typing import Any

from kundkarriar.errors import KundkarriarError, collected, warn
from kundkarriar.models.drift.drift_check import DriftCheck, drift_check
from kundkarriar.models.drift.mixed_fits import last_fitted_day
from kundkarriar.summaries.summarize import summary_of


def drift_since(now: Any, previous: Any) -> DriftCheck:
    """Hold the purchase model of the career `previous` against the purchases that the career `now` knows.

    The summary is made of its purchase days, in the period and season of the earlier scorer; covariates are those of
    its customers. Where the model does not know the last day of its data, it forecasts from the earlier career's day.
    """
    scorer, customers, history = previous.scorer, now.customers(), now.history
    with collected():  # the career has told of unknown entries
        summary = summary_of(
            history.facts_as_of.days.ledger,
            period=scorer.purchases.period,
            burn_in=history.burn_in,
            regularity=True,
            gaps=True,
            season=scorer.scorer.season,
            like=customers,
        )
    day = previous.as_of if last_fitted_day(scorer.purchases) is None else None
    return drift_check(scorer.purchases, summary, as_of=day, customers=customers, seed=now.seed, need="career.drift")


def warn_of_drift(now: Any, previous: Any) -> None:
    """Warn where the purchase model of the `previous` career has drifted, if the career `now` can tell."""
    try:
        check = now.drift(previous)
    except KundkarriarError:  # read back without a history, a model without counts, covariates that are not there
        return
    if check.verdict == "refit":
        warn(
            f"career.changed: the purchase model of the previous career has drifted, so that classes may have changed"
            f" with the fit: {check.reason}. career.drift(previous).table() has the numbers."
        )
