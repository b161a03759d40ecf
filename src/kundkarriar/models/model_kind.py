"""The kind of a model (repeat buying, spend, opportunities, renewals), and errors for a model in the wrong place."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from kundkarriar.errors import CapabilityError
from kundkarriar.models.bgbb import BGBB, FittedBGBB
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.gamma_gamma import FittedGammaGamma, GammaGamma
from kundkarriar.models.interface.spec import Spec
from kundkarriar.models.shifted_beta_geometric import FittedShiftedBetaGeometric, ShiftedBetaGeometric

SUMMARY_MODELS = "kk.MBGNBD(), kk.BGNBD(), kk.NBD(), kk.ParetoNBD(), kk.GGompertzNBD(), kk.MBGCNBD() and kk.BGCNBD()"


@frozen(kw_only=True)
class ModelKind:
    """What a model describes, and where it can be used.

    Attributes:
        name: as written in messages.
        belongs_in: the field of a ValueScorer that takes such a model; None where no field does.
        table: the table that the model reads, where that is not a summary.
        ahead: for a model that no scorer takes, a sentence on the method that gives its discounted purchases.
    """

    name: str
    belongs_in: str | None = None
    table: str = ""
    ahead: str = ""


BUYING = ModelKind(name="repeat buying", belongs_in="purchases")
SPEND = ModelKind(name="spend", belongs_in="spend")
OPPORTUNITIES = ModelKind(
    name="opportunities",
    table="a table of opportunities",
    ahead="fitted.discounted(opportunities, discount_rate=0.10) gives the purchases ahead at their present worth",
)
RENEWALS = ModelKind(
    name="renewals",
    table="a table of memberships",
    ahead="fitted.discounted(memberships, discount_rate=0.10) gives the renewals ahead at their present worth",
)


def kind_of(model: Any) -> ModelKind | None:
    """The kind of one of kundkarriar's own models, spec or fitted; None for any other object.

    >>> kind_of(GammaGamma()).name, kind_of(BGBB()).name, kind_of("BG/NBD")
    ('spend', 'opportunities', None)
    """
    if isinstance(model, (GammaGamma, FittedGammaGamma)):
        return SPEND
    if isinstance(model, (BGBB, FittedBGBB)):
        return OPPORTUNITIES
    if isinstance(model, (ShiftedBetaGeometric, FittedShiftedBetaGeometric)):
        return RENEWALS
    ours = isinstance(model, (FittedPurchases, Spec))
    return BUYING if ours else None


def refuse_other_kind(model: Any, *, place: str) -> None:
    """Refuse one of kundkarriar's own models in a field of `ValueScorer` that takes another kind.

    Args:
        model: spec or fitted; a user's own model passes.
        place: the field it was given to, "purchases" or "spend".

    Raises:
        CapabilityError: the model is of another kind.
    """
    kind = kind_of(model)
    if kind is None or kind.belongs_in == place:
        return
    name = type(model).__name__
    if kind.belongs_in is None:
        refuse_other_table(model, need=f"`{place}` of kk.ValueScorer")
    wanted, example = (SPEND, "kk.GammaGamma()") if place == "spend" else (BUYING, "kk.MBGNBD()")
    raise CapabilityError.because(
        f"`{place}` takes a model of {wanted.name}; {name} is one of {kind.name}.",
        hint=f"it belongs in `{kind.belongs_in}`; {place}={example}.",
    )


def refuse_other_table(model: Any, *, need: str) -> None:
    """Refuse BG/BB and the shifted beta-geometric, which count discrete steps, where a summary is read.

    Args:
        model: spec or fitted; any other model passes.
        need: what reads the summary, as the start of a sentence.

    Raises:
        CapabilityError: the model reads opportunities or memberships.
    """
    kind = kind_of(model)
    if kind is not None and kind.table:
        raise CapabilityError.because(
            f"{need} reads a summary; {type(model).__name__} reads {kind.table}, because it counts {kind.name}.",
            hint=f"{SUMMARY_MODELS} read summaries; of this model, {kind.ahead}.",
        )


def refuse_lifetimes(model: Any) -> None:
    """Refuse a fitter of the package lifetimes, whose `fit` and `predict` have other arguments.

    A user's subclass of a fitter passes, because it may follow our protocols. Nothing is imported.

    Raises:
        CapabilityError: the model's class is one of lifetimes.
    """
    name = type(model).__name__
    if type(model).__module__.startswith("lifetimes."):
        unit = "" if name == "GammaGammaFitter" else ', period="W"'
        raise CapabilityError.because(
            f"{name} is a fitter of lifetimes, which is no model here.",
            hint=f"kk.from_lifetimes(fitter{unit}) is one, with the parameters of a fitted fitter.",
        )
