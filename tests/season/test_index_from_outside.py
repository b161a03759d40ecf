"""A published index by month in every model of repeat buying, at every station."""

import warnings

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF = "1998-11-30"
PUBLISHED = pd.DataFrame(
    {
        "month": pd.date_range("1997-01-31", periods=12, freq="ME"),
        "index": [80, 80, 90, 90, 100, 100, 70, 90, 100, 100, 120, 200],
    }
)
BY_SEX = kk.Covariates(purchase=("sex",))
MODELS = [
    *(kk.NBD(), kk.BGNBD(), kk.MBGNBD(), kk.BGCNBD(), kk.MBGCNBD(k=2), kk.ParetoNBD(), kk.GGompertzNBD()),
    *(kk.ReturningNBD(), kk.MBGNBD(covariates=BY_SEX), kk.NBD(covariates=BY_SEX)),
    kk.ModelAverage(models=(kk.MBGNBD(), kk.ReturningNBD())),
]


@pytest.fixture(scope="module")
def season():
    return kk.Season(index=PUBLISHED)


@pytest.fixture(scope="module")
def shop(season):
    """Two hundred customers who buy by the published index, over two years."""
    return kk.testing.make_transactions(
        customers=200, seed=2, start="1997-01-01", until="1998-12-31", joining="12M", season=season
    )


@pytest.fixture(scope="module")
def people(shop):
    ids = np.sort(shop["customer_id"].unique())
    return pd.DataFrame({"customer_id": ids, "sex": np.where(ids % 2, "f", "m")})


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_every_model_takes_it_at_every_station(model, season, shop, people):
    """December holds about twice the purchases of a calendar without season, in score, draws, backtest and career."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)  # few customers
        known, _ = kk.split(shop, at=AS_OF)
        expected = {}
        for name, given in (("season", season), ("none", None)):
            summary = kk.summarize(known, as_of=AS_OF, regularity=True, gaps=True, season=given)
            spec = kk.ValueScorer(purchases=model, margin=0.3, discount_rate=0.1, horizon="31D", season=given)
            fitted = spec.fit(summary, customers=people)
            scores = fitted.score(summary, customers=people)
            expected[name] = scores["expected_purchases"].sum()
            if given is None:
                continue
            drawn = fitted.draw(summary, customers=people, draws=100, seed=1).measuring("purchases").totals()
            assert drawn.mean() == pytest.approx(expected[name], rel=0.2)
            summary_of = kk.Backtest(scorer=spec, horizon="31D", draws=4).run(shop, customers=people).summary()
            assert summary_of["purchases_predicted"].iloc[0] == pytest.approx(expected[name], rel=0.02)
            career = kk.CustomerCareer(scorer=spec).fit(known, as_of=AS_OF, customers=people, seed=1, draws=4)
            assert career.customers()["expected_purchases"].sum() == pytest.approx(expected[name], rel=1e-6)
    assert 1.5 < expected["season"] / expected["none"] < 2.6
