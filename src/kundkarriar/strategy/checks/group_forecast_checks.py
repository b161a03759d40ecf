"""Checks of the groups to come: whether the sizes and the value that a movement foresees keep the laws of groups."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import read_object, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import FrameT, narrow, new_frame, numbers
from kundkarriar.ladder.groups.customer_groups import NAMES
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.movement.movement import FittedMovement
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.checks.check import Check, check_columns

NEED = "forecast_group_checks"
SIZES = "more moving than exclusive accounts"
EACH = "exclusive accounts will bring more than recurring, recurring than moving"
TOTAL = "exclusive accounts together will bring more than the lowest other group"
GROUP_HINT = "kk.CustomerLadder.groups().history(transactions, as_of=...), and a movement that is fitted to it."


def forecast_group_checks(
    movement: Any, history: LadderHistory[FrameT], *, horizon: str = "6M", scorer: FittedValueScorer | None = None
) -> FrameT:
    """Check whether the groups that a movement foresees keep the laws of `group_checks`.

    Accounts are today's customers, lapsed or not. Newcomers, most of whom begin among the moving, are not foreseen: a
    law that breaks says how many have to come in. Value is that of the scorer's horizon by the group of today.

    Args:
        movement: a fitted movement over the rungs of `CustomerLadder.groups`: a microsimulation, chains.
        history: purchases and events, as for `movement.sizes`.
        horizon: whole months ahead.
        scorer: the fitted scorer that counts value; None: the process of a microsimulation, if it is one.

    Returns:
        ahead (months; missing in the long run, which chains have, and for value), check, passed, informative, severity,
        value, limit, probability (that the law holds, by draws; missing for chains), message.

    Raises:
        DataError: the rungs are other ones; no history; no movement.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> micro = kk.Microsimulation(process=kk.MBGNBD(), draws=50, seed=1).fit(history)
    >>> checks = forecast_group_checks(micro, history, horizon="2M")
    >>> print(checks.loc[1, "message"], "- probability", checks.loc[1, "probability"])
    in 2 months 1,734 moving and 63 exclusive accounts - probability 1.0
    """
    if not is_a(movement, FittedMovement):
        raise refusal(movement, "movement", law="a fitted movement", hint=f"write {GROUP_HINT}")
    if scorer is not None:
        read_object(scorer, "scorer", kind=FittedValueScorer, hint="write scorer=career.scorer.")
    read_object(history, "history", kind=LadderHistory, hint=f"write {GROUP_HINT}")
    if lacking := sorted(set(NAMES) - {rung.name for rung in history.rungs}):
        law = f"{NEED} needs the rungs {', '.join(NAMES)}; there is no {lacking[0]}."
        raise DataError.because(law, hint=GROUP_HINT)
    foreseen: _Foreseen = _Foreseen.by(movement, history, horizon=horizon)
    months: int = foreseen.expected["moving"].size
    checks: list[Check] = [*(_sizes(foreseen, month) for month in range(months)), *_long_run(foreseen.share)]
    checks += _values(movement, history, scorer=scorer)
    ahead, kept = np.full((2, len(checks)), np.nan)
    ahead[:months] = np.arange(1, months + 1)
    if foreseen.drawn:
        kept[:months] = (foreseen.drawn["moving"] > foreseen.drawn["exclusive"]).mean(axis=0)
    columns = {"ahead": ahead, **check_columns(checks, like=history.like)}
    message = columns.pop("message")
    return new_frame(columns | {"probability": kept, "message": message}, like=history.like)


@frozen(kw_only=True, eq=False)
class _Foreseen:
    """Accounts by group and month, (months,): expected and, where the movement draws them, (draws, months).

    `share` is the share of customers on each rung in the long run; empty where the movement has none.
    """

    expected: Mapping[str, Array]
    drawn: Mapping[str, Array]
    share: Mapping[str, float]

    @classmethod
    def by(cls, movement: Any, history: LadderHistory[Any], *, horizon: str) -> _Foreseen:
        names = [rung.name for rung in history.rungs]
        if isinstance(movement, FittedMicrosimulation):
            ahead, whole = movement.ahead(history, origin=None, months=months_of(horizon))
            of = ahead.rung_of
            drawn = movement.tallied(
                ahead, lambda state: of[state], len(names), group=np.zeros(len(whole), np.int64), groups=1
            )[:, :, 0]
            by_name = {name: drawn[:, :, names.index(name)] for name in NAMES}
            return cls(expected={name: each.mean(axis=0) for name, each in by_name.items()}, drawn=by_name, share={})
        expected = _by_rung(movement.sizes(history, horizon=horizon), "expected")
        share = {}
        if callable(steady := getattr(movement, "steady_state", None)):
            share = {name: float(each.sum()) for name, each in _by_rung(steady(), "share").items()}
        return cls(expected=expected, drawn={}, share=share)


def _by_rung(given: Any, column: str) -> dict[str, Array]:
    """The sums of a column by group and month ahead, (months,) each, whatever the flag of lapse."""
    frame = narrow(given, need=NEED)
    rung, values = np.array(frame["rung"].to_list()), numbers(frame, column, need=NEED)
    ahead = numbers(frame, "ahead", need=NEED) if "ahead" in frame.columns else np.ones(len(rung))
    months = np.arange(1, int(ahead.max()) + 1)
    return {name: (values * (rung == name)) @ (ahead[:, None] == months) for name in NAMES}


def _sizes(foreseen: _Foreseen, month: int) -> Check:
    """The check of one month ahead."""
    moving, exclusive = (float(foreseen.expected[name][month]) for name in ("moving", "exclusive"))
    when = f"in {month + 1} month{'s' if month else ''}"
    short = exclusive - moving
    why = "" if short < 0 else f": {max(1.0, np.floor(short) + 1):,.0f} new moving accounts would keep the law"
    message = f"{when} {moving:,.0f} moving and {exclusive:,.0f} exclusive accounts{why}"
    return Check(check=SIZES, passed=short < 0, value=moving, limit=exclusive, message=message)


def _long_run(share: Mapping[str, float]) -> list[Check]:
    """The check of the steady state; none where the movement has no such."""
    if not share:
        return []
    moving, exclusive = share["moving"], share["exclusive"]
    passed = moving > exclusive
    why = "" if passed else ": without newcomers too few stay on the way to become exclusive"
    message = f"in the long run {moving:.3f} of today's customers are moving and {exclusive:.3f} exclusive{why}"
    return [Check(check=SIZES, passed=passed, value=moving, limit=exclusive, message=message)]


def _values(movement: Any, history: LadderHistory[Any], *, scorer: FittedValueScorer | None) -> list[Check]:
    """The checks of value by today's group, per account and in total."""
    given = scorer if scorer is not None else getattr(movement, "process", None)
    if not isinstance(movement, FittedMicrosimulation) or not isinstance(given, FittedValueScorer) or not given.spend:
        why = "no scorer with amounts counts the value of a microsimulation"
        return [Check.impossible(each, why=why) for each in (EACH, TOTAL)]
    frame = narrow(movement.value(history, scorer=scorer), need=NEED)
    now = frame.filter(frame["part"] == "rung now")
    table = {
        rung: (value, customers)
        for rung, value, customers in now.select("rung", "value", "customers").iter_rows()
        if rung in NAMES and customers
    }
    if "exclusive" not in table or len(table) < 2:
        why = "not enough to say: there is no exclusive account, or no other"
        return [Check.impossible(each, why=why) for each in (EACH, TOTAL)]
    total = {name: table[name][0] for name in NAMES if name in table}
    mean = {name: total[name] / table[name][1] for name in total}
    falls = [(low, high) for low, high in pairwise(mean) if not mean[high] > mean[low]]
    lower, higher = falls[0] if falls else list(mean)[-2:]
    lowest = min((name for name in total if name != "exclusive"), key=lambda name: total[name])
    return [
        Check(
            check=EACH,
            passed=not falls,
            value=mean[higher],
            limit=mean[lower],
            message=f"net value per account: {_amounts(mean)}"
            + "".join(f"; {high} accounts will not bring more than {low} ones" for low, high in falls),
        ),
        Check(
            check=TOTAL,
            passed=total["exclusive"] > total[lowest],
            value=total["exclusive"],
            limit=total[lowest],
            message=f"net value in total: {_amounts(total)}",
        ),
    ]


def _amounts(of: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {amount(value, '')}" for name, value in reversed(list(of.items())))
