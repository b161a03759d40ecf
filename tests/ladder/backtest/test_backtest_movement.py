"""`backtest_movement`: scores by hand, nothing read after a horizon, histories and careers alike, what is refused."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import frozen

import kundkarriar as kk

CHAINS = kk.ChainMixture(chains=2, mass=10, starts=1)
LADDER = kk.CustomerLadder.groups()


@pytest.fixture(scope="module")
def history(cdnow_sample):
    return LADDER.history(cdnow_sample, as_of="1998-06-30")


@pytest.fixture(scope="module")
def result(history):
    return kk.backtest_movement([CHAINS, kk.ChainMixture(chains=1, mass=10)], history, origins=2, horizon="3M")


def test_tables(result):
    table = result.table()
    assert list(table.columns) == ["spec", "origin", "ahead", "log_loss", "brier", "customers"]
    assert table["spec"].drop_duplicates().tolist() == ["ChainMixture", "ChainMixture 2", "no change"]
    assert table["origin"].drop_duplicates().tolist() == ["1998-02-28", "1998-03-31"]
    assert table["customers"].eq(2357).all()
    sizes = result.sizes()
    assert list(sizes.columns) == [
        *("spec", "origin", "ahead", "rung", "lapsed", "expected", "low", "high", "actual", "inside"),
    ]
    assert sizes.groupby(["spec", "origin", "ahead"])[["expected", "actual"]].sum().round(6).eq(2357).all().all()
    assert (sizes["inside"] == sizes["actual"].between(sizes["low"], sizes["high"])).all()


def test_reliability_counts_every_forecast(result):
    """Of each customer, origin, month and rung, with what was left out; the shares that came true sum to all."""
    table = result.reliability()
    assert table.groupby("spec")["customers"].sum().eq(2357 * 2 * 3 * 3).all()
    true = (table["customers"] * table["actual"]).groupby(table["spec"]).sum()
    assert true.to_numpy() == pytest.approx(np.full(3, 2357 * 2 * 3))
    assert (table["forecast"] >= table["at_least"]).all()
    assert (table["forecast"] <= table["up_to"]).all()
    chains = table[(table["spec"] == "ChainMixture") & (table["customers"] >= 200)]
    assert (chains["forecast"] - chains["actual"]).abs().max() < 0.15


def test_nothing_after_the_horizon_counts(cdnow_sample, result):
    """Law: an origin's forecasts and outcomes come from rows up to its horizon; later rows change nothing."""
    earlier = cdnow_sample[cdnow_sample["date"] <= "1998-05-31"]
    cut = kk.backtest_movement([CHAINS], LADDER.history(earlier, as_of="1998-05-31"), origins=1, horizon="3M").table()
    table = result.table()
    both = table[(table["origin"] == "1998-02-28") & table["spec"].ne("ChainMixture 2")].reset_index(drop=True)
    pd.testing.assert_frame_equal(cut, both)


def test_careers_stand_for_their_history(history, result):
    again = kk.backtest_movement(
        [CHAINS, kk.ChainMixture(chains=1, mass=10)], history.careers(), origins=2, horizon="3M"
    )
    assert again.equals(result)
    assert not again.equals(kk.backtest_movement(CHAINS, history, origins=1, horizon="3M"))


def test_repr(result):
    assert repr(result) == (
        "MovementBacktest(2 origins from 1998-02-28 to 1998-03-31, horizon='3 months', mean log loss: "
        "ChainMixture 0.184, ChainMixture 2 0.183, no change 0.242)"
    )


# ---------------------------------------------------------------------------------------------------------------------
# By hand
# ---------------------------------------------------------------------------------------------------------------------

PATHS = {"a": "low low high", "b": "low high high", "c": "high high low", "d": "low low low"}


def few(frame=pd.DataFrame):
    rows = [(name, month, rung) for name, path in PATHS.items() for month, rung in enumerate(path.split())]
    columns = {
        "customer_id": [name for name, _, _ in rows],
        "period_start": pd.to_datetime([f"2025-0{month + 1}-01" for _, month, _ in rows]),
        "rung": [rung for _, _, rung in rows],
        "rung_number": [1 + (rung == "high") for _, _, rung in rows],
    }
    return frame({name: list(values) for name, values in columns.items()})


@frozen
class Typed:
    """A movement that says what was typed."""

    forecasts: object
    sized: object = ((1, "low", 2.0, 1.0, 1.5), (1, "high", 2.0, 1.0, 3.0))

    def fit(self, _):
        return self

    def forecast(self, *_, **__):
        return pd.DataFrame(self.forecasts, columns=["customer_id", "ahead", "rung", "probability"])

    def sizes(self, *_, **__):
        return pd.DataFrame(self.sized, columns=["ahead", "rung", "expected", "low", "high"])

    def time_to(self, *_, **__): ...


