"""`FirstPurchase`: the time from first contact to first purchase, a beta-geometric with a share that never buys."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import asdict, field, frozen
from numpy.random import Generator
from scipy.optimize import minimize

from kundkarriar.arguments import SHARE, to_float
from kundkarriar.arrays import Array
from kundkarriar.fields import PARAMETER, instance_of
from kundkarriar.frames import narrow, numbers
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.numerics.first_purchase.survival import survival
from kundkarriar.stored import Stored
from kundkarriar.summaries.leads.lead_rows import LeadRows
from kundkarriar.summaries.leads.leads import leads

NAME = "FirstPurchase"


@frozen(kw_only=True, eq=False)
class RateAhead:
    """What multiplies the rate of first purchases from now on, piecewise constant; 1 after the last edge.

    Attributes:
        edges: ends of the pieces in months from now, from 0, (k + 1,).
        factor: the factor in each piece, (k,).
    """

    edges: Array
    factor: Array

    def exposure(self, months: Array) -> Array:
        """Months that count, with the factors, up to each of `months` from now."""
        inside = np.clip(months[..., None], self.edges[:-1], self.edges[1:]) - self.edges[:-1]
        return np.asarray(inside @ self.factor + np.maximum(months - self.edges[-1], 0.0))

    def months_at(self, exposure: Array) -> Array:
        """Months from now at which so much counts: the inverse of `exposure`; infinite where it is."""
        counted = np.append(0.0, np.cumsum(np.diff(self.edges) * self.factor))
        inner = np.interp(exposure, counted, self.edges)
        return np.where(exposure > counted[-1], self.edges[-1] + exposure - counted[-1], inner)


@frozen(kw_only=True)
class FirstPurchaseParams:
    """The parameters of the time to the first purchase.

    Attributes:
        alpha, beta: of the beta distribution of the monthly probability of a first purchase, of leads who ever buy.
        never: share of leads who never buy.
    """

    alpha: float = field(converter=to_float, validator=PARAMETER)
    beta: float = field(converter=to_float, validator=PARAMETER)
    never: float = field(converter=to_float, validator=SHARE)


@frozen(kw_only=True)
class FittedFirstPurchase(Stored):
    """The time to the first purchase with fitted or given parameters."""

    stored_as = "fitted first purchase"
    params: FirstPurchaseParams = field(validator=instance_of(FirstPurchaseParams))

    def read(self, leads: Any, *, need: str = NAME) -> LeadRows:
        """The rows of a table of leads, from `kk.leads`, in its order."""
        frame = narrow(leads, need=need)
        n = len(frame)
        return LeadRows(
            months=numbers(frame, "months", need=need),
            bought=frame["bought"].to_numpy().astype(bool),
            covariates=np.empty((n, 0)),
            after=np.empty((n, 0)),
            weights=np.ones(n),
        )

    def exposure(self, rows: LeadRows) -> tuple[Array, Array]:
        """Months that count of each lead so far, and how much a month counts from now on, (n,) each."""
        return rows.months, np.ones(len(rows))

    def p_within(self, rows: LeadRows, months: Array, *, ahead: RateAhead | None = None) -> Array:
        """Probability of a first purchase within each of `months` from now, (n, k), of leads who have not bought.

        Args:
            rows: the leads, (n,); events so far last, none come.
            months: spans ahead, (k,), >= 0.
            ahead: factors on the rate from now on; None: 1.
        """
        so_far, pace = self.exposure(rows)
        counted = months if ahead is None else ahead.exposure(months)
        values = asdict(self.params)
        later = survival(so_far[:, None] + pace[:, None] * counted, **values)
        return np.asarray(1 - later / survival(so_far, **values)[:, None])

    def draw_months(self, rows: LeadRows, *, posterior: Posterior | None, draws: int, generator: Generator) -> Array:
        """Drawn months from now to the first purchase at today's rates, (n, S); infinite where it never comes.

        `RateAhead.months_at` turns them into months under other rates, with the same random numbers.

        Args:
            rows: the leads, (n,).
            posterior: S draws of the parameters; None: those of the model in every draw.
            draws: S.
            generator: the random stream.
        """
        so_far, pace = self.exposure(rows)
        given = asdict(self.params) if posterior is None else {name: posterior[name] for name in asdict(self.params)}
        alpha, beta, never = (np.broadcast_to(given[name], (len(rows), draws)) for name in ("alpha", "beta", "never"))
        gone = never / survival(so_far[:, None], alpha=alpha, beta=beta, never=never)
        p = generator.beta(alpha, beta + so_far[:, None])
        months = generator.standard_exponential(p.shape) / -np.log1p(-p) / pace[:, None]
        return np.where(generator.random(p.shape) < gone, np.inf, months)


@frozen(kw_only=True)
class FirstPurchase(Stored):
    """The specification of the time to the first purchase; `fit` estimates its parameters."""

    stored_as = "first purchase"

    def fit(
        self, customers: Any, transactions: Any = None, *, as_of: Any = None, events: Any = None
    ) -> FittedFirstPurchase:
        """Estimate the parameters by maximum likelihood.

        Args:
            customers: all known customers with their first_contact; or a table from `kk.leads`, which holds the rest.
            transactions, as_of, events: as in `kk.leads`.
        """
        table = customers if transactions is None else leads(customers, transactions, as_of=as_of, events=events)
        rows = FittedFirstPurchase(params=FirstPurchaseParams(alpha=1, beta=1, never=0.5)).read(table)
        month = np.ceil(rows.months)

        def cost(theta: Array) -> float:
            given = {"alpha": np.exp(theta[0]), "beta": np.exp(theta[1]), "never": 1 / (1 + np.exp(-theta[2]))}
            p = survival(month - 1, **given) - survival(month, **given)
            return -float(np.sum(np.log(np.where(rows.bought, p, survival(rows.months, **given)))))

        found = minimize(cost, np.array([0.0, 1.0, 0.0]), method="Nelder-Mead").x
        values = {"alpha": np.exp(found[0]), "beta": np.exp(found[1]), "never": 1 / (1 + np.exp(-found[2]))}
        return FittedFirstPurchase(params=FirstPurchaseParams(**values))
