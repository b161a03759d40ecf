"""The rungs that strategies and actions name, held against those of the ladder that they are used with."""

from collections.abc import Sequence

from kundkarriar.arguments import read_object
from kundkarriar.errors import DataError, warn
from kundkarriar.rules.comparison import OneOf
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.strategy import Strategy
from kundkarriar.strategy.specs.unmatched_strategies import unmatched

ACTIONS_HINT = "write actions=[kk.Action(name=..., ...)]."
COLUMNS = ("rung", "highest_rung", "previous_rung")


def check_steps(actions: Sequence[Action], *, rungs: bool, columns: Sequence[str]) -> None:
    """Refuse actions with a step where no rungs of customers are known; `columns` are those of their frame.

    Raises:
        DataError: there is such an action.
    """
    if not rungs and (steps := [each.name for each in actions if each.step]):
        raise DataError.missing_columns(["rung"], have=columns, need=f"the step of {steps[0]!r}")


def check_ladder_rungs(strategies: Sequence[Strategy], actions: Sequence[Action], *, rungs: Sequence[str]) -> None:
    """Tell of strategies that can match nobody on a ladder with these rungs, and of steps that it does not have.

    A playbook may name the rungs of several ladders, or of none, as the default one does. It is for another ladder if
    it does not name the highest rung of this one, and some of its strategies ask for rungs that are not there.

    Raises:
        DataError: the playbook is for another ladder, or an action's step names a rung that the ladder does not have.

    Warns:
        DataWarning: a strategy asks for rungs that the ladder does not have, and can match nobody.
    """
    have = f"its rungs are {list(rungs)}"
    own = (action for strategy in strategies for action in strategy.actions)
    for action in (*actions, *own):
        read_object(action, "actions", kind=Action, hint=ACTIONS_HINT)
        if lacking := [name for name in action.step or () if name not in rungs]:
            raise DataError.because(
                f"the step of {action.name!r} names {_either(lacking)}, which the ladder does not have.",
                hint=f"{have}: write step=({rungs[0]!r}, {rungs[1]!r}), for example.",
            )
    if not any(map(_named, strategies)):
        return
    idle = [strategies[each.at] for each in unmatched(strategies, words=dict.fromkeys(COLUMNS, rungs))]
    foreign = {each.name: named for each in idle if (named := _named(each)) and not set(named) & set(rungs)}
    if not foreign:
        return
    told = "; ".join(f"{name!r} asks for {_either(lacking)}" for name, lacking in foreign.items())
    if any(rungs[-1] in _named(each) for each in strategies):
        warn(f"strategies that match nobody, because the ladder does not have their rungs: {told}; {have}.")
        return
    raise DataError.because(
        f"the playbook is for another ladder than this one: {told}.",
        hint=f"{have}: write planner=kk.StrategyPlanner(playbook=kk.Playbook(strategies=[kk.Strategy("
        f'name="highest", when=kk.column("rung").equals({rungs[-1]!r}), objective="retain"), kk.Strategy(name="rest", '
        'when=~kk.column("customer_id").is_missing(), objective="grow")])) in kk.CustomerCareer(...), for example; the '
        "last strategy takes the rest.",
    )


def _named(strategy: Strategy) -> list[str]:
    """The rungs that a strategy names, each once."""
    asked = [each.comparison for each in strategy.when.questions() if each.column in COLUMNS]
    values = (value for each in asked if isinstance(each, OneOf) for value in each.values)
    return list(dict.fromkeys(value for value in values if isinstance(value, str)))


def _either(names: Sequence[str]) -> str:
    *some, last = map(repr, names)
    return f"{', '.join(some)} or {last}" if some else last
