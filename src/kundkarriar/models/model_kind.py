"""The kind of a model (repeat buying, spend, renewals, ...), and errors for a model in the wrong place."""

from typing import Any

from attrs import frozen

from kundkarriar.errors import CapabilityError
from kundkarriar.models.bgbb import BGBB, FittedBGBB
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.purchase_spec import PurchaseSpec
from kundkarriar.models.first_purchase.first_purchase import FirstPurchase
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.gamma_gamma import FittedGammaGamma, GammaGamma
from kundkarriar.models.shifted_beta_geometric import FittedShiftedBetaGeometric, ShiftedBetaGeometric
from kundkarriar.models.spend.fixed_price import FittedFixedPrice, FixedPrice
from kundkarriar.models.spend.own_price import FittedOwnPrice, OwnPrice

SUMMARY_MODELS = (
    "kk.MBGNBD(), kk.BGNBD(), kk.NBD(), kk.ParetoNBD(), kk.GGompertzNBD(), kk.MBGCNBD(), kk.BGCNBD() and "
    "kk.ReturningNBD()"
)


@frozen(kw_only=True)
class ModelKind:
    """What a model describes, and where it can be used.

    Attributes:
        name: as written in messages.
        models: its classes, of specs and of fitted models.
        place, example: the field of a ValueScorer that takes such a model, and one; empty where no field does.
        table, ahead: the table that a model of another field reads, and what its `discounted` adds up, if it has one.
    """

    name: str
    models: tuple[type, ...]
    place: str = ""
    example: str = ""
    table: str = ""
    ahead: str = ""


KINDS = (
    ModelKind(name="repeat buying", models=(PurchaseSpec, FittedPurchases), place="purchases", example="kk.MBGNBD()"),
    ModelKind(
        name="spend",
        models=(GammaGamma, FittedGammaGamma, OwnPrice, FittedOwnPrice, FixedPrice, FittedFixedPrice),
        place="spend",
        example="kk.GammaGamma()",
    ),
    ModelKind(name="opportunities", models=(BGBB, FittedBGBB), table="opportunities", ahead="purchases"),
    ModelKind(
        name="renewals",
        models=(ShiftedBetaGeometric, FittedShiftedBetaGeometric),
        table="memberships",
        ahead="renewals",
    ),
    ModelKind(name="first purchases", models=(FirstPurchase, FittedFirstPurchase), table="leads"),
)


def kind_of(model: Any) -> ModelKind | None:
    """The kind of one of kundkarriar's own models, spec or fitted; None for any other object.

    >>> kind_of(GammaGamma()).name, kind_of(BGBB()).name, kind_of("BG/NBD")
    ('spend', 'opportunities', None)
    """
    return next((kind for kind in KINDS if isinstance(model, kind.models)), None)


def refuse_other_kind(model: Any, *, place: str) -> None:
    """Refuse one of kundkarriar's own models, spec or fitted, in a field of `ValueScorer` that takes another kind."""
    refuse_other_table(model, need=f"`{place}` of kk.ValueScorer")
    kind, wanted = kind_of(model), next(kind for kind in KINDS if kind.place == place)
    if kind is not None and kind is not wanted:
        raise CapabilityError.because(
            f"`{place}` takes a model of {wanted.name}; {type(model).__name__} is one of {kind.name}.",
            hint=f"it belongs in `{kind.place}`; {place}={wanted.example}.",
        )


def refuse_other_table(model: Any, *, need: str) -> None:
    """Refuse models that read another table, such as BG/BB, where `need` reads a summary."""
    kind = kind_of(model)
    if kind is not None and kind.table:
        instead = (
            f"fitted.discounted({kind.table}, discount_rate=0.10) gives the {kind.ahead} ahead at their present worth."
            if kind.ahead
            else f"fitted.predict({kind.table}, horizon='12M') gives the probability of a first purchase."
        )
        raise CapabilityError.because(
            f"{need} reads a summary; {type(model).__name__} reads a table of {kind.table}, because it counts "
            f"{kind.name}.",
            hint=f"{SUMMARY_MODELS} read summaries; of this model, {instead}",
        )


def refuse_class(model: Any, *, name: str) -> None:
    """Refuse a class as the argument `name`, which is a model: the parentheses were forgotten."""
    if isinstance(model, type):
        raise CapabilityError.because(
            f"`{name}` must be a model, got the class {model.__name__}.", hint=f"write {model.__name__}(...)."
        )


def refuse_lifetimes(model: Any) -> None:
    """Refuse a fitter of the package lifetimes, whose `fit` and `predict` have other arguments.

    A user's subclass of a fitter passes, because it may follow our protocols. Nothing is imported.
    """
    name = type(model).__name__
    if type(model).__module__.startswith("lifetimes."):
        unit = "" if name == "GammaGammaFitter" else ', period="W"'
        raise CapabilityError.because(
            f"{name} is a fitter of lifetimes, which is no model here.",
            hint=f"kk.from_lifetimes(fitter{unit}) is one, with the parameters of a fitted fitter.",
        )
