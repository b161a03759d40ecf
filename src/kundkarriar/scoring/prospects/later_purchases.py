"""Drawn purchases of the prospects of a fitted scorer, beside those of its buyers."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.models.drawn.later_lives import LaterLives
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws
from kundkarriar.scoring.customer_base import CustomerBase, SpendOfBuyers
from kundkarriar.scoring.draws.drawn_amounts import DrawnAmounts
from kundkarriar.scoring.prospects.first_posterior import first_posterior

STREAM = 12
"""Stream key of the parameters of the time to the first purchase."""
NEED = "ValueScorer"


def later_purchases(scorer: Any, base: CustomerBase, *, known: PurchaseDraws) -> PurchaseDraws | None:
    """Purchases of the prospects of `base` from a drawn first purchase on; None where there are none to foresee.

    The draws have the parameters and the level of `known`, the drawn purchases of the buyers; parameters of the time to
    the first purchase are drawn beside them. The level acts on repeat purchases.
    """
    prospects = base.prospects
    if prospects is None or not len(prospects):
        return None
    spend = SpendOfBuyers.read(
        prospects.newcomers,
        model=scorer.spend,
        customers=prospects.customers,
        buyers=np.arange(len(prospects)),
        x=prospects.rows.x,
        need=NEED,
    )
    own = evolve(
        base,
        checked=evolve(base.checked, rows=prospects.rows, position=prospects.position),
        orders=spend.orders,
        spent=spend.spent,
        order_value=spend.order_value,
        terms=prospects.terms,
        prospects=None,
    )
    stream = np.random.default_rng(np.random.SeedSequence(known.entropy, spawn_key=(STREAM,)))
    return evolve(
        known,
        checked=own.checked,
        amounts=evolve(known.amounts, base=own) if isinstance(known.amounts, DrawnAmounts) else known.amounts,
        first_block=known.blocks,
        later=LaterLives(
            first=scorer.first_purchase,
            leads=prospects.leads,
            posterior=first_posterior(scorer.first_purchase, draws=len(known), generator=stream),
            period=scorer.purchases.period,
            horizon=known.horizon,
        ),
    )
