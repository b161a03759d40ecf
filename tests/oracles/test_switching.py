"""An interrupted Poisson process against matrices with 60 digits (make_switching.py)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kundkarriar.numerics.switching.counts import p_counts
from kundkarriar.numerics.switching.expectation import p_on, time_on
from kundkarriar.numerics.switching.kernel import SwitchingKernel

POINTS, COUNTED = (
    # digits are read as Python reads them, so that each input is the very double
    pd.read_csv(Path(__file__).with_name(f"switching_{name}.csv"), dtype=str).astype(float)
    for name in ("kernel", "counts")
)
TRAITS = ["rate", "leaving", "returning"]
BEGUN = ("on", "off")
counted = pytest.mark.parametrize("row", COUNTED.to_dict("records"), ids=range(len(COUNTED)))
CLOSE = {"rel": 1e-14, "abs": 1e-14}


def no_purchase(gap, *traits):
    """Logs of the chances of no purchase in a gap, by the names of the stored columns."""
    of = SwitchingKernel.of(*traits)
    return {
        "log_on": of.on.log(gap),
        "log_off": of.log_off(gap),
        "log_on_or_off": of.on_or_off.log(gap),
        "log_from_off": of.log_no_purchase_from_off(gap),
    }


def at_points():
    return no_purchase(POINTS["gap"].to_numpy(), *(POINTS[name].to_numpy() for name in TRAITS))


@pytest.mark.parametrize("column", ["log_on", "log_off", "log_on_or_off", "log_from_off"])
def test_no_purchase_in_a_gap(column):
    assert at_points()[column] == pytest.approx(POINTS[column].to_numpy(), **CLOSE)


def test_on_after_silence():
    """A difference of two logs keeps what their sizes leave it."""
    found = at_points()
    apart = np.abs(found["log_on"] - found["log_on_or_off"] - POINTS["log_p_on"])
    assert np.all(apart <= CLOSE["rel"] * (1 + np.abs(found["log_on"])))


def test_a_gap_for_many_traits_at_once():
    """Gaps down, traits across."""
    table = no_purchase(POINTS["gap"].to_numpy()[:, None], *(POINTS[name].to_numpy() for name in TRAITS))
    for name, alone in at_points().items():
        assert table[name].shape == (len(POINTS), len(POINTS))
        assert np.diag(table[name]) == pytest.approx(alone, rel=1e-15)


@counted
def test_counts(row):
    """Within what rounding leaves of an exponential of rates times horizon."""
    chances = p_counts(
        row["horizon"],
        up_to=6,
        rate=np.array([row["rate"]]),
        leaving=np.array([row["leaving"]]),
        returning=row["returning"],
    )
    rounding = 4e-15 * (1 + row["horizon"] * sum(row[name] for name in TRAITS))
    for begun, found in zip(BEGUN, chances, strict=True):
        assert found.shape == (1, 7)
        assert found[0] == pytest.approx([row[f"p_{n}_from_{begun}"] for n in range(7)], rel=0, abs=rounding)


@counted
def test_sums(row):
    """Time on and the chance of being on; what comes from off is exact beside what comes from on."""
    traits = {"leaving": np.array([row["leaving"]]), "returning": row["returning"]}
    horizon, rate = row["horizon"], row["discount_rate"]
    found = {
        "on_at_horizon": p_on(horizon, **traits),
        "on": time_on(horizon, **traits),
        "discounted_on": time_on(horizon, **traits, discount_rate=rate),
        "lifelong_on": time_on(np.inf, **traits, discount_rate=rate),
    }
    for name, values in found.items():
        small = 1e-10 * row[f"{name}_from_on"]
        for begun, value in zip(BEGUN, values, strict=True):
            assert value == pytest.approx(row[f"{name}_from_{begun}"], rel=1e-13, abs=small)


def test_points_hold_the_hard_ones():
    """Logs next to 0 and beyond any double's exponent; nobody returns; eigenvalues that meet."""
    assert len(POINTS) >= 60
    assert POINTS["log_on"].min() < -1e6
    assert POINTS["log_on_or_off"].between(-1e-8, 0, inclusive="neither").any()
    assert (POINTS["returning"] == 0).sum() >= 4
    rate, leaving, returning = (POINTS[name] for name in TRAITS)
    between = np.hypot(rate + leaving - returning, 2 * np.sqrt(leaving * returning))
    assert (between < 1e-8 * rate).sum() >= 3
    assert (COUNTED["returning"] == 0).any()
