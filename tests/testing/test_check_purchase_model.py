"""`check_purchase_model`: a valid model passes, and each violation has its sentence."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.errors import DataError
from kundkarriar.frames import add_columns, narrow
from kundkarriar.testing import check_purchase_model

REAL = kk.MBGNBD()


@pytest.mark.parametrize("model", [kk.MBGNBD(), kk.BGNBD(), kk.NBD()], ids=lambda model: type(model).__name__)
def test_contract(model):
    """The purchase models of the library keep every law."""
    check_purchase_model(model)


class Simple:
    """A minimal model of a user: purchases at the pooled rate, for customers who bought recently."""

    period = "W"

    def __init__(self, rate=None, period="W"):
        self.rate, self.period = rate, period

    def fit(self, summary):
        table = narrow(summary, need="Simple")
        return Simple(float(table["frequency"].sum() / table["T"].sum()), period=table["period"].to_list()[0])

    def predict(self, summary, *, horizon):
        table = narrow(summary, need="Simple")
        if set(table["period"].to_list()) != {self.period}:
            raise DataError.because("another period.", hint="summarize again.")
        age, recency = (table[name].to_numpy().astype(float) for name in ("T", "recency"))
        alive = np.exp(-(age - recency) / 30)
        return add_columns(summary, {"p_alive": alive, "expected_purchases": alive * self.rate * horizon})


def test_a_small_model_of_ones_own_passes():
    """Without any optional protocol."""
    check_purchase_model(Simple())


class Refuses(Simple):
    """A model that refuses customers who never bought."""

    def fit(self, summary):
        return Refuses(super().fit(summary).rate)

    def predict(self, summary, *, horizon):
        if (narrow(summary, need="Refuses")["n_transactions"] == 0).any():
            raise ValueError("customers without a purchase cannot be predicted")
        return super().predict(summary, horizon=horizon)


def test_a_model_that_refuses_prospects_passes():
    check_purchase_model(Refuses())


class Wrong:
    """A real model, one part of which is replaced."""

    def __init__(self, fit=None, **parts):
        self.parts, self.how = parts, fit

    def fit(self, summary):
        if self.how is not None:
            self.how(summary)
        return Fitted(REAL.fit(summary), self.parts)


class Fitted:
    """The real fitted model with parts replaced; the optional protocols are there with `able`."""

    def __init__(self, real, parts):
        self.real, self.period = real, parts.get("period", real.period)
        self.change = parts.get("predict", lambda _, answer, __: answer())
        methods = {"residual", "posterior", "draw_outcomes", "draw_expectations"} if "able" in parts else set()
        methods |= {"draw_dated"} & set(parts)
        for name in methods:
            change = parts.get(name)
            plain = getattr(real, name)
            setattr(self, name, plain if change is None else self._changed(plain, change))

    def predict(self, summary, *, horizon):
        return self.change(summary, lambda: self.real.predict(summary, horizon=horizon), horizon)

    @staticmethod
    def _changed(plain, change):
        return lambda *args, **kwargs: change(plain, *args, **kwargs)


def scale(column, factor):
    def change(_, answer, __):
        predicted = answer()
        values = narrow(predicted, need="test")[column].to_numpy().astype(float)
        return add_columns(predicted, {column: values * factor})

    return change


def doubled_age(summary):
    summary.loc[:, "T"] = summary["T"] * 2


def touching(summary, answer, _):
    predicted = answer()
    if isinstance(summary, pd.DataFrame):
        summary["seen"] = True
    return predicted


def growing_p_alive(_, answer, horizon):
    return scale("p_alive", 1 - horizon / 1000)(_, answer, horizon)


def shrinking(_, answer, horizon):
    return scale("expected_purchases", 1 / max(horizon, 1) ** 2)(_, answer, horizon)


def constant(_, answer, __):
    predicted = answer()
    return add_columns(predicted, {"expected_purchases": np.full(len(predicted), 1.0)})


def negative(_, answer, __):
    predicted = answer()
    return add_columns(predicted, {"expected_purchases": np.full(len(predicted), -0.5)})


def at_once(_, answer, __):
    predicted = answer()
    values = narrow(predicted, need="test")["expected_purchases"].to_numpy() + 0.1
    return add_columns(predicted, {"expected_purchases": values})


def ranked(_, answer, __):
    """A customer's number depends on where the row stands."""
    predicted = answer()
    values = narrow(predicted, need="test")["p_alive"].to_numpy() * np.linspace(0.5, 1, len(predicted))
    return add_columns(predicted, {"p_alive": values})


def relative(_, answer, __):
    """A customer's number depends on the others."""
    predicted = answer()
    values = narrow(predicted, need="test")["p_alive"].to_numpy()
    return add_columns(predicted, {"p_alive": values / np.nanmax(values)})


