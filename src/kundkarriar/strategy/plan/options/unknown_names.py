"""Names that a plan is given and that name nothing in it: often they are misspelt, and what they ask is not done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kundkarriar.errors import warn
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.contacts.contact_consent import consent_column
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.default_playbook import RESPONSES
from kundkarriar.strategy.specs.responses import Responses
from kundkarriar.strategy.specs.strategy import Strategy
from kundkarriar.strategy.specs.vocabulary import LEVERS, OBJECTIVES, SELLING


def tell_unknown_names(
    customers: CustomerTable,
    *,
    actions: Sequence[Action],
    strategies: Sequence[Strategy],
    responses: Responses,
    need: str,
) -> None:
    """Tell of columns of consent, words of strategies and groups of `responses` that concern nobody and nothing.

    The groups of the default planner are not asked for: it is for all frames.

    Warns:
        DataWarning: a column `may_contact_<channel>` of a channel that no action has, although some have one; a word of
            `forbids` or `prefers` that is no action, objective or lever; a group that the column `group` does not have.
    """
    channels = sorted({each.channel for each in actions if each.channel is not None})
    columns = {consent_column(), *map(consent_column, channels)}
    if channels and (unread := sorted(customers.consent.keys() - columns)):
        warn(
            f"{need}: {_listed(unread)} are about channels that no action has; the channels of actions are "
            f"{channels}. Nobody is spared by these columns."
        )
    known = {*(each.name for each in actions), *OBJECTIVES, *LEVERS, SELLING}
    for strategy in strategies:
        for name in ("forbids", "prefers"):
            if unread := [word for word in getattr(strategy, name) if word not in known]:
                warn(
                    f"{need}: the strategy {strategy.name!r} {name} {_listed(unread)}, which no action, objective or "
                    f"lever is called: nothing follows from it. The actions are "
                    f"{_listed(each.name for each in actions)}."
                )
    groups = set(customers.words.get("group", ()))
    if groups and (unread := [group for group, _ in responses if group not in groups and group not in RESPONSES]):
        there = _listed(sorted(each for each in groups if each))
        warn(f"{need}: `responses` has {_listed(unread)}, and nobody is of such a group; the groups are {there}.")


def tell_unknown_contacts(
    log: ContactLog,
    actions: Sequence[Action],
    *,
    before: PlanData[Any] | None,
    most_contacts: int | None,
    need: str,
) -> None:
    """Tell of contacts by actions that neither the plan has nor the one before it.

    Warns:
        DataWarning: there are some.
    """
    names = {each.name for each in (*actions, *(() if before is None else before.actions))}
    counts = {name: int(log.by(name).sum()) for name in {name for name, _ in log.kinds} - names}
    if number := sum(counts.values()):
        counted = "they count for nothing" if most_contacts is None else "they count for `most_contacts` only"
        warn(
            f"{need}: {quantity(number, 'contact')} of {len(log):,} in the log by {_listed(sorted(counts))}, which is "
            f"no action of the plan: {counted}. The actions are {_listed(each.name for each in actions)}."
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(each) for each in names) or "none"
