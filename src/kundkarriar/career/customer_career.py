"""The customer career: summary, models, scores, classes, rungs and plans of all customers from one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic

from attrs import field, frozen
from attrs.validators import in_

from kundkarriar.arguments import read_seed
from kundkarriar.career.bridge import Bridge
from kundkarriar.career.changes import changes
from kundkarriar.career.joined_table import joined_table
from kundkarriar.classes.abc_classifier import ABCClassifier
from kundkarriar.classes.grid import grid
from kundkarriar.dates.period import DAYS, as_day
from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, narrow
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.scoring.value_draws import ValueDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer, ValueScorer, intervals_and_sales
from kundkarriar.stored import Stored
from kundkarriar.strategy.checks.portfolio_checks import portfolio_checks
from kundkarriar.strategy.checks.season_check import season_check
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.planner import StrategyPlanner
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.summaries.summarize import summary_of

NEED = "CustomerCareer"
PARTS: dict[str, Any] = {
    "scorer": ValueScorer,
    "classifier": ABCClassifier,
    "ladder": CustomerLadder,
    "groups": CustomerLadder,
    "planner": StrategyPlanner,
}


@frozen(kw_only=True)
class CustomerCareer(Stored):
    """The specification of scores, classes, rungs and plans. It holds no data.

    Attributes:
        scorer: the scorer of customer values. Required, because margin and discount rate are the firm's own.
        classifier: the ABC classes of these values.
        ladder: the rungs; by default prospect, trial buyer, repeat buyer, client, supporter, partner.
        groups: the ladder of groups (exclusive, recurring, moving) that the portfolio checks compare.
        planner: the planner with its playbook.
        period: the unit of recency and T in the summary.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> career = kk.CustomerCareer(scorer=scorer).fit(transactions, as_of="1998-06-30", seed=1, draws=20)
    >>> career.grid()[["rung", "abc", "customers"]].head(3)
               rung abc  customers
    0   trial buyer   B        428
    1   trial buyer   C        790
    2  repeat buyer   A        219
    """

    stored_as = "career"
    scorer: ValueScorer = field(validator=instance_of(ValueScorer))
    classifier: ABCClassifier = field(factory=ABCClassifier, validator=instance_of(ABCClassifier))
    ladder: CustomerLadder = field(factory=CustomerLadder.kundkarriar, validator=instance_of(CustomerLadder))
    groups: CustomerLadder = field(factory=CustomerLadder.groups, validator=instance_of(CustomerLadder))
    planner: StrategyPlanner = field(factory=StrategyPlanner.default, validator=instance_of(StrategyPlanner))
    period: str = field(default="W", validator=in_(DAYS))

    def fit(
        self,
        transactions: FrameT,
        *,
        as_of: Any,
        seed: int,
        customers: Any = None,
        events: Any = None,
        burn_in: str | None = None,
        draws: int = 200,
    ) -> FittedCareer[FrameT]:
        """Summarise, fit, score, classify and place all customers as of a date.

        Args:
            transactions: the standard frame, from `kk.transactions`.
            as_of: the date of the career; later rows are not read.
            seed: the seed of all random draws.
            customers: optional, all known customers (customer_id, first_contact, attributes); those without a purchase
                are prospects. Margin, costs and covariates that name columns read them here. `customers()` returns the
                attributes too, so that strategies can use them.
            events: optional: customer_id, date, event; rungs above client depend on events.
            burn_in: customers first seen within this span after the start of the data get entry "unknown".
            draws: number of futures drawn per customer for intervals, >= 2: 200 take some seconds for 23,570 customers
                and minutes for a million.
        """
        seed = read_seed(seed)
        known = read_facts_as_of(transactions, as_of=as_of, customers=customers, events=events, need="summarize")
        history = self.ladder.history_of(known, burn_in=burn_in, like=transactions)
        groups = self.groups.history_of(known.without_events(), like=transactions)
        summary = summary_of(
            known.days.ledger,
            period=self.period,
            burn_in=burn_in,
            regularity=True,
            season=self.scorer.season,
            like=transactions,
        )
        fitted = self.scorer.fit(summary, customers=customers)
        base = fitted.base(summary, customers=customers)
        drawn = fitted.draw_if_able(base, draws=draws, seed=seed)
        scores, sales = fitted.score_base(base), None
        if drawn is not None:
            intervals, sales = intervals_and_sales(drawn)
            scores |= intervals
        classes = self.classifier.classify(base.frame_of(scores))
        return FittedCareer(
            career=self,
            as_of=history.as_of,
            seed=seed,
            scorer=fitted,
            draws=drawn,
            history=history,
            money=Bridge.of(known.days, base=base, scorer=fitted, sales=sales),
            table=joined_table(
                classes,
                summary,
                history.positions(),
                group=groups.rung_now(),
                transactions=transactions,
                known=customers,
            ),
        )


@frozen(kw_only=True, eq=False)
class FittedCareer(Generic[FrameT]):
    """Values, classes and rungs of all customers as of a date; each method returns a new frame.

    Attributes:
        career: the specification.
        as_of: the date, as text.
        seed: the seed of all random draws.
        scorer: the fitted scorer.
        draws: the drawn values; None if the models cannot draw (intervals are then missing).
        history: what was read of purchases and events, for careers and for positions as of earlier days.
        money: the sums from which the bridge is made.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> spec = kk.CustomerCareer(scorer=scorer)
    >>> career = spec.fit(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30", seed=1, draws=20)
    >>> len(career.customers())
    2357
    """

    career: CustomerCareer
    as_of: str
    seed: int
    scorer: FittedValueScorer
    draws: ValueDraws | None
    history: LadderHistory[FrameT] = field(repr=False)
    money: Bridge
    _table: FrameT = field(repr=False, alias="table")

    def customers(self) -> FrameT:
        """The table of customers, one row each, in the given order.

        Returns:
            The scores; the class; frequency, recency, T (warped if the scorer has a season), monetary_value and entry
            of the summary; the facts; the rung with its reason and evidence; the group (moving, recurring, exclusive);
            the attributes of `customers=` whose names are not taken.
        """
        whole: FrameT = narrow(self._table, need=NEED).clone().to_native()
        return whole

    def grid(self) -> FrameT:
        """Number of customers and value by rung and class, one row per combination that occurs."""
        return grid(self._table)

    def bridge(self, plan: Plan[Any] | None = None) -> FrameT:
        """From the actual net sales of the last span to the expected result of the next span of the same length.

        Args:
            plan: a plan from `plan`; without one its lines are zero.

        Returns:
            One row per line: line, amount, low, high (90 % interval of realised totals), source.
        """
        ids = narrow(self._table, need=NEED)["customer_id"].to_list()
        if isinstance(plan, Plan) and list(plan.customers.ids) != ids:
            raise DataError.because(
                "the plan is for other customers than this career's.", hint="career.bridge(career.plan(...))."
            )
        return self.money.lines(plan, like=self._table)

    def checks(self) -> FrameT:
        """The portfolio checks, and the check of the season.

        Returns:
            check, passed, informative, severity, value, limit, customers, message.
        """
        return portfolio_checks(self._table, also=[season_check(self.scorer)])

    def plan(
        self, *, budget: Budget, start: str, actions: Sequence[Action] | None = None, holdout: float = 0.1
    ) -> Plan[FrameT]:
        """Assign actions to customers within a budget of money and hours, see `StrategyPlanner.plan`.

        Raises:
            DataError: the plan does not start after `as_of`.
        """
        if as_day(start, name="start") <= as_day(self.as_of, name="as_of"):
            raise DataError.because(
                f"the plan starts on {start}, and the career is as of {self.as_of}: that time is over.",
                hint="start the plan after as_of.",
            )
        return self.career.planner.plan(
            self._table, actions=actions, budget=budget, start=start, holdout=holdout, seed=self.seed
        )

    def changed(self, previous: FittedCareer[Any]) -> FrameT:
        """Customers whose rung or class differs from an earlier career.

        Args:
            previous: a career fitted as of an earlier date, with the same ladder and classifier.

        Returns:
            One row per customer who is new or whose rung or class differs, then per customer who is gone:
            customer_id, rung_before, rung_now, abc_before, abc_now, moved ("up", "down", "same rung", "new",
            "gone"), net_value_now (or clv_now).

        Raises:
            DataError: `previous` is not earlier, or has another ladder or classifier.
        """
        if as_day(previous.as_of, name="as_of") >= as_day(self.as_of, name="as_of"):
            raise DataError.because(
                f"the previous career is as of {previous.as_of}, this one as of {self.as_of}.",
                hint="later.changed(earlier).",
            )
        if (self.career.ladder, self.career.classifier) != (previous.career.ladder, previous.career.classifier):
            raise DataError.because(
                "the two careers have different ladders or classifiers, so a change of rung or class means nothing.",
                hint="fit both with the same kk.CustomerCareer(...).",
            )
        return changes(self._table, before=previous.customers())

    def report(self) -> dict[str, FrameT]:
        """The frames of a report by name: customers, grid, bridge, checks, and totals if values were drawn."""
        frames = {"customers": self.customers(), "grid": self.grid(), "bridge": self.bridge(), "checks": self.checks()}
        return frames if self.draws is None else frames | {"totals": self.draws.total()}

    def equals(self, other: Any) -> bool:
        """Whether `other` has the same specification, date, seed and table of customers."""
        return (
            isinstance(other, FittedCareer)
            and (self.career, self.as_of, self.seed) == (other.career, other.as_of, other.seed)
            and type(self._table) is type(table := other.customers())
            and bool(self._table.equals(table))
        )
