"""A playbook: an ordered list of strategies; each customer gets the first whose condition holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from attrs import Attribute, field, frozen

from kundkarriar.arrays import Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, require_unique_ids
from kundkarriar.errors import DataError
from kundkarriar.fields import all_instances_of
from kundkarriar.frames import FrameT, add_columns, narrow, new_frame, require, rows_where
from kundkarriar.stored import Stored
from kundkarriar.strategy.specs.field_types import as_tuple
from kundkarriar.strategy.specs.strategy import Strategy


def _strategies(given: Strategy | Iterable[Strategy]) -> tuple[Strategy, ...]:
    return as_tuple(given)


def _at_least_one(_: object, attribute: Attribute[Any], strategies: tuple[Strategy, ...]) -> None:
    if not strategies:
        raise ValueError(f"'{attribute.name}' must hold at least one kk.Strategy: ()")


def _first(_: object, attribute: Attribute[Any], value: object) -> None:
    if value != "first":
        raise ValueError(f"'{attribute.name}' must be \"first\", the only way there is: {value!r}")


@frozen(kw_only=True)
class Playbook(Stored):
    """An ordered list of strategies: each customer gets the first one whose condition holds.

    Attributes:
        strategies: in order of precedence, with unique names.
        decide: always "first": the first strategy whose condition holds.

    >>> import pandas as pd
    >>> from kundkarriar import Strategy, column
    >>> playbook = Playbook(strategies=(
    ...     Strategy(name="keep", when=column("abc").equals("A"), objective="retain", reason="worth most"),
    ...     Strategy(name="rest", when=column("abc").isin(["B", "C"]), objective="harvest", reason="worth less"),
    ... ))
    >>> playbook.assign(pd.DataFrame({"customer_id": [1, 2], "abc": ["C", "A"]}))[["strategy", "reason"]]
      strategy      reason
    0     rest  worth less
    1     keep  worth most
    """

    stored_as = "playbook"
    strategies: tuple[Strategy, ...] = field(
        converter=_strategies, validator=[_at_least_one, all_instances_of(Strategy)]
    )
    decide: str = field(default="first", validator=_first)

    def __attrs_post_init__(self) -> None:
        names = [strategy.name for strategy in self.strategies]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"'strategies' must have names of their own, these stand twice: {twice}")

    def assign(self, frame: FrameT) -> FrameT:
        """`frame` with the columns `strategy`, `objective` and `reason` added or replaced.

        Raises:
            DataError: a column of a condition is missing, or a customer meets no condition.
        """
        at = self.first_match(frame)
        return add_columns(
            frame,
            {
                "strategy": np.array([each.name for each in self.strategies], dtype=object)[at],
                "objective": np.array([each.objective for each in self.strategies], dtype=object)[at],
                "reason": np.array([each.because for each in self.strategies], dtype=object)[at],
            },
        )

    def first_match(self, frame: Any) -> Whole:
        """The position of each customer's strategy, (n,)."""
        holds = self._holds(frame)
        at: Whole = holds.argmax(axis=0)
        uncovered: Mask = np.logical_not(holds.any(axis=0))
        if uncovered.any():
            table = narrow(frame, need="the playbook")
            columns = dict.fromkeys(name for each in self.strategies for name in each.when.needs)
            raise DataError.at_rows(
                "the playbook needs a strategy for every customer",
                rows_where(table, uncovered, ["customer_id", *columns]),
                of=len(table),
                unit="customers",
                hint="add a last strategy that takes the rest, e.g. "
                'kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="harvest").',
            )
        return at

    def overlaps(self, frame: FrameT) -> FrameT:
        """Number of customers who meet the conditions of two strategies; they get the first of the pair.

        Returns:
            strategy, also_fits, customers: one row per pair with at least one customer.
        """
        holds = self._holds(frame)
        first = holds.argmax(axis=0)
        names = [strategy.name for strategy in self.strategies]
        pairs = [
            (names[one], names[two], int(both))
            for one in range(len(names))
            for two in range(one + 1, len(names))
            if (both := (holds[two] & holds[one] & (first == one)).sum())
        ]
        return new_frame(
            {
                "strategy": np.array([pair[0] for pair in pairs], dtype=np.str_),
                "also_fits": np.array([pair[1] for pair in pairs], dtype=np.str_),
                "customers": np.array([pair[2] for pair in pairs], dtype=np.int64),
            },
            like=frame,
        )

    def table(self) -> pd.DataFrame:
        """The playbook as a table, one row per strategy."""
        import pandas as pd  # noqa: PLC0415  # the only result without an input frame to imitate

        return pd.DataFrame(
            [
                {
                    "order": order,
                    "strategy": each.name,
                    "when": str(each.when),
                    "objective": each.objective,
                    "actions": ", ".join(action.name for action in each.actions),
                    "goal": each.goal,
                    "metric": each.metric,
                    "owner": each.owner,
                    "valid_from": each.valid_from,
                    "valid_until": each.valid_until,
                    "reason": each.because,
                }
                for order, each in enumerate(self.strategies, start=1)
            ]
        )

    def sentences(self) -> list[str]:
        """The playbook as sentences, one per strategy."""
        return [f"{order}. {strategy}" for order, strategy in enumerate(self.strategies, start=1)]

    def _holds(self, frame: Any) -> Mask:
        """Whether each strategy's condition holds for each customer, (strategies, n)."""
        table = narrow(frame, need="the playbook")
        require_unique_ids(table, need="the playbook", hint=ONE_ROW_HINT)
        for each in self.strategies:
            require(table, each.when.needs, need=f"the strategy {each.name!r}")
        return np.array([each.when.holds(frame) for each in self.strategies], dtype=bool)
