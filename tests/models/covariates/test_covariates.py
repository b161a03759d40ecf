"""Static covariates: laws of the rates of single customers, for every model."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from scipy.integrate import quad
from scipy.special import gammaln

import kundkarriar as kk
from kundkarriar.models.covariates import likelihood_blocks
from kundkarriar.models.fitting import likelihood_fit
from kundkarriar.models.fitting.purchase_fit import likelihood_of
from kundkarriar.numerics.optimize.newton import Optimum
from kundkarriar.summaries.purchase_rows import PurchaseRows

TRUE = {
    kk.ParetoNBD: kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.9, alpha=8, s=0.7, beta=20), period="W"),
    kk.BGNBD: kk.FittedBGNBD(params=kk.BGNBDParams(r=0.6, alpha=6, a=0.8, b=2.4), period="W"),
    kk.MBGNBD: kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.8, alpha=6, a=0.7, b=2.1), period="W"),
    kk.GGompertzNBD: kk.FittedGGompertzNBD(
        params=kk.GGompertzNBDParams(r=1.5, alpha=3, b=0.12, s=1, beta=60), period="W"
    ),
    kk.BGCNBD: kk.FittedBGCNBD(params=kk.BGCNBDParams(k=2, r=0.6, alpha=3, a=0.8, b=2.4), period="W"),
    kk.MBGCNBD: kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.8, alpha=2, a=0.7, b=2.1), period="W"),
}
EFFECTS = kk.CovariateEffects(
    purchase={"web=True": 0.5, "age": -0.02},
    dropout={"web=True": -0.6, "channel=mail": 0.4, "channel=shop": -0.3},
    levels={"web": (False, True), "channel": ("app", "mail", "shop")},
)
COVARIATES = kk.Covariates(purchase=("web", "age"), dropout=("web", "channel"))
models = pytest.mark.parametrize("model", TRUE, ids=lambda model: model.__name__)


def people(n, seed):
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "web": generator.random(n) < 0.4,
            "age": generator.integers(20, 80, n).astype(float),
            "channel": generator.choice(["shop", "app", "mail"], n, p=[0.5, 0.3, 0.2]),
        }
    )


def spec(model, **given):
    """The specification of the model, with the true k of regular buying."""
    k = getattr(TRUE[model].params, "k", None)
    return model(**given) if k is None else model(k=k, **given)


def simulated(model, n, *, seed, effects=EFFECTS):
    """A simulated summary with its covariates."""
    truth = evolve(TRUE[model], effects=effects)
    T = np.random.default_rng(seed).uniform(30, 60, n).round(1)
    return truth.simulate(T, seed=seed, customers=people(n, seed + 1))


@pytest.fixture(scope="module")
def data():
    return {model: simulated(model, 1500, seed=11) for model in TRUE}


@pytest.fixture(scope="module")
def fits(data):
    return {model: spec(model, covariates=COVARIATES).fit(data[model]) for model in TRUE}


def answers(fitted, summary, **given):
    """All predictions of a fitted model, one column each."""
    frames = [
        fitted.predict(summary, horizon=26.0, also=("p_alive_later", "p_purchase", "log_p_alive"), **given),
        fitted.predict(summary, horizon=26.0, after=13.0, **given)[["expected_purchases"]],
        fitted.discounted(summary, discount_rate=0.1, **given)[["discounted_purchases"]],
        fitted.discounted(summary, discount_rate=0.1, horizon=52.0, **given)[["discounted_purchases"]],
        fitted.purchase_counts(summary, horizon=26.0, up_to=3, **given)[["p_0", "p_1", "p_2", "p_3", "p_more"]],
        fitted.next_purchase(summary, by=8.0, **given)[["p_next_purchase", "next_purchase_median"]],
    ]
    frames[0] = frames[0][["p_alive", "expected_purchases", "p_alive_later", "p_purchase", "log_p_alive"]]
    return np.hstack([frame.to_numpy(dtype=float) for frame in frames])


@models
def test_coefficients_of_zero_change_nothing(model, data):
    """Law: a model whose coefficients are all 0 predicts what it predicts without covariates."""
    summary = data[model].head(75)  # more than 64 profiles: evaluated row by row
    zero = evolve(TRUE[model], effects=EFFECTS.with_coefficients({}))
    np.testing.assert_allclose(answers(zero, summary), answers(TRUE[model], summary), rtol=1e-9, atol=1e-12)
    whole = zero.log_likelihood_of(data[model]), TRUE[model].log_likelihood_of(data[model])
    assert whole[0] == pytest.approx(whole[1], rel=1e-12)


@models
def test_every_customer_has_its_own_parameters(model, data):
    """Law: a customer's predictions are those of the model without covariates at the customer's parameters."""
    summary = data[model].head(75)  # more than 64 profiles: evaluated row by row
    fitted = evolve(TRUE[model], effects=EFFECTS)
    together = answers(fitted, summary)
    for row in (0, 17, 60):
        one = summary.iloc[[row]]
        columns = EFFECTS.covariates_of(one, n=1, need="the test")
        own = EFFECTS.row_params(fitted.family, fitted.free_parameters(), columns)
        plain = evolve(TRUE[model], params=evolve(fitted.params, **{name: v[0] for name, v in own.items()}))
        np.testing.assert_allclose(together[row : row + 1], answers(plain, one), rtol=1e-9, atol=1e-12)


@models
def test_coefficients_act_on_the_documented_parameters(model):
    """alpha x exp(-sum), and beta x exp(-sum) where it is there; else the odds of dropout x exp(sum), same a + b."""
    one = pd.DataFrame({"web": [True], "age": [30.0], "channel": ["shop"]})
    columns = EFFECTS.covariates_of(one, n=1, need="the test")
    purchase, dropout = 0.5 - 0.02 * 30, -0.6 - 0.3
    expected = TRUE[model].free_parameters()
    expected["alpha"] *= np.exp(-purchase)
    if "beta" in expected:
        expected["beta"] *= np.exp(-dropout)
    else:
        mass, odds = expected["a"] + expected["b"], expected["a"] / expected["b"] * np.exp(dropout)
        expected |= {"a": mass * odds / (1 + odds), "b": mass / (1 + odds)}
    fitted = evolve(TRUE[model], effects=EFFECTS)
    own = EFFECTS.row_params(fitted.family, fitted.free_parameters(), columns)
    assert {name: value[0] for name, value in own.items()} == pytest.approx(expected)


def test_a_covariate_of_leaving_multiplies_every_rate_of_leaving_at_every_age():
    """GGompertz/NBD: a customer's hazard is eta b exp(b t), eta ~ Gamma(s, beta); at beta exp(-g), eta is exp(g) eta.

    Of drawn eta the survival exp(-exp(g) eta (exp(b t) - 1)) has the mean that the model says.
    """
    shift, t = 0.7, np.array([5.0, 20.0, 40.0])
    effects = kk.CovariateEffects(dropout={"web": shift})
    fitted = evolve(TRUE[kk.GGompertzNBD], effects=effects)
    params, new = fitted.params, pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0], "web": [1.0]})
    said = [fitted.predict(new, horizon=end, also="p_alive_later")["p_alive_later"].iloc[0] for end in t]
    eta = np.random.default_rng(1).gamma(params.s, 1 / params.beta, 400_000) * np.exp(shift)
    drawn = np.exp(-eta[:, None] * np.expm1(params.b * t)).mean(axis=0)
    assert said == pytest.approx(drawn, abs=4 * 0.5 / np.sqrt(len(eta)))


def test_the_likelihood_of_ageing_customers_is_the_integral_over_their_lifetime():
    """GGompertz/NBD in CLVTools' parameters, alpha exp(-sum) and beta exp(-sum), by adaptive quadrature."""
    fitted = evolve(TRUE[kk.GGompertzNBD], effects=EFFECTS)
    summary, given = simulated(kk.GGompertzNBD, 12, seed=21), fitted.params
    r, b, s = given.r, given.b, given.s
    for row in summary.itertuples():
        x, t_x, T = row.frequency, row.recency, row.T
        alpha = given.alpha * np.exp(-(0.5 * row.web - 0.02 * row.age))
        beta = given.beta * np.exp(-(-0.6 * row.web + {"app": 0.0, "mail": 0.4, "shop": -0.3}[row.channel]))

        def density(t, alpha=alpha, beta=beta, x=x):
            alive = (beta / (beta + np.expm1(b * t))) ** s
            hazard = s * b * np.exp(b * t) / (beta + np.expm1(b * t))
            return alive * hazard * (alpha + t) ** -(r + x)

        alive = (beta / (beta + np.expm1(b * T))) ** s * (alpha + T) ** -(r + x)
        gone, _ = quad(density, t_x, T, epsabs=0, epsrel=1e-11)
        expected = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + np.log(alive + gone)
        assert fitted.log_likelihood_of(summary.loc[[row.Index]]) == pytest.approx(expected, rel=1e-9)


