"""Laws of the frames that calls take and give: rows, columns, index, library, and whose they are."""

from itertools import cycle, islice

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

ROUNDING = 1e-11
"""Sums over customers and steps are rounded in another order where the customers come in another order."""
SEARCHED = 1e-6
"""Weights of a blend are found by search, until their mean log score is within 1e-10 of the highest."""
KINDS = {
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "polars": lambda frame: pl.DataFrame({name: as_polars(frame[name]) for name in frame}),
    "nullable pandas": lambda frame: frame.convert_dtypes(dtype_backend="numpy_nullable"),
    "pandas of pyarrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "pandas of objects": lambda frame: frame.astype(dict.fromkeys(frame.select_dtypes("str"), object)),
}
UNRELATED = {
    "colour": "red",
    "spare": np.nan,
    "clv": -1.0,
    "rung": "nobody",
    "p_alive": 7,
    "T": "text",
    "frequency": -3,
    "abc": None,
    "index": 5,
    "complete": False,
    "entry": "unknown",
    "n_customers": 100,
}


def as_polars(column):
    """A column of pandas for polars, without pyarrow."""
    return column.to_numpy() if column.dtype.kind in "Mif" else column.to_list()


def in_kind(shop, kind):
    handed = {} if kind in {"polars", "pyarrow"} else {"as": KINDS[kind]}
    return {**{name: KINDS[kind](frame) for name, frame in shop.items()}, **handed}


def test_the_order_of_rows_changes_nothing(call, laws):
    """Law: shuffled frames give the same rows; fits, scores and draws to the last bit, sums up to rounding."""
    mixed = {name: frame.sample(frac=1, random_state=3) for name, frame in laws.shop(1).items()}
    usual, other = laws.by_row(laws.usual(call, 1)), laws.by_row(laws.answers(call, mixed))
    sums = {"scores", "draws", "career", "plan", "review", "backtest", "comparison", "choice"}
    sums |= {"chains", "chosen_chains", "drift", "products"}
    within = SEARCHED if call == "blend" else ROUNDING if call in sums else 0.0
    found = laws.differences(usual, other, within=within)
    if call == "career":  # whose rungs to come a blend foretold
        foretold = laws.differences(usual["changed"]["p_foreseen"], other["changed"]["p_foreseen"], within=SEARCHED)
        found = foretold + [each for each in found if not each.startswith("/changed/p_foreseen")]
    assert found == []


def test_unrelated_columns_change_nothing(quick, laws):
    """Law: columns that a call does not read, also with our names, change no answer; they may be carried along."""
    wider = {name: frame.assign(**UNRELATED) for name, frame in laws.shop(1).items()}
    usual, other = laws.usual(quick, 1), laws.answers(quick, wider)
    carried = {
        name: {column: values for column, values in each.items() if column in usual[name]}
        if isinstance(each, dict)
        else each
        for name, each in other.items()
    }
    assert laws.differences(usual, carried) == []


def test_the_index_of_pandas_changes_nothing(quick, laws):
    """Law: an index says nothing, however odd it is; each frame of a shop has one of its own kind."""
    odd = (
        lambda n: pd.Index(np.zeros(n)),  # twice the same
        lambda n: pd.Index(np.arange(n)[::-1], name="customer_id"),
        lambda n: pd.MultiIndex.from_product([["a"], np.arange(n)]),
    )
    kinds = islice(cycle(odd), list(laws.calls).index(quick) % 3, None)

    def indexed(frame):
        return frame.set_index(next(kinds)(len(frame)))

    frames = {**{name: indexed(frame) for name, frame in laws.shop(1).items()}, "as": indexed}
    assert laws.differences(laws.usual(quick, 1), laws.answers(quick, frames)) == []


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_every_library_gives_what_pandas_gives(call, kind, laws):
    """Law: the same answers, and every frame is of the library given, also of what was fitted and tells of no frame."""
    frames = in_kind(laws.shop(1), kind)
    answers, told = laws.natively(call, frames)
    assert laws.differences(laws.usual(call, 1), told) == []
    assert [name for name, each in answers.items() if isinstance(each, pd.DataFrame)] == []


@settings(max_examples=1)
@given(kind=st.sampled_from(sorted(KINDS)))
@example(kind="pandas of pyarrow")
def test_columns_of_every_kind_give_the_same(quick, laws, kind):
    """Law: pandas of nullable, pyarrow and object columns gives what pandas of numpy gives."""
    assert laws.differences(laws.usual(quick, 1), laws.answers(quick, in_kind(laws.shop(1), kind))) == []


def marked(frame):
    """A frame of pandas with all that can be changed beside its values."""
    odd = frame.set_index(pd.Index(np.arange(len(frame))[::-1] // 2, name="place"))
    odd.attrs["source"] = ["till", 7]
    odd.columns.name = "field"
    return odd.set_flags(allows_duplicate_labels=True)


def test_frames_that_are_given_stay_as_they_are(quick, laws):
    """Law: a call changes nothing of a frame: values, order, columns, types, index, names, attributes, flags."""
    given_frames, kept = ({name: marked(frame) for name, frame in laws.shop(1).items()} for _ in range(2))
    in_polars, in_polars_kept = (in_kind(laws.shop(1), "polars") for _ in range(2))
    laws.answers(quick, given_frames)
    laws.answers(quick, in_polars)
    for name, frame in given_frames.items():
        pd.testing.assert_frame_equal(frame, kept[name], check_exact=True, check_freq=True, check_flags=True)
        assert frame.attrs == kept[name].attrs
        assert frame.columns.name == "field"
        assert in_polars[name].equals(in_polars_kept[name])
        assert in_polars[name].schema == in_polars_kept[name].schema


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_an_answer_is_the_callers_own(making, laws):
    """Law: who writes into the numbers of an answer changes neither what was given nor the next answer."""
    made, shop = laws.made(making, 1), laws.make_shop(1)
    usual, answers = laws.ask(making, made, shop), laws.calls[making].ask(made, shop)
    for frame in (each for each in answers.values() if isinstance(each, pd.DataFrame)):
        for at in np.flatnonzero([kind.kind in "fiub" for kind in frame.dtypes]):
            frame.iloc[:, at] = np.zeros(len(frame), dtype=frame.dtypes.iloc[at])  # within the column's own memory
    for name, frame in laws.shop(1).items():
        pd.testing.assert_frame_equal(shop[name], frame)
    assert laws.differences(usual, laws.ask(making, made, shop)) == []
