"""Invalid columns, levels, counts and observation times are refused, with the whole message."""

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.models.interface.argument_checks import YEARLY_RATE

TYPED = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SUMMARY = TYPED.simulate([39.0] * 4, seed=1)
NAMES = "write also=['p_alive_later']."
ALSO = "`also` must be names, each one of 'p_alive_later', 'p_purchase', 'log_p_alive', got"
AGES = "write T=[39.0] * 1000."
AGE = "`T` must be for each customer a number of periods from 0 to 1.44626e+12, got"
FEWER = "write up_to=10; what lies above is `p_more`, or what is missing to 1."
CASES = {
    "no further columns": (
        lambda: TYPED.predict(SUMMARY, horizon=3, also=None),
        f"{ALSO} None.",
        NAMES,
    ),
    "a number of further columns": (
        lambda: TYPED.predict(SUMMARY, horizon=3, also=3),
        f"{ALSO} 3.",
        NAMES,
    ),
    "a level as text": (
        lambda: TYPED.estimates(level="a"),
        "`level` must be a number above 0 and below 1, got 'a'.",
        "write level=0.9.",
    ),
    "a level in percent": (
        lambda: TYPED.estimates(level=95),
        "`level` must be a number above 0 and below 1, got 95.",
        "write level=0.9.",
    ),
    "ages as text": (
        lambda: TYPED.simulate(["a"], seed=1),
        f"{AGE} ['a'].",
        AGES,
    ),
    "a table of ages": (
        lambda: TYPED.simulate([[1, 2]], seed=1),
        f"{AGE} [[1, 2]].",
        AGES,
    ),
    "ages of several lengths": (
        lambda: TYPED.simulate([[1, 2], 3], seed=1),
        f"{AGE} [[1, 2], 3].",
        AGES,
    ),
    "an age before birth": (
        lambda: TYPED.simulate([3.0, -1.0], seed=1),
        f"{AGE} [3.0, -1.0].",
        AGES,
    ),
    "millions of counts": (
        lambda: TYPED.purchase_counts(SUMMARY, horizon=3, up_to=10**7),
        "`up_to` must be a whole number from 0 to 10,000, got 10000000.",
        FEWER,
    ),
    "millions of counts of a new customer": (
        lambda: TYPED.new_customer_counts(3, up_to=10_001),
        "`up_to` must be a whole number from 0 to 10,000, got 10001.",
        FEWER,
    ),
}


@pytest.mark.parametrize(("call", "law", "hint"), CASES.values(), ids=CASES)
def test_message(call, law, hint):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value) == f"{law}\n\nHint: {hint}"


@pytest.mark.parametrize("rate", [1e-7, -0.1, 1.0, float("nan"), "10%"])
def test_a_yearly_rate_is_0_or_large_enough_to_end_a_sum(rate):
    with pytest.raises(kk.DataError) as raised:
        YEARLY_RATE.read(rate, "discount_rate")
    assert str(raised.value) == (
        f"`discount_rate` must be 0, or a number of at least 1e-06 and below 1, got {rate!r}.\n\n"
        "Hint: write discount_rate=0.1 for 10 percent a year, effective."
    )
    assert (YEARLY_RATE.read(0, "discount_rate"), YEARLY_RATE.read(1e-6, "discount_rate")) == (0.0, 1e-6)


def test_counts_go_up_to_ten_unless_more_are_asked_for():
    assert TYPED.new_customer_counts(3)["purchases"].tolist() == list(range(11))
    assert TYPED.new_customer_counts(3, up_to=2)["purchases"].tolist() == [0, 1, 2]
    columns = TYPED.purchase_counts(SUMMARY, horizon=3).columns
    assert columns[columns.str.match(r"p_\d+$")].tolist() == [f"p_{at}" for at in range(11)]


def test_the_limits_are_allowed():
    """The largest `up_to`, and an array of names in `also`."""
    assert TYPED.new_customer_counts(3, up_to=10_000)["probability"].sum() == pytest.approx(1, abs=1e-9)
    assert "p_purchase" in TYPED.predict(SUMMARY, horizon=3, also=np.array(["p_purchase"]))
