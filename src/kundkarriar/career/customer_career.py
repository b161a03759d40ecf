"""The whole way in one call: transactions in, customers and a plan out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from attrs import field, frozen
from attrs.validators import in_

from kundkarriar.career.bridge import Bridge
from kundkarriar.career.changes import changes
from kundkarriar.classes.abc_classifier import ABCClassifier
from kundkarriar.classes.grid import grid
from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.history.customer_ids import positions
from kundkarriar.history.period import DAYS, as_day
from kundkarriar.history.summary.summarize import summarize
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.scoring.value_scorer import ValueScorer
from kundkarriar.stored import SCHEMA, fields_of
from kundkarriar.strategy.checks.invariants import portfolio_checks
from kundkarriar.strategy.checks.season_check import season_check
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.planner import StrategyPlanner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from kundkarriar.scoring.value_draws import ValueDraws
    from kundkarriar.scoring.value_scorer import FittedValueScorer
    from kundkarriar.strategy.specs.action import Action
    from kundkarriar.strategy.specs.budget import Budget

NEED = "CustomerCareer"
PARTS: dict[str, Any] = {
    "scorer": ValueScorer,
    "classifier": ABCClassifier,
    "ladder": CustomerLadder,
    "groups": CustomerLadder,
    "planner": StrategyPlanner,
}
FROM_SUMMARY = ("customer_id", "frequency", "recency", "T", "monetary_value", "entry")


@frozen(kw_only=True)
class CustomerCareer:
    """How the whole way is walked: what values, classes, rungs and plans are made with. Holds no data.

    Attributes:
        scorer: what customers are worth. Required: margin and discount rate are the firm's own.
        classifier: ABC classes of that value.
        ladder: the rungs; by default prospect, trial buyer, repeat buyer, client, supporter, partner.
        groups: the exclusive, recurring and moving customers that the portfolio checks compare.
        planner: the playbook.
        period: unit of recency and T in the summary.

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
        """Summarise, fit, score, classify and place everyone as of a date.

        Args:
            transactions: the standard frame, from `kk.transactions`.
            as_of: the date that counts as now; later rows are not read.
            seed: of everything drawn.
            customers: everyone known (customer_id, first_contact, attributes); those without a purchase are
                prospects. Also where margin, costs and covariates find the columns they name. Attributes stand in
                `customers()` beside what is computed, so that strategies may ask for them.
            events: customer_id, date, event: what rungs above client are reached by.
            burn_in: customers first seen within this span of the data's start are older than the data.
            draws: futures drawn per customer for intervals, >= 2: 200 take some seconds for 23,570 customers and
                minutes for a million.
        """
        seed = as_seed(seed)
        summary = summarize(
            transactions,
            as_of=as_of,
            period=self.period,
            customers=customers,
            burn_in=burn_in,
            regularity=True,
            season=self.scorer.season,
        )
        fitted = self.scorer.fit(summary, customers=customers)
        day = str(as_day(as_of, name="as_of"))
        drawn = fitted.draw_if_able(summary, customers=customers, draws=draws, seed=seed)
        classes = self.classifier.classify(fitted.score(summary, customers=customers, draws=drawn))
        placed = self.ladder.place(transactions, as_of=day, customers=customers, events=events)
        grouped = self.groups.place(transactions, as_of=day, customers=customers)
        return FittedCareer(
            career=self,
            as_of=day,
            seed=seed,
            scorer=fitted,
            draws=drawn,
            money=Bridge.of(transactions, as_of=day, summary=summary, customers=customers, scorer=fitted, draws=drawn),
            table=_joined(classes, summary, placed, grouped=grouped, transactions=transactions, known=customers),
        )

    def to_dict(self) -> dict[str, Any]:
        """A plain dict of JSON types: every choice, no data."""
        parts = {name: getattr(self, name).to_dict() for name in PARTS}
        return {"schema": SCHEMA, **parts, "period": self.period}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> CustomerCareer:
        """The career that `to_dict` wrote down.

        >>> career = CustomerCareer(scorer=ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M"))
        >>> CustomerCareer.from_dict(career.to_dict()) == career
        True
        """
        given = fields_of(stored, kind="career", names=[*PARTS, "period"])
        parts = {name: part.from_dict(given[name]) for name, part in PARTS.items()}
        return cls(**parts, period=given["period"])


