"""Data that many tests read."""

import gc

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine

import kundkarriar as kk

# Hypothesis has no setting for this (five minutes by default), and keeps the number open for those who need another.
# The best example found so far is shown; without Phase.shrink it would be the first, with forty purchases in it.
engine.MAX_SHRINKING_SECONDS = 10

settings.register_profile(
    "kundkarriar", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("kundkarriar")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is collected stays: to look for garbage in it takes a quarter of the time of collecting."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items):
    """A test of weak fits is not about their warnings."""
    for item in items:
        if item.get_closest_marker("weak_fit"):
            item.add_marker(pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning"))


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """All 69,659 purchases."""
    return kk.datasets.load_cdnow()


@pytest.fixture(scope="session")
def cdnow_sample() -> pd.DataFrame:
    """The 1/10 sample of the literature."""
    return kk.datasets.load_cdnow(sample=True)


class Tables(type):
    """What makes tables of pyarrow as a class of frames makes its own, and knows them again."""

    def __call__(cls, columns=None):
        return pa.table(dict(columns or {}))

    def __instancecheck__(cls, given):
        return isinstance(given, pa.Table)


class Table(metaclass=Tables):
    """The class of tables of pyarrow, which cannot be called."""


@pytest.fixture(params=[pd.DataFrame, pl.DataFrame, Table], ids=["pandas", "polars", "pyarrow"])
def frame_of(request):
    """A constructor of frames from columns, pandas, polars and pyarrow in turn."""
    return request.param


@pytest.fixture
def message_of():
    """The whole text of the error that a call raises."""

    def text(error, call):
        with pytest.raises(error) as caught:
            call()
        return str(caught.value)

    return text


@pytest.fixture
def as_dict():
    """Columns of a frame as lists, missing numbers as None."""

    def columns(frame):
        if isinstance(frame, pl.DataFrame):
            return frame.to_dict(as_series=False)
        if isinstance(frame, pa.Table):
            return frame.to_pydict()
        plain = frame.astype(object).where(frame.notna(), None)
        return {name: plain[name].tolist() for name in frame.columns}

    return columns
