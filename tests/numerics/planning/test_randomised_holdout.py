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


CUSTOMERS = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.booleans()), max_size=60)


def read(customers):
    treated, strata, keep = np.array(customers, dtype=np.int64).reshape(-1, 3).T
    return treated.astype(bool), strata, keep.astype(bool)


@given(CUSTOMERS, st.floats(0, 1, exclude_max=True), st.integers(0, 9))
def test_strata_change_who_is_held_out_and_not_how_many(customers, share, seed):
    """As many are held out with strata, and with a holdout to keep, as without; only customers to be treated."""
    treated, strata, keep = read(customers)
    given_ = {"treated": treated, "number": drawn(len(treated), seed=seed), "share": share}
    plain = held_out(**given_)
    for held in (held_out(**given_, strata=strata), held_out(**given_, strata=strata, keep=keep)):
        assert held.sum() == plain.sum()
        assert not (held & ~treated).any()


@given(CUSTOMERS, st.floats(0, 1, exclude_max=True), st.integers(0, 9))
def test_the_share_is_kept_in_each_stratum_and_in_each_run_of_neighbours(customers, share, seed):
    """Strata next to each other, together, have their share of the holdout rounded down or up."""
    treated, strata, keep = read(customers)
    held = held_out(treated=treated, number=drawn(len(treated), seed=seed), share=share, strata=strata, keep=keep)
    if not held.any():
        return
    for first in range(6):
        for last in range(first, 6):
            run = treated & (strata >= first) & (strata <= last)
            assert abs((held & run).sum() - held.sum() * run.sum() / treated.sum()) < 1


@given(CUSTOMERS, st.floats(0, 1, exclude_max=True), st.integers(0, 9))
def test_who_was_held_out_before_is_held_out_first(customers, share, seed):
    """In a stratum nobody is held out anew while somebody held out before is released."""
    treated, strata, keep = read(customers)
    held = held_out(treated=treated, number=drawn(len(treated), seed=seed), share=share, strata=strata, keep=keep)
    for each in range(6):
        mine = treated & (strata == each)
        assert not ((held & ~keep & mine).any() and (~held & keep & mine).any())


@given(CUSTOMERS, st.floats(0, 1, exclude_max=True), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(customers, share, random):
    """Shuffled rows have the same customers held out."""
    treated, strata, keep = read(customers)
    number, order = drawn(len(treated)), list(range(len(treated)))
    random.shuffle(order)
    held = held_out(treated=treated, number=number, share=share, strata=strata, keep=keep)
    again = held_out(treated=treated[order], number=number[order], share=share, strata=strata[order], keep=keep[order])
    np.testing.assert_array_equal(again, held[order])


def test_everyone_is_as_likely_to_be_held_out_in_strata_of_all_sizes():
    """Strata of 1, 2, 3 and 14 customers: over 2,000 seeds each customer is held out with the given share."""
    strata = np.repeat([0, 1, 2, 3], [1, 2, 3, 14])
    numbers = [drawn(20, seed=s) for s in range(2000)]
    held = np.array([held_out(treated=np.ones(20, bool), number=n, share=0.3, strata=strata) for n in numbers])
    assert (held.sum(axis=1) == 6).all()
    assert (np.abs(held.mean(axis=0) - 0.3) < 5 * np.sqrt(0.21 / 2000)).all()


def test_a_holdout_kept_under_the_same_plan_is_the_same():
    """Another period draws other numbers, and the holdout stays as it was; of half the customers, their part of it."""
    treated, strata = np.ones(1000, bool), np.arange(1000) % 4
    before = held_out(treated=treated, number=drawn(1000), share=0.1, strata=strata)
    later = {"number": drawn(1000, occasion="holdout in 2028"), "strata": strata, "keep": before}
    np.testing.assert_array_equal(held_out(treated=treated, share=0.1, **later), before)
    fewer = held_out(treated=treated, share=0.04, **later)
    assert fewer.sum() == 40
    assert not (fewer & ~before).any()
    more = held_out(treated=treated, share=0.2, **later)
    assert more.sum() == 200
    assert not (before & ~more).any()
