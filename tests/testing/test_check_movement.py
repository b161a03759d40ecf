"""`check_movement`: a valid movement passes, and each violation has its sentence."""

from typing import ClassVar

import pandas as pd
import pytest
from attrs import frozen

import kundkarriar as kk
from kundkarriar.testing import check_movement

RUNGS = ("moving", "recurring", "exclusive")


@pytest.fixture(scope="module")
def history(cdnow_sample):
    few = cdnow_sample[cdnow_sample["customer_id"] < 500]
    return kk.CustomerLadder.groups().history(few, as_of="1997-12-31")


@pytest.mark.parametrize("spec", [kk.ChainMixture(chains=2, mass=10, starts=1), kk.HiddenLadder(states=2, starts=1)])
def test_contract(spec, history):
    """The movements of the library keep every law."""
    check_movement(spec, history)


def test_hidden_states_with_contacts_keep_the_laws(history):
    """They take histories alone: careers of a history have no contacts."""
    days = history.careers()[["customer_id", "period_start"]].rename(columns={"period_start": "date"})
    contacts = days[::3].assign(action="mail")
    check_movement(kk.HiddenLadder(states=2, starts=1, contacts=("mail",)), history.with_contacts(contacts))


def month_numbers(horizon):
    return range(1, round(kk.Period.of(horizon).months) + 1)


@frozen
class Still:
    """A user's movement: everybody stays on their rung. It takes histories alone."""

    def fit(self, history):
        if not isinstance(history, kk.LadderHistory):
            raise kk.CapabilityError.because("Still needs a history.", hint="ladder.history(...).")
        return self

    def forecast(self, history, *, origin=None, horizon="6M"):
        placed = self.fit(history if origin is None else history.before(origin)).placed(history, origin)
        parts = [placed.assign(ahead=ahead, probability=1.0) for ahead in month_numbers(horizon)]
        return pd.concat(parts).sort_values(["place", "ahead"], kind="stable")

    def placed(self, history, origin):
        placed = (history if origin is None else history.before(origin)).positions()
        return placed[["customer_id", "rung"]].assign(place=range(len(placed)))

    def sizes(self, history, *, horizon="6M", **_):
        count = self.fit(history).forecast(history, horizon="1M")["rung"].value_counts()
        rows = [(ahead, rung, count.get(rung, 0)) for ahead in month_numbers(horizon) for rung in RUNGS]
        table = pd.DataFrame(rows, columns=["ahead", "rung", "expected"])
        return table.assign(low=table["expected"], high=table["expected"])

    def time_to(self, rung, history, *, horizon="24M", **_):
        count = self.fit(history).forecast(history, horizon="1M")["rung"].value_counts()
        rows = [
            (now, count.get(now, 0), ahead, float(RUNGS.index(now) >= RUNGS.index(rung)))
            for now in RUNGS
            for ahead in month_numbers(horizon)
        ]
        table = pd.DataFrame(rows, columns=["rung", "customers", "ahead", "reached"])
        return table.assign(low=table["reached"], high=table["reached"])


def test_a_small_movement_of_ones_own_passes(history):
    check_movement(Still(), history)


class Unfit:
    """Its fit gives a number."""

    def fit(self, _):
        return 1


class Sure(Still):
    """Probabilities above 1."""

    def forecast(self, history, *, origin=None, horizon="6M"):
        return super().forecast(history, origin=origin, horizon=horizon).assign(probability=1.5)


class Twice(Still):
    """Each row twice."""

    def forecast(self, history, *, origin=None, horizon="6M"):
        told = super().forecast(history, origin=origin, horizon=horizon)
        return pd.concat([told, told]).sort_values(["place", "ahead"], kind="stable")


class ByMonth(Still):
    """Rows by month, then customer."""

    def forecast(self, history, *, origin=None, horizon="6M"):
        return super().forecast(history, origin=origin, horizon=horizon).sort_values(["ahead", "place"])


class FromZero(Still):
    """Months from 0 on."""

    def forecast(self, history, *, origin=None, horizon="6M"):
        told = super().forecast(history, origin=origin, horizon=horizon)
        return told.assign(ahead=told["ahead"] - 1)


