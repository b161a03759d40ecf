"""Plots: their texts, numbers and limits."""

import builtins

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot as plt

import kundkarriar as kk
from kundkarriar.errors import CapabilityError, DataError

mpl.use("Agg")
PLOTS = [kk.plots.ladder, kk.plots.lorenz, kk.plots.grid]


@pytest.fixture(scope="module")
def customers():
    return kk.testing.make_customers(2000, seed=5)


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("plot", PLOTS)
def test_takes_and_returns_axes(plot, customers):
    _, ax = plt.subplots()
    figures = plt.get_fignums()
    assert plot(customers, ax=ax) is ax
    assert plt.get_fignums() == figures
    assert plot(customers) is not ax


@pytest.mark.parametrize("plot", PLOTS)
def test_says_what_it_shows(plot, customers):
    """Title and both axes are named; shares and counts say so."""
    ax = plot(customers)
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    words = ax.get_title(loc="left") + ax.get_xlabel() + ax.get_ylabel()
    assert "(number)" in words or "(%)" in words


@pytest.mark.parametrize("plot", PLOTS)
def test_nothing_is_cut_off(plot, customers):
    """All texts lie within the figure, and the texts of neighbouring axes do not overlap."""
    figure, axes = plt.subplots(1, 2, figsize=(14, 4.5), layout="constrained")
    for ax in axes:
        plot(customers, ax=ax)
    figure.canvas.draw()
    left, right = (ax.get_tightbbox() for ax in axes)
    assert figure.bbox.x0 <= left.x0
    assert left.x1 <= right.x0
    assert right.x1 <= figure.bbox.x1
    assert figure.bbox.y0 <= left.y0
    assert left.y1 <= figure.bbox.y1


@pytest.mark.parametrize("plot", PLOTS)
def test_no_words_on_words(plot, customers):
    """No label covers another."""
    ax = plot(customers)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    if ax.get_legend() is not None:
        boxes.append(ax.get_legend().get_window_extent())
    boxes.append(ax._left_title.get_window_extent())
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


@pytest.mark.parametrize("losses", [0, 1, 3, 40])
def test_class_names_keep_apart(losses):
    """Also where hardly anybody is D: the ends of C and D lie close together."""
    scores = pd.DataFrame({"clv": [100.0, 20.0, *np.linspace(5, 0.1, 100), *[-0.01] * losses]})
    ax = kk.plots.lorenz(kk.ABCClassifier().classify(scores))
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == (4 if losses else 3)
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])
    assert ax.get_tightbbox().x1 <= ax.figure.bbox.x1


@pytest.mark.parametrize("plot", PLOTS)
def test_leaves_the_customers_as_they_are(plot, customers):
    before = customers.copy()
    plot(customers)
    pd.testing.assert_frame_equal(customers, before)


@pytest.mark.parametrize("plot", PLOTS)
def test_polars_is_pandas(plot, customers):
    """The same words from either library."""
    columns = ["rung", "rung_number", "lapsed", "abc", "net_value"]
    other = pl.DataFrame(
        {
            name: [None if isinstance(v, float) and np.isnan(v) else v for v in customers[name].tolist()]
            for name in columns
        }
    )
    assert texts(plot(other)) == texts(plot(customers))


def test_ladder_counts_everyone(customers):
    ax = kk.plots.ladder(customers)
    counts = customers.groupby(["rung_number", "rung"]).size()
    assert ticks(ax.yaxis) == counts.index.get_level_values("rung").tolist()
    assert [text.split("  (")[0] for text in texts(ax)] == [f"{count:,}" for count in counts]
    assert sum(bar.get_width() for bar in ax.patches) == len(customers)


def test_ladder_shows_who_has_lapsed(customers):
    ax = kk.plots.ladder(customers)
    kept, lapsed = ax.containers
    assert [bar.get_width() for bar in lapsed] == (customers.groupby("rung_number")["lapsed"].sum().tolist())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["not lapsed", "lapsed"]
    assert [one.get_x() + one.get_width() for one in kept] == [other.get_x() for other in lapsed]


def test_ladder_without_the_flag_has_no_legend(customers):
    ax = kk.plots.ladder(customers[["rung", "rung_number"]])
    assert ax.get_legend() is None
    assert len(ax.containers) == 1


def test_lorenz_marks_the_class_limits(customers):
    """A dot at the end of each class, at the shares that the classifier's table gives."""
    ax = kk.plots.lorenz(customers)
    table = kk.ABCClassifier().table(customers)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose([dot.get_xdata()[0] for dot in dots], 100 * table["share_of_customers"].cumsum())
    np.testing.assert_allclose([dot.get_ydata()[0] for dot in dots], 100 * table["share_of_value"].cumsum())
    assert texts(ax) == table["abc"].tolist() == ["A", "B", "C", "D"]


