"""The plots of measures in the real window: the slider of a threshold, and what is offered."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from neuralbuilder.data.bundled import BreastCancer, Iris
from neuralbuilder.insights import (
    CalibrationCurve,
    ConfusionMatrix,
    InputImportance,
    Measures,
    PartialDependence,
    PrecisionRecall,
    Residuals,
    RocCurve,
    Threshold,
)
from neuralbuilder.insights.figure import HeatMap
from neuralbuilder.parts import to_dict
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document
from neuralbuilder.ui.plots import PlotPanel
from neuralbuilder.ui.window import MainWindow
from tests.ui.window_parts import PATIENCE, open_window, settle

NEW = {
    Measures, Threshold, RocCurve, PrecisionRecall, CalibrationCurve, Residuals, InputImportance,
    PartialDependence,
}  # fmt: skip


def show_plots(qtbot: QtBot, window: MainWindow, *insights) -> list[PlotPanel]:
    window.panes.plots.restore_layout({"plots": [to_dict(insight) for insight in insights]})
    qtbot.waitUntil(lambda: window.runner.settled, timeout=PATIENCE)
    return list(window.panes.plots.panels)


def counts(panel: PlotPanel) -> np.ndarray:
    """Who is taken for whom, the first class at the top."""
    heat = next(mark for mark in panel.view.figure.marks if isinstance(mark, HeatMap))
    return heat.counts[::-1]


def test_the_confusion_matrix_follows_the_slider(qtbot: QtBot) -> None:
    dataset = BreastCancer()
    document = Document(new_project("30 -> 4 tanh -> 1 sigmoid", dataset, dataset.load()))
    with open_window(qtbot, document) as window:
        window.runner.train_epochs(2)
        settle(qtbot, window)
        panel, matrix = show_plots(qtbot, window, Threshold(), ConfusionMatrix())
        slider = panel.slider
        assert slider.isVisible()
        assert not matrix.slider.isVisible()
        assert np.array_equal(counts(panel), counts(matrix)), "at 0.5 they are the same"
        slider.setFocus()
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
        assert panel.insight == Threshold(0.6)
        qtbot.waitUntil(lambda: panel.view.figure.title == "Threshold 0.60", timeout=PATIENCE)
        qtbot.keyClick(slider, Qt.Key.Key_Home)
        qtbot.waitUntil(lambda: panel.view.figure.title == "Threshold 0.00", timeout=PATIENCE)
        assert counts(panel)[:, 0].sum() == 0, "from 0 on everything is yes"
        assert counts(panel).sum() == counts(matrix).sum()
        form = panel.menu.form
        assert form is not None
        assert form.field("threshold").value() == 0
        panel.set_insight(Threshold(0.25, "curves"))
        assert slider.value() == 25
        qtbot.waitUntil(lambda: len(panel.legend.entries) == 3, timeout=PATIENCE)
        panel.set_insight(RocCurve())
        qtbot.waitUntil(lambda: panel.view.figure.note.startswith("AUC "), timeout=PATIENCE)
        assert not slider.isVisible()


def test_plots_that_say_something_are_offered_and_draw_it(qtbot: QtBot) -> None:
    dataset = Iris()
    document = Document(new_project("4 -> 3 softmax", dataset, dataset.load()))
    with open_window(qtbot, document) as window:
        plots = window.panes.plots
        assert NEW & set(plots._offered()) == NEW - {Threshold, Residuals}
        before = {type(panel.insight) for panel in plots.panels}
        assert not NEW & before, "they are chosen, not usual"
        for panel in show_plots(qtbot, window, Measures(), InputImportance()):
            figure = panel.view.figure
            assert figure.marks or figure.rows
            assert figure.note.endswith("test")
