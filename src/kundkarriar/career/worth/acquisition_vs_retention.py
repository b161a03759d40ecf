"""Acquiring beside keeping, on the user's own costs: what newcomers bring, and what is at risk of customers."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.career.worth.acquired import FEW, MONTHS, Acquired
from kundkarriar.career.worth.given_costs import NEED, AcquisitionCosts, read_retention
from kundkarriar.career.worth.kept import Kept
from kundkarriar.career.worth.newcomer_value import NewcomerValue
from kundkarriar.career.worth.older_customers import warn_of_older
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, text_column
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.models.interface.protocols import TakesDraw, able, needs_gaps
from kundkarriar.scoring.draws.drawn_total import central, in_one_line, left_open, mean_and_error
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.scoring.value_scorer import FittedValueScorer

DRAWS = 50
"""Draws behind the intervals: as many as the career has, and at most these."""
STREAM = 17
"""Stream key of these draws."""
VAST, MOST_SHARE = 100.0, 1e6
"""Shares of losses that are not shown, and that count as this one in quantiles: between infinities these have none."""
ACQUIRE, KEEP = "acquire", "keep"
NUMBERS = (
    *("customers", "cost", "value", "low", "high", "net", "value_per_cost", "value_lifelong", "net_lifelong"),
    *("share_beyond_data", "payback_months", "total", "p_leaves", "retention_value", "cost_per_kept", "share_to_pay"),
    *("cost_ratio", "share_to_beat", "share_to_beat_low", "share_to_beat_high"),
)
"""The columns of numbers, in their order."""
NOT_DRAWN = "without an interval: the models' parameters cannot be drawn"
POOLED_REPEATS = "repeat purchases are those of all newcomers, since the purchase model reads no columns of customers"


@frozen(kw_only=True, eq=False)
class AcquisitionVsRetention:
    """Newcomers by channel and customers by rung, with what each brings and costs.

    Attributes:
        acquired: the newcomers.
        kept: the customers.
        draws: the drawn values of the customers; None where they cannot be drawn.
    """

    acquired: Acquired
    kept: Kept
    draws: ValueDraws | None

    @classmethod
    def of(
        cls,
        scorer: FittedValueScorer,
        *,
        draws: ValueDraws | None,
        history: LadderHistory[Any],
        summary: Any,
        table: Any,
        cost_acquisition: Any,
        cost_retention: Any,
        by: Any,
    ) -> AcquisitionVsRetention:
        """Both sides of a career, with costs as the user gives them.

        Raises:
            DataError: no customer came after the burn-in; costs that are not what they must be.

        Warns:
            DataWarning: many of the latest newcomers may be older than the data.
        """
        known, rungs = history.facts_as_of, [rung.name for rung in history.rungs]
        keeping = read_retention(cost_retention, rungs=rungs)
        base = scorer.base(summary, customers=summary)
        first = FirstPurchases.of(known.days, as_of=known.as_of, burn_in=history.burn_in)
        latest = LatestNewcomers.of(base, known.days, first, gaps=needs_gaps(scorer.purchases))
        if not len(latest):
            after, hint = "", "customers() has the value of each lead, where the scorer has a first_purchase."
            if history.burn_in is not None:
                after = f" after the burn-in of {history.burn_in}"
                hint = "a shorter burn_in in kk.CustomerCareer(...).fit(...)."
            law = f"{NEED}: no customer came{after}, so that the value of those to come is not known."
            raise DataError.because(law, hint=hint)
        warn_of_older(first, among=first.latest(), need=NEED)
        costs = AcquisitionCosts.read(
            cost_acquisition,
            by=by,
            summary=narrow(summary, need=NEED),
            columns=[] if known.attributes is None else list(known.attributes.names),
            at=base.buyers[latest.buyers],
        )
        return cls(
            acquired=Acquired.of(NewcomerValue.of(scorer, base, latest), costs),
            kept=Kept.of(scorer, base, table=narrow(table, need=NEED), rungs=rungs, costs=keeping),
            draws=draws if draws is not None and able(scorer.purchases, TakesDraw) else None,
        )

    def frame(self, *, level: float, by: str | None, like: Any) -> Any:
        """The table of `FittedCareer.acquisition_vs_retention`."""
        drawn = self._drawn()
        acquire = self._acquire(drawn, level=level)
        sides = acquire, self._keep(drawn, acquiring=acquire["value"][-1], level=level)
        words = {
            "verdict": [*self._payback(sides[0]), *self._verdicts(sides[1])],
            "note": [
                *self._notes_of_newcomers(sides[0], by=by, opened=self._left_open(sides[0], drawn, part=0)),
                *self._left_open(sides[1], drawn, part=1),
            ],
        }
        names = {
            "part": [ACQUIRE] * len(self.acquired.names) + [KEEP] * len(self.kept.names),
            "who": [*self.acquired.names, *self.kept.names],
        }
        missing = [np.full(len(each["cost"]), np.nan) for each in sides]
        values = {
            name: np.concatenate([side.get(name, none) for side, none in zip(sides, missing, strict=True)])
            for name in NUMBERS
        }
        return new_frame(
            {name: text_column(texts, like=like) for name, texts in names.items()}
            | values
            | {name: text_column([text or None for text in texts], like=like) for name, texts in words.items()},
            like=like,
        )

    def _drawn(self) -> tuple[Array, Array] | None:
        """Value of a newcomer and value at risk of a customer in each draw, (S, g) each, under the same parameters."""
        if self.draws is None:
            return None
        S, draws, latest = min(len(self.draws), DRAWS), self.draws, self.acquired.value.latest
        scorer, base = self.kept.scorer, self.kept.base
        generator = np.random.default_rng(np.random.SeedSequence(draws.entropy, spawn_key=(STREAM,)))
        posterior = draws.spend_posterior.some(slice(S))
        of_newcomers = scorer.spend.draw_order_value(
            latest.orders, latest.spent, posterior=posterior, generator=generator
        )
        order = base.draw_order  # so that the order of rows changes nothing
        of_base = np.empty((len(base), S))
        of_base[order] = scorer.spend.draw_order_value(
            base.orders[order], base.spent[order], posterior=posterior, generator=generator
        )
        brought, at_risk = [], []
        for s in range(S):
            model, factor = scorer.purchases.at_draw(draws.purchase_posterior, s), float(draws.levels[s])
            own = of_newcomers[:, s]
            brought.append(self.acquired.drawn(model, order_value=own, level=factor, generator=generator))
            at_risk.append(self.kept.drawn(model, order_value=of_base[:, s], level=factor))
        return np.array(brought), ratio(np.array(at_risk), self.kept.customers)

    def _acquire(self, drawn: tuple[Array, Array] | None, *, level: float) -> dict[str, Array]:
        side = {"customers": self.acquired.customers, "cost": self.acquired.cost, **self.acquired.expected()}
        return (
            side
            | _bounds(side["value"], None if drawn is None else drawn[0], level=level)
            | {
                "net": side["value"] - side["cost"],
                "value_per_cost": ratio(side["value"], side["cost"]),
                "net_lifelong": side["value_lifelong"] - side["cost"],
            }
        )

    def _keep(self, drawn: tuple[Array, Array] | None, *, acquiring: float, level: float) -> dict[str, Array]:
        n, cost, sums, paid = self.kept.customers, self.kept.cost, self.kept.scores, float(self.acquired.cost[-1])
        value = ratio(sums["value_at_risk"], n)
        needed = needed_share(acquiring, paid, value=value, cost=cost)
        side = {
            "customers": n,
            "cost": cost,
            "value": value,
            "net": value - cost,
            "value_per_cost": ratio(value, cost),
            "total": sums["value_at_risk"],
            "p_leaves": ratio(sums["leaves"], sums["p_alive"]),
            "retention_value": ratio(sums["retention_value"], sums["p_alive"]),
            "cost_per_kept": ratio(cost * n, sums["leaves"]),
            "share_to_pay": ratio(cost, value),
            "cost_ratio": ratio(np.full(len(n), paid), cost),
            "share_to_beat": needed,
        }
        shares = None
        if drawn is not None:
            shares = np.minimum(needed_share(drawn[0][:, -1:], paid, value=drawn[1], cost=cost), MOST_SHARE)
        of_shares = _bounds(needed, shares, level=level)
        return (
            side
            | _bounds(value, None if drawn is None else drawn[1], level=level)
            | {
                f"share_to_beat_{name}": np.where(bound >= MOST_SHARE, np.inf, bound)
                for name, bound in of_shares.items()
            }
        )

    def _payback(self, side: dict[str, Array]) -> list[str]:
        """Whether each acquisition pays, in words."""
        words = []
        for net, months in zip(side["net"], side["payback_months"], strict=True):
            if np.isnan(net):
                words.append("not known: no cost")
            elif np.isnan(months):
                words.append(f"does not pay within {MONTHS // 12} years")
            else:
                words.append(f"pays by month {months:.0f}" if months else "the first order pays")
        return words

    def _verdicts(self, side: dict[str, Array]) -> list[str]:
        """Whether keeping is worth more per unit of money than acquiring, in words."""
        names = ("share_to_beat", "share_to_beat_low", "share_to_beat_high", "share_to_pay")
        return [verdict(*shares) for shares in zip(*(side[name].tolist() for name in names), strict=True)]

    def _notes_of_newcomers(self, side: dict[str, Array], *, by: str | None, opened: list[str]) -> list[str]:
        repeats = self.acquired.value.latest.rows.covariates.shape[1] == 0 and by is not None
        *of_channels, n = self.acquired.customers.tolist()
        nowhere = n - sum(of_channels)
        missing = f"{nowhere:,.0f} of {n:,.0f} newcomers have no `{by}`, and are in this row alone" if nowhere else ""
        return [
            in_one_line(
                f"fewer than {FEW} newcomers: the value is that of all" if pooled else "",
                (POOLED_REPEATS if repeats else "") if at < len(of_channels) else missing if by else "",
                "lifelong values decide nothing: most of them lies beyond the data" if beyond > 0.5 else "",
                drawn,
            )
            for at, (pooled, beyond, drawn) in enumerate(
                zip(self.acquired.pooled, side["share_beyond_data"], opened, strict=True)
            )
        ]

    def _left_open(self, side: dict[str, Array], drawn: tuple[Array, Array] | None, *, part: int) -> list[str]:
        """Of each row a sentence where the mean of the draws is another value than the expected one; else empty."""
        if drawn is None:
            return [NOT_DRAWN] * len(side["value"])
        answers = zip(side["value"].tolist(), map(mean_and_error, drawn[part].T), strict=True)
        return [left_open(value, mean=mean, error=error) for value, (mean, error) in answers]


def ratio(over: Array, under: Array) -> Array:
    """Their ratio; missing where `under` is 0."""
    return np.asarray(np.divide(over, under, out=np.full(np.shape(over), np.nan), where=under != 0))


def needed_share(acquiring: Array | float, paid: float, *, value: Array, cost: Array) -> Array:
    """The share of losses that keeping must prevent to be worth as much per unit of money as acquiring.

    It is (value / cost of acquiring) / (value at risk / cost of keeping): 0 where acquiring brings nothing, infinite
    where nothing is at risk or acquiring is free, and NaN where it is not known.

    >>> float(needed_share(60.0, 40.0, value=np.array([10.0]), cost=np.array([2.0]))[0])
    0.3
    """
    brings, spent = np.maximum(acquiring, 0.0) * cost, paid * np.maximum(value, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where((brings == 0) & (spent == 0), np.nan, brings / spent))


def verdict(share: float, low: float, high: float, to_pay: float) -> str:
    """In words, what the share of losses to prevent says of the claim that keeping pays more than acquiring.

    `share` is worth as much per unit of money as acquiring, and `low` and `high` are its interval, NaN without draws;
    `to_pay` pays the cost of keeping.

    >>> verdict(0.2, 0.1, 0.3, 0.1)
    'keeping pays more if an action prevents more than 20% of losses (10% to 30%)'
    >>> verdict(0.8, 0.6, 1.4, 0.1)
    'open: an action must prevent 80% of losses (60% to 140%) to bring as much as acquiring'
    >>> verdict(0.8, np.nan, np.nan, 1.2)
    'keeping pays more if an action prevents more than 80% of losses; but it costs more than is at risk'
    >>> verdict(2.0, 1.5, np.inf, 0.9)
    'acquiring pays more, even where every loss were prevented'
    """
    if np.isnan(share):
        return "not known"
    alone = np.isnan(low)
    low, high = (share, share) if alone else (low, high)
    if low >= 1:
        return "acquiring pays more, even where every loss were prevented"
    told = "" if alone else f" ({low:.0%} to {high:.0%})" if high < VAST else f" ({low:.0%} or more)"
    but = "; but it costs more than is at risk" if to_pay > 1 else ""
    if high >= 1:
        return f"open: an action must prevent {share:.0%} of losses{told} to bring as much as acquiring{but}"
    return f"keeping pays more if an action prevents more than {share:.0%} of losses{told}{but}"


def _bounds(expected: Array, drawn: Array | None, *, level: float) -> dict[str, Array]:
    """The central interval of drawn values, (S, g), extended to the expected ones; missing without draws."""
    if drawn is None:
        return dict.fromkeys(("low", "high"), np.full(len(expected), np.nan))
    low, high = central(drawn.T, level)
    return {"low": np.fmin(low, expected), "high": np.fmax(high, expected)}
