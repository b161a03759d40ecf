"""Conditions: three-valued answers, alike in pandas and polars, in words, and as dicts; what is refused."""

import datetime as dt
import operator

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.rules.condition import Condition

ROWS = [(a, b, t, f) for a in (1.0, 2.5, None) for b in (0, 3, None) for t in ("A", "B", None) for f in (True, None)]
NAN = float("nan")
FRAMES = {
    "pandas": pd.DataFrame(ROWS, columns=["a", "b", "t", "f"]),
    "pandas with NA": pd.DataFrame(ROWS, columns=["a", "b", "t", "f"]).convert_dtypes(),
    "pandas categories": pd.DataFrame(ROWS, columns=["a", "b", "t", "f"]).astype({"t": "category"}),
    "polars": pl.DataFrame(ROWS, schema=["a", "b", "t", "f"], orient="row"),
}
ORDERS = {
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
}


def answer(data, row):
    """The answer of a condition's dict for one row, computed by hand: True, False, or None where it is unknown."""
    for how, decisive in (("all", False), ("any", True)):
        if how in data:
            answers = [answer(part, row) for part in data[how]]
            if decisive in answers:
                return decisive
            return None if None in answers else not decisive
    if "not" in data:
        inner = answer(data["not"], row)
        return None if inner is None else not inner
    return of_value(data, row[data["column"]])


def of_value(data, value):
    """The answer of one comparison for one value."""
    if data["is"] == "missing" or value is None:
        return value is None if data["is"] == "missing" else None
    if data["is"] == "in":
        return value in data["values"]
    if data["is"] == "between":
        return data["low"] <= value <= data["high"]
    return ORDERS[data["is"]](value, data["value"])


def _compared(sign, name, limit):
    column = kk.column(name)
    return {">=": column >= limit, ">": column > limit, "<=": column <= limit, "<": column < limit}[sign]


LIMITS = st.sampled_from([0, 1, 2, 2.5, 3])
COMPARISONS = st.one_of(
    st.builds(_compared, st.sampled_from(sorted(ORDERS)), st.sampled_from(["a", "b"]), LIMITS),
    st.builds(lambda low, more: kk.column("a").between(low, low + more), LIMITS, LIMITS),
    st.builds(lambda texts: kk.column("t").isin(texts), st.lists(st.sampled_from("ABC"), min_size=1)),
    st.builds(lambda value: kk.column("f").equals(value), st.booleans()),
    st.builds(lambda value: kk.column("b").equals(value), LIMITS),
    st.builds(lambda name: kk.column(name).is_missing(), st.sampled_from("abtf")),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one, other: one | other, inner, inner),
        st.builds(lambda one: ~one, inner),
    ),
    max_leaves=5,
)


@given(condition=CONDITIONS, kind=st.sampled_from(sorted(FRAMES)))
def test_every_answer_is_that_of_three_valued_logic(condition, kind):
    """Holds where Kleene's tables say true, and its negation where they say false; unknown is neither."""
    expected = [answer(condition.to_dict(), dict(zip("abtf", row, strict=True))) for row in ROWS]
    assert condition.holds(FRAMES[kind]).tolist() == [each is True for each in expected]
    assert (~condition).holds(FRAMES[kind]).tolist() == [each is False for each in expected]
    assert condition.holds(FRAMES[kind]).dtype == np.bool_


@given(condition=CONDITIONS)
def test_a_condition_and_its_dict_are_the_same(condition):
    """from_dict undoes to_dict; equal conditions have equal hashes and texts."""
    read_back = Condition.from_dict(condition.to_dict())
    assert read_back == condition
    assert hash(read_back) == hash(condition)
    assert str(read_back) == str(condition)


@given(condition=CONDITIONS, kind=st.sampled_from(sorted(FRAMES)))
def test_a_reason_stands_exactly_where_it_holds(condition, kind):
    """Rows in which the condition holds have a reason, the others none."""
    frame = FRAMES[kind]
    assert [bool(text) for text in condition.reason(frame)] == condition.holds(frame).tolist()


@given(one=CONDITIONS, other=CONDITIONS)
def test_de_morgan(one, other):
    """Not (one and other) is (not one) or (not other), unknown answers included."""
    frame = FRAMES["polars"]
    assert np.array_equal(~(one & other).judge(frame).fails, ~(~one | ~other).judge(frame).holds)
    assert np.array_equal((one & other).judge(frame).holds, (~one | ~other).judge(frame).fails)


