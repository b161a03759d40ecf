"""The bridge: from the actual net sales of the last span to the expected result of the next, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import FINITE, NOT_NEGATIVE, refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period, as_day, is_day
from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.numerics.forecast.calibration_factor import CalibrationFactor
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.scoring.backtest.backtest_result import BacktestResult
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.drawn_total import (
    EXTENDED,
    POSTERIOR_MEAN,
    in_one_line,
    interval_around,
    left_open,
    mean_and_error,
)
from kundkarriar.scoring.draws.scorer_draws import DrawnSales
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.level import NO_LEVEL
from kundkarriar.scoring.newcomers.newcomer_forecast import (
    NUMBER_OR_NAN,
    Foreseen,
    NewcomerForecast,
    finite_numbers,
    newcomer_forecast,
)
from kundkarriar.scoring.prospects.prospect_sales import ProspectSales
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.stored import part
from kundkarriar.stored_forms import AGAIN, NUMBER, TEXT, list_of, or_null, written
from kundkarriar.strategy.plan.plan import Plan

COLUMNS = ("line", "amount", "low", "high", "source")
Line: TypeAlias = tuple[str, float, float, float, str]
MODELS = "purchase and spend model"
REALISED = "realised futures"
MANY = 10
"""A mean of fewer newcomers is told with a decimal."""
NOT_DRAWN = "no interval: the models cannot draw futures, or their parameters were given"
LEFT_OUT = "left out: newcomers=False"
NOT_YET = " not yet known"
MORE_KNOWN = "these are expected to buy for more than arrivals so far foresee"
NOT_FORESEEN = "not included"
TOO_SHORT = "the data begin too late to tell new customers of the last span from old ones"
AS_BEFORE = "assumed: as many and as good as in the last span, as the stored career holds no forecast of newcomers"
NO_PLAN = "no plan given: career.bridge(plan)"
OF_ALL = "sum of the lines above, from today's customers; intervals are added draw by draw"
OF_TODAYS = "of today's customers alone: new customers are not included"
OF_GAIN = "effects as given, discounted; the plan: see plan.summary()"
OF_SPENT = "the plan: see plan.summary()"


def _both_or_none(bridge: Bridge, attribute: Attribute[Any], high: float) -> None:
    name = attribute.name.replace("high", "low")
    low = getattr(bridge, name)
    if not (low <= high or (np.isnan(low) and np.isnan(high))):
        raise refusal((low, high), name, law=f"at most `{attribute.name}`, or missing with it", hint=AGAIN)


def _of_mean(bridge: Bridge, _: object, error: float) -> None:
    if not (error >= 0 and np.isfinite(bridge.mean)) and not (np.isnan(error) and np.isnan(bridge.mean)):
        raise refusal(error, "mean_error", law="at least 0, or missing with `mean`", hint=AGAIN)


def _one_forecast(bridge: Bridge, attribute: Attribute[Any], coming: NewcomerForecast | ProspectSales | None) -> None:
    if coming is not None and len(coming.drawn_sales) not in {0, len(bridge.drawn)}:
        law = f"drawn as often as today's customers, {len(bridge.drawn)} times"
        raise refusal(f"{len(coming.drawn_sales)} draws", attribute.name, law=law, hint=AGAIN)


def _up_to_as_of(bridge: Bridge, attribute: Attribute[Any], begins: str) -> None:
    if as_day(begins, name="begins") > as_day(bridge.as_of, name="as_of"):
        raise refusal(begins, attribute.name, law=f"a day up to `as_of`, {bridge.as_of}", hint=AGAIN)


@frozen(kw_only=True)
class Bridge:
    """Sales of the last span, and expected sales and costs of the next span of the same length, undiscounted.

    Budgets are nominal, so amounts are not discounted.

    Attributes:
        as_of: the last day of the last span.
        begins: the first day of the last span that is in the data.
        span: the length of both spans.
        actual: net sales of the last span.
        newcomers: net sales of customers who were new in the last span; None if the data are too short to tell.
        sales: expected net sales of today's customers in the next span.
        low, high: central 90 % interval of their realised total, with `sales` between; NaN if the models cannot draw.
        mean, mean_error: mean over the posterior of the expected total, and how far chance of so many draws
            may move it; NaN as above.
        alone_low, alone_high: `low` and `high` without the error of the level, which a calibration replaces; NaN where
            they are the same.
        contribution: margin on `sales`.
        cost: cost to serve, handle and market today's customers; None if no costs were given.
        drawn, drawn_alone: the realised total of today's customers in each draw, with and without the error of the
            level; empty if the models cannot draw, the second also where they are the same.
        coming: what customers who arrive in the next span buy in it; None where that cannot be told.
        not_coming: the reason for that; empty with a forecast, and in a career that was stored without one.
        prospects: what the known prospects buy in the next span; None where nobody is one, or the scorer has no model
            of first purchases. Those who buy are among those who are `coming`.
    """

    as_of: str = field(validator=is_day)
    begins: str = field(validator=[is_day, _up_to_as_of])
    span: Period = field(validator=instance_of(Period))
    actual: float = field(validator=FINITE)
    newcomers: float | None = field(validator=optional(FINITE))
    sales: float = field(validator=FINITE)
    low: float = field(metadata=written(NUMBER_OR_NAN))
    high: float = field(validator=_both_or_none, metadata=written(NUMBER_OR_NAN))
    contribution: float = field(validator=FINITE)
    cost: float | None = field(validator=optional(NOT_NEGATIVE))
    mean: float = field(default=np.nan, metadata=written(NUMBER_OR_NAN, later=True))
    mean_error: float = field(default=np.nan, validator=_of_mean, metadata=written(NUMBER_OR_NAN, later=True))
    alone_low: float = field(default=np.nan, metadata=written(NUMBER_OR_NAN, later=True))
    alone_high: float = field(default=np.nan, validator=_both_or_none, metadata=written(NUMBER_OR_NAN, later=True))
    drawn: tuple[float, ...] = field(
        default=(), repr=False, validator=finite_numbers, metadata=written(list_of(NUMBER), later=True)
    )
    drawn_alone: tuple[float, ...] = field(
        default=(), repr=False, validator=finite_numbers, metadata=written(list_of(NUMBER), later=True)
    )
    coming: NewcomerForecast | None = field(
        default=None,
        validator=[optional(instance_of(NewcomerForecast)), _one_forecast],
        metadata=written(or_null(part(NewcomerForecast)), later=True),
    )
    not_coming: str = field(default="", validator=instance_of(str), metadata=written(TEXT, later=True))
    prospects: ProspectSales | None = field(
        default=None,
        validator=[optional(instance_of(ProspectSales)), _one_forecast],
        metadata=written(or_null(part(ProspectSales)), later=True),
    )

    @property
    def differs(self) -> str:
        """A sentence where the data leave expected sales open: the mean over the posterior is another; else empty."""
        return left_open(self.sales, mean=self.mean, error=self.mean_error)

    @classmethod
    def of(
        cls,
        days: PurchaseDays,
        *,
        base: CustomerBase,
        scorer: FittedValueScorer,
        nominal: Mapping[str, Array],
        sales: DrawnSales | None,
        drawn: ValueDraws | None,
        burn_in: str | None,
    ) -> Bridge:
        """Compute the sums of a scored customer base.

        Args:
            days: the purchase days up to the date of the career.
            base: the customers as of that date.
            scorer: the fitted scorer; its horizon is the length of both spans.
            nominal: the columns of its scores at a discount rate of 0.
            sales: their drawn total sales in the next span; None if the models cannot draw.
            drawn: the draws of that; None likewise.
            burn_in: customers first seen within this span after the start of the data are no newcomers.
        """
        span = Period.of(scorer.scorer.horizon)
        begins, actual, newcomers = _last_span(days, span=span)
        totals = {
            name: total(np.nan_to_num(nominal[name][base.buyers]))
            for name in ("expected_sales", "clv", "cost")
            if name in nominal
        }
        expected = totals["expected_sales"]
        low = high = alone_low = alone_high = mean = error = np.nan
        outcomes = alone = ()
        if sales is not None:
            outcomes = tuple(sales.outcomes.tolist())
            low, high = interval_around(expected, sales.outcomes, 0.9)
            if scorer.scorer.level.sd > 0:
                alone = tuple(sales.alone.tolist())
                alone_low, alone_high = interval_around(expected, sales.alone, 0.9)
            mean, error = mean_and_error(sales.expectations)
        now = days.ledger.as_of
        coming = newcomer_forecast(scorer, base, days, as_of=now, until=span.after(now), burn_in=burn_in, drawn=drawn)
        return cls(
            as_of=str(now),
            begins=begins,
            span=span,
            actual=actual,
            newcomers=newcomers,
            sales=expected,
            low=low,
            high=high,
            contribution=totals["clv"],
            cost=totals.get("cost"),
            mean=mean,
            mean_error=error,
            alone_low=alone_low,
            alone_high=alone_high,
            drawn=outcomes,
            drawn_alone=alone,
            coming=coming if isinstance(coming, NewcomerForecast) else None,
            not_coming=coming if isinstance(coming, str) else "",
            prospects=ProspectSales.of(scorer, base, nominal=nominal, drawn=drawn),
        )

    def refuse_outside(self, plan: Plan[Any]) -> None:
        """Refuse a plan that does not start within the next span: its increment belongs to another one."""
        last = self.span.after(as_day(self.as_of, name="as_of"))
        if not as_day(self.as_of, name="as_of") < as_day(plan.start, name="start") <= last:
            raise DataError.because(
                f"the plan starts on {plan.start}, and the bridge goes from {self.as_of} to {last}.",
                hint="career.bridge(plan) of the career that the plan was made from, in the year that the plan is for.",
            )

    def lines(
        self,
        plan: Plan[Any] | None,
        backtest: BacktestResult | None,
        *,
        newcomers: bool,
        scorer: FittedValueScorer,
        like: FrameT,
    ) -> FrameT:
        """The bridge as a frame of the kind of `like`, with increment and cost of `plan`, calibrated by `backtest`.

        Newcomers to come are in the total if `newcomers` are wanted and can be foreseen.

        Returns:
            line, amount, low, high (missing for lines without an interval), source.
        """
        none: float = np.nan
        last, ahead = f"last {self.span}", f"next {self.span}"
        today = f"net sales of today's customers, {ahead}"
        coming = self._arriving if newcomers else None
        factor = None if backtest is None else backtest.known_factor("sales")
        known, _, _ = self._total(None, factor)
        assumed = self.assumed if newcomers else None
        together, low, high = self._total(coming, factor, assumed=assumed or 0.0)
        of_whom = OF_TODAYS if coming is None and assumed is None else OF_ALL
        drawn = NOT_DRAWN if np.isnan(self.low) else REALISED
        told = drawn == REALISED and (backtest is None or scorer.scorer.level != NO_LEVEL)
        unknown = scorer.scorer.level.note if told else ""
        extended = EXTENDED if self.sales in (self.low, self.high) and self.low < self.high else ""
        about = in_one_line(MODELS, drawn, unknown, extended, *scorer.weaknesses)
        rows = [
            (f"net sales, {last}", self.actual, none, none, f"ledger, {self.begins} to {self.as_of}"),
            (today, self.sales, self.low, self.high, about),
        ]
        if self.differs:
            low_, high_ = min(self.low, self.mean), max(self.high, self.mean)
            rows.append((f"{today}, {POSTERIOR_MEAN}", self.mean, low_, high_, f"not added; {self.differs}"))
        if backtest is not None and factor is not None:
            note = backtest.calibration_note(factor, over=self.span)
            note = note.replace("factor", f"factor {factor.factor:.3f}", 1)
            rows.append(("calibration by the backtest", known - self.sales, none, none, note))
        rows += self._of_prospects(ahead, newcomers=newcomers)
        new = f"net sales of new customers{NOT_YET if self.prospects else ''}, {ahead}"
        rows += [
            (new, *self._of_newcomers(newcomers=newcomers)),
            (f"net sales, {ahead}", together, low, high, of_whom),
        ]
        contribution = self._margin * together
        weak, gain, strong = (none, 0.0, none) if plan is None else plan.incremental_value_range()
        spent = 0.0 if plan is None else total(plan.cost)
        of_gain, of_spent = (NO_PLAN, NO_PLAN) if plan is None else (OF_GAIN, OF_SPENT)
        costs: list[Line] = self._costs(newcomers=newcomers)
        of_gain += "; not calibrated" if plan is not None and backtest is not None else ""
        rows += [
            ("contribution", contribution, none, none, "margin x net sales"),
            *costs,
            ("the plan's increment", gain, weak, strong, of_gain),
            ("the plan's cost", 0.0 - spent, none, none, of_spent),
        ]
        net = contribution + sum(row[1] for row in costs) + gain - spent
        rows.append(("net", net, none, none, "sum from contribution"))
        return new_frame({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}, like=like)

    @property
    def assumed(self) -> float | None:
        """Sales of new customers where nothing says what they will be: those of the last span."""
        return None if self.coming is not None or self.not_coming else self.newcomers

    @property
    def _arriving(self) -> NewcomerForecast | ProspectSales | None:
        """What is expected of all who buy first in the next span: of those who are coming, or of the known prospects.

        Known prospects who buy are among those who are coming, so each krona is counted once: the larger one counts.
        """
        expected = [each for each in (self.coming, self.prospects) if each is not None]
        return max(expected, key=lambda each: each.sales.expected, default=None)

    @property
    def _margin(self) -> float:
        """The contribution as a share of the expected sales of customers and known prospects."""
        more = (0.0, 0.0) if self.prospects is None else (self.prospects.sales.expected, self.prospects.contribution)
        sales = self.sales + more[0]
        return (self.contribution + more[1]) / sales if sales else 0.0

    def _total(
        self, coming: NewcomerForecast | ProspectSales | None, factor: CalibrationFactor | None, *, assumed: float = 0.0
    ) -> tuple[float, float, float]:
        """Expected sales of today's customers and of those who are `coming`, with the interval of their sum.

        The calibration is one of today's customers, and so is the error between origins, which widens the interval in
        place of the level's.
        """
        f, drawn, low, high = 1.0, self.drawn, self.low, self.high
        if factor is not None:
            f, drawn = factor.factor, self.drawn_alone or self.drawn
            low, high = (low, high) if np.isnan(self.alone_low) else (self.alone_low, self.alone_high)
        known = f * self.sales
        expected, low, high = (each + assumed for each in (known, f * low, f * high))
        if coming is not None:
            expected = known + coming.sales.expected
            low = high = np.nan
            if coming.drawn_sales:
                low, high = interval_around(expected, f * np.array(drawn) + np.array(coming.drawn_sales), 0.9)
        if factor is not None:
            low, high = factor.widened(expected, low, high, scaled=known, level=0.9)
        return expected, low, high

    def _of_prospects(self, ahead: str, *, newcomers: bool) -> list[Line]:
        """The line of the known prospects, where there are some."""
        if self.prospects is None:
            return []
        line, sales, buyers = f"net sales of known prospects, {ahead}", self.prospects.sales, self.prospects.buyers
        if not newcomers:
            return [(line, np.nan, np.nan, np.nan, LEFT_OUT)]
        source = f"{buyers.expected:,.1f} of {self.prospects.prospects:,} prospects buy x what a newcomer buys"
        drawn = NOT_DRAWN if np.isnan(sales.low) else REALISED
        return [(line, sales.expected, sales.low, sales.high, in_one_line(source, drawn))]

    def _costs(self, *, newcomers: bool) -> list[Line]:
        """The lines of costs: of today's customers, and of the known prospects where there are some."""
        told, none = "no costs given to the scorer" if self.cost is None else "the scorer's costs", np.nan
        lines = [("cost of today's customers", 0.0 - (self.cost or 0.0), none, none, told)]
        if newcomers and self.prospects is not None and self.prospects.cost is not None:
            told = "the scorer's costs, from the first purchase on; those of other new customers are not known"
            lines.append(("cost of known prospects", 0.0 - self.prospects.cost, none, none, told))
        return lines

    def _of_newcomers(self, *, newcomers: bool) -> tuple[float, float, float, str]:
        """Amount, bounds and source of the line of newcomers to come."""
        coming = self.coming
        if not newcomers:
            return np.nan, np.nan, np.nan, LEFT_OUT
        if coming is None and self.assumed is not None:
            return self.assumed, np.nan, np.nan, AS_BEFORE
        if coming is None:
            return np.nan, np.nan, np.nan, f"{NOT_FORESEEN}: {self.not_coming or TOO_SHORT}"
        number, sales, more = coming.newcomers, coming.sales, ""
        if self.prospects is not None:
            sales, more = self._not_yet_known(coming, self.prospects)
        before = "" if self.newcomers is None else f"{self.newcomers:,.2f} in the last {self.span}"
        mean = f"{number.expected:,.{0 if number.expected >= MANY else 1}f}"
        arrive = f"{mean} newcomers ({number.low:,.0f} to {number.high:,.0f}) x what one buys"
        drawn = NOT_DRAWN if np.isnan(sales.low) else REALISED
        return sales.expected, sales.low, sales.high, in_one_line(arrive, more, drawn, before, *coming.notes)

    @staticmethod
    def _not_yet_known(coming: NewcomerForecast, known: ProspectSales) -> tuple[Foreseen, str]:
        """Sales of those who are coming and not known yet, at least 0, and what the line says of that."""
        expected = coming.sales.expected - known.sales.expected
        drawn = None
        if coming.drawn_sales and known.drawn_sales:
            drawn = np.maximum(np.array(coming.drawn_sales) - np.array(known.drawn_sales), 0.0)
        more = f"{coming.sales.expected:,.2f}, less the known prospects"
        return Foreseen.of(max(expected, 0.0), drawn), more + (f"; {MORE_KNOWN}" if expected < 0 else "")


def _last_span(days: PurchaseDays, *, span: Period) -> tuple[str, float, float | None]:
    """First day of the last span in the data, its net sales, and the net sales of customers who were new in it.

    New customers were not seen before the span. Their sales are None if the data begin less than a quarter of a span
    earlier.
    """
    since = span.before(days.ledger.as_of).astype(np.int64)
    within = days.ledger_day > since
    actual = total(days.ledger_amount[within])
    first_day = int(days.ledger_day.min()) if len(days.ledger_day) else int(since) + 1
    begins = str(np.datetime64(max(int(since) + 1, first_day), "D"))
    if first_day > since - span.days / 4:
        return begins, actual, None
    new = days.ledger.first_row[days.ledger_code] > since
    return begins, actual, total(days.ledger_amount[within & new])
