"""The result of a backtest, as frames: accuracy, calibration, coverage, calibrated totals and drift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from attrs import Attribute, astuple, field, frozen
from numpy.typing import NDArray

from kundkarriar.arguments import LEVEL, NAME, Text, refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import new_frame
from kundkarriar.history.ledger.transaction_rows import lacks_amounts
from kundkarriar.numerics.forecast.calibration_factor import CalibrationFactor
from kundkarriar.numerics.forecast.overdispersion import yearly_drift
from kundkarriar.scoring.backtest.forecast import LEVELS, MEASURES
from kundkarriar.scoring.backtest.kind_calibration import KindCalibration, kinds_of
from kundkarriar.scoring.backtest.newcomer_rows import newcomer_row
from kundkarriar.scoring.backtest.origin_report import OriginReport, RuleReport
from kundkarriar.scoring.backtest.origin_totals import ALL_ORIGINS, Row, factor_of, level_of, total_rows
from kundkarriar.scoring.draws.drawn_total import interval_around
from kundkarriar.scoring.draws.value_draws import APPROXIMATE, ValueDraws, frame_of_a_kind
from kundkarriar.scoring.level import Level
from kundkarriar.stored import Stored, kind_of

INDEX_90 = LEVELS.index(0.9)
NORMAL_90 = 1.6448536269514722
DRIFT_NUMBERS = ("scatter", "rate_variance", "std_error", "drift", "drift_low", "drift_high")
RUN_HINT = "run the backtest with the scorer that the draws come from."
DRAWN = "what fitted.draw(summary, seed=1) gives"
MEASURE = Text(among=MEASURES)

SAME_HORIZON = 0.02
"""Largest relative difference between horizons that count as equal: months have 28 to 31 days."""


def _made_by_run(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Attrs validator: the field has what `Backtest.run` gives it."""
    if attribute.name == "backtest":
        right = isinstance(value, Stored) and kind_of(type(value)) == "backtest"
    elif attribute.name == "reports":
        right = isinstance(value, tuple) and bool(value) and all(isinstance(each, OriginReport) for each in value)
    else:
        right = isinstance(value, tuple) and len(value) == len(MEASURES) and all(map(NAME.holds, value))
    if not right:
        law = "what kk.Backtest(...).run(transactions) gives"
        raise refusal(value, attribute.name, law=law, hint="result = kk.Backtest(...).run(transactions).")


