"""Movement whose transition probabilities can be drawn: values of states and times to a state, with intervals."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import DRAWS, LEVEL, Number
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.engines.frame_kinds import OwnFrame, empty_frame
from kundkarriar.frames import new_frame
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.movement.reached import rungs_above
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.numerics.markov import value as markov_value
from kundkarriar.numerics.money.discount import rate_per_period

DISCOUNT_RATE = Number(least=1e-6, below=1, hint="write discount_rate=0.1 for 10 percent a year, effective.")
"""A yearly effective rate; value without end is infinite at 0."""
NEVER_TAKEN = 1e-15
"""Steps less probable than this are left out of first passages: beside 1 they vanish in the rounding."""


@frozen(kw_only=True, eq=False)
class FollowedChains:
    """Markov chains over S states, each followed by some of the customers.

    Attributes:
        P: transition probabilities, (K, S, S).
        shares: shares of the chains among the customers in each state, (S, K).
        purchases: mean purchases a month in each state, (S,); empty where states are rungs.
    """

    P: Array
    shares: Array
    purchases: Array = field(factory=lambda: np.empty(0))

    def values(self, R: Array, *, beta: float) -> Array:
        """Value of each state under each chain, (K, S), for contributions (S,) and a monthly discount factor."""
        return markov_value.value(P=self.P, R=np.broadcast_to(R, self.P.shape[:2]), beta=beta)

    def averaged(self, by_chain: Array) -> Array:
        """Average of a (K, S) array over the chains of the customers in each state, (S,)."""
        return np.asarray(np.einsum("sk,ks->s", self.shares, by_chain))

    def first_passage(self, target: Mask) -> Array:
        """Probability of ever reaching a set of states, its product with the months until then, and these, (3, S).

        The set, (S,), is merged into one absorbing state; see `markov_value.first_passage`.
        """
        others = np.flatnonzero(~target)
        ever, after = np.ones(self.P.shape[:2]), np.zeros(self.P.shape[:2])
        for k, P in enumerate(np.where(self.P < NEVER_TAKEN, 0.0, self.P)):
            merged = np.zeros((len(others) + 1, len(others) + 1))
            merged[:-1, :-1] = P[np.ix_(others, others)]
            merged[:-1, -1] = P[np.ix_(others, np.flatnonzero(target))].sum(axis=1)
            merged[-1, -1] = 1.0
            reached, months = markov_value.first_passage(P=merged, target=len(others))
            ever[k, others], after[k, others] = reached[:-1], months[:-1]
        p, p_times_months = self.averaged(ever), self.averaged(ever * np.nan_to_num(after))
        return np.stack([p, p_times_months, _months(p, p_times_months)])


def _months(p: Array, p_times_months: Array) -> Array:
    return np.where(p > 0, p_times_months / np.where(p > 0, p, 1.0), np.nan)


Rewards = Callable[[FollowedChains], Array]
"""Monthly contribution of each state under chains, (S,)."""


class DrawnMovement:
    """Movement by chains with a posterior; a final class holds the estimates."""

    __slots__ = ()

    frame_kind: str

    @property
    def _like(self) -> Any:
        """An empty frame of the kind that tables are of."""
        return empty_frame(self.frame_kind)

    @property
    def state_labels(self) -> tuple[State, ...]:
        """The states of the chains, S."""
        raise NotImplementedError

    @property
    def estimates(self) -> Sequence[FollowedChains]:
        """The estimated chains; results are averaged where there are several."""
        raise NotImplementedError

    def drawn(self, *, draws: int, seed: Any) -> Iterable[FollowedChains]:
        """Draws of the chains from their posterior."""
        raise NotImplementedError

    def _value_table(
        self, rewards: Rewards, *, discount_rate: float, lost: Whole, level: float, draws: int, seed: Any
    ) -> OwnFrame:
        """The table of `value`; `lost` is the state of the customers of each state once lost, (S,)."""
        beta = monthly_discount_factor(discount_rate)

        def statistic(chains: FollowedChains) -> Array:
            V = chains.values(rewards(chains), beta=beta)
            return np.stack([chains.averaged(V), chains.averaged(V - V[:, lost])])

        (value, retention), low, high = with_interval(self, statistic, level=level, draws=draws, seed=seed)
        unchanged = lost == np.arange(len(lost))
        like = self._like
        return new_frame(
            {
                **state_columns(self.state_labels, like=like),
                "contribution": rewards(self.estimates[0]),
                "value": value,
                "low": low[0],
                "high": high[0],
                "retention_value": np.where(unchanged, np.nan if unchanged.all() else 0.0, retention),
            },
            like=like,
        )

    def _first_passage(self, rung: str, *, level: float, draws: int, seed: Any) -> dict[str, Any]:
        """The columns of `first_passage`, with an interval of the months."""
        target = rungs_above(self.state_labels, rung) == 0
        (p, p_times_months, _), low, high = with_interval(
            self, lambda chains: chains.first_passage(target), level=level, draws=draws, seed=seed
        )
        return {
            **state_columns(self.state_labels, like=self._like),
            "probability": p,
            "low": low[0],
            "high": high[0],
            "months": _months(p, p_times_months),
            "months_low": low[2],
            "months_high": high[2],
        }


def with_interval(
    movement: DrawnMovement, statistic: Callable[[FollowedChains], Array], *, level: float, draws: int, seed: Any
) -> tuple[Array, Array, Array]:
    """Average of a statistic over the estimated chains, and its central interval over posterior draws of them."""
    level, draws = LEVEL.read(level, "level"), DRAWS.read(draws, "draws")
    values = [statistic(chains) for chains in movement.drawn(draws=draws, seed=seed)]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.mean([statistic(chains) for chains in movement.estimates], axis=0), low, high


def monthly_discount_factor(discount_rate: float) -> float:
    """Monthly discount factor of a yearly effective rate, above 0."""
    rate = DISCOUNT_RATE.read(discount_rate, "discount_rate")
    return float(np.exp(-rate_per_period(rate, days=DAYS["M"])))
