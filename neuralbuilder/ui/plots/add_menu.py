"""The menu of what can be added beside the plots that are shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from neuralbuilder.insights.base import Insight
from neuralbuilder.parts import help_of

Offer = Callable[[], tuple[type[Insight], ...]]
"""What can be added now, the most useful first."""


class AddMenu(QMenu):
    """Asks what to offer each time it opens; `chosen` carries the insight."""

    chosen = Signal(object)

    def __init__(self, offer: Offer, parent: QWidget) -> None:
        super().__init__("Add a plot", parent)
        self._offer = offer
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    @Slot()
    def fill(self) -> None:
        """List what can be added now."""
        self.clear()
        for cls in self._offer():
            action = self.addAction(cls.label)
            action.setMenuRole(QAction.MenuRole.NoRole)
            action.setToolTip(help_of(cls))
            action.setData(cls.name)
            action.triggered.connect(self._tell)

    @Slot()
    def _tell(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        cls = next(cls for cls in self._offer() if cls.name == action.data())
        self.chosen.emit(cls())
