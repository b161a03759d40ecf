"""Movement between latent states: states, transitions, effects of contacts, values."""

from typing import Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.arguments import FINITE, LEVEL, is_number
from kundkarriar.arrays import Array
from kundkarriar.engines.frame_kinds import OwnFrame
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.ladder.hidden.hidden_forecast import HiddenForecast
from kundkarriar.ladder.hidden.purchase_panel import careers_with_contacts
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.movement.drawn_movement import Rewards, monthly_discount_factor, with_interval
from kundkarriar.ladder.movement.state_columns import step_columns
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.numerics.optimize.model_comparison import bic


class HiddenMovement(HiddenForecast):
    """Reports of a hidden Markov model; a final class holds its parameters: see `FittedHiddenLadder`."""

    __slots__ = ()

    steps: Array
    log_likelihoods: tuple[tuple[int, int, float], ...]
    judged: tuple[tuple[int, float], ...]
    n_months: int

    @property
    def boundary(self) -> str | None:
        """A sentence if the data fit a single state as well; else None."""
        table, count = self._choices(), len(self.names)
        bic_of = dict(zip(table["states"].tolist(), table["bic"].tolist(), strict=True))
        judged = dict(self.judged)
        held_out = bool(judged) and max(judged, key=lambda each: judged[each]) == 1
        if bic_of[1] <= bic_of[count] or held_out:
            return (
                f"One state tells of these purchases as well as {count} do (BIC {bic_of[1]:.1f} against "
                f"{bic_of[count]:.1f}): "
                "the months are as those of customers who are all alike, and the states mean nothing."
            )
        return None

    def states(self, *, level: float = 0.9) -> OwnFrame:
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
        return new_frame(
            {
                "rung": list(self.names),
                "purchases": m,
                "low": m * np.exp(-half_width),
                "high": m * np.exp(half_width),
                "p_purchase": self.p_purchase,
                "share": self.visits,
            },
            like=self._like,
        )

    def choices(self) -> OwnFrame:
        """Choice of the number of states: states, parameters, log_likelihood, bic, log_evidence, chosen.

        `log_evidence` is the mean log-likelihood of a held-out customer where the number was "auto"; else missing.
        """
        return new_frame(self._choices(), like=self._like)

    def _choices(self) -> dict[str, Array]:
        """The columns of `choices`."""
        judged, fitted = dict(self.judged), {s: (k, value) for s, k, value in self.log_likelihoods}
        rows = []
        for count in sorted({*judged, *fitted}):
            k, value = fitted.get(count, (np.nan, np.nan))
            criterion = bic(value, parameters=k, n=self.n_months)
            rows.append((count, k, value, criterion, judged.get(count, np.nan), count == len(self.names)))
        names = ("states", "parameters", "log_likelihood", "bic", "log_evidence", "chosen")
        return {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}

    def transitions(self, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> OwnFrame:
        """Monthly transition probabilities from each state, averaged over the contacts of customers in it.

        Returns:
            from, to, steps (expected number among the months seen), probability, low, high.
        """
        p, low, high = with_interval(self, lambda chains: chains.P.ravel(), level=level, draws=draws, seed=seed)
        like, steps = self._like, self.steps.ravel()
        columns = {"steps": steps, "probability": p, "low": low, "high": high}
        return new_frame({**step_columns(self.state_labels, like=like), **columns}, like=like)

    def effects(self, *, level: float = 0.9) -> OwnFrame:
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
                hint='kk.HiddenLadder(contacts=("mails",)).fit(history, contacts=frame).',
            )
        std_error = self.unconstrained.parts(np.sqrt(np.diag(self.covariance)))["rho"]
        effect, error = self.chain.rho.T.ravel(), (std_error / self.scale).T.ravel()
        half_width = _standard_errors(level) * error
        return new_frame(
            {
                "contact": [name for name in self.contacts for _ in self.names],
                "from": list(self.names) * len(self.contacts),
                "effect": effect,
                "std_error": error,
                "low": effect - half_width,
                "high": effect + half_width,
                "odds": np.exp(effect),
            },
            like=self._like,
        )

    def place(self, history: FrameT | LadderHistory[FrameT], *, origin: Any = None) -> FrameT:
        """Probabilities of each customer's state, given the rows up to `origin`.

        Returns:
            customer_id, rung (the most probable state), and p_<name> of each state; they sum to 1.
        """
        careers, origin = careers_with_contacts(history, origin, contacts=self.contacts)
        seen = self.seen(careers, origin=origin)
        p = self.filtered(seen)
        columns = {f"p_{name}": p[:, at] for at, name in enumerate(self.names)}
        rung = text_column(self.names, p.argmax(axis=1), like=careers)
        return new_frame({"customer_id": seen.months.customers, "rung": rung, **columns}, like=careers)

    def value(
        self, *, contribution: Any, discount_rate: float, level: float = 0.9, draws: int = 200, seed: int = 1
    ) -> OwnFrame:
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

    def customer_value(
        self,
        history: FrameT | LadderHistory[FrameT],
        *,
        contribution: Any,
        discount_rate: float,
        origin: Any = None,
    ) -> FrameT:
        """Value of each customer: the values of the states, weighted by the probabilities of the states.

        Returns:
            customer_id, value.
        """
        careers, origin = careers_with_contacts(history, origin, contacts=self.contacts)
        seen, (chain,) = self.seen(careers, origin=origin), self.estimates
        V = chain.values(self._rewards(contribution)(chain), beta=monthly_discount_factor(discount_rate))
        value = self.filtered(seen) @ chain.averaged(V)
        return new_frame({"customer_id": seen.months.customers, "value": value}, like=careers)

    def first_passage(self, rung: str, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> OwnFrame:
        """Probability of ever reaching a state, and expected months until then.

        Returns:
            rung, probability (of ever reaching it), low, high, months (expected, given that it is reached), months_low,
            months_high.
        """
        return new_frame(self._first_passage(rung, level=level, draws=draws, seed=seed), like=self._like)

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
