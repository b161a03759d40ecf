"""Writes cnbd.csv: BG/CNBD-k and MBG/CNBD-k by direct integration over stage rate and dropout probability, 30 digits.

Run by hand: python tests/oracles/make_cnbd.py (ten minutes to half an hour). Nothing of kundkarriar is used, and none
of its formulas: given lambda and p stages are a Poisson process, so every probability is a sum of Poisson terms and
powers of 1 - p. Lambda (with its gamma) and p (with its beta) are then integrated by the trapezoidal rule in ln lambda
and logit p, which for such integrands converges faster than any power of the step. Discounting one stage at rate d is a
factor lambda / (lambda + d), after which the rest is Poisson with rate lambda + d.
"""

import csv
import sys
from pathlib import Path

import mpmath as mp
import numpy as np

SMALL = mp.mpf(-110)


def nodes(log_density, *, mode, step):
    """Points and weights of the trapezoidal rule around the mode, until the density has fallen by exp(-110)."""
    maximum = log_density(mode)
    points = [(mode, mp.mpf(1))]
    for direction in (1, -1):
        at = mode
        while True:
            at += direction * step
            fall = log_density(at) - maximum
            if fall < SMALL:
                break
            points.append((at, mp.exp(fall)))
    return points, maximum


def over_p(a, b, *, fine="0.1"):
    """Nodes p with weights, and the log of the weights' scale: the scaled weights add up to B(a, b)."""
    log_density = lambda y: -a * mp.log1p(mp.exp(-y)) - b * mp.log1p(mp.exp(y))  # noqa: E731
    step = min(mp.mpf(fine), 1 / (2 * mp.sqrt(1 / (1 / a + 1 / b))))
    points, maximum = nodes(log_density, mode=mp.log(a / b), step=step)
    pairs = [(1 / (1 + mp.exp(-y)), weight) for y, weight in points]
    return pairs, maximum + mp.log(step)


def over_rate(shape, rate, *, fine):
    """Nodes lambda with weights of lambda^shape exp(-rate lambda) d ln lambda, and the log of the weights' scale."""
    log_density = lambda y: shape * y - rate * mp.exp(y)  # noqa: E731
    step = min(mp.mpf(fine), 1 / (2 * mp.sqrt(shape)))
    points, maximum = nodes(log_density, mode=mp.log(shape / rate), step=step)
    return [(mp.exp(y), weight) for y, weight in points], maximum + mp.log(step)


def history(*, k, x, t_x, T, gap_log_sum, chances, r, alpha, a, b):
    """Log-likelihood, and log P(alive)."""
    since_last = T - t_x
    prior = r * mp.log(alpha) - mp.loggamma(r)
    density = prior + (k - 1) * gap_log_sum - x * mp.loggamma(k)
    # alive: fewer than k stages since the last purchase; exp(-lambda (T - t_x)) is in the kernel
    rates, log_scale = over_rate(r + k * x, alpha + T, fine="0.05")
    alive = log_scale + mp.log(
        sum(w * sum((rate * since_last) ** j / mp.factorial(j) for j in range(k)) for rate, w in rates)
    )
    rates, log_scale = over_rate(r + k * x, alpha + t_x, fine="0.05")
    dropped_out = log_scale + mp.log(sum(w for _, w in rates))
    one = over_p(a, b)
    mean_of = lambda pairs: mp.log(sum(w for _, w in pairs[0])) + pairs[1]  # noqa: E731
    alive += mean_of(over_p(a, b + chances)) - mean_of(one)
    if chances == 0:
        return density + alive, mp.mpf(0)
    dropped_out += mean_of(over_p(a + 1, b + chances - 1)) - mean_of(one)
    odds = mp.exp(dropped_out - alive)
    return density + alive + mp.log1p(odds), -mp.log1p(odds)


def future(*, k, x, t_x, T, chances, r, alpha, a, b, horizon, discount_rate):
    """Expectations given alive: sums over the n-th purchase."""
    since_last = T - t_x
    endless = mp.isinf(horizon)
    rates, _ = over_rate(r + k * x, alpha + T, fine="0.1" if endless else "0.04")
    # exp(-lambda since_last) is in the kernel
    done = [[weight * (rate * since_last) ** j / mp.factorial(j) for j in range(k)] for rate, weight in rates]
    total = sum(sum(weights) for weights in done)
    if endless:
        return lifelong([rate for rate, _ in rates], done, total, k=k, a=a, b=b + chances, discount_rate=discount_rate)
    fastest = max(rate for rate, weight in rates if weight > mp.mpf(10) ** -28)
    most = 4 + int((fastest + discount_rate) * horizon * mp.mpf("1.3") + 60) // k
    due, exact, discounted = ([mp.mpf(0)] * (most + 1) for _ in range(3))
    for (rate, _), weights in zip(rates, done, strict=True):
        terms, slow = stages(rate * horizon, k * most + k)
        _, fast = stages((rate + discount_rate) * horizon, k * most + k)
        kept = [(rate / (rate + discount_rate)) ** m for m in range(k * most + 1)]
        for j in range(k):
            exact[0] += weights[j] * sum(terms[: k - j])
            for n in range(1, most + 1):
                m = k * n - j
                due[n] += weights[j] * slow[m]
                exact[n] += weights[j] * sum(terms[m : m + k])
                discounted[n] += weights[j] * kept[m] * fast[m]
    due, exact, discounted = ([value / total for value in values] for values in (due, exact, discounted))
    survival, dropout = powers(a, b + chances, most)
    dropped_out = sum(dropout[n] * due[n] for n in range(1, most + 1))
    alive = sum(survival[n] * exact[n] for n in range(most + 1))
    assert abs(1 - dropped_out - alive) < mp.mpf(10) ** -18
    spell = (1 - mp.exp(-discount_rate * horizon)) / discount_rate
    return {
        "purchases": sum(survival[n - 1] * due[n] for n in range(1, most + 1)),
        "still_alive": alive,
        "p_leaves": dropped_out,
        "p_purchase": due[1],
        **{f"p_{n}": survival[n] * exact[n] + (dropout[n] * due[n] if n else 0) for n in range(4)},
        "discounted_purchases": sum(survival[n - 1] * discounted[n] for n in range(1, most + 1)),
        "discounted_alive": spell * alive
        + sum(dropout[n] * (due[n] - discounted[n]) for n in range(1, most + 1)) / discount_rate,
    }


