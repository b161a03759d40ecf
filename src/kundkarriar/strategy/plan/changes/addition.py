"""An addition to a plan: an action on named customers, paid for by the reserve."""

from __future__ import annotations

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arguments import SAYS_SOMETHING
from kundkarriar.arrays import Array, Whole
from kundkarriar.fields import Shaped, instance_of
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog
from kundkarriar.strategy.specs.action import Action


@frozen(kw_only=True, eq=False)
class Addition:
    """An action that was added to a plan; from `Plan.add`.

    Attributes:
        action: the action.
        reason: why it was added.
        customers: the positions of the customers, (k,).
        cost, hours: money and hours for each of them, (k,).
        value: expected incremental value of each, (k,); 0 where the action states no effect.
        contacts: the days.
    """

    stored_as = "addition"
    action: Action = field(validator=instance_of(Action))
    reason: str = field(validator=SAYS_SOMETHING)
    customers: Whole = field(validator=Shaped(shape="k", least=0))
    cost: Array = field(validator=Shaped(shape="k", least=0))
    hours: Array = field(validator=Shaped(shape="k", least=0))
    value: Array = field(validator=Shaped(shape="k"))
    contacts: ContactLog = field(validator=instance_of(ContactLog))

    def of_customer(self, at: int) -> Addition:
        """The addition on one customer, who is then the first."""
        own = self.customers == at
        amounts = {name: getattr(self, name)[own] for name in ("cost", "hours", "value")}
        first = np.zeros(int(own.sum()), dtype=np.int64)
        return evolve(self, customers=first, contacts=self.contacts.of_customer(at), **amounts)
