"""Laws of what discounts cost on their path: of all purchases to the end of the horizon, exact, and inherited."""

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.strategy.increments.climb_factors import read_climbs
from kundkarriar.strategy.increments.count_increments import count_increments
from kundkarriar.strategy.increments.earlier_contacts import EarlierContacts
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.options.bundles import bundles_of

AS_OF, START, YEAR = "2026-12-31", "2027-01-01", kk.Budget(money=1, hours=1, period="2027")
LINES = kk.testing.make_transactions(customers=24, seed=1, start="2024-06-01", until=AS_OF)
KNOWN = pd.DataFrame({"customer_id": [*LINES["customer_id"].unique(), 901, 902]})
KNOWN["first_contact"] = pd.Timestamp("2024-01-05")
KNOWN.loc[KNOWN["customer_id"] > 900, "first_contact"] = pd.Timestamp("2026-10-01")
SUMMARY = kk.summarize(LINES, as_of=AS_OF, customers=KNOWN)
LEADS = kk.leads(KNOWN, LINES, as_of=AS_OF)
MBG = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.52, alpha=6.2, a=0.89, b=1.6), period="W")
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
FIRST = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.1, beta=7.0, never=0.4))
TERMS = {"spend": SPEND, "discount_rate": 0.1, "first_purchase": FIRST, "horizon": "365D"}
COSTS = kk.Costs(serve_per_year=30, per_order=2, market_per_year=7)
TENTH = kk.Discount(share=0.1)


def scorer(model=PARETO, **more):
    return kk.ValueScorer(purchases=model, **(TERMS | {"margin": 0.4, "costs": COSTS} | more)).fit(SUMMARY)


def effect(on, mean, **given):
    stated = {"low": mean, "high": mean, "lasts": "3M", "evidence": "assumed", "relative_to": "nothing"}
    return kk.Effect(on=on, mean=mean, **(stated | given))


def action(*effects, name="voucher", lasts="3M", **given):
    made = tuple(each if isinstance(each, kk.Effect) else effect(*each, lasts=lasts) for each in effects)
    stated = {"objective": "grow", "lever": "price", "cost": 1, "hours": 0}
    return kk.Action(name=name, effects=made, **(stated | given))


def increments(*actions, by=None, budget=YEAR, start=START, most=1, **given):
    planner = attrs.evolve(kk.StrategyPlanner.default(actions=actions), most_actions=most)
    given = {"customers": KNOWN, "leads": LEADS} | given
    return planner.increments(by or scorer(), SUMMARY, budget=budget, start=start, **given)


def log(day, by="voucher"):
    return pd.DataFrame({"customer_id": SUMMARY["customer_id"], "date": pd.Timestamp(day), "action": by})


@pytest.mark.parametrize("model", [PARETO, MBG], ids=["Pareto", "MBG"])
def test_treated_to_the_end_it_is_the_cost_of_spend(model):
    """Law: where effects last to the end of the horizon, the path costs what the same share of spend costs; of
    prospects too, and at each size of the effects."""
    does = (effect("leaving", 0.7, low=0.5, high=0.9, lasts=None), ("spend", 1.2), ("first purchase", 1.4))
    kept = action(*does, lasts=None, discount=TENTH)
    share = attrs.evolve(kept, discount=None, cost_of_spend=0.1)
    path, paid = (increments(each, by=scorer(model)) for each in (kept, share))
    for size in ("", ", low", ", high", ", half", ", fourfold"):
        expected = paid[f"voucher, cost of spend{size}"].to_numpy()
        np.testing.assert_allclose(path[f"voucher, path cost{size}"], expected, rtol=1e-12)
        np.testing.assert_allclose(path[f"voucher, path cost in the period{size}"], expected, rtol=1e-12)
        np.testing.assert_allclose(path[f"voucher{size}"], paid[f"voucher{size}"], rtol=1e-9, atol=1e-9)
    assert (path["voucher, path cost"].tail(2) > 0).all()
    assert "voucher, cost of spend" not in path.columns


