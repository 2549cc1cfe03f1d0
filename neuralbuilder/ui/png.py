"""Pictures as PNG files that say what has made them."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from neuralbuilder import __version__


def png_of(picture: QImage) -> bytes:
    """The picture as PNG; its text chunk "Software" names this program.

    So the command line knows a picture of its own, which it may replace, from any other.
    """
    picture.setText("Software", f"NeuralBuilder {__version__}")
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(picture)
    return bytes(data.data())
