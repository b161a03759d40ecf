"""The random assignment that leaves some of the customers to be treated untreated."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.planning.randomised_holdout import held_out
from kundkarriar.numerics.sampling.stable_hash import random_numbers, stable_hash


def drawn(n, *, seed=1, occasion="holdout in 2027"):
    return random_numbers(hashes=stable_hash(ids=np.arange(n)), seed=seed, occasion=occasion)


@given(st.lists(st.booleans(), max_size=60), st.floats(0, 1, exclude_max=True), st.integers(0, 9))
def test_the_share_is_kept_to_the_nearest_customer_but_never_none_and_never_all(would_be, share, seed):
    """Only customers to be treated are held out; of a single one, nobody."""
    treated = np.array(would_be, dtype=bool)
    held = held_out(treated=treated, number=drawn(len(treated), seed=seed), share=share)
    n, k = treated.sum(), held.sum()
    assert not (held & ~treated).any()
    if share == 0 or n < 2:
        assert k == 0
    else:
        assert 1 <= k <= n - 1
        assert abs(k - share * n) <= 0.5 or k in {1, n - 1}


def test_everyone_is_as_likely_to_be_held_out():
    """Over 2,000 seeds, each of ten customers is held out with the given share, and each pair equally often."""
    held = np.array([held_out(treated=np.ones(10, bool), number=drawn(10, seed=s), share=0.3) for s in range(2000)])
    assert (held.sum(axis=1) == 3).all()
    assert (np.abs(held.mean(axis=0) - 0.3) < 5 * np.sqrt(0.21 / 2000)).all()
    both = held.T.astype(float) @ held / 2000
    assert (np.abs(both[~np.eye(10, dtype=bool)] - 3 / 10 * 2 / 9) < 5 * np.sqrt(0.0622 / 2000)).all()


def test_the_draws_of_two_occasions_have_nothing_to_do_with_each_other():
    """Of 10,000, a tenth held out in one year and a tenth in the next share a tenth of a tenth."""
    one, other = (
        held_out(treated=np.ones(10_000, bool), number=drawn(10_000, occasion=occasion), share=0.1)
        for occasion in ("holdout in 2027", "holdout in 2028")
    )
    assert abs((one & other).sum() - 100) < 50
