"""choose_model: scores against direct computation, what it chooses of simulated bases, and what it refuses."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import frozen

import kundkarriar as kk
from kundkarriar.models.average.earlier_origin import EarlierOrigin
from kundkarriar.models.average.origin_scores import LEAST, TOP, origin_scores
from kundkarriar.models.choice.choose_model import automatic_choice
from kundkarriar.models.choice.clustered_mean import clustered_mean

SINGLE = (kk.MBGNBD(), kk.ParetoNBD(), kk.ReturningNBD())
TWO = [kk.MBGNBD(), kk.NBD()]
CDNOW = {"as_of": "1998-06-30", "horizon": "6M", "models": TWO}
HALF = {"as_of": "2025-01-05", "horizon": "6M", "origins": 2}


@frozen
class Plain:
    """A fitted model of a user's own, with no more than it must have: all buy alike."""

    mean: float
    period: str = "W"

    def predict(self, summary, *, horizon):
        return summary.assign(p_alive=1.0, expected_purchases=self.mean * horizon)


@frozen
class PlainSpec:
    """Its spec."""

    scale: float = 1.0

    def fit(self, summary):
        return Plain(mean=self.scale * summary["frequency"].sum() / summary["T"].sum())


class Failing:
    """A user's model that refuses its data."""

    def fit(self, summary):
        raise kk.DataError.because(f"{len(summary):,} customers are too few.", hint="more customers.")


@pytest.fixture(scope="module")
def two(cdnow_sample):
    return kk.choose_model(cdnow_sample, **CDNOW, origins=2)


# ---------------------------------------------------------------------------------------------------------------------
# Scores
# ---------------------------------------------------------------------------------------------------------------------


def test_scores_by_hand(cdnow_sample, two):
    """The row of an origin is what fit, predict and purchase_counts say of the summary as of that day."""
    past, later = kk.split(cdnow_sample, at="1997-12-31")
    summary = kk.summarize(past, as_of="1997-12-31")
    y = kk.holdout_table(summary, later, until="1998-06-30")["purchases"].to_numpy()
    fits = [model.fit(summary) for model in TWO]
    m = np.column_stack([each.predict(summary, horizon=181 / 7)["expected_purchases"] for each in fits])
    floored = np.maximum(m, 0.001)
    counts = [each.purchase_counts(summary, horizon=181 / 7, up_to=int(y.max())) for each in fits]
    log_p = np.log([[row[f"p_{count}"] for count, (_, row) in zip(y, each.iterrows(), strict=True)] for each in counts])
    deviance = 2 * (
        np.where(y > 0, y * np.log(np.maximum(y, 1)), 0)[:, None] - y[:, None] * (np.log(floored) + 1) + floored
    )
    table = two.table()
    row = table[(table["origin"] == "1997-12-31") & (table["model"] == "NBD")].iloc[0]
    assert row["until"] == "1998-06-30"
    assert (row["customers"], row["purchases_actual"]) == (len(y), y.sum())
    assert row["purchases_predicted"] == pytest.approx(m[:, 1].sum())
    assert row["bias"] == pytest.approx(m[:, 1].sum() / y.sum() - 1)
    for name, values in (("deviance", deviance), ("log_score", log_p.T)):
        paired = values[:, 1] - values[:, 0]
        assert row[name] == pytest.approx(values[:, 1].mean(), rel=1e-9)
        assert row[f"{name}_difference"] == pytest.approx(paired.mean(), rel=1e-9)
        assert row[f"{name}_std_error"] == pytest.approx(paired.std(ddof=1) / len(y) ** 0.5, rel=1e-9)


def test_all_origins_together(two):
    """Rows "all" are of all outcomes together, with the standard error of customers who count at both origins."""
    table = two.table()
    both = table[table["model"] == "NBD"].set_index("origin")
    parts, whole = both.drop(index="all"), both.loc["all"]
    assert parts["until"].to_dict() == {"1997-10-01": "1998-04-01", "1997-12-31": "1998-06-30"}
    assert whole["customers"] == parts["customers"].sum()
    for name in ("deviance", "log_score"):
        assert whole[name] == pytest.approx(np.average(parts[name], weights=parts["customers"]))
    assert whole["gini"] == pytest.approx(parts["gini"].mean())
    first, second = (each.log_p[:, 1] - each.log_p[:, 0] for each in two.scores)
    n = len(second)
    assert n == len(first) == 2357
    assert two.scores[0].origin.customer.tolist() == two.scores[1].origin.customer.tolist()
    of_customers = (first + second) / 2
    assert whole["log_score_difference"] == pytest.approx(of_customers.mean())
    assert whole["log_score_std_error"] == pytest.approx(of_customers.std(ddof=1) / n**0.5)


