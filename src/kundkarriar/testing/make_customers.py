"""`make_customers`: a simulated customer base with scores, classes and positions, as a career gives it."""

import numpy as np
import pandas as pd
from numpy.random import Generator

from kundkarriar.arguments import SHARE_BELOW_1, read_generator
from kundkarriar.classes.abc_classifier import ABCClassifier
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.models.gamma_gamma import FittedGammaGamma, GammaGammaParams
from kundkarriar.models.mbgnbd import FittedMBGNBD, MBGNBDParams
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.value_scorer import ValueScorer
from kundkarriar.summaries.summarize import summarize
from kundkarriar.testing.make_transactions import BUYING, MANY, SPENDING, make_transactions

START, JOINING, AS_OF = "1996-01-01", "24M", "1998-06-30"
RECOMMENDS, SIGNS = 0.05, 0.01


def make_customers(n: int = 500, *, seed: int | Generator, prospects: float = 0.1) -> pd.DataFrame:
    """Simulated customers as `career.customers()` gives them, to try a rule, a strategy or a planner on.

    Their purchases are drawn by `make_transactions` (from 1996 on, joining over two years, as of 1998-06-30), and
    recommendations and contracts with them. All else is computed as in a career: scores at the true parameters, with
    a margin of 0.3, a discount rate of 0.10, a horizon of 12 months and costs of 2.50 a year; classes; and positions
    on the ladder `CustomerLadder.kundkarriar()`.

    Args:
        n: how many customers.
        seed: the same int gives the same customers.
        prospects: the share of customers who have not bought yet, below 1: their scores and class are missing.

    Returns:
        One row per customer, customer_id 1 to n: the scores (see `kk.ValueScorer`), abc and cumulative_share, and
        the positions (see `kk.CustomerLadder.place`) with events referral and contract.

    >>> customers = make_customers(200, seed=1)
    >>> len(customers), sorted(customers["abc"].dropna().unique())
    (200, ['A', 'B', 'C', 'D'])
    """
    n, prospects = MANY.read(n, "n"), SHARE_BELOW_1.read(prospects, "prospects")
    generator = read_generator(seed)
    buyers = np.sort(generator.permutation(np.arange(1, n + 1))[int(prospects * n) :])
    lines = make_transactions(customers=len(buyers), seed=generator, start=START, until=AS_OF, joining=JOINING)
    transactions = lines.assign(customer_id=buyers[lines["customer_id"].to_numpy() - 1])
    everyone = pd.DataFrame({"customer_id": np.arange(1, n + 1)})
    positions = CustomerLadder.kundkarriar().place(
        transactions, as_of=AS_OF, customers=everyone, events=_events(transactions, generator)
    )
    summary = summarize(transactions, as_of=AS_OF, period="W", customers=everyone)
    classes = ABCClassifier().classify(true_scorer().fit(summary).score(summary))
    return classes.merge(positions, on="customer_id", validate="one_to_one")


def true_scorer() -> ValueScorer:
    """A scorer at the parameters from which the purchases are drawn."""
    return ValueScorer(
        purchases=FittedMBGNBD(params=MBGNBDParams(**BUYING), period="W"),
        spend=FittedGammaGamma(params=GammaGammaParams(**SPENDING)),
        margin=0.3,
        discount_rate=0.10,
        horizon="12M",
        costs=Costs(serve_per_year=2.0, market_per_year=0.5),
    )


def _events(transactions: pd.DataFrame, generator: Generator) -> pd.DataFrame:
    """Recommendations and contracts, each on the day of a purchase."""
    referred = transactions[generator.random(len(transactions)) < RECOMMENDS].assign(event="referral")
    signed = transactions[generator.random(len(transactions)) < SIGNS].assign(event="contract")
    return pd.concat([referred, signed], ignore_index=True)[["customer_id", "date", "event"]]
