"""What was stored and then changed by hand is refused by `kk.DataError` with the name of the field, and never read.

Each tamper is one that leaves the domain of its field, whatever the other fields are.
"""

import json
import math
import random
import re
from pathlib import Path

import pytest

import kundkarriar as kk

STORED = json.loads((Path(__file__).parent / "dicts.json").read_text(encoding="utf-8"))
RENAMED = {"Shift": "Change"}
EACH = 30
"""Tampers with each of the dicts."""

ANY_NAMES = {
    "purchase",
    "dropout",
    "pace",
    "events",
    "never",
    "coefficients",
    "middle",
    "spread",
    "levels",
    "numbers",
    "words",
    "probability",
}
"""Fields whose values may be dicts with names of the user's own."""
ANY_PLAIN = {"values", "levels"}
"""Fields whose lists hold numbers, texts or truth values."""
COLUMN_OR_NUMBER = {"margin", "serve_per_year", "market_per_year", "per_order"}
AUTO = {"chains", "states"}
MAY_LACK = {
    "newcomers",
    "mass",
    "benefit",
    "log_likelihood",
    "share_of_wallet",
    "k",
    "numbers",
    "gain",
    "base",
    "p",
    "c",
}
MAY_LACK_IN_LEDGER = {"low", "high"}
"""Increments of stated effects alone do not tell the ends of what a plan adds."""
CAME_LATER = {"covariates", "effects"}
TOOK_COVARIATES_LATER = {"NBD", "GGompertzNBD", "BGCNBD", "MBGCNBD"}
"""Models whose dicts without covariates are those of before they took any."""
LATER_BESIDE = {
    "lever": {"when", "channel", "after", "after_days", "cost_of_spend", "discount"},
    "valid_from": {"forbids", "prefers", "target"},
    "reserve": {"hour_cost", "hurdle", "floors", "caps"},
    "playbook": {
        *("match_objectives", "most_actions", "most_contacts", "exclude", "responses"),
        *("horizon", "earlier", "additions", "schedule", "previous"),
    },
    "held_out": {
        *("by_size", "best", "low", "high", "cost", "hours", "limit_prices", "excluded"),
        *("contacts_made", "freed", "spend_cost", "later_cost", "margin", "withdrawn", "withdrawn_from_holdout"),
    },
}
"""By a field of a dict, those that dicts of earlier versions do not have."""
WHOLE = {
    *("origins", "draws", "seed", "starts", "months", "per_year", "n_customers", "n_months", "until"),
    *("prospects", "unknown", "unpriced", "chains", "states", "strategy", "action"),
}
NOT_NEGATIVE = {
    *("alpha", "beta", "r", "s", "a", "b", "delta", "q", "odds", "cost", "money", "hours", "reserve", "horizon"),
    *("scale", "n_customers", "n_months", "prospects", "unknown", "unpriced", "seed", "starts", "origins", "draws"),
    *("days", "single", "gaps", "weight", "gap", "regularity", "concentration", "alike", "return_mean", "return_mass"),
    *(
        "observed",
        "price",
        "mean_price",
        "discount_rate",
        "drift",
        "weights",
        "initial",
        "P",
        "seen",
        "pooled",
        "steps",
        "visits",
        "m",
        "l2",
    ),
    *("usual_share", "per_year", "benefit", "months", "index", "std_errors", "purchases", "limits", "prices"),
    *("inflow", "acquisition_cost", "monthly_cost", "serve_per_year", "market_per_year", "per_order", "holdout"),
}
SUMS_TO_1 = {"weights", "initial", "P", "pooled", "visits", "usual_share", "weight"}
AS_LONG_AS = {
    *(
        "centre",
        "slope",
        "information",
        "index",
        "std_errors",
        "purchases",
        "calendar",
        "weights",
        "initial",
        "P",
        "seen",
    ),
    *("pooled", "steps", "visits", "mu", "m", "covariance", "usual_share", "ids", "strategy", "action", "held_out"),
    *("base", "p", "prices", "lapsed", "limits", "step", "groups", "states", "members"),
}
NOT_EMPTY = {"strategies", "members", "groups", "ids", "all", "any", "values", "index", "limits", "step"}
PLAIN_WORDS = {"condition", "schema", "type", "stored", "groups"}
DATES = {"valid_from", "valid_until", "start"}
WORDS = {"objective", "lever", "on", "counts", "decide", "period", "is", "every", "horizon", "grace", "type", "frames"}


