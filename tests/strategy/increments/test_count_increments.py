"""Laws of increments of bundles: schedules, earlier contacts, horizons, shares of spend and responses of groups."""

import attrs
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.strategy.increments.count_increments import count_increments
from kundkarriar.strategy.increments.earlier_contacts import EarlierContacts
from kundkarriar.strategy.increments.responses import response_powers
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.options.bundles import bundles_of

AS_OF, START, YEAR = "2026-12-31", "2027-01-01", kk.Budget(money=1, hours=1, period="2027")
LINES = kk.testing.make_transactions(customers=24, seed=1, start="2024-06-01", until=AS_OF)
SUMMARY = kk.summarize(LINES, as_of=AS_OF)
IDS = SUMMARY["customer_id"]
MBG = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.52, alpha=6.2, a=0.89, b=1.6), period="W")
PARETO = kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.55, alpha=10.6, s=0.61, beta=11.7), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
TERMS = {"spend": SPEND, "margin": 0.4, "discount_rate": 0.1, "horizon": "12M"}
COSTS = kk.Costs(serve_per_year=30, per_order=2, market_per_year=7)
SCORER = kk.ValueScorer(purchases=PARETO, costs=COSTS, **TERMS).fit(SUMMARY)
LESS, MORE = ("leaving", 0.8), ("purchases", 1.1)


def effect(on, mean, **given):
    stated = {"low": mean, "high": mean, "lasts": "3M", "evidence": "assumed", "relative_to": "nothing"}
    return kk.Effect(on=on, mean=mean, **(stated | given))


def action(*effects, name="call", **given):
    lasts = given.pop("lasts", "3M")
    made = tuple(each if isinstance(each, kk.Effect) else effect(*each, lasts=lasts) for each in effects)
    stated = {"objective": "grow", "lever": "service", "cost": 1, "hours": 0}
    return kk.Action(name=name, effects=made, **(stated | given))


def increments(*actions, scorer=SCORER, budget=YEAR, start=START, most=1, summary=SUMMARY, **given):
    planner = attrs.evolve(kk.StrategyPlanner.default(actions=actions), most_actions=most)
    return planner.increments(scorer, summary, budget=budget, start=start, **given)


def by_scorer(effects, *treated, previous=(), until="2027-12-31", scorer=SCORER):
    horizon = f"{(pd.Timestamp(until) - pd.Timestamp(AS_OF)).days}D"
    found = scorer.increments(SUMMARY, effects=effects, treated=treated, previous=previous, horizon=horizon)
    return found["increment"].to_numpy()


def log(*days, by="call", ids=IDS):
    pairs = [(each, pd.Timestamp(day), by) for day in days for each in ids]
    return pd.DataFrame(pairs, columns=["customer_id", "date", "action"])


@pytest.mark.parametrize("lasts", ["2W", "3M", None])
@pytest.mark.parametrize("model", [PARETO, MBG], ids=["Pareto", "MBG"])
def test_twelve_monthly_plans_add_up_to_the_year(model, lasts):
    """Law: an effect is claimed once, by the plan that pays for the contact; of a bundle of two actions too."""
    scorer = kk.ValueScorer(purchases=model, costs=COSTS, **TERMS).fit(SUMMARY)
    call = action(LESS, ("spend", 1.2), ("marketing", 0.0), lasts=lasts, per_year=12)
    mail = action(MORE, ("leaving", 0.9), name="mail", per_year=12, lasts="6W")
    given = {"scorer": scorer, "until": "2028-06-30", "most": 2}
    year = increments(call, mail, **given)
    for own in [["call"], ["call", "mail"]] if model is PARETO else [["call"]]:
        name, done, whole = " + ".join(own), [], 0.0
        for month in range(1, 13):
            budget = kk.Budget(money=1, hours=1, period=f"2027-{month:02d}")
            earlier = pd.concat([log(*done, by=each) for each in own])
            found = increments(call, mail, budget=budget, start=budget.first_day, contacts=earlier, **given)
            whole = whole + found[name].to_numpy()
            done.append(str(budget.first_day))
        assert whole == pytest.approx(year[name].to_numpy(), rel=1e-9, abs=1e-9)


