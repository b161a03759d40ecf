"""Probability of promotion to the next rung: by a movement, and for rungs of purchase days by a purchase model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arguments import SHARE, read_object
from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, require_unique_ids, unique_ids
from kundkarriar.dates.calendar_months import is_last_day
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import outside
from kundkarriar.frames import (
    FrameT,
    NarrowFrame,
    narrow,
    new_frame,
    nulls,
    numbers,
    refuse_rows,
    require,
    text_column,
)
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.history.as_of.possible_facts import COUNTS
from kundkarriar.ladder.career_panel import month_number
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.ladder.given_careers import careers_of
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.movement.chain_mixture import FittedChainMixture
from kundkarriar.ladder.movement.movement import require_rungs
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.models.interface.protocols import CountsPurchases, able
from kundkarriar.summaries.holdout_period import summary_day

NEED = "promotion"
P = ("p_movement", "p_model")
MOST = 100
"""Most missing purchase days that a probability is computed for: beyond them it is about 0."""
AS_MADE = "pass the frame as kk.promotion(...) made it."
NOT_ENOUGH = -1
"""Number of missing purchase days where purchase days alone do not bring the next rung."""


def promotion(
    movement: FittedChainMixture,
    history: FrameT | LadderHistory[FrameT],
    *,
    ladder: CustomerLadder,
    model: CountsPurchases,
    summary: Any,
    transactions: Any,
    horizon: str = "1M",
    customers: Any = None,
) -> FrameT:
    """Probability that each customer is on the next rung, or above it, a `horizon` from now.

    The movement predicts it from the customer's career; the purchase model from the missing purchases and the time
    since the last one. Both are given where a rung requires purchase days (ever or in 12 months) and nothing else. They
    should agree on average; where they do not, the rung ignores what the model uses, mostly a long time
    since the last purchase. Purchases in 12 months count only if they will still be in the window.

    Args:
        movement: fitted, as by `kk.ChainMixture`.
        history: of the ladder, or careers: up to the day of the summary.
        ladder: the ladder of the careers.
        model: a fitted purchase model.
        summary: the summary of the same transactions as of the end of the last month of the careers.
        transactions: the purchases, for those that will still be in the window.
        horizon: whole months, as text with a unit.
        customers: columns of the movement or the model, by customer_id.

    Returns:
        A row for each customer of the summary who is in the careers: customer_id, rung, next (the rung above; missing
        on the top), purchases_missing (purchase days; missing where the next rung requires anything else), p_movement
        (missing on the top), p_model (missing where purchases_missing is, and for prospects).

    Raises:
        CapabilityError: a model that does not count purchases.
        DataError: the careers end on another day than the summary, or have a rung that the ladder lacks; a horizon that
            is no whole number of months.

    >>> import kundkarriar as kk
    >>> R, days = kk.Rung, kk.column("purchase_days")
    >>> ladder = kk.CustomerLadder(lapse=None, rungs=[R(name="once", when=days <= 1), R(name="again", when=days >= 2),
    ...                                               R(name="often", when=days >= 5)])
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> careers = ladder.careers(transactions, as_of="1997-09-30")
    >>> summary = kk.summarize(transactions, as_of="1997-09-30")
    >>> movement = kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(careers)
    >>> model = kk.MBGNBD().fit(summary)
    >>> both = promotion(movement, careers, ladder=ladder, model=model, summary=summary, transactions=transactions)
    >>> both.loc[:1, ["customer_id", "rung", "next", "purchases_missing", "p_movement", "p_model"]].round(2)
       customer_id   rung   next  purchases_missing  p_movement  p_model
    0            4  again  often                2.0        0.05     0.02
    1           21  again  often                3.0        0.05     0.00
    """
    require_rungs(movement, ["seen", "forecast"], need=NEED)
    ladder = read_object(ladder, "ladder", kind=CustomerLadder, hint="pass the ladder that the careers are of.")
    if not able(model, CountsPurchases):
        raise CapabilityError.because(
            f"{NEED} needs a fitted purchase model that counts purchases, got {type(model).__name__}.",
            hint="model=kk.MBGNBD().fit(summary).",
        )
    months, names = months_of(horizon), ladder.names
    careers = careers_of(history)
    table = narrow(summary, need=NEED)
    require(table, ["customer_id", "first_purchase", "T", "period"], need=NEED)
    day = summary_day(table, need=NEED)
    known, rung_of_known = _current_rungs(movement, careers, day, ladder=ladder)
    ids = unique_ids(table, need=NEED)
    at = positions(ids, among=known, need=NEED, frame_name="the summary", among_name="the careers")
    in_careers = np.flatnonzero(at >= 0)
    rung = rung_of_known[at[in_careers]]
    ahead = narrow(movement.forecast(careers, origin=day, horizon=horizon, customers=customers), need=NEED)
    p = ahead["probability"].to_numpy().reshape(len(known), months, -1)[at[in_careers], -1]
    above = np.array([names.index(state.rung) for state in movement.states]) > rung[:, None]
    missing = _missing_days(ladder, rung, *_purchase_days(transactions, ids, day, months=months)[:, in_careers])
    p_at_least = _probability_at_least(
        model, summary, day, months=months, up_to=int(missing.max(initial=0)), customers=customers
    )
    by_purchases, below_top = missing >= 0, rung + 1 < len(names)
    return new_frame(
        {
            "customer_id": ids[in_careers.tolist()],
            "rung": text_column(names, rung, like=careers),
            "next": text_column(names, np.where(below_top, rung + 1, -1), like=careers),
            "purchases_missing": np.where(by_purchases, missing, np.nan),
            "p_movement": np.where(below_top, np.where(above, p, 0.0).sum(axis=1), np.nan),
            "p_model": np.where(by_purchases, p_at_least[in_careers, np.where(by_purchases, missing, 0)], np.nan),
        },
        like=careers,
    )


def promotion_by_rung(promotions: FrameT) -> FrameT:
    """Mean probabilities of promotion by movement and by model, rung by rung, over customers with both.

    Args:
        promotions: from `promotion`.

    Returns:
        rung, next, customers (with both), p_movement, p_model (means), ratio (movement over model). Rungs whose next
        rung requires more than purchases have 0 customers and no means.

    Raises:
        DataError: a rung that is no text, a probability outside 0 to 1, no rung above on any row.

    >>> import pandas as pd
    >>> both = pd.DataFrame({"rung": ["once", "once", "top"], "next": ["again", "again", None],
    ...                      "p_movement": [0.1, 0.3, None], "p_model": [0.2, 0.2, None]})
    >>> promotion_by_rung(both).round(2)
       rung   next  customers  p_movement  p_model  ratio
    0  once  again          2         0.2      0.2    1.0
    """
    frame = narrow(promotions, need="promotion_by_rung")
    require(frame, ["rung", "next", *P], need="promotion_by_rung")
    require_unique_ids(frame, need="promotion_by_rung", hint=ONE_ROW_HINT)
    pairs = list(zip(_rungs(frame, "rung"), _rungs(frame, "next"), strict=True))
    by_movement, by_model = (_probabilities(frame, name) for name in P)
    if len(frame) and all(above is None for _, above in pairs):
        needed = "promotion_by_rung needs a rung above in `next` for some customer, it is missing on every row."
        raise DataError.because(needed, hint=AS_MADE)
    rows: list[tuple[Any, ...]] = []
    for rung, above in dict.fromkeys(pair for pair in pairs if pair[1] is not None):
        on_rung = np.array([pair == (rung, above) for pair in pairs])
        both = on_rung & ~np.isnan(by_movement) & ~np.isnan(by_model)
        p, q = (float(each[both].mean()) if both.any() else np.nan for each in (by_movement, by_model))
        rows.append((rung, above, int(both.sum()), p, q, p / q if q > 0 else np.nan))
    names = ("rung", "next", "customers", *P, "ratio")
    return new_frame({name: [row[at] for row in rows] for at, name in enumerate(names)}, like=promotions)


def _rungs(frame: NarrowFrame, name: str) -> list[str | None]:
    """The rungs of a column; None where there is none above."""
    gone = nulls(frame[name])
    values = [None if none else each for none, each in zip(gone, frame[name].to_list(), strict=True)]
    odd = np.array([not isinstance(each, str) for each in values], dtype=bool)
    law, empty = f"promotion_by_rung needs the name of a rung in `{name}`, as text", ""
    if name == "next":
        odd, empty = odd & ~gone, ", or nothing on the top rung"
    refuse_rows(frame, odd, law + empty, hint=AS_MADE, shown=["customer_id", name])
    return values


def _probabilities(frame: NarrowFrame, name: str) -> Array:
    values = numbers(frame, name, need="promotion_by_rung", nullable=True)
    law = f"promotion_by_rung needs {SHARE.law} in `{name}`"
    refuse_rows(frame, outside(values, law=SHARE), law, hint=AS_MADE, shown=["customer_id", name])
    return values


def _current_rungs(
    movement: FittedChainMixture, careers: Any, day: np.datetime64, *, ladder: CustomerLadder
) -> tuple[Any, Whole]:
    """Customers of the careers, and the position on the ladder of the rung of each at the end, (n,)."""
    if not is_last_day(day.astype(np.int64)):
        raise DataError.because(
            f"{NEED} needs a summary as of the end of a month, got {day}.",
            hint="careers go from month end to month end.",
        )
    names = [state.rung for state in movement.states]
    if unknown := sorted(set(names) - set(ladder.names)):
        raise DataError.because(
            f"{NEED}: the movement has rungs that the ladder lacks: {unknown}.",
            hint=f"pass the ladder that the careers are of; this one has {list(ladder.names)}.",
        )
    seen = movement.seen(careers, origin=day)
    return seen.customers, np.array([ladder.names.index(name) for name in names])[seen.state_at(month_number(day))]


def _purchase_days(transactions: Any, ids: Any, day: np.datetime64, *, months: int) -> Whole:
    """Purchase days ever, and those within the 12 months before the day `months` ahead, (2, n)."""
    facts_as_of = read_facts_as_of(transactions, as_of=day, customers=None, events=None)
    start, now = facts_as_of.purchase_entries.start, facts_as_of.purchases_until(day)
    edge = min(Period.of("12M").before(Period(months, "M").after(day)), day)
    at = positions(
        ids, among=facts_as_of.days.customers, need=NEED, frame_name="the summary", among_name="the transactions"
    )
    days = np.stack([now - start, now - facts_as_of.purchases_until(edge)])
    return np.where(at >= 0, days[:, np.maximum(at, 0)], 0)


def _missing_days(ladder: CustomerLadder, rung: Whole, ever: Whole, lately: Whole) -> Whole:
    """Purchase days that each customer lacks for the rung above, (n,); `NOT_ENOUGH` where they do not suffice."""
    answer = np.full(len(rung), NOT_ENOUGH)
    for at, above in enumerate(ladder.rungs[1:]):
        on_rung = np.flatnonzero(rung == at)
        if len(on_rung) and _by_purchases(above):
            pairs, inverse = np.unique(np.stack([ever[on_rung], lately[on_rung]]), axis=1, return_inverse=True)
            higher = [each for each in ladder.rungs[at + 1 :] if _by_purchases(each)]
            answer[on_rung] = _fewest(higher, *pairs)[inverse.reshape(-1)]
    return answer


def _fewest(rungs: Sequence[Rung], ever: Whole, lately: Whole) -> Whole:
    """The fewest additional purchase days with which one of the rungs holds, also with any further ones, (m,).

    `NOT_ENOUGH` where a rung holds already, where none would hold, and where further purchases would lose it again.
    """
    more = np.arange(MOST + 1)
    frame = pd.DataFrame(
        {name: (now[:, None] + more).ravel() for name, now in zip(COUNTS, (ever, lately), strict=True)}
    )
    holds = np.logical_or.reduce([rung.when.holds(frame) for rung in rungs]).reshape(len(ever), -1)
    first = holds.argmax(axis=1)
    keeps_holding = (holds | (more < first[:, None])).all(axis=1)
    return np.where(holds.any(axis=1) & keeps_holding & (first > 0), first, NOT_ENOUGH)


def _by_purchases(rung: Rung) -> bool:
    """Whether the rung requires purchase days alone."""
    return rung.after is None and rung.proxy is None and set(rung.when.needs) <= set(COUNTS)


def _probability_at_least(
    model: Any, summary: Any, day: np.datetime64, *, months: int, up_to: int, customers: Any
) -> Array:
    """Probability of at least 0, 1, ..., `up_to` purchases in the months ahead, (n, up_to + 1)."""
    days = int((Period(months, "M").after(day) - day).astype(np.int64))
    most = max(up_to, 1) - 1
    counted = model.purchase_counts(summary, horizon=days / DAYS[model.period], up_to=most, customers=customers)
    frame = narrow(counted, need=NEED)
    exactly = np.stack([numbers(frame, f"p_{j}", need=NEED, nullable=True) for j in range(most + 1)], axis=1)
    none = np.zeros((len(exactly), 1))
    return np.asarray(np.maximum(1.0 - np.hstack([none, np.cumsum(exactly, axis=1)]), 0.0))
