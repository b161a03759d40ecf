"""What newcomers to come will buy within a horizon: their number, their purchases and their net sales."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import FINITE, refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import CapabilityError, DataError, law_and_hint
from kundkarriar.fields import instance_of
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.models.interface.protocols import needs_gaps
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.drawn_total import interval_around
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.newcomers.arrivals import Arrivals, FittedArrivals
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.scoring.newcomers.newcomer_draws import NewcomerDraws
from kundkarriar.scoring.residual.residual_expectation import residual_expectation
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.stored_forms import AGAIN, NUMBER, Form, written
from kundkarriar.summaries.purchase_rows import PurchaseRows

STREAM = 7
"""Stream key of newcomers; those of customers' draws are below."""
DRAWS = 1000
"""Draws of the number of newcomers where the models cannot draw what they buy."""
NUMBER_OR_NAN = Form(
    law="a finite number or null",
    write=lambda value: None if np.isnan(value) else float(value),
    read=lambda given: np.nan if given is None else NUMBER.read(given),
)


def _in_order(foreseen: Foreseen, _: object, high: float) -> None:
    if not (foreseen.low <= high or (np.isnan(foreseen.low) and np.isnan(high))):
        raise refusal((foreseen.low, high), "low", law="at most `high`, or missing with it", hint=AGAIN)


@frozen(kw_only=True)
class Foreseen:
    """An expected total with its central 90 % interval; the bounds are NaN where it cannot be drawn."""

    expected: float = field(validator=FINITE)
    low: float = field(default=np.nan, metadata=written(NUMBER_OR_NAN))
    high: float = field(default=np.nan, validator=_in_order, metadata=written(NUMBER_OR_NAN))

    @classmethod
    def of(cls, expected: float, drawn: Array | None) -> Foreseen:
        """The total with the interval of its draws, (S,), which is extended to it."""
        if drawn is None:
            return cls(expected=expected)
        low, high = interval_around(expected, drawn, 0.9)
        return cls(expected=expected, low=low, high=high)


def finite_numbers(_: object, attribute: Attribute[Any], values: Any) -> None:
    """Validator of a tuple of finite numbers."""
    if not isinstance(values, tuple) or not all(map(FINITE.holds, values)):
        raise refusal(values, attribute.name, law="a tuple of finite numbers", hint=AGAIN)


@frozen(kw_only=True)
class NewcomerForecast:
    """What customers who arrive within a horizon buy in it: the first purchase, and repeat purchases after it.

    Attributes:
        newcomers, purchases, sales: their number, their purchase days and their sales net of returns, undiscounted.
        drawn_sales: the sales in each draw, (S,), with the parameters of the same draw of the known customers; empty
            where the models cannot draw.
        notes: what makes the forecast doubtful, one sentence each.
    """

    newcomers: Foreseen = field(validator=instance_of(Foreseen))
    purchases: Foreseen = field(validator=instance_of(Foreseen))
    sales: Foreseen = field(validator=instance_of(Foreseen))
    drawn_sales: tuple[float, ...] = field(default=(), validator=finite_numbers, repr=False)
    notes: tuple[str, ...] = ()


def newcomer_forecast(
    scorer: FittedValueScorer,
    base: CustomerBase,
    days: PurchaseDays,
    *,
    as_of: np.datetime64,
    until: np.datetime64,
    burn_in: str | None,
    drawn: ValueDraws | None,
) -> NewcomerForecast | str:
    """The forecast of who arrives after `as_of` and buys up to `until`; a sentence says why there is none.

    Newcomers to come are like the latest ones (`FirstPurchases.latest`): each drawn one has the first order, the
    covariates and the spend of one of these, and repeat purchases by the scorer's purchase model from the first
    purchase on. Who arrives in a month does so in its middle, which misses the expected purchases by a thousandth.

    Args:
        scorer: the fitted scorer.
        base: the customers as of `as_of`.
        days: their purchase days; later ones are not read.
        as_of: the last day that may be read.
        until: the last day of the horizon.
        burn_in: customers first seen within this span after the start of the data are no newcomers.
        drawn: the draws of the known customers, whose parameter draws are used; None where the models cannot draw.
    """
    first = FirstPurchases.of(days, as_of=as_of, burn_in=burn_in)
    try:
        arrivals = Arrivals(season=scorer.scorer.season).of(first)
        latest = LatestNewcomers.of(base, days, first, gaps=needs_gaps(scorer.purchases))
        return _forecast(scorer, base, arrivals, latest, days_ahead=int((until - as_of).astype(np.int64)), drawn=drawn)
    except (CapabilityError, DataError) as error:
        return law_and_hint(error)[0].removesuffix(".")


def _forecast(
    scorer: FittedValueScorer,
    base: CustomerBase,
    arrivals: FittedArrivals,
    latest: LatestNewcomers,
    *,
    days_ahead: int,
    drawn: ValueDraws | None,
) -> NewcomerForecast:
    ahead, start, end = arrivals.ahead(f"{days_ahead}D")
    expected = arrivals.mean(ahead)
    left = _left(base, scorer.purchases.period, (start + end + 1) / 2 - start[0], days_ahead=days_ahead)
    repeats = np.array([_repeats(scorer.purchases, latest.rows, horizon) for horizon in left])
    kept = 1 - scorer.return_mean
    first_order, order_value = (total(each) / len(latest) for each in (latest.first_order, latest.order_value))
    sums = {
        "newcomers": float(expected.sum()),
        "purchases": float((expected * (1 + repeats)).sum()),
        "sales": kept * float((expected * (first_order + repeats * order_value)).sum()),
    }
    if drawn is None:
        number = arrivals.drawn(ahead, draws=DRAWS, generator=np.random.default_rng(STREAM))
        totals = {"newcomers": number.sum(axis=0)}
    else:
        source = np.random.SeedSequence(drawn.entropy, spawn_key=(STREAM,))
        counts, draws_of = source.spawn(2)
        number = arrivals.drawn(ahead, draws=len(drawn), generator=np.random.default_rng(counts))
        stream = np.random.default_rng(draws_of)
        purchases, gross = NewcomerDraws(known=drawn, latest=latest, left=left, generator=stream).totals(number)
        totals = {"newcomers": number.sum(axis=0), "purchases": purchases, "sales": kept * gross}
    foreseen = {name: Foreseen.of(value, totals.get(name)) for name, value in sums.items()}
    return NewcomerForecast(
        **foreseen, drawn_sales=tuple(totals.get("sales", np.empty(0)).tolist()), notes=arrivals.weaknesses
    )


def _left(base: CustomerBase, period: str, middle: Array, *, days_ahead: int) -> Array:
    """Periods of the models' time from the middle of each month to the end of the horizon, (m,), at least 0."""
    unit = DAYS[period]
    if base.clock is None:
        return np.asarray((days_ahead - middle) / unit)
    ahead = base.clock.months(days_ahead / unit)
    return np.maximum(ahead.warped_end - ahead.warped_at(middle / unit), 0.0)


def _repeats(model: Any, rows: PurchaseRows, horizon: float) -> float:
    """Expected repeat purchases of a newcomer within `horizon` periods of the first purchase."""
    if horizon <= 0:
        return 0.0
    distinct = rows.distinct(period=model.period).rows
    ahead = residual_expectation(model, distinct, horizon=horizon, discount_rate=0.0, costs=None)
    return float(np.average(ahead.unconditional("purchases"), weights=distinct.weights))
