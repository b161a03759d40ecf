"""What effects add to each buyer's expected value: E[value | treated] - E[value | usual], of the same process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.effects.effect import FIRST_PURCHASE, Effect
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.models.interface.protocols import ForeseesTreatment, able, members_of
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.increments.effect_sizes import FORESEEN_BY, Sizes
from kundkarriar.scoring.increments.time_ahead import TimeAhead, against_nothing, shortest_scale
from kundkarriar.scoring.increments.treatment_worlds import TreatmentWorlds, added_in
from kundkarriar.scoring.prospects.prospects import Prospects
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon
from kundkarriar.scoring.terms import Terms
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.summaries.purchase_rows import PurchaseRows

FORESEE = "kk.MBGNBD, kk.BGNBD, kk.ParetoNBD, kk.GGompertzNBD, kk.ReturningNBD and averages of them tell it"
MONEY = ("spend", "cost", "marketing", "value")
"""Effects on money alone."""
SERVE = 2
"""The row of the cost to serve among weights; the others are of purchases."""


@frozen(kw_only=True, eq=False, slots=False)
class Increments:
    """Increments of n buyers under one purchase model.

    Attributes:
        model: the fitted purchase model.
        rows: their distinct histories, (D,).
        each: the distinct history of each buyer, (n,).
        order_value: expected gross spend per purchase day of each buyer, (n,).
        terms: margin, costs and returned share of each buyer, (n,).
        clock: the clock of warped time; None: `rows` are in calendar time.
        nodes: the time ahead by the ends of its segments, as far as it was asked for.
        shortest: the rows that tell the shortest time between purchases, the same for any of the buyers.
        discount_rate: continuous, per calendar period of the model.
        costs: costs of customers, or None.
        money: whether value is counted in money; else in purchases, undiscounted.
    """

    model: Any
    rows: PurchaseRows
    each: Whole
    order_value: Array
    terms: Terms
    clock: SeasonClock | None
    shortest: PurchaseRows
    discount_rate: float
    costs: Costs | None
    money: bool
    nodes: dict[bytes, TimeAhead] = field(factory=dict, repr=False)

    @classmethod
    def of_base(
        cls, base: CustomerBase, *, model: Any, discount_rate: float, costs: Costs | None, money: bool
    ) -> Increments:
        """The increments of the buyers of a base."""
        distinct = base.rows.distinct(period=model.period)
        return cls(
            model=model,
            rows=distinct.rows,
            each=distinct.inverse,
            order_value=base.order_value,
            terms=base.terms,
            clock=base.clock,
            shortest=distinct.rows,
            discount_rate=discount_rate if money else 0.0,
            costs=costs,
            money=money,
        )

    def under(self, model: Any) -> Increments:
        """The increments of the same buyers under another model."""
        return evolve(self, model=model)

    def at(self, buyers: Whole) -> Increments:
        """The increments of some of the buyers, by position."""
        histories, each = np.unique(self.each[buyers], return_inverse=True)
        return evolve(
            self,
            rows=self.rows.at(histories),
            each=each,
            order_value=self.order_value[buyers],
            terms={name: values[buyers] for name, values in self.terms.items()},
        )

    def of(self, sets: Sequence[tuple[TreatmentWorlds, Sizes]]) -> list[Array]:
        """The increment of each buyer by each treatment, with effects of given sizes, (n,) each."""
        weights = [_weights(worlds, sizes) for worlds, sizes in sets]
        added = [own[:, 1] - own[:, 0] for own in weights]
        courses = [
            [self._course(*both, own[:, 1]), *self._earlier(*both, apart)]
            for both, own, apart in zip(sets, weights, added, strict=True)
        ]
        changes = iter(self._changes([course for own in courses for course in own]))
        found = []
        for both, apart, own in zip(sets, added, courses, strict=True):
            change, more, less = (next(changes) for _ in own)
            found.append(self._value(*both, apart, ((1, change), (1, more), (-1, less))))
        return found

    def _earlier(self, worlds: TreatmentWorlds, sizes: Sizes, added: Array) -> list[Course | None]:
        """What the usual world changes of the process where factors are added, by their sign; None where they are not.

        Weights have one sign each, as models interpolate changes of one sign.
        """
        parts = (np.maximum(added, 0.0), np.maximum(-added, 0.0))
        return [against_nothing(self._course(worlds, sizes, part), world=0) if part.any() else None for part in parts]

    def spent(self, sets: Sequence[tuple[TreatmentWorlds, Sizes, Array]]) -> list[Array]:
        """The discounted spend under each treatment, net of returns, times shares by segment, (k,), (n,) each."""
        weights = [_weights(worlds, sizes)[:, 1] * shares for worlds, sizes, shares in sets]
        courses = [
            against_nothing(self._course(worlds, sizes, own), world=1)
            for (worlds, sizes, _), own in zip(sets, weights, strict=True)
        ]
        found = []
        for (worlds, *_), own, change in zip(sets, weights, self._changes(courses), strict=True):
            bought = np.zeros(len(self.rows)) if change is None else change.purchases[:, 0]
            bought = bought + added_in(own[0], self._ahead(worlds).calendar, lambda t: self.usual(t)[0])
            found.append(self._list_price * bought[self.each])
        return found

    def _changes(self, courses: Sequence[Course | None]) -> list[CourseDifference | None]:
        """What each course changes in the process; None where nothing acts."""
        acting = [course for course in courses if course is not None and course.acts_on]
        changes = iter(self.model.treated_changes(self.rows, courses=acting) if acting else ())
        return [next(changes) if course is not None and course.acts_on else None for course in courses]

    def _course(self, worlds: TreatmentWorlds, sizes: Sizes, weights: Array) -> Course:
        """The course of the process; `weights` are those of `_weights` in one world, (q, k)."""
        serves = self.money and self._pays["serve"]
        return self._ahead(worlds).course(
            worlds, sizes, purchases=np.delete(weights, SERVE, axis=0).T, active=weights[[SERVE]].T[:, : int(serves)]
        )

    def _ahead(self, worlds: TreatmentWorlds) -> TimeAhead:
        key = worlds.edges.tobytes()
        if key not in self.nodes:
            unit = self.model.period
            scale = shortest_scale(self.shortest, horizon=float(worlds.edges[-1]) / DAYS[unit])
            self.nodes[key] = TimeAhead.of(
                worlds.edges, scale=scale, unit=unit, discount_rate=self.discount_rate, clock=self.clock
            )
        return self.nodes[key]

    def _value(
        self,
        worlds: TreatmentWorlds,
        sizes: Sizes,
        added: Array,
        changes: Iterable[tuple[int, CourseDifference | None]],
    ) -> Array:
        """The value of changes of the process, and of factors on what comes of it as usual, for each buyer, (n,).

        `changes` have a sign each. `added` are those of `_weights`, treated less usual, (q, k).
        """
        bought, active = np.zeros((len(added) - 1, len(self.rows))), np.zeros(len(self.rows))
        for sign, part in changes:
            if part is not None:
                bought, active = bought + sign * part.purchases.T, active + sign * part.active.sum(axis=1)
        calendar = self._ahead(worlds).calendar
        for row, weight in enumerate(np.delete(added, SERVE, axis=0)):
            bought[row] += added_in(weight, calendar, lambda t: self.usual(t)[0])
        active = active + added_in(added[SERVE], calendar, lambda t: self.usual(t)[1])
        spend, orders, *given = bought
        if not self.money:
            return np.asarray(orders[self.each])
        value = self._margin * spend[self.each]
        for taken in given:
            value -= self._list_price * taken[self.each]
        for cost, amount in (("handle", orders), ("serve", self._years * active)):
            if self._pays[cost]:
                value -= self.terms[cost] * amount[self.each]
        usual, treated = worlds.factors("marketing", sizes)
        if (usual != treated).any():
            value -= self.terms["market"] * self._years * added_in(treated - usual, calendar, self._discounted)
        return np.asarray(value + worlds.money(sizes))

    @cached_property
    def _margin(self) -> Array:
        """What an order of usual value brings before the cost to handle it, (n,)."""
        margin: Array = self.terms["margin"] * self._list_price
        return margin

    @cached_property
    def _list_price(self) -> Array:
        """The list price of an order of usual value, net of returns, (n,)."""
        price: Array = (1 - self.terms["returned"]) * self.order_value
        return price

    @property
    def margins(self) -> Array:
        """Contribution of an order less the cost to handle it, as a share of its list price, (n,); NaN at price 0."""
        price = self._list_price
        unknown = np.full_like(price, np.nan)
        return np.divide(self._margin - self.terms["handle"], price, out=unknown, where=price > 0)

    @cached_property
    def _pays(self) -> dict[str, bool]:
        """Whether any buyer has each cost."""
        return {name: bool(self.terms[name].any()) for name in ("handle", "serve")}

    @property
    def _years(self) -> float:
        """Years of a period."""
        return DAYS[self.model.period] / DAYS["Y"]

    def usual(self, until: float) -> tuple[Array, Array]:
        """Expected discounted purchases and time active up to a time in calendar periods, untreated, (D,) each.

        Of a user's model that does not discount, time active is 0.
        """
        if until not in self._known:
            ahead = self._expectation(until)
            self._known[until] = ahead.unconditional("discounted_purchases"), ahead.unconditional("discounted_alive")
        return self._known[until]

    @cached_property
    def _known(self) -> dict[float, tuple[Array, Array]]:
        return {}

    @cached_property
    def _expectation(self) -> Callable[[float], ResidualExpectation]:
        return residual_expectation_by_horizon(
            self.model, self.rows, discount_rate=self.discount_rate, costs=self.costs, clock=self.clock
        )

    def _discounted(self, until: float) -> Array:
        """Discounted calendar periods from now, a single number."""
        rate = self.discount_rate
        return np.asarray(until if rate == 0 else -np.expm1(-rate * until) / rate)


def _weights(worlds: TreatmentWorlds, sizes: Sizes) -> Array:
    """Factors on gross spend, orders and the cost to serve in each segment, as usual and treated, (q, 2, k).

    Where a discount is given as usual there is a fourth row: on the spend that it takes. So it is taken off what a
    treatment makes customers spend more, too.
    """
    purchases, spend, cost = (worlds.factors(on, sizes) for on in ("purchases", "spend", "cost"))
    usual, _ = worlds.discounts
    given = [purchases * spend * usual] if usual.any() else []
    return np.stack([purchases * spend, purchases, cost, *given])


def refuse_unforeseen(
    model: Any, effects: Iterable[Effect], *, money: bool, first_purchase: Any, prospects: Prospects | None
) -> None:
    """Refuse effects on what the models do not have, or the scorer does not count.

    `prospects` are those of `leads`, None where these were not given.
    """
    for on in dict.fromkeys(effect.on for effect in effects):
        names = " and ".join(dict.fromkeys(type(each).__name__.removeprefix("Fitted") for each in members_of(model)))
        if on in MONEY and not money:
            raise CapabilityError.because(
                f"an effect on {on} is counted in money, and the scorer counts purchases alone.",
                hint="kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money.",
            )
        if on == FIRST_PURCHASE and first_purchase is None:
            raise CapabilityError.because(
                "an effect on the first purchase: the scorer does not tell when prospects first buy.",
                hint=f"kk.ValueScorer({FORESEEN_BY}, ...).fit(summary, leads=leads), with kk.leads(...).",
            )
        if on == FIRST_PURCHASE and prospects is None:
            raise DataError.because(
                "an effect on the first purchase is counted of leads, and there are none.",
                hint="increments(summary, leads=kk.leads(customers, transactions, as_of=...), ...).",
            )
        if on not in ("leaving", "returning"):
            continue
        if not able(model, ForeseesTreatment):
            raise CapabilityError.because(
                f"{names} does not say what an effect on {on} changes (it lacks ForeseesTreatment).",
                hint=f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
        if on not in model.moved_by and on == "leaving" and all(map(_nobody_leaves, members_of(model))):
            raise CapabilityError.because(
                f"an effect on leaving: in {names} nobody leaves, so there is no leaving to prevent.",
                hint=f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
        if on not in model.moved_by and on == "leaving":
            raise CapabilityError.because(
                f"{names} does not tell what an effect on leaving changes where customers leave at regular purchases.",
                hint=f'{FORESEE}; or state the effect as on="purchases" or on="value".',
            )
        if on not in model.moved_by:
            raise CapabilityError.because(
                f"an effect on returning: in {names} nobody comes back once inactive.",
                hint="kk.ReturningNBD, alone or in an average, lets customers pause and come back.",
            )


def _nobody_leaves(model: Any) -> bool:
    """Whether a model is of customers who never drop out."""
    return attribute_of(attribute_of(model, "family"), "has_dropout") is False
