"""What the neurons, feature maps and blocks of a column are filled with at this moment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QBrush, QColor, QImage

from neuralbuilder.ui.canvas import fills
from neuralbuilder.ui.canvas.column_face import ColumnFace
from neuralbuilder.ui.canvas.link_geometry import same
from neuralbuilder.ui.canvas.look import Look
from neuralbuilder.ui.theme import diverging, greys, sequential

Array = NDArray[Any]


class ColumnFills:
    """Holds the live arrays of a column; brushes and pictures are made of them when painted.

    `values` (units,) are activations, `maps` (units, rows, columns) heat maps of neurons, `images`
    (drawn maps, rows, columns) feature maps, and `colours` (rows, columns, 3) the picture whose
    channels the images are. Each is None where it is not known. `silent` are the neurons that
    never fire.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nothing is known any more, as of another set of neurons."""
        self.values: Array | None = None
        self.maps: Array | None = None
        self.images: Array | None = None
        self.colours: Array | None = None
        self.silent: frozenset[int] = frozenset()
        self.forget()

    def forget(self) -> None:
        """Make everything anew, as in the colours of another theme."""
        self._discs: list[QBrush] | None = None
        self._pictures: list[QImage | None] | None = None
        self._bands: QImage | None = None
        self._picture: QImage | None = None

    # ------------------------------------------------------------ what is known

    def take_values(self, face: ColumnFace, values: Array | None, maps: Array | None) -> bool:
        """Take activations and heat maps, where they fit the face; whether that is seen at once.

        The colours of single neurons follow only with `values_seen`.
        """
        units, block = face.column.units, face.column.block
        # A block shows means of its neurons, for which a part of them is enough.
        fits = values is not None and (values.size == units or (block and 0 < values.size < units))
        values = np.ravel(values) if values is not None and fits else None
        maps = maps if maps is not None and len(maps) == units else None
        maps_changed = not same(maps, self.maps)
        values_changed = block and not same(values, self.values)
        self.values, self.maps = values, maps
        if maps_changed:
            self._discs = None
        if values_changed:
            self._bands = None
        return maps_changed or values_changed

    def take_silent(self, silent: Array | None) -> bool:
        """Take which neurons (units,) never fire; whether they are others."""
        found = frozenset() if silent is None else frozenset(map(int, np.flatnonzero(silent)))
        changed = found != self.silent
        self.silent = found
        return changed

    def values_seen(self) -> None:
        """Colour the neurons by their values anew; where there are maps, these are the colours."""
        if self.maps is None:
            self._discs = None

    def take_images(self, face: ColumnFace, images: Array | None, colours: Array | None) -> bool:
        """Take feature maps and their picture, where they fit the face; whether they are others."""
        drawn = len(face.column.indices)
        fits = images is not None and face.column.image and len(images) == drawn
        images = images if fits else None
        changed = not same(images, self.images) or not same(colours, self.colours)
        if changed:
            self.images, self.colours = images, colours
            self._pictures = self._picture = None
        return changed

    def best(self, face: ColumnFace) -> int:
        """The neuron of the most probable class; −1 where the column shows no classes."""
        if self.values is None or not face.bars or face.column.units == 1:
            return -1
        return int(np.argmax(self.values))

    # ------------------------------------------------------------ what is painted

    def discs(self, face: ColumnFace, style: Look) -> list[QBrush]:
        """One brush per drawn neuron."""
        if self._discs is None:
            if self._are_plain(face):
                self._discs = [QBrush(style.raised)] * len(face.column.indices)
            elif self.maps is None:
                self._discs = self._of_values(face)
            else:
                column = face.column
                self._discs = fills.disc_fills(self.maps[list(column.indices)], column.radius)
        return self._discs

    def bands(self, face: ColumnFace) -> QImage | None:
        """The stripes of a block; None while its values are not known."""
        if self._bands is None and self.values is not None:
            most = fills.STRIP_BANDS if face.column.strip else fills.BANDS
            self._bands = fills.band_image(self.values, most)
        return self._bands

    def pictures(self, face: ColumnFace) -> list[QImage | None]:
        """One picture per drawn feature map; None where it is not known."""
        if self._pictures is None:
            if self.images is None:
                self._pictures = [None] * len(face.column.indices)
            else:
                self._pictures = [*fills.map_images(self.images, _colour_map(face))]
        return self._pictures

    def picture(self) -> QImage | None:
        """The picture whose channels the feature maps are."""
        if self._picture is None and self.colours is not None:
            self._picture = fills.picture_image(self.colours)
        return self._picture

    def _are_plain(self, face: ColumnFace) -> bool:
        """Whether the discs have no colour: inputs, classes with bars, and what is not known."""
        if self.maps is None and self.values is None:
            return True
        return _is_data(face) or (face.bars and self.maps is None)

    def _of_values(self, face: ColumnFace) -> list[QBrush]:
        assert self.values is not None
        values = self.values[list(face.column.indices)]
        # Unbounded activations are squeezed, so that ±1 is strong and ±3 not yet the end.
        colours = sequential(values) if face.probabilities else diverging(np.tanh(values))
        return [QBrush(QColor(*map(int, colour))) for colour in colours]


def _is_data(face: ColumnFace) -> bool:
    return face.role == "input" and not face.gradients


def _colour_map(face: ColumnFace) -> fills.Colours:
    if _is_data(face) and face.column.picture is not None:
        return fills.channel_colours
    return greys if _is_data(face) else diverging
