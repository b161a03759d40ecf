"""Dated purchases to come of BG/CNBD-k customers as if nobody dropped out, and who drops out at which of them."""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.sampling.arrival_times import ordered_times
from kundkarriar.numerics.sampling.purchase_candidates import Candidates, Spells, arrivals, share_of


def draw_erlang_candidates(
    generator: Generator,
    *,
    p_alive: Array,
    done: Array,
    shape: Array,
    rate: Array,
    at: Whole,
    horizon: float,
    level: Array,
) -> tuple[Candidates, Mask]:
    """Candidates of all customers alive whose gaps have k stages; and which customers are in none of the pairs, (n, S).

    Given alive, `done` stages since the last purchase have probabilities (d, S, k); given those, stage rates are
    Gamma(shape + done, rate). A purchase is due in the last stage alone: a `level` above 1 adds purchases there, which
    multiplies expected purchases by it exactly.
    """
    k, draws = done.shape[2], p_alive.shape[1]
    alive = generator.random((len(at), draws)) < p_alive[at]
    row, draw = np.nonzero(alive)
    source = at[row]
    reached = np.cumsum(done[source, draw], axis=1)
    stages_done = (generator.random(len(row))[:, None] >= reached[:, :-1]).sum(axis=1)
    rates = generator.standard_gamma(shape[source, draw] + stages_done) / rate[source, draw]
    stages = generator.poisson(rates * horizon)
    pair, time = ordered_times(generator, stages, start=0.0, end=horizon)
    starts = np.cumsum(stages) - stages
    number = np.arange(len(pair)) - starts[pair] + 1 + stages_done[pair]
    due = number % k == 0
    # each stage with its start: the first of a pair began before now
    since_pair = np.repeat(np.arange(len(row)), stages + 1)
    opens = np.cumsum(stages + 1) - stages - 1
    inner = np.ones(len(since_pair), dtype=np.bool_)
    inner[opens] = False
    start, end = np.zeros(len(since_pair)), np.full(len(since_pair), horizon)
    start[inner] = time
    closed = np.ones(len(since_pair), dtype=np.bool_)
    closed[opens + stages] = False
    end[closed] = time
    place = np.arange(len(since_pair)) - opens[since_pair] + stages_done[since_pair]
    last = place % k == k - 1
    spells = Spells(pair=since_pair[last], start=start[last], end=end[last], rate=rates[since_pair[last]])
    own = np.broadcast_to(level, p_alive.shape)[source, draw]
    pair, time = pair[due], time[due]
    visible, chance = share_of(generator, np.minimum(own, 1.0)[pair]), np.ones(len(pair), dtype=np.bool_)
    if (own > 1).any():
        more, extra = arrivals(generator, spells, share=np.maximum(own - 1.0, 0.0)[spells.pair])
        pair, time = np.concatenate([pair, more]), np.concatenate([time, extra])
        order = np.lexsort((time, pair))
        pair, time = pair[order], time[order]
        visible = np.concatenate([visible, np.ones(len(more), dtype=np.bool_)])[order]
        chance = np.concatenate([chance, np.zeros(len(more), dtype=np.bool_)])[order]
    candidates = Candidates(
        pairs=row * draws + draw, pair=pair, time=time, visible=visible, chance=chance, spells=spells
    )
    return candidates, np.zeros_like(alive)


def dropout_times(candidates: Candidates, *, p: Array, mark: Array, factor: Array) -> Array:
    """When each pair drops out, (P,): at its first chance with a `mark` below its probability; else never, infinity.

    `p` is the dropout probability of each pair, (P,); `factor` multiplies its odds at each candidate, (m,).
    """
    own = p[candidates.pair]
    with np.errstate(invalid="ignore"):  # p = 1 at a factor of 0
        changed = np.where(factor == 1.0, own, factor * own / (1.0 - own + factor * own))
    drops = np.flatnonzero(candidates.chance & (mark < changed))
    until = np.full(len(p), np.inf)
    last_first = drops[::-1]  # of several the first is written last
    until[candidates.pair[last_first]] = candidates.time[last_first]
    return until
