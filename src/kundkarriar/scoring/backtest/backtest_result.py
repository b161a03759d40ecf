"""What a backtest found, as frames: how far off, for whom, when, and what a total made today should allow for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame
from kundkarriar.history.period import DAYS
from kundkarriar.numerics.forecast.calibration_factor import CalibrationFactor, calibration_factor, overlaps, widened
from kundkarriar.numerics.forecast.overdispersion import yearly_drift
from kundkarriar.scoring.backtest.forecast import LEVELS
from kundkarriar.scoring.backtest.origin_report import MEASURES, OriginReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from kundkarriar.scoring.backtest.backtest import Backtest
    from kundkarriar.scoring.backtest.origin_report import MeasureReport, RuleReport

    Row = dict[str, Any]

SUMMARY = (
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
SUMMARISED = LEVELS.index(0.9)
NORMAL_90 = 1.6448536269514722
ALL = "all"


@frozen(kw_only=True, eq=False)
class BacktestResult:
    """Forecasts made at past dates beside what the same customers then did; made by `Backtest.run`.

    Every method gives a new frame of the kind that was tested on. In all of them `rule` is "model" or a rule of thumb,
    sales are net of returns and not discounted, and what cannot be known is missing.

    Attributes:
        backtest: how it was made.
        reports: one for each origin, the latest first.
        models: the names of the fitted purchase and spend model.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> spec = kk.Backtest(scorer=scorer, origins=2, horizon="6M", draws=20)
    >>> result = spec.run(kk.datasets.load_cdnow(sample=True))
    >>> list(result.tracking().columns)[:5]
    ['origin', 'rule', 'until', 'purchases_predicted', 'purchases_actual']
    """

    backtest: Backtest
    reports: tuple[OriginReport, ...]
    models: tuple[str, str]
    like: Any = field(repr=False)

    def equals(self, other: object) -> bool:
        """Whether `other` found the same with the same backtest."""
        return isinstance(other, BacktestResult) and (self.backtest, self.reports, self.models) == (
            other.backtest,
            other.reports,
            other.models,
        )

    def summary(self) -> Any:
        """A row for each origin and rule.

        Returns:
            origin, until, rule, customers; purchases_predicted, purchases_actual, sales_predicted, sales_low and
            sales_high (90 % of realised totals, parameters drawn too), sales_actual. Of purchases: bias (predicted /
            actual - 1, of the total), mean_error, mae and rmse (per customer), gini (normalised: 1 orders the customers
            as the outcome does, 0 as chance), coverage (share of customers whose outcome lay in the 90 % interval of
            their own draws: above .9 for counts, see `coverage`); the same of sales, with `sales_` before.
            newcomers and newcomer_sales (in no forecast), note.
        """
        return self._frame(SUMMARY, [_summary_row(at, rule) for at, rule in self._rules()])

    def by_decile(self) -> Any:
        """Calibration: customers in ten groups by their forecast, and what each group then did.

        Returns:
            origin, rule, measure ("purchases", "sales"; groups are by the forecast of that measure), decile (1 has the
            highest forecasts), customers, predicted, actual (sums). Equal forecasts are never parted, so deciles
            differ in size, and some have nobody and no row.
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
        """The forecast followed through its horizon: month by month (week by week up to two months).

        Returns:
            origin, rule, until (the last day of the step); purchases_predicted, purchases_actual (of all customers of
            the origin, in the step), cumulative_predicted, cumulative_actual (purchases from the origin on);
            sales_predicted, sales_actual, cumulative_sales_predicted, cumulative_sales_actual. The first and last step
            may be part of a month. A model is asked anew at each step, and expects of them what it expects in all;
            "last span again" and "last year again" have the course of the span that they repeat; the other rules know
            no course and spread theirs evenly.
        """
        names = ("predicted", "actual")
        before = {"purchases": "cumulative_", "sales": "cumulative_sales_"}
        columns = ["origin", "rule", "until"]
        for measure in MEASURES:
            columns += [f"{measure}_{name}" for name in names] + [f"{before[measure]}{name}" for name in names]
        rows = []
        for at, rule in self._rules():
            sums = {measure: np.array(rule.of(measure).course) for measure in MEASURES}
            steps = {measure: np.diff(course, axis=0, prepend=0.0) for measure, course in sums.items()}
            for place, day in enumerate(at.steps):
                row: Row = {"origin": at.origin, "rule": rule.rule, "until": str(np.datetime64(day, "D"))}
                for measure in MEASURES:
                    for number, name in enumerate(names):
                        row[f"{measure}_{name}"] = float(steps[measure][place, number])
                        row[f"{before[measure]}{name}"] = float(sums[measure][place, number])
                rows.append(row)
        return self._frame(columns, rows)

    def coverage(self) -> Any:
        """How many customers' outcomes lay in the central intervals of their own draws, at four levels.

        Returns:
            origin, measure, level, customers, covered (share whose outcome lay in the interval, bounds included),
            covered_ties_split (the same with outcomes that many draws equal shared out over their places: this is the
            level itself where the model is right, while `covered` is above it, because most customers buy nothing).
            Missing where the models cannot draw futures.
        """
        columns = ("origin", "measure", "level", "customers", "covered", "covered_ties_split")
        rows = []
        for at in self.reports:
            for measure in MEASURES:
                found = at.rules[0].of(measure)
                for place, level in enumerate(LEVELS):
                    covered = found.inside and found.inside[place]
                    split = found.split and found.split[place]
                    values = (at.origin, measure, level, at.customers, covered, split)
                    rows.append(dict(zip(columns, values, strict=True)))
        return self._frame(columns, rows)

    def newcomers(self) -> Any:
        """Who first bought after an origin, and so is in no forecast.

        Returns:
            origin, until, newcomers, purchases, sales (of everyone who was not forecast), share_of_purchases,
            share_of_sales (of all that was bought after the origin).
        """
        columns = ("origin", "until", "newcomers", "purchases", "sales", "share_of_purchases", "share_of_sales")
        rows = []
        for at in self.reports:
            counted = at.newcomer_purchases + at.rules[0].purchases.actual
            brought = at.newcomer_sales + at.rules[0].sales.actual
            values = (
                at.origin,
                at.until,
                at.newcomers,
                at.newcomer_purchases,
                at.newcomer_sales,
                at.newcomer_purchases / counted if counted else None,
                at.newcomer_sales / brought if brought > 0 else None,
            )
            rows.append(dict(zip(columns, values, strict=True)))
        return self._frame(columns, rows)

    def totals(self) -> Any:
        """Totals of the model, with and without the calibration factor; bounds are of 90 %.

        Each origin is calibrated by the *others* (its own factor would make any forecast right), and the row "all"
        has the factor and spread of all of them: what `ValueDraws.total(backtest=...)` applies. The interval is that of
        the model alone, widened in quadrature by the spread between origins: t quantile x spread x sqrt(1 + variance of
        the mean), with the horizons' overlap counted in (`numerics/forecast/calibration_factor.py`). One origin has no
        spread.

        Returns:
            measure, origin, until, predicted, low, high (the model alone), actual, ratio (actual / predicted), factor
            (geometric mean of the ratios), log_spread (their standard deviation on the log scale),
            degrees_of_freedom, calibrated, calibrated_low, calibrated_high.
        """
        rows = []
        for measure in MEASURES:
            found = [at.rules[0].of(measure) for at in self.reports]
            for place, at in enumerate(self.reports):
                others = [other for other in range(len(found)) if other != place]
                row = _total_row(found[place], self._factor(measure, others))
                rows.append({"measure": measure, "origin": at.origin, "until": at.until, **row})
            everything = {
                "measure": measure,
                "origin": ALL,
                "until": ALL,
                "predicted": sum(one.predicted for one in found),
                "actual": sum(one.actual for one in found),
                **_factor_columns(self.factor(measure)),
            }
            rows.append(everything)
        columns = (
            "measure", "origin", "until", "predicted", "low", "high", "actual", "ratio", "factor", "log_spread",
            "degrees_of_freedom", "calibrated", "calibrated_low", "calibrated_high",
        )  # fmt: skip
        return self._frame(columns, rows)

    def drift(self) -> Any:
        """How much customers' rates change, as the outcomes suggest: what they scatter beyond the model's draws.

        A rate multiplied by R, E[R] = 1, between what was known at the origin and the outcome adds Var[R] E[mu^2] to
        the variance of a count whose mean, given the customer's state, is mu. That is solved for Var[R] from the
        squared errors of all customers (`numerics/forecast/overdispersion.py`). `drift` is that of
        `ValueScorer(drift=...)`: the standard deviation of the log rate a year from now, such that the mean of the
        wandering rate over the horizon has this variance. Scatter of any other cause that the model lacks is laid to
        drift too, so read it as an upper bound. Where the scorer has a drift, the draws have it too, and this is what
        is still lacking.

        Returns:
            origin, years (of the horizon), scatter (weighted squared errors over the variance of the draws; 1 where
            there is no more), rate_variance, std_error (from the customers), drift (0 where the variance came out below
            0), drift_low, drift_high (90 %). The row "all" is the mean over origins, its error not reduced, because the
            customers are the same. Missing where the models cannot draw futures.
        """
        columns = ("origin", "years", "scatter", "rate_variance", "std_error", "drift", "drift_low", "drift_high")
        rows = []
        for at in self.reports:
            years = (at.end - at.start) / DAYS["Y"]
            found = at.scatter
            numbers = None if found is None else (found.scatter, found.variance, found.std_error)
            rows.append(_drift_row(at.origin, years, numbers))
        known = [row for row in rows if row["rate_variance"] is not None]
        mean = [float(np.mean([row[name] for row in known])) for name in columns[1:5]] if known else None
        rows.append(_drift_row(ALL, mean[0], mean[1:]) if mean else _drift_row(ALL, rows[0]["years"], None))
        return self._frame(columns, rows)

    def factor(self, measure: str) -> CalibrationFactor | None:
        """What totals of "purchases" or "sales" were to be multiplied by, and how that differed between origins.

        None where a total predicted or actual is not positive.
        """
        if measure not in MEASURES:
            raise DataError.because(
                f"a backtest measures {list(MEASURES)}, got {measure!r}.", hint='result.factor("sales").'
            )
        return self._factor(measure, range(len(self.reports)))

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
        return new_frame({name: _column([row.get(name) for row in rows]) for name in columns}, like=self.like)


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
        found = rule.of(measure)
        row |= {f"{measure}_predicted": found.predicted, f"{measure}_actual": found.actual}
        row |= {f"{before}{name}": getattr(found, name) for name in ("bias", "mean_error", "mae", "rmse", "gini")}
        row[f"{before}coverage"] = found.inside and found.inside[SUMMARISED]
    return row


