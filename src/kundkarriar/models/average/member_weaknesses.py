"""What makes an average doubtful: the weaknesses of its members, each said once."""

from collections.abc import Sequence
from typing import Any

from kundkarriar.models.average.average_fields import labels
from kundkarriar.models.interface.fit_report import DROPOUT_OPEN
from kundkarriar.models.interface.fitted_model import FittedModel


def member_weaknesses(members: Sequence[Any]) -> tuple[str, ...]:
    """The weaknesses of fitted members, with the members of each; a user's own models tell of none.

    A boundary at which one member is as another of them is no weakness of the average, which has that model too; nor
    is one that leaves open whether customers leave, where another member tells it.
    """
    said: dict[str, list[str]] = {}
    for name, model in zip(labels(members), members, strict=True):
        for sentence in model.weaknesses if isinstance(model, FittedModel) else ():
            said.setdefault(sentence.partition(": ")[2], []).append(name)
    return tuple(f"{', '.join(who)}: {sentence}" for sentence, who in said.items() if _matters(sentence, members))


def member_boundary(members: Sequence[Any]) -> str | None:
    """What the data leave open in the members, in one text; None where nothing, or what another member tells."""
    own = [each.boundary for each in members if isinstance(each, FittedModel) and each.boundary]
    return " ".join(dict.fromkeys(each for each in own if _matters(each, members))) or None


def _matters(sentence: str, members: Sequence[Any]) -> bool:
    """Whether no other member tells what a sentence leaves open."""
    if any(sentence.endswith(f"use kk.{name}().") for name in labels(members)):
        return False
    own = [each.boundary or "" for each in members if isinstance(each, FittedModel)]
    return not _leaves_dropout_open(sentence) or all(map(_leaves_dropout_open, own))


def _leaves_dropout_open(sentence: str) -> bool:
    return any(phrase in sentence for phrase in DROPOUT_OPEN)
