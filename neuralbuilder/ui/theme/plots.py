"""pyqtgraph in the colours of the theme. Call again after `Theme.changed`."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QPen

from neuralbuilder.ui.theme.theme import current

GRID = 255
"""Opacity of grid lines, 0 to 255. The line role is calm enough to be drawn in full."""


def role_pen(role: str, width: float = 1.0, *, dashed: bool = False, alpha: float = 1.0) -> QPen:
    """A pen of constant width on screen in the colour of a role."""
    pen = QPen(current().color(role, alpha), width)
    pen.setCosmetic(True)
    if dashed:
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5.0 / width, 3.0 / width])
    return pen


def role_brush(role: str, alpha: float = 1.0) -> QBrush:
    """A plain brush in the colour of a role."""
    return QBrush(current().color(role, alpha))


def style_view(view: pg.GraphicsView) -> None:
    """Give a plot widget or graphics layout the background of the panel it lies on."""
    view.setBackground(current().color("panel"))


def style_plot(plot_item: pg.PlotItem, *, vertical_grid: bool = False) -> None:
    """Axes without lines, numbers in the muted small monospaced face, calm horizontal grid."""
    theme = current()
    for side in ("left", "bottom"):
        axis = plot_item.getAxis(side)
        axis.setPen(role_pen("line"))
        axis.setTickPen(role_pen("line"))
        axis.setTextPen(theme.color("muted"))
        axis.setTickFont(theme.font("mono_small"))
        axis.setStyle(tickLength=0, tickTextOffset=6, maxTickLevel=1)
        axis.setTickDensity(0.6)
        axis.setZValue(-1)  # pyqtgraph draws the grid over the curves
        axis.setGrid(GRID if side == "left" or vertical_grid else False)
        axis.label.setFont(theme.font("note"))
        axis.label.setDefaultTextColor(theme.color("muted"))
    plot_item.getAxis("left").setPen(QPen(Qt.PenStyle.NoPen))
    if plot_item.legend is not None:
        style_legend(plot_item.legend)


def style_legend(legend: pg.LegendItem) -> None:
    """A legend without frame, its names in muted text that the grid does not cross."""
    theme = current()
    legend.setPen(QPen(Qt.PenStyle.NoPen))
    legend.setBrush(role_brush("panel", 0.85))
    legend.setLabelTextColor(theme.color("muted"))
    size = f"{theme.font('small').pixelSize()}px"
    legend.setLabelTextSize(size)
    for _, label in legend.items:
        label.setText(label.text, color=theme.color("muted"), size=size)
