"""Stable hashes and random numbers depend on the id's value alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.planning.randomised_holdout import held_out
from kundkarriar.numerics.sampling.stable_hash import random_numbers, stable_hash


@given(ids=st.lists(st.integers(-128, 127), min_size=1, max_size=20))
def test_the_width_of_a_number_changes_nothing(ids):
    """Law: a whole number has one hash, whatever integers hold it."""
    expected = stable_hash(ids=np.array(ids, dtype=np.int64)).tolist()
    for kind in ("int8", "int16", "int32"):
        assert stable_hash(ids=np.array(ids, dtype=kind)).tolist() == expected
    positive = np.abs(np.array(ids, dtype=np.int64))
    for kind in ("uint8", "uint16", "uint32", "uint64"):
        assert stable_hash(ids=positive.astype(kind)).tolist() == stable_hash(ids=positive).tolist()


@given(texts=st.lists(st.text(), min_size=1, max_size=20))
def test_the_array_type_of_a_text_changes_nothing(texts):
    """Law: text has one hash as an object and in a longer column, and hashes tell texts apart."""
    objects = stable_hash(ids=np.array([*texts, None], dtype=object)[:-1])
    assert len(set(objects.tolist())) == len(set(texts))
    for at, text in enumerate(texts):
        if not text.endswith("\0"):  # which numpy's own strings cut off
            assert stable_hash(ids=np.array([text, "x" * 50]))[0] == objects[at]


@pytest.mark.parametrize("ids", [[0, 1, -1], [2**63 - 1, -(2**63)]])
def test_numbers_of_splitmix64(ids):
    """Against the published recurrence in Python's own integers."""
    mask = 2**64 - 1
    for number, hashed in zip(ids, stable_hash(ids=np.array(ids, dtype=np.int64)).tolist(), strict=True):
        z = (number + 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        assert hashed == z ^ (z >> 31)


@pytest.mark.parametrize("ids", [np.array([7.0]), np.array([7, "7"], dtype=object), np.array([b"7"]), np.array([None])])
def test_values_that_are_no_ids_are_refused(ids):
    """Neither whole numbers nor text."""
    with pytest.raises(TypeError):
        stable_hash(ids=ids)


def test_a_lone_surrogate_has_a_hash():
    """Ids read from a broken file may hold one."""
    assert len(set(stable_hash(ids=np.array(["\ud800", "\udc00"], dtype=object)).tolist())) == 2


def test_the_randomised_holdout_depends_on_the_value():
    """The same customers are held out whatever the type of the id column."""
    numbers = np.arange(200)
    groups = []
    for kind in ("int64", "int32", "uint8", "uint64"):
        number = random_numbers(hashes=stable_hash(ids=numbers.astype(kind)), seed=5, occasion="holdout in 2027")
        groups.append(held_out(treated=np.ones(200, bool), number=number, share=0.3).tolist())
    assert groups == [groups[0]] * 4
    assert sum(groups[0]) == 60