def test_half_year_of_the_formula():
    """F19: year = H1 + (H2 given H1 treated), and four contacts of six weeks, each with x = 2, T = 38.86 weeks."""
    golden = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5248432, alpha=6.183085, a=0.8913595, b=1.614003), period="W")
    day = pd.Timestamp("2026-12-31")
    one = pd.DataFrame(
        {"customer_id": [1], "frequency": [2], "recency": [30.0], "T": [272 / 7], "period": "W",
         "first_purchase": day - pd.Timedelta("272D")}
    )  # fmt: skip
    scorer = kk.ValueScorer(purchases=golden, spend=None, margin=0.3, discount_rate=0.1, horizon="1W").fit(one)
    call, six = action(LESS, lasts="26W", per_year=2), action(LESS, lasts="6W", name="six")
    schedule = {"call": ((0, 182),), "first": ((0,),), "second": ((182,),), "six": ((0, 91, 182, 273),)}
    base = int((day - pd.Timestamp("1970-01-01")).days) + 1

    def counted(key, act, earlier=None):
        days = tuple(base + each for each in schedule[key][0])
        table = count_increments(
            bundles_of([act]), [act], scorer, one, schedule=Schedule(patterns=(days,), pattern=np.zeros((1, 1), int)),
            start="2027-01-01", until="2027-12-30", earlier=earlier,
        )  # fmt: skip
        return table[act.name].iloc[0]

    first = log("2027-01-01", ids=[1])
    read = ContactLog.read(first, ids=[1], start="2027-07-02")
    before = EarlierContacts.of(read, actions=[call], before=(), need="test")
    year, half, rest = counted("call", call), counted("first", call), counted("second", call, before)
    assert half + rest == pytest.approx(year, rel=1e-9)
    assert [half / year, rest / year, counted("six", six) / year] == pytest.approx(
        [0.0420223 / 0.0539043, 0.0118820 / 0.0539043, 0.0282827 / 0.0539043], rel=2e-4
    )


def test_a_plan_counts_what_the_scorer_counts():
    """Contacts treat for `lasts`, as a union; the horizon runs from the summary to the scorer's after the start."""
    call = action(LESS, ("value", 2.0), per_year=2)
    found = increments(call)
    spans = (("2027-01-01", "2027-03-31"), ("2027-07-01", "2027-09-30"))
    assert found["call"].to_numpy() == pytest.approx(by_scorer(call.effects, *spans), rel=1e-12)
    assert set(found["until"]) == {"2027-12-31"}
    late = increments(action(LESS, lasts="9M", per_year=2))
    assert set(late["until"]) == {"2028-03-31"}
    assert set(increments(call, until="2029-01-01")["until"]) == {"2029-01-01"}


def test_what_earlier_contacts_still_do_is_usual():
    """Law: what a contact before the summary's day still does is in both worlds; those that are over change nothing."""
    twice = action(LESS, MORE, per_year=12)
    budget = kk.Budget(money=1, hours=1, period="2027-02")
    found = increments(twice, contacts=log("2026-12-15"), budget=budget, start="2027-02-01")
    span = ("2027-02-01", "2027-04-30")
    expected = by_scorer(twice.effects, span, previous=(("2027-01-01", "2027-03-14"),), until="2028-01-31")
    assert found["call"].to_numpy() == pytest.approx(expected, rel=1e-9)
    spent = increments(twice, contacts=log("2026-06-15"), budget=budget, start="2027-02-01")
    assert spent["call"].to_numpy() == pytest.approx(by_scorer(twice.effects, span, until="2028-01-31"), rel=1e-12)
    some = increments(twice, contacts=log("2026-12-15", ids=IDS[:5]), budget=budget, start="2027-02-01")
    assert some["call"].to_numpy() == pytest.approx(np.where(IDS.isin(IDS[:5]), found["call"], spent["call"]))


