"""Twelve-month total by movement against the scorer's, recomputed from the forecast."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

AS_OF = "1997-12-31"
LADDER = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
EQUAL = {"moving": 1.0, "recurring": 1.0, "exclusive": 1.0}


def value_scorer(**other):
    return kk.ValueScorer(**({"purchases": kk.NBD(), "margin": 0.3, "discount_rate": 0.1, "horizon": "6M"} | other))


@pytest.fixture(scope="module")
def some(cdnow_sample):
    return cdnow_sample[cdnow_sample["customer_id"] % 4 == 0].reset_index(drop=True)


@pytest.fixture(scope="module")
def base(some):
    history = LADDER.history(some, as_of=AS_OF)
    return {
        "history": history,
        "movement": kk.ChainMixture(chains=2, mass=10, starts=1, seed=1).fit(history.careers()),
        "scorer": value_scorer().fit(kk.summarize(some, as_of=AS_OF)),
    }


class NoChange:
    """A movement of one's own: everybody stays."""

    def forecast(self, history, *, origin=None, horizon="6M"):
        raise NotImplementedError

    def time_to(self, rung, history, *, horizon="24M"):
        raise NotImplementedError

    def sizes(self, history, *, horizon="6M", level=0.9):
        assert (horizon, level) == ("12M", 0.9)
        now = history.positions()["rung"].value_counts()
        columns = {"ahead": np.repeat(np.arange(1, 13), len(now)), "rung": [*now.index] * 12}
        return pd.DataFrame(columns | {"expected": [*now.astype(float)] * 12})


def total(base, **other):
    return kk.movement_total(**(base | other)).iloc[0]


@pytest.fixture(scope="module")
def even(base):
    """The row where an account brings 1 a month on every rung."""
    return total(base, contribution=EQUAL)


@pytest.fixture(scope="module")
def unchanged(base):
    """The same where everybody stays."""
    return total(base, movement=NoChange(), contribution=EQUAL)


def test_the_total_is_the_discounted_forecast_times_contribution(base):
    """Summed from `forecast` row by row: a month's money in its middle, at 10 % a year."""
    money = {"moving": 0.1, "recurring": 2.0, "exclusive": 9.0}
    ahead = base["movement"].forecast(base["history"], horizon="12M")
    worth = ahead["probability"] * ahead["rung"].map(money) * 1.1 ** (-(ahead["ahead"] - 0.5) / 12)
    assert total(base, contribution=money)["value"] == pytest.approx(worth.sum())


def test_lapsed_customers_bring_what_the_contribution_says_of_them(base, some):
    """Nothing by a mapping of rungs; in a frame each of rung and flag has its own."""
    history = kk.CustomerLadder.groups().history(some, as_of=AS_OF)
    movement = kk.ChainMixture(chains=1, mass=10, seed=1).fit(history.careers())
    ahead = movement.forecast(history, horizon="12M")
    worth = ahead["probability"] * ~ahead["lapsed"] * 1.1 ** (-(ahead["ahead"] - 0.5) / 12)
    found = total(base, movement=movement, history=history, contribution=EQUAL)["value"]
    assert found == pytest.approx(worth.sum())
    own = movement.contribution(history, margin=0.3)
    assert total(base, movement=movement, history=history)["value"] == pytest.approx(
        total(base, movement=movement, history=history, contribution=own)["value"]
    )


def test_the_scorer_is_asked_for_twelve_months_whatever_its_horizon(base, some):
    summary = kk.summarize(some, as_of=AS_OF)
    expected = value_scorer(horizon="12M").fit(summary).score(summary)["clv"].sum()
    assert total(base)["limit"] == pytest.approx(expected)


def test_without_a_contribution_the_month_of_entry_does_not_count(base):
    """Margin times what customers brought on a rung after their first month there was."""
    careers = base["history"].careers()
    later = careers[careers.duplicated("customer_id")]
    money = (0.3 * later.groupby("rung")["value"].mean()).to_dict()
    assert total(base)["value"] == pytest.approx(total(base, contribution=money)["value"])


@pytest.mark.parametrize(("ratio", "passed"), [(0.79, False), (0.81, True), (1.24, True), (1.26, False)])
def test_ratios_from_08_to_125_pass(base, unchanged, ratio, passed):
    money = dict.fromkeys(EQUAL, ratio * unchanged["limit"] / unchanged["value"])
    row = total(base, movement=NoChange(), contribution=money)
    assert bool(row["passed"]) is passed
    assert f"a ratio of {ratio:.2f}" in row["message"]
    assert ("outside 0.8 to 1.25" in row["message"]) is not passed


def test_prospects_count_on_neither_side_of_chains(base, even, some):
    """Prospects who have been known for months as well."""
    known = pd.DataFrame({"customer_id": [-1, -2, *some["customer_id"].unique()]})
    known["first_contact"] = pd.Series(pd.Timestamp("1997-06-01"), index=[0, 1])
    row = total(base, history=LADDER.history(some, as_of=AS_OF, customers=known), contribution=EQUAL)
    assert row.to_dict() == even.to_dict()


def test_a_microsimulation_by_the_scorers_process_agrees(base, some):
    """With costs on both sides, and on any day; another process is refused."""
    history, summary = LADDER.history(some, as_of="1997-12-17"), kk.summarize(some, as_of="1997-12-17")
    spec = value_scorer(purchases=kk.MBGNBD(), costs=kk.Costs(serve_per_year=2))
    scorer = spec.fit(summary)
    micro = kk.Microsimulation(process=scorer, draws=60, seed=1).fit(history)
    row = total({"movement": micro, "history": history, "scorer": scorer})
    year = evolve(spec, horizon="12M").fit(summary)
    assert row["limit"] == pytest.approx(year.score(summary)["net_value"].sum())
    assert 0.9 < row["value"] / row["limit"] < 1.1
    assert row["passed"]
    with pytest.raises(kk.DataError, match="another purchase process"):
        total(base, movement=micro)


def test_any_movement_is_held_against_the_scorer(base, unchanged):
    """By the numbers that it foresees, and contributions that are given."""
    assert unchanged["value"] == pytest.approx(len(base["history"]) * (1.1 ** (-(np.arange(12) + 0.5) / 12)).sum())


def refused(base, **other):
    with pytest.raises(kk.KundkarriarError) as raised:
        total(base, **other)
    return str(raised.value)


def test_bad_input_is_refused_in_words(base, some):
    hint = "\n\nHint: contribution={'client': 120.0, ...} by rung."
    assert refused(base, history=base["history"].before("1997-11-15")) == (
        "movement_total needs a history up to the end of a month, got 1997-11-15.\n\n"
        'Hint: history.before("<last day of a month>").'
    )
    assert refused(base, movement=NoChange()) == "movement_total cannot tell what rungs bring by a NoChange." + hint
    by_customer = pd.DataFrame({"customer_id": some["customer_id"].unique(), "margin": 0.3})
    history = LADDER.history(some, as_of=AS_OF, customers=by_customer)
    scorer = value_scorer(margin="margin").fit(kk.summarize(some, as_of=AS_OF))
    assert refused(base, history=history, scorer=scorer) == (
        "movement_total cannot tell what rungs bring where the margin is the column `margin`." + hint
    )
    assert total(base, history=history, scorer=scorer, contribution=EQUAL)["value"] > 0
    assert refused(base, history=base["history"].careers()).startswith(
        "movement_total carries purchases on and applies"
    )
    assert refused(base, movement=kk.ChainMixture()).startswith("`movement` must be a fitted movement, got ")
