"""What movement is worth: money on rungs and steps, and scenarios of the coming months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kundkarriar.errors import DataError
from kundkarriar.ladder.movement import rung_value
from kundkarriar.ladder.movement.scenario import Projected, Scenario, projected
from kundkarriar.ladder.movement.scenario import equity as scenario_equity
from kundkarriar.ladder.movement.scenario import monthly as scenario_months
from kundkarriar.numerics.sampling.seed import as_seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT
    from kundkarriar.ladder.career_panel import CareerPanel, State
    from kundkarriar.numerics.markov.em import Mixture, StepCounts


class ValuedMovement:
    """What every movement by chains can say of money; the final classes hold the chains.

    Attributes:
        states: of the chains.
        members: mixtures of chains, averaged.
        visits: for each member, which chains the customers seen in each state follow, (members, S, K).
    """

    __slots__ = ()

    states: tuple[State, ...]
    members: tuple[Mixture, ...]
    visits: tuple[NDArray[np.float64], ...]

    def seen(self, careers: Any, *, origin: Any) -> CareerPanel:
        """The careers up to a month, of the customers who were there."""
        raise NotImplementedError

    def counts(self, seen: CareerPanel, customers: Any) -> StepCounts:
        """Steps of a panel with the columns of its customers."""
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
        """What a customer on each rung is worth, without end: contribution, discounted, wherever they go from there.

        The present month counts whole; the months after it are discounted.

        A rung is valued chain by chain and averaged over those who stand on it: on average supporters move by other
        chains than the lapsed do.

        Args:
            contribution: money a month on each rung, net of costs: a mapping by rung (the lapsed of a rung then bring
                nothing), or a frame with rung, lapsed (where careers have the flag) and contribution, as from
                `contribution`.
            discount_rate: yearly and effective, above 0.
            lost: the rung of customers who are gone; where careers have the flag, the lapsed of the same rung.
            level: of the interval.
            draws: of the chains from their posterior.
            seed: of the draws.

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
            seed=as_seed(seed),
        )

    def steps_up(
        self, *, contribution: Any, discount_rate: float, level: float = 0.9, draws: int = 200, seed: int = 1
    ) -> pd.DataFrame:
        """What a step to the next rung is worth, and what one more percent of promotion is.

        Returns:
            rung, lapsed (where careers have the flag), next (the rung above), step_value (value there less value here,
            of those who stand here), low, high, and percent_value: what each customer here gains where every month one
            in a hundred more takes the step instead of staying, for good.
        """
        return rung_value.steps_up(
            self,
            contribution=contribution,
            discount_rate=discount_rate,
            level=level,
            draws=draws,
            seed=as_seed(seed),
        )

    def time_to(self, rung: str, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Who ever reaches a rung, and after how long if they do.

        Returns:
            rung, lapsed (where careers have the flag), probability (of ever reaching it), low, high, months (expected,
            given that it is reached; without that they would be infinite wherever the probability is below 1).
        """
        return rung_value.time_to(self, rung, level=level, draws=draws, seed=as_seed(seed))

    def steady_state(self) -> pd.DataFrame:
        """Where today's customers would stand in the end, nobody joining: rung, lapsed (with the flag), share."""
        return rung_value.steady(self)

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

        Supporters feed prospects: who is brought along joins a month later, moves like a newcomer, and may bring others
        along. Chains are drawn from their posterior, the same for every scenario; customers move as expected.

        Args:
            careers: as `forecast`.
            scenarios: `kk.Scenario`s, the one that the others are compared with first.
            contribution: as `value`.
            discount_rate: yearly and effective.
            periods: months.
            origin: as `forecast`.
            customers: as `forecast`.
            level: of the intervals.
            draws: of the chains.
            seed: of the draws.

        Returns:
            scenario, ahead (0: today), customers, customers_low, customers_high, newcomers, referred (among them),
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
            seed=as_seed(seed),
        )
        found: FrameT = scenario_months(drawn, level=level, like=careers)
        return found

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
        """Customer equity over this month and `periods` more, each krona once: of today's customers and who joins.

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
            seed=as_seed(seed),
        )
        found: FrameT = scenario_equity(drawn, level=level, like=careers)
        return found

    def contribution(self, careers: FrameT, *, margin: float) -> FrameT:
        """What a customer on each rung brought in a month, on average: margin times the mean of `value`.

        The month in which a customer began is left out: the first purchase is behind everyone who stands on a rung, and
        with it a trial buyer would seem to bring, every month, what is brought once.

        Returns:
            rung, lapsed (where careers have the flag), months (of customers there), contribution.
        """
        found: FrameT = rung_value.contribution(self, careers, margin=margin)
        return found

    def _scenarios(
        self, careers: Any, scenarios: Sequence[Scenario], *, origin: Any, **terms: Any
    ) -> list[tuple[str, Projected]]:
        names = [scenario.name for scenario in scenarios]
        if not names or len(set(names)) < len(names):
            raise DataError.because(
                f"scenarios need names of their own, at least one, got {names}.",
                hint='kk.Scenario(name="as now"), kk.Scenario(name="a club", shifts=[...]).',
            )
        seen = self.seen(careers, origin=origin)
        return [(scenario.name, projected(self, seen, scenario, **terms)) for scenario in scenarios]
