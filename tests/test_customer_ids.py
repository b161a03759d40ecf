"""Reading of ids: plain types, refusals, and positions in another column."""

import datetime as dt
import enum
import uuid
from decimal import Decimal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import as_one_type, ids_and_missing, positions, read_ids, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow
from kundkarriar.id_kinds import read_id_values
from kundkarriar.numerics.sampling.stable_hash import stable_hash

NEED = "this test"
BIG = 2**63 - 1


def arrow(kind):
    return pd.ArrowDtype(kind)


SEVENS = {
    **{f"pandas {kind}": pd.Series([7, 9], dtype=kind) for kind in ("int8", "uint8", "int32", "int64", "uint64")},
    **{f"pandas {kind}": pd.Series([7, 9], dtype=kind) for kind in ("Int8", "UInt16", "Int64", "float32", "Float64")},
    "pandas float": pd.Series([7.0, 9.0]),
    "pandas objects": pd.Series([7, np.int8(9)], dtype=object),
    "pandas objects of numbers": pd.Series([7.0, np.uint64(9)], dtype=object),
    "pandas categories": pd.Series([7, 9], dtype="category"),
    "pandas categories of floats": pd.Series([7.0, 9.0], dtype="category"),
    "arrow int16": pd.Series([7, 9], dtype=arrow(pa.int16())),
    "arrow double": pd.Series([7, 9], dtype=arrow(pa.float64())),
    "arrow categories": pd.Series(pd.arrays.ArrowExtensionArray(pa.array([7, 9]).dictionary_encode())),
    **{
        f"polars {kind}": pl.Series([7, 9], dtype=kind) for kind in (pl.Int8, pl.UInt32, pl.Int64, pl.UInt64, pl.Int128)
    },
    "polars float": pl.Series([7.0, 9.0]),
    "polars objects": pl.Series([7, 9], dtype=pl.Object),
}
WORDS = {
    "pandas": pd.Series(["a", "b"]),
    "pandas objects": pd.Series(["a", np.str_("b")], dtype=object),
    "pandas categories": pd.Series(["a", "b"], dtype="category"),
    "pandas strings of Python": pd.Series(["a", "b"], dtype="string[python]"),
    "arrow": pd.Series(["a", "b"], dtype=arrow(pa.string())),
    "arrow categories": pd.Series(pd.arrays.ArrowExtensionArray(pa.array(["a", "b"]).dictionary_encode())),
    "polars": pl.Series(["a", "b"]),
    "polars categories": pl.Series(["a", "b"], dtype=pl.Categorical),
    "polars enum": pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"])),
    "polars objects": pl.Series(["a", "b"], dtype=pl.Object),
}


def column(values):
    return nw.from_native(values, series_only=True).alias("customer_id")


def frame(values):
    return column(values).to_frame()


def refusal(call):
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("kind", SEVENS)
def test_a_whole_number_is_the_same_id_in_every_type(kind):
    ids = unique_ids(frame(SEVENS[kind]), need=NEED)
    assert ids.dtype.is_integer()
    assert [(type(value), value) for value in ids.to_list()] == [(int, 7), (int, 9)]
    assert stable_hash(ids=ids.to_numpy()).tolist() == stable_hash(ids=np.array([7, 9])).tolist()


@pytest.mark.parametrize("one", SEVENS)
def test_a_whole_number_is_found_in_every_type(one):
    """Also in a frame of the other library."""
    for other in SEVENS.values():
        assert positions(column(SEVENS[one]), among=column(other)[::-1]).tolist() == [1, 0]


@pytest.mark.parametrize("kind", WORDS)
def test_text_is_the_same_id_in_every_type(kind):
    ids = unique_ids(frame(WORDS[kind]), need=NEED)
    assert ids.to_list() == ["a", "b"]
    assert stable_hash(ids=ids.to_numpy()).tolist() == stable_hash(ids=np.array(["a", "b"])).tolist()
    for other in WORDS.values():
        assert positions(column(WORDS[kind]), among=column(other)[::-1]).tolist() == [1, 0]


@pytest.mark.parametrize(
    "values", [SEVENS["pandas int32"], SEVENS["pandas Int64"], SEVENS["polars UInt32"], WORDS["polars"]]
)
def test_plain_ids_are_unchanged(values):
    """The column is returned as it is, without a copy."""
    assert read_ids(frame(values), need=NEED).to_native().dtype == values.dtype


