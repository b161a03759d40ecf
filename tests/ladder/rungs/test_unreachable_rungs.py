"""Ladders that are refused: rungs that no customer can be on, names that clash."""

import pytest

import kundkarriar as kk
from kundkarriar.ladder.rungs.unreachable_rungs import fact_combinations, refuse_unreachable_rungs

DAYS = kk.column("purchase_days")
YEAR = kk.column("purchase_days_12M")
ANY = kk.Rung(name="any", when=DAYS >= 0)


def rung(name, when, **more):
    return kk.Rung(name=name, when=when, **more)


def ladder(*rungs):
    return kk.CustomerLadder(rungs=rungs)


@pytest.mark.parametrize(
    ("rungs", "message"),
    [
        (
            (rung("high", DAYS >= 2), ANY),
            (
                "the rung `high` can never win: wherever `purchase_days is at least 2` holds, `any` holds too "
                "and stands higher.\n\nHint: order the rungs from low to high, and ask more of the higher ones."
            ),
        ),
        (
            (ANY, rung("middle", DAYS >= 2), rung("odd", DAYS.between(2, 3)), rung("more", DAYS >= 4)),
            (
                "the rung `middle` can never win: wherever `purchase_days is at least 2` holds, `odd` or `more` "
                "holds too and stands higher.\n\n"
                "Hint: order the rungs from low to high, and ask more of the higher ones."
            ),
        ),
        (
            (ANY, rung("half", DAYS.between(1.2, 1.8))),
            (
                "the rung `half` can never win: nobody can meet `purchase_days is between 1.2 and 1.8`.\n\n"
                "Hint: ask for what a customer's facts can be: see kk.facts(transactions, as_of=...)."
            ),
        ),
        (
            (ANY, rung("more in a year", DAYS.equals(1) & (YEAR >= 2))),
            (
                "the rung `more in a year` can never win: nobody can meet "
                "`purchase_days is 1 and purchase_days_12M is at least 2`.\n\n"
                "Hint: ask for what a customer's facts can be: see kk.facts(transactions, as_of=...)."
            ),
        ),
        (
            (ANY, rung("five", kk.column("quarters_active_12M") >= 5)),
            (
                "the rung `five` can never win: nobody can meet `quarters_active_12M is at least 5`.\n\n"
                "Hint: ask for what a customer's facts can be: see kk.facts(transactions, as_of=...)."
            ),
        ),
        (
            (ANY, rung("any", DAYS >= 2)),
            "every rung needs a name of its own, found twice: ['any'].\n\nHint: rename one of them.",
        ),
        (
            (ANY, rung("after", DAYS >= 2, after=kk.After(rung="client", months=3)), rung("client", DAYS >= 4)),
            "the rung `after` comes after `client`, which is not a rung below it.\n\nHint: below it stand ['any'].",
        ),
    ],
)
def test_ladders_with_an_unreachable_rung_are_refused(rungs, message):
    with pytest.raises(kk.DataError) as error:
        ladder(*rungs)
    assert str(error.value) == message


def test_a_count_is_never_missing():
    """Who has not bought has bought on 0 days."""
    never_wins = r"^the rung `never` can never win: nobody can meet `purchase_days is missing`"
    with pytest.raises(kk.DataError, match=never_wins):
        kk.CustomerLadder(
            rungs=[
                kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
                kk.Rung(name="never", when=kk.column("purchase_days").is_missing()),
            ]
        )


def test_ladders_of_too_many_cases_are_accepted_without_the_check():
    """Twenty-one columns with a limit each have millions of combinations."""
    spans = (3, 6, 9, 12, 15, 18, 24)
    names = [f"{event}_{months}M" for event in ("referral", "contract", "quote") for months in spans]
    conditions = [kk.column(name) >= limit for limit, name in enumerate(names, 2)]
    rungs = [kk.Rung(name=f"rung {at}", when=condition) for at, condition in enumerate(conditions)]
    assert fact_combinations(conditions) is None
    refuse_unreachable_rungs(rungs)


def test_reachable_rungs_are_accepted():
    """Time on another rung, a function, or a missing value can leave a customer on the rung below."""
    after = rung("after", DAYS >= 2, after=kk.After(rung="two", months=3))
    assert ladder(ANY, rung("two", DAYS >= 2), after).names == ("any", "two", "after")
    own = kk.condition(lambda frame: frame["purchase_days"] > 1, needs=["purchase_days"], text="own")
    assert ladder(ANY, rung("two", DAYS >= 2), rung("own", own)).names == ("any", "two", "own")
    gap = kk.column("typical_gap")
    assert ladder(rung("unknown", DAYS >= 0), rung("slow", gap > 50), rung("quick", gap <= 50))


def test_a_proxy_can_make_a_rung_unreachable():
    """The rung above requires time on another one, but its proxy does not."""
    proxied = rung("proxied", DAYS >= 9, after=kk.After(rung="any", months=3), proxy=DAYS >= 2)
    with pytest.raises(kk.DataError, match="the rung `two` can never win"):
        ladder(ANY, rung("two", DAYS >= 2), proxied)


def test_value_combinations_cover_the_cases_of_the_conditions():
    frame = fact_combinations([(DAYS >= 2) & (YEAR < 2), kk.column("value_12M").between(10, 20)])
    assert sorted(frame["value_12M"].dropna().unique()) == [9.0, 10.0, 15.0, 20.0, 21.0]
    assert frame["value_12M"].isna().any()
    assert (frame["purchase_days_12M"] <= frame["purchase_days"]).all()
    assert {0, 1, 2, 3} <= set(frame["purchase_days"])
    assert fact_combinations([kk.column(f"value_{k}") >= limit for k in range(9) for limit in range(9)]) is None