def lifelong(rates, done, total, *, k, a, b, discount_rate):
    """Discounted over an infinite horizon: a geometric series of gaps for each lambda and p."""
    pairs, _ = over_p(a, b, fine="0.2")
    whole = sum(w for _, w in pairs)
    purchases = alive = mp.mpf(0)
    for rate, weights in zip(rates, done, strict=True):
        stage = rate / (rate + discount_rate)
        first, gap = sum(weights[j] * stage ** (k - j) for j in range(k)), stage**k
        if sum(weights) < mp.mpf(10) ** -32 * total:
            continue
        series = sum(w / (1 - (1 - p) * gap) for p, w in pairs) / whole
        mean_dropout = sum(w * p / (1 - (1 - p) * gap) for p, w in pairs) / whole
        purchases += first * series
        alive += (sum(weights) - first * mean_dropout) / discount_rate
    answers = {"discounted_purchases": purchases / total, "discounted_alive": alive / total}
    rest = ("purchases", "still_alive", "p_leaves", "p_purchase", "p_0", "p_1", "p_2", "p_3")
    return {**dict.fromkeys(rest, mp.nan), **answers}


def stages(mean, most):
    """P(exactly m stages) and P(at least m), m = 0 to most, the latter added up from the far end."""
    term, terms = mp.exp(-mean), []
    for m in range(most + 1):
        terms.append(term)
        term *= mean / (m + 1)
    beyond, m = term, most + 1
    while m < mean or term > terms[-1] * mp.mpf(10) ** -35:
        term *= mean / (m + 1)
        beyond += term
        m += 1
    tails = []
    for value in reversed(terms):
        beyond += value
        tails.append(beyond)
    return terms, tails[::-1]


def powers(a, b, most):
    """E[(1 - p)^n] and E[p (1 - p)^(n - 1)] for n = 0 to most."""
    pairs, _ = over_p(a, b)
    whole = sum(w for _, w in pairs)
    survival, dropout = [mp.mpf(0)] * (most + 1), [mp.mpf(0)] * (most + 1)
    for p, w in pairs:
        share = w / whole
        for n in range(most + 1):
            survival[n] += share
            if n < most:
                dropout[n + 1] += p * share
            share *= 1 - p
    return survival, dropout


def customers():
    generator = np.random.default_rng(20261122)
    for number in range(54):
        extreme = number % 4 == 3
        wide = 2.5 if extreme else 0.9
        k = int(generator.choice([1, 2, 3, 3, 5, 12]))
        x = int(generator.choice([0, 1, 5, 40, 120] if extreme else [0, 0, 1, 2, 6, 15]))
        r, a, b = np.exp(generator.uniform(-wide, wide, 3))
        alpha, T = np.exp(generator.uniform(0.5, 3)), generator.uniform(5, 60)
        a = 1.0 if number % 12 == 4 else a
        gaps = generator.gamma(k, size=x)
        t_x = T * generator.uniform(0.2, 1.0) if x else 0.0
        gaps = gaps / gaps.sum() * t_x
        horizon = float(generator.choice([1, 4, 52, 52])) if number < 48 else np.inf
        given = {
            "model": "BG" if number % 2 else "MBG",
            "k": k,
            "x": x,
            "t_x": t_x,
            "T": T,
            "gap_log_sum": float(np.log(gaps).sum()),
            "r": r,
            "alpha": alpha,
            "a": a,
            "b": b,
            "horizon": horizon,
            "discount_rate": float(generator.choice([0.0018, 0.05])),
        }
        yield given


def row(given):
    exact = {name: mp.mpf(float(value)) for name, value in given.items() if name not in {"model", "k", "x"}}
    exact |= {"k": given["k"], "x": given["x"], "chances": given["x"] + (given["model"] == "MBG")}
    ahead = {name: exact.pop(name) for name in ("horizon", "discount_rate")}
    log_likelihood, log_p_alive = history(**exact)
    exact.pop("gap_log_sum")
    answers = {"log_likelihood": log_likelihood, "log_p_alive": log_p_alive, **future(**exact, **ahead)}
    plain = {name: value if isinstance(value, str | int) else repr(float(value)) for name, value in given.items()}
    return plain | {name: mp.nstr(value, 20) for name, value in answers.items()}


def main():
    mp.mp.dps = 40
    rows = []
    for number, given in enumerate(customers()):
        rows.append(row(given))
        sys.stderr.write(f"{number} {given['k']} {given['x']}\n")
    with (Path(__file__).parent / "cnbd.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
