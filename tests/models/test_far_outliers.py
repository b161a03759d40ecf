"""One customer far from all others, and impossible values."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

MODELS = (kk.NBD, kk.BGNBD, kk.MBGNBD, kk.ParetoNBD, kk.GGompertzNBD)


@pytest.fixture
def one_old(summary):
    def aged(T):
        return summary.assign(T=np.where(np.arange(len(summary)) == 5, T, summary["T"]))

    return aged


@pytest.mark.parametrize("model", MODELS)
def test_an_impossible_age_is_refused(model, one_old):
    """1e308 has powers that no double holds: it is a wrong column, not a customer."""
    spoilt = one_old(1e308)[["customer_id", "frequency", "recency", "T", "period"]]
    with pytest.raises(kk.DataError) as refused:
        model().fit(spoilt)
    name = {kk.NBD: "NBD", kk.GGompertzNBD: "GGompertz/NBD", kk.ParetoNBD: "Pareto/NBD"}.get(model)
    name = name or model.__name__.replace("NBD", "/NBD")
    row = spoilt.iloc[5]
    assert str(refused.value).splitlines()[0] == (
        f"{name}.fit: `T` is an age: at most 1,000,000,000 periods: broken by 1 of {len(spoilt):,} rows."
    )
    assert refused.value.rows["customer_id"] == [row["customer_id"]]
    assert str(refused.value).endswith("Hint: see kk.summarize(..., period=...).")


def test_an_impossible_frequency_is_refused_by_the_spend_model_too():
    """As by purchase models: at most a million."""
    frame = pd.DataFrame({"frequency": [1e308, 1.0, 2.0, 0.0, 3.0], "monetary_value": [9.0, 8.0, 7.0, 0.0, 3.0]})
    with pytest.raises(kk.DataError) as refused:
        kk.GammaGamma().fit(frame)
    law, *others = str(refused.value).splitlines()
    assert law == (
        "Gamma-Gamma.fit: `frequency` counts repeat purchases of one customer: at most 1,000,000: "
        "broken by 1 of 5 rows."
    )
    assert others == [
        "",
        "row  frequency  monetary_value",
        "  0     1e+308               9",
        "",
        "Hint: an account that sums up many customers (a counter sale) is no customer: leave it out.",
    ]


@pytest.mark.weak_fit
@pytest.mark.parametrize("T", [1e4, 1e6, 1e9])
@pytest.mark.parametrize("model", MODELS)
def test_one_very_old_customer_does_not_stop_a_fit(model, T, one_old):
    """The fit ends at a maximum or a named boundary, with finite numbers."""
    fitted = model().fit(one_old(T))
    assert fitted.report.converged
    assert np.isfinite(fitted.report.log_likelihood)
    assert np.isfinite(fitted.report.information).all()
    assert fitted.predict(one_old(T), horizon=26)["p_alive"].between(0, 1).all()


@pytest.mark.weak_fit
def test_ggompertz_reaches_at_least_the_maximum_of_pareto_nbd(one_old):
    """Pareto/NBD is nested in GGompertz/NBD, also where one customer is very old."""
    for T in (1e4, 1e6):
        ageing, plain = (model().fit(one_old(T)).report.log_likelihood for model in (kk.GGompertzNBD, kk.ParetoNBD))
        assert ageing >= plain - 1e-3