@models
@pytest.mark.parametrize("most", [64, 0], ids=["profiles", "rows"])
def test_derivatives_are_those_of_the_likelihood(model, most, monkeypatch):
    """Gradient and Hessian against central differences, near the truth and not at a maximum."""
    monkeypatch.setattr(likelihood_blocks, "MAX_PROFILES", most)
    fitted, summary = evolve(TRUE[model], effects=EFFECTS), simulated(model, 16, seed=8)
    objective = fitted.family_with_effects.objective(fitted.read(summary).rows, scale=45.0)
    truth = np.array(list(fitted.free_parameters().values()))
    theta = fitted.unconstrained.unconstrained(truth, scale=45.0) + 0.05
    value, gradient, hessian = objective(theta)
    natural = fitted.unconstrained.natural(theta, scale=45.0).tolist()
    values = dict(zip(fitted.free_parameters(), natural, strict=True))
    params = evolve(fitted.params, **{name: each for name, each in values.items() if ":" not in name})
    moved = evolve(fitted, params=params, effects=EFFECTS.with_coefficients(values))
    assert value == pytest.approx(moved.log_likelihood_of(summary), rel=1e-10)
    for place, step in enumerate(1e-5 * np.eye(len(theta))):
        up, down = objective(theta + step), objective(theta - step)
        assert gradient[place] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-5, abs=1e-4)
        np.testing.assert_allclose(hessian[place], (up[1] - down[1]) / 2e-5, rtol=1e-5, atol=1e-4)


