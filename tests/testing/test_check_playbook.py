"""`check_playbook` accepts valid playbooks and finds each violation, shown with its first customer."""

import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.errors import DataError
from kundkarriar.testing import check_playbook

CLV, RUNG = kk.column("clv"), kk.column("rung")
EVERYBODY = ~kk.column("customer_id").is_missing()
REST_HINT = (
    'Hint: add a last strategy that takes the rest: kk.Strategy(name="rest", '
    'when=~kk.column("customer_id").is_missing(), objective="harvest").'
)


def playbook(**whens):
    return kk.Playbook(strategies=[kk.Strategy(name=name, when=when, objective="grow") for name, when in whens.items()])


def sentence(*arguments, **options):
    with pytest.raises(AssertionError) as caught:
        check_playbook(*arguments, **options)
    return str(caught.value)


LEVELS = playbook(leave=(CLV < 20) | CLV.is_missing(), grow=CLV < 200, thank=EVERYBODY)


def test_good_playbooks_pass():
    check_playbook(kk.StrategyPlanner.default().playbook)
    check_playbook(LEVELS, monotone={"clv": ["leave", "grow", "thank"]})
    check_playbook(playbook(local=kk.column("city").equals("Örebro"), rest=EVERYBODY), kinds=["polars"])


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_on_customers_of_ones_own(make):
    """A column that may be lacking is missing for everyone; the frame stays as it is."""
    frame = make({"customer_id": ["a", "b"], "rung": ["gold", "tin"], "clv": [7.5, 12.0]})
    grouped = playbook(group=kk.column("group").equals("moving"), gold=RUNG.equals("gold"), rest=EVERYBODY)
    check_playbook(grouped, frame)
    assert "group" not in frame.columns


def test_a_missing_value_without_a_strategy():
    """The whole text."""
    text = sentence(playbook(high=CLV >= 500, low=CLV < 500))
    assert text == (
        "the playbook must give every customer a strategy, but 12 of 156 have none, the first of them.\n\n"
        "    customer_id      clv\n"
        "              7  missing\n\n"
        "    expected: 'high' or 'low'\n"
        "    got:      none\n\n"
        f"{REST_HINT}"
    )


def test_a_gap_at_a_limit():
    """Nobody among the customers is worth exactly 500; it is tried all the same."""
    text = sentence(playbook(high=CLV > 500, low=(CLV < 500) | CLV.is_missing()))
    assert "customer_id  clv\n            133  500" in text
    frame = pd.DataFrame({"customer_id": ["a", "b"], "clv": [1.5, None]})
    text = sentence(playbook(high=CLV > 500, low=(CLV < 500) | CLV.is_missing()), frame)
    assert "1 of 5 have none" in text
    assert "a, clv 500, 1  500" in text


def test_a_word_that_nobody_has():
    text = sentence(playbook(thank=RUNG.equals("clients"), rest=EVERYBODY))
    assert text.startswith(
        "the strategy `thank` must be some customer's, but it is nobody's: nobody meets `rung is clients`.\n\n"
        "    known values of rung: prospect, trial buyer, repeat buyer, client, "
    )
    own = pd.DataFrame({"customer_id": [1, 2], "rung": ["clients", "others"]})
    check_playbook(playbook(thank=RUNG.equals("clients"), rest=EVERYBODY), own)


def test_words_that_leave_nothing_over():
    """All four classes are named before: nobody is left."""
    abc = kk.column("abc")
    text = sentence(playbook(all=abc.isin(["A", "B", "C", "D"]), none=abc.is_missing(), rest=~abc.equals("E")))
    assert text.startswith(
        "the strategy `rest` must be some customer's, but it is nobody's: 'all' come before it, wherever `abc is not E`"
        " holds."
    )


def test_a_function_that_takes_nobody():
    local = kk.condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    frame = pd.DataFrame({"customer_id": [1, 2], "city": ["Umeå", "Kiruna"]})
    assert sentence(playbook(local=local, rest=EVERYBODY), frame) == (
        "the strategy `local` must be some customer's, but it is nobody's: none of 2 customers gets it.\n\n"
        "Hint: pass customers of whom one gets it: kk.testing.check_playbook(playbook, frame)."
    )