def test_conditions_read_as_parts_of_a_sentence():
    often = (kk.column("purchase_days_12M") >= 4) & (kk.column("quarters_active_12M") >= 3)
    assert str(often) == "purchase_days_12M is at least 4 and quarters_active_12M is at least 3"
    either = often | ~kk.column("abc").isin(["C", "D"])
    assert str(either) == "(purchase_days_12M is at least 4 and quarters_active_12M is at least 3) or abc is not C or D"
    assert str(~often) == "not (purchase_days_12M is at least 4 and quarters_active_12M is at least 3)"
    assert str(kk.column("value_12M") > 12500) == "value_12M is more than 12,500"
    assert str(kk.column("p_alive") <= 0.25) == "p_alive is at most 0.25"
    assert str(kk.column("lapsed").equals(True)) == "lapsed is true"
    assert str(~kk.column("typical_gap").is_missing()) == "typical_gap is not missing"


def test_reasons_name_the_values():
    frame = pd.DataFrame({"days": [6, 1, 3], "abc": ["A", "B", None]})
    condition = (kk.column("days") >= 4) | kk.column("abc").equals("B")
    assert condition.reason(frame).tolist() == ["days is 6 (at least 4)", "abc is B", ""]
    assert (~condition).explain(frame, answer=True).tolist() == ["", "", ""]
    assert (~(kk.column("days") >= 4)).reason(frame).tolist() == [
        "",
        "days is 1 (not at least 4)",
        "days is 3 (not at least 4)",
    ]
    assert operator.le(4, kk.column("days")).reason(frame)[0] == "days is 6 (at least 4)"


def test_questions_and_functions_of_a_condition():
    """Comparisons of columns and users' functions, from left to right, through every `&`, `|` and `~`."""
    one, two, three = kk.column("a") > 1, kk.column("b").is_missing(), kk.column("a").equals(5)
    own = kk.condition(len, needs=["c"], text="own")
    condition = ~(one & (two | own)) & three & ~own
    assert condition.questions() == (one, two, three)
    assert condition.functions() == (own, own)
    assert (one | two).functions() == own.questions() == ()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"all": []},
        {"any": []},
        {"not": {"all": []}},
        {"all": {"column": "a", "is": "missing"}},
        {"column": "", "is": "missing"},
        {"column": 5, "is": "missing"},
        {"column": "a"},
        {"column": "a", "is": ">="},
        {"column": "a", "is": "between", "low": 1},
        {"is": "missing"},
        {"not": None},
        "purchase_days >= 4",
    ],
    ids=str,
)
def test_what_is_not_the_dict_of_a_condition_is_refused(data):
    """Nothing to join, no name of a column, a missing key: an error of the library, never a KeyError."""
    shown = data["not"] if isinstance(data, dict) and "not" in data else data
    with pytest.raises(kk.DataError) as error:
        Condition.from_dict(data)
    assert str(error.value) == (
        f"this is not the dict of a condition: {shown!r}.\n\n"
        'Hint: one looks like {"column": "p_alive", "is": "<", "value": 0.5}: see condition.to_dict().'
    )


def nested(depth):
    """A dict of `depth` negations around a comparison."""
    data = {"column": "a", "is": "missing"}
    for _ in range(depth):
        data = {"not": data}
    return data


def test_a_condition_has_at_most_100_layers():
    """One within another: 99 negations of a comparison are read and made, one more and far more are refused."""
    deepest = Condition.from_dict(nested(99))
    assert (deepest.layers, deepest.needs) == (100, ("a",))
    assert deepest.holds(pd.DataFrame({"a": [1.0, None]})).tolist() == [True, False]
    message = (
        "a condition has at most 100 layers of and, or, not.\n\n"
        "Hint: join many conditions with one & or one |, which makes one layer."
    )
    for make in (
        lambda: Condition.from_dict(nested(100)),
        lambda: Condition.from_dict(nested(5000)),
        lambda: deepest & (kk.column("b") >= 1),
    ):
        with pytest.raises(kk.DataError) as error:
            make()
        assert str(error.value) == message
    many = kk.column("a") >= 0
    for limit in range(1, 300):
        many &= kk.column("a") >= limit
    assert many.layers == 2


