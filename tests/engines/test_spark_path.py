"""The path of docs/engines.md, in Spark, from orders to plan assignments: the rows of pandas, with the fit on the driver."""

import pandas as pd

import kundkarriar as kk

ORDERS = kk.datasets.load_cdnow(sample=True)


def path(orders, *, last):
    """The lines of the page."""
    transactions = orders
    summary = kk.summarize(transactions, as_of=last)
    scorer = kk.ValueScorer(horizon="12M", margin=0.3, discount_rate=0.1, purchases=kk.MBGNBD()).fit(summary)
    scores = scorer.score(summary)
    classes = kk.ABCClassifier().classify(scores)
    places = kk.CustomerLadder.kundkarriar().place(transactions, as_of=last)
    return summary, classes, places


def test_from_transactions_to_classes_in_spark(spark, to_engine, from_engine, same_rows):
    """Law: summary, classes and places in Spark are those of pandas."""
    given = to_engine("spark", ORDERS)
    for made, due in zip(path(given, last="1998-06-30"), path(ORDERS, last="1998-06-30"), strict=True):
        assert type(made) is type(given)
        names = [name for name in due.columns if name in made.columns]
        same_rows(made.select(*names), due[names])