def test_clustered_mean_of_unequal_clusters():
    """By hand: sums 6 and 2 of 2 and 1 values around the mean 8/3: 2/1 x 2 (2/3)^2 / 9."""
    mean, error = clustered_mean(np.array([1.0, 5.0, 2.0]), np.array([4, 4, 7]))
    assert mean == pytest.approx(8 / 3)
    assert error == pytest.approx(np.sqrt(2 * 2 * (2 / 3) ** 2 / 9))


@frozen
class Even(Plain):
    """A user's model with the same probability for each number of purchases up to 199."""

    def purchase_counts(self, summary, *, horizon, up_to=10):
        told = {f"p_{number}": 0.005 for number in range(up_to + 1)} | {"p_more": 1 - 0.005 * (up_to + 1)}
        return pd.concat([summary, pd.DataFrame(told, index=summary.index)], axis=1) if horizon else summary


def test_many_purchases_are_one_outcome(cdnow_sample):
    """Whoever bought a hundred times or more is scored by the probability of that; nobody scores below the least."""
    summary = kk.summarize(cdnow_sample, as_of="1998-06-30", gaps=True)
    origin = EarlierOrigin.of(summary, date=np.datetime64("1997-12-31"), until=np.datetime64("1998-06-30"), need="test")
    origin.actual[:7] = 0, 3, 4, 99, TOP, TOP + 1, 5000
    never = kk.FittedNBD(params=kk.NBDParams(r=0.1, alpha=1000), period="W")
    log_p = origin_scores([Even(mean=1.0), never], origin, customers=None, need="test").log_p
    assert np.exp(log_p[:7, 0]) == pytest.approx([0.005] * 4 + [0.5] * 3)
    assert log_p[3:7, 1].tolist() == [np.log(LEAST)] * 4


def test_deviance_of_an_open_split(cdnow):
    """The difference of Pareto/NBD to MBG/NBD on all of CDNOW, as computed once from predictions and a holdout."""
    models = [kk.MBGNBD(), kk.ParetoNBD()]
    choice = kk.choose_model(cdnow, as_of="1998-06-30", horizon="181D", origins=1, models=models)
    row = choice.table().iloc[1]
    assert row["origin"] == "1997-12-31"
    assert (round(row["deviance_difference"], 4), round(row["deviance_std_error"], 4)) == (-0.0048, 0.0024)


# ---------------------------------------------------------------------------------------------------------------------
# The choice
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.weak_fit
def test_customers_who_return_are_seen(returning):
    """Of customers who pause and return ReturningNBD is chosen, before an average and models of leaving."""
    choice = kk.choose_model(returning, **HALF)
    assert choice.chosen == kk.ReturningNBD()
    assert (
        repr(choice) == "ModelChoice: ReturningNBD of 4 models, by the mean log score of forecasts of 6M at 2 origins"
    )


@pytest.mark.weak_fit
def test_customers_who_leave_are_not_taken_for_returning(leaving):
    """Of customers who leave for good no model is chosen that forecasts worse than MBG/NBD beyond the error."""
    choice = kk.choose_model(leaving, **HALF, models=[kk.MBGNBD(), kk.ReturningNBD(), kk.NBD()])
    assert choice.chosen == kk.MBGNBD()


def test_the_first_of_equals_is_chosen(cdnow_sample):
    """Models that say the same are chosen in the order given, and equal ones have names of their own."""
    for models in ([kk.NBD(), kk.MBGNBD(), kk.MBGNBD()], [kk.MBGNBD(), kk.NBD()]):
        choice = kk.choose_model(cdnow_sample, **CDNOW | {"models": models}, origins=1)
        assert choice.chosen is next(each for each in models if each == kk.MBGNBD())
    names = kk.choose_model(cdnow_sample, **CDNOW | {"models": [kk.NBD(), kk.NBD()]}, origins=1).table()["model"]
    assert names.tolist() == ["NBD", "NBD 2"] * 2


def test_given_parameters_are_kept(cdnow_sample, two):
    """A model whose parameters were given forecasts with these from each origin."""
    typed = kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="W")
    choice = kk.choose_model(cdnow_sample, **CDNOW | {"models": [typed, kk.MBGNBD()]}, origins=1)
    summary = choice.scores[0].origin.summary
    expected = typed.predict(summary, horizon=181 / 7)["expected_purchases"]
    assert choice.scores[0].forecast[:, 0].tolist() == expected.tolist()
    assert choice.chosen == kk.MBGNBD()
    assert choice.scores[0].log_p[:, 1].tolist() == two.scores[1].log_p[:, 0].tolist()


