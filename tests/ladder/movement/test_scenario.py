"""Scenarios of chains: likelier steps between rungs, in two worlds with the same chains."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.ladder.movement.forgotten import chains_forget

MONEY = {"low": 0.0, "high": 10.0}
TERMS = {"contribution": MONEY, "discount_rate": 0.10, "draws": 40}
BETTER = kk.Change(rung="low", to="high", odds=1.5)
COLUMNS = ["part", "ahead", "name", "usual", "changed", "difference", "low", "high"]


def careers_of(n=400, *, months=12):
    generator = np.random.default_rng(1)
    path = [generator.integers(0, 2, n)]
    for _ in range(months - 1):
        path.append((generator.random(n) < np.where(path[-1] == 1, 0.8, 0.3)).astype(int))
    codes = np.stack(path, axis=1)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=months, freq="MS"), n),
            "rung": np.array(["low", "high"])[codes.ravel()],
            "rung_number": codes.ravel() + 1,
        }
    )


@pytest.fixture(scope="module")
def careers():
    return careers_of()


@pytest.fixture(scope="module")
def movement(careers):
    return kk.ChainMixture(chains=1).fit(careers)


@pytest.fixture(scope="module")
def memoryless():
    """A history whose rungs ask for the purchases ever alone."""
    again = kk.column("purchase_days") >= 2
    ladder = kk.CustomerLadder(
        rungs=[kk.Rung(name="low", when=kk.column("purchase_days") >= 0), kk.Rung(name="high", when=again)], lapse=None
    )
    return ladder.history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")


def test_as_usual_is_the_forecast_and_its_value_by_hand(careers, movement):
    """Numbers of customers and money are those of one chain, to the spread of its draws."""
    table = movement.scenario(careers, changes=BETTER, horizon="12M", **TERMS)
    assert table.columns.tolist() == COLUMNS
    P, beta = movement.members[0].P[0], 1.1 ** (-1 / 12)
    high = (careers.groupby("customer_id")["rung"].last() == "high").sum()
    now, V = np.array([400.0 - high, high]), np.zeros(2)
    for _ in range(12):
        V = beta * P @ (np.array([0.0, 10.0]) + V)
    sizes = movement.sizes(careers, horizon="12M", draws=5)
    rungs = table[table["part"] == "rung"]
    assert rungs["name"].tolist() == sizes["rung"].tolist()
    assert rungs["usual"].tolist() == pytest.approx(sizes["expected"].tolist(), rel=0.02)
    assert rungs.groupby("ahead")[["usual", "changed"]].sum().to_numpy() == pytest.approx(400.0)
    value = table[table["part"] == "value"].set_index("name")
    assert value.loc["total", "usual"] == pytest.approx(now @ V, rel=0.02)
    assert value["ahead"].tolist()[:12] == list(range(1, 13))
    assert value["usual"].iloc[:12].sum() == pytest.approx(value.loc["total", "usual"])
    on_high = rungs.loc[rungs["name"] == "high", "changed"].to_numpy()
    assert value["changed"].iloc[:12].to_numpy() == pytest.approx(10 * on_high * beta ** np.arange(1, 13))


def test_odds_of_one_change_nothing_and_more_promotion_pays(careers, movement):
    same = movement.scenario(careers, changes=[kk.Change(rung="low", to="high", odds=1.0)], **TERMS)
    assert same[["difference", "low", "high"]].abs().to_numpy().max() < 1e-9
    better = movement.scenario(careers, changes=[BETTER], **TERMS)
    total = better[better["name"] == "total"].iloc[0]
    assert 0 < total["low"] < total["difference"] < total["high"]
    assert total["difference"] == pytest.approx(total["changed"] - total["usual"])
    pd.testing.assert_series_equal(better["usual"], same["usual"])
    narrow = movement.scenario(careers, changes=[BETTER], **(TERMS | {"level": 0.2})).iloc[-1]
    assert total["low"] < narrow["low"] < narrow["high"] < total["high"]


def test_worlds_share_their_chains(careers, movement):
    """The interval of the difference is much narrower than the spread of the total over draws."""
    total = movement.scenario(careers, changes=BETTER, **TERMS).iloc[-1]
    usual = movement.value(contribution=MONEY, discount_rate=0.1, draws=40)
    assert (total["high"] - total["low"]) / total["difference"] < 0.5
    assert total["high"] - total["low"] < 100 * (usual["high"] - usual["low"]).sum()


def test_an_effect_on_promotion_is_drawn_in_its_size(careers, movement):
    """Its mean is that of the stated odds; its interval is wider."""
    effect = kk.Effect(on="promotion", mean=1.5, low=1.1, high=2.0, evidence="assumed", relative_to="no club")
    stated, drawn = (
        movement.scenario(careers, changes=change, **(TERMS | {"draws": 200})).iloc[-1]
        for change in (BETTER, kk.Change(rung="low", to="high", effect=effect))
    )
    assert drawn["difference"] == pytest.approx(stated["difference"], rel=0.1)
    assert drawn["high"] - drawn["low"] > 2 * (stated["high"] - stated["low"])


def test_the_season_is_in_both_worlds():
    """Chains of two years are tilted as their forecasts are."""
    careers = careers_of(months=26)
    december = careers["period_start"].dt.month == 12
    careers.loc[december, "rung"], careers.loc[december, "rung_number"] = "high", 2
    movement = kk.ChainMixture(chains=1).fit(careers)
    table = movement.scenario(careers, changes=BETTER, horizon="12M", **TERMS)
    sizes = movement.sizes(careers, horizon="12M", draws=5)
    rungs = table[table["part"] == "rung"]
    assert rungs["usual"].tolist() == pytest.approx(sizes["expected"].tolist(), rel=0.03, abs=1)
    assert rungs["usual"].max() > 380


def test_lapsed_customers_of_a_rung_are_counted_on_it():
    careers = careers_of()
    careers["lapsed"] = (careers["rung"] == "low") & (careers["customer_id"] % 3 == 0)
    movement = kk.ChainMixture(chains=1).fit(careers)
    table = movement.scenario(careers, changes=BETTER, horizon="2M", **TERMS)
    assert table["name"].fillna("-").tolist() == ["low", "high", "low", "high", "-", "-", "total"]
    assert table["usual"].iloc[:2].sum() == pytest.approx(400)


def test_rungs_without_memory_need_no_careers(memoryless):
    """A history without memory gives no warning and has the answers of its careers."""
    movement = kk.ChainMixture(chains=2, mass=10, starts=1).fit(memoryless)
    given = {"changes": BETTER, "horizon": "3M", **(TERMS | {"draws": 5})}
    asked = movement.scenario(memoryless, **given)
    pd.testing.assert_frame_equal(asked, movement.scenario(memoryless.careers(), **given))
    earlier = movement.scenario(memoryless, origin="1997-12-31", **given)
    pd.testing.assert_frame_equal(earlier, movement.scenario(memoryless.careers(), origin="1997-12-31", **given))


def test_rungs_with_memory_are_warned_of_and_have_no_scenario(cdnow_sample):
    """The warning and the error name the rungs, what they remember, and what to write; careers do not tell."""
    history = kk.CustomerLadder.groups().history(cdnow_sample, as_of="1997-12-31")
    law = (
        "chains step by the rung now, and rungs of this ladder remember more: moving (purchase_days), recurring "
        "(purchase_days), exclusive (purchase_days_12M), lapsed (days_since_purchase)."
    )
    assert chains_forget(history) == law
    with pytest.warns(kk.DataWarning) as told:
        movement = kk.ChainMixture(chains=1, mass=10).fit(history)
    assert [str(each.message) for each in told] == [
        (
            f"{law} Forecasts and values of single customers will be off. Draw purchases instead, which go through the "
            "rules of the ladder: kk.Microsimulation().fit(history)."
        )
    ]
    assert told[0].filename == __file__
    assert movement.equals(kk.ChainMixture(chains=1, mass=10).fit(history.careers()))
    contribution = {"moving": 0, "recurring": 1, "exclusive": 4}
    change = kk.Change(rung="moving", to="recurring", odds=2)
    with pytest.raises(kk.CapabilityError) as refused:
        movement.scenario(history, changes=change, contribution=contribution, discount_rate=0.1)
    assert str(refused.value) == (f"{law}\n\nHint: micro.scenario(history, changes=[...]), of a kk.Microsimulation.")
    assert len(movement.scenario(history.careers(), changes=change, contribution=contribution, discount_rate=0.1)) > 24


def test_a_step_that_nobody_takes_has_no_odds():
    frame = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(60), 4),
            "period_start": np.tile(pd.date_range("2026-01-01", periods=4, freq="MS"), 60),
            "rung": ["low", "high", "high", "high"] * 60,
        }
    )
    movement = kk.ChainMixture(chains=1).fit(frame)
    with pytest.raises(kk.DataError) as refused:
        movement.scenario(frame, changes=[kk.Change(rung="high", to="low", odds=2)], **TERMS)
    assert str(refused.value) == (
        "nobody ever steps from 'high' to 'low' in a month, so its odds cannot be multiplied.\n\n"
        "Hint: see movement.transitions() for the steps there are."
    )


EXAMPLE = 'Hint: write changes=[kk.Change(rung="client", to="supporter", odds=1.2)].'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([], f"`changes` must be kk.Change objects, at least one, got [].\n\n{EXAMPLE}"),
        (["x"], f"`changes` must be kk.Change objects, at least one, got ['x'].\n\n{EXAMPLE}"),
        (
            [kk.Change(rung="client", to="high", odds=2)],
            "a change names rungs that the movement does not know: ['client'].\n\nHint: its rungs are ['low', 'high'].",
        ),
    ],
    ids=["none", "other objects", "unknown rung"],
)
def test_invalid_changes_are_refused(changes, message, careers, movement):
    with pytest.raises(kk.DataError) as refused:
        movement.scenario(careers, changes=changes, **TERMS)
    assert str(refused.value) == message


def test_a_level_is_refused_by_its_name(careers, movement):
    with pytest.raises(kk.DataError, match=r"^`level` must be a number above 0 and below 1, got 2"):
        movement.steps_up(contribution=MONEY, discount_rate=0.1, level=2)
    with pytest.raises(kk.DataError, match=r"^`level` must be a number above 0 and below 1, got 2"):
        movement.scenario(careers, changes=BETTER, **(TERMS | {"level": 2}))
