"""Extreme customers of extreme parameters: is every number finite, and how far is it from the truth?

    python benchmarks/extremes.py [cases] [sample] [model ...]

By default 10,000 random cases of each model: up to 1,000 repeat purchases, ages and horizons of 1 to 10,000 periods,
each parameter between e^-6 and e^6; the last purchase anywhere, right after the first or right before now. A sample of
500 is held against 80 digits (benchmarks/truths.py). The error is
|ours - truth| / max(|truth|, floor), with a floor of 1 for log-likelihoods and 1e-300 for all else.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import truths
from attrs import frozen

import kundkarriar as kk
from kundkarriar.history.purchase_rows import PurchaseRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CASES, SAMPLE, SEED = 10_000, 500, 20261122
EFOLDS = 6.0
FLOORS = {"log_likelihood": 1.0}


@frozen(kw_only=True)
class Subject:
    """A model, what it is asked, and what the answer should be."""

    family: Any
    truth: Callable[[Mapping[str, Any]], truths.Truth]
    parameters: tuple[str, ...]

    def numbers(self, case: Mapping[str, float]) -> dict[str, float]:
        """Ours, of one case."""
        rows = PurchaseRows(x=[case["x"]], t_x=[case["t_x"]], T=[case["T"]], weights=[1.0])
        params = {name: case[name] for name in self.parameters}
        family, h = self.family, case["horizon"]
        answers = {
            "log_likelihood": family.log_likelihood(rows, params),
            "log_p_alive": family.log_p_alive(rows, params),
            "still_alive": family.still_alive(rows, params, t=h),
            "expected_purchases": family.expected_purchases(rows, params, period="W", horizon=h),
            "p_purchase": family.p_purchase(rows, params, horizon=h),
        }
        return {name: float(values[0]) for name, values in answers.items()}


def subjects() -> dict[str, Subject]:
    """Every model, by name."""
    return {
        "NBD": Subject(family=kk.FittedNBD.family, truth=truths.nbd, parameters=("r", "alpha")),
        "BG/NBD": Subject(
            family=kk.FittedBGNBD.family,
            truth=lambda case: truths.geometric(case, first=0),
            parameters=("r", "alpha", "a", "b"),
        ),
        "MBG/NBD": Subject(
            family=kk.FittedMBGNBD.family,
            truth=lambda case: truths.geometric(case, first=1),
            parameters=("r", "alpha", "a", "b"),
        ),
        "Pareto/NBD": Subject(
            family=kk.FittedParetoNBD.family, truth=truths.pareto, parameters=("r", "alpha", "s", "beta")
        ),
    }


def cases(parameters: tuple[str, ...], n: int) -> Iterator[dict[str, float]]:
    """Random customers of random parameters."""
    generator = np.random.default_rng(SEED)
    for _ in range(n):
        x = float(generator.choice([0, 1, round(np.exp(generator.uniform(0, np.log(1000))))]))
        T, horizon = np.exp(generator.uniform(0, np.log(10_000), 2))
        share = generator.choice([generator.random(), 1e-3 * generator.random(), 1 - 1e-3 * generator.random()])
        drawn = dict(zip(parameters, np.exp(generator.uniform(-EFOLDS, EFOLDS, len(parameters))).tolist(), strict=True))
        yield {"x": x, "t_x": float(share * T) if x else 0.0, "T": float(T), "horizon": float(horizon), **drawn}


def error(ours: float, truth: Any, *, floor: float) -> float:
    """|ours - truth| / max(|truth|, floor)."""
    if not np.isfinite(ours):
        return float("inf")
    return float(abs(mp.mpf(ours) - truth) / max(abs(truth), mp.mpf(floor)))


def main(names: list[str], *, n: int = CASES, sample: int = SAMPLE) -> None:
    """Print one line a model and number."""
    known = subjects()
    print(f"{n:,} cases a model, {sample} of them held against 80 digits")
    print(f"{'model':14} {'number':20} {'not finite':>10} {'largest error':>14} {'99 %':>10}")
    for name in names or list(known):
        subject = known[name]
        broken: dict[str, int] = {}
        errors: dict[str, list[float]] = {}
        worst: dict[str, tuple[float, Any]] = {}
        every = max(n // sample, 1)
        for number, case in enumerate(cases(subject.parameters, n)):
            ours = subject.numbers(case)
            truth = subject.truth({key: mp.mpf(value) for key, value in case.items()}) if number % every == 0 else {}
            for key, value in ours.items():
                broken[key] = broken.get(key, 0) + (not np.isfinite(value))
                if key in truth:
                    off = error(value, truth[key], floor=FLOORS.get(key, 1e-300))
                    errors.setdefault(key, []).append(off)
                    worst[key] = max(worst.get(key, (-1.0, None)), (off, number), key=lambda pair: pair[0])
        for key, count in broken.items():
            all_off = np.array(errors.get(key, [np.nan]))
            tail = f"{all_off.max():14.1e} {np.quantile(all_off, 0.99):10.1e}" if key in errors else ""
            print(f"{name:14} {key:20} {count:10,} {tail}   case {worst.get(key, (0, None))[1]}", flush=True)


if __name__ == "__main__":
    sizes = dict(zip(("n", "sample"), (int(word) for word in sys.argv[1:] if word.isdigit()), strict=False))
    main([word for word in sys.argv[1:] if not word.isdigit()], **sizes)
