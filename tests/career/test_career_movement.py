"""Rungs to come of a career: by the process, blended with chains where rungs remember nothing or ask for events."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.career import career_movement
from kundkarriar.errors import DataWarning

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 12 == 0].reset_index(drop=True)
SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
MONTH = kk.column("purchase_days_1M")
MONTHLY = kk.CustomerLadder(
    rungs=(kk.Rung(name="none", when=MONTH <= 0), kk.Rung(name="some", when=MONTH >= 1)), lapse=None
)
SPEC = kk.CustomerCareer(scorer=SCORER, ladder=MONTHLY)
TERMS = {"seed": 1, "draws": 20}


@pytest.fixture(scope="module", autouse=True)
def few_chains():
    """Careers choose the number of chains, which takes seconds each time; here it is given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(career_movement, "ChainMixture", partial(kk.ChainMixture, chains=1, mass=10))
        yield


@pytest.fixture(scope="module")
def career():
    return SPEC.fit(TRANSACTIONS, as_of="1997-12-31", **TERMS)


def test_memoryless_rungs_are_told_by_a_blend_with_the_careers_own_process(career):
    """The process of the blend is the scorer's; the weights are those of a scorer fitted before the origin."""
    blend = career.movement
    chains, micro = blend.parts
    assert micro == career.microsimulation
    assert micro.process is career.scorer
    assert blend.spec == kk.BlendedMovement(
        parts=(
            kk.ChainMixture(chains=1, mass=10, rungs=("none", "some"), seed=1),
            kk.Microsimulation(process=SCORER, draws=20, seed=1),
        ),
        origin="3M",
        horizon="3M",
    )
    alone = blend.spec.fit(MONTHLY.history(TRANSACTIONS, as_of="1997-12-31"))
    pd.testing.assert_frame_equal(blend.weights(), alone.weights())
    assert chains.equals(alone.parts[0])
    pd.testing.assert_frame_equal(career.sizes(horizon="1M"), blend.sizes(career.history, horizon="1M"))


def test_within_a_month_times_to_a_rung_are_those_of_the_process():
    """Chains begin at a month end, and tell of who stands on the rungs there."""
    within = SPEC.fit(TRANSACTIONS, as_of="1997-12-15", **TERMS)
    told = within.time_to("some", horizon="1M")
    assert isinstance(within.movement, kk.FittedBlendedMovement)
    assert told.equals(within.microsimulation.time_to("some", within.history, horizon="1M"))


def test_it_is_fitted_once(career):
    """Each question asks the same movement."""
    assert career.movement is career.movement


def test_what_a_blend_foresaw_stands_beside_the_changes(career):
    """The probability of the rung now, as the blend of the earlier career gave it."""
    later = SPEC.fit(TRANSACTIONS, as_of="1998-02-28", **TERMS)
    changed = later.changed(career)
    foreseen = career.forecast(horizon="2M").query("ahead == 2").set_index(["customer_id", "rung"])["probability"]
    asked = pd.MultiIndex.from_frame(changed[["customer_id", "rung_now"]])
    assert len(changed)
    np.testing.assert_allclose(changed["p_foreseen"], foreseen.reindex(asked).fillna(0.0))


def test_rungs_that_remember_are_told_by_the_process_and_with_events_by_a_blend():
    """Chains on the default ladder would only do harm, unless events say who stands where."""
    plain = kk.CustomerCareer(scorer=SCORER)
    assert isinstance(plain.fit(TRANSACTIONS, as_of="1997-12-31", **TERMS).movement, kk.FittedMicrosimulation)
    events = TRANSACTIONS.iloc[::3][["customer_id", "date"]].assign(event="referral")
    driven = plain.fit(TRANSACTIONS, as_of="1997-12-31", events=events, **TERMS)
    assert isinstance(driven.movement, kk.FittedBlendedMovement)
    unasked = evolve(plain, ladder=kk.CustomerLadder.groups())
    quiet = unasked.fit(TRANSACTIONS, as_of="1997-12-31", events=events, **TERMS)
    assert isinstance(quiet.movement, kk.FittedMicrosimulation)


ALONE = "rungs to come are told by the process alone, where a blend with chains would be better: {}"
FITTED = kk.MBGNBD().fit(kk.summarize(TRANSACTIONS, as_of="1997-12-31"))
LEFT = {
    "a short history": (
        SPEC,
        "1997-02-28",
        (
            "BlendedMovement, ChainMixture as of 1997-01-31: movement needs two months in a row, and none of the "
            "60 customers"
            " has them."
        ),
    ),
    "a fitted model": (
        evolve(SPEC, scorer=evolve(SCORER, purchases=FITTED)),
        "1997-12-31",
        (
            "BlendedMovement judges its parts by what came after an earlier day, and FittedMBGNBD is fitted "
            "already, perhaps"
            " to that."
        ),
    ),
}


@pytest.mark.parametrize(("spec", "as_of", "reason"), LEFT.values(), ids=LEFT)
@pytest.mark.weak_fit
def test_where_no_weights_can_be_learnt_the_process_stands_alone(spec, as_of, reason, recwarn):
    """The movement says why; changes of a later career hold against it without saying so."""
    career = spec.fit(TRANSACTIONS, as_of=as_of, **TERMS)
    assert career.foreseen("1998-01-31") is not None
    assert ALONE.format(reason) not in [str(each.message) for each in recwarn]
    with pytest.warns(DataWarning) as said:
        assert career.movement == career.microsimulation
    assert [str(each.message) for each in said] == [ALONE.format(reason)]
