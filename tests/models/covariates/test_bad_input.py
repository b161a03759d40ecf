# ruff: noqa: E501 - messages stand line by line, as they are printed
"""Invalid covariates are refused, with the whole message."""

import re

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

N = 60
COUNT = np.arange(N)
SUMMARY = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.8, alpha=6, a=0.7, b=2.1), period="W").simulate([40.0] * N, seed=1)
KNOWN = pd.DataFrame(
    {
        "customer_id": SUMMARY["customer_id"],
        "web": COUNT % 2 == 0,
        "age": 20.0 + COUNT % 7,
        "channel": np.array(["app", "mail", "shop"])[COUNT % 3],
    }
)
TYPED = kk.FittedMBGNBD(
    params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614),
    period="W",
    effects=kk.CovariateEffects(purchase={"age": 0.014}),
)
FARTHER = kk.FittedMBGNBD(
    params=TYPED.params, period="W", effects=kk.CovariateEffects(dropout={"age": -0.1048}, middle={"age": 2010})
)
COVARIATES = kk.Covariates(purchase=("web", "age"), dropout="channel")


def fit(known=KNOWN, summary=SUMMARY, covariates=COVARIATES):
    return kk.MBGNBD(covariates=covariates).fit(summary, customers=known)


@pytest.fixture(scope="module")
def fitted():
    return fit()


