"""A change: an effect on the process for some customers and a time, or a step between rungs; the forms that it has."""

import pytest

import kundkarriar as kk

CALL = kk.Effect(on="leaving", mean=0.8, low=0.7, high=0.9, evidence="assumed", relative_to="no call")
LIKELIER = kk.Effect(on="promotion", mean=1.2, low=1.0, high=1.5, evidence="assumed", relative_to="no club")
CLIENTS = kk.column("rung").equals("client")
STEP = {"rung": "client", "to": "supporter"}
WRITE_STEP = 'write kk.Change(rung="client", to="supporter", odds=1.2).'
ONE_OF_TWO = (
    "a change has either `odds` of a step or an `effect`.\n\nHint: write kk.Change(effect=kk.Effect(...)), or "
    'kk.Change(rung="client", to="supporter", odds=1.2).'
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, ONE_OF_TWO),
        ({**STEP, "odds": 1.2, "effect": LIKELIER}, ONE_OF_TWO),
        ({"odds": 1.2, "rung": "client"}, f"a step has the rungs `rung` and `to`.\n\nHint: {WRITE_STEP}"),
        ({"effect": LIKELIER}, f"a step has the rungs `rung` and `to`.\n\nHint: {WRITE_STEP}"),
        (
            {"effect": CALL, "rung": "client"},
            ("`rung` and `to` name the step of an effect on promotion, and this one is on leaving.\n\nHint: write "
            "where=kk.column(\"rung\").equals('client')."),
        ),
        (
            {**STEP, "odds": 1.2, "start": "2027-01-01"},
            ("a step between rungs changes for all customers and all months: no `where`, `start` or `until`.\n\nHint: "
            "leave them out, or state the effect on the process: on='leaving', ..."),
        ),
        (
            {"effect": CALL, "start": "2027-02-01", "until": "2027-01-31"},
            ("`until` must be a day from `start` (2027-02-01) on, got '2027-01-31'.\n\nHint: swap them, or leave one "
            "out."),
        ),
        (
            {"effect": CALL, "where": "client"},
            "`where` must be kk.Condition(...), got 'client'.\n\nHint: write where=kk.column(\"purchase_days\") >= 1.",
        ),
        ({"effect": 0.8}, "`effect` must be kk.Effect(...), got 0.8.\n\nHint: write effect=kk.Effect(...)."),
    ],
)  # fmt: skip
def test_what_a_change_cannot_be(given, message):
    with pytest.raises(kk.DataError) as raised:
        kk.Change(**given)
    assert str(raised.value) == message


def test_an_effect_on_promotion_is_a_step_in_long():
    """Chains read both forms as the same step."""
    short, long = kk.Change(**STEP, odds=1.2), kk.Change(**STEP, effect=LIKELIER)
    assert short.step == long.step == ("client", "supporter", 1.2)
    assert short.is_step
    assert long.is_step


def test_chains_refuse_what_acts_on_the_process():
    with pytest.raises(kk.CapabilityError) as raised:
        _ = kk.Change(effect=CALL, where=CLIENTS).step
    assert str(raised.value) == (
        "chains know the steps between rungs, and not the process that an effect on leaving acts on.\n\nHint: "
        f"micro.scenario(history, changes=[...]) does; of a step {WRITE_STEP}"
    )