def test_stated_money_is_not_added_again_within_twelve_months():
    """Whether the effect of the earlier contact is over or not, as it is said of the whole horizon."""
    budget = kk.Budget(money=1, hours=1, period="2027-02")
    call = action(LESS, ("value", 5.0), per_year=12)
    alone = increments(action(LESS, per_year=12), budget=budget, start="2027-02-01", contacts=log("2026-12-15"))
    again = increments(call, budget=budget, start="2027-02-01", contacts=log("2026-12-15"))
    assert (again["call"] == alone["call"]).all()
    for day, added in (("2026-06-15", 0.0), ("2026-02-02", 0.0), ("2026-02-01", 5.0), ("2025-06-15", 5.0)):
        fresh = increments(call, budget=budget, start="2027-02-01", contacts=log(day))
        bare = increments(action(LESS, per_year=12), budget=budget, start="2027-02-01", contacts=log(day))
        assert (fresh["call"] - bare["call"]).to_numpy() == pytest.approx(added)


@pytest.mark.parametrize("lasts", ["2W", "12M"])
def test_twelve_monthly_plans_claim_the_stated_money_of_the_year(lasts):
    """Law: once, also of an action with nothing else, in a bundle, and where the summary moves on with the plans."""
    call = action(("spend", 1.2), ("value", 5.0), per_year=12, lasts=lasts)
    gift = action(("value", 3.0), name="gift", per_year=12, lasts=lasts)
    names, done, claimed = ["call", "call + gift"], [], np.zeros(2)
    summary = SUMMARY
    for month in range(1, 13):
        budget = kk.Budget(money=1, hours=1, period=f"2027-{month:02d}")
        given = {"budget": budget, "start": budget.first_day, "most": 2, "summary": summary}
        given["contacts"] = pd.concat([log(*done, by=each) for each in ("call", "gift")])
        with_money = increments(call, gift, **given)
        without = increments(action(("spend", 1.2), per_year=12, lasts=lasts), **given | {"contacts": log(*done)})
        claimed += [(with_money[name] - without["call"]).iloc[0] for name in names]
        done.append(str(budget.first_day))
        day = str(budget.last_day)
        summary = kk.summarize(LINES, as_of=day)
    assert claimed == pytest.approx([5.0, 8.0])


def test_a_summary_tells_that_plans_in_a_row_need_one_horizon():
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(_everyone(),)), actions=(action(LESS, cost=0.01),))
    scorer = kk.ValueScorer(purchases=PARETO, **TERMS).fit(SUMMARY)

    def note(month, previous=None, until=None):
        given = {"budget": kk.Budget(money=100, hours=1, period=f"2027-{month}"), "start": f"2027-{month}-01"}
        found = planner.increments(scorer, SUMMARY, previous=previous, until=until, **given)
        plan = planner.plan(scorer.score(SUMMARY), increments=found, previous=previous, holdout=0, **given)
        return plan, "give each of them the same `until`" in plan.summary().set_index("item")["note"][
            "incremental value"
        ]

    first, told = note("01")
    assert not told
    assert note("02", previous=first)[1]
    common, told = note("01", until="2028-12-31")
    assert not told
    assert not note("02", previous=common, until="2028-12-31")[1]


