"""Writes cnbd_extremes.csv: BG/CNBD-k and MBG/CNBD-k at parameters from e^-28 to e^28, 50 digits and more.

Run by hand: python tests/oracles/make_cnbd_extremes.py (three minutes). Nothing of kundkarriar is used. Given the
dropout probability p, the expectations are sums over the k roots of unity (see `given`). Their digits are doubled until
20 are correct, and they are integrated over logit p by the trapezoidal rule, halved until 15 digits agree. Where few
stages matter they are also summed over the number of stages: the two must agree to 1e-14. Lifelong discounted numbers
are integrals over the stage rate and over p.
"""

import csv
import sys
from pathlib import Path

import mpmath as mp
import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

from beta_truths import over_beta  # noqa: E402 - benchmarks are no package

mp.mp.dps = 50
STAGES = 3000
COLUMNS = ("model", "k", "x", "t_x", "T", "gap_log_sum", "r", "alpha", "a", "b", "horizon", "discount_rate")


def log_rising(start, steps):
    return mp.loggamma(start + steps) - mp.loggamma(start)


def given(y, *, s, z, done, least):
    """Probability of being alive, and expected purchases, given logit p and weights `done` of the stages done.

    With u = 1 - p and sigma one of the k roots of u, a customer whose stages are negative binomial of odds z is alive
    with chance: the sum over sigma of p / (k u) sigma / (1 - sigma) (1 + z (1 - sigma))^-s (sigma / (1 + ...))^done.
    """
    k, digits = len(done), mp.mp.dps
    while True:
        with mp.workdps(digits + 10):
            p, u = 1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y))
            log_u = -mp.log1p(mp.exp(y))
            whole = mp.fsum(done)  # with these digits: done are exact
            alive = size = mp.mpf(0)
            for turn in range(k // 2 + 1):
                root = mp.exp(log_u / k) * mp.expjpi(2 * mp.mpf(turn) / k)
                away = 1 - root if turn else -mp.expm1(log_u / k)
                base = 1 + z * away
                fall = mp.log(base) if turn else mp.log1p(z * away)
                term = p / (k * u) * root / away * mp.exp(-s * fall) * mp.polyval(done[::-1], root / base)
                term *= 1 if turn in (0, k / 2) else 2
                alive += mp.re(term)
                size += abs(term)
            alive, size = alive / whole, size / whole
            rest = alive if least == "alive" else 1 - alive
            if rest > max(size, mp.mpf(least == "bought")) * mp.mpf(10) ** (20 - digits):
                return alive if least == "alive" else rest / p
        digits *= 2


def by_roots(*, s, z, done, a, b):
    k = len(done)
    steep = max((1 + s) * z, (1 + s * z / (1 + z)) ** k)
    return [
        over_beta(lambda y: given(y, s=s, z=z, done=done, least=least), a=a, b=b, steep=steep)  # noqa: B023
        for least in ("alive", "bought")
    ]


def by_stages(*, s, z, done, a, b):
    """The same, summed over the number of stages; None where there are too many."""
    if z * (s + 90) > STAGES:
        return None
    k, survival, bought, whole = len(done), mp.mpf(0), mp.mpf(0), mp.fsum(done)
    for j, weight in enumerate(done):
        q, share = s + j, z / (1 + z)
        chance, purchases, survives, expected, stage = mp.exp(-q * mp.log1p(z)), 0, mp.mpf(1), mp.mpf(0), 0
        mine = [mp.mpf(0), mp.mpf(0)]
        while True:
            if stage and (stage + j) % k == 0:
                expected += survives
                survives *= (b + purchases) / (a + b + purchases)
                purchases += 1
            mine[0] += chance * survives
            mine[1] += chance * expected
            falls = (q + stage) * share < stage + 1
            if falls and purchases and chance * (stage + 1) * (1 + z) < mp.mpf(10) ** -25 * min(mine):
                break
            chance *= (q + stage) / (stage + 1) * share
            stage += 1
        survival, bought = survival + weight * mine[0], bought + weight * mine[1]
    return [survival / whole, bought / whole]


def counts(*, s, z, done, a, b):
    """Probabilities of at least one purchase, and of 0, 1, 2."""
    k, exactly = len(done), [mp.mpf(0)] * 3
    whole = mp.fsum(done)
    with mp.workdps(60 + int(3 * k * max(0, -mp.log10(z)))):
        some = mp.mpf(0)
        for j, weight in enumerate(done):
            q, chance, blocks = s + j, mp.exp(-(s + j) * mp.log1p(z)), [mp.mpf(0)]
            for stage in range(3 * k - j):
                blocks[-1] += chance
                chance *= (q + stage) / (stage + 1) * z / (1 + z)
                if (stage + 1 + j) % k == 0:
                    blocks.append(mp.mpf(0))
            survival = [mp.exp(log_rising(b, n) - log_rising(a + b, n)) for n in range(3)]
            due = [1 - mp.fsum(blocks[:n]) for n in range(4)]
            some += weight * due[1]
            for n in range(3):
                dropout = survival[n - 1] * a / (a + b + n - 1) * due[n] if n else 0
                exactly[n] += weight * (survival[n] * blocks[n] + dropout)
    return [part / whole for part in (some, *exactly)]


def lifelong(*, s, rate, since_last, k, a, b, discount_rate):
    """Discounted purchases and time alive: over the stage rate, the inner mean over p."""
    with mp.workdps(30):

        def log_kernel(y):
            lam = mp.exp(y)
            return s * y - rate * lam + mp.log(mp.fsum((lam * since_last) ** j / mp.factorial(j) for j in range(k)))

        def worth(lam):
            stage = lam / (lam + discount_rate)
            weights = [(lam * since_last) ** j / mp.factorial(j) for j in range(k)]
            first = mp.fsum(w * stage ** (k - j) for j, w in enumerate(weights)) / mp.fsum(weights)
            gap, rest = stage**k, -mp.expm1(k * mp.log1p(-discount_rate / (lam + discount_rate)))

            def series(y):
                return 1 / (rest + gap / (1 + mp.exp(-y)))

            def waits(y):
                p, u = 1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y))
                spent = [-mp.expm1((k - j) * mp.log1p(-discount_rate / (lam + discount_rate))) for j in range(k)]
                own = mp.fsum(w * part for w, part in zip(weights, spent, strict=True)) / mp.fsum(weights)
                return (p * own + u * rest) / (rest + gap * p)

            beta = {"a": a, "b": b, "steep": gap / rest}
            return first * over_beta(series, **beta), over_beta(waits, **beta) / discount_rate

        mode = mp.findroot(lambda y: mp.diff(log_kernel, y), mp.log((s + k / 2) / rate))
        step = min(mp.mpf("0.15"), mp.mpf("0.4") / mp.sqrt(s + k))
        maximum, mass, totals = log_kernel(mode), mp.mpf(0), [mp.mpf(0), mp.mpf(0)]
        for way in (-1, 1):
            at = mode if way > 0 else mode - step
            while (fall := log_kernel(at) - maximum) > -36:
                mass += mp.exp(fall)
                totals = [old + mp.exp(fall) * new for old, new in zip(totals, worth(mp.exp(at)), strict=True)]
                at += way * step
        return [total / mass for total in totals]


