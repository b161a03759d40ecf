"""Log-likelihoods of Pareto/NBD and GGompertz/NBD at thousands of parameters at once, without derivatives.

All customers share the moments at which they may have left. For each parameter vector the density of leaving is valued
on panels of such moments, for each number of purchases; what a row needs is the sum of the panels after t_x less that
after T, and a piece of one panel, a fixed combination of its nodes. Rows with so many purchases that panels would have
to be very short are valued one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kundkarriar.numerics.pareto import expectation, gompertz_time
from kundkarriar.numerics.pareto.complete_data_score import Timed, log_density
from kundkarriar.numerics.pareto.derivatives import node_count
from kundkarriar.numerics.pareto.quadrature import gauss, nodes
from kundkarriar.numerics.special import rising_factorial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.pareto.derivatives import TimedTable

    Array = NDArray[np.float64]

AT_ONCE, BLOCK = 200, 2**20
"""Parameter vectors valued together: fewer where rows are many, so that what is in work stays in the cache."""
PER_PANEL = 12
STEEP = 3.0
"""The density falls by no more than exp(-3) in a panel; 12 nodes then give its pieces to 1e-10."""
WIDEST = 0.5
"""The widest panel, in ln(c + t)."""
PANELS = 256
"""More are not worth it: rows with more purchases than these allow are valued one by one."""
TO_SERIES = np.linalg.inv(np.polynomial.legendre.legvander(2 * gauss(PER_PANEL)[0] - 1, PER_PANEL - 1))


@frozen(kw_only=True, eq=False)
class Panels:
    """Moments shared by all rows, and how to read an integral from any point of time off them.

    Attributes:
        t: the moments, (J x 12,).
        width: the time that each stands for, (J x 12,).
        place: the panel of each time asked for, (M,).
        piece: weights of its nodes in the integral from that time to the panel's end, (M, 12).
    """

    t: Array
    width: Array
    place: NDArray[np.int64]
    piece: Array


def heights(table: TimedTable, laws: Timed) -> Array:
    """Log-likelihood of all customers under each of S laws, (S,); the parameters of `laws` are (S,)."""
    S = len(laws.r)
    b = np.broadcast_to(np.asarray(laws.b, dtype=float), S)
    nearest = -np.expm1(-b * laws.alpha) / b if gompertz_time.ages(b) else laws.alpha
    order = np.argsort(np.minimum(nearest, laws.beta))
    answer = np.empty(S)
    at_once = int(np.clip(BLOCK // len(table.at_end), 8, AT_ONCE))
    for first in range(0, S, at_once):
        some = order[first : first + at_once]
        law = Timed(
            r=laws.r[some],
            alpha=laws.alpha[some],
            s=laws.s[some],
            beta=laws.beta[some],
            b=b[some] if gompertz_time.ages(b) else 0.0,
        )
        answer[some] = _some_heights(table, law, scale=float(np.minimum(nearest, laws.beta)[some[0]]))
    return answer + rising_factorial.total_of_many(laws.r, table.buyers)


def _some_heights(table: TimedTable, law: Timed, *, scale: float) -> Array:
    """Of laws whose alpha and beta are at least `scale`."""
    reach = np.log1p(table.oldest / scale)
    rest, per_purchase = _steepness(law, scale=scale, oldest=table.oldest)
    x = table.x[table.at_end]
    panels = np.maximum(reach / WIDEST, reach * (rest + per_purchase * x) / STEEP)
    light, heavy = np.flatnonzero(panels <= PANELS), np.flatnonzero(panels > PANELS)
    value = np.zeros(len(law.r))
    if len(light):
        times, at = np.unique(table.t, return_inverse=True)
        shared = _panels(times, scale=scale, reach=reach, count=int(np.ceil(panels[light].max())))
        value += _by_panels(table, light, law, times=times, at=at, panels=shared)
    if len(heavy):
        value += _one_by_one(table, heavy, law)
    return value


def _steepness(law: Timed, *, scale: float, oldest: float) -> tuple[float, float]:
    """How fast the log density of leaving falls or rises in ln(scale + t) at most: without purchases, and with each."""
    hazard = law.s / expectation.beta_at(oldest, beta=law.beta, b=law.b)
    leaving = np.maximum(scale * law.s / law.beta, (scale + oldest) * hazard)
    share = (scale + oldest) / (law.alpha + oldest)
    rest = law.r * share + leaving + 1.0 + law.b * (scale + oldest)
    return float(np.max(rest)), float(np.max(share))


def _panels(times: Array, *, scale: float, reach: float, count: int) -> Panels:
    points, weights = gauss(PER_PANEL)
    step = reach / count
    y = (np.arange(count)[:, None] + points) * step
    width = scale * np.exp(y) * step
    at = np.log1p(times / scale) / step
    place = np.minimum(at.astype(np.int64), count - 1)
    return Panels(
        t=scale * np.expm1(y).ravel(),
        width=(width * weights).ravel(),
        place=place,
        piece=_pieces(np.clip(at - place, 0.0, 1.0)) / weights,
    )


def _pieces(position: Array) -> Array:
    """Weights at the nodes of [0, 1] for the integral of their polynomial from `position` to 1, (P, 12)."""
    z = 2 * position - 1
    values = np.polynomial.legendre.legvander(z, PER_PANEL)
    # the integral of P_k from z to 1 is (P_{k-1}(z) - P_{k+1}(z)) / (2k + 1), and 1 - z for k = 0
    below = np.hstack([np.ones((len(z), 1)), values[:, : PER_PANEL - 1]])
    whole = (below - values[:, 1:]) / (2 * np.arange(PER_PANEL) + 1)
    return np.asarray(0.5 * np.einsum("pk,kj->pj", whole, TO_SERIES))


def _by_panels(
    table: TimedTable, light: NDArray[np.int64], law: Timed, *, times: Array, at: NDArray[np.int64], panels: Panels
) -> Array:
    """Sum over rows of weight x log-likelihood, without what depends on r and x alone, (S,)."""
    t, then = panels.t[:, None], times[:, None]
    quiet, quiet_then = np.log1p(t / law.alpha), np.log1p(then / law.alpha)
    worn = gompertz_time.log_growth(t, since=0.0, c=law.beta, b=law.b)
    hazard = panels.width[:, None] * law.s / (law.beta + gompertz_time.warped(t, law.b))
    leaving = hazard * np.exp(law.b * t - law.r * quiet - law.s * worn)
    lived = -law.r * quiet_then - law.s * gompertz_time.log_growth(then, since=0.0, c=law.beta, b=law.b)
    fall = np.exp(-quiet)
    ahead, alive = np.zeros((2, len(table.x), len(law.r)))
    step = 0.0
    for x in np.unique(table.x[table.at_end[light]]):
        leaving *= fall ** (x - step)
        step = x
        some = slice(*np.searchsorted(table.x, [x, x + 1]))  # points are sorted by x
        panel = leaving.reshape(-1, PER_PANEL, len(law.r))
        after = np.zeros((len(panel) + 1, len(law.r)))
        after[:-1] = np.cumsum(panel.sum(axis=1)[::-1], axis=0)[::-1]
        place = panels.place[at[some]]
        ahead[some] = after[place + 1] + np.einsum("pks,pk->ps", panel[place], panels.piece[at[some]])
        alive[some] = np.exp(lived[at[some]] - x * quiet_then[at[some]])
    alive -= ahead
    now, weights = table.at_end[light], table.weights[light]
    rows = np.einsum("ns,n->s", np.log(alive[now] + ahead[table.at_last[light]]), weights)
    return np.asarray(rows - np.sum(weights * table.x[now]) * np.log(law.alpha))


def _one_by_one(table: TimedTable, heavy: NDArray[np.int64], law: Timed) -> Array:
    """The same, each row from t_x to T."""
    last, now = table.at_last[heavy], table.at_end[heavy]
    x, t_x, T = table.x[now], table.t[last], table.t[now]
    one = Timed(
        r=law.r[:, None],
        alpha=law.alpha[:, None],
        s=law.s[:, None],
        beta=law.beta[:, None],
        b=law.b if np.ndim(law.b) == 0 else law.b[:, None],
    )
    p, height = one.r + x, log_density(t_x, x=x, law=one)
    left = np.zeros_like(height)
    count = node_count(law, table.oldest)
    held = nodes(start=t_x, end=T, p=p, alpha=one.alpha, s=one.s, beta=one.beta, b=one.b, count=count)
    for at in held:
        left += one.s * at.hazard * np.exp(-p * at.quiet - one.s * at.worn)
    fall = np.exp(log_density(T, x=x, law=one) - height)
    return np.asarray(np.einsum("sn,n->s", height + np.log(fall + left), table.weights[heavy]))
