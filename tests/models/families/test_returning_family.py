"""The family of customers who return at the limits of its parameters."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.models.returning_nbd import ReturningNBDParams


@pytest.mark.parametrize(("changed", "about"), [({"m1": 28.0}, "2e+14"), ({"m2": 28.0, "nu": 1e12}, "2e+14")])
def test_histories_of_too_many_events_are_not_made(changed, about):
    usual = {"m1": -3.0, "s1": 0.001, "m2": -3.0, "s2": 0.001, "nu": 0.02}
    model = kk.FittedReturningNBD(params=ReturningNBDParams(**usual | changed), period="D")
    with pytest.raises(kk.errors.DataError) as error:
        model.simulate([400.0], seed=1)
    assert str(error.value) == (
        f"ReturningNBD.simulate makes every purchase and every pause, here about {about}: at most 1e+08.\n\n"
        "Hint: fewer customers or a shorter T; exp(m1) and exp(m2) are rates per period of the typical customer."
    )


def test_probabilities_do_not_exceed_1_by_rounding_errors():
    """Everyone is on, and stays on."""
    sure = ReturningNBDParams(m1=-3.0, s1=0.001, m2=-28.0, s2=0.001, nu=1e12)
    model = kk.FittedReturningNBD(params=sure, period="D")
    ages = np.arange(1.0, 300.0)
    summary = pd.DataFrame({"frequency": 0, "recency": 0.0, "T": ages, "gaps": ""})
    also = ["p_alive_later", "p_purchase", "log_p_alive"]
    predicted = model.predict(summary, horizon=1e6, also=also)
    assert (predicted["p_alive"] <= 1.0).all()
    assert (predicted["log_p_alive"] <= 0.0).all()
    assert predicted[["p_alive_later", "p_purchase"]].to_numpy().max() <= 1.0
    ahead = model.residual(model.read(summary).rows, horizon=1e6, discount_rate=0.001)
    assert ahead.p_alive.max() <= 1.0
