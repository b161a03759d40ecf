"""Writes increments.csv: increments of ten CDNOW customers by brute force, each process with and without treatment.

Run by hand: python tests/oracles/make_increments.py (minutes). Of kundkarriar only the purchases are used. Latent rates
are drawn from their posterior, and both worlds of a customer read the same random numbers.
"""

import csv
from pathlib import Path

import numpy as np

import kundkarriar as kk

AS_OF = np.datetime64("1997-09-30")
DRAWS = 2_000_000
EDGES, TREATED, HORIZON = np.array([0.0, 13.0, 30.0, 39.0, 52.0]), np.array([1, 0, 1, 0], dtype=bool), 52.0
LEAVING, RETURNING = 0.7, 1.5
DELTA = np.log(1.1) / 52
MBG = {"r": 0.5248432, "alpha": 6.183085, "a": 0.8913595, "b": 1.614003}
PARETO = {"r": 0.5532772, "alpha": 10.57769, "s": 0.6062392, "beta": 11.66871}
SWITCHING = {"m1": -3.42, "s1": np.exp(0.14), "m2": -2.75, "s2": np.exp(0.19), "nu": np.exp(-3.6)}


def histories():
    """The purchase days of ten customers, from silent to frequent ones, in weeks since the first."""
    lines = kk.datasets.load_cdnow(sample=True)
    lines = lines[lines["date"] <= AS_OF]
    days = {
        customer: np.unique(own.to_numpy("datetime64[D]")) for customer, own in lines.groupby("customer_id")["date"]
    }
    order = sorted(days, key=lambda customer: (len(days[customer]), days[customer][-1], customer))
    for share in (0.1, 0.5, 0.65, 0.75, 0.85, 0.9, 0.95, 0.98, 0.995, 0.9999):
        customer = order[int(share * len(order))]
        own = days[customer]
        weeks = (own - own[0]).astype(int) / 7
        yield customer, weeks, (AS_OF - own[0]).astype(int) / 7


def treated_at(t):
    return TREATED[np.clip(np.searchsorted(EDGES, t, side="right") - 1, 0, len(TREATED) - 1)]


def mbg(weeks, T, generator):
    """Discounted purchases gained of a customer who may drop out after each, (DRAWS,)."""
    x, t_x = len(weeks) - 1, weeks[-1]
    r, alpha, a, b = MBG.values()
    chance = a / (b + x) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    alive = generator.random(DRAWS) < 1 / (1 + chance)
    rate, p = generator.gamma(r + x, size=DRAWS) / (alpha + T), generator.beta(a, b + x + 1, DRAWS)
    q = LEAVING * p / (1 - p + LEAVING * p)
    gained, t = np.zeros(DRAWS), np.zeros(DRAWS)
    state = [alive.copy(), alive.copy()]
    while len(going := np.flatnonzero((t < HORIZON) & state[1])):
        t[going] += generator.exponential(size=len(going)) / rate[going]
        going = going[t[going] < HORIZON]
        mark = generator.random(len(going))
        for sign, world, out in ((-1, 0, p[going]), (1, 1, np.where(treated_at(t[going]), q[going], p[going]))):
            here = state[world][going]
            gained[going] += sign * here * np.exp(-DELTA * t[going])
            state[world][going] = here & (mark > out)
    return gained


def pareto(weeks, T, generator):
    """Discounted purchases gained of a customer with a lifetime, (DRAWS,)."""
    x, t_x = len(weeks) - 1, weeks[-1]
    r, alpha, s, beta = PARETO.values()
    u = (np.arange(200_000) + 0.5) / 200_000 * (T - t_x) + t_x
    gone = s * np.mean((alpha + u) ** -(r + x) * (beta + u) ** -(s + 1)) * (T - t_x)
    here = (alpha + T) ** -(r + x) * (beta + T) ** -s
    alive = generator.random(DRAWS) < here / (here + gone)
    rate, leaving = generator.gamma(r + x, size=DRAWS) / (alpha + T), generator.gamma(s, size=DRAWS) / (beta + T)
    spent = generator.exponential(size=DRAWS) / leaving
    clock = np.concatenate([[0.0], np.cumsum(np.diff(EDGES) * np.where(TREATED, LEAVING, 1.0))])
    until, later = np.minimum(spent, HORIZON), np.interp(spent, clock, EDGES)
    gained, t = np.zeros(DRAWS), until.copy()
    while len(going := np.flatnonzero(alive & (t < later))):
        t[going] += generator.exponential(size=len(going)) / rate[going]
        going = going[t[going] < later[going]]
        gained[going] += np.exp(-DELTA * t[going])
    return gained


