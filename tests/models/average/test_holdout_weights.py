"""Weights of an average by stacking at an earlier origin."""

import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.models.average.holdout_weights import holdout_weights
from kundkarriar.numerics.forecast.stacking import stacking_weights

MODELS = (kk.MBGNBD(), kk.ParetoNBD(), kk.ReturningNBD())


class Plain:
    """A user's model, without probabilities of counts."""

    period = "W"

    def fit(self, summary):
        return self if len(summary) else None

    def predict(self, summary, *, horizon):
        return summary.assign(p_alive=1.0, expected_purchases=horizon)


def test_weights_are_stacked_at_the_earlier_origin(cdnow_sample):
    """They are those of the probabilities that models fitted one horizon before gave to what came."""
    summary = kk.summarize(cdnow_sample, as_of="1998-06-30", gaps=True)
    weights = holdout_weights(MODELS, summary, horizon="6M")
    choice = kk.choose_model(cdnow_sample, as_of="1998-06-30", horizon="6M", origins=1, models=MODELS)
    assert weights == pytest.approx(stacking_weights(choice.scores[0].log_p), abs=1e-6)
    assert sum(weights) == pytest.approx(1, abs=1e-12)
    assert weights[2] > 0.5


@pytest.mark.weak_fit
def test_a_base_of_two_kinds(returning, leaving):
    """A base of customers who leave and others who return gives weight to models of both, a pure base to its own."""
    both = pd.concat([returning, leaving.assign(customer_id=leaving["customer_id"] + 10_000)])
    models = (kk.MBGNBD(), kk.ReturningNBD())
    pure, mixed = (
        holdout_weights(models, kk.summarize(rows, as_of="2025-01-05", gaps=True), horizon="6M")
        for rows in (returning, both)
    )
    assert pure[1] > 0.9
    assert mixed[0] >= pure[0]


def test_refusals(cdnow_sample, message_of):
    """Whole messages: no gaps, a horizon beyond half of the data, a model without counts, a fitted model."""
    summary = kk.summarize(cdnow_sample, as_of="1998-06-30", gaps=True)
    by = "judges models by forecasts from an earlier day, and this summary does not tell what had been bought by then"
    as_of = "fits models as of earlier days, and FittedNBD is fitted already, perhaps to what came after."
    cases = [
        (summary.drop(columns="gaps"), MODELS, "6M", kk.CapabilityError,
         (f'weights="holdout" {by}: it has no column `gaps`.'
         "\n\nHint: kk.summarize(transactions, as_of=..., gaps=True) writes it.")),
        (summary, MODELS, "12M", kk.DataError,
         ('weights="holdout" learns from forecasts of 12 months, and the data, 546 days, are shorter than two of them.'
         '\n\nHint: a horizon of at most half of the data, "273D", or weights="equal".')),
        (summary, (kk.NBD().fit(summary), kk.MBGNBD()), "6M", kk.DataError,
         (f'weights="holdout" {as_of}'
         "\n\nHint: give the spec: kk.NBD().")),
        (summary, (Plain(), kk.MBGNBD()), "6M", kk.CapabilityError,
         ('weights="holdout" needs the probability of each number of purchases, and Plain has no `purchase_counts`.'
         '\n\nHint: weights="equal", or a number for each model.')),
    ]  # fmt: skip
    for table, models, horizon, error, expected in cases:
        assert message_of(error, lambda t=table, m=models, h=horizon: holdout_weights(m, t, horizon=h)) == expected