def test_columns_needed_come_once():
    condition = (kk.column("a") > 1) & ((kk.column("b") > 1) | (kk.column("a") < 5))
    assert condition.needs == ("a", "b")
    assert ((kk.column("a") > 1) & (kk.column("b") > 1) & (kk.column("c") > 1)).parts == (
        kk.column("a") > 1,
        kk.column("b") > 1,
        kk.column("c") > 1,
    )


def test_whole_numbers_are_the_same_as_floats():
    assert (kk.column("a") >= 4) == (kk.column("a") >= 4.0) == (kk.column("a") >= np.int64(4))
    assert kk.column("a").isin([1, 2, 1]) == kk.column("a").isin([1.0, 2.0])
    assert (kk.column("a") >= 4) != (kk.column("a") > 4)
    assert len({kk.column("a") >= 4, kk.column("a") >= 4.0}) == 1


def test_a_condition_does_not_change_its_frame_and_ignores_the_index():
    frame = pd.DataFrame({"a": [1.0, None, 5.0]}, index=[7, 7, 1])
    before = frame.copy()
    assert (kk.column("a") >= 4).holds(frame).tolist() == [False, False, True]
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"city": ["Örebro", None, "Umeå"], "n": [1, 2, 3]}),
        pl.DataFrame({"city": ["Örebro", None, "Umeå"], "n": [1, 2, 3]}),
    ],
)
def test_a_function_answers_row_by_row_and_never_where_its_column_is_missing(frame):
    local = kk.condition(lambda f: f["city"] != "Umeå", needs=["city"], text="lives near")
    assert local.holds(frame).tolist() == [True, False, False]
    assert (~local).holds(frame).tolist() == [False, False, True]
    assert local.reason(frame).tolist() == ["lives near (city Örebro)", "", ""]
    assert (~local).reason(frame).tolist() == ["", "", "not: lives near (city Umeå)"]
    assert (local & (kk.column("n") >= 1)).needs == ("city", "n")
    assert str(local | (kk.column("n") >= 1)) == "lives near or n is at least 1"


def test_a_function_gets_only_the_columns_it_needs():
    columns = []
    condition = kk.condition(lambda f: columns.extend(f.columns) or f["a"] > 0, needs=["a"], text="positive")
    condition.holds(pd.DataFrame({"a": [1], "b": [2]}))
    assert columns == ["a"]


def test_a_function_may_answer_with_arrays_lists_and_nothing():
    frame = pd.DataFrame({"a": [1, 2, 3]})
    for answers in (np.array([True, False, True]), [True, None, True], pd.Series([True, pd.NA, True], dtype="boolean")):
        condition = kk.condition(lambda _, answers=answers: answers, needs=["a"], text="answered")
        assert condition.holds(frame).tolist() == [True, False, True]


def test_a_number_of_numpy_may_stand_before_a_column():
    one, column = np.float64(1), kk.column("a")
    assert (one < column, one <= column) == (column > 1, column >= 1)
    assert (one > column, one >= column) == (column < 1, column <= 1)


def test_a_frame_without_rows_has_no_answers():
    for frame in (
        pd.DataFrame({"a": [], "t": []}).astype({"t": str}),
        pl.DataFrame({"a": [], "t": []}, schema={"a": pl.Float64, "t": pl.String}),
    ):
        condition = (kk.column("a") >= 4) & kk.column("t").equals("A")
        assert condition.holds(frame).tolist() == []
        assert condition.reason(frame).tolist() == []


NO_LIMITS = [NAN, float("inf"), True, None, 10**400, 1j, b"4", [4]]
NO_VALUES = [
    (
        values,
        (
            f"`values` must be texts, truth values, or finite numbers, all of one kind, got {shown}.\n\n"
            "Hint: write .isin([1, 2]); whole numbers of 2**53 and more are told apart as text only."
        ),
    )
    for values, shown in (
        ([1, "A"], "[1.0, 'A']"),
        ([1, True], "[1.0, True]"),
        ([], "[]"),
        ([None], "[None]"),
        ([[1]], "[[1]]"),
        ([NAN], "[nan]"),
        ([2**53], "[9007199254740992]"),
        ([10**400], "[1" + "0" * 58 + "..."),
    )
]