def pandas_only(summary, answer, _):
    return summary.assign(**answer()[["p_alive", "expected_purchases"]])


def always_pandas(_, answer, __):
    predicted = answer()
    return predicted if isinstance(predicted, pd.DataFrame) else pd.DataFrame(predicted.to_dict(as_series=False))


def other_in_polars(_, answer, __):
    predicted = answer()
    return predicted if isinstance(predicted, pd.DataFrame) else scale("p_alive", 0.9)(_, answer, __)


def any_period(summary, answer, _):
    if "D" in set(narrow(summary, need="test")["period"].to_list()):
        return summary.assign(p_alive=0.5, expected_purchases=1.0)
    return answer()


def breaks_on_days(summary, answer, _):
    if "D" in set(narrow(summary, need="test")["period"].to_list()):
        raise KeyError("D")
    return answer()


def knows_prospects(_, answer, __):
    predicted = answer()
    table = narrow(predicted, need="test")
    return add_columns(
        predicted,
        {
            name: np.nan_to_num(table[name].to_numpy().astype(float), nan=0.3)
            for name in ("p_alive", "expected_purchases")
        },
    )


def breaks_on_prospects(summary, answer, _):
    if (narrow(summary, need="test")["n_transactions"] == 0).any():
        raise ZeroDivisionError("T")
    return answer()


def moved_by_prospects(summary, answer, horizon):
    if (narrow(summary, need="test")["n_transactions"] == 0).any():
        return scale("p_alive", 0.9)(summary, answer, horizon)
    return answer()


def reindexed(_, answer, __):
    predicted = answer()
    return predicted.reset_index(drop=True) if isinstance(predicted, pd.DataFrame) else predicted


def only(*names):
    return lambda _, answer, __: answer()[list(names)]


def residual(**changes):
    def change(plain, rows, *, horizon, discount_rate):
        made = plain(rows, horizon=horizon, discount_rate=discount_rate)
        return evolve(made, **{name: how(getattr(made, name), discount_rate) for name, how in changes.items()})

    return {"able": True, "residual": change}


def futures(which, **changes):
    def change(plain, rows, **arguments):
        made = plain(rows, **arguments)
        return evolve(made, **{name: how(getattr(made, name)) for name, how in changes.items()})

    return {"able": True, which: change}


def dated(how, *, draw=lambda plain, rows, **given: plain(rows, **given)):
    """Worlds of dated purchases, each changed by `how`, a function of the world and its number."""

    def change(plain, rows, **given):
        worlds = draw(plain, rows, **given)
        return tuple(evolve(world, **how(world, place)) for place, world in enumerate(worlds))

    return {"able": True, "draw_dated": change}


def sharing(plain, rows, *, treatments, **given):
    """Treatments take random numbers of business as usual."""
    given["generator"].random(len(treatments))
    return plain(rows, treatments=treatments, **given)


def infinite(drawn):
    """A posterior of infinite parameters, which no `Posterior` is built of."""
    object.__setattr__(drawn, "values", np.full_like(drawn.values, np.inf))
    return drawn


def posterior(how):
    return {"able": True, "posterior": how}


