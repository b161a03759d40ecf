"""The standard error that estimated parameters give an expected total, against draws from their posterior."""

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.models.drift.total_variance import total_std_error


@pytest.mark.parametrize("model", [kk.NBD(), kk.MBGNBD(), kk.ParetoNBD()], ids=str)
def test_it_is_the_spread_over_the_posterior(cdnow_sample, model):
    """The spread of the expected total over draws of the parameters, to the error of 300 draws and of the posterior."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30")
    fitted = model.fit(summary)
    draws = fitted.posterior(draws=300, seed=1).frame()
    totals = [
        type(fitted)(params=type(fitted.params)(**dict(row._asdict())), period="W")
        .predict(summary, horizon=39)["expected_purchases"]
        .sum()
        for row in draws.itertuples(index=False)
    ]
    error = total_std_error(fitted, summary, horizon=39, customers=None, need="this test")
    assert error == pytest.approx(np.std(totals), rel=0.2)
    given = type(fitted)(params=fitted.params, period="W")
    assert total_std_error(given, summary, horizon=39, customers=None, need="this test") == 0