@frozen(kw_only=True, eq=False)
class FittedCareer(Generic[FrameT]):
    """Everyone's place, value and class as of a date; hands out new frames.

    Attributes:
        career: the spec.
        as_of: the date, as text.
        seed: of everything drawn.
        scorer: the fitted scorer.
        draws: the drawn values; None where the models cannot draw (their intervals are then missing).
        money: the sums that the bridge is made of.

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
    money: Bridge
    _table: FrameT = field(repr=False, alias="table")

    def customers(self) -> FrameT:
        """One row per customer, in the order given.

        Returns:
            The scores, the class, then frequency, recency, T (both by the scorer's season, where it has one),
            monetary_value and entry of the summary, the facts,
            the rung with its reason and evidence, the group (moving, recurring, exclusive), and the attributes of
            `customers=` that have names of their own.
        """
        whole: FrameT = narrow(self._table, need=NEED).clone().to_native()
        return whole

    def grid(self) -> FrameT:
        """Customers and value by rung and class: every combination that occurs."""
        return grid(self._table)

    def bridge(self, plan: Plan[Any] | None = None) -> FrameT:
        """From the last span's actual net sales to what the next one of the same length is expected to leave.

        Args:
            plan: from `plan`; without one its lines are zero, and say so.

        Returns:
            A row per line: line, amount, low, high (90 %, of realised totals), source.
        """
        ids = narrow(self._table, need=NEED)["customer_id"].to_list()
        if isinstance(plan, Plan) and list(plan.customers.ids) != ids:
            raise DataError.because(
                "the plan is for other customers than this career's.", hint="career.bridge(career.plan(...))."
            )
        return self.money.lines(plan, like=self._table)

    def checks(self) -> FrameT:
        """The portfolio checks, and whether a season was taken out.

        Returns:
            check, passed, informative, severity, value, limit, customers, message.
        """
        return portfolio_checks(self._table, also=[season_check(self.scorer)])

    def plan(
        self,
        *,
        budget: Budget,
        start: str,
        actions: Sequence[Action] | None = None,
        holdout: float = 0.1,
    ) -> Plan[FrameT]:
        """What to do with whom within a budget of money and hours: see `StrategyPlanner.plan`.

        Raises:
            DataError: the plan would start before what it is made of was known.
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
        """Who stands elsewhere than in an earlier career.

        Args:
            previous: a career fitted as of an earlier date, with the same ladder and classifier.

        Returns:
            A row per customer whose rung or class differs, per newcomer, and last per customer no longer there:
            customer_id, rung_before, rung_now, abc_before, abc_now, moved ("up", "down", "same rung", "new",
            "gone"), net_value_now (or clv_now).

        Raises:
            DataError: `previous` is not earlier, or stands on another ladder or classifier.
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
        """The frames that a report is made of, by name: customers, grid, bridge, checks, and totals where drawn."""
        frames = {
            "customers": self.customers(),
            "grid": self.grid(),
            "bridge": self.bridge(),
            "checks": self.checks(),
        }
        return frames if self.draws is None else frames | {"totals": self.draws.total()}

    def equals(self, other: Any) -> bool:
        """Whether `other` is the same career of the same customers."""
        return (
            isinstance(other, FittedCareer)
            and (self.career, self.as_of, self.seed) == (other.career, other.as_of, other.seed)
            and type(self._table) is type(table := other.customers())
            and bool(self._table.equals(table))
        )


def _joined(
    classes: FrameT, summary: FrameT, placed: FrameT, *, grouped: FrameT, transactions: FrameT, known: Any
) -> FrameT:
    """Scores, classes, history, places and groups side by side, one row per customer in the order of the scores."""
    whole, group = narrow(classes, need=NEED), narrow(grouped, need=NEED)
    columns: dict[str, Any] = {name: whole[name] for name in whole.columns}
    for more in (narrow(summary, need=NEED).select(FROM_SUMMARY), narrow(placed, need=NEED)):
        at = positions(whole["customer_id"], among=more["customer_id"]).tolist()
        columns |= {name: more[name][at] for name in more.columns if name not in columns}
    columns["group"] = group["rung"][positions(whole["customer_id"], among=group["customer_id"]).tolist()]
    money = narrow(transactions, need=NEED)
    if "currency" in money.columns:
        columns["currency"] = [money["currency"][0]] * len(whole)
    if known is not None:
        people = narrow(known, need=NEED)
        at = positions(whole["customer_id"], among=people["customer_id"])
        columns |= {name: _attribute(people[name].to_list(), at) for name in people.columns if name not in columns}
    return new_frame(columns, like=classes)


def _attribute(values: list[Any], at: NDArray[np.int64]) -> list[Any]:
    """Each customer's own value; None for a buyer whom `customers=` did not name."""
    return [values[row] if row >= 0 else None for row in at.tolist()]
