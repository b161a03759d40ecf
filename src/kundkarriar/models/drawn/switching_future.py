"""Dated purchases of customers who switch on and off: drawn candidates, of which treatments take theirs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.models.families.dated_future import factor_at, refuse_beyond_memory
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment
from kundkarriar.numerics.sampling.arrival_times import SOONEST, ordered_times
from kundkarriar.numerics.sampling.purchase_candidates import Spells, arrivals
from kundkarriar.numerics.sampling.spell_paths import OnSpells, TreatedClock, at_once, exponential_numbers, on_spells

MOST_SWITCHES = 1000.0
"""Customers who are expected to switch more often within the horizon are on at any time with the same probability."""


@frozen(kw_only=True, eq=False)
class SwitchingCandidates:
    """Purchases of some pairs as if they were always on.

    Attributes:
        pairs: customer x S + draw of each pair, ascending, (P,).
        pair: position of each candidate's pair among them, ascending, (m,).
        time: of each candidate in periods from now, ascending within a pair, (m,).
        mark, share: uniform numbers of each candidate, (m,): it takes place where its `mark` is below a factor on
            purchases, and where its `share` is below the share of time on of who switches all the time.
    """

    pairs: Whole
    pair: Whole
    time: Array
    mark: Array
    share: Array

    @classmethod
    def drawn(
        cls, generator: Generator, pairs: Whole, *, first: Array, rate: Array, horizon: float
    ) -> SwitchingCandidates:
        """Candidates of some of all pairs, after the `first` of each, at its `rate`, (n, S) each."""
        first, rate = first.ravel()[pairs], rate.ravel()[pairs]
        later = generator.poisson(rate * (horizon - first))
        _, times = ordered_times(generator, later, start=first, end=horizon)
        pair = np.repeat(np.arange(len(pairs)), later + 1)
        is_first = np.zeros(len(pair), dtype=np.bool_)
        is_first[np.cumsum(later + 1) - later - 1] = True
        time = np.empty(len(pair))
        time[is_first], time[~is_first] = np.maximum(first, SOONEST), times
        mark, share = generator.random((2, len(pair)))
        return cls(pairs=pairs, pair=pair, time=time, mark=mark, share=share)


@frozen(kw_only=True, eq=False)
class SwitchingFuture:
    """What was drawn of n customers in S draws, of which every world takes its purchases.

    Attributes:
        on: whether each is on now, (n, S).
        leaving, returning: rates of going off and of coming back, (n, S).
        rate: purchases per period while on, at the level of the draw, (n, S).
        key: whole numbers of which the lengths of spells are made, (n, S).
        first: the time of the first candidate, (n, S); beyond the horizon there is none.
        usual: candidates of those who are on within the horizon as usual.
        later: of candidates of those who are on within the horizon only under a treatment.
        horizon: in periods.
    """

    on: Mask
    leaving: Array
    returning: Array
    rate: Array
    key: Any
    first: Array
    usual: SwitchingCandidates
    later: Generator
    horizon: float

    @classmethod
    def drawn(cls, generator: Generator, state: dict[str, Array], *, horizon: float, level: Array) -> SwitchingFuture:
        """The future of customers in a drawn state: `on`, `rate`, `leaving`, `returning`, (n, S) each.

        `level` multiplies purchase rates, (S,) or (n, S): whether a customer is on does not depend on purchases.
        """
        on, rate = state["on"].astype(np.bool_), state["rate"] * level
        key = generator.integers(2**64, size=on.shape, dtype=np.uint64)
        first = generator.standard_exponential(on.shape) / rate
        back = on | (exponential_numbers(key, 0) <= state["returning"] * horizon)
        pairs = np.flatnonzero((first <= horizon) & back)
        refuse_beyond_memory(horizon * float(rate.ravel()[pairs].sum()), draws=on.shape[1])
        candidates = SwitchingCandidates.drawn(generator, pairs, first=first, rate=rate, horizon=horizon)
        (later,) = generator.spawn(1)
        rates = {name: state[name] for name in ("leaving", "returning")}
        return cls(on=on, rate=rate, key=key, first=first, usual=candidates, later=later, horizon=horizon, **rates)

    def worlds(self, treatments: Sequence[Treatment], generator: Generator) -> tuple[DatedPurchases, ...]:
        """Purchases as usual, then under each treatment, which takes random numbers from a stream of its own."""
        streams = generator.spawn(len(treatments))
        taken = np.flatnonzero(self._usually_on)
        pairs = self.usual.pairs[self.usual.pair[taken]]
        usual = self._dated(pairs, self.usual.time[taken], None)
        return usual, *(self._treated(each, stream) for each, stream in zip(treatments, streams, strict=True))

    @cached_property
    def others(self) -> SwitchingCandidates:
        """Candidates of those who, as usual, stay off within the horizon."""
        has_one = self.first.ravel() <= self.horizon
        has_one[self.usual.pairs] = False
        pairs = np.flatnonzero(has_one)
        given: dict[str, Any] = {"first": self.first, "rate": self.rate, "horizon": self.horizon}
        return SwitchingCandidates.drawn(self.later, pairs, **given)

    @cached_property
    def _usually_on(self) -> Mask:
        return self._on_at(self.usual, None)

    def _treated(self, treatment: Treatment, stream: Generator) -> DatedPurchases:
        kinds = [self.usual, *((self.others,) if (treatment.returning > 1).any() else ())]
        pairs, times = [], []
        for given in kinds:
            switches = given is not self.usual or _changes_switching(treatment)
            takes_place = self._on_at(given, treatment) if switches else self._usually_on.copy()
            if (treatment.purchases < 1).any():
                own = given.pairs[given.pair]
                takes_place &= given.mark < factor_at(treatment, "purchases", pairs=own, time=given.time)
            pairs.append(given.pairs[given.pair[takes_place]])
            times.append(given.time[takes_place])
        if (treatment.purchases > 1).any():
            more, extra = self._additional(treatment, stream)
            pairs.append(more)
            times.append(extra)
        pair, time = np.concatenate(pairs), np.concatenate(times)
        if len(pairs) > 1:
            order = np.lexsort((time, pair))
            pair, time = pair[order], time[order]
        return self._dated(pair, time, treatment)

    def _on_at(self, given: SwitchingCandidates, treatment: Treatment | None) -> Mask:
        """Whether each candidate's customer is on then, (m,)."""
        often = self._often.ravel()[given.pairs]
        seldom = np.flatnonzero(~often)
        place = np.cumsum(~often) - 1
        held = self._spells(given.pairs[seldom], treatment).hold(place[given.pair], given.time) & ~often[given.pair]
        some = np.flatnonzero(often[given.pair])
        if len(some):
            own = given.pairs[given.pair[some]]
            held[some] = given.share[some] < self._share_on(own, given.time[some], treatment)
        return held

    def _additional(self, treatment: Treatment, stream: Generator) -> tuple[Whole, Array]:
        """The purchases that a treatment adds while customers are on."""
        pairs, times = [np.empty(0, dtype=np.int64)], [np.empty(0)]
        own = np.flatnonzero(np.broadcast_to(treatment.treated[:, None], self.on.shape))
        often = self._often.ravel()[own]
        for some, switching in ((own[~often], True), (own[often], False)):
            spells = self._spells(some, treatment) if switching else _throughout(len(some), self.horizon)
            rate = self.rate.ravel()[some][spells.pair]
            found = Spells(pair=spells.pair, start=spells.start, end=spells.end, rate=rate)
            draw = some[spells.pair] % self.on.shape[1]
            for start, end, factor in zip(treatment.edges, treatment.edges[1:], treatment.purchases, strict=False):
                share = np.maximum(factor - 1.0, 0.0)[draw]
                if share.any():
                    pair, time = arrivals(stream, found, share=share, start=start, end=end)
                    if not switching:
                        kept = stream.random(len(time)) < self._share_on(some[pair], time, treatment)
                        pair, time = pair[kept], time[kept]
                    pairs.append(some[pair])
                    times.append(time)
        return np.concatenate(pairs), np.concatenate(times)

    def _spells(self, pairs: Whole, treatment: Treatment | None) -> OnSpells:
        """The spells on of pairs; untreated ones have those they have as usual."""
        given: dict[str, Any] = {
            name: getattr(self, name).ravel()[pairs] for name in ("key", "on", "leaving", "returning")
        }
        leaves = returns = at_once
        if treatment is not None and _changes_switching(treatment):
            row, draw = np.divmod(pairs, self.on.shape[1])
            leaves, returns = (_clock(treatment, name, row=row, draw=draw) for name in ("leaving", "returning"))
        return on_spells(**given, horizon=self.horizon, leaves=leaves, returns=returns)

    @cached_property
    def _often(self) -> Mask:
        """Customers who switch all the time, (n, S)."""
        both = self.leaving + self.returning
        return np.asarray(2.0 * self.horizon * self.leaving * self.returning / both > MOST_SWITCHES)

    def _share_on(self, pairs: Whole, time: Array, treatment: Treatment | None) -> Array:
        """The share of time on around `time` of pairs who switch all the time, (m,) each."""
        leaving, returning = (each.ravel()[pairs] for each in (self.leaving, self.returning))
        if treatment is not None:
            leaving, returning = (
                rate * factor_at(treatment, name, pairs=pairs, time=time)
                for name, rate in (("leaving", leaving), ("returning", returning))
            )
        both = leaving + returning
        return np.divide(returning, both, out=np.ones(len(pairs)), where=both > 0)

    def _dated(self, pairs: Whole, time: Array, treatment: Treatment | None) -> DatedPurchases:
        row, draw = np.divmod(pairs, self.on.shape[1])

        def active(edges: Array) -> Array:
            often = self._often.ravel()
            seldom, always = np.flatnonzero(~often), np.flatnonzero(often)
            whole = np.zeros((len(often), len(edges) - 1))
            whole[seldom] = self._spells(seldom, treatment).time_between(edges, pairs=len(seldom))
            if len(always):
                fine = np.unique(np.concatenate([edges, () if treatment is None else treatment.edges]))
                fine = fine[(fine >= edges[0]) & (fine <= edges[-1])]
                for start, end in pairwise(fine):
                    at = np.searchsorted(edges, end) - 1
                    middle = np.full(len(always), 0.5 * (start + end))
                    whole[always, at] += (end - start) * self._share_on(always, middle, treatment)
            return whole.reshape(*self.on.shape, -1)

        return DatedPurchases(row=row, draw=draw, time=time, active=active)


def _clock(treatment: Treatment, name: str, *, row: Whole, draw: Whole) -> Any:
    """When spells end of pairs, of which some are treated."""
    factor: Array = getattr(treatment, name)
    if (factor == 1).all():
        return at_once
    treated, edges = treatment.treated[row], treatment.edges

    def after(now: Array, length: Array, at: Whole) -> Array:
        until, some = now + length, np.flatnonzero(treated[at])
        clock = TreatedClock(edges=edges, factor=factor[:, draw[at[some]]].T)
        until[some] = clock.after(now[some], length[some], np.arange(len(some)))
        return until

    return after


def _changes_switching(treatment: Treatment) -> bool:
    """Whether a factor other than 1 acts on leaving or returning."""
    return bool((treatment.leaving != 1).any() or (treatment.returning != 1).any())


def _throughout(n: int, horizon: float) -> OnSpells:
    return OnSpells(pair=np.arange(n), start=np.zeros(n), end=np.full(n, horizon), horizon=horizon)
