"""Laws of copies: what is written as JSON, pickled or copied answers as the original does, in other processes too."""

import copy
import pickle

import attrs
import pytest

import kundkarriar as kk
from kundkarriar.models.drift.drift_check import DriftMeasure

NOT_STORED = {
    kk.LadderHistory, kk.BacktestResult, kk.ValueDraws, kk.Posterior, kk.LikelihoodRatio, kk.FirstOrderTest,
    kk.DriftCheck, kk.ModelChoice, kk.MovementBacktest, kk.PurchaseDraws,
    kk.SatisfactionEffects,
}  # fmt: skip
"""What is made anew from data; it has no dict."""
COPIES = {
    "pickle": lambda made: pickle.loads(pickle.dumps(made)),  # noqa: S301
    "oldest pickle": lambda made: pickle.loads(pickle.dumps(made, protocol=0)),  # noqa: S301
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
BY_EQUALS = {
    kk.FittedCareer, kk.Plan, kk.FittedChainMixture, kk.FittedHiddenLadder, kk.BacktestResult, kk.Posterior,
    kk.MovementBacktest, kk.FittedBlendedMovement, kk.Review, kk.SatisfactionEffects,
}  # fmt: skip
"""Classes that hold frames or arrays: their copies are compared by `.equals`, and `==` asks whether they are one."""
DRAWS_PARAMETERS = {kk.FittedMicrosimulation, kk.FittedBlendedMovement}
"""What draws the parameters of a fit: by importance from its data, and where it was read back by its report."""
WITHOUT = {kk.LadderHistory, kk.ModelChoice, kk.PurchaseDraws, kk.ValueDraws}
"""Readings of data, which are compared by what they answer."""
CONDITION = (kk.column("abc").equals("A") & (kk.column("clv") > 1)) | ~kk.column("rung").isin(["new", "again"])
CHANGE = kk.Change(rung="new", to="again", odds=1.5)
BETTER = kk.Change(
    effect=kk.Effect(on="purchases", mean=1.1, low=1.0, high=1.2, evidence="assumed", relative_to="no calls"),
    where=CONDITION,
)


def is_often(frame):
    return frame["purchase_days"] > 2


TYPED = tuple(kk.FittedNBD(params=kk.NBDParams(r=r, alpha=12), period="W") for r in (0.4, 0.5))
MEASURED = ("level", "scatter", "distribution")
DRIFT_CHECK = kk.DriftCheck(
    as_of="1997-06-30",
    until="1997-12-31",
    customers=10,
    expected=9.0,
    actual=9.0,
    chance=0.1,
    measures=tuple(DriftMeasure(measure=name, since=1, before=1, low=0.9, high=1.1, p_value=0.5) for name in MEASURED),
)
TYPED_AVERAGE = kk.FittedModelAverage(members=TYPED, weights=(0.5, 0.5))
PARTS = [
    CONDITION, kk.condition(is_often, needs=["purchase_days"], text="often"), kk.column("clv"), CHANGE,
    kk.CustomerLadder.kundkarriar(), kk.CustomerLadder.loyalty(), kk.CustomerLadder.groups(), kk.Period.of("3M"),
    kk.Rung(name="own", when=CONDITION, hold=kk.Hold(grace="3M"), after=kk.After(rung="new", months=2)), kk.Lapse(),
    kk.Season(index=[1.0] * 11 + [2.0]), kk.Costs(per_order="cost"), kk.WeakPrior(), kk.Covariates(purchase="web"),
    kk.CovariateEffects(purchase={"age": 0.1}, spread={"age": 2.0}), kk.ABCClassifier(by="clv"), kk.Arrivals(),
    kk.ClassLimits(of="customers", at=(0.2, 0.5)),
    kk.Referrals(conversion=0.2), kk.DevelopmentPath(name="calls", changes=[BETTER], cost=1.0),
    kk.Benefit(value_to_customer=3, cost_to_firm=1), kk.SpendLimit(of="A", share=0.3),
    kk.Discount(share=0.1, escalation=0.2),
    kk.Target(metric="share that buys", value=0.2, until="2026-12-31"),
    kk.StrategyPlanner.default(), kk.Budget(money=20, hours=100, period="2026"),
    kk.BGBBParams(alpha=1, beta=1, gamma=1, delta=1),
    kk.BuyerGroup(name="moving", weight=0.6, leaves=0.7, gap=20, regularity=1), kk.Level(),
    kk.Microsimulation(process=kk.NBD(), draws=5, level=0.1),
    kk.BlendedMovement(parts=(kk.ChainMixture(), kk.Microsimulation(process=kk.NBD()))),
    kk.FixedScores(model=kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="W"), horizon="3M"),
    kk.ModelAverage(models=(kk.NBD(), kk.MBGNBD()), weights=(0.5, 0.5)), TYPED_AVERAGE, DRIFT_CHECK,
    kk.MBGNBD(), kk.BGNBD(), kk.NBD(), kk.ParetoNBD(), kk.GGompertzNBD(), kk.MBGCNBD(k=2), kk.BGCNBD(), kk.BGBB(),
    kk.ShiftedBetaGeometric(), kk.FirstPurchase(pace="channel", events="quote"),
    kk.LeadEffects(pace={"age": 0.1}, events={"quote": 1.1}, spread={"age": 2.0}),
    kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.2, beta=8, never=0.4)),
    kk.GammaGamma(first_order=True), kk.CustomerGroups(starts=2),
    kk.OwnPrice(), kk.FittedOwnPrice(mean_price=14.9), kk.FixedPrice(), kk.FittedFixedPrice(price=9.9),
    kk.SpendEffects(coefficients={"age": 0.1}, spread={"age": 2.0}),
    kk.FirstOrderTest(c=0.97, likelihood_ratio=2.3, p_value=0.13, counted=False),
    kk.ReturningNBD(), kk.ReturningNBDParams(m1=-3.4, s1=1.2, m2=-2.7, s2=1.2, nu=0.03),
    kk.FittedReturningNBD(params=kk.ReturningNBDParams(m1=-3.4, s1=1.2, m2=-2.7, s2=1.2, nu=0.03), period="W"),
    kk.HiddenLadder(states=2, names=("new", "again"), contacts=("mails",)), kk.ChainMixture(covariates=("channel",)),
]  # fmt: skip