def test_a_previous_plan_hands_its_remainder_on():
    """Law: its contacts count as those of a log do, and only those of customers whom it treats."""
    call = action(LESS, per_year=12, cost=0.01)
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(_everyone(),)), actions=(call,))
    january, february = (kk.Budget(money=100, hours=1, period=f"2027-{each}") for each in ("01", "02"))
    scorer = kk.ValueScorer(purchases=PARETO, **TERMS).fit(SUMMARY)
    scores = scorer.score(SUMMARY)
    first = planner.increments(scorer, SUMMARY, budget=january, start=START)
    plan = planner.plan(scores, budget=january, start=START, increments=first, holdout=0.3, seed=1)
    table = plan.assignments()
    treated = table.loc[table["treated"], "customer_id"]
    assert 0 < len(treated) < len(IDS)
    given = {"budget": february, "start": "2027-02-01"}
    found = planner.increments(scorer, SUMMARY, previous=plan, **given)
    expected = planner.increments(scorer, SUMMARY, contacts=log(START, ids=treated), **given)
    pd.testing.assert_frame_equal(found, expected)
    other = planner.increments(scorer, SUMMARY, **given)
    assert ((found["call"] != other["call"]) == IDS.isin(treated)).all()


def _everyone(**given):
    return kk.Strategy(name="all", when=~kk.column("customer_id").is_missing(), objective="grow", **given)


def test_bundles():
    """Law: one action in a bundle is the action; of several, sizes act together, whatever their order."""
    call, mail = action(LESS), action(MORE, name="mail", lasts="6W")
    alone, found, turned = increments(call), increments(call, mail, most=2), increments(mail, call, most=2)
    pd.testing.assert_series_equal(alone["call"], found["call"])
    np.testing.assert_allclose(found["call + mail"], turned["mail + call"], rtol=1e-12)
    assert (found["call + mail"] > found["call"] + found["mail"]).all()
    assert list(found.columns[-5:-1]) == ["call + mail", "call + mail, low", "call + mail, high", "until"]
    same = increments(call, action(LESS, name="twin"), most=2)
    np.testing.assert_allclose(same["call + twin"], same["call"], rtol=1e-12)
    nothing = increments(action(("leaving", 1.0), ("spend", 1.0)), mail, most=2)
    assert (nothing["call"] == 0).all()
    np.testing.assert_allclose(nothing["call + mail"], nothing["mail"], rtol=1e-12)


def test_customers_of_different_schedules():
    """Law: each customer is counted by its own contacts; without one, and without a plan, nothing is known."""
    welcome = action(LESS, name="welcome", after="purchase", after_days=200, lasts="6W")
    found = increments(welcome, action(MORE))
    days = SUMMARY["last_purchase"] + pd.Timedelta("200D")
    assert (found["welcome"].isna() == (days < START)).all()
    assert 2 < found["welcome"].notna().sum() < len(IDS)
    for day in days[days >= START].unique():
        span = (str(day.date()), str((day + pd.Timedelta("41D")).date()))
        own = (days == day).to_numpy()
        expected = by_scorer(welcome.effects, span)[own]
        assert found["welcome"].to_numpy()[own] == pytest.approx(expected, rel=1e-9)
    known = SUMMARY.iloc[3:10]
    planner = kk.StrategyPlanner(playbook=kk.Playbook(strategies=(_everyone(valid_until="2027-05-31"),)))
    calls = action(LESS, per_year=4)
    own = planner.increments(SCORER, SUMMARY, actions=[calls], budget=YEAR, start=START, planned=known.iloc[::-1])
    spans = ("2027-01-01", "2027-03-31"), ("2027-04-01", "2027-06-30")
    expected = np.where(np.isin(IDS, known["customer_id"]), by_scorer(calls.effects, *spans), np.nan)
    np.testing.assert_allclose(own["call"], expected, rtol=1e-9)


def test_stopping_the_marketing_saves_it():
    """Law: (1 - m) times the discounted cost to market, whoever is active; joint with fewer purchases it adds up."""
    year = (1 - 1.1 ** (-365 / 365.25)) / np.log(1.1)
    stop = action(("marketing", 0.0), lasts=None)
    assert increments(stop)["call"].to_numpy() == pytest.approx(7 * year, rel=1e-12)
    both = increments(action(("marketing", 0.0), ("purchases", 0.97), lasts=None))["call"]
    fewer = increments(action(("purchases", 0.97), lasts=None))["call"]
    assert both.to_numpy() == pytest.approx((7 * year + fewer).to_numpy(), rel=1e-12)


