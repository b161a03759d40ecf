"""The customers of a plan that are named by their ids."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arguments import read_many, refusal
from kundkarriar.arrays import Mask, Whole
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, refuse_rows
from kundkarriar.id_kinds import read_id_values
from kundkarriar.strategy.plan.plan_data import PlanData

IDS_HINT = "write customers=[10482, 10517]."


def named_customers(plan: PlanData[Any], given: Any, *, need: str, name: str = "customers") -> Whole:
    """The positions of the customers with the ids given, (k,), in their order.

    Raises:
        DataError: no ids; one twice, or of nobody in the plan.
    """
    law = "ids of customers, each once"
    hint = IDS_HINT.replace("customers", name)
    ids = read_id_values(read_many(given, name, law=law, hint=hint), need=f"{need}: `{name}`").tolist()
    if not ids or len(set(ids)) < len(ids):
        raise refusal(given, name, law=law, hint=hint)
    at = {each: row for row, each in enumerate(plan.customers.ids)}
    if unknown := [each for each in ids if each not in at]:
        first, own = (", ".join(map(repr, each[:3])) for each in (unknown, plan.customers.ids))
        raise DataError.because(
            f"{need}: the plan has no customer {first}: {len(unknown):,} of {len(ids):,} ids.",
            hint=f"its first ids are {own}; see plan.assignments().",
        )
    return np.array([at[each] for each in ids], dtype=np.int64)


def refuse_customers(plan: PlanData[Any], rows: Whole, broken: Mask, law: str) -> None:
    """Refuse those of the customers `rows`, (k,), who break a law, (k,); the error shows their ids."""
    if broken.any():
        backend = narrow(plan.like, need=law).implementation
        ids = nw.new_series("customer_id", [plan.customers.ids[at] for at in rows.tolist()], backend=backend)
        table = narrow(new_frame({"customer_id": ids}, like=plan.like), need=law)
        refuse_rows(table, broken, law, hint="leave them out.")
