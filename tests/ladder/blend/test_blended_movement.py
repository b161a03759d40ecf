"""Blends of movements: weights that never see what they are judged by, forecasts and intervals of the mixture."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve, frozen

import kundkarriar as kk

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 4 == 0].reset_index(drop=True)
MONTH = kk.column("purchase_days_1M")
LADDER = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="none", when=MONTH <= 0),
        kk.Rung(name="one", when=MONTH >= 1),
        kk.Rung(name="many", when=MONTH >= 2),
    ),
    lapse=None,
)
HISTORY = LADDER.history(TRANSACTIONS, as_of="1997-12-31")
CHAINS = kk.ChainMixture(chains=1, mass=10)
MICRO = kk.Microsimulation(process=kk.MBGNBD(), draws=20)
SPEC = kk.BlendedMovement(parts=(CHAINS, MICRO), origin="3M", horizon="2M")
KEYS = ["customer_id", "ahead", "rung"]


@frozen(kw_only=True)
class Told:
    """A user's movement: the same probabilities for every customer, and sizes with an interval."""

    p: tuple
    spread: float = 0.0
    lapsed: bool = False

    def fit(self, history):
        assert isinstance(history, kk.LadderHistory)
        return self

    def _frame(self, history, keys):
        names = [rung.name for rung in history.rungs]
        table = pd.DataFrame(keys).merge(pd.DataFrame({"rung": names, "probability": self.p}), how="cross")
        return table.assign(lapsed=False) if self.lapsed else table

    def forecast(self, history, *, horizon="6M"):
        months = range(1, int(horizon[:-1]) + 1)
        ids = [each for each in history.positions()["customer_id"] for _ in months]
        return self._frame(history, {"customer_id": ids, "ahead": [*months] * len(history)})

    def sizes(self, history, *, horizon="6M", **_):
        table = self._frame(history, {"ahead": range(1, int(horizon[:-1]) + 1)})
        expected = table.pop("probability") * len(history)
        return table.assign(expected=expected, low=expected - self.spread, high=expected + self.spread)

    def time_to(self, rung, history, *, horizon="24M", **_):
        at = [each.name for each in history.rungs].index(rung)
        reached = float(sum(self.p[at:]))
        row = {"rung": "none", "customers": len(history), "ahead": range(1, int(horizon[:-1]) + 1)}
        return pd.DataFrame(row).assign(
            reached=reached, low=reached - self.spread / 1e3, high=reached + self.spread / 1e3
        )


FLAT, SURE = Told(p=(0.5, 0.3, 0.2), spread=10.0), Told(p=(0.9, 0.1, 0.0), spread=20.0)


@pytest.fixture(scope="module")
def blend():
    return SPEC.fit(HISTORY)


def shared(fitted, *shares):
    """The blend with other weights."""
    return evolve(fitted, shares=list(shares))


def table(forecast):
    return forecast.set_index(KEYS)["probability"]


def test_it_keeps_the_laws_of_movements():
    """As every movement: probabilities, nothing after the origin, sizes that are sums of the forecasts."""
    kk.testing.check_movement(SPEC, HISTORY)


def test_forecasts_are_weighted_means_of_the_parts(blend):
    """Of each customer, month and rung; a state that a part leaves out has probability 0 there."""
    parts = [table(part.forecast(HISTORY, horizon="3M")) for part in blend.parts]
    found = table(blend.forecast(HISTORY, horizon="3M"))
    expected = sum(
        share * each.reindex(parts[0].index, fill_value=0) for share, each in zip(blend.shares, parts, strict=True)
    )
    pd.testing.assert_series_equal(found, expected[expected > 0].loc[found.index], rtol=1e-12)
    assert len(found) == (expected > 0).sum()


def test_the_end_of_the_horizon_is_the_last_month_of_the_forecast(blend):
    """Probabilities of rungs, of each customer in the order of the history."""
    last = (
        blend.forecast(HISTORY, horizon="2M")
        .query("ahead == 2")
        .pivot_table(index="customer_id", columns="rung", values="probability")
    )
    ids = HISTORY.positions()["customer_id"]
    np.testing.assert_allclose(blend.at_end(HISTORY, horizon="2M"), last.loc[ids, ["none", "one", "many"]].fillna(0))


