"""One plot below the canvas: title, legend, menu and the picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget

from neuralbuilder.insights.base import Insight
from neuralbuilder.insights.figure import Figure
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.ui.plots import export
from neuralbuilder.ui.plots.add_menu import AddMenu, Offer
from neuralbuilder.ui.plots.figure_view import FigureView
from neuralbuilder.ui.plots.legend import LINE, LegendStrip, legend_lines
from neuralbuilder.ui.plots.panel_menu import PanelMenu, choosable
from neuralbuilder.ui.plots.setting_slider import SettingSlider
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.watching import WAITING, Watcher
from neuralbuilder.ui.widgets.panel import MARGIN, Panel
from neuralbuilder.ui.widgets.section import elided

LOWER_MARGIN = 6
SPACING = 8
LEAST_WIDTH = 150
PART = " · "
"""Between the parts of a note, the most important one first."""
FILTERS = {".png": "Pictures (*.png)", ".svg": "Vector graphics (*.svg)", ".csv": "Tables (*.csv)"}


class PlotPanel(Panel):
    """Shows one insight while it can be seen; the menu chooses another, or other settings.

    `sample_chosen` carries the row of a sample that was clicked, `opened` an insight that shows
    what is behind the place that was clicked.
    """

    insight_changed = Signal(object)
    add_requested = Signal(object)
    close_requested = Signal()
    failed = Signal(object)
    sample_chosen = Signal(object)
    opened = Signal(object)

    def __init__(
        self,
        insight: Insight,
        runner: Runner,
        key: str,
        parent: QWidget | None = None,
        offer: Offer = choosable,
    ) -> None:
        super().__init__(insight.label, parent=parent)
        self._insight = insight
        self._adds_here = self._backward = False
        self._offer = offer
        self._title = insight.label
        self._note = ""
        self.view = FigureView(self, interactive=True)
        self.legend = LegendStrip(self)
        self.lower_legend = LegendStrip(self, from_left=True)
        self.lower_note = elided("", "note", self)
        self.slider = SettingSlider(self)
        self.add_menu = AddMenu(offer, self)
        self.menu = PanelMenu(insight, self.add_menu, self)
        self.add_button = self._button("plus", "Add a plot")
        self.menu_button = self._button("menu", "What this plot shows; copy, save or close it")
        for button, menu in ((self.add_button, self.add_menu), (self.menu_button, self.menu)):
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            menu.aboutToHide.connect(button.clearFocus)
        for widget in (self.legend, self.add_button, self.menu_button):
            self.header.add_widget(widget)
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(MARGIN, 5, MARGIN, LOWER_MARGIN)
        layout.setSpacing(0)
        self.body.setSpacing(0)
        self.body.addWidget(self.lower_legend)
        self.body.addWidget(self.lower_note)
        self.body.addWidget(self.slider)
        self.body.addWidget(self.view, 1)
        self.setMinimumSize(LEAST_WIDTH, 120)
        self._connect()
        self.slider.set_insight(insight)
        self._watcher = Watcher(self, runner, key)
        self._watcher.figure_arrived.connect(self.show_figure)
        self.show_figure(Figure(title=insight.label, message=WAITING))
        self._watcher.watch(insight)

    def _button(self, icon: str, hint: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("flat", True)
        button.setProperty("small", True)
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        current().bind_icon(button, icon, "muted")
        return button

    def _connect(self) -> None:
        self.view.legend_changed.connect(self.legend.set_entries)
        self.view.legend_changed.connect(self.lower_legend.set_entries)
        self.view.sample_chosen.connect(self.sample_chosen)
        self.view.cell_clicked.connect(self._open)
        self.add_menu.chosen.connect(self.add_requested)
        menu = self.menu
        menu.insight_chosen.connect(self.set_insight)
        self.slider.insight_chosen.connect(self.set_insight)
        menu.copy_chosen.connect(self.copy_picture)
        menu.details_chosen.connect(self.copy_details)
        menu.save_chosen.connect(self.ask_and_save)
        menu.everything_chosen.connect(self.view.show_everything)
        menu.close_chosen.connect(self.close_requested)
        menu.aboutToShow.connect(self._before_menu)

    # ------------------------------------------------------------ what is shown

    @property
    def insight(self) -> Insight:
        """What the panel shows."""
        return self._insight

    @property
    def key(self) -> str:
        """The name under which its figures arrive."""
        return self._watcher.key

    @Slot(object)
    def set_insight(self, insight: Insight) -> None:
        """Show another insight, or the same with other settings."""
        if insight == self._insight:
            return
        other_kind = type(insight) is not type(self._insight)
        self._insight = insight
        self.menu.set_insight(insight)
        self.slider.set_insight(insight)
        self.view.show_everything()
        if other_kind:
            self.show_figure(Figure(title=insight.label))
        self._watch()
        self.insight_changed.emit(insight)

    def set_backward(self, backward: bool) -> None:
        """Show gradients where there are some in the place of this insight, or itself again."""
        self._backward = backward
        self._watch()

    def _watch(self) -> None:
        self._watcher.watch(self._insight.turned() if self._backward else self._insight)

    @Slot(object)
    def show_figure(self, figure: Figure) -> None:
        """Paint a figure, with its title and note in the header."""
        self._title = figure.title or self._insight.label
        self._note = figure.note
        self.view.set_figure(figure)
        self.slider.setVisible(self.slider.has_setting and not figure.message)
        self.menu.offer_layers(figure.layers)
        self.menu.details.setVisible(bool(figure.details))
        self._share_header()

    @Slot(int, int)
    def _open(self, row: int, column: int) -> None:
        behind = self._insight.behind(self.view.figure, row, column)
        if behind is not None:
            self.opened.emit(behind)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_header()

    @Slot()
    def _share_header(self) -> None:
        """Title and menu stay. Without room for the whole legend it goes below the title, and so
        does the note. The button that adds a plot gives way, because the menu offers that, too.
        """
        room = self.header.width() - self.menu_button.sizeHint().width() - SPACING
        room -= self.header.set_whole_title(self._title, room) + SPACING
        room -= self._place_legend(room)
        button = self.add_button.sizeHint().width() + SPACING if self._adds_here else 0
        self.add_button.setVisible(self._adds_here and room >= button)
        self._show_note(room - button)

    def _place_legend(self, room: int) -> int:
        """Show the legend in the header or below it; what it takes of the room in the header."""
        entries, taken = self.legend.entries, self.legend.tight_width() + SPACING
        fits = taken <= room + SPACING
        self.legend.setVisible(bool(entries) and fits)
        self.lower_legend.setVisible(bool(entries) and not fits)
        self.lower_legend.setFixedHeight(LINE * len(legend_lines(entries, self.header.width())))
        return taken if entries and fits else 0

    def _show_note(self, room: int) -> None:
        """As many whole parts of the note as there is room for, all of them in its hint."""
        metrics = QFontMetrics(current().font("note"))
        first, *parts = self._note.split(PART)
        fits = metrics.horizontalAdvance(first) + 2 <= room
        shown, room = first, room if fits else self.header.width()
        for part in parts:
            longer = shown + PART + part
            if metrics.horizontalAdvance(longer) + 2 > room:
                break
            shown = longer
        self.set_note(shown)
        self.header.set_note_hint(self._note)
        self.header.show_note(fits)
        self.lower_note.setText(shown)
        self.lower_note.setToolTip(self._note)
        self.lower_note.setVisible(bool(shown) and not fits)

    def set_room(self, may_add: bool, may_close: bool, is_first: bool) -> None:
        """Whether another plot fits beside this one, and whether this one may go.

        The first plot has the button that adds one: it is the widest, others lack the room.
        """
        self._adds_here = may_add and is_first
        self._share_header()
        self.menu.add.setEnabled(may_add)
        self.menu.close_plot.setEnabled(may_close)

    def let_go(self) -> None:
        """Ask for nothing any more; called before the panel is deleted."""
        self._watcher.stop()

    # ------------------------------------------------------------ taking it elsewhere

    @Slot()
    def copy_picture(self) -> None:
        """Put the plot on the clipboard as a picture."""
        QGuiApplication.clipboard().setImage(export.picture(self.view))

    @Slot()
    def copy_details(self) -> None:
        """Put the traceback of a view that made a mistake on the clipboard."""
        QGuiApplication.clipboard().setText(self.view.figure.details)

    @Slot(str)
    def ask_and_save(self, suffix: str) -> None:
        """Ask for a file and save the plot there."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        proposed = Path(folder) / export.file_name(self.view.figure.title, suffix)
        chosen, _ = QFileDialog.getSaveFileName(
            self, f"Save the plot as {suffix[1:].upper()}", str(proposed), FILTERS[suffix]
        )
        if chosen:
            path = Path(chosen)
            self.save(path if path.suffix else path.with_suffix(suffix))

    def save(self, path: Path) -> bool:
        """Save the plot as .png, .svg or .csv; tells through `failed` where it cannot be."""
        try:
            export.save(self.view, path)
        except UserError as error:
            self.failed.emit(Problem(error.message, error.hint))
            return False
        return True

    # ------------------------------------------------------------ menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The same menu under the right mouse button and the menu key."""
        self.menu.popup(event.globalPos())

    @Slot()
    def _before_menu(self) -> None:
        self.menu.everything.setEnabled(self.view.is_zoomed)
        self.menu.offer(self._offer())
