"""What the known prospects of today buy within a horizon: how many first purchases, and their net sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import FINITE, NOT_NEGATIVE, WholeNumber
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.fields import instance_of
from kundkarriar.foreign_objects import is_a
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.interface.protocols import ReadsSpend
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.scoring.newcomers.newcomer_draws import NewcomerDraws
from kundkarriar.scoring.newcomers.newcomer_forecast import Foreseen, finite_numbers
from kundkarriar.scoring.prospects.first_posterior import first_posterior
from kundkarriar.scoring.prospects.prospect_value import PROSPECT_COLUMN
from kundkarriar.scoring.prospects.prospects import Prospects
from kundkarriar.scoring.prospects.read_prospects import first_order_factor

STREAM = 21
"""Stream key of prospects; those of customers and of newcomers are others."""
LIKE = 4096
"""Drawn first purchases are of so many prospects, taken by their probability."""
BLOCK = 2**14
"""Prospects whose first purchases are drawn at once."""


@frozen(kw_only=True)
class ProspectSales:
    """What known prospects buy within a horizon: the first purchase, and repeat purchases after it, undiscounted.

    Attributes:
        prospects: number of prospects with a value.
        buyers: how many of them buy.
        sales: their sales net of returns: the sum of `expected_sales` of the scores at a discount rate of 0.
        contribution: margin on the expected sales.
        cost: the costs that the scorer counts of them, from the first purchase on; None without costs.
        drawn_sales: the sales in each draw, (S,), with the parameters of the same draw of the customers; empty where
            the models cannot draw.
    """

    prospects: int = field(validator=WholeNumber(least=0))
    buyers: Foreseen = field(validator=instance_of(Foreseen))
    sales: Foreseen = field(validator=instance_of(Foreseen))
    contribution: float = field(validator=FINITE)
    cost: float | None = field(default=None, validator=optional(NOT_NEGATIVE))
    drawn_sales: tuple[float, ...] = field(default=(), validator=finite_numbers, repr=False)

    @classmethod
    def of(
        cls, scorer: Any, base: CustomerBase, *, nominal: Mapping[str, Array], drawn: ValueDraws | None
    ) -> ProspectSales | None:
        """The sums over the prospects of `base`; None where first purchases are not modelled, or nobody is a prospect.

        Args:
            scorer: the fitted scorer.
            base: the customers.
            nominal: the columns of their scores at a discount rate of 0.
            drawn: the draws of the buyers, whose parameter draws are used; None where the models cannot draw.
        """
        prospects = base.prospects
        if prospects is None or not len(prospects):
            return None
        p, sales, clv = (nominal[name][prospects.position] for name in (PROSPECT_COLUMN, "expected_sales", "clv"))
        number: Array | None = None
        drawn_sales: Array | None = None
        if drawn is not None:
            number, gross = _drawn(scorer, prospects, p=p, drawn=drawn)
            drawn_sales = (1 - scorer.return_mean) * gross
        return cls(
            prospects=len(prospects),
            buyers=Foreseen.of(total(p), number),
            sales=Foreseen.of(total(sales), drawn_sales),
            contribution=total(clv),
            cost=total(nominal["cost"][prospects.position]) if "cost" in nominal else None,
            drawn_sales=() if drawn_sales is None else tuple(drawn_sales.tolist()),
        )


def _drawn(scorer: Any, prospects: Prospects, *, p: Array, drawn: ValueDraws) -> tuple[Array, Array]:
    """Number of first purchases and gross spend of the prospects in each draw, (S,) each.

    The months of first purchases are drawn of each prospect. Who buys in a month does so in its middle, and is like one
    of the prospects taken by their probability `p`, (n,).
    """
    order = np.argsort(stable_hash(ids=prospects.newcomers["customer_id"].to_numpy()))  # whatever that of the rows
    prospects, p = prospects.at(order), p[order]
    source = np.random.SeedSequence(drawn.entropy, spawn_key=(STREAM,))
    months_of, like_whom, draws_of = map(np.random.default_rng, source.spawn(3))
    horizon = Period.of(scorer.scorer.horizon).in_units("M")
    number = _first_purchases(scorer.first_purchase, prospects, horizon=horizon, draws=len(drawn), generator=months_of)
    if not number.any():
        return number.sum(axis=0), np.zeros(len(drawn))
    like = like_whom.choice(len(prospects), size=LIKE, p=p / p.sum()) if p.sum() > 0 else np.arange(len(prospects))
    middle = (np.arange(len(number)) + np.minimum(np.arange(len(number)) + 1, horizon)) / 2
    gross = NewcomerDraws(
        known=drawn,
        latest=_as_newcomers(scorer.spend, prospects, like),
        left=(horizon - middle) * DAYS["M"] / DAYS[scorer.purchases.period],
        generator=draws_of,
        first_order_factor=first_order_factor(scorer.spend),
    ).totals(number)[1]
    return number.sum(axis=0), gross


def _first_purchases(
    model: FittedFirstPurchase, prospects: Prospects, *, horizon: float, draws: int, generator: np.random.Generator
) -> Array:
    """Number of first purchases in each month of the horizon and each draw, (m, S)."""
    months = int(np.ceil(horizon - 1e-9))
    counts, posterior = np.zeros((months, draws)), first_posterior(model, draws=draws, generator=generator)
    for start in range(0, len(prospects), BLOCK):
        rows = prospects.leads.at(np.arange(start, min(start + BLOCK, len(prospects))))
        month = model.draw_months(rows, posterior=posterior, draws=draws, generator=generator)
        n, draw = np.nonzero(month <= horizon)
        at = np.minimum(month[n, draw].astype(np.int64), months - 1)
        np.add.at(counts, (at, draw), 1.0)
    return counts


def _as_newcomers(spend: Any, prospects: Prospects, like: Whole) -> LatestNewcomers:
    """Prospects at some places as newcomers of whom no order is known, from which purchases and spend are drawn."""
    frame, none = prospects.newcomers.to_native(), np.zeros(len(prospects))
    orders, spent = none, none
    if is_a(spend, ReadsSpend):
        given = spend.read_spend(frame, customers=prospects.customers, need="prospects")
        orders, spent = map(np.asarray, given)
    return LatestNewcomers(
        buyers=np.full(len(like), -1),
        rows=prospects.rows.at(like),
        first_order=prospects.first_order[like],
        order_value=prospects.order_value[like],
        orders=orders[like],
        spent=spent[like],
    )
