"""An effect: what it refuses, how its draws lie, and what dicts of earlier versions say."""

import math
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

EFFECT = {"on": "value", "mean": 1, "low": 0, "high": 2, "evidence": "assumed", "relative_to": "no mail"}
CALL = {"on": "leaving", "mean": 0.8, "low": 0.7, "high": 1.0, "evidence": "assumed", "relative_to": "no call"}


@contextmanager
def refused(message):
    """A DataError with this law and, after the bar, this hint."""
    with pytest.raises(kk.DataError) as caught:
        yield
    assert str(caught.value) == message.replace(" | ", "\n\nHint: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"on": "happiness"},
            (
                "`on` must be one of 'promotion', 'leaving', 'purchases', 'spend', 'cost', 'marketing', 'referrals', "
                "'first purchase', 'returning', 'value', got 'happiness'. "
                "| write on='promotion'."
            ),
        ),
        (
            {"mean": 3},
            (
                "`mean` must be a number from low to high (0 to 2), got 3.0. | low <= mean <= high as "
                "numbers, also where the low end is the strong one."
            ),
        ),
        ({"high": math.nan}, "`high` must be a number from -1e+15 to 1e+15, got nan. | write high=1.0."),
        (
            {"on": "leaving"},
            "`low` must be a finite number above 0, got 0.0. | an effect on leaving multiplies: write low=1 for none.",
        ),
        ({"evidence": " "}, "`evidence` must be a text that says something, got ' '. | write evidence='...'."),
        (
            {"relative_to": None},
            "`relative_to` must be a text that says something, got None. | write relative_to='...'.",
        ),
        ({"mean": "strong"}, "`mean` must be a number from -1e+15 to 1e+15, got 'strong'. | write mean=1.0."),
        ({"low": None}, "`low` must be a number from -1e+15 to 1e+15, got None. | write low=1.0."),
        ({"high": True}, "`high` must be a number from -1e+15 to 1e+15, got True. | write high=1.0."),
        (
            {"on": ["value"]},
            (
                "`on` must be one of 'promotion', 'leaving', 'purchases', 'spend', 'cost', 'marketing', 'referrals', "
                "'first purchase', 'returning', 'value', got ['value']. | "
                "write on='promotion'."
            ),
        ),
        (
            {"lasts": "soon"},
            (
                "`lasts` must be a span of time: a number above 0, then D, W, M or Y, got 'soon'. | "
                'write "12M" or "90D".'
            ),
        ),
        (
            {"lasts": "1.5M"},
            (
                "1.5 months cannot step through the calendar: months have no fractions there. | count in days or "
                'weeks: "46D".'
            ),
        ),
        ({"level": 1}, "`level` must be a number above 0 and below 1, got 1.0. | write level=0.9."),
        (
            {"window": "26W"},
            (
                "`window` is for effects on leaving and for measured ones, and this one on value is assumed. | leave "
                "`window` out; how long a contact treats is `lasts`."
            ),
        ),
    ],
)
def test_effects_refuse(change, message):
    with refused(message):
        kk.Effect(**{**EFFECT, **change})


@pytest.mark.parametrize(("low", "high"), [(1, 2), (0, 1), (1, 1)])
def test_an_end_of_an_effect_may_be_its_mean(low, high):
    """Where nothing worse, nothing better or nothing else is thinkable."""
    effect = kk.Effect(**{**EFFECT, "low": low, "high": high})
    assert (effect.low, effect.mean, effect.high) == (low, 1.0, high)


@pytest.mark.parametrize("left_out", ["evidence", "relative_to", "mean", "low", "high", "on"])
def test_an_effect_has_no_defaults(left_out):
    with pytest.raises(TypeError, match=left_out):
        kk.Effect(**{name: value for name, value in EFFECT.items() if name != left_out})