NO_IDS = {
    "fraction": ([7.0, 7.5], 1, "fractions", "7.5"),
    "infinity": ([7.0, np.inf], 1, "fractions", "inf"),
    "fraction among objects": (pd.Series([7, 7.5], dtype=object), 1, "fractions", "7.5"),
    "bool": ([True, False], 2, "bool", None),
    "bool among numbers": (pd.Series([1, True], dtype=object), 1, "bool", "True"),
    "numpy bool": (pd.Series([1, np.True_], dtype=object), 1, "bool", "True"),
    "bytes": ([b"7", b"8"], 2, "bytes", None),
    "decimals": ([Decimal(7), Decimal(8)], 2, "Decimal", None),
    "days": ([dt.date(2026, 1, 1), dt.date(2026, 1, 2)], 2, "date", None),
    "spans": ([dt.timedelta(1), dt.timedelta(2)], 2, ("Timedelta", "timedelta"), None),
    "UUIDs": (pd.Series([uuid.UUID(int=7), uuid.UUID(int=8)]), 2, "UUID", None),
    "tuples": (pd.Series([(1, 2), (3, 4)]), 2, "tuple", None),
    "lists": (pl.Series([[1], [2]]), 2, "list", None),
    "letters of another class": (pd.Series([enum.Enum("E", {"A": "a"}, type=str).A, "b"], dtype=object), 1, "E", None),
    "decimals of arrow": (pd.Series([Decimal(7), Decimal(8)], dtype=arrow(pa.decimal128(5))), 2, "Decimal", None),
    "bytes of arrow": (pd.Series([b"7", b"8"], dtype=arrow(pa.binary())), 2, "bytes", None),
}


@pytest.mark.parametrize("library", [pd.Series, pl.Series])
@pytest.mark.parametrize("kind", NO_IDS)
def test_values_that_are_no_ids_are_refused(kind, library):
    values, broken, found, shown = NO_IDS[kind]
    if isinstance(values, list):
        values = library(values)
    message = refusal(lambda: read_ids(frame(values), need=NEED))
    names = (found,) if isinstance(found, str) else found
    law = "this test needs text or whole numbers as ids in `customer_id`, found"
    assert message.startswith(tuple(f"{law} {name}: broken by {broken} of 2 rows.\n\nrow " for name in names)), message
    assert message.endswith(
        "\n\nHint: make ids text or whole numbers, alike in every frame: .astype(str) in pandas, .cast(pl.String) in "
        "polars."
    )
    assert shown is None or f"\n  1  {shown:>11}\n" in message


def test_the_first_kind_is_named():
    """Of several invalid types the message names the first."""
    values = pd.Series([b"1", (2,), Decimal(3), 4], dtype=object)
    assert "found bytes: broken by 1 of 4 rows" in refusal(lambda: read_ids(frame(values), need=NEED))


def test_a_number_late_in_a_column_of_text_is_seen():
    """Every row is checked."""
    values = pd.Series(["a"] * 1000 + [7], dtype=object)
    assert refusal(lambda: read_ids(frame(values), need=NEED)) == (
        'this test needs ids of one kind in `customer_id`, found numbers among text (17 is not "17"): '
        "broken by 1 of 1,001 rows.\n\n row  customer_id\n1000            7\n\n"
        "Hint: make them one kind: .astype(str) in pandas, .cast(pl.String) in polars."
    )


@pytest.mark.parametrize(
    ("values", "bits", "fits"),
    [
        (np.array([2.0**53]), 53, np.array([2.0**53 - 1])),
        (np.array([-(2.0**53)]), 53, np.array([-(2.0**53) + 1])),
        (np.array([2.0**24], dtype="float32"), 24, np.array([2.0**24 - 1], dtype="float32")),
        (pd.Series([np.float32(2**24)], dtype=object), 24, pd.Series([np.float32(2**24 - 1)], dtype=object)),
        (pl.Series([2.0**24], dtype=pl.Float32), 24, pl.Series([2.0**24 - 1], dtype=pl.Float32)),
    ],
)
def test_floats_are_ids_up_to_their_precision(values, bits, fits):
    """The last whole number that a float distinguishes from the next is an id; the next is not."""
    values, fits = (each if not isinstance(each, np.ndarray) else pd.Series(each) for each in (values, fits))
    assert abs(read_ids(frame(fits), need=NEED).to_list()[0]) == 2**bits - 1
    message = refusal(lambda: read_ids(frame(values), need=NEED))
    assert message.startswith(
        f"this test needs ids below 2**{bits} in `customer_id` where they are floats (from there on neighbours are one "
        "number): broken by 1 of 1 rows.\n\n"
    )
    assert message.endswith('Hint: read them as text or as whole numbers: dtype={"customer_id": str} in pd.read_csv.')


@pytest.mark.parametrize("values", [[2**64], [-(2**63) - 1], [-1, 2**63], [np.int8(-1), np.uint64(2**63)]])
def test_numbers_beyond_64_bits_are_refused(values):
    """They neither wrap around nor become floats."""
    message = refusal(lambda: read_ids(frame(pd.Series(values, dtype=object)), need=NEED))
    assert message.startswith("this test needs ids in `customer_id` that fit in 64 bits: broken by 1 of")
    assert message.endswith("Hint: make them text: .astype(str) in pandas, .cast(pl.String) in polars.")