def test_a_blend_of_one_is_that_part(blend):
    """With all the weight a part tells all: its sizes and times with their intervals, its forecast."""
    alone, part = shared(blend, 0, 1), blend.parts[1]
    pd.testing.assert_frame_equal(
        alone.sizes(HISTORY, horizon="2M"), part.sizes(HISTORY, horizon="2M"), rtol=1e-6, atol=1e-6
    )
    told = [each.time_to("many", HISTORY, horizon="2M", level=0.8) for each in (alone, part)]
    pd.testing.assert_frame_equal(*told, rtol=1e-6, atol=1e-9)


def test_intervals_are_those_of_the_mixture():
    """One part per draw: the bounds are quantiles of drawn parts, each a normal around what it expects."""
    blend = shared(kk.BlendedMovement(parts=(FLAT, SURE), origin="3M").fit(HISTORY), 0.3, 0.7)
    sizes = blend.sizes(HISTORY, horizon="1M", level=0.8)
    n, z = len(HISTORY), 1.2815515655446004
    generator = np.random.default_rng(1)
    second = generator.random(200_000) < 0.7
    for at, row in enumerate(sizes.itertuples()):
        mean, spread = np.where(second, SURE.p[at] * n, FLAT.p[at] * n), np.where(second, 20.0, 10.0)
        low, high = np.quantile(generator.normal(mean, spread / z), [0.1, 0.9])
        assert row.expected == pytest.approx(n * (0.3 * FLAT.p[at] + 0.7 * SURE.p[at]))
        assert (row.low, row.high) == (pytest.approx(low, abs=0.6), pytest.approx(high, abs=0.6))
    reached = blend.time_to("one", HISTORY, horizon="1M")
    assert reached["reached"].tolist() == pytest.approx([0.3 * 0.5 + 0.7 * 0.1])


def test_weights_maximise_the_mean_log_of_what_came():
    """No other weights of the two have a higher mean log probability of the rungs since the origin."""
    fitted = kk.BlendedMovement(parts=(FLAT, SURE), origin="3M", horizon="3M").fit(HISTORY)
    careers = HISTORY.careers()
    known = careers.loc[careers["period_start"] <= "1997-09-30", "customer_id"].unique()
    came = careers[(careers["period_start"] > "1997-09-30") & careers["customer_id"].isin(known)]
    at = came["rung"].map({"none": 0, "one": 1, "many": 2})
    told = [np.log(np.maximum(np.array(part.p)[at], 0.001)) for part in (FLAT, SURE)]
    assert fitted.n_judged == len(came) == 3 * len(known)
    assert fitted.weights()["log_score"].tolist() == pytest.approx([each.mean() for each in told])
    scores = [np.log(w * np.exp(told[0]) + (1 - w) * np.exp(told[1])).mean() for w in np.linspace(0, 1, 101)]
    assert fitted.weights()["weight"].tolist() == pytest.approx(
        [np.argmax(scores) / 100, 1 - np.argmax(scores) / 100], abs=0.01
    )


def test_weights_read_nothing_after_the_months_they_are_judged_by(blend):
    """Other purchases after origin and horizon leave weights and scores as they are."""
    late = TRANSACTIONS["date"] > "1997-11-30"
    other = TRANSACTIONS[~late | (TRANSACTIONS["customer_id"] % 8 == 0)]
    assert 0 < len(other) < len(TRANSACTIONS)
    again = SPEC.fit(LADDER.history(other, as_of="1997-12-31"))
    pd.testing.assert_frame_equal(again.weights(), blend.weights())


def test_parts_are_judged_by_fits_to_the_past_and_told_by_fits_to_everything():
    """Each part is fitted twice: to the history as of the origin, and to the whole."""
    seen = []

    @frozen
    class Spy(Told):
        def fit(self, history):
            seen.append(history.as_of)
            return self

    kk.BlendedMovement(parts=(Spy(p=(0.6, 0.2, 0.2)), FLAT), origin="4M").fit(HISTORY)
    assert seen == ["1997-08-31", "1997-12-31"]


