"""Checks of the optional protocols of a fitted purchase model: discounting, counts, posterior, simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import FutureDraws
from kundkarriar.models.interface.protocols import CountsPurchases, Discounts, HasPosterior, Simulates
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.testing.frame_libraries import columns_of
from kundkarriar.testing.violation import violation

HORIZON, RATE = 26.0, 0.002
DRAWS, COUNTED = 400, 300
ROUNDING = 1e-6
# A drawn total differs from the prediction by sampling error, which the draws measure, and because the mean over a
# posterior is not the prediction at its mode: by 3.6 % where 300 customers hardly identify the dropout of BG/NBD.
STANDARD_ERRORS, CURVATURE = 4.0, 0.05
FAR_TAIL = 1e4
"""Tolerance of the mean of the counts per unit of `p_more`, because counts above `COUNTED` are not told apart."""


def check_optional_protocols(fitted: Any, *, name: str, summary: Any, predicted: Mapping[str, Array]) -> None:
    """Check `Discounts`, `CountsPurchases`, `HasPosterior` and `Simulates` against predictions over 26 periods.

    Raises:
        AssertionError: a law is broken.
    """
    rows = read_purchase_rows(summary, need=name).rows
    if isinstance(fitted, Discounts):
        _check_discounts(fitted, name, rows, predicted)
    if isinstance(fitted, CountsPurchases):
        _check_counts(fitted, name, summary, predicted)
    posterior = _check_posterior(fitted, name) if isinstance(fitted, HasPosterior) else None
    if isinstance(fitted, Simulates) and posterior is not None:
        _check_simulates(fitted, name, rows, posterior, predicted)


def _check_discounts(fitted: Discounts, name: str, rows: PurchaseRows, predicted: Mapping[str, Array]) -> None:
    """Residual expectations agree with the predictions, and discounting does not increase them."""
    undiscounted = fitted.residual(rows, horizon=HORIZON, discount_rate=0.0)
    discounted = fitted.residual(rows, horizon=HORIZON, discount_rate=RATE)
    expected = undiscounted.p_alive * undiscounted.purchases
    laws = (
        ("give the `p_alive` it predicts", np.allclose(undiscounted.p_alive, predicted["p_alive"], rtol=ROUNDING)),
        (
            "expect p_alive x purchases where it predicts `expected_purchases`",
            np.allclose(expected, predicted["expected_purchases"], rtol=ROUNDING),
        ),
        (
            "leave purchases as they are at a discount rate of 0",
            np.allclose(undiscounted.discounted_purchases, undiscounted.purchases, rtol=1e-4),
        ),
        (
            "discount purchases to less, but by no more than the whole horizon's rate",
            _between(
                discounted.discounted_purchases,
                np.exp(-RATE * HORIZON) * undiscounted.purchases,
                undiscounted.purchases,
            ),
        ),
        ("keep p_purchase between 0 and 1", _between(undiscounted.p_purchase, 0.0, 1.0)),
        ("expect no fewer purchases than buyers", _between(undiscounted.p_purchase, 0.0, undiscounted.purchases)),
        ("keep p_leaves between 0 and 1", _between(undiscounted.p_leaves, 0.0, 1.0)),
        (
            "keep the discounted time alive between 0 and the horizon",
            _between(discounted.discounted_alive, 0.0, HORIZON),
        ),
    )
    for law, holds in laws:
        if not holds:
            raise violation(name, law, "its `residual` does not")


def _check_counts(fitted: CountsPurchases, name: str, summary: Any, predicted: Mapping[str, Array]) -> None:
    """The counts of purchases are a distribution whose mean is the predicted number."""
    columns = columns_of(fitted.purchase_counts(summary, horizon=HORIZON, up_to=COUNTED))
    names = [*(f"p_{j}" for j in range(COUNTED + 1)), "p_more"]
    if lacking := [column for column in names if column not in columns]:
        raise violation(name, f"add `p_0` to `p_{COUNTED}` and `p_more`", f"`purchase_counts` lacks {lacking[:3]}")
    counts = np.array([columns[column] for column in names], dtype=np.float64).T
    if not (_between(counts, 0.0, 1.0) and _between(counts.sum(axis=1), 1.0, 1.0)):
        raise violation(name, "count purchases with probabilities that sum to 1", "`purchase_counts` does not")
    mean, expected = counts @ np.arange(counts.shape[1]), predicted["expected_purchases"]
    apart = np.abs(mean - expected) > ROUNDING * (1 + expected) + FAR_TAIL * counts[:, -1]
    if apart.any():
        first = int(np.flatnonzero(apart)[0])
        raise violation(
            name,
            "count as many purchases as it expects",
            f"the mean of `purchase_counts` is {mean[first]:.6g} where {expected[first]:.6g} are expected",
        )


def _check_posterior(fitted: HasPosterior, name: str) -> Posterior:
    """Draws are finite, of the number asked for, and the same for the same seed."""
    posterior = fitted.posterior(draws=DRAWS, seed=1)
    if len(posterior) != DRAWS:
        raise violation(name, f"draw as often as asked, {DRAWS} times", f"it draws {len(posterior)} times")
    if not np.isfinite(posterior.values).all():
        raise violation(name, "draw finite parameters", "some are not")
    if not posterior.equals(fitted.posterior(draws=DRAWS, seed=1)):
        raise violation(name, "draw the same for the same seed", "two posteriors with seed=1 differ")
    if posterior.equals(fitted.posterior(draws=DRAWS, seed=2)):
        raise violation(name, "draw anew for another seed", "seed=1 and seed=2 give the same posterior")
    return posterior


def _check_simulates(
    fitted: Simulates, name: str, rows: PurchaseRows, posterior: Posterior, predicted: Mapping[str, Array]
) -> None:
    """Drawn futures are counts, and their mean is the prediction."""
    for method, draw in (("draw_outcomes", fitted.draw_outcomes), ("draw_expectations", fitted.draw_expectations)):
        futures = draw(
            rows, posterior=posterior, horizon=HORIZON, discount_rate=RATE, generator=np.random.default_rng(1)
        )
        _check_futures(name, method, futures, len(rows))
        totals, expected = futures.purchases.sum(axis=0), predicted["expected_purchases"].sum()
        tolerance = STANDARD_ERRORS * totals.std() / np.sqrt(DRAWS)
        if abs(totals.mean() - expected) > tolerance + CURVATURE * expected:
            raise violation(
                name,
                "draw what it predicts, on average",
                f"`{method}` brings {totals.mean():.4g} where {expected:.4g} are due",
            )
        if method == "draw_outcomes" and (futures.purchases != np.floor(futures.purchases)).any():
            raise violation(name, "draw whole purchases", "`draw_outcomes` has fractions")
    _check_same_parameters(fitted, name, rows, posterior)


def _check_same_parameters(fitted: Simulates, name: str, rows: PurchaseRows, posterior: Posterior) -> None:
    """At the same parameters, outcomes and expectations have the same mean, up to sampling error."""
    same = evolve(posterior, values=np.repeat(posterior.values[:1], DRAWS, axis=0))
    totals = {
        part: [
            getattr(
                draw(rows, posterior=same, horizon=HORIZON, discount_rate=RATE, generator=np.random.default_rng(1)),
                part,
            ).sum(axis=0)
            for draw in (fitted.draw_outcomes, fitted.draw_expectations)
        ]
        for part in ("purchases", "discounted_purchases", "discounted_alive")
    }
    for part, (outcomes, expectations) in totals.items():
        tolerance = STANDARD_ERRORS * np.sqrt((outcomes.var() + expectations.var()) / DRAWS)
        if abs(outcomes.mean() - expectations.mean()) > tolerance + ROUNDING:
            raise violation(
                name,
                "draw outcomes and expectations alike under the same parameters",
                f"`{part}` is {outcomes.mean():.5g} on average where {expectations.mean():.5g} are expected",
            )


def _check_futures(name: str, method: str, futures: FutureDraws, n: int) -> None:
    for part in ("purchases", "discounted_purchases", "discounted_alive"):
        values = getattr(futures, part)
        if values.shape != (n, DRAWS):
            raise violation(
                name, f"draw {n} customers x {DRAWS} draws", f"`{part}` of `{method}` has shape {values.shape}"
            )
        if not (np.isfinite(values) & (values >= 0)).all():
            raise violation(name, "draw finite futures of at least 0", f"`{part}` of `{method}` has others")
    if not _between(futures.discounted_purchases, 0.0, futures.purchases):
        raise violation(name, "discount purchases to less", f"`{method}` makes them more")


def _between(values: Array, low: Any, high: Any) -> bool:
    """Whether all values lie within bounds, up to rounding."""
    slack = ROUNDING * (1 + np.abs(high))
    return bool(((values >= low - slack) & (values <= high + slack)).all())