def row(case):
    model, k = case["model"], case["k"]
    x, t_x, T, gaps, r, alpha, a, b, h = (mp.mpf(case[name]) for name in COLUMNS[2:11])
    chances, s, rate = x + (model == "MBG"), r + k * x, alpha + T
    bought = (k - 1) * gaps - x * mp.loggamma(k) + log_rising(r, k * x) + r * mp.log(alpha)
    weights = [mp.rf(s, j) / mp.factorial(j) * ((T - t_x) / rate) ** j for j in range(k)]
    whole = mp.fsum(weights)
    log_likelihood = log_rising(b, chances) - log_rising(a + b, chances)
    alive, total, later = mp.log(whole) - s * mp.log(rate), 0, b + chances
    odds = a / (b + chances - 1) * mp.exp(-s * mp.log(alpha + t_x) - alive) if chances else mp.mpf(0)
    total = bought + log_likelihood + alive + mp.log1p(odds)
    answers = {"log_likelihood": total, "log_p_alive": -mp.log1p(odds)}
    known = {"s": s, "z": h / rate, "done": weights, "a": a, "b": later}
    answers |= dict(zip(("p_purchase", "p_0", "p_1", "p_2"), counts(**known), strict=True))
    survival, purchases = by_roots(**known)
    summed = by_stages(**known)
    for one, other in zip((survival, purchases), summed or (), strict=False):
        assert abs(one - other) < mp.mpf(10) ** -14 * abs(one), (case, one, other)
    answers |= {"still_alive": survival, "expected_purchases": purchases}
    names = ("discounted_purchases", "discounted_alive")
    d = case["discount_rate"]
    ahead = [mp.nan] * 2
    if d:
        ahead = lifelong(s=s, rate=rate, since_last=T - t_x, k=k, a=a, b=later, discount_rate=mp.mpf(d))
    answers |= dict(zip(names, ahead, strict=True))
    plain = {name: value if isinstance(value, str | int) else repr(float(value)) for name, value in case.items()}
    return plain | {"summed": int(summed is not None)} | {name: mp.nstr(value, 20) for name, value in answers.items()}


