"""Totals of the model at each origin: with the level that earlier origins show, and calibrated by the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.numerics.forecast.calibration_factor import CalibrationFactor, calibration_factor, overlaps
from kundkarriar.numerics.forecast.level_error import interval_with_level, level_sd
from kundkarriar.scoring.backtest.forecast import MEASURES
from kundkarriar.scoring.backtest.origin_report import MeasureReport, OriginReport
from kundkarriar.scoring.level import Level

Row = dict[str, Any]

ALL_ORIGINS = "all"
LEVEL = 0.9
"""Level of the intervals of totals."""


def level_of(origins: Sequence[OriginReport], *, prior_sd: float) -> Level | None:
    """The level learnt from the purchases of several origins; the prior where there are none.

    None where an origin has no drawn totals, or a total that is not above 0.
    """
    reports = [at.rules[0].purchases for at in origins]
    logs = [(report.log_error, report.interval.log_variance) for report in reports]
    known = [(error, variance) for error, variance in logs if error is not None and variance is not None]
    if len(known) < len(logs):
        return None
    errors, variances = np.array(known).reshape(-1, 2).T
    sd = level_sd(errors=errors, variances=variances, prior_sd=prior_sd)
    return Level(sd=sd, prior_sd=prior_sd, origins=len(known))


def factor_of(measure: str, origins: Sequence[OriginReport]) -> CalibrationFactor | None:
    """The calibration factor of a measure from several origins; None where there is none."""
    if not origins:
        return None
    reports = [at.rules[0].of(measure) for at in origins]
    predicted, actual = np.array([(report.predicted, report.actual) for report in reports]).T
    start, end = np.array([(at.start, at.end) for at in origins], float).T
    return calibration_factor(predicted=predicted, actual=actual, overlap=overlaps(start=start, end=end))


def total_rows(origins: Sequence[OriginReport], *, prior_sd: float) -> list[Row]:
    """The rows of `BacktestResult.totals`."""
    rows: list[Row] = []
    for measure in MEASURES:
        reports = [at.rules[0].of(measure) for at in origins]
        for at, report in zip(origins, reports, strict=True):
            row: Row = {"measure": measure, "origin": at.origin, "until": at.until}
            row |= {"predicted": report.predicted, "low": report.interval.low, "high": report.interval.high}
            row |= {"actual": report.actual, "ratio": report.ratio}
            by_then = [other for other in origins if other.end <= at.start]
            row |= _with_level(report, level_of(by_then, prior_sd=prior_sd))
            row |= _calibrated(report, factor_of(measure, [other for other in origins if other is not at]))
            rows.append(row)
        everything = dict.fromkeys(rows[-1]) | _level_columns(level_of(origins, prior_sd=prior_sd))
        everything |= _factor_columns(factor_of(measure, origins))
        everything |= {"measure": measure, "origin": ALL_ORIGINS, "until": ALL_ORIGINS}
        everything |= {side: sum(getattr(report, side) for report in reports) for side in ("predicted", "actual")}
        rows.append(everything)
    return rows


def _with_level(report: MeasureReport, level: Level | None) -> Row:
    row = _level_columns(level) | dict.fromkeys(("level_low", "level_high"))
    if level is not None and report.interval.totals:
        low, high = interval_with_level(np.array(report.interval.totals), sd=level.sd, level=LEVEL)
        row |= {"level_low": min(low, report.predicted), "level_high": max(high, report.predicted)}
    return row


def _level_columns(level: Level | None) -> Row:
    values = (None, None) if level is None else (level.sd, level.origins)
    return dict(zip(("level_sd", "level_origins"), values, strict=True))


def _calibrated(report: MeasureReport, factor: CalibrationFactor | None) -> Row:
    low, high = report.interval.low, report.interval.high
    row = _factor_columns(factor) | dict.fromkeys(("calibrated", "calibrated_low", "calibrated_high"))
    if factor is not None:
        row["calibrated"] = scaled = factor.factor * report.predicted
        if low is not None and high is not None:
            bounds = factor.factor * low, factor.factor * high
            row["calibrated_low"], row["calibrated_high"] = factor.widened(scaled, *bounds, scaled=scaled, level=LEVEL)
    return row


def _factor_columns(factor: CalibrationFactor | None) -> Row:
    values = (None,) * 3 if factor is None else (factor.factor, factor.log_spread, factor.freedom)
    return dict(zip(("factor", "log_spread", "degrees_of_freedom"), values, strict=True))
