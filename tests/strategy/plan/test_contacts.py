"""Who may be contacted, how often, and when: consent, exclusions, caps, the contact log, plans in a row, onboarding."""

import json
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.strategy.plan.contacts.contact_log import ContactLog, contacts_with, joined
from kundkarriar.strategy.plan.contacts.schedule import Schedule

START = "2027-01-01"
YEAR = kk.Budget(money=10_000, hours=100, period="2027")
EVERYBODY = kk.Playbook(
    strategies=(kk.Strategy(name="all", when=kk.column("clv") >= 0, objective="grow", reason="buys"),)
)

BY_OTHERS = pytest.mark.filterwarnings("ignore:.*which is no action of the plan:kundkarriar.DataWarning")


def act(name, add=50, **more):
    """An action that adds the same amount for everybody."""
    effect = kk.Effect(on="value", mean=add, low=add, high=add, evidence="assumed", relative_to="none")
    return kk.Action(
        **{"name": name, "objective": "grow", "lever": "information", "cost": 1, "hours": 0, "effect": effect, **more}
    )


def sells(name, add=50, **more):
    """An action that adds the same for everybody by each contact, also after others."""
    m = 1 + add / 100
    spend = kk.Effect(on="spend", mean=m, low=m, high=m, evidence="assumed", relative_to="none", lasts="1W")
    return act(name, **{"effect": spend, **more})


def people(n=6, **columns):
    return pd.DataFrame({"customer_id": np.arange(1, n + 1), "clv": 100.0, **columns})


def plan(customers, actions, *, planner=None, budget=YEAR, start=START, **more):
    planner = kk.StrategyPlanner(**{"playbook": EVERYBODY, **(planner or {})})
    return planner.plan(customers, actions=actions, budget=budget, start=start, **{"holdout": 0, **more})


def treated(made):
    a = made.assignments()
    return dict(zip(a.loc[a["treated"], "customer_id"], a.loc[a["treated"], "action"], strict=True))


