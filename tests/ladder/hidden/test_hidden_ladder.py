"""Hidden Markov models of purchases: recovery of known parameters, no use of later rows, and bad input."""

import json

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.numerics.hmm.em import fit_hmm

MEANS = np.array([0.1, 1.5, 6.0])
MOVES = np.array([[0.90, 0.08, 0.02], [0.10, 0.80, 0.10], [0.02, 0.13, 0.85]])
EFFECT = 0.9
NAMES = ("dormant", "active", "devoted")
NONE = np.zeros((1, 0))


def frame_of(counts, **columns):
    """Careers of customers, (n, months), who all began in January 2025."""
    n, months = counts.shape
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=months, freq="MS"), n),
            "purchases": counts.ravel(),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )


def simulated(n=1000, *, months=12, seed=0, contacts=False):
    """Negative binomial counts of size 4 from a known chain, in which mails raise the next state."""
    generator = np.random.default_rng(seed)
    state = generator.integers(0, 3, n)
    mails = generator.poisson(1.0, (n, months))
    counts = np.empty((n, months), dtype=int)
    for t in range(months):
        counts[:, t] = generator.negative_binomial(4, 4 / (4 + MEANS[state]))
        below = np.cumsum(MOVES, axis=1)[state, :2]
        logits = np.log(below / (1 - below)) - (EFFECT * (mails[:, t] - 1.0) if contacts else np.zeros(n))[:, None]
        state = (generator.random((n, 1)) > 1 / (1 + np.exp(-logits))).sum(axis=1)
    return frame_of(counts, mails=mails) if contacts else frame_of(counts)


@pytest.fixture(scope="module")
def careers():
    return simulated()


@pytest.fixture(scope="module")
def movement(careers):
    return kk.HiddenLadder(states=3, names=NAMES, starts=2, seed=1).fit(careers)


@pytest.fixture(scope="module")
def mailed():
    return simulated(1500, seed=4, contacts=True)


@pytest.fixture(scope="module")
def moved(mailed):
    return kk.HiddenLadder(states=3, contacts="mails", starts=2, seed=1).fit(mailed)


def test_known_parameters_are_recovered(movement):
    states, table = movement.states(level=0.99), movement.transitions(level=0.99)
    assert states["purchases"].to_numpy() == pytest.approx(MEANS, rel=0.15)
    assert ((states["low"] < MEANS) & (states["high"] > MEANS)).all()
    assert table["probability"].to_numpy().reshape(3, 3) == pytest.approx(MOVES, abs=0.03)
    assert ((table["low"] < MOVES.ravel()) & (table["high"] > MOVES.ravel())).all()
    assert movement.chain.initial[0] == pytest.approx(np.full(3, 1 / 3), abs=0.06)
    assert table["steps"].sum() == pytest.approx(1000 * 11)
    assert movement.boundary is None


def test_it_keeps_the_protocols(movement):
    assert isinstance(movement.spec, kk.Movement)
    assert isinstance(movement, kk.FittedMovement)
    assert isinstance(movement, kk.HasTransitions)
    assert not isinstance(movement, kk.Movement | kk.RunsScenarios)


def test_known_effects_of_contacts_are_recovered(moved):
    effects = moved.effects(level=0.99)
    assert effects["contact"].tolist() == ["mails"] * 3
    assert effects["effect"].to_numpy() == pytest.approx(np.full(3, EFFECT), abs=0.25)
    assert ((effects["low"] < EFFECT) & (effects["high"] > EFFECT) & (effects["low"] > 0)).all()
    assert effects["odds"].tolist() == pytest.approx(np.exp(effects["effect"]).tolist())


def test_contacts_without_effect_have_none():
    mails = np.random.default_rng(9).poisson(1.0, 12_000)
    effects = kk.HiddenLadder(contacts=("mails",), starts=1).fit(simulated().assign(mails=mails)).effects(level=0.99)
    assert ((effects["low"] < 0) & (effects["high"] > 0)).all()


