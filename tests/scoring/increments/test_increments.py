"""Laws of `FittedValueScorer.increments`, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.numerics.increments.course import Course, time_nodes

MBG = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.52, alpha=6.2, a=0.89, b=1.6), period="W")
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
GOMPERTZ = kk.FittedGGompertzNBD(
    params=kk.GGompertzNBDParams(r=0.55, alpha=10.6, b=0.01, s=0.61, beta=0.12), period="W"
)
RETURNING = kk.FittedReturningNBD(params=kk.ReturningNBDParams(m1=-2, s1=1, m2=-2.7, s2=1.2, nu=0.03), period="W")
AVERAGE = kk.FittedModelAverage(members=(MBG, PARETO, RETURNING), weights=(0.5, 0.3, 0.2))
MODELS = [MBG, PARETO, GOMPERTZ, RETURNING, AVERAGE]
models = pytest.mark.parametrize("model", MODELS, ids=["MBG", "Pareto", "GGompertz", "Returning", "average"])
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
AS_OF, QUARTER = "2026-06-30", ("2026-07-01", "2026-09-30")
LINES = kk.testing.make_transactions(customers=40, seed=1, start="2024-06-01", until=AS_OF)
PROSPECT = pd.DataFrame({"customer_id": [*range(1, 41), 99]})
SUMMARY = kk.summarize(LINES, as_of=AS_OF, gaps=True, customers=PROSPECT)
COSTS = kk.Costs(serve_per_year=30, per_order=2, market_per_year=7)


def effect(on, mean, **given):
    given = {"low": mean, "high": mean} | given
    return kk.Effect(on=on, mean=mean, evidence="assumed", relative_to="nothing", **given)


def scorer(model, **given):
    terms = {"margin": 0.4, "discount_rate": 0.1, "horizon": "12M", "spend": SPEND} | given
    return kk.ValueScorer(purchases=model, **terms).fit(SUMMARY)


def gained(model, effects, *treated, summary=SUMMARY, horizon=None, previous=(), **given):
    fitted = scorer(model, **given)
    found = fitted.increments(summary, effects=effects, treated=treated, horizon=horizon, previous=previous)
    return found["increment"].to_numpy()[:-1]


@models
def test_nothing_changes_nothing(model):
    """Law: effects of 1 add exactly 0, and so do effects that treat nobody."""
    ones = tuple(effect(on, 1.0) for on in ("leaving", "purchases", "spend", "cost"))
    assert (gained(model, ones, QUARTER, costs=COSTS) == 0).all()
    assert (gained(model, (effect("leaving", 0.5), effect("value", 3)), costs=COSTS) == 0).all()


@models
def test_less_leaving_is_worth_more(model):
    """Law: the increment falls strictly in the factor on leaving, smoothly through 1."""
    factors = (0.3, 0.8, 1 - 1e-6, 1 + 1e-6, 1.3, 4)
    found = np.array([gained(model, effect("leaving", m), QUARTER) for m in factors])
    assert (np.diff(found, axis=0) < 0).all()
    assert found[2] == pytest.approx(-found[3], rel=1e-5)


@models
def test_whole_horizon_is_a_share_of_value(model):
    """Law: purchases x m for the whole horizon add (m - 1) contributions, spend x m (m - 1) clv, cost (1 - m) of it."""
    fitted = scorer(model, costs=COSTS, horizon="52W")
    scores = fitted.score(SUMMARY).iloc[:-1]
    year = ("2026-07-01", "2027-06-29")
    market = 7 * (1 - 1.1 ** (-364 / 365.25)) / np.log(1.1)
    serve = scores["cost"] - (scores["clv"] - scores["contribution"]) - market
    for on, of in (("purchases", scores["contribution"]), ("spend", scores["clv"]), ("cost", -serve)):
        found = gained(model, effect(on, 1.25), year, costs=COSTS, horizon="52W")
        assert found == pytest.approx(0.25 * of.to_numpy(), rel=1e-9)


@models
def test_quantities_act_together(model):
    """Law: those kept by less leaving buy more too, so that together effects add more than each alone."""
    leaving, purchases = effect("leaving", 0.6), effect("purchases", 1.3)
    spans = (QUARTER, ("2026-10-01", "2027-06-29"))
    sets = ((leaving, purchases), leaving, purchases)
    both, first, second = (gained(model, each, *spans, horizon="52W") for each in sets)
    assert both == pytest.approx(1.3 * first + second, rel=1e-9)


def test_effects_on_one_quantity():
    """Law: the factor farther from 1 holds where effects point one way, the product where they oppose."""
    a, b, c = (effect("leaving", m) for m in (0.7, 0.8, 1.5))
    assert (gained(MBG, (a, b), QUARTER) == gained(MBG, a, QUARTER)).all()
    assert gained(MBG, (a, b, c), QUARTER) == pytest.approx(gained(MBG, effect("leaving", 1.05), QUARTER), rel=1e-9)
    assert (gained(MBG, (effect("value", 3), effect("value", 4)), QUARTER) == 7).all()


def test_treated_once_where_spans_overlap():
    """Law: the union of spans is treated, in whatever order they stand."""
    less = effect("leaving", 0.7)
    whole = gained(MBG, less, ("2026-07-01", "2026-12-31"))
    assert (gained(MBG, less, ("2026-09-15", "2026-12-31"), QUARTER, QUARTER) == whole).all()
    assert (gained(MBG, less, QUARTER, ("2026-10-01", "2026-12-31")) == whole).all()


@models
def test_rest_of_an_earlier_plan(model):
    """Law: what is treated in any case, and what comes on top of it, add up to what is treated."""
    less, half = (effect("leaving", 0.7), effect("purchases", 1.1)), ("2026-10-01", "2026-12-31")
    found = [gained(model, less, *spans) for spans in ((QUARTER, half), (QUARTER,))]
    assert gained(model, less, half, previous=(QUARTER,)) + found[1] == pytest.approx(found[0], rel=1e-9)


def test_treated_lifetimes_are_those_of_another_model():
    """Law: a dropout rate x m for the whole horizon is a Pareto/NBD with another beta, also in a season."""
    season = kk.Season(index=[0.0, 0.5] + [1] * 9 + [2.5])
    lines = LINES.groupby("customer_id").first().reset_index().assign(date=pd.Timestamp("2025-03-05"))
    lines = pd.concat([lines, LINES[LINES["date"] > "2025-03-05"]], ignore_index=True)
    lines = lines[lines["date"].dt.month != 1]
    for given in ({}, {"season": season}):
        summary = kk.summarize(lines, as_of=AS_OF, **given)
        T = summary["T"].iloc[0]
        other = evolve(PARETO, params=evolve(PARETO.params, beta=(PARETO.params.beta + T) / 0.7 - T))
        terms = {"margin": 0.4, "discount_rate": 0.1, "horizon": "366D", "spend": SPEND, "costs": COSTS} | given
        usual, treated = (kk.ValueScorer(purchases=each, **terms).fit(summary) for each in (PARETO, other))
        spans = (("2026-07-01", "2027-07-01"),)
        found = usual.increments(summary, effects=effect("leaving", 0.7), treated=spans)
        before, after = (each.score(summary) for each in (usual, treated))
        more = before["p_alive"] * (after["retention_value"] - before["retention_value"])
        assert found["increment"].to_numpy() == pytest.approx(more.to_numpy(), rel=1e-5, abs=1e-6)


def test_covariates_and_older_customers():
    """Law: each row changes by its own parameters: those of its profile, and of the law of older customers."""
    edges = np.array([0.0, 13.0, 52.0])
    times, width = time_nodes(edges, scale=1.0)
    course = Course(
        edges=edges,
        leaving=np.array([[1, 1], [0.7, 1]]),
        returning=np.ones((2, 2)),
        times=times,
        purchases=width[:, None],
        active=width[:, None],
    )

    def change(model, rows):
        (found,) = model.treated_changes(rows, courses=[course])
        return np.hstack([found.purchases, found.active])

    p = MBG.params
    web = np.arange(len(SUMMARY)) % 2
    table = SUMMARY.assign(web=web).iloc[:-1]
    effects = kk.CovariateEffects(purchase={"web": 0.4}, dropout={"web": -0.6})
    both, odds = p.a + p.b, p.a / p.b * np.exp(-0.6)
    shifted = evolve(p, alpha=p.alpha * np.exp(-0.4), a=both * odds / (1 + odds), b=both / (1 + odds))
    plain, other = MBG.read(table).rows, evolve(MBG, params=shifted)
    expected = np.where(web[:-1, None] == 1, change(other, plain), change(MBG, plain))
    with_effects = evolve(MBG, effects=effects)
    assert change(with_effects, with_effects.read(table).rows) == pytest.approx(expected, rel=1e-9)
    older = evolve(plain, older=web[:-1] == 1)
    assert change(evolve(MBG, older=other), older) == pytest.approx(expected, rel=1e-9)


def test_returning_wins_back():
    """Law: effects on returning add to customers who are off, and nothing where nobody returns."""
    more = effect("returning", 2.0)
    assert (gained(RETURNING, more, QUARTER) > 0).all()
    mixed = gained(AVERAGE, more, QUARTER)
    assert mixed == pytest.approx(0.2 * gained(RETURNING, more, QUARTER), rel=1e-9)
    with pytest.raises(kk.errors.CapabilityError, match="an effect on returning: in MBGNBD nobody comes back"):
        gained(MBG, more, QUARTER)


def test_columns():
    """Prospects have missing values, the horizon is told, and sets have columns of their own."""
    fitted, call = scorer(MBG), effect("leaving", 0.8)
    found = fitted.increments(SUMMARY, effects={"call": call, "both": (call, effect("value", 2))}, treated=(QUARTER,))
    assert found.columns.tolist() == ["customer_id", "call", "both", "horizon_days"]
    assert found["customer_id"].tolist() == SUMMARY["customer_id"].tolist()
    assert found[["call", "both"]].isna().all(axis=1).tolist() == [False] * 40 + [True]
    assert (found["both"] - found["call"]).iloc[:-1].to_numpy() == pytest.approx(2.0, rel=1e-12)
    assert (found["horizon_days"] == 365.25).all()
    late = fitted.increments(SUMMARY, effects=call, treated=(("2027-07-01", "2027-12-31"),))
    assert (late["horizon_days"] == 549).all()


@pytest.fixture(scope="module")
def drawn():
    """A fitted scorer of two models, sets of effects, and their increments with draws."""
    fit = {"margin": 0.4, "discount_rate": 0.1, "horizon": "12M", "spend": SPEND}
    average = kk.ModelAverage(models=(kk.NBD(), kk.ParetoNBD()))
    with pytest.warns(kk.DataWarning, match="fewer than 50"):
        fitted = kk.ValueScorer(purchases=average, **fit).fit(SUMMARY)
    sure, unsure = effect("purchases", 1.2), effect("purchases", 1.2, low=0.9, high=1.5)
    sets = {"sure": sure, "unsure": unsure, "again": (unsure, effect("value", 1.0))}
    return fitted, sets, fitted.increments(SUMMARY, effects=sets, treated=(QUARTER,), draws=40, seed=1)


def test_draws(drawn):
    """Law: bounds hold the increment and widen with the effect's; one effect has the same draws in every set."""
    fitted, sets, found = drawn
    found = found.iloc[:-1]
    assert (found["sure_low"] < found["sure"]).all()
    assert (found["sure"] < found["sure_high"]).all()
    assert (found["unsure_low"] < found["sure_low"]).all()
    assert (found["again_low"] - found["unsure_low"]).to_numpy() == pytest.approx(1.0)
    again = fitted.increments(SUMMARY, effects=sets["unsure"], treated=(QUARTER,), draws=40, seed=1).iloc[:-1]
    assert (again["low"] == found["unsure_low"]).all()