SAID = (
    *(("a", 1, "low", 0.3), ("a", 1, "high", 0.3), ("a", 1, "high", 0.2), ("b", 1, "high", 1.0)),
    *(("c", 1, "high", 0.9), ("c", 1, "beyond", 0.1), ("e", 1, "low", 1.0)),
)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_scores_by_hand(frame):
    """a: .5 of high, b: 1, c: 0 of low, counting .001, d: nothing; rows of a rung add up, strangers are left out."""
    result = kk.backtest_movement([Typed(SAID)], few(frame), origins=1, horizon="1M")
    table = pd.DataFrame(result.table().to_dict() if frame is pd.DataFrame else result.table().to_dict(as_series=False))
    row = table[table["spec"] == "Typed"].iloc[0]
    assert row["log_loss"] == pytest.approx((np.log(2) + 2 * np.log(1000)) / 4)
    assert row["brier"] == pytest.approx((0.5**2 + 0.3**2 + 0.9**2 + 1 + 1) / 4)
    assert isinstance(result.sizes(), frame)
    assert isinstance(result.reliability(), frame)


def test_sizes_by_hand():
    """Actual: two are high and two low in March; 2 lies beyond 1.5."""
    sizes = kk.backtest_movement([Typed(SAID)], few(), origins=1, horizon="1M").sizes()
    ours = sizes[sizes["spec"] == "Typed"]
    assert ours[["rung", "actual", "inside"]].to_numpy().tolist() == [["low", 2, False], ["high", 2, True]]


def test_a_rung_that_was_expected_and_left_is_counted():
    """a and b are both high in March: nobody is low, where two were expected."""
    frame = few()
    sizes = kk.backtest_movement([Typed(SAID)], frame[frame["customer_id"] < "c"], origins=1, horizon="1M").sizes()
    ours = sizes[sizes["spec"] == "Typed"]
    assert ours[["rung", "actual", "inside"]].to_numpy().tolist() == [["low", 0, False], ["high", 2, True]]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_sizes_without_the_flag_of_lapse_are_of_rungs(frame):
    """Both lapsed and not count, and the flag is missing; "no change" tells them apart."""
    flagged = few().assign(lapsed=lambda rows: rows["customer_id"] > "b")
    given = frame({name: flagged[name].to_list() for name in flagged.columns})
    sizes = kk.backtest_movement([Typed(SAID)], given, origins=1, horizon="1M").sizes()
    table = {name: sizes[name].to_list() for name in sizes.columns}
    assert table["spec"] == ["Typed"] * 2 + ["no change"] * 4
    assert table["lapsed"] == [None, None, False, True, False, True]
    assert table["actual"] == [2, 2, 0, 2, 2, 0]


def test_reliability_by_hand():
    """Eight forecasts: nothing was said of four, of which one came true by c, one by d."""
    table = kk.backtest_movement([Typed(SAID)], few(), origins=1, horizon="1M").reliability()
    rows = table[table["spec"] == "Typed"].drop(columns="spec").round(3).to_numpy().tolist()
    assert rows == [
        [0.0, 0.1, 4, 0.0, 0.5],
        [0.3, 0.4, 1, 0.3, 0.0],
        [0.5, 0.6, 1, 0.5, 1.0],
        [0.9, 1.0, 2, 0.95, 0.5],
    ]


def test_no_change_by_hand():
    """Three of four stayed from January to February: 4/6 for their own rung, 2/6 as all, half of whom are on each."""
    result = kk.backtest_movement([Typed(SAID)], few(), origins=1, horizon="1M")
    table = result.table()
    stays, moves = 4 / 6 + 2 / 6 * 3 / 6, 2 / 6 * 3 / 6
    by_hand = -(2 * np.log(moves) + 2 * np.log(stays)) / 4  # b and d stay, a and c move
    assert table.loc[table["spec"] == "no change", "log_loss"].tolist() == pytest.approx([by_hand])
    sizes = result.sizes()
    half = sizes[sizes["spec"] == "no change"][["expected", "low", "high"]].to_numpy()
    width = 1.6448536 * np.sqrt(4 * stays * moves)
    assert half == pytest.approx(np.array([[2, 2 - width, 2 + width]] * 2))


# ---------------------------------------------------------------------------------------------------------------------
# What is refused
# ---------------------------------------------------------------------------------------------------------------------


class FromHistories:
    """A movement that takes no careers from elsewhere."""

    def fit(self, history):
        if not isinstance(history, kk.LadderHistory):
            raise kk.CapabilityError.because("it draws purchases, which careers lack.", hint="ladder.history(...).")


