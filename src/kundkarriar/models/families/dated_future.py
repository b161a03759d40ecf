"""Dated purchases of families of models: what happens of drawn candidates as usual and under treatments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import DataError
from kundkarriar.models.families.purchase_family import Params
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment
from kundkarriar.numerics.bgnbd.dated_candidates import draw_erlang_candidates, dropout_times
from kundkarriar.numerics.pareto_nbd.treated_lifetimes import lifetimes, treated_lifetimes
from kundkarriar.numerics.sampling.purchase_candidates import Candidates, Spells, arrivals, draw_poisson_candidates
from kundkarriar.summaries.purchase_rows import PurchaseRows


@runtime_checkable
class Lifetimes(Protocol):
    """When customers drop out, given what was drawn of them; infinity where they do not within the horizon."""

    def of_pairs(self, treatment: Treatment | None) -> Array:
        """Of the pairs that have candidates, (P,)."""

    def of_silent(self, pairs: Whole, treatment: Treatment | None) -> Array:
        """Of customers alive without a candidate, in the order of `pairs`."""


@frozen(kw_only=True, eq=False)
class DatedFuture:
    """What was drawn of n customers in S draws, of which every world takes its purchases.

    Attributes:
        candidates: purchases as if nobody dropped out.
        lifetimes: when customers drop out.
        silent: customers alive without a candidate, (n, S).
        silent_shape, silent_rate: gamma of their purchase rates, (d, S).
        at: the distinct row of each customer, (n,).
        level: factor on purchase rates, (S,) or (n, S).
        horizon: in periods.
    """

    candidates: Candidates
    lifetimes: Lifetimes
    silent: Mask
    silent_shape: Array
    silent_rate: Array
    at: Whole
    level: Array
    horizon: float

    def worlds(self, treatments: Sequence[Treatment], generator: Generator) -> tuple[DatedPurchases, ...]:
        """Purchases as usual, then under each treatment, which takes random numbers from a stream of its own."""
        streams = generator.spawn(len(treatments))
        usual = self._world(None, generator)
        return usual, *(self._world(each, stream) for each, stream in zip(treatments, streams, strict=True))

    def _world(self, treatment: Treatment | None, stream: Generator) -> DatedPurchases:
        given, until = self.candidates, self.lifetimes.of_pairs(treatment)
        takes_place = given.visible & (given.time <= until[given.pair])
        pairs, time = given.pairs[given.pair], given.time
        if treatment is not None and (treatment.purchases < 1).any():
            kept = factor_at(treatment, "purchases", pairs=pairs, time=time)
            takes_place &= stream.random(len(time)) < kept
        pairs, time = pairs[takes_place], time[takes_place]
        if treatment is not None and (treatment.purchases > 1).any():
            more, extra = self._additional(treatment, until, stream)
            pairs, time = np.concatenate([pairs, more]), np.concatenate([time, extra])
            order = np.lexsort((time, pairs))
            pairs, time = pairs[order], time[order]
        row, draw = np.divmod(pairs, self.silent.shape[1])

        def active(edges: Array) -> Array:
            silent = np.flatnonzero(self.silent)
            ends = np.zeros(self.silent.size)
            ends[silent] = self.lifetimes.of_silent(silent, treatment)
            ends[given.pairs] = until
            ends = np.minimum(ends, self.horizon).reshape(*self.silent.shape, 1)
            return np.asarray(np.clip(ends, edges[:-1], edges[1:]) - edges[:-1])

        return DatedPurchases(row=row, draw=draw, time=time, active=active)

    def _additional(self, treatment: Treatment, until: Array, stream: Generator) -> tuple[Whole, Array]:
        """The purchases that a treatment adds while customers are active."""
        draws = self.silent.shape[1]
        silent = np.flatnonzero(self.silent & treatment.treated[:, None])
        row, draw = np.divmod(silent, draws)
        shape, rate = (given[self.at[row], draw] for given in (self.silent_shape, self.silent_rate))
        zero = np.zeros(len(silent))
        never_bought = Spells(
            pair=np.arange(len(silent)),
            start=zero,
            end=zero + self.horizon,
            rate=stream.standard_gamma(shape) / rate,
        )
        level = np.broadcast_to(self.level, self.silent.shape)
        pairs, times = [], []
        last_of_silent = self.lifetimes.of_silent(silent, treatment)
        kinds = ((self.candidates.pairs, self.candidates.spells, until), (silent, never_bought, last_of_silent))
        for own, spells, last in kinds:
            if not len(spells.pair):
                continue
            row, draw = np.divmod(own[spells.pair], draws)
            usual, treated = level[row, draw], treatment.treated[row]
            for start, end, factor in zip(treatment.edges, treatment.edges[1:], treatment.purchases, strict=False):
                share = treated * np.maximum(factor - 1.0, 0.0)[draw] * usual
                if share.any():
                    until_end = np.minimum(last[spells.pair], end)
                    pair, time = arrivals(stream, spells, share=share, start=start, end=until_end)
                    pairs.append(own[pair])
                    times.append(time)
        return (np.concatenate(pairs), np.concatenate(times)) if pairs else (silent[:0], np.empty(0))


@runtime_checkable
class DatedFamily(Protocol):
    """A family whose purchases to come can be dated."""

    def dated_law(self, rows: PurchaseRows, params: Params) -> dict[str, Array]:
        """What dated purchases of distinct rows are drawn from, by name, (d, S) or (d, S, k) each."""

    def dated_future(
        self, law: dict[str, Array], *, at: Whole, horizon: float, level: Array, generator: Generator
    ) -> DatedFuture:
        """Drawn candidates and lifetimes of customers; `at` is the distinct row of each, (n,)."""


def factor_at(treatment: Treatment, of: str, *, pairs: Whole, time: Array) -> Array:
    """The factor of a treatment, "leaving" or "purchases", on pairs at times; 1 for untreated ones and past its end."""
    values = getattr(treatment, of)
    row, draw = np.divmod(pairs, values.shape[1])
    segment = np.searchsorted(treatment.edges, time, side="left") - 1
    held = treatment.treated[row] & (segment >= 0) & (segment < len(values))
    factor = np.ones(len(time))
    factor[held] = values[segment[held], draw[held]]
    return factor


MOST_PURCHASES = 2e7
"""Purchases, or stages of their gaps, that are drawn at once: more take gigabytes."""


def refuse_too_many(given: dict[str, Any]) -> None:
    """Refuse to draw so many candidates that memory would not hold them."""
    p_alive, at = given["p_alive"], given["at"]
    by_draw = p_alive * given["shape"] / given["rate"] * np.maximum(given["level"], 1.0)
    refuse_beyond_memory(given["horizon"] * float(by_draw.sum(axis=1)[at].sum()), draws=p_alive.shape[1])


def refuse_beyond_memory(expected: float, *, draws: int) -> None:
    """Refuse so many expected purchases in all of some draws."""
    if expected > MOST_PURCHASES:
        raise DataError.because(
            f"purchases to come are dated one by one, and these customers are to make about {expected:.1g} of them in "
            f"{draws} draws: at most {MOST_PURCHASES:.0e} at once.",
            hint="fewer draws at once, or a shorter horizon; who buys so often has hardly been observed.",
        )


@frozen(kw_only=True, eq=False)
class ChancesOfDropout:
    """Lifetimes that end at purchases: each is a chance to drop out with the customer's probability.

    Attributes:
        candidates: the purchases.
        p: dropout probability of each pair, (P,).
        mark: uniform number of each candidate, (m,); a customer drops out where it is below the probability.
    """

    candidates: Candidates
    p: Array
    mark: Array

    def of_pairs(self, treatment: Treatment | None) -> Array:
        """Of the pairs that have candidates, (P,)."""
        given: Any = self.candidates
        factor = np.ones(len(self.mark))
        if treatment is not None:
            factor = factor_at(treatment, "leaving", pairs=given.pairs[given.pair], time=given.time)
        return dropout_times(given, p=self.p, mark=self.mark, factor=factor)

    def of_silent(self, pairs: Whole, treatment: Treatment | None) -> Array:  # noqa: ARG002 - without a chance
        """Of customers alive without a candidate: they have no chance to drop out."""
        return np.full(len(pairs), np.inf)


@frozen(kw_only=True, eq=False)
class LatentLifetimes:
    """Lifetimes that end at any time, at a rate that may grow with age.

    Attributes:
        pairs: the pairs that have candidates, (P,).
        silent: the pairs alive without a candidate, ascending.
        law: shape `s` and rate `beta` of the gamma of dropout rates now, and ageing `b`, (d, S) each.
        at: the distinct row of each customer, (n,).
        stream: of the lifetimes of pairs with candidates.
        later: of the other ones, which are drawn where they are asked for.
    """

    pairs: Whole
    silent: Whole
    law: dict[str, Array]
    at: Whole
    stream: Generator
    later: Generator

    @cached_property
    def hazards(self) -> Array:
        """Gompertz time at the end of the lifetimes of pairs with candidates, (P,)."""
        return self._drawn(self.pairs, self.stream)

    @cached_property
    def hazards_of_silent(self) -> Array:
        """The same of pairs without a candidate."""
        return self._drawn(self.silent, self.later)

    def of_pairs(self, treatment: Treatment | None) -> Array:
        """Of the pairs that have candidates, (P,)."""
        return self._lifetimes(self.hazards, self.pairs, treatment)

    def of_silent(self, pairs: Whole, treatment: Treatment | None) -> Array:
        """Of customers alive without a candidate, in the order of `pairs`."""
        return self._lifetimes(self.hazards_of_silent[np.searchsorted(self.silent, pairs)], pairs, treatment)

    def _of_law(self, name: str, pairs: Whole) -> Array:
        row, draw = np.divmod(pairs, self.law[name].shape[1])
        return self.law[name][self.at[row], draw]

    def _drawn(self, pairs: Whole, stream: Generator) -> Array:
        rate = stream.standard_gamma(self._of_law("s", pairs)) / self._of_law("beta", pairs)
        with np.errstate(divide="ignore"):  # a rate of practically 0
            return np.asarray(stream.standard_exponential(len(pairs)) / rate)

    def _lifetimes(self, hazard: Array, pairs: Whole, treatment: Treatment | None) -> Array:
        b = self._of_law("b", pairs)
        until = lifetimes(hazard, b=b)
        if treatment is None or (treatment.leaving == 1).all():
            return until
        row, draw = np.divmod(pairs, treatment.leaving.shape[1])
        some, until = np.flatnonzero(treatment.treated[row]), until.copy()  # without ageing they are the hazards
        until[some] = treated_lifetimes(
            hazard[some], b=b[some], edges=treatment.edges, factor=treatment.leaving[:, draw[some]].T
        )
        return until


def latent_future(
    generator: Generator, law: dict[str, Array], *, at: Whole, horizon: float, level: Array
) -> DatedFuture:
    """The future of customers who buy at random during a lifetime."""
    given: dict[str, Any] = {name: law[name] for name in ("p_alive", "shape", "rate")}
    given |= {"at": at, "horizon": horizon, "level": level}
    refuse_too_many(given)
    candidates, silent = draw_poisson_candidates(generator, **given)
    stream, later = generator.spawn(2)
    return DatedFuture(
        candidates=candidates,
        lifetimes=LatentLifetimes(
            pairs=candidates.pairs, silent=np.flatnonzero(silent), law=law, at=at, stream=stream, later=later
        ),
        silent=silent,
        silent_shape=law["shape"],
        silent_rate=law["rate"] + np.maximum(level, 1.0) * horizon,
        at=at,
        level=level,
        horizon=horizon,
    )


def chances_future(
    generator: Generator,
    law: dict[str, Array],
    *,
    stages: int,
    has_dropout: bool,
    at: Whole,
    horizon: float,
    level: Array,
) -> DatedFuture:
    """The future of customers who may drop out at purchases, with gaps of so many stages."""
    given: dict[str, Any] = {"p_alive": law["p_alive"], "shape": law["s"], "rate": law["rate"]}
    given |= {"at": at, "horizon": horizon, "level": level}
    refuse_too_many(given)
    if stages == 1:
        candidates, silent = draw_poisson_candidates(generator, **given)
    else:
        done = np.stack([law[f"done_{number}"] for number in range(stages)], axis=-1)
        candidates, silent = draw_erlang_candidates(generator, done=done, **given)
    row, draw = np.divmod(candidates.pairs, silent.shape[1])
    p, mark = np.zeros(len(row)), np.ones(len(candidates.time))
    if has_dropout:
        p = generator.beta(law["a"][at[row], draw], law["b"][at[row], draw])
        mark = generator.random(len(mark))
    return DatedFuture(
        candidates=candidates,
        lifetimes=ChancesOfDropout(candidates=candidates, p=p, mark=mark),
        silent=silent,
        silent_shape=law["s"],
        silent_rate=law["rate"] + np.maximum(level, 1.0) * horizon,
        at=at,
        level=level,
        horizon=horizon,
    )
