"""Each customer's own rates and dropout: laws of the columns, what the latent state of draws says, prospects, units."""

import math

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.bgnbd import simulate as bgnbd_simulate
from kundkarriar.numerics.pareto_nbd import simulate as pareto_simulate
from kundkarriar.summaries.checked_summary import read_purchase_rows

RATES = {"r": 0.525, "alpha": 6.183}
DROPOUT = RATES | {"a": 0.891, "b": 1.614}
PARAMS = {
    "NBD": RATES,
    "BGNBD": DROPOUT,
    "MBGNBD": DROPOUT,
    "ParetoNBD": RATES | {"s": 0.606, "beta": 11.669},
    "GGompertzNBD": RATES | {"b": 0.03, "s": 0.606, "beta": 0.4},
    "BGCNBD": DROPOUT | {"k": 3},
    "MBGCNBD": DROPOUT | {"k": 3},
}
UNITS = {"alpha": 1, "beta": 1, "b": -1}
"""Powers of the unit of time in the parameters of Pareto/NBD and GGompertz/NBD; of (M)BG only alpha's."""
TRAIT = {"NBD": None, "ParetoNBD": "dropout_rate", "GGompertzNBD": "dropout_rate"}
models = pytest.mark.parametrize("name", PARAMS)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4, 5],
        "frequency": [0, 0, 1, 9, 24],
        "recency": [0.0, 0.0, 20.0, 12.0, 51.0],
        "T": [0.5, 40.0, 38.86, 50.0, 52.0],
        "gap_log_sum": [0.0, 0.0, math.log(20.0), 9 * math.log(1.2), 24 * math.log(2.0)],
        "period": "W",
    }
)


def typed(name, **changed):
    params = getattr(kk, f"{name}Params")(**(PARAMS[name] | changed))
    return getattr(kk, f"Fitted{name}")(params=params, period="W")


def traits_of(name):
    return [trait for trait in ("purchase_rate", TRAIT.get(name, "dropout_probability")) if trait]


@models
def test_columns_are_a_mean_and_an_interval_of_each_trait(name):
    latent = typed(name).latent(CUSTOMERS)
    ends = ("", "_low", "_high")
    assert list(latent.columns) == [*CUSTOMERS.columns, *(trait + end for trait in traits_of(name) for end in ends)]


@models
def test_a_wider_level_gives_a_wider_interval_which_holds_the_mean(name):
    """Law: intervals of .5, .9 and .999 lie in each other; the last holds the mean."""
    by_level = [typed(name).latent(CUSTOMERS, level=level) for level in (0.5, 0.9, 0.999)]
    for trait in traits_of(name):
        lows, highs = ([frame[f"{trait}_{end}"].to_numpy() for frame in by_level] for end in ("low", "high"))
        assert (np.diff(lows, axis=0) < 0).all()
        assert (np.diff(highs, axis=0) > 0).all()
        assert (by_level[0][trait] == by_level[2][trait]).all()
        assert ((lows[2] < by_level[2][trait]) & (by_level[2][trait] < highs[2])).all()


@pytest.mark.parametrize("name", [name for name in PARAMS if not name.startswith("MBG")])
def test_traits_of_customers_who_are_alive_for_certain_are_those_of_drawn_latent_states(name):
    """Under (M)BG a customer may drop out after any purchase, under BG not after the first; else at any time."""
    model = typed(name)
    now = CUSTOMERS.tail(1).assign(recency=52.0)
    if name.startswith("BG"):
        now = now.assign(frequency=0, recency=0.0, gap_log_sum=0.0)
    rows = read_purchase_rows(now, need="a test").rows
    draws = {key: np.full((1, 200_000), value) for key, value in model.free_parameters().items()}
    state = model.family.draw_state(rows, draws, np.random.default_rng(1))
    assert state.alive.all()
    latent = model.latent(now).iloc[0]
    k = PARAMS[name].get("k", 1)
    rate = np.quantile(state.rate / k, [0.05, 0.95])
    assert latent["purchase_rate"] == pytest.approx(state.rate.mean() / k, rel=0.01)
    assert latent[["purchase_rate_low", "purchase_rate_high"]].tolist() == pytest.approx(rate, rel=0.05)
    if name in ("ParetoNBD", "GGompertzNBD"):
        born = state.dropout_rate * np.exp(-PARAMS[name].get("b", 0.0) * 52.0)
        assert latent["dropout_rate"] == pytest.approx(born.mean(), rel=0.02)
        assert latent["dropout_rate_high"] == pytest.approx(np.quantile(born, 0.95), rel=0.02)
    if name.startswith("BG"):
        assert latent["dropout_probability"] == pytest.approx(state.p.mean(), rel=0.01)


def test_the_dropout_rate_at_the_first_purchase_is_that_of_the_parameters():
    """Of a new customer the mean is s / beta under Pareto/NBD and s b / beta under GGompertz/NBD, as its docs say."""
    now = CUSTOMERS.head(1).assign(T=0.0)
    assert typed("GGompertzNBD").latent(now)["dropout_rate"][0] == pytest.approx(0.606 * 0.03 / 0.4)
    assert typed("ParetoNBD").latent(now)["dropout_rate"][0] == pytest.approx(0.606 / 11.669)
    assert typed("ParetoNBD").latent(now)["purchase_rate"][0] == pytest.approx(0.525 / 6.183)


