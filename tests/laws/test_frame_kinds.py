"""Law of the tables of what was fitted: of the kind of frame that it was fitted on, also after it was stored."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

AS_OF = "2025-06-30"
ASKED = {
    "estimates": lambda fitted: fitted.estimates(),
    "vcov": lambda fitted: fitted.vcov(),
    "posterior": lambda fitted: fitted.posterior(draws=5, seed=1).frame(),
    "new customer": lambda fitted: fitted.new_customer_counts(12, up_to=3),
    "simulate": lambda fitted: fitted.simulate([6, 0, 9], seed=1),
}
MODEL, OF_PRICE = ("estimates", "vcov", "posterior", "new customer", "simulate"), ("estimates", "posterior")
CHAINS = {
    "transitions": lambda fitted: fitted.transitions(),
    "by_chain": lambda fitted: fitted.by_chain(),
    "choices": lambda fitted: fitted.choices(),
    "season": lambda fitted: fitted.season(),
    "steady_state": lambda fitted: fitted.steady_state(),
    "first_passage": lambda fitted: fitted.first_passage("often", draws=5),
    "value": lambda fitted: fitted.value(contribution={"new": 0.0, "again": 1.0, "often": 2.0}, discount_rate=0.1),
    "steps_up": lambda fitted: fitted.steps_up(contribution={"new": 0, "again": 1, "often": 2}, discount_rate=0.1),
}
HIDDEN = {
    "states": lambda fitted: fitted.states(),
    "choices": lambda fitted: fitted.choices(),
    "transitions": lambda fitted: fitted.transitions(draws=5),
    "value": lambda fitted: fitted.value(contribution=4.0, discount_rate=0.1, draws=5),
    "first_passage": lambda fitted: fitted.first_passage("state 2", draws=5),
    "effects": lambda fitted: fitted.effects(),
}
EXPERIMENT = {
    "effects": lambda fitted: fitted.effects(),
    "profits": lambda fitted: fitted.profits(margin=0.4, cost=0.1),
    "checks": lambda fitted: fitted.checks(),
    "policy": lambda fitted: fitted.policy(margin=0.4, cost=0.1).table(),
}
STEPS = kk.CustomerLadder(
    rungs=[
        kk.Rung(name=name, when=days <= kk.column("purchase_days"))
        for name, days in (("new", 0), ("again", 2), ("often", 4))
    ],
    lapse=None,
)
MAILING = kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="channel")
LEADS = kk.FirstPurchase(pace="channel")


def some(*names):
    return {name: ASKED[name] for name in names}


def summary_of(shop, **options):
    return kk.summarize(shop["orders"], as_of=AS_OF, customers=shop["customers"], regularity=True, **options)


def history_of(shop):
    return STEPS.history(shop["orders"], as_of=AS_OF)


def mailed(shop):
    """Some careers with a column of contacts."""
    careers = history_of(shop).careers().head(400)
    return kk.frames.add_columns(careers, {"mails": np.arange(len(careers)) % 3})


def leads_of(shop):
    return kk.leads(shop["customers"], shop["orders"], as_of=AS_OF)


def priced(shop):
    """A summary whose orders are all of one price."""
    summary = summary_of(shop)
    again = np.asarray(summary["frequency"].to_numpy()) > 0
    return kk.frames.add_columns(
        summary, {"monetary_value": np.where(again, 9.9, 0.0), "first_value": np.full(len(again), 9.9)}
    )


BLEND = kk.BlendedMovement(
    parts=(kk.ChainMixture(chains=1, mass=10), kk.ChainMixture(chains=2, mass=10, starts=1)), origin="2M", horizon="2M"
)
FITS = {
    "MBGNBD": (lambda shop: kk.MBGNBD().fit(summary_of(shop)), some(*MODEL)),
    "two laws": (lambda shop: kk.NBD().fit(summary_of(shop, burn_in="1M")), some(*MODEL)),
    "MBGCNBD": (
        lambda shop: kk.MBGCNBD().fit(summary_of(shop)),
        some("estimates") | {"regularity": lambda fitted: fitted.regularity()},
    ),
    "average": (
        lambda shop: kk.ModelAverage(models=(kk.NBD(), kk.MBGNBD())).fit(summary_of(shop)),
        some("estimates", "posterior", "new customer"),
    ),
    "BGBB": (
        lambda shop: kk.BGBB().fit(kk.opportunities(shop["orders"], as_of=AS_OF, every="M")),
        some(*MODEL),
    ),
    "members": (
        lambda shop: kk.ShiftedBetaGeometric().fit(kk.memberships(shop["members"], as_of=AS_OF, every="Y")),
        some("estimates", "vcov", "simulate") | {"retention": lambda fitted: fitted.retention(3)},
    ),
    "spend": (
        lambda shop: kk.GammaGamma(first_order=True).fit(summary_of(shop)),
        some("estimates", "vcov", "posterior", "simulate"),
    ),
    "own price": (lambda shop: kk.OwnPrice().fit(summary_of(shop)), some(*OF_PRICE)),
    "fixed price": (lambda shop: kk.FixedPrice().fit(priced(shop)), some(*OF_PRICE)),
    "leads": (
        lambda shop: LEADS.fit(leads_of(shop)),
        some("estimates", "vcov", "posterior")
        | {
            "by_age": lambda fitted: fitted.by_age([0, 6], profile={"channel": "web"}, draws=5),
            "simulate": lambda fitted: fitted.simulate(
                [6.0, 9.0], customers=pd.DataFrame({"channel": ["web", "shop"]}), seed=1
            ),
        },
    ),
    "season": (lambda shop: kk.Season.estimate(shop["orders"], until=AS_OF), some("estimates")),
    "arrivals": (
        lambda shop: kk.Arrivals().fit(shop["orders"], as_of=AS_OF),
        {"expected": lambda fitted: fitted.expected("6M"), "draw": lambda fitted: fitted.draw(draws=2, seed=1)},
    ),
    "groups": (lambda shop: kk.CustomerGroups(starts=1).fit(summary_of(shop)), some("estimates")),
    "chains": (lambda shop: kk.ChainMixture(chains=2, mass=10, starts=1).fit(history_of(shop)), CHAINS),
    "hidden": (lambda shop: kk.HiddenLadder(states=2, starts=1, contacts=("mails",)).fit(mailed(shop)), HIDDEN),
    "blend": (lambda shop: BLEND.fit(history_of(shop)), {"weights": lambda fitted: fitted.weights()}),
    "experiment": (lambda shop: MAILING.fit(shop["campaign"]), EXPERIMENT),
}


def in_polars(shop):
    return {
        name: pl.DataFrame(
            {
                column: values.to_numpy() if values.dtype.kind in "Mif" else values.to_list()
                for column, values in frame.items()
            }
        )
        for name, frame in shop.items()
    }


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
@pytest.mark.parametrize("name", FITS)
def test_tables_are_of_the_kind_that_was_fitted_on(name, laws):
    """Law: fitted on polars, tables are of polars and say what those of a fit on pandas say; so do stored fits."""
    fit, asked = FITS[name]
    shop = laws.shop(1)
    usual, fitted = fit(shop), fit(in_polars(shop))
    again, usual_again = laws.through_json(fitted), laws.through_json(usual)
    assert "frame_kind" not in str(usual.to_dict())
    assert "frame_kind" in str(fitted.to_dict())
    for method, table in asked.items():
        frames = [table(each) for each in (usual, fitted, usual_again, again)]
        kinds = [pd.DataFrame, pl.DataFrame] * 2
        assert list(map(type, frames)) == kinds, method
        one, two, *stored = map(laws.plain, frames)
        assert laws.differences(one, two) == [], method
        assert laws.differences(*stored) == [], method


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_tables_of_a_check_are_of_the_kind_of_its_summary(laws):
    """Law: a drift check has no model of its own: its table is of the kind of the later customers."""
    shop = laws.shop(1)
    fitted = kk.MBGNBD().fit(kk.summarize(shop["orders"], as_of="2024-12-31"))
    later = kk.summarize(in_polars(shop)["orders"], as_of=AS_OF, gaps=True)
    assert isinstance(fitted.drift_check(later).table(), pl.DataFrame)


def test_given_parameters_make_tables_of_pandas():
    """Law: nothing was fitted, so that no kind is known: pandas is always there."""
    given = kk.FittedNBD(params=kk.FittedNBD.params_type(r=0.3, alpha=4.0), period="W")
    assert isinstance(given.simulate([3.0], seed=1), pd.DataFrame)


def test_the_kind_is_no_part_of_what_was_found(laws):
    """Law: fits on equal numbers are equal, whatever library held them."""
    shop = laws.shop(1)
    usual, other = (kk.NBD().fit(summary_of(each)) for each in (shop, in_polars(shop)))
    assert usual == other
    assert usual.frame_kind != other.frame_kind


def test_without_the_library_tables_are_of_pandas(laws):
    """Law: a fit on polars that is read where there is no polars tells the same, in pandas."""
    fitted = kk.NBD().fit(summary_of(in_polars(laws.shop(1))))
    read = "import sys, json; sys.modules['polars'] = None; import kundkarriar as kk; "
    read += "table = kk.FittedNBD.from_dict(json.loads(sys.argv[1])).estimates(); "
    read += "print(type(table).__module__.partition('.')[0], table['estimate'].round(6).tolist())"
    stored = json.dumps(fitted.to_dict())
    assert laws.run(read, stored) == f"pandas {np.round(fitted.estimates()['estimate'].to_numpy(), 6).tolist()}\n"
