"""One customer's position, value, planned action and rejected actions, as sentences."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import DataError
from kundkarriar.id_kinds import read_id_values
from kundkarriar.ladder.groups.customer_groups import NAMES
from kundkarriar.strategy.amount_text import amount, cost_and_hours, quantity
from kundkarriar.strategy.increments.action_increments import costs_spend
from kundkarriar.strategy.plan.allocation.plan_rules import PlanRule
from kundkarriar.strategy.plan.contacts.still_treating import still_treating
from kundkarriar.strategy.plan.decision_reasons import (
    BARRED,
    EXCLUDED,
    FLOORED,
    HELD_OUT,
    NO_ACTION,
    REASON_TEXTS,
    TREATED,
    allowed_bundles,
    decision_reasons,
    plan_rules_of,
    reason_texts,
)
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.prices.break_even import of_first, of_planned
from kundkarriar.strategy.plan.prices.priced_net import charges
from kundkarriar.strategy.plan.strategy_years.early_changes import early_changes
from kundkarriar.strategy.plan.views.additions import added_sentences
from kundkarriar.strategy.plan.views.deciding_clause import deciding_clause
from kundkarriar.strategy.plan.views.discounts import changes_price, discount_sentences
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.default_playbook import LIKELY_TO_BUY, NOBODY

MOST_BUNDLES = 3
"""Sets of several actions that an explanation turns down by name."""


def explanation(plan: PlanData[Any], customer_id: Any) -> str:
    """Sentences about one customer, one per line: see `Plan.explain`."""
    at = _position(plan, customer_id)
    own, charge = plan.for_customer(at), charges(plan)
    charge = charge[[0 if len(charge) == 1 else at]]
    lines = [*_position_on_ladder(own), *_value(own), *_doubts(own), *_strategy(plan, own), *_decision(own)]
    return "\n".join([*lines, *_rejected(own, charge), *_without_rules(own, charge)])


def _position(plan: PlanData[Any], customer_id: Any) -> int:
    """The row of the customer; a numeric id may be given as text."""
    ids: Sequence[Any] = plan.customers.ids
    wanted = read_id_values([customer_id], need="Plan.explain").tolist()[0]
    named = [*map(str, ids)] if isinstance(wanted, str) else ids
    if wanted in named:
        return named.index(wanted)
    first = ", ".join(repr(each) for each in ids[:3])
    raise DataError.because(
        f"the plan has no customer {customer_id!r}; it has {quantity(len(ids), 'customer')}.",
        hint=f"the first ids are {first}; see plan.assignments()['customer_id'].",
    )


def _position_on_ladder(own: PlanData[Any]) -> Iterator[str]:
    rung, best, why, group = (_word(own, name) for name in ("rung", "highest_rung", "reason", "group"))
    name = f"Customer {own.customers.ids[0]}"
    if rung is None:
        yield f"{name}: the rung is not known."
        return
    lapsed, paused = (flag is not None and bool(flag[0]) for flag in (own.customers.lapsed, own.customers.paused))
    back = ", and is expected back" if paused else ""
    silent = f" and has been silent for longer than usual{back}" if lapsed else ""
    once = f" (was once {best})" if best not in (None, rung) else ""
    yield f"{name} stands on the rung {rung}{once}{silent}{'' if why is None else f': {why}'}."
    days = _number(own, "days_since_purchase")
    if not np.isnan(days):
        yield f"The last purchase was {quantity(days, 'day')} before the plan's figures were taken."
    if group is not None and not own.customers.prospects[0]:
        why = "By how often and how regularly they buy, they" if group in NAMES else "They"
        yield f"{why} belong to the {group} group."


def _value(own: PlanData[Any]) -> Iterator[str]:
    currency, column = own.customers.currency, own.customers.value_ahead
    figures = (column, "p_purchase", "value_at_risk", "p_leaves")
    worth, p_buy, at_risk, leaves = (_number(own, name) for name in figures)
    if np.isnan(worth):
        yield "What they will bring is not known: there is no purchase to judge from."
        return
    kind = "net of" if column == "net_value" else "before"
    abc = "" if (grade := _word(own, "abc")) is None else f": class {grade}"
    bring = f"{amount(worth, currency)} over the horizon"
    yield f"They are expected to bring {bring}, {kind} the costs of the customer{abc}."
    if not np.isnan(p_buy):
        lower = own.customers.paused is not None and own.customers.paused[0] and p_buy < LIKELY_TO_BUY
        more = ", by the model alone: that they came back from such silences before speaks for more" if lower else ""
        yield f"The probability that they buy at all within the horizon is {p_buy:.0%}{more}."
    yield from _pause(own)
    stays = at_risk <= 0 if np.isnan(leaves) else leaves < NOBODY
    if stays and worth > 0:
        yield "The model sees no leaving here, so what may be lost is not known."
    elif stays or at_risk <= 0:
        yield "Nothing is at risk: losing them would cost nothing."
    elif not np.isnan(at_risk):
        yield f"At risk of being lost: {amount(at_risk, currency)}. This decides what may be lost, not what to spend."


def _pause(own: PlanData[Any]) -> Iterator[str]:
    """What the pause of a customer who may return means; nothing where the model lets nobody return."""
    paused, won = _number(own, "p_paused"), _number(own, "win_back_value")
    if not paused >= NOBODY:  # also where it is not known
        return
    yield (
        f"The probability that they are between two spells of buying, and that the next begins within the horizon, is "
        f"{paused:.0%}; a purchase may still come after the horizon."
    )
    if not np.isnan(won):
        more = amount(won, own.customers.currency)
        yield f"Active again from today, they would be expected to bring {more} more, before what that costs."


def _doubts(own: PlanData[Any]) -> Iterator[str]:
    for note in own.customers.notes:
        yield f"Of the models behind these figures: {note}"


def _strategy(plan: PlanData[Any], own: PlanData[Any]) -> Iterator[str]:
    """The strategy, the clause that decided it, and what would decide otherwise, as far as the plan's columns tell."""
    strategies = own.playbook.strategies
    strategy = strategies[own.ledger.strategy[0]]
    goal = f" The goal: {strategy.goal}." if strategy.goal else ""
    objective = "" if strategy.name.replace(" ", "_") == strategy.objective else f" ({strategy.objective})"
    yield f"Strategy: {strategy.name}{objective}, because {strategy.because}.{goal}"
    for each in early_changes(own):
        if each.name == strategy.name:
            yield f"It stands since {own.start}, changed before its year was out ({each.change}): {own.force}."
    decided = deciding_clause(plan, own)
    if decided.clause:
        yield f"The clause that decided: {decided.clause}."
    if decided.changes:
        changes = "; ".join(f"{strategies[each.strategy].name} with {each.words}" for each in decided.changes)
        yield f"It would be another strategy, all else equal: {changes}."