def test_it_runs_on_when_the_treatment_is_over():
    """Law: the path costs the share of all that is bought until the end, with what the effect keeps alive."""
    voucher = action(("leaving", 0.5), discount=TENTH)
    gross = scorer(margin=1.0, costs=None)
    revenue = gross.score(SUMMARY)["expected_revenue"].head(-2)
    more = increments(attrs.evolve(voucher, discount=None), by=gross)["voucher"].head(-2)
    found = increments(voucher).head(-2)
    np.testing.assert_allclose(found["voucher, path cost"], 0.1 * (revenue + more), rtol=1e-9)
    treated = increments(attrs.evolve(voucher, discount=None, cost_of_spend=0.1))["voucher, cost of spend"].head(-2)
    assert (found["voucher, path cost"] > 1.5 * treated).all()
    quarter = kk.Budget(money=1, hours=1, period="2027-Q1")
    part = increments(voucher, budget=quarter).head(-2)
    np.testing.assert_allclose(part["voucher, path cost"], found["voucher, path cost"], rtol=1e-9)
    np.testing.assert_allclose(part["voucher, path cost in the period"], treated, rtol=1e-9)
    several = increments(attrs.evolve(voucher, effects=(effect("spend", 1.0),), per_year=4)).head(-2)
    np.testing.assert_allclose(several["voucher, path cost"], 0.1 * revenue, rtol=1e-9)


def test_it_begins_with_the_first_contact():
    later = kk.Budget(money=1, hours=1, period="2027-H2")
    voucher = action(("spend", 1.0), discount=TENTH)
    given = {"until": "2027-12-31"}
    whole, half = (
        increments(voucher, **given),
        increments(voucher, budget=kk.Budget(money=1, hours=1, period="2027-H1"), **given),
    )
    rest = increments(voucher, budget=later, start="2027-07-01", **given)
    expected = whole["voucher, path cost"] - half["voucher, path cost in the period"]
    np.testing.assert_allclose(rest["voucher, path cost"].head(-2), expected.head(-2), rtol=1e-8)
    assert (half["voucher, path cost in the period"] < half["voucher, path cost"]).all()


def test_stated_money_and_margins():
    """A voucher that adds stated money costs the share of what is bought in any case; the margin is after handling."""
    gift = action(effect("value", 3.0, lasts=None), name="gift", discount=TENTH)
    found, scores = increments(gift), scorer().score(SUMMARY)
    buyers = found.head(-2)
    np.testing.assert_allclose(buyers["gift"], 3.0, rtol=1e-12)
    np.testing.assert_allclose(buyers["gift, path cost"], 0.1 * scores["expected_revenue"].head(-2), rtol=1e-9)
    margin = scores["contribution"] / scores["expected_revenue"]
    np.testing.assert_allclose(buyers["margin at the list price"], margin.head(-2), rtol=1e-9)


@pytest.mark.parametrize("own", ["first purchase", "spend"])
def test_plans_in_a_row_add_up_where_the_first_gave_a_discount(own):
    """Law: what two actions bring together less their path costs is what the first brings so, and the second after it;
    what the second makes customers spend more carries the discount too."""
    voucher = action(("leaving", 0.7), (own, 1.3), discount=TENTH)
    club = action(
        ("purchases", 1.2), ("first purchase", 1.5), name="club", lasts="6M", discount=kk.Discount(share=0.15)
    )
    mail = action(("leaving", 0.8), ("first purchase", 1.5), name="mail", lasts="6M", lever="information")
    days = [(pd.Timestamp(each) - pd.Timestamp("1970-01-01")).days for each in (START, "2027-02-01")]
    fitted = scorer()

    def counted(actions, pattern, most=1, earlier=None):
        return count_increments(
            bundles_of(actions, most=most), actions, fitted, SUMMARY, leads=LEADS, customers=KNOWN, start=START,
            schedule=Schedule(patterns=tuple((each,) for each in days), pattern=np.array([pattern])),
            until="2027-12-31", earlier=earlier,
        )  # fmt: skip

    for second in (mail, club):
        both = f"voucher + {second.name}"
        joint = counted([voucher, second], [0, 1], most=2)
        before = ContactLog.read(log(START), ids=SUMMARY["customer_id"].tolist(), start="2027-01-31")
        after = counted(
            [second], [1], earlier=EarlierContacts.of(before, actions=[second], before=[voucher], need="test")
        )
        apart = joint["voucher"] - joint["voucher, path cost"] + after[second.name]
        if second is club:
            apart -= after["club, path cost"]
        known = apart.notna()  # of prospects a voucher without an effect on the first purchase tells nothing
        assert known.sum() == (24 if own == "spend" else 26)
        whole = joint[both] - joint[f"{both}, path cost"]
        np.testing.assert_allclose(whole[known], apart[known], rtol=1e-8, atol=1e-8)
        plain = counted([second], [1])
        assert (abs(plain[second.name] / after[second.name] - 1) > 0.01).all()


def test_a_discount_that_is_had_already_costs_nothing_again():
    voucher = action(("spend", 1.2), discount=TENTH)
    again = increments(voucher, contacts=log("2025-01-15"))
    np.testing.assert_allclose(again["voucher, path cost"], 0.0, atol=1e-12)
    new = increments(voucher)
    np.testing.assert_allclose(again["voucher"].head(-2), (new["voucher"] * (0.4 - 0.1) / 0.4).head(-2), rtol=1e-9)


