"""What the plan before this one did with each customer."""

from __future__ import annotations

from typing import Self

from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.fields import Shaped, all_instances_of, instance_of
from kundkarriar.stored import part
from kundkarriar.stored_forms import LATER, list_of, written
from kundkarriar.strategy.plan.strategy_years.changed_strategy import ChangedStrategy
from kundkarriar.strategy.specs.action import Action, as_actions

BY_CUSTOMER = ("bundle", "treated", "discounted", "benefit")


@frozen(kw_only=True, eq=False)
class PreviousTreatment:
    """The plan before this one, by the customers of this one.

    Attributes:
        period: its period.
        bundle: the bundle of this plan with the same actions by name, (n,); -1 for none.
        treated: whether the customer was to be treated, (n,).
        discounted: whether an action changed the price, but for discounts that are kept in any case, (n,).
        benefit: what its benefits were worth to the customer in a year, (n,).
        horizon: the horizon of its increments, as in a plan.
        changed: its strategies that are others in this plan.
        actions: its actions with effects that this plan does not have.
    """

    stored_as = "previous treatment"
    period: str = field(validator=instance_of(str))
    bundle: Whole = field(validator=Shaped(shape="n", least=-1))
    treated: Mask = field(validator=Shaped(shape="n"))
    discounted: Mask = field(validator=Shaped(shape="n"))
    benefit: Array = field(validator=Shaped(shape="n", least=0))
    horizon: str = field(default="", validator=instance_of(str), metadata=LATER)
    changed: tuple[ChangedStrategy, ...] = field(
        default=(),
        validator=all_instances_of(ChangedStrategy),
        metadata=written(list_of(part(ChangedStrategy)), later=True),
    )
    actions: tuple[Action, ...] = field(
        default=(), converter=as_actions, validator=all_instances_of(Action), metadata=LATER
    )

    def rows(self, at: list[int]) -> Self:
        """That of the customers at positions `at`."""
        return evolve(self, **{name: getattr(self, name)[at] for name in BY_CUSTOMER})