def customer(generator, *, number, **fixed):
    k = (1, 2, 3, 6)[number % 4]
    r, alpha, a, b = np.exp(generator.uniform(-28, 28, 4)).tolist()
    x = int(generator.choice([0, 1, 12, 200]))
    T, horizon = np.exp(generator.uniform(0, np.log(10_000), 2)).tolist()
    t_x = float(T * generator.choice([generator.random(), 1e-3, 1 - 1e-4])) if x else 0.0
    case = {"model": "BG" if number % 2 else "MBG", "k": k, "x": x, "t_x": t_x, "T": T, "r": r, "alpha": alpha}
    case |= {"a": a, "b": b, "horizon": horizon, "discount_rate": 0.0} | fixed
    gaps = generator.gamma(case["k"], size=case["x"])
    gap_log_sum = float(np.log(gaps / gaps.sum() * case["t_x"]).sum()) if case["x"] else 0.0
    return case | {"gap_log_sum": gap_log_sum}


def customers():
    generator = np.random.default_rng(20261129)
    for number in range(40):
        yield customer(generator, number=number)
    steady = {"x": 13, "t_x": 52.0, "T": 55.0, "horizon": 52.0, "r": 7.5e11, "alpha": 1e12}
    for number, fixed in enumerate(
        (
            steady | {"a": 1e-12, "b": 1.0},
            steady | {"a": 1e-8, "b": 1.0},
            steady | {"a": 1e12, "b": 1e12},
            steady | {"a": 1e-12, "b": 1e-12, "x": 0, "t_x": 0.0},
            steady | {"a": 1e12, "b": 1.0},
            steady | {"a": 0.5, "b": 1e-12, "x": 0, "t_x": 0.0, "model": "BG"},
            steady | {"alpha": 1.0, "a": 0.5, "b": 3.0},
            steady | {"alpha": 1.0, "a": 1e-6, "b": 1e3},
            steady | {"r": 1e-12, "alpha": 1e-12, "x": 0, "t_x": 0.0, "T": 1.0, "horizon": 1e12, "a": 0.5, "b": 2.0},
            steady | {"r": 2.0, "alpha": 1.0, "horizon": 1e12, "a": 0.3, "b": 2.0},
            steady | {"r": 2.0, "alpha": 1.0, "horizon": 1e-12, "a": 0.3, "b": 2.0},
            steady | {"r": 1e6, "alpha": 1.3e6, "horizon": 5000.0, "a": 1e-3, "b": 1e2},
            steady | {"r": 6e11, "alpha": 2e-6, "x": 0, "t_x": 0.0, "T": 97.0, "a": 1.4, "b": 7.0, "model": "MBG"},
            steady | {"r": 300.0, "alpha": 1e-10, "T": 1e-9, "t_x": 5e-10, "horizon": 1e4, "a": 1e-9, "b": 80.0},
            steady | {"r": 1.5e11, "alpha": 1e-6, "x": 0, "t_x": 0.0, "T": 1e-6, "horizon": 3e5, "a": 1e-5, "b": 4e-11},
        )
    ):
        yield customer(generator, number=number + 1, **fixed)
    for number in range(8):
        wide = {"r": float(np.exp(generator.uniform(-2, 18))), "alpha": float(np.exp(generator.uniform(-2, 18)))}
        yield customer(generator, number=number, **wide, discount_rate=(0.002, 1e-12)[number // 4])


def main():
    rows = []
    for number, case in enumerate(customers()):
        rows.append(row(case))
        sys.stderr.write(f"{number} {case['k']}\n")
    with Path(__file__).with_name("cnbd_extremes.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