def test_a_backtest_shows_a_blend_nothing_later():
    """At each origin the blend is fitted to the history as of then, and so are its parts."""
    result = kk.backtest_movement([SPEC, CHAINS], HISTORY, origins=1, horizon="2M").table()
    past = HISTORY.before("2M")
    ahead = table(SPEC.fit(past).forecast(past, horizon="2M"))
    careers = HISTORY.careers()
    came = careers[
        (careers["period_start"] > past.as_of) & careers["customer_id"].isin(past.positions()["customer_id"])
    ]
    ahead_of = came["period_start"].dt.month - 10
    p = ahead.reindex(pd.MultiIndex.from_arrays([came["customer_id"], ahead_of, came["rung"]]), fill_value=0)
    expected = -np.log(np.maximum(p.to_numpy(), 0.001))
    found = result.loc[result["spec"] == "BlendedMovement", "log_loss"]
    assert found.tolist() == pytest.approx([expected[ahead_of == month].mean() for month in (1, 2)])


def test_within_a_month_the_others_tell_whom_chains_leave_out(blend):
    """Chains know customers from their first whole month on; of newer ones the process alone tells the rung."""
    within = LADDER.history(TRANSACTIONS, as_of="1997-02-14")
    told = blend.forecast(within, horizon="1M").groupby("customer_id")["probability"].sum()
    assert len(told) == len(within) > len(blend.parts[0].forecast(within, horizon="1M")["customer_id"].unique())
    np.testing.assert_allclose(told, 1.0)
    sizes = blend.sizes(within, horizon="1M")
    rungs = blend.forecast(within, horizon="1M").groupby("rung")["probability"].sum()
    assert sizes.set_index("rung")["expected"].to_dict() == pytest.approx(rungs.to_dict())
    assert sizes["expected"].between(sizes["low"], sizes["high"]).all()
    with pytest.raises(kk.DataError) as error:
        blend.time_to("many", within, horizon="1M")
    assert str(error.value) == (
        "the parts of the blend do not know the same customers: chains leave out who came within a month that is not "
        "over, and shares of different customers have no mean.\n\n"
        'Hint: the last month end that is over: origin="1997-01-31".'
    )


def test_the_flag_of_lapse_is_there_where_all_parts_tell_it():
    """Parts without it are blended by rungs."""
    history = kk.CustomerLadder(rungs=LADDER.rungs).history(TRANSACTIONS, as_of="1997-12-31")
    told = evolve(FLAT, lapsed=True)
    flagged = kk.BlendedMovement(parts=(told, MICRO), origin="3M", horizon="1M").fit(history)
    states = flagged.forecast(history, horizon="1M")
    assert states["lapsed"].any()
    np.testing.assert_allclose(states.groupby("customer_id")["probability"].sum(), 1.0)
    plain = kk.BlendedMovement(parts=(FLAT, MICRO), origin="3M", horizon="1M").fit(history)
    assert "lapsed" not in plain.forecast(history, horizon="1M")
    sizes = plain.sizes(history, horizon="1M")
    np.testing.assert_allclose(sizes["expected"].sum(), len(history))


def test_covariates_of_chains_are_columns_of_the_customers():
    """As known to the history; the other parts are not asked for them."""
    ids = TRANSACTIONS["customer_id"].unique()
    customers = pd.DataFrame({"customer_id": ids, "big": ids % 8 == 0})
    history = LADDER.history(TRANSACTIONS, as_of="1997-12-31", customers=customers)
    chains = kk.ChainMixture(chains=2, mass=10, starts=1, covariates=("big",))
    fitted = kk.BlendedMovement(parts=(chains, MICRO), origin="3M", horizon="1M").fit(history)
    alone = chains.fit(history, customers=customers)
    told = [
        shared(fitted, 1, 0).forecast(history, horizon="1M"),
        alone.forecast(history, horizon="1M", customers=customers),
    ]
    assert len(fitted.sizes(history, horizon="1M")) == len(fitted.time_to("many", history, horizon="1M"))
    pd.testing.assert_series_equal(*(table(each.query("probability > 0")) for each in told))


