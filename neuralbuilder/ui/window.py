"""The main window: it puts the parts side by side and passes messages between them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMargins, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
    QShowEvent,
    QStatusTipEvent,
)
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from neuralbuilder.problems import UserError
from neuralbuilder.project.files import SUFFIX, Document, write
from neuralbuilder.ui.actions import Actions, set_hint
from neuralbuilder.ui.actions import Slot as Action
from neuralbuilder.ui.canvas import Canvas
from neuralbuilder.ui.canvas.sample_bar import TRY_HINTS
from neuralbuilder.ui.cross_validation import CrossValidationDialog
from neuralbuilder.ui.files import FileCommands, is_data
from neuralbuilder.ui.help_dialogs import about_dialog, shortcuts_dialog
from neuralbuilder.ui.menus import MainMenu
from neuralbuilder.ui.messages import Messages
from neuralbuilder.ui.panes import Panes
from neuralbuilder.ui.png import png_of
from neuralbuilder.ui.predictions import Predictions
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.settings import Settings
from neuralbuilder.ui.status import StatusLine
from neuralbuilder.ui.transport import Transport
from neuralbuilder.ui.travel import Travel
from neuralbuilder.ui.widgets.banner import Banner
from neuralbuilder.ui.widgets.focus import wants_space
from neuralbuilder.ui.workspace import Workspace

USUAL_SIZE = QSize(1600, 1000)
SMALLEST_SIZE = QSize(960, 640)
FRAME = QMargins(4, 36, 4, 4)
COMPACT_BELOW = 1500
"""Windows narrower than this show the live settings behind a button."""


class MainWindow(QMainWindow):
    """Everything on screen, for one workspace and one training process."""

    def __init__(
        self, document: Document, path: Path | None = None, settings: Settings | None = None
    ) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.setMinimumSize(SMALLEST_SIZE)
        self.settings = settings or Settings()
        self.workspace = Workspace(document, self)
        self.workspace.path = path
        self.runner = Runner(self.workspace, self)
        self.travel = Travel(self.workspace, self.runner)
        self.files = FileCommands(self.workspace, self.runner, self.settings, self)
        self._closing = False
        self._build()
        self._connect()
        self._restore()
        self.home = self.canvas  # see widgets.focus
        self.canvas.setFocus()
        self._show_file()
        self._show_history()
        self._show_try()
        self.messages.show_missing_data()

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        self.canvas = Canvas(self.workspace, self.runner, self)
        self.predictions = Predictions(self.workspace, self.runner, self)
        self.actions_ = Actions(self, self._slots())
        self.menu = MainMenu(self.actions_, self.settings, self)
        self.transport = Transport(self.workspace, self.runner, self.actions_, self.menu, self)
        self.banner = Banner(self)
        self.messages = Messages(self.banner, self.workspace, self.runner, self.files)
        self.panes = Panes(self.workspace, self.runner, self.canvas, self.settings, self)
        self.status = StatusLine(self.workspace, self.runner, self)
        middle = QVBoxLayout()
        middle.setContentsMargins(12, 12, 12, 12)
        middle.setSpacing(12)
        middle.addWidget(self.banner)
        middle.addWidget(self.panes, 1)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(inside)

    def _slots(self) -> dict[str, Action]:
        return {
            "new": self.files.new,
            "open": self.files.open,
            "save": self.files.save,
            "save_as": self.files.save_as,
            "import": self.files.import_data,
            "import_folder": self.files.import_folder,
            "paste_data": self.files.paste_data,
            "picture": self.save_picture,
            "save_predictions": self.predictions.save,
            "predict_file": self.predictions.ask_for_files,
            "quit": self.close,
            "undo": self.travel.undo,
            "redo": self.travel.redo,
            "rewind": self.runner.rewind,
            "best": self.runner.take_best,
            "train": self.runner.toggle,
            "step": self.runner.step,
            "epoch": self.runner.epoch,
            "crossval": self.cross_validate,
            "design": self.edit_design,
            "reset_layout": self.reset_layout,
            "backward": lambda: self.workspace.cells.toggle_backward(),
            "shortcuts": lambda: shortcuts_dialog(self).open(),
            "about": lambda: about_dialog(self).open(),
            **canvas_slots(self.canvas),
            "paste": self._paste,
        }

    def _paste(self) -> None:
        """Add the layers on the clipboard, or take the table on it as data."""
        commands = self.canvas.commands
        if not commands.can_paste() and self.files.can_paste_data():
            self.files.paste_data()
        else:
            commands.paste()

    def _connect(self) -> None:
        self.actions_["backward"].setCheckable(True)
        self.workspace.cells.backward_changed.connect(self.actions_["backward"].setChecked)
        self.workspace.file_changed.connect(self._show_file)
        self.workspace.file_changed.connect(self._show_history)
        self.workspace.samples_changed.connect(self._show_try)
        self.workspace.project_changed.connect(self._show_try)
        self.runner.ended.connect(self.status.tell)
        self.files.told.connect(self.status.tell)
        self.panes.plots.failed.connect(self.messages.show_failure)
        self.predictions.failed.connect(self.messages.show_failure)
        self.predictions.told.connect(self.status.tell)
        self.files.opened.connect(self.canvas.view.fit)
        self.messages.backup.changed.connect(self._show_backup)
        self.canvas.hint_changed.connect(self.status.show_hover)
        self.canvas.told.connect(self.status.tell)
        self.panes.layers.chosen.connect(self.canvas.commands.add)
        self.menu.recent.chosen.connect(self.files.open_path)

    # ------------------------------------------------------------ commands

    @Slot()
    def edit_design(self) -> None:
        """Put the cursor into the text form of the network."""
        self.transport.design.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.transport.design.selectAll()

    @Slot()
    def cross_validate(self) -> None:
        """Open the dialog that trains folds beside the window, or go to it."""
        dialog = self.findChild(CrossValidationDialog)
        if dialog is None:
            dialog = CrossValidationDialog(self.workspace, self)
            dialog.show()
        dialog.activateWindow()

    @Slot()
    def reset_layout(self) -> None:
        """Put all parts of the window where they belong."""
        self.settings.forget("window")
        self.settings.forget("panes")
        self.panes.reset()
        self.showNormal()
        self._place(USUAL_SIZE)

    @Slot()
    def save_picture(self) -> None:
        """Ask where, and save what the window shows as PNG."""
        from PySide6.QtWidgets import QFileDialog

        picture = self.grab()
        name, _ = QFileDialog.getSaveFileName(
            self, "Save picture", str(Path.home() / "window.png"), "Pictures (*.png)"
        )
        if not name:
            return
        try:
            write(name, png_of(picture.toImage()))
        except UserError as error:
            self.messages.show_failure(error)

    @Slot()
    def rescue_and_quit(self) -> None:
        """Rescue what is not saved, and close without a question."""
        if self.workspace.unsaved:
            self.messages.rescue_document()
        self.close_now()

    # ------------------------------------------------------------ what is shown

    @Slot()
    def _show_file(self) -> None:
        self.setWindowTitle(f"{self.files.name}[*] – NeuralBuilder")
        self.setWindowModified(self.workspace.unsaved)

    @Slot()
    def _show_backup(self) -> None:
        self.transport.show_backup(self.messages.backup.path is not None)

    @Slot()
    def _show_history(self) -> None:
        history = self.workspace.history
        for name, text, possible, what in (
            ("undo", "Undo", history.can_undo, history.undo_name),
            ("redo", "Redo", history.can_redo, history.redo_name),
        ):
            action = self.actions_[name]
            action.setEnabled(possible)
            self.actions_.rename(name, f"{text} {what[:1].lower()}{what[1:]}".strip())

    @Slot()
    def _show_try(self) -> None:
        """Say what the command for inputs of one's own does: draw an image, or type a row."""
        action, draws = self.actions_["draw"], self.workspace.draws
        action.setText("Draw an input…" if draws else "Try a row…")
        set_hint(action, TRY_HINTS[draws])

    # ------------------------------------------------------------ events of the window

    def event(self, event: QEvent) -> bool:
        """Hints of what is under the pointer go to the status bar; repaints are counted."""
        kind = event.type()
        if kind == QEvent.Type.UpdateRequest:
            self.status.note_frame()
        elif kind == QEvent.Type.StatusTip and isinstance(event, QStatusTipEvent):
            self.status.show_hover(event.tip())
            return True
        elif kind == QEvent.Type.ShortcutOverride and wants_space(self, event):
            event.accept()
            return True
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.runner.set_visible(not self.isMinimized())
        # The window is to be seen before the other process competes for the processor.
        QTimer.singleShot(0, self.runner.start)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.runner.set_visible(self.isVisible() and not self.isMinimized())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.transport.set_compact(self.width() < COMPACT_BELOW)
        self.panes.fit_to(self.size())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.files.open_dropped(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing and not self.files.may_close(self.close_now):
            event.ignore()
            return
        self._closing = True
        self._close_down()
        super().closeEvent(event)

    def close_now(self) -> None:
        """Close without a question."""
        self._closing = True
        self.close()

    def _close_down(self) -> None:
        if self.isVisible():
            self.settings.write("window/geometry", self.saveGeometry())
            self.panes.remember()
            self.settings.save()
        for dialog in self.findChildren(CrossValidationDialog):
            dialog.reject()
        self.messages.errors.remove()
        self.messages.backup.close()
        self.status.close_down()
        self.runner.close()
        self.files.saver.wait(5.0)
        self.menu.recent.wait(0.2)

    # ------------------------------------------------------------ place on screen

    def _restore(self) -> None:
        geometry = self.settings.geometry()
        if geometry.isEmpty() or not self.restoreGeometry(geometry) or not self._is_on_screen():
            self._place(USUAL_SIZE)

    def _is_on_screen(self) -> bool:
        place = self.frameGeometry()
        seen = (place & s.availableGeometry() for s in QGuiApplication.screens())
        return any(part.width() >= 200 and part.height() >= 100 for part in seen)

    def _place(self, size: QSize) -> None:
        room = QGuiApplication.primaryScreen().availableGeometry()
        # The frame around the window is not known before it is shown.
        inside = room.marginsRemoved(FRAME)
        size = size.boundedTo(inside.size()).expandedTo(SMALLEST_SIZE)
        self.resize(size)
        self.move(
            room.x() + max(0, (inside.width() - size.width()) // 2),
            room.y() + max(0, (inside.height() - size.height()) // 2),
        )


def canvas_slots(canvas: Canvas) -> dict[str, Action]:
    """The commands that the canvas carries out."""
    commands, view = canvas.commands, canvas.view
    return {
        "cut": commands.cut,
        "copy": commands.copy,
        "duplicate": commands.duplicate,
        "delete": lambda: commands.delete(),
        "select_all": commands.select_all,
        "rename": view.rename_selected,
        "arrange": commands.arrange,
        "fit": view.fit,
        "actual_size": view.reset_zoom,
        "zoom_in": lambda: view.zoom_step(1),
        "zoom_out": lambda: view.zoom_step(-1),
        "draw": canvas.draw,
        **sample_slots(canvas),
    }


def sample_slots(canvas: Canvas) -> dict[str, Action]:
    """The commands that go from sample to sample."""
    assert canvas.sample_bar is not None
    browser = canvas.sample_bar.browser
    return {
        "previous_sample": browser.previous,
        "next_sample": browser.next,
        "random_sample": browser.random,
        "next_wrong": browser.next_wrong,
        "wrong_only": browser.toggle_wrong_only,
    }


def _dropped_file(event: QDropEvent) -> Path | None:
    data = event.mimeData()
    if not data.hasUrls():
        return None
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    known = (path for path in paths if path.suffix.lower() == SUFFIX or is_data(path))
    return next(known, paths[0] if paths else None)
