"""Cost per promoted customer, rung by rung, beside the value of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array, Mask
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.ladder.career_panel import CareerPanel, month_number, read_careers
from kundkarriar.ladder.movement.chain_mixture import FittedChainMixture

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
    panel = read_careers(careers, states=movement.states)
    first, last = _months(panel, since, until)
    names = list(dict.fromkeys(state.rung for state in movement.states))
    _check_rungs(names, spend, what="spend")
    if holdout is not None and baseline is not None:
        raise DataError.because(
            f"{NEED} takes a holdout or a baseline, got both.", hint="the holdout says more; leave out baseline."
        )
    if baseline is not None:
        _check_rungs(names, baseline, what="baseline", most=1.0)
        if lacking := [rung for rung in spend if rung not in baseline]:
            raise DataError.because(f"`baseline` lacks the rungs {lacking}.", hint="a monthly rate for each of spend.")
    treated = np.ones(len(panel), dtype=bool) if holdout is None else ~_in_holdout(panel, holdout)
    promotions = _Promotions(
        panel, names=[names.index(state.rung) for state in movement.states], first=first, last=last
    )
    step_values = _step_values(movement, contribution, discount_rate)
    rows = []
    for rung, money in spend.items():
        n, up, weights = promotions.of(names.index(rung), treated)
        if n == 0:
            raise DataError.because(
                f"{NEED}: nobody stood on {rung!r} when these months began.", hint="spend names rungs with customers."
            )
        rate, variance = _baseline_rate(
            promotions, names.index(rung), ~treated, rung=rung, holdout=holdout, baseline=baseline
        )
        rows.append(
            _row(
                rung,
                float(money),
                n=n,
                up=up,
                rate=rate,
                variance=variance,
                level=level,
                step_values=step_values,
                at=weights,
            )
        )
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=careers)


class _Promotions:
    """Customer months begun on each rung, and promotions in them."""

    def __init__(self, panel: CareerPanel, *, names: list[int], first: int, last: int) -> None:
        at, then = panel.steps()
        inside = (panel.month[then] >= first) & (panel.month[then] <= last)
        rung = np.array(names)
        self.owner = panel.owner[at][inside]
        self.state = panel.code[at][inside]
        self.rung = rung[self.state]
        self.up = rung[panel.code[then][inside]] > self.rung
        self.states = len(names)

    def of(self, rung: int, customers: Mask) -> tuple[int, int, Array]:
        """Customer months on a rung, promotions, and months by state, (S,), of some customers."""
        rows = (self.rung == rung) & customers[self.owner]
        return (
            int(rows.sum()),
            int(self.up[rows].sum()),
            np.bincount(self.state[rows], minlength=self.states).astype(np.float64),
        )


def _baseline_rate(
    promotions: _Promotions, at: int, held_out: Mask, *, rung: str, holdout: Any, baseline: Mapping[str, float] | None
) -> tuple[float, float]:
    """The monthly promotion rate without spending, and its variance."""
    if baseline is not None:
        return float(baseline[rung]), 0.0
    if holdout is None:
        return np.nan, np.nan
    n, up, _ = promotions.of(at, held_out)
    if n == 0:
        raise DataError.because(
            f"{NEED}: nobody of the holdout stood on {rung!r} in these months.",
            hint="draw the holdout from every rung that money is spent on.",
        )
    return up / n, _rate_variance(up, n)


def _row(
    rung: str,
    money: float,
    *,
    n: int,
    up: int,
    rate: float,
    variance: float,
    level: float,
    step_values: Array | None,
    at: Array,
) -> dict[str, Any]:
    extra = up - n * rate
    half = ndtri((1 + level) / 2) * n * np.sqrt(_rate_variance(up, n) + variance)
    per_extra = money / extra if extra > 0 else np.nan
    known = np.zeros(len(at), dtype=bool) if step_values is None else ~np.isnan(step_values) & (at > 0)
    step = (
        float(np.average(step_values[known], weights=at[known])) if step_values is not None and known.any() else np.nan
    )
    return {
        "rung": rung,
        "customer_months": n,
        "spend": money,
        "promoted": up,
        "anyway": n * rate,
        "extra": extra,
        "low": extra - half,
        "high": extra + half,
        "cost_per_promoted": money / up if up else np.nan,
        "cost_per_extra": per_extra,
        "step_value": step,
        "message": _message(extra, extra - half, per_extra, step),
    }


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


def _rate_variance(up: float, n: int) -> float:
    """Variance of a rate, never 0: half a promotion and half a non-promotion are added."""
    p = (up + 0.5) / (n + 1)
    return p * (1 - p) / n


def _step_values(movement: FittedChainMixture, contribution: Any, discount_rate: float | None) -> Array | None:
    """The value of the step up from each state, (S,), NaN on the top; None without a contribution."""
    if contribution is None and discount_rate is None:
        return None
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
    if not int(panel.entry.min()) < first <= last <= panel.last:
        begin, end, one, two = (np.datetime64(at, "M") for at in (int(panel.entry.min()) + 1, panel.last, first, last))
        raise DataError.because(
            f"{NEED} needs months from {begin} to {end}, got {one} to {two}.",
            hint="since= lies after the first month of the careers, until= not after their last.",
        )
    return first, last


def _check_rungs(names: list[str], given: Any, *, what: str, most: float = np.inf) -> None:
    if not isinstance(given, Mapping) or not given:
        raise DataError.because(f"`{what}` is a number by rung, got {given!r}.", hint=f"{what}={{{names[0]!r}: ...}}.")
    if unknown := [rung for rung in given if rung not in names]:
        raise DataError.because(
            f"`{what}` names rungs that the movement does not know: {unknown}.", hint=f"its rungs are {names}."
        )
    if wrong := {rung: value for rung, value in given.items() if not 0 <= value <= most}:
        law = "at least 0" if most == np.inf else f"from 0 to {most:g}"
        raise DataError.because(f"`{what}` holds numbers {law}, got {wrong}.", hint="look at these rungs.")
