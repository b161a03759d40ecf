"""Arrivals per month: a negative binomial regression with a level that moves, a damped trend and a season.

The count of month m, seen for `exposure` e_m months, is negative binomial with mean mu_m and variance
mu_m + alpha mu_m^2, alpha the dispersion; at alpha = 0 it is Poisson. With t years from the end of the data,

    ln mu_m = ln e_m + a + b t_m + c ln s_m + g(month of the year) - the sum of the level's later steps.

s_m is a known season, of purchases for example, which arrivals follow as far as they do: c is around 1 with sd .5.

The level takes a random step each month, so that a is the level of the last month and older months count less the more
the level has moved. Priors are normal: a around the mean with sd 3; b around 0 with sd .25 a year; the effects g of the
months of the year and the steps of the level around 0. The sds of effects and steps, and alpha, are averaged over a
grid by their marginal likelihoods (Laplace's approximation; `SEASON_SDS`, `STEP_SDS`, `DISPERSIONS`): at a joint
maximum alpha would be too small, because steps and effects fit some of the noise. After the data the trend halves each
year, so that it adds at most 1.44 years of growth (a damped trend: Gardner and McKenzie 1985, Management Science
31(10)), and the level goes on to move.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from attrs import frozen
from numpy.random import Generator
from scipy.special import gammaln

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.optimize.newton import Box, Objective, maximise
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

LEVEL_SD = 3.0
TREND_SD = 0.25
RESPONSE_SD = 0.5
STEP_SDS = {0.01: 1.0, 0.03: 1.0, 0.08: 0.5, 0.2: 0.1}
"""Prior standard deviations of a month's step of the log level, with their prior weights: steps of 20 % a month, 70 % a
year, could pass for a season, and are rare."""
SEASON_SDS = (0.02, 0.1, 0.3)
"""Prior standard deviations of the log effect of a month of the year, equally likely."""
DISPERSIONS = {0.0005: 0.6, 0.002: 0.9, 0.006: 1.0, 0.02: 1.0, 0.06: 1.0, 0.2: 0.9, 0.6: 0.6}
"""Dispersions with their prior weights: a month is off by 2 to 80 % beyond Poisson chance, most likely by 8 to 25 %."""
WIDEST = 7.0
"""Bounds of the search, in prior standard deviations."""
LEVEL_AT, TREND_AT, RESPONSE_AT, SEASON_AT = 0, 1, 2, 3
MONTHS = 12
MOST = 1e15
"""Largest mean of a drawn count: numpy draws no larger ones."""


@frozen(kw_only=True, eq=False)
class Months:
    """Months before or after the end of the data, m of them.

    Attributes:
        exposure: length of each month as far as it is seen or foreseen, in months, (m,), above 0.
        log_season: log of a known season's index of each month, (m,); zeros without one.
        years: time of the middle of each month from the end of the data, in years, negative before it, (m,).
        month: month of the year, 0 to 11, (m,).
    """

    exposure: Array
    log_season: Array
    years: Array
    month: Whole

    def __len__(self) -> int:
        return len(self.exposure)


@frozen(kw_only=True, eq=False)
class ArrivalsPosterior:
    """A mixture of G normal posteriors of standardised parameters: level, trend, response to the season, month effects.

    Attributes:
        weight: of each part, (G,).
        mean, covariance: (G, p) and (G, p, p); p is 15 with month effects, 3 without.
        step_sd, season_sd, dispersion: of each part, (G,).
        centre: log of the mean count a month, around which the level's prior lies.
        converged: whether every search reached a maximum.
    """

    weight: Array
    mean: Array
    covariance: Array
    step_sd: Array
    season_sd: Array
    dispersion: Array
    centre: float
    converged: bool

    def expected(self, ahead: Months) -> Array:
        """Posterior mean of the number of arrivals in each month ahead, (m,)."""
        means = np.zeros(len(ahead))
        parts = zip(self.weight, self.mean, self.covariance, self.step_sd, self.season_sd, strict=True)
        for weight, mean, covariance, step_sd, season_sd in parts:
            row = self._rows(ahead, season_sd)
            spread = np.einsum("mi,ij,mj->m", row, covariance, row) + step_sd**2 * MONTHS * ahead.years
            means += weight * np.exp(row @ mean + spread / 2)
        return np.asarray(ahead.exposure * np.exp(ahead.log_season + self.centre) * means)

    def draw(self, ahead: Months, *, draws: int, generator: Generator) -> Array:
        """Drawn numbers of arrivals in each month ahead, (m, S), with parameters, level and counts drawn."""
        mu, dispersion = self.draw_means(ahead, draws=draws, generator=generator)
        rate = generator.standard_gamma(1 / dispersion, size=mu.shape) * dispersion
        return np.asarray(generator.poisson(np.minimum(mu * rate, MOST)))

    def p_none(self, ahead: Months, *, draws: int, generator: Generator) -> float:
        """Probability that nobody arrives in the months ahead, the mean over draws of parameters and level."""
        mu, dispersion = self.draw_means(ahead, draws=draws, generator=generator)
        return float(np.exp(-(np.log1p(dispersion * mu) / dispersion).sum(axis=0)).mean())

    def draw_means(self, ahead: Months, *, draws: int, generator: Generator) -> tuple[Array, Array]:
        """Drawn means of the months ahead, (m, S), and drawn dispersions, (S,)."""
        part = generator.choice(len(self.weight), size=draws, p=self.weight)
        normal = generator.standard_normal((draws, self.mean.shape[1]))
        steps = generator.standard_normal((draws, len(ahead)))
        gaps = np.sqrt(np.diff(MONTHS * ahead.years, prepend=0.0))
        log_mean = np.cumsum(self.step_sd[part, None] * gaps * steps, axis=1)
        for g in np.unique(part):
            of = part == g
            theta = self.mean[g] + normal[of] @ np.linalg.cholesky(self.covariance[g]).T
            log_mean[of] += theta @ self._rows(ahead, self.season_sd[g]).T
        mu = ahead.exposure * np.exp(ahead.log_season + self.centre + log_mean)
        return mu.T, self.dispersion[part]

    def _rows(self, ahead: Months, season_sd: float) -> Array:
        """Rows of the design of months ahead for the standardised parameters, (m, p)."""
        effects = season_sd * np.eye(MONTHS)[ahead.month] if self.mean.shape[1] > SEASON_AT else None
        return _design(damped(ahead.years), ahead.log_season, effects)


def negative_binomial(y: Array, eta: Array, alpha: float) -> tuple[Array, Array, Array]:
    """Log-likelihood of counts of mean exp(`eta`) and dispersion `alpha`, with two derivatives in eta, (m,) each.

    With k = 1 / alpha, ln p(y) = ln (k)_y - y ln k + y eta - (y + k) ln(1 + mu / k) - ln y!.

    >>> value, _, _ = negative_binomial(np.array([2.0]), np.array([np.log(3.0)]), 1e-9)
    >>> value.round(6)  # Poisson
    array([-1.495923])
    """
    k, mu = 1 / alpha, np.exp(eta)
    q = mu / (k + mu)
    value = log_gamma_ratio(k, y) - y * np.log(k) + y * eta - (y + k) * np.log1p(mu / k) - gammaln(y + 1)
    return value, y - (y + k) * q, -(y + k) * q * (1 - q)


def objective_of(y: Array, design: Array, base: Array, *, alpha: float) -> Objective:
    """Log-likelihood plus log prior in theta, (k,), whose prior is standard normal; ln mu is `base` + `design` theta.

    `design` is (m, k), `base` and the counts `y` (m,). It is concave.
    """

    def objective(theta: Array) -> tuple[float, Array, Array]:
        value, first, second = negative_binomial(y, base + design @ theta, alpha)
        hessian = (design * second[:, None]).T @ design - np.eye(len(theta))
        return float(value.sum() - theta @ theta / 2), design.T @ first - theta, hessian

    return objective


def fit_arrivals(y: Array, seen: Months, *, season: bool) -> ArrivalsPosterior:
    """The posterior of arrivals from counts `y` by month, (m,), in order of time; effects of months only with `season`.

    A month between two of them may be missing: the level then takes the steps of both.
    """
    centre = float(np.log(max(y.sum(), 0.5) / (seen.exposure * np.exp(seen.log_season)).sum()))
    base = np.log(seen.exposure) + seen.log_season + centre
    later = -np.triu(np.ones((len(y), len(y) - 1))) * np.sqrt(np.diff(MONTHS * seen.years))  # the steps after a month
    theta: Array | None = None
    found = []
    grid = product(SEASON_SDS if season else (0.0,), STEP_SDS.items(), DISPERSIONS.items())
    for season_sd, (step_sd, prior), (alpha, prior_of_alpha) in grid:
        effects = season_sd * np.eye(MONTHS)[seen.month] if season else None
        fixed = _design(seen.years, seen.log_season, effects)
        design = np.hstack([fixed, step_sd * later])
        k = design.shape[1]
        box = Box(low=np.full(k, -WIDEST), high=np.full(k, WIDEST), n=max(float(y.sum()), 1.0))
        best = maximise(objective_of(y, design, base, alpha=alpha), np.zeros(k) if theta is None else theta, box)
        theta = best.theta
        information, p = -best.hessian, fixed.shape[1]
        log_weight = np.log(prior * prior_of_alpha) + best.value - np.linalg.slogdet(information)[1] / 2
        posterior = theta[:p], np.linalg.inv(information)[:p, :p]
        found.append((log_weight, *posterior, step_sd, season_sd, alpha, best.converged))
    log_weights, means, covariances, step_sds, season_sds, alphas, converged = map(np.array, zip(*found, strict=True))
    weight = np.exp(log_weights - log_weights.max())
    return ArrivalsPosterior(
        weight=weight / weight.sum(),
        mean=means,
        covariance=covariances,
        step_sd=step_sds,
        season_sd=season_sds,
        dispersion=alphas,
        centre=centre,
        converged=bool(converged.all()),
    )


def damped(years: Array) -> Array:
    """Years of trend that `years` ahead add, where the trend halves each year: (1 - 2^-t) / ln 2.

    >>> damped(np.array([0.0, 1.0, 100.0])).round(3).tolist()
    [0.0, 0.721, 1.443]
    """
    return np.asarray((1 - 2.0**-years) / np.log(2))


def _design(years: Array, log_season: Array, effects: Array | None) -> Array:
    """Columns of the standardised level, trend, response to the known season and month effects, (m, 3 or 15)."""
    fixed = np.stack([np.full(len(years), LEVEL_SD), TREND_SD * years, RESPONSE_SD * log_season], axis=1)
    return fixed if effects is None else np.hstack([fixed, effects])