def test_models_of_a_user(cdnow_sample):
    """A model without counts has no log score, so that the deviance decides; its forecasts must be forecasts."""
    choice = kk.choose_model(cdnow_sample, **CDNOW | {"models": [PlainSpec(), kk.MBGNBD()]}, origins=1)
    assert choice.measure == "deviance"
    assert choice.chosen == kk.MBGNBD()
    assert np.isnan(choice.table()["log_score"]).tolist() == [True, False] * 2
    assert "mean Poisson deviance" in repr(choice)
    law = "choose_model, Plain as of 1997-12-31: `expected_purchases` is a finite number of at least 0: broken by"
    with pytest.raises(kk.DataError, match=law):
        kk.choose_model(cdnow_sample, **CDNOW | {"models": [PlainSpec(scale=-1.0)]}, origins=1)


def test_an_average_is_not_fitted_twice(cdnow_sample, monkeypatch):
    """Members of an average serve as the single models behind it, and answer as if they were fitted alone."""
    fitted = []
    usual = kk.MBGNBD.fit
    monkeypatch.setattr(kk.MBGNBD, "fit", lambda self, *given, **more: fitted.append(1) or usual(self, *given, **more))
    average = kk.ModelAverage(models=(kk.NBD(), kk.MBGNBD()))
    together = kk.choose_model(cdnow_sample, **CDNOW | {"models": [average, kk.MBGNBD()]}, origins=1)
    assert len(fitted) == 1
    alone = kk.choose_model(cdnow_sample, **CDNOW | {"models": [kk.MBGNBD(), average]}, origins=1)
    assert together.scores[0].log_p[:, 1].tolist() == alone.scores[0].log_p[:, 0].tolist()
    mixed = np.exp(kk.choose_model(cdnow_sample, **CDNOW, origins=1).scores[0].log_p).mean(axis=1)
    assert np.exp(together.scores[0].log_p[:, 0]) == pytest.approx(mixed, rel=1e-9)


def test_seasons_and_burn_in(cdnow_sample):
    """Horizons run in the time of the season; an earlier origin has the same older customers as all the data."""
    season = kk.Season(index=[0.8] * 6 + [1.2] * 6)
    warped = kk.choose_model(cdnow_sample, **CDNOW, origins=1, season=season).scores[0].origin
    assert warped.horizon == pytest.approx(season.ahead("181D", as_of="1997-12-31", period="W"))
    with pytest.warns(kk.DataWarning, match="entry"):
        choice = kk.choose_model(cdnow_sample, **CDNOW, origins=1, burn_in="2W")
    with pytest.warns(kk.DataWarning, match="entry"):
        past = kk.summarize(cdnow_sample, as_of="1997-12-31", burn_in="2W")
    summary = choice.scores[0].origin.summary
    assert summary["entry"].tolist() == past["entry"].tolist()
    expected = kk.NBD().fit(past).predict(past, horizon=181 / 7)["expected_purchases"]
    assert choice.scores[0].forecast[:, 1] == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_covariates(cdnow_sample):
    """Covariates come from `customers` by id."""
    customers = cdnow_sample[["customer_id"]].drop_duplicates()
    customers = customers.assign(odd=(customers["customer_id"] % 2).astype(float))
    model = kk.MBGNBD(covariates=kk.Covariates(purchase=["odd"]))
    chosen = kk.choose_model(cdnow_sample, **CDNOW | {"models": [model]}, origins=1, customers=customers)
    origin = chosen.scores[0].origin
    fitted = model.fit(origin.summary, customers=customers)
    expected = fitted.predict(origin.summary, horizon=origin.horizon, customers=customers)["expected_purchases"]
    assert chosen.scores[0].forecast[:, 0] == pytest.approx(expected.to_numpy())


def test_frames_and_orders_of_rows(cdnow_sample, two, as_dict):
    """Law: neither the order of rows nor the library of the frame changes the table."""
    shuffled = kk.choose_model(cdnow_sample.sample(frac=1, random_state=1), **CDNOW, origins=2).table()
    pd.testing.assert_frame_equal(shuffled, two.table(), rtol=1e-9)
    in_polars = kk.choose_model(pl.from_pandas(cdnow_sample), **CDNOW, origins=2).table()
    assert isinstance(in_polars, pl.DataFrame)
    assert as_dict(in_polars) == as_dict(two.table())


