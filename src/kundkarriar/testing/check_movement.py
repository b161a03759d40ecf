"""`check_movement`: the laws that a user's own movement over rungs must keep."""

from functools import partial
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import read_object, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError, collected
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.frames import narrow
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.movement.movement import FittedMovement, Movement
from kundkarriar.testing.frame_libraries import Columns, columns_of, take
from kundkarriar.testing.law import first_of, require, told_at_the_call

HORIZON, MONTHS = "3M", 3
FORECAST = ("customer_id", "ahead", "rung", "probability")
SIZES = ("ahead", "rung", "expected", "low", "high")
REACHED = ("rung", "customers", "ahead", "reached", "low", "high")
ROUNDING = 1e-9
# Sizes may come from other draws than the forecasts: of n customers, a mean over 100 draws is off by .2 % and less.
SHARE_OFF = 0.01


@told_at_the_call
def check_movement(spec: Movement, history: LadderHistory[Any]) -> None:
    """Check that a movement keeps the laws that backtests rely on.

    It is fitted to the history as of three months before its last day. Probabilities lie between 0 and 1 and sum to at
    most 1 for each customer and month; customers come in the order of the history, months in their order. Nothing after
    an origin changes a forecast, nor does asking again. Sizes are the sums of the forecasts and within the number of
    customers, intervals in order. Shares that reach a rung do not fall from month to month. A movement that takes
    frames of careers says the same of customers in another order. The history is not changed.

    Args:
        spec: with `fit(history)`, which returns a `kk.FittedMovement`.
        history: over a year or so, as `ladder.history(transactions, as_of=...)` makes it.

    Raises:
        AssertionError: a law is broken; the sentence says which.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> check_movement(kk.ChainMixture(chains=2, mass=10, starts=1), history)
    """
    if isinstance(spec, type):
        raise refusal(spec, "spec", law="the specification of a movement", hint=f"write {spec.__name__}(...).")
    hint = "history = ladder.history(transactions, as_of=...)."
    history = read_object(history, "history", kind=LadderHistory, law="a kk.LadderHistory", hint=hint)
    name = f"the movement `{type(spec).__name__}`"
    before = columns_of(history.positions())
    past = history.before(HORIZON)
    subject = _Subject(name=name, fitted=_fitted(spec, past, name), history=history, past=past)
    told = subject.frame("forecast", past, columns=FORECAST, horizon=HORIZON)
    _check_forecast(subject, told)
    _check_origin(subject, told)
    _check_sizes(subject, told)
    _check_time_to(subject)
    _check_careers(subject)
    subject.must("leave the history as it is", columns_of(history.positions()) == before, "it changes it")


@frozen(kw_only=True, eq=False)
class _Subject:
    """A fitted movement, its name in messages, the history, and the history as of the day it was fitted."""

    name: str
    fitted: Any
    history: Any = field(repr=False)
    past: Any = field(repr=False)

    def must(self, law: str, holds: Any, but: str) -> None:
        """Raise an error unless a law holds."""
        require(self.name, law, holds, but)

    def frame(self, method: str, *given: Any, columns: tuple[str, ...], **terms: Any) -> Columns:
        """What a method says, as lists; its columns are checked."""
        answer = getattr(self.fitted, method)(*given, **terms)
        told = columns_of(narrow(answer, need=self.name).to_native())
        lacking = [name for name in columns if name not in told]
        self.must(f"give {', '.join(columns)} in `{method}`", not lacking, f"it lacks {lacking}")
        return told


def _fitted(spec: Any, past: LadderHistory[Any], name: str) -> Any:
    must = partial(require, name)
    must("have `fit(history)`", is_a(spec, Movement) and callable(attribute_of(spec, "fit")), "it has none")
    with collected():  # what a fit tells of the history is not about the movement
        fitted = spec.fit(past)
    law, but = "give a fitted movement with `forecast`, `sizes` and `time_to`", "lacks one of them"
    must(law, is_a(fitted, FittedMovement), f"`fit` gives a {type(fitted).__name__} that {but}")
    return fitted


def _numbers(told: Columns, name: str) -> Array:
    return np.array(told[name], dtype=np.float64)


def _check_forecast(subject: _Subject, told: Columns) -> None:
    """Probabilities of the known customers, in order."""
    must, p, ahead = subject.must, _numbers(told, "probability"), _numbers(told, "ahead")
    within = (p >= -ROUNDING) & (p <= 1 + ROUNDING)
    must("forecast probabilities from 0 to 1", within, f"it gives {first_of(p, ~within):g}")
    whole = np.isin(ahead, np.arange(1, MONTHS + 1))
    must(f"number the months ahead from 1 to {MONTHS}", whole, f"it gives {first_of(ahead, ~whole):g}")
    place = {each: at for at, each in enumerate(columns_of(subject.past.positions())["customer_id"])}
    unknown = [each for each in dict.fromkeys(told["customer_id"]) if each not in place]
    must("forecast the customers known at the origin", not unknown, f"it forecasts {unknown[:3]}")
    cell = np.array([place[each] for each in told["customer_id"]]) * MONTHS + ahead.astype(np.int64) - 1
    in_order = np.diff(cell) >= 0
    must("forecast customers in the order of the history, month by month", in_order, "its rows stand in another order")
    total = np.bincount(cell, weights=p)
    over = total > 1 + ROUNDING
    must("forecast probabilities that sum to at most 1", ~over, f"those of a customer sum to {total.max():g}")