@frozen(kw_only=True, eq=False, repr=False)
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

    backtest: Any = field(validator=_made_by_run)  # to name its type would be a circle of imports
    reports: tuple[OriginReport, ...] = field(validator=_made_by_run)
    models: tuple[str, str] = field(validator=_made_by_run)
    like: Any = field(validator=frame_of_a_kind)

    def __repr__(self) -> str:
        """The origins, the horizon and the models."""
        n, first, last = len(self.reports), self.reports[-1].origin, self.reports[0].origin
        origins = f"{n} origins from {first} to {last}" if n > 1 else f"1 origin, {last}"
        return f"BacktestResult({origins}, horizon={self.backtest.horizon!r}, models={self.models!r})"

    def equals(self, other: object) -> bool:
        """Whether `other` is a result of an equal backtest with equal reports."""
        parts = ("backtest", "reports", "models")
        return isinstance(other, BacktestResult) and all(getattr(self, at) == getattr(other, at) for at in parts)

    def summary(self) -> Any:
        """One row per origin and rule.

        Returns:
            origin, until, rule, customers; purchases_predicted, purchases_actual, sales_predicted, sales_low and
            sales_high (central 90 % of drawn totals, with parameter uncertainty), sales_actual. For purchases: bias
            (predicted / actual - 1, of the total), mean_error, mae and rmse (per customer), gini (normalised: 1 for the
            ranking of the outcome, 0 for a random one), coverage (share of customers whose outcome lay in the 90 %
            interval of their own draws; above .9 for counts, see `coverage`). The same for sales, prefixed `sales_`.
            newcomers and newcomer_sales (customers who came after the origin, in none of the other columns), both also
            _predicted by the model (see `newcomers`, which has total sales with them), note.
        """
        return self._frame(_summary_row(at, rule) for at, rule in self._rules())

    def by_decile(self) -> Any:
        """Calibration by decile of the forecast: predicted and actual totals.

        Returns:
            origin, rule, measure ("purchases", "sales"; deciles are by the forecast of that measure), decile (1 has the
            highest forecasts), customers, predicted, actual (totals). Equal forecasts share a decile, so deciles differ
            in size, and empty ones have no row.
        """
        names = ("decile", "customers", "predicted", "actual")
        return self._frame(
            {"origin": at.origin, "rule": rule.rule, "measure": measure, **dict(zip(names, decile, strict=True))}
            for at, rule in self._rules()
            for measure in MEASURES
            for decile in rule.of(measure).deciles
        )

    def by_kind(self) -> Any:
        """Calibration of the model by kind of customer, as each was known at the origin: predicted and actual totals.

        Kinds: everyone; "silent" for longer than 95 % of the gaps between purchases so far; "newcomers" of the last 90
        days; "one-time buyers"; the "largest" tenth by net sales so far; where a burn-in marks customers, those "older
        than the data" and those "seen from their first purchase". A customer may be of several kinds.

        Returns:
            measure ("purchases", "sales"), kind, definition (with the limits of the origin), origin, until, customers,
            predicted, actual (totals), ratio (actual / predicted), std_error (of actual - predicted if the forecast is
            right: chance, overdispersion and estimated parameters), z (actual - predicted over it). The rows "all" sum
            over origins; a customer counts once at each.

        Raises:
            CapabilityError: the reports were made without kinds.
        """
        rows = []
        for measure, kind in product(MEASURES, kinds_of(self.reports)):
            with_kind = [at for at in self.reports if any(each.kind == kind for each in at.kinds)]
            for at in (*with_kind, None):
                origin, until = (ALL_ORIGINS, ALL_ORIGINS) if at is None else (at.origin, at.until)
                found = KindCalibration.over(with_kind if at is None else [at], kind=kind, measure=measure)
                row: Row = {"measure": measure, "kind": kind, "definition": found.definition}
                row |= {"origin": origin, "until": until, "customers": found.customers}
                row |= {"predicted": found.predicted, "actual": found.actual, "ratio": found.ratio}
                rows.append(row | {"std_error": found.std_error, "z": found.z})
        return self._frame(rows)

    def tracking(self) -> Any:
        """Tracking plot data: predicted and actual totals by month of the horizon (by week up to two months).

        Returns:
            origin, rule, until (the last day of the step); purchases_predicted, purchases_actual (totals in the step),
            cumulative_predicted, cumulative_actual (purchases since the origin); sales_predicted, sales_actual,
            cumulative_sales_predicted, cumulative_sales_actual. The first and last step may be part of a month. The
            model predicts up to each step. "last span again" and "last year again" repeat the steps of the past span;
            the other rules have a constant rate.
        """
        rows = []
        for at, rule in self._rules():
            columns: dict[str, Array] = {}
            for measure, running in (("purchases", "cumulative"), ("sales", "cumulative_sales")):
                totals = np.array(rule.of(measure).cumulative).T
                steps = np.diff(totals, axis=1, prepend=0.0)
                for before, sides in ((measure, steps), (running, totals)):
                    columns |= {f"{before}_predicted": sides[0], f"{before}_actual": sides[1]}
            rows += [
                {"origin": at.origin, "rule": rule.rule, "until": str(np.datetime64(day, "D"))}
                | {name: float(values[place]) for name, values in columns.items()}
                for place, day in enumerate(at.steps)
            ]
        return self._frame(rows)

    def coverage(self) -> Any:
        """Coverage of the central intervals of customers' own draws, at four levels.

        Returns:
            origin, measure, level, customers, covered (share of outcomes in the interval, bounds included),
            covered_ties_split (the same with ties between outcome and draws split: it equals the level where the model
            is right, while `covered` is above it, because most customers buy nothing). Missing where the models cannot
            draw futures.
        """
        intervals = ((at, measure, at.rules[0].of(measure).interval) for at in self.reports for measure in MEASURES)
        return self._frame(
            {"origin": at.origin, "measure": measure, "level": level, "customers": at.customers}
            | {"covered": covered, "covered_ties_split": ties_split}
            for at, measure, of in intervals
            for level, covered, ties_split in zip(LEVELS, of.covered, of.covered_ties_split, strict=True)
        )

    def newcomers(self) -> Any:
        """Customers with a first purchase after an origin, and total sales *including* them, beside their forecasts.

        All other methods are of customers known at the origin. Newcomers are forecast by `kk.Arrivals` of the first
        purchases up to the origin, after the burn-in, times what one buys: the first order, and repeat purchases by the
        scorer's models.

        Returns:
            origin, until; newcomers (their number), purchases, sales; share_of_purchases, share_of_sales (of all after
            the origin); all_sales (of known customers and newcomers together). All numbers and sums also as _predicted,
            _low and _high (central 90 % of drawn totals, those of all_sales added draw by draw); missing where
            newcomers cannot be forecast. note: why not, or what makes the forecast doubtful.
        """
        return self._frame(map(newcomer_row, self.reports))

    def totals(self) -> Any:
        """Totals of the model with 90 % intervals: alone, with the level learnt by then, and calibrated.

        The interval of parameters and futures alone knows nothing of an error that all customers share. `level_low` and
        `level_high` hold the level that was known at the origin, of purchases: the one learnt from the *earlier*
        origins whose outcome was over by then, the prior where there is none. The row "all" has the level of all
        origins, as in `level`. It moves no expected total.

        The calibration factor moves the total as well. Each origin is calibrated by the *other* origins, since its own
        factor would make any forecast right. The row "all" has the factor and spread of all origins, which
        `ValueDraws.total(backtest=...)` applies. The interval of the model alone is widened in quadrature by the spread
        between origins: t quantile x spread x sqrt(1 + variance of the mean), allowing for overlapping horizons
        (`numerics/forecast/calibration_factor.py`). One origin has no spread.

        Returns:
            measure, origin, until, predicted, low, high (parameters and futures alone), actual, ratio (actual /
            predicted), level_sd, level_origins, level_low, level_high, factor (geometric mean of the ratios),
            log_spread (their standard deviation on the log scale), degrees_of_freedom, calibrated, calibrated_low,
            calibrated_high.
        """
        return self._frame(total_rows(self.reports, prior_sd=self._prior_sd))

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
        rows = []
        for at in self.reports:
            numbers = None if at.rate_variance is None else astuple(at.rate_variance)
            rows.append(_drift_row(at.origin, (at.end - at.start) / DAYS["Y"], numbers))
        known = [row for row in rows if row["rate_variance"] is not None]
        if not known:
            return self._frame([*rows, _drift_row(ALL_ORIGINS, rows[0]["years"], None)])
        names = ("years", "scatter", "rate_variance", "std_error")
        years, *mean = (float(np.mean([row[name] for row in known])) for name in names)
        return self._frame([*rows, _drift_row(ALL_ORIGINS, years, mean)])

    def level(self) -> Level:
        """The level learnt from total purchases at the origins, for `ValueScorer(level=...)`; see `kk.Level`.

        Raises:
            CapabilityError: the models cannot draw futures.
            DataError: at some origin total purchases, predicted, drawn or actual, are not above 0.
        """
        level = level_of(self.reports, prior_sd=self._prior_sd)
        if level is not None:
            return level
        if any(not at.rules[0].purchases.interval.totals for at in self.reports):
            raise CapabilityError.because(
                "the backtest has no level: the models cannot draw futures, and so do not say how far their own "
                "totals may lie from the forecast.",
                hint="kk.Backtest(scorer=kk.ValueScorer(purchases=kk.MBGNBD(), ...), ...) has one.",
            )
        raise DataError.because(
            "the backtest has no level: at some origin total purchases, predicted, drawn or actual, are not above 0.",
            hint="look at result.totals(); fewer origins, or a longer horizon.",
        )

    def factor(self, measure: str) -> CalibrationFactor | None:
        """Calibration factor of total "purchases" or "sales", actual over predicted, and its spread between origins.

        None where a predicted or actual total is not positive.
        """
        return factor_of(MEASURE.read(measure, "measure"), self.reports)

    def calibrated_total(self, draws: ValueDraws, *, level: float) -> dict[str, float | str]:
        """The total of `draws` times the calibration factor: factor, expected, low, high, note.

        `ValueDraws.total(backtest=...)` shows it in a frame. The factor is one of purchases where these are drawn, else
        of sales; of a net value it multiplies the clv, and costs are not changed. The interval is that of the draws
        times the factor, widened by the spread between origins; it is missing (NaN) for a single origin.

        Raises:
            DataError: draws of models other than the tested ones, or there is no factor.
        """
        level = LEVEL.read(level, "level")
        if not isinstance(draws, ValueDraws):
            raise refusal(draws, "draws", law=DRAWN, hint="draws.total(backtest=...).")
        measure = "purchases" if draws.measure == "purchases" else "sales"
        self.refuse_other_models(draws, who="the draws are", hint=RUN_HINT)
        factor, draws = self.known_factor(measure), draws.without_level()  # the factor's spread holds its error
        if draws.measure == "net_value":
            blocks = (np.sum(values, axis=1) for _, values in draws.together(("clv", "net_value")))
            scaled, net = sum(blocks, start=np.zeros((2, len(draws))))
            totals = factor.factor * scaled + (net - scaled)
            multiplied = draws.expected_total("clv")
            kept = draws.expected_total("net_value") - multiplied
        else:
            totals = factor.factor * draws.totals()
            multiplied, kept = draws.expected_total(draws.measure), 0.0
        expected = factor.factor * multiplied + kept
        low, high = interval_around(expected, totals, level)
        low, high = factor.widened(expected, low, high, scaled=factor.factor * multiplied, level=level)
        notes = [self.calibration_note(factor, over=Period(draws.horizon, draws.purchases.period))]
        notes += ["costs are not multiplied"] * (draws.measure == "net_value")
        note = "; ".join(notes) + (APPROXIMATE if draws.approximate else "")
        return {"factor": factor.factor, "expected": expected, "note": note, "low": low, "high": high}

    def known_factor(self, measure: str) -> CalibrationFactor:
        """`factor`, refused where there is none."""
        factor = self.factor(measure)
        if factor is None:
            raise DataError.because(
                f"the backtest has no calibration factor of {measure}: at some origin their total, foreseen or actual, "
                "is not above 0.",
                hint="look at result.totals(); fewer origins, or a longer horizon.",
            )
        return factor

    def calibration_note(self, factor: CalibrationFactor, *, over: Period) -> str:
        """Where a factor comes from and how wide it makes an interval, for a total over the horizon `over`."""
        tested = Period.of(self.backtest.horizon)
        parts = [f"factor: geometric mean of actual / predicted over {tested} at {factor.origins} origins"]
        if factor.log_spread is None or factor.freedom is None:
            parts = [f"factor: actual / predicted over {tested} at one origin", "one origin has no spread: no interval"]
        else:
            spread = f"{factor.log_spread:.3f} on the log scale, t with {factor.freedom:.1f} degrees of freedom"
            narrower = ": more origins narrow it" if factor.roughly_known else ""
            parts += [f"interval widened by their spread, {spread}{narrower}"]
        if abs(tested.days / over.days - 1) > SAME_HORIZON:
            parts += [f"tested over {tested}, applied to {over.days / DAYS['M']:.3g} months as if it stayed the same"]
        return "; ".join(parts)

    def refuse_other_models(self, of: Any, *, who: str, hint: str) -> None:
        """Refuse the `purchases` and `spend` model of an object if they are not as tested, by their class."""
        models = type(of.purchases).__name__, type(of.spend).__name__
        if of.spend is None:
            raise lacks_amounts("a backtest", hint="leave backtest= out.")
        if self.models != models:
            tested = " and ".join(self.models)
            raise DataError.because(f"the backtest tested {tested}, {who} of {' and '.join(models)}.", hint=hint)

    @property
    def _prior_sd(self) -> float:
        sd: float = self.backtest.scorer.level.prior_sd
        return sd

    def _rules(self) -> Iterator[tuple[OriginReport, RuleReport]]:
        return ((at, rule) for at in self.reports for rule in at.rules)

    def _frame(self, rows: Iterable[Row]) -> Any:
        several = list(rows)
        return new_frame({name: _typed_values([row[name] for row in several]) for name in several[0]}, like=self.like)