def silent(rate, leaving, nu, t):
    """Probability of no purchase within t and of being on, and off, at t, of a customer who is on; by eigenvalues."""
    middle, half = (rate + leaving + nu) / 2, np.sqrt(((rate + leaving - nu) / 2) ** 2 + leaving * nu)
    slow, fast = np.exp(-(middle - half) * t), np.exp(-(middle + half) * t)
    on = ((half - (rate + leaving - nu) / 2) * slow + (half + (rate + leaving - nu) / 2) * fast) / (2 * half)
    return on, leaving * (slow - fast) / (2 * half)


def returning(weeks, T, generator):
    """Discounted purchases gained of a customer who pauses and returns, (DRAWS,)."""
    nu = SWITCHING["nu"]
    log_rate, log_leaving = (
        mean + spread * np.linspace(-6, 7, 400)
        for mean, spread in ((SWITCHING["m1"], SWITCHING["s1"]), (SWITCHING["m2"], SWITCHING["s2"]))
    )
    z = [(each - SWITCHING[f"m{n}"]) / SWITCHING[f"s{n}"] for n, each in ((1, log_rate), (2, log_leaving))]
    rate, leaving = np.meshgrid(np.exp(log_rate), np.exp(log_leaving), indexing="ij")
    joint = -0.5 * (z[0][:, None] ** 2 + z[1][None] ** 2)
    for gap in np.diff(weeks):
        joint = joint + np.log(rate) + np.log(silent(rate, leaving, nu, gap)[0])
    on, off = silent(rate, leaving, nu, T - weeks[-1])
    share = np.concatenate([(np.exp(joint - joint.max()) * each).ravel() for each in (on, off)])
    node = generator.choice(len(share), DRAWS, p=share / share.sum())
    is_on = node < rate.size
    rate, leaving = rate.ravel()[node % rate.size], leaving.ravel()[node % rate.size]
    total = rate + leaving + nu * RETURNING
    gained, t, state = np.zeros(DRAWS), np.zeros(DRAWS), [is_on.copy(), is_on.copy()]
    while len(going := np.flatnonzero(t < HORIZON)):
        t[going] += generator.exponential(size=len(going)) / total[going]
        going = going[t[going] < HORIZON]
        mark = generator.random(len(going)) * total[going]
        act = treated_at(t[going])
        for sign, world, active in ((-1, 0, False), (1, 1, True)):
            off_at = rate[going] + leaving[going] * np.where(act & active, LEAVING, 1.0)
            on_at = total[going] - nu * np.where(act & active, RETURNING, 1.0)
            here = state[world][going]
            gained[going] += sign * (here & (mark < rate[going])) * np.exp(-DELTA * t[going])
            state[world][going] = np.where(here, (mark < rate[going]) | (mark >= off_at), mark >= on_at)
    return gained


if __name__ == "__main__":
    with Path(__file__).with_name("increments.csv").open("w") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["customer_id", "model", "increment", "error"])
        for customer, weeks, T in histories():
            for name, process in (("MBGNBD", mbg), ("ParetoNBD", pareto), ("ReturningNBD", returning)):
                gained = process(weeks, T, np.random.default_rng([customer, len(name)]))
                table.writerow([customer, name, f"{gained.mean():.7f}", f"{gained.std() / np.sqrt(DRAWS):.2g}"])
