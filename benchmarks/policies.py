"""Policies learnt on a real randomised mailing, on shuffled arms, on planted differences; coverage of their values.

    python benchmarks/policies.py [path to Hillstrom's mailing]

`Hillstrom`: margin .4, a mail costs .10 or .30; learnt on half of the customers, valued on the rest (by inverse
propensity and doubly robustly), 50 splits, beside the best single action learnt on the same rows. `shuffled`: arms
dealt anew, so that no group differs. `planted`: shuffled arms, and a mail that adds 1.35 of profit per customer in 40 %
of the base, the other mail elsewhere: as a constant, and as further buyers who spend as Hillstrom's do. `coverage`:
intervals of `policy.value` on other customers of a simulated shop with zero-inflated spend, 90 % of which are to hold
the truth. `speed`: a million customers, fitted, learnt and valued.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd

import kundkarriar as kk

PATH = "../shared/data/hillstrom_half.csv"
ARMS = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
MARGIN = 0.4
GROUPINGS: tuple[tuple[str, ...], ...] = (
    ("newbie", "channel"),
    ("history_segment",),
    ("zip_code", "newbie", "channel"),
    ("recency", "mens", "womens"),
    ("recency",),
    ("mens", "womens"),
)
CHANCES = {
    "equal arms": np.full((6, 3), 1 / 3),
    "unequal arms": np.tile([0.7, 0.2, 0.1], (6, 1)),
    "propensities": np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.3, 0.2, 0.5]] * 2),
}
SHARES = np.array([0.25, 0.25, 0.2, 0.15, 0.1, 0.05])
BUYERS = (
    np.linspace(0.6, 1.8, 6)[:, None] * np.array([0.006, 0.012, 0.009]) * np.array([[1, 0.6, 2], [1, 1.2, 0.6]] * 3)
)
LOG_SPEND, SPREAD = np.log(80), 0.8


def experiment(by: tuple[str, ...], **changes: Any) -> kk.Experiment:
    """The experiment on spend by arm."""
    return kk.Experiment(
        treatment="segment", control=ARMS[0], outcome="spend", outcome_is="revenue", by=by, window="2W", **changes
    )


def policy_of(mailing: pd.DataFrame, by: tuple[str, ...], cost: float = 0.1, **changes: Any) -> kk.Policy:
    """The policy learnt on these customers."""
    return experiment(by, **changes).fit(mailing).policy(margin=MARGIN, cost=cost)


def hillstrom(mailing: pd.DataFrame, splits: int = 50) -> None:
    """Beside the best single action and doing nothing, learnt on half, valued on the rest."""
    for by in GROUPINGS:
        for cost in (0.1, 0.3):
            rows = []
            for split in range(splits):
                order = np.random.default_rng(split).permutation(len(mailing))
                learnt, rest = (mailing.iloc[half] for half in np.array_split(order, 2))
                policy = policy_of(learnt, by, cost)
                value = policy.value(rest)
                ours, best, nothing = (
                    value[value["role"].str.contains(role)].iloc[0] for role in ("policy", "best", "nothing")
                )
                rows.append([
                    ours["value"] - best["value"], ours["ipw"] - best["ipw"], ours["value"], best["value"],
                    nothing["value"], policy.differs,
                ])  # fmt: skip
            robust, ipw, ours_mean, best_mean, nothing_mean, claims = np.mean(rows, axis=0)
            print(
                f"Hillstrom, {' x '.join(by)}, mail {cost:.2f}: policy {ours_mean:.3f}, best single {best_mean:.3f}, "
                f"do nothing {nothing_mean:.3f}; policy - best single {robust:+.4f} (ipw {ipw:+.4f}); claims a "
                f"difference in {claims * splits:.0f} of {splits}",
                flush=True,
            )


def dealt(mailing: pd.DataFrame, seed: int, customers: int = 16_000) -> tuple[pd.DataFrame, np.random.Generator]:
    """Customers with arms dealt anew."""
    rng = np.random.default_rng(seed)
    some = mailing.iloc[rng.permutation(len(mailing))[:customers]].reset_index(drop=True)
    return some.assign(segment=rng.permutation(np.resize(ARMS, customers))), rng


def shuffled(mailing: pd.DataFrame, times: int = 100) -> None:
    """False plans of arms that did nothing."""
    for by in GROUPINGS[:4]:
        false = sum(policy_of(dealt(mailing, seed)[0], by).differs for seed in range(times))
        print(f"shuffled, {' x '.join(by)}: a false plan in {false} of {times}", flush=True)


def planted(mailing: pd.DataFrame, draws: int = 30, added: float = 1.35) -> None:
    """Differences that are there."""
    spent = mailing["spend"][mailing["spend"] > 0].to_numpy()
    share = added / MARGIN / spent.mean()
    for by in ((), ("newbie",), ("newbie", "channel")):
        for how in ("constant", "buyers"):
            found = 0
            for seed in range(draws):
                some, rng = dealt(mailing, seed)
                first = rng.random(len(some)) < 0.4
                helped = some["segment"] == np.where(first, ARMS[1], ARMS[2])
                more = np.full(len(some), added / MARGIN)
                if how == "buyers":
                    more = np.where(rng.random(len(some)) < share, rng.choice(spent, len(some)), 0.0)
                some = some.assign(spend=some["spend"] + np.where(helped, more, 0.0), first=first)
                found += policy_of(some, ("first", *by)).differs
            print(f"planted, {how}, first {' x '.join(('', *by))}: found in {found} of {draws}", flush=True)


def shop(customers: int, chances: Any, rng: np.random.Generator) -> pd.DataFrame:
    """Customers of a simulated shop whose arms were drawn with these chances, (6, 3)."""
    group = rng.choice(6, customers, p=SHARES)
    arm = (rng.random(customers)[:, None] > chances[group].cumsum(axis=1)).sum(axis=1).clip(max=2)
    bought = rng.random(customers) < BUYERS[group, arm]
    return pd.DataFrame({
        "group": group, "segment": np.array(ARMS)[arm], "chance": chances[group, arm],
        "spend": np.where(bought, rng.lognormal(LOG_SPEND, SPREAD, customers), 0.0),
    })  # fmt: skip


def coverage(times: int = 400, customers: int = 16_000) -> None:
    """How often intervals of the value of a policy hold its truth."""
    truth = MARGIN * BUYERS * np.exp(LOG_SPEND + SPREAD**2 / 2) - np.array([0.0, 0.1, 0.1])
    for name, chances in CHANCES.items():
        probability = {
            "equal arms": None, "unequal arms": dict(zip(ARMS, chances[0], strict=True)), "propensities": "chance"
        }[name]  # fmt: skip
        learnt = shop(200_000, chances, np.random.default_rng(99))
        policy = policy_of(learnt, ("group",), probability=probability)
        at = [ARMS.index(action) for action in policy.actions]
        worth = float(SHARES @ truth[np.arange(6), at])
        beside = worth - float(SHARES @ truth[:, ARMS.index(policy.best_single)])
        held = np.zeros(3)
        for seed in range(times):
            row = policy.value(shop(customers, chances, np.random.default_rng(seed))).iloc[0]
            held += [
                row["low"] <= worth <= row["high"], row["ipw_low"] <= worth <= row["ipw_high"],
                row["difference_low"] <= beside <= row["difference_high"],
            ]  # fmt: skip
        robust, ipw, difference = held / times
        print(
            f"coverage, {name}, {customers:,} customers, policy {'differs' if policy.differs else 'is one action'}: "
            f"value {robust:.1%}, ipw {ipw:.1%}, difference {difference:.1%} of {times} hold the truth",
            flush=True,
        )


def speed(customers: int = 1_000_000) -> None:
    """Seconds for a million customers."""
    mailing = shop(customers, CHANCES["equal arms"], np.random.default_rng(1))
    start = time.perf_counter()
    fitted = experiment(("group",)).fit(mailing)
    fit = time.perf_counter()
    policy = fitted.policy(margin=MARGIN, cost=0.1)
    learnt = time.perf_counter()
    policy.value(mailing)
    print(
        f"speed, {customers:,} customers: fit {fit - start:.1f} s, policy {learnt - fit:.2f} s, value "
        f"{time.perf_counter() - learnt:.1f} s"
    )


def main() -> None:
    """Print all of them."""
    warnings.simplefilter("ignore", kk.DataWarning)
    mailing = pd.read_csv(sys.argv[1] if len(sys.argv) > 1 else PATH)
    speed()
    hillstrom(mailing)
    shuffled(mailing)
    planted(mailing)
    coverage()
    coverage(customers=4_000)


if __name__ == "__main__":
    main()