FITS = {
    "columns nowhere": (
        lambda: fit(None),
        [
            "MBG/NBD.fit needs the covariates ['web', 'age', 'channel'], which the summary does not have.",
            "",
            "Hint: customers=... with customer_id and ['web', 'age', 'channel']; the summary has ['customer_id', 'frequency', 'recency', 'T', 'n_transactions', 'period'].",
        ],
    ),
    "a column missing": (
        lambda: fit(KNOWN.drop(columns="age")),
        [
            "MBG/NBD.fit(customers=...) needs columns that are not there: ['age'].",
            "",
            "Hint: the DataFrame has ['customer_id', 'web', 'channel'].",
        ],
    ),
    "customers absent": (
        lambda: fit(KNOWN.iloc[3:]),
        [
            "MBG/NBD.fit needs every customer in `customers`: broken by 3 of 60 rows.",
            "",
            "row  customer_id",
            "  0            1",
            "  1            2",
            "  2            3",
            "",
            "Hint: add these customers with their covariates.",
        ],
    ),
    "customers twice": (
        lambda: fit(pd.concat([KNOWN, KNOWN.head(2)])),
        [
            "MBG/NBD.fit(customers=...) needs one row per customer in `customer_id`: broken by 4 of 62 rows.",
            "",
            "row  customer_id",
            "  0            1",
            "  1            2",
            " 60            1",
            "",
            "Hint: keep one row of each customer, with its id.",
        ],
    ),
    "a summary without ids": (
        lambda: fit(summary=SUMMARY.drop(columns="customer_id")),
        [
            "MBG/NBD.fit needs columns that are not there: ['customer_id'].",
            "",
            (
                "Hint: the DataFrame has ['frequency', 'recency', 'T', 'n_transactions', 'period']. Orders get standard "
                "names from kk.transactions(orders, customer_id=..., date=..., amount=...); in other frames rename the "
                "column of ids to customer_id."
            ),
        ],
    ),
    "ids of another kind": (
        lambda: fit(KNOWN.assign(customer_id=KNOWN["customer_id"].astype(str))),
        [
            "MBG/NBD.fit needs ids of one kind: `customer_id` is Int64 in the summary and String in `customers`, so no customer would be found again.",
            "",
            "Hint: make both of one kind: .astype(str) in pandas, .cast(pl.String) in polars.",
        ],
    ),
    "a number missing": (
        lambda: fit(KNOWN.assign(age=KNOWN["age"].where(KNOWN["age"] > 20))),
        [
            "MBG/NBD.fit needs `age` of every customer: it is a covariate: broken by 9 of 60 rows.",
            "",
            "row  customer_id      age",
            "  0            1  missing",
            "  7            8  missing",
            " 14           15  missing",
            "",
            'Hint: fill it in, or give who lacks it a level of their own: "unknown".',
        ],
    ),
    "a level missing": (
        lambda: fit(KNOWN.assign(channel=KNOWN["channel"].where(KNOWN["channel"] != "app"))),
        [
            "MBG/NBD.fit needs `channel` of every customer: it is a covariate: broken by 20 of 60 rows.",
            "",
            "row  customer_id  channel",
            "  0            1  missing",
            "  3            4  missing",
            "  6            7  missing",
            "",
            'Hint: fill it in, or give who lacks it a level of their own: "unknown".',
        ],
    ),
    "an infinite number": (
        lambda: fit(KNOWN.assign(age=np.where(KNOWN["age"] > 25, np.inf, KNOWN["age"]))),
        [
            "MBG/NBD.fit needs finite numbers or missing values in `age`: broken by 8 of 60 rows.",
            "",
            "row  customer_id  age",
            "  6            7  inf",
            " 13           14  inf",
            " 20           21  inf",
            "",
            "Hint: look at these rows; repair or leave out what has no `age`.",
        ],
    ),
    "dates": (
        lambda: fit(KNOWN.assign(age=pd.Timestamp("2020-01-01"))),
        [
            "MBG/NBD.fit needs numbers in `age`, found Datetime(time_unit='us', time_zone=None): broken by 60 of 60 rows.",
            "",
            "row  customer_id         age",
            "  0            1  2020-01-01",
            "  1            2  2020-01-01",
            "  2            3  2020-01-01",
            "",
            "Hint: convert it first: frame['age'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        ],
    ),
    "one level": (
        lambda: fit(KNOWN.assign(age=1.0, channel="app")),
        [
            "MBG/NBD.fit: the covariates ['channel'] are the same for all customers fitted, so nothing can be learnt.",
            "",
            "Hint: leave them out.",
        ],
    ),
    "one number": (
        lambda: fit(KNOWN.assign(age=1.0)),
        [
            "MBG/NBD.fit: the covariates ['age'] are the same for all customers fitted, so nothing can be learnt.",
            "",
            "Hint: leave them out.",
        ],
    ),
    "a zero far away": (
        lambda: fit(KNOWN.assign(age=2005 + KNOWN["age"] / 100)),
        [
            "MBG/NBD.fit: the covariate `age` lies round 2005.23, spread by 0.0199: a customer at 0, whom the model's own parameters describe, would be like none of these.",
            "",
            "Hint: count it from nearby: customers['age'] - 2005.",
        ],
    ),
    "a level per customer": (
        lambda: fit(KNOWN.assign(channel=KNOWN["customer_id"].astype(str))),
        [
            "MBG/NBD.fit: the covariate `channel` has 60 levels for 60 customers: it tells single customers apart, where above 10 levels there must be 20 customers to a level.",
            "",
            "Hint: group its levels, or leave it out.",
        ],
    ),
    "levels without end": (
        lambda: kk.MBGNBD(covariates=kk.Covariates(purchase="town")).fit(
            pd.concat([SUMMARY.drop(columns="customer_id").assign(town=f"t{town}", n=20) for town in range(101)]),
            weights="n",
        ),
        [
            "MBG/NBD.fit: the covariate `town` has 101 levels for 121,200 customers: more than 100 are not searched.",
            "",
            "Hint: group its levels, or leave it out.",
        ],
    ),
    "a column said already": (
        lambda: fit(KNOWN.assign(old=2 * KNOWN["age"] + 1), covariates=kk.Covariates(purchase=("age", "old"))),
        [
            "MBG/NBD.fit: the covariate `old` says nothing that ['age'] do not say already.",
            "",
            "Hint: leave one of them out.",
        ],
    ),
    "a level said already": (
        lambda: fit(
            KNOWN.assign(store=KNOWN["channel"] == "shop"), covariates=kk.Covariates(dropout=("channel", "store"))
        ),
        [
            "MBG/NBD.fit: the covariate `store=True` says nothing that ['channel=shop'] do not say already.",
            "",
            "Hint: leave one of them out.",
        ],
    ),
    "too few customers": (
        lambda: fit(KNOWN.head(6), SUMMARY.head(6)),
        [
            "MBG/NBD has 8 parameters and needs more customers than that, got 6.",
            "",
            "Hint: fit to more customers; published parameters can be typed in: kk.FittedMBGNBD(params=..., period=...).",
        ],
    ),
    "a scorer without customers": (
        lambda: kk.ValueScorer(
            purchases=kk.MBGNBD(covariates=COVARIATES), margin=0.3, discount_rate=0.1, horizon="12M"
        ).fit(SUMMARY.assign(monetary_value=3.0)),
        [
            "MBG/NBD.fit needs the covariates ['web', 'age', 'channel'], which the summary does not have.",
            "",
            "Hint: customers=... with customer_id and ['web', 'age', 'channel']; the summary has ['customer_id', 'frequency', 'recency', 'T', 'n_transactions', 'period', 'monetary_value'].",
        ],
    ),
}
PREDICTIONS = {
    "columns nowhere": (
        lambda fitted: fitted.predict(SUMMARY, horizon=4),
        [
            "MBG/NBD.predict needs the covariates ['web', 'age', 'channel'], which the summary does not have.",
            "",
            "Hint: customers=... with customer_id and ['web', 'age', 'channel']; the summary has ['customer_id', 'frequency', 'recency', 'T', 'n_transactions', 'period'].",
        ],
    ),
    "a customer absent": (
        lambda fitted: fitted.log_likelihood_of(SUMMARY, customers=KNOWN.iloc[:-1]),
        [
            "MBG/NBD.log_likelihood_of needs every customer in `customers`: broken by 1 of 60 rows.",
            "",
            "row  customer_id",
            " 59           60",
            "",
            "Hint: add these customers with their covariates.",
        ],
    ),
    "a level unseen": (
        lambda fitted: fitted.predict(
            SUMMARY, customers=KNOWN.assign(channel=np.where(COUNT < 2, "phone", KNOWN["channel"])), horizon=4
        ),
        [
            "MBG/NBD.predict: `channel` holds levels that the fit did not see, ['phone']: broken by 2 of 60 rows.",
            "",
            "row  customer_id  channel",
            "  0            1    phone",
            "  1            2    phone",
            "",
            "Hint: its levels are ['app', 'mail', 'shop']: give these customers one of them, or fit again.",
        ],
    ),
    "a number for a level": (
        lambda fitted: fitted.next_purchase(SUMMARY, customers=KNOWN.assign(channel=1.5), by=4),
        [
            "MBG/NBD.next_purchase: `channel` holds levels that the fit did not see, ['1.5']: broken by 60 of 60 rows.",
            "",
            "row  customer_id  channel",
            "  0            1      1.5",
            "  1            2      1.5",
            "  2            3      1.5",
            "",
            "Hint: its levels are ['app', 'mail', 'shop']: give these customers one of them, or fit again.",
        ],
    ),
    "far out": (
        lambda _: TYPED.predict(SUMMARY, customers=KNOWN.assign(age=np.where(COUNT == 7, -1e6, 70.0)), horizon=3),
        [
            "MBG/NBD.predict: `age` shifts the purchase rate of a customer by exp(30) at most, up or down: broken by 1 of 60 rows.",
            "",
            "row  customer_id     age",
            "  7            8  -1e+06",
            "",
            "Hint: look at its values and their unit: the coefficient of `age` is 0.014, counted from 0 (`middle` of the effects).",
        ],
    ),
    "a likelihood far out": (
        lambda _: TYPED.log_likelihood_of(SUMMARY, customers=KNOWN.assign(age=1e308 * (COUNT < 2))),
        [
            "MBG/NBD.log_likelihood_of: `age` shifts the purchase rate of a customer by exp(30) at most, up or down: broken by 2 of 60 rows.",
            "",
            "row  customer_id     age",
            "  0            1  1e+308",
            "  1            2  1e+308",
            "",
            "Hint: look at its values and their unit: the coefficient of `age` is 0.014, counted from 0 (`middle` of the effects).",
        ],
    ),
    "far from those fitted": (
        lambda _: FARTHER.predict(SUMMARY, customers=KNOWN.assign(age=2010.0 + 5 * COUNT), horizon=3),
        [
            "MBG/NBD.predict: `age` shifts the rate of leaving of a customer by exp(30) at most, up or down: broken by 2 of 60 rows.",
            "",
            "row  customer_id   age",
            " 58           59  2300",
            " 59           60  2305",
            "",
            "Hint: look at its values and their unit: the coefficient of `age` is -0.1048, counted from 2010 (`middle` of the effects).",
        ],
    ),
    "a new customer far out": (
        lambda _: TYPED.new_customer(4, profile={"age": 60_000}),
        [
            "MBG/NBD.new_customer: `age` shifts the purchase rate of a customer by exp(30) at most, up or down: broken by 1 of 1 rows.",
            "",
            "row    age",
            "  0  60000",
            "",
            "Hint: look at its values and their unit: the coefficient of `age` is 0.014, counted from 0 (`middle` of the effects).",
        ],
    ),
    "text for a number": (
        lambda fitted: fitted.discounted(SUMMARY, customers=KNOWN.assign(age="old"), discount_rate=0.1),
        [
            "MBG/NBD.discounted needs numbers in `age`, found String: broken by 60 of 60 rows.",
            "",
            "row  customer_id  age",
            "  0            1  old",
            "  1            2  old",
            "  2            3  old",
            "",
            "Hint: convert it first: frame['age'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        ],
    ),
    "a new customer of no description": (
        lambda fitted: fitted.new_customer(4),
        [
            "MBG/NBD.new_customer needs the covariates ['web', 'age', 'channel'] of the customer.",
            "",
            "Hint: profile={'web': ..., 'age': ..., 'channel': ...}.",
        ],
    ),
    "a new customer of too much": (
        lambda fitted: fitted.new_customer_counts(4, profile={"web": True, "age": 3, "channel": "app", "x": 1}),
        [
            "MBG/NBD.new_customer_counts has no covariates ['x'], which stand in `profile`.",
            "",
            "Hint: its covariates are ['web', 'age', 'channel'].",
        ],
    ),
    "a new customer of a level unseen": (
        lambda fitted: fitted.new_customer(4, profile={"web": True, "age": 3, "channel": "phone"}),
        [
            "MBG/NBD.new_customer: `channel` holds levels that the fit did not see, ['phone']: broken by 1 of 1 rows.",
            "",
            "row  channel",
            "  0    phone",
            "",
            "Hint: its levels are ['app', 'mail', 'shop']: give these customers one of them, or fit again.",
        ],
    ),
    "rows read without them": (
        lambda fitted: fitted.residual(kk.MBGNBD().fit(SUMMARY).read(SUMMARY).rows, horizon=4, discount_rate=0.1),
        [
            "MBG/NBD was fitted with 4 columns of covariates, these rows carry 0.",
            "",
            "Hint: read them with the fitted model: fitted.read(summary, customers=customers).rows.",
        ],
    ),
    "simulated customers of no description": (
        lambda fitted: fitted.simulate([4.0] * 3, seed=1),
        [
            "MBG/NBD.simulate needs the covariates ['web', 'age', 'channel'] of the 3 customers.",
            "",
            "Hint: customers=... with ['web', 'age', 'channel'], a row for each of them.",
        ],
    ),
    "descriptions of others": (
        lambda fitted: fitted.simulate([4.0] * 3, seed=1, customers=KNOWN.head(2)),
        [
            "MBG/NBD.simulate needs a row of `customers` for each of the 3 customers, got 2.",
            "",
            "Hint: give both in the same order.",
        ],
    ),
    "a description where none is asked for": (
        lambda _: kk.MBGNBD().fit(SUMMARY).new_customer(4, profile={"web": True}),
        [
            "MBG/NBD.new_customer has no covariates ['web'], which stand in `profile`.",
            "",
            "Hint: leave `profile` out.",
        ],
    ),
}
SPECS = {
    "no name": (
        lambda: kk.Covariates(purchase=3),
        "`purchase` must be different names of columns, got (3,).\n\nHint: write purchase=['name'].",
    ),
    "an empty name": (
        lambda: kk.Covariates(dropout=("",)),
        "`dropout` must be different names of columns, got ('',).\n\nHint: write dropout=['name'].",
    ),
    "a name twice": (
        lambda: kk.Covariates(purchase=("age", "age")),
        "`purchase` must be different names of columns, got ('age', 'age').\n\nHint: write purchase=['name'].",
    ),
    "an outcome": (
        lambda: kk.Covariates(purchase="T"),
        "`purchase` must be columns known from the start, not what customers did, got ('T',).\n\nHint: leave out ['T'].",
    ),
    "a negative penalty": (
        lambda: kk.Covariates(l2=-1),
        "`l2` must be a finite number of at least 0, got -1.0.\n\nHint: write l2=1.0.",
    ),
    "equal of one": (
        lambda: kk.Covariates(purchase="age", equal="age"),
        "`equal` must be columns of both `purchase` and `dropout`, got ('age',).\n\nHint: write ['age'] in both.",
    ),
    "a spec of text": (
        lambda: kk.MBGNBD(covariates="channel"),
        "`covariates` must be kk.Covariates(...), got 'channel'.\n\nHint: write covariates=kk.Covariates(...).",
    ),
    "dropout of nobody": (
        lambda: kk.NBD(covariates=kk.Covariates(purchase="age", dropout="age")),
        "`covariates.dropout` must be empty, because nobody drops out, got ('age',).\n\nHint: leave it out, or use kk.MBGNBD().",
    ),
    "an effect on the dropout of nobody": (
        lambda: kk.FittedNBD(
            params=kk.NBDParams(r=1, alpha=9), period="W", effects=kk.CovariateEffects(dropout={"age": 1})
        ),
        "`effects.dropout` must be empty, because nobody drops out, got (('age', 1.0),).\n\nHint: leave it out, or use kk.MBGNBD().",
    ),
    "a coefficient that is none": (
        lambda: kk.CovariateEffects(purchase={"age": float("nan")}),
        "`purchase` must be numbers by name, each a finite number, got (('age', nan),).\n\nHint: write purchase={'age': 0.1}.",
    ),
    "no spread": (
        lambda: kk.CovariateEffects(purchase={"age": 1.0}, spread={"age": 0}),
        "`spread` must be numbers by name, each a finite number above 0, got (('age', 0.0),).\n\nHint: write spread={'age': 0.1}.",
    ),
    "unequal": (
        lambda: kk.CovariateEffects(purchase={"age": 1.0}, dropout={"age": 2.0}, equal="age"),
        "`equal` must be labels with one coefficient in `purchase` and `dropout`, got ['age'].\n\nHint: write the same number in both.",
    ),
    "the spread of another column": (
        lambda: kk.CovariateEffects(purchase={"age": 1.0}, spread={"wage": 2.0}),
        "`spread` must be numbers of the labels ['age'], got {'wage': 2.0}.\n\nHint: leave out ['wage'].",
    ),
    "levels of another column": (
        lambda: kk.CovariateEffects(purchase={"age": 1.0}, levels={"web": (False, True)}),
        "`levels` must be levels of the columns of labels, with those of ['web'] after the first, got {'web': (False, True)}.\n\nHint: write levels={'channel': ('shop', 'web')}.",
    ),
    "a name alone": (
        lambda: kk.CovariateEffects(purchase="age"),
        "`purchase` must be numbers by name, each a finite number, got ('age',).\n\nHint: write purchase={'age': 0.1}.",
    ),
    "the first level": (
        lambda: kk.CovariateEffects(purchase={"web=False": 1.0}, levels={"web": (False, True)}),
        "`levels` must be levels of the columns of labels, with those of ['web=False'] after the first, got {'web': (False, True)}.\n\nHint: write levels={'channel': ('shop', 'web')}.",
    ),
}


def message(raised):
    return str(raised.value).splitlines()


@pytest.mark.parametrize(("call", "lines"), FITS.values(), ids=FITS)
def test_fits(call, lines):
    with pytest.raises(kk.DataError) as raised:
        call()
    assert message(raised) == lines


@pytest.mark.parametrize(("call", "lines"), PREDICTIONS.values(), ids=PREDICTIONS)
def test_predictions(fitted, call, lines):
    with pytest.raises(kk.DataError) as raised:
        call(fitted)
    assert message(raised) == lines


@pytest.mark.parametrize(("call", "line"), SPECS.values(), ids=SPECS)
def test_specs_and_effects(call, line):
    """The error of a field check names the field and the value."""
    with pytest.raises(ValueError) as raised:
        call()
    assert message(raised) == line.splitlines()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("age", [-30 / 0.014, 30 / 0.014])
def test_predictions_are_finite_up_to_the_limit(age):
    """Just within the largest linear predictor nothing is missing, and numpy does not warn."""
    for model in (
        TYPED,
        kk.FittedBGNBD(
            params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W", effects=TYPED.effects
        ),
        kk.FittedParetoNBD(
            params=kk.ParetoNBDParams(r=0.553, alpha=10.58, s=0.606, beta=11.67), period="W", effects=TYPED.effects
        ),
        kk.FittedGGompertzNBD(
            params=kk.GGompertzNBDParams(r=0.553, alpha=10.58, b=0.03, s=0.606, beta=0.4),
            period="W",
            effects=TYPED.effects,
        ),
        kk.FittedMBGCNBD(
            params=kk.MBGCNBDParams(k=3, r=0.525, alpha=2, a=0.891, b=1.614), period="W", effects=TYPED.effects
        ),
    ):
        found = model.predict(SUMMARY.assign(age=0.999 * age), horizon=3, also=["p_alive_later", "p_purchase"])
        assert np.isfinite(found[["p_alive", "expected_purchases", "p_alive_later", "p_purchase"]].to_numpy()).all()
        counts = model.purchase_counts(SUMMARY.assign(age=0.999 * age), horizon=3).filter(like="p_")
        assert counts.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-9)


def test_lifetimes_knows_no_covariates(fitted):
    with pytest.raises(kk.CapabilityError) as raised:
        kk.to_lifetimes(fitted)
    assert message(raised) == [
        "lifetimes knows no covariates, and this FittedMBGNBD has ['web', 'age', 'channel'].",
        "",
        "Hint: fit one without: kk.MBGNBD().fit(summary).",
    ]


@pytest.mark.weak_fit
def test_a_column_far_from_zero_is_refused():
    """The parameters, those of a customer whose covariates are all 0, would lie beyond e^28."""
    generator = np.random.default_rng(1)
    level = generator.normal(size=400)
    params = {"r": 0.8, "alpha": 12 * np.exp(-0.6 * level), "a": 0.2, "b": 2.0}
    x = generator.poisson(generator.gamma(params["r"], 1 / params["alpha"]) * 60).astype(float)
    recency = np.where(x > 0, 60 * generator.random(400) ** (1 / np.maximum(x, 1)), 0.0)
    frame = pd.DataFrame({"frequency": x, "recency": recency, "T": 60.0, "period": "W", "level": level})
    spec = kk.MBGNBD(covariates=kk.Covariates(purchase="level"))
    near = spec.fit(frame)
    assert spec.fit(frame.assign(level=level + 20)).log_likelihood == pytest.approx(near.log_likelihood, abs=1e-6)
    with pytest.raises(kk.DataError) as raised:
        spec.fit(frame.assign(level=level + 80))
    text = re.sub(r"\d\.\de\+\d\d", "2.0e+20", str(raised.value), count=1)
    assert text == (
        "MBG/NBD ended at parameters beyond e^-28 to e^28, alpha 2.0e+20: those of a customer whose covariates are all 0, "
        "from which columns lie far away.\n\nHint: subtract a usual value: "
        "customers.assign(born=customers['born'] - 1980)."
    )
