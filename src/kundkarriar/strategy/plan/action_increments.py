"""What actions add to each customer's value by the purchase process, at several sizes of their effects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.dates.period import Period, day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, numbers, refuse_rows, text_column
from kundkarriar.scoring.customer_base import check_customers_frame
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.plan.effect_sizes import SIZES, effects_at, size_column, sizes_of
from kundkarriar.strategy.specs.action import DAY, Action
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.summaries.holdout_period import summary_day

NEED = "StrategyPlanner.increments"
UNTIL = "until"
"""The column with the last day of the horizon."""
HINT = "planner.increments(fitted_scorer, summary, budget=..., start=...) has one for each action."


@frozen(kw_only=True, eq=False)
class ActionIncrements:
    """Increments that were given to a plan.

    Attributes:
        by_bundle: by the position of the bundle, the increments of all customers at `SIZES`, (n, 5); NaN where not
            known.
        horizon: the horizon they are counted over, as the end of a sentence: "to 2028-01-31".
    """

    by_bundle: Mapping[int, Array]
    horizon: str

    @classmethod
    def read(cls, given: Any, *, actions: Sequence[Action], customers: Any, need: str) -> ActionIncrements:
        """The increments of a frame with a row for each customer and a column for each action on the process.

        Columns of other sizes than the stated one may be left out; ranges and break-even sizes are then missing.

        Raises:
            DataError: a customer without a row, an action without a column.
        """
        frame, table = narrow(given, need=f"{need}: `increments`"), narrow(customers, need=need)
        ids = unique_ids(table, need=need, hint=ONE_ROW_HINT)
        at = positions(
            ids,
            among=unique_ids(frame, need=f"{need}: `increments`", hint=ONE_ROW_HINT),
            need=need,
            frame_name="`customers`",
            among_name="`increments`",
        )
        refuse_rows(table, at < 0, f"{need} needs a row of `increments` for each customer", hint=HINT)
        by_bundle = {}
        for position, action in enumerate(actions):
            if not action.acts_on_process:
                continue
            if action.name not in frame.columns:
                law = f"{need} needs a column of `increments` for each action on the purchase process; that of "
                raise DataError.because(f"{law}{action.name!r} is not there.", hint=HINT)
            values = np.full((len(at), len(SIZES)), np.nan)
            for j, size in enumerate(SIZES):
                if (name := size_column(action, size)) in frame.columns:
                    values[:, j] = numbers(frame, name, need=need, nullable=True)[at]
            by_bundle[position] = values
        return cls(by_bundle=by_bundle, horizon=_horizon(frame))


def _horizon(frame: Any) -> str:
    if UNTIL in frame.columns:
        return f"to {frame[UNTIL][0]}"
    if "horizon_days" in frame.columns:
        return f"of {float(frame['horizon_days'][0]):,.0f} days"
    return "of the increments"