def test_several_states_are_searched_from_every_start(monkeypatch):
    """One state has one maximum."""
    asked = {}

    def from_one_start(objective, *, starts, generator):
        asked[objective.unconstrained.states] = starts
        return fit_hmm(objective, starts=1, generator=generator)

    monkeypatch.setattr("kundkarriar.ladder.hidden.hidden_ladder.fit_hmm", from_one_start)
    kk.HiddenLadder(states=2, starts=7).fit(simulated(200))
    assert asked == {1: 1, 2: 7}


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_contacts_are_measured_in_a_positive_spread(moved, scale):
    with pytest.raises(ValueError, match="`scale` must be"):
        attrs.evolve(moved, scale=[scale])


def test_more_contacts_predict_higher_states(mailed, moved):
    few, many = (
        moved.purchases(mailed, horizon="3M", contacts={"mails": mails}).groupby("ahead")["expected_purchases"].sum()
        for mails in (0, 3)
    )
    assert few[1] == pytest.approx(many[1])  # what the last month's mails do is known already
    assert (many.loc[2:] > 1.2 * few.loc[2:]).all()


@pytest.mark.weak_fit
def test_a_single_state_is_recognised():
    """If all customers are alike, `boundary` says that two states mean nothing."""
    counts = np.random.default_rng(2).negative_binomial(2, 0.5, (500, 10))
    alike = kk.HiddenLadder(states=2, starts=2).fit(frame_of(counts))
    assert alike.boundary.startswith("One state tells of these purchases as well as 2 do (BIC ")
    table = alike.choices()
    assert table["states"].tolist() == [1, 2]
    assert table["parameters"].tolist() == [2, 7]
    assert table["bic"][0] < table["bic"][1]


def test_held_out_customers_choose_the_number_of_states():
    chosen = kk.HiddenLadder(states="auto", starts=1, seed=3).fit(simulated(400, seed=5))
    assert len(chosen.names) == 3
    table = chosen.choices()
    assert table.loc[table["chosen"], "states"].tolist() == [3]
    assert table["log_evidence"].notna().all()
    assert table["log_evidence"].iloc[:3].is_monotonic_increasing


def test_customers_known_by_a_purchase_do_not_make_the_lowest_state_buy():
    """A first month that has a purchase by construction does not raise the mean of the lowest state."""
    careers = simulated(1500, seed=6)
    counts = careers["purchases"].to_numpy().reshape(1500, 12)
    after_first = (np.cumsum(counts, axis=1) > 0).ravel()
    seen = kk.HiddenLadder(starts=1).fit(careers[after_first].reset_index(drop=True))
    assert seen.opened
    assert seen.states()["purchases"].to_numpy() == pytest.approx(MEANS, rel=0.25)


def test_later_rows_change_no_forecast(mailed, moved):
    """Purchases and mails after the origin do not enter a forecast."""
    altered = mailed.copy()
    later = altered["period_start"] > "2025-06-30"
    altered.loc[later, ["purchases", "mails"]] = 30
    before, after = (moved.forecast(frame, origin="2025-06-30") for frame in (mailed, altered))
    pd.testing.assert_frame_equal(before, after)
    pd.testing.assert_frame_equal(before, moved.forecast(mailed[~later]))
    earlier = mailed.copy()
    earlier.loc[earlier["period_start"] == "2025-06-01", "mails"] = 9
    assert not moved.forecast(earlier, origin="2025-06-30").equals(before)


def test_calibration_learns_nothing_from_after_the_origin(careers, movement):
    altered = careers.copy()
    altered.loc[altered["period_start"] > "2025-08-31", "purchases"] = 9
    one, two = (movement.calibration(frame, origin="2025-06-30", horizon="2M") for frame in (careers, altered))
    pd.testing.assert_frame_equal(one, two)


