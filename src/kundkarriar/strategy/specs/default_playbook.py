"""The default playbook: strategies by value, position on the ladder and evidence, whatever the rungs are called."""

from collections.abc import Iterable, Iterator
from functools import cache

from attrs import evolve

from kundkarriar.arguments import read_flag
from kundkarriar.rules.column import column
from kundkarriar.strategy.specs.playbook import Playbook
from kundkarriar.strategy.specs.strategy import Strategy

LIKELY_TO_BUY = 0.5
"""Customers with at least this probability of a purchase within the horizon count as likely to come back anyway."""
LITTLE_CHANCE = 0.2
"""Silent customers of class C with a smaller probability of a purchase within the horizon are left in peace. Where
nobody leaves, silent customers may well buy again, and then there is something to expect of them."""
LIKELY_TO_LEAVE = 0.01
"""Below this probability of leaving within the horizon nothing is there to win back. Where a fit ends at its boundary,
nobody leaves, and the probability is not 0 but about a millionth; the value at risk, in money, has no such limit."""
NOBODY = 1e-4
"""Probability of leaving within the horizon below which a customer does not leave."""
HALF_WAY = 0.5
"""Above this position a customer is on the upper half of the rungs for buyers: client and above of six rungs, silver
and gold of three. Absolute limits (so many purchases a year) would be those of one trade; the rungs are the firm's."""
MAY_LACK = (
    *("purchase_days", "rung_position", "highest_position", "lapsed", "paused", "abc", "value_at_risk", "p_leaves"),
    *("group", "events_referral"),
)
"""Columns that the default playbook does without. What is left, the chance of a purchase, every scorer tells."""
RESPONSES = {"moving": 0.8}
"""How strongly groups respond to an action, against what its effect states: a prior, and not a measurement.

The moving have bought once or so, trust the firm less and may choose a competitor, so that the same contact is expected
to do less. How much less was not measured: four fifths says that it is less without deciding much. An effect that was
measured on the moving themselves needs no such factor: responses={} leaves it out."""


def default_playbook(*, care: bool = False) -> Playbook:
    """The default playbook: an objective by value, position on the ladder, and evidence.

    Value is the class, and what is at risk. The position is that of the rung, from 0 before the first purchase to 1 at
    the top, so that any ladder will do; where it is not known, value alone decides whom to thank. Evidence is a
    purchase, a recommendation, a silence, and how evenly customers buy.

    Silence alone sends nobody who is expected back to "win back". Exclusive customers are invited, recurring ones are
    to make it a habit, moving ones to buy again. Whoever has recommended the firm is asked again, whatever the class.
    A column that is not there (`MAY_LACK`) is missing for everyone, and everyone has a strategy: the last one takes the
    rest. A strategy sets the objective; the planner decides spending by the incremental value and cost of each action.

    Args:
        care: whether appreciation comes before selling to customers of class A. If so, their strategies forbid actions
            that sell, and those of them who are not silent get an action that appreciates first, where one pays. If
            not, nothing is forbidden or preferred.

    >>> for line in default_playbook().sentences()[1:3]:
    ...     print(line)
    2. ready for their return: where paused is true and (abc is A, B or C or abc is missing), retain (keep a customer
    who might leave), because they have been silent for longer than usual, and are expected back by themselves: from
    such silences they came back before, or they are likely to buy.
    3. win back: where lapsed is true and value_at_risk is more than 0 and (p_leaves is at least 0.01 or p_leaves is
    missing) and (abc is A or B or highest_position is more than 0.5), win_back (bring a silent customer back), because
    they have been silent for longer than usual, and there is still value to lose: won back where that pays.
    >>> [each.name for each in default_playbook(care=True).strategies if "appreciate" in each.prefers]
    ['invite the exclusive, class A', 'appreciate the best', 'keep the best']
    """
    return _playbook(read_flag(care, "care"))


@cache
def _playbook(care: bool) -> Playbook:  # noqa: FBT001
    """Made once: that every strategy can match takes a moment to examine."""
    strategies = (*_before_purchase_and_silent(), *_by_value())
    return Playbook(strategies=tuple(_with_care(strategies)) if care else strategies, may_lack=MAY_LACK)


CLASS, POSITION, GROUP, LEAVES = (column(name) for name in ("abc", "rung_position", "group", "p_leaves"))
A, A_OR_B, HIGH, LIKELY = (
    CLASS.equals("A"),
    CLASS.isin(["A", "B"]),
    POSITION > HALF_WAY,
    column("p_purchase") >= LIKELY_TO_BUY,
)
LAPSED, PAUSED = column("lapsed").equals(True), column("paused").equals(True)
LOST = LAPSED & (column("value_at_risk") > 0) & ((LEAVES >= LIKELY_TO_LEAVE) | LEAVES.is_missing())
RECOMMENDS, EXCLUSIVE = column("events_referral") >= 1, GROUP.equals("exclusive") & LIKELY
OF_CLASS_A = {
    "ready for their return": PAUSED,
    "win back": LOST,
    "ask for a recommendation": RECOMMENDS,
    "invite the exclusive": EXCLUSIVE,
}
"""With care, strategies of which those of class A get a part of their own, and whom of them it is for."""


