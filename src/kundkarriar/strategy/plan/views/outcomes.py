"""What targets measure of each customer: expected without the plan, its variance, and what the plan adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.dates.period import day_number
from kundkarriar.numerics.planning.power import overdispersion, p_purchase_at
from kundkarriar.strategy.plan.plan_data import PlanData

ORDER_SPREAD = 1.0
"""Coefficient of variation of a customer's order values: the scores do not tell it."""
NOT_FROM_PURCHASES = {"spend", "cost", "referrals", "value"}
"""Effects that change no number of purchases, or, as of money stated, it is not known that they do."""
TO = "to "
"""How the horizon of increments with a last day begins."""


class Span(NamedTuple):
    """The span that a strategy's metrics are over.

    Attributes:
        text: from the plan's first day to the earlier of the target's `until` and the end of the horizon.
        share: its share of the days of the horizon.
        end: the last day of the horizon; "" where the plan does not know it.
    """

    text: str
    share: float
    end: str


def span_of(plan: PlanData[Any], strategy: int, until: str | None = None) -> Span:
    """The span of the strategy at a position, to `until`; None: to the target's.

    Only increments have a horizon with days. Without them all is over the horizon of the scores.
    """
    if not plan.horizon.startswith(TO):
        return Span("the horizon of the scores", 1.0, "")
    end, target = plan.horizon.removeprefix(TO), plan.playbook.strategies[strategy].target
    asked = until if until is not None else end if target is None else target.until
    last = min(end, asked)
    before, to, whole = (day_number(np.datetime64(day, "D")) for day in (plan.start, last, end))
    days = max(to - before + 1, 0)
    return Span(f"{plan.start} to {last}", days / max(whole - before + 1, 1), end)


class Outcome(NamedTuple):
    """A metric of each customer over the span of the customer's strategy.

    Attributes:
        mean: expected without the plan, (n,); NaN where not known.
        variance: of the customer's own outcome, (n,).
        planned: what the bundle adds that the customer was selected for, whether held out or not, (n,); 0 without one.
    """

    mean: Array
    variance: Array
    planned: Array


def outcomes(plan: PlanData[Any], until: Sequence[str] | None = None) -> Mapping[str, Outcome]:
    """The outcome of each metric of `kk.Target`; NaN where the plan's customers lack the columns.

    The number of purchases is negative binomial (`overdispersion`), and order values vary by their mean: a customer's
    amount has the variance m z^2 (1 + c + 1), with m purchases of z.

    What the plan adds to purchases is what it adds to value before discounts are taken off, in contributions of a
    purchase, so that the time that contacts treat is counted as in the increments. The share that buys follows from a
    customer's rate multiplied by as much. Of an effect on spend it is added to spend, and of effects on cost, referrals
    and value to the net value alone. Of bundles with other effects as well, all is counted as purchases. An effect on
    promotion adds to the share that buys what it adds to the probability of the step.

    All is over the span of the customer's strategy (`span_of`); `until` are its last days by strategy, where they are
    not those of the targets. Scores are over their horizon from the day of the
    summary, and increments are over as many days from the plan's first day, unless treatment lasts longer: the one is
    taken for the other, and of both the span has its share by days. Numbers of purchases keep their shape.
    """
    have, n = plan.customers.numbers, len(plan.customers)
    strategies = range(len(plan.playbook.strategies))
    shares = [span_of(plan, at, None if until is None else until[at]).share for at in strategies]
    share, missing = np.array(shares)[plan.ledger.strategy], np.full(n, np.nan)
    purchases, p = have.get("expected_purchases", missing), have.get("p_purchase", missing)
    order_value = have.get("expected_order_value", missing)
    value = have.get("contribution", have.get("clv", missing))
    ahead = have.get(plan.customers.value_ahead, missing) * share
    gain = plan.ledger.of_bundle(plan.ledger.gain, selected=plan.ledger.selected)
    adds = gain + plan.ledger.of_bundle(plan.later_cost, selected=plan.ledger.selected)
    lift = _ratio(adds, value)
    buys, spends = _of_kinds(plan)
    dispersion = overdispersion(purchases=purchases, p_purchase=p)
    more = np.where(buys != "", lift, 0.0)
    factors = share, share * np.maximum(1.0 + more, 0.0)
    usual, treated = (p_purchase_at(purchases=purchases, c=dispersion, factor=each) for each in factors)
    c = np.where(np.isnan(p), 0.0, dispersion) * share
    p = np.where(share == 1, p, usual)
    more_buy = treated - p
    more_spend = np.where(spends, _ratio(adds, have.get("clv", missing)), more)
    per_purchase = _ratio(value, purchases)
    purchases = purchases * share
    spread = 1.0 + c + ORDER_SPREAD**2
    return {
        "share that buys": Outcome(
            p, p * (1.0 - p), np.where(buys == "promotion", _where(more, p), np.where(more == 0, 0.0, more_buy))
        ),
        "purchases": Outcome(purchases, purchases * (1.0 + c), _where(more, purchases)),
        "spend": Outcome(
            purchases * order_value, purchases * order_value**2 * spread, _where(more_spend, purchases * order_value)
        ),
        "net value": Outcome(ahead, purchases * per_purchase**2 * spread, gain * share),
    }


def _of_kinds(plan: PlanData[Any]) -> tuple[Any, Mask]:
    """Of the bundle each customer was selected for: how it adds purchases ("", "promotion", "rate"); only to spend."""
    kinds = [{each.on for own in plan.actions_of(at) for each in own.effects} for at in range(len(plan.bundles))]
    buys = ["" if on <= NOT_FROM_PURCHASES else "promotion" if on == {"promotion"} else "rate" for on in kinds]
    spends = [on <= NOT_FROM_PURCHASES and "spend" in on for on in kinds]
    selected = plan.ledger.selected
    return np.array([*buys, ""])[selected], np.array([*spends, False])[selected]


def _ratio(one: Array, other: Array) -> Array:
    """One by the other, (n,), 0 where the other is not positive; NaN where either is not known."""
    known = np.where(np.isnan(one + other), np.nan, 0.0)
    return np.divide(one, other, out=known, where=other > 0)


def _where(lift: Array, base: Array) -> Array:
    """The product, 0 where there is no lift."""
    return np.where(lift == 0, 0.0, lift * base)
