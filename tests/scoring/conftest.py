"""A small base of CDNOW customers, summarised and scored."""

import pandas as pd
import pytest

import kundkarriar as kk


@pytest.fixture(scope="session")
def costs() -> kk.Costs:
    return kk.Costs(serve_per_year=2.0, market_per_year=0.5, per_order=1.0)


@pytest.fixture(scope="session")
def summary(cdnow_sample) -> pd.DataFrame:
    return kk.summarize(cdnow_sample, as_of="1997-09-30", period="W")


@pytest.fixture(scope="session")
def scorer(costs) -> kk.ValueScorer:
    return kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.10, horizon="12M", costs=costs, level=0)


@pytest.fixture(scope="session")
def fitted(scorer, summary) -> kk.FittedValueScorer:
    return scorer.fit(summary)


@pytest.fixture(scope="session")
def scores(fitted, summary) -> pd.DataFrame:
    return fitted.score(summary)