@settings(max_examples=20, deadline=None)
@given(
    sizes=st.tuples(*[st.floats(0.3, 3.0)] * 3).map(sorted),
    level=st.sampled_from([0.5, 0.8, 0.9, 0.99]),
    on=st.sampled_from(["leaving", "value"]),
)
def test_draws_lie_between_the_ends_as_often_as_the_level_says(sizes, level, on):
    """The ends are quantiles of the draws: below low and above high lies half of what is left of the level."""
    low, mean, high = sizes
    drawn = kk.Effect(**{**CALL, "on": on, "low": low, "mean": mean, "high": high, "level": level}).drawn(
        20_000, seed=1
    )
    tail = (1 - level) / 2
    for quantile, end in ((tail, low), (1 - tail, high)):
        assert np.mean(drawn < end * (1 - 1e-9)) <= quantile + 4 * math.sqrt(tail / 20_000)
        assert np.mean(drawn <= end * (1 + 1e-9)) >= quantile - 4 * math.sqrt(tail / 20_000)
    assert np.all(drawn > 0) or on == "value"


@pytest.mark.parametrize(
    ("on", "low", "high", "level"),
    [("leaving", 0.7, 1.0, 0.9), ("spend", 0.75, 0.9, 0.8), ("value", 0.5, 1.4, 0.8), ("cost", 0.8, 0.8, 0.9)],
)
def test_the_mean_of_draws_is_the_mean_that_is_stated(on, low, high, level):
    """Also where it does not lie in the middle of the interval."""
    drawn = kk.Effect(**{**CALL, "on": on, "low": low, "high": high, "level": level}).drawn(100_000, seed=2)
    assert drawn.mean() == pytest.approx(0.8, abs=4 * drawn.std() / math.sqrt(100_000) + 1e-12)


def test_draws_are_those_of_the_seed():
    """A generator goes on where it stands."""
    call = kk.Effect(**CALL)
    generator = np.random.default_rng(3)
    first, second = call.drawn(5, seed=generator), call.drawn(5, seed=generator)
    np.testing.assert_array_equal(first, call.drawn(5, seed=3))
    assert not np.isin(first, second).any()


def test_an_effect_of_earlier_versions_acts_on_the_whole_horizon():
    """Its dict has no duration, and is written again without one."""
    stored = {**kk.Effect(**CALL).to_dict()}
    assert stored.pop("lasts") == "3M"
    back = kk.Effect.from_dict(stored)
    assert (back.lasts, back.level, back.window) == (None, 0.9, None)
    assert back.to_dict() == stored
    assert str(back) == "multiplies the odds of leaving by 0.8 (0.7 to 1), relative to no call; assumed"


def test_the_sentence_says_how_long_and_within_which_time():
    effect = kk.Effect(**CALL, lasts="6W", window="26W")
    assert kk.Effect.from_dict(effect.to_dict()) == effect
    assert str(effect) == (
        "multiplies the odds of leaving by 0.8 (0.7 to 1) within 26 weeks for 6 weeks from each contact, "
        "relative to no call; assumed"
    )
    assert "from each contact" not in str(kk.Effect(**EFFECT))


def test_marketing_may_be_stopped():
    """Law: an effect on the cost to market may be 0, and is never below; others that multiply may not."""
    stop = {"on": "marketing", "evidence": "assumed", "relative_to": "the usual mail"}
    assert (kk.Effect(mean=0, low=0, high=0, **stop).drawn(5, seed=1) == 0).all()
    unsure = kk.Effect(mean=0.3, low=0, high=0.6, **stop).drawn(2_000, seed=1)
    assert unsure.min() == 0
    assert unsure.mean() == pytest.approx(0.3, abs=0.02)
    with pytest.raises(kk.DataError, match="`mean` must be"):
        kk.Effect(mean=-0.1, low=-0.1, high=0, **stop)
    with pytest.raises(kk.DataError, match="`mean` must be a finite number above 0"):
        kk.Effect(mean=0, low=0, high=0, **(stop | {"on": "cost"}))


def test_a_measured_effect_is_told_to_four_digits():
    """The digits of an estimate beyond the fourth are noise; money of thousands stays whole."""
    effect = kk.Effect(on="spend", mean=1.283734, low=1.2181, high=1.35288, evidence="measured", relative_to="no mail")
    assert str(effect).startswith("multiplies the spend per purchase by 1.284 (1.218 to 1.353) ")
    money = kk.Effect(on="value", mean=12345, low=1e4, high=2e4, evidence="measured", relative_to="no mail")
    assert str(money).startswith("adds 12,345 (10,000 to 20,000) per treated customer")
