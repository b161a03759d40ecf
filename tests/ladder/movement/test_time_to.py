"""Shares that reach a rung: by hand, as of the history, and against simulated careers."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

P = np.array([[0.80, 0.20, 0.00], [0.10, 0.75, 0.15], [0.00, 0.30, 0.70]])
NAMES = np.array(["low", "middle", "high"])


def simulated(n=900, months=10, seed=5):
    generator = np.random.default_rng(seed)
    path = [generator.integers(0, 3, n)]
    for _ in range(months - 1):
        path.append((generator.random((n, 1)) > np.cumsum(P[path[-1]], axis=1)).sum(axis=1).clip(max=2))
    codes = np.stack(path, axis=1).ravel()
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=months, freq="MS"), n),
            "rung": NAMES[codes],
            "rung_number": codes + 1,
        }
    )


@pytest.fixture(scope="module")
def careers():
    return simulated()


@pytest.fixture(scope="module")
def movement(careers):
    return kk.ChainMixture(chains=1, mass=3).fit(careers)


def reached_by_hand(P, target, months):
    """Shares, (months, S): the chain with the target merged into one state that keeps whom it has."""
    kept = np.where(target[:, None], np.eye(len(P)), P)
    power, shares = np.eye(len(P)), []
    for _ in range(months):
        power = power @ kept
        shares.append(power[:, target].sum(axis=1))
    return np.stack(shares)


def test_one_chain_by_hand(careers, movement):
    by_hand = reached_by_hand(movement.members[0].P[0], np.array([False, True, True]), 4)
    table = movement.time_to("middle", careers, horizon="4M")
    assert list(table.columns) == ["rung", "customers", "ahead", "reached", "low", "high"]
    assert table["rung"].drop_duplicates().tolist() == list(NAMES)
    assert table["reached"].to_numpy().reshape(3, 4) == pytest.approx(by_hand.T)
    now = careers.groupby("customer_id")["rung"].last().value_counts()
    assert table.drop_duplicates("rung")["customers"].tolist() == [now[name] for name in NAMES]


def test_who_reached_it_was_foreseen(careers, movement):
    """Of those on `low` in June, the share that was `high` by October, in its 90 % interval."""
    table = movement.time_to("high", careers, origin="2025-06-01", horizon="4M")
    rungs = careers.pivot_table(aggfunc="first", index="customer_id", columns="period_start", values="rung")
    came = (rungs.iloc[:, 6:] == "high").cummax(axis=1)
    for name in ("low", "middle"):
        rows = table[table["rung"] == name]
        seen = came[rungs["2025-06-01"] == name].mean().to_numpy()
        assert ((rows["low"] <= seen) & (seen <= rows["high"])).all()


def test_shares_do_not_fall_and_mixtures_weigh_who_follows_which(careers):
    mixture = kk.ChainMixture(chains=2, mass=3, starts=2).fit(careers)
    table = mixture.time_to("high", careers, horizon="1Y")
    for column in ("reached", "low", "high"):
        assert (table.groupby("rung")[column].diff().dropna() >= 0).all()
    ahead = mixture.forecast(careers, horizon="1M").query("ahead == 1 and rung == 'high'")["probability"]
    low = careers.groupby("customer_id")["rung"].last().to_numpy() == "low"
    first = table[(table["rung"] == "low") & (table["ahead"] == 1)]["reached"].item()
    assert first == pytest.approx(ahead.to_numpy()[low].mean())


def test_seasons_push_the_way_there():
    """Two whole years in which everybody stands high in December: from November all reach it in a month."""
    frame = simulated(200, months=35)
    december = frame["period_start"].dt.month == 12
    frame = frame.assign(
        rung=frame["rung"].where(~december, "high"), rung_number=frame["rung_number"].where(~december, 3)
    )
    movement = kk.ChainMixture(chains=1, mass=3).fit(frame)
    table = movement.time_to("high", frame, horizon="1M")
    assert frame["period_start"].max() == pd.Timestamp("2027-11-01")
    assert table["reached"].min() > 0.7


def test_a_history_stands_for_its_careers(cdnow_sample):
    """Every question has the answer of the careers; the origin of a history is its day, or a span before its end."""
    few = cdnow_sample[cdnow_sample["customer_id"] < 5_000]
    history = kk.CustomerLadder.groups().history(few, as_of="1998-06-30")
    careers = history.careers()
    chains = kk.ChainMixture(chains=2, mass=10, starts=1).fit(careers)
    hidden = kk.HiddenLadder(states=2, starts=1).fit(history)
    with pytest.warns(kk.DataWarning, match="remember more"):
        assert chains.equals(chains.spec.fit(history))
    assert hidden.equals(hidden.spec.fit(careers))
    few = {"draws": 5, "horizon": "2M"}
    for movement, top in ((chains, "exclusive"), (hidden, "state 2")):
        for ask in (
            lambda given, origin, movement=movement: movement.forecast(given, origin=origin, horizon="2M"),
            lambda given, origin, movement=movement: movement.sizes(given, origin=origin, **few),
            lambda given, origin, movement=movement, top=top: movement.time_to(top, given, origin=origin, **few),
        ):
            expected = ask(careers, "1998-03-31")
            pd.testing.assert_frame_equal(ask(history, "1998-03-31"), expected)
            pd.testing.assert_frame_equal(ask(history, "3M"), expected)
            pd.testing.assert_frame_equal(ask(history.before("3M"), None), expected)
    pd.testing.assert_frame_equal(chains.memberships(history), chains.memberships(careers))
    pd.testing.assert_frame_equal(chains.duration(history), chains.duration(careers))
    pd.testing.assert_frame_equal(chains.order(history), chains.order(careers))
    pd.testing.assert_frame_equal(chains.contribution(history, margin=0.3), chains.contribution(careers, margin=0.3))
    pd.testing.assert_frame_equal(hidden.place(history), hidden.place(careers))
    pd.testing.assert_frame_equal(hidden.purchases(history, horizon="1M"), hidden.purchases(careers, horizon="1M"))


def test_months_after_an_origin_inside_a_month_follow_the_last_whole_one(cdnow_sample):
    """Nothing after the day is read: the month of the origin is the first one ahead."""
    history = kk.CustomerLadder.groups().history(cdnow_sample, as_of="1998-06-30")
    chains = kk.ChainMixture(chains=1, mass=10).fit(history.careers())
    inside, before = (chains.forecast(history, origin=day, horizon="1M") for day in ("1998-03-15", "1998-02-28"))
    pd.testing.assert_frame_equal(inside, before)