def test_cost_of_spend():
    """Law: for the whole horizon it is the share of the expected revenue, times what is multiplied."""
    scores = kk.ValueScorer(purchases=PARETO, **(TERMS | {"horizon": "365D"})).fit(SUMMARY).score(SUMMARY)
    voucher = action(("spend", 1.2), lasts=None, cost_of_spend=0.1, name="voucher")
    found = increments(voucher)["voucher, cost of spend"]
    assert found.to_numpy() == pytest.approx(0.12 * scores["expected_revenue"].to_numpy(), rel=1e-9)
    kept = increments(attrs.evolve(voucher, effects=(effect("leaving", 0.5, lasts=None),)))
    more = increments(
        action(("leaving", 0.5), lasts=None), scorer=kk.ValueScorer(purchases=PARETO, **TERMS).fit(SUMMARY)
    )
    expected = 0.1 * (scores["expected_revenue"] + more["call"] / 0.4)
    assert kept["voucher, cost of spend"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)
    halves = [
        increments(attrs.evolve(voucher, effects=(effect("spend", 1.2, lasts=each),)), until="2027-12-31", **given)
        for each, given in (("6M", {}), (None, {"contacts": None}))
    ]
    first, whole = (each["voucher, cost of spend"] for each in halves)
    assert (first < whole).all()


def test_responses_of_groups():
    """Law: assumed effects act to the power of the group's response, measured ones as stated; money is multiplied."""
    groups = SUMMARY.assign(group=np.where(np.arange(len(SUMMARY)) % 3 == 0, "moving", "recurring"))
    powers = response_powers(groups, {"moving": 0.8}, need="test")
    moving = groups["group"] == "moving"
    assert (powers == np.where(moving, 0.8, 1.0)).all()
    measured = effect("spend", 1.3, evidence="A/B test")
    call = action(LESS, measured, ("value", 5.0))

    def counted(of, powers):
        days = (pd.Timestamp(START) - pd.Timestamp("1970-01-01")).days
        schedule = Schedule(patterns=((days,),), pattern=np.zeros((1, 1), dtype=int))
        return count_increments(
            bundles_of([of]), [of], SCORER, SUMMARY, schedule=schedule, start=START, powers=powers
        )["call"]  # fmt: skip

    weaker = action(effect("leaving", 0.8**0.8), measured, ("value", 4.0))
    expected = np.where(moving, counted(weaker, None), counted(call, None))
    np.testing.assert_allclose(counted(call, powers), expected, rtol=1e-12)
    assert response_powers(SUMMARY, {"moving": 0.8}, need="test") is None
    assert response_powers(groups, {"exclusive": 0.8}, need="test") is None


def refused(message, *actions, **given):
    with pytest.raises(kk.errors.DataError) as caught:
        increments(*actions, **given)
    assert str(caught.value) == message.replace(" | ", "\n\nHint: ")


def test_refused():
    call = action(LESS, per_year=4)
    refused(
        "StrategyPlanner.increments: the horizon ends on 2027-09-30, and customers are treated until 2027-12-31. | "
        "leave `until` out: the horizon then runs at least to the last treated day.",
        call,
        until="2027-09-30",
    )
    refused(
        "StrategyPlanner.increments: the plan begins before the summary ends: 2026-10-01 is not after 2026-12-31. | "
        "what came before is in the purchases already; start the plan after the day of the summary.",
        call,
        budget=kk.Budget(money=1, hours=1, period="2026"),
        start="2026-10-01",
    )
    with pytest.raises(kk.errors.DataError, match="needs the name of an action in `action`, as text"):
        increments(call, contacts=log("2026-12-15", by=3))
    with pytest.warns(
        kk.DataWarning, match=r"24 of 24 contacts are by actions that the plan does not have, \['visit'\]"
    ):
        increments(call, contacts=log("2026-12-15", by="visit"))