def test_what_was_stored_answers_as_before(making, laws):
    """Law: an object read back from JSON is the same one, by `==` or `.equals`, and gives the same answers."""
    made = laws.made(making, 1)
    if type(made) in NOT_STORED:
        assert not hasattr(made, "to_dict")
        return
    again = laws.through_json(made)
    assert again.equals(made) if type(made) in BY_EQUALS else again == made
    if type(made) in DRAWS_PARAMETERS:
        made, again = again, laws.through_json(again)
    assert again.to_dict() == made.to_dict()
    usual, told = (laws.ask(making, each, laws.shop(1)) for each in (made, again))
    for answers in (usual, told):
        for bound in ("low", "high"):  # by profile likelihood, which needs the data
            answers.get("estimates", {}).pop(bound, None)
    assert laws.differences(usual, told) == []


@pytest.mark.weak_fit
def test_a_stored_career_is_compared_like_a_fitted_one(laws):
    """Law: `changed` says the same whether either career was stored or not; so do plans of a stored career."""
    now = laws.made("career", 1)
    before = now.career.fit(laws.shop(1)["orders"], as_of="2024-12-31", seed=1, draws=10)

    def told(one, other):
        """What `changed` says, without what only an earlier career with its purchases can have foreseen."""
        answer = one.changed(other)
        return laws.plain(answer.drop(columns="p_foreseen"))

    usual = told(now, before)
    for one in (now, laws.through_json(now)):
        for other in (before, laws.through_json(before)):
            assert laws.differences(usual, told(one, other)) == []
    budget = kk.Budget(money=6, hours=1, period="2026")
    one, other = (each.plan(budget=budget, start="2026-01-01") for each in (now, laws.through_json(now)))
    assert one.equals(other)


