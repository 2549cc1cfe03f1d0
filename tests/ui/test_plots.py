"""The plots: figures painted on real widgets, fed by a real runner."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Diabetes, Iris
from neuralbuilder.data.planes import Circle
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.insights import (
    Accuracy,
    ActivationHistograms,
    ConfusionMatrix,
    LossCurve,
    Predictions,
    WeightHistograms,
)
from neuralbuilder.insights.figure import (
    Arrays,
    Axis,
    Bars,
    Figure,
    HeatMap,
    Line,
    Marker,
    Points,
    Table,
)
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.plots import (
    FigureView,
    LegendStrip,
    PlotArea,
    PlotPanel,
    export,
    legend_of,
    ticks,
    values,
)
from neuralbuilder.ui.plots.clouds import clouds
from neuralbuilder.ui.plots.curves import cut_across
from neuralbuilder.ui.plots.frame import Frame
from neuralbuilder.ui.plots.legend import LINE, TIGHT, legend_lines, legend_width
from neuralbuilder.ui.plots.panel_menu import choosable
from neuralbuilder.ui.plots.ticks import Scale
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current, install
from neuralbuilder.ui.workspace import Workspace

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

PATIENCE = 20_000
X = np.linspace(0.0, 10.0, 60)


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> Iterator[None]:
    install(qapp, "dark")
    yield
    current().set_mode("dark")


def line(**facts) -> Line:
    return Line(**{"name": "train", "x": X, "y": np.exp(-X / 3), **facts})


def loss(offset: float = 0.0, logarithmic: bool = True) -> Figure:
    other = line(name="test", y=np.exp(-X / 4) + offset, role="second", dashed=True)
    return Figure(
        "Loss",
        x_axis=Axis("epoch"),
        y_axis=Axis(logarithmic=logarithmic),
        marks=(line(), other),
    )


def histogram(name: str = "Hidden 1", height: float = 1.0) -> Figure:
    bars = Bars(name, np.linspace(-1, 1, 11), np.linspace(0.1, height, 10))
    axis = Axis(minimum=-1.0, maximum=1.0)
    return Figure(name, x_axis=axis, y_axis=Axis(minimum=0.0, maximum=1.0), marks=(bars,))


def scatter(**facts) -> Figure:
    points = Points("samples", X, np.sin(X), **facts)
    return Figure("Points", marks=(points,))


def surface() -> Figure:
    grid = np.linspace(-1, 1, 30)
    return Figure("Map", marks=(HeatMap(np.add.outer(grid, grid), (-1.0, 1.0, -1.0, 1.0)),))


def confusion() -> Figure:
    heat = HeatMap(np.eye(2), (0.0, 2.0, 0.0, 2.0), "sequential", texts=(("9", "0"), ("1", "8")))
    return Figure(
        "Classes",
        x_axis=Axis("predicted", categories=("cat", "dog")),
        y_axis=Axis("right", categories=("dog", "cat")),
        marks=(heat,),
    )


FIGURES = {
    "logarithmic lines": loss(),
    "linear lines": loss(logarithmic=False),
    "one point": Figure(marks=(Line("train", np.array([3.0]), np.array([0.5])),)),
    "histogram": histogram(),
    "points": scatter(),
    "points of classes": scatter(classes=np.arange(60) % 3, class_names=("a", "b", "c")),
    "hollow points": scatter(hollow=True),
    "points with values": scatter(values=np.sin(X)),
    "map": surface(),
    "map of classes": Figure(
        marks=(replace(surface().marks[0], classes=np.arange(900).reshape(30, 30) % 2),)
    ),
    "map with texts": confusion(),
    "marker": Figure(marks=(line(), Marker(5.0, "rate 0.01"))),
    "table": Figure(marks=(Table(("term", "value"), (("x₁·w", "0.42"), ("z", "−1"))),)),
    "rows": Figure(rows=(histogram("Input"), histogram("Hidden 1"), histogram("Output"))),
    "message": Figure(message="Train, and the loss appears here."),
}


def shown(qtbot: QtBot, figure: Figure, size: tuple[int, int] = (400, 260)) -> FigureView:
    view = FigureView(interactive=True)
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    view.set_figure(figure)
    return view


def picture(widget: QWidget) -> QImage:
    QApplication.processEvents()
    return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def pixels(image: QImage) -> np.ndarray:
    data = np.frombuffer(image.constBits(), np.uint8)
    return data.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, :, 2::-1].astype(int)


def count(widget: QWidget, color: QColor, tolerance: int = 12) -> int:
    wanted = np.array([color.red(), color.green(), color.blue()])
    return int((np.abs(pixels(picture(widget)) - wanted).max(axis=2) <= tolerance).sum())


# ------------------------------------------------------------------ painting


@pytest.mark.parametrize("name", FIGURES)
def test_every_kind_of_mark_leaves_its_trace(qtbot: QtBot, name: str) -> None:
    view = shown(qtbot, Figure())
    empty = pixels(picture(view))
    view.set_figure(FIGURES[name])
    assert (pixels(picture(view)) != empty).any(axis=2).sum() > 20


def test_colours_are_those_of_the_roles(qtbot: QtBot) -> None:
    view = shown(qtbot, loss())
    theme = current()
    assert count(view, theme.color("accent")) > 50
    assert count(view, theme.color("negative")) > 50, "the role 'second' is the orange one"
    assert count(view, theme.color("line")) > 300, "grid lines"


def test_classes_differ_in_symbol_as_well_as_in_colour(qtbot: QtBot) -> None:
    figure = FIGURES["points of classes"]
    entries = legend_of(figure)
    assert [entry.name for entry in entries] == ["a", "b", "c"]
    assert len({entry.symbol for entry in entries}) == 3
    view = shown(qtbot, figure)
    for index in range(3):
        assert count(view, current().color(f"class {index}")) > 20


def test_the_theme_may_change_while_a_plot_is_shown(qtbot: QtBot) -> None:
    for figure in FIGURES.values():
        view = shown(qtbot, figure)
        dark = pixels(picture(view))
        current().set_mode("light")
        light = pixels(picture(view))
        current().set_mode("dark")
        assert np.median(dark) < 60 < 200 < np.median(light)
        assert (pixels(picture(view)) == dark).all()
        view.close()


def test_updates_reuse_the_graphics_items(qtbot: QtBot) -> None:
    view = shown(qtbot, Figure())
    for make in (
        lambda k: loss(k / 100),
        lambda k: Figure(rows=(histogram("a", 0.5 + k / 100), histogram("b"))),
        lambda k: replace(surface(), note=str(k)),
        lambda k: scatter(classes=np.arange(60) % 2 + k % 3),
    ):
        view.set_figure(make(0))
        QApplication.processEvents()
        items = set(view.graphics_items())
        for k in range(1, 51):
            view.set_figure(make(k))
        QApplication.processEvents()
        assert set(view.graphics_items()) == items


def test_the_same_figure_is_not_painted_again(qtbot: QtBot) -> None:
    view = shown(qtbot, loss())
    first = view.figure
    view.set_figure(loss())
    assert view.figure is first
    view.set_figure(loss(0.5))
    assert view.figure is not first


def test_two_figures_are_the_same_when_all_numbers_are() -> None:
    gap = np.array([1.0, np.nan])
    assert values.same(line(x=gap, y=gap), line(x=gap.copy(), y=gap.copy()))
    assert not values.same(line(), line(y=X))
    assert not values.same(line(), line(dashed=True))
    assert not values.same(line(), histogram().marks[0])
    assert values.same(Arrays({"a": X}), Arrays({"a": X.copy()}))
    assert not values.same(Arrays({"a": X}), Arrays({"b": X}))


def test_a_message_stands_in_for_the_picture(qtbot: QtBot) -> None:
    view = shown(qtbot, FIGURES["message"])
    assert view.message_label.isVisible()
    assert view.message_label.text() == "Train, and the loss appears here."
    view.set_figure(loss())
    assert not view.message_label.isVisible()


def test_many_rows_share_the_room(qtbot: QtBot) -> None:
    rows = tuple(histogram(f"Hidden {index}") for index in range(20))
    view = shown(qtbot, Figure(rows=rows), (420, 200))
    assert count(view, current().color("line")) > 1000
    view.resize(60, 50)
    QApplication.processEvents()
    assert not picture(view).isNull()


# ------------------------------------------------------------------ extremes

EXTREMES = {
    "huge": np.array([1e300, -1e300, 1.0]),
    "beyond": np.array([np.inf, -np.inf, 1.0]),
    "no number": np.array([np.nan, np.nan, np.nan]),
    "gaps": np.array([1.0, np.nan, 2.0]),
    "tiny": np.array([1e-310, 2e-310, 3e-310]),
    "constant": np.array([5.0, 5.0, 5.0]),
    "zero": np.zeros(3),
    "negative": np.array([-1.0, -2.0, -3.0]),
    "single": np.array([1.0]),
    "empty": np.zeros(0),
}


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("logarithmic", [False, True])
def test_extremes_are_painted_without_a_warning(qtbot: QtBot, name: str, logarithmic: bool) -> None:
    extreme = EXTREMES[name]
    axis = Axis("x", logarithmic=logarithmic)
    view = shown(qtbot, Figure())
    edges = np.append(extreme, extreme[-1:] + 1)
    square = np.outer(extreme, extreme) if len(extreme) < 3 else np.tile(extreme, (3, 1))
    for mark in (
        Line("a", np.arange(float(len(extreme))), extreme),
        Line("a", extreme, extreme, dashed=True),
        Points("a", extreme, extreme, values=extreme),
        Points("a", extreme, extreme, classes=np.zeros(len(extreme), np.intp)),
        Bars("a", edges, extreme),
        HeatMap(square, (0.0, 1.0, 0.0, 1.0), limit=0.0),
        HeatMap(np.eye(2), (-1e300, 1e300, -1e300, 1e300)),
    ):
        view.set_figure(Figure("Extreme", x_axis=axis, y_axis=axis, marks=(mark,)))
        assert not picture(view).isNull()
        view.set_figure(Figure(rows=(Figure("Row", marks=(mark,)),)))
        assert not picture(view).isNull()


def test_a_single_point_of_a_curve_can_be_seen(qtbot: QtBot) -> None:
    view = shown(qtbot, FIGURES["one point"])
    assert count(view, current().color("accent")) > 8


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=400),
    st.integers(min_value=10, max_value=200),
)
def test_thinning_keeps_the_extremes(numbers: list[float], limit: int) -> None:
    y = values.safe(numbers)
    x, thinned = values.curve(np.arange(float(len(y))), y, limit)
    assert len(x) == len(thinned) <= max(limit, 2) + 2
    assert np.all(np.diff(x) > 0)
    known = y[np.isfinite(y)]
    if len(known):
        assert np.nanmin(thinned) == known.min()
        assert np.nanmax(thinned) == known.max()
    else:
        assert not len(thinned)


@given(st.lists(st.integers(-3, 3) | st.floats(-1, 1)))
def test_different_values_are_those_of_numpy(numbers: list[float]) -> None:
    assert np.array_equal(values.different(np.array(numbers)), np.unique(np.array(numbers)))


def test_thinning_loads_no_module_in_the_middle_of_a_frame() -> None:
    done = subprocess.run(
        [sys.executable, "-c", THINS],
        env=dict(os.environ, PYTHONPATH=os.getcwd()),
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["200", "set()"]


THINS = """
import sys
import numpy as np
from neuralbuilder.ui.plots import values
before = set(sys.modules)
x, y = values.curve(np.arange(9000.0), np.sin(np.arange(9000.0)), 200)
print(len(x), set(sys.modules) - before)
"""


@given(st.floats(-1e30, 1e30), st.floats(-1e30, 1e30), st.integers(2, 8), st.booleans())
def test_numbers_of_a_linear_axis_lie_on_it(
    low: float, high: float, most: int, widen: bool
) -> None:
    scale = ticks.linear(low, high, most, widen)
    slack = (scale.high - scale.low) * 1e-6
    assert scale.high > scale.low
    assert len(scale.ticks) == len(scale.texts) <= most + 2
    assert all(scale.low - slack <= tick <= scale.high + slack for tick in scale.ticks)
    if widen:
        assert scale.low <= min(low, high) + slack
        assert scale.high >= max(low, high) - slack


@given(st.floats(-30, 30), st.floats(0, 60), st.integers(2, 8), st.booleans())
def test_numbers_of_a_logarithmic_axis_lie_on_it(
    low: float, span: float, most: int, widen: bool
) -> None:
    scale = ticks.logarithmic(low, low + span, most, widen)
    assert scale.high > scale.low
    assert len(scale.ticks) == len(scale.texts)
    assert list(scale.ticks) == sorted(scale.ticks)


def test_logarithmic_numbers_are_those_of_the_picture() -> None:
    scale = ticks.logarithmic(np.log10(0.0127), np.log10(0.8), 6)
    assert scale.texts == (".01", ".03", ".1", ".3", "1")
    assert ticks.linear(-1, 1, 5).texts == ("−1", "−.5", "0", ".5", "1")
    assert ticks.logarithmic(-9, 0, 6).texts[-1] == "1"
    assert "1e−8" in ticks.logarithmic(-9, 0, 6).texts


# ------------------------------------------------------------------ mouse


def test_the_wheel_zooms_and_a_double_click_shows_everything(qtbot: QtBot) -> None:
    view = shown(qtbot, loss())
    QApplication.processEvents()
    sheet = view.sheet.viewport()
    middle = QPointF(sheet.rect().center())
    wheel = QWheelEvent(
        middle,
        sheet.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = pixels(picture(view))
    QApplication.sendEvent(sheet, wheel)
    assert view.is_zoomed
    assert (pixels(picture(view)) != before).any()
    view.set_figure(loss(0.01))
    assert view.is_zoomed, "new data do not take the view away"
    for press in (qtbot.mousePress, qtbot.mouseDClick):  # as Qt delivers a double click
        press(sheet, Qt.MouseButton.LeftButton, pos=middle.toPoint())
        qtbot.mouseRelease(sheet, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    qtbot.waitUntil(lambda: not view.is_zoomed)


# ------------------------------------------------------------------ legend


def test_the_legend_names_curves_but_not_guides() -> None:
    guide = line(name="exact", role="muted", dashed=True)
    figure = replace(loss(), marks=(guide, *loss().marks))
    assert [(e.name, e.kind) for e in legend_of(figure)] == [("train", "line"), ("test", "dashed")]
    assert legend_of(replace(figure, message="Nothing yet.")) == ()


def test_a_legend_strip_shows_what_fits(qtbot: QtBot) -> None:
    strip = LegendStrip()
    qtbot.addWidget(strip)
    assert not strip.isVisibleTo(None)
    strip.set_entries(legend_of(loss()))
    strip.resize(strip.sizeHint())
    strip.show()
    assert count(strip, current().color("accent")) > 10
    assert count(strip, current().color("negative")) > 10
    strip.resize(50, 18)
    assert count(strip, current().color("negative")) == 0
    assert "test" in strip.toolTip()
    strip.resize(50, 2 * LINE)
    assert count(strip, current().color("negative")) > 10, "the second line has the second name"


PARTS = ("train", "validation", "test")
ROLES = ("accent", "good", "second")


def three_parts(title: str) -> Figure:
    """A figure with the legend that losses and accuracies have."""
    marks = (line(name=name, role=role) for name, role in zip(PARTS, ROLES, strict=True))
    return Figure(title=title, note="97.1 % · test", x_axis=Axis("epoch (log y)"), marks=(*marks,))


@pytest.mark.parametrize("width", [150, 163, 222, 300, 402])
def test_no_name_of_a_legend_is_cut_however_narrow_the_panel(panel: PlotPanel, width: int) -> None:
    panel.resize(width, 220)
    panel.show_figure(three_parts("Accuracy"))
    QApplication.processEvents()
    strip = panel.legend if panel.legend.isVisible() else panel.lower_legend
    assert strip.isVisible()
    assert panel.legend.isVisible() != panel.lower_legend.isVisible()
    lines = legend_lines(strip.entries, strip.width(), strip.height() // LINE)
    assert all(legend_width(each, TIGHT) <= strip.width() for each in lines)
    assert [entry.name for each in lines for entry in each] == list(PARTS)
    assert not panel.header.title_label().geometry().intersects(panel.menu_button.geometry())
    notes = (panel.header._note, panel.lower_note)
    assert [note.shown_text()[:6] for note in notes if note.isVisible()] == ["97.1 %"]


@pytest.mark.parametrize("width", [222, 400])
def test_the_numbers_of_bars_are_written_at_them(panel: PlotPanel, width: int) -> None:
    texts = tuple(map(str, range(90, 100)))
    bars = Bars("right", np.arange(11.0), np.linspace(0.0, 100.0, 10), texts=texts)
    x_axis, y_axis = Axis("", categories=tuple("abcdefghij")), Axis("%", minimum=0.0, maximum=100.0)
    panel.resize(width, 220)
    panel.show_figure(Figure(title="Bars", x_axis=x_axis, y_axis=y_axis, marks=(bars,)))
    QApplication.processEvents()
    drawn = export.svg(panel.view).decode()
    assert all(f">{text}<" in drawn for text in texts)


@pytest.mark.parametrize("width", [163, 222])
def test_a_narrow_map_keeps_the_names_of_all_its_rows_and_columns(
    panel: PlotPanel, width: int
) -> None:
    digits = tuple(map(str, range(10)))
    x_axis, y_axis = Axis("predicted class", categories=digits), Axis("", categories=digits)
    heat = HeatMap(np.eye(10), (0.0, 10.0, 0.0, 10.0), "sequential")
    panel.resize(width, 220)
    panel.show_figure(Figure(title="Map", x_axis=x_axis, y_axis=y_axis, marks=(heat,)))
    QApplication.processEvents()
    text = export.svg(panel.view).decode()
    assert [text.count(f">{digit}<") for digit in digits] == [2] * 10
    assert ">predicted class<" in text


def test_the_name_of_a_short_axis_has_a_line_of_its_own(panel: PlotPanel) -> None:
    panel.resize(150, 220)
    panel.show_figure(three_parts("Loss"))
    QApplication.processEvents()
    assert ">epoch (log y)<" in export.svg(panel.view).decode()


@pytest.mark.parametrize("width", [150, 230, 402])
def test_an_exported_legend_is_whole(panel: PlotPanel, width: int) -> None:
    panel.resize(width, 220)
    panel.show_figure(three_parts("Accuracy"))
    QApplication.processEvents()
    text = export.svg(panel.view).decode()
    assert all(f">{name}<" in text for name in PARTS)


# ------------------------------------------------------------------ export


def rows_of(figure: Figure) -> list[list[str]]:
    return list(csv.reader(io.StringIO(export.csv_text(figure))))


def test_csv_has_the_numbers_of_every_mark() -> None:
    figure = Figure(
        x_axis=Axis("epoch"),
        marks=(
            Line("train", np.array([0.0, 1.0]), np.array([0.1, np.nan])),
            Points("s", np.array([2.0]), np.array([3.0]), classes=np.array([1]),
                   class_names=("a", "=HYPERLINK(1)")),
            Marker(0.5, "+rate"),
        ),
    )  # fmt: skip
    header, first, second = rows_of(figure)
    assert header == ["train epoch", "train", "s epoch", "s y", "s class", "mark epoch", "mark"]
    assert first == ["0.0", "0.1", "2.0", "3.0", "'=HYPERLINK(1)", "0.5", "'+rate"]
    assert second == ["1.0", "", "", "", "", "", ""]


def test_csv_of_maps_tables_and_rows() -> None:
    heat = HeatMap(np.array([[1.0, 2.0], [3.0, 4.0]]), (0.0, 2.0, 0.0, 4.0))
    assert rows_of(Figure(marks=(heat,)))[1:] == [
        ["0.5", "1.0", "1.0"],
        ["1.5", "1.0", "2.0"],
        ["0.5", "3.0", "3.0"],
        ["1.5", "3.0", "4.0"],
    ]
    table = Figure(marks=(Table(("name", "n"), (("@a", "-1"), (" =b", "2"))),))
    assert rows_of(table) == [["name", "n"], ["'@a", "-1"], ["' =b", "2"]]
    header = rows_of(Figure(rows=(histogram("Input"), histogram("Output"))))[0]
    assert header[0] == "Input Input from"
    assert header[5] == "Output Output height"


def test_csv_of_a_matrix_is_the_table_one_sees() -> None:
    names = ("ant", "=bee")
    counts = np.array([[0, 7], [12, 3]])
    figure = Figure(
        x_axis=Axis("predicted class", categories=names),
        y_axis=Axis("right class", categories=names[::-1]),
        marks=(HeatMap(counts / 12, (0.0, 2.0, 0.0, 2.0), "sequential", counts=counts),),
    )
    assert rows_of(figure) == [
        ["right class", "predicted class ant", "predicted class =bee"],
        ["ant", "12", "3"],
        ["'=bee", "0", "7"],
    ]
    shares = replace(figure, marks=(replace(figure.marks[0], counts=None),))
    assert rows_of(shares)[1:] == [["ant", "1.0", "0.25"], ["'=bee", "0.0", repr(7 / 12)]]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Loss", "Loss.png"),
        ("../../evil", "evil.png"),
        ("CON", "plot CON.png"),
        ("a:b", "a b.png"),
        ("", "plot.png"),
    ],
)
def test_file_names_are_safe(title: str, name: str) -> None:
    assert export.file_name(title, ".png") == name


# ------------------------------------------------------------------ panels


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[Runner]:
    """A runner whose process is not started."""
    workspace = Workspace(Document(example()))
    runner = Runner(workspace)
    runner.workspace = workspace  # kept alive as long
    yield runner
    runner.close()


@pytest.fixture
def panel(qtbot: QtBot, runner: Runner) -> PlotPanel:
    panel = PlotPanel(LossCurve(), runner, "plots/1")
    qtbot.addWidget(panel)
    panel.resize(402, 288)
    panel.show()
    return panel


def test_a_panel_shows_title_note_and_legend(panel: PlotPanel) -> None:
    panel.show_figure(replace(loss(), note="two curves"))
    assert panel.header.title_label().text() == "Loss"
    assert [entry.name for entry in panel.legend.entries] == ["train", "test"]
    assert panel.legend.isVisible()


def test_the_details_of_a_view_that_made_a_mistake_can_be_copied(panel: PlotPanel) -> None:
    panel.show_figure(loss())
    assert not panel.menu.details.isVisible()
    panel.show_figure(Figure(message="This view could not be computed: …", details="Traceback …"))
    assert panel.view.message_label.text().startswith("This view could not be computed")
    panel.menu.details.trigger()
    assert QApplication.clipboard().text() == "Traceback …"
    panel.show_figure(loss())
    assert not panel.menu.details.isVisible()


def test_the_menu_switches_settings_and_insights(qtbot: QtBot, panel: PlotPanel) -> None:
    action = panel.menu.setting_action("logarithmic")
    assert action.isChecked()
    with qtbot.waitSignal(panel.insight_changed):
        action.trigger()
    assert panel.insight == LossCurve(logarithmic=False)
    panel.set_insight(Predictions())
    with pytest.raises(KeyError):
        panel.menu.setting_action("logarithmic")
    panel.menu.setting_action("view", "classes").trigger()
    assert panel.insight == Predictions(view="classes")
    assert panel.menu.setting_action("view", "classes").isChecked()
    assert not panel.menu.setting_action("view", "automatic").isChecked()
    panel.menu.form.field("output").step_by(1)
    assert panel.insight == Predictions(view="classes", output=2)


def test_every_insight_of_the_menu_can_be_chosen(panel: PlotPanel) -> None:
    kinds = panel.menu.kind_actions()
    assert [action.data() for action in kinds] == [cls.name for cls in choosable()]
    for action in kinds:
        action.trigger()
        assert panel.insight.name == action.data()
        assert action.isChecked()


@pytest.mark.parametrize("name", ["logarithmic lines", "rows", "table", "points of classes", "map"])
def test_a_plot_is_saved_in_every_format(panel: PlotPanel, tmp_path, name: str) -> None:
    panel.show_figure(FIGURES[name])
    for suffix in (".png", ".svg", ".csv"):
        assert panel.save(tmp_path / f"plot{suffix}")
    image = QImage(str(tmp_path / "plot.png"))
    assert image.width() > 400
    assert len(np.unique(pixels(image.convertToFormat(QImage.Format.Format_RGB32)))) > 10
    assert b"<svg" in (tmp_path / "plot.svg").read_bytes()
    assert (tmp_path / "plot.csv").read_text("utf-8-sig").count("\n") > 2


def test_curves_and_points_stay_vectors(panel: PlotPanel) -> None:
    panel.show_figure(loss())
    text = export.svg(panel.view).decode()
    assert "<image" not in text
    assert current().color("accent").name() in text
    panel.show_figure(FIGURES["points of classes"])
    assert "<image" not in export.svg(panel.view).decode()


def test_a_plot_is_copied_as_a_picture(panel: PlotPanel) -> None:
    panel.show_figure(loss())
    panel.copy_picture()
    assert not QApplication.clipboard().image().isNull()


def test_what_cannot_be_saved_is_told(panel: PlotPanel, tmp_path) -> None:
    told: list[object] = []
    panel.failed.connect(told.append)
    assert not panel.save(tmp_path / "missing" / "plot.png")
    assert not panel.save(tmp_path / "plot.gif")
    assert "plot.png could not be written" in str(told[0])
    assert ".gif" in str(told[1])
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files there")
@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_a_plot_never_takes_the_place_of_a_device(
    panel: PlotPanel, tmp_path: Path, suffix: str
) -> None:
    told: list[object] = []
    panel.failed.connect(told.append)
    panel.show_figure(loss())
    place = tmp_path / f"plot{suffix}"
    os.mkfifo(place)
    assert not panel.save(place)
    assert "it is a pipe" in str(told[0])
    assert place.is_fifo()


# ------------------------------------------------------------------ the area


@pytest.fixture
def data() -> list[Samples]:
    """The data that the area is asked to follow, if any."""
    return []


@pytest.fixture
def area(qtbot: QtBot, runner: Runner, data: list[Samples]) -> PlotArea:
    area = PlotArea(runner, None, lambda: data[0] if data else None)
    qtbot.addWidget(area)
    area.resize(1002, 288)
    return area


def kinds(area: PlotArea) -> list[type]:
    return [type(panel.insight) for panel in area.panels]


def test_the_usual_plots(area: PlotArea) -> None:
    assert kinds(area) == [LossCurve, ActivationHistograms, Predictions]
    assert len({panel.key for panel in area.panels}) == 3


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (Iris(), [LossCurve, Accuracy, ConfusionMatrix]),
        (Circle(), [LossCurve, Accuracy, Predictions]),
        (Diabetes(), [LossCurve, ActivationHistograms, Predictions]),
    ],
)
def test_the_usual_plots_follow_the_data(
    area: PlotArea, data: list[Samples], dataset: Dataset, expected: list[type]
) -> None:
    data[:] = [dataset.load()]
    area.follow_data()
    assert kinds(area) == expected
    data.clear()
    area.follow_data()
    assert kinds(area) == expected, "data that cannot be read say nothing about plots"


def _close_one(area: PlotArea) -> None:
    area.close_panel(area.panels[1])


def _set_a_setting(area: PlotArea) -> None:
    area.panels[0].set_insight(LossCurve(logarithmic=False))


def _add_one(area: PlotArea) -> None:
    area.add_panel(WeightHistograms())


@pytest.mark.parametrize("choose", [_close_one, _set_a_setting, _add_one])
def test_chosen_plots_do_not_follow_the_data(
    area: PlotArea, data: list[Samples], choose: Callable[[PlotArea], None]
) -> None:
    choose(area)
    chosen = [panel.insight for panel in area.panels]
    data[:] = [Iris().load()]
    area.follow_data()
    assert [panel.insight for panel in area.panels] == chosen
    area.restore_layout(json.loads(json.dumps(area.saved_layout())))
    area.follow_data()
    assert [panel.insight for panel in area.panels] == chosen
    area.reset_layout()
    assert kinds(area) == [LossCurve, Accuracy, ConfusionMatrix]


def test_widths_may_be_chosen_without_choosing_plots(area: PlotArea, data: list[Samples]) -> None:
    area.show()
    area._splitter.setSizes([200, 500, 278])
    area._splitter.splitterMoved.emit(200, 1)
    saved = area.saved_layout()
    assert saved["plots"] == []
    data[:] = [Iris().load()]
    area.restore_layout(saved)
    assert kinds(area) == [LossCurve, Accuracy, ConfusionMatrix]
    assert area._splitter.sizes() == saved["sizes"]


def test_plots_are_added_up_to_four_and_closed_down_to_one(area: PlotArea) -> None:
    area.show()
    area.resize(1002, 289)
    menu = area.panels[0].add_menu
    menu.fill()
    menu.actions()[0].trigger()
    assert len(area.panels) == 4
    assert len(set(kinds(area))) == 4
    assert area.add_panel() is None
    assert not area.panels[0].add_button.isVisible()
    while len(area.panels) > 1:
        area.panels[-1].menu.close_plot.trigger()
    assert not area.panels[0].menu.close_plot.isEnabled()
    area.close_panel(area.panels[0])
    assert len(area.panels) == 1


def test_the_arrangement_survives_a_file(qtbot: QtBot, area: PlotArea, runner: Runner) -> None:
    area.show()
    area.panels[0].set_insight(LossCurve(logarithmic=False))
    area.close_panel(area.panels[1])
    area.add_panel(ActivationHistograms(bins=11))
    QApplication.processEvents()
    saved = json.loads(json.dumps(area.saved_layout()))
    other = PlotArea(runner)
    qtbot.addWidget(other)
    other.resize(area.size())
    other.restore_layout(saved)
    other.show()
    QApplication.processEvents()
    assert [panel.insight for panel in other.panels] == [panel.insight for panel in area.panels]
    assert other.saved_layout() == saved
    other.reset_layout()
    assert kinds(other) == [LossCurve, ActivationHistograms, Predictions]


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"plots": "loss"},
        {"plots": [{"part": "gone"}, 7, {"part": "network_view"}]},
        {"plots": [{"part": "loss_curve", "logarithmic": "perhaps"}]},
    ],
)
def test_a_damaged_arrangement_changes_nothing(area: PlotArea, damaged: dict) -> None:
    area.restore_layout(damaged)
    assert kinds(area) == [LossCurve, ActivationHistograms, Predictions]


def test_only_plots_in_sight_are_computed(qtbot: QtBot) -> None:
    workspace = Workspace(Document(example()))
    runner = Runner(workspace)
    area = PlotArea(runner)
    qtbot.addWidget(area)
    area.resize(1002, 288)
    area.show()
    runner.start()
    try:
        keys = {panel.key for panel in area.panels}
        qtbot.waitUntil(
            lambda: runner.last is not None and runner.last.figures.keys() == keys,
            timeout=PATIENCE,
        )
        assert area.panels[1].view.figure.rows, "the figure has been painted"
        area.panels[1].hide()
        runner.step()
        rest = keys - {area.panels[1].key}
        qtbot.waitUntil(lambda: runner.last.figures.keys() == rest, timeout=PATIENCE)
        area.panels[1].show()
        qtbot.waitUntil(lambda: runner.last.figures.keys() == keys, timeout=PATIENCE)
        closed = area.panels[2]
        area.close_panel(closed)
        runner.step()
        qtbot.waitUntil(lambda: closed_key_gone(runner, keys, area), timeout=PATIENCE)
    finally:
        runner.close()


def closed_key_gone(runner: Runner, keys: set[str], area: PlotArea) -> bool:
    left = {panel.key for panel in area.panels}
    return len(left) == len(keys) - 1 and runner.last.figures.keys() == left


def test_dashes_of_a_noisy_curve_are_whole_stretches_of_it() -> None:
    x = np.arange(0.0, 100.0)
    y = np.where(x % 2, 50.0, 0.0)
    across, down = cut_across(x, y, 9.0, 4.0)
    assert np.all(np.diff(across) >= 0)
    shown = np.isfinite(down)
    assert np.all(across[shown] % 13 <= 9 + 1e-9)
    assert np.allclose(down[shown], np.interp(across[shown], x, y))
    gaps = np.count_nonzero(shown[:-1] & ~shown[1:])
    assert gaps == len(np.arange(0.0, 99.0, 13.0))


def test_validation_and_test_differ_in_their_dashes() -> None:
    figure = Figure(
        marks=(
            line(),
            line(name="validation", dashed=True, dotted=True),
            line(name="test", dashed=True),
        )
    )
    assert [entry.kind for entry in legend_of(figure)] == ["line", "dotted", "dashed"]


def test_horizontal_axes_end_in_round_numbers() -> None:
    assert ticks.round_ends(-3.94, 4.92).texts == ("−3", "4")
    assert ticks.round_ends(0.0, 50.0).texts == ("0", "50")
    assert ticks.round_ends(0.0, 0.0229).texts == ("0", ".02")


@pytest.mark.parametrize(("dataset", "first"), [(Iris(), Accuracy), (Diabetes(), WeightHistograms)])
def test_what_is_usual_for_the_data_is_offered_first(
    area: PlotArea, data: list[Samples], dataset: Dataset, first: type
) -> None:
    _set_a_setting(area)
    data[:] = [dataset.load()]
    area.follow_data()
    panel = area.add_panel()
    assert panel is not None
    assert isinstance(panel.insight, first)


def test_plots_without_room_are_left_out_until_there_is(area: PlotArea) -> None:
    area.show()
    area.resize(400, 200)
    QApplication.processEvents()
    assert [panel.isVisible() for panel in area.panels] == [True, True, False]
    assert all(panel.geometry().right() < 400 for panel in area.panels[:2])
    area.resize(1002, 288)
    QApplication.processEvents()
    assert all(panel.isVisible() for panel in area.panels)


def test_a_note_loses_whole_parts_and_never_its_first(panel: PlotPanel) -> None:
    panel.resize(600, 200)
    panel.show_figure(Figure(title="Predictions", note="R² 0.62 · test · y1 0.30 · y2 0.94"))
    assert panel.header._note.text() == "R² 0.62 · test · y1 0.30 · y2 0.94"
    panel.resize(215, 200)
    QApplication.processEvents()
    assert panel.header._note.text() in ("R² 0.62", "R² 0.62 · test")
    assert "y2 0.94" in panel.header._note.toolTip()


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_a_sample_of_value_0_stands_out_from_a_map_of_0(qapp: QApplication, mode: str) -> None:
    install(qapp, mode)
    middle = np.array([0.5])
    points = Points("samples", middle, middle, values=np.array([0.0]), limit=1.0)
    heat = HeatMap(np.zeros((2, 2)), (0.0, 1.0, 0.0, 1.0), "diverging", 1.0)
    frame = Frame(QRectF(0, 0, 100, 100), Scale(0.0, 1.0), Scale(0.0, 1.0))
    (cloud,) = clouds(Figure("Predictions", marks=(heat, points)), frame)
    ground = QColor(cloud.look.color).lightness()
    assert abs(QColor(cloud.look.outline).lightness() - ground) > 100
