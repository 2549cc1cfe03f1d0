"""The row of plots below the canvas, as the user has arranged it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from neuralbuilder.data.samples import Samples
from neuralbuilder.insights import (
    Accuracy,
    ActivationHistograms,
    ConfusionMatrix,
    LossCurve,
    Predictions,
    WeightHistograms,
)
from neuralbuilder.insights.base import Insight
from neuralbuilder.insights.figure import Figure
from neuralbuilder.parts import from_dict, to_dict
from neuralbuilder.problems import UserError
from neuralbuilder.ui.plots.panel import LEAST_WIDTH, PlotPanel
from neuralbuilder.ui.plots.panel_menu import choosable
from neuralbuilder.ui.runner import Runner

MOST = 4
GAP = 12
WIDTHS: Mapping[type[Insight], int] = {
    LossCurve: 402,
    Accuracy: 402,
    ConfusionMatrix: 384,
    ActivationHistograms: 290,
    Predictions: 286,
}
"""Of the panels at the start; they keep these proportions."""
OFFERED = (ActivationHistograms, WeightHistograms)
"""The next ones to look at after the usual ones."""
UNFINISHED = "Shown as soon as the network fits together."
_log = logging.getLogger(__name__)


def usual(samples: Samples | None) -> tuple[Insight, ...]:
    """What is shown of these data until the user chooses something else."""
    return tuple(cls() for cls in choosable() if cls.usual_for(samples))


class PlotArea(QWidget):
    """One to four plots side by side.

    Until the user chooses, they are those that are usual for the data; see `follow_data`.
    `changed` says that the arrangement is another one, `sample_chosen` carries the row of a
    sample that was clicked.
    """

    changed = Signal()
    sample_chosen = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        runner: Runner,
        parent: QWidget | None = None,
        samples: Callable[[], Samples | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._samples = samples
        self._plots_chosen = False
        self._widths_chosen = False
        self._count = 0
        self._chosen = -1
        self._backward = False
        self._panels: list[PlotPanel] = []
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setHandleWidth(GAP)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.splitterMoved.connect(self._moved)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        runner.status_changed.connect(self._status_changed)
        self.setMinimumSize(LEAST_WIDTH, 120)
        self.reset_layout()

    @property
    def panels(self) -> tuple[PlotPanel, ...]:
        """The plots from left to right."""
        return tuple(self._panels)

    @Slot(bool)
    def set_backward(self, backward: bool) -> None:
        """Show gradients in the place of what has some, or everything as it is."""
        self._backward = backward
        for panel in self._panels:
            panel.set_backward(backward)

    # ------------------------------------------------------------ arranging

    def add_panel(self, insight: Insight | None = None) -> PlotPanel | None:
        """Append a plot, of something not shown yet where none is named; None if there are four."""
        if len(self._panels) >= MOST:
            return None
        sizes = self._splitter.sizes()
        panel = self._append(insight or self._next_insight())
        if sizes:
            self._splitter.setSizes([*sizes, sum(sizes) // len(sizes)])
        self._tell_room()
        self._choose()
        return panel

    def open_beside(self, panel: PlotPanel, insight: Insight) -> PlotPanel:
        """Show an insight beside this plot.

        It takes the place of one of its kind, else a new place, else that of the last other plot.
        """
        others = [other for other in self._panels if other is not panel and other.isVisible()]
        same_kind = next((p for p in others if type(p.insight) is type(insight)), None)
        if same_kind is None and len(self._panels) < min(MOST, self._fitting()):
            added = self.add_panel(insight)
            assert added is not None
            return added
        place = same_kind or (others[-1] if others else panel)
        place.set_insight(insight)
        return place

    def show_chosen(self, sample: int) -> None:
        """Mark the sample that the window looks at."""
        self._chosen = sample
        for panel in self._panels:
            panel.view.set_chosen(sample)

    def close_panel(self, panel: PlotPanel) -> None:
        """Take a plot away; the last one stays."""
        if len(self._panels) > 1 and panel in self._panels:
            self._remove(panel)
            self._tell_room()
            self._choose()

    def reset_layout(self) -> None:
        """The usual plots in their usual widths."""
        self._plots_chosen = self._widths_chosen = False
        self._show_usual()

    @Slot()
    def follow_data(self) -> None:
        """Show what is usual for the data of now, unless the user has chosen plots himself."""
        samples = self._samples()
        if self._plots_chosen or samples is None:
            return
        if usual(samples) != tuple(panel.insight for panel in self._panels):
            self._show_usual()

    def saved_layout(self) -> dict[str, Any]:
        """What the user has chosen of the arrangement, in plain JSON types."""
        sizes = self._splitter.sizes() if self._plots_chosen or self._widths_chosen else []
        plots = self._panels if self._plots_chosen else []
        return {
            "plots": [to_dict(panel.insight) for panel in plots],
            "sizes": [int(size) for size in sizes],
        }

    def restore_layout(self, layout: Mapping[str, Any]) -> None:
        """Arrange the plots as they were saved; what cannot be understood is left out."""
        if not isinstance(layout, Mapping):
            return
        listed = layout.get("plots")
        found = [_insight(each) for each in listed] if isinstance(listed, list) else []
        insights = tuple(each for each in found if each is not None)[:MOST]
        self._plots_chosen = bool(insights)
        insights = insights or usual(self._samples())
        sizes = _sizes(layout.get("sizes"), len(insights))
        self._widths_chosen = bool(sizes)
        self._show(insights, sizes or _usual_widths(insights))

    def _show_usual(self) -> None:
        insights = usual(self._samples())
        kept = self._widths_chosen and len(insights) == len(self._panels)
        sizes = tuple(self._splitter.sizes()) if kept else _usual_widths(insights)
        self._show(insights, sizes)

    def _choose(self) -> None:
        self._plots_chosen = True
        self.changed.emit()

    def _show(self, insights: tuple[Insight, ...], sizes: tuple[int, ...]) -> None:
        for panel in self.panels:
            self._remove(panel)
        for insight in insights:
            self._append(insight)
        self._splitter.setSizes(list(sizes))
        for index, size in enumerate(sizes):
            self._splitter.setStretchFactor(index, max(1, size))
        self._tell_room()
        self.changed.emit()

    def _append(self, insight: Insight) -> PlotPanel:
        self._count += 1
        panel = PlotPanel(
            insight, self._runner, f"plots/{self._count}", self._splitter, self._offered
        )
        panel.add_requested.connect(self._add_one)
        panel.close_requested.connect(self._close_sender)
        panel.insight_changed.connect(self._insight_changed)
        panel.failed.connect(self.failed)
        panel.sample_chosen.connect(self.sample_chosen)
        panel.opened.connect(self._open)
        panel.view.set_chosen(self._chosen)
        panel.set_backward(self._backward)
        self._panels.append(panel)
        self._splitter.addWidget(panel)
        return panel

    def _remove(self, panel: PlotPanel) -> None:
        self._panels.remove(panel)
        panel.let_go()
        panel.hide()
        panel.setParent(None)
        panel.deleteLater()

    def _next_insight(self) -> Insight:
        shown = {type(panel.insight) for panel in self._panels}
        return next((cls for cls in self._offered() if cls not in shown), LossCurve)()

    def _offered(self) -> tuple[type[Insight], ...]:
        """All that says something of these data: first what is not shown, then the usual order."""
        shown, samples = {type(panel.insight) for panel in self._panels}, self._samples()
        first = [type(insight) for insight in usual(samples)]
        every: dict[type[Insight], None] = dict.fromkeys((*first, *OFFERED, *choosable()))
        fitting = [cls for cls in every if cls.suits(samples)]
        return tuple(sorted(fitting, key=lambda cls: cls in shown))

    def _tell_room(self) -> None:
        """Show as many plots as there is room for, from the left; tell them what is possible."""
        count, fitting = len(self._panels), self._fitting()
        for index, panel in enumerate(self._panels):
            panel.setVisible(index < fitting)
            panel.set_room(count < min(MOST, fitting), count > 1, index == 0)

    def _fitting(self) -> int:
        return max(1, (self.width() + GAP) // (LEAST_WIDTH + GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out plots that would be cut."""
        super().resizeEvent(event)
        self._tell_room()

    # ------------------------------------------------------------ answering

    @Slot(object)
    def _open(self, insight: Insight) -> None:
        panel = self.sender()
        if isinstance(panel, PlotPanel):
            self.open_beside(panel, insight)

    @Slot(object)
    def _add_one(self, insight: Insight) -> None:
        self.add_panel(insight)

    @Slot()
    def _close_sender(self) -> None:
        panel = self.sender()
        if isinstance(panel, PlotPanel):
            self.close_panel(panel)

    @Slot(object)
    def _insight_changed(self, insight: Insight) -> None:
        self._choose()

    @Slot(str)
    def _status_changed(self, status: str) -> None:
        """A network that does not fit together has no figures; those of the last one are gone."""
        if status == "waiting":
            for panel in self._panels:
                panel.show_figure(Figure(title=panel.insight.label, message=UNFINISHED))

    @Slot(int, int)
    def _moved(self, position: int, index: int) -> None:
        self._widths_chosen = True
        self.changed.emit()


def _usual_widths(insights: tuple[Insight, ...]) -> tuple[int, ...]:
    return tuple(WIDTHS.get(type(insight), WIDTHS[LossCurve]) for insight in insights)


def _insight(data: object) -> Insight | None:
    try:
        part = from_dict("insight", data)  # type: ignore[arg-type]
    except UserError as error:
        _log.warning("A plot of the saved layout is left out: %s", error)
        return None
    return part if isinstance(part, Insight) and part.in_panels else None


def _sizes(data: object, count: int) -> tuple[int, ...]:
    """As many positive whole numbers as there are plots, or none."""
    if not isinstance(data, list) or len(data) != count:
        return ()
    fits = all(isinstance(size, int) and 0 < size < 100_000 for size in data)
    return tuple(data) if fits else ()
