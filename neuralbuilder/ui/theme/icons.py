"""Icons: one SVG per name in `resources/icons`, drawn in the colour of a role."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from neuralbuilder.assets import resource
from neuralbuilder.ui.theme.roles import Palette

# Device pixels: the usual icon sizes at screen scales 1 and 2. QIcon shrinks the next larger one
# for scales between.
SIZES = (16, 20, 22, 24, 32, 40, 44, 48, 64)
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
        pixmap = draw(renderer, size)
        icon.addPixmap(pixmap, QIcon.Mode.Normal)
        icon.addPixmap(faded(pixmap), QIcon.Mode.Disabled)
    return icon


def draw(renderer: QSvgRenderer, size: int) -> QPixmap:
    """The icon as a transparent square of `size` device pixels."""
    image = _clear_image(size)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return QPixmap.fromImage(image)


def faded(pixmap: QPixmap) -> QPixmap:
    """The picture as it looks on a button that cannot be used now."""
    image = _clear_image(pixmap.width())
    painter = QPainter(image)
    painter.setOpacity(DISABLED)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return QPixmap.fromImage(image)


def _clear_image(size: int) -> QImage:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image
