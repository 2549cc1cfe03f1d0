"""Plots by keyboard: the cells of a matrix, the images and rows of a gallery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralbuilder.insights.figure import Axis, Figure, HeatMap, Pictures, Table
from neuralbuilder.ui.plots import FigureView
from neuralbuilder.ui.theme import current, install

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NAMES = ("ant", "bee", "cat")
COUNTS = np.array([[1, 0, 6], [0, 5, 2], [9, 0, 0]])
"""Row 0 is at the bottom of the map, so it is that of the cats."""
Key = Qt.Key


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication) -> Iterator[FigureView]:
    install(qapp, "dark")
    view = FigureView(interactive=True)
    qtbot.addWidget(view)
    view.resize(260, 220)
    view.show()
    yield view
    current().set_mode("dark")


def matrix(samples: bool = True) -> Figure:
    texts = tuple(tuple(str(count or "") for count in row) for row in COUNTS)
    rows = np.where(COUNTS > 0, 10 * np.arange(3)[:, None] + np.arange(3), -1)
    return Figure(
        "Confusion matrix",
        x_axis=Axis("predicted class", categories=NAMES),
        y_axis=Axis("right class", categories=NAMES[::-1]),
        marks=(
            HeatMap(
                COUNTS / 10.0, (0.0, 3.0, 0.0, 3.0), "sequential", texts=texts,
                samples=rows if samples else None, counts=COUNTS,
            ),
        ),
    )  # fmt: skip


def reached(qtbot: QtBot, view: FigureView, figure: Figure) -> None:
    """Show a figure, and give the keyboard to it as Tab does."""
    view.set_figure(figure)
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    qtbot.keyClick(view, Key.Key_Tab)
    QApplication.processEvents()


def picture(view: FigureView) -> QImage:
    QApplication.processEvents()
    return view.grab().toImage()


def test_arrow_keys_go_from_cell_to_cell_and_enter_opens_one(
    qtbot: QtBot, view: FigureView
) -> None:
    reached(qtbot, view, matrix())
    assert view.sheet.hasFocus()
    opened: list[tuple[int, int]] = []
    view.cell_clicked.connect(lambda row, column: opened.append((row, column)))
    said = []
    keys = (
        Key.Key_Return, Key.Key_Down, Key.Key_Right, Key.Key_Enter, Key.Key_Down,
        Key.Key_Down, Key.Key_Enter, Key.Key_Left, Key.Key_Left, Key.Key_Return,
    )  # fmt: skip
    for key in keys:
        qtbot.keyClick(view.sheet, key)
        said.append(view.sheet.accessibleDescription())
    assert opened == [(2, 0), (1, 1), (0, 0)], "an empty cell opens nothing"
    assert said[0] == "right class ant, predicted class ant: 9"
    assert said[2] == "right class bee, predicted class bee: 5"
    assert said[-1] == "right class cat, predicted class ant: 1"


def test_enter_selects_the_sample_of_the_cell(qtbot: QtBot, view: FigureView) -> None:
    reached(qtbot, view, matrix())
    with qtbot.waitSignal(view.sample_chosen) as chosen:
        qtbot.keyClick(view.sheet, Key.Key_Return)
    assert chosen.args == [20]


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_the_cell_that_the_keyboard_is_at_is_framed(
    qtbot: QtBot, view: FigureView, mode: str
) -> None:
    current().set_mode(mode)
    view.set_figure(matrix())
    without = picture(view)
    reached(qtbot, view, matrix())
    first = picture(view)
    qtbot.keyClick(view.sheet, Key.Key_Right)
    second = picture(view)
    assert first != without
    assert second not in (first, without)
    view.sheet.clearFocus()
    assert picture(view) == without, "the frame goes with the keyboard"


def test_a_map_of_no_samples_is_no_place_for_the_keyboard(qtbot: QtBot, view: FigureView) -> None:
    reached(qtbot, view, matrix(samples=False))
    assert not view.sheet.hasFocus()


def test_the_place_stays_in_a_smaller_matrix(qtbot: QtBot, view: FigureView) -> None:
    reached(qtbot, view, matrix())
    qtbot.keyClick(view.sheet, Key.Key_Right)
    qtbot.keyClick(view.sheet, Key.Key_Right)
    large = matrix().marks[0]
    assert isinstance(large, HeatMap)
    small = HeatMap(
        np.ones((2, 2)), (0.0, 2.0, 0.0, 2.0), samples=np.array([[1, 2], [3, 4]]), limit=2.0
    )
    view.set_figure(Figure(marks=(small,)))
    with qtbot.waitSignal(view.sample_chosen) as chosen:
        qtbot.keyClick(view.sheet, Key.Key_Return)
    assert chosen.args == [4]


def test_the_pointer_over_a_cell_is_told_what_it_holds(qtbot: QtBot, view: FigureView) -> None:
    view.set_figure(matrix())
    QApplication.processEvents()
    axes = view._axes
    assert axes is not None

    def hint() -> str:
        hints = (each.toolTip() for each in view.graphics_items())
        return next(text for text in hints if text).splitlines()[0]

    for column, row, said in (
        (0.5, 0.5, "right class cat, predicted class ant: 1"),
        (2.5, 2.5, "right class ant, predicted class cat: 0"),
        (0.5, 2.5, "right class ant, predicted class ant: 9"),
    ):
        point = axes.box.mapToScene(axes.box.mapFromView(QPointF(column, row)))
        qtbot.mouseMove(view.sheet.viewport(), view.sheet.mapFromScene(point))
        qtbot.waitUntil(lambda said=said: hint() == said)
    trained = replace(matrix().marks[0], counts=2 * COUNTS)
    view.set_figure(replace(matrix(), marks=(trained,)))
    assert hint().endswith("predicted class ant: 18"), "the pointer has not moved meanwhile"


def test_arrow_keys_bring_images_in_sight(qtbot: QtBot, view: FigureView) -> None:
    count = 60
    images = (np.arange(count * 64).reshape(count, 8, 8) % 256).astype(np.uint8)
    view.resize(150, 100)
    view.sample_chosen.connect(view.set_chosen)
    samples = tuple(range(100, 100 + count))
    view.set_figure(Figure("Worst mistakes", marks=(Pictures(images, samples=samples),)))
    unreached = picture(view)
    reached(qtbot, view, view.figure)
    grid = view.pictures
    assert grid.hasFocus()
    assert picture(view) != unreached, "one sees that the keyboard is here"
    assert grid.hidden_rows > 0
    chosen: list[int] = []
    view.sample_chosen.connect(chosen.append)
    for _ in range(count):
        qtbot.keyClick(grid, Key.Key_Right)
        assert chosen[-1] - 100 in dict(grid.places())
    assert chosen[-1] == 159
    for _ in range(count):
        qtbot.keyClick(grid, Key.Key_Up)
        assert chosen[-1] - 100 in dict(grid.places())
    assert chosen[-1] == 100


def test_enter_chooses_the_row_of_a_table(qtbot: QtBot, view: FigureView) -> None:
    table = Table(("sample", "right"), (("1", "a"), ("2", "b"), ("3", "a")), (10, 11, 12))
    reached(qtbot, view, Figure(marks=(table,)))
    assert view.table.hasFocus()
    qtbot.keyClick(view.table, Key.Key_Down)
    qtbot.keyClick(view.table, Key.Key_Down)
    with qtbot.waitSignal(view.sample_chosen) as chosen:
        qtbot.keyClick(view.table, Key.Key_Return)
    assert chosen.args == [view.table.currentIndex().row() + 10]
    assert chosen.args[0] > 10
