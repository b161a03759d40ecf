"""Laws of treatments of several parts: effects that act at different times, as usual and treated."""

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.scoring.increments.increment_columns import IncrementColumns
from kundkarriar.scoring.increments.treatment_worlds import NEVER, TimedEffects, TreatmentWorlds, runs

MBG = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.52, alpha=6.2, a=0.89, b=1.6), period="W")
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
RETURNING = kk.FittedReturningNBD(params=kk.ReturningNBDParams(m1=-2, s1=1, m2=-2.7, s2=1.2, nu=0.03), period="W")
models = pytest.mark.parametrize("model", [MBG, PARETO, RETURNING], ids=["MBG", "Pareto", "Returning"])
AS_OF = "2026-06-30"
LINES = kk.testing.make_transactions(customers=12, seed=1, start="2024-06-01", until=AS_OF)
SUMMARY = kk.summarize(LINES, as_of=AS_OF, gaps=True)
COSTS = kk.Costs(serve_per_year=30, per_order=2, market_per_year=7)
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))


def effect(on, mean, **given):
    return kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="nothing", **given)


def part(effects, *treated, usual=(), share=0.0):
    spans = (np.array(each, dtype=float) if len(each) else NEVER for each in (treated, usual))
    own = effects if isinstance(effects, tuple) else (effects,)
    return TimedEffects(effects=own, treated=next(spans), usual=next(spans), share=share)


def gained(model, *parts, horizon=364.0):
    """The increment of a treatment of these parts for each customer."""
    terms = {"margin": 0.4, "discount_rate": 0.1, "horizon": "12M", "spend": SPEND, "costs": COSTS}
    fitted = kk.ValueScorer(purchases=model, **terms).fit(SUMMARY)
    columns = IncrementColumns.of(fitted, fitted.base(SUMMARY))
    return columns.means([TreatmentWorlds(parts=parts, horizon=horizon)])[0]


CALL = (effect("leaving", 0.7), effect("purchases", 1.2), effect("cost", 0.9))
MAIL = (effect("leaving", 0.85), effect("spend", 0.9), effect("marketing", 0.5))


@models
def test_the_order_of_parts_changes_nothing(model):
    parts = (part(CALL, (0, 90), (120, 200)), part(MAIL, (50, 150), usual=((0, 20),)), part(CALL, (80, 130)))
    found = gained(model, *parts)
    assert gained(model, *parts[::-1]) == pytest.approx(found, rel=1e-12)


@models
def test_equal_effects_in_two_parts_act_once(model):
    """Law: parts of one action are the union of their time, and nothing is added to what acts as usual."""
    whole = gained(model, part(CALL, (0, 130)))
    assert gained(model, part(CALL, (0, 90)), part(CALL, (60, 130))) == pytest.approx(whole, rel=1e-9)
    assert (gained(model, part(CALL, (20, 60), usual=((0, 90),))) == 0).all()
    assert (gained(model, part(MAIL, usual=((0, 90),)), part((effect("spend", 1.0),), (0, 200))) == 0).all()


@models
def test_worlds_chain(model):
    """Law: what is usual to one treatment is what the one before left, also of other effects at other times."""
    spans = [((0, 90),), ((60, 160), (200, 230)), ((100, 300),)]
    sets = [CALL, MAIL, CALL]
    whole = gained(model, *(part(own, *span) for own, span in zip(sets, spans, strict=True)))
    summed = 0.0
    for at in range(3):
        before = [part(own, usual=span) for own, span in zip(sets[:at], spans[:at], strict=True)]
        summed = summed + gained(model, *before, part(sets[at], *spans[at]))
    assert summed == pytest.approx(whole, rel=1e-7)
    assert (np.abs(whole) > 1e-3).all()


def test_different_effects_on_one_quantity():
    """Law: where both act the factor farther from 1 holds where they point one way, the product where they oppose."""
    strong, weak, against = (effect("leaving", each) for each in (0.6, 0.8, 1.4))
    assert gained(MBG, part(strong, (0, 90)), part(weak, (0, 90))) == pytest.approx(gained(MBG, part(strong, (0, 90))))
    both = gained(MBG, part(strong, (0, 90)), part(against, (30, 90)))
    joint = effect("leaving", 0.6 * 1.4)
    assert both == pytest.approx(gained(MBG, part(strong, (0, 30)), part(joint, (30, 90))), rel=1e-9)


@models
def test_windows_at_different_times(model):
    """Law: each measured effect is its own factor of the process, wherever others act; alone it is as ever."""
    half, quarter = effect("leaving", 0.8, window="26W"), effect("leaving", 0.7, window="13W")
    plain = effect("leaving", 0.999)
    apart = gained(model, part(half, (0, 90)), part(quarter, (90, 200)))
    first = gained(model, part(half, (0, 90)))
    second = gained(model, part(half, usual=((0, 90),)), part(quarter, (90, 200)))
    assert first + second == pytest.approx(apart, rel=1e-6)
    assert gained(model, part(half, (0, 90)), part(plain, (0, 90))) == pytest.approx(first, rel=1e-6)
    assert gained(model, part(half, (0, 90)), part(half, (30, 120))) == pytest.approx(
        gained(model, part(half, (0, 120))), rel=1e-7
    )


def test_marketing():
    """Law: (1 - m) times the discounted cost to market in treated time, alike for all."""
    found = gained(PARETO, part((effect("marketing", 0.25),), (30, 120)))
    rate = np.log(1.1) / 365.25
    assert found == pytest.approx(0.75 * 7 / 365.25 * (np.exp(-rate * 30) - np.exp(-rate * 120)) / rate, rel=1e-12)


def test_share_of_spend():
    """Law: the share of what is spent in the added time, of the share of each part that adds it."""
    terms = {"margin": 1.0, "discount_rate": 0.1, "horizon": "364D", "spend": SPEND}
    fitted = kk.ValueScorer(purchases=PARETO, **terms).fit(SUMMARY)
    columns = IncrementColumns.of(fitted, fitted.base(SUMMARY))
    keep, grow = effect("leaving", 0.5), effect("spend", 1.5)

    def spent(*parts):
        return columns.spent([TreatmentWorlds(parts=parts, horizon=364.0)])[0]

    more = columns.means([TreatmentWorlds(parts=(part((keep, grow), (0, 364)),), horizon=364.0)])[0]
    usual = fitted.score(SUMMARY)["expected_revenue"].to_numpy()
    assert spent(part((keep, grow), (0, 364), share=0.1)) == pytest.approx(0.1 * (usual + more), rel=1e-9)
    first = spent(part((keep, grow), (0, 200), share=0.1), part((keep, grow), usual=((200, 364),)))
    second = spent(part((keep, grow), (200, 364), usual=((0, 200),), share=0.1))
    assert first + second == pytest.approx(0.1 * (usual + more), rel=1e-9)
    assert (spent(part(keep, (0, 200), usual=((0, 364),), share=0.1)) == 0).all()


def test_runs():
    values = np.array([0.0, 2.0, 2.0, 0.0, 2.0, -1.0])
    assert runs(values, np.arange(7.0)) == {2.0: [(1.0, 3.0), (4.0, 5.0)], -1.0: [(5.0, 6.0)]}