# ---------------------------------------------------------------------------------------------------------------------
# What is refused, and what is said
# ---------------------------------------------------------------------------------------------------------------------


def test_fitted_models_are_refused(cdnow_sample, message_of):
    """They may have seen the outcome, also inside an average."""
    fitted = kk.NBD().fit(kk.summarize(cdnow_sample, as_of="1998-06-30"))
    expected = (
        "choose_model fits models as of earlier days, and FittedNBD is fitted already, perhaps to what came after."
        "\n\nHint: give the spec: kk.NBD()."
    )
    for models in ([fitted], [kk.ModelAverage(models=(fitted, kk.MBGNBD()))]):
        assert (
            message_of(kk.DataError, lambda models=models: kk.choose_model(cdnow_sample, **CDNOW | {"models": models}))
            == expected
        )
    average = kk.ModelAverage(models=(fitted, kk.MBGNBD())).fit(kk.summarize(cdnow_sample, as_of="1998-06-30"))
    with pytest.raises(kk.DataError, match="FittedModelAverage is fitted already"):
        kk.choose_model(cdnow_sample, **CDNOW | {"models": [average]})


@pytest.mark.parametrize(
    ("given", "error", "expected"),
    [
        ({"models": []}, kk.DataError,
         "`models` must be purchase models, got [].\n\nHint: models=[kk.MBGNBD(), kk.ReturningNBD()]."),
        ({"models": [3]}, kk.CapabilityError,
         "int is no purchase model: it has no `fit`.\n\nHint: models=[kk.MBGNBD(), kk.ReturningNBD()]."),
        ({"models": [kk.GammaGamma()]}, kk.CapabilityError,
         ("`purchases` takes a model of repeat buying; GammaGamma is one of spend.\n\n"
         "Hint: it belongs in `spend`; purchases=kk.MBGNBD().")),
        ({"origins": 0}, kk.DataError,
         "`origins` must be a whole number from 1 to 1,000, got 0.\n\nHint: write origins=3."),
        ({"horizon": 6}, kk.DataError,
         ("`horizon` must be a span of time: a number above 0, then D, W, M or Y, got 6.\n\n"
         'Hint: write "12M" or "90D".')),
        ({"origins": 7}, kk.DataError,
         ("an origin at 1997-01-01 lies before the data, which begin on 1997-01-01.\n\n"
         "Hint: fewer origins (now 7) or a shorter horizon (now '6M').")),
        ({"horizon": "77W"}, kk.DataError,
         ("choose_model judges models by forecasts from 1997-01-07, and by then nobody had bought twice."
         "\n\nHint: a shorter horizon, fewer origins, or more data.")),
        ({"models": [Failing()]}, kk.DataError,
         "choose_model, Failing as of 1997-12-31: 2,357 customers are too few.\n\nHint: more customers."),
    ],
)  # fmt: skip
def test_refusals(cdnow_sample, message_of, given, error, expected):
    """Whole messages."""
    said = message_of(error, lambda: kk.choose_model(cdnow_sample, **CDNOW | {"origins": 1} | given))
    assert said == expected


def test_data_that_end_before_as_of(cdnow_sample):
    """What was bought between the last row and `as_of` is not known to be nothing."""
    expected = (
        "choose_model: the data end on 1998-06-30, `as_of` is 1998-09-30: what was bought in between counts as none"
    )
    with pytest.warns(kk.DataWarning, match=expected):
        kk.choose_model(cdnow_sample, **CDNOW | {"as_of": "1998-09-30"}, origins=1)


# ---------------------------------------------------------------------------------------------------------------------
# ValueScorer(purchases="auto")
# ---------------------------------------------------------------------------------------------------------------------

SCORER = kk.ValueScorer(purchases="auto", margin=0.3, discount_rate=0.1, horizon="6M")


@pytest.mark.filterwarnings("ignore:ValueScorer. no season:kundkarriar.DataWarning")
def test_auto_is_what_choose_model_chooses(returning):
    """A scorer chooses from the gaps of the summary what choose_model does from the purchases."""
    summary = kk.summarize(returning, as_of="2025-01-05", gaps=True)
    fitted = SCORER.fit(summary)
    assert isinstance(fitted.purchases, kk.FittedReturningNBD)
    by_gaps = automatic_choice(summary, horizon="6M")
    by_rows = kk.choose_model(returning, as_of="2025-01-05", horizon="6M", origins=len(by_gaps.scores))
    assert len(by_gaps.scores) == 3
    pd.testing.assert_frame_equal(by_gaps.table(), by_rows.table(), rtol=1e-9)
    assert fitted.scorer == SCORER
    again = kk.FittedValueScorer.from_dict(fitted.to_dict())
    assert again == fitted
    assert again.scorer.purchases == "auto"