def test_it_grows_with_climbs():
    """Law: the path costs as many times more as the climb factor says; the part in the period does not."""
    growing = action(("spend", 1.2), discount=kk.Discount(share=0.1, escalation=0.2))
    plain = increments(attrs.evolve(growing, discount=TENTH))
    factor = 1 + np.arange(len(SUMMARY)) / 100
    climbs = pd.DataFrame({"customer_id": SUMMARY["customer_id"], "climb_factor": factor}).sample(
        frac=1, random_state=1
    )
    found = increments(growing, climbs=climbs)
    for size in ("", ", low", ", fourfold"):
        path, period = (f"voucher, path cost{each}{size}" for each in ("", " in the period"))
        np.testing.assert_allclose(found[path], factor * plain[path], rtol=1e-12)
        np.testing.assert_allclose(found[period], plain[period], rtol=1e-12)
    other = attrs.evolve(growing, name="club", discount=kk.Discount(share=0.1, escalation=0.1))
    both = increments(growing, other, climbs={"voucher": climbs, "club": climbs.assign(climb_factor=2.0)})
    np.testing.assert_allclose(both["club, path cost"], 2 * plain["voucher, path cost"], rtol=1e-12)
    np.testing.assert_allclose(both["voucher, path cost"], found["voucher, path cost"], rtol=1e-12)


def refused(kind, message, *actions, **given):
    with pytest.raises(kind) as caught:
        increments(*actions, **given)
    assert str(caught.value) == message.replace(" | ", "\n\nHint: ")


def test_refused():
    growing = action(("spend", 1.2), discount=kk.Discount(share=0.1, escalation=0.2))
    need, micro = "StrategyPlanner.increments", "climbs=micro.climb_factors(history, discount), of a fitted kk."
    micro += "Microsimulation"
    refused(
        kk.CapabilityError,
        f"{need}: the discount of voucher grows as customers climb, and the purchase process does not tell how they "
        f"climb. | {micro}; career.plan(...) has it; or kk.Discount(share=...) without escalation.",
        growing,
    )
    ones = pd.DataFrame({"customer_id": SUMMARY["customer_id"], "climb_factor": 1.0})
    other = attrs.evolve(growing, name="club", discount=kk.Discount(share=0.2, escalation=0.2))
    refused(
        kk.DataError,
        f"{need}: `climbs` is one frame, and the discounts of ['voucher', 'club'] grow differently. | "
        "write climbs={'voucher': micro.climb_factors(...), ...}.",
        growing,
        other,
        climbs=ones,
    )
    refused(
        kk.DataError,
        f"{need}: `climbs` names ['letter'], and the actions whose discount grows are ['voucher']. | "
        "leave these out: without an escalation a discount stays what it is.",
        growing,
        climbs={"letter": ones},
    )
    refused(
        kk.DataError,
        f"{need} needs a row of `climbs` for each customer: broken by 1 of 26 rows.\n\nrow  customer_id\n"
        f"  0  {SUMMARY['customer_id'][0]:>11} | {micro}.",
        growing,
        climbs=ones.tail(-1),
    )
    refused(
        kk.DataError,
        f"{need}: `climbs` needs factors of at least 1 in `climb_factor`: broken by 1 of 26 rows.\n\n"
        f"row  customer_id  climb_factor\n 25          902           0.9 | {micro}.",
        growing,
        climbs=ones.assign(climb_factor=np.where(ones["customer_id"] == 902, 0.9, 1.0)),
    )
    voucher = action(("purchases", 1.2), discount=TENTH)
    refused(
        kk.CapabilityError,
        "what the discount of 'voucher' costs is counted in money, and the scorer counts purchases alone. | "
        "kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money.",
        voucher,
        by=kk.ValueScorer(purchases=PARETO, spend=None, margin=1.0, discount_rate=0.1, horizon="12M").fit(SUMMARY),
        leads=None,
    )


def test_climbs_of_nothing_that_grows():
    """They are not read; a factor that is not known leaves the cost unknown."""
    voucher = action(("spend", 1.2), discount=TENTH)
    assert read_climbs(None, actions=[voucher], frame=SUMMARY, need="test") is None
    growing = attrs.evolve(voucher, discount=kk.Discount(share=0.1, escalation=0.2))
    climbs = pd.DataFrame({"customer_id": SUMMARY["customer_id"], "climb_factor": 1.5})
    climbs.loc[3, "climb_factor"] = np.nan
    found = increments(growing, climbs=climbs)["voucher, path cost"]
    assert np.flatnonzero(found.isna()).tolist() == [3]