def _decision(own: PlanData[Any]) -> Iterator[str]:
    reason, recommended = (int(each[0]) for each in decision_reasons(own))
    if reason in (TREATED, FLOORED):
        yield from _planned(own, int(own.ledger.bundle[0]))
    elif reason == HELD_OUT:
        assigned, selected = f"({own.holdout:.0%} of those selected, at random)", int(own.ledger.selected[0])
        would = "" if selected < 0 else f"; otherwise it would be {own.bundles[selected].name}"
        yield f"Nothing is planned: the customer is {REASON_TEXTS[HELD_OUT]} {assigned}{would}."
    elif reason == NO_ACTION:
        yield "Nothing is planned: no action with a cost and an effect is for this customer."
    else:
        yield f"Nothing is planned: {reason_texts(own)[reason]}."
    if recommended >= 0:
        name = own.actions[recommended].name
        yield f"Recommended without money: {name}; its effect is not stated, so no value is claimed."
    yield from added_sentences(own)
    if np.isnan(own.ledger.gain).all():
        if reason in (BARRED, EXCLUDED):
            return
        yield "No spend is justified by what is known: nobody has said what an action would add here."
    else:
        most = amount(float(own.ledger.max_justified_spend[0]), own.customers.currency)
        yield f"At most {most} is justified: what the best action is expected to add."


