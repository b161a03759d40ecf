"""Values of a movement by Markov chains: rungs, promotions, scenarios of the coming months, customer equity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from kundkarriar.arguments import read_seed
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT
from kundkarriar.ladder.career_panel import CareerPanel, State
from kundkarriar.ladder.movement.value import rung_value, step_value, time_to_rung
from kundkarriar.ladder.movement.value.contribution import mean_contribution
from kundkarriar.ladder.movement.value.scenario import (
    Scenario,
    ScenarioDraws,
    draw_scenario,
    equity_table,
    monthly_table,
)
from kundkarriar.numerics.markov.mixture import Mixture
from kundkarriar.numerics.markov.step_counts import StepCounts


class ValuedMovement:
    """Values of averaged mixtures of Markov chains; a final class holds the chains.

    Attributes:
        states: the states of the chains.
        members: the mixtures of chains whose results are averaged.
        visits: for each member, shares of its chains among the customers seen in each state, (S, K).
    """

    __slots__ = ()

    states: tuple[State, ...]
    members: tuple[Mixture, ...]
    visits: tuple[Array, ...]

    def seen(self, careers: Any, *, origin: Any) -> CareerPanel:
        """The careers up to the origin, of the customers known by then."""
        raise NotImplementedError

    def counts(self, seen: CareerPanel, customers: Any) -> StepCounts:
        """Steps of each customer of a panel, with the covariates."""
        raise NotImplementedError

    def value(
        self,
        *,
        contribution: Any,
        discount_rate: float,
        lost: str = "lapsed",
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> pd.DataFrame:
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
        return rung_value.values(
            self,
            contribution=contribution,
            discount_rate=discount_rate,
            lost=lost,
            level=level,
            draws=draws,
            seed=read_seed(seed),
        )

    def steps_up(
        self, *, contribution: Any, discount_rate: float, level: float = 0.9, draws: int = 200, seed: int = 1
    ) -> pd.DataFrame:
        """Value of a step to the next rung, and of one more percent of promotions.

        Returns:
            rung, lapsed (where careers have the flag), next (the rung above), step_value (value there less value here,
            for the customers here), low, high, and percent_value: the gain per customer here if every month one percent
            of the customers more took the step instead of staying.
        """
        return step_value.steps_up(
            self, contribution=contribution, discount_rate=discount_rate, level=level, draws=draws, seed=read_seed(seed)
        )

    def time_to(self, rung: str, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Probability of ever reaching a rung, and expected months until then, from each rung.

        Returns:
            rung, lapsed (where careers have the flag), probability (of ever reaching it), low, high, months (expected,
            given that it is reached; without that they would be infinite wherever the probability is below 1).
        """
        return time_to_rung.time_to(self, rung, level=level, draws=draws, seed=read_seed(seed))

    def steady_state(self) -> pd.DataFrame:
        """Long-run distribution of today's customers without newcomers: rung, lapsed (with the flag), share."""
        return time_to_rung.steady(self)

    def scenario(
        self,
        careers: FrameT,
        scenarios: Sequence[Scenario],
        *,
        contribution: Any,
        discount_rate: float,
        periods: int = 24,
        origin: Any = None,
        customers: Any = None,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> FrameT:
        """The coming months under one or several scenarios: customers, newcomers and contribution, with intervals.

        A referred customer joins a month later, moves like a newcomer, and may refer others. Chains are drawn from
        their posterior, the same for every scenario; numbers of customers are expectations given the chains.

        Args:
            careers: as `forecast`.
            scenarios: `kk.Scenario`s; the others are compared with the first.
            contribution: as `value`.
            discount_rate: yearly and effective.
            periods: number of months after this one.
            origin: as `forecast`.
            customers: as `forecast`.
            level: level of the intervals.
            draws: number of draws of the chains.
            seed: seed of the draws.

        Returns:
            scenario, ahead (0: today), customers, customers_low, customers_high, newcomers, referred (of them),
            contribution (of the month, after acquisition and the scenario's own cost), contribution_low,
            contribution_high.
        """
        drawn = self._scenarios(
            careers,
            scenarios,
            origin=origin,
            customers=customers,
            contribution=contribution,
            discount_rate=discount_rate,
            periods=periods,
            draws=draws,
            seed=read_seed(seed),
        )
        table: FrameT = monthly_table(drawn, level=level, like=careers)
        return table

    def equity(
        self,
        careers: FrameT,
        scenarios: Sequence[Scenario],
        *,
        contribution: Any,
        discount_rate: float,
        periods: int = 24,
        origin: Any = None,
        customers: Any = None,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> FrameT:
        """Customer equity over this month and `periods` more: of today's customers and of newcomers.

        Args: as `scenario`.

        Returns:
            scenario, part ("base", "inflow" net of acquisition, "cost" of the scenario, "total"), value, low, high;
            then for each further scenario a row "<name> less <first>": the difference, draw by draw.
        """
        drawn = self._scenarios(
            careers,
            scenarios,
            origin=origin,
            customers=customers,
            contribution=contribution,
            discount_rate=discount_rate,
            periods=periods,
            draws=draws,
            seed=read_seed(seed),
        )
        table: FrameT = equity_table(drawn, level=level, like=careers)
        return table

    def contribution(self, careers: FrameT, *, margin: float) -> FrameT:
        """Mean monthly contribution of a customer on each rung: margin times the mean of `value`.

        The month of entry is left out: the first purchase is in the past for every customer on a rung, and would count
        as the monthly contribution of a trial buyer.

        Returns:
            rung, lapsed (where careers have the flag), months (of customers there), contribution.
        """
        table: FrameT = mean_contribution(self, careers, margin=margin)
        return table

    def _scenarios(
        self, careers: Any, scenarios: Sequence[Scenario], *, origin: Any, **terms: Any
    ) -> list[tuple[str, ScenarioDraws]]:
        names = [scenario.name for scenario in scenarios]
        if not names or len(set(names)) < len(names):
            raise DataError.because(
                f"scenarios need names of their own, at least one, got {names}.",
                hint='kk.Scenario(name="as now"), kk.Scenario(name="a club", shifts=[...]).',
            )
        seen = self.seen(careers, origin=origin)
        return [(scenario.name, draw_scenario(self, seen, scenario, **terms)) for scenario in scenarios]