def _total_row(found: MeasureReport, factor: CalibrationFactor | None) -> Row:
    row: Row = {"predicted": found.predicted, "low": found.low, "high": found.high, "actual": found.actual}
    row["ratio"] = found.actual / found.predicted if found.predicted > 0 else None
    if factor is None:
        return row
    row |= _factor_columns(factor)
    scaled = factor.factor * found.predicted
    row["calibrated"] = scaled
    width = factor.log_width(LEVELS[SUMMARISED])
    if found.low is not None and found.high is not None and width is not None:
        low, high = (factor.factor * bound for bound in (found.low, found.high))
        bounds = widened(expected=scaled, low=low, high=high, scaled=scaled, log_width=width)
        row["calibrated_low"], row["calibrated_high"] = bounds
    return row


def _factor_columns(factor: CalibrationFactor | None) -> Row:
    if factor is None:
        return {}
    return {"factor": factor.factor, "log_spread": factor.log_spread, "degrees_of_freedom": factor.freedom}


def _drift_row(origin: str, years: float, found: Sequence[float] | None) -> Row:
    row: Row = {"origin": origin, "years": years}
    if found is None:
        return row | {"rate_variance": None}
    scatter, variance, error = found
    bounds = (variance, variance - NORMAL_90 * error, variance + NORMAL_90 * error)
    drifts = [yearly_drift(variance=bound, years=years) for bound in bounds]
    row |= {"scatter": scatter, "rate_variance": variance, "std_error": error}
    return row | dict(zip(("drift", "drift_low", "drift_high"), drifts, strict=True))


def _column(values: list[Any]) -> list[str] | NDArray[np.float64] | NDArray[np.int64]:
    """Text as it is, whole numbers as such, other numbers as floats with what is not known missing."""
    if values and isinstance(values[0], str):
        return values
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