def test_copies_answer_as_the_original(making, laws):
    """Law: pickles of the newest and the oldest protocol, copies and deep copies give the same answers."""
    made = laws.made(making, 1)
    usual = laws.ask(making, made, laws.shop(1))
    for name in ("pickle", "deepcopy"):
        again = COPIES[name](made)
        assert type(again) is type(made)
        assert laws.differences(usual, laws.ask(making, again, laws.shop(1))) == [], name
        if type(made) not in WITHOUT:
            assert again.equals(made) if type(made) in BY_EQUALS else again == made, name


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
@pytest.mark.parametrize("how", COPIES)
def test_copies_of_specs_are_equal(part, how):
    """Law: a copy equals the original, has its hash and its text."""
    again = COPIES[how](part)
    assert type(again) is type(part)
    assert repr(again) == repr(part)
    if type(part) is not type(kk.column("clv")):  # `==` of columns is refused
        assert again == part
        assert hash(again) == hash(part)


def test_every_public_class_is_copied(laws):
    """So that a new class is tried too: all that users make or get, errors apart."""
    public = {kind for name in dir(kk) if isinstance(kind := getattr(kk, name), type)}
    made = [laws.made(name, 1) for name, call in laws.calls.items() if call.make]
    tried = {type(each) for each in (*PARTS, *made)}
    for each in (*PARTS, *made):
        tried |= {type(part) for part in parts_of(each)}
    others = {kind for kind in public - tried if attrs.has(kind) and not getattr(kind, "_is_protocol", False)}
    assert {kind.__name__ for kind in others if kind is not kk.Condition} == set()


def parts_of(value):
    """What an object is made of, all the way down."""
    inside = [getattr(value, each.name) for each in attrs.fields(type(value))] if attrs.has(type(value)) else []
    for each in inside if not isinstance(value, tuple | list) else value:
        yield each
        if attrs.has(type(each)) or isinstance(each, tuple | list):
            yield from parts_of(each)


@pytest.mark.parametrize("how", ["pickle", "oldest pickle", "copy", "deepcopy"])
def test_errors_are_copied_with_their_rows(laws, how):
    """Law: an error that a worker process sends back says what it said, and has its rows."""
    orders = laws.shop(1)["orders"]
    broken = orders.assign(date=orders["date"].where(orders["customer_id"] != 3))
    with pytest.raises(kk.DataError) as caught:
        kk.summarize(broken, as_of="2025-06-30")
    again = COPIES[how](caught.value)
    assert type(again) is kk.DataError
    assert str(again) == str(caught.value)
    assert {name: str(each) for name, each in again.rows.items()} == {
        name: str(each) for name, each in caught.value.rows.items()
    }
    assert again.rows


READER = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    stored = file.read()
    made, frame, rows = pickle.loads(stored)
assert "kundkarriar" in sys.modules
for one, told in made:
    assert repr(one) == told, (repr(one), told)
fitted = made[0][0]
assert fitted.predict(frame, horizon=26)["expected_purchases"].tolist() == rows
"""


def test_a_fresh_process_reads_a_pickle(laws, tmp_path):
    """Law: what one process pickled another unpickles, without any import of ours before, and predicts the same."""
    made = [laws.made(name, 1) for name in ("MBGNBD", *(name for name, call in laws.calls.items() if call.make))]
    summary = kk.summarize(laws.shop(1)["orders"], as_of="2025-06-30")
    parts = [part for part in PARTS if "often" not in repr(part)]  # its function is of this file
    rows = made[0].predict(summary, horizon=26)["expected_purchases"].tolist()
    file = tmp_path / "stored.pickle"
    file.write_bytes(pickle.dumps(([(each, repr(each)) for each in (*made, *parts)], summary, rows)))
    laws.run(READER, str(file))
