"""Sizes of files in words, and the progress window while a large file is read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressDialog, QWidget


def file_size(size: int) -> str:
    """`812 bytes`, `12 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


class ReadingProgress:
    """A progress window with Cancel, shown when reading takes longer than a moment."""

    def __init__(self, name: str, parent: QWidget) -> None:
        self._window = QProgressDialog(f"Reading {name} …", "Cancel", 0, 1000, parent)
        self._window.setWindowTitle("Import data")
        self._window.setWindowModality(Qt.WindowModality.ApplicationModal)
        self._window.setMinimumDuration(400)
        self._window.setAutoReset(False)
        self._window.setAutoClose(False)

    def tell(self, share: float) -> bool:
        """Show the share, let the window work, and say whether to go on."""
        self._window.setValue(int(1000 * share))
        return not self._window.wasCanceled()

    def close(self) -> None:
        """Take the window away."""
        self._window.reset()
        self._window.hide()
        self._window.deleteLater()
