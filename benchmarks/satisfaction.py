"""Whether the odds ratios of `kk.satisfaction_effects` find what satisfaction does, and nothing where it does nothing.

    python benchmarks/satisfaction.py [replications] [customers] [case ...]

Customers buy by MBG/NBD for two years and a half, as CDNOW's do. Each has a satisfaction from 1 to 5. After a purchase
a customer is asked with probability .3 and complains with a probability that falls with satisfaction, so that heavy
buyers are asked more often, and complain more often, than others.

- null: nothing depends on satisfaction. Printed is the share of 90 % intervals that cover 1.
- latent: a point of satisfaction multiplies the odds of dropping out at each purchase by .6. The odds ratio of leaving
  has no closed form: it is that of a base of 60 times as many customers. Printed is the share of intervals that cover
  that, and the share that lies wholly on the right side of 1.

- complaint, satisfaction: who leaves after 1997-12-31 is drawn at the true log odds of no purchase, to which a
  complaint within the 12 months before adds ln 2, or a point of mean satisfaction ln .8: these are the odds ratios. One
  origin. Not both at once: customers who complain are less satisfied, and each event has a regression of its own.

A naive comparison, the odds ratio of leaving of those who answered against others without regard to purchases, stands
beside each.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandas as pd
from scipy.special import expit, logit

import kundkarriar as kk

START, AS_OF, DAYS = pd.Timestamp("1996-01-01"), "1998-06-30", 911
r, alpha, a, b = 0.9, 6.0, 0.9, 2.2
ASKED, COMPLAINS = 0.3, 0.12
FACTORS = {"null": 1.0, "latent": 0.6}
TIMES = 60
ORIGIN = pd.Timestamp("1997-12-31")
PLANTED = {"complaint": ("any", 2.0), "satisfaction": ("point", 0.8)}
PROCESS = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=r, alpha=alpha, a=a, b=b), period="W")


def simulated(n: int, factor: float, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Transactions and events of n customers; a point of satisfaction multiplies the odds of dropout by `factor`."""
    satisfaction = rng.integers(1, 6, n)
    rate = rng.gamma(r, 1 / alpha, n) / 7
    odds = rng.gamma(a, size=n) / rng.gamma(b, size=n) * factor ** (satisfaction - 3)
    day = rng.integers(0, 365, n).astype(float)
    alive, rows = np.arange(n), []
    while len(alive):
        rows.append(np.column_stack([alive, day[alive]]))
        alive = alive[rng.random(len(alive)) > (odds / (1 + odds))[alive]]
        day[alive] += rng.exponential(1 / np.maximum(rate[alive], 1e-12))
        alive = alive[day[alive] <= DAYS]
    customer, bought = np.concatenate(rows).T
    orders = pd.DataFrame({"customer_id": customer.astype(int), "date": START + pd.to_timedelta(bought // 1, "D")})
    orders = orders.assign(amount=10.0)
    own = satisfaction[orders["customer_id"]]
    asked, complains = (rng.random(len(orders)) < p for p in (ASKED, COMPLAINS * 0.7 ** (own - 3)))
    value = np.clip(own + rng.integers(-1, 2, len(orders)), 1, 5)
    events = pd.concat(
        [
            orders.loc[asked, ["customer_id", "date"]].assign(event="satisfaction", value=value[asked] * 1.0),
            orders.loc[complains, ["customer_id", "date"]].assign(event="complaint", value=np.nan),
        ]
    )
    return orders, events


def planted(n: int, event: str, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same until the origin, and after it a purchase of each customer who does not leave."""
    orders, events = simulated(n, 1.0, rng)
    known = orders[orders["date"] <= ORIGIN]
    summary = kk.summarize(known, as_of=ORIGIN, period="W")
    half_a_year = kk.Period.of("6M").in_units("W")
    p = PROCESS.predict(summary, horizon=half_a_year, also=["p_purchase"])["p_purchase"]
    recent = events[(events["date"] > ORIGIN - pd.DateOffset(years=1)) & (events["date"] <= ORIGIN)]
    ids = summary["customer_id"]
    mean = recent.groupby("customer_id")["value"].mean().reindex(ids).to_numpy()
    complained = ids.isin(recent.loc[recent["event"] == "complaint", "customer_id"]).to_numpy()
    more = complained if event == "complaint" else np.nan_to_num(mean - 3)
    added = more * np.log(PLANTED[event][1])
    stays = ids[rng.random(len(ids)) > expit(logit(1 - p) + added)]
    later = pd.DataFrame({"customer_id": stays, "date": ORIGIN + pd.Timedelta(days=90), "amount": 10.0})
    return pd.concat([known, later], ignore_index=True), events


def effects(n: int, case: str, rng: np.random.Generator) -> pd.DataFrame:
    """The table of a simulated base."""
    orders, events = planted(n, case, rng) if case in PLANTED else simulated(n, FACTORS[case], rng)
    history = kk.CustomerLadder.groups().history(orders, as_of=AS_OF, events=events)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        table = kk.satisfaction_effects(history, origins=1 if case in PLANTED else 3).table()
    indexed: pd.DataFrame = table.set_index(["event", "measure", "outcome"])
    return indexed


def naive(n: int, rng: np.random.Generator) -> float:
    """The odds ratio of leaving of those who answered, without regard to purchases, where nothing depends on it."""
    orders, events = simulated(n, 1.0, rng)
    origin = pd.Timestamp("1997-12-31")
    known = orders[orders["date"] <= origin]["customer_id"].unique()
    left = ~np.isin(known, orders[orders["date"] > origin]["customer_id"])
    answers = events[(events["event"] == "satisfaction") & (events["date"] <= origin)]
    answered = np.isin(known, answers[answers["date"] > "1996-12-31"]["customer_id"])
    counts = [(left[each].sum(), (~left[each]).sum()) for each in (answered, ~answered)]
    return float(counts[0][0] / counts[0][1] / (counts[1][0] / counts[1][1]))


def main() -> None:
    """Print a line for each measure and outcome, of both cases."""
    given, cases = sys.argv[1:3], sys.argv[3:] or [*FACTORS, *PLANTED]
    times, n = (int(each) for each in (*given, *("200", "2000")[len(given) :]))
    rng = np.random.default_rng(18)
    print(f"naive odds ratio of leaving where nothing depends on satisfaction: {naive(20 * n, rng):.2f}")
    for case in cases:
        began = time.perf_counter()
        truth = effects(TIMES * n, case, rng)["odds_ratio"] if case == "latent" else None
        tables = [effects(n, case, rng) for _ in range(times)]
        for key in [(case, PLANTED[case][0], "leaving")] if case in PLANTED else tables[0].index:
            rows = pd.DataFrame([each.loc[[key]].iloc[0] for each in tables if key in each.index])
            true = PLANTED[case][1] if case in PLANTED else 1.0 if truth is None else truth[key]
            low, high = rows["low"].astype(float), rows["high"].astype(float)
            covered, apart = (low <= true) & (true <= high), (low > 1) | (high < 1)
            middle = np.exp(np.log(rows["odds_ratio"].astype(float)).mean())
            print(
                f"{case:7s} {' '.join(key):38s} true {true:.3f}, mean {middle:.3f}, covers {covered.mean():.3f}, "
                f"excludes 1 {apart.mean():.3f}"
            )
        print(f"{case}: {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
