"""The menu behind the button at the right end of the tool bar."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from neuralbuilder.ui.actions import Actions
from neuralbuilder.ui.files import RecentFiles
from neuralbuilder.ui.settings import Settings
from neuralbuilder.ui.theme import current


class MainMenu(QMenu):
    """Every command of the window under its heading."""

    def __init__(self, actions: Actions, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self.recent = RecentFiles(settings, self)
        file = self.addMenu("File")
        actions.fill(file, "File")
        file.insertMenu(actions["save"], self.recent)
        file.insertSeparator(actions["save"])
        for heading in ("Edit", "Train", "Sample", "View"):
            actions.fill(self.addMenu(heading), heading)
        theme = self.addMenu("Theme")
        theme.addActions(list(actions.themes.values()))
        self._themes = actions.themes
        actions.fill(self.addMenu("Help"), "Help")
        actions.theme_group.triggered.connect(self._theme_chosen)
        self._mark_theme()

    @Slot(object)
    def _theme_chosen(self, action) -> None:
        current().set_mode(action.data())
        self._settings.write("theme", action.data())
        self._mark_theme()

    def _mark_theme(self) -> None:
        self._themes[current().mode].setChecked(True)