def test_auto_shortens_a_horizon_that_the_data_cannot_judge(cdnow_sample, monkeypatch):
    """A year of data is judged by half a year, which is said; half a year of a year is taken as it is."""
    monkeypatch.setattr("kundkarriar.models.choice.choose_model.CANDIDATES", (kk.MBGNBD(), kk.NBD()))
    summary = kk.summarize(cdnow_sample, as_of="1997-12-31", gaps=True)
    expected = (
        'purchases="auto": 365 days of data are too short to judge forecasts of 12 months. The model is chosen by'
        " forecasts of 182 days, half of the data."
    )
    with pytest.warns(kk.DataWarning) as told:
        shortened = automatic_choice(summary, horizon="12M")
    assert [str(each.message) for each in told] == [expected]
    assert [(str(each.origin.date), str(each.origin.until)) for each in shortened.scores] == [
        ("1997-07-02", "1997-12-31")
    ]
    assert automatic_choice(summary, horizon="6M").horizon == "6M"
    assert len(automatic_choice(summary, horizon="3M").scores) == 3


def test_auto_needs_gaps(cdnow_sample, message_of):
    """Without gaps nobody knows what had been bought by an earlier day."""
    summary = kk.summarize(cdnow_sample, as_of="1998-06-30")
    assert message_of(kk.CapabilityError, lambda: SCORER.fit(summary)) == (
        'purchases="auto" judges models by forecasts from an earlier day, and this summary does not tell what had been'
        " bought by then: it has no column `gaps`.\n\nHint: kk.summarize(transactions, as_of=..., gaps=True) writes it."
    )


def test_other_words_than_auto(message_of):
    """Another text is no model."""
    for word in ("best", "Auto", ""):
        assert message_of(
            kk.DataError, lambda word=word: kk.ValueScorer(purchases=word, margin=0.3, discount_rate=0.1, horizon="6M")
        ) == (
            f'`purchases` must be a purchase model, or "auto", got {word!r}.\n\n'
            'Hint: purchases="auto", or the model itself: purchases=kk.MBGNBD().'
        )


def test_backtests_make_the_gaps(cdnow_sample):
    """A backtest chooses anew at each origin, by what was known there."""
    result = kk.Backtest(scorer=SCORER, origins=1, horizon="6M", draws=10).run(cdnow_sample)
    past = kk.summarize(cdnow_sample[cdnow_sample["date"] <= "1997-12-30"], as_of="1997-12-30", gaps=True)
    assert result.models[0] == type(SCORER.fit(past).purchases).__name__


@pytest.mark.filterwarnings("ignore:ValueScorer. no season:kundkarriar.DataWarning")
def test_careers_make_the_gaps(returning):
    """A career chooses from the gaps that it makes."""
    rungs = [kk.Rung(name=f"{days}", when=kk.column("purchase_days") >= days) for days in (0, 2)]
    ladder = kk.CustomerLadder(rungs=rungs, lapse=None)
    career = kk.CustomerCareer(scorer=SCORER, ladder=ladder).fit(returning, as_of="2025-01-05", draws=5, seed=1)
    assert isinstance(career.scorer.purchases, kk.FittedReturningNBD)


def test_a_candidate_without_a_maximum_is_left_out(monkeypatch):
    """Of the default candidates; a model that was named raises the error of its fit."""

    def fails(*_, **__):
        raise kk.ConvergenceError.because("Pareto/NBD did not reach an optimum.", hint="fewer parameters.")

    purchases = kk.datasets.load_cdnow(sample=True)
    monkeypatch.setattr(kk.ParetoNBD, "fit", fails)
    with pytest.warns(
        kk.DataWarning, match="choose_model leaves a model out: choose_model, ParetoNBD as of 1997-12-31"
    ):
        choice = kk.choose_model(purchases, as_of="1998-06-30", horizon="6M", origins=1)
    assert [type(each).__name__ for each in choice.models] == ["ModelAverage", "MBGNBD", "ReturningNBD"]
    with pytest.raises(kk.ConvergenceError, match="did not reach an optimum"):
        kk.choose_model(purchases, as_of="1998-06-30", horizon="6M", origins=1, models=[kk.MBGNBD(), kk.ParetoNBD()])
