"""Prints the values of test_hard_points.py: BG/NBD by mpmath, 50 digits, straight from eq. 6 of Fader et al. (2005).

Run by hand: python tests/oracles/make_hard_points.py
"""

import mpmath as mp


def main():
    mp.mp.dps = 50
    r, alpha, a, b = map(mp.mpf, ("10.465", "0.00798565181", "3.0516", "2.820"))
    for x, t_x, T in ((500, 1, 37), (50, 4, 37)):
        alive = mp.beta(a, b + x) / mp.beta(a, b) * (alpha + T) ** -(r + x)
        inactive = mp.beta(a + 1, b + x - 1) / mp.beta(a, b) * (alpha + t_x) ** -(r + x)
        log_likelihood = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + mp.log(alive + inactive)
        print((x, t_x, T), mp.nstr(log_likelihood, 16), mp.nstr(alive / (alive + inactive), 12))  # noqa: T201


if __name__ == "__main__":
    main()