ALIKE = "expect more purchases within a longer horizon"
PROSPECTS = "leave customers who never bought without predictions, or refuse them in words"
WRONG = {
    "no fit": (4, "the model `int` must have `fit(summary)`, but it has none."),
    "fit changes": (Wrong(fit=doubled_age), "must leave the summary as it is, but `fit` changes it."),
    "period": (Wrong(period="D"), "must say the period it was fitted in, \"W\", but its `period` is 'D'."),
    "predict changes": (Wrong(predict=touching), "must leave the summary as it is, but `predict` changes it."),
    "lacks": (
        Wrong(predict=only("customer_id", "p_alive")),
        "must add `p_alive` and `expected_purchases`, but it lacks ['expected_purchases'].",
    ),
    "drops columns": (
        Wrong(predict=only("customer_id", "p_alive", "expected_purchases")),
        "must give one row per customer, in order, with all columns given, but its rows differ.",
    ),
    "drops rows": (
        Wrong(predict=lambda _, answer, __: answer()[:-1]),
        "must give one row per customer, in order, with all columns given, but its rows differ.",
    ),
    "index": (Wrong(predict=reindexed), "must keep a pandas index, but its index differs."),
    "p_alive above 1": (
        Wrong(predict=scale("p_alive", 3.0)),
        "must keep `p_alive` between 0 and 1, but it gives ",
    ),
    "p_alive missing": (
        Wrong(predict=scale("p_alive", np.nan)),
        "must keep `p_alive` between 0 and 1, but it gives nan.",
    ),
    "p_alive of the horizon": (
        Wrong(predict=growing_p_alive),
        "must give `p_alive` as of now, but it changes with the horizon.",
    ),
    "negative purchases": (
        Wrong(predict=negative),
        "must expect a finite number of purchases of at least 0, but it gives -0.5.",
    ),
    "infinite purchases": (
        Wrong(predict=scale("expected_purchases", np.inf)),
        "must expect a finite number of purchases of at least 0, but it gives inf.",
    ),
    "fewer later": (Wrong(predict=shrinking), f"must {ALIKE}, but 52 weeks bring fewer than 26."),
    "no more later": (Wrong(predict=constant), f"must {ALIKE}, but 52 weeks bring what 26 bring."),
    "at once": (
        Wrong(predict=at_once),
        "must expect nothing within no time, but within a millionth of a week it expects 0.1 purchases.",
    ),
    "order": (
        Wrong(predict=ranked),
        "must predict the same in every order of the rows, but `p_alive` differs when the rows are reversed.",
    ),
    "company": (
        Wrong(predict=relative),
        "must predict a customer whoever else is in the frame, but `p_alive` of a row alone is 1, among others ",
    ),
    "pandas only": (
        Wrong(predict=pandas_only),
        (
            "must predict pandas and polars frames, but in polars it raises AttributeError: "
            "'DataFrame' object has no attribute 'assign'."
        ),
    ),
    "always pandas": (
        Wrong(predict=always_pandas),
        "must predict in the kind of frame it was given, but polars comes back as pandas.",
    ),
    "polars differs": (
        Wrong(predict=other_in_polars),
        "must predict alike in pandas and polars, but polars differs.",
    ),
    "any period": (
        Wrong(predict=any_period),
        'must refuse a summary of another period, but fitted in "W", it predicts one in "D" as if in weeks.',
    ),
    "refuses without words": (
        Wrong(predict=breaks_on_days),
        "must refuse a summary of another period with kk.errors.DataError or a ValueError, but it raises KeyError.",
    ),
    "prospects": (Wrong(predict=knows_prospects), f"must {PROSPECTS}, but it gives them `p_alive` 0.3."),
    "breaks on prospects": (
        Wrong(predict=breaks_on_prospects),
        f"must {PROSPECTS}, but it raises ZeroDivisionError: T.",
    ),
    "moved by prospects": (
        Wrong(predict=moved_by_prospects),
        (
            "must predict a customer whoever else is in the frame, but `p_alive` differs when customers who never "
            "bought are there too."
        ),
    ),
    "residual p_alive": (
        Wrong(**residual(p_alive=lambda values, _: values * 0.9)),
        "must give the `p_alive` it predicts, but its `residual` does not.",
    ),
    "residual purchases": (
        Wrong(**residual(purchases=lambda values, _: values * 0.9)),
        "must expect p_alive x purchases where it predicts `expected_purchases`, but its `residual` does not.",
    ),
    "residual free": (
        Wrong(**residual(discounted_purchases=lambda values, _: values * 0.9)),
        "must leave purchases as they are at a discount rate of 0, but its `residual` does not.",
    ),
    "residual discount": (
        Wrong(**residual(discounted_purchases=lambda values, rate: values * (1.5 if rate else 1))),
        "must discount purchases to less, but by no more than the whole horizon's rate, but its `residual` does not.",
    ),
    "residual p_purchase": (
        Wrong(**residual(p_purchase=lambda values, _: values + 1)),
        "must keep p_purchase between 0 and 1, but its `residual` does not.",
    ),
    "residual p_leaves": (
        Wrong(**residual(p_leaves=lambda values, _: values - 1)),
        "must keep p_leaves between 0 and 1, but its `residual` does not.",
    ),
    "residual time": (
        Wrong(**residual(discounted_alive=lambda values, _: values * 2)),
        "must keep the discounted time alive between 0 and the horizon, but its `residual` does not.",
    ),
    "posterior short": (
        Wrong(**posterior(lambda plain, *, draws, seed: plain(draws=draws // 2, seed=seed))),
        "must draw as often as asked, 400 times, but it draws 200 times.",
    ),
    "posterior infinite": (
        Wrong(**posterior(lambda plain, *, draws, seed: infinite(plain(draws=draws, seed=seed)))),
        "must draw finite parameters, but some are not.",
    ),
    "posterior unseeded": (
        Wrong(**posterior(lambda plain, *, draws, seed: plain(draws=draws, seed=np.random.default_rng()))),  # noqa: ARG005
        "must draw the same for the same seed, but two posteriors with seed=1 differ.",
    ),
    "posterior deaf": (
        Wrong(**posterior(lambda plain, *, draws, seed: plain(draws=draws, seed=1))),  # noqa: ARG005
        "must draw anew for another seed, but seed=1 and seed=2 give the same posterior.",
    ),
    "outcomes shape": (
        Wrong(**futures("draw_outcomes", purchases=lambda values: values[:-1])),
        "must draw 300 customers x 400 draws, but `purchases` of `draw_outcomes` has shape (299, 400).",
    ),
    "outcomes negative": (
        Wrong(**futures("draw_outcomes", discounted_alive=lambda values: values - 99)),
        "must draw finite futures of at least 0, but `discounted_alive` of `draw_outcomes` has others.",
    ),
    "outcomes undiscounted": (
        Wrong(**futures("draw_outcomes", discounted_purchases=lambda values: values * 1.5)),
        "must discount purchases to less, but `draw_outcomes` makes them more.",
    ),
    "outcomes too many": (
        Wrong(**futures("draw_outcomes", purchases=lambda values: values * 2)),
        "must draw what it predicts, on average, but `draw_outcomes` brings ",
    ),
    "outcomes a fifth too many": (
        Wrong(**futures("draw_outcomes", purchases=lambda values: values * 1.2)),
        "must draw what it predicts, on average, but `draw_outcomes` brings ",
    ),
    "expectations a fifth too few": (
        Wrong(
            **futures(
                "draw_expectations",
                purchases=lambda values: values * 0.8,
                discounted_purchases=lambda values: values * 0.8,
            )
        ),
        "must draw what it predicts, on average, but `draw_expectations` brings ",
    ),
    "outcomes in parts": (
        Wrong(**futures("draw_outcomes", purchases=lambda values: values * 1.01)),
        "must draw whole purchases, but `draw_outcomes` has fractions.",
    ),
    "expectations too few": (
        Wrong(
            **futures(
                "draw_expectations",
                purchases=lambda values: values * 0.5,
                discounted_purchases=lambda values: values * 0.5,
            )
        ),
        "must draw what it predicts, on average, but `draw_expectations` brings ",
    ),
    "dated too late": (
        Wrong(**dated(lambda world, _: {"time": world.time * 2})),
        "must date purchases after now and within the horizon, but `draw_dated` has others.",
    ),
    "dated in disorder": (
        Wrong(**dated(lambda world, _: {"time": world.time[::-1]})),
        "must date purchases ordered by row, then draw, then time, but `draw_dated` does not.",
    ),
    "dated for others": (
        Wrong(**dated(lambda world, _: {"row": world.row + 1})),
        "must number rows and draws from 0, but `draw_dated` has others.",
    ),
    "dated too few": (
        Wrong(**dated(lambda world, _: {name: getattr(world, name)[::2] for name in ("row", "draw", "time")})),
        "must date as many purchases as it predicts times the level, on average, but `draw_dated` at a level of 1 ",
    ),
    "dated deaf to the level": (
        Wrong(**dated(lambda *_: {}, draw=lambda plain, rows, **given: plain(rows, **given | {"level": np.ones(400)}))),
        "must date as many purchases as it predicts times the level, on average, but `draw_dated` at a level of 0.5 ",
    ),
    "dated by shared numbers": (
        Wrong(**dated(lambda *_: {}, draw=sharing)),
        "must leave purchases as they are under factors of 1, and beside treatments, but `draw_dated` changes them.",
    ),
    "dated deaf to treatments": (
        Wrong(
            **dated(
                lambda *_: {},
                draw=lambda plain, rows, *, treatments, **given: plain(rows, **given) * (1 + len(treatments)),
            )
        ),
        "must date fewer purchases under a factor below 1, but `draw_dated` does not.",
    ),
    "active too long": (
        Wrong(**dated(lambda world, _: {"active": lambda edges: world.active(edges) * 2})),
        "must give the time active of each row and draw in each segment, but `active` does not.",
    ),
}


@pytest.mark.parametrize(("model", "sentence"), WRONG.values(), ids=WRONG)
def test_each_wrong_model_is_seen(model, sentence):
    """Sentences that end in a number of the fit are compared up to it."""
    with pytest.raises(AssertionError) as caught:
        check_purchase_model(model)
    whole = sentence if sentence.startswith("the model") else f"the model `Wrong` {sentence}"
    assert str(caught.value).startswith(whole)
    assert whole.endswith((" ", ".")), "the whole sentence, or all before its number"
    assert whole.endswith(" ") or str(caught.value) == whole


def test_the_wrapped_model_passes_where_nothing_is_replaced():
    """With and without the optional protocols."""
    check_purchase_model(Wrong())
    check_purchase_model(Wrong(able=True))


def test_a_fitted_model_that_cannot_predict():
    class Nothing:
        def fit(self, _):
            return object()

    with pytest.raises(AssertionError) as caught:
        check_purchase_model(Nothing())
    assert str(caught.value) == (
        "the model `Nothing` must give a fitted model with `period` and `predict(summary, horizon=)`, "
        "but `fit` gives a object that lacks one of them."
    )
