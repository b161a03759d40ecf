"""A marketing action on a customer: for whom it is, when it contacts, what it costs and what it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import (
    AMOUNT,
    SAYS_SOMETHING,
    SHARE,
    WholeNumber,
    as_tuple,
    is_number,
    read_object,
    refusal,
    to_float,
)
from kundkarriar.arrays import Whole
from kundkarriar.dates.period import Period, as_day, day_number
from kundkarriar.effects.discount import Discount
from kundkarriar.effects.effect import WHILE_TREATED, Effect
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import all_instances_of, instance_of
from kundkarriar.rules.condition import A_CONDITION, CONDITION, Condition
from kundkarriar.stored import Stored, whole
from kundkarriar.stored_forms import LATER, NUMBER, TEXT, Form, list_of, one_of, or_null, written
from kundkarriar.strategy.specs.benefit import BENEFIT, Benefit, as_benefit
from kundkarriar.strategy.specs.budget import BUDGET_HINT, Budget
from kundkarriar.strategy.specs.contact_days import contact_days
from kundkarriar.strategy.specs.vocabulary import LEVER, OBJECTIVE, SELLING, SELLS

STEP_HINT = 'write step=("trial buyer", "repeat buyer").'
EFFECT_HINT = "write effect=kk.Effect(...)."
DISCOUNT_EXAMPLE = "kk.Discount(share=0.1)"
TIMES = WholeNumber(least=1, most=10_000, example=4)
AFTER_DAYS = WholeNumber(least=0, most=3_660, example=14)
AMOUNT_OR_COLUMN = one_of(NUMBER, TEXT)
ONE_EFFECT, SEVERAL_EFFECTS = whole(Effect), list_of(whole(Effect))
DAY = np.timedelta64(1, "D")


def _write_effects(effects: tuple[Effect, ...]) -> Any:
    if len(effects) > 1:
        return SEVERAL_EFFECTS.write(effects)
    return ONE_EFFECT.write(effects[0]) if effects else None


def _read_effects(given: Any) -> tuple[Effect, ...]:
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        return (ONE_EFFECT.read(given),)
    if len(given) < 2:
        raise ValueError(f"several effects are needed in a list, got {len(given)}")
    effects: tuple[Effect, ...] = SEVERAL_EFFECTS.read(given)
    return effects


EFFECTS = Form(law="an effect, a list of effects or null", write=_write_effects, read=_read_effects)
"""One effect is stored by itself, as it was before an action could have several."""


def _number_or_name(value: Any) -> Any:
    return value if isinstance(value, str) else to_float(value)


def _read_budget(budget: Budget) -> Budget:
    return read_object(budget, "budget", kind=Budget, hint=BUDGET_HINT)


def _amount_or_column(action: Action, attribute: Attribute[Any], value: Any) -> None:
    if not (isinstance(value, str) and SAYS_SOMETHING.holds(value)):
        AMOUNT(action, attribute, value)


def _step(step: Any) -> Any:
    return tuple(step) if isinstance(step, list) else step


def _two_rungs(_: object, attribute: Attribute[Any], step: Any) -> None:
    two = isinstance(step, tuple) and len(step) == 2 and all(map(SAYS_SOMETHING.holds, step)) and step[0] != step[1]
    if step is not None and not two:
        raise refusal(step, attribute.name, law="two different rungs, (from, to), as texts", hint=STEP_HINT)


def _whole(value: Any) -> Any:
    return int(value) if is_number(value) and float(value).is_integer() else value


@frozen(kw_only=True, init=False)
class Action(Stored):
    """A marketing action on one customer, repeated `per_year` times a year.

    It may serve any customer whom its own conditions allow; strategies may forbid or prefer it. A plan has its contacts
    from the plan's start on, 12 / `per_year` months apart, so a shorter period has fewer: `contact_days(budget)`.

    Attributes:
        name: unique name, used in every table.
        objective: what it is for, in the words of strategies; `StrategyPlanner(match_objectives=True)` gives an action
            only to customers of strategies with its objective.
        lever: product, price, distribution, information, reputation, influence or service.
        step: the rung it starts from and the rung it aims at: the action is then for customers on the first only.
        cost: money per repetition and customer, >= 0, or the name of a column of the customers with it.
        hours: hours of work per repetition and customer, >= 0, or the name of a column.
        per_year: repetitions in twelve months, a whole number from 1 to 10,000.
        benefit: what a contact gives the customer, `kk.Benefit`; a number is what it is worth to the customer.
        effects: what a repetition does, each on another quantity and for the same time. A single one may be given as
            `effect`, which takes the place of one in `effects`. Without an effect the action is only recommended, and
            no money or hours are planned for it.
        when: condition on the customers whom it may serve; None: everybody.
        channel: how it reaches them: "phone". Customers may refuse a channel (column `may_contact_phone`).
        after: the occasion that it follows: "purchase" (the last one known), "first purchase", or a kind of event.
            Then it contacts once, `after_days` after the occasion, where that day lies in the plan.
        after_days: days from the occasion to the contact.
        cost_of_spend: cost besides, as a share of what the customer spends while treated, 0 to 1: .1 for a voucher of
            ten per cent.
        discount: the price cut that the customer keeps, `kk.Discount`, of an action with the lever "price". Who got it
            has it on all later purchases, treated or not, so the plan weighs what it costs until the end of the
            horizon, and not of its own period alone. Effects are on purchases at the list price: what the cut takes
            off them is counted apart. Of several discounts of a customer the largest holds.

    >>> letter = Action(name="letter", objective="repeat", lever="information", cost=12, hours=0.05, per_year=2)
    >>> from kundkarriar import Budget
    >>> year, quarter = (Budget(money=1000, hours=0, period=period) for period in ("2027", "2027-Q1"))
    >>> letter.times_in(year), letter.cost_in(year), letter.hours_in(year)
    (2, 24.0, 0.1)
    >>> letter.times_in(quarter), letter.cost_in(quarter)
    (1, 12.0)
    """

    stored_as = "action"
    name: str = field(validator=SAYS_SOMETHING)
    objective: str = field(validator=OBJECTIVE)
    lever: str = field(validator=LEVER)
    step: tuple[str, ...] | None = field(default=None, converter=_step, validator=_two_rungs)
    cost: float | str = field(
        converter=_number_or_name, validator=_amount_or_column, metadata=written(AMOUNT_OR_COLUMN)
    )
    hours: float | str = field(
        converter=_number_or_name, validator=_amount_or_column, metadata=written(AMOUNT_OR_COLUMN)
    )
    per_year: int = field(default=1, converter=_whole, validator=TIMES)
    benefit: Benefit | None = field(
        default=None,
        converter=as_benefit,
        validator=optional(instance_of(Benefit, example="kk.Benefit(value_to_customer=30), or benefit=30")),
        metadata=written(BENEFIT),
    )
    effects: tuple[Effect, ...] = field(
        default=(), converter=as_tuple, validator=all_instances_of(Effect), metadata=written(EFFECTS, name="effect")
    )
    when: Condition | None = field(
        default=None, validator=optional(A_CONDITION), metadata=written(or_null(CONDITION), later=True)
    )
    channel: str | None = field(default=None, validator=optional(SAYS_SOMETHING), metadata=LATER)
    after: str | None = field(default=None, validator=optional(SAYS_SOMETHING), metadata=LATER)
    after_days: int = field(default=0, converter=_whole, validator=AFTER_DAYS, metadata=LATER)
    cost_of_spend: float = field(default=0.0, converter=to_float, validator=SHARE, metadata=LATER)
    discount: Discount | None = field(
        default=None,
        validator=optional(instance_of(Discount, example=DISCOUNT_EXAMPLE)),
        metadata=written(or_null(whole(Discount)), later=True),
    )

    def __init__(
        self,
        *,
        name: str,
        objective: str,
        lever: str,
        step: Iterable[str] | None = None,
        cost: float | str,
        hours: float | str,
        per_year: int = 1,
        benefit: Benefit | float | None = None,
        effects: Effect | Iterable[Effect] = (),
        effect: Effect | None = None,
        when: Condition | None = None,
        channel: str | None = None,
        after: str | None = None,
        after_days: int = 0,
        cost_of_spend: float = 0.0,
        discount: Discount | None = None,
    ) -> None:
        if effect is not None:
            stated = as_tuple(effects)
            if len(stated) > 1:
                law = "`effect` takes the place of a single one of `effects`."
                raise DataError.because(law, hint="give one of both.")
            own = read_object(effect, "effect", kind=Effect, law="kk.Effect(...)", hint=EFFECT_HINT)
            effects = (own,) if all(isinstance(each, Effect) for each in stated) else effects
        self.__attrs_init__(
            name=name,
            objective=objective,
            lever=lever,
            step=step,
            cost=cost,
            hours=hours,
            per_year=per_year,
            benefit=benefit,
            effects=effects,
            when=when,
            channel=channel,
            after=after,
            after_days=after_days,
            cost_of_spend=cost_of_spend,
            discount=discount,
        )

    def __attrs_post_init__(self) -> None:
        acts_on = [each.on for each in self.effects]
        if twice := sorted({on for on in acts_on if acts_on.count(on) > 1}):
            law = f"the action {self.name!r} has several effects on {' and on '.join(twice)}."
            raise DataError.because(law, hint="state what they do together as one effect.")
        if "promotion" in acts_on and self.step is None:
            raise refusal(None, "step", law=f"the promotion that {self.name!r} works on", hint=STEP_HINT)
        if "promotion" in acts_on and len(acts_on) > 1:
            law = f"the action {self.name!r} has an effect on promotion, which holds all that the step brings."
            raise DataError.because(law, hint="leave the other effects out, or state them instead of it.")
        if len({each.lasts for each in self.effects if each.on in WHILE_TREATED}) > 1:
            law = f"the effects of {self.name!r} must last equally long, as one contact treats by all of them."
            raise DataError.because(law, hint="give them one `lasts`, or make two actions of them.")
        if self.after is not None and self.per_year != 1:
            law = f"the action {self.name!r} contacts once after each {self.after!r}, not {self.per_year} times a year."
            raise DataError.because(law, hint="leave per_year out.")
        if self.after is None and self.after_days:
            law = f"the action {self.name!r} has after_days={self.after_days}, and no occasion from which they count."
            raise DataError.because(law, hint='write after="purchase".')
        if self.discount is not None and not self.changes_price:
            law = f"the action {self.name!r} has a discount, which changes the price, and its lever is {self.lever!r}."
            raise DataError.because(law, hint='write lever="price", or leave `discount` out.')
        if self.discount is not None and "promotion" in acts_on:
            law = f"the effect of {self.name!r} on promotion does not tell on which purchases its discount is given."
            raise DataError.because(law, hint="state what it does to leaving, purchases or spend; or leave it out.")

    @property
    def effect(self) -> Effect | None:
        """The effect of an action that has one, None without one.

        Raises:
            CapabilityError: the action has several effects.
        """
        if len(self.effects) > 1:
            law = f"the action {self.name!r} has {len(self.effects)} effects, and not one."
            raise CapabilityError.because(law, hint="read action.effects.")
        return self.effects[0] if self.effects else None

    @property
    def acts_on_process(self) -> bool:
        """Whether what it adds follows from the purchase process, and not from a promotion or stated money alone."""
        return any(each.on in WHILE_TREATED for each in self.effects)

    @property
    def costs_spend(self) -> bool:
        """Whether it costs a share of what customers spend: while treated, or as a discount."""
        return self.cost_of_spend > 0 or self.discount is not None

    @property
    def by_process(self) -> bool:
        """Whether what it adds or costs follows from the purchase process: it acts on it, or gives a discount."""
        return self.acts_on_process or self.discount is not None

    def contact_days(self, budget: Budget, *, start: Any = None, until: Any = None, last: Any = None) -> Whole:
        """Days of the contacts with one customer, as numbers since 1970-01-01, (k,): see `specs/contact_days.py`.

        Args:
            budget: its period.
            start: the plan's first day; None: the first day of the period.
            until: a last day before that of the period, of a strategy that ends then.
            last: the day of the last contact before the plan; the next is due 12 / `per_year` months later. Plans know
                all contacts of the twelve months before, and stay on the days of the first of them: see
                `ContactLog.chains`.
        """
        first = np.datetime64(_read_budget(budget).start_day(budget.first_day if start is None else start), "D")
        end = budget.last_day if until is None else min(budget.last_day, as_day(until, name="until"))
        chain = None if last is None else (day_number(as_day(last, name="last")), 1)
        return contact_days(start=first, until=end, per_year=self.per_year, chain=chain)

    @property
    def acts_on_promotion(self) -> bool:
        """Whether it works on a promotion."""
        return any(each.on == "promotion" for each in self.effects)

    def times_in(self, budget: Budget, *, start: Any = None) -> int:
        """Number of contacts from `start`, or from the first day of the budget's period, to its end."""
        return len(self.contact_days(budget, start=start))

    def cost_in(self, budget: Budget, *, start: Any = None) -> float:
        """Money per treated customer over the budget's period; without what `cost_of_spend` adds.

        Raises:
            CapabilityError: the cost is a column of the customers.
        """
        return self._in_period(self.cost, "cost", budget, start=start)

    def hours_in(self, budget: Budget, *, start: Any = None) -> float:
        """Hours per treated customer over the budget's period; as `cost_in`."""
        return self._in_period(self.hours, "hours", budget, start=start)

    def _in_period(self, amount: float | str, name: str, budget: Budget, *, start: Any) -> float:
        if isinstance(amount, str):
            law = f"the {name} of the action {self.name!r} is the column {amount!r}, each customer's own."
            raise CapabilityError.because(law, hint="plan.assignments() has what is planned for each customer.")
        return amount * self.times_in(budget, start=start)

    def treated_in(self, budget: Budget, *, start: Any = None) -> tuple[tuple[str, str | None], ...]:
        """First and last day of the time that each contact treats, as text; None: until the end of the horizon.

        >>> from kundkarriar import Budget
        >>> mail = Effect(on="spend", mean=1.1, low=1, high=1.2, lasts="6W", evidence="assumed", relative_to="none")
        >>> mails = Action(name="mail", objective="grow", lever="product", cost=1, hours=0, per_year=2, effect=mail)
        >>> mails.treated_in(Budget(money=1000, hours=0, period="2027"))
        (('2027-01-01', '2027-02-11'), ('2027-07-01', '2027-08-11'))
        """
        days = self.contact_days(budget, start=start).astype("datetime64[D]")
        if self.lasts is None:
            return tuple((str(day), None) for day in days[:1])
        return tuple((str(day), str(Period.of(self.lasts).after(day) - DAY)) for day in days)

    @property
    def lasts(self) -> str | None:
        """How long a contact treats; None: until the end of the horizon, or without an effect on the process."""
        return next((each.lasts for each in self.effects if each.on in WHILE_TREATED), None)

    def is_named_by(self, words: Iterable[str]) -> bool:
        """Whether one of `words` is its name, its objective or its lever, or "selling" where it sells."""
        own = {self.name, self.objective, self.lever} | ({SELLING} if self.objective in SELLS else set())
        return not own.isdisjoint(words)

    @property
    def changes_price(self) -> bool:
        """Whether the action changes the price; a discount tends to stay with the customer."""
        return self.lever == "price"


def names_of(named: Iterable[Any]) -> str:
    """The names of actions or strategies, for a short repr."""
    return repr([each.name for each in named])


def as_actions(given: Action | Iterable[Action]) -> tuple[Action, ...]:
    """Actions as a tuple; a single action as a tuple of one. The field's validator refuses other values."""
    return as_tuple(given)
