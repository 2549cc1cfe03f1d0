"""A plot for elsewhere: as picture, as vector graphic, as the numbers behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QImage, QPaintDevice, QPainter
from PySide6.QtSvg import QSvgGenerator

from neuralbuilder.insights.figure import (
    Bars,
    Figure,
    HeatMap,
    Line,
    Marker,
    Pictures,
    Points,
    Table,
)
from neuralbuilder.problems import UserError
from neuralbuilder.project.csv_text import csv_text as spreadsheet_text
from neuralbuilder.project.files import write
from neuralbuilder.ui.plots.figure_view import FigureView
from neuralbuilder.ui.plots.legend import LINE, legend_lines, legend_width, paint_legend_lines
from neuralbuilder.ui.plots.painting import LEFT, RIGHT, draw_elided
from neuralbuilder.ui.png import png_of
from neuralbuilder.ui.theme import current

MARGIN, HEADER = 13.0, 36.0
GAP = 12.0
"""Between the title and what stands beside it."""
SHARPNESS = 2
"""Pictures have so many pixels per pixel on the screen."""

# ------------------------------------------------------------------ pictures


def picture(view: FigureView) -> QImage:
    """The plot with its title and legend, in the colours of the theme."""
    size = _size(view)
    image = QImage(size * SHARPNESS, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(SHARPNESS)
    _paint(image, view, size)
    return image


def png(view: FigureView) -> bytes:
    """The plot as a PNG file."""
    return png_of(picture(view))


def svg(view: FigureView) -> bytes:
    """The plot as an SVG file whose texts stay texts and whose curves stay curves."""
    size = _size(view)
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(view.figure.title)
    _paint(generator, view, size)
    return bytes(data.data())


def _size(view: FigureView) -> QSize:
    width = max(view.width(), 200)
    return QSize(
        width + int(2 * MARGIN), max(view.height(), 120) + int(_above(view, width) + MARGIN)
    )


def _above(view: FigureView, width: float) -> float:
    """The height of the title, and of the legend where it has no room beside the title."""
    return HEADER + LINE * _lines_below(view, width)


def _lines_below(view: FigureView, width: float) -> int:
    title = QFontMetricsF(current().font("title")).horizontalAdvance(view.figure.title) + GAP
    if title + legend_width(view.legend) <= width:
        return 0
    return len(legend_lines(view.legend, width))


def _paint(device: QPaintDevice, view: FigureView, size: QSize) -> None:
    painter = QPainter(device)
    try:
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), current().color("panel"))
        _paint_plot(painter, view, size)
    finally:
        painter.end()  # Qt does not survive a painter that outlives its device


def _paint_plot(painter: QPainter, view: FigureView, size: QSize) -> None:
    theme, figure = current(), view.figure
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    header = QRectF(MARGIN, 4, size.width() - 2 * MARGIN, HEADER - 8)
    painter.setFont(theme.font("title"))
    painter.setPen(theme.color("text"))
    title_width = painter.fontMetrics().horizontalAdvance(figure.title) + GAP
    draw_elided(painter, header, LEFT, figure.title)
    below = _lines_below(view, header.width())
    wide = legend_width(view.legend) if view.legend and not below else 0.0
    legend = header.adjusted(header.width() - wide, 0, 0, 0)
    if below:
        legend = QRectF(MARGIN, HEADER - 4, header.width(), LINE * below)
    if view.legend:
        paint_legend_lines(painter, view.legend, legend, max(1, below), bool(below))
    note = header.adjusted(title_width, 0, -wide - 10 if wide else 0, 0)
    painter.setFont(theme.font("note"))
    painter.setPen(theme.color("muted"))
    draw_elided(painter, note, RIGHT, figure.note)
    above = _above(view, header.width())
    view.paint_on(painter, QRectF(MARGIN, above, view.width(), view.height()))


# ------------------------------------------------------------------ numbers


def csv_text(figure: Figure) -> str:
    """The numbers of a figure as comma-separated text, one block of columns per mark.

    Numbers keep all their digits. Texts that a spreadsheet would run as a formula get an
    apostrophe in front.
    """
    columns: list[tuple[str, list[Any]]] = []
    if figure.rows:
        for row in figure.rows:
            columns += [(f"{row.title} {name}", values) for name, values in _columns(row)]
    else:
        columns = list(_columns(figure))
    longest = max((len(values) for _, values in columns), default=0)
    rows = (
        [values[index] if index < len(values) else "" for _, values in columns]
        for index in range(longest)
    )
    return spreadsheet_text([name for name, _ in columns], rows, line_end="\r\n")


def _columns(figure: Figure) -> Iterator[tuple[str, list[Any]]]:
    x_name = figure.x_axis.label or "x"
    y_name = figure.y_axis.label or "y"
    for mark in figure.marks:
        if isinstance(mark, Line):
            yield f"{mark.name} {x_name}", _numbers(mark.x)
            yield f"{mark.name}", _numbers(mark.y)
        elif isinstance(mark, Bars):
            yield f"{mark.name} from", _numbers(mark.edges[:-1])
            yield f"{mark.name} to", _numbers(mark.edges[1:])
            yield f"{mark.name} height", _numbers(mark.heights)
        elif isinstance(mark, Points):
            yield from _points(mark, x_name, y_name)
        elif isinstance(mark, HeatMap) and figure.x_axis.categories and figure.y_axis.categories:
            yield from _matrix(mark, figure)
        elif isinstance(mark, HeatMap):
            yield from _cells(mark, x_name, y_name)
        elif isinstance(mark, Table):
            for index, name in enumerate(mark.columns):
                yield name, [row[index] if index < len(row) else "" for row in mark.rows]
        elif isinstance(mark, Pictures):
            yield from _pictures(mark)
    markers = [mark for mark in figure.marks if isinstance(mark, Marker)]
    if markers:
        yield f"mark {x_name}", [float(mark.x) for mark in markers]
        yield "mark", [mark.text for mark in markers]


def _points(mark: Points, x_name: str, y_name: str) -> Iterator[tuple[str, list[Any]]]:
    yield f"{mark.name} {x_name}", _numbers(mark.x)
    yield f"{mark.name} {y_name}", _numbers(mark.y)
    if mark.classes is not None:
        yield f"{mark.name} class", [_class_name(mark.class_names, int(c)) for c in mark.classes]
    if mark.values is not None:
        yield f"{mark.name} value", _numbers(mark.values)


def _matrix(mark: HeatMap, figure: Figure) -> Iterator[tuple[str, list[Any]]]:
    """A table as it is seen, from the top row to the bottom; counts where there are some."""
    x_axis, y_axis = figure.x_axis, figure.y_axis
    yield y_axis.label or "row", list(y_axis.categories[::-1])
    cells = mark.values if mark.counts is None else mark.counts
    for index, name in enumerate(x_axis.categories):
        yield f"{x_axis.label} {name}".strip(), list(cells[::-1, index])


def _cells(mark: HeatMap, x_name: str, y_name: str) -> Iterator[tuple[str, list[Any]]]:
    """Every cell of a map with the place of its middle."""
    rows, columns = mark.values.shape
    left, right, bottom, top = mark.extent
    across = left + (np.arange(columns) + 0.5) / max(columns, 1) * (right - left)
    up = bottom + (np.arange(rows) + 0.5) / max(rows, 1) * (top - bottom)
    yield f"map {x_name}", _numbers(np.tile(across, rows))
    yield f"map {y_name}", _numbers(np.repeat(up, columns))
    yield "map value", _numbers(mark.values)
    if mark.classes is not None:
        yield "map class", [int(index) for index in np.asarray(mark.classes).ravel()]


def _pictures(mark: Pictures) -> Iterator[tuple[str, list[Any]]]:
    """What is said of every image, then the pixels of each, row by row."""
    if mark.samples:
        yield "sample", [row + 1 for row in mark.samples]
    if mark.captions:
        yield "caption", list(mark.captions)
    for index, image in enumerate(mark.values):
        yield f"image {index + 1}", _numbers(image)


def _class_name(names: Sequence[str], index: int) -> str:
    return names[index] if 0 <= index < len(names) else str(index)


def _numbers(values: Iterable[float]) -> list[float]:
    return [float(value) for value in np.asarray(values, dtype=np.float64).ravel()]


# ------------------------------------------------------------------ files

_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def file_name(title: str, suffix: str) -> str:
    """A name for a file that every system accepts, made from a title."""
    words = re.sub(r"[^\w\- ]+", " ", title).split()
    stem = " ".join(words)[:80] or "plot"
    return f"plot {stem}{suffix}" if _RESERVED.match(stem) else f"{stem}{suffix}"


def save(view: FigureView, path: Path) -> None:
    """Write the plot in the format that the suffix names; the file is whole or as it was.

    Raises `UserError` for another suffix, or where it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".png":
        data = png(view)
    elif suffix == ".svg":
        data = svg(view)
    elif suffix == ".csv":
        data = csv_text(view.figure).encode("utf-8-sig")
    else:
        raise UserError(
            f"A plot cannot be saved as {suffix or path.name!r}.", "Choose .png, .svg or .csv."
        )
    write(path, data)