@models
def test_a_simulated_effect_is_recovered(model, fits):
    """Every true coefficient lies within its 95 % interval (of five, with this seed); two of these exclude 0."""
    found = fits[model].estimates().set_index("parameter")
    for name, truth in EFFECTS.coefficients().items():
        assert found.loc[name, "low"] < truth < found.loc[name, "high"], name
        assert found.loc[name, "std_error"] < 0.4
    assert fits[model].boundary is None
    assert found.loc["purchase:web=True", "low"] > 0
    assert found.loc["purchase:age", "high"] < 0


@models
def test_rows_and_profiles_have_the_same_maximum(model, monkeypatch):
    """The likelihood of four profiles, evaluated profile by profile and row by row, is the same."""
    n = 300 if model is kk.GGompertzNBD else 700  # ageing takes ten times as long
    summary = simulated(model, n, seed=3).assign(age=lambda frame: frame["age"] // 40 * 40)
    asked = spec(model, covariates=kk.Covariates(purchase=("web", "age"), dropout="web"))
    profiles = asked.fit(summary)
    by_profile = answers(profiles, summary.head(50))
    monkeypatch.setattr(likelihood_blocks, "MAX_PROFILES", 0)
    rows = asked.fit(summary)
    assert rows.log_likelihood == pytest.approx(profiles.log_likelihood, abs=1e-7)
    assert list(rows.free_parameters().values()) == pytest.approx(list(profiles.free_parameters().values()), rel=1e-4)
    np.testing.assert_allclose(answers(profiles, summary.head(50)), by_profile, rtol=1e-9, atol=1e-12)
    loglik_batch = profiles.loglik_batch()
    centre = np.array(profiles.report.centre)
    theta = centre + 0.1 * np.random.default_rng(1).normal(size=(20, len(centre)))
    by_row = loglik_batch(theta)
    monkeypatch.undo()
    np.testing.assert_allclose(profiles.loglik_batch()(theta), by_row, atol=1e-6)


@models
def test_the_unit_and_the_zero_of_a_column_do_not_matter(model, data):
    """Law: a column times 8 and moved by 1,000 has an eighth of the coefficient, with a penalty and without."""
    summary = data[model].head(200 if model is kk.GGompertzNBD else 400)
    moved = summary.assign(age=8 * summary["age"] + 1000)
    for l2 in (0.0,) if model is kk.GGompertzNBD else (0.02, 0.0):  # ageing takes ten times as long
        asked = spec(model, covariates=evolve(COVARIATES, l2=l2))
        one, other = asked.fit(summary), asked.fit(moved)
        assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
        expected = one.effects.coefficients()
        expected["purchase:age"] /= 8
        assert other.effects.coefficients() == pytest.approx(expected, rel=1e-4)
        ratio = other.params.alpha / one.params.alpha  # alpha is that of a customer with age 0, in each unit
        assert ratio == pytest.approx(np.exp(1000 * expected["purchase:age"]), rel=1e-3)
    before, after = (fitted.posterior(draws=300, seed=5)["purchase:age"] for fitted in (one, other))
    np.testing.assert_allclose(after * 8, before, rtol=1e-3)


@pytest.mark.parametrize("l2", [0.0, 0.02])
def test_the_number_of_stages_is_chosen_with_covariates_in(data, l2):
    """The log-likelihood told of each k is that of the fit with covariates at that k; the greatest is chosen."""
    summary, covariates = data[kk.MBGCNBD], kk.Covariates(purchase=("web", "age"), l2=l2)
    fitted = kk.MBGCNBD(covariates=covariates).fit(summary)
    assert fitted.params.k == TRUE[kk.MBGCNBD].params.k
    assert fitted.log_likelihood == max(value for _, value in fitted.tried)
    for k, value in fitted.tried[:3]:
        assert kk.MBGCNBD(k=k, covariates=covariates).fit(summary).log_likelihood == pytest.approx(value, abs=1e-6)
    assert list(fitted.effects.coefficients()) == ["purchase:web=True", "purchase:age"]
    assert fitted.n_parameters == 4 + 2 + 1  # k, as it was chosen


@pytest.mark.weak_fit
def test_nobody_leaves_from_nbd_with_covariates():
    """Its coefficients are those of the purchase rate; a test against MBG/NBD with the same columns has two more."""
    effects = kk.CovariateEffects(purchase={"web=True": 0.5, "age": -0.02}, levels={"web": (False, True)})
    truth = kk.FittedNBD(params=kk.NBDParams(r=0.8, alpha=6), period="W", effects=effects)
    summary = truth.simulate([52.0] * 1500, seed=1, customers=people(1500, 2))
    columns = kk.Covariates(purchase=("web", "age"))
    fitted = kk.NBD(covariates=columns).fit(summary)
    found = fitted.estimates().set_index("parameter")
    assert list(found.index) == ["r", "alpha", "purchase:web=True", "purchase:age"]
    for name, value in truth.free_parameters().items():
        assert abs(found.loc[name, "estimate"] - value) < 3 * found.loc[name, "std_error"], name
    assert kk.FittedNBD.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
    leaving = kk.MBGNBD(covariates=columns).fit(summary)
    assert leaving.boundary.startswith("no dropout identifiable")
    test = kk.likelihood_ratio(fitted, leaving)
    assert (test.degrees_of_freedom, test.p_value > 0.1) == (2, True)


@pytest.mark.weak_fit
def test_no_ageing_is_recognised_with_covariates_of_leaving():
    """Of customers of Pareto/NBD, GGompertz/NBD with the same columns says no more: the parameters nest by name."""
    effects = kk.CovariateEffects(purchase={"web": 0.4}, dropout={"web": -0.8})
    truth = evolve(TRUE[kk.ParetoNBD], effects=effects)
    known = pd.DataFrame({"web": np.arange(1500) % 2})
    summary = truth.simulate(np.random.default_rng(3).uniform(30, 60, 1500), seed=4, customers=known)
    columns = kk.Covariates(purchase="web", dropout="web")
    ageing, simple = (model(covariates=columns).fit(summary) for model in (kk.GGompertzNBD, kk.ParetoNBD))
    assert ageing.boundary.startswith("no ageing identifiable")
    assert ageing.log_likelihood == pytest.approx(simple.log_likelihood, abs=0.01)
    assert ageing.effects.coefficients() == pytest.approx(simple.effects.coefficients(), abs=0.01)
    assert kk.likelihood_ratio(simple, ageing).degrees_of_freedom == 1


def test_the_search_of_a_nested_model_begins_at_its_own_parameters(data, monkeypatch):
    """Pareto/NBD's inside GGompertz/NBD's, between which ageing stands: by name, not by place."""
    fitted = evolve(TRUE[kk.GGompertzNBD], effects=EFFECTS)
    likelihood = likelihood_of(fitted.family_with_effects, fitted.read(data[kk.GGompertzNBD].head(80)).rows)
    begun = []
    monkeypatch.setattr(likelihood_fit, "maximise", lambda _, at, __: begun.append(at.tolist()) or there)
    there = Optimum(theta=np.arange(10.0), value=0.0, gradient=np.zeros(10), hessian=-np.eye(10), converged=True)
    assert likelihood.boundary(evolve(there, value=5.0)) is None
    names, pareto = likelihood.unconstrained.names, likelihood.nested[1].unconstrained.names
    assert begun[2] == [names.index(name) for name in pareto] != list(range(len(pareto)))


def test_one_coefficient_for_both(data):
    summary = data[kk.MBGNBD]
    equal = kk.Covariates(purchase=("web", "age"), dropout=("web", "channel"), equal="web")
    fitted = kk.MBGNBD(covariates=equal).fit(summary)
    coefficients = fitted.effects.coefficients()
    assert list(coefficients) == ["both:web=True", "purchase:age", "dropout:channel=mail", "dropout:channel=shop"]
    assert dict(fitted.effects.purchase)["web=True"] == dict(fitted.effects.dropout)["web=True"]
    free = kk.MBGNBD(covariates=COVARIATES).fit(summary)
    assert fitted.log_likelihood_of(summary) == pytest.approx(fitted.log_likelihood, abs=1e-8)
    assert fitted.log_likelihood < free.log_likelihood - 2
    assert fitted.aic == pytest.approx(2 * 8 - 2 * fitted.log_likelihood)
    nudged = [
        evolve(fitted, effects=fitted.effects.with_coefficients(coefficients | {"both:web=True": value}))
        for value in np.array([-0.01, 0.01]) + coefficients["both:web=True"]
    ]
    assert all(other.log_likelihood_of(summary) < fitted.log_likelihood for other in nudged)


@models
def test_a_penalty_shrinks_coefficients_to_0(model, data, fits):
    """As l2 grows the coefficients go to 0 and the likelihood falls to that without covariates."""
    summary, plain = data[model], spec(model).fit(data[model]).log_likelihood
    sizes, log_likelihoods = [], []
    for l2 in (0.0, 0.1, 1e4):
        fitted = fits[model] if l2 == 0 else spec(model, covariates=evolve(COVARIATES, l2=l2)).fit(summary)
        spread = dict(fitted.effects.spread)
        sizes.append(
            sum((value * spread[name.partition(":")[2]]) ** 2 for name, value in fitted.effects.coefficients().items())
        )
        log_likelihoods.append(fitted.log_likelihood)
    assert np.all(np.diff(sizes) < 0)
    assert np.all(np.diff(log_likelihoods) < 0)
    assert sizes[-1] < 1e-8
    assert log_likelihoods[-1] == pytest.approx(plain, abs=0.05)
    assert fitted.estimates()[["std_error", "low", "high"]].isna().to_numpy().all()


def test_the_penalty_is_what_it_says(data):
    """The fit maximises log-likelihood / customers - l2 x (coefficient x spread)^2."""
    summary, l2 = data[kk.BGNBD], 0.05
    fitted = kk.BGNBD(covariates=kk.Covariates(purchase="age", l2=l2)).fit(summary)
    (spread,) = dict(fitted.effects.spread).values()
    assert spread == pytest.approx(summary["age"].std(ddof=0))

    def worth(coefficient):
        effects = fitted.effects.with_coefficients({"purchase:age": coefficient})
        # alpha is that of age 0; it is chosen so that a customer of mean age keeps the rate of the fit
        middle = dict(fitted.effects.middle)["age"]
        alpha = fitted.params.alpha * np.exp((coefficient - fitted.effects.coefficients()["purchase:age"]) * middle)
        other = evolve(fitted, params=evolve(fitted.params, alpha=alpha), effects=effects)
        return other.log_likelihood_of(summary) / len(summary) - l2 * (coefficient * spread) ** 2

    best = fitted.effects.coefficients()["purchase:age"]
    assert worth(best) > max(worth(best * 0.9), worth(best * 1.1), worth(best + 0.001), worth(best - 0.001))


def test_columns_may_stand_in_either_frame_in_any_order(data):
    summary = data[kk.MBGNBD]
    known = summary[["customer_id", "web", "age", "channel"]].sample(frac=1, random_state=1)
    bare = summary.drop(columns=["web", "age", "channel"])
    asked = kk.MBGNBD(covariates=COVARIATES)
    inside, beside = asked.fit(summary), asked.fit(bare, customers=known)
    assert beside.free_parameters() == inside.free_parameters()
    np.testing.assert_array_equal(answers(beside, bare, customers=known), answers(inside, summary))
    assert beside.log_likelihood_of(bare, customers=known) == inside.log_likelihood_of(summary)
    mixed = asked.fit(summary.drop(columns="age"), customers=known[["customer_id", "age"]])
    assert mixed.free_parameters() == inside.free_parameters()


def test_polars_pandas_and_categories_agree(data):
    summary = data[kk.MBGNBD]
    asked = kk.MBGNBD(covariates=COVARIATES)
    fitted = asked.fit(summary)
    polars = pl.DataFrame(summary.to_dict(orient="list"))
    for other in (
        polars,
        polars.with_columns(pl.col("channel").cast(pl.Categorical)),
        summary.assign(channel=summary["channel"].astype("category"), web=summary["web"].astype("boolean")),
        summary.assign(web=summary["web"].astype(object)),
    ):
        assert asked.fit(other).free_parameters() == fitted.free_parameters()
    assert isinstance(fitted.predict(polars, horizon=4.0), pl.DataFrame)


def test_levels_are_columns_of_0_and_1(data):
    summary = data[kk.BGNBD]
    by_hand = summary.assign(
        online=summary["web"].astype(float), mail=summary["channel"] == "mail", shop=summary["channel"] == "shop"
    )
    one = kk.BGNBD(covariates=kk.Covariates(purchase="web", dropout="channel")).fit(summary)
    other = kk.BGNBD(covariates=kk.Covariates(purchase="online", dropout=("mail", "shop"))).fit(by_hand)
    assert list(one.free_parameters().values()) == pytest.approx(list(other.free_parameters().values()), rel=1e-6)


def test_bands_and_whole_numbers_may_be_levels(data):
    """Categories other than text: the label of an interval is its text; numbers stay numbers."""
    summary = data[kk.BGNBD]
    bands = summary.assign(band=pd.cut(summary["age"], [0, 40, 60, 100]))
    fitted = kk.BGNBD(covariates=kk.Covariates(purchase="band")).fit(bands)
    assert list(fitted.effects.coefficients()) == ["purchase:band=(40, 60]", "purchase:band=(60, 100]"]
    tens = summary.assign(tens=(summary["age"] // 20).astype(int).astype("category"))
    assert kk.BGNBD(covariates=kk.Covariates(purchase="tens")).fit(tens).effects.levels == (("tens", (1, 2, 3)),)


def test_prospects_need_no_covariates_and_unknown_beginnings_do(data):
    """Customers older than the data are fitted with their covariates, like all others."""
    summary = data[kk.MBGNBD].assign(entry="known")
    summary.loc[3, "entry"] = "unknown"
    summary.loc[4, ["n_transactions", "frequency"]] = 0
    summary.loc[4, ["recency", "T"]] = np.nan
    known = summary[["customer_id", "web", "age", "channel"]].drop(index=[4])
    bare = summary.drop(columns=["web", "age", "channel"])
    fitted = kk.MBGNBD(covariates=COVARIATES).fit(bare, customers=known)
    assert (fitted.n_customers, fitted.report.prospects, fitted.report.older_test.older) == (1499, 1, 1)
    predicted = fitted.predict(bare, customers=known, horizon=4.0)
    assert predicted["p_alive"].isna().sum() == 1


def test_weights_count_customers(data):
    """A fit to weighted rows equals the fit to the customers."""
    summary = data[kk.MBGNBD]
    twice = pd.concat([summary, summary]).assign(customer_id=np.arange(2 * len(summary)))
    one = kk.MBGNBD(covariates=COVARIATES).fit(summary.assign(n=2), weights="n")
    other = kk.MBGNBD(covariates=COVARIATES).fit(twice)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    assert list(one.free_parameters().values()) == pytest.approx(list(other.free_parameters().values()), rel=1e-5)


@pytest.mark.weak_fit
def test_no_dropout_is_recognised_with_covariates():
    """Without dropout the nested NBD fits as well, with the same covariates on its rate."""
    generator = np.random.default_rng(7)
    web, T = generator.random(3000) < 0.5, generator.integers(30, 60, 3000).astype(float)
    frequency = generator.poisson(generator.gamma(2.0, 1 / 20, 3000) * np.exp(0.8 * web) * T)
    recency = np.where(frequency > 0, T * generator.random(3000) ** (1 / np.maximum(frequency, 1)), 0.0)
    loyal = pd.DataFrame({"frequency": frequency, "recency": recency, "T": T, "period": "W", "web": web})
    fitted = kk.MBGNBD(covariates=kk.Covariates(purchase="web", dropout="web")).fit(loyal)
    assert fitted.boundary.startswith("no dropout identifiable")
    assert fitted.effects.coefficients()["purchase:web=True"] == pytest.approx(0.8, abs=0.1)
    assert fitted.estimates()["std_error"].isna().all()


@pytest.mark.weak_fit
@models
def test_heavy_tailed_covariates_give_finite_predictions(model):
    """A few incomes a thousand times the others: no overflow during the search, and finite predictions."""
    summary = simulated(model, 120 if model is kk.GGompertzNBD else 400, seed=4)
    summary["income"] = np.exp(3 * np.random.default_rng(5).normal(size=len(summary)))
    fitted = spec(model, covariates=kk.Covariates(purchase="income", dropout="income")).fit(summary)
    assert fitted.converged
    assert np.isfinite(fitted.posterior(draws=50, seed=1).frame().to_numpy()).all()
    assert np.isfinite(fitted.predict(summary, horizon=4.0)["expected_purchases"]).all()


@pytest.mark.weak_fit
def test_a_level_of_one_customer_is_not_identifiable():
    """One customer does not identify a coefficient on dropout: the fit says so, by the coefficient's name."""
    summary = simulated(kk.MBGNBD, 800, seed=4)
    rare = summary.assign(rare=np.arange(len(summary)) == summary["recency"].argmax())
    fitted = kk.MBGNBD(covariates=kk.Covariates(purchase="rare", dropout="rare")).fit(rare)
    assert fitted.boundary.startswith("the coefficient dropout:rare=True is not identifiable: too few customers")


def test_rows_with_other_covariates_are_distinct():
    """Rows with the same history and different covariates are not merged; rows of one profile share its number."""
    columns = {"x": [1.0, 1, 1], "t_x": [2.0, 2, 2], "T": [3.0, 3, 3], "weights": [1.0, 1, 1]}
    rows = PurchaseRows(**columns, covariates=[[0.0, 5.0], [1.0, 5.0], [0.0, 5.0]])
    distinct = rows.distinct(period="W")
    assert distinct.rows.weights.tolist() == [2, 1]
    assert distinct.rows.covariates.tolist() == [[0, 5], [1, 5]]
    assert distinct.inverse.tolist() == [0, 1, 0]
    which, first = rows.profiles()
    assert (which.tolist(), first.tolist()) == ([0, 1, 0], [0, 1])
    assert rows.at(np.array([1])).covariates.tolist() == [[1, 5]]


def test_the_spread_of_two_values_is_half_their_distance(data):
    """However rare one of the values is, so that the prior on its effect is that of a common one."""
    summary = data[kk.BGNBD].assign(rare=lambda frame: np.arange(len(frame)) % 50 == 0, half=lambda f: 3 + 4 * f["web"])
    effects = kk.BGNBD(covariates=kk.Covariates(purchase=("rare", "half", "age"))).fit(summary).effects
    assert dict(effects.spread) == pytest.approx({"rare=True": 0.5, "half": 2.0, "age": summary["age"].std(ddof=0)})
    assert dict(effects.middle) == pytest.approx(
        {"rare=True": 0.02, "half": summary["half"].mean(), "age": summary["age"].mean()}
    )


@models
def test_posterior_draws_include_the_coefficients(model, data, fits):
    """Draws of coefficients have the mean and spread of the estimates, and drawn futures the expected purchases."""
    fitted, summary = fits[model], data[model]
    posterior = fitted.posterior(draws=1000, seed=2)
    assert posterior.k_hat < 0.7
    estimates = fitted.estimates().set_index("parameter")
    for name, value in fitted.effects.coefficients().items():
        error = estimates.loc[name, "std_error"]
        assert abs(posterior[name].mean() - value) < 0.5 * error
        assert 0.8 < posterior[name].std() / error < 1.2
    rows = fitted.read(summary.head(300)).rows
    given = {"posterior": posterior, "horizon": 26.0, "discount_rate": 0.0}
    expected = fitted.predict(summary.head(300), horizon=26.0)["expected_purchases"].sum()
    for draw in (fitted.draw_outcomes, fitted.draw_expectations):
        futures = draw(rows, **given, generator=np.random.default_rng(1))
        assert futures.purchases.shape == (300, 1000)
        assert futures.purchases.sum(axis=0).mean() == pytest.approx(expected, rel=0.04)


@models
def test_a_new_customer_is_a_row_of_age_0(model, fits):
    fitted = fits[model]
    profile = {"web": True, "age": 30.0, "channel": "mail"}
    someone = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0], **{k: [v] for k, v in profile.items()}})
    predicted = fitted.predict(someone, horizon=26.0)["expected_purchases"].iloc[0]
    assert fitted.new_customer(26.0, profile=profile) == pytest.approx(predicted)
    counts = fitted.purchase_counts(someone, horizon=26.0, up_to=2)
    assert fitted.new_customer_counts(26.0, up_to=2, profile=profile)["probability"].to_numpy() == pytest.approx(
        counts[["p_0", "p_1", "p_2"]].to_numpy()[0]
    )
    older = fitted.new_customer(26.0, profile=profile | {"age": 70.0})
    assert older < fitted.new_customer(26.0, profile=profile)