def _before_purchase_and_silent() -> Iterator[Strategy]:
    """Strategies of those who have not bought yet, and of the lapsed."""
    yield Strategy(
        name="win the first purchase",
        when=column("purchase_days").equals(0) | POSITION.equals(0),
        objective="activate",
        goal="a first purchase that pays for the effort",
        metric="share of prospects with a first purchase",
        reason="they are known but have never bought: worth an effort in the order of their priority, which is the "
        "chance of a purchase times what it would bring",
    )
    yield Strategy(
        name="ready for their return",
        when=PAUSED & (CLASS.isin(["A", "B", "C"]) | CLASS.is_missing()),
        objective="retain",
        goal="finds us ready at the return, without spend to win back",
        metric="share of the paused who buy again",
        reason="they have been silent for longer than usual, and are expected back by themselves: from such silences "
        "they came back before, or they are likely to buy",
    )
    yield Strategy(
        name="win back",
        when=LOST & (A_OR_B | (column("highest_position") > HALF_WAY)),
        objective="win_back",
        goal="a purchase again within the period",
        metric="share of the silent who buy again",
        reason="they have been silent for longer than usual, and there is still value to lose: won back where that "
        "pays",
    )
    yield Strategy(
        name="leave in peace",
        when=LAPSED & CLASS.equals("C") & (column("p_purchase") < LITTLE_CHANCE),
        objective="harvest",
        goal="no spend without a return",
        metric="spend per customer",
        reason="they have been silent for longer than usual, and little is to be expected of them",
    )


def _by_value() -> Iterator[Strategy]:
    """Strategies of customers who buy, by evidence, class, group and position; the last one takes the rest."""
    best = A & (HIGH | POSITION.is_missing())
    yield Strategy(
        name="ask for a recommendation",
        when=RECOMMENDS,
        objective="refer",
        goal="a new customer through recommendation",
        metric="recommendations that became purchases",
        reason="they have recommended us: thanked for it, heard, and asked again, whatever they buy themselves",
    )
    yield Strategy(
        name="make it pay",
        when=CLASS.equals("D"),
        objective="reprice",
        goal="net value above zero",
        metric="net value per customer",
        reason="they cost more than they are expected to bring: change the price or the cost to serve",
    )
    yield Strategy(
        name="invite the exclusive",
        when=EXCLUSIVE,
        objective="appreciate",
        goal="comes to events, speaks at them, recommends us",
        metric="invitations accepted; recommendations",
        reason="they are loyal and buy as a matter of course: events, invitations, fairs and a place to speak honour "
        "them, and an offer would not",
    )
    yield Strategy(
        name="appreciate the best",
        when=best & LIKELY,
        objective="appreciate",
        goal="stays, without being sold to",
        metric="value kept; contacts that sell are few",
        reason="they are among the most valuable and likely to come back anyway: thank rather than sell",
    )
    yield Strategy(
        name="keep the best",
        when=best,
        objective="retain",
        goal="stays",
        metric="share of value kept",
        reason="they are among the most valuable, and not sure to come back",
    )
    yield Strategy(
        name="win the second purchase",
        when=column("purchase_days").equals(1) | GROUP.equals("moving"),
        objective="repeat",
        goal="a second purchase, or the next one",
        metric="share of first-time buyers who buy again",
        reason="they do not buy regularly: the next purchase decides whether there will be more",
    )
    yield Strategy(
        name="make it a habit",
        when=A_OR_B & GROUP.equals("recurring"),
        objective="grow",
        goal="buys more often, and more evenly",
        metric="purchases per customer and year; regularity",
        reason="they buy now and then, and may go to a competitor: a loyalty programme and offers of their own make it "
        "a habit",
    )
    yield Strategy(
        name="keep the loyal",
        when=CLASS.equals("B") & HIGH,
        objective="retain",
        goal="stays on the upper half of the ladder",
        metric="share of them who stay there",
        reason="they have come far up the ladder and bring a good part of the value",
    )
    yield Strategy(
        name="grow",
        when=A_OR_B,
        objective="grow",
        goal="rises to the upper half of the ladder",
        metric="purchases per customer and year; customers who rise",
        reason="they bring much of the value, and have a way to go up the ladder",
    )
    yield Strategy(
        name="develop where it pays",
        when=CLASS.equals("C") | CLASS.is_missing(),
        objective="develop",
        goal="a net increment above zero, or no spend",
        metric="net increment per customer",
        reason="they bring little today, as far as is known: developed where an action adds more than it costs, else "
        "left alone",
    )


def _with_care(strategies: Iterable[Strategy]) -> Iterator[Strategy]:
    """The strategies, with those of class A apart: they forbid to sell, and put thanks first where nobody is silent."""
    alone = {"appreciate the best": A & LIKELY, "keep the best": A}
    for each in strategies:
        if (whom := OF_CLASS_A.get(each.name)) is not None:
            thanks = ("appreciate",) if each.objective == "appreciate" else ()
            yield evolve(each, name=f"{each.name}, class A", when=A & whom, forbids=("selling",), prefers=thanks)
        if (whom := alone.get(each.name)) is not None:
            yield evolve(each, when=whom, forbids=("selling",), prefers=("appreciate",))
        else:
            yield each