def _summary_row(at: OriginReport, rule: RuleReport) -> Row:
    purchases, sales = rule.purchases, rule.sales
    row: Row = {"origin": at.origin, "until": at.until, "rule": rule.rule, "customers": at.customers}
    row |= {"purchases_predicted": purchases.predicted, "purchases_actual": purchases.actual}
    row |= {"sales_predicted": sales.predicted, "sales_low": sales.interval.low, "sales_high": sales.interval.high}
    row["sales_actual"] = sales.actual
    for report, before in ((purchases, ""), (sales, "sales_")):
        row |= {f"{before}{name}": value for name, value in report.accuracy.items()}
        row[f"{before}coverage"] = report.interval.covered[INDEX_90]
    coming = at.newcomer_forecast if rule is at.rules[0] else None
    row |= {"newcomers": at.newcomers, "newcomers_predicted": coming and coming.newcomers.expected}
    row |= {"newcomer_sales": at.newcomer_sales, "newcomer_sales_predicted": coming and coming.sales.expected}
    return row | {"note": rule.note}


def _drift_row(origin: str, years: float, numbers: Sequence[float] | None) -> Row:
    row: Row = {"origin": origin, "years": years, **dict.fromkeys(DRIFT_NUMBERS)}
    if numbers is not None:
        _, variance, error = numbers
        bounds = (variance, variance - NORMAL_90 * error, variance + NORMAL_90 * error)
        drifts = (yearly_drift(variance=bound, years=years) for bound in bounds)
        row |= zip(DRIFT_NUMBERS, (*numbers, *drifts), strict=True)
    return row


def _typed_values(values: list[Any]) -> list[str] | NDArray[Any]:
    """Text as a list, whole numbers as int64, other numbers as float64 with None as NaN."""
    if isinstance(values[0], str):
        return values
    return np.array(values, dtype=np.int64 if all(isinstance(value, int) for value in values) else np.float64)
