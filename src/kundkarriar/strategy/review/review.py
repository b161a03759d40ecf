"""The yearly review of a plan: whether its strategies worked, who moved, and what the next plan should know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import LEVEL, Text, refusal
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import CapabilityError, DataError, law_and_hint
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT
from kundkarriar.stored import Stored, part, whole
from kundkarriar.stored_forms import or_null, written
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.review.actuals import Actuals
from kundkarriar.strategy.review.comparison import Comparisons
from kundkarriar.strategy.review.completeness import check_completeness
from kundkarriar.strategy.review.contacts_made import contacts_beside_planned
from kundkarriar.strategy.review.measured_effects import Measured, effects_frame, measured_effects
from kundkarriar.strategy.review.moved import Standing, moved_frame
from kundkarriar.strategy.review.next_year import advice, next_frame
from kundkarriar.strategy.review.strategies import Reviewed, reviewed, strategies_frame
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.playbook import Playbook

NEED = "StrategyPlanner.review"


@frozen(kw_only=True, eq=False, repr=False, slots=False)
class Review(Stored, Generic[FrameT]):
    """What came of a plan; from `planner.review`.

    What came is compared with the holdout, not with the year before: the best customers of a year buy less in the next
    whatever is done, and the worst more. Every method returns a new frame of the same kind (pandas, polars,
    pyarrow) as the plan's customers.

    Attributes:
        plan: the plan.
        actuals: what its customers bought, and the contacts that were made.
        level: probability that the intervals of all strategies hold together.
        standing: where customers stand a year later; None where that was not given.

    >>> import numpy as np, pandas as pd
    >>> import kundkarriar as kk
    >>> customers = pd.DataFrame({"customer_id": np.arange(400), "clv": 30.0, "expected_purchases": 1.0,
    ...                           "p_purchase": 0.6, "expected_order_value": 100.0})
    >>> more = kk.Effect(on="purchases", mean=1.5, low=1.0, high=2.0, evidence="assumed", relative_to="no letter")
    >>> letter = kk.Action(name="letter", objective="grow", lever="information", cost=5, hours=0, effect=more)
    >>> everyone = kk.Strategy(name="everyone", when=kk.column("clv") >= 0, objective="grow", reason="they buy",
    ...                        target=kk.Target(metric="purchases", value=1.4, until="2027-12-31"))
    >>> planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(everyone,)), actions=(letter,))
    >>> plan = planner.plan(customers, budget=kk.Budget(money=9000, hours=0, period="2027"), start="2027-01-01",
    ...                     holdout=0.3)
    >>> rng, treated = np.random.default_rng(1), plan.assignments()["treated"]
    >>> bought = np.repeat(np.arange(400), rng.poisson(np.where(treated, 1.5, 1.0)))
    >>> dates = pd.Timestamp("2027-01-01") + pd.to_timedelta(rng.integers(0, 365, len(bought)), "D")
    >>> orders = pd.DataFrame({"customer_id": bought, "date": dates, "amount": 100.0})
    >>> review = planner.review(plan, {"transactions": orders})
    >>> review.strategies()[["strategy", "planned", "incremental", "low", "high", "verdict"]].round(2)
             strategy  planned  incremental   low  high verdict
    0        everyone      0.5         0.53  0.29  0.76  worked
    1  the whole plan      0.5         0.53  0.29  0.76  worked
    >>> review.effect("letter").evidence[:24]
    'measured: review of 2027'
    """

    stored_as = "review"
    plan: Plan[FrameT] = field(validator=instance_of(Plan), metadata=written(whole(Plan)))
    actuals: Actuals = field(validator=instance_of(Actuals), metadata=written(part(Actuals)))
    level: float = field(validator=LEVEL)
    standing: Standing | None = field(
        default=None, validator=optional(instance_of(Standing)), metadata=written(or_null(part(Standing)))
    )

    @actuals.validator
    def _of_the_plan(self, _: object, actuals: Actuals) -> None:
        n, strategies = len(self.plan.customers), len(self.plan.playbook.strategies)
        if len(actuals.bought.purchases) != n or len(actuals.until) != strategies or len(actuals.due) != strategies:
            law = f"those of the plan's {n:,} customers and {strategies} strategies"
            raise refusal(actuals.as_of, "actuals", law=law, hint="write planner.review(plan, actuals).")

    def strategies(self) -> FrameT:
        """Whether each strategy worked, and the whole plan.

        All columns are over `span`, from the plan's first day to the day of the target, or to the plan's last day, or
        to the day on which the actuals end; so are money and hours, and what contacts bring after it is not in. What an
        action costs as a share of spend is what the plan expected of those contacted, in proportion to the days. A
        price cut counts once in `net`: amounts that were paid are less by it already, and net value is at list prices
        (`amounts_at`). Customers who were left out after the assignment (`plan.without`) count as they were assigned,
        and what was planned of them as nothing.

        The difference between treated and held out is per treated customer. What the model expected of each customer is
        taken off as a covariate (CUPED), and the interval is by the random assignment itself, within the holdout's
        strata of action, strategy and class; where both arms have more than 1,000 customers, by Welch. The intervals of
        all strategies with both arms hold together with probability `level` (Bonferroni); that of the whole plan is by
        itself. Who was held out and contacted counts as held out, and who was treated and not contacted as treated.

        It "worked" where the interval lies above 0. It "did not" where the interval excludes what was planned, or lies
        below 0. Else, without a holdout, without anybody treated, and before its time is out: "cannot tell".

        Returns:
            strategy, customers, treated, held_out, metric (that of the target; without one the first that can show what
            is planned, or the share that buys; of the whole plan that of all treated strategies, or where they differ
            the one whose planned effect is largest beside its expected spread), span, target, planned (what the plan
            said it adds to a selected customer), actual (per customer), expected_without (what the model expected of
            the same customers without the plan, with their regression to the mean), before (over as long a time before
            the plan, where the transactions reach back: actual less before is the naive difference, which misleads),
            incremental, low, high, smallest_visible (with the spread that came), target_reached ("yes", "no", missing
            before its day), money_planned, money, hours_planned, hours, net (incremental net value of the treated less
            money and priced hours), net_low, net_high, verdict, note. A strategy without customers has no row.
        """
        return strategies_frame(self._rows, like=self.plan.like)

    def contacts(self) -> FrameT:
        """The contacts that were made beside those planned, by action, on the days that count (`span` of `strategies`).

        Without a log of contacts those planned are taken as made. Contacts with customers who were left out later
        (`plan.without`), by the action that they were assigned, are among those made alone.

        Returns:
            action, planned, made, customers_planned, customers_contacted (of those planned), to_held_out (contacts
            with customers who should have been left alone), to_others (with customers for whom the action was not
            planned), money_planned, money, hours_planned, hours.
        """
        return contacts_beside_planned(self.plan, self._known.made, last=self._known.last)

    def moved(self) -> FrameT:
        """How many customers went from which rung, class and strategy to which.

        Returns:
            what ("rung", "abc", "strategy"), from (missing for new customers), to (missing for those who are not among
            the customers a year later), customers. The strategy a year later is that of the reviewing planner.

        Raises:
            CapabilityError: the review was made without `customers`.
        """
        if self.standing is None:
            raise CapabilityError.because(
                "the review does not know where customers stand a year later.",
                hint="write planner.review(plan, actuals, customers=career.customers()), with scores of the end.",
            )
        return moved_frame(self.plan, self.standing)

    def effects(self) -> FrameT:
        """How much of each stated effect was measured, and what the next plan should state.

        An effect acts at a scale: 0 is none, 1 as stated, and a multiplier m at scale s is m^s. The stated range is the
        prior of the scale, with mean 1, and the measured difference by the planned one its estimate. Only customers who
        were selected for one action alone tell its effect. Of several effects of an action one scale is measured.

        Returns:
            action, effect_on, metric (the one that tells most), treated, held_out, planned and measured (added to the
            metric of a customer), standard_error, scale and weight (posterior mean, and the share of the measurement
            in it), stated (the mean before), mean, low, high and evidence of the effect to state, note. Where nothing
            could be measured scale is missing, and the effect stays as stated.
        """
        return effects_frame(self._effects, like=self.plan.like)

    def effect(self, action: str) -> Effect:
        """The effect of an action for the next plan: measured, or as stated where nothing could be measured.

        Args:
            action: its name.

        Raises:
            CapabilityError: the action has several effects, or none.
            DataError: the plan has no such action.
        """
        names = [each.action.name for each in self._effects]
        if not names:
            raise CapabilityError.because("the plan has no actions.", hint="plan some: see kk.Action.")
        found = self._effects[names.index(Text(among=names).read(action, "action"))].next
        if len(found.effects) > 1:
            law = f"the action {action!r} has {len(found.effects)} effects, and not one."
            raise CapabilityError.because(law, hint="review.actions() has it with all of them.")
        if found.effect is None:
            raise CapabilityError.because(f"the action {action!r} states no effect.", hint="see review.effects().")
        return found.effect

    def actions(self) -> tuple[Action, ...]:
        """The actions of the plan with their measured effects, for next year's planner."""
        return tuple(each.next for each in self._effects)

    def next(self) -> FrameT:
        """What to do with each strategy in the next year.

        Returns:
            strategy, verdict, next ("keep", "stop", "redesign" or "measure"), customers_needed (selected customers,
            half of them held out, on whom what was planned shows four times in five), holdout (the share to hold out of
            as many customers as were selected now; missing where none is enough), sentence.
        """
        rows = [advice(self.plan, self._known, each) for each in self._rows[:-1]]
        return next_frame(rows, like=self.plan.like)

    def equals(self, other: object) -> bool:
        """Whether `other` is the same review of the same plan, in any kind of frame."""
        if not isinstance(other, Review) or not self.plan.equals(other.plan):
            return False
        mine, theirs = self.to_dict(), other.to_dict()
        return {**mine, "plan": None} == {**theirs, "plan": None}

    @cached_property
    def _known(self) -> Comparisons:
        return Comparisons(plan=self.plan, actuals=self.actuals, level=self.level)

    @cached_property
    def _rows(self) -> tuple[Reviewed, ...]:
        return reviewed(self.plan, self._known)

    @cached_property
    def _effects(self) -> tuple[Measured, ...]:
        return measured_effects(self.plan, self._known)

    def __repr__(self) -> str:
        words = [row.verdict.word for row in self._rows[:-1]]
        counts = ", ".join(f"{word!r}: {words.count(word)}" for word in dict.fromkeys(words))
        return f"Review(period={self.plan.budget.period!r}, as_of={self.actuals.as_of!r}, verdicts={{{counts}}})"


def review(
    plan: Any, actuals: Any, *, as_of: Any, customers: Any, level: float, amounts_at: str, playbook: Playbook
) -> Review[Any]:
    """The review of a plan: see `StrategyPlanner.review`."""
    read, level = _read_plan(plan), LEVEL.read(level, "level")
    known = Actuals.read(read, actuals, as_of=as_of, amounts_at=amounts_at)
    check_completeness(Comparisons(plan=read, actuals=known, level=level))
    return Review(
        plan=read,
        actuals=known,
        level=level,
        standing=None
        if customers is None
        else Standing.read(customers, playbook=playbook, plan=read, need=f"{NEED}: `customers`"),
    )


def _read_plan(given: Any) -> Plan[Any]:
    if isinstance(given, Plan):
        return given
    hint = "pass a plan from planner.plan(...), or the dict of its to_dict()."
    if not isinstance(given, Mapping):
        raise refusal(given, "plan", law="a plan, or its dict", hint=hint)
    try:
        return Plan.from_dict(given)
    except DataError as error:
        law, hint = law_and_hint(error)
        raise DataError.because(f"`plan`: {law}", hint=hint) from error
