"""A playbook: an ordered list of strategies; each customer gets the first whose condition holds."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, Self, cast

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from attrs import evolve, field, frozen

from kundkarriar.arguments import Text, as_tuple, read_names, read_object, refusal
from kundkarriar.arrays import Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, require_unique_ids
from kundkarriar.engines.eagerly import eagerly
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import DataError
from kundkarriar.fields import all_instances_of
from kundkarriar.frames import FrameT, add_columns, narrow, new_frame, require, rows_where, text_column
from kundkarriar.rules.function_condition import refuse_functions
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import LATER
from kundkarriar.strategy.specs.action import Action, as_actions, names_of
from kundkarriar.strategy.specs.strategy import Strategy
from kundkarriar.strategy.specs.unmatched_strategies import refuse_unmatched

MAY_LACK = ("p_leaves", "paused", "group")
"""Columns that a playbook does without unless it says otherwise: not every model tells when customers leave, or who of
the silent is expected back, and not everybody has a group."""
NO_LAPSE = "and the ladder that gave the rungs has no rule of lapse."
LAPSE_HINT = (
    "kk.CustomerLadder(rungs=..., lapse=kk.Lapse()) adds the column; or nobody is lapsed by "
    'kk.Playbook(strategies=[...], may_lack=["lapsed"]).'
)


def _strategies(given: Strategy | Iterable[Strategy]) -> tuple[Strategy, ...]:
    return as_tuple(given)


def _columns(given: Any) -> tuple[str, ...]:
    return read_names(given, "may_lack")


@frozen(kw_only=True)
class Playbook(Stored):
    """An ordered list of strategies: each customer gets the first one whose condition holds.

    Attributes:
        strategies: in order of precedence, with unique names. One that can be nobody's first is refused.
        decide: always "first": the first strategy whose condition holds.
        may_lack: columns that customers need not have: where one is not there, it is missing for everyone. Other
            columns that a strategy asks for are required, so that a misspelt one does not go unnoticed.

    >>> import pandas as pd
    >>> from kundkarriar import Strategy, column
    >>> playbook = Playbook(strategies=(
    ...     Strategy(name="keep", when=column("abc").equals("A"), objective="retain", reason="worth most"),
    ...     Strategy(name="rest", when=column("abc").isin(["B", "C"]), objective="harvest", reason="worth less"),
    ... ))
    >>> playbook.assign(pd.DataFrame({"customer_id": [1, 2], "abc": ["C", "A"]}))
       customer_id abc strategy objective strategy_reason
    0            1   C     rest   harvest      worth less
    1            2   A     keep    retain      worth most
    """

    stored_as = "playbook"
    strategies: tuple[Strategy, ...] = field(converter=_strategies, validator=all_instances_of(Strategy), repr=names_of)
    decide: str = field(default="first", validator=Text(among=("first",)))
    may_lack: tuple[str, ...] = field(default=MAY_LACK, converter=_columns, metadata=LATER)

    def __attrs_post_init__(self) -> None:
        names = [strategy.name for strategy in self.strategies]
        if len(set(names)) < max(len(names), 1):
            law, hint = "at least one kk.Strategy, each with a name of its own", "rename one that stands twice."
            raise refusal(names, "strategies", law=law, hint=hint)
        refuse_unmatched(self.strategies)

    def assign(self, frame: FrameT) -> FrameT:
        """`frame` with the columns `strategy`, `objective` and `strategy_reason` added or replaced.

        The `reason` of `career.customers()` stays: it is why a customer is on the rung.

        Raises:
            DataError: a column of a condition is missing which is not among `may_lack`, or a customer meets no
                condition.
            CapabilityError: the frame is lazy, and a condition asks a function, which sees the rows of a block alone.

        A lazy frame is assigned in blocks of rows, and nothing of it is collected unless a customer of the first meets
        no condition. polars and Spark compute them when the result is read, and errors about other rows come then.
        """
        if (found := engine_of(frame)) is not None:
            engine, lazy = found
            refuse_functions({each.name: (each.when,) for each in self.strategies}, what="strategies", blocks="rows")
            try:
                return cast("FrameT", engine.mapped(lazy, self.assign).to_native())
            except DataError as error:
                if not error.rows:
                    raise
            return cast("FrameT", eagerly(engine, lazy, self.assign))  # which counts the rows of all
        given = of_strategies(self.strategies, self.first_match(frame), like=frame)
        given["strategy_reason"] = given.pop("reason")
        return add_columns(frame, given)

    def first_match(self, frame: Any) -> Whole:
        """The position of each customer's strategy, (n,)."""
        holds = self._holds(frame)
        at: Whole = holds.argmax(axis=0)
        uncovered: Mask = np.logical_not(holds.any(axis=0))
        if uncovered.any():
            table = narrow(frame, need="the playbook")
            asked = dict.fromkeys(name for each in self.strategies for name in each.when.needs)
            columns = [name for name in asked if name in table.columns]
            raise DataError.at_rows(
                "the playbook needs a strategy for every customer",
                rows_where(table, uncovered, ["customer_id", *columns]),
                of=len(table),
                unit="customers",
                hint="add a last strategy that takes the rest, e.g. "
                'kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="harvest").',
            )
        return at

    def with_actions(self, actions: Action | Iterable[Action]) -> Self:
        """The playbook with these actions in place of those of the same names in its strategies.

        So what a review has measured goes into next year's strategies: `playbook.with_actions(review.actions())`.
        Actions of other names stay; those that no strategy names are left out, and belong into
        `StrategyPlanner(actions=)`.

        Raises:
            DataError: two of them have one name.

        >>> from kundkarriar import Action, Strategy, column
        >>> letter = Action(name="letter", objective="grow", lever="information", cost=2, hours=0)
        >>> grow = Strategy(name="all", when=column("clv") >= 0, objective="grow", reason="they buy", actions=(letter,))
        >>> dearer = Action(name="letter", objective="grow", lever="information", cost=3, hours=0)
        >>> Playbook(strategies=(grow,)).with_actions(dearer).strategies[0].actions[0].cost
        3.0
        """
        given = as_actions(actions)
        for each in given:
            read_object(each, "actions", kind=Action, law="kk.Action(...)", hint="write actions=review.actions().")
        own = {each.name: each for each in given}
        if len(own) < len(given):
            names = [each.name for each in given]
            raise refusal(names, "actions", law="actions, each with a name of its own", hint="leave one of each out.")
        strategies = [
            evolve(each, actions=tuple(own.get(action.name, action) for action in each.actions))
            for each in self.strategies
        ]
        return evolve(self, strategies=strategies)

    def overlaps(self, frame: FrameT) -> FrameT:
        """Number of customers who meet the conditions of two strategies; they get the first of the pair.

        Returns:
            strategy, also_fits, customers: one row per pair with at least one customer.
        """
        holds = self._holds(frame)
        first = holds.argmax(axis=0)
        counts = {
            (one, two): int((holds[one] & holds[two] & (first == one)).sum())
            for one, two in combinations(range(len(self.strategies)), 2)
        }
        pairs = np.array([pair for pair, customers in counts.items() if customers], dtype=np.int64).reshape(-1, 2)
        names = [strategy.name for strategy in self.strategies]
        return new_frame(
            {
                "strategy": text_column(names, pairs[:, 0], like=frame),
                "also_fits": text_column(names, pairs[:, 1], like=frame),
                "customers": np.array(list(filter(None, counts.values())), dtype=np.int64),
            },
            like=frame,
        )

    def table(self) -> pd.DataFrame:
        """The playbook as a table, one row per strategy."""
        return pd.DataFrame(
            [
                {
                    "order": order,
                    "strategy": each.name,
                    "when": str(each.when),
                    "objective": each.objective,
                    "actions": ", ".join(action.name for action in each.actions),
                    **{name: getattr(each, name) for name in ("goal", "metric", "owner", "valid_from", "valid_until")},
                    "reason": each.because,
                }
                for order, each in enumerate(self.strategies, start=1)
            ]
        )

    def sentences(self) -> list[str]:
        """The playbook as sentences, one per strategy."""
        return [f"{order}. {strategy}" for order, strategy in enumerate(self.strategies, start=1)]

    def _holds(self, frame: Any) -> Mask:
        return strategies_hold(self.strategies, frame, may_lack=self.may_lack)