def test_polars_in_polars_out():
    """The frames are of the library of the transactions."""
    history = LADDER.history(pl.from_pandas(TRANSACTIONS), as_of="1997-12-31")
    fitted = SPEC.fit(history)
    assert all(
        isinstance(each, pl.DataFrame) for each in (fitted.forecast(history, horizon="1M"), fitted.sizes(history))
    )


def test_read_back_it_says_the_same(blend):
    """Also of parts that are stored by a name of their own; movements of a user's class are not stored."""
    again = kk.FittedBlendedMovement.from_dict(json.loads(json.dumps(blend.to_dict())))
    assert again.equals(blend)
    assert not again.equals(shared(blend, 0.5, 0.5))
    told = [shared(each, 1, 0).forecast(HISTORY, horizon="1M") for each in (again, blend)]
    pd.testing.assert_frame_equal(*told)
    with pytest.raises(kk.CapabilityError, match="Told is not one of kundkarriar's own movements"):
        kk.BlendedMovement(parts=(FLAT, SURE)).to_dict()


SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
SUMMARY = kk.summarize(TRANSACTIONS, as_of="1997-12-31")
SEEN = (
    "BlendedMovement judges its parts by what came after an earlier day, and {} is fitted already, perhaps to that.\n\n"
    "Hint: give the spec, which is fitted there anew: kk.{}(...)."
)
REFUSED = {
    "one part": (
        lambda: kk.BlendedMovement(parts=(CHAINS,)),
        (
            "`parts` must be at least two specs of movements, got (ChainMixture(chains=1, mass=10, starts=8, "
            "rungs=None, covar....\n\n"
            "Hint: parts=(kk.ChainMixture(), kk.Microsimulation())."
        ),
    ),
    "a fitted part": (
        lambda: kk.BlendedMovement(parts=(CHAINS.fit(HISTORY), MICRO)),
        (
            "`parts` of BlendedMovement are fitted anew at each origin, and FittedChainMixture has no `fit`.\n\n"
            "Hint: give the spec, as kk.ChainMixture()."
        ),
    ),
    "a blend": (
        lambda: kk.BlendedMovement(parts=(SPEC, MICRO)),
        (
            "`parts` of BlendedMovement are single movements, and one of them is a blend itself.\n\n"
            "Hint: name its parts one by one: parts=(kk.ChainMixture(), kk.Microsimulation())."
        ),
    ),
    "a fitted model": (
        lambda: kk.BlendedMovement(parts=(CHAINS, kk.Microsimulation(process=kk.MBGNBD().fit(SUMMARY)))),
        SEEN.format("FittedMBGNBD", "MBGNBD"),
    ),
    "a fitted scorer": (
        lambda: kk.BlendedMovement(parts=(CHAINS, kk.Microsimulation(process=SCORER.fit(SUMMARY)))),
        SEEN.format("FittedValueScorer", "ValueScorer"),
    ),
    "a scorer of a fitted model": (
        lambda: kk.BlendedMovement(
            parts=(CHAINS, kk.Microsimulation(process=evolve(SCORER, purchases=kk.MBGNBD().fit(SUMMARY))))
        ),
        SEEN.format("FittedMBGNBD", "MBGNBD"),
    ),
    "no whole months": (
        lambda: kk.BlendedMovement(parts=(CHAINS, MICRO), origin="90D"),
        "`origin` must be a span of whole months, at most 1,200, as text, got '90D'.\n\nHint: write origin=\"6M\".",
    ),
    "no data by the origin": (
        lambda: kk.BlendedMovement(parts=(FLAT, SURE), origin="1Y").fit(HISTORY),
        (
            "BlendedMovement: `as_of` 1996-12-31 lies before all transactions: the first is of 1997-01-01.\n\n"
            'Hint: a span shorter than `origin`, as kk.BlendedMovement(parts=..., origin="1M"), or more data.'
        ),
    ),
    "no whole month by the origin": (
        lambda: kk.BlendedMovement(parts=(FLAT, SURE), origin="1M").fit(HISTORY.before("1997-02-10")),
        (
            "BlendedMovement judges its parts by what came after 1997-01-10, and nobody was known by then who "
            "has a whole "
            "month since, up to 1997-02-10.\n\n"
            'Hint: a span shorter than `origin`, as kk.BlendedMovement(parts=..., origin="1M"), or more data.'
        ),
    ),
    "careers": (
        lambda: SPEC.fit(HISTORY.careers()),
        (
            "BlendedMovement.fit carries purchases on and applies the ladder's rules to them: it needs a "
            "kk.LadderHistory, got "
            "DataFrame.\n\nHint: history = ladder.history(transactions, as_of=...); careers from elsewhere are for "
            "kk.ChainMixture."
        ),
    ),
    "a part that cannot be fitted": (
        lambda: kk.BlendedMovement(parts=(CHAINS, MICRO), origin="11M").fit(HISTORY),
        (
            "BlendedMovement, ChainMixture as of 1997-01-31: movement needs two months in a row, and none of "
            "the 191 customers "
            "has them.\n\nHint: careers over a longer time: ladder.careers(transactions, as_of=<a later day>)."
        ),
    ),
    "other weights": (
        lambda: evolve(SPEC.fit(HISTORY), shares=[0.5, 0.3, 0.2], log_scores=[-1, -1, -1]),
        (
            "`shares` must agree with the spec and the fields before it: parts 2, got 3.\n\n"
            "Hint: fit(careers) makes it, and what its to_dict() wrote reads back."
        ),
    ),
    "other parts": (
        lambda: evolve(SPEC.fit(HISTORY), parts=(FLAT,)),
        (
            "`parts` must be a fitted movement for each part of the spec, got (Told(p=(0.5, 0.3, 0.2), spread=10.0, "
            "lapsed=False),).\n\nHint: kk.BlendedMovement(parts=...).fit(history) makes it, and what its "
            "to_dict() wrote "
            "reads back."
        ),
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_blended_is_refused(call, message):
    """The message says which law was broken, and what to type."""
    with pytest.raises(kk.errors.KundkarriarError) as error:
        call()
    assert str(error.value) == message


def test_a_scorer_is_fitted_to_what_was_known_at_the_origin():
    """A spec of a scorer as process: season, level and amounts are those of its fit to each history."""
    rich = kk.CustomerLadder(
        rungs=(kk.Rung(name="any", when=MONTH >= 0), kk.Rung(name="much", when=kk.column("value_1M") > 30)), lapse=None
    )
    history = rich.history(TRANSACTIONS, as_of="1997-12-31")
    micro = kk.Microsimulation(process=SCORER, draws=20)
    fitted = kk.BlendedMovement(parts=(CHAINS, micro), origin="3M", horizon="1M").fit(history)
    assert fitted.parts[1].process == SCORER.fit(kk.summarize(TRANSACTIONS, as_of="1997-12-31", regularity=True))
    assert kk.Microsimulation.from_dict(json.loads(json.dumps(micro.to_dict()))) == micro


def test_what_chains_forget_is_no_warning_where_weights_judge_them():
    """Of rungs that remember twelve months; what else a part warns of is said, once for each of its fits."""

    class Doubtful(Told):
        def fit(self, history):
            kk.errors.warn("two states are alike")
            return Told.fit(self, history)

    history = kk.CustomerLadder.groups().history(TRANSACTIONS, as_of="1997-12-31")
    states = [rung.name for rung in history.rungs]
    chains = kk.ChainMixture(chains=1, mass=10, rungs=states)
    doubtful = Doubtful(p=(0.0, 0.5, 0.3, 0.2), lapsed=False)
    with pytest.warns(kk.DataWarning) as warned:
        kk.BlendedMovement(parts=(chains, doubtful), origin="3M", horizon="1M").fit(history)
    assert [str(each.message) for each in warned] == [
        "BlendedMovement, Doubtful as of 1997-09-30: two states are alike",
        "two states are alike",
    ]
