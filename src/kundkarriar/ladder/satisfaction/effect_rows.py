"""Odds ratios of an outcome by what was measured of events, with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import frozen
from scipy.special import expit, ndtri

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_facts import needed_events
from kundkarriar.ladder.satisfaction.event_measures import EventMeasures
from kundkarriar.ladder.satisfaction.landmarks import Landmarks
from kundkarriar.numerics.logistic.clustered_errors import clustered_errors
from kundkarriar.numerics.logistic.firth_logit import firth_logit
from kundkarriar.numerics.logistic.independent_columns import independent_columns

ASSOCIATION = "association, not cause"
FEW = 10
"""Fewer outcomes, or others, among those with an event make the interval rough."""
LARGEST = 30.0
"""Bound of log odds ratios: beyond exp(30) they are none."""


@frozen(kw_only=True)
class EffectRow:
    """A row of the table of `SatisfactionEffects`; shares, odds ratio and bounds are None where there are none."""

    event: str
    measure: str
    outcome: str
    customers: int
    with_event: int
    share_usual: float | None
    share_with: float | None
    odds_ratio: float | None
    low: float | None
    high: float | None
    note: str


@frozen(kw_only=True, eq=False)
class Regression:
    """A fitted regression of an outcome on controls and covariates.

    Attributes:
        beta, error: coefficients of the covariates and their standard errors, (c,); NaN of a covariate that follows
            from controls and earlier covariates, and of all where the search found no maximum.
        eta: linear predictor of each row at risk, (m,).
    """

    beta: Array
    error: Array
    eta: Array

    @classmethod
    def fit(cls, *, controls: Array, covariates: Array, y: Array, cluster: Whole) -> Regression:
        """The regression with standard errors clustered by customer."""
        order = np.lexsort((y, *covariates.T, *controls.T))  # so that the order of customers changes no digit
        X, y = np.hstack([controls, covariates])[order], y[order]
        kept = independent_columns(X)
        X = X[:, kept]
        fit = firth_logit(X=X, y=y)
        beta, error, eta = np.full(len(kept), np.nan), np.full(len(kept), np.nan), np.empty(len(y))
        eta[order] = X @ fit.beta
        if fit.converged:
            beta[kept], error[kept] = fit.beta, clustered_errors(fit, X=X, y=y, cluster=cluster[order])
        own = slice(controls.shape[1], None)
        return cls(beta=beta[own], error=error[own], eta=eta)


def effect_rows(
    landmarks: Landmarks, measured: EventMeasures, *, outcome: str, rungs: tuple[Rung, ...], level: float
) -> Iterator[EffectRow]:
    """The rows of the measures of an event and an outcome."""
    risk, y = landmarks.at_risk(outcome), landmarks.happened(outcome)
    note = ASSOCIATION
    if outcome == "promotion" and (asking := _asking(measured.event, rungs)) is not None:
        # one rung lower a step leads to that rung, and follows from the event by definition
        risk &= landmarks.rung < asking - 1
        note += f"; without {_names(rungs[max(asking - 1, 0) :])}, because `{rungs[asking].name}` asks for the event"
    some = risk & measured.happened
    counts = {"customers": _customers(landmarks, risk), "with_event": _customers(landmarks, some)}
    fit, missing = None, _why_none(some=some, risk=risk, y=y, outcome=outcome)
    if missing is None:
        fit = Regression.fit(
            controls=landmarks.controls(outcome)[risk],
            covariates=measured.covariates[risk],
            y=y[risk],
            cluster=landmarks.code[risk],
        )
        happened = int(y[some].sum())
        if min(happened, int(some.sum()) - happened) < FEW:
            note += f"; rough: {outcome} {happened:,} times of {int(some.sum()):,} with the event"
    for measure in measured.measures:
        named: dict[str, Any] = {"event": measured.event, "measure": measure.name, "outcome": outcome, **counts}
        if fit is None or np.isnan(fit.beta[measure.column]):
            missing = missing or "those at risk do not differ in it, or the likelihood has no maximum"
            named |= dict.fromkeys(("share_usual", "share_with", "odds_ratio", "low", "high"))
            yield EffectRow(**named, note=f"{note}; none: {missing}")
            continue
        covariate, beta = measured.covariates[some, measure.column], fit.beta[measure.column]
        usual = fit.eta[measured.happened[risk]] - covariate * beta
        with_it = usual + (measure.unit if measure.of_mean else covariate) * beta
        width = float(ndtri((1 + level) / 2)) * fit.error[measure.column]
        log_odds = np.array([beta, beta - width, beta + width]) * measure.unit
        ratio, low, high = map(float, np.exp(np.clip(log_odds, -LARGEST, LARGEST)))
        yield EffectRow(
            **named,
            share_usual=_mean(expit(usual)),
            share_with=_mean(expit(with_it)),
            odds_ratio=ratio,
            low=low,
            high=high,
            note=note,
        )


def _asking(event: str, rungs: tuple[Rung, ...]) -> int | None:
    """The lowest rung whose conditions ask for an event."""
    return next((at for at, rung in enumerate(rungs) if event in needed_events([rung])), None)


def _names(rungs: tuple[Rung, ...]) -> str:
    return ", ".join(f"`{rung.name}`" for rung in rungs)


def _customers(landmarks: Landmarks, rows: Mask) -> int:
    return len(np.unique(landmarks.code[rows]))


def _mean(p: Array) -> float:
    return float(np.sort(p).mean())  # so that the order of customers changes no digit


def _why_none(*, some: Mask, risk: Mask, y: Array, outcome: str) -> str | None:
    """Why an outcome has no odds ratio, as words; None where it may have one."""
    if not risk.any():
        return "nobody is at risk"
    if not some.any():
        return "nobody at risk has the event"
    if y[risk].min() == y[risk].max():
        return f"no {outcome} within the horizon" if not y[risk].any() else f"{outcome} of everybody"
    return None
