"""Three kinds of buyers, as a finite mixture: who leaves sooner, buys less often and less evenly, and who does not.

A customer of group g, with times in units of the median age, first bought at 0 and then

    leaves after each purchase with chance q_g (as in MBG/NBD, but one chance for the whole group),
    else waits a gap ~ Gamma(k_g, lambda), lambda ~ Gamma(r, r m_g / k_g): m_g is about the group's mean gap.

k is 1 where purchases come at random, larger where they are regular, smaller where they come in clumps (Platzer &
Reutterer 2016, Marketing Science 35(5), with k no whole number). With x repeat purchases the last of which lies at
t_x, at age T,

    f = (1 - q)^x gaps^(k-1) / Gamma(k)^x  alpha^r Gamma(r + k x) / (Gamma(r) (alpha + t_x)^(r + k x))
        ((1 - q) I_z(r + k x, k) + q),      alpha = r m / k,  z = (alpha + t_x) / (alpha + T),

I the regularized incomplete beta function: the chance that a gap outlasts the silence, for those who have not left. A
share of wallet, where one is known, is Beta with the group's mean.

What tells the groups apart is ordered, so that a label means the same in every fit: from the first group to the last,
q and m fall, k and the share of wallet rise. Membership is w_g f_g, made to sum to 1: a customer of whom little was
seen keeps about the shares of all customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, fields_dict, frozen
from scipy.optimize import minimize
from scipy.special import betainc, betaln, expit, gammaln, logit

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

GROUPS = 3
SHARE_EDGE = 0.01
"""Shares of wallet of 0 and 1 are read as so far inside: shares are measured roughly, and a density ends there."""
SMALL = 1e-6
"""Step of the numerical slopes, in coordinates of about 1."""
SPREAD = 1.5
"""Standard deviation of the weak normal prior on every coordinate: it counts for less than one customer."""
FEW, SOME = 800, 3_000
"""Customers that starts are tried on, and that the best is searched on; all then only move it a little."""
SETTLED = 1e-8
"""A search ends where a step gains less than this share of the mean log-likelihood."""
FLAT = 1e-5
"""The flattest direction counts as bending this share of the steepest."""
TRIED, SEARCHED = 25, 300
"""Steps of the search of a start, and of the best one."""


def _floats(given: Any) -> Array:
    return np.asarray(given, dtype=np.float64)


@frozen(kw_only=True, eq=False)
class Histories:
    """Customers as the mixture sees them.

    Attributes:
        x, t_x, T, gap_log_sum: repeat purchases, age at the last, age now, sum of the logarithms of the gaps, (n,).
        share: of wallet, (n,); NaN where it is not known.
        weights: customers that a row stands for, (n,).
    """

    x: Array = field(converter=_floats)
    t_x: Array = field(converter=_floats)
    T: Array = field(converter=_floats)
    gap_log_sum: Array = field(converter=_floats)
    share: Array = field(converter=_floats)
    weights: Array = field(converter=_floats)

    def __len__(self) -> int:
        return len(self.x)

    def at(self, where: NDArray[Any]) -> Histories:
        """The rows under a mask or at positions."""
        return Histories(**{name: getattr(self, name)[where] for name in fields_dict(Histories)})

    def distinct(self) -> tuple[Histories, NDArray[np.int64]]:
        """Each different history once, weighted, and where each row finds its own."""
        code = np.zeros(len(self), dtype=np.int64)
        for values in (self.x, self.t_x, self.T, self.gap_log_sum, np.nan_to_num(self.share, nan=-1.0)):
            _, own = np.unique(values.round(9), return_inverse=True)
            # numbered anew after each column: a product of all would not fit into an integer
            _, code = np.unique(code * (int(own.max(initial=0)) + 1) + own.reshape(-1), return_inverse=True)
            code = code.reshape(-1)
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        inverse = inverse.reshape(-1)
        alone = self.at(first)
        return evolve(alone, weights=np.bincount(inverse, weights=self.weights)), inverse


@frozen(kw_only=True, eq=False)
class GroupParams:
    """The groups, from moving to exclusive.

    Attributes:
        weights: share of customers, (G,).
        leaves: chance of leaving after a purchase, (G,).
        gap: mean gap between purchases, in the unit of T, about, (G,).
        k: regularity, (G,).
        r: how alike the rates of a group's members are: the shape of their gamma.
        share: mean share of wallet, (G,).
        concentration: how narrowly shares of wallet lie around it.
    """

    weights: Array = field(converter=_floats)
    leaves: Array = field(converter=_floats)
    gap: Array = field(converter=_floats)
    k: Array = field(converter=_floats)
    r: float
    share: Array = field(converter=_floats)
    concentration: float


def log_density(rows: Histories, params: GroupParams) -> Array:
    """Log-density of each history in each group, (n, G).

    >>> once = Histories(x=[0], t_x=[0], T=[40], gap_log_sum=[0], share=[np.nan], weights=[1])
    >>> two = GroupParams(weights=[.5, .5], leaves=[.8, .1], gap=[20, 10], k=[1, 1], r=2.0, share=[.5, .5],
    ...                   concentration=4.0)
    >>> np.exp(log_density(once, two)).round(4)
    array([[0.85, 0.2 ]])
    """
    common = {"r": params.r, "concentration": params.concentration}
    columns = [
        _log_density(rows, leaves=params.leaves[g], gap=params.gap[g], k=params.k[g], share=params.share[g], **common)
        for g in range(len(params.weights))
    ]
    return np.stack(columns, axis=1)


def memberships(rows: Histories, params: GroupParams) -> tuple[Array, Array]:
    """Probability of each group for each history, (n, G), and the log evidence of the history, (n,)."""
    logs = log_density(rows, params) + np.log(params.weights)
    top = logs.max(axis=1, keepdims=True)
    shares = np.exp(logs - top)
    total = shares.sum(axis=1, keepdims=True)
    return shares / total, top[:, 0] + np.log(total[:, 0])


def fit_groups(rows: Histories, *, starts: int, generator: Generator) -> tuple[GroupParams, bool]:
    """The groups that make the histories likeliest, and whether the search ended at an optimum.

    Args:
        rows: histories, with times in any unit.
        starts: random starts, tried on `FEW` customers; the best is searched on from, first on `SOME`.
        generator: the stream of the starts.
    """
    unit = float(np.median(rows.T[rows.T > 0])) if (rows.T > 0).any() else 1.0
    scaled = Histories(
        x=rows.x,
        t_x=rows.t_x / unit,
        T=rows.T / unit,
        gap_log_sum=rows.gap_log_sum - rows.x * np.log(unit),
        share=rows.share,
        weights=rows.weights,
    )
    order = generator.permutation(len(scaled))
    few, some = (scaled.at(order[:size]).distinct()[0] for size in (FEW, SOME))
    tried = [_searched(few, start, steps=TRIED) for start in _starts(scaled, starts=starts, generator=generator)]
    best = min(tried, key=lambda found: float(found.fun))
    near = _searched(some, best.x, steps=SEARCHED)
    found = near if len(scaled) <= SOME else _moved(scaled.distinct()[0], near.x, seen=some)
    return _params(found.x, unit=unit), bool(found.success)


def simulate(params: GroupParams, *, T: Array, generator: Generator) -> tuple[NDArray[np.int64], list[Array]]:
    """New customers of these groups: which one each belongs to, (n,), and the ages at which each bought, 0 first."""
    group = generator.choice(len(params.weights), len(T), p=params.weights)
    rate = generator.gamma(params.r, params.k[group] / (params.r * params.gap[group]))
    bought = []
    for g, lam, age in zip(group, rate, T, strict=True):
        times, now = [0.0], 0.0
        while generator.random() >= params.leaves[g]:
            now += generator.gamma(params.k[g]) / lam
            if now > age:
                break
            times.append(now)
        bought.append(np.array(times))
    return group, bought


def _log_density(
    rows: Histories, *, leaves: float, gap: float, k: float, r: float, share: float, concentration: float
) -> Array:
    alpha = r * gap / k
    stages = r + k * rows.x
    silent = betainc(stages, k, (alpha + rows.t_x) / (alpha + rows.T))
    buys = (
        rows.x * np.log1p(-leaves)
        + (k - 1) * rows.gap_log_sum
        - rows.x * gammaln(k)
        + r * np.log(alpha)
        + gammaln(stages)
        - gammaln(r)
        - stages * np.log(alpha + rows.t_x)
    )
    return np.asarray(buys + np.log((1 - leaves) * silent + leaves) + _log_share(rows.share, share, concentration))


def _log_share(given: Array, mean: float, concentration: float) -> Array:
    known = ~np.isnan(given)
    s = np.clip(np.where(known, given, 0.5), SHARE_EDGE, 1 - SHARE_EDGE)
    a, b = mean * concentration, (1 - mean) * concentration
    return np.where(known, (a - 1) * np.log(s) + (b - 1) * np.log1p(-s) - betaln(a, b), 0.0)


# Coordinates: each feature is the first group's, then what the next groups have more of it (softplus, never below 0).
FEATURES = ("stays", "activity", "regularity", "share")
CENTRE = {
    "stays": (-0.5, 0.8, 0.8),
    "activity": (0.5, 0.8, 0.8),
    "regularity": (-0.1, -1.0, -1.0),
    "share": (-0.5, 0, 0),
}
LENGTH = 2 + 3 * len(FEATURES) + 2


def _centre() -> Array:
    return np.array([0.0, 0.0, *(value for name in FEATURES for value in CENTRE[name]), 0.5, 1.0])


def _ordered(three: Array) -> Array:
    return np.asarray(np.cumsum([three[0], *np.logaddexp(0.0, three[1:])]))


def _natural(theta: Array) -> Array:
    """Log weights, then by feature the value of each group in its unbounded form, then ln r and ln concentration."""
    weights = np.array([0.0, *theta[:2]])
    features = [_ordered(theta[2 + 3 * at : 5 + 3 * at]) for at in range(len(FEATURES))]
    return np.concatenate([weights - np.logaddexp.reduce(weights), *features, theta[-2:]])


def _params(theta: Array, *, unit: float = 1.0) -> GroupParams:
    whole = _natural(theta)
    stays, activity, regularity, share = whole[3:15].reshape(4, 3)
    return GroupParams(
        weights=np.exp(whole[:3]),
        leaves=expit(-stays),
        gap=unit * np.exp(-activity),
        k=np.exp(regularity),
        r=float(np.exp(whole[15])),
        share=expit(share),
        concentration=float(np.exp(whole[16])),
    )


def _searched(rows: Histories, start: Array, *, steps: int) -> Any:
    """Climb from `start` within the box."""
    bounds = [(at - 6.0, at + 6.0) for at in _centre()]
    inside = np.clip(start, *np.array(bounds).T)

    def surface(theta: Array) -> tuple[float, Array]:
        return _surface(theta, rows)

    return minimize(
        surface,
        inside,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": steps, "ftol": SETTLED},
    )


def _moved(rows: Histories, start: Array, *, seen: Histories) -> Any:
    """Climb from the top of another, smaller sample: in coordinates in which that top is round, so in few steps."""
    across = _round(start, seen)

    def turned(u: Array) -> tuple[float, Array]:
        value, slope = _surface(start + across @ u, rows)
        return value, across.T @ slope

    found = minimize(
        turned, np.zeros(LENGTH), jac=True, method="L-BFGS-B", options={"maxiter": SEARCHED, "ftol": SETTLED}
    )
    found.x = start + across @ found.x
    return found


def _round(top: Array, rows: Histories) -> Array:
    """Directions and lengths along which the surface bends equally at its top, (coordinates, coordinates)."""
    step = 1e-4
    bends = [
        (_surface(top + step * axis, rows)[1] - _surface(top - step * axis, rows)[1]) / (2 * step)
        for axis in np.eye(LENGTH)
    ]
    curvature, directions = np.linalg.eigh((np.stack(bends) + np.stack(bends).T) / 2)
    return np.asarray(directions / np.sqrt(np.maximum(curvature, FLAT * curvature.max())))


def _surface(theta: Array, rows: Histories) -> tuple[float, Array]:
    """What is minimised: minus the mean log-likelihood and log-prior, and its slopes."""
    value, slope = _height(rows, theta)
    off, everyone = (theta - _centre()) / SPREAD, rows.weights.sum()
    return -(value - 0.5 * float(off @ off)) / everyone, -(slope - off / SPREAD) / everyone


def _height(rows: Histories, theta: Array) -> tuple[float, Array]:
    """Log-likelihood and its slopes: those of the mixture are those of its parts, weighed by membership."""
    whole = _natural(theta)
    parts = [_slopes(rows, whole, g) for g in range(GROUPS)]
    logs = np.stack([part[0] for part in parts], axis=1) + whole[:GROUPS]
    top = logs.max(axis=1, keepdims=True)
    evidence = top[:, 0] + np.log(np.exp(logs - top).sum(axis=1))
    weighed = np.exp(logs - evidence[:, None]) * rows.weights[:, None]
    slope = np.zeros_like(whole)
    slope[:GROUPS] = weighed.sum(axis=0)
    for g, (_, own) in enumerate(parts):
        for at, values in own.items():
            slope[at] += float(weighed[:, g] @ values)
    return float(rows.weights @ evidence), slope @ _jacobian(theta)


def _slopes(rows: Histories, whole: Array, g: int) -> tuple[Array, dict[int, Array]]:
    """A group's log-densities, (n,), and their slopes by position in `_natural`; of k and r by differences."""
    here = _part(rows, whole, g)
    leaves, share = float(expit(-whole[3 + g])), float(expit(whole[12 + g]))
    k, r = float(np.exp(whole[9 + g])), float(np.exp(whole[15]))
    alpha, stages = r * float(np.exp(-whole[6 + g])) / k, r + k * rows.x
    z = (alpha + rows.t_x) / (alpha + rows.T)
    silent = betainc(stages, k, z)
    ends = (1 - leaves) * silent + leaves
    late = rows.t_x < rows.T
    inside = np.where(late, z, 0.5)
    bend = np.exp((stages - 1) * np.log(inside) + (k - 1) * np.log1p(-inside) - betaln(stages, k))
    silent_by_alpha = np.where(late, bend * (rows.T - rows.t_x) / (alpha + rows.T) ** 2, 0.0)
    by_alpha = r / alpha - stages / (alpha + rows.t_x) + (1 - leaves) * silent_by_alpha / ends
    own = {
        3 + g: leaves * rows.x - leaves * (1 - leaves) * (1 - silent) / ends,
        6 + g: -alpha * by_alpha,
        9 + g: _difference(rows, whole, g, at=9 + g, here=here),
        15: _difference(rows, whole, g, at=15, here=here),
    }
    if (~np.isnan(rows.share)).any():
        spread = float(np.exp(whole[16]))
        for at, step in ((12 + g, (SMALL, 0.0)), (16, (0.0, SMALL))):
            moved = _log_share(rows.share, float(expit(whole[12 + g] + step[0])), spread * float(np.exp(step[1])))
            own[at] = (moved - _log_share(rows.share, share, spread)) / SMALL
    return here, own


