"""Cost per promoted customer, rung by rung: of all promotions, and of those that spending caused."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from kundkarriar.arguments import LEVEL, NOT_NEGATIVE, SHARE, read_object
from kundkarriar.arrays import Array, Mask
from kundkarriar.customer_ids import positions, read_ids
from kundkarriar.dates.calendar_months import last_day
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.ladder.career_panel import CareerPanel, month_number, read_careers
from kundkarriar.ladder.given_careers import careers_of
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import Microsimulation
from kundkarriar.ladder.microsimulation.process import history_of
from kundkarriar.ladder.movement.state_columns import rungs_of
from kundkarriar.ladder.movement.value.contribution import by_rung

NEED = "promotion_costs"


def promotion_costs(
    history: LadderHistory[FrameT] | FrameT,
    *,
    spend: Mapping[str, float],
    since: Any,
    until: Any = None,
    micro: Microsimulation | None = None,
    holdout: Any = None,
    baseline: Mapping[str, float] | None = None,
    level: float = 0.9,
) -> FrameT:
    """Spending on a rung (or group) per promotion from it, and per extra promotion: one that the spending caused.

    Customers are promoted without spending too. How many, a randomised holdout without spending tells best. Without
    one, a microsimulation is fitted to the history before the spending and foresees the same months; what else was new
    in these months then counts as caused by the spending, so that the interval must hold the errors of forecasts, as
    that of the default average of models does. A known rate may be given instead.

    No worth of a promotion stands beside its cost: customers who come to a rung differ from those who do not in how
    they buy, so that the difference of their values is no effect. What an action adds is the increment of its effect:
    see `micro.scenario`.

    Args:
        history: of the ladder, or careers beside a holdout or baseline: over the months of the spending and the one
            before. Customers who are not known at its end count nowhere. For groups, of `CustomerLadder.groups()`.
        spend: money spent in these months on the customers of a rung, by rung.
        since: a date in the first month of the spending.
        until: a date in the last month; None: the last of the history.
        micro: what foresees the months, fitted here; None: `kk.Microsimulation()`. Not beside a holdout or baseline.
        holdout: a frame with `customer_id`: customers of these rungs without spending, by random assignment.
        baseline: share of customers on a rung who move up in a month without spending, by rung.
        level: level of the interval of `extra`: central of the draws of a microsimulation, else binomial in the normal
            approximation.

    Returns:
        A row for each rung of `spend`: rung, customer_months (of customers with spending), spend, promoted (their
        moves to a higher rung), anyway (expected without spending), extra (promoted less anyway), low, high (of
        extra), cost_per_promoted, cost_per_extra (missing where extra is not above 0), evidence ("holdout", "baseline"
        or "microsimulation"), message.

    Raises:
        CapabilityError: careers without a holdout or baseline.
        DataError: an unknown rung, invalid spend or rates, months outside the history, more than one of holdout,
            baseline and micro, nobody on a rung.

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    >>> history = ladder.history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> found = promotion_costs(history, spend={"moving": 5000}, since="1998-01-01",
    ...                         micro=kk.Microsimulation(draws=50))
    >>> found[["rung", "promoted", "anyway", "extra", "low", "high", "cost_per_promoted"]].round(1)
         rung  promoted  anyway  extra   low  high  cost_per_promoted
    0  moving       138   124.5   13.5 -40.6  44.6               36.2
    """
    several = {"micro": micro, "holdout": holdout, "baseline": baseline}
    if len(given := [name for name, each in several.items() if each is not None]) > 1:
        raise DataError.because(
            f"{NEED} takes one of micro, holdout and baseline, got {given}.", hint="a holdout says most."
        )
    evidence = given[0] if given and micro is None else "microsimulation"
    level, names = LEVEL.read(level, "level"), None
    if evidence == "microsimulation":
        history = history_of(history, need=NEED)
    if isinstance(history, LadderHistory):
        names = [rung.name for rung in history.rungs]
    careers = careers_of(history)
    panel = read_careers(careers, rungs=names)
    rungs = rungs_of(panel.states)
    money = by_rung(spend, "spend", rungs=rungs, law=NOT_NEGATIVE)
    rates = {} if baseline is None else by_rung(baseline, "baseline", rungs=rungs, law=SHARE)
    if baseline is not None and (lacking := [rung for rung in money if rung not in rates]):
        raise DataError.because(f"`baseline` lacks the rungs {lacking}.", hint="a monthly rate for each of spend.")
    first, last = _months(panel, since, until)
    held_out = np.zeros(len(panel), dtype=bool) if holdout is None else _in_holdout(panel, holdout)
    at, then = panel.steps()
    known = panel.state_at(first - 1) >= 0
    inside = (panel.month[then] >= first) & (panel.month[then] <= last) & known[panel.owner[at]]
    number = np.array([rungs.index(each.rung) for each in panel.states])
    owner, before = panel.owner[at][inside], number[panel.code[at][inside]]
    up = number[panel.code[then][inside]] > before
    drawn = None
    if isinstance(history, LadderHistory) and evidence == "microsimulation":
        drawn = _drawn_moves(history, micro or Microsimulation(), first=first, months=last - first + 1)
    rows = []
    for rung, spent in money.items():
        on_rung = before == rungs.index(rung)
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
        if drawn is not None:
            anyway = float(drawn[:, rungs.index(rung)].mean())
            low, high = promoted - np.quantile(drawn[:, rungs.index(rung)], [(1 + level) / 2, (1 - level) / 2])
        else:
            rate = rates[rung] if rates else up[untreated].mean()
            variance = _rate_variance(up[treated]) + (0.0 if rates else _rate_variance(up[untreated]))
            anyway, half = n * rate, ndtri((1 + level) / 2) * n * np.sqrt(variance)
            low, high = promoted - anyway - half, promoted - anyway + half
        extra = promoted - anyway
        per_extra = spent / extra if extra > 0 else np.nan
        rows.append(
            {
                "rung": rung,
                "customer_months": n,
                "spend": spent,
                "promoted": promoted,
                "anyway": anyway,
                "extra": extra,
                "low": low,
                "high": high,
                "cost_per_promoted": spent / promoted if promoted else np.nan,
                "cost_per_extra": per_extra,
                "evidence": evidence,
                "message": _message(per_extra, low),
            }
        )
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=careers)


def _message(per_extra: float, low: float) -> str:
    if np.isnan(per_extra):
        return "no more customers moved up than would have anyway"
    sure = "" if low > 0 else "; that any did is not sure"
    return f"an extra promotion cost {per_extra:,.2f}, and pays if it brings more{sure}"


def _drawn_moves(history: LadderHistory[Any], micro: Any, *, first: int, months: int) -> Array:
    """Moves up from each rung in the months from `first` on, as drawn from what was known before, (draws, rungs)."""
    spec: Microsimulation = read_object(micro, "micro", kind=Microsimulation, hint="micro=kk.Microsimulation().")
    before = history.before(np.datetime64(int(last_day(first - 1)), "D"))
    fitted = spec.fit(before)
    ahead, _ = fitted.ahead(before, origin=None, months=months)
    moves = np.zeros((spec.draws, len(history.rungs)))
    now = ahead.rung_of[ahead.current()]
    for paths in fitted.paths(ahead):
        rung = ahead.rung_of[paths.whole(draws=spec.draws)]
        start = np.broadcast_to(now[paths.customers, None, None], (*rung.shape[:2], 1))
        left = np.concatenate([start, rung[..., :-1]], axis=2)
        _, draw, _ = up = np.nonzero(rung > left)
        np.add.at(moves, (draw, left[up]), 1.0)
    return moves


def _rate_variance(up: Mask) -> float:
    """Variance of a rate of promotion, never 0: half a promotion and half a non-promotion are added."""
    p = (up.sum() + 0.5) / (len(up) + 1)
    return float(p * (1 - p) / len(up))


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