def test_whole_numbers_of_128_bits_are_read_where_64_do():
    assert read_ids(frame(pl.Series([2**64 - 1], dtype=pl.Int128)), need=NEED).to_list() == [2**64 - 1]
    assert "fit in 64 bits" in refusal(lambda: read_ids(frame(pl.Series([2**64], dtype=pl.Int128)), need=NEED))


GAPS = {
    "float": pd.Series([7.0, None]),
    "Int64": pd.Series([7, None], dtype="Int64"),
    "Float32": pd.Series([7, None], dtype="Float32"),
    "arrow float": pd.Series([7, None], dtype=arrow(pa.float32())),
    "objects": pd.Series([7, None], dtype=object),
    "categories": pd.Series([7, None], dtype="category"),
    "categories of big ones": pd.Series(pd.Categorical.from_codes([0, -1], categories=[2**60 + 1])),
    "arrow": pd.Series([7, None], dtype=arrow(pa.int64())),
    "polars": pl.Series([7, None]),
    "polars float": pl.Series([7.0, None]),
    "polars NaN": pl.Series([7.0, float("nan")]),
    "text": pd.Series(["a", None]),
    "objects of text": pd.Series(["a", None], dtype=object),
    "blank": pd.Series(["a", " \t\u00a0"]),
    "blank objects": pd.Series(["a", ""], dtype=object),
    "blank in polars": pl.Series(["a", "  "]),
    "blank categories": pl.Series(["a", ""], dtype=pl.Categorical),
    "nothing": pd.Series(["a", pd.NaT], dtype=object),
}


@pytest.mark.parametrize("kind", GAPS)
def test_missing_ids_are_marked_and_refused(kind):
    """The other ids are exact."""
    ids, missing = ids_and_missing(column(GAPS[kind]), need=NEED)
    assert missing.tolist() == [False, True]
    first = {"categories of big ones": 2**60 + 1}.get(kind, "a" if isinstance(GAPS[kind].to_list()[0], str) else 7)
    assert ids[0] == first
    assert type(ids[[0]].to_list()[0]) is type(first)
    law = "this test needs an id in `customer_id` on every row: broken by 1 of 2 rows.\n\n"
    for call in (
        lambda: read_ids(frame(GAPS[kind]), need=NEED),
        lambda: positions(ids_of(kind), among=ids_of(kind), need=NEED),
    ):
        assert refusal(call).startswith(law)
        assert refusal(call).endswith("\n\nHint: give these rows an id, or leave them out.")


def ids_of(kind):
    return column(GAPS[kind])


@given(ids=st.lists(st.integers(-(2**63), BIG), unique=True, min_size=1, max_size=8))
def test_numbers_of_64_bits_are_exact(ids):
    """Law: neighbouring numbers stay distinct in every type, and each is found at its own position."""
    for values in (
        pd.Series(ids, dtype="int64"),
        pd.Series(ids, dtype=object),
        pd.Series(ids, dtype="Int64"),
        pl.Series(ids),
    ):
        plain = unique_ids(frame(values), need=NEED)
        assert plain.to_list() == ids
        assert positions(column(values), among=column(pd.Series(ids[::-1]))).tolist() == list(range(len(ids)))[::-1]
        assert len(set(stable_hash(ids=plain.to_numpy()).tolist())) == len(ids)


@given(
    known=st.lists(st.integers(0, 2**64 - 1), unique=True, min_size=1, max_size=6),
    ids=st.lists(st.integers(0, BIG), min_size=1, max_size=6),
    polars=st.booleans(),
)
def test_numbers_with_and_without_a_sign_meet_exactly(known, ids, polars):
    """Law: the customers are the different numbers, though one frame has them unsigned."""
    library = pl.Series if polars else pd.Series
    unsigned, signed = library(np.array(known, dtype=np.uint64)), library(np.array(ids, dtype=np.int64))
    code, customers = customer_codes(column(signed), known=column(unsigned))
    assert customers.to_list() == list(dict.fromkeys([*known, *ids]))
    assert [customers[int(at)] for at in code] == ids


def test_numbers_that_need_more_than_64_bits_together_are_refused():
    below, above = (column(pd.Series([value])) for value in (-1, 2**63))
    assert refusal(
        lambda: positions(below, among=above, need=NEED, frame_name="the holdout", among_name="the summary")
    ) == (
        "this test needs ids that fit in 64 bits together: those of the holdout and the summary go from -1 to "
        "9223372036854775808.\n\n"
        "Hint: make both text: .astype(str) in pandas, .cast(pl.String) in polars."
    )


