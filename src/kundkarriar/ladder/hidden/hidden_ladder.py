"""Hidden Markov model of the customer relationship, with latent states as rungs: spec and fitted movement."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import COUNT_FROM_1, FINITE, SEED, Text, WholeNumber, read_names, read_object, refusal
from kundkarriar.arrays import Array
from kundkarriar.engines.frame_kinds import kind_field, kind_of_frame
from kundkarriar.errors import ConvergenceError, DataError, warn
from kundkarriar.fields import PARAMETER, Shaped, as_floats, instance_of
from kundkarriar.frames import FrameT
from kundkarriar.ladder.career_panel import MONTH
from kundkarriar.ladder.fitted_fields import BY_FIT, Covariance, as_tuple, refuse_disagreement, rows_of
from kundkarriar.ladder.hidden import calibration
from kundkarriar.ladder.hidden.hidden_movement import HiddenMovement
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, careers_with_contacts, read_purchases
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.numerics.hmm.em import HMMFit, fit_hmm
from kundkarriar.numerics.hmm.forward_backward import Sequences
from kundkarriar.numerics.hmm.model_choice import held_out_log_likelihood
from kundkarriar.numerics.hmm.objective import PosteriorObjective
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel, UnconstrainedHMM
from kundkarriar.stored import Stored

AUTO = "auto"
TRIED = (1, 2, 3, 4, 5, 6)
FEWEST = 2
FEWEST_JUDGED = 30
STATES = WholeNumber(least=FEWEST, most=20, example=3)
"""The law of a number of states."""
STARTS = WholeNumber(least=1, most=1_000, example=4)
COUNTS = ("negative binomial", "poisson")
SETS = 200
"""Distinct sets of contacts that the usual transitions are averaged over, at most."""


def _two_or_more(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not (isinstance(value, str) and value == AUTO) and not STATES.holds(value):
        raise refusal(value, attribute.name, law=f'"auto" or {STATES.law}', hint=f"write {attribute.name}=3.")


def _names(given: Any) -> tuple[str, ...] | None:
    return None if given is None else _some_names(given)


def _some_names(given: Any) -> tuple[str, ...]:
    return read_names(given, "names", law=Text(example="dormant"), empty=False)


def _contacts(given: Any) -> tuple[str, ...]:
    return read_names(given, "contacts")


@frozen(kw_only=True)
class HiddenLadder(Stored):
    """Hidden Markov model of the customer relationship: latent states, inferred from monthly purchases.

    In each month a customer is in one state; customers in higher states buy more on average; states change from month
    to month by a Markov chain. Contacts of a month, where given, are covariates of the transition to the next month's
    state: Netzer, Lattin & Srinivasan (2008), Marketing Science 27(2). The model is fitted to all customers together.

    Contacts are observational: where customers about to buy more were mailed more, the estimated effect of a mail
    includes their intent. It improves forecasts; for the causal effect of a mail, run an experiment.

    Attributes:
        states: number of states, 2 or more, or "auto": chosen on held-out customers, 6 at most.
        names: names of the states, in order of their mean purchases, lowest first; None: "state 1", "state 2", ...
        contacts: actions of past contacts, as mails sent or visits paid; of careers from elsewhere, columns with their
            monthly numbers.
        counts: distribution of the purchases of a state: "negative binomial", or "poisson" for customers all alike.
        starts: number of starts of the maximisation; the best result is kept.
        seed: seed of the random starts.

    >>> import kundkarriar as kk
    >>> careers = kk.CustomerLadder.groups().careers(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> movement = HiddenLadder(states=2, names=("dormant", "active"), starts=1).fit(careers)
    >>> movement.states()[["rung", "purchases", "share"]].round(2)
          rung  purchases  share
    0  dormant       0.02   0.83
    1   active       0.55   0.17
    """

    states: int | str = field(default=3, validator=_two_or_more)
    names: tuple[str, ...] | None = field(default=None, converter=_names)
    contacts: tuple[str, ...] = field(default=(), converter=_contacts)
    counts: str = field(default=COUNTS[0], validator=Text(among=COUNTS))
    starts: int = field(default=4, validator=STARTS)
    seed: int = field(default=1, validator=SEED)

    @names.validator
    def _of_each_state(self, attribute: Attribute[Any], names: tuple[str, ...] | None) -> None:
        if names is not None and len(names) != self.states:
            law = f"the names of {self.states} states, from low to high"
            raise refusal(names, attribute.name, law=law, hint="write states=2, names=['dormant', 'active'].")

    def fit(self, history: Any, *, contacts: Any = None) -> FittedHiddenLadder:
        """Fit the states and their transitions to careers.

        Args:
            history: a `kk.LadderHistory`, or careers: customer_id, period_start (the first of a month), purchases (a
                row for every month since entry, those without a purchase too), the contacts, and optionally complete,
                entry: as from `CustomerLadder.careers`, whose rungs are ignored.
            contacts: past contacts of a history: customer_id, date, action. None: those that the history was given by
                `history.with_contacts`, which forecasts need too.

        Raises:
            CapabilityError: the spec asks for contacts that are not there.
            DataError: the careers are invalid; nobody has two months, or nobody bought anything; a contact never
                varies.
            ConvergenceError: no maximum was found.

        Warns:
            DataWarning: a single state describes the purchases as well, as `boundary` of the result says.
        """
        if contacts is not None:
            law, hint = "a kk.LadderHistory, where contacts are given", "careers have a column of each of the contacts."
            history = read_object(history, "history", kind=LadderHistory, law=law, hint=hint).with_contacts(contacts)
        careers, _ = careers_with_contacts(history, contacts=self.contacts)
        fitted = self.fit_panel(read_purchases(careers, contacts=self.contacts))
        fitted = evolve(fitted, frame_kind=kind_of_frame(careers))
        if fitted.boundary:
            warn(f"HiddenLadder: {fitted.boundary}")
        return fitted

    def fit_panel(self, panel: PurchasePanel) -> FittedHiddenLadder:
        """Fit to a panel that was already read; see `fit`."""
        panel = read_object(panel, "panel", kind=PurchasePanel, law="a panel of careers", hint="fit(careers) reads it.")
        scale = self._contact_scale(panel)
        opened = bool((panel.first > 0).all())
        sequences, _ = panel.sequences(opened=opened, scale=scale)
        generator = np.random.default_rng(self.seed)
        states, judged = self._choice(sequences, generator)
        single, _ = self._maximised(sequences, 1, generator)
        fit, objective = self._maximised(sequences, states, generator)
        if not fit.converged:
            raise ConvergenceError.because(
                f"the search for {states} states ended where the surface is not flat.",
                hint="ask for fewer states, or give more starts: starts=10.",
            )
        expected, _ = objective.e_step(fit.theta)
        a, share = _usual_contacts(sequences.a, expected.steps.sum(axis=2), generator)
        model = objective.unconstrained.model(fit.theta)
        return FittedHiddenLadder(
            spec=self,
            names=self.names or tuple(f"state {at + 1}" for at in range(states)),
            chain=evolve(model, rho=model.rho / scale),
            covariance=fit.covariance,
            scale=scale,
            usual=a * scale,
            usual_share=share,
            opened=opened,
            steps=expected.steps.sum(axis=0),
            visits=expected.steps.sum(axis=(0, 2)) / max(float(expected.steps.sum()), 1e-12),
            log_likelihoods=tuple(
                (count, self._parameters(sequences, count), each.log_likelihood)
                for count, each in ((1, single), (states, fit))
            ),
            judged=judged,
            n_customers=len(panel),
            n_months=len(panel.y),
            until=panel.months.last,
        )

    def unconstrained(self, states: int) -> UnconstrainedHMM:
        """Unconstrained parameters of a model with so many states; with one state contacts have no effect."""
        states = COUNT_FROM_1.read(states, "states")
        return UnconstrainedHMM(
            states=states, contacts=len(self.contacts) if states > 1 else 0, poisson=self.counts == "poisson"
        )

    def _contact_scale(self, panel: PurchasePanel) -> Array:
        """Standard deviations of the contacts, (C,); refuses a panel that no model can be fitted to."""
        panel.months.require_steps()
        if not panel.y.any():
            raise DataError.because(
                f"none of the {len(panel):,} customers bought anything: `purchases` is 0 everywhere.",
                hint="states are told by purchases; count them by month.",
            )
        scale = np.asarray(panel.a.std(axis=0))
        if still := [name for name, spread in zip(self.contacts, scale, strict=True) if not spread > 0]:
            raise DataError.because(
                f"the contacts {still} are the same in every month, and tell nothing of what they do.",
                hint=f"leave them out: contacts={tuple(name for name in self.contacts if name not in still)}.",
            )
        return scale

    def _parameters(self, sequences: Sequences, states: int) -> int:
        """Number of parameters that the data inform: first states count only for the kinds of entry that occur."""
        return len(self.unconstrained(states)) - (states - 1) * (2 - len(np.unique(sequences.known)))

    def _maximised(
        self, sequences: Sequences, states: int, generator: np.random.Generator
    ) -> tuple[HMMFit, PosteriorObjective]:
        objective = PosteriorObjective(sequences=sequences, unconstrained=self.unconstrained(states))
        return fit_hmm(objective, starts=self.starts if states > 1 else 1, generator=generator), objective

    def _choice(
        self, sequences: Sequences, generator: np.random.Generator
    ) -> tuple[int, tuple[tuple[int, float], ...]]:
        """Number of states, and the mean log-likelihood of held-out customers for each number tried."""
        if self.states != AUTO:
            return int(self.states), ()
        if sequences.customers < FEWEST_JUDGED:
            raise DataError.because(
                f"the number of states is chosen on held-out customers, and {int(sequences.customers)} are too few: "
                f"{FEWEST_JUDGED} are needed.",
                hint="give the number: states=2.",
            )
        log_likelihoods, chosen = held_out_log_likelihood(
            sequences, states=TRIED, contacts=len(self.contacts), poisson=self.counts == "poisson", generator=generator
        )
        return max(chosen, FEWEST), tuple(
            (count, float(each)) for count, each in zip(TRIED, log_likelihoods, strict=False)
        )


def _usual_contacts(a: Array, months: Array, generator: np.random.Generator) -> tuple[Array, Array]:
    """Sets of contacts, (A, C), and share of each set among the months of each state, (S, A).

    They are drawn from the distinct sets `a` where these are too many; `months` are the expected months of each state
    with each of them, (A, S).
    """
    total = months.sum(axis=1)
    if len(a) > SETS:
        chosen = generator.choice(len(a), SETS, p=total / total.sum())
        a, months = a[chosen], months[chosen] / total[chosen, None]
    share = months.T + 1e-12
    return a, share / share.sum(axis=1, keepdims=True)


MOST_VARIANCE = 10_000.0
"""Largest variance of an unconstrained parameter, which is a logarithm or a logit."""


def _with_a_size_each(chain: Any) -> Any:
    """The chain with a size of the counts for each state, (S,): a stored Poisson chain has one for all."""
    if not isinstance(chain, HiddenMarkovModel):
        return chain
    return evolve(chain, k=np.broadcast_to(chain.k, np.shape(chain.m)))


def _with_plausible_means(_: object, attribute: Attribute[Any], chain: HiddenMarkovModel) -> None:
    if (wild := chain.m[(chain.m < PARAMETER.least) | (chain.m > PARAMETER.most)]).size:
        raise refusal(float(wild[0]), f"{attribute.name}.m", law=PARAMETER.law, hint=BY_FIT)


@frozen(kw_only=True, eq=False, repr=False)
class FittedHiddenLadder(HiddenMovement, Stored):
    """Fitted hidden Markov model: purchases in each latent state, transitions, and effects of contacts.

    Attributes:
        spec: the spec that was fitted.
        names: names of the states, in order of their mean purchases, lowest first.
        chain: probabilities of the first states, thresholds of the transitions, effects of one more of each contact,
            and purchases.
        opened: whether every customer became known by a purchase, so that the first month has at least one.
        covariance: covariance matrix of the unconstrained parameters, (k, k).
        scale: standard deviations of the contacts, (C,).
        usual: sets of contacts that customers had in a month, (A, C).
        usual_share: share of each set among the months of each state, (S, A).
        steps: expected number of steps from each state to each state, (S, S).
        visits: share of the months spent in each state, (S,).
        log_likelihoods: (states, parameters, log-likelihood) of one state and of the fitted number.
        judged: (states, mean log-likelihood of a held-out customer); empty where the number was given.
        n_customers: number of careers.
        n_months: number of their months.
        until: the last month seen, counted from 1970-01.
        frame_kind: the kind of frame of the history, which tables are of; not compared.

    >>> import kundkarriar as kk
    >>> careers = kk.CustomerLadder.groups().careers(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> movement = kk.HiddenLadder(states=2, starts=1).fit(careers)
    >>> movement.transitions()[["from", "to", "probability"]].round(3).tail(2)
          from       to  probability
    2  state 2  state 1        0.088
    3  state 2  state 2        0.912
    """

    # sizes that must agree have letters of their own, and `refuse_disagreement` names the field that differs
    spec: HiddenLadder = field(validator=instance_of(HiddenLadder))
    names: tuple[str, ...] = field(converter=_some_names)
    chain: HiddenMarkovModel = field(
        converter=_with_a_size_each, validator=(instance_of(HiddenMarkovModel), _with_plausible_means)
    )
    opened: bool = field(validator=instance_of(bool))
    covariance: Array = field(
        converter=as_floats, validator=Covariance(shape="p p", least=-MOST_VARIANCE, most=MOST_VARIANCE)
    )
    scale: Array = field(converter=as_floats, validator=Shaped(shape="C", positive=True))
    usual: Array = field(converter=as_floats, validator=Shaped(shape="A U"))
    usual_share: Array = field(converter=as_floats, validator=Shaped(shape="V A", least=0, sums_to_1=True))
    steps: Array = field(converter=as_floats, validator=Shaped(shape="S S", least=0))
    visits: Array = field(converter=as_floats, validator=Shaped(shape="W", least=0, sums_to_1=True))
    log_likelihoods: tuple[tuple[int, int, float], ...] = field(
        converter=as_tuple, validator=rows_of(COUNT_FROM_1, COUNT_FROM_1, FINITE)
    )
    judged: tuple[tuple[int, float], ...] = field(converter=as_tuple, validator=rows_of(COUNT_FROM_1, FINITE))
    n_customers: int = field(validator=COUNT_FROM_1)
    n_months: int = field(validator=COUNT_FROM_1)
    until: int = field(validator=MONTH)
    frame_kind: str = kind_field()

    def __attrs_post_init__(self) -> None:
        """Refuse estimates of other states, contacts or counts than those of the spec."""
        spec, S, C = self.spec, len(self.names), len(self.contacts)
        tried = "some" if spec.states == AUTO else "none"
        refuse_disagreement(
            ("names", "names", self.names, spec.names or self.names),
            ("names", "states", S, max(S, FEWEST) if spec.states == AUTO else spec.states),
            ("chain", "states", len(self.chain), S),
            ("chain", "contacts", self.chain.rho.shape[1], C),
            ("chain", "counts", "poisson" if np.isinf(self.chain.k).any() else "negative binomial", spec.counts),
            ("covariance", "parameters", len(self.covariance), len(self.unconstrained)),
            ("scale", "contacts", len(self.scale), C),
            ("usual", "contacts", self.usual.shape[-1], C),
            ("usual_share", "states", len(self.usual_share), S),
            ("steps", "states", len(self.steps), S),
            ("visits", "states", len(self.visits), S),
            ("log_likelihoods", "numbers of states", {row[0] for row in self.log_likelihoods}, {1, S}),
            ("judged", "numbers tried", "some" if self.judged else "none", tried),
        )

    def __repr__(self) -> str:
        size = f"{len(self.names)} states ({', '.join(self.names)})"
        return f"FittedHiddenLadder({size}, {self.n_customers:,} customers until {np.datetime64(self.until, 'M')})"

    @property
    def contacts(self) -> tuple[str, ...]:
        """Columns of the contacts."""
        return self.spec.contacts

    @property
    def unconstrained(self) -> UnconstrainedHMM:
        """The unconstrained parameters that `covariance` is of."""
        return self.spec.unconstrained(len(self.names))

    def calibration(self, history: FrameT | LadderHistory[FrameT], *, origin: Any, horizon: str = "6M") -> FrameT:
        """Forecasts of the spec fitted anew to rows up to `origin`, against the months after it.

        Rules: "hidden"; "own rate" (each customer buys at a constant rate of their own, gamma-distributed: no states).

        Returns:
            A row for each month ahead and rule: ahead, rule, customers, log_loss (of the number of purchases), brier
            (of buying at all), expected and actual (mean purchases).

        Raises:
            DataError: as `fit`; or no month lies after the origin.
        """
        return calibration.scores(
            careers_with_contacts(history, contacts=self.contacts)[0],
            contacts=self.contacts,
            fit=self.spec.fit_panel,
            origin=origin,
            horizon=horizon,
        )

    def equals(self, other: Any) -> bool:
        """Whether `other` is the same ladder."""
        return isinstance(other, FittedHiddenLadder) and self.to_dict() == other.to_dict()