def customers_of_known_traits(name, generator, n):
    """Traits of new customers by column of `latent`, and their summary."""
    of, ages = PARAMS[name], generator.uniform(1, 80, n)
    k = of.get("k", 1)
    rate = generator.gamma(of["r"], size=n) / of["alpha"]
    if name == "ParetoNBD":
        dropout = generator.gamma(of["s"], size=n) / of["beta"]
        x, t_x = pareto_simulate.draw_histories(generator, rate=rate, dropout_rate=dropout, b=0.0, T=ages)
    else:
        dropout = generator.beta(of["a"], of["b"], n)
        x, t_x = bgnbd_simulate.draw_histories(generator, k=k, rate=rate, p=dropout, T=ages, chances_at_first=1)
    summary = pd.DataFrame({"frequency": x.astype(int), "recency": t_x, "T": ages, "period": "W"})
    return dict(zip(traits_of(name), (rate / k, dropout), strict=True)), summary


@pytest.mark.parametrize("name", ["MBGNBD", "MBGCNBD", "ParetoNBD"])
def test_intervals_hold_the_true_traits_as_often_as_they_say(name):
    """Law: of 20,000 customers drawn from the model 80 % have each trait in its interval, and means add up."""
    n = 20_000
    truth, summary = customers_of_known_traits(name, np.random.default_rng(8), n)
    latent = typed(name).latent(summary, level=0.8)
    for trait, values in truth.items():
        within = (latent[f"{trait}_low"] <= values) & (values <= latent[f"{trait}_high"])
        assert within.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / n))
        assert latent[trait].mean() == pytest.approx(values.mean(), abs=4 * values.std() / np.sqrt(n))


@models
def test_rates_follow_the_unit_of_time(name):
    """Law: with times 7 times as long, rates are a seventh, and probabilities of dropout stay."""
    of = {"alpha": UNITS["alpha"]} if TRAIT.get(name, "") != "dropout_rate" else dict(UNITS)
    if name == "GGompertzNBD":
        of["beta"] = 0  # without a unit
    changed = {key: PARAMS[name][key] * 7.0**power for key, power in of.items() if key in PARAMS[name]}
    longer = CUSTOMERS.assign(recency=7 * CUSTOMERS["recency"], T=7 * CUSTOMERS["T"])
    longer["gap_log_sum"] += CUSTOMERS["frequency"] * math.log(7)
    usual, scaled = typed(name).latent(CUSTOMERS), typed(name, **changed).latent(longer)
    for trait in traits_of(name):
        for end in ("", "_low", "_high"):
            factor = 1.0 if trait == "dropout_probability" else 7.0
            assert factor * scaled[trait + end].to_numpy() == pytest.approx(usual[trait + end].to_numpy(), rel=1e-8)


def test_prospects_have_no_traits_and_rows_stay_in_place():
    prospects = CUSTOMERS.assign(n_transactions=CUSTOMERS["frequency"] + 1)
    prospects.loc[1, ["frequency", "n_transactions", "recency", "T"]] = [0, 0, np.nan, np.nan]
    shuffled = prospects.iloc[[4, 1, 0, 3, 2]]
    latent = typed("MBGNBD").latent(shuffled)
    assert latent.index.tolist() == [4, 1, 0, 3, 2]
    assert latent.loc[1, "purchase_rate":].isna().all()
    whole = typed("MBGNBD").latent(CUSTOMERS)
    assert latent.drop(1)["purchase_rate_high"].to_numpy() == pytest.approx(
        whole["purchase_rate_high"].iloc[[4, 0, 3, 2]].to_numpy()
    )


def test_covariates_shift_the_rates_of_customers_with_equal_histories(summary):
    """Law: each customer has the traits that a model with the customer's own parameters has."""
    effects = kk.CovariateEffects(
        purchase={"channel=web": 0.5}, dropout={"channel=web": -0.7}, levels={"channel": ["shop", "web"]}
    )
    params = kk.ParetoNBDParams(**PARAMS["ParetoNBD"])
    model = kk.FittedParetoNBD(params=params, period="W", effects=effects)
    some = summary.head(40).assign(channel=["shop", "web"] * 20)
    whole = model.latent(some)
    own = typed("ParetoNBD", alpha=6.183 * np.exp(-0.5), beta=11.669 * np.exp(0.7))
    columns = [f"{trait}{end}" for trait in ("purchase_rate", "dropout_rate") for end in ("", "_low", "_high")]
    for channel, alone in (("shop", typed("ParetoNBD")), ("web", own)):
        here = some["channel"] == channel
        assert whole[here][columns].to_numpy() == pytest.approx(alone.latent(some[here])[columns].to_numpy(), rel=1e-9)
    apart = model.latent(
        some[["customer_id", "frequency", "recency", "T", "period"]], customers=some[["customer_id", "channel"]]
    )
    assert apart[columns].to_numpy() == pytest.approx(whole[columns].to_numpy(), rel=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, 90, float("nan"), None])
def test_a_level_lies_between_0_and_1(level):
    with pytest.raises(kk.DataError) as raised:
        typed("NBD").latent(CUSTOMERS, level=level)
    assert str(raised.value) == (
        f"`level` must be a number above 0 and below 1, got {level!r}.\n\nHint: write level=0.9."
    )
