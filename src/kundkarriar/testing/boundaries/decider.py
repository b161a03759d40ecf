"""What a rule, a playbook or a ladder says of a customer: the first of its conditions that holds decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.arrays import Mask, Whole
from kundkarriar.errors import CapabilityError
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.history.as_of.possible_facts import NESTED, possible_facts
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.rules.comparison import Missing
from kundkarriar.rules.condition import Condition, Question
from kundkarriar.strategy.specs.playbook import Playbook
from kundkarriar.strategy.specs.unmatched_strategies import SHARES

NOBODY = -1
MOST_QUARTERS = 4


@frozen(kw_only=True)
class Decider:
    """Verdicts in order of precedence, and the conditions that lead to each of them.

    Attributes:
        conditions: of each verdict, in order of precedence.
        first: positions of the first that holds in each row of a frame, (n,); -1 where none does.
        verdicts: the columns that say what each position stands for, their last value for "none holds".
        one_of_many: whether it is a playbook or a ladder, which gives a customer one of several.
    """

    conditions: tuple[tuple[Condition, ...], ...]
    first: Callable[[Any], Whole]
    verdicts: Mapping[str, tuple[Any, ...]]
    one_of_many: bool

    def questions(self) -> tuple[Question, ...]:
        """The comparisons of all conditions, each once; a customer's id is never missing.

        Raises:
            CapabilityError: a condition contains a user's function, whose limits are unknown.
        """
        conditions = [condition for own in self.conditions for condition in own]
        for function in (each for condition in conditions for each in condition.functions()):
            name = "check_playbook(playbook, frame)" if self.one_of_many else "check_rule(rule)"
            raise CapabilityError.because(
                f"the limits of `{function}` cannot be seen: it is a Python function.",
                hint=f"write it with kk.column(...), or try it on your own customers: kk.testing.{name}.",
            )
        asked = dict.fromkeys(each for condition in conditions for each in condition.questions())
        return tuple(each for each in asked if not (self.one_of_many and _is_id_test(each)))

    def decide(self, frame: pd.DataFrame) -> Whole:
        """Positions of the first condition that holds, (n,); customers without an id are numbered."""
        return self.first(frame if "customer_id" in frame else frame.assign(customer_id=np.arange(1, len(frame) + 1)))

    def told(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with the columns that say what was decided."""
        at = self.decide(frame)
        kinds = {name: bool if name == "holds" else object for name in self.verdicts}
        return frame.assign(**{name: np.array(values, dtype=kinds[name])[at] for name, values in self.verdicts.items()})

    def can_be(self, frame: pd.DataFrame) -> Mask:
        """The rows that customers can have, (n,): counts that go together, probabilities from 0 to 1."""
        possible = np.ones(len(frame), dtype=bool)
        if not self.one_of_many:
            return possible
        most = dict.fromkeys(SHARES, 1.0) | dict.fromkeys(NESTED, np.inf) | {"quarters_active_12M": MOST_QUARTERS}
        for name in [name for name in frame.columns if name in most and frame[name].dtype.kind == "f"]:
            possible &= ~((frame[name] < 0) | (frame[name] > most[name])).to_numpy()
        return possible & possible_facts(frame)


def decider_of(rule: Any) -> Decider:
    """A condition, what has one as its `when`, a playbook or a ladder, as conditions in order of precedence.

    Raises:
        CapabilityError: it is none of them.
    """
    if isinstance(rule, Playbook):
        whens = tuple(each.when for each in rule.strategies)
        return Decider(
            conditions=tuple((when,) for when in whens),
            first=lambda frame: _first([when.holds(frame) for when in whens]),
            verdicts={name: (*(getattr(each, name_in) for each in rule.strategies), None) for name, name_in in NAMED},
            one_of_many=True,
        )
    if isinstance(rule, CustomerLadder):
        return Decider(
            conditions=tuple(rung.conditions for rung in rule.rungs[::-1]),
            first=lambda frame: _first(_rungs_open(rule, frame)[::-1]),
            verdicts={"rung": (*rule.names[::-1], None)},
            one_of_many=True,
        )
    condition = condition_of(rule)
    return Decider(
        conditions=((condition,),),
        first=lambda frame: _first([condition.holds(frame)]),
        verdicts={"holds": (True, False)},
        one_of_many=False,
    )


NAMED = (("strategy", "name"), ("objective", "objective"))


def condition_of(rule: Any) -> Condition:
    """The condition of a rule: the rule itself, or its `when`.

    Raises:
        CapabilityError: the rule is not a condition and has none.
    """
    condition = rule if isinstance(rule, Condition) else attribute_of(rule, "when")
    if not isinstance(condition, Condition):
        raise CapabilityError.because(
            f"`rule` must be a condition, or have one: a {type(rule).__name__} has no limits that can be seen.",
            hint="pass a condition, kk.column(...) >= 4, or a strategy or rung that has one.",
        )
    return condition


def _first(holds: list[Mask]) -> Whole:
    stacked = np.array(holds, dtype=bool)
    first: Whole = np.where(stacked.any(axis=0), stacked.argmax(axis=0), NOBODY)
    return first


def _rungs_open(ladder: CustomerLadder, frame: Any) -> list[Mask]:
    """Whether each rung, from low to high, is open by the facts of one day, were all times on lower rungs served."""
    opened: dict[str, Mask] = {}
    for rung in ladder.rungs:
        judged = rung.when.judge(frame)
        opens = judged.holds if rung.after is None else judged.holds & opened[rung.after.rung]
        if rung.proxy is not None:  # where events are not collected, and so nothing is known of them
            opens = opens | (rung.proxy.holds(frame) & ~judged.holds & ~judged.fails)
        opened[rung.name] = opens
    return list(opened.values())


def _is_id_test(question: Question) -> bool:
    return question.column == "customer_id" and isinstance(question.comparison, Missing)
