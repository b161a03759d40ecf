"""Movement between latent states: states, transitions, forecasts, purchases, effects of contacts, values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arguments import read_seed
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.ladder.hidden import tables as hidden_tables
from kundkarriar.ladder.hidden import value as hidden_value
from kundkarriar.ladder.hidden.hidden_estimate import HiddenEstimate
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel
from kundkarriar.ladder.movement.origin_month import months_ahead


class HiddenMovement(HiddenEstimate):
    """Reports of a hidden Markov model; a final class holds its estimates."""

    __slots__ = ()

    @property
    def boundary(self) -> str | None:
        """A sentence if the data fit a single state as well; else None."""
        return hidden_tables.boundary(self)

    def states(self, *, level: float = 0.9) -> pd.DataFrame:
        """The states: monthly purchases of a customer in each.

        Returns:
            rung, purchases (mean), low, high, p_purchase (of at least one), share (of all months seen).
        """
        return hidden_tables.states(self, level=level)

    def choices(self) -> pd.DataFrame:
        """Choice of the number of states: states, parameters, log_likelihood, bic, log_evidence, chosen.

        `log_evidence` is the mean log-likelihood of a held-out customer where the number was "auto"; else missing.
        """
        return hidden_tables.choices(self)

    def transitions(self, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Monthly transition probabilities from each state, averaged over the contacts of customers in it.

        Returns:
            from, to, steps (expected number among the months seen), probability, low, high.
        """
        return hidden_tables.transitions(self, level=level, draws=draws, seed=read_seed(seed))

    def effects(self, *, level: float = 0.9) -> pd.DataFrame:
        """Effects of one more of each contact on the next state: up (above 0) or down, from each state.

        Observational: contacts were not randomised, and the effect includes the reason why a customer was contacted.

        Returns:
            contact, from, effect (on the logit of a higher state next month), std_error, low, high, odds (exp(effect),
            the odds ratio of a higher state for one more contact).

        Raises:
            DataError: no contacts were given.
        """
        return hidden_tables.effects(self, level=level)

    def place(self, careers: FrameT, *, origin: Any = None) -> FrameT:
        """Probabilities of each customer's state, given the rows up to `origin`.

        Returns:
            customer_id, rung (the most probable state), and p_<name> of each state; they sum to 1.
        """
        seen = self.seen(careers, origin=origin)
        p = self.filtered(seen)
        columns = {f"p_{name}": p[:, at] for at, name in enumerate(self.names)}
        rung = text_column(self.names, p.argmax(axis=1), like=careers)
        return new_frame({"customer_id": seen.months.customers, "rung": rung, **columns}, like=careers)

    def forecast(
        self, careers: FrameT, *, origin: Any = None, horizon: int = 6, contacts: Mapping[str, float] | None = None
    ) -> FrameT:
        """Probabilities of each customer's state in each of the next months.

        Only rows up to `origin` are used: later rows change nothing.

        Args:
            careers: as for the fit; customers may be new.
            origin: a date in the last known month; None: the last complete month of the careers.
            horizon: months ahead.
            contacts: per month after the origin, the same for all: {"mails": 2}. Those of the origin are in the careers
                and enter the first step. None: the usual ones.

        Returns:
            A row for each customer, month ahead (1, 2, ...) and state: customer_id, ahead, rung, probability.

        Raises:
            DataError: the careers are invalid; the origin lies outside them; contacts are unknown to the fit.
        """
        months_ahead(horizon)
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, horizon=horizon, contacts=contacts)
        n, h, S = p.shape
        columns = {
            **_steps_ahead(seen, repeat=S, horizon=h),
            "rung": text_column(self.names, np.tile(np.arange(S), n * h), like=careers),
            "probability": p.ravel(),
        }
        return new_frame(columns, like=careers)

    def purchases(
        self, careers: FrameT, *, origin: Any = None, horizon: int = 6, contacts: Mapping[str, float] | None = None
    ) -> FrameT:
        """Expected purchases of each customer in each of the next months.

        Args:
            careers: see `forecast`.
            origin: see `forecast`.
            horizon: see `forecast`.
            contacts: see `forecast`.

        Returns:
            customer_id, ahead, expected_purchases, p_purchase (of at least one).
        """
        months_ahead(horizon)
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, horizon=horizon, contacts=contacts)
        columns = {
            **_steps_ahead(seen, repeat=1, horizon=horizon),
            "expected_purchases": (p @ self.chain.m).ravel(),
            "p_purchase": (p @ self.p_purchase).ravel(),
        }
        return new_frame(columns, like=careers)

    def value(
        self, *, contribution: Any, discount_rate: float, level: float = 0.9, draws: int = 200, seed: int = 1
    ) -> pd.DataFrame:
        """Value of a customer in each state: expected discounted contribution over an infinite horizon.

        Args:
            contribution: monthly contribution in each state, net of costs, as {"dormant": 0, "active": 12}; or one
                number, the contribution of a purchase.
            discount_rate: yearly and effective, above 0.
            level: level of the intervals.
            draws: number of draws of the parameters from their posterior.
            seed: seed of the draws.

        Returns:
            rung, contribution, value, low, high, and retention_value: value less that of the lowest state.
        """
        return hidden_value.values(
            self, contribution=contribution, discount_rate=discount_rate, level=level, draws=draws, seed=read_seed(seed)
        )

    def customer_value(self, careers: FrameT, *, contribution: Any, discount_rate: float, origin: Any = None) -> FrameT:
        """Value of each customer: the values of the states, weighted by the probabilities of the states.

        Returns:
            customer_id, value.
        """
        seen = self.seen(careers, origin=origin)
        by_state = hidden_value.state_values(self, contribution=contribution, discount_rate=discount_rate)
        return new_frame({"customer_id": seen.months.customers, "value": self.filtered(seen) @ by_state}, like=careers)

    def time_to(self, rung: str, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Probability of ever reaching a state, and expected months until then.

        Returns:
            rung, probability (of ever reaching it), low, high, months (expected, given that it is reached), months_low,
            months_high.
        """
        return hidden_value.time_to(self, rung, level=level, draws=draws, seed=read_seed(seed))


def _steps_ahead(seen: PurchasePanel, *, repeat: int, horizon: int) -> dict[str, Any]:
    """Columns of the customer and the month ahead, each pair `repeat` times."""
    customer = np.repeat(np.arange(len(seen)), horizon * repeat)
    return {
        "customer_id": seen.months.customers[customer.tolist()],
        "ahead": np.tile(np.repeat(np.arange(1, horizon + 1), repeat), len(seen)),
    }