def _difference(rows: Histories, whole: Array, g: int, *, at: int, here: Array) -> Array:
    moved = whole.copy()
    moved[at] += SMALL
    return (_part(rows, moved, g) - here) / SMALL


def _part(rows: Histories, whole: Array, g: int) -> Array:
    return _log_density(
        rows,
        leaves=float(expit(-whole[3 + g])),
        gap=float(np.exp(-whole[6 + g])),
        k=float(np.exp(whole[9 + g])),
        share=float(expit(whole[12 + g])),
        r=float(np.exp(whole[15])),
        concentration=float(np.exp(whole[16])),
    )


def _jacobian(theta: Array) -> Array:
    """Slopes of `_natural`, (17, coordinates)."""
    columns = []
    for at in range(len(theta)):
        ahead, behind = theta.copy(), theta.copy()
        ahead[at] += SMALL
        behind[at] -= SMALL
        columns.append((_natural(ahead) - _natural(behind)) / (2 * SMALL))
    return np.stack(columns, axis=1)


def _starts(rows: Histories, *, starts: int, generator: Generator) -> list[Array]:
    """The middle of the prior, moved to the activity seen, then draws around it."""
    rate = max(float(rows.weights @ rows.x), 1.0) / max(float(rows.weights @ rows.T), 1e-9)
    first = _centre()
    first[5] = np.log(rate)
    known = rows.share[~np.isnan(rows.share)]
    if len(known):
        first[11] = logit(np.clip(known.mean(), 0.05, 0.95)) - 0.7
    return [first, *(first + generator.normal(0.0, 1.0, len(first)) for _ in range(starts - 1))]