def _planned(own: PlanData[Any], at: int) -> Iterator[str]:
    """What is planned: the bundle at position `at`."""
    currency, actions = own.customers.currency, own.actions_of(at)
    value, hours = (float(values[0]) for values in (own.ledger.incremental_value, own.hours))
    numbers = own.calendar.times()[0]
    for each in own.bundles[at].actions:
        often = "once" if numbers[each] == 1 else f"{numbers[each]} times"
        spent = cost_and_hours(float(own.action_cost[0, each]), float(own.action_hours[0, each]), currency)
        yield f"Planned: {own.actions[each].name}, {often} in {own.budget.period}, for {spent}."
        for effect in own.actions[each].effects:
            yield from _effect(effect)
            yield from _response(own, effect)
    yield from discount_sentences(own, at)
    weak, _, strong = own.incremental_value_range()
    span = "" if np.isnan(weak) else f" ({amount(weak, currency)} to {amount(strong, currency)})"
    over = f" over the horizon {own.horizon}" if own.by_increments(at) else ""
    hour_cost, gain = own.budget.price_of_hours, float(own.net[0])
    net = f"{amount(abs(gain), currency)} {'less' if gain < 0 else 'more'}"
    together = " together" if len(actions) > 1 else ""
    counted = f", hours counted at {amount(hour_cost, currency)} each" if hour_cost * hours > 0 else ""
    later = float(own.later_cost[0, at])
    off = f", {amount(later, currency)} that its discount costs after the period taken off" if later > 0 else ""
    added = f"{amount(value, currency)}{span}{over}{off}"
    yield f"Expected to add{together} {added}, which is {net} than it costs{counted}."
    if any(action.acts_on_process for action in actions) and not over:
        yield "That is approximated from the scores, as if a contact acted on the whole horizon."
    yield from _pays_from(own, actions, of_planned(own, at))


def _effect(effect: Effect) -> Iterator[str]:
    if effect.evidence.lower() == "assumed":  # says so in a sentence of its own
        yield f"It {str(effect).removesuffix(f'; {effect.evidence}')}."
        yield "That effect is assumed, not measured."
    else:
        yield f"It {effect}."


def _response(own: PlanData[Any], effect: Effect) -> Iterator[str]:
    """The prior on how the customer's group responds to an assumed effect, where there is one."""
    group = _word(own, "group")
    power = dict(own.responses).get(group or "", 1.0)
    if effect.is_assumed and power != 1:
        counts = f"to the power of {power:g}" if effect.multiplies else f"{power:g} times"
        yield f"On the {group} group it counts {counts}: a prior on how they respond, not measured either."


def _pays_from(own: PlanData[Any], actions: Sequence[Action], size: float) -> Iterator[str]:
    """From which size of its effects what is planned pays for itself."""
    effects = [each for action in actions for each in action.effects]
    known = own.ledger.by_size is None or not np.isnan(own.ledger.by_size[0, 1:]).all()
    if own.cost[0] + own.budget.price_of_hours * own.hours[0] == 0:
        takes = "; what it takes is time" if own.hours[0] > 0 else ""
        yield f"It costs no money, so any effect in the right direction pays{takes}."
    elif np.isnan(size):
        if costs_spend(own.bundles[int(own.ledger.bundle[0])], own.actions):
            yield "Its cost grows with what they spend, so from which effect it pays is not told."
        elif known or not own.is_curved(int(own.ledger.bundle[0])):
            yield "No effect of this kind would pay for it here."
    elif len(effects) > 1:
        its = "its effects" if len(actions) == 1 else "all these effects"
        yield f"It pays for itself here from {its} to the power of {size:.4g} (stated: 1)."
    elif effects[0].on == "value":
        yield f"It pays for itself here from an added value of {amount(size, own.customers.currency)}."
    else:
        yield f"It pays for itself here from an effect of {size:.4g} on {effects[0].on} (stated: {effects[0].mean:g})."


