"""The check whether an old fit still describes its customers: forecasts from its last day, beside what came since."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import read_seed
from kundkarriar.customer_ids import with_plain_ids
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import as_day, day_number
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind, kind_field, kind_of_frame
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import FrameT, NarrowFrame, narrow, numbers
from kundkarriar.models.drift.counts_since import CountsSince, chosen_customers
from kundkarriar.models.drift.mixed_fits import last_fitted_day
from kundkarriar.models.drift.total_variance import total_std_error
from kundkarriar.models.interface.protocols import CountsPurchases, ReadsSummary, able
from kundkarriar.numerics.forecast.randomised_pit import uniform_distance
from kundkarriar.summaries.earlier.earlier_summary import earlier_summary
from kundkarriar.summaries.earlier.purchase_dates import first_days, refuse_without_dates
from kundkarriar.summaries.holdout_period import summary_day

LEVEL_SD = 0.08
"""Standard deviation of the logarithm of a total's level: what a year does though customers stay as they are."""
MOST_SCATTER = 1.2
"""Factor by which scatter may differ from that before the fit's last day."""
MOST_DISTANCE = 0.03
"""How much farther from uniform the PIT may be: three customers in a hundred bought otherwise than forecast."""
LEAST_P = 0.0027
"""Two-sided probability of more than three standard errors: smaller ones are not put down to chance."""
ERRORS = 3.0


@frozen(kw_only=True)
class DriftMeasure:
    """One measure of a drift check.

    Attributes:
        measure: "level", "scatter" or "distribution".
        since: its value for what came since the fit.
        before: its value for the data of the fit; missing where they are too short.
        low, high: the limits of what is not worth a refit.
        p_value: probability of such a deviation by chance if the forecasts are right.
    """

    measure: str
    since: float
    before: float
    low: float
    high: float
    p_value: float

    @property
    def passed(self) -> bool:
        """Whether the value is within the limits, or chance explains it."""
        return self.low <= self.since <= self.high or self.p_value >= LEAST_P


@frozen(kw_only=True, repr=False)
class DriftCheck:
    """Whether a fit is still good, held against what its customers bought since.

    Customers known on the last day of the fit are forecast from that day. Three measures compare the forecasts with
    what came:

    * level: actual over expected purchases. Within exp(-.08) to exp(.08) it is what any year may do.
    * scatter: the mean Poisson deviance of customers' counts over its expectation under the forecasts. It should stay
      within a factor of 1.2 of 1, or of what it was in the data of the fit: a model that was off by as much before is
      not mended by a refit.
    * distribution: the largest distance of the randomised PIT from the uniform distribution. It should not be more than
      .03 larger than it was in the data of the fit.

    The verdict is "refit" where some measure lies outside its limits by more than chance explains, three standard
    errors: of tens of thousands of customers any model fails a test, and of a hundred none does. Chance includes the
    fit's estimated parameters in the level.

    Measures of the data of the fit are of a span as long as the one since, or half of the data, before its last day.

    Attributes:
        as_of, until: the last day of the fit, from which it forecasts, and of the summary.
        customers: number of customers forecast.
        expected, actual: their purchases.
        chance: three standard errors of the level.
        measures: level, scatter and distribution.
        frame_kind: the kind of frame of the summary, which `table` gives.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow()
    >>> fitted = kk.MBGNBD().fit(kk.summarize(transactions, as_of="1997-06-30"))
    >>> since = kk.summarize(transactions, as_of="1997-12-31", gaps=True)
    >>> check = fitted.drift_check(since)
    >>> check.verdict, round(check.actual / check.expected, 2)
    ('refit', 1.14)
    """

    as_of: str
    until: str
    customers: int
    expected: float
    actual: float
    chance: float
    measures: tuple[DriftMeasure, ...]
    frame_kind: str = kind_field()

    @property
    def verdict(self) -> str:
        """Either "refit" or "still good"."""
        return "still good" if all(each.passed for each in self.measures) else "refit"

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        level, scatter, distribution = self.measures
        came = (
            f"{self.actual:,.0f} purchases came from {self.as_of} to {self.until}, {self.expected:,.0f} were expected"
        )
        told = [f"{came}, {level.since:.2f} times" + ("" if level.passed else f" (limits {_limits(level)})")]
        if not scatter.passed:
            told.append(
                f"customers scatter about their forecasts {scatter.since:.2f} times as much as these say"
                f" (limits {_limits(scatter)})"
            )
        if not distribution.passed:
            told.append(
                f"counts are distributed otherwise than forecast, by {distribution.since:.3f}"
                f" (limit {distribution.high:.3f})"
            )
        elif self.verdict == "still good":
            told.append("counts are distributed as in the data of the fit")
        if level.passed and self.chance > math.expm1(LEVEL_SD):
            told.append(f"up to {self.chance:.0%} of the level may hide in chance and in the error of the fit")
        return "; ".join(told)

    def table(self) -> OwnFrame:
        """The numbers behind the verdict.

        Returns:
            One row per measure: measure, since, before (the same measure in the data of the fit; missing where they
            are too short), low, high (limits), p_value, passed.
        """
        names = ("measure", "since", "before", "low", "high", "p_value", "passed")
        columns = {name: [getattr(each, name) for each in self.measures] for name in names}
        return frame_of_kind(columns, self.frame_kind)

    def __repr__(self) -> str:
        return f"DriftCheck({self.verdict}: {self.reason})"