def test_prospects_are_counted_by_their_own_contacts():
    """Law: of buyers and prospects of different schedules each has what one with that schedule alone would have."""
    known = pd.DataFrame({"customer_id": [*IDS, 901, 902, 903], "first_contact": pd.Timestamp("2024-01-05")})
    known.loc[known["customer_id"] > 900, "first_contact"] = pd.Timestamp("2026-10-01")
    summary = kk.summarize(LINES, as_of=AS_OF, customers=known)
    leads = kk.leads(known, LINES, as_of=AS_OF)
    first = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.1, beta=7.0, never=0.4))
    scorer = kk.ValueScorer(purchases=PARETO, costs=COSTS, first_purchase=first, **TERMS).fit(summary)
    win = action(("first purchase", 1.5), ("leaving", 0.8), cost_of_spend=0.1, per_year=2)
    bundles, base = bundles_of([win]), (pd.Timestamp(START) - pd.Timestamp("1970-01-01")).days
    patterns = ((base,), (base, base + 150))

    def counted(pattern):
        return count_increments(
            bundles, [win], scorer, summary, leads=leads, customers=known, start=START, until="2027-12-31",
            schedule=Schedule(patterns=patterns, pattern=np.array(pattern).reshape(-1, 1)),
        )  # fmt: skip

    each = np.arange(len(summary)) % 3 - 1
    mixed, (once, twice) = counted(each), (counted([at]) for at in (0, 1))
    for name in ("call", "call, low", "call, cost of spend"):
        expected = np.select([each == 0, each == 1], [once[name], twice[name]], np.nan)
        np.testing.assert_allclose(mixed[name], expected, rtol=1e-9)
        assert (once[name] != twice[name]).all()
    assert mixed["call"].iloc[-3:].notna().any()


def test_each_contact_has_an_equal_horizon_of_its_own():
    """Law: it is the mean of what each adds to those before it, until the scorer's horizon after its day."""
    call = action(LESS, lasts="6M", per_year=4)
    days = [(pd.Timestamp(each) - pd.Timestamp("1970-01-01")).days for each in ("2027-01-01", "2027-04-01")]
    schedule = Schedule(patterns=(tuple(days),), pattern=np.zeros((1, 1), dtype=int))
    table = count_increments(
        bundles_of([call]), [call], SCORER, SUMMARY, schedule=schedule, start=START, each_contact=True
    )  # fmt: skip
    first, second = ("2027-01-01", "2027-06-30"), ("2027-04-01", "2027-09-30")
    own = [by_scorer(call.effects, first), by_scorer(call.effects, second, previous=(first,), until="2028-03-31")]
    assert table["call, a contact"].to_numpy() == pytest.approx((own[0] + own[1]) / 2, rel=1e-9)
    assert (table["call"].abs() < 2 * table["call, a contact"].abs()).all()


def test_cost_of_spend_of_what_is_not_on_the_process():
    """A voucher that adds stated money, or a step, costs its share too; its value is for the plan to count."""
    gift = action(("value", 3.0), name="gift", cost_of_spend=0.1, lasts=None)
    found = increments(gift)
    assert list(found.columns) == ["customer_id", "gift, cost of spend", "until", "counted_for"]
    usual = action(("spend", 1.0), name="gift", cost_of_spend=0.1, lasts=None)
    np.testing.assert_allclose(found["gift, cost of spend"], increments(usual)["gift, cost of spend"], rtol=1e-12)


def test_polars():
    pl = pytest.importorskip("polars")
    call = action(LESS, MORE, per_year=12)
    contacts = log("2026-12-15", "2026-12-20")
    found = increments(call, contacts=pl.from_pandas(contacts), summary=pl.from_pandas(SUMMARY))
    expected = increments(call, contacts=contacts)
    assert isinstance(found, pl.DataFrame)
    np.testing.assert_allclose(found["call"], expected["call"], rtol=1e-12)