def not_a_limit(value):
    """The message about a limit that is no finite number."""
    shown = repr(value) if value != 10**400 else "1" + "0" * 59 + "..."
    return (
        f"`value` must be a finite number, got {shown}.\n\n"
        "Hint: compare with a number; for text use .equals(...) or .isin([...]), "
        "for two columns or dates kk.condition(function, needs=[...], text=...)."
    )


BROWSE = pd.DataFrame({"customer_id": [1, 2], "a": [1.0, np.inf], "t": ["A", "B"]})


ARITHMETIC = (
    lambda: 2 * kk.column("a"),
    lambda: kk.column("a") * 2,
    lambda: kk.column("a") + 1 > 3,
    lambda: kk.column("a") - kk.column("b") > 0,
    lambda: 1 / kk.column("a"),
    lambda: kk.column("a") // 7,
    lambda: kk.column("a") % 7,
    lambda: kk.column("a") ** 2,
    lambda: -kk.column("a"),
    lambda: abs(kk.column("a")) > 1,
    lambda: round(kk.column("a")),
    lambda: np.float64(2) * kk.column("a"),
    lambda: np.ones(2) * kk.column("a"),
    lambda: pd.Series([1.0]) * kk.column("a"),
    lambda: np.sqrt(kk.column("a")),
    lambda: np.less(kk.column("a"), 3),
    lambda: divmod(kk.column("a"), 2),
    lambda: kk.column("a") @ kk.column("b"),
    lambda: kk.column("a") << 1,
    lambda: len(kk.column("a")),
    lambda: kk.column("a")[0],
    lambda: list(kk.column("a")),
    lambda: 3 in kk.column("a"),
    lambda: sum([kk.column("a")]),
)
NO_ARITHMETIC = (
    "a column of a condition is compared, not computed with: `a` is a name, not yet numbers.\n\n"
    'Hint: compute the column in the frame first, frame["computed"] = 2 * frame["a"], then kk.column("computed") >= 10.'
)
JOINED_ALONE = (
    lambda: kk.column("a") & (kk.column("b") >= 4),
    lambda: kk.column("a") | kk.column("b"),
    lambda: True & kk.column("a"),
    lambda: pd.Series([True]) & kk.column("a"),
    lambda: ~kk.column("a"),
)
NO_CONDITION = (
    "a column alone is not a condition: `a`.\n\n"
    "Hint: compare it first: kk.column('a').equals(True), in brackets beside & and |."
)
OLD = kk.column("a") > 1
COMPUTED = (
    lambda: OLD + OLD,
    lambda: OLD * 2,
    lambda: sum([OLD]),
    lambda: -OLD,
    lambda: OLD ^ OLD,
    lambda: divmod(OLD, 2),
    lambda: len(OLD),
    lambda: OLD[0],
    lambda: list(OLD),
    lambda: True in OLD,
    lambda: np.sum(OLD),
    lambda: np.array([True]) & OLD,
    lambda: np.logical_and(OLD, OLD),
    lambda: pd.Series([True]) ^ OLD,
)
NOT_COMPUTED = (
    "conditions are joined with & and | and denied with ~, not computed with: `a is more than 1`.\n\n"
    "Hint: write condition & other; condition.holds(frame) has the answers, which can be counted."
)
JOINED_WITH = {
    "bool": lambda: True & OLD,
    "int": lambda: 1 | OLD,
    "Series": lambda: pd.Series([True]) & OLD,
    "DataFrame": lambda: pd.DataFrame({"a": [True]}) | OLD,
}


def not_joined(kind):
    return (
        f"a condition is joined with another condition, got {kind}.\n\n"
        "Hint: put each comparison in brackets: (kk.column(...) >= 4) & (kk.column(...) < 1)."
    )


def asked(function):
    """The answers of a function of the column a."""
    return kk.condition(function, needs=["a"], text="x").holds(BROWSE)


OTHER_INDEX = (
    "the condition `x` must answer in the order of the rows, and its answer has another index than the frame.\n\n"
    "Hint: return answer.reindex(frame.index), or answer.to_numpy() where it is in the order of the rows."
)