def _check_origin(subject: _Subject, told: Columns) -> None:
    """Nothing after the origin is read, and the same question has the same answer."""
    again = subject.frame("forecast", subject.past, columns=FORECAST, horizon=HORIZON)
    subject.must("forecast the same when asked again", again == told, "another forecast differs")
    origin = subject.past.as_of
    later = subject.frame("forecast", subject.history, columns=FORECAST, origin=origin, horizon=HORIZON)
    law = "read nothing after the origin"
    subject.must(law, later == told, "its forecasts differ where the history goes on after it")


def _check_sizes(subject: _Subject, told: Columns) -> None:
    """Sizes are sums of the forecasts, and their intervals lie within the number of customers."""
    must, n = subject.must, len(subject.past)
    sizes = subject.frame("sizes", subject.past, columns=SIZES, horizon=HORIZON, level=0.9)
    expected, low, high = (_numbers(sizes, name) for name in ("expected", "low", "high"))
    must("give intervals from low to high", low <= high, "`low` exceeds `high` in `sizes`")
    within = (low >= 0) & (expected >= 0) & (expected <= n * (1 + ROUNDING))
    must("give sizes of at least 0, of the customers there are", within, "some of `sizes` are not")
    sums: dict[tuple[Any, ...], float] = {}
    for key, p in zip(_states(told), told["probability"], strict=True):
        sums[key] = sums.get(key, 0.0) + p
    given = dict(zip(_states(sizes), expected.tolist(), strict=True))
    off = {key: given.get(key, 0.0) - sums.get(key, 0.0) for key in {**sums, **given}}
    furthest = max(off, key=lambda key: abs(off[key]), default=())
    due, found = sums.get(furthest, 0.0), given.get(furthest, 0.0)
    but = f"it expects {found:.6g} of {furthest}, where the forecasts sum to {due:.6g}"
    must("expect sizes that are the sums of its forecasts", abs(found - due) <= SHARE_OFF * n + ROUNDING, but)


def _states(told: Columns) -> list[tuple[Any, ...]]:
    """The month, the rung and, where told, the flag of lapse of each row."""
    return list(zip(*(told[name] for name in ("ahead", "rung", "lapsed") if name in told), strict=True))


def _check_time_to(subject: _Subject) -> None:
    """Shares that have reached the highest rung, month by month."""
    must = subject.must
    top = subject.frame("sizes", subject.past, columns=SIZES, horizon="1M")["rung"][-1]
    told = subject.frame("time_to", top, subject.past, columns=REACHED, horizon=HORIZON, level=0.9)
    reached, low, high = (_numbers(told, name) for name in ("reached", "low", "high"))
    within = (reached >= 0) & (reached <= 1) & (low >= 0) & (low <= high) & (high <= 1)
    must("give shares from 0 to 1 in `time_to`, low up to high", within, "some are not")
    of: dict[tuple[Any, ...], list[tuple[int, float]]] = {}
    for state, ahead, share in zip(_states({**told, "ahead": told["customers"]}), told["ahead"], reached, strict=True):
        of.setdefault(state, []).append((ahead, share))
    falls = [state[1] for state, row in of.items() if np.any(np.diff([share for _, share in sorted(row)]) < -ROUNDING)]
    must("count in `time_to` who has reached the rung by then", not falls, f"the share falls for {falls[:1]}")


def _check_careers(subject: _Subject) -> None:
    """A movement that takes a frame of careers says the same of customers in another order."""
    careers = subject.past.careers()
    try:
        told = subject.frame("forecast", careers, columns=FORECAST, horizon=HORIZON)
    except CapabilityError:
        return
    ids = columns_of(careers)["customer_id"]
    place = {each: at for at, each in enumerate(dict.fromkeys(ids))}
    backwards = sorted(range(len(ids)), key=lambda row: -place[ids[row]])  # months keep their order
    other = subject.frame("forecast", take(careers, backwards), columns=FORECAST, horizon=HORIZON)
    ours, theirs = (
        dict(zip(zip(each["customer_id"], _states(each), strict=True), each["probability"], strict=True))
        for each in (told, other)
    )
    same = ours.keys() == theirs.keys() and np.allclose(
        list(ours.values()), [theirs[key] for key in ours], rtol=0, atol=ROUNDING
    )
    subject.must("forecast the same in every order of the customers", same, "it differs when customers are reversed")
