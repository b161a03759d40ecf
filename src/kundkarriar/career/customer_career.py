"""The customer career: summary, models, scores, classes, rungs and plans of all customers from one call."""

from __future__ import annotations

from collections import Counter
from typing import Any, Generic, cast

from attrs import evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import SEED, Text, WholeNumber, read_flag, read_object, read_seed
from kundkarriar.career.bridge import Bridge
from kundkarriar.career.career_checks import career_checks
from kundkarriar.career.career_groups import GROUPS, CareerGroups, of_groups, of_these_groups, shown
from kundkarriar.career.career_laws import (
    of_customers,
    of_these_customers,
    of_this_career,
    of_this_spec,
    there_with_spend,
)
from kundkarriar.career.career_leads import career_leads
from kundkarriar.career.career_movement import CareerMovement
from kundkarriar.career.changes.career_changes import CareerChanges, earlier_classes
from kundkarriar.career.joined_table import joined_table, with_attributes
from kundkarriar.career.no_amounts import counted_in_purchases, refuse_spend, sums_of
from kundkarriar.career.plans.career_plans import CareerPlans
from kundkarriar.career.stored_table import LEADS, SUMMARY, TABLE
from kundkarriar.career.worth.career_worth import CareerWorth
from kundkarriar.career.worth.priority import known_potential, priority_of
from kundkarriar.classes.abc_classifier import ABCClassifier
from kundkarriar.classes.measured_draws import MEASURES
from kundkarriar.dates.period import DAYS, is_day
from kundkarriar.errors import CapabilityError, DataError, warn
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, add_columns, narrow
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.ladder.groups.customer_groups import CustomerGroups, FittedCustomerGroups
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.models.interface.protocols import needs_gaps
from kundkarriar.scoring.backtest.backtest_result import BacktestResult
from kundkarriar.scoring.draws.scorer_draws import intervals_and_sales
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.margins.margin_fields import is_by_category
from kundkarriar.scoring.value_scorer import FittedValueScorer, ValueScorer
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import LATER, NOT_WRITTEN, written
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.planner import StrategyPlanner
from kundkarriar.summaries.mix.mix_columns import MixRows
from kundkarriar.summaries.summarize import summary_of, with_mix_of

NEED = "CustomerCareer"
BACKTEST_HINT = "kk.Backtest(scorer=career.career.scorer, horizon=...).run(transactions)."
PLAN_HINT = "career.bridge(career.plan(...))."
FROM_SUMMARY = ("customer_id", "frequency", "recency", "T", "monetary_value", "entry", "breadth")


