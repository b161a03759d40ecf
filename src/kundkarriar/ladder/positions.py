"""Positions as columns: facts, scores, rung, the path to it, its evidence and its reason, as of the last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kundkarriar.frames import text_column
from kundkarriar.history.as_of.fact_definitions import facts_at
from kundkarriar.history.as_of.facts import fact_columns
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.rungs.fixed_scores import FixedScores
from kundkarriar.ladder.rungs.reasons import evidence, reasons
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_history import RungHistory


def position_columns(
    history: RungHistory, facts_as_of: FactsAsOf, *, rungs: Sequence[Rung], scores: FixedScores | None, like: Any
) -> dict[str, Any]:
    """The columns of `CustomerLadder.place`, one row per customer.

    Args:
        history: the rungs of every customer.
        facts_as_of: their purchases and events.
        rungs: from low to high.
        scores: the scores of a model; None: there are none.
        like: the kind of frame that the columns are for.
    """
    names, day = [rung.name for rung in rungs], facts_as_of.as_of
    path = {
        "previous_rung": text_column(names, history.previous_rung()[-1], like=like),
        "highest_rung": text_column(names, history.highest_rung()[-1], like=like),
        "months_on_rung": history.months_on_rung()[-1].astype(np.int64),
    }
    return {
        "customer_id": facts_as_of.days.customers,
        **facts_at(facts_as_of, day, fact_columns(facts_as_of)),
        **({} if scores is None else scores.at(facts_as_of, day, like=like)),
        **last_day_columns(history, rungs=rungs, path=path, events=facts_as_of.events is not None, like=like),
    }


def last_day_columns(
    history: RungHistory, *, rungs: Sequence[Rung], path: Mapping[str, Any], events: bool, like: Any
) -> dict[str, Any]:
    """The columns of the rung on the last day, with those of the path to it.

    Args:
        history: the rungs of every customer.
        rungs: from low to high.
        path: the columns of the path; empty where there is none.
        events: whether events were given.
        like: the kind of frame that the columns are for.
    """
    rung = history.rung[-1]
    return {
        "rung": text_column([each.name for each in rungs], rung, like=like),
        "rung_number": rung.astype(np.int64) + 1,
        **({} if history.lapsed is None else {"lapsed": history.lapsed[-1]}),
        **path,
        "evidence": evidence(rungs, rung, history.proxied[-1], events=events, like=like),
        "reason": reasons(rungs, history),
    }
