"""The result of a backtest, as frames: accuracy, calibration, coverage, calibrated totals and drift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame
from kundkarriar.numerics.forecast.calibration_factor import (
    CalibrationFactor,
    calibration_factor,
    overlaps,
    widened_interval,
)
from kundkarriar.numerics.forecast.overdispersion import yearly_drift
from kundkarriar.scoring.backtest.calibrated_total import calibrated_total, refuse_other_models
from kundkarriar.scoring.backtest.forecast import LEVELS, MEASURES
from kundkarriar.scoring.backtest.origin_report import MeasureReport, OriginReport, RuleReport
from kundkarriar.scoring.value_draws import ValueDraws

Row = dict[str, Any]

SUMMARY_COLUMNS = (
    "origin",
    "until",
    "rule",
    "customers",
    "purchases_predicted",
    "purchases_actual",
    "sales_predicted",
    "sales_low",
    "sales_high",
    "sales_actual",
    "bias",
    "mean_error",
    "mae",
    "rmse",
    "gini",
    "coverage",
    "sales_bias",
    "sales_mean_error",
    "sales_mae",
    "sales_rmse",
    "sales_gini",
    "sales_coverage",
    "newcomers",
    "newcomer_sales",
    "note",
)
INDEX_90 = LEVELS.index(0.9)
NORMAL_90 = 1.6448536269514722
ALL_ORIGINS = "all"


@frozen(kw_only=True, eq=False)
class BacktestResult:
    """Forecasts made at past dates compared with the outcomes of the same customers; made by `Backtest.run`.

    Methods that give a frame give a new one of the same kind as the transactions. `rule` is "model" or a rule of thumb.
    Sales are net of returns and not discounted. Unknown values are missing.

    Attributes:
        backtest: the `Backtest` that was run.
        reports: one report per origin, the latest first.
        models: class names of the fitted purchase and spend model.
        like: an empty frame of the kind to return.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> spec = kk.Backtest(scorer=scorer, origins=2, horizon="6M", draws=20)
    >>> result = spec.run(kk.datasets.load_cdnow(sample=True))
    >>> list(result.tracking().columns)[:5]
    ['origin', 'rule', 'until', 'purchases_predicted', 'purchases_actual']
    """

    # a `Backtest`; to name the type would be a circle of imports
    backtest: Any
    reports: tuple[OriginReport, ...]
    models: tuple[str, str]
    like: Any = field(repr=False)

    def equals(self, other: object) -> bool:
        """Whether `other` is a result of an equal backtest with equal reports."""
        return isinstance(other, BacktestResult) and (self.backtest, self.reports, self.models) == (
            other.backtest,
            other.reports,
            other.models,
        )

    def summary(self) -> Any:
        """One row per origin and rule.

        Returns:
            origin, until, rule, customers; purchases_predicted, purchases_actual, sales_predicted, sales_low and
            sales_high (central 90 % of drawn totals, with parameter uncertainty), sales_actual. For purchases: bias
            (predicted / actual - 1, of the total), mean_error, mae and rmse (per customer), gini (normalised: 1 for the
            ranking of the outcome, 0 for a random one), coverage (share of customers whose outcome lay in the 90 %
            interval of their own draws; above .9 for counts, see `coverage`). The same for sales, prefixed `sales_`.
            newcomers and newcomer_sales (in no forecast), note.
        """
        return self._frame(SUMMARY_COLUMNS, [_summary_row(at, rule) for at, rule in self._rules()])

    def by_decile(self) -> Any:
        """Calibration by decile of the forecast: predicted and actual totals.

        Returns:
            origin, rule, measure ("purchases", "sales"; deciles are by the forecast of that measure), decile (1 has the
            highest forecasts), customers, predicted, actual (totals). Equal forecasts share a decile, so deciles differ
            in size, and empty ones have no row.
        """
        columns = ("origin", "rule", "measure", "decile", "customers", "predicted", "actual")
        rows = [
            dict(zip(columns, (at.origin, rule.rule, measure, *decile), strict=True))
            for at, rule in self._rules()
            for measure in MEASURES
            for decile in rule.of(measure).deciles
        ]
        return self._frame(columns, rows)

    def tracking(self) -> Any:
        """Tracking plot data: predicted and actual totals by month of the horizon (by week up to two months).

        Returns:
            origin, rule, until (the last day of the step); purchases_predicted, purchases_actual (totals in the step),
            cumulative_predicted, cumulative_actual (purchases since the origin); sales_predicted, sales_actual,
            cumulative_sales_predicted, cumulative_sales_actual. The first and last step may be part of a month. The
            model predicts up to each step. "last span again" and "last year again" repeat the steps of the past span;
            the other rules have a constant rate.
        """
        names = ("predicted", "actual")
        before = {"purchases": "cumulative_", "sales": "cumulative_sales_"}
        columns = ["origin", "rule", "until"]
        for measure in MEASURES:
            columns += [f"{measure}_{name}" for name in names] + [f"{before[measure]}{name}" for name in names]
        rows = []
        for at, rule in self._rules():
            totals = {measure: np.array(rule.of(measure).cumulative) for measure in MEASURES}
            steps = {measure: np.diff(total, axis=0, prepend=0.0) for measure, total in totals.items()}
            for place, day in enumerate(at.steps):
                row: Row = {"origin": at.origin, "rule": rule.rule, "until": str(np.datetime64(day, "D"))}
                for measure in MEASURES:
                    for number, name in enumerate(names):
                        row[f"{measure}_{name}"] = float(steps[measure][place, number])
                        row[f"{before[measure]}{name}"] = float(totals[measure][place, number])
                rows.append(row)
        return self._frame(columns, rows)

    def coverage(self) -> Any:
        """Coverage of the central intervals of customers' own draws, at four levels.

        Returns:
            origin, measure, level, customers, covered (share of outcomes in the interval, bounds included),
            covered_ties_split (the same with ties between outcome and draws split: it equals the level where the model
            is right, while `covered` is above it, because most customers buy nothing). Missing where the models cannot
            draw futures.
        """
        columns = ("origin", "measure", "level", "customers", "covered", "covered_ties_split")
        rows = []
        for at in self.reports:
            for measure in MEASURES:
                report = at.rules[0].of(measure)
                for place, level in enumerate(LEVELS):
                    covered = report.covered and report.covered[place]
                    ties_split = report.covered_ties_split and report.covered_ties_split[place]
                    values = (at.origin, measure, level, at.customers, covered, ties_split)
                    rows.append(dict(zip(columns, values, strict=True)))
        return self._frame(columns, rows)

    def newcomers(self) -> Any:
        """Customers with a first purchase after an origin, who are in no forecast.

        Returns:
            origin, until, newcomers, purchases, sales (of all customers without a forecast), share_of_purchases,
            share_of_sales (of all purchases and sales after the origin).
        """
        columns = ("origin", "until", "newcomers", "purchases", "sales", "share_of_purchases", "share_of_sales")
        rows = []
        for at in self.reports:
            all_purchases = at.newcomer_purchases + at.rules[0].purchases.actual
            all_sales = at.newcomer_sales + at.rules[0].sales.actual
            values = (
                at.origin,
                at.until,
                at.newcomers,
                at.newcomer_purchases,
                at.newcomer_sales,
                at.newcomer_purchases / all_purchases if all_purchases else None,
                at.newcomer_sales / all_sales if all_sales > 0 else None,
            )
            rows.append(dict(zip(columns, values, strict=True)))
        return self._frame(columns, rows)

    def totals(self) -> Any:
        """Totals of the model with 90 % intervals, with and without the calibration factor.

        Each origin is calibrated by the *other* origins, since its own factor would make any forecast right. The row
        "all" has the factor and spread of all origins, which `ValueDraws.total(backtest=...)` applies. The interval of
        the model alone is widened in quadrature by the spread between origins: t quantile x spread x sqrt(1 + variance
        of the mean), allowing for overlapping horizons (`numerics/forecast/calibration_factor.py`). One origin has no
        spread.

        Returns:
            measure, origin, until, predicted, low, high (the model alone), actual, ratio (actual / predicted), factor
            (geometric mean of the ratios), log_spread (their standard deviation on the log scale),
            degrees_of_freedom, calibrated, calibrated_low, calibrated_high.
        """
        rows = []
        for measure in MEASURES:
            reports = [at.rules[0].of(measure) for at in self.reports]
            for place, at in enumerate(self.reports):
                others = [other for other in range(len(reports)) if other != place]
                row = _total_row(reports[place], self._factor(measure, others))
                rows.append({"measure": measure, "origin": at.origin, "until": at.until, **row})
            over_origins = {
                "measure": measure,
                "origin": ALL_ORIGINS,
                "until": ALL_ORIGINS,
                "predicted": sum(report.predicted for report in reports),
                "actual": sum(report.actual for report in reports),
                **_factor_columns(self.factor(measure)),
            }
            rows.append(over_origins)
        columns = (
            "measure", "origin", "until", "predicted", "low", "high", "actual", "ratio", "factor", "log_spread",
            "degrees_of_freedom", "calibrated", "calibrated_low", "calibrated_high",
        )  # fmt: skip
        return self._frame(columns, rows)

    def drift(self) -> Any:
        """Drift of customers' purchase rates, estimated from the overdispersion of outcomes relative to the draws.

        If a rate is multiplied by R, E[R] = 1, after the origin, the variance of a count with mean mu, given the
        customer's latent state, grows by Var[R] E[mu^2]. Var[R] is solved from the squared errors of all customers
        (`numerics/forecast/overdispersion.py`). `drift` is that of `ValueScorer(drift=...)`: the standard deviation of
        the log rate after one year of a random walk whose mean over the horizon has this variance. Overdispersion of
        any other cause is attributed to drift too, so read it as an upper bound. If the scorer has a drift already,
        the result is the remaining drift.

        Returns:
            origin, years (of the horizon), scatter (weighted squared errors over the variance of the draws; 1 without
            overdispersion), rate_variance, std_error (over customers), drift (0 where the variance is below 0),
            drift_low, drift_high (90 %). The row "all" is the mean over origins; its error is not reduced, because the
            customers are the same. Missing where the models cannot draw futures.
        """
        columns = ("origin", "years", "scatter", "rate_variance", "std_error", "drift", "drift_low", "drift_high")
        rows = []
        for at in self.reports:
            years = (at.end - at.start) / DAYS["Y"]
            estimate = at.rate_variance
            numbers = None if estimate is None else (estimate.scatter, estimate.variance, estimate.std_error)
            rows.append(_drift_row(at.origin, years, numbers))
        known = [row for row in rows if row["rate_variance"] is not None]
        mean = [float(np.mean([row[name] for row in known])) for name in columns[1:5]] if known else None
        rows.append(
            _drift_row(ALL_ORIGINS, mean[0], mean[1:]) if mean else _drift_row(ALL_ORIGINS, rows[0]["years"], None)
        )
        return self._frame(columns, rows)

    def factor(self, measure: str) -> CalibrationFactor | None:
        """Calibration factor of total "purchases" or "sales", actual over predicted, and its spread between origins.

        None where a predicted or actual total is not positive.
        """
        if measure not in MEASURES:
            raise DataError.because(
                f"a backtest measures {list(MEASURES)}, got {measure!r}.", hint='result.factor("sales").'
            )
        return self._factor(measure, range(len(self.reports)))

    def calibrated_total(self, draws: ValueDraws, *, level: float) -> dict[str, float | str]:
        """The total of `draws` times the calibration factor: factor, expected, low, high, note.

        `ValueDraws.total(backtest=...)` shows it in a frame.

        Raises:
            DataError: draws of models other than the tested ones, or there is no factor.
        """
        refuse_other_models(draws, models=self.models)
        measure = "purchases" if draws.measure == "purchases" else "sales"
        factor = self.factor(measure)
        if factor is None:
            raise DataError.because(
                f"the backtest has no calibration factor of {measure}: at some origin their total, foreseen or actual, "
                "is not above 0.",
                hint="look at result.totals(); fewer origins, or a longer horizon.",
            )
        return calibrated_total(draws, factor=factor, tested=Period.of(self.backtest.horizon), level=level)

    def _factor(self, measure: str, places: Sequence[int]) -> CalibrationFactor | None:
        if not len(places):
            return None
        reports = [self.reports[place] for place in places]
        predicted, actual = np.array(
            [(at.rules[0].of(measure).predicted, at.rules[0].of(measure).actual) for at in reports]
        ).T
        start, end = (np.array([getattr(at, name) for at in reports], float) for name in ("start", "end"))
        return calibration_factor(predicted=predicted, actual=actual, overlap=overlaps(start=start, end=end))

    def _rules(self) -> Iterator[tuple[OriginReport, RuleReport]]:
        for at in self.reports:
            for rule in at.rules:
                yield at, rule

    def _frame(self, columns: Sequence[str], rows: list[Row]) -> Any:
        return new_frame({name: _typed_values([row.get(name) for row in rows]) for name in columns}, like=self.like)


def _summary_row(at: OriginReport, rule: RuleReport) -> Row:
    row: Row = {
        "origin": at.origin,
        "until": at.until,
        "rule": rule.rule,
        "customers": at.customers,
        "sales_low": rule.sales.low,
        "sales_high": rule.sales.high,
        "newcomers": at.newcomers,
        "newcomer_sales": at.newcomer_sales,
        "note": rule.note,
    }
    for measure, before in (("purchases", ""), ("sales", "sales_")):
        report = rule.of(measure)
        row |= {f"{measure}_predicted": report.predicted, f"{measure}_actual": report.actual}
        row |= {f"{before}{name}": getattr(report, name) for name in ("bias", "mean_error", "mae", "rmse", "gini")}
        row[f"{before}coverage"] = report.covered and report.covered[INDEX_90]
    return row


def _total_row(report: MeasureReport, factor: CalibrationFactor | None) -> Row:
    row: Row = {"predicted": report.predicted, "low": report.low, "high": report.high, "actual": report.actual}
    row["ratio"] = report.actual / report.predicted if report.predicted > 0 else None
    if factor is None:
        return row
    row |= _factor_columns(factor)
    scaled = factor.factor * report.predicted
    row["calibrated"] = scaled
    width = factor.log_width(LEVELS[INDEX_90])
    if report.low is not None and report.high is not None and width is not None:
        low, high = (factor.factor * bound for bound in (report.low, report.high))
        bounds = widened_interval(expected=scaled, low=low, high=high, scaled=scaled, log_width=width)
        row["calibrated_low"], row["calibrated_high"] = bounds
    return row


def _factor_columns(factor: CalibrationFactor | None) -> Row:
    if factor is None:
        return {}
    return {"factor": factor.factor, "log_spread": factor.log_spread, "degrees_of_freedom": factor.freedom}


def _drift_row(origin: str, years: float, numbers: Sequence[float] | None) -> Row:
    row: Row = {"origin": origin, "years": years}
    if numbers is None:
        return row | {"rate_variance": None}
    scatter, variance, error = numbers
    bounds = (variance, variance - NORMAL_90 * error, variance + NORMAL_90 * error)
    drifts = [yearly_drift(variance=bound, years=years) for bound in bounds]
    row |= {"scatter": scatter, "rate_variance": variance, "std_error": error}
    return row | dict(zip(("drift", "drift_low", "drift_high"), drifts, strict=True))


def _typed_values(values: list[Any]) -> list[str] | Array | Whole:
    """Text as a list, whole numbers as int64, other numbers as float64 with None as NaN."""
    if values and isinstance(values[0], str):
        return values
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
