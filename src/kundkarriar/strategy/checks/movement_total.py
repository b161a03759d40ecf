"""Check that movement on the ladder and the scorer predict the same twelve-month value of the base."""

from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arguments import is_number, read_object, refusal
from kundkarriar.arrays import Mask
from kundkarriar.dates.calendar_months import is_last_day
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import FrameT, narrow, numbers
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.hidden.hidden_ladder import FittedHiddenLadder
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation
from kundkarriar.ladder.microsimulation.process import foresees_first_purchases, history_of, summary_for
from kundkarriar.ladder.movement.chain_mixture import FittedChainMixture
from kundkarriar.ladder.movement.movement import FittedMovement
from kundkarriar.ladder.movement.value.contribution import contribution_by_state
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.checks.check import Check, as_frame

NEED = "movement_total"
CHECK = "movement on the ladder and the scorer agree on the next 12 months"
LOW, HIGH = 0.8, 1.25


def movement_total(
    movement: FittedMovement, history: LadderHistory[FrameT], *, scorer: FittedValueScorer, contribution: Any = None
) -> FrameT:
    """Compare the 12-month value of the base predicted by movement on the ladder with that of the scorer.

    A microsimulation counts the money of its drawn purchases, and agrees but for what drawing leaves open. Any other
    movement gives the numbers of customers on each rung in each of the next twelve months, and they bring the mean
    contribution of the rung, discounted at the scorer's rate from the middle of the month on. Where the two differ by
    more than about a fifth, find out why before planning with either: rungs that count all past purchases do not
    reflect recent inactivity, and overstate the value of a base that becomes inactive.

    Args:
        movement: fitted; a microsimulation by the scorer's process.
        history: of the ladder; of other movements than microsimulations to the end of a month. Of chains and hidden
            states, customers without a purchase count on neither side; of others, on the side of the movement. Of a
            microsimulation with a scorer that foresees first purchases, they count on both.
        scorer: fitted; its horizon is replaced by twelve months.
        contribution: contribution per month by rung, as for `movement.value` of chains; read by other movements than
            microsimulations. None: the scorer's margin times mean monthly sales on the rung, without the month of
            entry, because the first purchase is in the past for all customers here; chains tell it.

    Returns:
        One row: check, passed (ratio from .8 to 1.25), informative, severity, value (total by movement), limit (total
        by the scorer), customers (none), message (with the ratio).

    Raises:
        CapabilityError: careers in place of a history.
        DataError: the history ends within a month, nobody has a value, or no contribution was given where chains do
            not tell it, or the margin is a column.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> history = kk.CustomerLadder.kundkarriar().history(transactions, as_of="1998-06-30")
    >>> spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.10, horizon="12M")
    >>> scorer = spec.fit(kk.summarize(transactions, as_of="1998-06-30"))
    >>> chains = kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(history.careers())
    >>> micro = kk.Microsimulation(process=scorer, draws=50).fit(history)
    >>> [bool(movement_total(each, history, scorer=scorer).loc[0, "passed"]) for each in (chains, micro)]
    [False, True]
    """
    if not is_a(movement, FittedMovement):
        raise refusal(movement, "movement", law="a fitted movement", hint="write kk.Microsimulation().fit(history).")
    read_object(scorer, "scorer", kind=FittedValueScorer, hint="write kk.ValueScorer(...).fit(summary).")
    whole = history_of(history, need=NEED)
    year = evolve(scorer, scorer=evolve(scorer.scorer, horizon="12M"))
    summary = summary_for(year, whole, period=scorer.purchases.period)
    counted = isinstance(movement, FittedMicrosimulation) and foresees_first_purchases(year)
    leads = whole.leads() if counted else None
    scores = narrow(year.score(summary, customers=whole.customers, leads=leads), need=NEED)
    clv = numbers(scores, "clv", need=NEED, nullable=True)
    known = ~np.isnan(clv)
    if not known.any():
        raise DataError.because(
            f"{NEED} needs customers with a value: of {len(whole):,} there are none.", hint="a history with purchases."
        )
    if isinstance(movement, FittedMicrosimulation):
        values = narrow(movement.value(whole, scorer=year), need=NEED)
        parts = dict(zip(values["part"].to_list(), values["value"].to_list(), strict=True))
        by_movement, by_scorer = parts["total"], parts["scorer"]
    else:
        by_movement = _by_rungs(movement, whole, known, scorer=scorer, contribution=contribution)
        by_scorer = float(clv[known].sum())
    ratio = by_movement / by_scorer if by_scorer > 0 else np.nan
    passed = bool(LOW <= ratio <= HIGH)
    wrong = f", outside {LOW:g} to {HIGH:g}; hold both against a past year before planning with either"
    check = Check(
        check=CHECK,
        passed=passed,
        value=by_movement,
        limit=by_scorer,
        message=f"over 12 months {known.sum():,} customers bring {amount(by_movement)} by movement and "
        f"{amount(by_scorer)} by the scorer: a ratio of {ratio:.2f}{'' if passed else wrong}",
    )
    like: FrameT = whole.like
    return as_frame([check], ids=(), like=like)


def _by_rungs(
    movement: Any, history: LadderHistory[Any], bought: Mask, *, scorer: FittedValueScorer, contribution: Any
) -> float:
    """Discounted contribution of the rungs in the twelve months after the history, of customers who bought."""
    day = history.facts_as_of.as_of
    if not is_last_day(day.astype(np.int64)):
        raise DataError.because(
            f"{NEED} needs a history up to the end of a month, got {day}.",
            hint='history.before("<last day of a month>").',
        )
    careers, more = history, {}
    if isinstance(movement, FittedChainMixture | FittedHiddenLadder):
        rungs = history.rung_history()
        rows = np.repeat(bought, rungs.months - rungs.entry)
        careers = narrow(history.careers(), need=NEED).filter(rows.tolist()).to_native()
    if isinstance(movement, FittedChainMixture):
        more = {"customers": history.customers}
    if contribution is None:
        contribution = _own_contribution(movement, careers, margin=scorer.scorer.margin)
    sizes = narrow(movement.sizes(careers, horizon="12M", **more), need=NEED)
    flags = sizes["lapsed"].to_list() if "lapsed" in sizes.columns else [None] * len(sizes)
    each = [State(rung=rung, lapsed=flag) for rung, flag in zip(sizes["rung"].to_list(), flags, strict=True)]
    states = list(dict.fromkeys(each))
    R = dict(zip(states, contribution_by_state(states, contribution), strict=True))
    rate = rate_per_period(scorer.scorer.discount_rate, days=DAYS["M"])
    weight = np.exp(-rate * (sizes["ahead"].to_numpy() - 0.5))
    return float(sum(weight * sizes["expected"].to_numpy() * [R[state] for state in each]))


def _own_contribution(movement: Any, careers: Any, *, margin: Any) -> Any:
    hint = "contribution={'client': 120.0, ...} by rung."
    if not is_number(margin):
        which = f"the column `{margin}`" if isinstance(margin, str) else "one by category"
        raise DataError.because(f"{NEED} cannot tell what rungs bring where the margin is {which}.", hint=hint)
    if not isinstance(movement, FittedChainMixture):
        raise DataError.because(f"{NEED} cannot tell what rungs bring by a {type(movement).__name__}.", hint=hint)
    return movement.contribution(careers, margin=margin)