def log(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "action"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


# consent


def test_who_may_not_be_contacted_gets_nothing_and_the_reason_says_so():
    """A missing value is no refusal; `may_contact` is about all channels, the others about theirs."""
    base = people(
        may_contact=pd.Series([True, False, None, True, True, True], dtype=object),
        May_contact_Phone=pd.Series([1, 1, 1, 0, None, 1]),
    )
    made = plan(base, [act("call", channel="phone"), act("mail", 20)])
    assert treated(made) == {1: "call", 3: "call", 4: "mail", 5: "call", 6: "call"}
    a = made.assignments()
    assert a["reason"].str.endswith("; may not be contacted").tolist() == [False, True] + [False] * 4
    assert "Nothing is planned: may not be contacted." in made.explain(2)
    only_by_phone = plan(base, [act("call", channel="phone")])
    assert only_by_phone.assignments()["reason"].str.endswith("; may not be contacted").tolist()[3]


def test_nobody_who_may_not_be_contacted_is_recommended_anything():
    card = kk.Action(name="card", objective="grow", lever="service", cost=1, hours=0)
    assert plan(people(2, may_contact=[True, False]), [card]).assignments()["recommended"].tolist()[0] == "card"
    assert plan(people(2, may_contact=[True, False]), [card]).assignments()["recommended"].isna().tolist()[1]


@settings(max_examples=20)
@given(
    refuses=st.lists(st.sampled_from([True, False, None]), min_size=6, max_size=6),
    by_phone=st.lists(st.sampled_from([True, False, None]), min_size=6, max_size=6),
    money=st.sampled_from([3, 10_000]),
)
def test_consent_is_kept_under_every_budget(refuses, by_phone, money):
    """No plan contacts who refuses all contacts, or the channel; everybody else is as without consent."""
    base = people(may_contact=pd.Series(refuses, dtype=object), may_contact_phone=pd.Series(by_phone, dtype=object))
    made = plan(
        base, [act("call", channel="phone"), act("mail", 20)], budget=kk.Budget(money=money, hours=1, period="2027")
    )
    for customer, action in treated(made).items():
        assert refuses[customer - 1] is not False
        assert action != "call" or by_phone[customer - 1] is not False
    may = [each is not False for each in refuses]
    if money > 100:
        assert sorted(treated(made)) == [at + 1 for at, each in enumerate(may) if each]


@pytest.mark.parametrize(("value", "shown"), [("no", "no"), (2, "2"), (np.inf, "inf")])
def test_consent_that_cannot_be_read_is_refused(value, shown):
    base = people(3, may_contact_phone=pd.Series([True, value, None], dtype=object))
    with pytest.raises(kk.DataError) as error:
        plan(base, [act("call", channel="phone")])
    assert str(error.value) == (
        "StrategyPlanner.plan needs True or False in `may_contact_phone`, or nothing where it is not known: broken by "
        f"1 of 3 rows.\n\nrow  customer_id  may_contact_phone\n  1            2  {shown:>17}\n\n"
        "Hint: make `may_contact_phone` truth values; who refuses contacts has False."
    )


@pytest.mark.parametrize("channel", ["direct-mail", "Direct mail", "direct_mail"])
def test_a_channel_may_be_written_with_a_hyphen(channel):
    for column in ("may_contact_direct_mail", "may_contact_direct-mail"):
        made = plan(people(2, **{column: [True, False]}), [act("mail", channel=channel)])
        assert treated(made) == {1: "mail"}


def test_consent_about_a_channel_that_no_action_has_is_told():
    base = people(2, may_contact_phone=False, may_contact=True)
    with pytest.warns(kk.DataWarning, match="'may_contact_phone' are about channels that no action has.*'telephone'"):
        plan(base, [act("call", channel="telephone")])
    plan(base, [act("call")])


def test_words_and_groups_that_name_nothing_are_told():
    misspelt = kk.Strategy(
        name="all", when=kk.column("clv") >= 0, objective="grow", forbids=("seling", "price"), prefers=("cal", "card")
    )
    playbook = {"playbook": kk.Playbook(strategies=(misspelt,))}
    with pytest.warns(kk.DataWarning) as told:
        plan(people(2), [act("call"), act("card")], planner=playbook)
    assert [str(each.message).split(",")[0] for each in told] == [
        f"StrategyPlanner.plan: the strategy 'all' {word}" for word in ("forbids 'seling'", "prefers 'cal'")
    ]
    grouped = people(2, group=["moving", None])
    with pytest.warns(kk.DataWarning, match="`responses` has 'movin', and nobody is of such a group; .* 'moving'"):
        plan(grouped, [act("call")], planner={"responses": {"movin": 0.1}})
    plan(grouped.assign(group="settled"), [act("call")], planner={"responses": {"moving": 0.8}})
    plan(people(2), [act("call")], planner={"responses": {"movin": 0.1}})


# exclusions


def test_who_is_excluded_gets_nothing_and_the_exclusion_has_a_price():
    base = people(3, complaint=["open", "none", "none"])
    made = plan(base, [act("call")], planner={"exclude": kk.column("complaint").equals("open")})
    assert sorted(treated(made)) == [2, 3]
    assert made.assignments()["reason"].tolist()[0].endswith("; excluded, as complaint is open")
    price = made.against().set_index("way").loc["without: nothing where complaint is open"]
    assert (price["kind"], price["treated"], price["difference"]) == ("without rule", 3, 49.0)
    assert "Nothing is planned: excluded, as complaint is open." in made.explain(1)


def test_an_exclusion_on_a_missing_column_is_refused():
    with pytest.raises(kk.DataError, match=r"StrategyPlanner.plan: `exclude` needs .*complaint"):
        plan(people(), [act("call")], planner={"exclude": kk.column("complaint").equals("open")})
    with pytest.raises(kk.DataError, match=re.escape("`exclude` must be kk.Condition(...), got 'open'.")):
        kk.StrategyPlanner(playbook=EVERYBODY, exclude="open")


# caps


@BY_OTHERS
def test_contacts_are_capped_across_actions_and_the_cap_has_a_price():
    """Contacts of the period before the start count, by whichever action; those of the year before it do not."""
    mails, call = act("mails", 90, per_year=4), act("call", 50)
    past = log((1, "2026-12-01", "call"), (2, "2027-02-01", "visit"), (2, "2027-02-05", "visit"))
    made = plan(people(3), [mails, call], planner={"most_contacts": 2}, start="2027-03-01", contacts=past)
    assert treated(made) == {1: "call", 3: "call"}
    row = made.against().set_index("way").loc["without: at most 2 contacts with a customer"]
    assert row["treated"] == 3
    assert row["difference"] == 3 * (90 - 4) - 2 * 49
    assert made.assignments()["reason"].tolist()[1].endswith("a rule of the plan forbids it")


@BY_OTHERS
@settings(max_examples=20)
@given(most=st.integers(1, 8), number=st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_nobody_has_more_contacts_than_the_cap(most, number):
    """With those made before, and bundles of two actions."""
    past = log(*((at + 1, f"2027-01-{day + 1:02d}", "visit") for at, days in enumerate(number) for day in range(days)))
    actions = [act("mails", 90, per_year=4), act("call", 50), act("letters", 30, per_year=2)]
    made = plan(
        people(4), actions, planner={"most_contacts": most}, start="2027-02-01", contacts=past if len(past) else None
    )
    planned = made.contacts()
    planned = planned[planned["date"] >= "2027-02-01"]
    for at, before in enumerate(number):
        assert (planned["customer_id"] == at + 1).sum() + before <= max(most, before)


@pytest.mark.parametrize("most", [0, 1.5, True, "3"])
def test_a_cap_is_a_whole_number(most):
    with pytest.raises(kk.DataError, match="`most_contacts` must be a whole number from 1 to 10,000"):
        kk.StrategyPlanner(playbook=EVERYBODY, most_contacts=most)


# the contact log


@BY_OTHERS
def test_the_next_contact_is_due_after_the_last():
    yearly, quarterly = act("visit", 50), sells("mails", 40, per_year=4)
    past = log(
        (1, "2026-09-15", "visit"), (1, "2026-03-01", "visit"), (2, "2026-12-01", "mails"), (3, "2026-06-30", "x")
    )
    made = plan(people(4), [yearly], contacts=past).contacts()
    due = made[made["date"] >= START].set_index("customer_id")["date"].astype(str).to_dict()
    assert due == {1: "2027-09-15", 2: START, 3: START, 4: START}
    made = plan(people(4), [quarterly], contacts=past).contacts()
    mine = made[(made["customer_id"] == 2) & (made["date"] >= START)]["date"].astype(str).tolist()
    assert mine == ["2027-03-01", "2027-06-01", "2027-09-01", "2027-12-01"]
    assert len(made[(made["customer_id"] == 1) & (made["date"] >= START)]) == 4


def test_what_is_not_due_in_the_period_is_not_planned():
    january = kk.Budget(money=100, hours=0, period="2027-01")
    made = plan(people(3), [act("visit")], budget=january, contacts=log((2, "2026-02-01", "visit")))
    assert sorted(treated(made)) == [1, 3]


def test_contacts_not_before_the_start_and_with_others_are_left_out_and_told():
    past = log((1, "2027-01-01", "visit"), (99, "2026-05-01", "visit"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = plan(people(2), [act("visit")], contacts=past)
    text = "\n".join(str(each.message) for each in told)
    assert "1 of 2 contacts are with customers who are not in the plan; they are left out." in text
    assert "1 of 2 contacts are on 2027-01-01, when the plan starts, or after it; they are left out." in text
    assert sorted(treated(made)) == [1, 2]


@pytest.mark.parametrize(
    ("frame", "law"),
    [
        (pd.DataFrame({"customer_id": [1], "date": pd.to_datetime(["2026-05-01"])}), "`contacts` needs .*action"),
        (log((1, "2026-05-01", None)), "`contacts` needs the name of an action in `action`"),
        (log((1, None, "visit")), "`contacts` needs a date in `date` on every row"),
        (log((None, "2026-05-01", "visit")), "`contacts` needs an id in `customer_id` on every row"),
        (log(("a", "2026-05-01", "visit")), "`customer_id` is String in the contacts and Int64 in the customers"),
        (log((1, "2026-05-01", "visit")).assign(channel=3), "`contacts` needs the name of a channel in `channel`"),
        (log((1, "1900-01-01", "visit")), "these are such as systems write where there is no date"),
        ("visit", "`contacts` takes a frame of pandas, polars or pyarrow, got str"),
    ],
)
def test_a_log_that_cannot_be_read_is_refused(frame, law):
    with pytest.raises(kk.DataError, match=law):
        plan(people(2), [act("visit")], contacts=frame)


def test_contacts_by_actions_that_no_plan_has_are_told():
    past = log((1, "2026-12-01", "Call"), (2, "2026-12-01", "call"))
    for cap, effect in ((None, "they count for nothing"), (3, "they count for `most_contacts` only")):
        with pytest.warns(kk.DataWarning, match=f"1 contact of 2 in the log by 'Call', which is no action.*{effect}"):
            plan(people(3), [act("call")], contacts=past, planner={"most_contacts": cap})
    january, february = (kk.Budget(money=100, hours=0, period=f"2027-0{month}") for month in (1, 2))
    first = plan(people(3), [act("visit")], budget=january)
    kept = {"budget": february, "start": "2027-02-01", "previous": first}
    plan(people(3), [act("call")], **kept, contacts=log((1, "2027-01-03", "visit")))


def test_a_contact_that_is_twice_in_the_log_counts_once():
    past = log((1, "2027-01-05", "visit"), (1, "2027-01-05", "visit"), (2, "2027-01-05", "visit"))
    capped = {"planner": {"most_contacts": 2}, "start": "2027-02-01"}
    actions = [act("call"), act("visit", 1)]
    with pytest.warns(kk.DataWarning, match="1 of 3 contacts are in the log already"):
        made = plan(people(2), actions, contacts=past, **capped)
    assert sorted(treated(made)) == [1, 2]
    pd.testing.assert_frame_equal(made.contacts(), plan(people(2), actions, contacts=past[1:], **capped).contacts())
    twice = log((1, "2027-01-05", "visit"), (1, "2027-01-06", "visit"))
    assert sorted(treated(plan(people(2), actions, contacts=twice, **capped))) == [2]


def test_planned_contacts_are_a_frame_of_the_kind_given():
    made = plan(
        pl.DataFrame({"customer_id": ["b", "a"], "clv": [1.0, 2.0]}), [act("mails", per_year=2, channel="mail")]
    )
    frame = made.contacts()
    assert isinstance(frame, pl.DataFrame)
    assert frame["date"].dt.date().cast(pl.String).to_list() == ["2027-01-01", "2027-01-01", "2027-07-01", "2027-07-01"]
    assert frame["customer_id"].to_list() == ["b", "a", "b", "a"]
    assert frame["channel"].to_list() == ["mail"] * 4
    nothing = plan(people(2), [act("visit", 0.5)]).contacts()
    assert (len(nothing), nothing.columns.tolist()) == (0, ["customer_id", "date", "action", "channel"])


# plans in a row


@settings(max_examples=60)
@given(per_year=st.integers(1, 365), day=st.integers(1, 31))
@example(per_year=5, day=1)
@example(per_year=365, day=31)
def test_plans_in_a_row_stay_on_the_days_of_the_year(per_year, day):
    """Law: whatever the number of contacts a year, those of twelve monthly plans are on the days of a plan of it."""
    mails, first = act("mails", per_year=per_year), f"2027-01-{day:02d}"
    whole = mails.contact_days(YEAR, start=first)
    made = ContactLog.of([], [], [])
    for month in range(1, 13):
        monthly = kk.Budget(money=1, hours=0, period=f"2027-{month:02d}")
        start = first if month == 1 else f"2027-{month:02d}-01"
        plain = {"strategy": np.zeros(1, int), "strategies": EVERYBODY.strategies, "occasion": None, "last": {}}
        chains = made.chains([mails], start=start, n=1)
        schedule = Schedule.of([mails], budget=monthly, start=start, **plain, chains=chains)
        days = schedule.patterns[0] if schedule.patterns else ()
        made = joined([made, contacts_with(np.zeros(1, int), days, ("mails", None))])
    assert made.day.tolist() == whole.tolist()


@pytest.mark.parametrize("per_year", [1, 2, 4, 5, 7, 12, 52])
def test_twelve_monthly_plans_contact_as_often_as_one_of_the_year(per_year):
    """Plans in a row, each given the one before, make the contacts of the year, on the same days."""
    mails, base = sells("mails", 500, per_year=per_year), people(3)
    whole = plan(base, [mails]).contacts()
    before, days = None, []
    for month in range(1, 13):
        monthly = kk.Budget(money=100, hours=0, period=f"2027-{month:02d}")
        start = f"2027-{month:02d}-01"
        before = plan(base, [mails], budget=monthly, start=start, previous=before)
        made = before.contacts()
        days.append(made[made["date"] >= start])
        before = before.to_dict() if month % 2 else before
    both = pd.concat(days, ignore_index=True)
    pd.testing.assert_frame_equal(both, whole)


@pytest.mark.parametrize("per_year", [1, 4, 12])
def test_twelve_monthly_plans_claim_the_stated_money_of_the_year_once(per_year):
    """Law: stated money is said of a horizon, not of a contact; a year after the last contact it counts again."""
    mails, before, claimed, base = act("mails", 50, per_year=per_year, cost=0), None, 0.0, people(3)
    whole = plan(base, [mails]).assignments()["incremental_value"].sum()
    for month in range(1, 13):
        monthly = kk.Budget(money=100, hours=0, period=f"2027-{month:02d}")
        before = plan(base, [mails], budget=monthly, start=f"2027-{month:02d}-01", previous=before)
        claimed += before.assignments()["incremental_value"].sum()
    assert claimed == whole == 150
    assert kk.Plan.from_dict(json.loads(json.dumps(before.to_dict()))).equals(before)
    yearly = log((1, "2026-01-15", "mails"), (2, "2026-03-15", "mails"))
    made = plan(people(2), [act("mails")], contacts=yearly, start="2027-01-10").assignments()
    assert made["incremental_value"].tolist() == [50, 50]
    made = plan(people(2), [act("mails", per_year=4)], contacts=yearly).assignments()
    assert made["incremental_value"].tolist() == [0, 0]


def test_a_log_is_the_truth_and_replaces_what_was_planned():
    january, february = (kk.Budget(money=100, hours=0, period=f"2027-0{month}") for month in (1, 2))
    first = plan(people(3), [act("visit")], budget=january)
    kept = {"budget": february, "start": "2027-02-01", "previous": first}
    assert treated(plan(people(3), [act("visit")], **kept)) == {}
    assert sorted(treated(plan(people(4), [act("visit")], **kept))) == [4]
    made = plan(people(3), [act("visit")], **kept, contacts=log((1, "2027-01-03", "visit")))
    assert sorted(treated(made)) == [2, 3]


def test_a_previous_plan_must_be_one_and_come_before():
    january, february = (kk.Budget(money=100, hours=0, period=f"2027-0{month}") for month in (1, 2))
    later = plan(people(3), [act("visit")], budget=february, start="2027-02-01")
    with pytest.raises(kk.DataError) as error:
        plan(people(3), [act("visit")], budget=january, previous=later)
    assert str(error.value) == (
        "the previous plan starts on 2027-02-01, after this one, which starts on 2027-01-01.\n\n"
        "Hint: give the plan whose contacts come before."
    )
    with pytest.raises(kk.DataError) as error:
        plan(people(3), [act("visit")], previous=3)
    assert (
        str(error.value) == "`previous` must be a plan, or its dict, got 3.\n\nHint: write previous=planner.plan(...)."
    )
    with pytest.raises(kk.DataError, match="a stored plan lacks"):
        plan(people(3), [act("visit")], previous={"schema": 1})


# onboarding


def test_a_contact_follows_a_purchase_or_an_event_where_its_day_lies_in_the_plan():
    bought = pd.to_datetime(["2026-12-25", "2026-12-10", None, "2026-12-31"])
    base = people(4, last_purchase=bought, first_purchase=bought)
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 3, 4],
            "date": pd.to_datetime(["2026-12-20", "2026-12-28", "2026-11-01", "2027-01-02", "2026-12-30"]),
            "event": ["installed", "Installed", "installed", "installed", "quote"],
        }
    )
    january = kk.Budget(money=100, hours=0, period="2027-01")
    after = {"budget": january, "events": events}
    for occasion in ("purchase", "first purchase"):
        made = plan(base, [act("teach", after=occasion, after_days=14)], **after).contacts()
        assert made["date"].astype(str).tolist() == ["2027-01-08", "2027-01-14"]
        assert made["customer_id"].tolist() == [1, 4]
    made = plan(base, [act("teach", after="installed", after_days=14)], **after)
    assert made.contacts()["date"].astype(str).tolist() == ["2027-01-11"]
    assert sorted(treated(made)) == [1]
    again = log((1, "2026-12-29", "teach"))
    assert treated(plan(base, [act("teach", after="installed", after_days=14)], **after, contacts=again)) == {}
    once = log((1, "2026-12-22", "teach"))
    assert sorted(treated(plan(base, [sells("teach", after="installed", after_days=14)], **after, contacts=once))) == [
        1
    ]


@pytest.mark.parametrize("occasion", ["purchase", "first purchase"])
def test_purchases_from_the_start_on_are_no_occasions(occasion):
    """As events are: who bought on the day before gets the contact, who is said to buy on the first day does not."""
    bought = pd.to_datetime(["2026-12-31", "2027-01-01", "2027-03-01"])
    base = people(3, last_purchase=bought, first_purchase=bought)
    assert sorted(treated(plan(base, [act("teach", after=occasion, after_days=14)]))) == [1]


def test_an_occasion_of_which_nothing_is_known_is_refused():
    with pytest.raises(kk.DataError) as error:
        plan(people(2), [act("teach", after="installed")])
    assert str(error.value) == (
        "StrategyPlanner.plan: nothing is known of 'installed', which an action follows; the events are [].\n\n"
        "Hint: write after='installed' of an event in plan(..., events=...), or one of ['purchase', 'first purchase']."
    )
    with pytest.raises(kk.DataError, match=r"an action after a purchase needs .*last_purchase"):
        plan(people(2), [act("teach", after="purchase")])
    with pytest.raises(kk.DataError, match="needs local dates without a time zone in `last_purchase`"):
        plan(people(2, last_purchase="yesterday"), [act("teach", after="purchase")])


@BY_OTHERS
def test_a_plan_with_all_of_it_survives_json():
    base = people(5, may_contact=[True, False, True, True, True], complaint=["none"] * 4 + ["open"])
    past = log((1, "2026-09-15", "visit"), (3, "2027-01-05", "fair"))
    made = plan(
        base,
        [act("visit", channel="visit"), act("mails", 20, per_year=4)],
        planner={"exclude": kk.column("complaint").equals("open"), "most_contacts": 3},
        start="2027-02-01",
        contacts=past,
    )
    again = kk.Plan.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.equals(made)
    for view in ("assignments", "contacts", "against", "groups", "summary"):
        pd.testing.assert_frame_equal(getattr(again, view)(), getattr(made, view)())
    assert again.explain(3) == made.explain(3)
    planner = kk.StrategyPlanner(playbook=EVERYBODY, exclude=kk.column("complaint").equals("open"), most_contacts=3)
    assert kk.StrategyPlanner.from_dict(json.loads(json.dumps(planner.to_dict()))) == planner


def test_a_stored_gain_of_who_may_not_be_contacted_is_refused():
    stored = plan(people(2, may_contact=[True, True]), [act("visit")]).to_dict()
    stored["customers"]["consent"]["may_contact"] = [True, False]
    with pytest.raises(kk.DataError, match=re.escape("a `gain` only where the customer may be contacted")):
        kk.Plan.from_dict(stored)