def test_hidden_states_forecast_better_than_rates_that_do_not_move(careers, movement):
    scores = movement.calibration(careers, origin="2025-08-31", horizon="2M")
    loss = scores.pivot_table(index="ahead", columns="rule", values="log_loss")
    brier = scores.pivot_table(index="ahead", columns="rule", values="brier")
    assert (loss["hidden"] < loss["own rate"]).all()
    assert (brier["hidden"] < brier["own rate"]).all()
    hidden = scores[scores["rule"] == "hidden"]
    assert hidden["expected"].to_numpy() == pytest.approx(hidden["actual"].to_numpy(), rel=0.1)


def test_the_log_loss_of_a_month_by_hand(careers, movement):
    """The log loss is that of the count probabilities, mixed by the state probabilities one month ahead."""
    origin = careers["period_start"] <= "2025-11-30"
    alone = movement.spec.fit(careers[origin])
    p = alone.forecast(careers[origin], horizon="1M")["probability"].to_numpy().reshape(-1, 3)
    y = careers[~origin]["purchases"].to_numpy()[:, None]
    m, k = alone.chain.m, alone.chain.k
    from scipy.stats import nbinom  # noqa: PLC0415

    loss = -np.log(np.sum(p * nbinom.pmf(y, k, k / (k + m)), axis=1)).mean()
    scores = movement.calibration(careers, origin="2025-11-30", horizon="1M")
    assert scores["log_loss"][0] == pytest.approx(loss)
    assert scores["customers"][0] == 1000


def test_probabilities_sum_to_one_and_customers_keep_their_order(careers, movement):
    shuffled = pd.concat([careers[careers["customer_id"] >= 500], careers[careers["customer_id"] < 500]])
    forecast = movement.forecast(shuffled, horizon="2M")
    assert forecast.columns.tolist() == ["customer_id", "ahead", "rung", "probability"]
    assert forecast["rung"].head(3).tolist() == list(NAMES)
    assert forecast["probability"].to_numpy().reshape(-1, 3).sum(axis=1) == pytest.approx(np.ones(2000))
    assert forecast["customer_id"].drop_duplicates().tolist() == [*range(500, 1000), *range(500)]


def test_the_state_depends_on_the_purchases(movement):
    bought = np.array([[0] * 6, [8] * 6, [8, 8, 8, 0, 0, 0]])
    place = movement.place(frame_of(bought))
    assert place["rung"].tolist() == ["dormant", "devoted", "dormant"]
    assert place[["p_dormant", "p_active", "p_devoted"]].sum(axis=1).tolist() == pytest.approx([1.0] * 3)
    assert place["p_dormant"][0] > place["p_dormant"][2]


def test_expected_purchases_are_those_of_the_states(careers, movement):
    p = movement.forecast(careers, horizon="2M")["probability"].to_numpy().reshape(-1, 3)
    ahead = movement.purchases(careers, horizon="2M")
    states = movement.states()
    assert ahead["expected_purchases"].to_numpy() == pytest.approx(p @ states["purchases"].to_numpy())
    assert ahead["p_purchase"].to_numpy() == pytest.approx(p @ states["p_purchase"].to_numpy())


def test_values_by_hand(careers, movement):
    money = {"dormant": -1.0, "active": 10.0, "devoted": 50.0}
    table = movement.value(contribution=money, discount_rate=0.10)
    by_hand = np.linalg.solve(np.eye(3) - 1.1 ** (-1 / 12) * movement.moves, list(money.values()))
    assert table["value"].to_numpy() == pytest.approx(by_hand)
    assert table["retention_value"].to_numpy() == pytest.approx(by_hand - by_hand[0])
    assert ((table["low"] < table["value"]) & (table["value"] < table["high"])).all()
    each = movement.value(contribution=5.0, discount_rate=0.10)
    assert each["contribution"].tolist() == pytest.approx((5 * movement.chain.m).tolist())
    p = movement.place(careers)[[f"p_{name}" for name in NAMES]].to_numpy()
    mine = movement.customer_value(careers, contribution=money, discount_rate=0.10)["value"]
    assert mine.to_numpy() == pytest.approx(p @ by_hand)


