"""Icons: one SVG per name in `resources/icons`, drawn in the colour of a role."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from neuralbuilder.assets import resource
from neuralbuilder.ui.theme.roles import Palette

# Device pixels. Every usual icon size at screen scales 1, 1.25, 1.5, 2 and 3 is among them, so
# that QIcon never has to scale a picture up and rarely down.
SIZES = (12, 16, 20, 24, 25, 30, 32, 36, 40, 48, 60, 64, 72, 96, 128)
DISABLED = 0.38
"""Opacity of an icon that cannot be used now."""


@lru_cache(maxsize=128)
def svg_text(name: str) -> str:
    """The source of an icon. Raises FileNotFoundError for an unknown name."""
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def recoloured(name: str, colour: str) -> bytes:
    """The icon's SVG with its placeholder colour replaced by `colour` (`#rrggbb`)."""
    return svg_text(name).replace("currentColor", colour).encode()


def make_icon(name: str, role: str, palette: Palette) -> QIcon:
    """The icon in the colour of `role`, with a paler version for disabled buttons."""
    renderer = QSvgRenderer(QByteArray(recoloured(name, palette.value(role))))
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(draw(renderer, size), QIcon.Mode.Normal)
        icon.addPixmap(draw(renderer, size, DISABLED), QIcon.Mode.Disabled)
    return icon


def draw(renderer: QSvgRenderer, size: int, opacity: float = 1.0) -> QPixmap:
    """The icon as a transparent square of `size` device pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(opacity)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return QPixmap.fromImage(image)