@models
def test_from_dict_reverses_to_dict(model, fits):
    fitted = fits[model]
    read_back = type(fitted).from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert read_back == fitted
    assert read_back.free_parameters() == fitted.free_parameters()
    asked = spec(model, covariates=evolve(COVARIATES, l2=0.1, equal="web"))
    assert model.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked


def test_scorers_carry_covariates_through(cdnow_sample):
    """Scores, draws, backtests and careers read `customers`; customers with a higher purchase rate are worth more."""
    ids = cdnow_sample["customer_id"].unique()
    generator = np.random.default_rng(3)
    known = pd.DataFrame({"customer_id": ids, "web": generator.choice(["yes", "no"], len(ids))})
    scorer = kk.ValueScorer(
        purchases=kk.MBGNBD(covariates=kk.Covariates(purchase="web")),
        spend=kk.GammaGamma(),
        margin=0.3,
        discount_rate=0.1,
        horizon="12M",
        level=0,
    )
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30")
    fitted = scorer.fit(summary, customers=known)
    scores = fitted.score(summary, customers=known)
    doubled = evolve(fitted.purchases, effects=fitted.purchases.effects.with_coefficients({"purchase:web=yes": 2.0}))
    other = evolve(fitted, purchases=doubled).score(summary, customers=known)
    online = summary["customer_id"].isin(known.loc[known["web"] == "yes", "customer_id"]).to_numpy()
    assert other["clv"][~online].to_numpy() == pytest.approx(scores["clv"][~online].to_numpy())
    assert (other["clv"][online] != scores["clv"][online]).all()
    draws = fitted.draw(summary, customers=known, draws=20, seed=1)
    with_draws = fitted.score(summary, customers=known, draws=draws)
    assert with_draws["clv_high"].notna().all()
    alike = ((summary["frequency"] == 0) & (summary["T"] == summary["T"].iloc[1])).to_numpy()
    highs = [set(with_draws["clv_high"].to_numpy()[alike & who]) for who in (online, ~online)]
    assert [len(different) for different in highs] == [1, 1]  # one interval, pooled over customers with equal rows
    assert highs[0] != highs[1]
    assert draws.totals().mean() == pytest.approx(scores["clv"].sum(), rel=0.05)
    flipped = known.assign(web=known["web"].map({"yes": "no", "no": "yes"}))
    with pytest.raises(kk.DataError, match="draws are of other customers"):
        fitted.score(summary, customers=flipped, draws=draws)
    assert kk.FittedValueScorer.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
    tested = kk.backtest(scorer, cdnow_sample, horizon="39W", draws=2, customers=known)
    assert tested["purchases_predicted"].iloc[0] == pytest.approx(1577, rel=0.05)
    career = kk.CustomerCareer(scorer=scorer).fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=2, customers=known)
    assert career.customers()["clv"].notna().all()


