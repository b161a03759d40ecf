"""Increments of models of chances, in which customers may drop out at each purchase: NBD, BG/NBD, MBG/NBD.

Purchases come at rate lambda ~ Gamma(s, rate), after each a customer drops out with probability p ~ Beta(a, b). With a
factor m on the odds p is q = m p / (1 - p + m p) while treated. A customer is active at t with probability
exp(-lambda w(t)), with the clock w that grows at p or q; over lambda, G(w) = (1 + w / rate)^-s, and the purchase rate
is (s / rate) (1 + w / rate)^-(s + 1). The difference of two such powers is one of them times expm1(-s ln(ratio)), and
the difference of two clocks the sum of differences q - q': nothing is subtracted that is nearly equal.

The mean over p is the trapezoidal rule in y = logit p. The integrand is proportional to p (1 - p) times the beta's
density, so both its tails fall by one power more than those.
"""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgnbd.alive_customers import AliveCustomers
from kundkarriar.numerics.increments.course import Course, Window
from kundkarriar.numerics.special.beta_expectation import drop_from_mode, log_density_at_mode
from kundkarriar.numerics.special.beta_mixture_survival import dropout_probability
from kundkarriar.numerics.special.bisection import bisected

STEP, NARROW = 0.35, 0.65
"""Steps in y: the error of the trapezoidal rule is about exp(-pi^2 / step) for integrands that fall like exp(-e^y), and
exp(-2 (pi / NARROW)^2) for those of a narrow normal density, whose standard deviation the step follows."""
NEGLIGIBLE = 28.0
"""Tails below e^-28 of the largest term are left out."""
AT_ONCE = 2**20
"""Numbers in memory at once."""
HALVINGS = 50
LARGEST = 40.0
"""Largest absolute log of a factor."""


def change(course: Course, customers: AliveCustomers, *, factors: Array) -> tuple[Array, Array]:
    """Sums of the changes of purchase rate and P(active) over a course, given active now: (n, q) and (n, c).

    `factors` are those of `course.leaving`, for each customer: (n, 2, k).
    """
    n, steps = len(customers.s), _steps(customers, horizon=float(course.edges[-1]))
    purchases, active = np.empty((n, course.purchases.shape[1])), np.empty((n, course.active.shape[1]))
    size = max(1, int(AT_ONCE / (steps * max(len(course.times), 1))))
    for start in range(0, n, size):
        rows = slice(start, start + size)
        some = customers.at((rows, None))
        p, weight = _nodes(some, steps, horizon=float(course.edges[-1]))
        usual, apart = _slopes(p, factors[rows])
        w, later = usual @ course.passed.T, apart @ course.passed.T  # (m, P, J)
        rate, s = some.rate[..., None], some.s[..., None]
        still, gained = np.exp(-s * np.log1p(w / rate)), np.expm1(-s * np.log1p(later / (rate + w)))
        differ = np.einsum("np,npj->nj", weight, still * gained, optimize=True)
        active[rows] = differ @ course.active
        # the power s + 1 of the two ratios, from the power s
        still *= rate / (rate + w)
        gained -= (1 + gained) * later / (rate + w + later)
        flow = np.einsum("np,npj->nj", weight, still * gained, optimize=True)
        purchases[rows] = (some.s / some.rate) * (flow @ course.purchases)
    return purchases, active


def factor_of_odds(odds: float, window: Window, customers: AliveCustomers) -> Array:
    """The factor on the odds of each chance that gives a factor on the odds of leaving within a window, (n,).

    NaN where no factor does: those who leave after the treated time are out of its reach.
    """
    leaves = dropout_probability(window.length / customers.rate, s=customers.s, a=customers.a, b=customers.b)
    aim = leaves * (1 - leaves) * (odds - 1) / (1 - leaves + odds * leaves)
    edges = np.unique([0.0, window.treated, window.length])
    treated = (edges[:-1] < window.treated).astype(float)
    end = Course(
        edges=edges,
        leaving=np.ones((2, len(treated))),
        returning=np.ones((2, len(treated))),
        times=edges[-1:],
        purchases=np.empty((1, 0)),
        active=np.ones((1, 1)),
    )

    def additional(log_factor: Array) -> Array:
        factors = np.ones((len(log_factor), 2, len(treated)))
        factors[:, 1] = np.exp(log_factor[:, None] * treated)
        return np.asarray(-change(end, customers, factors=factors)[1][:, 0])

    low, high = np.full(len(aim), -LARGEST), np.full(len(aim), LARGEST)
    out_of_reach = (additional(low) > aim) | (additional(high) < aim)
    low, high = bisected(lambda log_factor: additional(log_factor) < aim, low, high, halvings=HALVINGS)
    return np.where(out_of_reach, np.nan, np.exp(0.5 * (low + high)))


def _slopes(p: Array, factors: Array) -> tuple[Array, Array]:
    """Slopes of the clock as usual, and treated less usual, at p (n, P) under factors (n, 2, k): (n, P, k) each."""
    p = p[..., None]
    usual, treated = factors[:, None, 0], factors[:, None, 1]
    below, other = (1 - p + factor * p for factor in (usual, treated))
    return usual * p / below, p * (1 - p) * (treated - usual) / (below * other)


def _ends(customers: AliveCustomers, *, horizon: float) -> tuple[Array, Array, Array, Array]:
    """The first and last y that matter, the step, and the mode of y's density, (n, 1) or (n,) each."""
    a, b = customers.a, customers.b
    mode = np.log(a) - np.log(b)
    steep = (customers.s + 1) * horizon / customers.rate
    width = 1 / (a + 1) + 1 / (b + 1)  # squared, of a normal density
    reach = np.sqrt(2 * NEGLIGIBLE * width)
    low = np.log(a + 1) - np.log(a + b + 2 + steep) - NEGLIGIBLE / (a + 1) - reach
    high = np.log(a + 1) - np.log(b + 1) + NEGLIGIBLE / (b + 1) + np.log1p(NEGLIGIBLE / (a + 1)) + reach
    return low, high, np.minimum(STEP, NARROW * np.sqrt(width)), mode


def _steps(customers: AliveCustomers, *, horizon: float) -> int:
    """Steps in y that suffice for all customers."""
    low, high, step, _ = _ends(customers, horizon=horizon)
    return int(np.ceil(np.max((high - low) / step, initial=1.0)))


def _nodes(customers: AliveCustomers, steps: int, *, horizon: float) -> tuple[Array, Array]:
    """Probabilities of dropping out and their weights in a mean, (n, steps + 1) each."""
    low, high, _, mode = _ends(customers, horizon=horizon)
    y = low + (high - low) * (np.arange(steps + 1) / steps)
    density = log_density_at_mode(customers.a, customers.b) - drop_from_mode(y - mode, a=customers.a, b=customers.b)
    return 1 / (1 + np.exp(-y)), np.exp(density) * ((high - low) / steps)
