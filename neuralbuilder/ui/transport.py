"""The bar at the top: files, undo, training, the network as text, live settings, file name."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize, Qt, QTime, QTimer, Slot
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.ui.actions import Actions
from neuralbuilder.ui.bars import Bar, UprightLine
from neuralbuilder.ui.design_field import DesignField
from neuralbuilder.ui.live_settings import LiveSettings
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.section import elided, label
from neuralbuilder.ui.workspace import Workspace

HEIGHT = 52
ICON = 22


class Transport(Bar):
    """Buttons for the actions of the window; Train turns into Pause while training runs."""

    def __init__(
        self,
        workspace: Workspace,
        runner: Runner,
        actions: Actions,
        menu: QMenu,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(HEIGHT, True, parent)
        self._workspace = workspace
        self._runner = runner
        self._actions = actions
        self._unsaved = "unsaved changes"
        for name in ("new", "open", "save", "undo", "redo"):
            self.row.addWidget(icon_button(actions[name], self))
        self.row.addSpacing(5)
        self.row.addWidget(UprightLine(self))
        self.row.addSpacing(4)
        self.rewind = icon_button(actions["rewind"], self, flat=False)
        self.train = self._text_button(actions["train"], 92)
        self.train.setProperty("accent", True)
        self.train.setIconSize(QSize(20, 20))
        self.train.setFont(current().font("title"))
        self.row.addWidget(self.rewind)
        self.row.addWidget(self.train)
        for name in ("step", "epoch"):
            self.row.addWidget(self._text_button(actions[name], 58))
        self.row.addSpacing(10)
        self.row.addWidget(label("Network", "muted", self))
        self.row.addSpacing(6)
        self.design = DesignField(workspace, self)
        self.row.addWidget(self.design, 100)
        self.row.addSpacing(12)
        self.live = LiveSettings(workspace, self)
        self.row.addWidget(self.live)
        self.row.addStretch(1)
        self._add_file_name(menu)
        runner.status_changed.connect(self._status_changed)
        workspace.file_changed.connect(self.show_file)
        self._status_changed(runner.status)
        self.show_backup(False)

    def set_compact(self, compact: bool) -> None:
        """Hide the live settings behind one button where the window is narrow."""
        self.live.set_compact(compact)

    def _text_button(self, action: QAction, width: int) -> QPushButton:
        button = QPushButton(action.text(), self)
        button.setProperty("large", True)
        button.setFixedWidth(width)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setStyleSheet("padding: 0;")
        button.setToolTip(action.toolTip())
        button.setStatusTip(action.statusTip())
        button.clicked.connect(action.trigger)
        if not action.icon().isNull():
            button.setIcon(action.icon())
        return button

    def _add_file_name(self, menu: QMenu) -> None:
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addStretch(1)
        self._name = elided("", "title", box)
        self._saved = label("", "muted", box)
        for text in (self._name, self._saved):
            text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            column.addWidget(text)
        column.addStretch(1)
        box.setMinimumWidth(110)
        self.row.addWidget(box)
        self.menu_button = QToolButton(self)
        self.menu_button.setProperty("flat", True)
        self.menu_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setMenu(menu)
        self.menu_button.setToolTip("All commands (Alt+M)")
        self.menu_button.setStatusTip("All commands, recent files, theme and layout")
        self.menu_button.setAccessibleName("Menu")
        self.menu_button.setShortcut("Alt+M")
        current().bind_icon(self.menu_button, "menu")
        menu.aboutToHide.connect(self._menu_closes)
        self.row.addWidget(self.menu_button)

    @Slot()
    def _menu_closes(self) -> None:
        # The button is told nothing of the pointer while its menu is open, and would stay lit.
        QTimer.singleShot(0, self.menu_button, self._look_for_pointer)

    @Slot()
    def _look_for_pointer(self) -> None:
        button = self.menu_button
        over = button.rect().contains(button.mapFromGlobal(QCursor.pos()))
        button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, over)
        button.update()

    @Slot(str)
    def _status_changed(self, status: str) -> None:
        runs = self._runner.is_running
        action = self._actions["train"]
        action.setText("Pause" if runs else "Train")
        current().bind_icon(self.train, "pause" if runs else "train", "on_accent")
        self.train.setText(" Pause" if runs else " Train")

    @Slot()
    def show_file(self) -> None:
        """Show the name of the file and whether it holds everything."""
        path = self._workspace.path
        self._name.setText(path.name if path else "untitled")
        self._name.setToolTip(str(path) if path else "Not saved to a file yet")
        self._saved.setText(
            self._unsaved if self._workspace.unsaved else ("saved" if path else "not saved yet")
        )

    def show_backup(self, written: bool) -> None:
        """Say that a copy of what is not saved has just been written, or that there is none."""
        moment = QLocale().toString(QTime.currentTime(), "HH:mm:ss")
        self._unsaved = "unsaved · backed up" if written else "unsaved changes"
        self.show_file()
        self._saved.setToolTip(
            f"Copied at {moment}. Should the program be killed, the next start offers the copy."
            if written
            else "A copy is written every 20 seconds while something is not saved."
        )


def icon_button(action: QAction, parent: QWidget, flat: bool = True) -> QToolButton:
    """A button that shows the icon of an action."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setIconSize(QSize(ICON, ICON))
    button.setProperty("flat", flat)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if flat:
        button.setFixedSize(30, 34)
    else:
        button.setProperty("large", True)
        button.setFixedWidth(34)
    return button