REFUSED = [
    (
        lambda: kk.backtest_movement([FromHistories()], few(), origins=1, horizon="1M"),
        (
            "backtest_movement, FromHistories as of 2025-02-28: it draws purchases, which careers lack.\n\n"
            "Hint: ladder.history(...)."
        ),
    ),
    (
        lambda: kk.backtest_movement([CHAINS], few(), origins=1, horizon="6M"),
        (
            "an origin at 2024-09-30 lies before the data, which begin on 2025-01-01.\n\n"
            "Hint: fewer origins (now 1) or a shorter horizon (now '6M'), or origins closer together (now every '3M')."
        ),
    ),
    (
        lambda: kk.backtest_movement([CHAINS], few(), origins=1, horizon="2M"),
        (
            "backtest_movement, ChainMixture as of 2025-01-31: movement needs two months in a row, and none of the 4 "
            "customers has them.\n\n"
            "Hint: careers over a longer time: ladder.careers(transactions, as_of=<a later day>)."
        ),
    ),
    (
        lambda: kk.backtest_movement([CHAINS], few(), origins=1, horizon=1),
        '`horizon` must be a span of whole months, at most 1,200, as text, got 1.\n\nHint: write horizon="1M".',
    ),
    (
        lambda: kk.backtest_movement([CHAINS], few(), origins=1, horizon="1M", every="10D"),
        "`every` must be a span of whole months, at most 1,200, as text, got '10D'.\n\nHint: write every=\"6M\".",
    ),
    (
        lambda: kk.backtest_movement([], few()),
        (
            "`specs` must be specs of movements, at least one, got [].\n\n"
            "Hint: backtest_movement([kk.ChainMixture(), ...], history)."
        ),
    ),
    (
        lambda: kk.backtest_movement([CHAINS.fit(few())], few()),
        (
            "`specs` of backtest_movement are fitted anew at each origin, and FittedChainMixture has no `fit`.\n\n"
            "Hint: give the spec, as kk.ChainMixture()."
        ),
    ),
    (
        lambda: kk.backtest_movement([kk.ChainMixture], few()),
        ("`specs` of backtest_movement must be specs, got the class ChainMixture.\n\nHint: write ChainMixture(...)."),
    ),
    (
        lambda: kk.backtest_movement([Typed((("a", 1, "state 1", 1.0),))], few(), origins=1, horizon="1M"),
        (
            "backtest_movement, Typed as of 2025-02-28 forecasts other rungs than those of the careers: ['state 1'], "
            "not ['low', 'high'].\n\n"
            "Hint: latent states are judged by the purchases that they foresee: "
            'fitted.calibration(history, origin=..., horizon="6M").'
        ),
    ),
    (
        lambda: kk.backtest_movement([Typed(SAID[:4] * 2)], few(), origins=1, horizon="1M"),
        (
            "backtest_movement, Typed as of 2025-02-28: the probabilities of 2 customers and months exceed 1 "
            "together.\n\n"
            "Hint: a row for each customer, month and rung (and lapsed flag), each once."
        ),
    ),
    (
        lambda: kk.backtest_movement([Typed((("a", 1, "low", 1.5),))], few(), origins=1, horizon="1M"),
        (
            "backtest_movement, Typed as of 2025-02-28 needs probabilities from 0 to 1: broken by 1 of 1 rows.\n\n"
            "row  customer_id  ahead  rung  probability\n  0            a      1   low          1.5\n\n"
            "Hint: as kk.FittedMovement says: customer_id, ahead from 1 on, rung, probability."
        ),
    ),
    (
        lambda: kk.backtest_movement([Typed((("a", 2, "low", 1.0),))], few(), origins=1, horizon="1M"),
        (
            "backtest_movement, Typed as of 2025-02-28 needs whole months from 1 to 1 in `ahead`: broken by 1 of 1 "
            "rows.\n\n"
            "row  ahead\n  0      2\n\n"
            "Hint: as kk.FittedMovement says: customer_id, ahead from 1 on, rung, probability."
        ),
    ),
    (
        lambda: kk.backtest_movement([Typed(SAID, ((1, "low", 2.0, 3.0, 1.0),))], few(), origins=1, horizon="1M"),
        (
            "backtest_movement, Typed as of 2025-02-28 needs sizes of at least 0, low up to high: broken by 1 of 1 "
            "rows.\n\n"
            "row  ahead  rung  expected  low  high\n  0      1   low         2    3     1\n\n"
            "Hint: as kk.FittedMovement says: ahead from 1 on, rung, expected, low, high."
        ),
    ),
]


@pytest.mark.parametrize(("ask", "message"), REFUSED, ids=range(len(REFUSED)))
def test_bad_input_is_refused(ask, message):
    with pytest.raises((kk.DataError, kk.CapabilityError)) as refused:
        ask()
    assert str(refused.value) == message


def test_what_fit_gives_must_forecast():
    message = "backtest_movement, FromHistories as of 1998-05-31: `fit` gives a NoneType, which lacks"
    history = LADDER.history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    with pytest.raises(kk.CapabilityError, match=re.escape(message)):
        kk.backtest_movement([FromHistories()], history, origins=1, horizon="1M")


def test_warnings_of_fits_say_of_which(history):
    class Warns(type(CHAINS)):
        def fit(self, history, **_):
            kk.errors.warn("two states are alike")
            return super().fit(history)

    with pytest.warns(kk.DataWarning, match="backtest_movement, Warns as of 1998-05-31: two states are alike"):
        kk.backtest_movement([Warns(chains=1, mass=10)], history, origins=1, horizon="1M")
