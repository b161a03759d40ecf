"""Prints the hard points of test_pareto_nbd_predictions.py: Pareto/NBD by mpmath, 50 digits, in two independent ways.

Run by hand: python tests/oracles/make_pareto_nbd_hard_points.py. One way is direct integration, the other the closed
form with 2F1 (Fader & Hardie 2005, "A note on deriving the Pareto/NBD model"), for alpha < beta.
"""

import mpmath as mp


def odds_by_integration(*, x, t_x, T, r, alpha, s, beta):
    p = r + x

    def density(v):
        t = t_x + mp.exp(v)
        power = p * mp.log((alpha + T) / (alpha + t)) + s * mp.log((beta + T) / (beta + t))
        return mp.exp(v) * s / (beta + t) * mp.exp(power)

    last = mp.log(T - t_x)
    return mp.quad(density, [last - k for k in range(110, -1, -1)], method="gauss-legendre")


def odds_by_2f1(*, x, t_x, T, r, alpha, s, beta):
    total = r + s + x

    def part(t):
        z = (beta - alpha) / (beta + t)
        return mp.hyp2f1(total, r + x, total + 1, z) / (beta + t) ** total

    return s / total * (part(t_x) - part(T)) * (alpha + T) ** (r + x) * (beta + T) ** s


def log_likelihood(odds, *, x, t_x, T, r, alpha, s, beta):  # noqa: ARG001 - t_x is in the odds of dropout
    alive = -(r + x) * mp.log(alpha + T) + s * mp.log(beta / (beta + T))
    return mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + alive + mp.log1p(odds)


def main():
    mp.mp.dps = 50
    for history in (("500", "1", "37"), ("50", "4", "37")):
        words = (*history, "10.465", "0.00798565181", "3.0516", "2.820")
        given = dict(zip(("x", "t_x", "T", "r", "alpha", "s", "beta"), map(mp.mpf, words), strict=True))
        for method in (odds_by_integration, odds_by_2f1):
            odds = method(**given)
            numbers = (log_likelihood(odds, **given), 1 / (1 + odds), -mp.log1p(odds))
            print(method.__name__, history, *(mp.nstr(number, 15) for number in numbers))  # noqa: T201


if __name__ == "__main__":
    main()
