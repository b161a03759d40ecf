"""By how much discounts grow, on average over what they are given on, as customers climb the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import Number
from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import outside
from kundkarriar.frames import narrow, numbers, refuse_rows, require
from kundkarriar.strategy.specs.action import Action

FACTOR = "climb_factor"
AT_LEAST_1 = Number(least=1)
HINT = "climbs=micro.climb_factors(history, discount), of a fitted kk.Microsimulation"


def read_climbs(climbs: Any, *, actions: Sequence[Action], frame: Any, need: str) -> Array | None:
    """The climb factor of each of A actions for each customer of `frame`, (n, A); 1 for discounts without escalation.

    None where no discount has one. A missing factor stays missing: then the cost of the discount is not known.

    Args:
        climbs: a frame with customer_id and climb_factor, or such frames by the name of the action.
        actions: the actions.
        frame: the customers, n rows.
        need: the caller, for messages.

    Raises:
        CapabilityError: a discount has an escalation, and there are no climb factors of it.
        DataError: a customer without a row; factors below 1; a name of no such action; one frame for discounts that
            differ.
    """
    growing = {
        at: each.discount
        for at, each in enumerate(actions)
        if each.effects and each.discount is not None and each.discount.escalation > 0
    }
    by_name = dict(climbs) if isinstance(climbs, Mapping) else {}
    if climbs is not None and not isinstance(climbs, Mapping):  # also where none of it is needed
        require(narrow(climbs, need=f"{need}: `climbs`"), ["customer_id", FACTOR], need=f"{need}: `climbs`")
    names = [actions[at].name for at in growing]
    if isinstance(climbs, Mapping) and not by_name:
        raise DataError.because(
            f"{need}: `climbs` is empty.", hint="leave it out, or name each action whose discount grows."
        )
    if wrong := sorted(map(str, by_name.keys() - set(names))):
        law = f"{need}: `climbs` names {wrong}, and the actions whose discount grows are {names}."
        raise DataError.because(law, hint="leave these out: without an escalation a discount stays what it is.")
    if not growing:
        return None
    if climbs is not None and not by_name:
        if len(set(growing.values())) > 1:
            law = f"{need}: `climbs` is one frame, and the discounts of {names} grow differently."
            raise DataError.because(law, hint=f"write climbs={{{names[0]!r}: micro.climb_factors(...), ...}}.")
        by_name = dict.fromkeys(names, climbs)
    if lacking := [name for name in names if name not in by_name]:
        several = "discounts of" if len(lacking) > 1 else "discount of"
        raise CapabilityError.because(
            f"{need}: the {several} {', '.join(lacking)} grows as customers climb, and the purchase process does not "
            "tell how they climb.",
            hint=f"{HINT}; career.plan(...) has it; or kk.Discount(share=...) without escalation.",
        )
    factors = np.ones((len(narrow(frame, need=need)), len(actions)))
    for at in growing:
        factors[:, at] = _of_customers(by_name[actions[at].name], frame=frame, need=need)
    return factors


def _of_customers(given: Any, *, frame: Any, need: str) -> Array:
    """The climb factor of each customer of `frame` from a frame of climb factors, (n,)."""
    where = f"{need}: `climbs`"
    table, customers = narrow(given, need=where), narrow(frame, need=need)
    require(table, ["customer_id", FACTOR], need=where)
    at = positions(
        unique_ids(customers, need=need, hint=ONE_ROW_HINT),
        among=unique_ids(table, need=where, hint=ONE_ROW_HINT),
        need=need,
        frame_name="the customers",
        among_name="`climbs`",
    )
    law, hint = f"{need} needs a row of `climbs` for each customer", f"{HINT}."
    refuse_rows(customers, at < 0, law, hint=hint, shown=["customer_id"])
    values = numbers(table, FACTOR, need=where, nullable=True)
    law = f"{where} needs factors of at least 1 in `{FACTOR}`"
    refuse_rows(table, outside(values, law=AT_LEAST_1), law, hint=f"{HINT}.", shown=["customer_id", FACTOR])
    return values[at]