class Peeks(Still):
    """The rung of the last day of the history, whatever the origin."""

    def placed(self, history, _):
        return super().placed(history, None)


class Moody(Still):
    """Another answer each time."""

    asked: ClassVar = []

    def forecast(self, history, *, origin=None, horizon="6M"):
        self.asked.append(1)
        told = super().forecast(history, origin=origin, horizon=horizon)
        return told.assign(probability=1 / len(self.asked))


class Larger(Still):
    """Sizes of more customers than the forecasts are of."""

    def sizes(self, history, *, horizon="6M", **_):
        told = super().sizes(history, horizon=horizon)
        shifted = told["expected"].where(told["rung"] != "moving", told["expected"] - 5)
        return told.assign(expected=shifted, low=shifted)


class Crossed(Still):
    """Bounds the wrong way round."""

    def sizes(self, history, *, horizon="6M", **_):
        told = super().sizes(history, horizon=horizon)
        return told.assign(low=told["high"] + 1)


class Forgets(Still):
    """Shares of those on the rung that month, not of those who have reached it."""

    def time_to(self, rung, history, *, horizon="24M", **_):
        told = super().time_to(rung, history, horizon=horizon)
        share = told["reached"] / told["ahead"]
        return told.assign(reached=share, low=share, high=share)


class Nameless(Still):
    """No column `rung`."""

    def forecast(self, history, *, origin=None, horizon="6M"):
        return super().forecast(history, origin=origin, horizon=horizon).drop(columns="rung")


class ByPlace(Still):
    """A forecast of careers that depends on who comes first."""

    def fit(self, _):
        return self

    def forecast(self, history, *, origin=None, horizon="6M"):
        if isinstance(history, kk.LadderHistory):
            return super().forecast(history, origin=origin, horizon=horizon)
        last = history.groupby("customer_id", sort=False)["rung"].last().reset_index()
        share = [1.0, *[0.5] * (len(last) - 1)]
        parts = [last.assign(ahead=ahead, probability=share) for ahead in month_numbers(horizon)]
        return pd.concat(parts)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (object(), "have `fit(history)`, but it has none"),
        (
            Unfit(),
            (
                "give a fitted movement with `forecast`, `sizes` and `time_to`, but `fit` gives a int that lacks one "
                "of them"
            ),
        ),
        (Nameless(), "give customer_id, ahead, rung, probability in `forecast`, but it lacks ['rung']"),
        (Sure(), "forecast probabilities from 0 to 1, but it gives 1.5"),
        (Twice(), "forecast probabilities that sum to at most 1, but those of a customer sum to 2"),
        (
            ByMonth(),
            "forecast customers in the order of the history, month by month, but its rows stand in another order",
        ),
        (FromZero(), "number the months ahead from 1 to 3, but it gives 0"),
        (Peeks(), "read nothing after the origin, but its forecasts differ where the history goes on after it"),
        (Moody(), "forecast the same when asked again, but another forecast differs"),
        (Crossed(), "give intervals from low to high, but `low` exceeds `high` in `sizes`"),
        (Forgets(), "count in `time_to` who has reached the rung by then, but the share falls for ['exclusive']"),
        (ByPlace(), "forecast the same in every order of the customers, but it differs when customers are reversed"),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, str) else "",
)
def test_each_broken_law_is_told(spec, sentence, history):
    with pytest.raises(AssertionError) as broken:
        check_movement(spec, history)
    assert str(broken.value) == f"the movement `{type(spec).__name__}` must {sentence}."


def test_sizes_apart_from_the_forecasts_are_told(history):
    with pytest.raises(AssertionError, match="must expect sizes that are the sums of its forecasts, but it expects"):
        check_movement(Larger(), history)


def test_a_class_and_careers_are_refused(history):
    with pytest.raises(kk.DataError, match=r"`spec` must be the specification of a movement"):
        check_movement(kk.ChainMixture, history)
    with pytest.raises(kk.DataError, match=r"`history` must be a kk.LadderHistory"):
        check_movement(kk.ChainMixture(), history.careers())
