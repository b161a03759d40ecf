"""Which models a stored scorer may hold."""

from pathlib import Path

import pytest

import kundkarriar as kk
from kundkarriar.scoring.stored_models import MODEL, MODEL_OR_AUTO
from kundkarriar.stored_forms import Misfit

MODELS = [name for name in dir(kk) if f"{name}Params" in dir(kk) and name != "FirstPurchase"]
"""Models of purchases and spend; that of first purchases has a field of its own."""


def test_the_list_of_models_is_seen():
    """Every file of `models/` that defines a spec has one in the list, and some have none."""
    folder = Path(kk.__file__).parent / "models"
    defined = {kind for file in folder.glob("*.py") for kind in MODELS if f"\nclass {kind}(" in file.read_text("utf-8")}
    assert defined == set(MODELS)
    assert {"MBGNBD", "GammaGamma", "BGBB"} <= defined


@pytest.mark.parametrize("name", MODELS)
def test_every_public_model_is_stored_with_its_scorer(name):
    """A spec inside a scorer comes back as it was."""
    spec = getattr(kk, name)(k=2) if "CNBD" in name else getattr(kk, name)()
    assert MODEL.read(MODEL.write(spec)) == spec


@pytest.mark.parametrize(
    ("stored", "kind"), [("Lapse", "Lapse"), (None, None), ({"type": "Lapse"}, "Lapse"), ({}, None)]
)
def test_what_is_no_stored_model_is_refused_with_the_types_there_are(stored, kind):
    with pytest.raises(Misfit) as raised:
        MODEL.read(stored)
    assert str(raised.value).startswith(f"a stored model of unknown type {kind!r}.")


def test_a_choice_left_to_the_data_is_stored_as_its_word():
    """A scorer that chooses its model is read back as one; no other word is, and no fitted scorer holds it."""
    scorer = kk.ValueScorer(purchases="auto", margin=0.3, discount_rate=0.1, horizon="6M")
    stored = scorer.to_dict()
    assert stored["purchases"] == "auto"
    assert kk.ValueScorer.from_dict(stored) == scorer
    assert MODEL_OR_AUTO.read(MODEL.write(kk.NBD())) == kk.NBD()
    for form, word in ((MODEL_OR_AUTO, "best"), (MODEL, "auto")):
        with pytest.raises(Misfit, match=f"a stored model of unknown type {word!r}."):
            form.read(word)