def test_lorenz_of_classes_that_were_kept():
    """A customer who keeps A may be worth less than one who keeps B."""
    scores = pd.DataFrame({"customer_id": range(5), "clv": [75.0, 12.0, 8.0, 5.0, 3.0]})
    before = pd.DataFrame({"customer_id": range(5), "abc": list("ABACC")})
    kept = kk.ABCClassifier(keep=0.1).classify(scores, previous=before)
    assert kept["abc"].tolist() == list("ABACC")
    assert texts(kk.plots.lorenz(kept)) == ["A", "B", "C"]


def test_lorenz_says_what_each_class_holds():
    """80, 15, 5 and a loss of 10: read from the legend."""
    scores = pd.DataFrame({"customer_id": range(5), "clv": [80, 15, 5, -10, np.nan]})
    legend = kk.plots.lorenz(kk.ABCClassifier().classify(scores)).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "all alike",
        "A: 25 % of customers, 80 % of value, from 80",
        "B: 25 % of customers, 15 % of value, from 15",
        "C: 25 % of customers, 5 % of value, from 5",
        "D: 25 % of customers, -10 % of value, from -10",
    ]
    gini = (-3 * -10 - 1 * 5 + 1 * 15 + 3 * 80) / (4 * 110)
    assert legend.get_title().get_text() == f"Gini coefficient {gini:.2f}"


def test_lorenz_refuses_classes_of_other_values(customers):
    with pytest.raises(DataError) as caught:
        kk.plots.lorenz(customers, by="total_value")
    assert str(caught.value) == (
        "The Lorenz plot needs `abc` made from `total_value`: these classes do not follow its order.\n\n"
        'Hint: name the column they were made from, by="...", or kk.ABCClassifier(by="total_value").'
    )


def test_lorenz_refuses_classes_in_another_order():
    swapped = pd.DataFrame({"customer_id": [1, 2], "clv": [80.0, 20.0], "abc": ["B", "A"]})
    with pytest.raises(DataError, match="these classes do not follow its order"):
        kk.plots.lorenz(swapped)


def test_grid_has_a_tile_for_each_cell(customers):
    ax = kk.plots.grid(customers)
    cells = customers.groupby(["rung_number", "abc"], dropna=False).size()
    assert len(ax.patches) == len(cells)
    assert sorted(texts(ax)[::2]) == sorted(f"{count:,}" for count in cells)
    assert ticks(ax.xaxis) == ["A", "B", "C", "D", "no class"]
    assert ticks(ax.yaxis) == ["prospect", "trial buyer", "repeat buyer", "client", "supporter", "partner"]


def test_grid_puts_each_number_in_its_tile(customers):
    ax = kk.plots.grid(customers)
    clients = customers[customers["rung"] == "client"]
    row = [text for text in ax.texts[::2] if round(text.get_position()[1]) == 3]
    shown = {"ABCD"[round(text.get_position()[0])]: text.get_text() for text in row}
    assert shown == {name: f"{count:,}" for name, count in clients["abc"].value_counts().items()}


@pytest.mark.parametrize(
    ("plot", "who", "where"),
    [
        (kk.plots.ladder, "The ladder plot", "see ladder.place(...)."),
        (kk.plots.grid, "The grid plot", "see career.customers()."),
    ],
)
def test_nobody_to_draw(plot, who, where, customers):
    with pytest.raises(DataError) as caught:
        plot(customers.iloc[:0])
    assert str(caught.value) == f"{who} needs customers, got none.\n\nHint: {where}"


@pytest.mark.parametrize("plot", PLOTS)
def test_without_matplotlib(plot, customers, monkeypatch):
    """The extra is named, not a module that is missing."""
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CapabilityError) as caught:
        plot(customers)
    assert str(caught.value) == (
        'plots need matplotlib, which is not installed.\n\nHint: pip install "kundkarriar[plots]"'
    )


@pytest.mark.parametrize("draw", [kk.plots.grid, kk.plots.ladder, kk.plots.lorenz])
@pytest.mark.parametrize("ax", ["axes", 1, [], object])
def test_what_is_no_axes_is_refused(customers, draw, ax):
    with pytest.raises(kk.DataError) as caught:
        draw(customers, ax=ax)
    assert str(caught.value) == (
        f"`ax` must be an Axes of matplotlib, got {ax!r}.\n\nHint: write ax=plt.subplots()[1], or leave it out."
    )


@pytest.mark.parametrize(("draw", "argument"), [(kk.plots.grid, "value"), (kk.plots.lorenz, "by")])
def test_the_column_of_values_is_a_name(customers, draw, argument):
    with pytest.raises(kk.DataError, match=f"`{argument}` must be the name of a column, got"):
        draw(customers, **{argument: ["clv"]})


def test_classes_of_other_names_have_columns_of_their_own(customers):
    named = customers.assign(abc=customers["abc"].replace({"D": "loss"}))
    labels = [label.get_text() for label in kk.plots.grid(named).get_xticklabels()]
    assert labels == ["A", "B", "C", "loss", "no class"]
