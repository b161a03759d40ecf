"""The level in a career: its bridge widens and says so, and a calibration does not count it twice."""

import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

TERMS = {"purchases": kk.MBGNBD(), "margin": 0.3, "discount_rate": 0.1, "horizon": "3M"}


@pytest.fixture(scope="module")
def careers(cdnow_sample):
    return {
        level: kk.CustomerCareer(scorer=kk.ValueScorer(**TERMS, level=level)).fit(
            cdnow_sample, as_of="1998-06-30", seed=1, draws=60
        )
        for level in (0, 0.2)
    }


def today_of(bridge):
    return bridge[bridge["line"] == "net sales of today's customers, next 3 months"].iloc[0]


def test_the_bridge_holds_the_level(careers):
    alone, wide = (today_of(careers[level].bridge()) for level in (0, 0.2))
    assert wide["amount"] == alone["amount"]
    assert wide["low"] < alone["low"] < alone["high"] < wide["high"]
    assert "model error not included" in alone["source"]
    assert "level error of sd 20.0% (given)" in wide["source"]
    assert "model error" not in wide["source"]


def test_a_calibration_replaces_the_level(careers, cdnow_sample):
    """Law: the calibrated interval is that of a scorer without level, to the chance of whole counts."""
    scorer = careers[0].career.scorer
    result = kk.Backtest(scorer=scorer, origins=3, horizon="3M", draws=20).run(cdnow_sample)
    alone, wide = (careers[level].bridge(backtest=result).set_index("line") for level in (0, 0.2))
    for bound in ("amount", "low", "high"):
        line = "net sales, next 3 months"
        assert wide.loc[line, bound] == pytest.approx(alone.loc[line, bound], rel=0.03)


def test_it_is_read_back(careers):
    """Bridges from before the level lack its bounds, and are read as without one."""
    career = careers[0.2]
    again = kk.FittedCareer.from_dict(career.to_dict())
    pd.testing.assert_frame_equal(again.bridge(), career.bridge())
    assert again.money == career.money
    assert pd.isna(careers[0].money.alone_low)
    assert evolve(career.money, alone_low=float("nan"), alone_high=float("nan")).low == career.money.low
