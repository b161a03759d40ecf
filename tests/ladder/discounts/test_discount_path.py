"""Paths of discounts: they agree with the drawn value, with a path recomputed purchase by purchase, and with roots."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from mpmath import lambertw, mp, mpf

import kundkarriar as kk
from kundkarriar.ladder.discounts.discount_sums import climbs_before
from kundkarriar.threads import in_threads

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 6 == 0].reset_index(drop=True)
AS_OF = "1997-12-10"
LADDER = kk.CustomerLadder.kundkarriar(proxy=True)
HISTORY = LADDER.history(TRANSACTIONS, as_of=AS_OF)
MARGIN, SHARE = 0.4, 0.1
SPEC = kk.ValueScorer(
    purchases=kk.MBGNBD(),
    spend=kk.GammaGamma(),
    margin=MARGIN,
    discount_rate=0.1,
    horizon="12M",
    level=kk.Level(sd=0.1),
)
FLAT = kk.Discount(share=SHARE)
STEEP = kk.Discount(share=SHARE, escalation=0.3)
MONEY = ["naive_cost", "path_cost", "gain", "net", "low", "high"]


def effect(on: str, mean: float, *, spread: float = 0.0, lasts: str | None = None) -> kk.Effect:
    low, high = mean * (1 - spread), mean * (1 + spread)
    return kk.Effect(on=on, mean=mean, low=low, high=high, evidence="assumed", relative_to="no voucher", lasts=lasts)


MORE = effect("purchases", 1.5, spread=0.1)


def micro_of(spec: kk.ValueScorer = SPEC, *, draws: int = 20, history: kk.LadderHistory = HISTORY):
    scorer = spec.fit(kk.summarize(TRANSACTIONS, as_of=AS_OF))
    return kk.Microsimulation(process=scorer, draws=draws, seed=1).fit(history)


@pytest.fixture(scope="module")
def micro():
    return micro_of()


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True), rtol=1e-10)


def test_without_effect_and_escalation_the_path_costs_its_share_of_the_drawn_spend(micro) -> None:
    """D x spend by rung, which is the value of `micro.value` over the margin."""
    value = micro.value(HISTORY)
    value = value[value["part"] == "rung now"]
    path = micro.discount_path(HISTORY, FLAT)
    assert path["rung"].tolist() == value["rung"].tolist()
    np.testing.assert_array_equal(path["customers"], value["customers"])
    np.testing.assert_allclose(path["path_cost"], SHARE * value["value"] / MARGIN, rtol=1e-12)
    np.testing.assert_allclose(-path["net"], path["path_cost"], rtol=1e-12)
    assert (path[["gain", "ceiling", "largest_share"]] == 0).all(axis=None)
    assert (path["climb_factor"] == 1).all()
    np.testing.assert_allclose(path["break_even_volume"], SHARE / (MARGIN - SHARE))


def test_without_effect_costs_are_in_proportion_to_the_share(micro) -> None:
    """Twice the share costs twice as much on the path and in the first month; the hidden multiple stays."""
    once, twice = (micro.discount_path(HISTORY, evolve(STEEP, share=share)) for share in (SHARE, 2 * SHARE))
    np.testing.assert_allclose(twice[MONEY], 2 * once[MONEY], rtol=1e-12)
    np.testing.assert_allclose(twice["hidden_multiple"], once["hidden_multiple"], rtol=1e-12)


@pytest.mark.parametrize("discount", [FLAT, STEEP], ids=["flat", "steep"])
def test_the_path_is_never_cheaper_than_the_first_period(discount, micro) -> None:
    """It is dearer with escalation and with more purchases, and a first period of the horizon is the flat path."""
    path = micro.discount_path(HISTORY, discount)
    assert (path["path_cost"] >= path["naive_cost"]).all()
    whole = micro.discount_path(HISTORY, discount, period="12M")
    np.testing.assert_allclose(whole["hidden_multiple"], whole["climb_factor"], rtol=1e-12)
    assert (micro.discount_path(HISTORY, discount, effect=MORE)["path_cost"] >= path["path_cost"]).all()
    if discount is STEEP:
        flat = micro.discount_path(HISTORY, FLAT)
        np.testing.assert_allclose(path["path_cost"], path["climb_factor"] * flat["path_cost"], rtol=1e-12)
        assert path["climb_factor"].between(1.001, 1.3**4).sum() >= 3
        np.testing.assert_array_equal(path["naive_cost"], flat["naive_cost"])


def test_a_longer_horizon_makes_the_path_dearer(micro) -> None:
    """And the naive cost stays."""
    short = micro_of(evolve(SPEC, horizon="6M")).discount_path(HISTORY, STEEP)
    long = micro.discount_path(HISTORY, STEEP)
    assert (long["path_cost"] > short["path_cost"]).all()
    assert (long["horizon"] == "12 months").all()


def test_who_falls_keeps_the_discount_of_the_highest_rung() -> None:
    """Climbs never fall, and are those before the month: what leads to a rung is bought at the share before it."""
    rung = np.array([[[1, 3, 0, 2, 4], [0, 0, 2, 1, 1]]], dtype=np.int16)
    assert climbs_before(rung, now=np.array([1])).tolist() == [[[0, 0, 2, 2, 2], [0, 0, 0, 1, 1]]]


def test_the_path_is_that_of_every_purchase_at_the_highest_rung_so_far() -> None:
    """Recomputed purchase by purchase, in plain Python, from the drawn days and the drawn rungs."""
    some = TRANSACTIONS[TRANSACTIONS["customer_id"] % 5 == 0].reset_index(drop=True)
    history = LADDER.history(some, as_of=AS_OF)
    micro = micro_of(draws=6, history=history)
    ahead, days = micro.within(history, scorer=micro.process, horizon=None)
    drawn = micro.drawn(micro.process, history, days=max(days, ahead.days))
    now = ahead.rung_of[ahead.current()]
    ends, cost, fell = ahead.ends - ahead.known.last, np.zeros(len(history.rungs)), 0
    for block in in_threads(lambda draw: draw(), micro.blocks(ahead, drawn)):
        rung = ahead.rung_of[block.paths(ahead, draws=6).whole(draws=6)]
        for tile in block.tiles:
            world, customers = tile.worlds[0], now[tile.at]
            for row, draw, time, amount in zip(world.row, world.draw, world.time, world.amount, strict=True):
                if time * 7 > days:
                    continue
                start = int(customers[row])
                before = [start, *rung[row, tile.draws.start + draw][ends < time * 7].tolist()]
                fell += before[-1] < max(before)
                share = STEEP.at(max(before) - start)
                cost[start] += share * amount * 1.1 ** (-time * 7 / 365.25) / 6
    assert fell > 10
    path = micro.discount_path(history, STEEP)
    np.testing.assert_allclose(path["path_cost"], cost[cost > 0], rtol=1e-9)


def test_the_gain_is_the_difference_of_the_scenario() -> None:
    """Of several effects with their costs, before the discount is paid: the same draws, and the same sizes."""
    micro = micro_of(evolve(SPEC, costs=kk.Costs(serve_per_year=2, per_order=1, market_per_year=1)), draws=10)
    several = [effect("purchases", 1.4, spread=0.1), effect("leaving", 0.7), effect("cost", 1.2), effect("value", 1.0)]
    path = micro.discount_path(HISTORY, STEEP, effect=several)
    found = micro.scenario(HISTORY, changes=[kk.Change(effect=each) for each in several])
    (total,) = found[(found["part"] == "value") & (found["name"] == "total")]["difference"]
    np.testing.assert_allclose(path["gain"].sum(), total, rtol=1e-9)


def test_a_multiplied_spend_has_its_ceiling_in_closed_form(micro) -> None:
    """m (1 - f^(-x/D)) = x, at 30 digits, on each rung; the same effect stated of another share has the same."""
    path = micro.discount_path(HISTORY, FLAT, effect=effect("spend", 1.5))
    usual = micro.discount_path(HISTORY, FLAT)
    np.testing.assert_allclose(path["path_cost"], 1.5 * usual["path_cost"], rtol=1e-12)
    np.testing.assert_allclose(path["gain"], 0.5 * MARGIN * usual["path_cost"] / SHARE, rtol=1e-12)
    np.testing.assert_allclose(path["net"], path["gain"] - path["path_cost"], rtol=1e-10)
    with mp.workdps(30):
        rate = mp.log(mpf("1.5")) / mpf("0.1")
        root = float(mpf("0.4") + lambertw(-mpf("0.4") * rate * mp.exp(-mpf("0.4") * rate)) / rate)
    np.testing.assert_allclose(path["ceiling"], root, atol=1e-9)
    stated_of_half = micro.discount_path(HISTORY, kk.Discount(share=0.05), effect=effect("spend", 1.5**0.5))
    np.testing.assert_allclose(stated_of_half["ceiling"], root, atol=1e-9)
    assert path["verdict"].str.startswith("pays: ").all()


@pytest.mark.parametrize(("on", "mean"), [("purchases", 1.6), ("leaving", 0.02)])
def test_at_its_ceiling_a_discount_gains_what_it_costs(on, mean, micro) -> None:
    """Drawn anew at the share that is found, with the effect carried there: within the error of the interpolation."""
    (found,) = micro.discount_path(HISTORY, FLAT, effect=effect(on, mean)).query("rung == 'client'")["ceiling"]
    assert 0.02 < found < 0.35
    there = micro.discount_path(HISTORY, kk.Discount(share=found), effect=effect(on, mean ** (found / SHARE)))
    (row,) = there.query("rung == 'client'").to_dict("records")
    assert abs(row["net"]) < 0.02 * row["path_cost"]


def test_an_effect_of_one_gains_nothing(micro) -> None:
    """And its path is that of no effect, to the last digit."""
    none, one = (micro.discount_path(HISTORY, STEEP, effect=each) for each in (None, effect("purchases", 1.0)))
    same(none, one)
    assert (one["verdict"].str.startswith("does not pay: ")).all()
    assert (one["verdict"].str.endswith("; no share pays")).all()


def test_a_discount_is_paid_for_after_its_effect_has_ended(micro) -> None:
    """Three months of effect gain less than twelve, and the path goes on."""
    short, long = (
        micro.discount_path(HISTORY, FLAT, effect=effect("purchases", 1.5, lasts=lasts)) for lasts in ("3M", None)
    )
    usual = micro.discount_path(HISTORY, FLAT)
    assert ((short["gain"] > 0) & (short["gain"] < 0.6 * long["gain"])).all()
    assert ((short["path_cost"] > usual["path_cost"]) & (short["path_cost"] < long["path_cost"])).all()
    year = micro.discount_path(HISTORY, FLAT, effect=effect("purchases", 1.5, lasts="12M"))
    told = "; the effect ends after 3 months, and the discount goes on"
    assert short["verdict"].str.endswith(told).all()
    assert not pd.concat([long, usual, year])["verdict"].str.contains("the effect ends").any()


def test_what_cannot_be_told_says_which_share_pays_on_average(micro) -> None:
    """No share pays with an effect of 1.2 as it is stated, and its strong end may all the same."""
    path = micro.discount_path(HISTORY, FLAT, effect=effect("spend", 1.2, spread=0.25))
    assert (path["ceiling"] == 0).all()
    assert path["verdict"].str.startswith("cannot tell: gains ").all()
    assert path["verdict"].str.endswith("; on average no share pays").all()
    paying = micro.discount_path(HISTORY, FLAT, effect=effect("spend", 1.4, spread=0.25))
    assert paying["verdict"].str.contains(r"^cannot tell: .*; on average at (?:most|least) \d+\.\d% pays$").all()


def test_each_rung_is_reckoned_by_itself(micro) -> None:
    """Its row is the same, whether others get the discount or not; under an effect its chances are others."""
    clients = {"where": kk.column("rung").equals("client")}
    everybody = micro.discount_path(HISTORY, STEEP)
    same(micro.discount_path(HISTORY, STEEP, **clients), everybody[everybody["rung"] == "client"])
    more = micro.discount_path(HISTORY, FLAT, effect=effect("spend", 1.3), **clients)
    assert more["rung"].tolist() == ["client"]
    np.testing.assert_allclose(more["gain"], 0.3 * MARGIN / SHARE * more["path_cost"] / 1.3, rtol=1e-12)


def test_the_order_of_rows_changes_nothing(micro) -> None:
    """Of transactions from last to first."""
    backwards = LADDER.history(TRANSACTIONS.iloc[::-1].reset_index(drop=True), as_of=AS_OF)
    same(micro.discount_path(HISTORY, STEEP, effect=MORE), micro.discount_path(backwards, STEEP, effect=MORE))


def test_polars_in_polars_out(micro) -> None:
    history = LADDER.history(pl.from_pandas(TRANSACTIONS), as_of=AS_OF)
    found = micro.discount_path(history, STEEP)
    assert isinstance(found, pl.DataFrame)
    same(found.to_pandas(), micro.discount_path(HISTORY, STEEP))
    assert isinstance(micro.climb_factors(history, STEEP), pl.DataFrame)


def test_the_margin_floor_binds_before_the_ceiling(micro) -> None:
    """D_0 = (m - m_min) / (1 - m_min) / (1 + g)^(K - i), K the top rung of the ladder, and the verdict says so."""
    path = micro.discount_path(HISTORY, STEEP, effect=effect("spend", 1.8), margin_floor=0.3)
    top = [rung.name for rung in HISTORY.rungs]
    climbs = np.array([len(top) - 1 - top.index(rung) for rung in path["rung"]])
    np.testing.assert_allclose(path["margin_ceiling"], 0.1 / 0.7 / 1.3**climbs, rtol=1e-9)
    np.testing.assert_array_equal(path["largest_share"], np.minimum(path["ceiling"], path["margin_ceiling"]))
    broken = path["margin_ceiling"] < SHARE
    assert broken.any()
    assert not broken.all()
    assert path.loc[broken, "verdict"].str.match(r"breaks the margin floor: at most \d\.\d%").all()
    assert path.loc[~broken, "verdict"].str.startswith("pays: ").all()
    without = micro.discount_path(HISTORY, STEEP, effect=effect("spend", 1.8))
    assert without["margin_ceiling"].isna().all()
    np.testing.assert_array_equal(without["largest_share"], without["ceiling"])


def test_climb_factors_are_those_of_the_rung(micro) -> None:
    """Pooled over its customers, with the effect too; 1 without escalation."""
    positions = HISTORY.positions()
    for own in (None, MORE):
        factors = micro.climb_factors(HISTORY, STEEP, effect=own)
        assert factors["customer_id"].tolist() == positions["customer_id"].tolist()
        by_rung = factors["climb_factor"].groupby(positions["rung"]).agg(["min", "max"])
        path = micro.discount_path(HISTORY, STEEP, effect=own).set_index("rung")["climb_factor"]
        np.testing.assert_allclose(by_rung["min"][path.index], path, rtol=1e-12)
        np.testing.assert_allclose(by_rung["max"][path.index], path, rtol=1e-12)
    assert (micro.climb_factors(HISTORY, FLAT)["climb_factor"] == 1).all()


def test_who_never_bought_costs_nothing() -> None:
    """Without a model of first purchases prospects buy nothing, and have neither a multiple nor a margin."""
    known = pd.DataFrame({"customer_id": [-1, -2], "first_contact": pd.Timestamp("1997-05-05")})
    history = LADDER.history(TRANSACTIONS, as_of=AS_OF, customers=known)
    path = micro_of(history=history).discount_path(history, STEEP, effect=MORE, margin_floor=0.1)
    prospects = path[path["rung"] == "prospect"].iloc[0]
    assert prospects["customers"] == 2
    assert (prospects[["path_cost", "gain", "net", "ceiling"]] == 0).all()
    assert prospects[["hidden_multiple", "margin_ceiling", "break_even_volume"]].isna().all()
    assert prospects["verdict"] == "costs nothing: nothing is bought within 12 months"


def refused(call) -> str:
    with pytest.raises(kk.KundkarriarError) as raised:
        call()
    return str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"discount": 0.1},
            "`discount` must be a kk.Discount, got 0.1.\n\nHint: write discount=kk.Discount(share=0.1).",
        ),
        (
            {"discount": kk.Discount(share=0.4, escalation=0.3)},
            (
                "a discount stays below the whole list price, and this one is 1.142 of it after 4 climbs (40% off the "
                "list price, growing by 30% with each rung climbed).\n\nHint: write escalation=0.24 or less, or a "
                "smaller share."
            ),
        ),
        (
            {"effect": 1.2},
            (
                "`effect` must be a kk.Effect, several of them, or None, got 1.2.\n\nHint: write "
                'effect=kk.Effect(on="purchases", mean=1.2, ..., lasts=None), or None for a discount that changes '
                "nothing."
            ),
        ),
        (
            {"effect": effect("promotion", 1.2)},
            (
                "a microsimulation changes the process of purchases and its money, and a step between rungs is no part "
                "of them.\n\nHint: effects on ['leaving', 'returning', 'purchases', 'spend', 'cost', 'marketing', "
                "'value']; steps between rungs are for chains: movement.scenario(...)."
            ),
        ),
        (
            {"where": "client"},
            "`where` must be a kk.Condition, got 'client'.\n\nHint: write where=kk.column(\"purchase_days\") >= 1.",
        ),
        (
            {"margin_floor": 1.0},
            "`margin_floor` must be a number of at least 0 and below 1, got 1.0.\n\nHint: write margin_floor=0.1.",
        ),
        (
            {"period": "13M"},
            (
                "`period` must be a span of time of at most the scorer's horizon (12 months), got '13M'.\n\nHint: "
                'write period="1M".'
            ),
        ),
        ({"level": 1}, "`level` must be a number above 0 and below 1, got 1.\n\nHint: write level=0.9."),
    ],
)
def test_what_a_path_cannot_be_of(given, message, micro) -> None:
    arguments = {"discount": FLAT, **given}
    assert refused(lambda: micro.discount_path(HISTORY, **arguments)) == message


def test_a_model_without_amounts_has_no_path() -> None:
    micro = kk.Microsimulation(process=kk.MBGNBD(), draws=5).fit(HISTORY)
    message = (
        "values need a fitted scorer, as the process is a model without amounts.\n\nHint: micro.value(history, "
        "scorer=scorer.fit(summary)), or that scorer as process."
    )
    assert refused(lambda: micro.discount_path(HISTORY, FLAT)) == message
    assert refused(lambda: micro.climb_factors(HISTORY, STEEP)) == message


def test_a_condition_that_nobody_meets_is_said(micro) -> None:
    with pytest.warns(kk.DataWarning, match="no customer meets `purchase_days is at least 999`"):
        path = micro.discount_path(HISTORY, STEEP, effect=MORE, where=kk.column("purchase_days") >= 999)
    assert len(path) == 0