def strategies_hold(strategies: Sequence[Strategy], frame: Any, *, may_lack: Sequence[str]) -> Mask:
    """Whether each strategy's condition holds for each customer, (strategies, n).

    Raises:
        DataError: a column of a condition is missing which is not in `may_lack`.
    """
    table = narrow(frame, need="the playbook")
    require_unique_ids(table, need="the playbook", hint=ONE_ROW_HINT)
    asked = {name for each in strategies for name in each.when.needs}
    if absent := asked.intersection(may_lack).difference(table.columns):
        frame = add_columns(frame, dict.fromkeys(absent, np.full(len(table), np.nan)))
    for each in strategies:
        needs = [name for name in each.when.needs if name not in may_lack]
        if "lapsed" in needs and "lapsed" not in table.columns and "rung" in table.columns:
            raise DataError.because(f"the strategy {each.name!r} asks for `lapsed`, {NO_LAPSE}", hint=LAPSE_HINT)
        require(table, needs, need=f"the strategy {each.name!r}")
    return np.array([each.when.holds(frame) for each in strategies], dtype=bool)


def of_strategies(strategies: tuple[Strategy, ...], at: Whole, *, like: object) -> dict[str, nw.Series[Any]]:
    """Name, objective and reason of the strategies at positions `at`, (n,) each, as columns of text."""
    columns = {"strategy": "name", "objective": "objective", "reason": "because"}
    return {
        column: text_column([getattr(each, name) for each in strategies], at, like=like)
        for column, name in columns.items()
    }
