"""Rows of `kk.distinct_rows`: a fit, a likelihood and a comparison refuse them without weights."""

import pytest

import kundkarriar as kk

COUNTED = 'weights="n_customers".'
ITSELF = "pass the summary itself, one row per customer."
TYPED = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
CUSTOMERS = TYPED.simulate([26.0, 39.0] * 100, seed=1)
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
EVEN = kk.FittedBGCNBD(params=kk.BGCNBDParams(k=2, r=0.5, alpha=3.0, a=0.9, b=1.6), period="W").simulate(
    [39.0] * 200, seed=1
)
ROWS = kk.distinct_rows(CUSTOMERS)
PRICED = ROWS.assign(monetary_value=20.0)
CASES = {
    "a fit": ("MBG/NBD.fit", COUNTED, lambda: kk.MBGNBD().fit(ROWS)),
    "another fit": ("Pareto/NBD.fit", COUNTED, lambda: kk.ParetoNBD().fit(ROWS)),
    "a fit of k": ("BG/CNBD.fit", COUNTED, lambda: kk.BGCNBD().fit(kk.distinct_rows(EVEN))),
    "a fit with covariates": (
        "MBG/NBD.fit",
        COUNTED,
        lambda: kk.MBGNBD(covariates=kk.Covariates(purchase="web")).fit(ROWS.assign(web=ROWS["T"] > 30)),
    ),
    "a likelihood": ("MBG/NBD.log_likelihood_of", COUNTED, lambda: TYPED.log_likelihood_of(ROWS)),
    "a spend fit": ("Gamma-Gamma.fit", COUNTED, lambda: kk.GammaGamma().fit(PRICED)),
    "a spend likelihood": ("Gamma-Gamma.log_likelihood_of", COUNTED, lambda: SPEND.log_likelihood_of(PRICED)),
    "a comparison": ("compare_models", ITSELF, lambda: kk.compare_models([kk.NBD()], ROWS)),
    "groups": ("CustomerGroups.fit", ITSELF, lambda: kk.CustomerGroups().fit(kk.distinct_rows(EVEN))),
    "distinct rows": (
        "distinct_rows",
        "pass the summary itself; these rows are distinct already.",
        lambda: kk.distinct_rows(ROWS),
    ),
}


@pytest.mark.parametrize(("need", "hint", "call"), CASES.values(), ids=CASES)
def test_rows_without_weights_are_refused(need, hint, call):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value) == (
        f"{need} would take each row for one customer: the frame has `n_customers` and no `customer_id`, as that of "
        f"kk.distinct_rows.\n\nHint: {hint}"
    )


def test_a_prediction_per_row_is_right():
    """A row is predicted like each of the customers that it stands for."""
    predicted = TYPED.predict(ROWS, horizon=8)
    own = CUSTOMERS.merge(predicted, on=["frequency", "recency", "T"])
    assert own["p_alive"].tolist() == pytest.approx(TYPED.predict(CUSTOMERS, horizon=8)["p_alive"].tolist())
    assert len(SPEND.predict(PRICED)) == len(ROWS)


def test_customers_with_a_column_of_that_name():
    """With a customer_id each row is one customer."""
    assert kk.MBGNBD().fit(CUSTOMERS.assign(n_customers=3)).n_customers == len(CUSTOMERS)
    assert kk.MBGNBD().fit(ROWS, weights="n_customers").n_customers == len(CUSTOMERS)
