"""Backtest of movements: each is fitted to what was known at earlier days, and its forecasts held against what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arguments import LEVEL, WholeNumber
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.calendar_months import first_day, last_day, month_of
from kundkarriar.dates.origin_dates import origin_dates
from kundkarriar.dates.period import Period
from kundkarriar.errors import CapabilityError, KundkarriarError, collected, law_and_hint, warn
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.frames import FrameT, narrow
from kundkarriar.ladder.backtest.movement_backtest import MovementBacktest, Scores, Size, counted
from kundkarriar.ladder.backtest.movement_specs import movement_specs
from kundkarriar.ladder.backtest.no_change import NO_CHANGE, no_change, sizes_of
from kundkarriar.ladder.backtest.outcome import Outcome
from kundkarriar.ladder.backtest.rung_forecast import rung_probabilities, sizes_by_state
from kundkarriar.ladder.career_panel import CareerPanel, State, read_months
from kundkarriar.ladder.given_careers import like_of, panel_of
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.movement.forgotten import collected_where_judged
from kundkarriar.ladder.movement.movement import FittedMovement, Movement
from kundkarriar.models.average.average_fields import labels
from kundkarriar.numerics.forecast import probability_scores

NEED = "backtest_movement"
ORIGINS = WholeNumber(least=1, most=1000, example=3)
SPECS = "specs of movements, at least one"


def backtest_movement(
    specs: Sequence[Movement],
    history: FrameT | LadderHistory[FrameT],
    *,
    origins: int = 3,
    horizon: str = "6M",
    every: str | None = None,
    level: float = 0.9,
    customers: Any = None,
) -> MovementBacktest:
    """Hold forecasts of rungs, made at earlier month ends, against the careers that came.

    At each origin every movement is fitted to what was known by then, and forecasts the rung of each customer known by
    then. Rungs are judged; where a ladder has the flag of lapse, the probabilities of both are added up. What a
    forecast leaves out counts as probability 0, and less than .001 as .001 in the log loss. The rule "no change" is
    judged beside them. Customers who come after an origin are not judged.

    Args:
        specs: `kk.ChainMixture`, `kk.HiddenLadder` and other `kk.Movement`s, one or several, not fitted.
        history: `ladder.history(transactions, as_of=...)`; or a frame of careers, for movements by chains.
        origins: number of forecast origins. The latest is a horizon before the end of the last whole month.
        horizon: whole months, as text with a unit ("6M").
        every: the span between origins, whole months; by default half a horizon.
        level: level of the intervals of sizes.
        customers: the columns that `covariates` of a spec names, known at every origin.

    Raises:
        DataError: an origin lies before the data; a movement cannot be fitted at an origin, or its forecasts are no
            probabilities.
        CapabilityError: a movement that does not take careers from elsewhere; one that forecasts other states than the
            rungs of the careers.

    Warns:
        DataWarning: what the fits warn of, but that chains forget what rungs remember: the comparison tells.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> chains = kk.ChainMixture(chains=2, mass=10, starts=1)
    >>> result = backtest_movement([chains], history, origins=1, horizon="3M")
    >>> result.table().round(3)
               spec      origin  ahead  log_loss  brier  customers
    0  ChainMixture  1998-03-31      1     0.118  0.058       2357
    1  ChainMixture  1998-03-31      2     0.174  0.093       2357
    2  ChainMixture  1998-03-31      3     0.228  0.127       2357
    3     no change  1998-03-31      1     0.166  0.062       2357
    4     no change  1998-03-31      2     0.231  0.096       2357
    5     no change  1998-03-31      3     0.301  0.133       2357
    """
    hint = f"{NEED}([kk.ChainMixture(), ...], history)."
    given = (specs,) if is_a(specs, Movement) else specs
    several = movement_specs(given, need=NEED, name="specs", law=SPECS, hint=hint)
    months, level = months_of(horizon), LEVEL.read(level, "level")
    apart = max(months // 2, 1) if every is None else months_of(every, name="every")
    panel = panel_of(history)
    first, last = (np.datetime64(int(each), "D") for each in (first_day(panel.first), last_day(panel.last)))
    dates = origin_dates(first, last, horizon=f"{months}M", count=ORIGINS.read(origins, "origins"), every=f"{apart}M")
    scores: list[Scores] = []
    sizes: list[Size] = []
    names: tuple[str, ...] = labels(several)
    bins = {name: np.zeros((3, probability_scores.BINS)) for name in (*names, NO_CHANGE)}
    said: dict[str, None] = {}
    for date in reversed(dates):
        outcome = Outcome.of(panel, date=date, months=months)
        past = _known_by(history, date)
        for name, spec in zip(names, several, strict=True):
            with collected_where_judged(history) as told:
                forecast = _forecast(spec, past, outcome, who=f"{name} as of {date}", level=level, customers=customers)
            said |= dict.fromkeys(f"{NEED}, {name} as of {date}: {message}" for message in told)
            _judge(name, forecast, outcome, scores=scores, sizes=sizes, bins=bins)
        _judge(NO_CHANGE, _unchanged(panel, outcome, level=level), outcome, scores=scores, sizes=sizes, bins=bins)
    for message in said:
        warn(message)
    order = [*names, NO_CHANGE]
    return MovementBacktest(
        horizon=Period(months, "M"),
        level=level,
        scores=tuple(sorted(scores, key=lambda row: order.index(row[0]))),
        bins=tuple((name, counted(each)) for name, each in bins.items()),
        numbers=tuple(sorted(sizes, key=lambda row: order.index(row[0]))),
        like=narrow(like_of(history), need=NEED).head(0).select([]).to_native(),
    )


@frozen(kw_only=True, eq=False)
class _Forecast:
    """What was forecast at an origin.

    Attributes:
        p: probability of each rung for each customer and month ahead, (n, months, R).
        states: the states that sizes were told of.
        sizes: expected, low and high of each, (3, months, states).
    """

    p: Array
    states: tuple[State, ...]
    sizes: Array


def _known_by(history: FrameT | LadderHistory[FrameT], date: np.datetime64) -> Any:
    """The history as of a day, or the rows of careers up to its month."""
    if isinstance(history, LadderHistory):
        with collected():  # events of customers who came later: nobody forecasts these
            return history.before(str(date))
    frame = narrow(history, need=NEED)
    return frame.filter((read_months(frame) <= month_of(date.astype(np.int64))).tolist()).to_native()


def _forecast(spec: Any, past: Any, outcome: Outcome, *, who: str, level: float, customers: Any) -> _Forecast:
    """The forecasts of a spec fitted to the past; errors say of which spec and origin."""
    given = {"customers": customers} if customers is not None and attribute_of(spec, "covariates") else {}
    months, states = outcome.actual.shape[1], outcome.known.states
    try:
        fitted = spec.fit(past, **given)
        if not is_a(fitted, FittedMovement):
            raise CapabilityError.because(
                f"`fit` gives a {type(fitted).__name__}, which lacks `forecast`, `sizes` or `time_to`.",
                hint="see kk.FittedMovement, and kk.testing.check_movement.",
            )
        ahead = fitted.forecast(past, horizon=f"{months}M", **given)
        sizes = fitted.sizes(past, horizon=f"{months}M", level=level, **given)
    except KundkarriarError as error:
        law, hint = law_and_hint(error)
        raise type(error).because(f"{NEED}, {who}: {law}", hint=hint or "leave it out.") from error
    need = f"{NEED}, {who}"
    p = rung_probabilities(ahead, customers=outcome.known.customers, rungs=outcome.rungs, months=months, who=need)
    told, table = sizes_by_state(sizes, states=states, months=months, who=need)
    return _Forecast(p=p, states=told, sizes=table)


def _unchanged(panel: CareerPanel, outcome: Outcome, *, level: float) -> _Forecast:
    """The rule "no change", of rungs; its sizes are of states."""
    month, months = int(month_of(outcome.date.astype(np.int64))), outcome.actual.shape[1]
    past = panel.until(month)
    on_rung = evolve(past, code=outcome.rung[past.code], states=tuple(State(rung=name) for name in outcome.rungs))
    return _Forecast(
        p=no_change(on_rung, months=months),
        states=panel.states,
        sizes=sizes_of(no_change(past, months=months), level=level),
    )


def _judge(
    name: str,
    forecast: _Forecast,
    outcome: Outcome,
    *,
    scores: list[Scores],
    sizes: list[Size],
    bins: dict[str, Array],
) -> None:
    """Add the scores, the reliability and the sizes of a forecast."""
    date = str(outcome.date)
    for step, (came, state) in enumerate(zip(outcome.came.T, outcome.actual.T, strict=True)):
        known = came >= 0
        p, happened = forecast.p[known, step], came[known]
        log_loss, brier = (each(p, actual=happened) for each in (probability_scores.log_loss, probability_scores.brier))
        scores.append((name, date, step + 1, log_loss, brier, int(known.sum())))
        for at in range(p.shape[1]):
            bins[name] += probability_scores.reliability(p[:, at], happened=happened == at)
        sizes.extend(_sizes(name, date, step, forecast, outcome, state=state[known]))


def _sizes(name: str, date: str, step: int, forecast: _Forecast, outcome: Outcome, *, state: Whole) -> Iterator[Size]:
    """A row for each state that somebody was in or was expected in."""
    for told, (expected, low, high) in zip(forecast.states, forecast.sizes[:, step].T.tolist(), strict=True):
        same = [at for at, each in enumerate(outcome.known.states) if told in (each, State(rung=each.rung))]
        actual = int(np.isin(state, same).sum())
        if actual or high:
            yield name, date, step + 1, told, expected, low, high, actual