def test_drawn_parameters_are_the_posterior(drawn):
    """Law: a model at a draw has that draw's parameters, and an average is that draw's member."""
    average = drawn[0].purchases
    posterior = average.posterior(draws=6, seed=1)
    for s in range(6):
        at = average.at_draw(posterior, s)
        place = int(posterior["member"][s])
        assert type(at.member) is type(average.members[place])
        label = "NBD" if place == 0 else "ParetoNBD"
        assert at.member.params.r == posterior[f"{label}: r"][s]


def refused(error, message, effects=None, *, model=MBG, summary=SUMMARY, **given):
    call = {"effects": effect("leaving", 0.8) if effects is None else effects, "treated": (QUARTER,)} | given
    with pytest.raises(error) as caught:
        scorer(model).increments(summary, **call)
    assert str(caught.value).split("\n\nHint")[0] == message


def test_refused():
    data, capability = kk.errors.DataError, kk.errors.CapabilityError
    refused(data, "`treated` begins before the summary ends: 2026-06-30 is not after 2026-06-30.",
            treated=(("2026-06-30", "2026-07-31"),))  # fmt: skip
    refused(data, "the horizon ends 30 days after now, and customers are treated until day 92.", horizon="30D")
    refused(capability, "increments value effects on leaving, returning, purchases, spend, cost, marketing, first "
            "purchase and value, not on promotion.", effect("promotion", 1.2))  # fmt: skip
    refused(capability, "effects on leaving were measured within different windows, ['26W', 'None']: what they do "
            "together is not known.", (effect("leaving", 0.8), effect("leaving", 0.9, window="26W")))  # fmt: skip
    nbd = kk.FittedNBD(params=kk.NBDParams(r=0.5, alpha=6), period="W")
    cnbd = kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=2, r=0.5, alpha=3, a=0.9, b=1.6), period="W")
    refused(capability, "an effect on leaving: in NBD nobody leaves, so there is no leaving to prevent.", model=nbd)
    refused(capability, "MBGCNBD does not tell what an effect on leaving changes where customers leave at regular "
            "purchases.", model=cnbd)  # fmt: skip
    law = "spans of time, each from and to how many periods from now: the summary has no dates"
    refused(data, f"`treated` must be {law}, got ('2026-07-01', '2026-09-30').",
            summary=SUMMARY.drop(columns="first_purchase"))  # fmt: skip
    refused(data, "`effects` must be at least one effect, got [].", effects=[])
    refused(
        capability,
        "no factor on the chances to leave makes the odds of leaving within the window 90 times as large for all "
        "customers.",
        effect("leaving", 90, window="26W"),
    )


def test_counted_in_purchases():
    """Without a spend model increments are purchases, undiscounted; effects on money are refused."""
    found = gained(MBG, effect("purchases", 1.2), ("2026-07-01", "2027-06-29"), spend=None, horizon="52W")
    expected = MBG.predict(SUMMARY, horizon=52)["expected_purchases"].iloc[:-1]
    assert found == pytest.approx(0.2 * expected.to_numpy(), rel=1e-9)
    with pytest.raises(kk.errors.CapabilityError, match="an effect on spend is counted in money"):
        gained(MBG, effect("spend", 1.2), QUARTER, spend=None)
