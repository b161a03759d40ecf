"""Forecast of class x rung: the class of the value that each draw brings, and the rung at the end of the horizon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from kundkarriar.arguments import LEVEL, read_object
from kundkarriar.arrays import Whole
from kundkarriar.classes.abc_classifier import ABCClassifier
from kundkarriar.classes.limits import CLASSES, Limits, class_of_value
from kundkarriar.errors import CapabilityError
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.drawn_blocks import DrawnBlock
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.drawn_rungs import DrawnRungs
from kundkarriar.ladder.microsimulation.process import scorer_of
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.ladder.movement.state_columns import state_columns
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.threads import DRAWN, in_threads

C, D = CLASSES.index("C"), CLASSES.index("D")
CLASSIFIER_HINT = "write classifier=kk.ABCClassifier()."


class DrawnClasses(DrawnRungs):
    """Draws of rungs, and of the classes that the value of a draw makes."""

    __slots__ = ()

    def class_forecast(
        self,
        history: LadderHistory[FrameT],
        *,
        scorer: Any = None,
        classifier: ABCClassifier | None = None,
        origin: Any = None,
        level: float = 0.9,
    ) -> FrameT:
        """Number and value of customers by the class of their realised value and the rung at the horizon's end.

        In each draw the limits between classes are drawn anew, from the net values that the customers who have bought
        bring in that draw within the scorer's horizon. So A has as many customers as really will make up its share of
        value, fewer than by expected values. Who brings nothing in a draw is C in it. D are those whose expected net
        value is not positive, whatever a draw brings, as in `kk.ABCClassifier`. Prospects of today have no class, also
        those whose first purchase is foreseen.

        Draws are those of `value`: their values sum to its total, and summed over classes the numbers of customers are
        those of its last month. They agree with `sizes` within the Monte Carlo error, and to the digit where the
        horizon ends with a month.

        All net values and rungs are kept until the limits of their draw are known: 5 bytes for each customer and draw,
        1 GB for a million customers and 200 draws.

        Args:
            history: as `forecast`.
            scorer: as `value`.
            classifier: the limits between classes; None: `kk.ABCClassifier()`.
            origin: as `forecast`.
            level: level of the intervals.

        Returns:
            A row for each class and rung that occurs in some draw, from A and the lowest rung: ahead (months from now
            to the month end that closes the horizon), abc (missing for today's prospects), rung, lapsed
            (where the ladder has the flag), expected (customers), low, high, value (what they bring within the
            horizon, the mean over draws), value_low, value_high.

        Raises:
            CapabilityError: there is no scorer, or it has no spend model; the classifier is by another value than the
                net value.
            DataError: the scorer has another purchase model.

        >>> import kundkarriar as kk
        >>> transactions = kk.datasets.load_cdnow(sample=True)
        >>> spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
        >>> scorer = spec.fit(kk.summarize(transactions, as_of="1997-12-31"))
        >>> ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.kundkarriar().rungs, lapse=None)
        >>> history = ladder.history(transactions, as_of="1997-12-31")
        >>> micro = kk.Microsimulation(process=scorer, draws=20, seed=1).fit(history)
        >>> micro.class_forecast(history)[["abc", "rung", "expected", "value"]].round(-1)
          abc          rung  expected    value
        0   A  repeat buyer      60.0   2670.0
        1   A        client     170.0  14730.0
        2   B  repeat buyer     160.0   2590.0
        3   B        client      30.0    660.0
        4   C   trial buyer    1170.0      0.0
        5   C  repeat buyer     770.0   1060.0
        6   C        client       0.0     20.0
        """
        scorer, level = scorer_of(self.process, scorer), LEVEL.read(level, "level")
        if classifier is None:
            classifier = ABCClassifier()
        read_object(classifier, "classifier", kind=ABCClassifier, hint=CLASSIFIER_HINT)
        _refuse_other_value(classifier, scorer)
        whole = self.until(history, origin)
        ahead, days = self.within(whole, scorer=scorer, horizon=None)
        drawn = self.drawn(scorer, whole, days=max(days, ahead.days))
        money, outcomes = DrawnMoney.by(scorer, ahead, days=days), DrawnOutcomes(ahead=ahead, draws=len(drawn))
        for block in in_threads(lambda draw: draw(), self.blocks(ahead, drawn, money=money), of=DRAWN):
            outcomes.add(block, money)
        table: FrameT = _table(outcomes, money, classifier.limits, level=level, like=whole.like)
        return table


@define(kw_only=True, eq=False)
class DrawnOutcomes:
    """Net value within the horizon and state at its end of each customer and draw, that blocks are added to.

    Attributes:
        ahead: the rungs.
        draws: number of draws, S.
        net: net values, (S, n); float32, as they are many.
        state: states, (S, n).
    """

    ahead: RungsAhead
    draws: int
    net: NDArray[np.float32] = field(init=False)
    state: NDArray[np.uint8] = field(init=False)

    def __attrs_post_init__(self) -> None:
        shape = self.draws, len(self.ahead.history)
        self.net, self.state = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.uint8)

    def add(self, block: DrawnBlock, money: DrawnMoney) -> None:
        """Add a block of customers."""
        self.state[:, block.at] = block.paths(self.ahead, draws=self.draws).whole(draws=self.draws)[:, :, -1].T
        for draws, net in money.of(block, draws=self.draws):
            self.net[draws, block.at] = net.sum(axis=2).T


def _refuse_other_value(classifier: ABCClassifier, scorer: FittedValueScorer) -> None:
    own = (None, "net_value") if scorer.scorer.costs else (None, "net_value", "clv")
    if classifier.by not in own:
        raise CapabilityError.because(
            f"a class forecast draws net values, and the classifier is by `{classifier.by}`.",
            hint="kk.ABCClassifier(limits=...), without by.",
        )


def _classes(outcomes: DrawnOutcomes, money: DrawnMoney, limits: Limits) -> Iterator[Whole]:
    """The class of each customer, draw by draw: a position in `CLASSES`, or after them for prospects, (n,)."""
    buyers = money.base.buyers
    nothing_expected = (money.expected <= 0)[money.place[buyers]]
    for net in outcomes.net:
        abc = np.full(len(net), len(CLASSES), dtype=np.int64)
        found, _ = class_of_value(net[buyers].astype(np.float64), limits)
        abc[buyers] = np.where(nothing_expected, D, np.minimum(found, C))
        yield abc


def _table(outcomes: DrawnOutcomes, money: DrawnMoney, limits: Limits, *, level: float, like: Any) -> Any:
    states, bounds = outcomes.ahead.states, [(1 - level) / 2, (1 + level) / 2]
    K = len(states)
    cells = (len(CLASSES) + 1) * K
    customers, value = np.empty((2, outcomes.draws, cells))
    for draw, abc in enumerate(_classes(outcomes, money, limits)):
        cell = abc * K + outcomes.state[draw]
        customers[draw] = np.bincount(cell, minlength=cells)
        value[draw] = np.bincount(cell, weights=outcomes.net[draw], minlength=cells)
    occur = np.flatnonzero(customers.any(axis=0))
    of_class, of_state = np.divmod(occur, K)
    low, high = np.quantile(customers[:, occur], bounds, axis=0)
    value_low, value_high = np.quantile(value[:, occur], bounds, axis=0)
    return new_frame(
        {
            "ahead": np.full(len(occur), len(outcomes.ahead.ends)),
            "abc": text_column(CLASSES, np.where(of_class < len(CLASSES), of_class, -1), like=like),
            **state_columns(states, of_state, like=like),
            "expected": customers[:, occur].mean(axis=0),
            "low": low,
            "high": high,
            "value": value[:, occur].mean(axis=0),
            "value_low": value_low,
            "value_high": value_high,
        },
        like=like,
    )
