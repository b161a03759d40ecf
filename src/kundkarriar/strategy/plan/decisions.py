"""The decisions of a plan: strategy, bundle of actions and random assignment to the holdout, one entry per customer."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import FINITE, to_floats
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.fields import Shaped
from kundkarriar.stored import part
from kundkarriar.stored_forms import LATER, Form, array_of, or_null, written
from kundkarriar.strategy.increments.effect_sizes import SIZES

WITH_MISSING = array_of(np.float64, missing=True)
BY_BUNDLE = Form(
    law=WITH_MISSING.law, write=lambda gain: WITH_MISSING.write(gain.T), read=lambda given: WITH_MISSING.read(given).T
)
"""Values by customer and bundle are stored bundle by bundle."""
BY_CUSTOMER = (
    "strategy",
    "selected",
    "held_out",
    "gain",
    "low",
    "high",
    "base",
    "p",
    "by_size",
    "excluded",
    "contacts_made",
    "spend_cost",
    "later_cost",
    "margin",
    "withdrawn",
    "withdrawn_from_holdout",
)
AMOUNTS = ("cost", "hours")


@frozen(kw_only=True, eq=False)
class Decisions:
    """The decisions of a plan, as arrays in the order of its customers.

    Attributes:
        strategy: position of the customer's strategy in the playbook, (n,).
        selected: position of the bundle that the customer was selected for, (n,); -1 for none. Plans that were stored
            before bundles have -1 also for those held out.
        held_out: selected and randomly assigned to the holdout, (n,).
        gain: expected incremental value of each bundle that the customer's own conditions allow, whether the rules
            of the plan do or not, (n, B), less `later_cost`; NaN elsewhere, and where it is not known.
        low, high: the same with all effects at their weak and at their strong end, (n, B), less what shares of spend
            cost more there than `spend_cost`. None: not stored.
        cost, hours: money and hours of each action over the period, (n, A), or (1, A) where all customers have the
            same. None: not stored.
        spend_cost: money of each bundle besides, as a share of the customer's spend by the stated effects, (n, B).
            None: no action costs any.
        later_cost: what the discount of each bundle costs after the period, to the end of the horizon, by the stated
            effects, (n, B); `gain` is less that. None: no action gives a discount.
        margin: contribution as a share of spend at the list price, (n,); NaN where not known. None: not stored.
        base, p: baseline value and probability that the effect of the customer's bundle acts on, (n,) each; NaN
            without one.
        by_size: increments of the customer's bundle at `SIZES`, (n, 5), in place of base and p where they are not
            linear in the effect; NaN elsewhere. None: no increments were given.
        best: increments at `SIZES` of the customer to whom each bundle would add most, (B, 5), in the same way.
        prices: shadow prices of money and hours, (2,), before the holdout is assigned.
        limit_prices: what one more unit of each floor costs, and of each cap brings.
        bound: upper bound on the expected net gain of any plan under this budget and these rules, less that of the
            holdout.
        excluded: whether the plan's exclusion holds for the customer, (n,). None: there is none.
        contacts_made: number of contacts in the budget's period before the plan's start, (n,). None: none are known.
        freed: money and hours that were planned for customers who were then left out. They stay unspent; empty for
            none.
        withdrawn: position of the bundle that a customer was selected for who was left out after the assignment, (n,);
            -1 for all others. None: nobody was, or the plan was stored before this was kept.
        withdrawn_from_holdout: whether they were held out, (n,).
    """

    stored_as = "decision table"
    strategy: Whole = field(validator=Shaped(shape="n", least=0))
    selected: Whole = field(validator=Shaped(shape="n", least=-1), metadata=written(array_of(np.int64), name="action"))
    held_out: Mask = field(validator=Shaped(shape="n"))
    gain: Array = field(validator=Shaped(shape="n B", missing=True), metadata=written(BY_BUNDLE))
    base: Array = field(validator=Shaped(shape="n", missing=True), metadata=written(WITH_MISSING))
    p: Array = field(validator=Shaped(shape="n", least=0, missing=True), metadata=written(WITH_MISSING))
    prices: Array = field(validator=Shaped(shape="2", least=0))
    bound: float = field(validator=FINITE)
    by_size: Array | None = field(
        default=None,
        validator=optional(Shaped(shape=f"n {len(SIZES)}", missing=True)),
        metadata=written(or_null(WITH_MISSING), later=True),
    )
    best: Array | None = field(
        default=None,
        validator=optional(Shaped(shape=f"B {len(SIZES)}", missing=True)),
        metadata=written(or_null(WITH_MISSING), later=True),
    )
    low: Array | None = field(
        default=None,
        validator=optional(Shaped(shape="n B", missing=True)),
        metadata=written(or_null(BY_BUNDLE), later=True),
    )
    high: Array | None = field(
        default=None,
        validator=optional(Shaped(shape="n B", missing=True)),
        metadata=written(or_null(BY_BUNDLE), later=True),
    )
    cost: Array | None = field(
        default=None,
        validator=optional(Shaped(shape="m A", least=0)),
        metadata=written(or_null(array_of(np.float64)), later=True),
    )
    hours: Array | None = field(
        default=None,
        validator=optional(Shaped(shape="m A", least=0)),
        metadata=written(or_null(array_of(np.float64)), later=True),
    )
    limit_prices: tuple[float, ...] = field(default=(), converter=to_floats, metadata=LATER)
    excluded: Mask | None = field(
        default=None, validator=optional(Shaped(shape="n")), metadata=written(or_null(array_of(np.bool_)), later=True)
    )
    contacts_made: Whole | None = field(
        default=None,
        validator=optional(Shaped(shape="n", least=0)),
        metadata=written(or_null(array_of(np.int64)), later=True),
    )
    freed: tuple[float, ...] = field(default=(), converter=to_floats, metadata=LATER)
    spend_cost: Array | None = field(
        default=None,
        validator=optional(Shaped(shape="n B", least=0)),
        metadata=written(or_null(BY_BUNDLE), later=True),
    )
    later_cost: Array | None = field(
        default=None,
        validator=optional(Shaped(shape="n B", least=0)),
        metadata=written(or_null(BY_BUNDLE), later=True),
    )
    margin: Array | None = field(
        default=None,
        validator=optional(Shaped(shape="n", missing=True)),
        metadata=written(or_null(WITH_MISSING), later=True),
    )
    withdrawn: Whole | None = field(
        default=None,
        validator=optional(Shaped(shape="n", least=-1)),
        metadata=written(or_null(array_of(np.int64)), later=True),
    )
    withdrawn_from_holdout: Mask | None = field(
        default=None, validator=optional(Shaped(shape="n")), metadata=written(or_null(array_of(np.bool_)), later=True)
    )

    @property
    def treated(self) -> Mask:
        """Whether the customer gets a bundle, (n,)."""
        return self.bundle >= 0

    @property
    def bundle(self) -> Whole:
        """Position of the bundle that the customer gets, (n,); -1 for none, and for those held out."""
        return np.where(self.held_out, -1, self.selected)

    @property
    def incremental_value(self) -> Array:
        """Expected incremental value of the customer's bundle, before its cost in the period, (n,); 0 without one."""
        return self.of_bundle(self.gain)

    @property
    def max_justified_spend(self) -> Array:
        """Largest expected incremental value over the possible bundles, (n,); at least 0."""
        best: Array = np.fmax.reduce(self.gain, axis=1, initial=0.0)
        return best

    def of_bundle(self, values: Array, *, selected: Whole | None = None) -> Array:
        """`values` at the customer's bundle, (n,); 0 without one.

        `values` is (n, B), or (1, B) where they are the same for all; `selected` takes the place of the plan's own
        bundles.
        """
        bundle = self.bundle if selected is None else selected
        chosen = np.zeros(len(bundle))
        rows = np.flatnonzero(bundle >= 0)
        chosen[rows] = values[0 if len(values) == 1 else rows, bundle[rows]]
        return chosen

    @property
    def as_assigned(self) -> Decisions:
        """The decisions with the bundle and the arm of those who were left out later, as a comparison needs them.

        Who leaves is not chosen at random: without them the arms are no longer alike (intention to treat).
        """
        if self.withdrawn is None or self.withdrawn_from_holdout is None:
            return self
        gone = self.withdrawn >= 0
        return evolve(
            self,
            selected=np.where(gone, self.withdrawn, self.selected),
            held_out=np.where(gone, self.withdrawn_from_holdout, self.held_out),
        )

    def rows(self, at: list[int]) -> Decisions:
        """The decisions at positions `at`; prices and bound are those of the whole plan."""
        own = {name: values for name in BY_CUSTOMER if (values := getattr(self, name)) is not None}
        amounts = {name: getattr(self, name) for name in AMOUNTS}
        own |= {name: values for name, values in amounts.items() if values is not None and len(values) > 1}
        return evolve(self, **{name: values[at] for name, values in own.items()})


def _a_row_each(decisions: Decisions) -> Decisions:
    """Decisions with a row of gains for each customer, also where there are no actions."""
    if decisions.gain.size:
        return decisions
    none: Any = np.zeros((len(decisions.strategy), 0))
    known = [name for name in ("gain", "low", "high") if getattr(decisions, name) is not None]
    return evolve(decisions, **dict.fromkeys(known, none))


DECISIONS = Form(
    law="decisions", write=part(Decisions).write, read=lambda given: _a_row_each(part(Decisions).read(given))
)