def test_time_to_the_top_by_hand(movement):
    table = movement.first_passage("devoted")
    by_hand = np.linalg.solve(np.eye(2) - movement.moves[:2, :2], np.ones(2))
    assert table["months"].tolist() == pytest.approx([*by_hand, 0.0])
    assert table["probability"].tolist() == pytest.approx([1.0] * 3)
    assert ((table["months_low"] <= table["months"]) & (table["months"] <= table["months_high"])).all()


def test_the_same_seed_gives_the_same_ladder_and_it_can_be_stored(careers, movement, moved, mailed):
    assert movement.equals(movement.spec.fit(careers))
    assert not movement.equals(moved)
    for fitted, frame in ((movement, careers), (moved, mailed)):
        again = kk.FittedHiddenLadder.from_dict(json.loads(json.dumps(fitted.to_dict())))
        assert again.equals(fitted)
        pd.testing.assert_frame_equal(again.forecast(frame), fitted.forecast(frame))
        pd.testing.assert_frame_equal(again.transitions(), fitted.transitions())


def test_poisson_counts_have_no_sizes(careers):
    fitted = kk.HiddenLadder(states=2, counts="poisson", starts=1).fit(careers)
    assert np.isinf(fitted.chain.k).all()
    again = kk.FittedHiddenLadder.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again.equals(fitted)
    assert again.states()["p_purchase"].tolist() == pytest.approx((1 - np.exp(-fitted.chain.m)).tolist())


def test_polars_in_polars_out(careers, movement):
    frame = pl.DataFrame({name: careers[name].to_list() for name in careers.columns})
    for ours, theirs in (
        (movement.forecast(careers, horizon="2M"), movement.forecast(frame, horizon="2M")),
        (movement.place(careers), movement.place(frame)),
    ):
        assert isinstance(theirs, pl.DataFrame)
        assert theirs.columns == ours.columns.tolist()
        assert np.array_equal(theirs[:, -1].to_numpy(), ours.iloc[:, -1].to_numpy())


def test_incomplete_months_are_left_out(careers):
    last = careers["period_start"] == "2025-12-01"
    marked = careers.assign(complete=~last, purchases=careers["purchases"].mask(last, 99))
    spec = kk.HiddenLadder(states=2, starts=1)
    assert spec.fit(marked).equals(spec.fit(careers[~last]))


def broken(**columns):
    """Three months of two customers, with columns replaced."""
    frame = frame_of(np.array([[1, 0, 2], [3, 1, 1]]))
    return frame.assign(**columns)