@pytest.mark.parametrize("library", [pd.Series, pl.Series])
@pytest.mark.parametrize(
    ("ids", "among", "named"), [([1], ["1"], "Int64 in A and String"), (["1"], [1], "String in A and Int64")]
)
def test_numbers_are_never_looked_up_in_text(library, ids, among, named):
    """Otherwise no customer would be found, without an error."""
    names = {"frame_name": "A", "among_name": "B"}
    call = lambda: positions(column(library(ids)), among=column(library(among)), need=NEED, **names)  # noqa: E731
    assert refusal(call) == (
        f"this test needs ids of one kind: `customer_id` is {named} in B, so no customer would be found again.\n\n"
        "Hint: make both of one kind: .astype(str) in pandas, .cast(pl.String) in polars."
    )


def test_an_empty_column_has_no_kind():
    """An empty pandas column has type object."""
    nobody = column(pd.Series([], dtype=object))
    assert positions(nobody, among=column(pd.Series([1]))).tolist() == []
    assert positions(column(pd.Series(["a"])), among=nobody).tolist() == [-1]
    assert as_one_type(nobody, column(pd.Series([1])), need=NEED, frame_name="A", among_name="B")[0] is nobody


@given(ids=st.lists(st.integers(-128, 127), max_size=300), far=st.booleans(), unique=st.booleans())
@example(ids=list(range(-100, 101)), far=False, unique=True)  # differences that int8 does not hold
def test_repeated_whole_numbers_are_refused(ids, far, unique):
    """Law: close together or far apart, in any order and width, a repeated id is refused and no other."""
    ids = list(dict.fromkeys(ids)) if unique else ids
    kinds = ["int64"] if far else ["int8", "int64"]
    for kind in kinds:
        values = pd.Series(np.array(ids, dtype="int64") * (10**12 if far else 1)).astype(kind)
        if len(set(ids)) == len(ids):
            assert unique_ids(frame(values), need=NEED).to_list() == values.tolist()
        else:
            twice = sum(ids.count(value) > 1 for value in ids)
            with pytest.raises(DataError, match=f"one row per customer in `customer_id`: broken by {twice} of"):
                unique_ids(frame(values), need=NEED)


def test_ids_given_as_values_are_read_as_in_a_column():
    assert read_id_values([np.uint8(7), 7.0, 7], need=NEED).tolist() == [7, 7, 7]
    assert read_id_values([2**63], need=NEED).dtype == np.uint64
    for value in (None, float("nan"), True, b"7", 7.5):
        assert "needs text or whole numbers as ids in `customer_id`, found" in refusal(
            lambda typed=value: read_id_values([typed], need=NEED)
        )


@pytest.mark.parametrize(
    ("given_as", "handed_out"),
    [
        (pd.Series([1, 2], dtype="int32"), "int32"),
        (pd.Series([1.0, 2.0]), "int64"),
        (pd.Series([1, 2], dtype=object), "int64"),
        (pd.Series([1, 2], dtype="category"), "int64"),
        (pd.Series(["a", "b"], dtype="category"), "str"),
        (pd.Series(["a", "b"], dtype=object), "object"),
        (pd.Series([1, 2], dtype="Int16"), "Int16"),
        (pl.Series([1, 2], dtype=pl.UInt8), pl.UInt8),
        (pl.Series([1.0, 2.0]), pl.Int64),
        (pl.Series(["a", "b"], dtype=pl.Categorical), pl.String),
    ],
)
def test_new_frames_have_plain_ids_and_extended_frames_keep_theirs(given_as, handed_out):
    """New frames have ids of the given type if that is plain; frames that gain columns keep their ids."""
    days = [dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1)]  # noqa: DTZ001
    library = pd.DataFrame if isinstance(given_as, pd.Series) else pl.DataFrame
    rows = library({"customer_id": given_as, "date": days, "amount": [1.0, 2.0]})
    summary = kk.summarize(rows, as_of="2026-03-01")
    assert summary["customer_id"].dtype == handed_out
    assert kk.facts(rows, as_of="2026-03-01")["customer_id"].dtype == handed_out
    fitted = kk.FittedNBD(params=kk.NBDParams(r=1, alpha=10), period="W")
    spend = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6, q=4, gamma=15))
    scorer = kk.ValueScorer(purchases=fitted, spend=spend, margin=0.3, discount_rate=0.1, horizon="12M").fit(summary)
    given_summary = narrow(summary, need=NEED).with_columns(column(given_as)).to_native()
    assert scorer.score(given_summary)["customer_id"].dtype == handed_out
    assert fitted.predict(given_summary, horizon=12)["customer_id"].dtype == given_as.dtype
    classes = kk.ABCClassifier().classify(
        narrow(scorer.score(summary), need=NEED).with_columns(column(given_as)).to_native()
    )
    assert classes["customer_id"].dtype == given_as.dtype
