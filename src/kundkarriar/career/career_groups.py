"""The groups of a career: by the mixture fitted to its own summary, or by the rungs of a ladder."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Whole
from kundkarriar.frames import narrow, text_column
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.ladder.groups.customer_groups import NAMES, PROBABILITIES, CustomerGroups, FittedCustomerGroups
from kundkarriar.stored import whole
from kundkarriar.stored_forms import AGAIN, Form, written

KINDS = {"CustomerGroups": CustomerGroups}
"""Classes of specs of groups by the type in their dict; a ladder has none."""


def _read(given: Any) -> Any:
    kind = KINDS.get(str(given.get("type")) if isinstance(given, dict) else "", CustomerLadder)
    return whole(kind).read(given)


GROUPS = written(Form(law="groups", write=lambda groups: groups.to_dict(), read=_read))
"""Metadata of the spec of groups."""


def of_groups(_: object, attribute: Any, given: Any) -> None:
    """Validator of the spec of groups."""
    if not isinstance(given, CustomerGroups | CustomerLadder):
        law, hint = "kk.CustomerGroups(...) or a kk.CustomerLadder", "write groups=kk.CustomerGroups(share=...)."
        raise refusal(given, attribute.name, law=law, hint=hint)


def of_these_groups(career: Any, attribute: Any, fitted: FittedCustomerGroups) -> None:
    """Validator of the mixture of a fitted career: fitted from the groups of its specification, in its period."""
    spec = career.career
    if fitted.spec != spec.groups or fitted.period != spec.period:
        raise refusal(fitted, attribute.name, law="fitted from `groups` of `career`, in its period", hint=AGAIN)


def names_of(groups: CustomerGroups | CustomerLadder) -> tuple[str | None, ...]:
    """The groups that a customer may be in; None where one may be in none."""
    return groups.names if isinstance(groups, CustomerLadder) else (*NAMES, None)


def shown(groups: CustomerGroups | CustomerLadder) -> str:
    """The spec of groups in a short repr."""
    return repr(list(groups.names)) if isinstance(groups, CustomerLadder) else repr(groups)


@frozen(kw_only=True, eq=False)
class CareerGroups:
    """The group of each customer of a career.

    Attributes:
        fitted: the mixture; None where the groups are rungs of a ladder.
        columns: group, and p_moving, p_recurring, p_exclusive where there is a mixture, (n,) each.
    """

    fitted: FittedCustomerGroups | None
    columns: dict[str, Any] = field(factory=dict)

    @classmethod
    def of(cls, groups: CustomerGroups | CustomerLadder, *, summary: Any, known: FactsAsOf, like: Any) -> CareerGroups:
        """The groups of the customers of `summary` and `known`, in one order.

        Where the mixture cannot be fitted (too few customers, no maximum) the rules of `CustomerLadder.groups` say it.
        """
        if isinstance(groups, CustomerLadder):
            return cls(fitted=None, columns={"group": groups.history_of(known.without_events(), like=like).rung_now()})
        if (fitted := groups.fit_if_able(summary)) is not None:
            table = narrow(fitted.assign(summary), need="CustomerCareer")
            return cls(fitted=fitted, columns={name: table[name] for name in ("group", *PROBABILITIES)})
        rules = CustomerLadder.groups()
        rung = rules.history_of(known.without_events(), like=like).rung_history().rung[-1].astype(np.int64)
        label: Whole = rung - rules.names.index(NAMES[0])
        return cls(fitted=None, columns={"group": text_column(NAMES, label, like=like)})
