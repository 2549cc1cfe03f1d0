"""A framed part of the window with a title, a note on its right and room for content."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.ui.widgets.focus import leave
from neuralbuilder.ui.widgets.section import elided

MARGIN = 13
HEADER = 28
WIDEST_TITLE = 170


class PanelHeader(QWidget):
    """A bold title on the left; a muted note, a link and small buttons on the right."""

    link_clicked = Signal()

    def __init__(
        self, title: str = "", note: str = "", link: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setMinimumHeight(HEADER)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = elided(title, "title", self)
        self._note = elided(note, "note", self)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._link: QPushButton | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addStretch(1)
        self._row.addWidget(self._note)
        self.set_link(link)

    def title_label(self) -> QLabel:
        """The label of the title."""
        return self._title

    def set_title(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)

    def set_note(self, note: str) -> None:
        """Show another muted note on the right."""
        self._note.setText(note)

    def set_note_hint(self, hint: str) -> None:
        """Show the whole note, where only a part of it has room."""
        self._note.setToolTip(hint)

    def set_whole_title(self, title: str, room: int = WIDEST_TITLE) -> int:
        """Show another title, in full before anything beside it gets room, but not wider than
        `room`; the width it takes.
        """
        if self._title.text() != title:
            self._title.setText(title)
        self._title.ensurePolished()
        width = max(0, min(self._title.sizeHint().width(), WIDEST_TITLE, room))
        self._title.setMinimumWidth(width)
        return width

    def show_note(self, shown: bool) -> None:
        """Show or hide the note, where there is no room for all."""
        self._note.setVisible(shown)

    def set_link(self, link: str) -> None:
        """Show a link button on the right, or none for an empty text."""
        if self._link is None:
            if not link:
                return
            self._link = QPushButton(self)
            self._link.setProperty("link", True)
            self._link.setCursor(Qt.CursorShape.PointingHandCursor)
            self._link.clicked.connect(self._tell_link)
            self._row.addWidget(self._link)
        self._link.setText(link)
        self._link.setVisible(bool(link))

    def add_widget(self, widget: QWidget) -> None:
        """Append a small widget on the right, such as a menu button."""
        self._row.addWidget(widget)

    def _tell_link(self) -> None:
        if self._link is not None:
            leave(self._link)
        self.link_clicked.emit()


class Panel(QFrame):
    """A rounded frame; the content goes into the layout `body`."""

    link_clicked = Signal()

    def __init__(
        self, title: str = "", note: str = "", link: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.header = PanelHeader(title, note, link, self)
        self.header.link_clicked.connect(self.link_clicked)
        self.header.setVisible(bool(title or note or link))
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(6)
        self._outside = QVBoxLayout(self)
        self._outside.setContentsMargins(MARGIN, 5, MARGIN, MARGIN)
        self._outside.setSpacing(6)
        self._outside.addWidget(self.header)
        self._outside.addLayout(self.body, 1)

    def extend_content(self, pixels: int) -> None:
        """Let the content, but not the header, reach so far into the right margin."""
        self._outside.setContentsMargins(MARGIN, 5, MARGIN - pixels, MARGIN)
        self.header.setContentsMargins(0, 0, pixels, 0)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self.header.set_title(title)
        self.header.setVisible(True)

    def set_note(self, note: str) -> None:
        """Show another muted note on the right of the title."""
        self.header.set_note(note)
