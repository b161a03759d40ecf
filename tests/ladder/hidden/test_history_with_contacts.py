"""Contacts of a history: counted by customer, month and action, as a column of careers would be."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

SPEC = kk.HiddenLadder(states=2, contacts=("mail", "Call"), starts=1)


@pytest.fixture(scope="module")
def history(cdnow_sample):
    few = cdnow_sample[cdnow_sample["customer_id"] < 1500]
    return kk.CustomerLadder.groups().history(few, as_of="1997-12-10")


@pytest.fixture(scope="module")
def contacts(history):
    """Mails and calls on any day, some before the first purchase, and some after the last day."""
    generator, ids = np.random.default_rng(3), history.positions()["customer_id"].to_numpy()
    return pd.DataFrame(
        {
            "customer_id": generator.choice(ids, 1200),
            "date": pd.Timestamp("1997-01-01") + pd.to_timedelta(generator.integers(0, 400, 1200), unit="D"),
            "action": generator.choice(["mail", "mail", "Call", "visit"], 1200),
            "channel": "post",
        }
    )


@pytest.fixture(scope="module")
def contacted(history, contacts):
    return history.with_contacts(contacts)


@pytest.fixture(scope="module")
def fitted(contacted):
    return SPEC.fit(contacted)


def counted(careers, contacts):
    """The careers with the columns, by hand."""
    months = contacts.assign(period_start=contacts["date"].astype("datetime64[s]").dt.to_period("M").dt.start_time)
    table = pd.crosstab([months["customer_id"], months["period_start"]], months["action"]).reset_index()
    return careers.merge(table, on=["customer_id", "period_start"], how="left").fillna({"mail": 0, "Call": 0})


def test_a_history_and_its_contacts_are_careers_with_columns(history, contacts, fitted, contacted):
    """Of fit and forecast; `contacts=` of the fit is short for the history with them."""
    by_hand = counted(history.careers(), contacts)
    assert by_hand["mail"].sum() > 300
    assert fitted.equals(SPEC.fit(by_hand))
    assert fitted.equals(SPEC.fit(history, contacts=contacts.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(fitted.forecast(contacted), fitted.forecast(by_hand))
    pd.testing.assert_frame_equal(fitted.place(contacted), fitted.place(by_hand))
    assert not fitted.effects().empty


def test_contacts_after_the_origin_are_not_read(history, contacts, fitted, contacted):
    later = contacts.assign(date=contacts["date"].mask(contacts["date"] > "1997-08-31", pd.Timestamp("1997-09-02")))
    one, two = (fitted.forecast(of, origin="1997-08-31") for of in (contacted, history.with_contacts(later)))
    pd.testing.assert_frame_equal(one, two)
    earlier = history.with_contacts(contacts[contacts["date"] < "1997-08-01"])
    assert not one.equals(fitted.forecast(earlier, origin="1997-08-31"))


def test_contacts_ahead_move_every_answer(fitted, contacted):
    """A mail a month and none: forecast, sizes, time to a state and purchases differ, and are of the same customers."""
    none, many = {"mail": 0.0, "Call": 0.0}, {"mail": 5.0, "Call": 5.0}
    few = {"level": 0.9, "draws": 5, "seed": 1}
    for ask in (
        lambda ahead: fitted.forecast(contacted, horizon="3M", contacts=ahead)["probability"],
        lambda ahead: fitted.purchases(contacted, horizon="3M", contacts=ahead)["expected_purchases"],
        lambda ahead: fitted.sizes(contacted, horizon="3M", contacts=ahead, **few)["expected"],
        lambda ahead: fitted.time_to("state 2", contacted, horizon="3M", contacts=ahead, **few)["reached"],
    ):
        assert not np.allclose(ask(none), ask(many))
    p = fitted.forecast(contacted, horizon="3M", contacts=many)
    sizes = fitted.sizes(contacted, horizon="3M", contacts=many, **few)
    sums = p.groupby(["ahead", "rung"])["probability"].sum()
    assert sizes["expected"].to_numpy() == pytest.approx(sums.to_numpy())


def test_contacts_with_unknown_customers_are_left_out(history, contacts, contacted):
    stranger = contacts.head(1).assign(customer_id=99_999)
    said = (
        "1 of 1,201 contacts are with customers who are neither in the transactions nor in `customers`; they are left"
    )
    with pytest.warns(kk.DataWarning, match=said):
        given = history.with_contacts(pd.concat([contacts, stranger]))
    assert (given.contacts.month == contacted.contacts.month).all()


@pytest.mark.parametrize(
    ("ask", "kind", "message"),
    [
        (
            lambda history, _: SPEC.fit(history),
            kk.CapabilityError,
            (
                "the history has no contacts, and ['mail', 'Call'] are asked.\n\n"
                "Hint: history.with_contacts(frame), with customer_id, date and action."
            ),
        ),
        (
            lambda history, contacts: kk.HiddenLadder(contacts=("mails",)).fit(history, contacts=contacts),
            kk.DataError,
            (
                "there is no contact by ['mails']; contacts are by ['Call', 'mail', 'visit'].\n\n"
                'Hint: HiddenLadder(contacts=...) names actions as the column `action` does: contacts=("letter",).'
            ),
        ),
        (
            lambda history, contacts: history.with_contacts(contacts.drop(columns="action")),
            kk.DataError,
            (
                "`contacts` needs columns that are not there: ['action'].\n\n"
                "Hint: the DataFrame has ['customer_id', 'date', 'channel']."
            ),
        ),
        (
            lambda history, contacts: history.with_contacts(contacts.head(2).assign(action=["mail", None])),
            kk.DataError,
            "`contacts` needs the name of an action in `action`, as text: broken by 1 of 2 rows.",
        ),
        (
            lambda history, contacts: history.with_contacts(
                contacts.head(2).assign(date=[pd.Timestamp("1997-03-01"), pd.NaT])
            ),
            kk.DataError,
            "`contacts` needs a date in `date` on every row: broken by 1 of 2 rows.",
        ),
        (
            lambda history, contacts: SPEC.fit(history.careers(), contacts=contacts),
            kk.DataError,
            "`history` must be a kk.LadderHistory, where contacts are given, got ",
        ),
    ],
)
def test_what_is_not_there_is_named(ask, kind, message, history, contacts):
    with pytest.raises(kind) as refused:
        ask(history, contacts)
    assert str(refused.value).startswith(message)
