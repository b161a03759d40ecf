"""The default playbook: strategies by rung, class and lapse."""

from functools import cache

from kundkarriar.rules.column import column
from kundkarriar.strategy.specs.playbook import Playbook
from kundkarriar.strategy.specs.strategy import Strategy

PROSPECT_RUNGS = ("lead", "prospect")
FIRST_PURCHASE_RUNGS = ("trial buyer", "customer")
TOP_RUNGS = ("client", "supporter", "partner", "exclusive", "ambassador")
RECOMMENDING_RUNGS = ("supporter", "partner", "ambassador")
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


@cache
def default_playbook() -> Playbook:
    """The default playbook: an objective by rung, class and lapse.

    It covers the rungs of the library's three ladders and reads the columns rung, highest_rung, lapsed, abc,
    value_at_risk and p_purchase, and paused, p_leaves and group where there are such. Silence alone sends nobody who is
    expected back to "win back". A strategy sets the objective; the planner decides spending by the incremental value
    and cost of each action.

    Exclusive customers are invited and asked to recommend, recurring ones are to make it a habit, moving ones to buy
    again.

    >>> for line in default_playbook().sentences()[1:3]:
    ...     print(line)
    2. ready for their return: where paused is true and abc is not D, retain (keep a customer who might leave),
    because they have been silent for longer than usual, and are expected back by themselves: from such silences they
    came back before, or they are likely to buy.
    3. win back: where lapsed is true and value_at_risk is more than 0 and (p_leaves is at least 0.01 or p_leaves is
    missing) and (abc is A or B or highest_rung is client, supporter, partner, exclusive or ambassador), win_back
    (bring a silent customer back), because they have been silent for longer than usual, and there is still value to
    lose: won back where that pays.
    """
    leaves = column("p_leaves")
    rung, abc, lapsed = column("rung"), column("abc"), column("lapsed").equals(True)
    on_top = rung.isin(TOP_RUNGS)
    exclusive, recurring, moving = (
        column("group").equals(name) | rung.equals(name) for name in ("exclusive", "recurring", "moving")
    )
    likely = column("p_purchase") >= LIKELY_TO_BUY
    return Playbook(
        strategies=(
            Strategy(
                name="win the first purchase",
                when=rung.isin(PROSPECT_RUNGS),
                objective="activate",
                goal="a first purchase that pays for the effort",
                metric="share of prospects with a first purchase",
                reason="they are known but have never bought: worth an effort in the order of purchase probability "
                "times potential",
            ),
            Strategy(
                name="ready for their return",
                when=column("paused").equals(True) & ~abc.equals("D"),
                objective="retain",
                goal="finds us ready at the return, without spend to win back",
                metric="share of the paused who buy again",
                reason="they have been silent for longer than usual, and are expected back by themselves: from such "
                "silences they came back before, or they are likely to buy",
            ),
            Strategy(
                name="win back",
                when=lapsed
                & (column("value_at_risk") > 0)
                & ((leaves >= LIKELY_TO_LEAVE) | leaves.is_missing())
                & (abc.isin(["A", "B"]) | column("highest_rung").isin(TOP_RUNGS)),
                objective="win_back",
                goal="a purchase again within the period",
                metric="share of the silent who buy again",
                reason="they have been silent for longer than usual, and there is still value to lose: won back where "
                "that pays",
            ),
            Strategy(
                name="make it pay",
                when=abc.equals("D"),
                objective="reprice",
                goal="net value above zero",
                metric="net value per customer",
                reason="they cost more than they are expected to bring: change the price or the cost to serve",
            ),
            Strategy(
                name="leave in peace",
                when=lapsed & abc.equals("C") & (column("p_purchase") < LITTLE_CHANCE),
                objective="harvest",
                goal="no spend without a return",
                metric="spend per customer",
                reason="they have been silent for longer than usual, and little is to be expected of them",
            ),
            Strategy(
                name="invite the exclusive",
                when=abc.equals("A") & exclusive & likely,
                objective="appreciate",
                goal="comes to events, speaks at them, recommends us",
                metric="invitations accepted; recommendations",
                reason="they are loyal and buy as a matter of course: events, invitations, fairs and a place to speak "
                "honour them, and an offer would not",
            ),
            Strategy(
                name="appreciate the best",
                when=abc.equals("A") & on_top & likely,
                objective="appreciate",
                goal="stays, without being sold to",
                metric="value kept; contacts that sell are capped",
                reason="they are among the most valuable and likely to come back anyway: thank rather than sell",
            ),
            Strategy(
                name="keep the best",
                when=abc.equals("A") & on_top,
                objective="retain",
                goal="stays",
                metric="share of value kept",
                reason="they are among the most valuable, and not sure to come back",
            ),
            Strategy(
                name="ask for a recommendation",
                when=rung.isin(RECOMMENDING_RUNGS) | (exclusive & likely),
                objective="refer",
                goal="a new customer through recommendation",
                metric="recommendations that became purchases",
                reason="they already recommend us or work with us, or are loyal enough to do so: invited, heard, asked",
            ),
            Strategy(
                name="win the second purchase",
                when=rung.isin(FIRST_PURCHASE_RUNGS) | moving,
                objective="repeat",
                goal="a second purchase, or the next one",
                metric="share of first-time buyers who buy again",
                reason="they do not buy regularly: the next purchase decides whether there will be more",
            ),
            Strategy(
                name="keep the clients",
                when=abc.equals("B") & on_top,
                objective="retain",
                goal="stays",
                metric="share of clients who stay clients",
                reason="they have bought often and bring a good part of the value",
            ),
            Strategy(
                name="make it a habit",
                when=abc.isin(["A", "B"]) & recurring,
                objective="grow",
                goal="buys more often, and more evenly",
                metric="purchases per customer and year; regularity",
                reason="they buy now and then, and may go to a competitor: a loyalty programme and offers of their own "
                "make it a habit",
            ),
            Strategy(
                name="grow",
                when=abc.isin(["A", "B"]),
                objective="grow",
                goal="becomes a client",
                metric="purchases per customer and year",
                reason="they bring much of the value and do not buy as often as clients do",
            ),
            Strategy(
                name="develop where it pays",
                when=abc.equals("C"),
                objective="develop",
                goal="a net increment above zero, or no spend",
                metric="net increment per customer",
                reason="they bring little today: developed where an action adds more than it costs, else left alone",
            ),
        )
    )
