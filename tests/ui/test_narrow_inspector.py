"""The tables of the inspector where it is as narrow as it can be, and wider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import Digits
from neuralbuilder.insights.receptive_field import Cell
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document
from neuralbuilder.ui.inspector.cell_grid import CellGrid
from neuralbuilder.ui.window import MainWindow
from neuralbuilder.ui.workspace import Selection
from tests.ui.window_parts import PATIENCE, open_window, settle

NARROW, USUAL = 250, 304
TEXT = (
    "R^64 -> reshape 1x8x8 -> conv 3@3x3 relu -> batchnorm -> maxpool 2 -> flatten -> 6 tanh"
    " -> 10 softmax"
)


@pytest.fixture(scope="module")
def document() -> Document:
    digits = Digits()
    return Document(new_project(TEXT, digits, digits.load()))


@pytest.fixture
def window(qtbot: QtBot, document: Document) -> Iterator[MainWindow]:
    with open_window(qtbot, document) as window:
        window.resize(1280, 800)
        window.runner.epoch()
        settle(qtbot, window)
        yield window


def narrow(window: MainWindow, width: int) -> None:
    panes = window.panes
    left, centre, right = panes.sizes()
    panes.setSizes([left, left + centre + right - left - width, width])
    QApplication.processEvents()
    assert panes.inspector.width() == width


def select(qtbot: QtBot, window: MainWindow, node: str, neuron: int | None = None) -> None:
    chosen = (node, neuron) if neuron is not None else None
    window.workspace.select(Selection(frozenset({node}), chosen, 3))
    shown(qtbot, window)


def shown(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    for _ in range(3):
        QApplication.processEvents()


def whole(window: MainWindow) -> None:
    """The page is no wider than what one sees of it, and no number is cut."""
    area = window.panes.inspector._pages.currentWidget()
    page = area.widget()
    assert page.width() <= area.viewport().width()
    for each in page.findChildren(QLabel):
        if each.isVisibleTo(page) and each.property("role") == "mono-small":
            assert each.width() >= each.sizeHint().width(), each.text()
            right = each.mapTo(page, each.rect().topRight()).x()
            assert right <= page.width(), each.text()
    assert not any(table.is_cut for table in page.findChildren(CellGrid))


@pytest.mark.parametrize("width", [NARROW, USUAL])
def test_no_number_of_the_inspector_is_cut(qtbot: QtBot, window: MainWindow, width: int) -> None:
    narrow(window, width)
    for node, neuron in (("output", 4), ("hidden_1", 2), ("batchnorm_1", None), ("conv_1", None)):
        select(qtbot, window, node, neuron)
        whole(window)
    for backward in (False, True):
        window.workspace.cells.set_backward(backward)
        for cell in (Cell("conv_1", (1, 2, 2)), Cell("maxpool_1", (1, 1, 1))):
            window.workspace.cells.pin(cell)
            shown(qtbot, window)
            whole(window)


def test_the_letters_of_the_softmax_follow_the_width(qtbot: QtBot, window: MainWindow) -> None:
    select(qtbot, window, "output", 4)
    table = window.panes.inspector.layer_page.findChild(CellGrid)
    assert table is not None
    narrow(window, USUAL)
    assert table.letters == "usual"
    assert not table.is_cut
    narrow(window, NARROW)
    assert table.letters == "small"
    assert not table.is_cut
    assert not table.horizontalScrollBar().isVisible()
    narrow(window, USUAL)
    assert table.letters == "usual"


def test_a_table_that_does_not_fit_is_scrolled_sideways(qtbot: QtBot) -> None:
    table = CellGrid(None)
    qtbot.addWidget(table)
    rows = (("class", *(f"column {i}" for i in range(6))), ("a", *(f"−1.23{i}" for i in range(6))))
    table.set_rows(rows)
    table.resize(180, 60)
    table.show()
    QApplication.processEvents()
    assert table.is_cut
    bar = table.horizontalScrollBar()
    assert bar.isVisible()
    low = table.sizeHint().height()
    table.resize(180, low)
    QApplication.processEvents()
    bar.setValue(bar.maximum())
    last = next(each for each in table.findChildren(QLabel) if each.text() == "−1.235")
    place = last.mapTo(table.viewport(), last.rect().bottomRight())
    assert table.viewport().rect().contains(place), "the last number can be reached, whole"
    table.resize(600, 60)
    QApplication.processEvents()
    assert not table.is_cut
    assert table.sizeHint().height() < low