def test_a_condition_that_looks_at_others():
    best = kk.condition(lambda frame: frame["clv"] > frame["clv"].median(), needs=["clv"], text="best half")
    assert sentence(playbook(best=best, rest=EVERYBODY)).startswith(
        "the strategy `best` must look at one customer at a time, but in pandas the answer for row 0 depends on who"
    )


def test_assignments_that_look_at_others():
    """A playbook of a class of one's own, whose conditions are well: the assignment itself is tried."""

    class Lottery(kk.Playbook):
        def assign(self, frame):
            told = super().assign(frame)
            return told.assign(strategy=["leave" if at == 0 else each for at, each in enumerate(told["strategy"])])

    lottery = Lottery(strategies=LEVELS.strategies)
    text = sentence(lottery, kinds=["pandas"])
    assert text.startswith("the playbook must assign strategies whatever the order of the rows, but row")
    assert "    in the order given: " in text


def test_a_playbook_that_changes_its_input():
    class Writes(kk.Playbook):
        def assign(self, frame):
            frame["strategy"] = "x"
            return frame

    assert sentence(Writes(strategies=LEVELS.strategies), kinds=["pandas"]) == (
        "the playbook must leave its input as it is, but in pandas the frame is changed afterwards."
    )


def test_libraries_that_disagree():
    class Two(kk.Playbook):
        def assign(self, frame):
            told = super().assign(frame)
            return told.with_columns(strategy=pl.lit("leave")) if isinstance(told, pl.DataFrame) else told

    text = sentence(Two(strategies=LEVELS.strategies))
    assert text.startswith("the playbook must assign alike in pandas and polars, but row")
    assert "    polars: leave" in text


def test_a_higher_value_that_gets_less():
    """The whole text: the two values at which the order is broken."""
    odd = playbook(leave=(CLV < 20) | CLV.is_missing(), grow=CLV > 200, thank=EVERYBODY)
    assert sentence(odd, monotone={"clv": ["leave", "grow", "thank"]}) == (
        "the playbook must not give less with a higher `clv`, in the order stated, but it does for a customer.\n\n"
        "    customer_id\n"
        "              1\n\n"
        "    clv 200: thank\n"
        "    clv 201: grow"
    )


def test_a_missing_value_never_promotes():
    """What takes the rest takes those of whom nothing is known."""
    careless = playbook(leave=CLV < 20, grow=CLV < 200, thank=EVERYBODY)
    text = sentence(careless, monotone={"clv": ["leave", "grow", "thank"]})
    assert text.startswith("the playbook must not promote who has no `clv`, but it does for a customer.")
    assert "    clv missing:    thank\n" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monotone": ["leave"]}, "`monotone` must be a dict of strategies in rising order by column, got ['leave']."),
        ({"monotone": {"clv": ["leave", "grw"]}}, "`monotone` must be different names, each one of 'leave', 'grow',"),
        ({"monotone": {"age": ["leave"]}}, "`monotone` must be a dict of columns that the playbook reads, and it does"),
        ({"kinds": ["spark"]}, "`kinds` must be different names, each one of 'pandas', 'polars', got ['spark']."),
        ({"frame": pd.DataFrame({"customer_id": [1]})}, "the playbook needs columns that are not there: ['clv']"),
        ({"frame": pd.DataFrame({"customer_id": [], "clv": []})}, "`frame` has no customers."),
    ],
)
def test_arguments_that_are_refused(options, message):
    with pytest.raises(DataError) as caught:
        check_playbook(LEVELS, **options)
    assert str(caught.value).startswith(message)
    assert "\n\nHint: " in str(caught.value)


def test_a_law_on_a_column_of_words(message_of):
    words = playbook(a=RUNG.equals("client"), b=EVERYBODY)
    assert message_of(DataError, lambda: check_playbook(words, monotone={"rung": ["a", "b"]})) == (
        "`monotone` must be laws on columns of numbers, and 'rung' has none, got {'rung': ['a', 'b']}.\n\n"
        "Hint: pass a frame with numbers in it."
    )


def test_columns_that_only_a_function_reads(message_of):
    local = kk.condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    assert message_of(DataError, lambda: check_playbook(playbook(local=local, rest=EVERYBODY))) == (
        "the playbook asks for columns that made customers do not have: ['city'].\n\n"
        "Hint: pass customers of your own: kk.testing.check_playbook(playbook, frame)."
    )