def public(name):
    return getattr(kk, RENAMED.get(name, name))


def places(stored, path=()):
    """The paths to all values of a stored dict."""
    yield path
    inside = stored.items() if isinstance(stored, dict) else enumerate(stored) if isinstance(stored, list) else ()
    for key, value in inside:
        yield from places(value, (*path, key))


def field_of(path):
    """The field that a path leads to: its last name, or that of the dict with names of the user's own around it."""
    names = [key for key in path if isinstance(key, str)]
    return next((name for name in names if name in ANY_NAMES), names[-1] if names else None)


def at(stored, path):
    for key in path:
        stored = stored[key]
    return stored


def tampers(stored, path):
    """Values that cannot stand at a path, each with what the message must name: one of some words."""
    value, field = at(stored, path), field_of(path)
    if field == "schema":
        return [(other, {"schema"}) for other in (2, "1", None, True, 1.5)]
    if isinstance(value, dict):
        may_be = {"benefit": 7, "probability": "x"}.get(field)  # a number, the name of a column
        no_dict = [each for each in (7, "x", [], True) if each != may_be or each is True]
        return [*key_tampers(value, field), *((other, {field, "condition"}) for other in no_dict if path)]
    if isinstance(value, list):
        around = set(at(stored, path[:-1])) if isinstance(path[-1], str) else set()
        return list_tampers(value, field, around)
    if isinstance(value, bool):
        return [(other, {field}) for other in (1, "true", [], {"x": 1}) if field not in ANY_PLAIN]
    if isinstance(value, str):
        return text_tampers(field, may_be_number=may_be_column(stored, path))
    return (
        [({"no": "such"}, {field})]
        if value is None
        else number_tampers(value, field, path, may_be_text=may_be_column(stored, path))
    )


def may_be_column(stored, path):
    """Whether a place takes a number or the name of a column."""
    field = field_of(path)
    return field in COLUMN_OR_NUMBER or (field in {"cost", "hours"} and "lever" in at(stored, path[:-1]))


def key_tampers(value, field):
    """A key that is gone, and one too many."""
    if field in ANY_NAMES and "schema" not in value:
        return
    condition = {"condition"} if {"column", "not", "all", "any", "is"} & set(value) else set()
    came_later = CAME_LATER if value.get("type", "").removeprefix("Fitted") in TOOK_COVARIATES_LATER else set()
    # the last field of a version may lack: the dict is then one of the version before it
    came_later = came_later.union(*(later for beside, later in LATER_BESIDE.items() if beside in value))
    came_later |= {"l2"} if value.get("type") == "GammaGamma" else set()
    for key in [each for each in value if each not in came_later]:
        yield {name: each for name, each in value.items() if name != key}, condition or {key}
    yield {**value, "colour": "red"}, condition or {"colour"}


def list_tampers(value, field, around):
    """No list, rows of two lengths, a value too many or too few, none; `around`: the fields beside it."""
    yield from ((other, {field, "condition"}) for other in (7, "x", {"x": 1}, True))
    if len(value) > 1 and all(isinstance(row, list) and row for row in value):
        yield [value[0][:-1], *value[1:]], {field}
    around |= {"selected"} if "action" in around else set()  # what a ledger calls its positions of actions
    if field in AS_LONG_AS and around and value:
        yield from ((other, {field, *around}) for other in (value[:-1], [*value, value[-1]]))
    if field in NOT_EMPTY:
        yield [], {field, "condition"}


