"""Sums of money against decimal and exact arithmetic, in any order."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from kundkarriar.numerics.money import exact_sums
from kundkarriar.numerics.money.exact_sums import by_group, by_window, nearest_decimal, total

decimals = st.integers(-(10**9), 10**9).map(lambda parts: Decimal(parts).scaleb(-4))
floats = st.floats(-1e15, 1e15, allow_subnormal=False)
with_vat = st.integers(1, 10**7).map(lambda cents: cents / 100 / 1.12)
amounts = st.one_of(floats, with_vat, decimals.map(float), st.sampled_from([0.0, 1e-20, 2.0**60]))


@given(st.lists(st.lists(decimals, max_size=200), max_size=3))
def test_decimals_add_up_to_their_decimal_sum(windows):
    """Amounts of at most four decimals: the double nearest to the sum on paper, whatever it was added up from."""
    ends = np.cumsum([len(window) for window in windows], dtype=np.int64)
    values = np.array([float(x) for window in windows for x in window])
    found = by_window(values, np.concatenate([[0], ends])[:-1], ends) if windows else np.zeros(0)
    assert found.tolist() == [float(sum(window, Decimal(0))) for window in windows]


@example([19.9, 4.35, 0.07, 123.45, 7.7], None)
@given(st.lists(amounts, max_size=300), st.randoms(use_true_random=False))
def test_the_order_changes_no_digit(values, random):
    """The total is the same to the last bit for shuffled amounts."""
    shuffled = list(values)
    shuffled.sort(reverse=True) if random is None else random.shuffle(shuffled)
    one, other = np.array(values, dtype=float), np.array(shuffled, dtype=float)
    assert total(one) == total(other)


@given(st.lists(st.floats(1e-3, 1e12) | with_vat, min_size=1, max_size=300))
def test_other_amounts_add_up_to_the_exact_sum_rounded_once(values):
    """To the bit; where the sum is within rounding of a ten-thousandth, it is that."""
    exact = sum(map(Fraction, values), Fraction(0))
    found, rounded = total(np.array(values)), float(exact)
    assert found in {rounded, round(rounded, 4)}
    assert abs(Fraction(found) - exact) <= exact * Fraction(2) ** -44


windows = st.lists(st.lists(amounts.map(abs), min_size=1, max_size=20), min_size=1, max_size=5)


@given(windows)
def test_the_quick_ways_and_the_exact_way_give_the_same(given_windows):
    """Plain sums next to a decimal, sums in two parts, and sums in parts by each window's own units."""
    count = np.array([len(window) for window in given_windows])
    end = np.cumsum(count)
    values = np.array([x for window in given_windows for x in window])
    parts = exact_sums._in_parts(values, end - count, count)
    assert exact_sums._exact(values, end - count, end).tolist() == parts.tolist()
    many = count > 2
    assert by_window(values, end - count, end)[many].tolist() == nearest_decimal(parts, of=parts)[many].tolist()


@given(st.integers(0, 52), st.integers(-2, 2), st.integers(0, 60))
def test_next_to_the_middle_of_two_doubles_the_sum_is_still_rounded_once(bit, off, tiny):
    """What lies a hair beside the middle is rounded to its own side, in any order."""
    values = [2.0**bit, 2.0 ** (bit - 53), abs(off) * 2.0 ** (bit - 54 - tiny), 2.0 ** (bit - 110)]
    exact = float(sum(map(Fraction, values), Fraction(0)))
    for order in (values, values[::-1]):
        assert exact_sums._exact(np.array(order), np.array([0]), np.array([4])).tolist() == [exact]


@given(st.lists(st.tuples(st.integers(0, 4), amounts), max_size=40))
def test_the_sum_of_a_group_does_not_depend_on_other_groups(rows):
    """Rows in any order, and groups without a row: each sum is that of the group alone."""
    group, values = np.array([g for g, _ in rows], dtype=np.int64), np.array([x for _, x in rows], dtype=float)
    found = by_group(values, group, size=6)
    assert found.tolist() == [total(values[group == each]) for each in range(6)]


def test_windows_may_overlap_and_be_empty():
    values = np.array([0.1, 0.2, 0.3, 5.0])
    found = by_window(values, np.array([0, 1, 3, 2]), np.array([3, 4, 3, 4]))
    assert found.tolist() == [0.6, 5.5, 0.0, 5.3]
    assert total(np.zeros(0)) == 0.0


def test_many_amounts_are_added_to_the_last_digit():
    """A million amounts without a decimal, in pieces: as `math.fsum` adds them."""
    values = np.random.default_rng(1).gamma(2.0, 20.0, 1_000_000)
    assert total(values) == math.fsum(values)
    starts = np.arange(0, len(values), 1000)
    found = by_window(values, starts, starts + 1000)
    assert found[:50].tolist() == [math.fsum(values[at : at + 1000]) for at in starts[:50]]
    assert np.isclose(found.sum(), total(values), rtol=1e-12)


def test_amounts_beyond_all_money_are_no_error():
    values = np.array([1e308, 5e307, 1e300, 0.0, 5e-324, 5e-324])
    assert total(values[:4]) == math.fsum(values[:4])
    assert total(values[4:]) == 1e-323