def _rejected(own: PlanData[Any], charge: Array) -> Iterator[str]:
    """The other actions that may serve the customer by their own conditions, and why each was rejected.

    `charge` is the shadow price of what each bundle uses, (1, B).
    """
    currency, ledger, budget = own.customers.currency, own.ledger, own.budget
    planned_net, may_get = float(own.net[0]), allowed_bundles(own)[0]
    for at in _told(own):
        gain, cost, hours, net, later = (
            float(each[0, at])
            for each in (ledger.gain, own.bundle_cost, own.bundle_hours, own.bundle_net, own.later_cost)
        )
        spent = cost_and_hours(cost, hours, currency)
        if net <= 0 < net + later:
            path = f"by its cost in the period it would pay, and not by its path, {amount(cost + later, currency)}"
            why = f"{path}: who gets it keeps it{_instead(own)}"
        elif net <= 0:
            why = f"not worth it{_break_even_text(own, at)}"
        elif not may_get[at]:
            rules = [each.text for each in plan_rules_of(own) if not allowed_bundles(own, rules=[each])[0, at]]
            why = f"a rule forbids it here ({'; '.join(rules)})"
        elif ledger.held_out[0]:
            why = "pays, but the customer is held out"
        elif net <= budget.hurdle * cost:
            why = f"nets {net / cost:.2f} for each 1 spent, and the hurdle asks for more than {budget.hurdle:g}"
        elif ledger.treated[0] and net <= planned_net:
            why = f"{amount(net, currency)} net, less than what is planned"
            why += ", if not by its cost in the period alone" if net + later > planned_net else ""
        elif charge[0, at] > 0:
            why = f"pays, but the {spent} bring {amount(float(charge[0, at]), currency)} net with other customers"
        else:
            why = "more than the budget allows"
        goes_on = f", and {amount(later, currency)} after the period" if later > 0 else ""
        adds = f"would add {amount(gain + later, currency)} for {spent}{goes_on}"
        yield f"Turned down: {own.bundles[at].name} {adds}: {why}."


def _instead(own: PlanData[Any]) -> str:
    """What the customer is best given that keeps the price, and what it nets."""
    kept = [at for at in range(len(own.bundles)) if not changes_price(own, at) and not np.isnan(own.bundle_net[0, at])]
    best = max(kept, key=lambda at: own.bundle_net[0, at], default=-1)
    if best < 0:
        return "; no action that keeps the price may serve them"
    if own.bundle_net[0, best] <= 0:
        return "; nothing that keeps the price pays either"
    net = amount(float(own.bundle_net[0, best]), own.customers.currency)
    return f"; {own.bundles[best].name} keeps the price and would bring {net} net"


def _told(own: PlanData[Any]) -> list[int]:
    """The bundles that were turned down: every single action, and of several together the three that net most."""
    possible = [
        at for at in range(len(own.bundles)) if at != own.ledger.bundle[0] and not np.isnan(own.ledger.gain[0, at])
    ]
    several = [at for at in possible if len(own.bundles[at].actions) > 1]
    best = sorted(several, key=lambda at: -own.bundle_net[0, at])[:MOST_BUNDLES]
    return [at for at in possible if at not in several or at in best]


def _without_rules(own: PlanData[Any], charge: Array) -> Iterator[str]:
    """What the customer would get without each rule that keeps it from them, at the plan's shadow prices."""
    rules = [each for each in plan_rules_of(own) if each.strategy in (None, own.ledger.strategy[0])]
    if own.ledger.held_out[0] or not rules or not own.bundles:
        return
    brings = own.bundle_net - charge

    def best(among: Sequence[PlanRule]) -> int:
        value = np.where(allowed_bundles(own, rules=among) & ~np.isnan(brings), brings, 0.0)[0]
        return int(value.argmax()) if value.max() > 0 else -1

    for rule in rules:
        without = best([each for each in rules if each is not rule])
        if without not in (-1, best(rules), own.ledger.bundle[0]):
            net = amount(float(own.bundle_net[0, without]), own.customers.currency)
            yield f"Without the rule that forbids ({rule.text}) it would be {own.bundles[without].name}: {net} net."


def _break_even_text(own: PlanData[Any], at: int) -> str:
    """The break-even effect of a rejected action for this customer, or what keeps its effect from acting.

    It is "" where it is not known.
    """
    if len(own.actions_of(at)) == 1 and (earlier := still_treating(own, own.bundles[at].actions[0])):
        return f", as {earlier}"
    size = of_first(own, at)
    if size is None:
        return ""
    if np.isnan(size):
        return ", whatever its effect"
    effect = own.actions_of(at)[0].effects[0]
    if effect.on == "value":
        return f" below an added value of {amount(size, own.customers.currency)}"
    return f" short of an effect of {size:.4g} (stated: {effect.mean:g})"


def _word(own: PlanData[Any], column: str) -> str | None:
    word: str | None = own.customers.word(column)[0]
    return word


def _number(own: PlanData[Any], column: str) -> float:
    values = own.customers.numbers.get(column)
    return float("nan") if values is None else float(values[0])
