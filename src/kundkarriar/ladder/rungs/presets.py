"""Rungs of the three ladders that come with the library, from low to high."""

from __future__ import annotations

from kundkarriar.ladder.rungs.grace import Hold
from kundkarriar.ladder.rungs.rung import After, Rung
from kundkarriar.rules.column import column
from kundkarriar.rules.condition import Condition

EVENTS = ("referral", "co_development", "contract", "interest", "quote", "complaint", "satisfaction")
"""The events that these ladders need."""


def kundkarriar(
    *,
    client_days: int,
    client_quarters: int,
    grace: str | None,
    keep_days: int | None,
    supporter_months: int,
    proxy: bool,
    proxy_days: int,
    proxy_quarters: int,
    most_complaints: int | None,
    least_satisfaction: float | None,
) -> tuple[Rung, ...]:
    """Prospect, trial buyer, repeat buyer, client, supporter, partner.

    A proxy never requires less than the thresholds of a client.
    """
    client = (column("purchase_days_12M") >= client_days) & (column("quarters_active_12M") >= client_quarters)
    often = (column("purchase_days_12M") >= max(proxy_days, client_days)) & (
        column("quarters_active_12M") >= max(proxy_quarters, client_quarters)
    )
    keep = None if keep_days is None else column("purchase_days_12M") >= keep_days
    hold = None if grace is None and keep is None else Hold(grace=grace, keep=keep)
    recommends = column("events_referral") >= 1
    for bar in _bars(most_complaints, least_satisfaction):
        recommends, often = recommends & bar, often & bar
    return (
        Rung(name="prospect", when=column("purchase_days").equals(0)),
        Rung(name="trial buyer", when=column("purchase_days").equals(1)),
        Rung(name="repeat buyer", when=column("purchase_days") >= 2),
        Rung(name="client", when=client, hold=hold),
        Rung(
            name="supporter",
            when=recommends,
            after=After(rung="client", months=supporter_months),
            proxy=often if proxy else None,
        ),
        Rung(
            name="partner",
            when=(column("events_co_development") >= 1) | (column("events_contract") >= 1),
            after=After(rung="supporter", months=0),
        ),
    )


def _bars(most_complaints: int | None, least_satisfaction: float | None) -> tuple[Condition, ...]:
    """Conditions that supporters must meet on complaints and satisfaction; missing values meet them."""
    bars = []
    if most_complaints is not None:
        complaints = column("events_complaint_12M")
        bars.append((complaints <= most_complaints) | complaints.is_missing())
    if least_satisfaction is not None:
        satisfaction = column("events_satisfaction_mean_12M")
        bars.append((satisfaction >= least_satisfaction) | satisfaction.is_missing())
    return tuple(bars)


def loyalty() -> tuple[Rung, ...]:
    """Lead, prospect, customer, repurchaser, ambassador."""
    interest = (column("events_interest") >= 1) | (column("events_quote") >= 1)
    repeated = column("purchase_days") >= 2
    return (
        Rung(name="lead", when=column("purchase_days").equals(0)),
        Rung(name="prospect", when=column("purchase_days").equals(0) & interest),
        Rung(name="customer", when=column("purchase_days").equals(1)),
        Rung(name="repurchaser", when=repeated),
        Rung(name="ambassador", when=repeated & (column("events_referral_24M") >= 1)),
    )


def groups() -> tuple[Rung, ...]:
    """Moving, recurring, exclusive."""
    moving = (column("purchase_days") <= 2) | column("purchase_days_12M").equals(0)
    exclusive = (column("purchase_days_12M") >= 6) & (column("quarters_active_12M") >= 4)
    return (
        Rung(name="moving", when=moving),
        Rung(name="recurring", when=~moving),
        Rung(name="exclusive", when=exclusive),
    )
