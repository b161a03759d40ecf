"""Forecasts of a blend: weighted means of what its parts say of rungs, sizes and times to a rung."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import LEVEL
from kundkarriar.arrays import Array, Mask
from kundkarriar.engines.frame_kinds import OwnFrame, frame_of_kind
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, require, text_is
from kundkarriar.ladder.backtest.rung_forecast import rung_probabilities
from kundkarriar.ladder.blend.blended_parts import own_columns
from kundkarriar.ladder.blend.mixed_interval import mixed_interval
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.ladder_history import LadderHistory, earlier_day
from kundkarriar.ladder.microsimulation.process import history_of
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.models.average.average_fields import labels

NEED = "FittedBlendedMovement"
FLAG = "lapsed"
LEFT_OUT = 0.5
"""So many customers less than there are, and a part leaves some out; what is less is rounding."""


class BlendedForecast:
    """Forecasts of a blend; a final class holds the parts and their weights: see `FittedBlendedMovement`.

    A part of weight 0 is not asked.
    """

    __slots__ = ()

    parts: tuple[Any, ...]
    shares: Array
    log_scores: Array
    frame_kind: str

    def weights(self) -> OwnFrame:
        """The weight of each part: part, weight, log_score.

        `log_score` is the mean log probability that the part gave to the rungs that came after the origin.
        """
        columns: dict[str, Any] = {"part": labels(self.parts), "weight": self.shares, "log_score": self.log_scores}
        return frame_of_kind(columns, self.frame_kind)

    def forecast(self, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "6M") -> FrameT:
        """Probabilities of each customer's rung at the month ends ahead: the weighted mean of the parts'.

        Whom a part leaves out (chains: who came within a month that is not over) the others tell.

        Args:
            history: purchases and events, from `ladder.history`.
            origin: a day, or a span before the last day, after which nothing is read; None: the last day.
            horizon: whole months ahead, as text ("6M").

        Returns:
            customer_id, ahead, rung, lapsed (where the ladder has the flag and all parts tell it), probability. States
            that are left out have probability 0.

        Raises:
            DataError: the origin lies before the data or after the history; the horizon is no span of whole months; the
                forecasts of a part are no probabilities.
            CapabilityError: a part that forecasts other states than the rungs.
        """
        whole = _until(history, origin)
        states, p, _ = self._probabilities(whole, months=months_of(horizon))
        customer, month, state = np.nonzero(p)
        return new_frame(
            {
                "customer_id": whole.facts_as_of.customers[customer.tolist()],
                "ahead": month + 1,
                **state_columns(states, state, like=whole.like),
                "probability": p[customer, month, state],
            },
            like=whole.like,
        )

    def at_end(self, history: LadderHistory[Any], *, horizon: str) -> Array:
        """Probabilities of each customer's rung at the end of the horizon, whatever the flag of lapse, (n, rungs)."""
        states, p, _ = self._probabilities(history, months=months_of(horizon))
        of_rungs = [p[:, -1, [state.rung == rung.name for state in states]].sum(axis=1) for rung in history.rungs]
        return np.asarray(np.stack(of_rungs, axis=1))

    def sizes(
        self, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "6M", level: float = 0.9
    ) -> FrameT:
        """Number of today's customers on each rung at the month ends ahead.

        Args: as `forecast`; `level` is that of the intervals.

        Returns:
            ahead, rung, lapsed (as in `forecast`), expected (the weighted mean), low, high: the interval of the
            mixture, of which a draw follows one part for all customers. Each part counts as a split normal around what
            it expects, as wide as its interval; whom it leaves out are where the others expect them.
        """
        whole, months, level = _until(history, origin), months_of(horizon), LEVEL.read(level, "level")
        told = self._told("sizes", whole, months=months, level=level)
        states = _states(whole, told)
        tables = np.stack([_sizes(each, states, months=months) for each in told])
        if (tables[:, 0].sum(axis=2) < len(whole) - LEFT_OUT).any():
            _, p, knows = self._probabilities(whole, months=months)
            others = [(p * ~own).sum(axis=0) for own in knows]
            tables += np.stack(others)[:, None]
        expected, low, high = self._mixed(tables, level=level)
        S = len(states)
        return new_frame(
            {
                "ahead": np.repeat(np.arange(1, months + 1), S),
                **state_columns(states, np.tile(np.arange(S), months), like=whole.like),
                "expected": expected.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
            },
            like=whole.like,
        )

    def time_to(
        self, rung: str, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "24M", level: float = 0.9
    ) -> FrameT:
        """Share of today's customers who have reached a rung, or one above it, by each month end ahead.

        Args: as `sizes`.

        Returns:
            A row for each rung that somebody is on now and each month ahead: rung (now), lapsed (now), customers (on
            it), ahead, reached (share of them, the weighted mean), low, high (of the mixture, as in `sizes`).
        """
        whole, months, level = _until(history, origin), months_of(horizon), LEVEL.read(level, "level")
        told = self._told("time_to", whole, rung, months=months, level=level)
        keys = [name for name in ("rung", FLAG, "customers", "ahead") if name in told[0].columns]
        first, *others = [[each[name].to_list() for name in keys] for each in told]
        if any(other != first for other in others):
            raise DataError.because(
                "the parts of the blend do not know the same customers: chains leave out who came within a month that "
                "is not over, and shares of different customers have no mean.",
                hint=f'the last month end that is over: origin="{_last_month_end(whole)}".',
            )
        tables = np.stack([_columns(each, ("reached", "low", "high")) for each in told])
        reached, low, high = self._mixed(tables, level=level)
        given = {name: told[0][name] for name in keys}
        return new_frame({**given, "reached": reached, "low": low, "high": high}, like=whole.like)

    def _told(self, method: str, history: LadderHistory[Any], *rung: str, months: int, **terms: Any) -> list[Any]:
        """What the parts with a weight say, as frames."""
        asked = [part for part, share in zip(self.parts, self.shares, strict=True) if share > 0]
        answers = (
            getattr(part, method)(*rung, history, horizon=f"{months}M", **terms, **own_columns(part, history))
            for part in asked
        )
        return [narrow(each, need=NEED) for each in answers]

    @property
    def _shares(self) -> Array:
        """The weights of the parts with a weight."""
        return self.shares[self.shares > 0]

    def _mixed(self, tables: Array, *, level: float) -> tuple[Array, Array, Array]:
        """Mean and interval of the mixture of what the parts say, (parts, 3, ...): expected, low, high."""
        mean = np.tensordot(self._shares, tables[:, 0], axes=1)
        low, high = mixed_interval(tables[:, 0], tables[:, 1], tables[:, 2], weights=self._shares, level=level)
        return mean, low, high

    def _probabilities(
        self, history: LadderHistory[Any], *, months: int
    ) -> tuple[tuple[State, ...], Array, list[Mask]]:
        """The states, the probability of each for each customer and month, (n, months, S), and whom each part knows.

        The last are by part with a weight, (n, months, 1) each.
        """
        told = self._told("forecast", history, months=months)
        states = _states(history, told)
        rungs, customers = [rung.name for rung in history.rungs], history.facts_as_of.customers
        p = np.zeros((len(customers), months, len(states)))
        total, knows = np.zeros((len(customers), months, 1)), []
        for share, frame in zip(self._shares, told, strict=True):
            by_flag = [
                rung_probabilities(each.to_native(), customers=customers, rungs=rungs, months=months, who=NEED)
                for each in _by_flag(frame, states)
            ]
            own = np.stack(by_flag, axis=3).reshape(p.shape)
            p += share * own
            knows.append(own.sum(axis=2, keepdims=True) > 0)
            total += share * knows[-1]
        return states, np.divide(p, total, out=p, where=total > 0), knows