def raised(words):
    return (
        f"the condition `x` cannot be answered, its function raised {words}.\n\n"
        "Hint: the function is given the columns in needs=['a'] and no other: "
        "name all that it reads, and make it answer every row."
    )


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (
            lambda: bool(kk.column("a") >= 4),
            kk.CapabilityError,
            (
                "the condition `a is at least 4` has an answer for each row, not one for all.\n\n"
                "Hint: write & | ~ for and, or, not, kk.column(...).between(low, high) for low <= column <= high, "
                "and ask condition.holds(frame)."
            ),
        ),
        (
            lambda: kk.column("a") == 4,
            kk.CapabilityError,
            "a column is not asked that way: `a == 4`.\n\nHint: write kk.column('a').equals(4).",
        ),
        (
            lambda: kk.column("a") != "x",
            kk.CapabilityError,
            "a column is not asked that way: `a != 'x'`.\n\nHint: write ~kk.column('a').equals('x').",
        ),
        (
            lambda: not kk.column("a"),
            kk.CapabilityError,
            "a column is not asked that way: `bool(a)`.\n\nHint: write kk.column('a').equals(True).",
        ),
        *((call, kk.CapabilityError, NO_ARITHMETIC) for call in ARITHMETIC),
        *((call, kk.CapabilityError, NO_CONDITION) for call in JOINED_ALONE),
        (
            lambda: kk.column("a").equals(kk.column("b")),
            kk.CapabilityError,
            (
                "a column is not asked that way: `a equals b`.\n\n"
                "Hint: write kk.condition(lambda frame: frame['a'] == frame['b'], needs=['a', 'b'], "
                "text='they are equal')."
            ),
        ),
        (
            lambda: (kk.column("a") >= 4) & kk.column("b"),
            kk.CapabilityError,
            (
                "a condition is joined with another condition, got Column.\n\n"
                "Hint: put each comparison in brackets: (kk.column(...) >= 4) & (kk.column(...) < 1)."
            ),
        ),
        (
            lambda: kk.column("a") >= "4",
            kk.DataError,
            (
                "`value` must be a finite number, got '4'.\n\n"
                "Hint: compare with a number; for text use .equals(...) or .isin([...]), "
                "for two columns or dates kk.condition(function, needs=[...], text=...)."
            ),
        ),
        (
            lambda: kk.column("a") < dt.date(2026, 1, 1),
            kk.DataError,
            (
                "`value` must be a finite number, got datetime.date(2026, 1, 1).\n\n"
                "Hint: compare with a number; for text use .equals(...) or .isin([...]), "
                "for two columns or dates kk.condition(function, needs=[...], text=...)."
            ),
        ),
        *((lambda limit=limit: kk.column("a") >= limit, kk.DataError, not_a_limit(limit)) for limit in NO_LIMITS),
        (
            lambda: kk.column("a").between(3, 2),
            kk.DataError,
            "`high` must be at least `low`, 3, got 2.0.\n\nHint: write the lower limit first.",
        ),
        *((lambda values=values: kk.column("a").isin(values), kk.DataError, message) for values, message in NO_VALUES),
        (
            lambda: kk.column("a").isin("AB"),
            kk.DataError,
            '`values` must be several texts or numbers, got \'AB\'.\n\nHint: write .isin(["A", "B"]).',
        ),
        (
            lambda: (kk.column("b") >= 4).holds(BROWSE),
            kk.DataError,
            (
                "the condition `b is at least 4` needs columns that are not there: ['b'].\n\n"
                "Hint: the DataFrame has ['customer_id', 'a', 't']."
            ),
        ),
        (
            lambda: (kk.column("t") >= 4).holds(BROWSE),
            kk.DataError,
            (
                "the condition `t is at least 4` needs numbers in `t`, found String: broken by 2 of 2 rows.\n\n"
                "row  customer_id  t\n  0            1  A\n  1            2  B\n\n"
                "Hint: convert it first: frame['t'].astype(float) in pandas, .cast(pl.Float64) in polars."
            ),
        ),
        (
            lambda: kk.column("a").equals("A").holds(BROWSE),
            kk.DataError,
            (
                "the condition `a is A` compares text, but `a` holds Float64: broken by 2 of 2 rows.\n\n"
                "row  customer_id    a\n  0            1    1\n  1            2  inf\n\n"
                "Hint: ask numbers for numbers: .equals(4), .isin([1, 2])."
            ),
        ),
        (
            lambda: (kk.column("a") >= 4).holds(BROWSE),
            kk.DataError,
            (
                "the condition `a is at least 4` needs finite numbers or missing values in `a`: broken by 1 of 2 rows."
                "\n\nrow  customer_id    a\n  1            2  inf\n\n"
                "Hint: look at these rows; repair or leave out what has no `a`."
            ),
        ),
        (
            lambda: (kk.column("a") >= 4).holds([1, 2]),
            kk.DataError,
            (
                "the condition `a is at least 4` takes a frame of pandas, polars or pyarrow, got list.\n\n"
                "Hint: build one with pd.DataFrame(...), pl.DataFrame(...) or pa.table(...)."
            ),
        ),
        (
            lambda: kk.condition(lambda f: f["a"], needs=["a"], text="positive").holds(BROWSE),
            kk.DataError,
            (
                "the condition `positive` must answer with 2 truth values, one per row, got 2 of float.\n\n"
                "Hint: return a comparison of columns: lambda frame: frame['city'] == 'Örebro'."
            ),
        ),
        (
            lambda: kk.condition(lambda _: [True], needs=["a"], text="positive").holds(BROWSE),
            kk.DataError,
            (
                "the condition `positive` must answer with 2 truth values, one per row, got 1 of bool.\n\n"
                "Hint: return a comparison of columns: lambda frame: frame['city'] == 'Örebro'."
            ),
        ),
        (
            lambda: kk.condition(len, needs="city", text="x"),
            kk.DataError,
            "`needs` must be several names of columns, got 'city'.\n\nHint: write needs=[\"city\"].",
        ),
        (
            lambda: kk.condition(3, needs=["city"], text="x"),
            ValueError,
            (
                "`function` must be a function of a frame, got 3.\n\n"
                'Hint: write function=lambda frame: frame["city"] == "Örebro".'
            ),
        ),
        (
            lambda: kk.condition(len, needs=["a"], text="lives near").to_dict(),
            kk.CapabilityError,
            (
                "the condition `lives near` is a Python function, which has no dict of JSON types.\n\n"
                "Hint: write it with kk.column(...), or add its answer as a column and ask that."
            ),
        ),
        (
            lambda: kk.column(5),
            kk.DataError,
            "`name` must be the name of a column, got 5.\n\nHint: write name='purchase_days'.",
        ),
        *((wrong, kk.CapabilityError, NOT_COMPUTED) for wrong in COMPUTED),
        *((wrong, kk.CapabilityError, not_joined(kind)) for kind, wrong in JOINED_WITH.items()),
        (lambda: asked(lambda f: f.sort_values("a", ascending=False)["a"] > 1), kk.DataError, OTHER_INDEX),
        (lambda: asked(lambda f: (f > 1).set_axis(["k", "l"])), kk.DataError, OTHER_INDEX),
        (lambda: asked(lambda f: f["a"] > 1 / 0), kk.DataError, raised("ZeroDivisionError: division by zero")),
        (lambda: asked(lambda f: f["t"] == "A"), kk.DataError, raised("KeyError: 't'")),
        (
            lambda: kk.column(""),
            kk.DataError,
            "`name` must be the name of a column, got ''.\n\nHint: write name='purchase_days'.",
        ),
        (
            lambda: kk.condition(len, needs=[], text="x"),
            ValueError,
            '`needs` must be several names of columns, got [].\n\nHint: write needs=["city"].',
        ),
        (
            lambda: kk.condition(len, needs=["a"], text=None),
            ValueError,
            "`text` must be the condition in words, got None.\n\nHint: write text='lives in Örebro'.",
        ),
        (
            lambda: Condition.from_dict({"column": "a", "is": ">=", "value": 1, "unit": "kr"}),
            kk.DataError,
            (
                "this is not the dict of a condition: {'column': 'a', 'is': '>=', 'value': 1, 'unit': 'kr'}.\n\n"
                'Hint: one looks like {"column": "p_alive", "is": "<", "value": 0.5}: see condition.to_dict().'
            ),
        ),
    ],
)
def test_invalid_conditions_are_refused(wrong, kind, message):
    with pytest.raises(kind) as error:
        wrong()
    assert str(error.value) == message