@pytest.mark.parametrize(
    ("spec", "frame", "message"),
    [
        (
            kk.HiddenLadder(),
            broken().drop(index=1),
            (
                "the panel of careers: a customer has a row for every month since entry, those without a purchase too: "
                "broken by 1 of 5 rows.\n\n"
                "row  customer_id  period_start\n"
                "  1            0    2025-03-01\n\n"
                "Hint: insert the missing months (0 purchases), as ladder.careers(...) does."
            ),
        ),
        (
            kk.HiddenLadder(),
            broken().iloc[::-1],
            (
                "the panel of careers: a customer's rows go forward in time: broken by 4 of 6 rows.\n\n"
                "row  customer_id  period_start\n"
                "  1            1    2025-02-01\n"
                "  2            1    2025-01-01\n"
                "  4            0    2025-02-01\n\n"
                "Hint: sort by customer_id and period_start."
            ),
        ),
        (
            kk.HiddenLadder(),
            broken(purchases=[1, -1, 2, 3, 1, 1]),
            (
                "the panel of careers: purchases are counts, 0 or more: broken by 1 of 6 rows.\n\n"
                "row  customer_id  period_start  purchases\n"
                "  1            0    2025-02-01         -1\n\n"
                "Hint: leave returns out, as ladder.careers(...) does."
            ),
        ),
        (
            kk.HiddenLadder(),
            broken(purchases=[1, 0, 2, 3, 1.5, 1]),
            (
                "the panel of careers: purchases are whole numbers: broken by 1 of 6 rows.\n\n"
                "row  customer_id  period_start  purchases\n"
                "  4            1    2025-02-01        1.5\n\n"
                "Hint: count the purchases of a month, not its money."
            ),
        ),
        (
            kk.HiddenLadder(contacts=("mails",)),
            broken(),
            (
                "the panel of careers has no contacts ['mails'].\n\n"
                "Hint: a column of monthly numbers of each; or a history: history.with_contacts(frame), with "
                "customer_id, date and action."
            ),
        ),
        (
            kk.HiddenLadder(contacts=("mails", "visits")),
            broken(mails=1, visits=[0, 1, 0, 0, 1, 0]),
            (
                "the contacts ['mails'] are the same in every month, and tell nothing of what they do.\n\n"
                "Hint: leave them out: contacts=('visits',)."
            ),
        ),
        (
            kk.HiddenLadder(),
            broken().iloc[[0, 3]],
            (
                "movement needs two months in a row, and none of the 2 customers has them.\n\n"
                "Hint: careers over a longer time: ladder.careers(transactions, as_of=<a later day>)."
            ),
        ),
        (
            kk.HiddenLadder(states="auto"),
            broken(),
            (
                "the number of states is chosen on held-out customers, and 2 are too few: 30 are needed.\n\n"
                "Hint: give the number: states=2."
            ),
        ),
        (
            kk.HiddenLadder(),
            broken(purchases=0),
            (
                "none of the 2 customers bought anything: `purchases` is 0 everywhere.\n\n"
                "Hint: states are told by purchases; count them by month."
            ),
        ),
    ],
)
def test_careers_that_cannot_be_fitted_are_refused(spec, frame, message):
    with pytest.raises(kk.KundkarriarError) as refused:
        spec.fit(frame)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda movement, careers: movement.forecast(careers, origin="2031-01-01"),
            (
                "`origin` 2031-01-01 lies outside the careers, which go from 2025-01 to 2025-12.\n\n"
                'Hint: origin="2025-12-01", or leave it out.'
            ),
        ),
        (
            lambda movement, careers: movement.purchases(careers, horizon=1.5),
            '`horizon` must be a span of whole months, at most 1,200, as text, got 1.5.\n\nHint: write horizon="6M".',
        ),
        (
            lambda movement, careers: movement.forecast(careers, contacts={"mails": 1}),
            (
                "`contacts` must be numbers by name, of [], got {'mails': 1}.\n\n"
                "Hint: give the number a month of each, or leave `contacts` out for the usual ones."
            ),
        ),
        (
            lambda _, mailed: (
                kk.HiddenLadder(states=2, contacts=("purchases",), starts=1)
                .fit(mailed)
                .sizes(mailed, contacts={"purchases": -1})
            ),
            (
                "`contacts['purchases']` must be a number from 0 to 1e+15, got -1.\n\n"
                "Hint: give the number a month of each, or leave `contacts` out for the usual ones."
            ),
        ),
        (
            lambda movement, _: movement.effects(),
            (
                "the hidden ladder was fitted without contacts, and knows no effects.\n\n"
                'Hint: kk.HiddenLadder(contacts=("mails",)).fit(history, contacts=frame).'
            ),
        ),
        (
            lambda movement, _: movement.value(contribution={"active": 1.0}, discount_rate=0.1),
            (
                "`contribution` lacks ['dormant', 'devoted'].\n\n"
                "Hint: money a month of each: contribution={'dormant': 0.0, 'active': 0.0, 'devoted': 0.0}."
            ),
        ),
        (
            lambda movement, _: movement.value(contribution=1.0, discount_rate=0),
            (
                "`discount_rate` must be a number of at least 1e-06 and below 1, got 0.\n\n"
                "Hint: write discount_rate=0.1 for 10 percent a year, effective."
            ),
        ),
        (
            lambda movement, _: movement.value(contribution="much", discount_rate=0.1),
            (
                "`contribution` must be money by rung, as a mapping or a frame, got 'much'.\n\n"
                "Hint: money a month of each: contribution={'dormant': 0.0, 'active': 0.0, 'devoted': 0.0}."
            ),
        ),
        (
            lambda movement, careers: movement.time_to("partner", careers),
            (
                "`rung` must be a rung that the movement knows, got 'partner'.\n\n"
                "Hint: its rungs are ['dormant', 'active', 'devoted']."
            ),
        ),
        (
            lambda movement, _: movement.states(level=1),
            "`level` must be a number above 0 and below 1, got 1.\n\nHint: write level=0.9.",
        ),
    ],
)
def test_invalid_arguments_are_refused(ask, message, careers, movement):
    with pytest.raises(kk.DataError) as refused:
        ask(movement, careers)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"states": 1}, '`states` must be "auto" or a whole number from 2 to 20, got 1.'),
        ({"states": "many"}, "`states` must be \"auto\" or a whole number from 2 to 20, got 'many'."),
        ({"names": ("a", "b")}, "`names` must be the names of 3 states, from low to high, got \\('a', 'b'\\)."),
        ({"names": ("a", "b", "a")}, "`names` must be different names, got \\('a', 'b', 'a'\\)."),
        ({"states": "auto", "names": ("a", "b")}, "`names` must be the names of auto states"),
        ({"contacts": ("mails", "mails")}, "`contacts` must be different names of columns"),
        ({"counts": "binomial"}, "`counts` must be one of 'negative binomial', 'poisson', got 'binomial'."),
        ({"starts": 0}, "`starts` must be a whole number from 1 to 1,000, got 0."),
    ],
)
def test_invalid_fields_are_refused(field, message):
    with pytest.raises(ValueError, match=message):
        kk.HiddenLadder(**field)


