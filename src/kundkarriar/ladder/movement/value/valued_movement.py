"""Values of a movement by Markov chains: of rungs, and of steps to the next one."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import DRAWS, NAME, Number, read_seed
from kundkarriar.arrays import Array, Whole
from kundkarriar.engines.frame_kinds import OwnFrame
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame, numbers, text_column
from kundkarriar.history.ledger.transaction_rows import lacks_amounts
from kundkarriar.ladder.career_panel import State, complete_rows, read_careers
from kundkarriar.ladder.given_careers import careers_of
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.movement.drawn_movement import (
    DrawnMovement,
    FollowedChains,
    monthly_discount_factor,
    with_interval,
)
from kundkarriar.ladder.movement.state_columns import rungs_of, state_columns
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.numerics.markov import value as markov_value
from kundkarriar.numerics.markov.mixture import Mixture, draw_chains

LOST = "lapsed"
"""Default name of the rung of lost customers."""
PERCENT = 0.01
"""Additional share of customers promoted each month in `percent_value`."""
MARGIN = Number(most=1, example=0.3)
"""The share of revenue left after costs; below 0 where costs exceed it."""


class ValuedMovement(DrawnMovement):
    """Values of averaged mixtures of Markov chains; a final class holds the chains: see `FittedChainMixture`."""

    __slots__ = ()

    states: tuple[State, ...]
    members: tuple[Mixture, ...]
    visits: tuple[Array, ...]

    @property
    def state_labels(self) -> tuple[State, ...]:
        """The states of the chains."""
        return self.states

    @property
    def estimates(self) -> list[FollowedChains]:
        """The chains of each mixture."""
        return [FollowedChains(P=m.P, shares=own) for m, own in zip(self.members, self.visits, strict=True)]

    def drawn(self, *, draws: int, seed: Any) -> Iterator[FollowedChains]:
        """Draws of the chains from their posterior, of each mixture in turn."""
        mixtures = drawn_mixtures(
            self.members, draws=DRAWS.read(draws, "draws"), generator=np.random.default_rng(read_seed(seed))
        )
        in_turn = zip(mixtures, itertools.cycle(self.visits), strict=False)
        return (FollowedChains(P=mixture.P, shares=shares) for mixture, shares in in_turn)

    def value(
        self,
        *,
        contribution: Any,
        discount_rate: float,
        lost: str = LOST,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> OwnFrame:
        """Value of a customer on each rung: expected discounted contribution over an infinite horizon.

        The present month counts in full; later months are discounted. Values are computed for each chain, and averaged
        over the chains of the customers on the rung: supporters move by other chains than lapsed customers do.

        Args:
            contribution: monthly contribution on each rung, net of costs: a mapping by rung (that of lapsed customers
                is then 0), or a frame with rung, lapsed (where careers have the flag) and contribution, as from
                `contribution`.
            discount_rate: yearly and effective, above 0.
            lost: the rung of lost customers; where careers have the flag, lost customers are the lapsed of their rung.
            level: level of the intervals.
            draws: number of draws of the chains from their posterior.
            seed: seed of the draws.

        Returns:
            rung, lapsed (where careers have the flag), contribution, value, low, high, and retention_value: value less
            the value of the same customers once lost (missing where no state is lost).
        """
        R = contribution_by_state(self.states, contribution)
        names = rungs_of(self.states)
        if NAME.read(lost, "lost") not in {LOST, *names}:
            raise DataError.because(f"`lost` names {lost!r}, which is no rung.", hint=f"the rungs are {names}.")
        where = {(state.rung, state.lapsed): at for at, state in enumerate(self.states)}
        once_lost = [
            at if state.lapsed else where.get((state.rung, True), where.get((lost, None), at))
            for at, state in enumerate(self.states)
        ]
        return self._value_table(
            lambda _: R, discount_rate=discount_rate, lost=np.array(once_lost), level=level, draws=draws, seed=seed
        )

    def steps_up(
        self, *, contribution: Any, discount_rate: float, level: float = 0.9, draws: int = 200, seed: int = 1
    ) -> OwnFrame:
        """Value of a step to the next rung, and of one more percent of promotions.

        Args: as `value`.

        Returns:
            rung, lapsed (where careers have the flag), next (the rung above), step_value (value there less value here,
            for the customers here), low, high, and percent_value: the gain per customer here if every month one percent
            of the customers more took the step instead of staying.
        """
        R, beta = contribution_by_state(self.states, contribution), monthly_discount_factor(discount_rate)
        up = _states_above(self.states)
        below_top = np.flatnonzero(up >= 0)

        def statistic(chains: FollowedChains) -> Array:
            V = chains.values(R, beta=beta)
            gain = V[:, up] - V
            retained = np.diagonal(markov_value.occupancy(P=chains.P, beta=beta), axis1=1, axis2=2)
            percent = PERCENT * beta * retained * gain
            return np.stack([chains.averaged(gain), chains.averaged(percent)])[:, below_top]

        (step, percent), low, high = with_interval(self, statistic, level=level, draws=draws, seed=seed)
        like = self._like
        return new_frame(
            {
                **state_columns(self.states, below_top, like=like),
                "next": text_column([self.states[at].rung for at in up[below_top]], like=like),
                "step_value": step,
                "low": low[0],
                "high": high[0],
                "percent_value": percent,
            },
            like=like,
        )

    def first_passage(self, rung: str, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> OwnFrame:
        """Probability of ever reaching a rung, and expected months until then, from each rung.

        Returns:
            rung, lapsed (where careers have the flag), probability (of ever reaching it), low, high, months (expected,
            given that it is reached; without that they would be infinite wherever the probability is below 1).
        """
        columns = self._first_passage(rung, level=level, draws=draws, seed=seed)
        columns = {name: values for name, values in columns.items() if name not in {"months_low", "months_high"}}
        return new_frame(columns, like=self._like)

    def steady_state(self) -> OwnFrame:
        """Long-run distribution of today's customers without newcomers: rung, lapsed (with the flag), share."""
        shares = []
        for member in self.members:
            start = member.seen / member.seen.sum(axis=1, keepdims=True)
            ends = [start[k] @ markov_value.steady_state(P=member.P[k]) for k in range(len(member))]
            shares.append(member.weights @ np.stack(ends))
        like = self._like
        return new_frame({**state_columns(self.states, like=like), "share": np.mean(shares, axis=0)}, like=like)

    def contribution(self, history: FrameT | LadderHistory[FrameT], *, margin: float) -> FrameT:
        """Mean monthly contribution of a customer on each rung: margin times the mean of `value`.

        The month of entry is left out: the first purchase is in the past for every customer on a rung, and would count
        as the monthly contribution of a trial buyer.

        Returns:
            rung, lapsed (where careers have the flag), months (of customers there), contribution.

        Raises:
            CapabilityError: the careers have no column `value`, because the purchases have no amounts.
        """
        margin, careers = MARGIN.read(margin, "margin"), careers_of(history)
        frame = complete_rows(careers, columns=["customer_id", "period_start", "rung"])
        if "value" not in frame.columns:
            raise lacks_amounts("contribution")
        panel = read_careers(frame, states=self.states)
        money = numbers(frame, "value", need="contribution")[panel.row]
        later = np.ones(len(panel.code), dtype=bool)
        later[panel.start[:-1][panel.known]] = False
        S = len(self.states)
        months = np.bincount(panel.code[later], minlength=S)
        mean = np.bincount(panel.code[later], weights=money[later], minlength=S) / np.maximum(months, 1)
        columns = {**state_columns(self.states, like=careers), "months": months, "contribution": margin * mean}
        return new_frame(columns, like=careers)


def drawn_mixtures(members: Sequence[Mixture], *, draws: int, generator: np.random.Generator) -> Iterator[Mixture]:
    """Draws of the mixtures in turn, each with chains from their posterior."""
    for member in itertools.islice(itertools.cycle(members), draws):
        yield draw_chains(member, generator=generator)


def _states_above(states: Sequence[State]) -> Whole:
    """The state on the next rung, with the same flag if there is one; -1 on the top rung, (S,)."""
    names = rungs_of(states)
    where = {(state.rung, state.lapsed): at for at, state in enumerate(states)}
    up = []
    for state in states:
        above = names[names.index(state.rung) + 1 :][:1]
        flags = (state.lapsed, False, None, True)
        up.append(next((where[rung, flag] for rung in above for flag in flags if (rung, flag) in where), -1))
    return np.array(up)
