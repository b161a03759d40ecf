"""The plan against other ways to use its budget, and the price of each of its rules."""

from typing import Any

import numpy as np

from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.plan.allocation.ways import Way, ways
from kundkarriar.strategy.plan.plan_data import PlanData


def against(plan: PlanData[FrameT]) -> FrameT:
    """A row for each way: see `Plan.against`."""
    found = list(ways(plan))
    amounts = [_amounts(plan, each) for each in found]
    columns = {name: np.array([each[name] for each in amounts], dtype=np.float64) for name in amounts[0]}
    treated = [int((each.selected >= 0).sum()) for each in found]
    return new_frame(
        {
            "way": text_column([each.way for each in found], like=plan.like),
            "kind": text_column([each.kind for each in found], like=plan.like),
            "treated": np.array(treated, dtype=np.int64),
            **columns,
            "difference": columns["net"] - columns["net"][0],
        },
        like=plan.like,
    )


def _amounts(plan: PlanData[Any], way: Way) -> dict[str, float]:
    ledger = plan.ledger
    money, hours = (
        total(ledger.of_bundle(each, selected=way.selected)) for each in (plan.bundle_cost, plan.bundle_hours)
    )
    taken = money + plan.budget.price_of_hours * hours
    value, low, high = (
        np.nan if each is None else total(ledger.of_bundle(each, selected=way.selected))
        for each in (ledger.gain, ledger.low, ledger.high)
    )
    return {"money": money, "hours": hours, "net": value - taken, "low": low - taken, "high": high - taken}
