"""A fitted hidden ladder: which state each customer is in, where they go, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, field, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame, text_column
from kundkarriar.ladder.hidden import calibration as hidden_calibration
from kundkarriar.ladder.hidden import tables as hidden_tables
from kundkarriar.ladder.hidden import value as hidden_value
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.ladder.movement.forecast_origin import months_ahead, origin_month
from kundkarriar.numerics.hmm.emissions import log_zero
from kundkarriar.numerics.hmm.forward_backward import forward
from kundkarriar.numerics.hmm.parameters import HiddenChain, tables
from kundkarriar.numerics.hmm.posterior import HiddenPosterior, usual_moves
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.stored import SCHEMA, fields_of, part_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT

    Array = NDArray[np.float64]

ARRAYS = ("covariance", "scale", "usual", "usual_share", "steps", "visits")
FIELDS = (
    *("spec", "names", "chain", "opened", *ARRAYS),
    *("log_likelihoods", "judged", "n_customers", "n_months", "until"),
)


def _floats(given: Any) -> Array:
    return np.asarray(given, dtype=np.float64)


@frozen(kw_only=True, eq=False)
class FittedHiddenLadder:
    """Hidden states learnt: what customers in each buy, how they move, and what contacts have to do with it.

    Attributes:
        spec: how it was learnt.
        names: of the states, from those who buy least.
        chain: first states, moves, effects of one more of each contact, and purchases.
        covariance: of the coordinates of the search, (k, k).
        scale: standard deviations of the contacts, (C,).
        usual: sets of contacts that customers had in a month, (A, C).
        usual_share: share of the months of each state that came after each set, (S, A).
        opened: whether customers became known by a purchase, so that their first month has one for certain.
        steps: expected steps from each state to each, (S, S).
        visits: share of the months spent in each state, (S,).
        log_likelihoods: (states, parameters, log-likelihood) of one state and of those fitted.
        judged: (states, mean log evidence of a held-out customer); empty where the number was given.
        n_customers: careers seen.
        n_months: their months.
        until: the last month seen, counted from 1970-01.

    >>> import kundkarriar as kk
    >>> careers = kk.CustomerLadder.groups().careers(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> movement = kk.HiddenLadder(states=2, starts=1).fit(careers)
    >>> movement.transitions()[["from", "to", "probability"]].round(3).tail(2)
          from       to  probability
    2  state 2  state 1        0.088
    3  state 2  state 2        0.912
    """

    spec: Any
    names: tuple[str, ...]
    chain: HiddenChain
    covariance: Array = field(converter=_floats)
    scale: Array = field(converter=_floats)
    usual: Array = field(converter=_floats)
    usual_share: Array = field(converter=_floats)
    opened: bool
    steps: Array = field(converter=_floats)
    visits: Array = field(converter=_floats)
    log_likelihoods: tuple[tuple[int, int, float], ...]
    judged: tuple[tuple[int, float], ...]
    n_customers: int
    n_months: int
    until: int

    @property
    def boundary(self) -> str | None:
        """None, or a sentence that the data do not tell the states apart."""
        return hidden_tables.boundary(self)

    @property
    def moves(self) -> Array:
        """Transition probabilities under the usual contacts, (S, S)."""
        return usual_moves(self.chain, a=self.usual, share=self.usual_share)

    def states(self, *, level: float = 0.9) -> pd.DataFrame:
        """The states: what a customer in each buys in a month.

        Returns:
            rung, purchases (mean), low, high, p_purchase (of at least one), share (of all months seen).
        """
        return hidden_tables.states(self, level=level)

    def choices(self) -> pd.DataFrame:
        """How many states the data ask for: states, parameters, log_likelihood, bic, log_evidence, chosen.

        `log_evidence` is the mean of a held-out customer, where the number was "auto"; else missing.
        """
        return hidden_tables.choices(self)

    def transitions(self, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Where customers go in a month from each state, with the contacts they used to have.

        Returns:
            from, to, steps (expected, of those seen), probability, low, high.
        """
        return hidden_tables.transitions(self, level=level, draws=draws, seed=as_seed(seed))

    def effects(self, *, level: float = 0.9) -> pd.DataFrame:
        """What goes with one more of each contact: customers move up (above 0) or down from each state.

        As observed: contacts were not randomised, and the effect holds why a customer was contacted too.

        Returns:
            contact, from, effect (on the logit of standing higher next month), std_error, low, high, odds (exp(effect):
            what one more contact multiplies the odds of standing higher by).

        Raises:
            DataError: no contacts were given.
        """
        return hidden_tables.effects(self, level=level)

    def place(self, careers: FrameT, *, origin: Any = None) -> FrameT:
        """The state each customer is in, judged by their rows up to `origin`.

        Returns:
            customer_id, rung (the most probable state), and p_<name> of each state: probabilities that sum to 1.
        """
        seen = self.seen(careers, origin=origin)
        p = self.filtered(seen)
        columns = {f"p_{name}": p[:, at] for at, name in enumerate(self.names)}
        rung = text_column(self.names, p.argmax(axis=1), like=careers)
        return new_frame({"customer_id": seen.months.customers, "rung": rung, **columns}, like=careers)

    def forecast(
        self,
        careers: FrameT,
        *,
        origin: Any = None,
        horizon: int = 6,
        contacts: Mapping[str, float] | None = None,
    ) -> FrameT:
        """Where each customer will stand in each of the next months.

        The state is judged by rows up to `origin` alone: later rows change nothing.

        Args:
            careers: as those it was fitted to; customers may be new.
            origin: a date in the last month that is known; None: the last complete month of the careers.
            horizon: months ahead.
            contacts: of the coming months, the same for all: {"mails": 2}. The origin's own are in the careers and
                move the first step; None: the usual ones.

        Returns:
            A row for each customer, month ahead (1, 2, ...) and state: customer_id, ahead, rung, probability.

        Raises:
            DataError: as the panel of careers; an origin outside the careers; contacts that were not learnt.
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
        self,
        careers: FrameT,
        *,
        origin: Any = None,
        horizon: int = 6,
        contacts: Mapping[str, float] | None = None,
    ) -> FrameT:
        """What each customer will buy in each of the next months.

        Args:
            careers: as for `forecast`, and so the others.
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

    def calibration(self, careers: FrameT, *, origin: Any, horizon: int = 6) -> FrameT:
        """Would it have been right? Learnt anew from rows up to `origin`, and held against the months after it.

        Rules: "hidden"; "one state" (all customers alike); "own rate" (each buys at a rate of their own and never
        moves); "last month again" (with the share of customers who bought as much so long before).

        Returns:
            A row for each month ahead and rule: ahead, rule, customers, log_loss (of the number of purchases), brier
            (of buying at all), expected and actual (mean purchases).

        Raises:
            DataError: as the panel; or nothing lies after the origin.
        """
        months_ahead(horizon)
        found: FrameT = hidden_calibration.scores(self.spec, careers, origin=origin, horizon=horizon)
        return found

    def value(
        self,
        *,
        contribution: Any,
        discount_rate: float,
        level: float = 0.9,
        draws: int = 200,
        seed: int = 1,
    ) -> pd.DataFrame:
        """What a customer in each state is worth, without end: contribution, discounted, wherever they go from there.

        Args:
            contribution: money a month in each state, net of costs, as {"dormant": 0, "active": 12}; or one number, the
                money that a purchase brings.
            discount_rate: yearly and effective, above 0.
            level: of the interval.
            draws: of the parameters.
            seed: of the draws.

        Returns:
            rung, contribution, value, low, high, and retention_value: value less that of the lowest state.
        """
        return hidden_value.values(
            self, contribution=contribution, discount_rate=discount_rate, level=level, draws=draws, seed=as_seed(seed)
        )

    def customer_value(self, careers: FrameT, *, contribution: Any, discount_rate: float, origin: Any = None) -> FrameT:
        """What each customer is worth: the values of the states, weighed by where they may be.

        Returns:
            customer_id, value.
        """
        seen = self.seen(careers, origin=origin)
        worth = hidden_value.worth(self, contribution=contribution, discount_rate=discount_rate)
        return new_frame({"customer_id": seen.months.customers, "value": self.filtered(seen) @ worth}, like=careers)

    def time_to(self, rung: str, *, level: float = 0.9, draws: int = 200, seed: int = 1) -> pd.DataFrame:
        """Who ever reaches a state, and after how long if they do.

        Returns:
            rung, probability (of ever reaching it), low, high, months (expected, given that it is reached), months_low,
            months_high.
        """
        return hidden_value.time_to(self, rung, level=level, draws=draws, seed=as_seed(seed))

    def seen(self, careers: Any, *, origin: Any) -> PurchasePanel:
        """The careers up to the origin, of the customers who were there."""
        panel = read_purchases(careers, contacts=self.spec.contacts)
        return panel.until(origin_month(panel.months, origin))

    def filtered(self, seen: PurchasePanel) -> Array:
        """Probabilities of each state in the panel's last month, (n, S)."""
        paths, which = seen.paths(opened=self.opened, scale=np.ones(len(self.scale)))
        given = tables(self.chain, y=paths.y, a=paths.a, opened=self.opened)
        return forward(paths, given).last(paths)[which]

    def ahead(self, seen: PurchasePanel, *, horizon: int, contacts: Mapping[str, float] | None = None) -> Array:
        """Probabilities of each state 1, ..., `horizon` months after the panel's end, (n, horizon, S)."""
        here = self.filtered(seen)
        later = self.moves if contacts is None else self.chain.P(self._given(contacts))[0]
        forecast = np.empty((len(here), horizon, len(self.names)))
        last, which = np.unique(seen.a[seen.months.start[1:] - 1], axis=0, return_inverse=True)
        for step in range(horizon):
            if step == 0 and self.spec.contacts:
                here = np.einsum("ni,nij->nj", here, self.chain.P(last)[which.reshape(-1)])
            else:
                here = here @ later
            forecast[:, step] = here
        return forecast

    @property
    def p_purchase(self) -> Array:
        """Probability of at least one purchase in a month in each state, (S,)."""
        return np.asarray(-np.expm1(log_zero(m=self.chain.m, k=self.chain.k)))

    def drawn(self, *, draws: int, seed: int) -> list[HiddenChain]:
        """Chains drawn from their posterior."""
        posterior = HiddenPosterior(
            chain=self.chain,
            coordinates=self.spec.coordinates(len(self.names)),
            covariance=self.covariance,
            scale=self.scale,
            centre=self.visits @ self.usual_share @ self.usual,
        )
        return posterior.drawn(draws, np.random.default_rng(seed))

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        sizes = {"k": None if np.isinf(self.chain.k).all() else self.chain.k.tolist()}
        return {
            "schema": SCHEMA,
            "type": "FittedHiddenLadder",
            "spec": self.spec.to_dict(),
            "names": list(self.names),
            "chain": {name: part.tolist() for name, part in asdict(self.chain, recurse=False).items()} | sizes,
            "opened": self.opened,
            **{name: getattr(self, name).tolist() for name in ARRAYS},
            "log_likelihoods": [list(each) for each in self.log_likelihoods],
            "judged": [list(each) for each in self.judged],
            "n_customers": self.n_customers,
            "n_months": self.n_months,
            "until": self.until,
        }

    @classmethod
    @reading("FittedHiddenLadder")
    def from_dict(cls, stored: Mapping[str, Any]) -> FittedHiddenLadder:
        """The fitted ladder that `to_dict` stored."""
        from kundkarriar.ladder.hidden.hidden_ladder import HiddenLadder  # noqa: PLC0415 - the spec makes the fitted

        given = fields_of(stored, kind="FittedHiddenLadder", names=FIELDS)
        part = part_of(given["chain"], kind="hidden chain", names=("initial", "mu", "rho", "m", "k"))
        k = np.full(len(part["m"]), np.inf) if part["k"] is None else part["k"]
        return cls(
            **given
            | {
                "spec": HiddenLadder.from_dict(given["spec"]),
                "names": tuple(str(name) for name in given["names"]),
                "chain": HiddenChain(**part | {"k": k}),
                "log_likelihoods": tuple((int(s), int(k), float(each)) for s, k, each in given["log_likelihoods"]),
                "judged": tuple((int(count), float(each)) for count, each in given["judged"]),
            }
        )

    def equals(self, other: Any) -> bool:
        """Whether `other` is the same ladder."""
        return isinstance(other, FittedHiddenLadder) and self.to_dict() == other.to_dict()

    def _given(self, contacts: Mapping[str, float]) -> Array:
        """The contacts of a month, as one set, (1, C)."""
        if set(contacts) != set(self.spec.contacts):
            raise DataError.because(
                f"`contacts` names {sorted(contacts)}, and the ladder was fitted with {sorted(self.spec.contacts)}.",
                hint="give the number a month of each, or leave `contacts` out for the usual ones.",
            )
        return np.array([[float(contacts[name]) for name in self.spec.contacts]])


def _steps_ahead(seen: PurchasePanel, *, repeat: int, horizon: int) -> dict[str, Any]:
    """The customer and the month ahead of each row; each pair `repeat` times."""
    customer = np.repeat(np.arange(len(seen)), horizon * repeat)
    return {
        "customer_id": seen.months.customers[customer.tolist()],
        "ahead": np.tile(np.repeat(np.arange(1, horizon + 1), repeat), len(seen)),
    }
