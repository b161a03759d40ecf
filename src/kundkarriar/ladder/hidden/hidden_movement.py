"""Movement between latent states: states, transitions, forecasts, purchases, effects of contacts, values."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from kundkarriar.arguments import DRAWS, FINITE, LEVEL, is_number, read_object, read_seed, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.ladder.movement.drawn_movement import (
    DrawnMovement,
    FollowedChains,
    Rewards,
    monthly_discount_factor,
    with_interval,
)
from kundkarriar.ladder.movement.origin_month import MONTHS_AHEAD, origin_month
from kundkarriar.ladder.movement.state_columns import ahead_columns, forecast_columns, step_columns
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.numerics.hmm.emissions import NONE, log_counts
from kundkarriar.numerics.hmm.forward_backward import forward
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, UnconstrainedHMM, probability_tables
from kundkarriar.numerics.hmm.posterior import HMMPosterior, mean_transitions
from kundkarriar.numerics.optimize.model_comparison import bic


class HiddenMovement(DrawnMovement):
    """Reports of a hidden Markov model; a final class holds its parameters: see `FittedHiddenLadder`."""

    __slots__ = ()

    names: tuple[str, ...]
    chain: HiddenMarkovModel
    covariance: Array
    scale: Array
    usual: Array
    usual_share: Array
    opened: bool
    steps: Array
    visits: Array
    log_likelihoods: tuple[tuple[int, int, float], ...]
    judged: tuple[tuple[int, float], ...]
    n_months: int

    @property
    def contacts(self) -> tuple[str, ...]:
        """Names of the C columns of contacts."""
        raise NotImplementedError

    @property
    def unconstrained(self) -> UnconstrainedHMM:
        """The unconstrained parameters that `covariance` is of."""
        raise NotImplementedError

    @property
    def state_labels(self) -> tuple[State, ...]:
        """The latent states as states of a movement."""
        return tuple(State(rung=name) for name in self.names)

    @property
    def moves(self) -> Array:
        """Transition probabilities averaged over the usual contacts, (S, S)."""
        return mean_transitions(self.chain, a=self.usual, share=self.usual_share)

    @property
    def p_purchase(self) -> Array:
        """Probability of at least one purchase in a month in each state, (S,)."""
        return np.asarray(-np.expm1(log_counts(NONE, m=self.chain.m, k=self.chain.k)))

    @property
    def estimates(self) -> list[FollowedChains]:
        """The chain of the estimate, averaged over the usual contacts."""
        return [self._followed(self.chain)]

    def drawn(self, *, draws: int, seed: Any) -> list[FollowedChains]:
        """Draws of the chain from its posterior, averaged over the usual contacts."""
        posterior = HMMPosterior(
            model=self.chain,
            unconstrained=self.unconstrained,
            covariance=self.covariance,
            scale=self.scale,
            centre=self.visits @ self.usual_share @ self.usual,
        )
        models = posterior.draw(DRAWS.read(draws, "draws"), np.random.default_rng(read_seed(seed)))
        return [self._followed(model) for model in models]

    def _followed(self, model: HiddenMarkovModel) -> FollowedChains:
        P = mean_transitions(model, a=self.usual, share=self.usual_share)
        return FollowedChains(P=P[None], shares=np.ones((len(P), 1)), purchases=model.m)

    def seen(self, careers: Any, *, origin: Any) -> PurchasePanel:
        """The careers up to the origin, of the customers known by then."""
        panel = read_purchases(careers, contacts=self.contacts)
        return panel.until(origin_month(panel.months, origin))

    def filtered(self, seen: PurchasePanel) -> Array:
        """Filtered probabilities of each state in the last month of the panel, (n, S)."""
        seen = read_object(
            seen,
            "seen",
            kind=PurchasePanel,
            law="a panel of careers",
            hint="movement.seen(careers, origin=None) gives it.",
        )
        sequences, which = seen.sequences(opened=self.opened, scale=np.ones(len(self.scale)))
        given = probability_tables(self.chain, y=sequences.y, a=sequences.a, opened=self.opened)
        return forward(sequences, given).last(sequences)[which]

    def ahead(self, seen: PurchasePanel, *, horizon: int, contacts: Mapping[str, float] | None = None) -> Array:
        """Probabilities of each state 1, ..., `horizon` months after the end of the panel, (n, horizon, S)."""
        months = MONTHS_AHEAD.read(horizon, "horizon")
        later = self.moves if contacts is None else self.chain.P(self._given(contacts))[0]
        p = self.filtered(seen)
        forecast = np.empty((len(p), months, len(self.names)))
        last, which = np.unique(seen.a[seen.months.start[1:] - 1], axis=0, return_inverse=True)
        for step in range(months):
            if step == 0 and self.contacts:
                p = np.einsum("ni,nij->nj", p, self.chain.P(last)[which.reshape(-1)])
            else:
                p = p @ later
            forecast[:, step] = p
        return forecast

    def _given(self, contacts: Any) -> Array:
        """The contacts of a month as an array, (1, C)."""
        hint = "give the number a month of each, or leave `contacts` out for the usual ones."
        if not isinstance(contacts, Mapping) or set(contacts) != set(self.contacts):
            raise refusal(contacts, "contacts", law=f"numbers by name, of {[*self.contacts]}", hint=hint)
        return np.array([[FINITE.read(contacts[name], f"contacts[{name!r}]", hint=hint) for name in self.contacts]])

    @property
    def boundary(self) -> str | None:
        """A sentence if the data fit a single state as well; else None."""
        table, count = self.choices(), len(self.names)
        bic_of = dict(zip(table["states"], table["bic"], strict=True))
        judged = dict(self.judged)
        held_out = bool(judged) and max(judged, key=lambda each: judged[each]) == 1
        if bic_of[1] <= bic_of[count] or held_out:
            return (
                f"One state tells of these purchases as well as {count} do (BIC {bic_of[1]:.1f} against "
                f"{bic_of[count]:.1f}): "
                "the months are as those of customers who are all alike, and the states mean nothing."
            )
        return None

    def states(self, *, level: float = 0.9) -> pd.DataFrame:
        """The states: monthly purchases of a customer in each.

        Returns:
            rung, purchases (mean), low, high, p_purchase (of at least one), share (of all months seen).
        """
        S, m, unconstrained = len(self.names), self.chain.m, self.unconstrained
        where = unconstrained.parts(np.arange(len(unconstrained), dtype=np.float64))["m"].astype(np.int64)
        # ln m is the sum of the first and of the gaps, whose logs are unconstrained
        jacobian = np.tril(np.ones((S, S))) * np.concatenate([[1.0], np.diff(np.log(m))])
        error = np.sqrt(np.einsum("sk,kl,sl->s", jacobian, self.covariance[np.ix_(where, where)], jacobian))
        half_width = _standard_errors(level) * error
        return pd.DataFrame(
            {
                "rung": list(self.names),
                "purchases": m,
                "low": m * np.exp(-half_width),
                "high": m * np.exp(half_width),
                "p_purchase": self.p_purchase,
                "share": self.visits,
            },
        )

    def choices(self) -> pd.DataFrame:
        """Choice of the number of states: states, parameters, log_likelihood, bic, log_evidence, chosen.

        `log_evidence` is the mean log-likelihood of a held-out customer where the number was "auto"; else missing.
        """
        judged, fitted = dict(self.judged), {s: (k, value) for s, k, value in self.log_likelihoods}
        rows = []
        for count in sorted({*judged, *fitted}):
            k, value = fitted.get(count, (np.nan, np.nan))
            criterion = bic(value, parameters=k, n=self.n_months)
            rows.append((count, k, value, criterion, judged.get(count, np.nan), count == len(self.names)))
        columns = ["states", "parameters", "log_likelihood", "bic", "log_evidence", "chosen"]
        return pd.DataFrame(rows, columns=columns)

    def transitions(self, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Monthly transition probabilities from each state, averaged over the contacts of customers in it.

        Returns:
            from, to, steps (expected number among the months seen), probability, low, high.
        """
        p, low, high = with_interval(self, lambda chains: chains.P.ravel(), level=level, draws=draws, seed=seed)
        return pd.DataFrame(
            {**step_columns(self.state_labels), "steps": self.steps.ravel(), "probability": p, "low": low, "high": high}
        )

    def effects(self, *, level: float = 0.9) -> pd.DataFrame:
        """Effects of one more of each contact on the next state: up (above 0) or down, from each state.

        Observational: contacts were not randomised, and the effect includes the reason why a customer was contacted.

        Returns:
            contact, from, effect (on the logit of a higher state next month), std_error, low, high, odds (exp(effect),
            the odds ratio of a higher state for one more contact).

        Raises:
            DataError: no contacts were given.
        """
        if not self.contacts:
            raise DataError.because(
                "the hidden ladder was fitted without contacts, and knows no effects.",
                hint='kk.HiddenLadder(contacts=("mails",)).fit(careers), with a column `mails`.',
            )
        std_error = self.unconstrained.parts(np.sqrt(np.diag(self.covariance)))["rho"]
        effect, error = self.chain.rho.T.ravel(), (std_error / self.scale).T.ravel()
        half_width = _standard_errors(level) * error
        return pd.DataFrame(
            {
                "contact": [name for name in self.contacts for _ in self.names],
                "from": list(self.names) * len(self.contacts),
                "effect": effect,
                "std_error": error,
                "low": effect - half_width,
                "high": effect + half_width,
                "odds": np.exp(effect),
            }
        )

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
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, horizon=horizon, contacts=contacts)
        return new_frame(forecast_columns(seen.months.customers, p, self.state_labels, like=careers), like=careers)

    def purchases(
        self, careers: FrameT, *, origin: Any = None, horizon: int = 6, contacts: Mapping[str, float] | None = None
    ) -> FrameT:
        """Expected purchases of each customer in each of the next months.

        Args: as `forecast`.

        Returns:
            customer_id, ahead, expected_purchases, p_purchase (of at least one).
        """
        seen = self.seen(careers, origin=origin)
        p = self.ahead(seen, horizon=horizon, contacts=contacts)
        columns = {
            **ahead_columns(seen.months.customers, horizon=p.shape[1]),
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
        lowest = np.zeros(len(self.names), dtype=np.int64)
        return self._value_table(
            self._rewards(contribution), discount_rate=discount_rate, lost=lowest, level=level, draws=draws, seed=seed
        )

    def customer_value(self, careers: FrameT, *, contribution: Any, discount_rate: float, origin: Any = None) -> FrameT:
        """Value of each customer: the values of the states, weighted by the probabilities of the states.

        Returns:
            customer_id, value.
        """
        seen, (chain,) = self.seen(careers, origin=origin), self.estimates
        V = chain.values(self._rewards(contribution)(chain), beta=monthly_discount_factor(discount_rate))
        value = self.filtered(seen) @ chain.averaged(V)
        return new_frame({"customer_id": seen.months.customers, "value": value}, like=careers)

    def time_to(self, rung: str, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Probability of ever reaching a state, and expected months until then.

        Returns:
            rung, probability (of ever reaching it), low, high, months (expected, given that it is reached), months_low,
            months_high.
        """
        return self._first_passage_table(rung, level=level, draws=draws, seed=seed)

    def _rewards(self, contribution: Any) -> Rewards:
        """Contribution of each state, (S,): as given by state, or that of a purchase times the purchases there."""
        if is_number(contribution):
            per_purchase = FINITE.read(contribution, "contribution")
            return lambda chain: per_purchase * chain.purchases
        R: Array = contribution_by_state(self.state_labels, contribution)
        return lambda _: R


def _standard_errors(level: float) -> float:
    """Number of standard errors on each side of an interval."""
    return float(ndtri((1 + LEVEL.read(level, "level")) / 2))