def drift_check(model: Any, summary: FrameT, *, as_of: Any, customers: Any, seed: Any, need: str) -> DriftCheck:
    """Hold a fitted purchase model with `purchase_counts` against a later summary; see `FittedPurchases`."""
    seed = read_seed(seed)
    if not able(model, CountsPurchases):
        raise CapabilityError.because(
            f"{need} needs the probability of each number of purchases, and {type(model).__name__} has no"
            " `purchase_counts`.",
            hint="kk.MBGNBD, kk.ParetoNBD and their kin have it; kk.backtest judges any purchase model.",
        )
    given = {} if customers is None else {"customers": customers}
    frame = narrow(summary, need=need)
    refuse_without_dates(frame, need=need)
    frame = with_plain_ids(frame, need=need)
    if is_a(model, ReadsSummary):
        model.read(frame.to_native(), need=need, **given)
    day, end = _fitted_day(model, as_of, need=need), summary_day(frame, need=need)
    if end <= day:
        came = "nothing came since" if end == day else "that is earlier"
        raise DataError.because(
            f"{need}: the model describes customers up to {day}, the summary ends on {end}: {came}.",
            hint="kk.summarize(transactions, as_of=..., gaps=True) as of a later day.",
        )
    cut = earlier_summary(frame.to_native(), as_of=day, need=need)
    horizon, counts = _since(frame, narrow(cut, need=need), day=day, need=need)
    if horizon <= 0:
        raise DataError.because(
            f"{need}: in the time of the season nothing passed from {day} to {end}, when nothing can be bought.",
            hint="kk.summarize(transactions, as_of=..., season=season, gaps=True) as of a later day.",
        )
    since = CountsSince.of(model, cut, counts=counts, horizon=horizon, given=given, seed=seed, need=need)
    before = _before(model, narrow(cut, need=need), day=day, span=end - day, given=given, seed=seed, need=need)
    from_parameters = total_std_error(model, cut, horizon=horizon, customers=customers, need=need)
    error = math.sqrt(since.variance + from_parameters**2)
    return DriftCheck(
        as_of=str(day),
        until=str(end),
        customers=since.customers,
        expected=since.expected,
        actual=since.actual,
        chance=ERRORS * error / since.expected if since.expected > 0 else math.inf,
        measures=(_level(since, before, error=error), _scatter(since, before), _distribution(since, before)),
        frame_kind=kind_of_frame(summary),
    )


