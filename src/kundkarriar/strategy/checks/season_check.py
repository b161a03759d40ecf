"""Check that expected purchases are not distorted by a season that the model ignores."""

from kundkarriar.dates.period import DAYS
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.season.season_note import DAYS_TO_ESTIMATE
from kundkarriar.strategy.checks.check import Check

CHECK = "no season hides in what customers are expected to buy"
ESTIMATE_HINT = "kk.Season.estimate(transactions) tells the season, for kk.ValueScorer(season=...)"
TOO_SHORT_HINT = (
    "two whole years would tell the season; one known from elsewhere goes in kk.ValueScorer(season=kk.Season(...))"
)


def season_check(scorer: FittedValueScorer) -> Check:
    """Check that a season was given, or that history and horizon are whole years, with each month equally often."""
    season, days = scorer.scorer.season, scorer.observed * DAYS[scorer.purchases.period]
    if season is not None:
        text = "none, as was said" if season.flat else f"taken out: {season.range} of the year's mean rate"
        return Check(check=CHECK, passed=True, informative=False, severity="info", message=f"season {text}")
    note = scorer.season_note
    return Check(
        check=CHECK,
        passed=not note,
        value=days / DAYS["Y"],
        message=f"{note}; {ESTIMATE_HINT if days >= DAYS_TO_ESTIMATE else TOO_SHORT_HINT}"
        if note
        else "history and horizon are whole years",
    )
