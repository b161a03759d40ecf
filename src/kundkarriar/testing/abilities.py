"""What a fitted purchase model can do beyond predicting, checked where it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from kundkarriar.history.summary.purchase_rows import read_purchase_rows
from kundkarriar.models.interface.protocols import CountsPurchases, Discounts, HasPosterior, Simulates
from kundkarriar.testing.both_kinds import columns_of
from kundkarriar.testing.broken import broken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kundkarriar.history.summary.purchase_rows import PurchaseRows
    from kundkarriar.models.interface.futures import Futures
    from kundkarriar.models.uncertainty.posterior import Posterior

HORIZON, RATE = 26.0, 0.002
DRAWS, COUNTED = 400, 300
ROUNDING = 1e-6
# A drawn total is off by luck, which the draws themselves measure, and by what separates the mean over a posterior
# from a prediction at its centre: 3.6 % where 300 customers leave the dropout of BG/NBD all but open.
LUCK, CURVATURE = 4.0, 0.05
FAR_TAIL = 1e4
"""Purchases that those above `COUNTED` may stand for: the tail counts as one more only."""


def check_abilities(fitted: Any, *, name: str, summary: Any, predicted: Mapping[str, NDArray[np.float64]]) -> None:
    """Check `Discounts`, `CountsPurchases`, `HasPosterior` and `Simulates` against predictions over 26 periods.

    Raises:
        AssertionError: a law is broken.
    """
    rows = read_purchase_rows(summary, need=name).rows
    if isinstance(fitted, Discounts):
        _discounts(fitted, name, rows, predicted)
    if isinstance(fitted, CountsPurchases):
        _counts(fitted, name, summary, predicted)
    posterior = _posterior(fitted, name) if isinstance(fitted, HasPosterior) else None
    if isinstance(fitted, Simulates) and posterior is not None:
        _simulates(fitted, name, rows, posterior, predicted)


def _discounts(fitted: Discounts, name: str, rows: PurchaseRows, predicted: Mapping[str, NDArray[np.float64]]) -> None:
    """What lies ahead agrees with what is predicted, and money later is worth no more than money now."""
    free = fitted.residual(rows, horizon=HORIZON, discount_rate=0.0)
    ahead = fitted.residual(rows, horizon=HORIZON, discount_rate=RATE)
    expected = free.p_alive * free.purchases
    laws = (
        ("give the `p_alive` it predicts", np.allclose(free.p_alive, predicted["p_alive"], rtol=ROUNDING)),
        (
            "expect p_alive x purchases where it predicts `expected_purchases`",
            np.allclose(expected, predicted["expected_purchases"], rtol=ROUNDING),
        ),
        (
            "leave purchases as they are at a discount rate of 0",
            np.allclose(free.discounted_purchases, free.purchases, rtol=1e-4),
        ),
        (
            "discount purchases to less, but by no more than the whole horizon's rate",
            _between(ahead.discounted_purchases, np.exp(-RATE * HORIZON) * free.purchases, free.purchases),
        ),
        ("keep p_purchase between 0 and 1", _between(free.p_purchase, 0.0, 1.0)),
        ("expect no fewer purchases than buyers", _between(free.p_purchase, 0.0, free.purchases)),
        ("keep p_leaves between 0 and 1", _between(free.p_leaves, 0.0, 1.0)),
        (
            "keep the discounted time alive between 0 and the horizon",
            _between(ahead.discounted_alive, 0.0, HORIZON),
        ),
    )
    for law, kept in laws:
        if not kept:
            raise broken(name, law, "its `residual` does not")


def _counts(fitted: CountsPurchases, name: str, summary: Any, predicted: Mapping[str, NDArray[np.float64]]) -> None:
    """The numbers of purchases are a distribution whose mean is what is predicted."""
    columns = columns_of(fitted.purchase_counts(summary, horizon=HORIZON, up_to=COUNTED))
    names = [*(f"p_{j}" for j in range(COUNTED + 1)), "p_more"]
    if lacking := [column for column in names if column not in columns]:
        raise broken(name, f"add `p_0` to `p_{COUNTED}` and `p_more`", f"`purchase_counts` lacks {lacking[:3]}")
    counts = np.array([columns[column] for column in names], dtype=np.float64).T
    if not (_between(counts, 0.0, 1.0) and _between(counts.sum(axis=1), 1.0, 1.0)):
        raise broken(name, "count purchases with probabilities that sum to 1", "`purchase_counts` does not")
    mean, expected = counts @ np.arange(counts.shape[1]), predicted["expected_purchases"]
    apart = np.abs(mean - expected) > ROUNDING * (1 + expected) + FAR_TAIL * counts[:, -1]
    if apart.any():
        first = int(np.flatnonzero(apart)[0])
        raise broken(
            name,
            "count as many purchases as it expects",
            f"the mean of `purchase_counts` is {mean[first]:.6g} where {expected[first]:.6g} are expected",
        )


def _posterior(fitted: HasPosterior, name: str) -> Posterior:
    """Draws that are finite, as many as asked, and the same for the same seed."""
    posterior = fitted.posterior(draws=DRAWS, seed=1)
    if len(posterior) != DRAWS:
        raise broken(name, f"draw as often as asked, {DRAWS} times", f"it draws {len(posterior)} times")
    if not np.isfinite(posterior.values).all():
        raise broken(name, "draw finite parameters", "some are not")
    if not posterior.equals(fitted.posterior(draws=DRAWS, seed=1)):
        raise broken(name, "draw the same for the same seed", "two posteriors with seed=1 differ")
    if posterior.equals(fitted.posterior(draws=DRAWS, seed=2)):
        raise broken(name, "draw anew for another seed", "seed=1 and seed=2 give the same posterior")
    return posterior


def _simulates(
    fitted: Simulates,
    name: str,
    rows: PurchaseRows,
    posterior: Posterior,
    predicted: Mapping[str, NDArray[np.float64]],
) -> None:
    """Drawn futures are counts, and on average what is predicted."""
    for what, draw in (("draw_outcomes", fitted.draw_outcomes), ("draw_expectations", fitted.draw_expectations)):
        futures = draw(
            rows,
            posterior=posterior,
            horizon=HORIZON,
            discount_rate=RATE,
            generator=np.random.default_rng(1),
        )
        _futures(name, what, futures, len(rows))
        totals, expected = futures.purchases.sum(axis=0), predicted["expected_purchases"].sum()
        luck = LUCK * totals.std() / np.sqrt(DRAWS)
        if abs(totals.mean() - expected) > luck + CURVATURE * expected:
            raise broken(
                name,
                "draw what it predicts, on average",
                f"`{what}` brings {totals.mean():.4g} where {expected:.4g} are due",
            )
        if what == "draw_outcomes" and (futures.purchases != np.floor(futures.purchases)).any():
            raise broken(name, "draw whole purchases", "`draw_outcomes` has fractions")
    _one_world(fitted, name, rows, posterior)


def _one_world(fitted: Simulates, name: str, rows: PurchaseRows, posterior: Posterior) -> None:
    """Under one and the same parameters, what happens is on average what is expected: nothing but luck is between."""
    world = evolve(posterior, values=np.repeat(posterior.values[:1], DRAWS, axis=0))
    totals = {
        part: [
            getattr(
                draw(rows, posterior=world, horizon=HORIZON, discount_rate=RATE, generator=np.random.default_rng(1)),
                part,
            ).sum(axis=0)
            for draw in (fitted.draw_outcomes, fitted.draw_expectations)
        ]
        for part in ("purchases", "discounted_purchases", "discounted_alive")
    }
    for part, (happened, expected) in totals.items():
        luck = LUCK * np.sqrt((happened.var() + expected.var()) / DRAWS)
        if abs(happened.mean() - expected.mean()) > luck + ROUNDING:
            raise broken(
                name,
                "draw outcomes and expectations alike under the same parameters",
                f"`{part}` is {happened.mean():.5g} on average where {expected.mean():.5g} are expected",
            )


def _futures(name: str, what: str, futures: Futures, n: int) -> None:
    for part in ("purchases", "discounted_purchases", "discounted_alive"):
        values = getattr(futures, part)
        if values.shape != (n, DRAWS):
            raise broken(name, f"draw {n} customers x {DRAWS} draws", f"`{part}` of `{what}` has shape {values.shape}")
        if not (np.isfinite(values) & (values >= 0)).all():
            raise broken(name, "draw finite futures of at least 0", f"`{part}` of `{what}` has others")
    if not _between(futures.discounted_purchases, 0.0, futures.purchases):
        raise broken(name, "discount purchases to less", f"`{what}` makes them more")


def _between(values: NDArray[np.float64], low: Any, high: Any) -> bool:
    """Within bounds, up to rounding."""
    slack = ROUNDING * (1 + np.abs(high))
    return bool(((values >= low - slack) & (values <= high + slack)).all())