def _fitted_day(model: Any, as_of: Any, *, need: str) -> np.datetime64:
    """The day from which to forecast: `as_of`, by default the last day of the data that the model was fitted to."""
    fitted = last_fitted_day(model)
    if as_of is None:
        if fitted is None:
            raise DataError.because(
                f"{need} must know the last day of the data that the model describes: its parameters were given, or the"
                " summary of the fit had no dates.",
                hint='as_of="1997-09-30".',
            )
        return fitted
    day = as_day(as_of, name="as_of")
    if fitted is not None and day < fitted:
        raise DataError.because(
            f"{need}: `as_of` is {day}, and the model was fitted to purchases up to {fitted}: it has seen what came.",
            hint="leave `as_of` out, or take a later day.",
        )
    return day


def _since(frame: NarrowFrame, cut: NarrowFrame, *, day: np.datetime64, need: str) -> tuple[float, Any]:
    """The time from `day` to the end of a summary, and the purchases in it of the customers of the summary `cut`."""
    first = first_days(frame, need=need)
    later = frame[np.flatnonzero((first != NEVER) & (first <= day_number(day)))]
    counts, spans = (numbers(later, name, need=need) - numbers(cut, name, need=need) for name in ("frequency", "T"))
    return round(float(spans[0]), 9), counts.astype(np.int64)


def _before(
    model: Any,
    cut: NarrowFrame,
    *,
    day: np.datetime64,
    span: np.timedelta64,
    given: dict[str, Any],
    seed: int,
    need: str,
) -> CountsSince | None:
    """The same comparison in the data of the fit, over their last `span` or their second half; None where too short."""
    some = cut[chosen_customers(cut, seed=seed, need=need)]
    first = first_days(some, need=need).min()
    back = min(int(span.astype(np.int64)), (day_number(day) - int(first)) // 2)
    if back < 1:
        return None
    earlier = day - np.timedelta64(back, "D")
    past = earlier_summary(some.to_native(), as_of=earlier, need=need)
    horizon, counts = _since(some, narrow(past, need=need), day=earlier, need=need)
    if horizon <= 0:
        return None
    return CountsSince.of(model, past, counts=counts, horizon=horizon, given=given, seed=seed, need=need)


def _level(since: CountsSince, before: CountsSince | None, *, error: float) -> DriftMeasure:
    return DriftMeasure(
        measure="level",
        since=since.level,
        before=math.nan if before is None else before.level,
        low=math.exp(-LEVEL_SD),
        high=math.exp(LEVEL_SD),
        p_value=_two_sided((since.actual - since.expected) / error) if error > 0 else 1.0,
    )


def _scatter(since: CountsSince, before: CountsSince | None) -> DriftMeasure:
    """The scatter, compared with that before or with 1, whichever is nearer: before, the fit had seen the counts."""
    low, high = sorted((1.0, 1.0 if before is None else before.scatter))
    usual = high if since.scatter >= 1 else low
    error = 0.0 if before is None or usual == 1 else before.scatter_error
    error = math.hypot(since.scatter_error, error * since.scatter / usual) if usual > 0 else 0.0
    return DriftMeasure(
        measure="scatter",
        since=since.scatter,
        before=math.nan if before is None else before.scatter,
        low=low / MOST_SCATTER,
        high=high * MOST_SCATTER,
        p_value=_two_sided((since.scatter - usual) / error) if error > 0 else 1.0,
    )


def _distribution(since: CountsSince, before: CountsSince | None) -> DriftMeasure:
    distance, p_value = uniform_distance(since.pit)
    usual = math.nan if before is None else uniform_distance(before.pit)[0]
    high = MOST_DISTANCE + (0.0 if before is None else usual)
    return DriftMeasure(measure="distribution", since=distance, before=usual, low=0.0, high=high, p_value=p_value)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _limits(measure: DriftMeasure) -> str:
    return f"{measure.low:.2f} to {measure.high:.2f}"