def test_an_unseen_step_is_not_known_to_be_rare():
    """17 busy customers with 119 steps, none to the idle state: its probability may be up to 1 - .05^(1/119) = .025."""
    generator = np.random.default_rng(4)
    busy = np.ones((40, 8), dtype=bool)
    busy[17:] = np.arange(8) >= generator.integers(1, 20, (23, 1))
    careers = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(40), 8),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=8, freq="MS"), 40),
            "purchases": generator.poisson(np.where(busy, 8.0, 0.05)).ravel(),
        }
    )
    movement = kk.HiddenLadder(states=2, starts=1, counts="poisson").fit(careers)
    out = movement.transitions().iloc[2]
    assert (out["from"], out["to"]) == ("state 2", "state 1")
    assert 0 < out["probability"] < 0.01
    assert out["low"] < 0.2 * out["probability"]
    assert 2.5 * out["probability"] < out["high"] < 0.025


def test_sizes_are_sums_of_the_forecasts_and_widen(careers, movement):
    sizes = movement.sizes(careers, horizon="6M")
    told = movement.forecast(careers, horizon="6M").groupby(["ahead", "rung"], sort=False)["probability"].sum()
    assert sizes["expected"].to_numpy() == pytest.approx(told.to_numpy())
    assert ((sizes["low"] < sizes["expected"]) & (sizes["expected"] < sizes["high"])).all()
    pd.testing.assert_frame_equal(sizes, movement.sizes(careers, horizon="6M"))


def test_shares_that_reach_a_state_by_hand(moved, mailed):
    """The first step is by the contacts of the origin, as the forecast has it; nobody who was there is lost again."""
    table = moved.time_to(moved.names[-1], mailed, horizon="3M", draws=5)
    place = moved.place(mailed)
    ahead = moved.forecast(mailed, horizon="1M")["probability"].to_numpy().reshape(len(place), -1)
    now = place[[f"p_{name}" for name in moved.names]].to_numpy()
    stay = moved.chain.P(mailed.groupby("customer_id", sort=False)["mails"].last().to_numpy()[:, None].astype(float))
    lost = now[:, -1] * (1 - stay[:, -1, -1])
    by_hand = pd.Series(ahead[:, -1] + lost).groupby(place["rung"].to_numpy()).mean()
    first = table[table["ahead"] == 1].set_index("rung")["reached"]
    assert first.to_numpy() == pytest.approx(by_hand[first.index].to_numpy())
    assert (table.groupby("rung")["reached"].diff().dropna() >= 0).all()