def _until(history: LadderHistory[FrameT], origin: Any) -> LadderHistory[FrameT]:
    whole: LadderHistory[FrameT] = history_of(history, need=NEED)
    if origin is None:
        return whole
    return whole.before(earlier_day(origin, last=whole.facts_as_of.as_of, name="origin"))


def _last_month_end(history: LadderHistory[Any]) -> str:
    return str(history.facts_as_of.as_of.astype("datetime64[M]").astype("datetime64[D]") - 1)


def _states(history: LadderHistory[Any], told: Sequence[NarrowFrame]) -> tuple[State, ...]:
    """The rungs of the ladder, with the flag of lapse where all parts tell it."""
    flagged = history.lapse is not None and all(FLAG in each.columns for each in told)
    flags = (False, True) if flagged else (None,)
    return tuple(State(rung=rung.name, lapsed=flag) for rung in history.rungs for flag in flags)


def _by_flag(frame: NarrowFrame, states: Sequence[State]) -> Iterator[NarrowFrame]:
    """The rows not lapsed, and those lapsed; all rows at once where the states have no flag."""
    if states[0].lapsed is None:
        yield frame
        return
    lapsed = np.array(frame[FLAG].to_list(), dtype=bool)
    yield from (frame.filter((lapsed == flag).tolist()) for flag in (False, True))


def _columns(frame: NarrowFrame, names: Sequence[str]) -> Array:
    require(frame, names, need=NEED)
    return np.stack([numbers(frame, name, need=NEED, of="rung") for name in names])


def _sizes(frame: NarrowFrame, states: Sequence[State], *, months: int) -> Array:
    """Expected, low and high of each state in each month, (3, months, S); bounds of several rows are added up."""
    ahead = _columns(frame, ("ahead",))[0].astype(np.int64) - 1
    lapsed = np.array(frame[FLAG].to_list(), dtype=bool) if states[0].lapsed is not None else None
    table, values = np.zeros((3, months, len(states))), _columns(frame, ("expected", "low", "high"))
    for at, state in enumerate(states):
        same = text_is(frame["rung"], state.rung) & (True if lapsed is None else lapsed == state.lapsed)
        table[:, :, at] = [np.bincount(ahead[same], weights=each[same], minlength=months) for each in values]
    return table
