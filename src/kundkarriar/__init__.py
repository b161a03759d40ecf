"""Customer careers: where customers stand, what they are worth, and what to do with whom.

>>> import kundkarriar as kk
>>> transactions = kk.datasets.load_cdnow(sample=True)
>>> summary = kk.summarize(transactions, as_of="1997-09-30", period="W")
>>> fitted = kk.MBGNBD().fit(summary)
>>> round(fitted.log_likelihood, 4)
-9582.1357
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kundkarriar import conditions as conditions
    from kundkarriar import datasets as datasets
    from kundkarriar import errors as errors
    from kundkarriar import plots as plots
    from kundkarriar import testing as testing
    from kundkarriar.career import CustomerCareer as CustomerCareer
    from kundkarriar.career import FittedCareer as FittedCareer
    from kundkarriar.conditions import Condition as Condition
    from kundkarriar.conditions import column as column
    from kundkarriar.conditions import condition as condition
    from kundkarriar.errors import CapabilityError as CapabilityError
    from kundkarriar.errors import ConvergenceError as ConvergenceError
    from kundkarriar.errors import DataError as DataError
    from kundkarriar.errors import DataWarning as DataWarning
    from kundkarriar.errors import KundkarriarError as KundkarriarError
    from kundkarriar.grading.abc_classifier import ABCClassifier as ABCClassifier
    from kundkarriar.history.data_report import data_report as data_report
    from kundkarriar.history.facts import facts as facts
    from kundkarriar.history.holdout_table import holdout_table as holdout_table
    from kundkarriar.history.memberships import memberships as memberships
    from kundkarriar.history.newcomers import newcomers as newcomers
    from kundkarriar.history.opportunities import opportunities as opportunities
    from kundkarriar.history.period import Period as Period
    from kundkarriar.history.season import Season as Season
    from kundkarriar.history.split import split as split
    from kundkarriar.history.summary import summarize as summarize
    from kundkarriar.history.transactions import transactions as transactions
    from kundkarriar.ladder.chain_mixture import ChainMixture as ChainMixture
    from kundkarriar.ladder.customer_ladder import CustomerLadder as CustomerLadder
    from kundkarriar.ladder.development import DevelopmentPath as DevelopmentPath
    from kundkarriar.ladder.development import development as development
    from kundkarriar.ladder.fitted_chains import FittedChainMixture as FittedChainMixture
    from kundkarriar.ladder.fitted_hidden import FittedHiddenLadder as FittedHiddenLadder
    from kundkarriar.ladder.fixed_scores import FixedScores as FixedScores
    from kundkarriar.ladder.groups import BuyerGroup as BuyerGroup
    from kundkarriar.ladder.groups import CustomerGroups as CustomerGroups
    from kundkarriar.ladder.groups import FittedCustomerGroups as FittedCustomerGroups
    from kundkarriar.ladder.hidden_ladder import HiddenLadder as HiddenLadder
    from kundkarriar.ladder.lapse import Lapse as Lapse
    from kundkarriar.ladder.movement import Movement as Movement
    from kundkarriar.ladder.moves import moves as moves
    from kundkarriar.ladder.promotion import promotion as promotion
    from kundkarriar.ladder.promotion import promotion_by_rung as promotion_by_rung
    from kundkarriar.ladder.promotion_costs import promotion_costs as promotion_costs
    from kundkarriar.ladder.rung import After as After
    from kundkarriar.ladder.rung import Hold as Hold
    from kundkarriar.ladder.rung import Rung as Rung
    from kundkarriar.ladder.scenario import Scenario as Scenario
    from kundkarriar.ladder.scenario import Shift as Shift
    from kundkarriar.models.bgbb import BGBB as BGBB
    from kundkarriar.models.bgbb import BGBBParams as BGBBParams
    from kundkarriar.models.bgbb import FittedBGBB as FittedBGBB
    from kundkarriar.models.bgcnbd import BGCNBD as BGCNBD
    from kundkarriar.models.bgcnbd import BGCNBDParams as BGCNBDParams
    from kundkarriar.models.bgcnbd import FittedBGCNBD as FittedBGCNBD
    from kundkarriar.models.bgnbd import BGNBD as BGNBD
    from kundkarriar.models.bgnbd import BGNBDParams as BGNBDParams
    from kundkarriar.models.bgnbd import FittedBGNBD as FittedBGNBD
    from kundkarriar.models.compare_models import compare_models as compare_models
    from kundkarriar.models.covariate_effects import CovariateEffects as CovariateEffects
    from kundkarriar.models.covariates import Covariates as Covariates
    from kundkarriar.models.distinct_rows import distinct_rows as distinct_rows
    from kundkarriar.models.gamma_gamma import FittedGammaGamma as FittedGammaGamma
    from kundkarriar.models.gamma_gamma import GammaGamma as GammaGamma
    from kundkarriar.models.gamma_gamma import GammaGammaParams as GammaGammaParams
    from kundkarriar.models.ggompertz_nbd import FittedGGompertzNBD as FittedGGompertzNBD
    from kundkarriar.models.ggompertz_nbd import GGompertzNBD as GGompertzNBD
    from kundkarriar.models.ggompertz_nbd import GGompertzNBDParams as GGompertzNBDParams
    from kundkarriar.models.lifetimes_bridge import from_lifetimes as from_lifetimes
    from kundkarriar.models.lifetimes_bridge import to_lifetimes as to_lifetimes
    from kundkarriar.models.likelihood_ratio import LikelihoodRatio as LikelihoodRatio
    from kundkarriar.models.likelihood_ratio import likelihood_ratio as likelihood_ratio
    from kundkarriar.models.mbgcnbd import MBGCNBD as MBGCNBD
    from kundkarriar.models.mbgcnbd import FittedMBGCNBD as FittedMBGCNBD
    from kundkarriar.models.mbgcnbd import MBGCNBDParams as MBGCNBDParams
    from kundkarriar.models.mbgnbd import MBGNBD as MBGNBD
    from kundkarriar.models.mbgnbd import FittedMBGNBD as FittedMBGNBD
    from kundkarriar.models.mbgnbd import MBGNBDParams as MBGNBDParams
    from kundkarriar.models.nbd import NBD as NBD
    from kundkarriar.models.nbd import FittedNBD as FittedNBD
    from kundkarriar.models.nbd import NBDParams as NBDParams
    from kundkarriar.models.pareto_nbd import FittedParetoNBD as FittedParetoNBD
    from kundkarriar.models.pareto_nbd import ParetoNBD as ParetoNBD
    from kundkarriar.models.pareto_nbd import ParetoNBDParams as ParetoNBDParams
    from kundkarriar.models.posterior import Posterior as Posterior
    from kundkarriar.models.priors import WeakPrior as WeakPrior
    from kundkarriar.models.protocols import CountsPurchases as CountsPurchases
    from kundkarriar.models.protocols import Discounts as Discounts
    from kundkarriar.models.protocols import DrawsSpend as DrawsSpend
    from kundkarriar.models.protocols import FittedPurchaseModel as FittedPurchaseModel
    from kundkarriar.models.protocols import FittedSpendModel as FittedSpendModel
    from kundkarriar.models.protocols import HasPosterior as HasPosterior
    from kundkarriar.models.protocols import PurchaseModel as PurchaseModel
    from kundkarriar.models.protocols import Simulates as Simulates
    from kundkarriar.models.protocols import SpendModel as SpendModel
    from kundkarriar.models.shifted_beta_geometric import FittedShiftedBetaGeometric as FittedShiftedBetaGeometric
    from kundkarriar.models.shifted_beta_geometric import ShiftedBetaGeometric as ShiftedBetaGeometric
    from kundkarriar.models.shifted_beta_geometric import ShiftedBetaGeometricParams as ShiftedBetaGeometricParams
    from kundkarriar.scoring.backtest import Backtest as Backtest
    from kundkarriar.scoring.backtest import backtest as backtest
    from kundkarriar.scoring.backtest_result import BacktestResult as BacktestResult
    from kundkarriar.scoring.costs import Costs as Costs
    from kundkarriar.scoring.value_draws import ValueDraws as ValueDraws
    from kundkarriar.scoring.value_scorer import FittedValueScorer as FittedValueScorer
    from kundkarriar.scoring.value_scorer import ValueScorer as ValueScorer
    from kundkarriar.strategy.action import Action as Action
    from kundkarriar.strategy.budget import Budget as Budget
    from kundkarriar.strategy.effect import Effect as Effect
    from kundkarriar.strategy.group_checks import group_breaks as group_breaks
    from kundkarriar.strategy.group_checks import group_checks as group_checks
    from kundkarriar.strategy.movement_total import movement_total as movement_total
    from kundkarriar.strategy.plan import Plan as Plan
    from kundkarriar.strategy.playbook import Playbook as Playbook
    from kundkarriar.strategy.strategy import Strategy as Strategy
    from kundkarriar.strategy.strategy_planner import StrategyPlanner as StrategyPlanner

_MODULES = ("conditions", "datasets", "errors", "plots", "testing")

_NAMES = {
    "career": ("CustomerCareer", "FittedCareer"),
    "conditions": ("Condition", "column", "condition"),
    "errors": ("CapabilityError", "ConvergenceError", "DataError", "DataWarning", "KundkarriarError"),
    "grading.abc_classifier": ("ABCClassifier",),
    "history.data_report": ("data_report",),
    "history.facts": ("facts",),
    "history.holdout_table": ("holdout_table",),
    "history.memberships": ("memberships",),
    "history.newcomers": ("newcomers",),
    "history.opportunities": ("opportunities",),
    "history.period": ("Period",),
    "history.season": ("Season",),
    "history.split": ("split",),
    "history.summary": ("summarize",),
    "history.transactions": ("transactions",),
    "ladder.chain_mixture": ("ChainMixture",),
    "ladder.customer_ladder": ("CustomerLadder",),
    "ladder.development": ("DevelopmentPath", "development"),
    "ladder.fitted_chains": ("FittedChainMixture",),
    "ladder.fitted_hidden": ("FittedHiddenLadder",),
    "ladder.fixed_scores": ("FixedScores",),
    "ladder.groups": ("BuyerGroup", "CustomerGroups", "FittedCustomerGroups"),
    "ladder.hidden_ladder": ("HiddenLadder",),
    "ladder.lapse": ("Lapse",),
    "ladder.movement": ("Movement",),
    "ladder.moves": ("moves",),
    "ladder.promotion": ("promotion", "promotion_by_rung"),
    "ladder.promotion_costs": ("promotion_costs",),
    "ladder.rung": ("After", "Hold", "Rung"),
    "ladder.scenario": ("Scenario", "Shift"),
    "models.bgbb": ("BGBB", "BGBBParams", "FittedBGBB"),
    "models.bgcnbd": ("BGCNBD", "BGCNBDParams", "FittedBGCNBD"),
    "models.bgnbd": ("BGNBD", "BGNBDParams", "FittedBGNBD"),
    "models.compare_models": ("compare_models",),
    "models.covariate_effects": ("CovariateEffects",),
    "models.covariates": ("Covariates",),
    "models.distinct_rows": ("distinct_rows",),
    "models.gamma_gamma": ("FittedGammaGamma", "GammaGamma", "GammaGammaParams"),
    "models.ggompertz_nbd": ("FittedGGompertzNBD", "GGompertzNBD", "GGompertzNBDParams"),
    "models.likelihood_ratio": ("LikelihoodRatio", "likelihood_ratio"),
    "models.lifetimes_bridge": ("from_lifetimes", "to_lifetimes"),
    "models.mbgcnbd": ("MBGCNBD", "FittedMBGCNBD", "MBGCNBDParams"),
    "models.mbgnbd": ("MBGNBD", "FittedMBGNBD", "MBGNBDParams"),
    "models.nbd": ("NBD", "FittedNBD", "NBDParams"),
    "models.pareto_nbd": ("FittedParetoNBD", "ParetoNBD", "ParetoNBDParams"),
    "models.posterior": ("Posterior",),
    "models.priors": ("WeakPrior",),
    "models.protocols": (
        "CountsPurchases",
        "Discounts",
        "DrawsSpend",
        "FittedPurchaseModel",
        "FittedSpendModel",
        "HasPosterior",
        "PurchaseModel",
        "Simulates",
        "SpendModel",
    ),
    "models.shifted_beta_geometric": (
        "FittedShiftedBetaGeometric",
        "ShiftedBetaGeometric",
        "ShiftedBetaGeometricParams",
    ),
    "scoring.backtest": ("Backtest", "backtest"),
    "scoring.backtest_result": ("BacktestResult",),
    "scoring.costs": ("Costs",),
    "scoring.value_draws": ("ValueDraws",),
    "scoring.value_scorer": ("FittedValueScorer", "ValueScorer"),
    "strategy.action": ("Action",),
    "strategy.budget": ("Budget",),
    "strategy.effect": ("Effect",),
    "strategy.group_checks": ("group_breaks", "group_checks"),
    "strategy.movement_total": ("movement_total",),
    "strategy.plan": ("Plan",),
    "strategy.playbook": ("Playbook",),
    "strategy.strategy": ("Strategy",),
    "strategy.strategy_planner": ("StrategyPlanner",),
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load the floor that defines `name` on first use (PEP 562): importing the package stays cheap."""
    if name in _WHERE:
        value = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_WHERE, *_MODULES, "__version__"])
