"""Cost per promoted customer, rung by rung, beside the value of the step."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.arguments import LEVEL, NOT_NEGATIVE, SHARE
from kundkarriar.arrays import Array, Mask
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.ladder.career_panel import CareerPanel, month_number, read_careers
from kundkarriar.ladder.movement.chain_mixture import FittedChainMixture
from kundkarriar.ladder.movement.movement import require_rungs
from kundkarriar.ladder.movement.state_columns import rungs_of
from kundkarriar.ladder.movement.value.contribution import by_rung

NEED = "promotion_costs"
UNKNOWN = "how many would have moved up anyway is not known: a holdout or a baseline would tell"


def promotion_costs(
    movement: FittedChainMixture,
    careers: FrameT,
    *,
    spend: Mapping[str, float],
    since: Any,
    until: Any = None,
    holdout: Any = None,
    baseline: Mapping[str, float] | None = None,
    contribution: Any = None,
    discount_rate: float | None = None,
    level: float = 0.9,
) -> FrameT:
    """Spending on a rung (or group) per promotion from it, and per extra promotion: one that the spending caused.

    Customers are promoted without spending too. The extra promotions are estimated from a randomised holdout without
    spending, or from a known baseline rate; without either only the cost of all promotions is known, which overstates
    the effect of the spending.

    Args:
        movement: fitted, as by `kk.ChainMixture`, preferably to careers before the spending.
        careers: over the months of the spending and the month before them.
        spend: money spent in these months on the customers of a rung, by rung. For groups, careers of
            `CustomerLadder.groups()`.
        since: a date in the first month of the spending.
        until: a date in the last month; None: the last of the careers.
        holdout: a frame with `customer_id`: customers of these rungs without spending, by random assignment.
        baseline: share of customers on a rung who move up in a month without spending, by rung; not beside a holdout.
        contribution: as `movement.value`; with it and `discount_rate` the value of the step is given beside its cost.
        discount_rate: yearly and effective, above 0.
        level: level of the interval of `extra`, which is binomial in the normal approximation.

    Returns:
        A row for each rung of `spend`: rung, customer_months (of customers with spending), spend, promoted (their
        moves to a higher rung), anyway (expected without spending), extra (promoted less anyway), low, high (of
        extra), cost_per_promoted, cost_per_extra (missing where extra is not above 0 or unknown), step_value (of the
        rung's customers, see `movement.steps_up`; missing without a contribution), message.

    Raises:
        DataError: a rung unknown to the movement, invalid spend or rates, months outside the careers, holdout and
            baseline at once, nobody on a rung.

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    >>> careers = ladder.careers(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> movement = kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(careers)
    >>> found = promotion_costs(movement, careers, spend={"moving": 5000}, since="1998-01-01",
    ...                         baseline={"moving": 0.006})
    >>> found[["rung", "customer_months", "promoted", "cost_per_promoted", "extra", "cost_per_extra"]].round(1)
         rung  customer_months  promoted  cost_per_promoted  extra  cost_per_extra
    0  moving            10348       138               36.2   75.9            65.9
    """
    require_rungs(movement, ["steps_up"], need=NEED)
    rungs, level = rungs_of(movement.states), LEVEL.read(level, "level")
    money = by_rung(spend, "spend", rungs=rungs, law=NOT_NEGATIVE)
    if holdout is not None and baseline is not None:
        raise DataError.because(
            f"{NEED} takes a holdout or a baseline, got both.", hint="the holdout says more; leave out baseline."
        )
    rates = {} if baseline is None else by_rung(baseline, "baseline", rungs=rungs, law=SHARE)
    if baseline is not None and (lacking := [rung for rung in money if rung not in rates]):
        raise DataError.because(f"`baseline` lacks the rungs {lacking}.", hint="a monthly rate for each of spend.")
    panel = read_careers(careers, states=movement.states)
    first, last = _months(panel, since, until)
    held_out = np.zeros(len(panel), dtype=bool) if holdout is None else _in_holdout(panel, holdout)
    step_values = _step_values(movement, contribution, discount_rate)
    at, then = panel.steps()
    inside = (panel.month[then] >= first) & (panel.month[then] <= last)
    owner, state, after = panel.owner[at][inside], panel.code[at][inside], panel.code[then][inside]
    number = np.array([rungs.index(each.rung) for each in movement.states])
    up = number[after] > number[state]
    rows = []
    for rung, spent in money.items():
        on_rung = number[state] == rungs.index(rung)
        treated, untreated = on_rung & ~held_out[owner], on_rung & held_out[owner]
        n, promoted = int(treated.sum()), int(up[treated].sum())
        if n == 0:
            raise DataError.because(
                f"{NEED}: nobody stood on {rung!r} when these months began.", hint="spend names rungs with customers."
            )
        if holdout is not None and not untreated.any():
            raise DataError.because(
                f"{NEED}: nobody of the holdout stood on {rung!r} in these months.",
                hint="draw the holdout from every rung that money is spent on.",
            )
        rate, variance = rates.get(rung, np.nan), 0.0 if rates else np.nan
        if holdout is not None:
            rate, variance = up[untreated].mean(), _rate_variance(up[untreated])
        extra = promoted - n * rate
        half = ndtri((1 + level) / 2) * n * np.sqrt(_rate_variance(up[treated]) + variance)
        per_extra = spent / extra if extra > 0 else np.nan
        of_rung = step_values[state[treated]]
        step = float(np.nanmean(of_rung)) if not np.isnan(of_rung).all() else np.nan
        rows.append(
            {
                "rung": rung,
                "customer_months": n,
                "spend": spent,
                "promoted": promoted,
                "anyway": n * rate,
                "extra": extra,
                "low": extra - half,
                "high": extra + half,
                "cost_per_promoted": spent / promoted if promoted else np.nan,
                "cost_per_extra": per_extra,
                "step_value": step,
                "message": _message(extra, extra - half, per_extra, step),
            }
        )
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=careers)


def _message(extra: float, low: float, per_extra: float, step: float) -> str:
    if np.isnan(extra):
        return UNKNOWN
    if extra <= 0:
        return "no more customers moved up than would have anyway"
    sure = "" if low > 0 else "; that any did is not sure"
    if np.isnan(step):
        return f"an extra promotion cost {per_extra:,.2f}{sure}"
    verdict = "more than the step is worth" if per_extra > step else "less than the step is worth"
    return f"an extra promotion cost {per_extra:,.2f}, {verdict} ({step:,.2f}){sure}"


def _rate_variance(up: Mask) -> float:
    """Variance of a rate of promotion, never 0: half a promotion and half a non-promotion are added."""
    p = (up.sum() + 0.5) / (len(up) + 1)
    return float(p * (1 - p) / len(up))


def _step_values(movement: FittedChainMixture, contribution: Any, discount_rate: float | None) -> Array:
    """The value of the step up from each state, (S,); NaN on the top, and everywhere without a contribution."""
    if contribution is None and discount_rate is None:
        return np.full(len(movement.states), np.nan)
    if contribution is None or discount_rate is None:
        raise DataError.because(
            f"{NEED} values steps with both `contribution` and `discount_rate`, or neither.",
            hint="contribution={'client': 120.0, ...}, discount_rate=0.1.",
        )
    steps = movement.steps_up(contribution=contribution, discount_rate=discount_rate, draws=2)
    flags = steps["lapsed"].tolist() if "lapsed" in steps else [None] * len(steps)
    table = dict(zip(zip(steps["rung"], flags, strict=True), steps["step_value"], strict=True))
    return np.array([table.get((state.rung, state.lapsed), np.nan) for state in movement.states])


def _in_holdout(panel: CareerPanel, holdout: Any) -> Mask:
    frame = narrow(holdout, need=f"{NEED}: `holdout`")
    ids = read_ids(frame, need=f"{NEED}: `holdout`").unique()
    at = positions(panel.customers, among=ids, need=NEED, frame_name="careers", among_name="`holdout`")
    return at >= 0


def _months(panel: CareerPanel, since: Any, until: Any) -> tuple[int, int]:
    first = month_number(as_day(since, name="since"))
    last = panel.last if until is None else month_number(as_day(until, name="until"))
    if not panel.first < first <= last <= panel.last:
        begin, end, one, two = np.array([panel.first + 1, panel.last, first, last]).astype("datetime64[M]")
        raise DataError.because(
            f"{NEED} needs months from {begin} to {end}, got {one} to {two}.",
            hint="since= lies after the first month of the careers, until= not after their last.",
        )
    return first, last
