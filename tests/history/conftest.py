"""Small frames of both kinds."""

import pandas as pd
import polars as pl
import pytest


@pytest.fixture(params=[pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def frame_of(request):
    """A constructor of frames from columns, pandas and polars in turn."""
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
        plain = frame.astype(object).where(frame.notna(), None)
        return {name: plain[name].tolist() for name in frame.columns}

    return columns