@frozen(kw_only=True)
class CustomerCareer(Stored):
    """The specification of scores, classes, rungs and plans. It holds no data.

    Attributes:
        scorer: the scorer of customer values. Required, because margin and discount rate are the firm's own.
        classifier: the ABC classes of these values.
        ladder: the rungs; by default prospect, trial buyer, repeat buyer, client, supporter, partner.
        groups: how customers are told to be exclusive, recurring or moving: by the mixture of buyers fitted to the
            summary, or by a ladder. Where the mixture cannot be fitted, the rules of `CustomerLadder.groups` say it.
        planner: the planner with its playbook.
        period: the unit of recency and T in the summary.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> career = kk.CustomerCareer(scorer=scorer).fit(transactions, as_of="1998-06-30", seed=1, draws=20)
    >>> career.grid()[["rung", "abc", "customers"]].head(3)
               rung abc  customers
    0   trial buyer   C       1218
    1  repeat buyer   A         67
    2  repeat buyer   B        169
    """

    stored_as = "career"
    scorer: ValueScorer = field(validator=instance_of(ValueScorer))
    classifier: ABCClassifier = field(factory=ABCClassifier, validator=instance_of(ABCClassifier))
    ladder: CustomerLadder = field(
        factory=CustomerLadder.kundkarriar, validator=instance_of(CustomerLadder), repr=shown
    )
    groups: CustomerGroups | CustomerLadder = field(
        factory=CustomerGroups, validator=of_groups, repr=shown, metadata=GROUPS
    )
    planner: StrategyPlanner = field(factory=StrategyPlanner.default, validator=instance_of(StrategyPlanner))
    period: str = field(default="W", validator=Text(among=DAYS))

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
        previous: Any = None,
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
            burn_in: customers first seen within this span after the start of the data get entry "unknown": they may be
                older than the data, and have a law of their own where the data tell it from that of newcomers.
            draws: number of futures drawn per customer for intervals, >= 2: 200 take some seconds for 23,570 customers
                and minutes for a million. Classes are of the values realised in them.
            previous: optional: the career of an earlier date, or its customers, whose classes are kept near a limit as
                far as `keep` of the classifier says.

        Raises:
            CapabilityError: the scorer has a spend model of its own, and the purchases have no amounts.
        """
        seed, earlier = read_seed(seed), earlier_classes(previous, as_of=as_of)
        draws = WholeNumber(least=2, most=100_000, example=200).read(draws, "draws")
        known = read_facts_as_of(transactions, as_of=as_of, customers=customers, events=events, need="summarize")
        potential = known_potential(customers if known.priced and self.scorer.spend else None)
        history = self.ladder.history_of(known, burn_in=burn_in, like=transactions)
        summary = summary_of(
            known.days.ledger,
            period=self.period,
            burn_in=burn_in,
            regularity=True,
            gaps=needs_gaps(self.scorer.purchases),
            season=self.scorer.season,
            like=transactions,
        )
        if is_by_category(self.scorer.margin) and self.scorer.spend and known.priced:
            rows = MixRows.read(transactions)
            history = evolve(history, mix=rows)
            summary = with_mix_of(rows, summary, known.days.ledger)
        attributed = with_attributes(summary, customers)
        groups = CareerGroups.of(self.groups, summary=attributed, known=known, like=transactions)
        leads = career_leads(self.scorer, history)
        fitted = self.scorer.fit(summary, customers=customers, leads=leads)
        refuse_spend(fitted, known)
        base = fitted.base(summary, customers=customers, leads=leads)
        (scores, nominal), sales = fitted.scores_and_nominal(base), None
        held = drawn = fitted.draw_if_able(base, scores=scores, draws=draws, seed=seed)
        if drawn is not None:
            of_classes = MEASURES.get(self.classifier.by, drawn.measure) if self.classifier.by else drawn.measure
            intervals, sales, held = intervals_and_sales(drawn, hold=of_classes)
            scores |= intervals
        money = None
        if fitted.spend:
            money = Bridge.of(
                known.days, base=base, scorer=fitted, nominal=nominal, sales=sales, drawn=drawn, burn_in=burn_in
            )
        if money is not None and money.differs:
            expected = f"expected net sales of the next {money.span} are {money.sales:,.2f}"
            warn(f"CustomerCareer: {expected}; {money.differs}.")
        classes = self.classifier.classify(
            base.frame_of(scores),
            draws=held if self.classifier.by in (None, *MEASURES) else None,
            previous=earlier,
        )
        if fitted.spend:
            given = {"margin": fitted.margin, "customers": customers, "potential": potential}
            classes = add_columns(classes, priority_of(classes, base=base, **given))
        return FittedCareer(
            career=self,
            as_of=history.as_of,
            seed=seed,
            scorer=fitted,
            draws=drawn,
            history=history,
            money=money,
            summary=attributed,
            leads=leads,
            groups=groups.fitted,
            table=joined_table(
                narrow(classes, need=NEED),
                narrow(summary, need=NEED).select(
                    *(
                        name
                        for name in FROM_SUMMARY
                        if (fitted.spend or name != "monetary_value") and name in narrow(summary, need=NEED).columns
                    )
                ),
                narrow(history.positions(), need=NEED),
                groups=groups.columns,
                notes=fitted.weaknesses,
                transactions=narrow(transactions, need=NEED),
                known=None if customers is None else narrow(customers, need=NEED),
            ).to_native(),
        )


@frozen(kw_only=True, eq=False, repr=False)
class FittedCareer(
    CareerChanges[FrameT],
    CareerMovement[FrameT],
    CareerPlans[FrameT],
    CareerWorth[FrameT],
    Stored,
    Generic[FrameT],
):
    """Values, classes and rungs of all customers as of a date; each method returns a new frame.

    It is stored without its draws and without its history: a career that is read back says what it said, is compared by
    `changed` and makes the same plans, but `report` has no totals, and `history` is refused.

    Attributes:
        career: the specification.
        as_of: the date, as text.
        seed: the seed of all random draws.
        scorer: the fitted scorer.
        draws: the drawn values; None if the models cannot draw (intervals are then missing), or if it was read back.
        money: the sums from which the bridge is made; None where the purchases have no amounts.
        groups: the mixture by which customers are exclusive, recurring or moving; None where they are so by rules.

    >>> import json
    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> spec, transactions = kk.CustomerCareer(scorer=scorer), kk.datasets.load_cdnow(sample=True)
    >>> last_year = spec.fit(transactions, as_of="1997-12-31", seed=1, draws=20)
    >>> stored = json.dumps(last_year.to_dict())
    >>> career = spec.fit(transactions, as_of="1998-06-30", seed=1, draws=20)
    >>> career.changed(kk.FittedCareer.from_dict(json.loads(stored)))["moved"].value_counts().to_dict()
    {'same rung': 273, 'up': 130, 'down': 123}
    >>> career
    FittedCareer(as_of='1998-06-30', customers=2,357, rungs={'trial buyer': 1,218, 'repeat buyer': 892, 'client': 247},
        net sales of the last 12 months=97,963.70, expected in the next 12 months=77,456.73, contribution=23,237.02)
    """

    stored_as = "fitted career"
    career: CustomerCareer = field(validator=instance_of(CustomerCareer))
    as_of: str = field(validator=is_day)
    seed: int = field(validator=SEED)
    scorer: FittedValueScorer = field(validator=[instance_of(FittedValueScorer), of_this_spec])
    draws: ValueDraws | None = field(default=None, validator=optional(instance_of(ValueDraws)), metadata=NOT_WRITTEN)
    _history: LadderHistory[FrameT] | None = field(
        default=None, alias="history", validator=optional(instance_of(LadderHistory)), metadata=NOT_WRITTEN
    )
    _kept: dict[str, Any] = field(init=False, factory=dict, metadata=NOT_WRITTEN)
    money: Bridge | None = field(validator=[there_with_spend, optional(of_this_career)])
    _table: FrameT = field(alias="table", validator=of_customers, metadata=written(TABLE, name="table"))
    _summary: FrameT | None = field(default=None, alias="summary", validator=of_these_customers, metadata=SUMMARY)
    groups: FittedCustomerGroups | None = field(
        default=None, validator=optional([instance_of(FittedCustomerGroups), of_these_groups]), metadata=LATER
    )
    _leads: FrameT | None = field(default=None, alias="leads", metadata=LEADS)

    @property
    def history(self) -> LadderHistory[FrameT]:
        """What was read of purchases and events, for careers and for positions as of earlier days.

        Raises:
            CapabilityError: the career was read back from a dict, which holds results only.
        """
        if self._history is None:
            raise CapabilityError.because(
                "a career that was read back has no history: results are stored, not purchases.",
                hint="career.career.fit(transactions, as_of=career.as_of, seed=career.seed) of the same data, with "
                "customers= and events= as then, has it.",
            )
        return self._history

    def customers(self) -> FrameT:
        """The table of customers, one row each, in the given order.

        Returns:
            The scores; the class, with p_A, p_B, p_C and p_none where values were drawn, and abc_kept where classes of
            an earlier date were given (`ABCClassifier.classify`); potential, priority and priority_rank (see below);
            frequency, recency, T (warped if the scorer has a season), monetary_value and entry of the summary, with a
            margin by category its breadth; the
            facts; the rung with its reason and evidence; the group (moving, recurring, exclusive; missing for
            prospects), with p_moving, p_recurring, p_exclusive where a mixture tells it; model_note (what makes results
            of the models doubtful, missing where nothing does); the attributes of `customers=` whose names are not
            taken.

            priority = p_purchase x potential x margin - cost, one ranking of all for whom p_purchase is known.
            potential is the expected revenue given at least one purchase within the horizon, so that the product is the
            clv; where `customers=` has a column `potential`, what a customer could spend with the firm within the
            horizon, its known values replace it. cost is 0 where the scorer has no costs. priority_rank is 1 for the
            highest; ties share the best. Where the purchases have no amounts there are none of these columns.
        """
        whole: FrameT = narrow(self._table, need=NEED).clone().to_native()
        return whole

    def bridge(
        self, plan: Plan[Any] | None = None, backtest: BacktestResult | None = None, *, newcomers: bool = True
    ) -> FrameT:
        """From the actual net sales of the last span to the expected result of the next span of the same length.

        Args:
            plan: a plan from `plan`; without one its lines are zero.
            backtest: the result of `kk.Backtest(...).run(transactions)` for the same models. It adds a line that
                calibrates the expected sales, and widens their interval by the model's own error between origins.
            newcomers: whether the total includes customers who arrive in the next span (`kk.Arrivals`).

        Returns:
            One row per line: line, amount, low, high (90 % interval of realised totals), source. Where the data leave
            expected sales open, a line shows their mean over the posterior too; it is not added.

        Raises:
            CapabilityError: the purchases have no amounts, or the scorer no spend model.
            DataError: a plan for other customers, or a backtest of other models.
        """
        money = sums_of(self.money, scorer=self.scorer, need="career.bridge")
        if plan is not None:
            given = read_object(plan, "plan", kind=Plan, hint=PLAN_HINT).customers.ids
            if list(given) != narrow(self._table, need=NEED)["customer_id"].to_list():
                raise DataError.because("the plan is for other customers than this career's.", hint=PLAN_HINT)
            money.refuse_outside(plan)
        newcomers = read_flag(newcomers, "newcomers")
        return money.lines(plan, self._tested(backtest), newcomers=newcomers, scorer=self.scorer, like=self._table)

    def checks(self, backtest: BacktestResult | None = None) -> FrameT:
        """The portfolio checks; checks of models, season and spend; and calibration by kind of customer.

        Args:
            backtest: of the career's models, to check by kind of customer what they foresaw in the past.

        Returns:
            check, passed, informative, severity, value, limit, customers, message.

        Raises:
            DataError: a backtest of other models.
        """
        tested = self._tested(backtest)
        return career_checks(self._table, scorer=self.scorer, money=self.money, backtest=tested)

    def _tested(self, backtest: BacktestResult | None) -> BacktestResult | None:
        """A backtest of the career's models; others are refused."""
        if backtest is not None:
            given = read_object(backtest, "backtest", kind=BacktestResult, hint=BACKTEST_HINT)
            given.refuse_other_models(self.scorer, who="the career is", hint=BACKTEST_HINT)
        return backtest

    def report(self) -> dict[str, FrameT]:
        """The frames of a report by name: customers, grid, bridge, checks, and totals if values were drawn.

        Where the purchases have no amounts there is no bridge, and there are no totals.
        """
        bridge = {} if self.money is None else {"bridge": self.bridge()}
        frames = {"customers": self.customers(), "grid": self.grid(), **bridge, "checks": self.checks()}
        return frames if self.draws is None else frames | {"totals": self.draws.total()}

    def equals(self, other: Any) -> bool:
        """Whether `other` has the same specification, date, seed and table of customers."""
        return (
            isinstance(other, FittedCareer)
            and (self.career, self.as_of, self.seed) == (other.career, other.as_of, other.seed)
            and type(self._table) is type(table := other.customers())
            and bool(cast("Any", self._table).equals(table))
        )

    def __repr__(self) -> str:
        table, money = narrow(self._table, need=NEED), self.money
        rungs = Counter(table["rung"].to_list())
        shown = ", ".join(f"{name!r}: {rungs[name]:,}" for name in self.career.ladder.names if rungs[name])
        begins = f"FittedCareer(as_of={self.as_of!r}, customers={len(table):,}, rungs={{{shown}}},\n"
        if money is None:
            return f"{begins}    {counted_in_purchases(self.scorer)})"
        coming = "" if money.prospects is None else f", of prospects={money.prospects.sales.expected:,.2f}"
        return (
            f"{begins}    net sales of the last {money.span}={money.actual:,.2f}, "
            f"expected in the next {money.span}={money.sales:,.2f}, contribution={money.contribution:,.2f}{coming})"
        )