@pytest.mark.weak_fit
@pytest.mark.parametrize("model", [kk.GGompertzNBD, kk.MBGCNBD], ids=lambda model: model.__name__)
def test_every_station_reads_customers_whatever_the_model(model):
    """Scores, draws, comparison, backtest and career: each has the model's columns from `customers` or refuses."""
    bought = kk.testing.make_transactions(customers=200, seed=1)
    ids = np.unique(bought["customer_id"])
    known = pd.DataFrame({"customer_id": ids, "web": ids % 2 == 0})
    asked = spec(model, covariates=kk.Covariates(purchase="web", dropout="web"))
    scorer = kk.ValueScorer(purchases=asked, margin=0.3, discount_rate=0.1, horizon="6M")
    summary = kk.summarize(bought, as_of="1998-01-31", regularity=True)
    fitted = scorer.fit(summary, customers=known)
    scores = fitted.score(summary, customers=known)
    draws = fitted.draw(summary, customers=known, draws=20, seed=1)
    assert draws.totals().mean() == pytest.approx(scores["clv"].sum(), rel=0.25)
    assert kk.FittedValueScorer.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
    assert kk.ValueScorer.from_dict(scorer.to_dict()) == scorer
    table = kk.compare_models([spec(model), asked], summary.merge(known))
    assert table["parameters"].diff()[1] == 2
    assert table["model"][1] == f"{table['model'][0]} with web"
    assert table["log_likelihood"][1] >= table["log_likelihood"][0]
    plain, larger = (each.fit(summary.merge(known)) for each in (spec(model), asked))
    assert kk.likelihood_ratio(plain, larger).null == "chi-square with 2 degrees of freedom."
    tested = kk.backtest(scorer, bought, horizon="13W", draws=2, customers=known)
    assert (tested["purchases_predicted"] > 0).all()
    with pytest.raises(kk.DataError, match=r"needs the covariates \['web'\], which the summary does not have"):
        kk.backtest(scorer, bought, horizon="13W", draws=2)
    career = kk.CustomerCareer(scorer=scorer).fit(bought, as_of="1998-06-30", seed=1, draws=2, customers=known)
    assert career.customers()["clv"].notna().all()