def text_tampers(field, *, may_be_number):
    """No text, no date, no word that the field knows."""
    yield from ((other, {field, "condition"}) for other in ([], {"x": 1}))
    if field not in ANY_PLAIN | AUTO | {"season"} and not may_be_number:
        yield from ((other, {field}) for other in (7, True, math.nan))
    if field in DATES:
        yield from ((other, {field}) for other in ("2027-02-30", "soon", ""))
    if field in WORDS:
        yield from ((other, {field, "stored"}) for other in ("", "no such word", "-1M"))


def number_tampers(value, field, path, *, may_be_text):
    """No number, not finite, a fraction, below 0, a sum of probabilities that is not 1."""
    named = {field}
    yield from ((other, named) for other in (math.nan, math.inf, -math.inf, 10**400, [], {"x": 1}))
    if field not in ANY_PLAIN:
        yield True, named
        if not may_be_text:
            yield "x", named
        if field not in MAY_LACK and not ("ledger" in path and field in MAY_LACK_IN_LEDGER):
            yield None, named
    if field in WHOLE and isinstance(value, int):
        yield value + 0.5, named
    if field in NOT_NEGATIVE and "limits" not in path:
        yield -abs(value) - 1.0, named
    if field in SUMS_TO_1 and isinstance(value, float):
        yield value + 0.01, named | {"groups"}


def changed(stored, path, value):
    """A copy with another value at one path."""
    if not path:
        return value
    copy = dict(stored) if isinstance(stored, dict) else list(stored)
    copy[path[0]] = changed(stored[path[0]], path[1:], value)
    return copy


def names(text, word):
    """Whether a message has the word, in quotes where it is the name of a field."""
    return word in text if word in PLAIN_WORDS else re.search(rf"[`'.]{re.escape(word)}[`'.\[]", text) is not None


def wrongly_read(kept, path, value, words):
    """What is wrong with the answer to a tampered dict; None where it is refused as it should be."""
    try:
        public(kept["type"]).from_dict(changed(kept["dict"], path, value))
    except kk.DataError as error:
        text = str(error)
        if "\n\nHint: " in text and any(names(text, word) for word in words):
            return None
        return f"{path} = {value!r:.60}: names none of {words}: {text}"
    except Exception as error:  # noqa: BLE001 - any other is what is looked for
        return f"{path} = {value!r:.60}: {type(error).__name__}: {error}"
    return f"{path} = {value!r:.60} is accepted"


def all_tampers(stored):
    return [(path, value, words) for path in places(stored) for value, words in tampers(stored, path)]


@pytest.mark.parametrize("kept", STORED.values(), ids=STORED)
def test_a_tampered_dict_is_refused_by_name(kept):
    """A field that is gone, unknown, of another type, length or sign, no number, no date: each is named."""
    possible = all_tampers(kept["dict"])
    chosen = random.Random(1).sample(possible, min(EACH, len(possible)))  # noqa: S311 - a sample, no secret
    assert not [wrong for each in chosen if (wrong := wrongly_read(kept, *each))]


def test_there_are_enough_of_every_kind():
    """More than a thousand in all, some for each public class that is stored."""
    chosen = {kept["type"]: len(all_tampers(kept["dict"])) for kept in STORED.values()}
    assert min(chosen.values()) >= 5
    assert sum(min(EACH, len(all_tampers(kept["dict"]))) for kept in STORED.values()) > 3000


def test_what_is_read_or_not_named_is_noticed():
    """The check tells a dict that is read, and an error that does not name the field."""
    kept = STORED["lapse"]
    assert wrongly_read(kept, ("days",), 90.0, {"days"}) == "('days',) = 90.0 is accepted"
    assert wrongly_read(kept, ("days",), "x", {"days"}) is None
    assert "names none of {'gaps'}" in wrongly_read(kept, ("days",), "x", {"gaps"})
