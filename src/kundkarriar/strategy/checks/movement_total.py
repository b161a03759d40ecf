"""Check that movement on the ladder and the scorer predict the same twelve-month value of the base."""

from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arguments import read_object
from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.dates.calendar_months import is_last_day
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, numbers, require
from kundkarriar.ladder.career_panel import complete_rows, read_months
from kundkarriar.ladder.given_careers import careers_of
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.movement.chain_mixture import FittedChainMixture
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.checks.check import Check, as_frame
from kundkarriar.summaries.holdout_period import summary_day

NEED = "movement_total"
CHECK = "movement on the ladder and the scorer agree on the next 12 months"
LOW, HIGH = 0.8, 1.25
MONTHS = 12
BLOCK = 50_000
"""Customers per block: a forecast has a row for each customer, month and state."""


def movement_total(
    movement: FittedChainMixture,
    history: FrameT | LadderHistory[FrameT],
    *,
    scorer: FittedValueScorer,
    summary: FrameT,
    customers: Any = None,
    contribution: Any = None,
) -> FrameT:
    """Compare the 12-month value of the base predicted by movement on the ladder with that of the scorer.

    By movement, a customer's value in each of the next twelve months is the mean monthly contribution of the rungs,
    weighted by the forecast probabilities. By the scorer, it follows from the expected purchases. Both are discounted
    at the scorer's rate (monthly money in the middle of the month) and summed over the same customers. Where they
    differ by more than about a fifth, find out why before planning with either. Rungs that count all past purchases do
    not reflect recent inactivity, and overstate the value of a base that becomes inactive.

    Args:
        movement: fitted, as by `kk.ChainMixture`.
        history: of the ladder, or careers of the same customers, up to the day of the summary.
        scorer: fitted; its horizon is replaced by twelve months.
        summary: from `kk.summarize`, as of the end of the last month of the careers.
        customers: columns of the scorer or the movement, by customer_id.
        contribution: contribution per month by rung, as for `movement.value`. None: the scorer's margin times mean
            monthly sales on the rung, without the month of entry, because the first purchase is in the past for all
            customers here.

    Returns:
        One row: check, passed (ratio from .8 to 1.25), informative, severity, value (total by movement), limit (total
        by the scorer), customers (none), message (with the ratio).

    Raises:
        DataError: the summary is of another day, no customer is in both, or the margin is a column and no contribution
            was given.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> summary = kk.summarize(transactions, as_of="1998-06-30")
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
    >>> careers = kk.CustomerLadder.kundkarriar().careers(transactions, as_of="1998-06-30")
    >>> movement = kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(careers)
    >>> bool(movement_total(movement, careers, scorer=scorer, summary=summary).loc[0, "passed"])
    False
    """
    read_object(movement, "movement", kind=FittedChainMixture, hint="write kk.ChainMixture().fit(careers).")
    read_object(scorer, "scorer", kind=FittedValueScorer, hint="write kk.ValueScorer(...).fit(summary).")
    careers = careers_of(history)
    table, known = narrow(careers, need=NEED), narrow(summary, need=NEED)
    require(table, ["customer_id", "period_start"], need=NEED)
    twelve_months = evolve(scorer, scorer=evolve(scorer.scorer, horizon=f"{MONTHS}M"))
    scored = narrow(twelve_months.score(summary, customers=customers), need=NEED)
    origin = _last_month(table, summary_day(known, need=NEED))
    clv = numbers(scored, "clv", need=NEED, nullable=True)
    code, ids = customer_codes(read_ids(table, need=NEED), need=NEED)
    at = positions(ids, among=scored["customer_id"], need=NEED, frame_name="the careers", among_name="the summary")
    in_both = (at >= 0) & ~np.isnan(clv[at])
    if not in_both.any():
        raise DataError.because(
            f"{NEED} needs customers with a value in the careers: of {len(in_both):,} there are none.",
            hint="careers and summary of the same transactions.",
        )
    if contribution is None:
        margin = scorer.scorer.margin
        if isinstance(margin, str):
            raise DataError.because(
                f"{NEED} cannot tell what rungs bring where the margin is the column `{margin}`.",
                hint="contribution={'client': 120.0, ...} by rung.",
            )
        contribution = movement.contribution(careers, margin=margin)
    R = contribution_by_state(movement.states, contribution)
    by_movement = _discounted_contribution(
        movement, table, code, np.flatnonzero(in_both), R=R, origin=origin, scorer=scorer, customers=customers
    )
    by_scorer = float(clv[at[in_both]].sum())
    ratio = by_movement / by_scorer if by_scorer > 0 else np.nan
    passed = bool(LOW <= ratio <= HIGH)
    currency = str(table["currency"][0]) if "currency" in table.columns and len(table) else ""
    wrong = f", outside {LOW:g} to {HIGH:g}; hold both against a past year before planning with either"
    check = Check(
        check=CHECK,
        passed=passed,
        value=by_movement,
        limit=by_scorer,
        message=f"over 12 months {in_both.sum():,} customers bring {amount(by_movement, currency)} by movement and "
        f"{amount(by_scorer, currency)} by the scorer: a ratio of {ratio:.2f}{'' if passed else wrong}",
    )
    return as_frame([check], ids=(), like=careers)


def _last_month(table: NarrowFrame, day: np.datetime64) -> str:
    """First day of the month that ends on `day`, as text; refused unless it is the careers' last whole month."""
    month = day.astype("datetime64[M]")
    whole = complete_rows(table, columns=["customer_id", "period_start"], need=NEED)
    last_month = np.datetime64(int(read_months(whole).max()), "M")
    if last_month != month or not is_last_day(day.astype(np.int64)):
        raise DataError.because(
            f"{NEED} needs a summary as of the end of the careers' last whole month, got {day} and {last_month}.",
            hint="kk.summarize(transactions, as_of=...) and ladder.careers(transactions, as_of=...) with the last day "
            "of the same month.",
        )
    return f"{month}-01"


def _discounted_contribution(
    movement: FittedChainMixture,
    table: NarrowFrame,
    code: Whole,
    chosen: Whole,
    *,
    R: Array,
    origin: str,
    scorer: FittedValueScorer,
    customers: Any,
) -> float:
    """Total discounted contribution of the chosen customers in the twelve months after the origin."""
    rate, total = rate_per_period(scorer.scorer.discount_rate, days=DAYS["M"]), 0.0
    weight = np.exp(-rate * (np.arange(MONTHS) + 0.5))
    for start in range(0, len(chosen), BLOCK):
        rows = np.isin(code, chosen[start : start + BLOCK])
        block = table.filter(rows.tolist()).to_native()
        forecast = narrow(movement.forecast(block, origin=origin, horizon=f"{MONTHS}M", customers=customers), need=NEED)
        p = forecast["probability"].to_numpy().reshape(-1, MONTHS, len(R))
        total += float(weight @ p.sum(axis=0) @ R)
    return total
